"""The SQL source: a database the platform lets the desk reach, described by a data map.

`person` and `find` write nothing. `act` does exactly the approved plan in one transaction or nothing at all, reads it
back, and does it once per key. Each call runs in a worker thread with a connection of its own; a call that is
cancelled may still finish there, and repeating it with the same key is safe. SQLite and PostgreSQL, by what
way.py asks of a database; nothing else here knows which.
"""

import asyncio
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.core.plans import (
    ERASING,
    READING,
    Action,
    ActResult,
    Change,
    Corrected,
    Done,
    PersonFound,
    Plan,
    Role,
    Subject,
    Verb,
    part_fits,
)
from bot.core.suppression import Reason, Suppression
from storage.datalayer import correcting, ledger, mapcheck, people
from storage.datalayer.acting import Act, Row, Sink, deliver, perform, read_back
from storage.datalayer.catalogue import MOST_ROWS, Catalogue, Conn, catalogue, reflect
from storage.datalayer.correcting import Spot
from storage.datalayer.datamap import DataMap, Findings
from storage.datalayer.engine import way_to
from storage.datalayer.errors import PlanChanged, Refused, SourceDown
from storage.datalayer.planning import PLANNERS, known_addresses
from storage.datalayer.scope import Scope, Task, address_digest, digest, plan, scope_of, subject_digest
from storage.datalayer.walk import checked_email
from storage.datalayer.way import BUSY_SECONDS, Fate

__all__ = ["Row", "Sink", "SqlSource"]

LOCAL = ZoneInfo("Europe/Amsterdam")
"""Where the terms of kept rows are counted: the controller's place."""

T = TypeVar("T")

_RESULT = TypeAdapter(ActResult)
_UNTOUCHED = frozenset({Action.KEEP, Action.SHARED})
_TRIES = 3


class _Again(SourceDown):
    """The platform changed a row at the same instant; the whole transaction may be tried again at once."""


