"""What a message names: corrections, an address, a telephone number, a ticket, a date, a name.

Promise: each slot is exact, without the words and marks around it, or it is empty; nothing is guessed.
Limits: dates need a year, day before month; names need "my name is ...", "ik ben ..." or a signature.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from bot.core import changes
from bot.core.changes import Change, Forms
from bot.core.phones import SHAPE, e164
from bot.core.phrasebook import NAME

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(SHAPE)
_TICKET = re.compile(r"\bSEL[-\s]?(20\d{2})[-\s]?(\d{3,6})\b", re.IGNORECASE)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<![\d.,/-])(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?![\d/-])")
_LOOKED_AT: Final = 2000  # characters
_PIVOT: Final = 50  # two-figure years from here are of the last century


@dataclass(frozen=True, kw_only=True)
class Slots:
    """What a message names; empty where nothing was found."""

    changes: tuple[Change, ...] = ()
    email: str | None = None  # given as a contact; not one that is part of a change
    phone: str | None = None  # E.164
    ticket: str | None = None  # SEL-YYYY-NNNNN
    date: datetime.date | None = None
    name: str | None = None


def find(text: str, forms: Forms, *, correcting: bool, barely: bool = True) -> Slots:
    """Takes cleaned text, a language's forms and whether a correction may be wanted; returns what the text names.

    `barely` takes "my name is Jan" for a correction too: only where one is wanted, for it also introduces a person.
    """
    head = text[:_LOOKED_AT]
    told = changes.find(head, forms, barely=barely) if correcting else ()
    spoken_for = {value for change in told for value in (change.old, change.new)}
    return Slots(
        changes=told,
        email=_first((m.group().rstrip(".-") for m in _EMAIL.finditer(head)), spoken_for),
        phone=_first((e164(m.group()) for m in _PHONE.finditer(_TICKET.sub(" ", head))), spoken_for),
        ticket=_ticket(head),
        date=_date(_TICKET.sub(" ", head), forms.book.months),
        name=_name(head, forms) if not any(change.field in _NAMES for change in told) else None,
    )


_NAMES: Final = frozenset({"first_name", "last_name"})


def _first(found: Iterable[str | None], spoken_for: set[str | None]) -> str | None:
    return next((value for value in found if value is not None and value not in spoken_for), None)


def _ticket(text: str) -> str | None:
    match = _TICKET.search(text)
    return f"SEL-{match.group(1)}-{int(match.group(2)):05d}" if match else None


def _name(text: str, forms: Forms) -> str | None:
    found = (match for pattern in forms.patterns("name", NAME) for match in pattern.finditer(text))
    return next((match.group("name").strip(" .,'\"-") for match in found), None)


def _date(text: str, months: Mapping[str, int]) -> datetime.date | None:
    """Returns the date that stands first in the text, or None."""
    day_month, month_day = _named_dates(tuple(months))
    found: list[tuple[int, datetime.date | None]] = []
    found += [(m.start(), _day(m[1], m[2], m[3])) for m in _ISO.finditer(text)]
    found += [(m.start(), _day(m[3], m[2], m[1])) for m in _DAY_FIRST.finditer(text)]
    found += [(m.start(), _day(m[3], months[m[2].lower()], m[1])) for m in day_month.finditer(text)]
    found += [(m.start(), _day(m[3], months[m[1].lower()], m[2])) for m in month_day.finditer(text)]
    return next((day for _, day in sorted(found, key=lambda pair: pair[0]) if day is not None), None)


@cache
def _named_dates(months: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Takes the names of months; returns "3 May 2026" and "May 3, 2026" as expressions."""
    named = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    day_month = rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|e|de|ste)?\.?\s+(?:of\s+)?({named})\.?,?\s+(\d{{4}})(?!\d)"
    month_day = rf"\b({named})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)"
    return re.compile(day_month, re.IGNORECASE), re.compile(month_day, re.IGNORECASE)


def _day(year: str, month: str | int, day: str) -> datetime.date | None:
    number = int(year)
    if number < 100:
        number += 1900 if number >= _PIVOT else 2000
    try:
        return datetime.date(number, int(month), int(day))
    except ValueError:
        return None
