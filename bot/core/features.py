"""What the reader looks at: pieces of words, words, pairs and ideas, each under a name.

Promise: the trainer and the desk call this one function, so both see the same pieces of a message.
Limits: only the first words of a text are taken apart; longer texts are read sentence by sentence.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from bot.core.concepts import Concepts, Found, find

GROUPS: Final = ("letters", "words", "ideas", "beginnings", "mixed")
_LONGEST_WORD: Final = 24  # letters; what is longer is noise, and costs time
_MOST_WORDS: Final = 120  # per piece of text that is read in one go
_BEGINNING: Final = 4  # letters
_NEAR: Final = 6  # words between two ideas that still belong together

Pieces = tuple[list[str], ...]  # one list per group


def pieces(said: Sequence[str], concepts: Concepts) -> Pieces:
    """Takes folded words; returns the named pieces per group of GROUPS, each piece once."""
    head = said[:_MOST_WORDS]
    met = find(head, concepts)
    groups = (
        _letters(head),
        _words(head),
        _ideas(met, len(head)),
        _beginnings(head),
        _mixed(head, met),
    )
    return tuple(list(dict.fromkeys(group)) for group in groups)


def _letters(said: Sequence[str]) -> list[str]:
    """Runs of 2 to 5 letters inside each word and over its edges: they bear typing errors and word endings."""
    found: list[str] = []
    for word in said:
        edged = f" {word[:_LONGEST_WORD]} "
        for size in (2, 3, 4, 5):
            found += [edged[i : i + size] for i in range(len(edged) - size + 1)]
    return found


def _words(said: Sequence[str]) -> list[str]:
    return [f"w {word}" for word in said]


def _ideas(met: Sequence[Found], length: int) -> list[str]:
    """Ideas, ideas turned round by a "not", and each with the next ones near it, in order."""
    found = [f"length {min(length // 4, 8)}"]
    for i, first in enumerate(met):
        near = (second for second in met[i + 1 : i + 6] if first.at < second.at <= first.at + _NEAR)
        found += [_name(first), *(f"{_name(first)} > {_name(second)}" for second in near)]
    return found


def _beginnings(said: Sequence[str]) -> list[str]:
    """First letters of words, of neighbours and of words up to two apart: "deleted" and "deleting" are one."""
    short = [word[:_BEGINNING] for word in said]
    edged = ["^", *short, "$"]
    found = [f"b {word}" for word in short]
    found += [f"b {a} {b}" for a, b in pairwise(edged)]
    found += [f"g {a} {b}" for a, b in zip(short, short[2:], strict=False)]
    found += [f"g {a} {b}" for a, b in zip(short, short[3:], strict=False)]
    return found


def _mixed(said: Sequence[str], met: Sequence[Found]) -> list[str]:
    """Pairs in which a word that stands for an idea is that idea: "delete my" and "wipe my" are one."""
    first = {idea.at: idea.concept for idea in reversed(met)}
    told = [first.get(at, word) for at, word in enumerate(said)]
    edged = ["^", *told, "$"]
    found = [f"m {a} {b}" for a, b in pairwise(edged)]
    found += [f"n {a} {b}" for a, b in zip(told, told[2:], strict=False)]
    return found


def _name(idea: Found) -> str:
    return f"no {idea.concept}" if idea.negated else idea.concept
