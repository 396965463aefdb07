"""The data map against the live database, before it is used: every reason to refuse it, and warnings.

A column of the database that the map does not mention is a reason, because that is how personal data is forgotten.
Triggers and expressions that the database hides from reflection are not judged here; the read-back of an act is.
"""

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from fideslang.default_taxonomy import DEFAULT_TAXONOMY

from storage.datalayer.catalogue import Catalogue, Conn, Place, catalogue, masked_columns, reflect, unfit
from storage.datalayer.datamap import Collection, DataMap, Findings, MapField
from storage.datalayer.errors import Refused
from storage.datalayer.mapnotes import Erase, Owner
from storage.datalayer.masking import by_value
from storage.datalayer.tokens import can_token, constant
from storage.datalayer.validators import known, longest_text
from storage.datalayer.way import Way

_CATEGORIES = frozenset(str(one.fides_key) for one in DEFAULT_TAXONOMY.data_category)
_TYPES = {
    "string": (sa.String, sa.Enum, sa.Uuid),
    "integer": (sa.Integer,),
    "float": (sa.Numeric,),
    "boolean": (sa.Boolean, sa.Integer),
}
_FACTS = ("purpose", "basis", "source", "retention", "transfer")


def check(datamap: DataMap, connection: Conn, way: Way) -> Findings:
    """Compare map and database; reads the catalogue only, no rows."""
    tables = reflect(connection, way)
    views = frozenset(sa.inspect(connection).get_view_names()) & datamap.collections.keys()
    reasons = [f"{name} is a view: map the tables it reads" for name in sorted(views)]
    reasons += [*unfit(datamap, tables), *_unmentioned(datamap, tables), *_meaning(datamap)]
    warnings = [f"reference into another dataset {one}" for one in datamap.elsewhere]
    warnings += _recognised_by_system(datamap)
    if not any(unfit(datamap, tables)):
        known_tables = catalogue(datamap, tables, connection.dialect, way)
        for place in known_tables.places.values():
            reasons += [*_types(known_tables, place), *_erasure(connection, known_tables, place)]
            reasons += [*_rectified(place), *_held_keys(known_tables, place)]
        reasons += _unreachable(known_tables)
        warnings += [*_slow(connection, known_tables), *way.unmapped(connection)]
    return Findings(reasons=tuple(reasons), warnings=tuple(warnings))


def _unmentioned(datamap: DataMap, tables: Any) -> Iterable[str]:
    for table in tables.values():
        one = datamap.collections.get(table.name)
        if one is None:
            yield f"table not in the map {table.name}"
        else:
            yield from (f"column not in the map {table.name}.{c.name}" for c in table.c if c.name not in one.fields)


def _meaning(datamap: DataMap) -> Iterable[str]:
    """Rules that need no database: categories, reasons to keep, validators, facts."""
    for one in datamap.collections.values():
        for each in one.fields.values():
            yield from _meaning_of_field(one, each)
        keeps = one.erase is Erase.KEEP
        if keeps and one.note.keep is None:
            yield f"kept without a reason {one.name}"
        if one.note.keep and one.note.keep.since and one.note.keep.since not in one.fields:
            yield f"keep counts from an unknown column {one.name}.{one.note.keep.since}"
        if one.personal:
            missing = [name for name in _FACTS if not getattr(one.note, name)]
            yield from [f"missing facts in {one.name}: {', '.join(missing)}"] if missing else []


def _meaning_of_field(one: Collection, each: MapField) -> Iterable[str]:
    where = f"{one.name}.{each.name}"
    yield from _categories(where, each)
    for inner in each.inside.values():
        yield from _meaning_inside(f"{where}.{inner.name}", inner)
    if each.note.erase is Erase.KEEP and each.note.keep is None:
        yield f"kept without a reason {where}"
    if each.note.rectify and not known(each.note.rectify.validator):
        yield f"unknown validator {where} {each.note.rectify.validator}"
    if each.note.rectify and each.note.rectify.by not in ("self", "staff"):
        yield f"unknown decider {where} {each.note.rectify.by}"
    if each.note.rectify and (each.primary_key or each.note.secret):
        yield f"key or secret may not be rectified {where}"
    loops = any(link.collection == one.name for link in each.references)
    if loops and each.note.owner is None:
        yield f"self-reference without an end {where}: name its owner"


