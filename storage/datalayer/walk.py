"""Which rows are a person's: from the keys they are known by, along the map's references, to a fixed point.

Rows are taken once, so cycles and self-references end. Only the person's own rows lead further; from a row that
others use too the walk goes on to what that row points to and never back to its other users. Somebody else's
account row is never entered, and the platform's own rows and its clients' lists are never mixed. Tables from which
nothing leads on are not read but counted, so their rows may be many. The walk goes in waves, each wave one journey to
the database where it can; each statement carries the tenant, a non-empty list of values and an end: more rows of one
person than are held in memory refuse the walk by name.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Key, Subject
from storage.datalayer.catalogue import (
    Catalogue,
    Conn,
    Place,
    RowKey,
    folded,
    masked_columns,
    normal_email,
    spellings,
)
from storage.datalayer.errors import Refused
from storage.datalayer.mapnotes import Owner
from storage.datalayer.prepared import TENANT, Prepared
from storage.datalayer.rows import Desk, Rows, Values
from storage.datalayer.way import Lists, Row

_NOBODY = frozenset({"", "null", "none", "nil", "undefined", "nan", "*", "%", "_", "?"})
_EMAIL = re.compile(r"[^@\s*%\x00-\x1f\x7f]+@[^@\s*%\x00-\x1f\x7f]+")
_TOO_BIG = 2**63
_MOST_BY = 500
"""Values by which rows are named instead of listing their keys; beyond them the keys are read."""

Links = dict[str, Any]
"""The values of one row that references or identities start from, by column."""

_NO_LINKS: Links = {}

Entries = Sequence[tuple[Place, sa.Column[Any]]]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """The rows of one collection the walk came to, apart by whose they are.

    `links` are the values that lead on from the person's own rows, by key; empty where nothing leads on.
    """

    place: Place
    owned: Rows
    shared: Rows
    staff: Rows
    links: Mapping[RowKey, Links] = field(default_factory=dict, repr=False)


Reach = dict[str, Reached]


@dataclass(frozen=True, kw_only=True)
class _Ask:
    """One question of a wave: the rows of a table whose column has one of the values.

    They are the person's to reach, unless the answer is only wanted to know how to go on (`then`).
    """

    place: Place
    owner: Owner
    column: str
    values: Sequence[Any]
    fold: bool
    then: Callable[[dict[RowKey, Links]], None] | None = None


@dataclass
class _Found:
    """What one collection's rows are so far."""

    owned: dict[RowKey, Links] = field(default_factory=dict)
    shared: dict[RowKey, Links] = field(default_factory=dict)
    staff: dict[RowKey, Links] = field(default_factory=dict)
    later: list[_Ask] = field(default_factory=list)

    def add(self, owner: Owner, rows: dict[RowKey, Links]) -> dict[RowKey, Links]:
        """Take rows in and give back the new ones. A row once owned stays so, however else it is reached."""
        mine = {Owner.OWNS: self.owned, Owner.SHARED: self.shared}.get(owner, self.staff)
        new = {key: links for key, links in rows.items() if key not in mine and key not in self.owned}
        mine.update(new)
        if owner is Owner.OWNS:
            for key in new:
                self.shared.pop(key, None)
                self.staff.pop(key, None)
        return new


def checked(subject: Subject, catalogue: Catalogue) -> Subject:
    """The subject, when it names somebody; raises Refused for an empty, null or wildcard key or a missing tenant."""
    if catalogue.datamap.tenant and subject.tenant.strip().lower() in _NOBODY:
        raise Refused(("tenant_missing",))
    if not subject.keys or any(_is_nobody(key) for key in subject.keys):
        raise Refused(("subject_missing",))
    return subject


def _is_nobody(key: Key) -> bool:
    if not key.collection and key.name == "email":
        return checked_email(key.value) is None
    return names_nobody(key.value)


def names_nobody(typed: str) -> bool:
    """Whether an identifier is empty, says null, or is a wildcard."""
    return typed.strip().lower() in _NOBODY or bool(set(typed) & set("*%\x00"))


