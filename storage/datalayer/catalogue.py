"""The platform's tables as the database itself describes them, joined with the map into routes to walk.

Identifiers reach SQL only through the reflected tables made here. Types come from the database; the map adds meaning.
Columns are read so that an access copy is faithful (way.py says how). Reflection happens once per source;
a change of the schema needs a restart.
"""

import unicodedata
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.core.plans import Role
from storage.datalayer.datamap import Collection, DataMap, MapField
from storage.datalayer.errors import Refused
from storage.datalayer.mapnotes import Erase, Owner
from storage.datalayer.prepared import TENANT, Making, Prepared
from storage.datalayer.way import Way

OWN_PREFIX = "privacy_desk_"
"""Tables the desk adds to the platform's database; they hold no contents and stand outside the map."""

MOST_ROWS = 250_000
"""Rows of one person in one table that are held in memory by their keys; tables whose rows are counted have no end."""

T = TypeVar("T")

Conn = sa.Connection
Column = sa.ColumnElement[Any]
RowKey = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One way from rows to rows: values of `column` in `origin` found in `to_column` of `to`."""

    origin: str
    column: str
    to: str
    to_column: str
    owner: Owner
    outward: bool
    fold: bool


@dataclass(frozen=True)
class Place:
    """A mapped collection with its table. Composite keys are matched by one comparison per part and row."""

    collection: Collection
    table: sa.Table
    tenant: Column | None

    @cached_property
    def key(self) -> tuple[sa.Column[Any], ...]:
        """The primary key's columns."""
        return tuple(self.table.primary_key.columns)

    @cached_property
    def name(self) -> str:
        """The collection's name, which is the table's."""
        return self.collection.name

    @cached_property
    def columns(self) -> Mapping[str, sa.Column[Any]]:
        """The mapped columns only; what the map does not mention is never read."""
        return MappingProxyType({name: self.table.c[name] for name in self.collection.fields})

    def within(self, tenant: str) -> list[Column]:
        """The condition every statement carries: this client's rows and no others."""
        return [] if self.tenant is None else [self.tenant == tenant]

    def within_bound(self) -> list[Column]:
        """The same condition for a prepared select."""
        return [] if self.tenant is None else [self.tenant == sa.bindparam(TENANT, type_=self.tenant.type)]

    def at(self, keys: Sequence[RowKey]) -> Column:
        """The condition that selects exactly these rows; `keys` are few and never none."""
        if not keys:
            raise Refused(("empty_subject",))
        if len(self.key) == 1:
            return self.key[0].in_([key[0] for key in keys])
        same = (sa.and_(*(column == part for column, part in zip(self.key, key, strict=True))) for key in keys)
        return sa.or_(*same)