def _recognised_by_system(datamap: DataMap) -> Iterable[str]:
    for one in datamap.collections.values():
        for each in one.fields.values():
            if each.identity and all(name.startswith("system") for name in each.categories):
                yield f"identity with a category of systems {one.name}.{each.name}: it is erased as personal"


def _categories(where: str, each: MapField) -> Iterable[str]:
    yield from (f"unknown category {where} {name}" for name in each.categories if name not in _CATEGORIES)
    if not each.categories and not each.inside:
        yield f"no category {where}"


def _meaning_inside(where: str, each: MapField) -> Iterable[str]:
    """A field of an object: it is copied and erased with its column, and nobody is looked up by it."""
    yield from _categories(where, each)
    if each.identity:
        yield f"identity inside an object {where}: nobody is found by it, give it a column of its own"
    if each.references:
        yield f"reference inside an object {where}: it is not followed, give it a column of its own"
    for inner in each.inside.values():
        yield from _meaning_inside(f"{where}.{inner.name}", inner)


def _types(known_tables: Catalogue, place: Place) -> Iterable[str]:
    for each in place.collection.fields.values():
        column = place.columns[each.name]
        kind = column.info["kind"]
        expected = _TYPES.get(each.data_type)
        if expected and not isinstance(kind, expected):
            yield f"type differs {place.name}.{each.name}: map {each.data_type}, database {kind}"
        if each.primary_key and not column.primary_key:
            yield f"not the primary key {place.name}.{each.name}"
        for link in each.references:
            other = known_tables.places[link.collection].columns[link.column].info["kind"]
            if _family(kind) is not _family(other):
                yield f"reference of another type {place.name}.{each.name} -> {link.collection}.{link.column}"


def _rectified(place: Place) -> Iterable[str]:
    """Corrections that pass their validator and not their column."""
    for each in place.collection.fields.values():
        kind = place.columns[each.name].info["kind"]
        longest = longest_text(each.note.rectify.validator) if each.note.rectify else None
        if longest and isinstance(kind, sa.String) and kind.length is not None and longest > kind.length:
            yield f"rectify text<={longest} does not fit {place.name}.{each.name} ({kind})"


def _held_keys(known_tables: Catalogue, place: Place) -> Iterable[str]:
    """Keys that can't be overwritten on both ends, because a foreign key is judged after each statement."""
    if not known_tables.way.together:
        return
    masked = _overwritten(known_tables, place)
    for other in known_tables.tables.values():
        for foreign in other.foreign_keys:
            held = foreign.column.table is place.table and foreign.column.name in masked
            if held and not foreign.deferrable and (foreign.onupdate or "").upper() != "CASCADE":
                yield (
                    f"key under a foreign key {place.name}.{foreign.column.name} <- {other.name}.{foreign.parent.name}:"
                    " make it DEFERRABLE, or ON UPDATE CASCADE"
                )


def _family(kind: Any) -> type:
    return next((one for one in (sa.Integer, sa.Numeric, sa.String, sa.Uuid) if isinstance(kind, one)), type(kind))


def _erasure(connection: Conn, known_tables: Catalogue, place: Place) -> Iterable[str]:
    one = place.collection
    columns = _overwritten(known_tables, place)
    yield from _unmaskable(known_tables, place, columns)
    for each in sa.inspect(connection).get_check_constraints(place.table.name):
        text = str(each["sqltext"])
        yield from (
            f"CHECK on a masked column {place.name}.{name}"
            for name in columns
            if re.search(rf"\b{re.escape(name)}\b", text)
        )
    if one.erase is Erase.DELETE:
        yield from _dangling(connection, known_tables, place)


def _overwritten(known_tables: Catalogue, place: Place) -> tuple[str, ...]:
    if place.collection.erase is Erase.DELETE:
        return ()
    if place.collection.erase is Erase.KEEP:
        fields = place.collection.fields.values()
        return tuple(one.name for one in fields if one.note.erase in (Erase.MASK, Erase.DELETE))
    return masked_columns(known_tables, place)


