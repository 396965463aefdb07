"""Telephone numbers as people type them, brought to the international form where that is certain.

Promise: a number with + or 00, or a Dutch number of ten digits, comes out as E.164; all others are left alone.
Limits: length and first digits are checked, not whether the number is in use (ITU-T E.164: at most 15 digits).
"""

import re
from typing import Final

SHAPE: Final = r"(?<![\w@.+-])(?:\+|00)?\(?\d(?:[\s()./-]{0,2}\d){7,14}(?![\w@])"
_DUTCH_DIGITS: Final = 10  # with the leading 0 (Dutch numbering plan)
_SHORTEST, _LONGEST = 8, 15  # digits after the +
_TRUNK = re.compile(r"\(0\)")


def e164(typed: str) -> str | None:
    """Takes a number as typed; returns it as +<country><number>, or None where the country is not certain."""
    digits = re.sub(r"\D", "", _TRUNK.sub("", typed))
    if typed.lstrip(" (").startswith("+"):
        return _international(digits)
    if digits.startswith("00"):
        return _international(digits[2:])
    if digits.startswith("0") and len(digits) == _DUTCH_DIGITS:
        return f"+31{digits[1:]}"
    return None


def _international(digits: str) -> str | None:
    return f"+{digits}" if _SHORTEST <= len(digits) <= _LONGEST else None
