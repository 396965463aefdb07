"""What a well-known peer got wrong on its own demo, asked of ours, and of an engine that gets all of it wrong."""

import pytest

from bot.core.plans import Action, Verb
from bot.demo.platform.seeds import ANNA, BRAM, CARLA, DAAN, JORIS
from storage.datalayer.datamap import parse
from storage.datalayer.errors import Refused
from tests.storage.datalayer.naive import NaiveSource
from tests.storage.datalayer.peer_defects import DDL, SHOP, STORIES, Story
from tests.storage.datalayer.rigs import SqlRig


def test_there_are_six_stories():
    assert len(STORIES) == 6


@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.__name__)
async def test_ours_has_none_of_the_six_defects(rig_of, story: Story):
    await story(rig_of(DDL, SHOP))


@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.__name__)
async def test_a_naive_engine_has_every_one_of_them(tmp_path, story: Story):
    path = tmp_path / "shop.db"
    path.touch()
    rig = SqlRig(url=f"sqlite:///{path}", source=NaiveSource(path=str(path), datamap=parse(SHOP)))
    rig.sql(*DDL)
    with pytest.raises(AssertionError):
        await story(rig)


# ---- the same on the demo platform


async def test_a_shared_home_address_survives_the_erasure_of_one(demo):
    before = demo.sql("SELECT * FROM addresses WHERE id = 3")
    result = await demo.do(await demo.who(CARLA), Verb.ERASURE)
    assert demo.sql("SELECT * FROM addresses WHERE id = 3") == before
    assert [line.reason for line in result.kept if line.collection == "addresses"] == ["shared_with_others"]
    daan = await demo.copy(await demo.who(DAAN))
    assert daan["addresses"][0]["street"] == "Dorpsstraat 5"


async def test_the_last_user_of_a_shared_address_takes_it_along(demo):
    await demo.do(await demo.who(CARLA), Verb.ERASURE, key="carla")
    await demo.do(await demo.who(DAAN), Verb.ERASURE, key="daan")
    assert demo.sql("SELECT count(*) FROM addresses WHERE id = 3") == [(0,)]


async def test_an_employees_erasure_leaves_the_customers_complaints(demo):
    before = demo.sql("SELECT * FROM complaints WHERE id IN (1, 3)")
    await demo.do(await demo.who(JORIS), Verb.ERASURE)
    assert demo.sql("SELECT * FROM complaints WHERE id IN (1, 3)") == before
    assert demo.sql("SELECT count(*) FROM complaints WHERE account_id = 107") == [(0,)]


async def test_a_column_that_refuses_the_mask_leaves_nothing_half_written(small_rig):
    rig = small_rig(
        (
            "CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL)",
            "CREATE TABLE visits (id INTEGER PRIMARY KEY, owner INTEGER, place VARCHAR(40))",
            "CREATE TABLE cards (id INTEGER PRIMARY KEY, owner INTEGER, number VARCHAR(40) CHECK (number LIKE '4%'))",
            "INSERT INTO people VALUES (1, 'a@example.nl')",
            "INSERT INTO visits VALUES (1, 1, 'home')",
            "INSERT INTO cards VALUES (1, 1, '4111')",
        ),
        {
            "meta": {"collections": {"people": {"person": True}, "visits": {"erase": "delete"}}},
            "collections": {
                "people": {"id": "system.operations", "email": "user.contact.email identity email"},
                "visits": {"id": "system", "owner": "user.unique_id from people.id", "place": "user.location"},
                "cards": {"id": "system", "owner": "user.unique_id from people.id", "number": "user.financial"},
            },
        },
    )  # fmt: skip
    before = rig.tables()
    with pytest.raises(Refused) as refused:
        await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    assert refused.value.reasons[0].startswith("check_conflict:")
    assert "4111" not in str(refused.value)
    assert rig.tables() == before


async def test_a_field_without_a_declared_type_is_masked_too(small):
    world = small(
        "CREATE TABLE cards (id INTEGER PRIMARY KEY, email TEXT, number, holder BLOB);"
        "INSERT INTO cards VALUES (1, 'a@example.nl', '4111111111111111', 'A');",
        {"collections": {"cards": {"id": "system.operations", "email": "user.contact.email identity email",
                                   "number": "user.financial", "holder": "user.name"}}},
    )  # fmt: skip
    await world.do(await world.only("a@example.nl"), Verb.ERASURE)
    assert b"4111111111111111" not in world.bytes()
    await world.source.close()


async def test_a_field_of_which_the_map_says_no_type_and_no_category_is_masked_too(small_rig):
    rig = small_rig(
        (
            "CREATE TABLE cards (id INTEGER PRIMARY KEY, email VARCHAR(80), number VARCHAR(40), pin INTEGER)",
            "INSERT INTO cards VALUES (1, 'a@example.nl', '4111111111111111', 1234)",
        ),
        {"collections": {"cards": {"id": "system.operations", "email": "user.contact.email identity email",
                                   "number": "", "pin": ""}}},
    )  # fmt: skip
    await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    assert rig.sql("SELECT number, pin FROM cards") == [("erased", 0)]


async def test_links_stay_so_that_the_rest_can_still_be_found(demo):
    await demo.do(await demo.who(BRAM), Verb.ERASURE)
    assert demo.sql("SELECT count(*) FROM invoices WHERE account_id = 102") == [(2,)]
    again = await demo.source.find(await demo.who(BRAM), Verb.ACCESS)
    assert {line.collection for line in again.lines if line.rows} >= {"invoices", "orders"}


@pytest.mark.parametrize("typed", ["ANNA.DEVRIES@EXAMPLE.NL", "  anna.devries@example.nl ", "ａnna.devries@example.nl"])
async def test_another_spelling_of_an_address_finds_the_same_person(demo, typed):
    found = await demo.source.person(email=typed)
    assert (found[0].tenant, found[0].subject_id) == ("acme", "101")
    assert found[0].contacts[0].value == "anna.devries@example.nl"


async def test_the_stored_spelling_is_given_back(demo):
    (bram,) = await demo.source.person(email="bram.jansen@example.nl")
    assert bram.contacts[0].value == "Bram.Jansen@Example.nl"


async def test_what_stands_under_another_spelling_is_erased_too(demo):
    plan = await demo.source.find(await demo.who(ANNA), Verb.ERASURE)
    assert [line.rows for line in plan.lines if line.collection == "newsletter"] == [1]
    assert [line.action for line in plan.lines if line.collection == "newsletter"] == [Action.DELETE]
