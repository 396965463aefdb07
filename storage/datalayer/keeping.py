"""How long rows stay that a law makes the platform keep.

The last day is the same date N years later, 29 February giving 28 February; with `year_end` the years are counted
after the end of the calendar year. Local dates; a row without a date has no known end and is kept.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from storage.datalayer.mapnotes import Keep
from storage.datalayer.rows import SINCE, Desk, Making, Rows
from storage.datalayer.way import Condition


def last_kept(since: date, keep: Keep) -> date | None:
    """The last local date on which something dated `since` is kept, or None where the map states no term."""
    if keep.years is None:
        return None
    if keep.year_end:
        return date(since.year + keep.years, 12, 31)
    return _moved(since, keep.years)


def first_kept(today: date, keep: Keep) -> date | None:
    """The earliest date that is still kept today: the turned-round form of `last_kept`, for a WHERE clause."""
    if keep.years is None:
        return None
    if keep.year_end:
        return date(today.year - keep.years, 1, 1)
    return _turned(today, keep.years)


def _moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def _turned(today: date, years: int) -> date:
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 3, 1)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Rows that a law makes the platform keep: those whose term is over, the others, and the others' last local day."""

    over: Rows
    staying: Rows
    until: date | None


def terms(desk: Desk, every: Sequence[tuple[Rows, Keep]], today: date) -> list[Terms]:
    """Part rows by whether their term is over today; one journey to the database for all of them."""
    asked = [one for rows, keep in every if rows and keep.since for one in _questions(rows, keep, today)]
    answers = iter(desk.scalars(asked))
    return [
        _parted(rows, keep, today, sum(int(one or 0) for one in next(answers)), next(answers))
        if rows and keep.since
        else Terms(over=replace(rows, count=0), staying=rows, until=None)
        for rows, keep in every
    ]


def _questions(rows: Rows, keep: Keep, today: date) -> list[tuple[Rows, Hashable, Making]]:
    """How many are over their term, and the newest date."""
    column = rows.place.columns[keep.since]
    since = replace(rows, more={SINCE: _since(rows, keep, today)})

    def over(where: list[Condition]) -> Any:
        before = sa.bindparam(SINCE, type_=column.type)
        return sa.select(sa.func.count()).where(*where, column < before)

    def newest(where: list[Condition]) -> Any:
        return sa.select(sa.func.max(column)).where(*where)

    return [(since, ("over", keep.since), over), (rows, ("newest", keep.since), newest)]


def _since(rows: Rows, keep: Keep, today: date) -> Any:
    """The first date that is still kept, as the column holds dates; a term without years is never over."""
    first = first_kept(today, keep) or date.min
    return first.isoformat() if isinstance(rows.place.columns[keep.since].type, sa.String) else first


def _parted(rows: Rows, keep: Keep, today: date, over: int, newest: Sequence[Any]) -> Terms:
    since, known = _since(rows, keep, today), [day for day in map(_as_date, newest) if day is not None]
    return Terms(
        over=rows.cut(keep.since, since, before=True, count=over) if over else replace(rows, count=0),
        staying=rows.cut(keep.since, since, before=False, count=rows.count - over) if over else rows,
        until=last_kept(max(known), keep) if known and over < rows.count else None,
    )


def last_day(desk: Desk, rows: Rows, keep: Keep) -> date | None:
    """The last local date on which any of the rows is kept; None where there is no term or no date."""
    if not keep.since or keep.years is None:
        return None
    newest = sa.func.max(rows.place.columns[keep.since])
    (found,) = desk.scalars([(rows, ("newest", keep.since), lambda where: sa.select(newest).where(*where))])
    known = [day for day in map(_as_date, found) if day is not None]
    return last_kept(max(known), keep) if known else None


def _as_date(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(str(value)[:10])
