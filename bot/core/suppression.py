"""Why an address is blocked, since when and until when: one entry of a suppression list, as a value.

Promise: an entry is kept three years (policy, "Data Retention Periods") and then ends, counted in local dates; of two
entries for one address the wider one holds. Limits: it never sees the address; who may be mailed after the end is a
matter of a dated permission, which no list can give.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.core.deadlines import kept_until, local_date, purge_at

YEARS = 3
"""Policy: a note of an objection to direct marketing is kept three years."""


class Reason(StrEnum):
    """Why: marketing was objected to (Art. 21(3)), or the person was erased and may not be collected again."""

    NO_MARKETING = "no_marketing"
    NO_FUTURE_COLLECTION = "no_future_collection"


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """One entry: a reason, and its instant (UTC); None where the list doesn't say since when."""

    reason: str
    since: datetime | None = None

    @property
    def since_day(self) -> date | None:
        """The local date it was entered."""
        return local_date(self.since) if self.since else None

    def until(self, now: datetime) -> date | None:
        """The last local date it lasts; None when that isn't known, or is over and the entry still stands."""
        return kept_until(local_date(self.since), YEARS) if self.since and not self.is_over(now) else None

    def is_over(self, now: datetime) -> bool:
        """Whether its three years are over at `now`."""
        return self.since is not None and now >= purge_at(local_date(self.since), YEARS)


def is_wider(reason: str, than: str) -> bool:
    """Whether a reason forbids more than another one: no collection at all covers no marketing."""
    return reason == Reason.NO_FUTURE_COLLECTION and than != Reason.NO_FUTURE_COLLECTION


def widest(found: Iterable[Suppression]) -> Suppression | None:
    """The entry that holds where several lists have the address; the first one of the widest reason."""
    every = tuple(found)
    return next((one for one in every if one.reason == Reason.NO_FUTURE_COLLECTION), every[0] if every else None)
