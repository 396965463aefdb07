"""A map that does not fit the database is refused, with every reason."""

from copy import deepcopy
from typing import Any

import pytest

from storage.datalayer.datamap import Findings, load, parse
from storage.datalayer.errors import Refused

DDL = (
    "CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(254) NOT NULL UNIQUE, age INTEGER);"
    "CREATE INDEX people_email_folded ON people (lower(trim(email)));"
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES people(id), body TEXT);"
    "CREATE INDEX notes_owner ON notes (owner);"
)
FACTS = dict.fromkeys(("purpose", "basis", "source", "retention", "transfer"), "said")
GOOD: dict[str, Any] = {
    "meta": {"collections": {"people": {**FACTS, "fields": {}}, "notes": {**FACTS, "fields": {}}}},
    "collections": {
        "people": {"id": "system.operations", "email": "user.contact.email identity email", "age": "user.demographic"},
        "notes": {"id": "system.operations", "owner": "user.unique_id from people.id", "body": "user.content"},
    },
}


def without(*path: str) -> dict[str, Any]:
    made = deepcopy(GOOD)
    at = made
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return made


def changed(value: Any, *path: str) -> dict[str, Any]:
    made = deepcopy(GOOD)
    at = made
    for step in path[:-1]:
        at = at.setdefault(step, {})
    at[path[-1]] = value
    return made


def owner(spec: str) -> dict[str, Any]:
    return changed(spec, "collections", "notes", "owner")


GONE = changed("delete", "meta", "collections", "people", "erase")
POEM = changed({"rectify": {"name": "body", "validator": "poem"}}, "meta", "collections", "notes", "fields", "body")


async def checked(small, content, ddl=DDL):
    world = small(ddl, content)
    findings = await world.source.check()
    await world.source.close()
    return findings


async def test_the_demo_s_map_fits_its_database(demo):
    findings = await demo.source.check()
    assert (findings.reasons, findings.warnings) == ((), ())


async def test_a_good_map_passes(small):
    assert await checked(small, GOOD) == Findings()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (without("collections", "notes", "body"), "column not in the map notes.body"),
        (changed({"id": "system.operations"}, "collections", "ghosts"), "unknown table ghosts"),
        (changed("user.name", "collections", "people", "ghost"), "unknown column people.ghost"),
        (owner("user.unique_id from people.nr"), "unknown reference notes.owner -> people.nr"),
        (owner("user.unique_id from people.email"), "reference of another type notes.owner -> people.email"),
        (owner("user.unique_id"), "unreachable collection notes"),
        (changed("user.shoe_size", "collections", "people", "age"), "unknown category people.age user.shoe_size"),
        (changed("keep", "meta", "collections", "notes", "erase"), "kept without a reason notes"),
        (GONE, "notes.owner would dangle when people is deleted"),
        (POEM, "unknown validator notes.body poem"),
        (without("meta", "collections", "notes", "purpose"), "missing facts in notes: purpose"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_named(small, content, reason):
    assert reason in (await checked(small, content)).reasons


async def test_a_table_the_map_forgets_is_named(small):
    findings = await checked(small, GOOD, DDL + "CREATE TABLE diary (id INTEGER PRIMARY KEY, secret TEXT);")
    assert findings.reasons == ("table not in the map diary",)


async def test_a_self_reference_needs_an_owner(small):
    content = changed("user.unique_id from people.id", "collections", "people", "age")
    assert "self-reference without an end people.age: name its owner" in (await checked(small, content)).reasons


async def test_a_short_unique_column_cannot_be_masked(small):
    findings = await checked(small, GOOD, DDL.replace("VARCHAR(254)", "VARCHAR(8)"))
    assert any("no distinct token fits people.email" in reason for reason in findings.reasons)


async def test_a_check_on_a_masked_column_is_named(small):
    findings = await checked(small, GOOD, DDL.replace("age INTEGER", "age INTEGER CHECK (age > 17)"))
    assert "CHECK on a masked column people.age" in findings.reasons


async def test_a_cascade_into_kept_rows_is_named(small):
    ddl = DDL.replace("REFERENCES people(id)", "REFERENCES people(id) ON DELETE CASCADE")
    findings = await checked(small, GONE, ddl)
    assert findings.reasons == ("notes.owner is deleted by a cascade when people is deleted",)


async def test_a_cascade_into_rows_that_go_anyway_is_fine(small):
    ddl = DDL.replace("REFERENCES people(id)", "REFERENCES people(id) ON DELETE CASCADE")
    content = deepcopy(GONE)
    content["meta"]["collections"]["notes"]["erase"] = "delete"
    assert (await checked(small, content, ddl)).ok
    content["meta"]["collections"]["notes"]["fields"]["owner"] = {"owner": "staff"}
    assert not (
        await checked(
            small,
            content,
            ddl.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS").replace(
                "CREATE INDEX", "CREATE INDEX IF NOT EXISTS"
            ),
        )
    ).ok


