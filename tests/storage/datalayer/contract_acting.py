"""The contract of a source, second half: erasures, that plan and act agree, and the other rights."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.core.plans import Action, ActResult, Change, Key, Role, Verb
from bot.demo.platform.seeds import (
    ANNA,
    BRAM,
    CARLA,
    DAAN,
    JORIS,
    LOTTE,
    MARIA,
    PIETER,
    YUSUF,
)
from bot.ports import PlanChanged, SourceDown, SourceRefused
from tests.storage.datalayer.rigging import TABLES, Rig, carry_out, check, do, everything, only, who


@check
async def every_planned_value_is_gone_and_nobody_else_is_touched(rig: Rig) -> None:
    before = await everything(rig)
    result = await do(rig, await who(rig, ANNA), Verb.ERASURE)
    after = await everything(rig)
    for table, rows in before.items():
        others = [row for row in rows if not _is_anna_s(table, row)]
        assert [row for row in after[table] if row in others] == others, table
    for table in ("logins", "sessions", "subscriptions"):
        assert not [row for row in after[table] if row["account_id"] == 101]
    (account,) = await rig.rows("accounts", id=101)
    assert (account["first_name"], account["status"]) == ("erased", "locked")
    assert account["email"].endswith("@erased.invalid")
    assert result.proof


def _is_anna_s(table: str, row: dict[str, Any]) -> bool:
    if table in ("accounts", "addresses"):
        return int(row["id"]) == (101 if table == "accounts" else 1)
    return row.get("account_id") == 101 or "anna.devries" in str(row.get("email", "")).lower()


@check
async def a_second_erasure_finds_nothing_left_to_change(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    await do(rig, anna, Verb.ERASURE, key="first")
    once = await everything(rig)
    again = await do(rig, anna, Verb.ERASURE, key="second")
    twice = await everything(rig)
    assert {one.collection for one in again.done if one.action is Action.DELETE} == set()
    for table in set(TABLES) - {"accounts"}:
        assert twice[table] == once[table], table


@check
async def a_shared_home_address_survives_and_its_last_user_takes_it_along(rig: Rig) -> None:
    home = await rig.rows("addresses", id=3)
    result = await do(rig, await who(rig, CARLA), Verb.ERASURE, key="carla")
    assert await rig.rows("addresses", id=3) == home
    assert "shared_with_others" in {line.reason for line in result.kept if line.collection == "addresses"}
    await do(rig, await who(rig, DAAN), Verb.ERASURE, key="daan")
    assert await rig.rows("addresses", id=3) == []


@check
async def an_employee_s_erasure_leaves_the_customers_complaints(rig: Rig) -> None:
    before = await rig.rows("complaints", handled_by=107)
    await do(rig, await who(rig, JORIS), Verb.ERASURE)
    assert await rig.rows("complaints", handled_by=107) == before
    assert await rig.rows("complaints", account_id=107) == []


@check
async def an_administrator_s_client_lists_are_not_theirs(rig: Rig) -> None:
    before = {name: await rig.rows(name) for name in ("contacts", "contact_lists", "campaigns", "campaign_sends")}
    await do(rig, await who(rig, MARIA), Verb.ERASURE)
    assert {name: await rig.rows(name) for name in before} == before


@check
async def links_stay_so_that_the_rest_can_still_be_found(rig: Rig) -> None:
    await do(rig, await who(rig, BRAM), Verb.ERASURE)
    again = await rig.source.find(await who(rig, BRAM), Verb.ACCESS)
    assert {line.collection for line in again.lines if line.rows} >= {"invoices", "orders"}


@check
async def one_tenant_s_erasure_leaves_the_other(rig: Rig) -> None:
    await do(rig, await who(rig, PIETER), Verb.ERASURE)
    names = {row["id"]: row["first_name"] for row in await rig.rows("accounts")}
    assert (names[105], names[205]) == ("erased", "Pieter")


@check
async def a_client_s_contact_goes_from_that_list_alone(rig: Rig) -> None:
    await do(rig, await only(rig, YUSUF.email), Verb.ERASURE)
    assert len(await rig.rows("contacts")) == 2
    assert len(await rig.rows("contact_lists")) == 1


@check
async def marketing_data_goes_and_the_account_stays(rig: Rig) -> None:
    await do(rig, await who(rig, BRAM), Verb.ERASURE_MARKETING)
    assert await rig.rows("testimonials") == []
    assert (await rig.rows("accounts", id=102))[0]["first_name"] == "Bram"


# ---- plan and act agree


@check
async def a_repeated_key_gives_the_first_result_and_does_nothing(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    first = await carry_out(rig, plan, anna)
    once = await everything(rig)
    second = await carry_out(rig, plan, anna)
    assert (second.already_done, second.proof, second.done) == (True, first.proof, first.done)
    assert await everything(rig) == once


@check
async def a_key_is_bound_to_its_call(rig: Rig) -> None:
    await do(rig, await who(rig, ANNA), Verb.ERASURE, key="one")
    with pytest.raises(SourceRefused):
        await do(rig, await who(rig, BRAM), Verb.ERASURE, key="one")
    with pytest.raises(SourceRefused):
        await do(rig, await who(rig, BRAM), Verb.ERASURE, key=" ")
    assert (await rig.rows("accounts", id=102))[0]["first_name"] == "Bram"


@check
async def two_calls_at_once_with_one_key_act_once(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    results = await asyncio.gather(*(carry_out(rig, plan, anna) for _ in range(2)))
    assert sorted(one.already_done for one in results) == [False, True]


@check
async def people_who_share_rows_may_be_erased_at_once(rig: Rig) -> None:
    people = [await who(rig, one) for one in (CARLA, DAAN, ANNA)]
    plans = [await rig.source.find(one, Verb.ERASURE) for one in people]
    calls = (carry_out(rig, plan, one, key=plan.hash) for plan, one in zip(plans, people, strict=True))
    found = await asyncio.gather(*calls, return_exceptions=True)
    # whoever comes second is alone at the address and needs a new approval; nobody is half erased
    assert {type(one) for one in found} <= {ActResult, PlanChanged}
    assert sum(isinstance(one, ActResult) for one in found) >= 2


@check
async def use_of_the_platform_up_to_the_ceiling_is_covered_and_more_is_not(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    mine = {"tenant": "acme", "account_id": 101}
    for number in range(plan.ceiling - plan.rows):
        await rig.put("logins", id=5000 + number, at="2026-11-23 08:00:00", ip_address="x", **mine)
    await rig.put("sessions", id=5000, token_hash="x", started_at="2026-11-23 08:00:00", **mine)
    with pytest.raises(PlanChanged):
        await carry_out(rig, plan, anna)
    await rig.remove("logins", id=5000)
    await carry_out(rig, plan, anna)
    assert await rig.rows("logins", account_id=101) == []


@check
async def what_changed_since_the_approval_stops_the_act_and_changes_nothing(rig: Rig) -> None:
    carla = await who(rig, CARLA)
    plan = await rig.source.find(carla, Verb.ERASURE)
    await rig.put("incidents", id=9, tenant="acme", account_id=103, noticed_on="2026-11-21", description="x")
    before = await everything(rig)
    with pytest.raises(PlanChanged):
        await carry_out(rig, plan, carla)
    assert await everything(rig) == before


@check
async def a_plan_for_one_person_verb_or_ceiling_is_not_one_for_another(rig: Rig) -> None:
    anna, bram = await who(rig, ANNA), await who(rig, BRAM)
    plan = await rig.source.find(anna, Verb.RESTRICTION)
    for person, verb, more in ((bram, plan.verb, 0), (anna, Verb.ERASURE, 0), (anna, plan.verb, 1)):
        with pytest.raises(PlanChanged):
            await rig.source.act(key="k", person=person, verb=verb, approved=plan.hash, ceiling=plan.ceiling + more)


@check
async def a_source_that_is_away_says_so_and_answers_again(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    async with rig.away():
        with pytest.raises(SourceDown):
            await rig.source.find(anna, Verb.ACCESS)
        with pytest.raises(SourceDown):
            await carry_out(rig, plan, anna)
    assert not (await carry_out(rig, plan, anna)).already_done


# ---- the other rights


@check
async def a_correction_moves_equal_values_and_stops_when_the_value_moved(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    result = await do(rig, anna, Verb.RECTIFICATION, Change(name="email", new="anna.bos@example.nl"))
    assert ("anna.devries@example.nl", "anna.bos@example.nl") in [(one.old, one.new) for one in result.corrected]
    assert [row["email"] for row in await rig.rows("newsletter", tenant="acme")] == ["anna.bos@example.nl", BRAM.email]
    change = Change(name="last_name", new="Bos")
    plan = await rig.source.find(anna, Verb.RECTIFICATION, (change,))
    await rig.change("accounts", {"id": 101}, last_name="Elsewhere")
    with pytest.raises(PlanChanged):
        await carry_out(rig, plan, anna, change, key="call-2")


@check
async def a_column_outside_the_allowlist_or_a_bad_value_is_refused(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    for name, new in (("role", "admin"), ("password_hash", "x"), ("", "x"), ("email", "no address"), ("country", "ZZ")):
        with pytest.raises(SourceRefused):
            await rig.source.find(anna, Verb.RECTIFICATION, (Change(name=name, new=new),))


@check
async def the_staff_page_sees_values_before_they_change(rig: Rig) -> None:
    change = Change(name="last_name", new="Bos")
    found = await rig.source.values(await who(rig, ANNA), (change,))
    assert [(one.old, one.new) for one in found] == [("de Vries", "Bos")]


@check
async def a_restriction_marks_the_account(rig: Rig) -> None:
    await do(rig, await who(rig, ANNA), Verb.RESTRICTION)
    assert str((await rig.rows("accounts", id=101))[0]["restricted_on"]) == "2026-11-22"
    assert (await rig.rows("accounts", id=102))[0]["restricted_on"] is None


@check
async def an_objection_to_marketing_switches_it_off(rig: Rig) -> None:
    await do(rig, await who(rig, ANNA), Verb.OBJECTION_MARKETING)
    assert not (await rig.rows("accounts", id=101))[0]["marketing_ok"]
    (entry,) = [row for row in await rig.rows("newsletter", tenant="acme") if "anna" in row["email"].lower()]
    assert (bool(entry["active"]), str(entry["unsubscribed_on"])) == (False, "2026-11-22")


@check
async def an_address_is_suppressed_once_and_let_go_again(rig: Rig) -> None:
    assert await rig.source.suppress("Stranger@Example.com ")
    assert not await rig.source.suppress("stranger@example.com")
    assert await rig.source.unsuppress("stranger@example.com")
    assert not await rig.source.unsuppress("stranger@example.com")
    for address in ("", "*", "%@%", "no address"):
        with pytest.raises(SourceRefused):
            await rig.source.suppress(address)


@check
async def a_forged_subject_never_reaches_the_other_role_s_rows(rig: Rig) -> None:
    key = (Key(collection="", name="email", value=LOTTE.email),)
    forged = replace(await only(rig, LOTTE.email), tenant="seleqt", role=Role.PROCESSOR, keys=key)
    assert {line.action for line in (await rig.source.find(forged, Verb.ERASURE)).lines} <= {Action.SUPPRESS}
