"""Databases and people at their worst: a clear reason, nothing half-written, and a retry that goes on."""

import asyncio
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.core.plans import Action, ActResult, Change, Key, Subject, Verb
from bot.demo.platform.link import link
from bot.demo.platform.seeds import ANNA, BRAM, CARLA, MARIA
from bot.ports import NotReadBack, PlanChanged, SourceDown, SourceRefused
from storage.datalayer.datamap import parse
from storage.datalayer.ledger import install
from storage.datalayer.rows import Rows
from tests import postgres
from tests.storage.datalayer import contract
from tests.storage.datalayer.rigs import SqlRig
from tests.storage.datalayer.worlds import document, source_over

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
    ("ddl", "code"),
    [
        ("CREATE UNIQUE INDEX one_name ON people ((CASE WHEN name = 'erased' THEN 1 END))", "unique_conflict"),
        ("ALTER TABLE people ADD COLUMN note VARCHAR(40) CHECK (note <> 'erased')", "check_conflict"),
    ],
)
async def test_a_constraint_that_refuses_the_mask_is_a_code_without_a_value(small_rig, ddl, code):
    content = mapped()
    if "note" in ddl:
        content["collections"]["people"]["note"] = "user.content"
    rig = small_rig((PEOPLE, ANN, "INSERT INTO people VALUES (3, 'c@example.nl', 'erased')", ddl), content)
    if "note" in ddl:
        rig.sql("UPDATE people SET note = 'mine'")
    before = rig.tables()
    with pytest.raises(SourceRefused) as refused:
        await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    assert refused.value.reasons[0].partition(":")[0] == code
    assert "Ann" not in str(refused.value)
    assert "a@" not in str(refused.value)
    assert refused.value.__suppress_context__  # a traceback in a log shows no value either
    assert rig.tables() == before


async def test_a_short_column_gets_a_short_mask(small_rig):
    ddl = (
        "CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(80), country VARCHAR(2) NOT NULL, code CHAR(4))",
        "INSERT INTO people VALUES (1, 'a@example.nl', 'NL', 'abcd')",
    )
    people = {"id": "system", "email": OPEN, "country": "user.contact.address.country", "code": "user.content"}
    rig = small_rig(ddl, {"collections": {"people": people}})
    await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    assert rig.sql("SELECT country, code FROM people") == [("--", "----")]


ODD = "mood mood, seen INET, badge UUID, tags TEXT[], away INTERVAL, at TIME, opinion JSONB"


async def test_a_column_without_a_neutral_value_is_emptied_where_it_may_be(empty_postgres):
    names = [one.split()[0] for one in ODD.split(", ")]
    rig = postgres_people(empty_postgres, dict.fromkeys(names, "user.content"))
    rig.sql(
        "CREATE TYPE mood AS ENUM ('glad', 'sad')", f"CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, {ODD})",
        "INSERT INTO people VALUES (1, 'a@example.nl', 'sad', '192.0.2.7', '11111111-1111-1111-1111-111111111111',"
        " '{x,y}', '1 day', '12:00', '{\"a\": 1}')",
    )  # fmt: skip
    install(rig.url)
    await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    assert rig.sql(f"SELECT {', '.join(names)} FROM people") == [(None, None, None, [], None, None, {})]
    await rig.source.close()


async def test_a_column_that_must_hold_something_and_has_no_neutral_value_is_named_by_the_check(empty_postgres):
    rig = postgres_people(empty_postgres, {"seen": "user.device.ip_address"})
    rig.sql("CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, seen INET NOT NULL)",
            "INSERT INTO people VALUES (1, 'a@example.nl', '192.0.2.7')")  # fmt: skip
    install(rig.url)
    assert "no neutral value fits people.seen (INET)" in (await rig.source.check()).reasons
    before = rig.tables()
    with pytest.raises(SourceRefused, match="no_neutral_value"):
        await rig.do(await rig.only("a@example.nl"), Verb.ERASURE)
    assert rig.tables() == before
    await rig.source.close()


def postgres_people(url: str, columns: dict[str, str]) -> SqlRig:
    people = {"id": "system", "email": OPEN, **columns}
    return SqlRig(url=url, server=url, source=source_over(url, parse(document({"collections": {"people": people}}))))


async def test_a_trigger_that_refuses_says_so_without_its_words(rig):
    refuse(rig, "logins", "person anna.devries@example.nl may not go")
    before = rig.tables()
    with pytest.raises(SourceRefused) as refused:
        await rig.do(await contract.who(rig, ANNA), Verb.ERASURE)
    assert refused.value.reasons == ("trigger_refused",)
    assert rig.tables() == before


