"""Doing exactly what was approved, once, and reading it back."""

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import pytest

from bot.core.plans import Action, Key, Role, Subject, Verb
from bot.demo.platform.seeding import use_platform
from bot.demo.platform.seeds import ANNA, BRAM, CARLA, HOSTILE, LOTTE, MARIA, PIETER, YUSUF
from storage.datalayer.errors import NotReadBack, PlanChanged, Refused, SourceDown
from tests.storage.datalayer.worlds import source_over


async def test_an_erased_person_is_nowhere_in_the_file(demo):
    await demo.do(await demo.who(ANNA), Verb.ERASURE)
    left = demo.bytes()
    for value in (
        b"+31610000001",
        b"Anna.deVries",
        b"Lindengracht 12",
        b"demo-session-101",
        b"My export stopped",
        b"shortlist",
    ):
        assert value not in left


async def test_erased_bytes_are_reported_while_a_reader_holds_them(demo):
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.ERASURE)
    with closing(sqlite3.connect(demo.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM accounts").fetchall()
        assert not (await demo.carry_out(plan, anna)).cleared
    again = await demo.carry_out(plan, anna)
    assert (again.already_done, again.cleared) == (True, True)


async def test_the_neighbours_stay_the_same_to_the_byte(demo):
    before = demo.everything()
    await demo.do(await demo.who(ANNA), Verb.ERASURE)
    after = demo.everything()
    for table, rows in before.items():
        others = [row for row in rows if not belongs_to_anna(table, row)]
        assert [row for row in after[table] if row in others] == others


def belongs_to_anna(table, row):
    if table == "accounts":
        return row[0] == 101
    return 101 in row[:4] or (table == "addresses" and row[0] == 1) or (table == "newsletter" and "Anna" in row)


async def test_an_account_is_locked_and_its_sessions_end(demo):
    await demo.do(await demo.who(BRAM), Verb.ERASURE)
    assert demo.sql("SELECT status FROM accounts WHERE id = 102") == [("locked",)]
    assert demo.sql("SELECT count(*) FROM sessions WHERE account_id = 102") == [(0,)]


async def test_masks_are_tokens_and_never_empty(demo):
    await demo.do(await demo.who(BRAM), Verb.ERASURE)
    ((email, first, country, login),) = demo.sql(
        "SELECT email, first_name, country, login_name FROM accounts WHERE id = 102"
    )
    assert email.endswith("@erased.invalid")
    assert (first, country) == ("erased", "--")
    assert login.startswith("erased-")


async def test_two_erased_people_keep_unique_columns_unique(demo):
    await demo.do(await demo.who(ANNA), Verb.ERASURE, key="anna")
    await demo.do(await demo.who(BRAM), Verb.ERASURE, key="bram")
    assert demo.sql("SELECT count(DISTINCT login_name) FROM accounts WHERE tenant = 'acme'") == [(8,)]


async def test_what_the_law_keeps_is_kept_without_what_it_does_not_ask_for(demo):
    result = await demo.do(await demo.who(BRAM), Verb.ERASURE)
    rows = demo.sql("SELECT billing_name, note FROM invoices WHERE account_id = 102")
    assert rows == [("Bram Jansen", "erased")] * 2
    assert {line.reason for line in result.kept} == {"tax_records", "evidence"}


async def test_a_repeated_key_gives_the_first_result_and_does_nothing(demo):
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.ERASURE)
    first = await demo.carry_out(plan, anna)
    demo.sql("INSERT INTO logins VALUES (9000, 'acme', 101, '2026-11-23', '192.0.2.1', NULL)")
    second = await demo.carry_out(plan, anna)
    assert replace(second, already_done=False) == first
    assert demo.sql("SELECT count(*) FROM logins WHERE id = 9000") == [(1,)]


async def test_a_key_is_bound_to_its_call(demo):
    await demo.do(await demo.who(ANNA), Verb.ERASURE, key="one")
    with pytest.raises(Refused):
        await demo.do(await demo.who(BRAM), Verb.ERASURE, key="one")
    assert demo.sql("SELECT first_name FROM accounts WHERE id = 102") == [("Bram",)]


async def test_two_calls_at_once_with_one_key_act_once(demo):
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.ERASURE)
    results = await asyncio.gather(*(demo.carry_out(plan, anna) for _ in range(2)))
    assert sorted(one.already_done for one in results) == [False, True]


