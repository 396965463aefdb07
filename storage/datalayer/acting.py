"""Carrying a plan's tasks out inside one transaction, and reading back that they are.

Order: sessions end and the account is locked, then values are overwritten, then rows go (children before parents),
then marks and suppressions are entered. Every statement is set-based over at most a batch of keys and carries the
tenant. What cannot be read back raises NotReadBack, and the caller's transaction takes everything back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Action, PlanLine, Role, Verb
from storage.datalayer import ledger
from storage.datalayer.catalogue import Conn, Place, RowKey, batches, linked
from storage.datalayer.correcting import Spot
from storage.datalayer.errors import NotReadBack, PlanChanged
from storage.datalayer.planning import Scope, Task, digest, subject_digest
from storage.datalayer.tokens import constant, token

Row = Mapping[str, Any]
Sink = Callable[[PlanLine, Iterator[Row]], None]

_TOKEN_BATCH = 100
_COMPOSITE_BATCH = 100
_WRITTEN = frozenset({Action.RESTRICT, Action.SUPPRESS})


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act: the scope it recomputed, its tasks, the instant (ISO, UTC) and a token key that is forgotten after."""

    scope: Scope
    verb: Verb
    tasks: Sequence[Task]
    spots: Sequence[Spot] = ()
    now: str
    token_key: bytes = field(repr=False)

    @property
    def connection(self) -> Conn:
        """The connection whose transaction holds all of it."""
        return self.scope.connection


def perform(act: Act) -> None:
    """Do and read back everything; raises NotReadBack, or PlanChanged when a value moved under a correction."""
    for task in _ordered(act):
        if task.place is not None and task.keys:
            _do(act, task, task.place)
        _enter(act, task)


def _ordered(act: Act) -> list[Task]:
    if act.verb is Verb.ERASURE:
        lock_account(act)
    return sorted(act.tasks, key=lambda task: _turn(act, task))


def _turn(act: Act, task: Task) -> tuple[int, int]:
    order = act.scope.catalogue.order
    if task.place is None:
        return (3, 0)
    depth = -order.index(task.place.table.name)
    if task.place.collection.note.ends_first:
        return (0, depth)
    return (2 if task.line.action is Action.DELETE else 1, depth)


def lock_account(act: Act) -> None:
    """Set the map's lock on the person's account, so that nobody signs in while and after it is erased."""
    place = act.scope.catalogue.person
    if place is None or not place.collection.note.lock:
        return
    keys = list(act.scope.reach[place.name].owned)
    if keys:
        values = dict(place.collection.note.lock)
        _update(act, place, keys, values)
        _expect_none(act, place, keys, _differs(place, values))


def _do(act: Act, task: Task, place: Place) -> None:
    if task.line.action is Action.DELETE:
        _delete(act, place, task.keys)
    elif task.line.action is Action.MASK:
        _mask(act, place, task.keys, task.line.columns)
    elif task.line.action is Action.CORRECT:
        _correct(act, place)
    elif task.line.action in _WRITTEN and task.values:
        _update(act, place, task.keys, task.values)
        _expect_none(act, place, task.keys, _differs(place, task.values))


def _where(act: Act, place: Place, keys: Sequence[RowKey]) -> list[sa.ColumnElement[Any]]:
    return [*place.within(act.scope.subject.tenant), place.at(keys)]


def _delete(act: Act, place: Place, keys: Sequence[RowKey]) -> None:
    for some in batches(keys):
        act.connection.execute(place.table.delete().where(*_where(act, place, some)))
    _expect_none(act, place, keys, sa.true())


def _update(act: Act, place: Place, keys: Sequence[RowKey], values: Mapping[str, Any]) -> None:
    for some in batches(keys):
        act.connection.execute(place.table.update().where(*_where(act, place, some)).values(dict(values)))


