"""Carrying a plan's tasks out inside one transaction, and reading back that they are.

Order: the account is locked and sessions end, then values are overwritten, marks and suppressions entered, then rows
go (children before parents). Every statement is set-based and carries the tenant. What
cannot be read back raises NotReadBack, and the caller's transaction takes everything back.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Action, Entered, PlanLine, Role, Verb
from storage.datalayer import ledger
from storage.datalayer.catalogue import Conn, Place, masked_columns
from storage.datalayer.correcting import Spot
from storage.datalayer.errors import NotReadBack, PlanChanged
from storage.datalayer.masking import mask
from storage.datalayer.prepared import STREAM
from storage.datalayer.rows import Desk, Expected, Making, Rows, Write
from storage.datalayer.scope import Scope, Task, digest, subject_digest
from storage.datalayer.way import Condition, Lists

Row = Mapping[str, Any]
Sink = Callable[[PlanLine, Iterator[Row]], None]

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
    expected: list[Expected] = field(default_factory=list, repr=False)
    entered: list[Entered] = field(default_factory=list, repr=False)

    @property
    def connection(self) -> Conn:
        """The connection whose transaction holds all of it."""
        return self.scope.connection


def perform(act: Act) -> None:
    """Do everything; the last of it waits for `read_back`. Raises PlanChanged when a value moved under a correction."""
    tasks = _ordered(act)
    for task in tasks:
        if task.rows and task.line.action is not Action.DELETE:
            _do(act, task, task.rows)
        elif task.rows and task.rows.place.collection.note.ends_first:
            _delete(act, [task.rows])
        _enter(act, task)
    for some in _gone_together(act, tasks):
        _delete(act, some)


def read_back(act: Act, receipt: Write) -> None:
    """Write what waits, and the receipt, and read the act back in one journey; raises NotReadBack."""
    act.scope.desk.waiting.append(receipt)
    left = act.scope.desk.unmet(act.expected)
    if left:
        raise NotReadBack(", ".join(dict.fromkeys(left)))


def _ordered(act: Act) -> list[Task]:
    if act.verb is Verb.ERASURE:
        lock_account(act)
    return sorted(act.tasks, key=lambda task: _turn(act, task))


def _turn(act: Act, task: Task) -> tuple[int, int]:
    order = act.scope.catalogue.order
    if task.rows is None:
        return (2, 0)
    depth = -order.index(task.rows.place.table.name)
    return (0 if task.rows.place.collection.note.ends_first else 1, depth)


def _gone_together(act: Act, tasks: Sequence[Task]) -> Iterator[list[Rows]]:
    """The rows to delete, children before parents; tables in a ring at once where the database wants it so."""
    catalogue = act.scope.catalogue
    waiting = [
        task.rows
        for task in tasks
        if task.rows and task.line.action is Action.DELETE and not task.rows.place.collection.note.ends_first
    ]
    while waiting:
        first, *others = waiting
        ring = catalogue.ring(first.place.table.name) if catalogue.way.together else frozenset()
        yield [first, *(rows for rows in others if rows.place.table.name in ring)]
        waiting = [rows for rows in others if rows.place.table.name not in ring]


def lock_account(act: Act) -> None:
    """Set the map's lock on the person's account, so that nobody signs in while and after it is erased."""
    place = act.scope.catalogue.person
    rows = act.scope.reach[place.name].owned if place else None
    if place is not None and rows:
        masked = masked_columns(act.scope.catalogue, place)
        lock = {name: value for name, value in place.collection.note.lock if name not in masked}
        if lock:
            _update(act, rows, lock)


def _do(act: Act, task: Task, rows: Rows) -> None:
    if task.line.action is Action.MASK:
        act.expected.extend(mask(act.scope.desk, rows, task.line.columns, act.token_key))
    elif task.line.action is Action.CORRECT:
        _correct(act, rows.place)
    elif task.line.action in _WRITTEN and task.values:
        _update(act, rows, task.values)


def _delete(act: Act, every: list[Rows]) -> None:
    desk = act.scope.desk
    if len(every) == 1:
        table = every[0].place.table
        desk.write(every[0], "delete", lambda where: table.delete().where(*where), must=True)
    else:
        _delete_ring(desk, [rows.with_keys(desk.keys(rows)) for rows in every])
    act.expected.extend(desk.expect_none(rows, "left") for rows in every)


def _delete_ring(desk: Desk, every: list[Rows]) -> None:
    """One statement for tables that point at each other: their foreign keys are judged at its end."""
    places = [rows.place for rows in every]

    def make(lists: Lists) -> Any:
        gone = [
            place.table.delete().where(*place.within_bound(), lists.among(f"keys{at}", *place.key))
            for at, place in enumerate(places)
        ]
        return gone[-1].add_cte(*(one.cte(f"gone{at}") for at, one in enumerate(gone[:-1])))

    statement = desk.catalogue.kept(("delete ring", *(place.name for place in places)), make)
    keys = {f"keys{at}": rows.keys for at, rows in enumerate(every)}
    desk.write_calls(places[-1].name, statement.calls(keys, every[0].fixed), must=True)


def _update(act: Act, rows: Rows, values: Mapping[str, Any]) -> None:
    """Write the same values into all rows."""
    desk, table = act.scope.desk, rows.place.table
    given = replace(rows, more={f"set_{name}": value for name, value in values.items()})
    names = tuple(values)

    def new() -> dict[str, sa.BindParameter[Any]]:
        return {name: sa.bindparam(f"set_{name}", type_=table.c[name].type) for name in names}

    def wrong() -> Condition:
        return sa.or_(*(table.c[name].is_distinct_from(one) for name, one in new().items()))

    desk.write(given, ("update", *names), lambda where: table.update().where(*where).values(new()))
    act.expected.append(desk.expect_none(given, ("updated", *names), wrong))


def _correct(act: Act, place: Place) -> None:
    for spot in act.spots:
        if spot.place is not place:
            continue
        column = place.columns[spot.column]
        where = [*place.within(act.scope.subject.tenant), place.at([spot.key])]
        changed = act.connection.execute(
            place.table.update().where(*where, column.is_not_distinct_from(spot.old)).values({spot.column: spot.new})
        ).rowcount
        if changed != 1:
            raise PlanChanged(place.name)
        left = sa.select(sa.func.count()).select_from(place.table).where(*where, column.is_distinct_from(spot.new))
        if act.connection.execute(left).scalar_one():
            raise NotReadBack(place.name)


def _enter(act: Act, task: Task) -> None:
    """Suppressions and marks, in the desk's own tables of the same database."""
    for address in task.addresses:
        scope, hidden = register_scope(act.scope), digest(act.scope.secret, address)
        entry, writes, found = ledger.new_suppression(
            act.connection, scope=scope, address_digest=hidden, since=act.now, reason=task.line.reason
        )
        act.scope.desk.waiting.extend(writes)
        act.expected.append(found)
        act.entered.append(entry)
    if task.line.action is Action.RESTRICT:
        marked, found = _new_mark(act, task.line)
        act.scope.desk.waiting.append(marked)
        act.expected.append(found)