async def test_a_receipt_holds_no_personal_value(demo):
    await demo.do(await demo.who(ANNA), Verb.ERASURE)
    written = repr(
        demo.sql("SELECT * FROM privacy_desk_receipts") + demo.sql("SELECT * FROM privacy_desk_suppressions")
    )
    assert "anna" not in written.lower()


async def test_more_rows_up_to_the_ceiling_are_covered_and_more_are_not(demo, now):
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.ERASURE)
    use_platform(demo.path, ANNA, now)
    numbers = range(5000, 5000 + plan.ceiling - plan.rows - 1)
    demo.many("logins", [(number, "acme", 101, "2026-11-23", "x", None) for number in numbers])
    with pytest.raises(PlanChanged):
        await demo.carry_out(plan, anna)
    demo.sql("DELETE FROM logins WHERE id = 5000")
    await demo.carry_out(plan, anna)
    assert demo.sql("SELECT count(*) FROM logins WHERE account_id = 101") == [(0,)]


async def test_a_raised_ceiling_is_not_the_approved_plan(demo):
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.ERASURE)
    with pytest.raises(PlanChanged):
        await demo.source.act(key="k", person=anna, verb=Verb.ERASURE, approved=plan.hash, ceiling=plan.ceiling + 1)


async def test_a_plan_for_one_person_or_verb_is_not_one_for_another(demo):
    anna, bram = await demo.who(ANNA), await demo.who(BRAM)
    plan = await demo.source.find(anna, Verb.RESTRICTION)
    for person, verb in ((bram, Verb.RESTRICTION), (anna, Verb.ERASURE)):
        with pytest.raises(PlanChanged):
            await demo.source.act(key="k", person=person, verb=verb, approved=plan.hash, ceiling=plan.ceiling)


async def test_a_changed_plan_changes_nothing(demo):
    carla = await demo.who(CARLA)
    plan = await demo.source.find(carla, Verb.ERASURE)
    demo.sql("INSERT INTO incidents VALUES (9, 'acme', 103, NULL, '2026-11-21', 'x')")
    before = demo.everything()
    with pytest.raises(PlanChanged):
        await demo.carry_out(plan, carla)
    assert demo.everything() == before


async def test_a_failure_in_the_last_step_takes_everything_back(demo):
    demo.sql("CREATE TRIGGER late BEFORE INSERT ON privacy_desk_receipts BEGIN SELECT RAISE(ABORT, 'power cut'); END")
    anna = await demo.who(ANNA)
    before = demo.everything()
    with pytest.raises(Refused):
        await demo.do(anna, Verb.ERASURE)
    assert demo.everything() == before


@pytest.mark.parametrize("trigger", [
    "AFTER UPDATE OF first_name ON accounts"
    " BEGIN UPDATE accounts SET first_name = old.first_name WHERE id = old.id; END",
    "AFTER DELETE ON complaints BEGIN INSERT INTO complaints VALUES (old.id, old.tenant, old.account_id, NULL,"
    " old.received_on, old.subject, old.body, NULL, old.state); END",
])  # fmt: skip
async def test_a_value_that_comes_back_is_noticed_and_all_of_it_is_taken_back(demo, trigger):
    demo.sql(f"CREATE TRIGGER undo {trigger}")
    anna = await demo.who(ANNA)
    before = demo.everything()
    with pytest.raises(NotReadBack):
        await demo.do(anna, Verb.ERASURE)
    assert demo.everything() == before


