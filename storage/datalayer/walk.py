"""Which rows are a person's: from the keys they are known by, along the map's references, to a fixed point.

Rows are taken once, so cycles and self-references end. Only the person's own rows lead further; from a row that
others use too the walk goes on to what that row points to and never back to its other users. Somebody else's
account row is never entered, and the platform's own rows and its clients' lists are never mixed. Each statement
carries the tenant and a bounded, non-empty list of values.
"""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Key, Subject
from storage.datalayer.catalogue import (
    Catalogue,
    Conn,
    Edge,
    Place,
    RowKey,
    folded,
    normal_email,
    spellings,
)
from storage.datalayer.errors import Refused
from storage.datalayer.mapnotes import Owner
from storage.datalayer.prepared import Prepared

_NOBODY = frozenset({"", "null", "none", "nil", "undefined", "nan", "*", "%", "_", "?"})
_EMAIL = re.compile(r"[^@\s*%\x00-\x1f\x7f]+@[^@\s*%\x00-\x1f\x7f]+")

Links = dict[str, Any]
"""The values of one row that references or identities start from, by column."""


_NO_LINKS: Links = {}


@dataclass
class Reached:
    """The rows of one collection the walk came to, by primary key, apart by whose they are."""

    place: Place
    owned: dict[RowKey, Links] = field(default_factory=dict)
    shared: dict[RowKey, Links] = field(default_factory=dict)
    staff: dict[RowKey, Links] = field(default_factory=dict)

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


Reach = dict[str, Reached]


def checked(subject: Subject, catalogue: Catalogue) -> Subject:
    """The subject, when it names somebody; raises Refused for an empty, null or wildcard key or a missing tenant."""
    if catalogue.datamap.tenant and subject.tenant.strip().lower() in _NOBODY:
        raise Refused(("tenant_missing",))
    if not subject.keys or any(_names_nobody(key) for key in subject.keys):
        raise Refused(("subject_missing",))
    return subject


def _names_nobody(key: Key) -> bool:
    if not key.collection and key.name == "email":
        return checked_email(key.value) is None
    return key.value.strip().lower() in _NOBODY or bool(set(key.value) & set("*%\x00"))


def checked_email(typed: str) -> str | None:
    """The normal form of an address, or None for what cannot be one mailbox (empty, wildcard, several)."""
    plain = normal_email(typed)
    return plain if _EMAIL.fullmatch(plain) and len(plain) <= 320 else None


class Walk:
    """One walk of one subject over one connection."""

    def __init__(self, connection: Conn, catalogue: Catalogue, subject: Subject) -> None:
        """Nothing is read yet; raises Refused for a subject that names nobody."""
        self._connection = connection
        self._catalogue = catalogue
        self._subject = checked(subject, catalogue)
        self._reach: Reach = {name: Reached(place) for name, place in catalogue.places.items()}
        self._queue: deque[tuple[Place, Owner, dict[RowKey, Links]]] = deque()

    def run(self) -> Reach:
        """All rows reached, by collection in the map's order; collections without rows are in it too."""
        for key in self._subject.keys:
            self._seed(key)
        while self._queue:
            place, owner, rows = self._queue.popleft()
            for edge in self._catalogue.edges[place.name]:
                self._follow(edge, owner, rows)
        return self._reach

    def _seed(self, key: Key) -> None:
        if key.collection:
            self._seed_account(key)
            return
        for place, column in self._catalogue.entries(key.name, self._subject.role):
            if place is not self._catalogue.person:
                self._take(place, Owner.OWNS, column, [key.value], fold=key.name == "email")

    def _seed_account(self, key: Key) -> None:
        place = self._catalogue.person
        if place is None or place.name != key.collection or place.collection.note.role is not self._subject.role:
            raise Refused(("subject_unknown_kind",))
        self._take(place, Owner.OWNS, place.key[0], [typed_as(place.key[0], key.value)], fold=False)
        for links in tuple(self._reach[place.name].owned.values()):
            for one in place.collection.identities():
                self._seed_identity(place, one.name, one.identity, links.get(one.name))

    def _seed_identity(self, person: Place, name: str, kind: str, value: Any) -> None:
        """What stands elsewhere under the account's address; shared when two accounts have that mailbox."""
        if not isinstance(value, str) or not value.strip():
            return
        fold = kind == "email"
        twice = (
            len(rows_with(self._connection, self._catalogue, person, name, [value], self._subject.tenant, fold=fold))
            > 1
        )
        for place, column in self._catalogue.entries(kind, self._subject.role):
            if place is not person:
                self._take(place, Owner.SHARED if twice else Owner.OWNS, column, [value], fold=fold)

    def _follow(self, edge: Edge, owner: Owner, rows: dict[RowKey, Links]) -> None:
        place = self._catalogue.places[edge.to]
        if edge.owner is Owner.CATALOGUE or (owner is Owner.SHARED and not edge.outward):
            return
        if place is self._catalogue.person or place.collection.note.role is not self._subject.role:
            return
        values = list(dict.fromkeys(links[edge.column] for links in rows.values() if not _blank(links[edge.column])))
        whose = edge.owner if owner is Owner.OWNS else Owner.SHARED
        self._take(place, whose, place.columns[edge.to_column], values, fold=edge.fold)

    def _take(self, place: Place, owner: Owner, column: sa.Column[Any], values: Sequence[Any], *, fold: bool) -> None:
        found = rows_with(
            self._connection, self._catalogue, place, column.name, values, self._subject.tenant, fold=fold
        )
        new = self._reach[place.name].add(owner, found)
        if new and owner is not Owner.STAFF:
            self._queue.append((place, owner, new))


