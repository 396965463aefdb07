"""A database that was set back to a backup: it is noticed, nothing is done with it, and the register brings it up."""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.plans import Change, Entered, Verb
from bot.demo.platform.seeds import ANNA, BRAM, CARLA, DAAN, LOTTE, PIETER, YUSUF
from bot.ports import RegisterDown, Restored
from storage.datalayer.past import Past
from storage.datalayer.replaying import Came, asked_again
from storage.register import Register
from tests.storage.datalayer import contract
from tests.storage.datalayer.restored import House, others
from tests.storage.datalayer.worlds import KEY

A_DAY = timedelta(days=1)


@pytest.fixture
def house(rig, demo_map, tmp_path) -> House:
    register = Register(tmp_path / "elsewhere.sqlite3", backup_days=100)
    return House(rig=rig, datamap=demo_map, register=register)


async def who(house, person):
    return await contract.who(house.rig, person)


async def name_of(house, number):
    (account,) = await house.rig.rows("accounts", id=number)
    return account["first_name"]


async def test_what_was_done_stands_in_the_register_and_names_nobody(house):
    await house.do(await who(house, ANNA), Verb.ERASURE)
    (deed,) = house.register.deeds()
    assert (deed.source, deed.verb, deed.key) == ("platform", Verb.ERASURE, "t1:call")
    assert len(deed.known_by) == 1
    (block,) = house.register.blocks("platform").standing
    assert (block.scope, block.reason) == ("", "no_future_collection")
    written = house.register.path.read_bytes().lower()
    for value in (b"anna", b"vries", b"example.nl", b"acme"):
        assert value not in written


async def test_a_copy_leaves_nothing_in_the_register(house):
    anna = await who(house, ANNA)
    plan = await house.source.find(anna, Verb.ACCESS)
    await house.source.act(
        key="copy", person=anna, verb=Verb.ACCESS, approved=plan.hash, ceiling=plan.ceiling, sink=lambda *_: None
    )
    assert not house.register.path.exists()


async def test_an_act_the_register_could_not_take_is_repeated_and_entered_then(house):
    anna = await who(house, ANNA)
    plan = await house.source.find(anna, Verb.ERASURE)
    folder = house.register.path.parent
    away = folder.with_name("not mounted")
    good, house.register.path = house.register.path, away / "register.sqlite3"
    with pytest.raises(RegisterDown):
        await house.carry_out(plan, anna)
    assert await name_of(house, 101) == "Anna", "the register is read before the act: nothing was done"
    house.register.path = good
    assert not (await house.carry_out(plan, anna)).already_done
    good.unlink()  # killed before the entry was written
    again = await house.carry_out(plan, anna)
    assert again.already_done
    assert [one.key for one in house.register.deeds()] == ["t1:call"]
    assert house.register.blocks("platform").standing


async def test_a_database_set_back_is_noticed_at_the_next_act_and_left_alone(house):
    backup = house.backup()
    await house.do(await who(house, ANNA), Verb.ERASURE)
    bram = await who(house, BRAM)
    plan = await house.source.find(bram, Verb.ERASURE)
    house.set_back(backup)
    for call in (
        lambda: house.carry_out(plan, bram, key="t2:call"),
        lambda: house.source.find(bram, Verb.ACCESS),
        lambda: house.source.suppress("x@example.com"),
        lambda: house.source.unsuppress("x@example.com"),
        lambda: house.source.suppression(ANNA.email),
    ):
        with pytest.raises(Restored):
            await call()
    assert others(house.backup()) == others(backup)
    assert await house.source.person(email=ANNA.email), "who writes is answered as ever"


async def test_a_minute_later_a_question_notices_it_too(house):
    backup = house.backup()
    await house.source.suppress("stranger@example.com")
    assert await house.source.suppression("stranger@example.com")
    house.set_back(backup)
    house.clock.at += timedelta(minutes=2)
    with pytest.raises(Restored):
        await house.source.suppression("stranger@example.com")


