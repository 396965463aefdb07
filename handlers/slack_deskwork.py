"""What a colleague does on the Home and in the windows about no request yet: lists, pages, find, file by hand.

Promise: a Home is drawn from the database each time and remembers its list and page itself; a window opens before
anything is read; a request by phone or post is filed once per window, whatever Slack repeats. Limits: the submissions
read or write before their acknowledgement, within two of Slack's three seconds, so that the window can show what came.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from bot.core.intake import Intake
from bot.core.model import Staffer
from bot.core.rights import Decision, Verdict, may_decide
from bot.ports import StaffDesk
from handlers import slack_answers as answers
from handlers import slack_forms as forms
from handlers.slack_blocks import Json, section
from handlers.slack_checks import Checks
from handlers.slack_home import WEEK, Desk, Place, home, place_of, signs_of_life, stranger
from handlers.slack_line import SlackFailed, SlackLine
from handlers.slack_modals import window
from handlers.slack_sent import Form, Press

log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 2.0  # of the three in which Slack wants an answer
WATCHED: Final[Mapping[str, str]] = {"mail": "mail", "slack": "Slack event"}
"""The channels whose last sign of life stands at the foot of the Home, and what they are called there."""


class Deskwork:
    """Home and windows of one workspace."""

    def __init__(self, *, desk: StaffDesk, line: SlackLine, checks: Checks) -> None:
        """Take the desk, the Web API and the checks."""
        self._desk = desk
        self._line = line
        self._checks = checks

    # -- the Home

    async def show(self, team: str, user: str, place: Place) -> None:
        """Publish a colleague's App Home; somebody who isn't on the list sees no counts."""
        me = self._checks.colleague(team, user)
        view = stranger() if me is None else await self._home(me, place)
        await self._line.patient("views.publish", user_id=user, view=view)

    async def _home(self, me: Staffer, place: Place) -> Json:
        now, pulse = self._checks.now(), self._desk.pulse
        heard = {said: pulse.last(name) for name, said in WATCHED.items() if pulse.last(name)}
        desk = Desk(
            owed=await self._desk.queue(),
            closed=await self._desk.closed(now - WEEK),
            staff=self._desk.staff(),
            away=await self._desk.away(),
            alive=tuple(signs_of_life(heard, now)),
        )
        return home(desk, me, now, place)

    async def redraw(self, team: str, user: str, kept: str) -> None:
        """Draw the Home again from which something was done; nothing where it was done elsewhere."""
        if kept:
            await self.show(team, user, place_of(kept))

    async def pressed(self, press: Press) -> bool:
        """Do what a press on the Home's own buttons asks; False when it is none of them."""
        if press.name.startswith(("tab_", "page_")):
            await self.show(press.team, press.user, place_of(press.carried))
        elif press.name in {forms.FIND, forms.NEW}:
            await self.open_form(press.team, press.user, press.trigger, press.name)
        else:
            return False
        return True

    # -- windows

    async def open_form(self, team: str, user: str, trigger: str, name: str, text: str = "") -> None:
        """Open the window that finds or files; nothing is read for it."""
        if self._checks.colleague(team, user) is None:
            view = window("Privacy desk", [section(answers.STRANGER)])
        else:
            view = forms.find(text) if name == forms.FIND else forms.new(self._checks.now())
        try:
            await self._line.call("views.open", trigger_id=trigger, view=view)
        except SlackFailed as failed:
            log.warning("slack_window_failed", extra={"error": failed.error})
            await self._line.aside(user, user, answers.TOO_SLOW)

    async def submitted(self, sent: Form) -> Json:
        """The acknowledgement of a submitted form: errors beside fields, or the window with what came of it."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._answer(sent)
        except Exception as error:
            log.error("slack_form_failed", extra={"kind": type(error).__name__})
            field = "ref" if sent.name == forms.FIND else "right"
            return {"response_action": "errors", "errors": {field: answers.TRY_AGAIN}}

    async def _answer(self, sent: Form) -> Json:
        me = self._checks.colleague(sent.team, sent.user)
        if me is None:
            return _shows(window("Privacy desk", [section(answers.STRANGER)]))
        return await (self._found(sent, me) if sent.name == forms.FIND else self._filed(sent, me))

    async def _found(self, sent: Form, me: Staffer) -> Json:
        view = await self._desk.find(str(sent.entered.get("ref", "")))
        if view is None or may_decide(view.ticket, me, Decision.LOOK) is not Verdict.YES:
            return {"response_action": "errors", "errors": forms.NOT_FOUND}
        return _shows(forms.found(view, self._checks.now(), self._desk.staff()))

    async def _filed(self, sent: Form, me: Staffer) -> Json:
        now = self._checks.now()
        intake = forms.read_new(sent.entered, now, by=me.key, key=sent.view_id)
        if not isinstance(intake, Intake):
            return {"response_action": "errors", "errors": intake}
        view = await self._desk.file_by_hand(intake)
        link = await self._desk.staff_link(view.ticket.id, me)
        return _shows(forms.filed(view, link, now))


def kept_place(body: Json) -> Place:
    """The list and page of the Home an opened-event speaks of; the first list where it was never drawn."""
    view = (body.get("event") or {}).get("view") or {}
    return place_of(str(view.get("private_metadata", "")))


def _shows(view: Json) -> Json:
    return {"response_action": "update", "view": view}
