"""The windows in which staff decide: refuse, extend, ask, answer by hand.

Promise: pure; every window is a first placeholder (drawn without a look at the database, so that a trigger never
expires) and then the real one; `private_metadata` carries the ticket's id, the plan's hash and the page of the Home to
go back to, nothing else. What is typed comes back as a value or as words beside the field. Limits: letters are handed
in as text; who may decide is asked elsewhere, before a window is filled and again when it is sent.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from bot.core.clock import legal_dates
from bot.core.deadlines import local_date
from bot.core.model import ClockFact, Ticket
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
    section,
    typed,
)

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
    Decision.LOOK: "Request",
    Decision.ASSIGN: "Assign",
    Decision.DONE: "Done by hand",
    Decision.APPROVE: "Approve",
    Decision.RETRY: "Try again",
    Decision.SORT_OURS: "Place a mail",
    Decision.SORT_NOT: "Place a mail",
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
    return window(TITLES[decision], [section("One moment, reading the request…")])


def telling(decision: Decision, text: str, more: Iterable[Json] = ()) -> Json:
    """A window that only says something: why it can't be done, or that it is done."""
    return window(TITLES[decision], [section(text), *more])


def metadata(ticket: Ticket) -> str:
    """What a window remembers: the ticket's id and the hash of the plan it was opened on."""
    return json.dumps({"ticket": ticket.id, "plan": ticket.plan.hash if ticket.plan else ""})


def from_home(view: Json, place: str) -> Json:
    """The same window, remembering also which page of the Home it was opened from; nothing where it was not."""
    if not place:
        return view
    kept = _kept(view.get("private_metadata", "")) | {"home": place}
    return view | {"private_metadata": json.dumps(kept)}


def home_of(text: str) -> str:
    """The page of the Home a window remembers, or an empty string."""
    return str(_kept(text).get("home", ""))


def _kept(text: str) -> Json:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def remembered(text: str) -> tuple[str, str]:
    """Ticket id and plan hash of a window; empty strings for anything that isn't ours."""
    found = _kept(text)
    return str(found.get("ticket", "")), str(found.get("plan", ""))


def window(name: str, blocks: list[Json], submit: str = "", kept: str = "", callback: str = "") -> Json:
    """A modal; with the words of its submit button it is a form."""
    view = {"type": "modal", "title": plain(name, TITLE), "close": plain("Back", TITLE), "blocks": blocks}
    if submit:
        view |= {"submit": plain(submit, TITLE), "callback_id": callback, "private_metadata": kept}
    return view


def form(decision: Decision, view: TicketView, blocks: list[Json], submit: str) -> Json:
    """A form about one ticket, which stands in its first line."""
    head = context(f"{words.named(view.ticket)} {view.ticket.ref}")
    return window(TITLES[decision], [head, *blocks], submit, metadata(view.ticket), decision.value)


def typed_in(view: Json) -> Mapping[str, Any]:
    """What was entered, by block id: text, one option's value, or a tuple of them."""
    values = view.get("state", {}).get("values", {})
    return {block: _one(next(iter(held.values()), {})) for block, held in values.items() if isinstance(held, dict)}


def _one(held: Json) -> Any:
    if "selected_options" in held:
        return tuple(one["value"] for one in held["selected_options"] or ())
    if "selected_option" in held:
        return (held["selected_option"] or {}).get("value", "")
    picked = held.get("selected_date") or held.get("selected_time") or held.get("value")
    return (picked or "").strip()


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
    fields = _refusal_fields(view.ticket, given)
    if given is None or preview is None:
        return form(Decision.REFUSE, view, fields, "Show me the letter")
    shown = _preview(view.ticket, preview, read_id(given, local_date(now)))
    change = context("Something to change? Change it here; you see the new letter before it leaves.")
    return form(Decision.REFUSE, view, [*shown, {"type": "divider"}, change, *fields], "Send and close this")


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
    fields = [note, *_extension_fields(view.ticket, given)]
    if given is None or preview is None:
        return form(Decision.EXTEND, view, fields, "Show me the letter")
    shown = _preview(view.ticket, preview, read_id(given, local_date(now)))
    return form(Decision.EXTEND, view, [*shown, {"type": "divider"}, *fields], "Send, and extend")


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


# ---- ask, answer by hand


def ask(view: TicketView) -> Json:
    """A question to the person; asking doesn't stop the clock."""
    field = entry("words", "Your question", typed("words", WORDS), f"{_language(view.ticket)} {NO_DATA}")
    note = context("It goes out in the chat and as a mail that says there is news. The clock runs on.")
    return form(Decision.ASK, view, [field, note], "Ask")


def settle(view: TicketView) -> Json:
    """The answer to a request that no system carries out: what was done, in the person's language."""
    hint = f"{_language(view.ticket)} What was done, from when, and who was told. {NO_DATA}"
    note = context("This answers the request and closes it. The person reads exactly these words.")
    return form(
        Decision.SETTLE, view, [entry("words", "What we did", typed("words", WORDS), hint), note], "Send and close this"
    )


def _language(ticket: Ticket) -> str:
    return f"In {words.LANGUAGES.get(ticket.lang, ticket.lang)}, as the person will read it."


def read_words(typed_values: Mapping[str, Any], least: int) -> str | Errors:
    """The words typed for the person, or why they can't go out; `least` is a number of letters."""
    given = str(typed_values.get("words", ""))
    return given if letters_in(given) >= least else {"words": "A few words more, so that the person can act on it."}
