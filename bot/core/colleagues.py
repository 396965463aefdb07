"""Who of the colleagues is there, and who stands in for whom.

Promise: pure; a colleague who is away is replaced by the first deputy in line who is there, and nobody is called twice.
Limits: standing in changes who is called and shown, never who may decide: that is `may_decide`'s.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from bot.core.model import Staffer

Away = Mapping[str, date]
"""Staffer's key -> last local day away, that day included."""


def is_away(one: Staffer, away: Away, today: date) -> bool:
    """True up to and including the last day given."""
    return one.key in away and today <= away[one.key]


def deputy_of(one: Staffer, staff: Iterable[Staffer]) -> Staffer | None:
    """The deputy named in the approver table (by Slack id, key or name), if they are in it too."""
    return next((other for other in staff if one.deputy in {other.user, other.key, other.name}), None)


def stands_in(one: Staffer, staff: Iterable[Staffer], away: Away, today: date) -> Staffer | None:
    """Who is called for this colleague today: themselves, or the first deputy in line who is there; None for nobody."""
    every = tuple(staff)
    seen: set[str] = set()
    found: Staffer | None = one
    while found is not None and is_away(found, away, today):
        seen.add(found.key)
        found = deputy_of(found, every)
        if found is not None and found.key in seen:
            return None
    return found


def present(called: Iterable[Staffer], staff: Iterable[Staffer], away: Away, today: date) -> tuple[Staffer, ...]:
    """Those called, the away replaced by whoever stands in; when nobody is left, those called after all."""
    wanted, every = tuple(called), tuple(staff)
    found = (stands_in(one, every, away, today) for one in wanted)
    there = {one.key: one for one in found if one is not None}
    return tuple(there.values()) or wanted
