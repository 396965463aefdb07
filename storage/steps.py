"""The step table: outside calls that are owed, taken under leases, finished once; and the keys that were seen before.

Promise: a step has a unique key and is inserted in the transaction that decided it; its lease is checked in the very
statement that finishes it, so a holder that was too slow changes nothing; steps of one ticket and kind run in the order
in which they were queued, but for recipients, none of whom waits for another. Limits: a step is performed at least
once; the outside call must know its key to be done only once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from storage.queries import NOW, THIS, Queries
from storage.schema import seen, steps

ERROR_LENGTH = 80
BESIDE = "inform"
"""The kind whose steps go to as many places as there are: one place that is down holds no other up."""

_EARLIER = steps.alias("earlier")
_BLOCKED = exists().where(
    _EARLIER.c.ticket == steps.c.ticket,
    _EARLIER.c.kind == steps.c.kind,
    steps.c.kind != literal_column(f"'{BESIDE}'"),
    _EARLIER.c.state == "todo",
    _EARLIER.c.seq < steps.c.seq,
)
_TODO = steps.c.state == "todo"
_HELD = (steps.c.id == THIS, steps.c.lease == bindparam("held"), _TODO)

KNOWN = select(steps.c.id).where(steps.c.key == THIS)
ADD = insert(steps)
DUE = (
    select(steps)
    .where(
        _TODO,
        steps.c.run_at <= NOW,
        or_(steps.c.lease.is_(None), steps.c.lease_until <= NOW),
        steps.c.kind.in_(bindparam("kinds", expanding=True)),
        ~_BLOCKED,
    )
    .order_by(steps.c.run_at, steps.c.seq)
    .limit(bindparam("most"))
)
TAKE = update(steps).where(steps.c.id.in_(bindparam("ids", expanding=True)))
RENEW = update(steps).where(*_HELD)
FINISH = update(steps).where(*_HELD).values(state="done", lease=None, lease_until=None, error=None)
PUT_BACK = update(steps).where(*_HELD).values(tries=steps.c.tries + 1, lease=None, lease_until=None)
HURRY = update(steps).where(steps.c.ticket == THIS, _TODO)
# A step that waits for an earlier one, or whose holder is alive, is not due however old its date is.
NEXT_AT = select(
    func.min(case((steps.c.lease_until > steps.c.run_at, steps.c.lease_until), else_=steps.c.run_at))
).where(_TODO, ~_BLOCKED)
OWED = select(steps).where(steps.c.ticket == THIS, _TODO).order_by(steps.c.seq)
OWNER_OF = select(steps.c.ticket).where(steps.c.id == THIS)
COUNTS = select(steps.c.kind, steps.c.state, func.count()).group_by(steps.c.kind, steps.c.state)
DROP_DONE = delete(steps).where(steps.c.state == "done", steps.c.done_at < bindparam("before"))

SEEN = select(seen.c.key).where(seen.c.key == THIS)
ADD_SEEN = insert(seen)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One outside call that is owed: unique key, kind, ids it is about, tries so far, and the lease that holds it."""

    id: str
    key: str
    ticket: str
    kind: str
    args: Mapping[str, str]
    tries: int
    lease: str = ""
    made_at: datetime
    error: str | None = None


SEEN_AT = select(seen.c.at).where(seen.c.key == THIS)


