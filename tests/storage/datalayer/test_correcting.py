"""Rectification: what may be written, where, and only over the value that was seen."""

import pytest

from bot.core.plans import Action, Change, Verb
from bot.demo.platform.seeds import ANNA, BRAM, LOTTE
from storage.datalayer.errors import PlanChanged, Refused
from storage.datalayer.validators import known, valid


async def test_a_surname_is_corrected_and_the_old_value_given_back(demo):
    anna = await demo.who(ANNA)
    result = await demo.do(anna, Verb.RECTIFICATION, Change(name="last_name", old="de vries", new="de Vries-Bos"))
    assert demo.sql("SELECT last_name FROM accounts WHERE id = 101") == [("de Vries-Bos",)]
    assert [(one.old, one.new) for one in result.corrected] == [("de Vries", "de Vries-Bos")]
    assert [(one.collection, one.action) for one in result.done] == [("accounts", Action.CORRECT)]


async def test_the_same_value_elsewhere_moves_along_and_another_stays(demo):
    anna = await demo.who(ANNA)
    await demo.do(anna, Verb.RECTIFICATION, Change(name="email", new="anna.bos@example.nl"))
    assert demo.sql("SELECT email FROM accounts WHERE id = 101") == [("anna.bos@example.nl",)]
    assert demo.sql("SELECT email FROM newsletter ORDER BY id") == [
        ("anna.bos@example.nl",), (BRAM.email,), (LOTTE.email,)
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["role", "tenant", "password_hash", "is_staff", "status", "id", "nonsense", ""])
async def test_a_column_outside_the_allowlist_is_refused(demo, name):
    before = demo.everything()
    with pytest.raises(Refused):
        await demo.do(await demo.who(ANNA), Verb.RECTIFICATION, Change(name=name, new="admin"))
    assert demo.everything() == before


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("email", "not an address"),
        ("email", "a@example.nl\r\nBcc: b@example.nl"),
        ("phone", "12"),
        ("country", "Holland"),
        ("country", "ZZ"),
        ("vat_number", "12345"),
        ("last_name", "x" * 81),
        ("last_name", ""),
        ("last_name", "gnp.\u202eexe"),
        ("last_name", "a\x00b"),
    ],
)
async def test_a_value_its_validator_refuses_is_not_written(demo, name, new):
    with pytest.raises(Refused) as refused:
        await demo.source.find(await demo.who(ANNA), Verb.RECTIFICATION, (Change(name=name, new=new),))
    assert refused.value.reasons[0].startswith("invalid_value")


@pytest.mark.parametrize(
    ("validator", "typed", "stored"),
    [
        ("phone", "06 12345678", "+31612345678"),
        ("phone", "+49 30 901820", "+4930901820"),
        ("country", "de", "DE"),
        ("vat", "NL 1234.56789.B01", "NL123456789B01"),
        ("text<=5", " Zoë ", "Zoë"),
        ("email", "A@Example.NL", "A@example.nl"),
        ("phone", "phone me", None),
    ],
)
def test_a_good_value_is_brought_into_stored_form(validator, typed, stored):
    assert valid(validator, typed) == stored


def test_only_known_validators_are_known():
    assert known("text<=80")
    assert known("email")
    assert not known("text<=0")
    assert not known("regex")


async def test_a_value_that_moved_after_the_approval_stops_the_act(demo):
    anna = await demo.who(ANNA)
    change = Change(name="last_name", new="Bos")
    plan = await demo.source.find(anna, Verb.RECTIFICATION, (change,))
    demo.sql("UPDATE accounts SET last_name = 'Elsewhere' WHERE id = 101")
    with pytest.raises(PlanChanged):
        await demo.carry_out(plan, anna, change)
    assert demo.sql("SELECT last_name FROM accounts WHERE id = 101") == [("Elsewhere",)]


async def test_another_new_value_than_the_approved_one_is_not_written(demo):
    anna = await demo.who(ANNA)
    plan = await demo.source.find(anna, Verb.RECTIFICATION, (Change(name="last_name", new="Bos"),))
    with pytest.raises(PlanChanged):
        await demo.carry_out(plan, anna, Change(name="last_name", new="Mallory"))


async def test_staff_see_when_the_person_believes_something_else_is_stored(demo):
    anna = await demo.who(ANNA)
    change = Change(name="last_name", old="Smith", new="Bos")
    plan = await demo.source.find(anna, Verb.RECTIFICATION, (change,))
    assert plan.flags == {"old_value_differs"}


async def test_the_map_says_who_decides(demo):
    anna = await demo.who(ANNA)
    own = await demo.source.find(anna, Verb.RECTIFICATION, (Change(name="first_name", new="Anne"),))
    staff = await demo.source.find(anna, Verb.RECTIFICATION, (Change(name="phone", new="+31612345678"),))
    assert (own.flags, staff.flags) == (frozenset(), {"staff_decides"})


async def test_the_staff_page_gets_values_that_the_plan_does_not_hold(demo):
    anna = await demo.who(ANNA)
    change = Change(name="last_name", new="Bos")
    assert [(one.old, one.new) for one in await demo.source.values(anna, (change,))] == [("de Vries", "Bos")]
    assert "Vries" not in repr(await demo.source.find(anna, Verb.RECTIFICATION, (change,)))


async def test_several_values_change_together(demo):
    anna = await demo.who(ANNA)
    changes = (Change(name="last_name", new="Bos"), Change(name="phone", new="0612345678"))
    await demo.do(anna, Verb.RECTIFICATION, *changes)
    assert demo.sql("SELECT last_name, phone FROM accounts WHERE id = 101") == [("Bos", "+31612345678")]


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (Change(name="last_name", new="A"), Change(name="last_name", new="B")),
        (Change(name="last_name", new="de Vries"),),
    ],
)
async def test_no_change_or_an_empty_one_is_refused(demo, changes):
    with pytest.raises(Refused):
        await demo.source.find(await demo.who(ANNA), Verb.RECTIFICATION, changes)


async def test_a_prospect_without_an_account_is_corrected_by_the_value_named(demo):
    lotte = await demo.only(LOTTE.email)
    await demo.do(lotte, Verb.RECTIFICATION, Change(name="first_name", old="Lotte", new="Lot"))
    assert demo.sql("SELECT first_name FROM newsletter WHERE email = ?", LOTTE.email) == [("Lot",)]


async def test_two_stored_values_and_none_named_are_not_guessed_between(demo):
    demo.many("newsletter", [(9, "seleqt", LOTTE.email, "Charlotte", "2026-01-01", "2026-01-01", 1, None)])
    lotte = await demo.only(LOTTE.email)
    with pytest.raises(Refused) as refused:
        await demo.source.find(lotte, Verb.RECTIFICATION, (Change(name="first_name", new="Lot"),))
    assert refused.value.reasons == ("ambiguous:first_name",)


async def test_a_field_with_nothing_stored_says_so(demo):
    lotte = await demo.only(LOTTE.email)
    with pytest.raises(Refused) as refused:
        await demo.source.find(lotte, Verb.RECTIFICATION, (Change(name="phone", new="0612345678"),))
    assert refused.value.reasons == ("nothing_stored:phone",)
