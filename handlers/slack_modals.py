"""The windows in which staff decide: refuse, extend, ask, answer by hand, hold, lift, open the staff page.

Promise: pure; every window is a first placeholder (drawn without a look at the database, so that a trigger never
expires) and then the real one; `private_metadata` carries the ticket's id and the plan's hash and nothing else. What is
typed comes back as a value or as words beside the field. Limits: letters are handed in as text; who may decide is asked
elsewhere, before a window is filled and again when it is sent.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from bot.core.clock import legal_dates
from bot.core.deadlines import local_date
from bot.core.model import ClockFact, Flag, Ticket
from bot.core.rights import EXTENSION_GROUNDS, GROUNDS, Decision
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import (
    TITLE,
    Json,
    Marked,
    context,
    day,
    entry,
    header,
    letter,
    option,
    plain,
    safe,
    section,
    typed,
)
from handlers.slack_cards import notes, title
from handlers.slack_facts import facts

LETTERS: Final = 40  # letters a reason must have at least: fewer would fit anybody
FACTS: Final = 1500  # characters of the facts of a case in a letter
ANYWAY: Final = 600
WORDS: Final = 2500  # characters of a message to the person

TITLES: Final[Mapping[Decision, str]] = {
    Decision.REFUSE: "Refuse",
    Decision.EXTEND: "Extend",
    Decision.ASK: "Ask the person",
    Decision.SETTLE: "Answer by hand",
    Decision.HOLD: "Legal hold",
    Decision.LIFT: "Lift the hold",
    Decision.LOOK: "Open",
}
NO_DATA = "Slack keeps what you type here. No names, addresses or values of the person, please."


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What step 1 of a refusal says: the ground's code, the facts of this case, what is done nevertheless."""

    ground: str
    facts: str
    anyway: str


@dataclass(frozen=True, kw_only=True)
class Extension:
    """What an extension says: grounds from the closed list, and why here."""

    reasons: tuple[str, ...]
    facts: str


Typed = Refusal | Extension | str
Errors = dict[str, str]


# ---- frames


def waiting(decision: Decision) -> Json:
    """The placeholder that opens at once, before anything is known."""
    return _window(TITLES[decision], [section("One moment, reading the request…")], "", "", "")


def telling(decision: Decision, text: str) -> Json:
    """A window that only says something: why it can't be done, or that it is done."""
    return _window(TITLES[decision], [section(text)], "", "", "")


def metadata(ticket: Ticket) -> str:
    """What a window remembers: the ticket's id and the hash of the plan it was opened on."""
    return json.dumps({"ticket": ticket.id, "plan": ticket.plan.hash if ticket.plan else ""})


def remembered(text: str) -> tuple[str, str]:
    """Ticket id and plan hash of a window; empty strings for anything that isn't ours."""
    try:
        found = json.loads(text)
    except ValueError:
        return "", ""
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("ticket", "")), str(found.get("plan", ""))


def _window(name: str, blocks: list[Json], submit: str, kept: str, callback: str) -> Json:
    view = {"type": "modal", "title": plain(name, TITLE), "close": plain("Back", TITLE), "blocks": blocks}
    if submit:
        view |= {"submit": plain(submit, TITLE), "callback_id": callback, "private_metadata": kept}
    return view


def _form(decision: Decision, view: TicketView, blocks: list[Json], submit: str) -> Json:
    head = context(f"{words.RIGHTS[view.ticket.right]} {view.ticket.ref}")
    return _window(TITLES[decision], [head, *blocks], submit, metadata(view.ticket), decision.value)


def typed_in(view: Json) -> Mapping[str, Any]:
    """What was entered, by block id: text, one option's value, or a tuple of them."""
    values = view.get("state", {}).get("values", {})
    return {block: _one(next(iter(held.values()), {})) for block, held in values.items() if isinstance(held, dict)}


def _one(held: Json) -> Any:
    if "selected_options" in held:
        return tuple(one["value"] for one in held["selected_options"] or ())
    if "selected_option" in held:
        return (held["selected_option"] or {}).get("value", "")
    return (held.get("value") or "").strip()


def letters_in(text: str) -> int:
    """How many letters (not signs, digits or spaces) a text has."""
    return sum(character.isalpha() for character in text)


# ---- refuse


def refuse(
    view: TicketView, now: datetime, given: Refusal | None = None, preview: tuple[str, str] | None = None
) -> Json:
    """Step 1 asks what, why and the facts; with a preview (person's language, English) it is step 2.

    The fields stay below the letter, so nothing typed is kept anywhere but in Slack's own window; whoever changes them
    sees the new letter before anything leaves.
    """
    form = _refusal_fields(view.ticket, given)
    if given is None or preview is None:
        return _form(Decision.REFUSE, view, form, "Show me the letter")
    shown = _preview(view.ticket, preview, read_id(given, local_date(now)))
    change = context("Something to change? Change it here; you see the new letter before it leaves.")
    return _form(Decision.REFUSE, view, [*shown, {"type": "divider"}, change, *form], "Send and close this")


