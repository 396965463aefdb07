"""The `understand` command: `--jsonl` reads lines of JSON for other tools, `--why` explains one reading to a person.

Promise: never raises; a bad line is answered with an error and the run goes on.
In: {"id", "lang"?, "text"}. Out: {"id", "lang", "intents": [...], "slots": {...}}.
Limits: slots holds only what was found; dates are ISO 8601. What `why` prints is for whoever edits the word files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from bot.commands.lines import key_of, parsed, told_as
from bot.core.concepts import find
from bot.core.features import pieces
from bot.core.slots import Slots
from bot.core.understand import Reading, Tongue
from bot.core.wording import clean, fold, words
from bot.lang import messages, read, tables

_PIECES: Final = 12  # shown per intent
_NEAREST: Final = 3  # lines shown


def answer(line: str) -> str:
    """Takes one line of JSON; returns one line of JSON: the reading, or {"id", "error"}."""
    asked = parsed(line)
    if isinstance(asked, str):
        return _error(None, asked)
    problem = _problem(asked)
    return _error(key_of(asked), problem) if problem else _reading(asked)


def _problem(asked: Mapping[str, Any]) -> str | None:
    if not isinstance(asked.get("text"), str):
        return "text must be a string"
    if not isinstance(asked.get("lang"), str | None):
        return "lang must be a string"
    return None


def _reading(asked: Mapping[str, Any]) -> str:
    reading = read(asked["text"], asked.get("lang"))
    return told_as(
        {
            "id": key_of(asked),
            "lang": reading.lang,
            "intents": list(reading.intents),
            "slots": _slots(reading.slots),
        }
    )


def _slots(slots: Slots) -> dict[str, Any]:
    found = {name: value for name, value in asdict(slots).items() if value}
    if slots.date is not None:
        found["date"] = slots.date.isoformat()
    return found


def _error(key: Any, problem: str) -> str:
    return told_as({"id": key, "error": problem})


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
