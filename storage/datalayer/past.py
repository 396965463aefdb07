"""Looking at a SQL source with the register's eyes: which effects are there, who came back, what may end.

Promise: persons and addresses are compared as keyed digests only, by reading the columns people are known by once, in
parts; nothing is acted on here but the desk's own tables. Limits: a person is found by account number or address, the
keys the register has digests of; one who is known otherwise is found by neither.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.core.plans import ActResult, Entered, Key, Role, Subject
from bot.core.register import Deed
from storage.datalayer import ledger
from storage.datalayer.catalogue import Catalogue, Conn, Place, normal_email
from storage.datalayer.errors import Refused
from storage.datalayer.scope import by_address, digest, keys_digest
from storage.datalayer.sql import SqlSource
from storage.datalayer.tokens import ERASED_MAIL
from storage.datalayer.way import Row

AT_ONCE = 5_000
_RESULT = TypeAdapter(ActResult)

Address = tuple[str, str]
"""A scope and the digest of an address: what a suppression is entered under."""

Told = Callable[[str, int], None]
"""Hears how far a long reading is: the table, and its rows so far."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A row that somebody of the register is known by: where it stands, and the person as the source knows them.

    `bears` says whether it holds an address that no erasure wrote; None for a table without addresses.
    """

    place: str
    key: str
    subject: Subject = field(repr=False)
    is_account: bool
    bears: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Back:
    """Who of the register stands in the database: account holders by their digest, and rows by an address's digest."""

    accounts: Mapping[str, Seen]
    addresses: Mapping[str, tuple[Seen, ...]]

    def who(self, deed: Deed) -> Seen | None:
        """The person of a deed, if a row of theirs is there."""
        return self.accounts.get(deed.subject) or next(iter(self.addresses.get(deed.subject, ())), None)

    def remains(self, deed: Deed) -> bool:
        """Whether anything is there that an erasure would have taken: their account's own address, or theirs elsewhere.

        Elsewhere counts only where no other account has that address: then the row is that one's.
        """
        account = self.accounts.get(deed.subject)
        if account is not None and account.bears is not False:
            return True
        return any(self._is_left(one, account) for one in {*deed.known_by, deed.subject})

    def _is_left(self, address: str, account: Seen | None) -> bool:
        rows = self.addresses.get(address, ())
        others = [one for one in rows if one.is_account and one != account]
        return bool(rows) and not others


class Past:
    """One SQL source as it may once have been."""

    def __init__(self, source: SqlSource, *, key: bytes) -> None:
        """`key` is the source's own, which made the digests."""
        self._source, self._key = source, key

    async def missing(self, deeds: Sequence[Deed]) -> frozenset[str]:
        """The keys of acts whose receipt isn't there; all of them where the desk's tables are gone."""
        keys = [one.key for one in deeds]
        try:
            return await self._source.within(lambda connection, _: ledger.missing(connection, keys))
        except Refused as refusal:
            return frozenset(keys) if "not_installed" in refusal.reasons else _pass_on(refusal)

    async def receipts(self) -> int:
        """How many receipts are there."""
        return await self._source.within(lambda connection, _: ledger.receipts(connection))

    async def unblocked(self, standing: Sequence[Entered]) -> tuple[Entered, ...]:
        """Those of the suppressions that aren't there; all of them where the desk's tables are gone."""

        def look(connection: Conn, _: Catalogue) -> tuple[Entered, ...]:
            if len(standing) <= 1:
                return tuple(one for one in standing if ledger.suppression(connection, **_place(one)) is None)
            there = {(scope, address) for scope, address, _ in ledger.suppressions(connection)}
            return tuple(one for one in standing if (one.scope, one.address) not in there)

        try:
            return await self._source.within(look)
        except Refused as refusal:
            return tuple(standing) if "not_installed" in refusal.reasons else _pass_on(refusal)

    async def enter(self, standing: Iterable[Entered], lifted: Iterable[Address]) -> tuple[int, int]:
        """Put suppressions back with their first dates, and take back those that were; how many of each changed."""

        def write(connection: Conn, _: Catalogue) -> tuple[int, int]:
            put = [
                ledger.suppress(connection, **_place(one), since=_stamp(one.since), reason=one.reason)
                for one in standing
            ]
            taken = [ledger.unsuppress(connection, scope=scope, address_digest=address) for scope, address in lifted]
            return sum(put), sum(taken)

        return await self._source.within(write, write=True)

    async def settle(self, deed: Deed, now: datetime) -> None:
        """Write the receipt of an act whose person isn't there (any more): there is nothing to do under its key."""
        bound_to = ledger.bound(self._key, deed.subject, deed.verb, deed.approved, deed.ceiling)
        nothing = ActResult(done=(), proof=digest(self._key, ["settled", deed.key]))
        result = _RESULT.dump_json(nothing).decode()

        def write(connection: Conn, _: Catalogue) -> None:
            if ledger.receipt(connection, deed.key, bound_to) is None:
                ledger.write_receipt(connection, key=deed.key, bound_to=bound_to, done_at=_stamp(now), result=result)

        await self._source.within(write, write=True)

    async def back(self, wanted: frozenset[str], told: Told) -> Back:
        """Read every row that somebody may be known by, and keep those whose digest is wanted."""
        return await self._source.within(lambda connection, known: self._seen(connection, known, wanted, told))

    def _seen(self, connection: Conn, known: Catalogue, wanted: frozenset[str], told: Told) -> Back:
        accounts: dict[str, Seen] = {}
        addresses: dict[str, tuple[Seen, ...]] = {}
        for place in _known_by(known):
            table = _Table(known, place, self._source.name)
            for row in table.read(connection, told):
                mine = self._digest(table, row, table.account(row)) if table.is_account else ""
                if mine in wanted:
                    accounts[mine] = table.seen(row)
                for one in table.mails(row):
                    theirs = self._digest(table, row, by_address(one))
                    if theirs in wanted:
                        addresses[theirs] = (*addresses.get(theirs, ()), table.seen(row))
        return Back(accounts=accounts, addresses=addresses)

    def _digest(self, table: "_Table", row: Row, key: tuple[str, str, str]) -> str:
        return keys_digest(self._key, self._source.name, table.tenant(row), table.role, [key])

    async def expire(self, now: datetime, told: Told = lambda *_: None) -> tuple[int, frozenset[Address]]:
        """Drop the suppressions whose three years are over, unless the address still stands on a list.

        Returns how many went, and scope and address of each that stays: dropping those would let mail go out again.
        """

        def look(connection: Conn, known: Catalogue) -> tuple[set[Address], frozenset[Address]]:
            over = {(scope, one) for scope, one, entry in ledger.suppressions(connection) if entry.is_over(now)}
            return over, frozenset(self._listed(connection, known, over, told) if over else ())

        over, kept = await self._source.within(look)
        if over - kept:
            await self.enter((), over - kept)
        return len(over - kept), kept

    def _listed(self, connection: Conn, known: Catalogue, over: set[Address], told: Told) -> Iterator[Address]:
        for table in (_Table(known, one, self._source.name) for one in _known_by(known)):
            for row in table.read(connection, told) if table.is_list else ():
                scope = table.tenant(row) if table.role is Role.PROCESSOR else ""
                for one in table.mails(row) if table.is_on(row) else ():
                    yield from {(scope, digest(self._key, one))} & over


