"""The contract of a source that holds the demo platform's data: one suite for every kind of source.

A rig is a source and a way to look at and change the rows behind it; `RIGS` of test_contract.py makes them. Each check
is an async function of a rig, named as a sentence; `CONTRACT` is all of them. A new kind of source passes when every
check does. Limits: the demo platform's people and columns; what only one database can do is tested beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Protocol

import pytest

from bot.core.plans import Action, ActResult, Change, Key, Plan, Role, Subject, Verb
from bot.demo.platform.seeds import (
    ANNA,
    BRAM,
    CARLA,
    DAAN,
    FATIMA,
    HOSTILE,
    JORIS,
    LOTTE,
    MARIA,
    PIETER,
    YUSUF,
    DemoPerson,
)
from bot.ports import PlanChanged, Source, SourceDown, SourceRefused

Check = Callable[["Rig"], Awaitable[None]]
Rows = list[dict[str, Any]]

TABLES = (
    "clients", "products", "accounts", "addresses", "account_addresses", "logins", "sessions", "browsing_events",
    "cookie_consents", "orders", "invoices", "complaints", "incidents", "subscriptions", "messages", "newsletter",
    "testimonials", "disclosures", "contact_lists", "contacts", "campaigns", "campaign_sends",
)  # fmt: skip


class Rig(Protocol):
    """A source over a fresh demo platform, and a hand in the platform's own data."""

    @property
    def source(self) -> Source:
        """The source under test."""
        ...

    async def rows(self, table: str, **where: Any) -> Rows:
        """The platform's rows with these values, by primary key; all of them without values."""
        ...

    async def put(self, table: str, **row: Any) -> None:
        """Insert a row as the platform would."""
        ...

    async def change(self, table: str, where: Mapping[str, Any], **values: Any) -> None:
        """Change rows as the platform would."""
        ...

    async def remove(self, table: str, **where: Any) -> None:
        """Delete rows as the platform would."""
        ...

    def away(self) -> AbstractAsyncContextManager[None]:
        """The platform does not answer while the block runs."""
        ...


CONTRACT: list[Check] = []


def check(made: Check) -> Check:
    """Enter a check into the contract."""
    CONTRACT.append(made)
    return made


# ---- moves


async def who(rig: Rig, one: DemoPerson) -> Subject:
    """An account holder as a session names them."""
    (found,) = await rig.source.person(tenant=one.tenant, subject=one.subject)
    return found.subject


async def only(rig: Rig, email: str) -> Subject:
    """The one person an address means."""
    (found,) = await rig.source.person(email=email)
    return found.subject


async def carry_out(rig: Rig, plan: Plan, subject: Subject, *changes: Change, key: str = "call-1") -> ActResult:
    """Act as approved."""
    return await rig.source.act(
        key=key, person=subject, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling, changes=changes
    )


async def do(rig: Rig, subject: Subject, verb: Verb, *changes: Change, key: str = "call-1") -> ActResult:
    """Find and act in one go."""
    plan = await rig.source.find(subject, verb, changes)
    return await carry_out(rig, plan, subject, *changes, key=key)


async def copy(rig: Rig, subject: Subject, verb: Verb = Verb.ACCESS) -> dict[str, Rows]:
    """What a copy holds, by collection."""
    plan = await rig.source.find(subject, verb)
    found: dict[str, Rows] = {}
    await rig.source.act(
        key="copy", person=subject, verb=verb, approved=plan.hash, ceiling=plan.ceiling,
        sink=lambda line, some: found.setdefault(line.collection, []).extend(dict(row) for row in some),
    )  # fmt: skip
    return found


async def everything(rig: Rig) -> dict[str, Rows]:
    """All of the platform's rows."""
    return {table: await rig.rows(table) for table in TABLES}


def counts(plan: Plan, action: Action) -> dict[str, int]:
    """Rows by collection for one action."""
    return {line.collection: line.rows for line in plan.lines if line.action is action}


# ---- who


@check
async def a_stranger_is_nobody(rig: Rig) -> None:
    assert await rig.source.person(email="nobody@example.com") == ()
    assert await rig.source.person(tenant="acme", subject="999") == ()


@check
async def an_address_finds_every_account_it_means_in_any_spelling(rig: Rig) -> None:
    for typed in (PIETER.email.upper(), f"  {PIETER.email} ", "ｐieter.smit@example.com"):
        found = await rig.source.person(email=typed)
        assert sorted((one.tenant, one.subject_id) for one in found) == [("acme", "105"), ("globex", "205")]
    (bram,) = await rig.source.person(email="bram.jansen@example.nl")
    assert "Bram.Jansen@Example.nl" in [one.value for one in bram.contacts]


@check
async def a_look_alike_address_is_somebody_else(rig: Rig) -> None:
    # a Cyrillic letter that looks like a Latin one is no other spelling of it
    assert await rig.source.person(email="ann\u0430.devries@example.nl") == ()


