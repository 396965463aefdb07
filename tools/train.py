"""Trains the reader's tables: `python -m tools.train`, with `--check` to compare or `--score` to validate.

Promise: sorted input, a fixed seed, no clock: the committed tables can be rebuilt and compared by anybody.
Limits: `--check` compares decisions, not bytes, because processors round differently.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.core.table import INTENTS, Table, pack, unpack
from bot.core.understand import Tables
from bot.lang import CODES, FOLDER, concepts_of, marks, tongue_with
from tools.fit import OPINION_SHARES, SHARES, Example, calibrated, calibration, examples, fit, wanted
from tools.lessons import complaints, lessons_of
from tools.score import Report, report

CUTS: Final = {  # set on writers the table had not met: see --score
    "act_lead": 1.2,
    "right_lead": 0.8,
    "question": 0.6,
    "condition": 4.0,
    "second": 1.5,
    "second_with_clause": -1.0,
    "clause": 1.0,
    "second_act": 0.5,
    "sure": 0.5,
    "margin": 2.0,
    "sure_act": 2.0,
    "act_margin": 4.0,
    "opinion": -0.5,
}
ALIKE: Final = 0.995  # share of decisions that must be the same when rebuilt on another processor
_CODE: Final = ("core/features.py", "core/concepts.py", "core/wording.py")


def inputs_of(codes: Sequence[str]) -> str:
    """Takes language codes; returns the SHA-256 over their messages and ideas and the code that takes them apart."""
    here = Path(__file__).parent
    paths = [path for code in codes for path in [*(FOLDER / code / "messages").glob("*.txt"), _ideas(code)]]
    paths += [FOLDER.parent / name for name in _CODE] + [here / "fit.py", here / "lessons.py"]
    digest = sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _ideas(code: str) -> Path:
    return FOLDER / code / "concepts.txt"


def by_writer(told: Sequence[Example], shares: Sequence[float]) -> tuple[dict[str, Table], list[tuple[float, float]]]:
    """Takes examples; returns per writer a table trained on all others, and the calibration of their margins."""
    writers = sorted({example.lesson.writer for example in told})
    tables = {writer: fit([e for e in told if e.lesson.writer != writer], shares) for writer in writers}
    margins: Any = np.array([tables[example.lesson.writer].scores(example.named) for example in told])
    return tables, calibration(margins, wanted(told))


def trained(told: Sequence[Example], shares: Sequence[float], inputs: str) -> Table:
    """Takes examples; returns the table of all of them, calibrated on writers held out."""
    _, lines = by_writer(told, shares)
    return replace(calibrated(fit(told, shares), lines), cuts=CUTS, inputs=inputs)


def taught() -> dict[str, list[Example]]:
    """Returns the examples of every language. Ends the program with the complaints if a file is no good."""
    found = {code: lessons_of(FOLDER / code) for code in CODES}
    wrong = [f"{code}: {problem}" for code, told in found.items() for problem in complaints(told)]
    if wrong:
        sys.exit("\n".join(wrong))
    return {code: examples(told, concepts_of(code)) for code, told in found.items()}


def build(told: dict[str, list[Example]]) -> dict[Path, Table]:
    """Takes the examples; returns every table with the file it belongs in."""
    tables = {FOLDER / code / "reader.bin": trained(told[code], SHARES, inputs_of([code])) for code in CODES}
    every = [example for code in CODES for example in told[code]]
    tables[FOLDER / "opinion.bin"] = trained(every, OPINION_SHARES, inputs_of(CODES))
    return tables


def check(told: dict[str, list[Example]]) -> str:
    """Rebuilds and compares; returns what is wrong, or nothing."""
    wrong = []
    for path, table in build(told).items():
        kept = unpack(path.read_bytes())
        code = path.parent.name
        asked = told.get(code) or [example for lessons in told.values() for example in lessons]
        alike = np.mean([_best(kept, example) == _best(table, example) for example in asked])
        if kept.inputs != table.inputs or kept.cuts != table.cuts or alike < ALIKE:
            wrong.append(f"{path.name} of {code}: made from other inputs, or {alike:.2%} of decisions alike")
    return "\n".join(wrong)


def _best(table: Table, example: Example) -> int:
    scores = table.scores(example.named)
    return max(range(len(INTENTS)), key=lambda i: scores[i])


def validate(told: dict[str, list[Example]]) -> list[Report]:
    """Returns how well each language is read, every message by a table that never met its writer."""
    opinions, lines = by_writer([example for code in CODES for example in told[code]], OPINION_SHARES)
    reports = []
    for code in CODES:
        tables, own = by_writer(told[code], SHARES)
        for writer, table in tables.items():
            tongue = tongue_with(code, replace(calibrated(table, own), cuts=CUTS))
            opinion = calibrated(opinions[writer], lines)
            lessons = [example.lesson for example in told[code] if example.lesson.writer == writer]
            reports.append(
                report(writer, code, lessons, Tables(tongues={code: tongue}, opinion=opinion, marks=marks()))
            )
    return reports


def main() -> None:
    """Reads the switch and does as told; exits with 1 and the reason if a check fails."""
    parser = argparse.ArgumentParser(prog="python -m tools.train", description="Train the reader's tables.")
    parser.add_argument("--check", action="store_true", help="rebuild and compare with the committed tables")
    parser.add_argument("--score", action="store_true", help="validate on writers held out, without writing")
    chosen = parser.parse_args()
    told = taught()
    if chosen.score:
        sys.stdout.write("".join(f"{line}\n" for line in validate(told)))
    elif chosen.check:
        sys.exit(check(told) or 0)
    else:
        for path, table in build(told).items():
            path.write_bytes(pack(table))


if __name__ == "__main__":
    main()