@dataclass(frozen=True)
class Catalogue:
    """Every mapped collection with its table, and the ways between them."""

    datamap: DataMap
    tables: Mapping[str, sa.Table]
    places: Mapping[str, Place]
    edges: Mapping[str, tuple[Edge, ...]]
    dialect: sa.Dialect
    way: Way
    most: int = MOST_ROWS
    prepared: dict[Any, Prepared] = field(default_factory=dict, compare=False, repr=False)
    """Statements by what they are for; see prepared.py."""
    known: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def kept(self, purpose: Hashable, make: Making) -> Prepared:
        """The statement kept under this purpose, made on first use."""
        made = self.prepared.get(purpose)
        if made is None:
            made = self.prepared[purpose] = Prepared(self.way, self.dialect, make)
        return made

    def remembered(self, what: Hashable, make: Callable[[], T]) -> T:
        """Something that follows from the map and the tables alone, worked out on first use."""
        if what not in self.known:
            self.known[what] = make()
        found: T = self.known[what]
        return found

    def followed(self, name: str) -> tuple[Edge, ...]:
        """The ways a walk goes on from a collection: not into a catalogue, an account row or another role's rows."""
        return self.remembered(("followed", name), lambda: tuple(filter(self._is_followed, self.edges[name])))

    def _is_followed(self, edge: Edge) -> bool:
        to = self.places[edge.to]
        same_role = to.collection.note.role is self.places[edge.origin].collection.note.role
        return edge.owner is not Owner.CATALOGUE and to is not self.person and same_role

    def into(self, name: str) -> Iterable[Edge]:
        """The ways that lead into a collection."""
        return (edge for edges in self.edges.values() for edge in edges if edge.to == name)

    @cached_property
    def person(self) -> Place | None:
        """The table of account holders, if the map names one."""
        who = self.datamap.person
        return self.places[who.name] if who else None

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Table names, those that others point to first."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sa.exc.SAWarning)  # cycles are sorted by name; commits check them
            return tuple(table.name for table in next(iter(self.tables.values())).metadata.sorted_tables)

    def ring(self, table: str) -> frozenset[str]:
        """The tables that point at this one and are pointed at by it, over however many foreign keys."""
        return frozenset(one for one in self._reach[table] if table in self._reach[one])

    @cached_property
    def _reach(self) -> Mapping[str, frozenset[str]]:
        direct = {
            name: {one.column.table.name for one in table.foreign_keys} & self.tables.keys()
            for name, table in self.tables.items()
        }
        reach = {name: frozenset(to) for name, to in direct.items()}
        for _ in reach:  # at most as many steps as there are tables
            reach = {name: to.union(*(reach[one] for one in to)) for name, to in reach.items()}
        return reach

    def entries(self, kind: str, role: Role) -> Sequence[tuple[Place, sa.Column[Any]]]:
        """The columns by which somebody of this role can be recognised, account holders' own table included."""
        return self.remembered(
            ("entries", kind, role),
            lambda: [
                (place, place.columns[one.name])
                for place in self.places.values()
                if place.collection.note.role is role
                for one in place.collection.identities(kind)
            ],
        )


def reflect(connection: Conn, way: Way) -> Mapping[str, sa.Table]:
    """All tables of the database except the desk's own, by name."""
    metadata = sa.MetaData()
    sa.event.listen(metadata, "column_reflect", partial(_faithful, way))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # indexes over expressions are looked up by mapcheck
        metadata.reflect(connection, only=lambda name, _: not name.startswith(OWN_PREFIX))
    return MappingProxyType(dict(metadata.tables))


def _faithful(way: Way, _inspector: Any, _table: sa.Table, info: dict[str, Any]) -> None:
    kind = info["type"]
    if isinstance(kind, sa.types.NullType):  # a column without a type, or of one nobody knows; not to be forgotten
        kind = info["type"] = sa.String()
    info["info"] = {"kind": kind}
    info["type"] = way.read_as(kind)


def catalogue(
    datamap: DataMap, tables: Mapping[str, sa.Table], dialect: sa.Dialect, way: Way, most: int = MOST_ROWS
) -> Catalogue:
    """The map joined with the tables; raises Refused when they do not fit at all (mapcheck.py says more)."""
    reasons = tuple(unfit(datamap, tables))
    if reasons:
        raise Refused(reasons)
    places = {
        one.name: Place(one, tables[one.name], _tenant_column(datamap, one, tables[one.name]))
        for one in datamap.collections.values()
    }
    return Catalogue(datamap, tables, MappingProxyType(places), MappingProxyType(_edges(datamap)), dialect, way, most)


def _tenant_column(datamap: DataMap, one: Collection, table: sa.Table) -> Column | None:
    return table.c[datamap.tenant] if datamap.tenant and one.note.tenant else None


def unfit(datamap: DataMap, tables: Mapping[str, sa.Table]) -> Iterable[str]:
    """Reasons for which no statement could be built: tables, columns, keys and references that are not there."""
    for one in datamap.collections.values():
        table = tables.get(one.name)
        if table is None:
            yield f"unknown table {one.name}"
            continue
        yield from (f"unknown column {one.name}.{name}" for name in one.fields if name not in table.c)
        if not table.primary_key.columns:
            yield f"no primary key in {one.name}"
        if datamap.tenant and one.note.tenant and datamap.tenant not in table.c:
            yield f"no tenant column {datamap.tenant} in {one.name}"
        yield from _unfit_references(datamap, one)


