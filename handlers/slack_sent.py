"""What Slack sends, read into values: a press, a submission, its acknowledgement, and the event it stands for.

Promise: pure; a payload that isn't one of ours reads as None and raises nothing; an acknowledgement follows from the
submission's own words, but for the letter's preview, which slack_clicks draws. Limits: nobody's permission is asked
here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.core import events as e
from bot.core.deadlines import local_date
from bot.core.messages import ExtensionLetter, Message, RefusalLetter, SettledByHand, StaffAsks
from bot.core.model import Staffer, Task
from bot.core.rights import Decision
from bot.ports import TicketView
from handlers import slack_forms as forms
from handlers import slack_modals as modals
from handlers.slack_blocks import Json
from handlers.slack_modals import Errors, Extension, Refusal

ASK_LETTERS: Final = 10  # letters a question needs at least
FORMS: Final = frozenset(
    {
        Decision.REFUSE,
        Decision.EXTEND,
        Decision.ASK,
        Decision.SETTLE,
        Decision.HOLD,
        Decision.LIFT,
        Decision.ASSIGN,
        Decision.DONE,
    }
)
OWN_FORMS: Final = frozenset({forms.FIND, forms.NEW})


@dataclass(frozen=True, kw_only=True)
class Press:
    """One press of a button or choice, as Slack signed it. `again` marks a delivery that Slack repeats.

    `ts` is the message it stood on, `window` the modal, `home` the page of the Home it came from; a press in an answer
    to a command has none of them.
    """

    team: str
    user: str
    name: str
    carried: str
    trigger: str
    stamp: str
    channel: str = ""
    ts: str = ""
    again: bool = False
    window: str = ""
    home: str = ""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One submitted window: who, which window, on which ticket and plan, and what was entered, by block id."""

    team: str
    user: str
    decision: Decision
    ticket: str
    plan: str
    view_id: str
    entered: Mapping[str, Any]
    home: str = ""
    is_stacked: bool = False


@dataclass(frozen=True, kw_only=True)
class Form:
    """A submitted window about no ticket yet: which one, by whom, and what was entered, by block id."""

    team: str
    user: str
    name: str
    view_id: str
    entered: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A slash command as Slack signed it: who typed what where, and the trigger that lets a window open."""

    team: str
    user: str
    text: str
    channel: str
    trigger: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The acknowledgement of a submission, decided from its own words alone, and what is to be done after it."""

    ack: Json
    then: "Refusal | Extension | str | None" = None
    previews: bool = False


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Everything a decision needs after the checks: the ticket as it is now and who decides."""

    view: TicketView
    staffer: Staffer
    now: datetime


def read_press(body: Json, *, again: bool) -> Press | None:
    """A block_actions payload as a press; None for one that lacks what every press has."""
    try:
        action = body["actions"][0]
        name, carried = action["action_id"], action.get("value", "")
        if "selected_option" in action:
            name, _, carried = action["selected_option"]["value"].partition("|")
        message, view = body.get("message") or {}, body.get("view") or {}
        return Press(
            team=_team(body),
            user=body["user"]["id"],
            name=name,
            carried=carried,
            trigger=body.get("trigger_id", ""),
            stamp=action.get("action_ts", ""),
            channel=(body.get("channel") or {}).get("id", ""),
            ts=message.get("ts", ""),
            again=again,
            window=view.get("id", "") if view.get("type") == "modal" else "",
            home=_home(view),
        )
    except (LookupError, TypeError, AttributeError):
        return None


def _home(view: Json) -> str:
    kept = str(view.get("private_metadata", ""))
    return kept if view.get("type") == "home" else modals.home_of(kept)


def read_form(body: Json) -> Form | None:
    """A view_submission of a window about no ticket yet; None for anything else."""
    try:
        view = body["view"]
        name, view_id, entered = view["callback_id"], str(view["id"]), modals.typed_in(view)
        team, user = _team(body), body["user"]["id"]
    except (LookupError, TypeError, AttributeError):
        return None
    return Form(team=team, user=user, name=name, view_id=view_id, entered=entered) if name in OWN_FORMS else None


def read_command(body: Json) -> Command:
    """A slash command's fields; what is missing is empty."""
    given = {name: str(body.get(name, "")) for name in ("team_id", "user_id", "text", "channel_id", "trigger_id")}
    return Command(
        team=given["team_id"],
        user=given["user_id"],
        text=given["text"],
        channel=given["channel_id"],
        trigger=given["trigger_id"],
    )


def read_submission(body: Json) -> Submission | None:
    """A view_submission payload of one of our windows; None for anything else."""
    try:
        view = body["view"]
        decision = Decision(view["callback_id"])
        ticket, plan = modals.remembered(view["private_metadata"])
        entered = modals.typed_in(view)
        team, user = _team(body), body["user"]["id"]
    except (LookupError, TypeError, AttributeError, ValueError):
        return None
    if decision not in FORMS or not ticket:
        return None
    return Submission(
        team=team,
        user=user,
        decision=decision,
        ticket=ticket,
        plan=plan,
        view_id=str(view["id"]),
        entered=entered,
        home=modals.home_of(str(view["private_metadata"])),
        is_stacked=bool(view.get("previous_view_id")),
    )