@check
async def what_names_nobody_or_everybody_is_refused(rig: Rig) -> None:
    for email in ("", " ", "*", "%", "%@example.nl", "a@b@c", "\x00@x.nl", "null", "' OR '1'='1"):
        with pytest.raises(SourceRefused):
            await rig.source.person(email=email)
    for tenant, subject in (("", "101"), ("acme", ""), ("acme", "%"), ("acme", "1 OR 1=1"), ("acme", "101;--")):
        with pytest.raises(SourceRefused):
            await rig.source.person(tenant=tenant, subject=subject)


@check
async def roles_and_flags_tell_people_apart(rig: Rig) -> None:
    flags = {one: (await rig.source.person(tenant=one.tenant, subject=one.subject))[0].flags for one in
             (ANNA, FATIMA, JORIS, MARIA)}  # fmt: skip
    assert flags == {ANNA: set(), FATIMA: {"closed"}, JORIS: {"staff_subject"}, MARIA: {"sole_administrator"}}
    (lotte,) = await rig.source.person(email=LOTTE.email)
    (yusuf,) = await rig.source.person(email=YUSUF.email)
    assert (lotte.role, yusuf.role) == (Role.CONTROLLER, Role.PROCESSOR)


# ---- find


@check
async def finding_writes_nothing_and_shows_no_value(rig: Rig) -> None:
    before = await everything(rig)
    for verb in Verb:
        if verb is not Verb.RECTIFICATION:
            plan = await rig.source.find(await who(rig, ANNA), verb)
            assert "vries" not in repr(plan).lower()
    assert await everything(rig) == before


@check
async def the_same_question_has_the_same_hash_and_another_person_another(rig: Rig) -> None:
    anna, carla = await who(rig, ANNA), await who(rig, CARLA)
    one, again, other = [await rig.source.find(subject, Verb.ERASURE) for subject in (anna, anna, carla)]
    assert one.hash == again.hash != other.hash


@check
async def the_wrong_tenant_or_source_reaches_nothing(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    assert (await rig.source.find(replace(anna, tenant="globex"), Verb.ACCESS)).empty
    with pytest.raises(SourceRefused):
        await rig.source.find(replace(anna, source="another"), Verb.ACCESS)


@check
async def kept_rows_name_the_law_and_the_last_day(rig: Rig) -> None:
    plan = await rig.source.find(await who(rig, BRAM), Verb.ERASURE)
    kept = {line.collection: line for line in plan.lines if line.action is Action.KEEP}
    assert (kept["invoices"].reason, kept["invoices"].article) == ("tax_records", "AWR 52(4)")
    assert str(kept["invoices"].keep_until) == "2033-12-31"
    over = [line.rows for line in plan.lines if line.collection == "invoices" and line.action is Action.DELETE]
    assert over == [1]


# ---- access


@check
async def a_copy_holds_exactly_the_person_s_rows(rig: Rig) -> None:
    rows = await copy(rig, await who(rig, ANNA))
    for table in ("logins", "orders", "invoices", "messages", "subscriptions", "disclosures", "cookie_consents"):
        mine = sorted(row["id"] for row in await rig.rows(table, account_id=101))
        assert sorted(int(row["id"]) for row in rows.get(table, [])) == mine, table
    assert [row["street"] for row in rows["addresses"]] == ["Lindengracht 12"]
    assert [row["email"] for row in rows["newsletter"]] == ["Anna.deVries@example.nl"]


@check
async def secrets_and_other_people_stay_out_of_a_copy(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ACCESS)
    shown = repr(await copy(rig, anna))
    assert not [one for one in ("pbkdf2", "demo-session", "Kees", "Daan Mulder") if one in shown]
    held = {line.collection: line.held for line in plan.lines if line.held}
    assert held == {"accounts": ("password_hash",), "sessions": ("token_hash",)}


@check
async def what_an_employee_worked_on_shows_dates_and_not_the_customer(rig: Rig) -> None:
    rows = await copy(rig, await who(rig, JORIS))
    assert [set(row) for row in rows["complaints"] if "subject" not in row] == [{"id", "received_on"}] * 2


@check
async def a_portable_copy_holds_only_what_the_person_gave(rig: Rig) -> None:
    rows = await copy(rig, await who(rig, ANNA), Verb.PORTABILITY)
    assert not {"invoices", "logins"} & rows.keys()
    assert "password_hash" not in rows["accounts"][0]


@check
async def hostile_values_pass_through_as_they_are(rig: Rig) -> None:
    rows = await copy(rig, await who(rig, HOSTILE))
    assert rows["accounts"][0]["last_name"].startswith("<script>alert(1)</script>'; DROP TABLE accounts;--")
    await do(rig, await who(rig, HOSTILE), Verb.ERASURE)
    assert len(await rig.rows("accounts")) == 10


@check
async def a_client_s_rows_are_never_shown(rig: Rig) -> None:
    yusuf = await only(rig, YUSUF.email)
    assert (await rig.source.find(yusuf, Verb.ACCESS)).lines == ()
    with pytest.raises(SourceRefused):
        await copy(rig, yusuf)


# ---- erasure


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