def _unfit_references(datamap: DataMap, one: Collection) -> Iterable[str]:
    for each in one.fields.values():
        for link in each.references:
            target = datamap.collections.get(link.collection)
            if target is None or link.column not in target.fields:
                yield f"unknown reference {one.name}.{each.name} -> {link.collection}.{link.column}"


def _edges(datamap: DataMap) -> dict[str, tuple[Edge, ...]]:
    every = [
        edge for one in datamap.collections.values() for each in one.fields.values() for edge in _of(datamap, one, each)
    ]
    return {name: tuple(edge for edge in every if edge.origin == name) for name in datamap.collections}


def _of(datamap: DataMap, one: Collection, each: MapField) -> Iterable[Edge]:
    for link in each.references:
        target = datamap.collections[link.collection].fields[link.column]
        fold = each.identity == "email" and target.identity == "email"
        if link.inward:
            owner = each.note.owner or Owner.OWNS
            yield Edge(
                origin=link.collection, column=link.column, to=one.name, to_column=each.name,
                owner=owner, outward=False, fold=fold,
            )  # fmt: skip
        if link.outward:
            owner = Owner.SHARED if link.inward else each.note.owner or Owner.SHARED
            yield Edge(
                origin=one.name, column=each.name, to=link.collection, to_column=link.column,
                owner=owner, outward=True, fold=fold,
            )  # fmt: skip


def folded(column: Column) -> Column:
    """An e-mail column as it is compared; an index over exactly this expression keeps it fast."""
    return sa.func.lower(sa.func.trim(column, type_=sa.String()), type_=sa.String())


def normal_email(typed: str) -> str:
    """An address in the form in which two spellings of one mailbox are equal: NFKC, no outer space, lower case."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def spellings(address: str) -> list[str]:
    """What `folded` may give for a stored address; SQLite's lower() leaves letters outside ASCII as they are."""
    plain = normal_email(address)
    high = "".join(one if one.isascii() else one.upper() for one in plain)
    every = [plain, high, unicodedata.normalize("NFD", plain), unicodedata.normalize("NFD", high)]
    return list(dict.fromkeys(every))


def masked_columns(catalogue: Catalogue, place: Place) -> tuple[str, ...]:
    """The columns an erasure overwrites where rows stay: all that are personal, unless the map keeps them.

    Surrogate keys and references stay, so that the rest can still be found; natural keys become tokens.
    """
    return catalogue.remembered(
        ("masked", place.name),
        lambda: tuple(one.name for one in place.collection.fields.values() if _is_masked(catalogue, place, one)),
    )


def _is_masked(catalogue: Catalogue, place: Place, one: MapField) -> bool:
    if one.name == catalogue.datamap.tenant or one.note.keep or one.note.erase is Erase.KEEP:
        return False
    if one.note.erase is not None:
        return True
    surrogate = not one.identity and all(cat.startswith("user.unique_id") for cat in one.categories)
    return one.personal and not (surrogate and one.name in linked(catalogue, place))


def linked(catalogue: Catalogue, place: Place) -> frozenset[str]:
    """The columns that join rows: keys, references from and to, foreign keys."""
    return catalogue.remembered(("linked", place.name), lambda: _linked(catalogue, place))


def _linked(catalogue: Catalogue, place: Place) -> frozenset[str]:
    keys = {column.name for column in place.key}
    foreign = {one.parent.name for one in place.table.foreign_keys}
    origins = {edge.column for edge in catalogue.edges[place.name]}
    targets = {edge.to_column for edges in catalogue.edges.values() for edge in edges if edge.to == place.name}
    return frozenset(keys | foreign | origins | targets)
