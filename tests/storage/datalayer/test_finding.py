"""Who is found, and what a plan says before anything happens."""

from dataclasses import replace

import pytest

from bot.core.plans import Action, Key, Role, Subject, Verb, combine, still_fits
from bot.demo.platform.seeding import use_platform
from bot.demo.platform.seeds import ANNA, BRAM, FATIMA, JORIS, LOTTE, MARIA, PIETER, YUSUF
from storage.datalayer.errors import Refused, SourceDown
from storage.datalayer.sql import SqlSource


@pytest.mark.parametrize(("one", "flag"), [(FATIMA, "closed"), (JORIS, "staff_subject"), (MARIA, "sole_administrator")])
async def test_the_map_s_signs_about_a_person_are_seen(demo, one, flag):
    (found,) = await demo.source.person(tenant=one.tenant, subject=one.subject)
    assert found.flags == {flag}


async def test_one_mailbox_is_found_in_each_of_its_tenants(demo):
    found = await demo.source.person(email=PIETER.email)
    assert [(one.tenant, one.subject_id) for one in found] == [("acme", "105"), ("globex", "205")]


async def test_two_accounts_with_one_mailbox_in_one_tenant_are_flagged_and_share_what_hangs_on_it(demo):
    demo.sql("UPDATE accounts SET email = 'Anna.Devries@example.nl' WHERE id = 104")
    found = [one for one in await demo.source.person(email=ANNA.email) if one.role is Role.CONTROLLER]
    assert ["mailbox_shared" in one.flags for one in found] == [True, True]
    plan = await demo.source.find(found[0].subject, Verb.ERASURE)
    assert [line.action for line in plan.lines if line.collection == "newsletter"] == [Action.SHARED]


async def test_a_newsletter_reader_and_a_client_s_contact_are_different_roles(demo):
    (lotte,) = await demo.source.person(email=LOTTE.email)
    (yusuf,) = await demo.source.person(email=YUSUF.email)
    assert (lotte.role, lotte.tenant) == (Role.CONTROLLER, "seleqt")
    assert (yusuf.role, yusuf.tenant) == (Role.PROCESSOR, "globex")


async def test_a_stranger_is_nobody(demo):
    assert await demo.source.person(email="nobody@example.com") == ()
    assert await demo.source.person(tenant="acme", subject="999") == ()


@pytest.mark.parametrize("email", ["", " ", "*", "%", "%@example.nl", "a@b@c", "a@b,c@d", "\x00@x.nl", "null"])
async def test_an_address_that_names_nobody_is_refused(demo, email):
    with pytest.raises(Refused):
        await demo.source.person(email=email)


@pytest.mark.parametrize(
    ("tenant", "subject"),
    [
        ("", "101"),
        ("acme", ""),
        ("acme", "%"),
        ("*", "101"),
        ("acme", "null"),
        ("acme", "1 OR 1=1"),
        ("acme", "101.0"),
        ("acme", "0101"),
    ],
)
async def test_an_empty_or_wild_or_mistyped_subject_is_refused(demo, tenant, subject):
    with pytest.raises(Refused):
        await demo.source.person(tenant=tenant, subject=subject)


@pytest.mark.parametrize("keys", [(), (Key(collection="", name="email", value=" "),),
                                  (Key(collection="logins", name="id", value="1"),)])  # fmt: skip
async def test_a_subject_built_by_hand_is_checked_as_well(demo, keys):
    with pytest.raises(Refused):
        await demo.source.find(Subject(source="platform", tenant="acme", keys=keys), Verb.ERASURE)


async def test_the_subject_of_another_tenant_reaches_nothing(demo):
    anna = replace(await demo.who(ANNA), tenant="globex")
    assert (await demo.source.find(anna, Verb.ACCESS)).empty


async def test_a_subject_of_another_source_is_refused(demo):
    with pytest.raises(Refused):
        await demo.source.find(replace(await demo.who(ANNA), source="crm"), Verb.ACCESS)


async def test_finding_writes_nothing(demo):
    before = demo.everything()
    for verb in Verb:
        if verb is not Verb.RECTIFICATION:
            await demo.source.find(await demo.who(BRAM), verb)
    assert demo.everything() == before


async def test_a_plan_holds_no_value_of_the_person(demo):
    plan = await demo.source.find(await demo.who(ANNA), Verb.ERASURE)
    assert "anna" not in repr(plan).lower()
    assert "vries" not in repr(plan).lower()


async def test_signing_in_to_ask_needs_no_new_approval(demo, now):
    anna = await demo.who(ANNA)
    approved = await demo.source.find(anna, Verb.ERASURE)
    use_platform(demo.path, ANNA, now)
    later = await demo.source.find(anna, Verb.ERASURE)
    assert later.rows == approved.rows + 2
    assert still_fits(approved, later)


