"""Overwriting values of rows that stay, and saying what has to be read back.

What joins rows or must differ between them gets a token per value, everything else the neutral value of its type; both
in one statement per table. A natural key is found by its old value and read back by its new one.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage.datalayer.catalogue import Catalogue, Place, linked
from storage.datalayer.rows import Desk, Expected, Rows
from storage.datalayer.tokens import constant, token
from storage.datalayer.way import Condition, Lists, Row


def mask(desk: Desk, rows: Rows, columns: Sequence[str], token_key: bytes) -> list[Expected]:
    """Overwrite these columns of the rows; gives back what has to be found afterwards.

    Raises Refused where a column takes no neutral value.
    """
    place = rows.place
    per_value, plain = desk.catalogue.remembered(
        ("mask", place.name, tuple(columns)), lambda: _parted(desk.catalogue, place, columns)
    )
    if per_value:
        return [_mask_by_value(desk, rows, per_value, plain, token_key)]
    return [_mask_alike(desk, rows, plain)] if plain else []


def _parted(catalogue: Catalogue, place: Place, columns: Sequence[str]) -> tuple[tuple[str, ...], dict[str, Any]]:
    per_value = by_value(catalogue, place, columns)
    return per_value, {name: constant(place.columns[name]) for name in columns if name not in per_value}


def by_value(catalogue: Catalogue, place: Place, columns: Sequence[str]) -> tuple[str, ...]:
    """Those of the columns that get tokens: they join rows, are unique, or are what somebody is known by."""
    joined = linked(catalogue, place) | unique_columns(place)
    return tuple(name for name in columns if name in joined or place.collection.fields[name].identity)


def unique_columns(place: Place) -> frozenset[str]:
    """The columns that stand in a unique constraint or index."""
    constraints = (one for one in place.table.constraints if isinstance(one, sa.UniqueConstraint))
    indexes = (one for one in place.table.indexes if one.unique)
    sets = [*(one.columns for one in constraints), *(one.columns for one in indexes)]
    return frozenset(column.name for columns in sets for column in columns)


def _mask_alike(desk: Desk, rows: Rows, plain: dict[str, Any]) -> Expected:
    place, purpose = rows.place, tuple(plain)
    desk.write(rows, ("mask", *purpose), lambda where: place.table.update().where(*where).values(plain))
    return desk.expect_none(rows, ("masked", *purpose), lambda: sa.or_(*_differing(place, plain)))


def _differing(place: Place, plain: dict[str, Any]) -> list[Condition]:
    return [place.columns[name].is_distinct_from(value) for name, value in plain.items()]


def _mask_by_value(
    desk: Desk, rows: Rows, names: tuple[str, ...], plain: dict[str, Any], token_key: bytes
) -> Expected:  # fmt: skip
    place, width = rows.place, len(rows.place.key)
    columns = [place.columns[name] for name in names]

    def stored(where: list[Condition]) -> Any:
        return sa.select(*place.key, *columns).where(*where)

    old = desk.read(rows, ("stored", *names), stored)
    new = _tokens(old, width, columns, token_key)
    purpose = (place.name, *names, *plain)
    written = desk.catalogue.kept(("mask by value", *purpose), lambda lists: _update(lists, place, columns, plain))
    values = [(*row[:width], *made) for row, made in zip(old, new, strict=True)]
    if values:
        desk.write_calls(place.name, written.calls({"new": values}, rows.fixed))
    renamed = [names.index(one.name) if one.name in names else None for one in place.key]
    found = [
        (*(made[at] if at is not None else key for at, key in zip(renamed, row, strict=False)), *made)
        for row, made in zip(old, new, strict=True)
    ]
    read = desk.catalogue.kept(("masked by value", *purpose), lambda lists: _as_written(lists, place, columns, plain))
    return Expected(place.name, read.calls({"new": found}, rows.fixed) if found else (), len(old))


def _tokens(old: Sequence[Row], width: int, columns: Sequence[sa.Column[Any]], key: bytes) -> list[Row]:
    made: dict[tuple[int, Any], Any] = {}
    for row in old:
        for at, value in enumerate(row[width:]):
            if value is not None and (at, value) not in made:
                made[at, value] = token(key, columns[at], value)
    return [tuple(made.get((at, value)) for at, value in enumerate(row[width:])) for row in old]


def _update(lists: Lists, place: Place, columns: Sequence[sa.Column[Any]], plain: dict[str, Any]) -> Any:
    width = len(place.key)
    new = lists.relation("new", *place.key, *columns)
    values = {one.name: new.c[f"c{width + at}"] for at, one in enumerate(columns)} | plain
    same = (one == new.c[f"c{at}"] for at, one in enumerate(place.key))
    return place.table.update().where(*place.within_bound(), *same).values(values)


def _as_written(lists: Lists, place: Place, columns: Sequence[sa.Column[Any]], plain: dict[str, Any]) -> Any:
    """Counts the rows that stand as they should; a list that was filled up counts once."""
    width = len(place.key)
    new = sa.select(lists.relation("new", *place.key, *columns)).distinct().subquery()
    same: list[Condition] = [one == new.c[f"c{at}"] for at, one in enumerate(place.key)]
    same += [one.is_not_distinct_from(new.c[f"c{width + at}"]) for at, one in enumerate(columns)]
    right = [sa.not_(one) for one in _differing(place, plain)]
    return (
        sa.select(sa.func.count())
        .select_from(place.table.join(new, sa.and_(*same)))
        .where(*place.within_bound(), *right)
    )
