"""Rectification: which stored values a change means, and the tasks that write the new ones.

Only columns the map allows, only values their validator takes. The plan pins the stored values with a keyed digest,
so that a value that moved between approval and act stops the act. One public name may stand in several tables (an
account and its newsletter entry); those that hold the same value move together.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Action, Change, Corrected
from storage.datalayer.catalogue import Place, RowKey, normal_email
from storage.datalayer.errors import Refused
from storage.datalayer.rows import Rows
from storage.datalayer.scope import Scope, Task, digest, make_line
from storage.datalayer.validators import valid
from storage.datalayer.way import Condition


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One stored value that a change means, and what it becomes."""

    name: str
    place: Place
    column: str
    by: str
    key: RowKey
    old: Any = field(repr=False)
    new: str = field(repr=False)


def spots(scope: Scope) -> tuple[Spot, ...]:
    """All stored values that the scope's changes mean; raises Refused when a change is not allowed or means none."""
    if not scope.changes:
        raise Refused(("no_change",))
    if len({change.name for change in scope.changes}) != len(scope.changes):
        raise Refused(("changed_twice",))
    found: list[Spot] = []
    reasons: list[str] = []
    for change in scope.changes:
        try:
            found += _spots_of(scope, change)
        except Refused as refused:
            reasons += refused.reasons
    if reasons:
        raise Refused(tuple(reasons))
    return tuple(found)


def _spots_of(scope: Scope, change: Change) -> list[Spot]:
    every = list(_candidates(scope, change))
    if not every:
        allowed = any(_named(reached.place, change.name) for reached in scope.places)
        raise Refused((f"{'nothing_stored' if allowed else 'field_not_allowed'}:{change.name}",))
    chosen = _chosen(scope, change, every)
    if all(alike(spot.old, spot.new) and str(spot.old) == spot.new for spot in chosen):
        raise Refused((f"already_so:{change.name}",))
    return chosen


def _candidates(scope: Scope, change: Change) -> Iterable[Spot]:
    for reached in scope.places:
        for one, rule in _named(reached.place, change.name):
            if not reached.owned:
                continue
            new = valid(rule.validator, change.new)
            if new is None:
                raise Refused((f"invalid_value:{change.name}:{rule.validator}",))
            for key, old in _stored(scope, reached.owned, one):
                yield Spot(
                    name=change.name, place=reached.place, column=one, by=rule.by, key=key, old=old, new=new
                )  # fmt: skip


def _named(place: Place, name: str) -> list[tuple[str, Any]]:
    fields = place.collection.fields.values()
    return [(one.name, one.note.rectify) for one in fields if one.note.rectify and one.note.rectify.name == name]


def _stored(scope: Scope, rows: Rows, name: str) -> Iterable[tuple[RowKey, Any]]:
    place, width = rows.place, len(rows.place.key)

    def make(where: list[Condition]) -> sa.Select[Any]:
        return sa.select(*place.key, place.columns[name]).where(*where)

    return ((row[:width], row[width]) for row in scope.desk.read(rows, ("stored", name), make))


def _chosen(scope: Scope, change: Change, every: list[Spot]) -> list[Spot]:
    """The account's own value decides; without an account the value the person named; else there must be only one."""
    account = [spot for spot in every if spot.place is scope.catalogue.person]
    if account:
        return [spot for spot in every if spot in account or alike(spot.old, account[0].old)]
    named = [spot for spot in every if change.old is not None and alike(spot.old, change.old)]
    if named:
        return named
    if len({str(spot.old) for spot in every}) > 1:
        raise Refused((f"ambiguous:{change.name}",))
    return every


def alike(stored: Any, said: Any) -> bool:
    """Whether a person would call the two values the same: case, outer space and Unicode form aside."""
    return normal_email(str(stored or "")) == normal_email(str(said or ""))


def flags(scope: Scope, found: Iterable[Spot]) -> Iterable[str]:
    """`old_value_differs` where the person believes something else is stored; `staff_decides` by the map's rule."""
    said = {change.name: change.old for change in scope.changes}
    for spot in found:
        old = said[spot.name]
        if old is not None and not alike(spot.old, old):
            yield "old_value_differs"
        if spot.by != "self":
            yield "staff_decides"


def tasks(scope: Scope, found: Iterable[Spot]) -> tuple[Task, ...]:
    """One task per table; its line pins the stored and the new values without showing them."""
    tables: dict[str, list[Spot]] = {}
    for spot in found:
        tables.setdefault(spot.place.name, []).append(spot)
    return tuple(_task(scope, some) for some in tables.values())


def _task(scope: Scope, some: list[Spot]) -> Task:
    place = some[0].place
    columns = tuple(dict.fromkeys(spot.column for spot in some))
    keys = list(dict.fromkeys(spot.key for spot in some))
    pinned = digest(scope.secret, sorted([spot.column, str(spot.key), str(spot.old), spot.new] for spot in some))
    line = make_line(scope, place, Action.CORRECT, len(keys), columns, article="GDPR 16", fingerprint=pinned)
    return Task(line=line, rows=scope.reach[place.name].owned.with_keys(keys))


def corrected(found: Iterable[Spot]) -> tuple[Corrected, ...]:
    """The values before and after, for the staff page and the person; contents."""
    return tuple(
        Corrected(
            name=spot.name,
            collection=spot.place.name,
            column=spot.column,
            old="" if spot.old is None else str(spot.old),
            new=spot.new,
        )
        for spot in found
    )
