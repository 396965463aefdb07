"""One value of the data, three ways: exact for JSON, harmless for a spreadsheet, visible for a page.

Promise: no text becomes a formula in a spreadsheet, whichever separator it assumes; characters that would hide or turn
text are shown by their number; JSON keeps every value as it is. Limits: money and other exact numbers are text in
JSON, because its readers round; bytes are Base64.
"""

import base64
import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final, NamedTuple
from uuid import UUID

CUT: Final = 1000  # characters of one value on the page; the files hold all of it

# OWASP "CSV Injection": a leading = + - @ TAB CR (and their wide forms) starts a formula; and because Dutch
# spreadsheets part cells at ";", the same characters count after a separator or a line break inside a text
_FORMULA = re.compile(r"(^|[;\t\r\n|])(?=[\s\"']*[=+\-@＝＋－＠]|[\t\r])")
_SUSPECT = re.compile(r"[=+\-@＝＋－＠\t\r]")  # without one of these there is nothing to guard
_PLAIN: Final = frozenset({str, int, bool, type(None)})
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HIDDEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Cell(NamedTuple):
    """A value as the page shows it; `kind` is text, cut, number, empty, yes or no."""

    kind: str
    text: str = ""


_JSON_TYPES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
}

NOTHING: Final = Cell("empty")


def exact(value: Any) -> Any:
    """The value as JSON holds it: text, number, true, false, null, list or object."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return exact(value.value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, Mapping):
        return {str(name): exact(one) for name, one in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return [exact(one) for one in value]
    return _spelled(value)


def _spelled(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, str | int | UUID) else repr(value)


def flat(value: Any) -> str:
    """The value as one plain text: what CSV and the page start from. Nothing is the empty text."""
    if value is None:
        return ""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    plain = exact(value)
    if isinstance(plain, str):
        return plain
    return json.dumps(plain, ensure_ascii=False)


def spreadsheet(value: Any) -> str:
    """The value as a CSV cell: an apostrophe keeps any text from being taken for a formula; numbers stay numbers."""
    text = flat(value)
    if type(value) is int:
        return text
    if not _SUSPECT.search(text) or isinstance(value, int | float | Decimal):
        return text
    return _FORMULA.sub(r"\1'", text)


def shown(value: Any) -> Cell:
    """The value as the page shows it."""
    if value is None or value == "":
        return NOTHING
    if type(value) is str and len(value) <= CUT:  # nearly all of them
        return Cell("text", visible(value))
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    text = value.isoformat(sep=" ") if isinstance(value, datetime) else flat(value)
    kind = "number" if isinstance(value, int | float | Decimal) else "text"
    return Cell("cut", visible(text[:CUT])) if len(text) > CUT else Cell(kind, visible(text))


def visible(text: str) -> str:
    """The text with characters that hide or turn it written as [U+202E]; line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_named(one) if _is_hidden(one) else one for one in text.replace("\r\n", "\n"))


def _is_hidden(character: str) -> bool:
    return character in _TURNING or (character not in "\n\t" and unicodedata.category(character) in _HIDDEN)


def _named(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def json_type(value: Any) -> str:
    """The JSON Schema type of a value that went through `exact`."""
    return _JSON_TYPES.get(type(value), "object")
