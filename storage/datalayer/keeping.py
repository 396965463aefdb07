"""How long rows stay that a law makes the platform keep.

The last day is the same date N years later, 29 February giving 28 February; with `year_end` the years are counted
after the end of the calendar year. Local dates; a row without a date has no known end and is kept.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from storage.datalayer.catalogue import Conn, Place, RowKey, batches
from storage.datalayer.mapnotes import Keep


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


def expired_rows(
    connection: Conn, place: Place, keep: Keep, keys: Sequence[RowKey], tenant: str, today: date
) -> set[RowKey]:
    """The rows whose term is over today."""
    first = first_kept(today, keep)
    if first is None or not keep.since:
        return set()
    column = place.columns[keep.since]
    since = first.isoformat() if isinstance(column.type, sa.String) else first
    found: set[RowKey] = set()
    for some in batches(keys):
        where = (*place.within(tenant), place.at(some), column < since)
        found |= {tuple(row) for row in connection.execute(sa.select(*place.key).where(*where))}
    return found


def last_day(connection: Conn, place: Place, keep: Keep, keys: Sequence[RowKey], tenant: str) -> date | None:
    """The last local date on which any of the rows is kept; None where there is no term or no date."""
    if not keep.since or keep.years is None:
        return None
    newest = sa.func.max(place.columns[keep.since])
    dates = [
        _as_date(connection.execute(sa.select(newest).where(*place.within(tenant), place.at(some))).scalar())
        for some in batches(keys)
    ]
    known = [one for one in dates if one is not None]
    return last_kept(max(known), keep) if known else None


def _as_date(value: Any) -> date | None:
    if value is None:
        return None
    return date.fromisoformat(str(value)[:10])
