"""What a verb would do to the rows a walk reached: tasks, and the plan that staff approve.

Reads counts and, where a rule needs them, dates; writes nothing and puts no value of a person into the plan.
The same functions run for the plan and, inside the transaction, for the act, so that a dry run equals the run.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import add
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Action, PlanLine, Role, Verb
from storage.datalayer.catalogue import Place, RowKey, masked_columns
from storage.datalayer.errors import Refused
from storage.datalayer.keeping import last_day, terms
from storage.datalayer.mapnotes import Erase
from storage.datalayer.naming import addresses_in, typed_emails
from storage.datalayer.rows import Making, Rows
from storage.datalayer.scope import Scope, Task, digest, is_listed, make_line
from storage.datalayer.sharing import used_by_others
from storage.datalayer.walk import Reached
from storage.datalayer.way import Condition

SUPPRESSION = "suppression"
"""The collection name of the line that enters an address into the suppression register."""


def _access(scope: Scope) -> Iterable[Task]:
    if scope.subject.role is Role.PROCESSOR:
        return  # a client's rows are the client's to show (Art. 28(3)(e)): never exported, never confirmed
    filled = _filled(scope)
    for reached in scope.places:
        if is_listed(scope, reached) or reached.shared:
            yield _access_task(scope, reached, filled.get(reached.place.name, 0))
        if reached.staff:
            yield _staff_task(scope, reached)


def _access_task(scope: Scope, reached: Reached, filled: int) -> Task:
    place, rows = reached.place, reached.owned.plus(reached.shared)
    shown, held, removed = _columns(scope, place)
    line = make_line(
        scope,
        place,
        Action.ACCESS,
        rows.count,
        shown,
        held=held,
        removed=removed,
        third_party=filled,
        secrets=len(held) if rows else 0,
        fingerprint=_fingerprint(scope, reached.shared),
    )
    return Task(line=line, rows=rows)


def _columns(scope: Scope, place: Place) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return scope.catalogue.remembered(("shown", place.name), lambda: _shown(place))


def _shown(place: Place) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The columns a copy shows, those it only names, and those about other people, which it leaves out."""
    fields = place.collection.fields.values()
    held = tuple(one.name for one in fields if one.note.secret)
    removed = tuple(one.name for one in fields if one.note.third_party and not one.note.secret)
    return tuple(one.name for one in fields if one.name not in {*held, *removed}), held, removed


def _staff_task(scope: Scope, reached: Reached) -> Task:
    """What somebody merely worked on: that they did and when, not what the row says about its own person."""
    place, rows = reached.place, reached.staff
    shown = {one.name for one in place.key} | {name for name, column in place.columns.items() if _is_date(column)}
    columns = [name for name in place.columns if name in shown]
    line = make_line(scope, place, Action.ACCESS, rows.count, columns, reason="worked_on_it")
    return Task(line=line, rows=rows)


def _is_date(column: sa.Column[Any]) -> bool:
    return isinstance(column.info["kind"], sa.Date | sa.DateTime)


def _filled(scope: Scope) -> dict[str, int]:
    """How many values about other people stand in the columns a copy leaves out, by collection."""
    asked = [
        (rows, "filled", _counting(reached.place, removed))
        for reached in scope.places
        if (rows := reached.owned.plus(reached.shared)) and (removed := _columns(scope, reached.place)[2])
    ]
    return {rows.place.name: sum(values) for (rows, _, _), values in zip(asked, scope.desk.scalars(asked), strict=True)}


def _counting(place: Place, names: Sequence[str]) -> Making:
    def make(where: list[Condition]) -> sa.Select[Any]:
        counts: list[sa.ColumnElement[int]] = [sa.func.count(place.columns[name]) for name in names]
        return sa.select(reduce(add, counts)).where(*where)

    return make


def _fingerprint(scope: Scope, rows: Rows) -> str:
    """Pins which rows are meant: one more, one fewer or another one needs a new approval. Empty for none."""
    keys = sorted(str(key) for key in scope.desk.keys(rows)) if rows else []
    return digest(scope.secret, keys) if keys else ""