class _Table:
    """One table somebody may be known in, and how to read a row of it: keys, tenant, addresses, opt-outs."""

    def __init__(self, known: Catalogue, place: Place, source: str) -> None:
        self._place, self._source = place, source
        self.is_account, self.role = place is known.person, place.collection.note.role
        fields = place.collection.fields.values()
        mails = [one.name for one in fields if one.identity == "email"]
        outs = {one.name: one.note.opt_out for one in fields if one.note.opt_out is not None}
        tenant = [place.tenant] if isinstance(place.tenant, sa.Column) else []
        self._columns = dict.fromkeys((*place.key, *tenant, *(place.columns[name] for name in (*mails, *outs))))
        at = {column.name: number for number, column in enumerate(self._columns)}
        self._mails = [at[name] for name in mails]
        self._outs = [(at[name], out) for name, out in outs.items()]
        self._tenant = at[tenant[0].name] if tenant else None

    def read(self, connection: Conn, told: Told) -> Iterator[Row]:
        """Every row, in parts."""
        read = connection.execution_options(yield_per=AT_ONCE).execute(sa.select(*self._columns))
        rows = 0
        for part in read.partitions():
            yield from map(tuple, part)
            rows += len(part)
            told(self._place.name, rows)

    def tenant(self, row: Row) -> str:
        """The row's tenant; empty in a table without."""
        return "" if self._tenant is None else str(row[self._tenant])

    def account(self, row: Row) -> tuple[str, str, str]:
        """The key of an account holder."""
        return (self._place.name, self._place.key[0].name, str(row[0]))

    def mails(self, row: Row) -> Iterable[str]:
        """The addresses in a row, in their normal form, each once; none that an erasure wrote."""
        return dict.fromkeys(normal_email(row[at]) for at in self._mails if _is_address(row[at]))

    def seen(self, row: Row) -> Seen:
        """The row as somebody's who was looked for."""
        mails = tuple(self.mails(row))
        collection, name, value = self.account(row) if self.is_account else by_address(mails[0])
        key = Key(collection=collection, name=name, value=value)
        return Seen(
            place=self._place.name,
            key="-".join(str(one) for one in row[: len(self._place.key)]),
            subject=Subject(source=self._source, tenant=self.tenant(row), role=self.role, keys=(key,)),
            is_account=self.is_account,
            bears=bool(mails) if self._mails else None,
        )

    @property
    def is_list(self) -> bool:
        """Whether mail goes to its addresses: the map says it is for marketing, or it is a client's list."""
        return self._place.collection.note.marketing or self.role is Role.PROCESSOR or bool(self._outs)

    def is_on(self, row: Row) -> bool:
        """Whether nothing in the row says that it was opted out; `today` in the map is a date that is set."""
        return not any(row[at] is not None if out == "today" else row[at] == out for at, out in self._outs)


def _known_by(known: Catalogue) -> Iterator[Place]:
    """The tables somebody can be known by: the account holders' own, and those with an address."""
    return (one for one in known.places.values() if one is known.person or one.collection.identities("email"))


def _is_address(value: Any) -> bool:
    """Whether a stored value can be somebody's address: not empty, and none that an erasure wrote."""
    return isinstance(value, str) and bool(value.strip()) and not value.endswith(ERASED_MAIL)


def _place(one: Entered) -> dict[str, str]:
    return {"scope": one.scope, "address_digest": one.address}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _pass_on(refusal: Refused) -> Any:
    raise refusal
