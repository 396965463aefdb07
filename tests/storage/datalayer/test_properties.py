"""Generated schemas, maps and data: other people's rows stay the same to the byte, every planned value is gone.

A generated world is a handful of people and tables that hang on them in any shape: owned, shared and staff references,
references to themselves and in rings, with and without foreign keys, each erased, masked or kept. What must hold is
worked out here in plain Python from the data alone, without the code under test.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.plans import Action, Verb
from storage.datalayer.ledger import install
from tests import postgres
from tests.storage.datalayer.rigs import SqlRig
from tests.storage.datalayer.worlds import mapped, source_over

PEOPLE = 3
MARK = "value-of-"


@dataclass(frozen=True)
class Table:
    """A table whose rows point to people, and perhaps to rows of an earlier table or of their own."""

    name: str
    erase: str
    owner: str
    parent: str
    foreign: bool
    self_reference: bool
    rows: tuple[tuple[int, int, int], ...]
    """Each row: the person it points to (0 is nobody), the parent's row, its own other row (0 is none)."""


@st.composite
def tables(draw: Any) -> list[Table]:
    made: list[Table] = []
    for number in range(draw(st.integers(1, 4))):
        parents = ["", *(one.name for one in made if one.owner == "owns")]
        count = draw(st.integers(0, 6))
        made.append(
            Table(
                name=f"t{number}",
                erase=draw(st.sampled_from(["delete", "mask", "keep"])),
                owner=draw(st.sampled_from(["owns", "owns", "staff"])),
                parent=draw(st.sampled_from(parents)),
                foreign=draw(st.booleans()),
                self_reference=draw(st.booleans()),
                rows=tuple(
                    (draw(st.integers(0, PEOPLE)), draw(st.integers(0, 6)), draw(st.integers(0, count)))
                    for _ in range(count)
                ),
            )
        )
    return made


def ddl(made: list[Table]) -> list[str]:
    """The schema and its rows. References that would dangle are left out, as the database would refuse them."""
    said = ["CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL, name VARCHAR(60))"]
    said += [
        f"INSERT INTO people VALUES ({n}, 'p{n}@example.nl', '{MARK}{n}')" for n in range(1, PEOPLE + 1)
    ]  # fmt: skip
    counts = {one.name: len(one.rows) for one in made}
    for one in made:
        owner = "INTEGER REFERENCES people(id)" if one.foreign else "INTEGER"
        columns = [f"id INTEGER PRIMARY KEY, who {owner}, secret VARCHAR(60)"]
        columns += ["up INTEGER"] if one.parent else []
        columns += [f"other INTEGER REFERENCES {one.name}(id)"] if one.self_reference else []
        said.append(f"CREATE TABLE {one.name} ({', '.join(columns)})")
        for number, (who, up, _) in enumerate(one.rows, start=1):
            names, values = ["id", "who", "secret"], [str(number), str(who or "NULL"), f"'{MARK}{one.name}-{number}'"]
            if one.parent:
                names, values = [*names, "up"], [*values, str(up if 0 < up <= counts[one.parent] else "NULL")]
            said.append(f"INSERT INTO {one.name} ({', '.join(names)}) VALUES ({', '.join(values)})")
        if one.self_reference:
            said += [
                f"UPDATE {one.name} SET other = {other} WHERE id = {number}"
                for number, (_, _, other) in enumerate(one.rows, start=1)
                if other
            ]
    return said


def content(made: list[Table]) -> dict[str, Any]:
    collections = {"people": {"id": "system", "email": "user.contact.email identity email", "name": "user.name"}}
    notes: dict[str, Any] = {"people": {"person": True}}
    for one in made:
        fields = {"id": "system", "who": "user.unique_id from people.id", "secret": "user.content"}
        if one.parent:
            fields["up"] = f"user.unique_id from {one.parent}.id"
        if one.self_reference:
            fields["other"] = f"user.unique_id from {one.name}.id"
        collections[one.name] = fields
        keep = {"keep": {"reason": "law", "article": "x"}} if one.erase == "keep" else {}
        owners = {"who": {"owner": one.owner}} | ({"other": {"owner": "owns"}} if one.self_reference else {})
        notes[one.name] = {"erase": one.erase, "fields": owners, **keep}
    return {"meta": {"collections": notes}, "collections": collections}


