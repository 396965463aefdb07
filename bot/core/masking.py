"""Hides citizen numbers (BSN) and card numbers in a text before it is stored or shown to anybody.

Promise: a number that passes its check and stands in such a context leaves only its last digits.
Limits: a BSN has nine digits and one number in eleven passes its check, so without a telling word, spaces or points
it is left alone; rules: GDPR Art. 87, UAVG Art. 46 (BSN), PCI DSS 3.4 (at most first six and last four of a card).
"""

import re
from typing import Final

_DIGITS = re.compile(r"(?<![\w+])\d(?:[ .\-]?\d){7,18}(?!\w)")
_TELLING = re.compile(
    r"bsn|burgerservice|citizen|sofi|social security|national (?:id|number|insurance)|personal number|"
    r"service number|identi\w+ number|rijksregister|id[- ]?number|persoonsnummer|passport|paspoort",
    re.IGNORECASE,
)
_NEAR: Final = 60  # characters before the number in which a telling word counts
_AFTER: Final = 25  # and after it: "123456782 is my BSN"
_BSN_WEIGHTS: Final = (9, 8, 7, 6, 5, 4, 3, 2, -1)  # the eleven test for citizen numbers
_CARD_LENGTHS: Final = range(13, 20)
_CARD_FIRST: Final = "23456"  # the first figure of payment cards (ISO/IEC 7812-1)
_SHORT_BSN: Final = 8  # written without its leading zero
MARK: Final = "•"


def masked(text: str) -> str:
    """Takes any text; returns it with citizen numbers hidden but for two digits, card numbers but for four."""
    return _DIGITS.sub(lambda match: _mask(match, text), text)


def eleven_test(digits: str) -> bool:
    """Takes eight or nine digits; returns whether they pass the check of a Dutch citizen number."""
    numbers = [int(digit) for digit in digits.zfill(len(_BSN_WEIGHTS))]
    return any(numbers) and sum(map(int.__mul__, _BSN_WEIGHTS, numbers)) % 11 == 0


def luhn(digits: str) -> bool:
    """Takes digits; returns whether they pass the check of card numbers (ISO/IEC 7812-1, annex B)."""
    doubled = [sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _mask(match: re.Match[str], text: str) -> str:
    typed = match.group()
    digits = re.sub(r"\D", "", typed)
    if len(digits) in _CARD_LENGTHS and digits[0] in _CARD_FIRST and luhn(digits):
        return _hide(typed, 4)
    if _SHORT_BSN <= len(digits) <= len(_BSN_WEIGHTS) and eleven_test(digits) and _told(match, text):
        return _hide(typed, 2)
    return typed


def _told(match: re.Match[str], text: str) -> bool:
    before = text[max(0, match.start() - _NEAR) : match.start()]
    return bool(_TELLING.search(before) or _TELLING.search(text[match.end() : match.end() + _AFTER]))


def _hide(typed: str, last: int) -> str:
    """Takes the number as typed; returns it with all but its last digits replaced, spaces and points kept."""
    keep = sum(c.isdigit() for c in typed) - last
    seen = 0
    shown = []
    for character in typed:
        seen += character.isdigit()
        shown.append(MARK if character.isdigit() and seen <= keep else character)
    return "".join(shown)
