"""Each refusal of a message, a modal or a Home, at its limit and one beyond."""

from typing import Any

import pytest

from bot.demo.slack.rules import LIMITS, message_faults, view_faults
from tests.demo.slack.stage import REASON, button, card, entry, form, plain

DIVIDER = {"type": "divider"}


def section(words: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}, **more}


def option(words: str = "one", value: str = "1") -> dict[str, Any]:
    return {"text": plain(words), "value": value}


def menu(kind: str = "static_select", count: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "m", "options": [option(value=str(n)) for n in range(count)], **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def confirm(title: str = "t", words: str = "w", yes: str = "y", no: str = "n") -> dict[str, Any]:
    return {"title": plain(title), "text": plain(words), "confirm": plain(yes), "deny": plain(no)}


def asking(words: dict[str, Any]) -> dict[str, Any]:
    return actions(button("b", "a", confirm=words))


def context(count: int) -> dict[str, Any]:
    return {"type": "context", "elements": [plain("x")] * count}


# (what is allowed at its very limit, the same thing one beyond)
AT_THE_LIMIT = {
    "blocks of a message": ([DIVIDER] * 50, [DIVIDER] * 51),
    "section text": ([section("x" * 3000)], [section("x" * 3001)]),
    "field text": ([section(fields=[plain("x" * 2000)])], [section(fields=[plain("x" * 2001)])]),
    "fields": ([section(fields=[plain("x")] * 10)], [section(fields=[plain("x")] * 11)]),
    "header": (card("x" * 150), card("x" * 151)),
    "context elements": ([context(10)], [context(11)]),
    "button text": ([actions(button("x" * 75, "a"))], [actions(button("x" * 76, "a"))]),
    "button value": ([actions(button("b", "a", value="x" * 2000))], [actions(button("b", "a", value="x" * 2001))]),
    "action_id": ([actions(button("b", "x" * 255))], [actions(button("b", "x" * 256))]),
    "block_id": ([section(block_id="x" * 255)], [section(block_id="x" * 256)]),
    "elements of actions": (
        [actions(*(button("b", str(n)) for n in range(25)))],
        [actions(*(button("b", str(n)) for n in range(26)))],
    ),
    "options of a menu": ([actions(menu(count=100))], [actions(menu(count=101))]),
    "options of an overflow": ([actions(menu("overflow", 5))], [actions(menu("overflow", 6))]),
    "options to tick": ([actions(menu("checkboxes", 10))], [actions(menu("checkboxes", 11))]),
    "option text": (
        [actions(menu(options=[option("x" * 75)]))],
        [actions(menu(options=[option("x" * 76)]))],
    ),
    "option value": (
        [actions(menu(options=[option(value="x" * 150)]))],
        [actions(menu(options=[option(value="x" * 151)]))],
    ),
    "placeholder": (
        [actions(menu(placeholder=plain("x" * 150)))],
        [actions(menu(placeholder=plain("x" * 151)))],
    ),
    "confirm title": ([asking(confirm(title="x" * 100))], [asking(confirm(title="x" * 101))]),
    "confirm text": ([asking(confirm(words="x" * 300))], [asking(confirm(words="x" * 301))]),
    "confirm buttons": ([asking(confirm(yes="x" * 30))], [asking(confirm(no="x" * 31))]),
}

REFUSED = {
    "empty text": [section("")],
    "a section with neither text nor fields": [{"type": "section"}],
    "an unknown block": [{"type": "marquee"}],
    "a block without a type": [{"text": plain("x")}],
    "a block that is no object": ["header"],
    "an unknown element": [actions({"type": "lever", "action_id": "a"})],
    "a text input among actions": [actions({"type": "plain_text_input", "action_id": "a"})],
    "a button as an input": [entry("i", button("b", "a"))],
    "a missing key": [{"type": "header"}],
    "a key nobody knows": [section(colour="red")],
    "a null instead of nothing": [section(accessory=None)],
    "mrkdwn in a header": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "an unknown style": [actions(button("b", "a", style="loud"))],
    "an address that is none": [actions(button("b", "a", url="javascript:alert(1)"))],
    "no elements": [actions()],
    "the same block_id twice": [section(block_id="b"), section(block_id="b")],
    "the same action_id twice in a block": [actions(button("b", "a"), button("c", "a"))],
    "options and groups at once": [actions(menu(option_groups=[{"label": plain("g"), "options": [option()]}]))],
    "neither options nor groups": [actions({"type": "static_select", "action_id": "a"})],
    "an initial option that is none": [actions(menu(initial_option=option("other", "other")))],
}


@pytest.mark.parametrize("name", AT_THE_LIMIT)
def test_a_message_is_taken_at_a_limit_and_refused_beyond_it(name):
    fits, exceeds = AT_THE_LIMIT[name]
    assert message_faults(fits) == []
    assert len(message_faults(exceeds)) == 1


@pytest.mark.parametrize("name", REFUSED)
def test_a_message_is_refused_for(name):
    assert message_faults(REFUSED[name])


@pytest.mark.parametrize(
    ("fits", "exceeds"),
    [
        (form(*[DIVIDER] * 100), form(*[DIVIDER] * 101)),
        (form(title=plain("x" * 24)), form(title=plain("x" * 25))),
        (form(submit=plain("x" * 24)), form(submit=plain("x" * 25))),
        (form(close=plain("x" * 24)), form(close=plain("x" * 25))),
        (form(private_metadata="x" * 3000), form(private_metadata="x" * 3001)),
        (form(callback_id="x" * 255), form(callback_id="x" * 256)),
    ],
)
def test_a_modal_is_taken_at_a_limit_and_refused_beyond_it(fits, exceeds):
    assert view_faults(fits, "modal") == []
    assert len(view_faults(exceeds, "modal")) == 1


def test_a_modal_with_an_input_needs_a_submit_button():
    view = form(REASON)
    del view["submit"]
    assert "submit" in view_faults(view, "modal")[0]


def test_only_one_element_takes_the_focus():
    both = [entry(name, {"type": "plain_text_input", "action_id": name, "focus_on_load": True}) for name in "ab"]
    assert view_faults(form(*both), "modal")


def test_a_home_has_no_title_and_a_modal_is_no_home():
    assert view_faults({"type": "home", "blocks": []}, "home") == []
    assert view_faults({"type": "home", "blocks": [], "title": plain("x")}, "home")
    assert view_faults(form(), "home")


def test_a_list_of_rows_may_repeat_its_action_id_across_blocks():
    assert message_faults([actions(button("Open", "open")), actions(button("Open", "open"))]) == []


def test_faults_are_worded_and_pointed_at_as_slack_does():
    assert message_faults(card("x" * 151)) == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert message_faults([DIVIDER] * 51) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]


def test_every_limit_names_the_page_it_comes_from():
    assert all(limit.page and limit.least <= limit.most for limit in LIMITS.values())