def refuse(rig, table: str, words: str) -> None:
    if rig.is_sqlite:
        rig.sql(f"CREATE TRIGGER no BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END")
        return
    rig.sql(
        f"CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{words}'; END $$",
        f"CREATE TRIGGER no BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION no()",
    )


async def test_a_trigger_that_puts_values_back_is_noticed(rig):
    if rig.is_sqlite:
        rig.sql("CREATE TRIGGER back AFTER UPDATE OF first_name ON accounts"
                " BEGIN UPDATE accounts SET first_name = old.first_name WHERE id = old.id; END")  # fmt: skip
    else:
        rig.sql(
            "CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.first_name = OLD.first_name; RETURN NEW; END $$",
            "CREATE TRIGGER back BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION back()",
        )
    before = rig.tables()
    with pytest.raises(NotReadBack):
        await rig.do(await contract.who(rig, ANNA), Verb.ERASURE)
    assert rig.tables() == before


@contextmanager
def locked(rig):
    """The platform holds a lock the act needs."""
    if rig.is_sqlite:
        with link(rig.url) as connection:
            connection.execute(sa.text("UPDATE accounts SET status = status WHERE id = 101"))
            yield
        return
    with closing(psycopg.connect(rig.url)) as connection:
        connection.execute("UPDATE accounts SET marketing_ok = false WHERE id = 101")
        yield
        connection.rollback()


async def test_a_lock_held_by_the_platform_is_down_for_now_and_a_retry_goes_on(rig, demo_map):
    anna = await contract.who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    await rig.source.close()
    rig.source = source_over(rig.url, demo_map, busy_seconds=0.3)
    before = rig.tables()
    with locked(rig), pytest.raises(SourceDown):
        await contract.carry_out(rig, plan, anna)
    assert rig.tables() == before
    assert not (await contract.carry_out(rig, plan, anna)).already_done


async def test_the_platform_s_own_change_in_the_middle_is_waited_for_and_seen(postgres_rig):
    """PostgreSQL: the act waits for the platform's open transaction, sees that its snapshot is old, begins anew."""
    rig = postgres_rig
    anna = await contract.who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    with closing(psycopg.connect(rig.url)) as other:
        other.execute("UPDATE accounts SET phone = '+31610000077' WHERE id = 101")
        act = asyncio.ensure_future(contract.carry_out(rig, plan, anna))
        await waits_for_a_lock(rig)
        other.commit()
        assert isinstance(await act, ActResult)
    assert rig.sql("SELECT phone FROM accounts WHERE id = 101") == [("erased",)]


async def test_a_row_that_arrives_while_the_act_runs_waits_and_is_seen_by_the_platform(postgres_rig):
    """PostgreSQL: rows for a locked account have to wait for the act, so none slips in between plan and act."""
    rig = postgres_rig
    anna = await contract.who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    with closing(psycopg.connect(rig.url)) as other:
        other.execute("INSERT INTO logins (tenant, account_id, at, ip_address) VALUES ('acme', 101, now(), 'x')")
        act = asyncio.ensure_future(contract.carry_out(rig, plan, anna))
        await waits_for_a_lock(rig)
        other.commit()
        await act
    assert rig.sql("SELECT count(*) FROM logins WHERE account_id = 101") == [(0,)]


async def waits_for_a_lock(rig) -> None:
    for _ in range(600):
        if rig.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") != [(0,)]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nobody waited")


async def test_a_connection_cut_in_the_middle_leaves_nothing_and_a_retry_goes_on(postgres_rig):
    rig = postgres_rig
    anna = await contract.who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    before = rig.tables()
    with closing(psycopg.connect(rig.url)) as other:
        other.execute("SELECT 1 FROM disclosures WHERE account_id = 101 FOR UPDATE")
        other.execute("LOCK TABLE sessions IN SHARE MODE")  # the act gets as far as the first delete
        act = asyncio.ensure_future(contract.carry_out(rig, plan, anna))
        await waits_for_a_lock(rig)
        mine = other.info.backend_pid
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
            " AND wait_event_type = 'Lock'", (mine,)
        )  # fmt: skip
        with pytest.raises(SourceDown):
            await act
    assert rig.tables() == before
    assert not (await contract.carry_out(rig, plan, anna)).already_done