async def test_a_locked_database_is_down_for_now(demo, demo_map):
    await demo.source.close()
    demo = replace(demo, source=source_over(demo.path, demo_map, busy_seconds=0.2))
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.ERASURE)
    with closing(sqlite3.connect(demo.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SourceDown):
            await demo.carry_out(plan, anna)
        other.execute("ROLLBACK")
    await demo.carry_out(plan, anna)
    await demo.source.close()


async def test_without_the_desk_s_tables_nothing_is_done(small):
    world = small(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL);"
        "INSERT INTO people VALUES (1, 'a@example.nl');",
        {"collections": {"people": {"id": "system.operations", "email": "user.contact.email identity email"}}},
    )
    world.sql("DROP TABLE privacy_desk_receipts")
    with pytest.raises(Refused) as refused:
        await world.do(await world.only("a@example.nl"), Verb.ERASURE)
    assert refused.value.reasons == ("not_installed",)
    await world.source.close()


async def test_one_tenant_s_erasure_leaves_the_other(demo):
    await demo.do(await demo.who(PIETER), Verb.ERASURE)
    assert demo.sql("SELECT first_name FROM accounts WHERE id = 205") == [("Pieter",)]
    assert demo.sql("SELECT first_name FROM accounts WHERE id = 105") == [("erased",)]


async def test_a_copy_shows_everything_but_secrets_and_other_people(demo):
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.ACCESS)
    rows = await demo.copy(anna)
    assert rows["accounts"][0]["last_name"] == "de Vries"
    assert rows["complaints"][0]["body"] == "My export stopped half-way."
    everything = repr(rows)
    assert "pbkdf2" not in everything
    assert "Kees" not in everything
    assert "Daan" not in everything
    held = {line.collection: line.held for line in plan.lines if line.held}
    assert held == {"accounts": ("password_hash",), "sessions": ("token_hash",)}
    assert {line.collection: line.third_party for line in plan.lines if line.third_party} == {
        "complaints": 1,
        "messages": 2,
    }


async def test_what_an_employee_worked_on_shows_dates_and_not_the_customer(demo):
    (joris,) = await demo.source.person(tenant="acme", subject="107")
    rows = await demo.copy(joris.subject)
    worked = [row for row in rows["complaints"] if "subject" not in row]
    assert [set(row) for row in worked] == [{"id", "received_on"}] * 2


async def test_a_portable_copy_holds_only_what_the_person_gave(demo):
    rows = await demo.copy(await demo.who(ANNA), Verb.PORTABILITY)
    assert "invoices" not in rows
    assert "logins" not in rows
    assert set(rows["accounts"][0]) == {
        "first_name", "last_name", "email", "phone", "vat_number", "country", "domain", "login_name"
    }  # fmt: skip


async def test_hostile_values_pass_through_as_they_are(demo):
    hostile = await demo.who(HOSTILE)
    rows = await demo.copy(hostile)
    assert rows["accounts"][0]["last_name"].startswith("<script>alert(1)</script>'; DROP TABLE accounts;--")
    await demo.do(hostile, Verb.ERASURE)
    assert demo.sql("SELECT count(*) FROM accounts") == [(10,)]
    assert b"DROP TABLE accounts" not in demo.bytes()


async def test_a_client_s_rows_are_never_exported(demo):
    yusuf = await demo.only(YUSUF.email)
    assert (await demo.source.find(yusuf, Verb.ACCESS)).lines == ()
    with pytest.raises(Refused):
        await demo.copy(yusuf)


async def test_a_client_s_contact_is_erased_in_that_list_and_suppressed_for_that_client(demo):
    await demo.do(await demo.only(YUSUF.email), Verb.ERASURE)
    assert demo.sql("SELECT count(*) FROM contacts") == [(2,)]
    assert demo.sql("SELECT count(*) FROM campaign_sends") == [(2,)]
    assert demo.sql("SELECT count(*) FROM contact_lists") == [(1,)]
    assert await demo.source.suppression(YUSUF.email, scope="globex")
    assert not await demo.source.suppression(YUSUF.email)


async def test_a_customer_s_erasure_leaves_the_client_s_list_alone(demo):
    await demo.do(await demo.who(MARIA), Verb.ERASURE)
    assert demo.sql("SELECT count(*) FROM contacts") == [(3,)]