@pytest.mark.parametrize(
    ("index", "warning"),
    [
        ("CREATE INDEX notes_owner ON notes (owner);", "missing index: CREATE INDEX notes_owner ON notes (owner)"),
        (
            "CREATE INDEX people_email_folded ON people (lower(trim(email)));",
            "missing index: CREATE INDEX people_email_folded ON people (lower(trim(email)))",
        ),
    ],
)
async def test_a_walked_column_without_an_index_is_warned_about(small, index, warning):
    findings = await checked(small, GOOD, DDL.replace(index, ""))
    assert findings.ok
    assert findings.warnings == (warning,)


async def test_a_map_that_does_not_fit_at_all_serves_no_request(small):
    world = small(DDL, changed({"id": "system.operations"}, "collections", "ghosts"))
    with pytest.raises(Refused):
        await world.source.person(email="a@example.nl")
    await world.source.close()


@pytest.mark.parametrize(
    "meta",
    [
        {"tennant": "x"},
        {"collections": {"nobody": {}}},
        {"collections": {"people": {"fields": {"nothing": {}}}}},
        {"collections": {"people": {"erase": "burn"}}},
        {"collections": {"people": {"recipients": ["crm"]}}},
        {"collections": {"people": {"person": True}, "notes": {"person": True}}},
    ],
)
def test_a_misspelt_fact_refuses_the_map(meta):
    tables = [{"name": name, "fields": [{"name": "id"}]} for name in ("people", "notes")]
    content = {"fides_key": "x", "name": "x", "meta": meta, "collections": tables}
    with pytest.raises(Refused):
        parse(content)


@pytest.mark.parametrize(
    "content", [None, [], "text", {"dataset": []}, {"dataset": [{}, {}]}, {"dataset": [{"fides_key": "x"}]}]
)
def test_what_is_no_dataset_is_refused(content):
    with pytest.raises(Refused):
        parse(content)


def test_an_unreadable_file_is_refused(tmp_path):
    with pytest.raises(Refused):
        load(tmp_path / "nothing.yml")
    (tmp_path / "broken.yml").write_text("a: [")
    with pytest.raises(Refused):
        load(tmp_path / "broken.yml")


def test_people_read_collections_in_the_order_of_the_facts(demo_map):
    assert list(demo_map.collections)[:3] == ["clients", "products", "accounts"]


async def test_a_plain_fideslang_file_without_our_facts_gives_the_same_rows(small):
    world = small(
        DDL
        + "INSERT INTO people VALUES (1, 'a@example.nl', 30);"
        + "INSERT INTO notes VALUES (1, 1, 'mine'), (2, NULL, 'other');",
        {"collections": GOOD["collections"]},
    )
    rows = await world.copy(await world.only("A@example.nl"))
    assert rows == {
        "people": [{"id": 1, "email": "a@example.nl", "age": 30}],
        "notes": [{"id": 1, "owner": 1, "body": "mine"}],
    }
    await world.source.close()
