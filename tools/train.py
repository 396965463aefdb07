"""Trains the reader's tables: `python -m tools.train`, with `--check` to compare or `--score` to validate.

Promise: sorted input, a fixed seed, no clock: the committed tables can be rebuilt and compared by anybody.
Limits: `--check` compares decisions, not bytes, because processors round differently.
"""

import argparse
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from bot.core.concepts import Concepts
from bot.core.concepts import parse as parse_concepts
from bot.core.table import pack
from bot.lang import CODES, FOLDER
from tools import fit as fitting
from tools.fit import Example, examples, wanted
from tools.lessons import complaints, lessons_of


def concepts_of(code: str) -> Concepts:
    return parse_concepts((FOLDER / code / "concepts.txt").read_text("utf-8").splitlines())

def inputs_hash(codes):
    h=sha256()
    for code in codes:
        for p in sorted((FOLDER/code).glob("**/*.txt")):
            h.update(p.relative_to(FOLDER).as_posix().encode()+b"\0"+p.read_bytes()+b"\0")
    for n in ("features.py","concepts.py","wording.py"):
        h.update((FOLDER.parent/"core"/n).read_bytes())
    h.update((Path(__file__).parent/"fit.py").read_bytes())
    return h.hexdigest()

def dedupe(ls):
    seen={}
    from tools.lessons import same
    for l in ls: seen.setdefault(same(l.text) or l.text,l)
    return list(seen.values())

def oof(told, **kw):
    writers=sorted({e.lesson.writer for e in told}); S=np.zeros((len(told),16))
    for w in writers:
        tr=[e for e in told if e.lesson.writer!=w]
        t=fitting.fit(tr,**kw)
        for i,e in enumerate(told):
            if e.lesson.writer==w: S[i]=t.scores(e.named)
    return S

def main():
    told={c:examples(dedupe(lessons_of(FOLDER/c)),concepts_of(c)) for c in CODES}
    for c in CODES:
        kw=dict(buckets=fitting.BUCKETS,shares=fitting.SHARES)
        S=oof(told[c],**kw); Yt=wanted(told[c])
        cal=fitting.calibrate(S,Yt)
        print(c,'oof top1',np.mean([Yt[i,S[i].argmax()] for i in range(len(S))]))
        t=fitting.fit(told[c],calibration=cal,inputs=inputs_hash([c]),**kw)
        (FOLDER/c/"reader.bin").write_bytes(pack(t))
    al=[e for c in CODES for e in told[c]]
    kw=dict(buckets=fitting.OPINION_BUCKETS,shares=fitting.OPINION_SHARES)
    S=oof(al,**kw); Yt=wanted(al); cal=fitting.calibrate(S,Yt)
    print('opinion oof top1',np.mean([Yt[i,S[i].argmax()] for i in range(len(S))]))
    (FOLDER/"opinion.bin").write_bytes(pack(fitting.fit(al,calibration=cal,inputs=inputs_hash(CODES),**kw)))

if __name__ == "__main__":
    main()