def owned_by(made: list[Table], person: int) -> dict[str, set[int]]:
    """The rows that are the person's: pointed to them, or to an owned row, over and over."""
    mine: dict[str, set[int]] = {one.name: set() for one in made}
    counts = {one.name: len(one.rows) for one in made}
    before = -1
    while before != sum(map(len, mine.values())):
        before = sum(map(len, mine.values()))
        for one in made:
            for number, (who, up, other) in enumerate(one.rows, start=1):
                hangs = one.parent and 0 < up <= counts[one.parent] and up in mine[one.parent]
                joined = one.self_reference and other and other in mine[one.name]
                if (one.owner == "owns" and who == person) or hangs or joined:
                    mine[one.name].add(number)
    return mine


def would_dangle(made: list[Table], mine: dict[str, set[int]]) -> bool:
    """Somebody else's row points by a foreign key at a row that would go: the database may refuse."""
    return any(
        one.self_reference and one.erase == "delete" and other in mine[one.name] and number not in mine[one.name]
        for one in made
        for number, (_, _, other) in enumerate(one.rows, start=1)
    )


async def holds(rig: SqlRig, made: list[Table]) -> None:
    before = rig.tables()
    mine = owned_by(made, 1)
    assert not would_dangle(made, mine)  # whatever points at an owned row is owned itself
    (person,) = await rig.source.person(email="P1@example.nl")
    rows = await rig.copy(person.subject)
    for one in made:
        assert {row["id"] for row in rows.get(one.name, []) if "secret" in row} == mine[one.name]
    plan = await rig.source.find(person.subject, Verb.ERASURE)
    assert rig.tables() == before
    await rig.do(person.subject, Verb.ERASURE, key="first")
    after = rig.tables()
    for one in made:
        others = [row for row in before[one.name] if row[0] not in mine[one.name]]
        assert [row for row in after[one.name] if row[0] not in mine[one.name]] == others
        left = [row for row in after[one.name] if row[0] in mine[one.name]]
        if one.erase == "delete":
            assert left == []
        if one.erase == "mask":
            assert {row[2] for row in left} <= {"erased"}
        if one.erase == "keep":
            assert left == [row for row in before[one.name] if row[0] in mine[one.name]]
    assert [row for row in after["people"] if row[0] != 1] == [row for row in before["people"] if row[0] != 1]
    assert {line.rows for line in plan.lines if line.action is Action.DELETE and line.collection != "suppression"} == {
        len(mine[one.name]) for one in made if one.erase == "delete" and mine[one.name]
    }
    (again,) = await rig.source.person(tenant="", subject="1")
    await rig.do(again.subject, Verb.ERASURE, key="second")
    twice = rig.tables()
    assert {name: twice[name] for name in (one.name for one in made)} == {one.name: after[one.name] for one in made}


async def tried(url: str, made: list[Table], server: str = "") -> None:
    rig = SqlRig(url=url, server=server, source=source_over(url, mapped(content(made))))
    try:
        rig.sql(*ddl(made))
        install(url)
        await holds(rig, made)
    finally:
        await rig.source.close()


COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=30, **COMMON)
@given(made=tables())
async def test_on_sqlite(made):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.db"
        path.touch()
        await tried(f"sqlite:///{path}", made)


@pytest.mark.slow
@settings(max_examples=8, **COMMON)
@given(made=tables())
async def test_on_postgresql(postgres_server, made):
    with postgres.database(postgres_server) as url:
        await tried(url, made, postgres_server)
