"""`/privacy`: help, a request by its number, every button in words, the queue, who is away, a new request.

Promise: the answer is seen by whoever typed it alone; a window opens before anything is read; an approval is never made
by typing, only by the button that carries the plan's hash and asks once more; all of it passes the same checks as a
press. Limits: requests are found by number and never by a person's name or address.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Final

from bot.core.deadlines import local_date
from bot.core.model import Staffer
from bot.core.rights import Decision
from bot.ports import StaffDesk
from handlers import slack_answers as answers
from handlers import slack_forms as forms
from handlers import slack_words as words
from handlers.slack_blocks import Json, Marked, actions, context, counted, day, safe, section
from handlers.slack_buttons import approve, consequence, value
from handlers.slack_cards import absences, card, summary
from handlers.slack_checks import Checks, No
from handlers.slack_clicks import Clicks
from handlers.slack_deskwork import Deskwork
from handlers.slack_home import Desk, Tab, lists
from handlers.slack_line import SlackLine
from handlers.slack_mails import ANSWERS
from handlers.slack_sent import Allowed, Command, Press

SHOWN: Final = 15  # lines of a queue; the Home has all
LONGEST_AWAY: Final = timedelta(days=366)
WINDOWS: Final[Mapping[str, Decision]] = {
    "open": Decision.LOOK,
    "refuse": Decision.REFUSE,
    "extend": Decision.EXTEND,
    "ask": Decision.ASK,
    "answer": Decision.SETTLE,
    "hold": Decision.HOLD,
    "lift": Decision.LIFT,
    "assign": Decision.ASSIGN,
    "done": Decision.DONE,
}
SORTS: Final[Mapping[str, Decision]] = {"ours": Decision.SORT_OURS, "not-ours": Decision.SORT_NOT}
HELP: Final = Marked(
    "*/privacy SEL-2026-00417* or */privacy 417*: the request, with its buttons\n"
    "*/privacy queue*: what waits for you\n"
    "*/privacy new*: a request that came by phone or post\n"
    "*/privacy away until 2026-12-01*, *away off*, *away*: who is away; deputies stand in\n"
    "*/privacy approve 417*: asks once more, with what would happen\n"
    "*/privacy refuse* | *extend* | *ask* | *answer* | *hold* | *lift* | *assign* | *done* | *open* | *retry 417*: "
    "the same as the buttons\n"
    "*/privacy ours 417* | *not-ours 417*: of a mail nobody could place, whether it is for the privacy desk\n"
    "Never type a person's name or address here: Slack keeps it."
)


class Commands:
    """The slash command of one workspace."""

    def __init__(self, *, desk: StaffDesk, line: SlackLine, checks: Checks, clicks: Clicks, deskwork: Deskwork) -> None:
        """Take the desk, the Web API, the checks, and who opens windows."""
        self._desk = desk
        self._line = line
        self._checks = checks
        self._clicks = clicks
        self._deskwork = deskwork
        self._verbs: Mapping[str, Callable[[Command, Staffer, str], Awaitable[None]]] = {
            "find": self._find,
            "approve": self._approve,
            "retry": self._retry,
            "ours": lambda command, me, rest: self._sort(command, SORTS["ours"], rest),
            "not-ours": lambda command, me, rest: self._sort(command, SORTS["not-ours"], rest),
            "queue": self._queue,
            "away": self._away,
        }

    async def typed(self, command: Command) -> None:
        """Do what was typed."""
        verb, _, rest = command.text.strip().partition(" ")
        verb, rest = verb.lower(), rest.strip()
        if verb in WINDOWS:
            await self._clicks.window(_press(command), WINDOWS[verb], lambda: self._desk.find(rest))
        elif verb == "new":
            await self._deskwork.open_form(command.team, command.user, command.trigger, forms.NEW)
        else:
            await self._answered(command, verb, rest)

    async def _answered(self, command: Command, verb: str, rest: str) -> None:
        me = self._checks.colleague(command.team, command.user)
        if me is None:
            await self._say(command, answers.STRANGER)
        elif verb in self._verbs:
            await self._verbs[verb](command, me, rest)
        elif any(letter.isdigit() for letter in command.text):
            await self._find(command, me, command.text.strip())
        else:
            await self._say(command, HELP)

    # -- one request

    async def _find(self, command: Command, me: Staffer, ref: str) -> None:
        allowed = await self._allowed(command, Decision.LOOK, ref)
        if isinstance(allowed, No):
            await self._say(command, allowed.text)
            return
        drawn = card(allowed.view, self._desk.staff(), allowed.now)
        link = await self._clicks.card_link(allowed.view.ticket.id)
        where = [context(Marked(f"<{link}|Its card in the channel>"))] if link else []
        await self._show(command, {"text": drawn.text, "blocks": [*drawn.blocks, *where]})

    async def _approve(self, command: Command, me: Staffer, ref: str) -> None:
        """Nothing is approved by typing: the button asks once more and carries the plan it speaks of."""
        allowed = await self._allowed(command, Decision.APPROVE, ref)
        if isinstance(allowed, No):
            await self._line.aside(command.channel, command.user, allowed.text, allowed.more)
            return
        ticket, now = allowed.view.ticket, allowed.now
        text = Marked(f"*{words.named(ticket)} {safe(ticket.ref)}*: {safe(consequence(ticket, now))}")
        await self._line.aside(command.channel, command.user, text, actions("decide", [approve(ticket, now)]))

    async def _retry(self, command: Command, me: Staffer, ref: str) -> None:
        allowed = await self._allowed(command, Decision.RETRY, ref)
        if isinstance(allowed, No):
            await self._say(command, allowed.text)
            return
        await self._say(command, await self._checks.retry(allowed, command.trigger) or answers.TRIED)

    async def _sort(self, command: Command, decision: Decision, ref: str) -> None:
        """As with an approval the button asks once more, because either answer destroys the copy."""
        allowed = await self._allowed(command, decision, ref)
        if isinstance(allowed, No):
            await self._say(command, allowed.text)
            return
        ticket = allowed.view.ticket
        press = ANSWERS[decision](ticket, value(ticket))
        text = Marked(f"*{words.named(ticket)} {safe(ticket.ref)}*")
        await self._line.aside(command.channel, command.user, text, actions("decide", [press]))

    async def _allowed(self, command: Command, decision: Decision, ref: str) -> Allowed | No:
        view = await self._desk.find(ref)
        if view is None:
            return No(text=answers.NO_SUCH_REF)
        return self._checks.may(view, command.team, command.user, decision)

    # -- the list, who is away

    async def _queue(self, command: Command, me: Staffer, rest: str) -> None:
        now = self._checks.now()
        desk = Desk(owed=await self._desk.queue(), closed=(), staff=self._desk.staff(), away=await self._desk.away())
        mine = lists(desk, me, now)[Tab.MINE]
        if not mine:
            await self._say(command, Marked("Nothing waits for you."))
            return
        lines = [f"• {summary(view, now)}" for view in mine[:SHOWN]]
        more = [f"and {counted(len(mine) - SHOWN, 'more request')}, in the Home"] if len(mine) > SHOWN else []
        await self._say(command, Marked("\n".join(["*Waiting for you*", *lines, *more])))

    async def _away(self, command: Command, me: Staffer, rest: str) -> None:
        now = self._checks.now()
        asked = rest.lower().removeprefix("until").strip()
        if not asked:
            gone = absences(self._desk.staff(), await self._desk.away(), now)
            await self._say(command, Marked("\n".join(gone) or "Nobody is away."))
        elif asked == "off":
            await self._desk.set_away(me, None)
            await self._say(command, Marked("Welcome back. Your cards come to you again."))
        else:
            await self._gone(command, me, _day(asked), local_date(now))

    async def _gone(self, command: Command, me: Staffer, until: date | None, today: date) -> None:
        if until is None or not today <= until <= today + LONGEST_AWAY:
            await self._say(command, answers.NO_SUCH_DAY)
            return
        await self._desk.set_away(me, until)
        gone = absences(self._desk.staff(), await self._desk.away(), self._checks.now())
        mine = next((line for line in gone if line.startswith(safe("@" + me.name))), "")
        last = day(until, self._checks.now())
        await self._say(command, Marked(f"{mine}. {last} is the last day; */privacy away off* ends it earlier."))

    # -- answering

    async def _say(self, command: Command, text: Marked) -> None:
        await self._show(command, {"text": text, "blocks": [section(text)]})

    async def _show(self, command: Command, said: Json) -> None:
        await self._line.show(command.channel, command.user, said)


def _press(command: Command) -> Press:
    """What was typed as a press, for the windows."""
    return Press(
        team=command.team,
        user=command.user,
        name="",
        carried="",
        trigger=command.trigger,
        stamp=command.trigger,
        channel=command.channel,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
