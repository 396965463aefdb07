"""Tells which of the desk's languages a text is written in, or that it is in none of them.

Promise: small function words decide, then the words met in training; what is plainly foreign is `unknown`.
Limits: names, one-word messages and mixtures carry little; there the language of the page or the talk decides.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from zlib import crc32

from bot.core.wording import fold

UNKNOWN: Final = "unknown"
_HINT: Final = 1.5  # what the language of the page or the talk so far is worth, in small words
_KNOWN: Final = 0.4  # what a word met in training is worth beside a small word
_FOREIGN_LEAD: Final = 0.5  # small words by which a foreign language must lead


def parse_marks(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    """Takes lines `code: word, word`; returns the small words per language code, folded."""
    told = (line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))
    return {code.strip(): frozenset(fold(word).strip() for word in rest.split(",")) for code, rest in told}


def detect(
    said: Sequence[str],
    hint: str | None,
    marks: Mapping[str, frozenset[str]],
    known: Mapping[str, frozenset[int]],
) -> str:
    """Takes folded words, the language assumed so far, small words and trained words per language.

    Returns the code of one of the languages in `known`, or UNKNOWN.
    """
    if _in_another_script(said):
        return UNKNOWN
    scores = {code: sum(word in small for word in said) * 1.0 for code, small in marks.items()}
    hashed = [crc32(word.encode()) for word in said]
    for code, met in known.items():
        scores[code] = scores.get(code, 0.0) + _KNOWN * sum(word in met for word in hashed)
    return _choose(scores, hint if hint in known else None, known)


def _choose(scores: Mapping[str, float], hint: str | None, known: Mapping[str, frozenset[int]]) -> str:
    """The likeliest of the known languages; the hint counts only beside words of its own, or where none speak."""
    foreign = max((score for code, score in scores.items() if code not in known), default=0.0)
    if not any(scores[code] for code in known):
        return UNKNOWN if foreign or hint is None else hint
    hinted = {code: scores[code] + _HINT * (code == hint and scores[code] > 0) for code in known}
    best = max(hinted, key=lambda code: hinted[code])
    return UNKNOWN if foreign >= hinted[best] + _FOREIGN_LEAD else best


def _in_another_script(said: Sequence[str]) -> bool:
    head = "".join(said)[:400]
    if head.isascii():
        return False
    letters = [c for c in head if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    return bool(letters) and latin < len(letters) / 2