def _unmaskable(known_tables: Catalogue, place: Place, columns: Iterable[str]) -> Iterable[str]:
    per_value = by_value(known_tables, place, tuple(columns))
    for name in columns:
        column = place.columns[name]
        if name in per_value:
            if not can_token(column):
                yield f"no distinct token fits {place.name}.{name} (UNIQUE or joined, {column.info['kind']})"
            continue
        try:
            constant(column)
        except Refused:
            yield f"no neutral value fits {place.name}.{name} ({column.info['kind']})"


def _dangling(connection: Conn, known_tables: Catalogue, place: Place) -> Iterable[str]:
    """Rows that would point into nothing, or vanish by a cascade although they may be somebody else's."""
    for other in known_tables.places.values():
        cascades = known_tables.way.cascades(connection, other.table)
        for foreign in other.table.foreign_keys:
            if foreign.column.table is not place.table:
                continue
            name = foreign.parent.name
            if name in cascades and not _is_owned(known_tables, place, other, name):
                yield f"{other.name}.{name} is deleted by a cascade when {place.name} is deleted"
            elif other.collection.erase is not Erase.DELETE or other.collection.fields[name].note.owner is Owner.STAFF:
                yield f"{other.name}.{name} would dangle when {place.name} is deleted"


def _is_owned(known_tables: Catalogue, place: Place, other: Place, name: str) -> bool:
    """Whether the walk takes the pointing rows as the person's own, and erases them by itself."""
    ways = (edge for edge in known_tables.edges[place.name] if (edge.to, edge.to_column) == (other.name, name))
    return other.collection.erase is Erase.DELETE and any(edge.owner is Owner.OWNS for edge in ways)


def _unreachable(known_tables: Catalogue) -> Iterable[str]:
    reached = {place.name for place in known_tables.places.values() if place.collection.identities()}
    person = known_tables.person
    reached |= {person.name} if person else set()
    waiting = list(reached)
    while waiting:
        for edge in known_tables.edges[waiting.pop()]:
            if edge.to not in reached:
                reached.add(edge.to)
                waiting.append(edge.to)
    for place in known_tables.places.values():
        if place.name not in reached and place.collection.personal:
            yield f"unreachable collection {place.name}"


def _slow(connection: Conn, known_tables: Catalogue) -> Iterable[str]:
    """Columns the walk looks rows up by, without an index that starts there (or at the tenant and then there)."""
    walked = {
        (edge.to, edge.to_column)
        for edges in known_tables.edges.values()
        for edge in edges
        if edge.owner is not Owner.CATALOGUE
    }
    for name, column in sorted(walked):
        place = known_tables.places[name]
        if not place.collection.fields[column].identity and not _has_index(known_tables, place, column):
            yield f"missing index: CREATE INDEX {name}_{column} ON {name} ({column})"
    for place in known_tables.places.values():
        for each in place.collection.identities("email"):
            if not _has_folded_index(connection, known_tables, place, each.name):
                index = f"{place.name}_{each.name}_folded ON {place.name} (lower(trim({each.name})))"
                yield f"missing index: CREATE INDEX {index}"


def _has_index(known_tables: Catalogue, place: Place, column: str) -> bool:
    tenant = known_tables.datamap.tenant
    lists = [[one.name for one in place.key]]
    lists += [[one.name for one in index.columns] for index in place.table.indexes]
    lists += [[c.name for c in one.columns] for one in place.table.constraints if isinstance(one, sa.UniqueConstraint)]
    return any(names[:1] == [column] or names[:2] == [tenant, column] for names in lists)


def _has_folded_index(connection: Conn, known_tables: Catalogue, place: Place, column: str) -> bool:
    """An index over an expression shows only in its own text, which each database spells in its own way."""
    texts = known_tables.way.index_texts(connection, place.table.name)
    wanted = f"lower(trim({column.lower()}))"
    return any(wanted in _plainly(text) for text in texts)


def _plainly(text: str) -> str:
    """An index's text without quotes, blanks and casts, with one word for trimming."""
    plain = re.sub(r"::\w+(?: varying)?|[\s\"`]", "", text).lower()
    return re.sub(r"b?trim\((?:bothfrom)?\(?(\w+)\)?\)", r"trim(\1)", plain)