def _refusal_fields(ticket: Ticket, given: Refusal | None) -> list[Json]:
    whole_of_it = option("All of it", "all")
    what: Json = {"type": "radio_buttons", "action_id": "what", "options": [whole_of_it], "initial_option": whole_of_it}
    grounds = [option(f"{words.GROUNDS[one][0]}: {words.GROUNDS[one][1]}", one) for one in GROUNDS[ticket.right]]
    chosen = [one for one in grounds if given and one["value"] == given.ground]
    select: Json = {"type": "static_select", "action_id": "ground", "options": grounds}
    select |= {"initial_option": chosen[0]} if chosen else {}
    return [
        entry("what", "What do you refuse?", what),
        entry("ground", "Ground", select, "The grounds the law knows for this right, and no others."),
        entry("facts", "The facts of this case", typed("facts", FACTS, given.facts if given else ""), _hint(ticket)),
        entry(
            "anyway",
            "What we do anyway",
            typed("anyway", ANYWAY, given.anyway if given else ""),
            "For instance: everything else is deleted now.",
            optional=True,
        ),
    ]


def _hint(ticket: Ticket) -> str:
    language = words.LANGUAGES.get(ticket.lang, ticket.lang)
    return f"In {language}: two sentences the person can check, at least {LETTERS} letters. {NO_DATA}"


def read_refusal(typed_values: Mapping[str, Any]) -> Refusal | Errors:
    """The refusal as typed, or what is wrong with it by block id; `may_refuse` fits ground and right."""
    given = Refusal(
        ground=str(typed_values.get("ground", "")),
        facts=str(typed_values.get("facts", "")),
        anyway=str(typed_values.get("anyway", "")),
    )
    errors: Errors = {}
    if given.ground not in words.GROUNDS:
        errors["ground"] = "Choose one of these grounds. There are no others for this right."
    if letters_in(given.facts) < LETTERS:
        errors["facts"] = "This would fit anybody. Name the rule and the records, in two sentences."
    return errors or given


def may_refuse(ticket: Ticket, given: Refusal) -> bool:
    """Whether the law knows this ground for this right."""
    return given.ground in GROUNDS[ticket.right]


# ---- extend


def extension_until(ticket: Ticket, now: datetime) -> date | None:
    """The new last day if the person were told now; None when it is too late, was done before, or the clock rests."""
    if legal_dates(ticket).extended_due is not None:
        return None
    fact = ClockFact(type="extension_notified", at=now, reasons=EXTENSION_GROUNDS[:1])
    return legal_dates(replace(ticket, clock=(*ticket.clock, fact))).extended_due


def extend(
    view: TicketView, now: datetime, given: Extension | None = None, preview: tuple[str, str] | None = None
) -> Json:
    """Grounds from the closed list, why here, the new last day; with a preview it is the second step."""
    until = extension_until(view.ticket, now)
    assert until is not None
    note = section(
        Marked(f"New last day: *{day(until, now)}*. The promise of 30 days is missed, and the letter says so.")
    )
    form = [note, *_extension_fields(view.ticket, given)]
    if given is None or preview is None:
        return _form(Decision.EXTEND, view, form, "Show me the letter")
    shown = _preview(view.ticket, preview, read_id(given, local_date(now)))
    return _form(Decision.EXTEND, view, [*shown, {"type": "divider"}, *form], "Send, and extend")


def _extension_fields(ticket: Ticket, given: Extension | None) -> list[Json]:
    grounds = [option(words.EXTENSIONS[code], code) for code in EXTENSION_GROUNDS]
    chosen = [one for one in grounds if given and one["value"] in given.reasons]
    ticks: Json = {"type": "checkboxes", "action_id": "reasons", "options": grounds}
    ticks |= {"initial_options": chosen} if chosen else {}
    not_these = "Workload, holidays and our size are no grounds."
    return [
        entry("reasons", "Ground", ticks, not_these),
        entry("facts", "Why here", typed("facts", FACTS, given.facts if given else ""), _hint(ticket)),
    ]


def read_extension(typed_values: Mapping[str, Any]) -> Extension | Errors:
    """The extension as typed, or what is wrong with it by block id."""
    given = Extension(reasons=tuple(typed_values.get("reasons", ())), facts=str(typed_values.get("facts", "")))
    errors: Errors = {}
    if not given.reasons or not set(given.reasons) <= set(EXTENSION_GROUNDS):
        errors["reasons"] = "Choose at least one. The law knows these two and no others."
    if letters_in(given.facts) < LETTERS:
        errors["facts"] = "This would fit anybody. Say what makes it take longer here, and what is done already."
    return errors or given


