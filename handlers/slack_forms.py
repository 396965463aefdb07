"""The windows of the desk's own work: open a request, hold, lift, assign, prove a task, find, file a call or a letter.

Promise: pure; a hold asks why and is lifted by its name; a request by phone or post is filed without an address, which
is typed on the staff page alone. Limits: as in slack_modals.py, permission is asked elsewhere, twice.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from bot.core.deadlines import AMSTERDAM
from bot.core.intake import Intake, refusal
from bot.core.model import HOLDS, Door, Flag, Right, Staffer, Task
from bot.core.rights import Decision, Verdict, may_decide
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import (
    Json,
    Marked,
    choice,
    context,
    day,
    entry,
    option,
    safe,
    section,
    typed,
)
from handlers.slack_buttons import buttons, by_hand
from handlers.slack_cards import head, notes
from handlers.slack_modals import NO_DATA, TITLES, Errors, form, letters_in, metadata, window

FIND: Final = "find"
NEW: Final = "new"
NOTE: Final = 1000  # characters of a reason or a note
NOTE_LETTERS: Final = 10  # letters either needs at least
NOBODY: Final = "nobody"
FOUND_TITLE: Final = "Find a request"
NEW_TITLE: Final = "By phone or post"
LANGS: Final = ("nl", "en")


# ---- open


def open_page(view: TicketView, link: str, now: datetime, staff: Iterable[Staffer], card_link: str = "") -> Json:
    """The request in short, its buttons, and the single-use link to the staff page, which stands nowhere else."""
    ticket = view.ticket
    blocks = [*head(view, now), context(*notes(view, now, staff))]
    blocks += [{"type": "actions", "elements": [_go(link)]}, *buttons(ticket, now, without=frozenset({Decision.LOOK}))]
    note = "The link works once, for five minutes, for you alone. Every look at data is logged with your name."
    where = [Marked(f"<{card_link}|Its card in the channel>")] if card_link else []
    return window(TITLES[Decision.LOOK], [*blocks, context(*where, note)], kept=metadata(ticket))


def _go(link: str, label: str = "Open the staff page ↗") -> Json:
    text = {"type": "plain_text", "text": label, "emoji": False}
    return {"type": "button", "text": text, "action_id": "gone", "url": link, "style": "primary"}


# ---- hold, lift


def hold(view: TicketView) -> Json:
    """What a legal hold does, and why it is set."""
    text = (
        "Nothing is read, changed or erased for this request until somebody lifts this hold. The last day stands. "
        "It is a hold of our own: the person's stop is another one, and each is lifted by itself."
    )
    why = entry("why", "Why", typed("why", NOTE), f"It stands on the staff page alone. {NO_DATA}")
    return form(Decision.HOLD, view, [section(text), why], "Put it on hold")


def lift(view: TicketView) -> Json:
    """What holds this request, one by one, and that somebody has to have looked."""
    held = [flag for flag in words.HOLDS if flag in view.ticket.flags]
    lines = Marked("\n".join(f"• {safe(words.FLAGS[flag])}" for flag in held) or "Nothing is on hold.")
    if not held:
        return window(TITLES[Decision.LIFT], [section(lines)])
    boxes = {
        "type": "checkboxes",
        "action_id": "looked",
        "options": [option(words.LOOKED[flag], flag.value) for flag in held],
    }
    asks = entry("looked", "Before it goes on", boxes, "What is ticked is lifted, and nothing else.")
    return form(Decision.LIFT, view, [section(lines), asks], "Lift the hold")


def read_note(typed_values: Mapping[str, Any], name: str) -> str | Errors:
    """A reason or a note as typed, or the words beside its field."""
    given = str(typed_values.get(name, ""))
    return given if letters_in(given) >= NOTE_LETTERS else {name: "A few words more, for whoever reads this next year."}


def read_lift(typed_values: Mapping[str, Any]) -> str | Errors:
    """The holds that were ticked, with commas between; or the words beside the boxes."""
    ticked = [one for one in typed_values.get("looked") or () if one in set(HOLDS)]
    return ",".join(ticked) or {"looked": "Tick what you have looked at."}


def lifted(given: str) -> frozenset[Flag]:
    """The holds a submission named."""
    return frozenset(Flag(one) for one in given.split(",") if one in set(HOLDS))


# ---- assign, done


def assign(view: TicketView, staff: Iterable[Staffer]) -> Json:
    """Who takes it: every colleague who may, but never the requester; or nobody in particular."""
    able = [one for one in staff if may_decide(view.ticket, one, Decision.ASSIGN) is Verdict.YES][:99]
    options = [option("@" + one.name, one.key) for one in able] + [option("Nobody in particular", NOBODY)]
    who = entry("to", "Who takes it", choice("to", options, view.ticket.assignee or ""))
    note = context("It then waits in their Home. It gives nobody a right they don't have.")
    return form(Decision.ASSIGN, view, [who, note], "Assign")


def read_assign(typed_values: Mapping[str, Any]) -> str | Errors:
    """A staffer's key or NOBODY; or the words beside the list."""
    given = str(typed_values.get("to", ""))
    return given or {"to": "Choose who takes it."}


