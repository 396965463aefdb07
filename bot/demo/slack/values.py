"""What a colleague entered: from picks (texts, option values or labels) to Slack's `state.values`, and back.

Promise: the same shapes as the real payloads, a key for every input whether filled or not, and the checks a Slack
client makes before it sends (required, length, date, address). Limits: what a date or an address means is the
desk's business. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.demo.slack.rules import elements, options
from bot.demo.slack.shapes import Json

# Where the payload of each stateful element holds its answer (docs.slack.dev, block_actions payload).
SLOTS = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "static_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "checkboxes": "selected_options",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
}
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _option(element: Json, pick: str) -> Json:
    """Find an option by its value or, failing that, by its label; raise LookupError for neither."""
    found = [option for option in options(element) if option["value"] == pick]
    found += [option for option in options(element) if option["text"]["text"] == pick]
    if not found:
        raise LookupError(f"no option {pick!r} in {element.get('action_id')}")
    return {"text": found[0]["text"], "value": found[0]["value"]}


def answer(element: Json, picks: Sequence[str]) -> Json:
    """Return the payload part that says what was chosen or typed; empty picks mean nothing was.

    Raises LookupError where a pick is none of the element's options.
    """
    kept = [pick for pick in picks if pick != ""]
    slot = SLOTS[element["type"]]
    chosen: list[Any] = [_option(element, pick) for pick in kept] if "option" in slot else kept
    single: Any = chosen[0] if chosen else None
    return {"type": element["type"], slot: chosen if slot.endswith("s") else single}


def picks(value: Json) -> list[str]:
    """Return the picks that `answer` would turn into this value."""
    held = value[SLOTS[value["type"]]]
    many = held if isinstance(held, list) else [] if held is None else [held]
    return [each["value"] if isinstance(each, dict) else each for each in many]


def initial(element: Json) -> Json:
    """Return the value an element holds before anybody touched it."""
    held = [option["value"] for option in element.get("initial_options", ())]
    held += element.get("initial_users", ())
    held += [option["value"] for option in filter(None, [element.get("initial_option")])]
    held += [
        element[key] for key in ("initial_value", "initial_date", "initial_time", "initial_user") if key in element
    ]
    return answer(element, held)


def state(blocks: list[Json], entered: Mapping[tuple[str, str], Sequence[str]], before: Json) -> Json:
    """Return `state.values`: what was entered now, else what stood there before, else the initial value.

    Slack keeps an input through an update as long as its block id and action id stay.
    """
    values: Json = {}
    for block, element in elements(blocks):
        if element["type"] not in SLOTS or element["type"] == "overflow":
            continue
        name = (block["block_id"], element["action_id"])
        kept = before.get(name[0], {}).get(name[1])
        old = kept if kept and kept["type"] == element["type"] else initial(element)
        now = answer(element, entered[name]) if name in entered else old
        values.setdefault(name[0], {})[name[1]] = now
    return values


def gaps(blocks: list[Json], values: Json) -> dict[str, str]:
    """Return, by block id, what a Slack client says beside a field instead of sending the form."""
    found = {}
    for block, element in elements(blocks):
        if block["type"] == "input":
            held = picks(values[block["block_id"]][element["action_id"]])
            found[block["block_id"]] = _gap(block, element, held)
    return {block_id: words for block_id, words in found.items() if words}


def _gap(block: Json, element: Json, held: list[str]) -> str:
    if not held:
        return "" if block.get("optional") else "Please complete this required field."
    return _length_gap(element, held[0]) or _form_gap(element["type"], held[0])


def _length_gap(element: Json, typed: str) -> str:
    if len(typed) < element.get("min_length", 0):
        return f"Please use at least {element['min_length']} characters."
    if SLOTS[element["type"]] == "value" and len(typed) > element.get("max_length", 3000):
        return f"Please use at most {element.get('max_length', 3000)} characters."
    return ""


def _form_gap(kind: str, typed: str) -> str:
    if kind == "email_text_input" and not _EMAIL.fullmatch(typed):
        return "Please enter a valid email address."
    if kind == "datepicker" and not _is_date(typed):
        return "Please enter a valid date."
    if kind == "timepicker" and not _TIME.fullmatch(typed):
        return "Please enter a valid time."
    return ""


def _is_date(typed: str) -> bool:
    try:
        return date.fromisoformat(typed).isoformat() == typed
    except ValueError:
        return False
