"""Lines of JSON as other tools send them: what parts them, what is one, and what its answer may be called by.

Promise: lines are read one at a time as UTF-8 whatever the machine's own encoding is, without a byte order mark;
nothing raises, and what is answered is JSON that every parser takes. Limits: numbers JSON does not know (NaN) make a
line no JSON.
"""

import io
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, TextIO

_MARK: Final = "\ufeff"


def lines_of(stream: TextIO) -> Iterator[str]:
    """Takes an open stream; yields its lines as they come, blank ones left out."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    for line in stream:
        bare = line.lstrip(_MARK).strip()
        if bare:
            yield bare


def parsed(line: str) -> dict[str, Any] | str:
    """Takes a line; returns the JSON object in it, or what is wrong with it."""
    try:
        asked = json.loads(line, parse_constant=_refused)
    except (ValueError, RecursionError):
        return "not a line of JSON"
    return asked if isinstance(asked, dict) else "not a JSON object"


def _refused(constant: str) -> float:
    raise ValueError(constant)


def key_of(asked: Mapping[str, Any]) -> Any:
    """Takes an object; returns its id, or None for a number too large to be told in JSON."""
    key = asked.get("id")
    return None if isinstance(key, float) and not math.isfinite(key) else key


def told_as(value: Mapping[str, Any]) -> str:
    """Takes an answer; returns it as one line of ASCII, so that half characters of a hostile id survive."""
    return json.dumps(value)
