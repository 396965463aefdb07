"""Maps and schemas at their worst: named by the check, refused or handled, and nothing half-written."""

from typing import Any

import pytest

from bot.core.plans import Verb
from bot.ports import SourceRefused

OPEN = "user.contact.email identity email"
PEOPLE = "CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL, name VARCHAR(40))"
NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER, body VARCHAR(80))"
ANN = "INSERT INTO people VALUES (1, 'a@example.nl', 'Ann'), (2, 'b@example.nl', 'Ben')"


def mapped(**collections: dict[str, str]) -> dict[str, Any]:
    people = {"id": "system", "email": OPEN, "name": "user.name"}
    return {
        "meta": {"collections": {"people": {"person": True}}},
        "collections": {"people": people, **collections},
    }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("peple", "unknown table peple"),
        ("people; DROP TABLE people", "unknown table people; DROP TABLE people"),
        ('people" --', 'unknown table people" --'),
        ("people/* x */", "unknown table people/* x */"),
        ("everybody", "everybody is a view: map the tables it reads"),
    ],
)
async def test_a_collection_that_is_no_table_is_named_and_serves_nobody(small_rig, name, reason):
    content = mapped()
    content["collections"][name] = {"id": "system"}
    rig = small_rig((PEOPLE, "CREATE VIEW everybody AS SELECT * FROM people"), content)
    assert reason in (await rig.source.check()).reasons
    with pytest.raises(SourceRefused):
        await rig.source.person(email="a@example.nl")
    assert len(rig.sql("SELECT * FROM people")) == 0


async def test_names_with_quotes_and_capitals_and_reserved_words_are_columns_like_others(small_rig):
    rig = small_rig(
        (
            'CREATE TABLE "Order" (id INTEGER PRIMARY KEY, "select" VARCHAR(80), "it\'s ""x""" VARCHAR(40))',
            "INSERT INTO \"Order\" VALUES (1, 'a@example.nl', 'secret'), (2, 'b@example.nl', 'other')",
        ),
        {"collections": {"Order": {"id": "system", "select": OPEN, 'it\'s "x"': "user.name"}}},
    )
    await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    rows = rig.sql('SELECT * FROM "Order" ORDER BY id')
    assert (rows[0][2], rows[1]) == ("erased", (2, "b@example.nl", "other"))


async def test_a_table_without_a_key_is_refused(small_rig):
    rig = small_rig((PEOPLE, "CREATE TABLE loose (owner INTEGER)"), mapped(loose={"owner": "user.unique_id"}))
    assert "no primary key in loose" in (await rig.source.check()).reasons


async def test_a_key_of_two_columns_is_read_masked_and_deleted(small_rig):
    ddl = (
        PEOPLE,
        "CREATE TABLE notes (day VARCHAR(10), owner INTEGER, body VARCHAR(80), PRIMARY KEY (day, owner))",
        "CREATE TABLE replies (day VARCHAR(10), owner INTEGER, no INTEGER, body TEXT, PRIMARY KEY (day, owner, no))",
        ANN,
        "INSERT INTO notes VALUES ('mon', 1, 'x'), ('tue', 1, 'y'), ('mon', 2, 'z')",
        "INSERT INTO replies VALUES ('mon', 1, 1, 'x'), ('mon', 2, 1, 'z')",
    )
    content = mapped(
        notes={"day": "system", "owner": "user.unique_id from people.id", "body": "user.content"},
        replies={"day": "system", "owner": "user.unique_id from people.id", "no": "system", "body": "user.content"},
    )
    content["meta"]["collections"]["replies"] = {"erase": "delete"}
    rig = small_rig(ddl, content)
    await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    assert rig.sql("SELECT day, owner, body FROM notes ORDER BY owner, day") == [
        ("mon", 1, "erased"), ("tue", 1, "erased"), ("mon", 2, "z")
    ]  # fmt: skip
    assert rig.sql("SELECT owner FROM replies") == [(2,)]


RING = (
    "CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL, best INTEGER)",
    "CREATE TABLE teams (id INTEGER PRIMARY KEY, lead INTEGER REFERENCES people(id), up INTEGER REFERENCES teams(id))",
    "INSERT INTO people VALUES (1, 'a@example.nl', NULL), (2, 'b@example.nl', NULL)",
    "INSERT INTO teams VALUES (1, 1, NULL), (2, 1, 1), (3, 2, NULL)",
    "UPDATE people SET best = 2 WHERE id = 1",
    "UPDATE people SET best = 3 WHERE id = 2",
)


async def test_tables_that_point_at_each_other_and_themselves_go_together(small_rig):
    content: dict[str, Any] = {
        "meta": {
            "collections": {
                "people": {"person": True, "erase": "delete"},
                "teams": {"erase": "delete", "fields": {"lead": {"owner": "owns"}, "up": {"owner": "owns"}}},
            }
        },
        "collections": {
            "people": {"id": "system", "email": OPEN, "best": "user.unique_id"},
            "teams": {"id": "system", "lead": "user.unique_id from people.id", "up": "user.unique_id from teams.id"},
        },
    }
    rig = small_rig(RING, content)
    if not rig.is_sqlite:
        rig.sql("ALTER TABLE people ADD FOREIGN KEY (best) REFERENCES teams(id)")
    await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    assert rig.sql("SELECT id FROM people") == [(2,)]
    assert rig.sql("SELECT id FROM teams") == [(3,)]


async def test_a_column_of_another_type_than_the_map_says_is_named(small_rig):
    ddl = (PEOPLE, "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner VARCHAR(9), body VARCHAR(80))")
    rig = small_rig(
        ddl, mapped(notes={"id": "system", "owner": "user.unique_id from people.id", "body": "user.content"})
    )
    assert "reference of another type notes.owner -> people.id" in (await rig.source.check()).reasons


async def test_a_natural_key_under_a_foreign_key_is_masked_on_both_ends_or_named(small_rig):
    ddl = (
        "CREATE TABLE people (email VARCHAR(80) PRIMARY KEY, name VARCHAR(40))",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner VARCHAR(80) REFERENCES people(email))",
        "INSERT INTO people VALUES ('a@example.nl', 'Ann'), ('b@example.nl', 'Ben')",
        "INSERT INTO notes VALUES (1, 'a@example.nl'), (2, 'b@example.nl')",
    )
    content = {"collections": {"people": {"email": OPEN, "name": "user.name"},
                               "notes": {"id": "system", "owner": "user.contact.email from people.email"}}}  # fmt: skip
    rig = small_rig(ddl, content)
    person = await rig.only("a@example.nl")
    if rig.is_sqlite:
        await rig.do(person, Verb.ERASURE)
        assert rig.sql("SELECT count(*) FROM notes JOIN people ON owner = email") == [(2,)]
        return
    hint = "key under a foreign key people.email <- notes.owner: make it DEFERRABLE, or ON UPDATE CASCADE"
    assert hint in (await rig.source.check()).reasons
    before = rig.tables()
    with pytest.raises(SourceRefused):
        await rig.do(person, Verb.ERASURE)
    assert rig.tables() == before
    rig.sql("ALTER TABLE notes ALTER CONSTRAINT notes_owner_fkey DEFERRABLE")
    assert hint not in (await rig.source.check()).reasons
    await rig.do(person, Verb.ERASURE)
    assert rig.sql("SELECT count(*) FROM notes JOIN people ON owner = email") == [(2,)]