def rows_with(
    connection: Conn, catalogue: Catalogue, place: Place, name: str, values: Sequence[Any], tenant: str, *, fold: bool
) -> dict[RowKey, Links]:
    """The rows of a table whose column has one of the values, in one tenant: key -> link values.

    With `fold` the values are e-mail addresses and compared in their normal form.
    """
    wanted: set[str] = set()
    if fold:
        wanted = {normal_email(one) for one in values}
        values = [spelling for one in wanted for spelling in spellings(one)]
    names = link_names(catalogue, place)
    width = len(place.key)
    found: dict[RowKey, Links] = {}
    rows = _lookup(catalogue, place, name, fold=fold).rows(connection, values, tenant)
    if not names:
        return dict.fromkeys(rows, _NO_LINKS)
    for row in rows:
        links = dict(zip(names, row[width:], strict=True))
        if not fold or normal_email(str(links[name])) in wanted:
            found[row[:width]] = links
    return found


def _lookup(catalogue: Catalogue, place: Place, name: str, *, fold: bool) -> Prepared:
    def make(values: list[sa.BindParameter[Any]]) -> sa.Select[Any]:
        column = folded(place.columns[name]) if fold else place.columns[name]
        links = (place.columns[one] for one in link_names(catalogue, place))
        return sa.select(*place.key, *links).where(*place.within_bound(), column.in_(values))

    return catalogue.select((place.name, name, fold), make)


def link_names(catalogue: Catalogue, place: Place) -> tuple[str, ...]:
    """The columns the walk remembers of each row: where references start, and identities."""
    made = catalogue.links.get(place.name)
    if made is None:
        starts = (edge.column for edge in catalogue.edges[place.name])
        made = tuple(dict.fromkeys((*starts, *(one.name for one in place.collection.identities()))))
        catalogue.links[place.name] = made
    return made


def typed_as(column: sa.Column[Any], value: str) -> Any:
    """The text of a key as the column's own type; raises Refused when it cannot be one (type confusion)."""
    try:
        made = column.type.python_type(value)
    except (ValueError, NotImplementedError) as error:
        raise Refused(("subject_of_another_type",)) from error
    if str(made) != value:
        raise Refused(("subject_of_another_type",))
    return made


def _blank(value: Any) -> bool:
    """An empty link would join the person with everybody else who left it empty."""
    return value is None or (isinstance(value, str) and not value.strip())


def used_by_others(
    connection: Conn, catalogue: Catalogue, reach: Reach, place: Place, keys: Iterable[RowKey]
) -> set[RowKey]:
    """Those of the shared rows that some row outside the person's own still points to, in any tenant.

    Looks at the map's references and at the database's foreign keys; without either a row counts as used.
    """
    pointing = _pointing(catalogue, place)
    if not pointing:
        return set(keys)
    return {
        key
        for key in keys
        if any(_points(connection, catalogue, reach, table, column, key[0]) for table, column in pointing)
    }


def _pointing(catalogue: Catalogue, place: Place) -> set[tuple[str, str]]:
    if len(place.key) != 1:
        return set()
    key = place.key[0].name
    mapped = {
        (edge.origin, edge.column)
        for edges in catalogue.edges.values()
        for edge in edges
        if edge.outward and edge.to == place.name and edge.to_column == key
    }
    foreign = {
        (table.name, foreign.parent.name)
        for table in catalogue.tables.values()
        for foreign in table.foreign_keys
        if foreign.column is place.key[0]
    }
    return mapped | foreign


def _points(connection: Conn, catalogue: Catalogue, reach: Reach, table: str, column: str, value: Any) -> bool:
    """Whether more rows point to `value` than the person's own. Counts everybody's rows, so tenants do not matter."""
    there = catalogue.tables[table]
    total = connection.execute(
        sa.select(sa.func.count()).select_from(there).where(there.c[column] == value)
    ).scalar_one()
    owned = reach[table].owned.values() if table in reach else ()
    return bool(total > sum(1 for links in owned if links.get(column) == value))