def _portability(scope: Scope) -> Iterable[Task]:
    """Only what the person provided, and only where it rests on consent or contract (Art. 20(1))."""
    for reached in scope.places:
        place, note = reached.place, reached.place.collection.note
        columns = [one.name for one in place.collection.fields.values() if one.note.provided and not one.note.secret]
        if columns and note.portable and reached.owned and scope.subject.role is Role.CONTROLLER:
            line = make_line(scope, place, Action.ACCESS, reached.owned.count, columns)
            yield Task(line=line, rows=reached.owned)


def _erasure(scope: Scope) -> Iterable[Task]:
    for reached in scope.places:
        yield from _erasure_of(scope, reached)
    yield from suppression(scope, "no_future_collection")


def _erasure_marketing(scope: Scope) -> Iterable[Task]:
    for reached in scope.places:
        if reached.place.collection.note.marketing:
            yield from _erasure_of(scope, reached)
    yield from suppression(scope, "no_future_collection")


def _erasure_of(scope: Scope, reached: Reached) -> Iterable[Task]:
    others = scope.others.get(reached.place.name, frozenset())
    if is_listed(scope, reached) and (not others or len(others) < reached.owned.count):
        yield from _erase_rows(scope, _without(reached.owned, others))
    yield from _left(scope, reached.owned.with_keys(sorted(others, key=str)), "shared_with_others", pinned=False)
    if reached.shared:
        yield from _erase_shared(scope, reached.shared, _used(scope, reached))
    yield from _left(scope, reached.staff, "worked_on_it", pinned=False)


def _erase_shared(scope: Scope, shared: Rows, used: set[RowKey]) -> Iterable[Task]:
    keys = scope.desk.keys(shared)
    alone = shared.with_keys([key for key in keys if key not in used])
    if alone:
        yield from _erase_rows(scope, alone, fingerprint=_fingerprint(scope, alone), reason="only_yours")
    yield from _left(scope, shared.with_keys([key for key in keys if key in used]), "shared_with_others", pinned=True)


def _used(scope: Scope, reached: Reached) -> set[RowKey]:
    """Shared rows are left alone unless the map says how to erase them and really nobody else uses them."""
    if reached.place.collection.note.erase is None:
        return set(scope.desk.keys(reached.shared))
    return used_by_others(scope.desk, scope.reach, reached.shared)


def _left(scope: Scope, rows: Rows, reason: str, *, pinned: bool) -> Iterable[Task]:
    if rows and rows.place.collection.personal:
        print_of = _fingerprint(scope, rows) if pinned else ""
        line = make_line(scope, rows.place, Action.SHARED, rows.count, (), reason=reason, fingerprint=print_of)
        yield Task(line=line, rows=rows)


def _erase_rows(scope: Scope, rows: Rows, *, reason: str = "", fingerprint: str = "") -> Iterable[Task]:
    place = rows.place
    if place.collection.erase is Erase.KEEP:
        yield from _keep(scope, rows)
    elif place.collection.erase is Erase.DELETE:
        yield _task(scope, Action.DELETE, rows, tuple(place.columns), reason=reason, fingerprint=fingerprint)
    else:
        columns = masked_columns(scope.catalogue, place)
        if columns:
            yield _task(scope, Action.MASK, rows, columns, reason=reason, fingerprint=fingerprint)
        yield from _kept_columns(scope, rows)


def _task(scope: Scope, action: Action, rows: Rows, columns: Sequence[str], **more: Any) -> Task:
    return Task(line=make_line(scope, rows.place, action, rows.count, columns, **more), rows=rows)


def _keep(scope: Scope, rows: Rows) -> Iterable[Task]:
    """Rows a law makes us keep: until its term ends, and without the columns the law does not ask for."""
    place, keep = rows.place, rows.place.collection.note.keep
    if keep is None:
        raise Refused((f"keep_without_reason:{place.name}",))
    parted = scope.terms.get(id(rows)) or terms(scope.desk, [(rows, keep)], scope.today)[0]
    masked = [one.name for one in place.collection.fields.values() if one.note.erase in (Erase.MASK, Erase.DELETE)]
    if parted.staying:
        columns = [name for name in place.columns if name not in masked]
        yield _task(
            scope, Action.KEEP, parted.staying, columns,
            reason=keep.reason, article=keep.article, keep_until=parted.until,
        )  # fmt: skip
        if masked:
            yield _task(scope, Action.MASK, parted.staying, masked)
    if parted.over:
        yield _task(scope, Action.DELETE, parted.over, tuple(place.columns), reason="term_over")


