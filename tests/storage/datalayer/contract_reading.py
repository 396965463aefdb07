"""The contract of a source, first half: who is found, what a plan says, what a copy holds."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.core.plans import Action, Change, PlanLine, Role, Verb
from bot.demo.platform.seeds import (
    ANNA,
    BRAM,
    CARLA,
    FATIMA,
    HOSTILE,
    JORIS,
    LOTTE,
    MARIA,
    PIETER,
    YUSUF,
)
from bot.ports import SourceRefused
from tests.storage.datalayer.rigging import Rig, acted, check, copy, do, everything, only, who


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
    for tenant, subject in (("", "101"), ("acme", ""), ("acme", "%"), ("acme", "*"), ("acme", "null"), ("%", "101")):
        with pytest.raises(SourceRefused):
            await rig.source.person(tenant=tenant, subject=subject)


@check
async def a_number_that_is_none_is_refused(rig: Rig) -> None:
    for subject in ("1 OR 1=1", "101;--", "1e2"):
        with pytest.raises(SourceRefused):
            await rig.source.person(tenant="acme", subject=subject)


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
async def the_wrong_tenant_reaches_nothing(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    assert (await rig.source.find(replace(anna, tenant="globex"), Verb.ACCESS)).empty


@check
async def a_subject_of_another_source_or_of_nobody_is_refused(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    for wrong in (replace(anna, source="another"), replace(anna, keys=())):
        with pytest.raises(SourceRefused):
            await rig.source.find(wrong, Verb.ACCESS)


@check
async def every_verb_is_planned_in_one_part_under_the_name_the_desk_gave_it(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    for verb in Verb:
        change = (Change(name="last_name", new="Bos"),) if verb is Verb.RECTIFICATION else ()
        plan = await rig.source.find(anna, verb, change)
        assert (plan.verb, len(plan.parts), plan.errors) == (verb, 1, ())
        assert {line.source for line in plan.lines} | {plan.parts[0].source} == {rig.source.name}
        assert plan.rows <= plan.ceiling


@check
async def a_correction_of_nothing_is_refused(rig: Rig) -> None:
    with pytest.raises(SourceRefused):
        await rig.source.find(await who(rig, ANNA), Verb.RECTIFICATION)


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
async def a_copy_holds_as_many_rows_as_its_plan_says_and_their_columns_alone(rig: Rig) -> None:
    anna = await who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ACCESS)
    delivered: dict[str, int] = {}

    def sink(line: PlanLine, rows: Iterator[Mapping[str, object]]) -> None:
        for row in rows:
            assert set(row) == set(line.columns)
            delivered[line.collection] = delivered.get(line.collection, 0) + 1

    await acted(rig, key="copy", person=anna, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling, sink=sink)
    planned: dict[str, int] = {}
    for line in plan.lines:
        planned[line.collection] = planned.get(line.collection, 0) + line.rows
    assert delivered == {name: rows for name, rows in planned.items() if rows}


@check
async def a_copy_without_a_place_to_put_it_is_refused(rig: Rig) -> None:
    with pytest.raises(SourceRefused):
        await do(rig, await who(rig, ANNA), Verb.ACCESS)


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