async def test_restore_erases_again_and_leaves_everybody_else_as_the_backup_has_them(house):
    backup = house.backup()
    await house.do(await who(house, ANNA), Verb.ERASURE)
    erased = house.backup()
    house.set_back(backup)
    assert await house.registered().look(thorough=True) == 2, "the act, and the address it blocked"
    house.clock.at += 40 * A_DAY
    done = await house.restore()
    assert [one.came for one in done.outcomes] == [Came.AGAIN]
    assert done.is_clean
    now = house.backup()
    assert others(now, 101) == others(erased, 101)
    _only_her_rows_are_gone(now, backup)
    assert await name_of(house, 101) == "erased"
    (entry,) = house.register.blocks("platform").standing
    found = await house.registered().suppression(ANNA.email)
    assert (found.reason, found.since) == ("no_future_collection", entry.since), "as of the day it was done"
    house.clock.at += A_DAY
    again = await house.restore()
    assert [one.came for one in again.outcomes] == [Came.KEPT]
    assert house.backup() == now


def _only_her_rows_are_gone(now, backup):
    """Of what isn't known by her number, her address and her entry in the newsletter went, and nothing changed."""
    left = {name: set(some) for name, some in others(now, 101).items()}
    was = {name: set(some) for name, some in others(backup, 101).items()}
    assert {name for name in was if left[name] != was[name]} == {"newsletter", "addresses"}
    assert all(left[name] < was[name] for name in ("newsletter", "addresses"))
    assert all("anna" in one.lower() for one in was["newsletter"] - left["newsletter"])


async def test_erasures_of_people_who_share_rows_are_done_again_in_their_order(house):
    backup = house.backup()
    await house.do(await who(house, CARLA), Verb.ERASURE, key="t1:call")
    await house.do(await who(house, DAAN), Verb.ERASURE, key="t2:call")
    assert await house.rig.rows("addresses", id=3) == []
    house.set_back(backup)
    done = await house.restore()
    assert [one.came for one in done.outcomes] == [Came.AGAIN, Came.AGAIN]
    assert done.is_clean
    assert await house.rig.rows("addresses", id=3) == []


async def test_an_address_in_another_tenant_stays_and_a_client_s_contact_goes_again(house):
    backup = house.backup()
    await house.do(await who(house, PIETER), Verb.ERASURE, key="t1:call")
    await house.do(await contract.only(house.rig, YUSUF.email), Verb.ERASURE, key="t2:call")
    house.set_back(backup)
    done = await house.restore()
    assert [one.came for one in done.outcomes] == [Came.AGAIN, Came.AGAIN]
    assert done.is_clean
    assert await name_of(house, 105) == "erased"
    assert await name_of(house, 205) == "Pieter"
    assert await house.registered().suppression(YUSUF.email, scope="globex")
    assert not await house.registered().suppression(YUSUF.email)


async def test_somebody_known_by_an_address_alone_is_found_again(house):
    backup = house.backup()
    lotte = await contract.only(house.rig, LOTTE.email)
    await house.do(lotte, Verb.ERASURE)
    house.set_back(backup)
    assert (await house.restore()).is_clean
    assert await house.source.person(email=LOTTE.email) == ()


async def test_a_changed_plan_is_not_done_again_and_says_where_to_look(house):
    carla = await who(house, CARLA)
    await house.rig.put("incidents", id=9, tenant="acme", account_id=103, noticed_on="2026-11-21", description="x")
    backup = house.backup()
    await house.rig.remove("incidents", id=9)
    await house.do(carla, Verb.ERASURE)
    house.set_back(backup)
    before = others(house.backup())
    done = await house.restore()
    (outcome,) = done.outcomes
    assert (outcome.came, outcome.where) == (Came.PLAN, "acme accounts 103")
    assert not done.is_clean
    assert others(house.backup()) == before
    assert done.blocked == 1, "the address is blocked all the same"
    assert await house.registered().look(thorough=True) == 1
    house.clock.at += timedelta(minutes=2)
    with pytest.raises(Restored):
        await house.source.find(carla, Verb.ACCESS)


async def test_once_it_was_carried_out_by_its_own_hash_the_changed_plan_counts_as_settled(house):
    carla = await who(house, CARLA)
    backup = house.backup()
    await house.do(carla, Verb.ERASURE)
    house.set_back(backup)
    await house.rig.put("incidents", id=9, tenant="acme", account_id=103, noticed_on="2026-11-21", description="x")
    assert not (await house.restore()).is_clean
    await house.rig.do(carla, Verb.ERASURE, key="shell:by-its-hash")
    done = await house.restore()
    assert [one.came for one in done.outcomes] == [Came.NOTHING]
    assert done.is_clean
    assert await house.registered().look(thorough=True) == 0


