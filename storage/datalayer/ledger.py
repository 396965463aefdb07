"""The tables the desk adds to the platform's database: receipts, suppressions, restriction marks, and a mark of copies.

A receipt stands beside its effect, written in the same transaction, so that a repeated call can be told from a first
one after any crash. Receipts and suppressions hold keyed digests, counts and codes, never an address or a value.
The platform reads suppressions through the desk and marks by its own account number.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Entered, Verb
from bot.core.suppression import Suppression, is_wider
from storage.datalayer.catalogue import OWN_PREFIX, Conn
from storage.datalayer.engine import way_of, way_to
from storage.datalayer.errors import Refused, SourceDown
from storage.datalayer.prepared import Prepared
from storage.datalayer.rows import Expected, Write
from storage.datalayer.scope import digest
from storage.datalayer.way import BUSY_SECONDS, Fate

_METADATA = sa.MetaData()

RECEIPTS = sa.Table(
    OWN_PREFIX + "receipts",
    _METADATA,
    sa.Column("call_key", sa.String(200), primary_key=True),
    sa.Column("bound_to", sa.String(64), nullable=False),
    sa.Column("done_at", sa.String(32), nullable=False),
    sa.Column("result", sa.Text, nullable=False),
)

SUPPRESSIONS = sa.Table(
    OWN_PREFIX + "suppressions",
    _METADATA,
    sa.Column("scope", sa.String(100), primary_key=True),
    sa.Column("address_digest", sa.String(64), primary_key=True),
    sa.Column("since", sa.String(32), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
)

MARKS = sa.Table(
    OWN_PREFIX + "marks",
    _METADATA,
    sa.Column("tenant", sa.String(100), primary_key=True),
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("collection", sa.String(100), primary_key=True),
    sa.Column("purpose", sa.String(40), primary_key=True),
    sa.Column("account", sa.String(100), nullable=False),
    sa.Column("since", sa.String(32), nullable=False),
)

COPIES = sa.Table(
    OWN_PREFIX + "copies",
    _METADATA,
    sa.Column("what", sa.String(20), primary_key=True),
    sa.Column("since", sa.String(40), nullable=False),
)
"""Says that this database is a copy to try things on."""

TEST_COPY = "test_copy"
AT_ONCE = 500
"""Keys asked for in one statement."""


def install(url: str, *, test_copy: bool = False) -> None:
    """Make the desk's tables in the platform's database where they are missing; safe to run again.

    `test_copy` marks the database as one to try things on, for good. Raises SourceDown when the database cannot be
    reached, and Refused when it does not let its tables be made.
    """
    with _opened(url) as connection:
        _METADATA.create_all(connection)
        if test_copy:
            _insert_once(connection, COPIES, {"what": TEST_COPY}, {"since": datetime.now(UTC).isoformat()})


def marked_as_copy(url: str) -> bool:
    """Whether `install` marked the database as one to try things on. Raises SourceDown."""
    with _opened(url) as connection:
        return sa.inspect(connection).has_table(COPIES.name) and _exists(connection, COPIES, {"what": TEST_COPY})


@contextmanager
def _opened(url: str) -> Iterator[Conn]:
    way, where = way_to(url)
    engine = way.engine(where, BUSY_SECONDS)
    try:
        with engine.begin() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        fault = way.fault(error.orig or error)
        raise (Refused((fault.code,)) if fault.fate is Fate.REFUSED else SourceDown("install")) from None
    finally:
        engine.dispose()


def installed(connection: Conn) -> bool:
    """Whether the tables an act needs are there."""
    there = set(sa.inspect(connection).get_table_names())
    return there.issuperset({RECEIPTS.name, SUPPRESSIONS.name, MARKS.name})


def bound(secret: bytes, subject: str, verb: Verb, approved: str, ceiling: int) -> str:
    """What a key is bound to: the person (by digest), the verb and what was approved."""
    return digest(secret, [subject, verb, approved, ceiling])


def receipt(connection: Conn, key: str, bound_to: str) -> str | None:
    """The first result under this key, or None. Raises Refused when the key was used for something else."""
    rows = _kept(connection, RECEIPTS, "find").rows(connection, {}, {"call_key": key})
    if not rows:
        return None
    _, bound, _, result = rows[0]
    if bound != bound_to:
        raise Refused(("key_used_for_another_call",))
    return str(result)


def write_receipt(connection: Conn, *, key: str, bound_to: str, done_at: str, result: str) -> None:
    """Store the receipt; `done_at` is an ISO instant in UTC."""
    values = {"call_key": key, "bound_to": bound_to, "done_at": done_at, "result": result}
    _kept(connection, RECEIPTS, "insert").changed(connection, {}, values)


def new_receipt(connection: Conn, *, key: str, bound_to: str, done_at: str, result: str) -> Write:
    """The same, to be written with the last of the act."""
    values = {"call_key": key, "bound_to": bound_to, "done_at": done_at, "result": result}
    return _waiting(connection, RECEIPTS, "insert", values)


def receipts(connection: Conn) -> int:
    """How many receipts there are."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(RECEIPTS)).scalar_one())


def missing(connection: Conn, keys: Sequence[str]) -> frozenset[str]:
    """Those of the keys under which no receipt stands; `keys` in any number."""
    there: set[str] = set()
    for at in range(0, len(keys), AT_ONCE):
        some = RECEIPTS.c.call_key.in_(keys[at : at + AT_ONCE])
        there.update(connection.execute(sa.select(RECEIPTS.c.call_key).where(some)).scalars())
    return frozenset(keys) - there