class Steps(Queries):
    """Steps and keys seen; `queued` tells the store to wake the courier."""

    def __init__(self, link: Connection) -> None:
        """Work on this connection; nothing is queued yet."""
        super().__init__(link)
        self.queued = False

    def queue(
        self,
        step_id: str,
        *,
        key: str,
        ticket: str,
        kind: str,
        now: datetime,
        run_at: datetime | None = None,
        **args: str,
    ) -> None:
        """Owe an outside call, from `run_at` (UTC) on if it may not be made yet. A known key is not owed twice."""
        if self._link.execute(KNOWN, {"this": key}).first():
            return
        values = {"id": step_id, "key": key, "ticket": ticket, "kind": kind, "args": json.dumps(args, sort_keys=True)}
        self._link.execute(ADD, {**values, "state": "todo", "run_at": run_at or now, "made_at": now, "tries": 0})
        self.queued = True

    def claim(self, lease: str, *, now: datetime, until: datetime, limit: int, kinds: frozenset[str]) -> list[Step]:
        """Take steps that are due and free (or whose holder died), for the time of the lease; oldest first.

        Steps of one ticket and kind run in their order: a later one waits while an earlier one is not done.
        """
        rows = self._link.execute(DUE, {"now": now, "kinds": sorted(kinds), "most": limit}).all()
        if rows:
            taken = {"ids": [row.id for row in rows], "lease": lease, "lease_until": until}
            self._link.execute(TAKE, taken)
        return [_step(row, lease) for row in rows]

    def renew(self, step: Step, until: datetime) -> bool:
        """Hold a long step longer; False when somebody else has taken it over."""
        return self._under_lease(RENEW, step, lease_until=until)

    def finish(self, step: Step, now: datetime) -> bool:
        """Mark a step done under its lease; False (and nothing changed) when the lease was lost."""
        self.queued = True  # a later step of the same ticket may have waited for this one
        return self._under_lease(FINISH, step, done_at=now)

    def put_back(self, step: Step, *, run_at: datetime, error: str) -> bool:
        """A step failed: try again at `run_at`. `error` is a code without data. False when the lease was lost."""
        return self._under_lease(PUT_BACK, step, run_at=run_at, error=error[:ERROR_LENGTH])

    def _under_lease(self, query: Any, step: Step, **values: Any) -> bool:
        return self._link.execute(query, {"this": step.id, "held": step.lease, **values}).rowcount == 1

    def hurry(self, ticket_id: str, now: datetime) -> None:
        """Try a ticket's waiting steps now (a colleague pressed retry)."""
        self._link.execute(HURRY, {"this": ticket_id, "run_at": now})
        self.queued = True

    def next_step_at(self) -> datetime | None:
        """When (UTC) the earliest step can be claimed: its date, or the end of the lease that holds it."""
        return self._link.execute(NEXT_AT).scalar()

    def open_steps(self, ticket_id: str) -> list[Step]:
        """What is still owed for a ticket, in the order in which it was queued."""
        return [_step(row, row.lease or "") for row in self._link.execute(OWED, {"this": ticket_id})]

    def owner_of_step(self, step_id: str) -> str | None:
        """The ticket or conversation a step is about: its random id is also the Message-ID of the mail it sent."""
        return self._link.execute(OWNER_OF, {"this": step_id}).scalar()

    def step_counts(self) -> dict[tuple[str, str], int]:
        """How many steps stand in which state, per kind: for health and doctor."""
        return {(kind, state): number for kind, state, number in self._link.execute(COUNTS)}

    def drop_done_steps(self, before: datetime) -> int:
        """Delete what was done before this instant; returns how many rows went."""
        return self._link.execute(DROP_DONE, {"before": before}).rowcount

    def seen_at(self, key: str) -> datetime | None:
        """When a key was first seen (UTC), or None."""
        return self._link.execute(SEEN_AT, {"this": key}).scalar()

    def first_time(self, key: str, now: datetime) -> bool:
        """True once per key: a repeated event, token or click changes nothing."""
        if self._link.execute(SEEN, {"this": key}).first():
            return False
        self._link.execute(ADD_SEEN, {"key": key, "at": now})
        return True


def _step(row: Row[Any], lease: str) -> Step:
    return Step(
        id=row.id,
        key=row.key,
        ticket=row.ticket,
        kind=row.kind,
        args=json.loads(row.args),
        tries=row.tries,
        lease=lease,
        made_at=row.made_at,
        error=row.error,
    )