async def test_a_backup_from_before_somebody_came_owes_them_nothing_but_the_block(house):
    anna = await who(house, ANNA)
    backup = house.backup()
    await house.do(anna, Verb.ERASURE)
    for table in backup:
        backup[table] = [
            row
            for row in backup[table]
            if row.get("account_id") != 101 and (table, row.get("id")) != ("accounts", 101)
            and not (table == "newsletter" and "anna" in row["email"].lower()) and not row.get("reply_to")
        ]  # fmt: skip
    house.set_back(backup)
    done = await house.restore()
    assert [one.came for one in done.outcomes] == [Came.NOTHING]
    assert done.is_clean
    assert await house.registered().suppression(ANNA.email)


async def test_restrictions_and_objections_stand_again_also_where_the_data_grew(house):
    backup = house.backup()
    await house.do(await who(house, ANNA), Verb.RESTRICTION, key="t1:call")
    await house.do(await who(house, BRAM), Verb.OBJECTION_MARKETING, key="t2:call")
    house.set_back(backup)
    await house.rig.put("incidents", id=9, tenant="acme", account_id=101, noticed_on="2026-11-21", description="x")
    for _ in range(2):
        done = await house.restore()
        assert done.is_clean
    assert (await house.rig.rows("accounts", id=101))[0]["restricted_on"] is not None
    assert not (await house.rig.rows("accounts", id=102))[0]["marketing_ok"]
    assert await house.registered().suppression(BRAM.email)
    assert house.rig.sql("SELECT count(*) FROM privacy_desk_marks WHERE collection = 'incidents'") == [(1,)]


async def test_a_suppression_is_put_back_and_one_that_was_undone_stays_so(house):
    await house.source.suppress("undone@example.com")
    backup = house.backup()
    await house.source.unsuppress("undone@example.com")
    await house.source.suppress("stranger@example.com")
    house.set_back(backup)
    assert await house.registered().look() == 1
    done = await house.restore()
    assert (done.blocked, done.lifted, done.is_clean) == (1, 1, True)
    source = house.registered()
    assert await source.suppression("stranger@example.com")
    assert not await source.suppression("undone@example.com")


async def test_a_correction_that_came_undone_is_listed_until_a_colleague_made_it_again(house):
    backup = house.backup()
    await house.do(await who(house, ANNA), Verb.RECTIFICATION, Change(name="last_name", new="Bos"))
    house.set_back(backup)
    for _ in range(2):
        done = await house.restore()
        assert [(one.came, one.where) for one in done.outcomes] == [(Came.CORRECTION, "acme accounts 101")]
        assert not done.is_clean
    noted = await house.restore(noted=True)
    assert noted.is_clean
    assert (await house.rig.rows("accounts", id=101))[0]["last_name"] == "de Vries"


async def test_a_dry_run_says_it_and_writes_nothing(house):
    backup = house.backup()
    await house.do(await who(house, ANNA), Verb.ERASURE)
    house.set_back(backup)
    done = await house.restore(dry=True)
    assert [one.came for one in done.outcomes] == [Came.AGAIN]
    assert (done.blocked, done.lacks, done.is_clean) == (1, 2, False)
    assert house.backup() == backup


async def test_a_backup_without_the_desk_s_tables_lacks_everything(house):
    await house.do(await who(house, ANNA), Verb.ERASURE)
    house.rig.sql(*(f"DROP TABLE privacy_desk_{one}" for one in ("receipts", "suppressions", "marks", "copies")))
    assert await house.registered().look(thorough=True) == 2
    house.clock.at += timedelta(minutes=2)
    with pytest.raises(Restored):
        await house.source.find(await who(house, BRAM), Verb.ACCESS)


@pytest.mark.slow
@pytest.mark.parametrize("at", [4, 30, 55, 70])
async def test_killed_in_the_middle_it_is_run_again_and_goes_on(house, at):
    backup = house.backup()
    await house.do(await who(house, ANNA), Verb.ERASURE, key="t1:call")
    await house.do(await who(house, BRAM), Verb.ERASURE, key="t2:call")
    erased = house.backup()
    house.set_back(backup)
    await house.rig.source.close()
    assert await dies(house, at)
    assert await house.registered().look(thorough=True) > 0, "nobody may use it yet"
    assert not await dies(house, 10_000)
    assert await house.registered().look(thorough=True) == 0
    now = house.backup()
    assert others(now, 101, 102) == others(erased, 101, 102)
    assert [await name_of(house, number) for number in (101, 102)] == ["erased", "erased"]
    receipts = house.rig.sql("SELECT call_key FROM privacy_desk_receipts ORDER BY call_key")
    assert receipts == [("t1:call",), ("t2:call",)]