def suppress(connection: Conn, *, scope: str, address_digest: str, since: str, reason: str) -> bool:
    """Enter an address; True when it was not there.

    A later entry leaves the first date standing, unless its reason is wider: then reason and date are the later ones.
    """
    key = {"scope": scope, "address_digest": address_digest}
    first = suppression(connection, **key)
    if first is not None and not is_wider(reason, first.reason):
        return False
    if first is not None:
        unsuppress(connection, **key)
    _kept(connection, SUPPRESSIONS, "insert").changed(connection, {}, {**key, "since": since, "reason": reason})
    return first is None


def new_suppression(
    connection: Conn, *, scope: str, address_digest: str, since: str, reason: str
) -> tuple[Entered, list[Write], Expected]:
    """The same with an act: the entry that will stand, the writes for it, and what has to be found after them."""
    key = {"scope": scope, "address_digest": address_digest}
    first = _kept(connection, SUPPRESSIONS, "find").rows(connection, {}, key)
    if first and not is_wider(reason, first[0][3]):
        return _standing(connection, key, since=first[0][2], reason=first[0][3], writes=[])
    gone = [_waiting(connection, SUPPRESSIONS, "delete", key)] if first else []
    made = _waiting(connection, SUPPRESSIONS, "insert", {**key, "since": since, "reason": reason})
    return _standing(connection, key, since=since, reason=reason, writes=[*gone, made])


def _standing(
    connection: Conn, key: Mapping[str, str], *, since: str, reason: str, writes: list[Write]
) -> tuple[Entered, list[Write], Expected]:
    entry = Entered(
        scope=key["scope"], address=key["address_digest"], reason=reason, since=datetime.fromisoformat(since)
    )
    found = _kept(connection, SUPPRESSIONS, "entered").calls({}, {**key, "since": since, "reason": reason})
    return entry, writes, Expected("suppression", found, 1)


def _waiting(connection: Conn, table: sa.Table, what: str, values: Mapping[str, Any]) -> Write:
    return Write(table.name, _kept(connection, table, what).calls({}, values), must=True)


def suppression(connection: Conn, *, scope: str, address_digest: str) -> Suppression | None:
    """The entry of the address in this scope, or None."""
    key = {"scope": scope, "address_digest": address_digest}
    rows = _kept(connection, SUPPRESSIONS, "find").rows(connection, {}, key)
    return Suppression(reason=rows[0][3], since=datetime.fromisoformat(rows[0][2])) if rows else None


def suppressions(connection: Conn) -> Iterator[tuple[str, str, Suppression]]:
    """Every entry: scope, address digest, and what is entered."""
    for scope, address, since, reason in connection.execute(sa.select(*SUPPRESSIONS.c)):
        yield scope, address, Suppression(reason=reason, since=datetime.fromisoformat(since))


def unsuppress(connection: Conn, *, scope: str, address_digest: str) -> bool:
    """Take the address out (the person's own undo); True when it was there."""
    key = {"scope": scope, "address_digest": address_digest}
    return bool(_kept(connection, SUPPRESSIONS, "delete").changed(connection, {}, key))


def new_mark(connection: Conn, key: Mapping[str, str], *, account: str, since: str) -> tuple[Write, Expected]:
    """Marks a collection of a person as restricted; `key` is tenant, subject, collection, purpose."""
    written = _kept(connection, MARKS, "insert once").calls({}, {**key, "account": account, "since": since})
    found = _kept(connection, MARKS, "count").calls({}, key)
    return Write(MARKS.name, written, must=False), Expected("marks", found, 1)


def _insert_once(connection: Conn, table: sa.Table, key: Mapping[str, Any], more: Mapping[str, Any]) -> bool:
    return bool(_kept(connection, table, "insert once").changed(connection, {}, {**key, **more}))


def _exists(connection: Conn, table: sa.Table, key: Mapping[str, Any]) -> bool:
    return bool(_kept(connection, table, "find").rows(connection, {}, key))


def _kept(connection: Conn, table: sa.Table, what: str) -> Prepared:
    """The table's statements, compiled once per connection; rows are found and deleted by the primary key."""
    kept: dict[tuple[str, str], Prepared] = connection.info.setdefault("desk_ledger", {})
    if (table.name, what) not in kept:
        made = _statements(table)[what]
        kept[table.name, what] = Prepared(way_of(connection.dialect), connection.dialect, lambda _: made)
    return kept[table.name, what]


def _statements(table: sa.Table) -> Mapping[str, Any]:
    """`insert once` leaves a row that is there as it is; acts follow each other, so no other can come in between."""
    key = [column == sa.bindparam(column.name, type_=column.type) for column in table.primary_key.columns]
    row = {one.name: sa.bindparam(one.name, type_=one.type) for one in table.c}
    new = sa.select(*row.values()).where(~sa.exists().where(*key))
    found = sa.select(sa.func.count()).select_from(table).where(*key)
    return {
        "find": sa.select(table).where(*key),
        "count": found,
        "entered": found.where(*(one == row[one.name] for one in table.c if not one.primary_key)),
        "delete": table.delete().where(*key),
        "insert": table.insert().values(row),
        "insert once": table.insert().from_select(list(row), new),
    }