def _new_mark(act: Act, line: PlanLine) -> tuple[Write, Expected]:
    subject = act.scope.subject
    key = {
        "tenant": subject.tenant,
        "subject": subject_digest(act.scope.secret, subject),
        "collection": line.collection,
        "purpose": line.reason,
    }
    account = next((one.value for one in subject.keys if one.collection), "")
    return ledger.new_mark(act.connection, key, account=account, since=act.now)


def register_scope(scope: Scope) -> str:
    """For whose mail an address is suppressed: the platform's own (empty), or one client's by its tenant."""
    return scope.subject.tenant if scope.subject.role is Role.PROCESSOR else ""


def deliver(scope: Scope, tasks: Iterable[Task], sink: Sink) -> None:
    """Hand the rows of every access line to the sink, in order; secrets and others' values stay behind.

    What is few is read in one journey, what is many comes as a stream.
    """
    asked = [(task, (task.rows, *_copying(task.rows, task.line.columns))) for task in tasks if task.rows is not None]
    few = [question for _, question in asked if 0 < question[0].count <= STREAM]
    ready = {id(question): rows for question, rows in zip(few, scope.desk.read_all(few), strict=True)}
    for task, question in asked:
        rows = ready.get(id(question), ()) if question[0].count <= STREAM else scope.desk.stream(*question)
        sink(task.line, _named(task.line.columns, rows))


def _copying(rows: Rows, names: tuple[str, ...]) -> tuple[Hashable, Making]:
    place = rows.place

    def make(where: list[Condition]) -> sa.Select[Any]:
        return sa.select(*(place.columns[name] for name in names)).where(*where).order_by(*place.key)

    return ("copy", names), make


def _named(names: Sequence[str], rows: Iterable[Any]) -> Iterator[Row]:
    return (dict(zip(names, row, strict=True)) for row in rows)
