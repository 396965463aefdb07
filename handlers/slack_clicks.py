"""What a colleague's press, submission or look at the Home does: check, let the desk apply it, say what came of it.

Promise: a window opens before anything is read; whoever pressed is looked up in the server's own table at every press
and again at every submission; the ticket comes from the message that was really posted; every event goes to the desk
under a business key, so a retry or a double click counts once; a card is never drawn here. Limits: it decides nothing
itself: `may_decide`, the lifecycle and the gate do. What Slack sent is acknowledged by the caller before this runs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from bot.core import events as e
from bot.core.model import Ticket
from bot.core.rights import Decision, Verdict, may_decide
from bot.ports import StaffDesk, TicketView
from handlers import slack_answers as answers
from handlers import slack_modals as modals
from handlers.slack_blocks import Json, Marked
from handlers.slack_cards import offers
from handlers.slack_home import home, stranger
from handlers.slack_line import SlackFailed, SlackLine
from handlers.slack_modals import Extension, Refusal
from handlers.slack_sent import Allowed, Press, Receipt, Submission, event_of, letter_of

log = logging.getLogger(__name__)

PREVIEW_SECONDS: Final = 2.0  # of the three in which Slack wants an answer
REPEATED: Final = "repeated"  # Applied.reason for a key that was applied before
GONE_TRIGGERS: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
WINDOWS: Final[Mapping[str, Decision]] = {
    "ask": Decision.ASK,
    "settle": Decision.SETTLE,
    "lift": Decision.LIFT,
    "open": Decision.LOOK,
    "look": Decision.LOOK,
    "refuse": Decision.REFUSE,
    "extend": Decision.EXTEND,
    "hold": Decision.HOLD,
}


class Clicks:
    """The staff's presses of one workspace and channel, handed to the desk."""

    def __init__(self, *, desk: StaffDesk, line: SlackLine, channel: str, team: str) -> None:
        """Take the desk, the Web API, the desk's channel id and the workspace's id."""
        self._desk = desk
        self._line = line
        self._channel = channel
        self._team = team
        self._fill: Mapping[Decision, Callable[[Allowed], Awaitable[Json]]] = {
            Decision.LOOK: self._page,
            Decision.REFUSE: self._step(lambda ok: modals.refuse(ok.view, ok.now)),
            Decision.EXTEND: self._step(_extend_window),
            Decision.ASK: self._step(lambda ok: modals.ask(ok.view)),
            Decision.SETTLE: self._step(lambda ok: modals.settle(ok.view)),
            Decision.HOLD: self._step(lambda ok: modals.hold(ok.view)),
            Decision.LIFT: self._step(lambda ok: modals.lift(ok.view)),
        }

    def now(self) -> datetime:
        """The desk's clock (UTC)."""
        return self._desk.clock()

    # -- presses

    async def pressed(self, press: Press) -> None:
        """Do what a press asks. A press from another workspace does nothing."""
        if press.team != self._team:
            log.warning("slack_foreign_team")
        elif press.name in WINDOWS:
            await self._window(press, WINDOWS[press.name])
        elif press.name in {Decision.APPROVE, Decision.RETRY}:
            await self._at_once(press, Decision(press.name))

    async def _window(self, press: Press, decision: Decision) -> None:
        """Open the placeholder first (a trigger lives three seconds), then read, check and fill it."""
        try:
            opened = await self._line.call("views.open", trigger_id=press.trigger, view=modals.waiting(decision))
        except SlackFailed as failed:
            if failed.error not in GONE_TRIGGERS:
                raise
            await self._tell(press, answers.TOO_SLOW)
            return
        view_id = opened["view"]["id"]
        allowed = await self._allowed(press, decision)
        shown = modals.telling(decision, allowed) if isinstance(allowed, str) else await self._fill[decision](allowed)
        await self._line.patient("views.update", view_id=view_id, view=shown)

    def _step(self, draw: Callable[[Allowed], Json]) -> Callable[[Allowed], Awaitable[Json]]:
        async def drawn(ok: Allowed) -> Json:
            return draw(ok)

        return drawn

    async def _page(self, ok: Allowed) -> Json:
        link = await self._desk.staff_link(ok.view.ticket.id, ok.staffer)
        return modals.open_page(ok.view, link, ok.now)

    async def _at_once(self, press: Press, decision: Decision) -> None:
        allowed = await self._allowed(press, decision)
        if isinstance(allowed, str):
            await self._tell(press, allowed)
            return
        ticket, by = allowed.view.ticket, allowed.staffer.key
        plan = ticket.plan.hash if ticket.plan else ""
        if decision is Decision.RETRY:
            text = await self._apply(f"retry:{ticket.id}:{press.stamp}:{by}", allowed, e.Retried(by=by))
        else:
            # The version is part of the key: an approval that was voided may be given again for the same plan.
            key = f"approve:{ticket.id}:{plan}:{by}:{ticket.version}"
            text = await self._apply(key, allowed, e.Approved(by=by, plan_hash=plan))
        if decision is Decision.APPROVE and not text:
            text = await self._so_far(ticket.id)
        await self._tell(press, text)

    async def _so_far(self, ticket_id: str) -> Marked:
        view = await self._desk.view(ticket_id)
        return answers.approved_so_far(view, self._desk.staff()) if view else Marked("")

    async def _tell(self, press: Press, text: str) -> None:
        """Tell whoever pressed; a delivery that Slack repeats was answered the first time."""
        if text and not press.again:
            await self._line.aside(press.channel or self._channel, press.user, text)

    # -- checks

    async def _allowed(self, press: Press, decision: Decision) -> "Allowed | Marked":
        """The ticket of the pressed card if this colleague may decide so now; else why not."""
        ticket_id, _, plan = press.carried.partition("|")
        if press.name == "look":
            view = await self._desk.view(ticket_id)
        else:
            view = await self._desk.view_of_card(press.channel, press.ts)
        if view is None or view.ticket.id != ticket_id:
            return answers.UNKNOWN_CARD
        allowed = self._may(view, press.team, press.user, decision)
        current = view.ticket.plan.hash if view.ticket.plan else ""
        if decision is Decision.APPROVE and isinstance(allowed, Allowed) and plan != current:
            return answers.OLD_CARD
        return allowed

    def _may(self, view: TicketView, team: str, user: str, decision: Decision) -> "Allowed | Marked":
        now, staff = self.now(), self._desk.staff()
        staffer = self._desk.staffer(team, user)
        verdict = may_decide(view.ticket, staffer, decision)
        if verdict is Verdict.YES and not offers(view.ticket, decision):
            verdict = Verdict.HELD if _is_kept_by_hold(view.ticket, decision) else Verdict.WRONG_STATE
        if verdict is not Verdict.YES or staffer is None:
            return answers.why_not(verdict, decision, view, staff, now)
        return Allowed(view=view, staffer=staffer, now=now)

    async def _apply(self, key: str, ok: Allowed, event: e.Event) -> Marked:
        """Let the desk apply the event; empty text when it did (or had), else what happened instead."""
        applied = await self._desk.apply(key, ok.view.ticket.id, event)
        if applied.done or applied.reason == REPEATED:
            return Marked("")
        view = await self._desk.view(ok.view.ticket.id)
        return answers.too_late(view or ok.view, self._desk.staff(), self.now())

    # -- submissions

    async def preview(self, sent: Submission, noted: Receipt) -> Json:
        """The acknowledgement that turns step 1 into the letter; within two seconds, since Slack waits for three.

        Read before the acknowledgement on purpose: an update sent after it can reach Slack first and would then be
        overwritten by the acknowledgement's own view. Nothing is applied here.
        """
        try:
            async with asyncio.timeout(PREVIEW_SECONDS):
                allowed = await self._sendable(sent, noted)
            view = self._after_check(sent, noted, allowed)
        except Exception as error:
            log.error("slack_preview_failed", extra={"kind": type(error).__name__})
            return {"response_action": "errors", "errors": {"facts": answers.NO_PREVIEW}}
        return {"response_action": "update", "view": view}

    async def submitted(self, sent: Submission, noted: Receipt) -> None:
        """After the acknowledgement: check once more and let the desk apply the decision."""
        if noted.then is None:
            return
        allowed = await self._sendable(sent, noted)
        text = allowed if isinstance(allowed, str) else await self._decide(sent, noted, allowed)
        if text:
            await self._line.aside(self._channel, sent.user, text)

    async def _sendable(self, sent: Submission, noted: Receipt) -> "Allowed | Marked":
        if sent.team != self._team:
            log.warning("slack_foreign_team")
            return Marked("")
        view = await self._desk.view(sent.ticket)
        if view is None:
            return answers.UNKNOWN_CARD
        allowed = self._may(view, sent.team, sent.user, sent.decision)
        return allowed if isinstance(allowed, str) else _fits(allowed, sent, noted)

    def _after_check(self, sent: Submission, noted: Receipt, allowed: "Allowed | Marked") -> Json:
        if isinstance(allowed, str):
            return modals.telling(sent.decision, allowed)
        return self._letter_window(noted, allowed)

    def _letter_window(self, noted: Receipt, ok: Allowed) -> Json:
        given = noted.then
        assert isinstance(given, Refusal | Extension)
        message = letter_of(given, ok)
        preview = self._desk.letter(message, ok.view.ticket.lang), self._desk.letter(message, "en")
        if isinstance(given, Refusal):
            return modals.refuse(ok.view, ok.now, given, preview)
        return modals.extend(ok.view, ok.now, given, preview)

    async def _decide(self, sent: Submission, noted: Receipt, ok: Allowed) -> Marked:
        assert noted.then is not None
        key = f"{sent.decision}:{sent.ticket}:{ok.staffer.key}:{sent.view_id}"
        return await self._apply(key, ok, event_of(sent.decision, noted.then, ok))

    # -- the Home

    async def home_opened(self, team: str, user: str) -> None:
        """Publish a colleague's App Home; somebody who isn't on the list sees no counts."""
        staffer = self._desk.staffer(team, user) if team == self._team else None
        if staffer is None or not staffer.roles:
            view = stranger()
        else:
            view = home(await self._desk.queue(), staffer, self.now())
        await self._line.patient("views.publish", user_id=user, view=view)

    async def failed(self, user: str) -> None:
        """Tell a colleague that something broke on our side after their press was acknowledged."""
        await self._line.aside(self._channel, user, answers.FAILED)


def _extend_window(ok: Allowed) -> Json:
    if modals.extension_until(ok.view.ticket, ok.now) is None:
        return modals.telling(Decision.EXTEND, answers.ALREADY_LATE)
    return modals.extend(ok.view, ok.now)


def _is_kept_by_hold(ticket: Ticket, decision: Decision) -> bool:
    return ticket.is_held and ticket.is_open and decision in {Decision.APPROVE, Decision.SETTLE}


def _fits(ok: Allowed, sent: Submission, noted: Receipt) -> "Allowed | Marked":
    """What only the database can say about a submission: the ground fits the right, the month hasn't passed."""
    ticket, given = ok.view.ticket, noted.then
    if isinstance(given, Refusal):
        seen = ticket.plan.hash if ticket.plan else ""
        return ok if modals.may_refuse(ticket, given) and sent.plan == seen else answers.OLD_CARD
    if isinstance(given, Extension) and modals.extension_until(ticket, ok.now) is None:
        return answers.ALREADY_LATE
    return ok