def done(view: TicketView) -> Json:
    """Which task was done by hand, and what proves it."""
    tasks = [task for task in Task if task in by_hand(view.ticket)]
    options = [option(words.TASKS[task][:1].upper() + words.TASKS[task][1:], task.value) for task in tasks]
    which = entry("task", "What was done", choice("task", options, options[0]["value"] if len(options) == 1 else ""))
    hint = f"When, to whom, by which way. It stands on the staff page alone. {NO_DATA}"
    return form(Decision.DONE, view, [which, entry("proof", "What proves it", typed("proof", NOTE), hint)], "Done")


def read_done(typed_values: Mapping[str, Any]) -> str | Errors:
    """ "task|note"; or the words beside the fields."""
    note = read_note(typed_values, "proof")
    errors: Errors = dict(note) if isinstance(note, dict) else {}
    task = str(typed_values.get("task", ""))
    if task not in {one.value for one in Task}:
        errors["task"] = "Choose what was done."
    return errors or f"{task}|{note}"


# ---- find


def find(text: str = "") -> Json:
    """A request by its number."""
    field: Json = {"type": "plain_text_input", "action_id": "ref"}
    field |= {"initial_value": text} if text else {}
    hint = "SEL-2026-00417, or 417. People are never looked for here: a name is no way to a request."
    return window(FOUND_TITLE, [entry("ref", "Number", field, hint)], "Find", "", FIND)


NOT_FOUND: Final[Errors] = {"ref": "No request has that number. It looks like SEL-2026-00417."}


def found(view: TicketView, now: datetime, staff: Iterable[Staffer]) -> Json:
    """The request with its buttons."""
    blocks = [*head(view, now), context(*notes(view, now, staff))]
    return window(FOUND_TITLE, [*blocks, *buttons(view.ticket, now)], kept=metadata(view.ticket))


# ---- a request by phone or post


def new(now: datetime) -> Json:
    """What came, when, how and in which language; the address and the words are typed elsewhere."""
    local = now.astimezone(AMSTERDAM)
    rights = [option(name, right.value) for right, name in words.RIGHTS.items()]
    doors = [option("By phone", Door.PHONE.value), option("By post", Door.POST.value)]
    langs = [option(words.LANGUAGES[code], code) for code in LANGS]
    door: Json = {"type": "radio_buttons", "action_id": "door", "options": doors}
    picked: Json = {"type": "datepicker", "action_id": "day", "initial_date": local.date().isoformat()}
    clock: Json = {"type": "timepicker", "action_id": "time", "initial_time": f"{local:%H:%M}"}
    when = "When it reached us, not when you read it: the clock counts from there."
    blocks = [
        entry("right", "What is asked", choice("right", rights)),
        entry("door", "How it came", door),
        entry("day", "Received on", picked, when),
        entry("time", "At (Amsterdam time)", clock),
        entry("lang", "Language to answer in", choice("lang", langs, LANGS[0])),
        context("No name and no address here, please: next you get a link to the page where you type them."),
    ]
    return window(NEW_TITLE, blocks, "File it", "", NEW)


def read_new(typed_values: Mapping[str, Any], now: datetime, *, by: str, key: str) -> Intake | Errors:
    """The request as entered, or what is wrong with it by block id."""
    errors: Errors = {}
    text = {name: str(typed_values.get(name, "")) for name in ("right", "door", "day", "time", "lang")}
    if text["right"] not in set(Right):
        errors["right"] = "Choose what is asked; take “Unclear message” when you aren't sure."
    if text["door"] not in {Door.PHONE, Door.POST}:
        errors["door"] = "Choose how it came."
    if text["lang"] not in LANGS:
        errors["lang"] = "Choose a language."
    received = _instant(text["day"], text["time"])
    if received is None:
        errors["day"] = "Give the day and the time."
    if errors or received is None:
        return errors
    intake = Intake(
        right=Right(text["right"]), received_at=received, door=Door(text["door"]), lang=text["lang"], by=by, key=key
    )
    return {"day": "That lies in the future."} if refusal(intake, now) else intake


def _instant(on: str, at: str) -> datetime | None:
    try:
        local = datetime.combine(date.fromisoformat(on), time.fromisoformat(at), tzinfo=AMSTERDAM)
    except ValueError:
        return None
    return local.astimezone(UTC)


def filed(view: TicketView, link: str, now: datetime) -> Json:
    """The number, the last day, and the link to the page where the address and the words are typed."""
    ref, last = safe(view.ticket.ref), day(view.dates.queue_date, now)
    text = Marked(f"*{ref}* is filed. Last day: *{last}*. Next: type the person's address and words on the staff page.")
    note = "The link works once, for five minutes, for you alone. Later the button on the card gives a new one."
    go = {"type": "actions", "elements": [_go(link, "Type them on the staff page ↗")]}
    return window(NEW_TITLE, [section(text), go, context(note)])
