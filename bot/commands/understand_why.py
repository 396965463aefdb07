"""`understand --why`: shows why a text was read as it was: pieces, ideas, nearest lines, and the cut that decided.

Promise: the same tables and the same reading as the desk's own; never raises on any text.
Limits: for whoever edits the message and idea files; pieces are parts of words and are shown as the reader names them.
"""

from collections.abc import Iterator
from typing import Final

from bot.core.concepts import find
from bot.core.features import pieces
from bot.core.understand import Reading, Tongue
from bot.core.wording import clean, fold, words
from bot.lang import messages, read, tables

_PIECES: Final = 12  # shown per intent
_NEAREST: Final = 3  # lines shown


def why(text: str, lang: str | None) -> str:
    """Takes a text and the language assumed so far, if any; returns the explanation, several lines."""
    reading = read(text, lang)
    if reading.lang not in tables().tongues:
        return f"lang unknown; intents {', '.join(reading.intents)}; asked because: {', '.join(reading.doubts)}"
    return "\n".join(_lines(clean(text), reading, tables().tongues[reading.lang]))


def _lines(text: str, reading: Reading, tongue: Tongue) -> Iterator[str]:
    said = words(fold(text))
    named = pieces(said, tongue.concepts)
    yield f"lang {reading.lang}; intents {', '.join(reading.intents)}; {_verdict(reading)}"
    for intent in reading.offers:
        heavy = tongue.table.weights(named, intent)[:_PIECES]
        yield f"{intent} {reading.scores[intent]:+.2f}: " + ", ".join(f"{p.strip()!r} {w:+.2f}" for p, w in heavy)
    met = (f"no {idea.concept}" if idea.negated else idea.concept for idea in find(said, tongue.concepts))
    yield "ideas: " + ", ".join(met)
    second = tables().opinion.scores(named)
    opinion = sorted(zip(second, reading.scores, strict=True), reverse=True)[:3]
    yield "second opinion: " + ", ".join(f"{intent} {score:+.2f}" for score, intent in opinion)
    yield from (f"near [{label}] {line}" for label, line in _nearest(said, tongue.code))
    yield "cuts: " + ", ".join(f"{name} {value:+.2f}" for name, value in tongue.table.cuts.items())


def _verdict(reading: Reading) -> str:
    return "sure" if reading.sure else f"asked because: {', '.join(reading.doubts)}"


def _nearest(said: list[str], code: str) -> list[tuple[str, str]]:
    """The training lines that share the largest part of their words with the text."""
    mine = set(said)
    scored = ((_alike(mine, set(words(fold(line)))), label, line) for label, line in messages(code))
    return [(label, line) for _, label, line in sorted(scored, reverse=True)[:_NEAREST]]


def _alike(mine: set[str], theirs: set[str]) -> float:
    return len(mine & theirs) / (len(mine | theirs) or 1)
