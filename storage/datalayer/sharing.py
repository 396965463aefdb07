"""Whether a row that one person shares is used by anybody else.

Counts everybody's rows that point to it, in any tenant, and takes the person's own away. Where nothing is known to
point to it the row counts as used: it is left alone.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage.datalayer.catalogue import Catalogue, Place, RowKey
from storage.datalayer.rows import Desk, Rows
from storage.datalayer.walk import Reach
from storage.datalayer.way import Lists


def used_by_others(desk: Desk, reach: Reach, shared: Rows) -> set[RowKey]:
    """Those of the shared rows that some row outside the person's own still points to, in any tenant.

    Looks at the map's references and at the database's foreign keys; without either a row counts as used.
    """
    keys = desk.keys(shared)
    pointing = _pointing(desk.catalogue, shared.place)
    if not pointing:
        return set(keys)
    used = (_pointed_at(desk, reach, shared.place, keys, table, column) for table, column in sorted(pointing))
    return set().union(*used)


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


def _pointed_at(desk: Desk, reach: Reach, place: Place, keys: Sequence[RowKey], table: str, column: str) -> set[RowKey]:
    """Keys to which more rows point than the person's own. Counts everybody's rows, so tenants do not matter."""
    there = desk.catalogue.tables[table].c[column]

    def make(lists: Lists) -> sa.Select[Any]:
        return sa.select(there, sa.func.count()).where(lists.among("keys", there)).group_by(there)

    counts = desk.catalogue.kept((place.name, "pointed at", table, column), make)
    links = reach[table].links.values() if table in reach else ()
    own = Counter(one.get(column) for one in links)
    return {(value,) for value, total in counts.rows(desk.connection, {"keys": keys}, {}) if total > own[value]}
