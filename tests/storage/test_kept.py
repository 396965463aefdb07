"""What kept statements give is what SQLAlchemy Core gives, and what must not be kept goes to Core."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import NoResultFound

from storage import steps, talks
from storage.kept import MOST, Runner
from storage.schema import lines
from storage.schema import talks as table
from storage.store import Store
from tests.storage.made import MINUTE, NOW, a_talk

T = TypeVar("T")


async def filled(store: Store, look: Callable[[Connection], T]) -> T:
    """Run `look` in a transaction in which one conversation has two lines."""

    def work(tx: Any) -> T:
        tx.people.add_talk(a_talk(), key="key")
        tx.people.say("talk-1", who="desk", text="Hello", at=NOW, private=True, buttons=(("Yes", "yes", "", ""),))
        tx.people.say("talk-1", who="person", text="hi", at=NOW + MINUTE, private=False, client_id="c-1")
        return look(tx.link)

    return await store.tx(work)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (talks.AFTER, {"this": "talk-1", "number": 0, "most": 10}),
        (talks.LINE, {"this": "talk-1", "number": 1}),
        (talks.NEWEST_ASKED, {"this": "talk-1"}),
        (talks.TO_WAKE, {"now": NOW, "most": 5}),
        (steps.DUE, {"now": NOW, "kinds": ["mail", "find"], "most": 5}),
    ],
)
async def test_rows_are_the_same_as_by_core(store: Store, statement: Any, values: dict[str, Any]) -> None:
    def both(link: Connection) -> tuple[list[Any], list[Any]]:
        kept, core = Runner(link).execute(statement, values).all(), link.execute(statement, values).all()
        return [dict(row._asdict()) for row in kept], [dict(row._asdict()) for row in core]

    kept, core = await filled(store, both)
    assert kept == core


async def test_instants_come_back_aware_and_truths_as_truths(store: Store) -> None:
    row = await filled(store, lambda link: Runner(link).execute(talks.LINE, {"this": "talk-1", "number": 1}).first())
    assert row.at == NOW
    assert row.at.tzinfo is not None
    assert row.private is True


async def test_a_write_says_how_many_rows_it_changed(store: Store) -> None:
    runs = await filled(store, lambda link: Runner(link).execute(talks.DROP_KEY, {"this": "talk-1"}).rowcount)
    nobody = await store.tx(lambda tx: Runner(tx.link).execute(talks.DROP_KEY, {"this": "talk-2"}).rowcount)
    assert (runs, nobody) == (1, 0)


async def test_a_row_that_must_be_there_is_missed_aloud(store: Store) -> None:
    with pytest.raises(NoResultFound):
        await store.tx(lambda tx: Runner(tx.link).execute(talks.NUMBER, {"this": "nobody"}).scalar_one())


async def test_a_value_that_is_missing_is_refused(store: Store) -> None:
    with pytest.raises(KeyError, match="number"):
        await store.tx(lambda tx: Runner(tx.link).execute(talks.LINE, {"this": "talk-1"}))


async def test_a_default_of_the_schema_still_counts(store: Store) -> None:
    values = {"id": "talk-9", "version": 1, "last_at": NOW, "body": "{}"}

    def write(tx: Any) -> int:
        Runner(tx.link).execute(insert(table), values)
        number: int = tx.people.last_seq("talk-9")
        return number

    assert await store.tx(write) == 0


async def test_many_rows_at_once_are_written_by_core(store: Store) -> None:
    line = {"talk": "talk-1", "who": "desk", "private": False, "at": NOW, "text": "x", "buttons": "[]"}
    rows = [line | {"seq": 3}, line | {"seq": 4}]

    def write(link: Connection) -> list[int]:
        Runner(link).execute(insert(lines), rows)
        return Runner(link).execute(select(lines.c.seq).where(lines.c.talk == "talk-1")).scalars()

    assert await filled(store, write) == [1, 2, 3, 4]


async def test_statements_made_anew_each_time_do_not_pile_up(store: Store) -> None:
    def fill(tx: Any) -> int:
        runner = Runner(tx.link)
        for _ in range(MOST + 20):
            runner.execute(select(table.c.id).where(table.c.id == bindparam("this")), {"this": "x"})
        return len(tx.link.info["kept"])

    assert await store.tx(fill) == MOST