def checked_email(typed: str) -> str | None:
    """The normal form of an address, or None for what cannot be one mailbox (empty, wildcard, several)."""
    plain = normal_email(typed)
    return plain if _EMAIL.fullmatch(plain) and len(plain) <= 320 else None


class Walk:
    """One walk of one subject over one connection."""

    def __init__(self, connection: Conn, catalogue: Catalogue, subject: Subject, *, lock: bool = False) -> None:
        """Nothing is read yet; raises Refused for a subject that names nobody. `lock`: for an act, not for a look."""
        self._connection = connection
        self._catalogue = catalogue
        self._desk = Desk(connection, catalogue)
        self._subject = checked(subject, catalogue)
        self._lock = lock
        self._found: dict[str, _Found] = defaultdict(_Found)
        self._wave: list[_Ask] = []

    def run(self) -> Reach:
        """All rows reached, by collection in the map's order; collections without rows are in it too."""
        for key in self._subject.keys:
            self._seed(key)
        while self._wave:
            asked, self._wave = self._wave, []
            for ask, rows in zip(asked, self._answers(asked), strict=True):
                (ask.then or partial(self._reached, ask))(rows)
            if not self._wave:
                self._wave = self._too_many()
        return self._settled()

    def _reached(self, ask: _Ask, rows: dict[RowKey, Links]) -> None:
        new = self._found[ask.place.name].add(ask.owner, rows)
        self._insist_few(ask.place)
        if new and ask.owner is not Owner.STAFF:
            self._lead_on(ask.place, ask.owner, new)

    def _insist_few(self, place: Place) -> None:
        found = self._found[place.name]
        if len(found.owned) + len(found.shared) + len(found.staff) > self._catalogue.most:
            raise Refused((f"too_many_rows:{place.name}",))

    def _answers(self, asked: Sequence[_Ask]) -> list[dict[RowKey, Links]]:
        return rows_with(self._connection, self._catalogue, self._subject.tenant, asked, lock=self._lock)

    def _seed(self, key: Key) -> None:
        if key.collection:
            self._seed_account(key)
            return
        for place, column in self._catalogue.entries(key.name, self._subject.role):
            if place is not self._catalogue.person:
                fold = key.name == "email"
                value = key.value if fold else typed_as(column, key.value)
                self._take(place, Owner.OWNS, column.name, [value], fold=fold)

    def _seed_account(self, key: Key) -> None:
        place = self._catalogue.person
        if place is None or place.name != key.collection or place.collection.note.role is not self._subject.role:
            raise Refused(("subject_unknown_kind",))
        ask = _Ask(
            place=place, owner=Owner.OWNS, column=place.key[0].name,
            values=[typed_as(place.key[0], key.value)], fold=False,
        )  # fmt: skip
        (rows,) = self._answers([ask])
        self._lead_on(place, Owner.OWNS, self._found[place.name].add(Owner.OWNS, rows))
        for links in rows.values():
            self._seed_identities(place, links)

    def _seed_identities(self, person: Place, links: Links) -> None:
        """What stands elsewhere under the account's address, once it is known how many accounts have that mailbox."""
        for one in person.collection.identities():
            every = self._catalogue.entries(one.identity, self._subject.role)
            entries = [(place, column) for place, column in every if place is not person]
            value, fold = links.get(one.name), one.identity == "email"
            if entries and not _blank(value):
                then = partial(self._seed_entries, entries, value, fold=fold)
                self._wave.append(
                    _Ask(place=person, owner=Owner.OWNS, column=one.name, values=[value], fold=fold, then=then)
                )

    def _seed_entries(self, entries: Entries, value: Any, accounts: dict[RowKey, Links], *, fold: bool) -> None:
        """Rows under an address; shared when two accounts have it."""
        owner = Owner.SHARED if len(accounts) > 1 else Owner.OWNS
        for place, column in entries:
            self._take(place, owner, column.name, [value], fold=fold)

    def _lead_on(self, place: Place, owner: Owner, rows: dict[RowKey, Links]) -> None:
        for edge in self._catalogue.followed(place.name):
            if owner is not Owner.SHARED or edge.outward:
                some = dict.fromkeys(links[edge.column] for links in rows.values() if not _blank(links[edge.column]))
                whose = edge.owner if owner is Owner.OWNS else Owner.SHARED
                self._take(self._catalogue.places[edge.to], whose, edge.to_column, list(some), fold=edge.fold)

    def _take(self, place: Place, owner: Owner, column: str, values: Sequence[Any], *, fold: bool) -> None:
        if values:
            ask = _Ask(place=place, owner=owner, column=column, values=values, fold=fold)
            counted = not fold and column in _ends(self._catalogue, place)
            (self._found[place.name].later if counted else self._wave).append(ask)

    def _too_many(self) -> list[_Ask]:
        """Tables that could be counted but not named by so many values, or that were read on another way too."""
        asks: list[_Ask] = []
        for found in self._found.values():
            read = found.owned or found.shared or found.staff
            if found.later and (read or sum(len(one.values) for one in found.later) > _MOST_BY):
                asks += found.later
                found.later = []
        return asks

    def _settled(self) -> Reach:
        reach = dict(_nothing(self._catalogue))
        named: list[Rows] = []
        for name, found in self._found.items():
            none = reach[name]
            reach[name] = self._named(none, found.later, named) if found.later else self._listed(none, found)
        counts = self._desk.scalars([(rows, "count", _counting(rows.place)) for rows in named])
        for rows, (count,) in zip(named, counts, strict=True):
            rows.count = count
        return reach

    def _listed(self, none: Reached, found: _Found) -> Reached:
        owned, shared, staff = (
            self._rows(none.place, len(some), keys=tuple(some)) if some else none.owned
            for some in (found.owned, found.shared, found.staff)
        )
        return Reached(place=none.place, owned=owned, shared=shared, staff=staff, links=found.owned)

    def _named(self, none: Reached, asks: list[_Ask], named: list[Rows]) -> Reached:
        """Rows by what led to them, entered into `named` to be counted; whatever is owned is nothing else."""
        by = _by(asks)
        owned = by.get(Owner.OWNS, ())
        found = {
            owner: self._rows(none.place, 0, by=some, but=() if owner is Owner.OWNS else owned)
            for owner, some in by.items()
        }
        named += found.values()
        mine, shared, staff = (found.get(owner, none.owned) for owner in (Owner.OWNS, Owner.SHARED, Owner.STAFF))
        return Reached(place=none.place, owned=mine, shared=shared, staff=staff)

    def _rows(
        self, place: Place, count: int, *, keys: tuple[RowKey, ...] = (), by: Values = (), but: Values = ()
    ) -> Rows:
        return Rows(place=place, tenant=self._subject.tenant, count=count, keys=keys, by=by, but=but)