async def test_restriction_marks_the_account_and_each_collection(demo):
    result = await demo.do(await demo.who(ANNA), Verb.RESTRICTION)
    assert demo.sql("SELECT restricted_on FROM accounts WHERE id = 101") == [("2026-11-22",)]
    marks = demo.sql("SELECT collection FROM privacy_desk_marks WHERE account = '101' AND purpose = ''")
    assert {name for (name,) in marks} == {one.collection for one in result.done}


async def test_an_objection_to_legitimate_interest_marks_that_purpose_only(demo):
    await demo.do(await demo.who(BRAM), Verb.OBJECTION_INTEREST)
    marks = demo.sql("SELECT collection, purpose FROM privacy_desk_marks ORDER BY 1")
    assert marks == [("incidents", "legitimate_interest"), ("logins", "legitimate_interest")]
    assert demo.sql("SELECT restricted_on FROM accounts WHERE id = 102") == [(None,)]


async def test_an_objection_to_marketing_switches_it_off_and_remembers_the_address(demo):
    await demo.do(await demo.who(ANNA), Verb.OBJECTION_MARKETING)
    assert demo.sql("SELECT marketing_ok FROM accounts WHERE id = 101") == [(0,)]
    assert demo.sql("SELECT active, unsubscribed_on FROM newsletter WHERE id = 1") == [(0, "2026-11-22")]
    assert await demo.source.suppression("ANNA.devries@example.nl")


async def test_an_unknown_address_suppression_all_the_same(demo):
    assert await demo.source.suppress("Stranger@Example.com ")
    assert not await demo.source.suppress("stranger@example.com")
    assert await demo.source.suppression("stranger@example.com")
    assert b"stranger" not in demo.bytes().lower()
    assert await demo.source.unsuppress("stranger@example.com")
    assert not await demo.source.suppression("stranger@example.com")


@pytest.mark.parametrize("address", ["", "*", "%@%", "no address"])
async def test_nothing_but_one_address_suppression(demo, address):
    with pytest.raises(Refused):
        await demo.source.suppress(address)


async def test_a_newsletter_reader_is_erased_and_kept_from_coming_back(demo):
    await demo.do(await demo.only(LOTTE.email), Verb.ERASURE_MARKETING)
    assert demo.sql("SELECT count(*) FROM newsletter") == [(2,)]
    assert await demo.source.suppression(LOTTE.email)


async def test_marketing_data_goes_and_the_account_stays(demo):
    await demo.do(await demo.who(BRAM), Verb.ERASURE_MARKETING)
    assert demo.sql("SELECT count(*) FROM testimonials") == [(0,)]
    assert demo.sql("SELECT first_name FROM accounts WHERE id = 102") == [("Bram",)]


async def test_reading_needs_somewhere_to_put_the_rows(demo):
    with pytest.raises(Refused):
        await demo.do(await demo.who(ANNA), Verb.ACCESS)


async def test_an_act_needs_a_key(demo):
    with pytest.raises(Refused):
        await demo.do(await demo.who(ANNA), Verb.ERASURE, key=" ")


async def test_ten_thousand_rows_go_in_seconds(demo):
    demo.many("logins", [(10_000 + number, "acme", 101, "2026-11-01", "192.0.2.1", "x") for number in range(10_000)])
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.ERASURE)
    begun = time.perf_counter()
    result = await demo.carry_out(plan, anna)
    assert time.perf_counter() - begun < 5
    assert {(one.collection, one.rows) for one in result.done} >= {("logins", 10_003)}


async def test_a_subject_by_mail_in_the_processor_role_never_reaches_the_platform_s_own_rows(demo):
    key = (Key(collection="", name="email", value=LOTTE.email),)
    forged = Subject(source="platform", tenant="seleqt", role=Role.PROCESSOR, keys=key)
    plan = await demo.source.find(forged, Verb.ERASURE)
    assert {line.action for line in plan.lines} == {Action.SUPPRESS}
