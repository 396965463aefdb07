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
from storage.datalayer.scope import address_digest, digest, subject_digest
from storage.datalayer.sql import SqlSource
from storage.datalayer.tokens import ERASED_MAIL

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
            for row in _read(connection, place, told):
                found, mails = self._judged(known, place, row)
                if found.is_account and (mine := subject_digest(self._key, found.subject)) in wanted:
                    accounts[mine] = found
                for one in mails:
                    if (theirs := address_digest(self._key, found.subject, one)) in wanted:
                        addresses[theirs] = (*addresses.get(theirs, ()), found)
        return Back(accounts=accounts, addresses=addresses)

    def _judged(self, known: Catalogue, place: Place, row: Mapping[str, Any]) -> tuple[Seen, tuple[str, ...]]:
        names = [one.name for one in place.collection.identities("email")]
        mails = tuple(dict.fromkeys(normal_email(row[name]) for name in names if _is_address(row[name])))
        is_account = place is known.person
        key = Key(collection=place.name, name=place.key[0].name, value=str(row[place.key[0].name]))
        if not is_account:
            key = Key(collection="", name="email", value=mails[0] if mails else "")
        subject = Subject(
            source=self._source.name, tenant=_tenant(place, row), role=place.collection.note.role, keys=(key,)
        )
        bears = bool(mails) if names else None
        where = "-".join(str(row[column.name]) for column in place.key)
        return Seen(place=place.name, key=where, subject=subject, is_account=is_account, bears=bears), mails

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
        for place in (one for one in _known_by(known) if _is_list(one)):
            for row in _read(connection, place, told):
                scope = _tenant(place, row) if place.collection.note.role is Role.PROCESSOR else ""
                for one in place.collection.identities("email") if _is_on(place, row) else ():
                    if _is_address(row[one.name]):
                        entry = (scope, digest(self._key, normal_email(row[one.name])))
                        yield from {entry} & over


def _known_by(known: Catalogue) -> Iterator[Place]:
    """The tables somebody can be known by: the account holders' own, and those with an address."""
    return (one for one in known.places.values() if one is known.person or one.collection.identities("email"))


def _read(connection: Conn, place: Place, told: Told) -> Iterator[Mapping[str, Any]]:
    """The rows' keys, tenant, addresses and opt-outs, in parts."""
    fields = place.collection.fields.values()
    names = [one.name for one in fields if one.identity == "email" or one.note.opt_out is not None]
    tenant = [] if place.tenant is None else [place.tenant]
    columns = dict.fromkeys((*place.key, *tenant, *(place.columns[name] for name in names)))
    parts = connection.execution_options(yield_per=AT_ONCE).execute(sa.select(*columns)).mappings().partitions()
    rows = 0
    for part in parts:
        yield from map(dict, part)
        rows += len(part)
        told(place.name, rows)


def _tenant(place: Place, row: Mapping[str, Any]) -> str:
    return str(row[place.tenant.name]) if isinstance(place.tenant, sa.Column) else ""


def _is_address(value: Any) -> bool:
    """Whether a stored value can be somebody's address: not empty, and none that an erasure wrote."""
    return isinstance(value, str) and bool(value.strip()) and not value.endswith(ERASED_MAIL)


def _is_list(place: Place) -> bool:
    """Whether mail goes to the addresses of a table: the map says it is for marketing, or it is a client's list."""
    note = place.collection.note
    return note.marketing or note.role is Role.PROCESSOR or bool(_opt_outs(place))


def _opt_outs(place: Place) -> Mapping[str, Any]:
    return {one.name: one.note.opt_out for one in place.collection.fields.values() if one.note.opt_out is not None}


def _is_on(place: Place, row: Mapping[str, Any]) -> bool:
    """Whether nothing in the row says that it was opted out; `today` in the map is a date that is set."""
    return not any(
        row[name] is not None if out == "today" else row[name] == out for name, out in _opt_outs(place).items()
    )


def _place(one: Entered) -> dict[str, str]:
    return {"scope": one.scope, "address_digest": one.address}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _pass_on(refusal: Refused) -> Any:
    raise refusal