def _nothing(catalogue: Catalogue) -> Reach:
    """What was reached of somebody of whom nothing is held."""

    def make() -> Reach:
        none = {name: Rows(place=place, tenant="", count=0) for name, place in catalogue.places.items()}
        return {name: Reached(place=one.place, owned=one, shared=one, staff=one) for name, one in none.items()}

    return catalogue.remembered("nothing", make)


def _by(asks: Iterable[_Ask]) -> dict[Owner, Values]:
    """What led to the rows, apart by whose they are."""
    found: dict[Owner, dict[str, dict[Any, None]]] = {}
    for one in asks:
        found.setdefault(one.owner, {}).setdefault(one.column, {}).update(dict.fromkeys(one.values))
    return {owner: tuple((column, tuple(some)) for column, some in by.items()) for owner, by in found.items()}


def _counting(place: Place) -> Any:
    return lambda where: sa.select(sa.func.count()).select_from(place.table).where(*where)


def _ends(catalogue: Catalogue, place: Place) -> frozenset[str]:
    """The columns that name this table's rows well enough: nothing leads on from it, and no act overwrites them.

    Of rows that are only ever shared the keys are wanted anyway: they pin the plan, and others may point to them.
    """

    def make() -> frozenset[str]:
        note = place.collection.note
        known_by = place is catalogue.person or bool(place.collection.identities())
        ways = list(catalogue.into(place.name))
        only_shared = all(edge.owner is Owner.SHARED for edge in ways)
        if known_by or only_shared or catalogue.followed(place.name) or any(edge.fold for edge in ways):
            return frozenset()
        written = {*masked_columns(catalogue, place), note.restrict}
        written |= {
            one.name for one in place.collection.fields.values() if one.note.erase or one.note.opt_out is not None
        }
        return frozenset(place.columns) - written

    return catalogue.remembered(("ends", place.name), make)


