"""`understand --jsonl`: one JSON object in, one out, in order.

Promise: never raises; a bad line is answered with an error and the run goes on.
In: {"id", "lang"?, "text"}. Out: {"id", "lang", "intents": [...], "slots": {...}}.
Limits: slots holds only what was found; dates are ISO 8601, telephone numbers E.164.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.core.slots import Slots
from bot.lang import read


def answer(line: str) -> str:
    """Takes one line of JSON; returns one line of JSON: the reading, or {"id", "error"}."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return _error(None, "not a line of JSON")
    if not isinstance(asked, dict):
        return _error(None, "not a JSON object")
    problem = _problem(asked)
    return _error(asked.get("id"), problem) if problem else _reading(asked)


def _problem(asked: Mapping[str, Any]) -> str | None:
    if not isinstance(asked.get("text"), str):
        return "text must be a string"
    if not isinstance(asked.get("lang"), str | None):
        return "lang must be a string"
    return None


def _reading(asked: Mapping[str, Any]) -> str:
    reading = read(asked["text"], asked.get("lang"))
    return _line(
        {
            "id": asked.get("id"),
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
    return _line({"id": key, "error": problem})


def _line(told: Mapping[str, Any]) -> str:
    return json.dumps(told)  # escaped to ASCII: half characters (lone surrogates) of a hostile id survive