async def test_a_source_without_rights_says_so(postgres_rig):
    rig = postgres_rig
    rig.sql("DROP ROLE IF EXISTS only_reads", "CREATE ROLE only_reads LOGIN",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads")  # fmt: skip
    poor = source_over(rig.url.replace("postgres@", "only_reads@"), rig.source._datamap)
    anna = await contract.who(rig, ANNA)
    plan = await poor.find(anna, Verb.ERASURE)
    with pytest.raises(SourceRefused) as refused:
        await poor.act(key="k", person=anna, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling)
    assert refused.value.reasons == ("not_permitted",)
    await poor.close()
    rig.sql("DROP OWNED BY only_reads", "DROP ROLE only_reads")


async def test_a_table_that_changed_between_plan_and_act_is_refused_until_a_restart(rig):
    anna = await contract.who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    rig.sql(
        "ALTER TABLE logins RENAME COLUMN user_agent TO browser", "ALTER TABLE logins RENAME COLUMN account_id TO who"
    )
    with pytest.raises(SourceRefused) as refused:
        await contract.carry_out(rig, plan, anna)
    assert refused.value.reasons == ("schema_changed",)
    rig.sql(
        "ALTER TABLE logins RENAME COLUMN who TO account_id", "ALTER TABLE logins RENAME COLUMN browser TO user_agent"
    )
    await contract.carry_out(rig, plan, anna)


async def test_a_schema_of_its_own_is_named_in_the_url(empty_postgres):
    postgres.run(empty_postgres, psycopg.sql.SQL("CREATE SCHEMA crm"))
    with psycopg.connect(empty_postgres) as connection:
        connection.execute("SET search_path TO crm")
        connection.execute(PEOPLE)
        connection.execute(ANN)
        connection.execute("SET search_path TO public")
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, other VARCHAR(9))")
    url = f"{empty_postgres}?options=-csearch_path%3Dcrm"
    install(url)
    source = source_over(url, parse(document(mapped())))
    assert not [one for one in (await source.check()).reasons if "missing fact" not in one]
    (found,) = await source.person(tenant="", subject="1")
    plan = await source.find(found.subject, Verb.ERASURE)
    await source.act(key="k", person=found.subject, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling)
    await source.close()
    with psycopg.connect(empty_postgres) as connection:
        assert connection.execute("SELECT name FROM crm.people ORDER BY id").fetchall() == [("erased",), ("Ben",)]
        assert connection.execute("SELECT count(*) FROM crm.privacy_desk_receipts").fetchall() == [(1,)]


# ---- many rows


@pytest.mark.slow
async def test_two_hundred_thousand_rows_of_one_person_are_copied_as_a_stream_and_erased(rig):
    many = 200_000
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) SELECT i FROM n"
        if rig.is_sqlite
        else f"SELECT i FROM generate_series(1, {many}) AS g(i)"
    )
    rig.sql(
        "INSERT INTO logins (id, tenant, account_id, at, ip_address)"
        f" SELECT 100000 + i, 'acme', 101, '2026-11-01 09:00:00', '192.0.2.1' FROM ({numbers}) AS numbered"
    )
    anna = await contract.who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ACCESS)
    count = 0

    def sink(line, rows):
        nonlocal count
        count += sum(1 for _ in rows)

    await rig.source.act(
        key="k", person=anna, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling, sink=sink
    )  # fmt: skip
    assert count == plan.rows > many
    result = await rig.do(anna, Verb.ERASURE)
    assert ("logins", many + 3) in {(one.collection, one.rows) for one in result.done}
    assert rig.sql("SELECT count(*) FROM logins WHERE account_id = 101") == [(0,)]


SHOPPER = mapped(
    orders={"id": "system", "owner": "user.unique_id from people.id", "remark": "user.content"},
    items={"id": "system", "order_id": "user.unique_id from orders.id", "body": "user.content"},
)
SHOPPING = (
    PEOPLE, ANN,
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, owner INTEGER, remark VARCHAR(40))",
    "CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER, body VARCHAR(40))",
    "INSERT INTO orders VALUES (1, 1, 'x'), (2, 1, 'x'), (3, 1, 'x'), (9, 2, 'y')",
    "INSERT INTO items VALUES (1, 1, 'x'), (2, 2, 'x'), (3, 9, 'y')",
)  # fmt: skip


async def test_more_rows_of_one_person_than_are_taken_on_are_refused_by_name_before_they_are_read(small_rig):
    rig = small_rig(SHOPPING, SHOPPER)
    rig.source = source_over(rig.url, rig.source._datamap, most_rows=2)
    ann, ben = await rig.only("a@example.nl"), await rig.only("b@example.nl")
    before = rig.tables()
    for verb in (Verb.ACCESS, Verb.ERASURE, Verb.PORTABILITY, Verb.RESTRICTION):
        with pytest.raises(SourceRefused) as refused:
            await rig.source.find(ann, verb)
        assert refused.value.reasons == ("too_many_rows:orders",)
    assert rig.tables() == before
    assert {line.collection for line in (await rig.source.find(ben, Verb.ERASURE)).lines} >= {"orders", "items"}


