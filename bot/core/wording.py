"""Turns what a person typed into plain words, the same way for training and for reading.

Promise: any string goes in, nothing raises, and no more than `CAP` characters are looked at.
Limits: Latin scripts are split well; other scripts survive as words but nothing here knows them.
"""

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from typing import Final

CAP: Final = 6000  # characters; a long letter is about 3,000, beyond twice that nobody states a wish first
LONG: Final = 700  # characters; longer texts are read sentence by sentence

_SPACES = re.compile(r"\s+")
_SHAPES = re.compile(
    r"(?P<link>\b(?:https?://|www\.)\S+)"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<ticket>\bsel[- ]?\d{4}[- ]?\d{3,6}\b)"
    r"|(?P<number>\+?\d[\d\s().,/:-]*\d|\d)"
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[?!]")
_WORD_OR_BREAK = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[?!,;:.]")
BREAKS: Final = frozenset("?!,;:.")
_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+|\n+")
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}  # controls, bidi and zero-width marks, halves of characters, unassigned


def clean(text: str) -> str:
    """Takes any text; returns it in NFKC, without control and bidi characters, lines kept, at most CAP long."""
    composed = unicodedata.normalize("NFKC", text[:CAP])[:CAP]
    kept = (c if c == "\n" or unicodedata.category(c) not in _DROPPED else _gap(c) for c in composed)
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(kept).split("\n"))
    return "\n".join(line for line in lines if line)


def _gap(character: str) -> str:
    """A control character parted words (tab, carriage return); an invisible mark inside a word did not."""
    return " " if unicodedata.category(character) == "Cc" else ""


def fold(text: str) -> str:
    """Takes cleaned text; returns it in lower case, without accents, with addresses and numbers as shapes."""
    apart = unicodedata.normalize("NFD", text.replace("’", "'").replace("‘", "'").casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return _SHAPES.sub(_shape, bare)


def _shape(match: re.Match[str]) -> str:
    kind = match.lastgroup or "number"
    if kind == "number":
        digits = sum(c.isdigit() for c in match.group())
        if digits <= 2:  # the number of an article of law says much
            return match.group()
        kind = "phone" if digits >= 9 else "number"  # 9 digits: the shortest Dutch number with its area code
    return f" x{kind}x "


def words(folded: str) -> list[str]:
    """Takes folded text; returns its words in order, a question or exclamation mark being a word of its own."""
    return _WORD.findall(folded)


def words_and_breaks(folded: str) -> list[str]:
    """Takes folded text; returns its words and the marks that part clauses."""
    return _WORD_OR_BREAK.findall(folded)


def sentences(text: str) -> Iterator[str]:
    """Takes cleaned text; yields its sentences and lines, none empty."""
    return (part for part in _SENTENCE_END.split(text) if part.strip())


def clauses(said: Sequence[str], joints: Container[str]) -> list[Sequence[str]]:
    """Takes folded words and the words that join clauses; returns the clauses of two words or more, in order."""
    cuts = [at for at, word in enumerate(said) if word in joints or word in BREAKS]
    edges = [-1, *cuts, len(said)]
    parts = [said[start + 1 : end] for start, end in pairwise(edges)]
    return [part for part in parts if len(part) > 1]