async def test_a_vanished_session_needs_no_new_approval(demo):
    anna = await demo.who(ANNA)
    approved = await demo.source.find(anna, Verb.ERASURE)
    demo.sql("DELETE FROM sessions WHERE account_id = 101")
    assert still_fits(approved, await demo.source.find(anna, Verb.ERASURE))


async def test_a_new_collection_needs_a_new_approval(demo):
    anna = await demo.who(ANNA)
    approved = await demo.source.find(anna, Verb.ERASURE)
    demo.sql("INSERT INTO incidents VALUES (9, 'acme', 101, NULL, '2026-11-21', 'x')")
    assert not still_fits(approved, await demo.source.find(anna, Verb.ERASURE))


async def test_a_newly_shared_row_needs_a_new_approval(demo):
    anna = await demo.who(ANNA)
    approved = await demo.source.find(anna, Verb.ERASURE)
    demo.sql("INSERT INTO account_addresses VALUES (900, 'acme', 104, 1, 'home')")
    later = await demo.source.find(anna, Verb.ERASURE)
    assert "shared_rows" in later.flags
    assert not still_fits(approved, later)


async def test_kept_rows_name_the_law_and_the_last_day(demo):
    plan = await demo.source.find(await demo.who(BRAM), Verb.ERASURE)
    kept = {line.collection: line for line in plan.lines if line.action is Action.KEEP}
    assert (kept["invoices"].reason, kept["invoices"].article) == ("tax_records", "AWR 52(4)")
    assert kept["invoices"].keep_until.isoformat() == "2033-12-31"


async def test_rows_whose_term_is_over_are_not_kept(demo):
    plan = await demo.source.find(await demo.who(BRAM), Verb.ERASURE)
    over = [line for line in plan.lines if line.collection == "invoices" and line.action is Action.DELETE]
    assert [(line.rows, line.reason) for line in over] == [(1, "term_over")]


async def test_an_administrator_s_client_lists_are_not_theirs(demo):
    plan = await demo.source.find(await demo.who(MARIA), Verb.ERASURE)
    assert not {"contacts", "contact_lists", "campaigns", "campaign_sends"} & {one.collection for one in plan.lines}


async def test_plans_of_two_tenants_combine_into_one(demo):
    found = await demo.source.person(email=PIETER.email)
    plans = [await demo.source.find(one.subject, Verb.ACCESS) for one in found]
    both = combine(plans)
    assert both.ceiling == sum(one.ceiling for one in plans)
    assert both.hash not in {one.hash for one in plans}


async def test_a_missing_database_is_down_and_not_made(tmp_path, demo_map, now):
    path = tmp_path / "nowhere.db"
    source = SqlSource(name="platform", url=f"sqlite:///{path}", datamap=demo_map, key=b"k" * 32, clock=lambda: now)
    with pytest.raises(SourceDown):
        await source.person(email=ANNA.email)
    assert not path.exists()
    await source.close()


async def test_references_in_a_ring_and_to_themselves_come_to_an_end(small):
    world = small(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL, friend INTEGER);"
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER, parent INTEGER REFERENCES notes(id), body TEXT);"
        "INSERT INTO people VALUES (1, 'a@example.nl', 1), (2, 'b@example.nl', 1);"
        "INSERT INTO notes VALUES (1, 1, 3, 'x'), (2, NULL, 1, 'y'), (3, NULL, 2, 'z'), (4, 2, NULL, 'other');",
        {
            "meta": {"collections": {"people": {"person": True}, "notes": {"erase": "delete",
                     "fields": {"parent": {"owner": "owns"}}}}},
            "collections": {
                "people": {"id": "system.operations", "email": "user.contact.email identity email",
                           "friend": "user.unique_id from people.id"},
                "notes": {"id": "system.operations", "owner": "user.unique_id from people.id",
                          "parent": "user.unique_id from notes.id", "body": "user.content"},
            },
        },
    )  # fmt: skip
    (a,) = await world.source.person(email="A@example.nl")
    copy = await world.copy(a.subject)
    assert sorted(row["id"] for row in copy["notes"]) == [1, 2, 3]
    assert [row["id"] for row in copy["people"]] == [1]
    await world.do(a.subject, Verb.ERASURE)
    assert world.sql("SELECT id FROM notes") == [(4,)]
    assert world.sql("SELECT email FROM people WHERE id = 2") == [("b@example.nl",)]
    await world.source.close()


async def test_a_line_says_whether_the_map_holds_its_collection_for_marketing_alone(demo):
    lotte = await demo.source.find(await demo.only(LOTTE.email), Verb.ERASURE)
    assert {line.collection: line.marketing for line in lotte.lines} == {"newsletter": True, "suppression": False}
    anna = await demo.source.find(await demo.who(ANNA), Verb.ERASURE)
    assert {line.collection for line in anna.lines if line.marketing} <= {"newsletter", "testimonials"}