# ---- the letter


def read_id(given: Refusal | Extension, on: date) -> str:
    """The block id of "I have read it": it names the letter that was shown (its words and its local date).

    Another letter has another box, so the tick of one never counts for the next.
    """
    return "read:" + hashlib.sha256(repr((given, on)).encode()).hexdigest()[:16]


def _preview(ticket: Ticket, preview: tuple[str, str], block_id: str) -> list[Json]:
    theirs, ours = preview
    language = words.LANGUAGES.get(ticket.lang, ticket.lang)
    english = [header("The same in English"), *letter(ours)] if ours != theirs else []
    tick: Json = {
        "type": "checkboxes",
        "action_id": block_id,
        "options": [option("I have read the letter as the person will.", "read")],
    }
    box = entry(block_id, "Before it leaves", tick)
    return [header(f"The letter, in {language}"), *letter(theirs), *english, {"type": "divider"}, box]


def was_shown(given: Refusal | Extension, typed_values: Mapping[str, Any], on: date) -> bool:
    """Whether the window showed the letter of exactly these words, dated `on` (local)."""
    return read_id(given, on) in typed_values


def not_read(given: Refusal | Extension, typed_values: Mapping[str, Any], on: date) -> Errors:
    """The error beside the box when the letter was not ticked as read."""
    box = read_id(given, on)
    if "read" in (typed_values.get(box) or ()):
        return {}
    return {box: "Tick this once you have read the letter. It leaves as it stands here."}


# ---- ask, answer by hand, hold, lift, open


def ask(view: TicketView) -> Json:
    """A question to the person; asking doesn't stop the clock."""
    field = entry("words", "Your question", typed("words", WORDS), f"{_language(view.ticket)} {NO_DATA}")
    note = context("It goes out in the chat and as a mail that says there is news. The clock runs on.")
    return _form(Decision.ASK, view, [field, note], "Ask")


def settle(view: TicketView) -> Json:
    """The answer to a request that no system carries out: what was done, in the person's language."""
    hint = f"{_language(view.ticket)} What was done, from when, and who was told. {NO_DATA}"
    note = context("This answers the request and closes it. The person reads exactly these words.")
    return _form(
        Decision.SETTLE, view, [entry("words", "What we did", typed("words", WORDS), hint), note], "Send and close this"
    )


def _language(ticket: Ticket) -> str:
    return f"In {words.LANGUAGES.get(ticket.lang, ticket.lang)}, as the person will read it."


def read_words(typed_values: Mapping[str, Any], least: int) -> str | Errors:
    """The words typed for the person, or why they can't go out; `least` is a number of letters."""
    given = str(typed_values.get("words", ""))
    return given if letters_in(given) >= least else {"words": "A few words more, so that the person can act on it."}


def hold(view: TicketView) -> Json:
    """What a legal hold does, before it is set."""
    text = "Nothing is read, changed or erased for this request until somebody lifts the hold. The last day stands."
    return _form(Decision.HOLD, view, [section(text)], "Put it on hold")


def lift(view: TicketView) -> Json:
    """What is lifted, and that somebody has to have looked."""
    held = [flag for flag in (Flag.ALARM, Flag.STOPPED, Flag.LEGAL_HOLD) if flag in view.ticket.flags]
    lines = Marked("\n".join(f"• {safe(words.FLAGS[flag])}" for flag in held) or "Nothing is on hold.")
    box = {"type": "checkboxes", "action_id": "looked", "options": [option("I have looked, and it may go on.", "yes")]}
    return _form(Decision.LIFT, view, [section(lines), entry("looked", "Before it goes on", box)], "Lift the hold")


def read_lift(typed_values: Mapping[str, Any]) -> Errors:
    """The error beside the box when nobody says they have looked."""
    return {} if "yes" in (typed_values.get("looked") or ()) else {"looked": "Tick this once you have looked."}


def open_page(view: TicketView, link: str, now: datetime) -> Json:
    """The request in short, and the single-use link to the staff page, which stands nowhere else."""
    go = {
        "type": "button",
        "text": plain("Open the staff page ↗", 75),
        "action_id": "gone",
        "url": link,
        "style": "primary",
    }
    blocks = [header(title(view.ticket)), *facts(view, now), context(*notes(view, now))]
    note = context("The link works once, for five minutes, for you alone. Every look at data is logged with your name.")
    return _window(TITLES[Decision.LOOK], [*blocks, {"type": "actions", "elements": [go]}, note], "", "", "")