def _differs(place: Place, values: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    columns = place.table.c
    return sa.or_(*(columns[name].is_distinct_from(value) for name, value in values.items()))


def _expect_none(act: Act, place: Place, keys: Sequence[RowKey], wrong: sa.ColumnElement[bool]) -> None:
    """Read back: none of the rows may still be as it should not be."""
    for some in batches(keys):
        left = sa.select(sa.func.count()).select_from(place.table).where(*_where(act, place, some), wrong)
        if act.connection.execute(left).scalar_one():
            raise NotReadBack(place.name)


def _mask(act: Act, place: Place, keys: Sequence[RowKey], columns: Sequence[str]) -> None:
    joined = linked(act.scope.catalogue, place) | unique_columns(place)
    per_value = [name for name in columns if name in joined or place.collection.fields[name].identity]
    plain = {name: constant(place.columns[name]) for name in columns if name not in per_value}
    if plain:
        _update(act, place, keys, plain)
        _expect_none(act, place, keys, _differs(place, plain))
    # the primary key comes last: until then it finds the row
    for name in sorted(per_value, key=lambda one: place.columns[one].primary_key):
        _mask_by_value(act, place, keys, name)


def unique_columns(place: Place) -> frozenset[str]:
    """The columns that stand in a unique constraint or index."""
    constraints = (one for one in place.table.constraints if isinstance(one, sa.UniqueConstraint))
    indexes = (one for one in place.table.indexes if one.unique)
    sets = [*(one.columns for one in constraints), *(one.columns for one in indexes)]
    return frozenset(column.name for columns in sets for column in columns)


def _mask_by_value(act: Act, place: Place, keys: Sequence[RowKey], name: str) -> None:
    column = place.columns[name]
    for some in batches(keys, _TOKEN_BATCH):
        where = _where(act, place, some)
        stored = act.connection.execute(sa.select(column).distinct().where(*where, column.is_not(None))).scalars().all()
        tokens = {value: token(act.token_key, column, value) for value in stored}
        if tokens:
            new = sa.case(tokens, value=column, else_=column)
            act.connection.execute(place.table.update().where(*where).values({name: new}))
            _expect_none(act, place, some, column.not_in(list(tokens.values())))


def _correct(act: Act, place: Place) -> None:
    for spot in act.spots:
        if spot.place is not place:
            continue
        column = place.columns[spot.column]
        where = _where(act, place, [spot.key])
        changed = act.connection.execute(
            place.table.update().where(*where, column.is_not_distinct_from(spot.old)).values({spot.column: spot.new})
        ).rowcount
        if changed != 1:
            raise PlanChanged(place.name)
        _expect_none(act, place, [spot.key], column.is_distinct_from(spot.new))


def _enter(act: Act, task: Task) -> None:
    """Suppressions and marks, in the desk's own tables of the same database."""
    reason = task.line.reason
    for address in task.addresses:
        entry = {"scope": register_scope(act.scope), "address_digest": digest(act.scope.secret, address)}
        ledger.suppress(act.connection, **entry, since=act.now, reason=reason)
        if not ledger.is_suppressed(act.connection, **entry):
            raise NotReadBack("suppression")
    if task.line.action is Action.RESTRICT:
        _enter_mark(act, task.line)


def _enter_mark(act: Act, line: PlanLine) -> None:
    subject = act.scope.subject
    key = {
        "tenant": subject.tenant,
        "subject": subject_digest(act.scope.secret, subject),
        "collection": line.collection,
        "purpose": line.reason,
    }
    account = next((one.value for one in subject.keys if one.collection), "")
    ledger.mark(act.connection, key, account=account, since=act.now)
    if not ledger.is_marked(act.connection, key):
        raise NotReadBack("marks")


def register_scope(scope: Scope) -> str:
    """For whose mail an address is suppressed: the platform's own (empty), or one client's by its tenant."""
    return scope.subject.tenant if scope.subject.role is Role.PROCESSOR else ""


def deliver(scope: Scope, tasks: Iterable[Task], sink: Sink) -> None:
    """Hand the rows of every access line to the sink, a batch at a time; secrets and others' values stay behind."""
    for task in tasks:
        if task.place is not None:
            sink(task.line, _rows(scope, task, task.place))


def _rows(scope: Scope, task: Task, place: Place) -> Iterator[Row]:
    names = task.line.columns

    def make(keys: list[sa.BindParameter[Any]]) -> sa.Select[Any]:
        columns = (place.columns[name] for name in names)
        return sa.select(*columns).where(*place.within_bound(), place.key[0].in_(keys)).order_by(place.key[0])

    if len(place.key) > 1:
        return _rows_of_composite(scope, task, place)
    prepared = scope.catalogue.select((place.name, names), make)
    rows = prepared.rows(scope.connection, place.keyed(task.keys), scope.subject.tenant)
    return (dict(zip(names, row, strict=True)) for row in rows)


def _rows_of_composite(scope: Scope, task: Task, place: Place) -> Iterator[Row]:
    names = task.line.columns
    for some in batches(task.keys, _COMPOSITE_BATCH):
        where = (*place.within(scope.subject.tenant), place.at(some))
        select = sa.select(*(place.columns[name] for name in names)).where(*where).order_by(*place.key)
        for row in scope.connection.execute(select):
            yield dict(zip(names, row, strict=True))