async def test_rows_that_became_too_many_since_the_plan_stop_the_act_and_a_retry_goes_on(small_rig):
    rig = small_rig(SHOPPING, SHOPPER)
    rig.source = source_over(rig.url, rig.source._datamap, most_rows=4)
    ann = await rig.only("a@example.nl")
    plan = await rig.source.find(ann, Verb.ERASURE)
    rig.sql("INSERT INTO orders VALUES (4, 1, 'x'), (5, 1, 'x')")  # fewer than the approval covers
    before = rig.tables()
    with pytest.raises(SourceRefused, match="too_many_rows:orders"):
        await contract.carry_out(rig, plan, ann)
    assert rig.tables() == before
    rig.sql("DELETE FROM orders WHERE id = 5")
    assert not (await contract.carry_out(rig, plan, ann)).already_done
    assert rig.sql("SELECT DISTINCT remark FROM orders WHERE owner = 1") == [("erased",)]


async def test_an_address_that_stands_in_very_many_rows_is_one_person(small_rig):
    ddl = (
        "CREATE TABLE visits (id INTEGER PRIMARY KEY, email VARCHAR(80))",
        "INSERT INTO visits VALUES (1, 'a@example.nl'), (2, 'A@example.nl'), (3, 'a@example.nl'), (4, 'b@example.nl')",
    )
    rig = small_rig(ddl, {"collections": {"visits": {"id": "system", "email": OPEN}}})
    (found,) = await rig.source.person(email="a@example.nl")
    assert sorted(one.value for one in found.contacts) == ["A@example.nl", "a@example.nl"]


def test_rows_that_are_no_rows_make_no_statement(demo_map):
    with pytest.raises(SourceRefused):
        _ = Rows(place=None, tenant="acme", count=1).lists  # type: ignore[arg-type]


# ---- people


async def test_a_sole_administrator_s_copy_and_erasure_leave_the_client_s_lists(rig):
    maria = await contract.who(rig, MARIA)
    for verb in (Verb.ACCESS, Verb.ERASURE, Verb.PORTABILITY):
        plan = await rig.source.find(maria, verb)
        assert not {"contacts", "contact_lists", "campaigns"} & {line.collection for line in plan.lines}


async def test_a_person_who_goes_on_using_the_platform_keeps_the_approval(rig):
    bram = await contract.who(rig, BRAM)
    plan = await rig.source.find(bram, Verb.ERASURE)
    for number in range(20):
        await rig.put(
            "browsing_events", id=9000 + number, tenant="acme", account_id=102, at="2026-11-22 10:00:00", page="/x"
        )
    await contract.carry_out(rig, plan, bram)
    assert await rig.rows("browsing_events", account_id=102) == []


async def test_a_row_newly_shared_between_plan_and_act_stops_it(rig):
    anna = await contract.who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    await rig.put("account_addresses", id=900, tenant="acme", account_id=104, address_id=1, kind="home")
    before = rig.tables()
    with pytest.raises(PlanChanged):
        await contract.carry_out(rig, plan, anna)
    assert rig.tables() == before


async def test_a_subject_of_another_type_or_kind_is_refused(rig):
    for key in (Key(collection="accounts", name="id", value="1e2"), Key(collection="clients", name="id", value="1"),
                Key(collection="accounts", name="id", value="99999999999999999999")):  # fmt: skip
        subject = Subject(source="platform", tenant="acme", keys=(key,))
        with pytest.raises(SourceRefused):
            await rig.source.find(subject, Verb.ACCESS)


async def test_a_correction_that_does_not_fit_the_column_is_refused(small_rig):
    content = mapped()
    content["meta"]["collections"]["people"]["fields"] = {
        "name": {"rectify": {"name": "name", "validator": "text<=80"}}
    }
    rig = small_rig((PEOPLE, ANN), content)
    (found,) = await rig.source.person(email="a@example.nl")
    change = Change(name="name", new="x" * 60)
    assert any("name" in one for one in (await rig.source.check()).reasons if one.startswith("rectify"))
    if not rig.is_sqlite:
        with pytest.raises(SourceRefused):
            await rig.do(found.subject, Verb.RECTIFICATION, change)
        assert rig.sql("SELECT name FROM people WHERE id = 1") == [("Ann",)]


async def test_everything_the_account_shares_is_left_when_two_accounts_have_one_mailbox(rig):
    await rig.change("accounts", {"id": 104}, email=CARLA.email.upper())
    found = await rig.source.person(email=CARLA.email)
    assert ["mailbox_shared" in one.flags for one in found] == [True, True]
    plan = await rig.source.find(found[0].subject, Verb.ERASURE)
    assert not [line for line in plan.lines if line.collection == "newsletter" and line.action is Action.DELETE]
