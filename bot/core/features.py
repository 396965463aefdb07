"""What the reader looks at: pieces of words, words, pairs of words and ideas, each hashed to a row of the table.

Promise: the trainer and the desk call this one function, so both see the same pieces of a message.
Limits: pieces that share a row by accident add up; the tables are wide enough for that to be rare.
"""

from collections.abc import Sequence
from typing import Final
from zlib import crc32

from bot.core.concepts import Concepts, Found, find

GROUPS: Final = ("letters", "words", "concepts")
_LONGEST_WORD: Final = 24  # letters; what is longer is noise, and costs time
_MOST_WORDS: Final = 120  # per piece of text that is read in one go
_NEAR: Final = 6  # words between two ideas that still belong together

Pieces = tuple[list[str], list[str], list[str]]


def pieces(said: Sequence[str], concepts: Concepts) -> Pieces:
    """Takes folded words; returns the named pieces per group of GROUPS, each piece once."""
    head = said[:_MOST_WORDS]
    return (
        list(dict.fromkeys(_letters(head))),
        list(dict.fromkeys(_words(head))),
        list(dict.fromkeys(_ideas(find(head, concepts), len(head)))),
    )


def rows(named: Sequence[str], buckets: int) -> list[int]:
    """Takes named pieces; returns their rows in a table of `buckets` rows (a power of two)."""
    return [crc32(name.encode()) & (buckets - 1) for name in named]


def _letters(said: Sequence[str]) -> list[str]:
    """Runs of 2 to 5 letters inside each word and over its edges: they bear typing errors and word endings."""
    found: list[str] = []
    for word in said:
        edged = f" {word[:_LONGEST_WORD]} "
        for size in (2, 3, 4, 5):
            found += [edged[i : i + size] for i in range(len(edged) - size + 1)]
    return found


def _words(said: Sequence[str]) -> list[str]:
    """Words, neighbours, and pairs with one or two words between them (they carry "do not ... delete")."""
    found = [f"w {word}" for word in said]
    edged = ["^", *said, "$"]
    found += [f"p {a} {b}" for a, b in zip(edged, edged[1:], strict=False)]
    found += [f"s {a} {b}" for a, b in zip(said, said[2:], strict=False)]
    found += [f"s {a} {b}" for a, b in zip(said, said[3:], strict=False)]
    return found


def _ideas(met: Sequence[Found], length: int) -> list[str]:
    """Ideas, ideas turned round by a "not", and each with the next ones near it, in order."""
    found = [f"length {min(length // 4, 8)}"]
    for i, first in enumerate(met):
        found.append(_name(first))
        for second in met[i + 1 : i + 6]:
            if first.at < second.at <= first.at + _NEAR:
                found.append(f"{_name(first)} > {_name(second)}")
    return found


def _name(idea: Found) -> str:
    return f"no {idea.concept}" if idea.negated else idea.concept