def rows_with(
    connection: Conn, catalogue: Catalogue, tenant: str, asked: Sequence[_Ask], *, lock: bool = False
) -> list[dict[RowKey, Links]]:
    """For each question the rows of its table whose column has one of the values: key -> link values.

    With `fold` the values are e-mail addresses and compared in their normal form.
    """
    texts: list[Prepared] = []
    calls = []
    for ask in asked:
        values = [s for one in ask.values for s in spellings(one)] if ask.fold else ask.values
        texts.append(_lookup(catalogue, ask.place, ask.column, fold=ask.fold, lock=lock))
        calls.append(texts[-1].calls({"values": [(one,) for one in values]}, {TENANT: tenant}))
    answers = iter(catalogue.way.run(connection, [call for some in calls for call in some]))
    return [
        _linked(catalogue, ask, text.read([next(answers) for _ in some]))
        for ask, text, some in zip(asked, texts, calls, strict=True)
    ]


def _linked(catalogue: Catalogue, ask: _Ask, rows: Iterable[Row]) -> dict[RowKey, Links]:
    names = link_names(catalogue, ask.place)
    width = len(ask.place.key)
    if not names:
        return dict.fromkeys(rows, _NO_LINKS)
    wanted = {normal_email(one) for one in ask.values} if ask.fold else set()
    found: dict[RowKey, Links] = {}
    for row in rows:
        links = dict(zip(names, row[width:], strict=True))
        if not ask.fold or normal_email(str(links[ask.column])) in wanted:
            found[row[:width]] = links
    return found


def _lookup(catalogue: Catalogue, place: Place, name: str, *, fold: bool, lock: bool) -> Prepared:
    def make(lists: Lists) -> sa.Select[Any]:
        column = folded(place.columns[name]) if fold else place.columns[name]
        links = (place.columns[one] for one in link_names(catalogue, place))
        select = sa.select(*place.key, *links).where(*place.within_bound(), lists.among("values", column))
        select = select.limit(sa.literal_column(str(catalogue.most + 1)))  # in the text: a planner knows it then
        return select.with_for_update() if lock else select

    return catalogue.kept((place.name, name, fold, lock), make)


def link_names(catalogue: Catalogue, place: Place) -> tuple[str, ...]:
    """The columns the walk remembers of each row: where references start, and identities."""

    def make() -> tuple[str, ...]:
        starts = (edge.column for edge in catalogue.edges[place.name])
        return tuple(dict.fromkeys((*starts, *(one.name for one in place.collection.identities()))))

    return catalogue.remembered(("links", place.name), make)


def typed_as(column: sa.Column[Any], value: str) -> Any:
    """The text of a key as the column's own type; raises Refused when it cannot be one (type confusion)."""
    try:
        made = column.type.python_type(value)
    except (ValueError, NotImplementedError) as error:
        raise Refused(("subject_of_another_type",)) from error
    too_long = isinstance(made, int) and abs(made) >= _TOO_BIG
    if str(made) != value or too_long:
        raise Refused(("subject_of_another_type",))
    return made


def _blank(value: Any) -> bool:
    """An empty link would join the person with everybody else who left it empty."""
    return value is None or (isinstance(value, str) and not value.strip())
