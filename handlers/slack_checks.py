"""What is asked of every press, submission and command before anything is done: is it one of us, and may they.

Promise: whoever acts is looked up in the server's own table each time; the ticket is read from the database now; an odd
case is approved only by somebody who opened its plan; an event goes to the desk under a business key, so a retry or a
double click counts once. Limits: it decides nothing itself: `may_decide`, the lifecycle and the gate do.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core import events as e
from bot.core.model import Staffer, Ticket
from bot.core.rights import Decision, Verdict, may_decide
from bot.core.seeing import must_open_first
from bot.ports import StaffDesk, TicketView
from handlers import slack_answers as answers
from handlers.slack_blocks import Json, Marked, actions
from handlers.slack_buttons import offers, open_plan
from handlers.slack_sent import Allowed

log = logging.getLogger(__name__)

REPEATED: Final = "repeated"  # Applied.reason for a key that was applied before


@dataclass(frozen=True, kw_only=True)
class No:
    """Why nothing happened, and what to press instead."""

    text: Marked
    more: tuple[Json, ...] = ()


class Checks:
    """The checks of one workspace."""

    def __init__(self, *, desk: StaffDesk, team: str) -> None:
        """Take the desk and the workspace's id."""
        self._desk = desk
        self.team = team

    def now(self) -> datetime:
        """The desk's clock (UTC)."""
        return self._desk.clock()

    def colleague(self, team: str, user: str) -> Staffer | None:
        """A colleague who decides here; None for anybody else and for another workspace."""
        if team != self.team:
            log.warning("slack_foreign_team")
            return None
        found = self._desk.staffer(team, user)
        return found if found and found.roles else None

    def may(self, view: TicketView | None, team: str, user: str, decision: Decision) -> Allowed | No:
        """The ticket and the colleague if they may decide so now; else why not."""
        if view is None:
            return No(text=answers.UNKNOWN_CARD)
        now, staff = self.now(), self._desk.staff()
        staffer = self._desk.staffer(team, user) if team == self.team else None
        verdict = may_decide(view.ticket, staffer, decision)
        if verdict is Verdict.YES and not offers(view.ticket, decision):
            verdict = Verdict.HELD if _is_kept_by_hold(view.ticket, decision) else Verdict.WRONG_STATE
        if verdict is not Verdict.YES or staffer is None:
            return No(text=answers.why_not(verdict, decision, view, staff, now))
        if decision is Decision.APPROVE and must_open_first(view.ticket, staffer, view.log):
            return No(text=answers.OPEN_FIRST, more=tuple(actions("first", [open_plan(view.ticket)])))
        return Allowed(view=view, staffer=staffer, now=now)

    async def apply(self, key: str, ok: Allowed, event: e.Event, note: str = "") -> Marked:
        """Let the desk apply the event; empty text when it did (or had), else what happened instead."""
        applied = await self._desk.apply(key, ok.view.ticket.id, event, note)
        if applied.done or applied.reason == REPEATED:
            return Marked("")
        view = await self._desk.view(ok.view.ticket.id)
        return answers.too_late(view or ok.view, self._desk.staff(), self.now())

    async def approve(self, ok: Allowed, plan: str) -> Marked:
        """Approve the plan with this hash; the text says how far it is now, or what happened instead."""
        ticket, by = ok.view.ticket, ok.staffer.key
        if plan != (ticket.plan.hash if ticket.plan else ""):
            return answers.OLD_CARD
        # The version is part of the key: an approval that was voided may be given again for the same plan.
        key = f"approve:{ticket.id}:{plan}:{by}:{ticket.version}"
        text = await self.apply(key, ok, e.Approved(by=by, plan_hash=plan))
        if text:
            return text
        view = await self._desk.view(ticket.id)
        return answers.approved_so_far(view, self._desk.staff()) if view else Marked("")

    async def retry(self, ok: Allowed, stamp: str) -> Marked:
        """Try a failed source again, once per press."""
        ticket, by = ok.view.ticket, ok.staffer.key
        return await self.apply(f"retry:{ticket.id}:{stamp}:{by}", ok, e.Retried(by=by))

    async def sort(self, ok: Allowed, *, ours: bool) -> Marked:
        """Say of a mail whether it is for the privacy desk; of two who press, the first one's word counts."""
        ticket, by = ok.view.ticket, ok.staffer.key
        return await self.apply(f"sort:{ticket.id}:{ours}:{by}", ok, e.Sorted(by=by, ours=ours))


def _is_kept_by_hold(ticket: Ticket, decision: Decision) -> bool:
    return ticket.is_held and ticket.is_open and decision in {Decision.APPROVE, Decision.SETTLE}
