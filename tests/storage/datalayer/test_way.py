"""Many small selects as few statements, and what a statement's bound values become."""

import pytest
import sqlalchemy as sa

from storage.datalayer.postgres_way import PostgresWay
from storage.datalayer.prepared import Prepared
from storage.datalayer.sqlite_way import SqliteWay
from storage.datalayer.way import Call, Way

ODD = sa.table("odd", sa.column("keys.0", sa.Integer), sa.column("n", sa.Integer))


def counts(how_many: int, values: int = 2) -> list[Call]:
    return [Call(text=f"SELECT {at}", values=[at] * values) for at in range(how_many)]


@pytest.mark.parametrize("way", [SqliteWay(), PostgresWay()])
@pytest.mark.parametrize("how_many", [0, 1, 2, 40, 41, 133])
def test_single_values_are_asked_for_in_few_statements_and_in_order(way: Way, how_many: int) -> None:
    joined = way.joined(counts(how_many))
    assert [value for call in joined for value in call.values] == [at for at in range(how_many) for _ in range(2)]
    assert sum(call.text.count("(SELECT") for call in joined) == how_many
    assert len(joined) <= 1 + how_many // 20


def test_a_statement_on_postgresql_stays_within_what_its_driver_remembers() -> None:
    assert all(len(call.values) <= 50 for call in PostgresWay().joined(counts(200, values=3)))
    long = [Call(text="SELECT " + "1 + " * 400 + "1", values=[]) for _ in range(10)]
    assert all(len(call.text) <= 4096 for call in PostgresWay().joined(long))


def test_one_too_many_for_a_statement_stands_alone() -> None:
    big = Call(text="SELECT 1", values=list(range(60)))
    assert [len(call.values) for call in PostgresWay().joined([*counts(1), big, *counts(1)])] == [2, 60, 2]


@pytest.mark.parametrize("way", [SqliteWay(), PostgresWay()])
def test_a_column_with_a_dot_in_its_name_is_no_list(way: Way) -> None:
    dialect = way.engine(sa.make_url("sqlite:///x" if isinstance(way, SqliteWay) else "postgresql://x/x"), 1).dialect
    given = sa.bindparam("set_keys.0", type_=sa.Integer)
    made = Prepared(
        way, dialect, lambda lists: ODD.update().where(lists.among("keys", ODD.c.n)).values({"keys.0": given})
    )
    (call,) = made.calls({"keys": [(7,)]}, {"set_keys.0": 3})
    assert call.values == [3, 7]


def test_a_short_list_is_filled_up_and_an_array_is_not() -> None:
    keys = {"keys": [(1,), (2,), (3,)]}
    there = {
        way: Prepared(way, dialect, lambda lists: sa.select(ODD.c.n).where(lists.among("keys", ODD.c.n)))
        for way, dialect in ((SqliteWay(), SqliteWay().engine(sa.make_url("sqlite:///x"), 1).dialect),
                             (PostgresWay(), PostgresWay().engine(sa.make_url("postgresql://x/x"), 1).dialect))
    }  # fmt: skip
    assert [made.calls(keys, {})[0].values for made in there.values()] == [[1, 2, 3, 3], [[1, 2, 3]]]