def _team(body: Json) -> str:
    """The workspace; in a shared channel a guest's own workspace, which is not ours, decides."""
    return str(body["user"].get("team_id") or body["team"]["id"])


def receipt(sent: Submission, now: datetime) -> Receipt:
    """The acknowledgement of a submission: errors beside fields, the letter (`previews`), or closing it."""
    if sent.decision in PLAIN:
        return _plainly(sent, PLAIN[sent.decision](sent.entered))
    read = modals.read_refusal if sent.decision is Decision.REFUSE else modals.read_extension
    return _with_letter(sent, read(sent.entered), now)


PLAIN: Final[Mapping[Decision, Callable[[Mapping[str, Any]], str | Errors]]] = {
    Decision.ASK: lambda entered: modals.read_words(entered, ASK_LETTERS),
    Decision.SETTLE: lambda entered: modals.read_words(entered, ASK_LETTERS),
    Decision.LIFT: forms.read_lift,
    Decision.HOLD: lambda entered: forms.read_note(entered, "why"),
    Decision.ASSIGN: forms.read_assign,
    Decision.DONE: forms.read_done,
}
"""The forms that are sent at once; the two others show their letter first."""


def _plainly(sent: Submission, given: str | Errors) -> Receipt:
    if isinstance(given, dict):
        return Receipt(ack={"response_action": "errors", "errors": given})
    return Receipt(ack=_closes(sent), then=given)


def _closes(sent: Submission) -> Json:
    """A window over another closes both: what stood below shows a request as it was before."""
    return {"response_action": "clear"} if sent.is_stacked else {}


def _with_letter(sent: Submission, given: Refusal | Extension | Errors, now: datetime) -> Receipt:
    if isinstance(given, dict):
        return Receipt(ack={"response_action": "errors", "errors": given})
    on = local_date(now)
    if not modals.was_shown(given, sent.entered, on):
        return Receipt(ack={}, then=given, previews=True)
    if unread := modals.not_read(given, sent.entered, on):
        return Receipt(ack={"response_action": "errors", "errors": unread})
    return Receipt(ack=_closes(sent), then=given)


def letter_of(given: Refusal | Extension, ok: Allowed) -> RefusalLetter | ExtensionLetter:
    """The letter as a value: the same for the preview and for what leaves."""
    ticket, now = ok.view.ticket, ok.now
    if isinstance(given, Refusal):
        return RefusalLetter(
            ref=ticket.ref,
            right=ticket.right,
            on=local_date(now),
            ground=given.ground,
            facts=given.facts,
            anyway=given.anyway,
            decided_by=ok.staffer.name,
        )
    until = modals.extension_until(ticket, now)
    assert until is not None
    dates = ok.view.dates
    return ExtensionLetter(
        ref=ticket.ref,
        right=ticket.right,
        reasons=given.reasons,
        facts=given.facts,
        until=until,
        promise=dates.promise_due or dates.unpaused_due,
    )


def event_of(decision: Decision, given: "Refusal | Extension | str", ok: Allowed) -> e.Event:
    """The event a sent window stands for, by this colleague."""
    by = ok.staffer.key
    if isinstance(given, Refusal):
        return e.Refused(by=by, ground=given.ground, letter=letter_of(given, ok))
    if isinstance(given, Extension):
        return e.Extended(by=by, reasons=given.reasons, letter=letter_of(given, ok))
    if decision is Decision.HOLD:
        return e.HoldSet(by=by)
    if decision is Decision.LIFT:
        return e.HoldLifted(by=by, lifted=forms.lifted(given))
    if decision is Decision.ASSIGN:
        return e.Assigned(by=by, to="" if given == forms.NOBODY else given)
    if decision is Decision.DONE:
        return e.ProofNoted(by=by, task=Task(given.partition("|")[0]))
    return _in_words(decision, given, ok)


def note_of(decision: Decision, given: "Refusal | Extension | str") -> str:
    """What is kept beside the event, for the staff page alone: why a hold is set, what proves a task."""
    if not isinstance(given, str):
        return ""
    return {Decision.HOLD: given, Decision.DONE: given.partition("|")[2]}.get(decision, "")


def _in_words(decision: Decision, given: str, ok: Allowed) -> e.Event:
    ref = ok.view.ticket.ref
    if decision is Decision.ASK:
        return e.Asked(by=ok.staffer.key, message=StaffAsks(ref=ref, words=given))
    message: Message = SettledByHand(ref=ref, on=local_date(ok.now), words=given)
    return e.Settled(by=ok.staffer.key, message=message)
