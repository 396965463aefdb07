"""What a colleague's press or submission about a request does: check, let the desk apply it, say what came of it.

Promise: a window opens before anything is read; a press on a card counts for the ticket whose card really stands there;
a press in a window, on the Home or in an answer carries the ticket's id and the plan it showed; all of it passes
Checks. A card is never drawn here. Limits: what Slack sent is acknowledged by the caller before this runs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.core.rights import Decision, Verdict, may_decide
from bot.ports import StaffDesk, TicketView
from handlers import slack_answers as answers
from handlers import slack_forms as forms
from handlers import slack_modals as modals
from handlers.slack_blocks import Json, Marked
from handlers.slack_checks import Checks, No
from handlers.slack_line import SlackFailed, SlackLine
from handlers.slack_modals import Extension, Refusal
from handlers.slack_sent import Allowed, Press, Receipt, Submission, event_of, letter_of, note_of

log = logging.getLogger(__name__)

PREVIEW_SECONDS: Final = 2.0  # of the three in which Slack wants an answer
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
    "assign": Decision.ASSIGN,
    "done": Decision.DONE,
}
SORTS: Final = frozenset({Decision.SORT_OURS, Decision.SORT_NOT})
AT_ONCE: Final = frozenset({Decision.APPROVE, Decision.RETRY}) | SORTS
Find = Callable[[], Awaitable[TicketView | None]]


class Clicks:
    """The staff's presses of one workspace and channel, handed to the desk."""

    def __init__(
        self, *, desk: StaffDesk, line: SlackLine, channel: str, checks: Checks, redraw: Callable[..., Awaitable[None]]
    ) -> None:
        """Take the desk, the Web API, the desk's channel id, the checks, and how a Home is drawn again."""
        self._desk = desk
        self._line = line
        self._channel = channel
        self._checks = checks
        self._redraw = redraw
        self._fill: Mapping[Decision, Callable[[Allowed], Awaitable[Json]]] = {
            Decision.LOOK: self._page,
            Decision.REFUSE: _step(lambda ok: modals.refuse(ok.view, ok.now)),
            Decision.EXTEND: _step(_extend_window),
            Decision.ASK: _step(lambda ok: modals.ask(ok.view)),
            Decision.SETTLE: _step(lambda ok: modals.settle(ok.view)),
            Decision.HOLD: _step(lambda ok: forms.hold(ok.view)),
            Decision.LIFT: _step(lambda ok: forms.lift(ok.view)),
            Decision.ASSIGN: _step(lambda ok: forms.assign(ok.view, desk.staff())),
            Decision.DONE: _step(lambda ok: forms.done(ok.view)),
        }

    # -- presses

    async def pressed(self, press: Press) -> None:
        """Do what a press asks. A press from another workspace does nothing."""
        if press.team != self._checks.team:
            log.warning("slack_foreign_team")
        elif press.name in WINDOWS:
            await self.window(press, WINDOWS[press.name], lambda: self._ticket_of(press))
        elif press.name in AT_ONCE:
            await self._at_once(press, Decision(press.name))

    async def window(self, press: Press, decision: Decision, find: Find) -> None:
        """Open the placeholder first (a trigger lives three seconds), then read, check and fill it."""
        method = "views.push" if press.window else "views.open"
        try:
            opened = await self._line.call(method, trigger_id=press.trigger, view=modals.waiting(decision))
        except SlackFailed as failed:
            if failed.error not in GONE_TRIGGERS:
                raise
            await self._tell(press, decision, No(text=answers.TOO_SLOW))
            return
        allowed = self._checks.may(await find(), press.team, press.user, decision)
        shown = await self._shown(decision, allowed)
        view = modals.from_home(shown, press.home)
        await self._line.patient("views.update", view_id=opened["view"]["id"], view=view)

    async def _shown(self, decision: Decision, allowed: Allowed | No) -> Json:
        if isinstance(allowed, No):
            return modals.telling(decision, allowed.text, allowed.more)
        return await self._fill[decision](allowed)

    async def _page(self, ok: Allowed) -> Json:
        ticket_id = ok.view.ticket.id
        link = await self._desk.staff_link(ticket_id, ok.staffer)
        return forms.open_page(ok.view, link, ok.now, self._desk.staff(), await self.card_link(ticket_id))

    async def card_link(self, ticket_id: str) -> str:
        """The address of a ticket's card in Slack; empty where there is none, or Slack doesn't say."""
        place = await self._desk.place_of_card(ticket_id)
        if place is None:
            return ""
        try:
            found = await self._line.call("chat.getPermalink", channel=place[0], message_ts=place[1])
        except Exception as failed:  # a window without this link is still a window
            log.warning("slack_no_permalink", extra={"kind": type(failed).__name__})
            return ""
        link = str(found.get("permalink", ""))
        return link if link.startswith(("https://", "http://")) and not set(link) & set("<>|") else ""

    async def _ticket_of(self, press: Press) -> TicketView | None:
        """The ticket a press is about; on a card, the one whose card really stands at that message."""
        ticket_id = press.carried.partition("|")[0]
        if press.ts:
            view = await self._desk.view_of_card(press.channel, press.ts)
        else:
            view = await self._desk.view(ticket_id)
        return view if view is not None and view.ticket.id == ticket_id else None

    async def _at_once(self, press: Press, decision: Decision) -> None:
        allowed = self._checks.may(await self._ticket_of(press), press.team, press.user, decision)
        if isinstance(allowed, No):
            await self._tell(press, decision, allowed)
            return
        if decision is Decision.RETRY:
            text = await self._checks.retry(allowed, press.stamp)
        elif decision in SORTS:
            text = await self._checks.sort(allowed, ours=decision is Decision.SORT_OURS)
        else:
            text = await self._checks.approve(allowed, press.carried.partition("|")[2])
        if press.window and not text:
            text = answers.DONE
        await self._tell(press, decision, No(text=text))
        await self._redraw(press.team, press.user, press.home)

    async def _tell(self, press: Press, decision: Decision, said: No) -> None:
        """Tell whoever pressed, in their window or aside; a delivery that Slack repeats was answered the first time."""
        if not said.text or press.again:
            return
        if press.window:
            view = modals.from_home(modals.telling(decision, said.text, said.more), press.home)
            await self._line.patient("views.update", view_id=press.window, view=view)
        else:
            await self._line.aside(press.channel or self._channel, press.user, said.text, said.more)

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
        return {"response_action": "update", "view": modals.from_home(view, sent.home)}

    async def submitted(self, sent: Submission, noted: Receipt) -> None:
        """After the acknowledgement: check once more and let the desk apply the decision."""
        if noted.then is None:
            return
        if sent.team != self._checks.team:
            log.warning("slack_foreign_team")
            return
        allowed = await self._sendable(sent, noted)
        text = allowed.text if isinstance(allowed, No) else await self._decide(sent, noted, allowed)
        if text:
            await self._line.aside(self._channel, sent.user, text)
        await self._redraw(sent.team, sent.user, sent.home)

    async def _sendable(self, sent: Submission, noted: Receipt) -> Allowed | No:
        allowed = self._checks.may(await self._desk.view(sent.ticket), sent.team, sent.user, sent.decision)
        return allowed if isinstance(allowed, No) else self._fits(allowed, sent, noted)

    def _after_check(self, sent: Submission, noted: Receipt, allowed: Allowed | No) -> Json:
        if isinstance(allowed, No):
            return modals.telling(sent.decision, allowed.text)
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
        event = event_of(sent.decision, noted.then, ok)
        return await self._checks.apply(key, ok, event, note_of(sent.decision, noted.then))

    def _fits(self, ok: Allowed, sent: Submission, noted: Receipt) -> Allowed | No:
        """What only the database can say about a submission: the ground fits the right, the month hasn't passed."""
        ticket, given = ok.view.ticket, noted.then
        if isinstance(given, Refusal):
            seen = ticket.plan.hash if ticket.plan else ""
            fits = modals.may_refuse(ticket, given) and sent.plan == seen
            return ok if fits else No(text=answers.OLD_CARD)
        if isinstance(given, Extension) and modals.extension_until(ticket, ok.now) is None:
            return No(text=answers.ALREADY_LATE)
        if sent.decision is Decision.ASSIGN and given != forms.NOBODY:
            other = next((one for one in self._desk.staff() if one.key == given), None)
            can = may_decide(ticket, other, Decision.ASSIGN) is Verdict.YES
            return ok if can else No(text=answers.NOT_THEM)
        return ok

    async def failed(self, user: str) -> None:
        """Tell a colleague that something broke on our side after their press was acknowledged."""
        await self._line.aside(self._channel, user, answers.FAILED)


def _step(draw: Callable[[Allowed], Json]) -> Callable[[Allowed], Awaitable[Json]]:
    async def drawn(ok: Allowed) -> Json:
        return draw(ok)

    return drawn


def _extend_window(ok: Allowed) -> Json:
    if modals.extension_until(ok.view.ticket, ok.now) is None:
        return modals.telling(Decision.EXTEND, answers.ALREADY_LATE)
    return modals.extend(ok.view, ok.now)
