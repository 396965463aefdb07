"""What a colleague enters becomes `state.values`, and what a Slack client itself refuses to send."""

from typing import Any

import pytest

from bot.demo.slack.values import answer, gaps, initial, picks, state
from tests.demo.slack.stage import entry, plain

OPTIONS = [{"text": plain("One"), "value": "1"}, {"text": plain("Two"), "value": "2"}]
ONE, TWO = OPTIONS


def element(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "a", **more}


@pytest.mark.parametrize(
    ("asked", "picked", "slot", "value"),
    [
        (element("plain_text_input"), ["words"], "value", "words"),
        (element("plain_text_input"), [""], "value", None),
        (element("static_select", options=OPTIONS), ["Two"], "selected_option", TWO),
        (element("radio_buttons", options=OPTIONS), ["1"], "selected_option", ONE),
        (element("checkboxes", options=OPTIONS), ["1", "Two"], "selected_options", OPTIONS),
        (element("checkboxes", options=OPTIONS), [], "selected_options", []),
        (element("multi_static_select", option_groups=[{"options": OPTIONS}]), ["2"], "selected_options", [TWO]),
        (element("datepicker"), ["2026-11-05"], "selected_date", "2026-11-05"),
        (element("users_select"), ["U0JORIS"], "selected_user", "U0JORIS"),
        (element("multi_users_select"), ["U0JORIS", "U0MINA"], "selected_users", ["U0JORIS", "U0MINA"]),
    ],
)
def test_each_element_answers_in_its_own_slot(asked, picked, slot, value):
    answered = answer(asked, picked)
    assert answered == {"type": asked["type"], slot: value}
    assert answer(asked, picks(answered)) == answered


def test_an_option_that_is_not_offered_cannot_be_picked():
    with pytest.raises(LookupError):
        answer(element("static_select", options=OPTIONS), ["three"])


def test_initial_values_stand_until_something_is_entered():
    assert initial(element("checkboxes", options=OPTIONS, initial_options=[TWO]))["selected_options"] == [TWO]
    blocks = [entry("day", element("datepicker", initial_date="2026-11-05"))]
    before = state(blocks, {}, {})
    assert before["day"]["a"]["selected_date"] == "2026-11-05"
    assert state(blocks, {("day", "a"): []}, before)["day"]["a"]["selected_date"] is None
    text = [entry("day", element("plain_text_input"))]
    assert state(text, {}, before)["day"]["a"] == {"type": "plain_text_input", "value": None}


@pytest.mark.parametrize(
    ("asked", "typed", "words"),
    [
        (element("plain_text_input", min_length=5), "abcd", "Please use at least 5 characters."),
        (element("plain_text_input", max_length=3), "abcd", "Please use at most 3 characters."),
        (element("email_text_input"), "a@b", "Please enter a valid email address."),
        (element("datepicker"), "05-11-2026", "Please enter a valid date."),
        (element("datepicker"), "20261105", "Please enter a valid date."),
    ],
)
def test_a_field_that_is_filled_in_wrongly_is_not_sent(asked, typed, words):
    blocks = [entry("f", asked)]
    assert gaps(blocks, state(blocks, {("f", "a"): [typed]}, {})) == {"f": words}


def test_an_optional_field_may_stay_empty_and_a_right_one_passes():
    blocks = [entry("f", element("datepicker"), optional=True), entry("g", element("email_text_input"))]
    assert gaps(blocks, state(blocks, {("g", "a"): ["a@b.example"]}, {})) == {}
