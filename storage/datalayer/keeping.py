"""How long rows stay that a law makes the platform keep.

The last day is the same date N years later, 29 February giving 28 February; with `year_end` the years are counted
after the end of the calendar year. Local dates; a row without a date has no known end and is kept.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from storage.datalayer.mapnotes import Keep
from storage.datalayer.rows import SINCE, Desk, Rows
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


def terms(desk: Desk, rows: Rows, keep: Keep, today: date) -> Terms:
    """Part the rows by whether their term is over today; asks the database once, and not at all without a term."""
    first = first_kept(today, keep)
    none = replace(rows, count=0)
    if first is None or not keep.since:
        return Terms(over=none, staying=rows, until=None)
    column = rows.place.columns[keep.since]
    since = first.isoformat() if isinstance(column.type, sa.String) else first

    def make(where: list[Condition]) -> Any:
        before = sa.bindparam(SINCE, type_=column.type)
        over = sa.func.sum(sa.case((column < before, 1), else_=0))
        return sa.select(over, sa.func.max(column)).where(*where)

    statement = desk.kept(rows, ("terms", keep.since), make)
    found = statement.rows(desk.connection, rows.lists, {**rows.fixed, SINCE: since}) if rows else []
    count = sum(int(one[0] or 0) for one in found)
    newest = [day for day in (_as_date(one[1]) for one in found) if day is not None]
    return Terms(
        over=rows.cut(keep.since, since, before=True, count=count) if count else none,
        staying=rows.cut(keep.since, since, before=False, count=rows.count - count) if count else rows,
        until=last_kept(max(newest), keep) if newest and count < rows.count else None,
    )


def last_day(desk: Desk, rows: Rows, keep: Keep) -> date | None:
    """The last local date on which any of the rows is kept; None where there is no term or no date."""
    if not keep.since or keep.years is None:
        return None
    newest = sa.func.max(rows.place.columns[keep.since])
    found = desk.read(rows, ("newest", keep.since), lambda where: sa.select(newest).where(*where))
    known = [day for day in (_as_date(one[0]) for one in found) if day is not None]
    return last_kept(max(known), keep) if known else None


def _as_date(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(str(value)[:10])