class SqlSource:
    """One database as a source of personal data."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        datamap: DataMap,
        key: bytes,
        clock: Callable[[], datetime],
        busy_seconds: float = BUSY_SECONDS,
        most_rows: int = MOST_ROWS,
    ) -> None:
        """Take the parts; opens nothing yet.

        `key` (16 bytes or more) makes the digests in plans, receipts and suppressions, so it has to stay the same;
        `clock` gives aware UTC; `busy_seconds` is how long to wait for a lock before the source counts as down;
        `most_rows` how many rows of one person in one table are taken on before it is refused.
        """
        if len(key) < 16:
            raise Refused(("key_too_short",))
        self.name = name
        self._datamap = datamap
        self._way, where = way_to(url)
        self._engine = self._way.engine(where, busy_seconds)
        self._key = key
        self._clock = clock
        self._most = most_rows
        self._known: Catalogue | None = None
        self._installed = False
        self._lock = threading.Lock()

    async def check(self) -> Findings:
        """Compare the map with the live database. Raises SourceDown."""
        return await asyncio.to_thread(self._check)

    async def person(
        self, *, email: str | None = None, tenant: str | None = None, subject: str | None = None
    ) -> tuple[PersonFound, ...]:
        """Everybody an address may mean in any tenant, or the account holder `subject` of `tenant` (none or one).

        Empty when nobody is known. Raises Refused for an empty, null or wildcard selector, and SourceDown.
        """
        return await asyncio.to_thread(self._person, email, tenant, subject)

    async def find(self, person: Subject, verb: Verb, changes: tuple[Change, ...] = ()) -> Plan:
        """What the verb would do to this person's data; writes nothing. Raises Refused and SourceDown."""
        return await asyncio.to_thread(self._find, person, verb, changes)

    async def values(self, person: Subject, changes: tuple[Change, ...]) -> tuple[Corrected, ...]:
        """Old and new values of a rectification, for the staff page. Raises Refused and SourceDown."""
        return await asyncio.to_thread(self._values, person, changes)

    async def act(
        self,
        *,
        key: str,
        person: Subject,
        verb: Verb,
        approved: str,
        ceiling: int,
        changes: tuple[Change, ...] = (),
        sink: Sink | None = None,
    ) -> ActResult:
        """Do the plan part that was approved (its hash and ceiling), once per `key`.

        Access and portability hand their rows to `sink(line, rows)` in the worker thread, once per line, and may be
        repeated; everything else leaves a receipt, and the same key gives its result again without an effect.
        Raises PlanChanged when the plan is no longer the approved one, Refused when it can never be done, SourceDown
        when it may be tried again, NotReadBack when a value would not change. After each of them nothing was written.
        """
        if verb in READING:
            return await asyncio.to_thread(self._read, key, person, verb, approved, ceiling, sink)
        return await asyncio.to_thread(self._write, key, person, verb, approved, ceiling, changes)

    async def suppress(self, address: str, *, scope: str = "") -> bool:
        """Enter an address, known or not, into the suppression register; True when it was not there.

        `scope` is empty for the platform's own mail and a tenant for one client's. Raises Refused for what is no
        address, and SourceDown.
        """
        return await asyncio.to_thread(self._suppress, address, scope)

    async def unsuppress(self, address: str, *, scope: str = "") -> bool:
        """Take an address out again, on the person's own word; True when it was there."""
        return await asyncio.to_thread(self._unsuppress, address, scope)

    async def suppression(self, address: str, *, scope: str = "") -> Suppression | None:
        """Why nothing may be sent to the address in this scope, or None when it may."""
        return await asyncio.to_thread(self._suppression, address, scope)

    async def within(self, work: Callable[[Conn, Catalogue], T], *, write: bool = False) -> T:
        """Run `work` in one transaction of this database; for what past.py asks of it. Raises Refused, SourceDown."""
        return await asyncio.to_thread(self._within, work, write)

    async def close(self) -> None:
        """Close the pooled connections; the source opens new ones when it is used again."""
        await asyncio.to_thread(self._engine.dispose)

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[Conn]:
        """One transaction; database errors leave it as the source's own, without the driver's words and values."""
        try:
            with self._engine.connect() as fresh:
                connection = fresh.execution_options(**self._way.options(write=write))
                with connection.begin():
                    yield connection
        except self._engine.dialect.loaded_dbapi.Error as error:  # from prepared statements
            raise self._said(error) from None
        except sa.exc.DBAPIError as error:
            raise self._said(error.orig) from None
        except sa.exc.TimeoutError:
            raise SourceDown(self.name) from None

    def _said(self, error: BaseException | None) -> Exception:
        fault = self._way.fault(error or SourceDown())
        if fault.fate is Fate.AGAIN:
            return _Again(self.name)
        return Refused((fault.code,)) if fault.fate is Fate.REFUSED else SourceDown(self.name)

    def _catalogue(self, connection: Conn) -> Catalogue:
        """The reflected tables, read once for the life of the source."""
        with self._lock:
            if self._known is None:
                tables = reflect(connection, self._way)
                self._known = catalogue(self._datamap, tables, connection.dialect, self._way, self._most)
            return self._known

    def _check(self) -> Findings:
        with self._open() as connection:
            return mapcheck.check(self._datamap, connection, self._way)

    def _person(self, email: str | None, tenant: str | None, subject: str | None) -> tuple[PersonFound, ...]:
        with self._open() as connection:
            known = self._catalogue(connection)
            if email is not None:
                return people.by_email(self.name, connection, known, email)
            return people.by_subject(self.name, connection, known, tenant or "", subject or "")

    def _find(self, person: Subject, verb: Verb, changes: tuple[Change, ...]) -> Plan:
        with self._open() as connection:
            return self._planned(self._scope(connection, person, changes), verb)[0]

    def _values(self, person: Subject, changes: tuple[Change, ...]) -> tuple[Corrected, ...]:
        with self._open() as connection:
            return correcting.corrected(correcting.spots(self._scope(connection, person, changes)))

    def _scope(self, connection: Conn, person: Subject, changes: tuple[Change, ...], *, lock: bool = False) -> Scope:
        if person.source != self.name:
            raise Refused(("subject_of_another_source",))
        return scope_of(
            source=self.name,
            connection=connection,
            catalogue=self._catalogue(connection),
            subject=person,
            today=self._today(),
            secret=self._key,
            changes=changes,
            lock=lock,
        )

    def _planned(self, scope: Scope, verb: Verb) -> tuple[Plan, tuple[Task, ...], tuple[Spot, ...]]:
        if verb is not Verb.RECTIFICATION:
            tasks = tuple(PLANNERS[verb](scope))
            return plan(scope, verb, tasks), tasks, ()
        found = correcting.spots(scope)
        tasks = correcting.tasks(scope, found)
        made = plan(scope, verb, tasks)
        return replace(made, flags=made.flags | frozenset(correcting.flags(scope, found))), tasks, found

    def _read(self, key: str, person: Subject, verb: Verb, approved: str, ceiling: int, sink: Sink | None) -> ActResult:
        if sink is None:
            raise Refused(("sink_missing",))
        if person.role is Role.PROCESSOR:
            raise Refused(("processor_rows_are_not_exported",))
        with self._open() as connection:
            scope = self._scope(connection, person, ())
            made, tasks, _ = self._planned(scope, verb)
            _insist(made, approved, ceiling)
            deliver(scope, tasks, sink)
        return _result(key, made, tasks, ())

    def _write(
        self, key: str, person: Subject, verb: Verb, approved: str, ceiling: int, changes: tuple[Change, ...]
    ) -> ActResult:
        if not key.strip():
            raise Refused(("key_missing",))
        result = self._tried(lambda connection: self._once(connection, key, person, verb, approved, ceiling, changes))
        cleared = self._way.clear(self._engine)
        return replace(result, cleared=cleared, remains="" if cleared else self._way.residue)

    def _tried(self, work: Callable[[Conn], T]) -> T:
        """Run a writing transaction, anew while the platform's own work collides with it."""
        for _ in range(_TRIES - 1):
            with suppress(_Again), self._open(write=True) as connection:
                return work(connection)
        with self._open(write=True) as connection:
            return work(connection)

    def _once(
        self,
        connection: Conn,
        key: str,
        person: Subject,
        verb: Verb,
        approved: str,
        ceiling: int,
        changes: tuple[Change, ...],
    ) -> ActResult:
        self._insist_installed(connection)
        bound_to = ledger.bound(self._key, subject_digest(self._key, person), verb, approved, ceiling)
        first = ledger.receipt(connection, key, bound_to)
        if first is not None:
            return replace(_RESULT.validate_json(first), already_done=True)
        return self._done(connection, key, bound_to, person, verb, approved, ceiling, changes)

    def _done(
        self,
        connection: Conn,
        key: str,
        bound_to: str,
        person: Subject,
        verb: Verb,
        approved: str,
        ceiling: int,
        changes: tuple[Change, ...],
    ) -> ActResult:
        scope = self._scope(connection, person, changes, lock=True)
        made, tasks, found = self._planned(scope, verb)
        _insist(made, approved, ceiling)
        token_key = secrets.token_bytes(32)
        now = self._now()
        act = Act(scope=scope, verb=verb, tasks=tasks, spots=found, now=now, token_key=token_key)
        perform(act)
        result = replace(
            _result(key, made, tasks, correcting.corrected(found)),
            entered=tuple(act.entered),
            known_by=_known_by(scope) if verb in ERASING else (),
        )
        kept = _RESULT.dump_json(replace(result, corrected=())).decode()
        receipt = ledger.new_receipt(connection, key=key, bound_to=bound_to, done_at=now, result=kept)
        read_back(act, receipt)
        return result

    def _insist_installed(self, connection: Conn) -> None:
        self._installed = self._installed or ledger.installed(connection)
        if not self._installed:
            raise Refused(("not_installed",))

    def _suppress(self, address: str, scope: str) -> bool:
        entry = {"scope": scope, "address_digest": self._address(address)}
        with self._open(write=True) as connection:
            self._insist_installed(connection)
            return ledger.suppress(connection, **entry, since=self._now(), reason=Reason.NO_MARKETING)

    def _unsuppress(self, address: str, scope: str) -> bool:
        with self._open(write=True) as connection:
            self._insist_installed(connection)
            return ledger.unsuppress(connection, scope=scope, address_digest=self._address(address))

    def _suppression(self, address: str, scope: str) -> Suppression | None:
        with self._open() as connection:
            self._insist_installed(connection)
            return ledger.suppression(connection, scope=scope, address_digest=self._address(address))

    def _within(self, work: Callable[[Conn, Catalogue], T], write: bool) -> T:  # noqa: FBT001 - from a keyword
        with self._open(write=write) as connection:
            self._insist_installed(connection)
            return work(connection, self._catalogue(connection))

    def _address(self, typed: str) -> str:
        address = checked_email(typed)
        if address is None:
            raise Refused(("email_missing",))
        return digest(self._key, address)

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="seconds")

    def _today(self) -> date:
        return self._clock().astimezone(LOCAL).date()


def _known_by(scope: Scope) -> tuple[str, ...]:
    return tuple(address_digest(scope.secret, scope.subject, one) for one in known_addresses(scope))


def _insist(made: Plan, approved: str, ceiling: int) -> None:
    """The same plan under the same ceiling, or nothing: staff approved a hash, not an intention."""
    if len(made.parts) != 1 or not part_fits(made.parts[0], approved=approved, ceiling=ceiling):
        raise PlanChanged


def _result(key: str, made: Plan, tasks: Sequence[Task], corrected: tuple[Corrected, ...]) -> ActResult:
    lines = [task.line for task in tasks]
    done = tuple(
        Done(collection=line.collection, action=line.action, rows=line.rows)
        for line in lines
        if line.action not in _UNTOUCHED and line.rows
    )
    kept = tuple(line for line in lines if line.action in _UNTOUCHED)
    said = [key, made.hash, *((one.collection, one.action, one.rows) for one in done)]
    proof = hashlib.sha256(repr(said).encode()).hexdigest()
    return ActResult(done=done, kept=kept, recipients=made.recipients, corrected=corrected, proof=proof)