async def dies(house, at):
    """Run the child until its n-th statement; whether it was killed there."""
    command = [sys.executable, "-m", "tests.storage.datalayer.restore_child"]
    child = await asyncio.create_subprocess_exec(
        *command, house.rig.url, str(house.register.path), str(at), stderr=asyncio.subprocess.PIPE
    )
    _, wrong = await child.communicate()
    assert child.returncode in (0, -signal.SIGKILL), wrong.decode()[-2000:]
    return child.returncode != 0


# ---- a source that shows no receipts


async def test_the_same_call_is_answered_by_a_receipt_or_done_again_or_not_under_another_plan(house):
    anna = await who(house, ANNA)
    backup = house.backup()
    await house.do(anna, Verb.ERASURE)
    (deed,) = house.register.deeds()
    source = house.rig.source
    assert (await asked_again(source, deed, anna)).came is Came.KEPT
    house.set_back(backup)
    assert (await asked_again(source, replace(deed, approved="0" * 64), anna)).came is Came.PLAN
    assert (await asked_again(source, deed, None)).came is Came.UNSEEN
    assert (await asked_again(source, replace(deed, verb=Verb.RECTIFICATION), anna)).came is Came.UNSEEN
    refused = await asked_again(source, replace(deed, key=" "), anna)
    assert (refused.came, refused.reason) == (Came.REFUSED, "key_missing")
    assert await name_of(house, 101) == "Anna"
    assert (await asked_again(source, deed, anna)).came is Came.AGAIN
    assert await name_of(house, 101) == "erased"


# ---- suppressions end


async def test_a_suppression_ends_after_three_years_and_not_a_day_before(house):
    await house.source.suppress("stranger@example.com")
    house.clock.at = house.clock.at.replace(year=2029)
    assert await house.source.expire(house.clock.at) == frozenset()
    assert await house.source.suppression("stranger@example.com")
    house.clock.at += A_DAY
    assert await house.source.expire(house.clock.at) == frozenset()
    assert not await house.source.suppression("stranger@example.com")


async def test_an_address_that_is_still_on_a_list_stays_blocked_and_one_that_opted_out_does_not(house):
    await house.do(await who(house, ANNA), Verb.OBJECTION_MARKETING)
    await house.rig.source.suppress(BRAM.email)
    three_years = house.clock.at = house.clock.at.replace(year=2029) + A_DAY
    kept = await house.source.expire(three_years)
    assert len(kept) == 1
    assert not await house.source.suppression(ANNA.email), "her rows say themselves that she is opted out"
    assert await house.source.suppression(BRAM.email)
    await house.rig.change("newsletter", {"email": BRAM.email}, active=False)
    await house.rig.change("accounts", {"id": 102}, marketing_ok=False)
    assert await house.source.expire(three_years) == frozenset()
    assert not await house.source.suppression(BRAM.email)


async def test_a_client_s_list_keeps_that_client_s_block_alone(house):
    for scope in ("", "globex"):
        await house.rig.source.suppress(YUSUF.email, scope=scope)
    kept = await house.source.expire(house.clock.at.replace(year=2029) + A_DAY)
    assert [scope for scope, _ in kept] == ["globex"]


async def test_a_wider_reason_takes_the_place_of_a_narrower_and_never_the_other_way(house):
    await house.source.suppress(ANNA.email)
    house.clock.at += A_DAY
    await house.do(await who(house, ANNA), Verb.ERASURE)
    found = await house.source.suppression(ANNA.email)
    assert found.reason == "no_future_collection"
    assert not await house.source.suppress(ANNA.email)
    assert await house.source.suppression(ANNA.email) == found
    assert [one.reason for one in house.register.blocks("platform").standing] == ["no_future_collection"]


async def test_a_hundred_entries_are_compared_in_one_go(house):
    past = Past(house.rig.source, key=KEY)
    some = [Entered(scope="", address=f"{n:064}", reason="no_marketing", since=house.clock.at) for n in range(1200)]
    assert len(await past.unblocked(some)) == 1200
    assert await past.enter(some, ()) == (1200, 0)
    assert await past.unblocked(some) == ()