def _kept_columns(scope: Scope, rows: Rows) -> Iterable[Task]:
    for one in rows.place.collection.fields.values():
        if one.note.keep and rows:
            keep = one.note.keep
            until = last_day(scope.desk, rows, keep)
            yield _task(
                scope, Action.KEEP, rows, (one.name,), reason=keep.reason, article=keep.article, keep_until=until
            )


def suppression(scope: Scope, reason: str) -> Iterable[Task]:
    """The entry that keeps an address from being written to or imported again; none where no address is known."""
    addresses = known_addresses(scope)
    if addresses:
        line = PlanLine(
            source=scope.source, tenant=scope.subject.tenant, collection=SUPPRESSION, action=Action.SUPPRESS,
            rows=len(addresses), reason=reason, article="GDPR 21(3)", role=scope.subject.role,
        )  # fmt: skip
        yield Task(line=line, addresses=addresses)


def known_addresses(scope: Scope) -> tuple[str, ...]:
    """The addresses the person is known by, in their normal form: stored in their rows, or typed."""
    return tuple(sorted(set(_emails(scope)) | typed_emails(scope.subject)))


def _without(rows: Rows, keys: frozenset[RowKey]) -> Rows:
    return rows.with_keys([key for key in rows.keys if key not in keys]) if keys else rows


def _emails(scope: Scope) -> Iterable[str]:
    """The addresses that stand in the person's own rows, in their normal form."""
    for reached in scope.places:
        others = scope.others.get(reached.place.name, frozenset())
        for key, links in reached.links.items():
            if key not in others:
                yield from addresses_in(reached.place, links)


def _restriction(scope: Scope) -> Iterable[Task]:
    return _marks(scope, [reached for reached in scope.places if reached.place.collection.personal], "")


def _objection_interest(scope: Scope) -> Iterable[Task]:
    interested = [reached for reached in scope.places if reached.place.collection.note.interest]
    return _marks(scope, interested, "legitimate_interest")


def _marks(scope: Scope, places: Iterable[Reached], purpose: str) -> Iterable[Task]:
    """Processor rows are left out: the client decides about its own lists (Art. 28(3)(e))."""
    for reached in places:
        if is_listed(scope, reached) and scope.subject.role is Role.CONTROLLER:
            place, rows = reached.place, reached.owned
            name = place.collection.note.restrict
            values = {name: _mark(scope, place.columns[name])} if name and not purpose else {}
            line = make_line(scope, place, Action.RESTRICT, rows.count, tuple(values), reason=purpose)
            yield Task(line=line, rows=rows, values=values)


def _mark(scope: Scope, column: sa.Column[Any]) -> Any:
    if isinstance(column.info["kind"], sa.Boolean):
        return True
    return as_stored(column, scope.today) if _is_date(column) else "restricted"


def as_stored(column: sa.Column[Any], day: date) -> Any:
    """A local date as this column holds it: text where the catalogue reads dates as text."""
    return day.isoformat() if isinstance(column.type, sa.String) else day


def _objection_marketing(scope: Scope) -> Iterable[Task]:
    for reached in scope.places:
        place, rows = reached.place, reached.owned
        values = {
            one.name: as_stored(place.columns[one.name], scope.today)
            if one.note.opt_out == "today"
            else one.note.opt_out
            for one in place.collection.fields.values()
            if one.note.opt_out is not None
        }
        if rows and values:
            line = make_line(scope, place, Action.SUPPRESS, rows.count, tuple(values), article="GDPR 21(3)")
            yield Task(line=line, rows=rows, values=values)
    yield from suppression(scope, "no_marketing")


PLANNERS: Mapping[Verb, Callable[[Scope], Iterable[Task]]] = MappingProxyType(
    {
        Verb.ACCESS: _access,
        Verb.PORTABILITY: _portability,
        Verb.ERASURE: _erasure,
        Verb.ERASURE_MARKETING: _erasure_marketing,
        Verb.RESTRICTION: _restriction,
        Verb.OBJECTION_MARKETING: _objection_marketing,
        Verb.OBJECTION_INTEREST: _objection_interest,
    }
)
