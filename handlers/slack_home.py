"""The App Home: my queue first, late ones on top, built from the same tickets as the cards.

Promise: pure; counts are of all open tickets, rows carry the words of the cards, and what does not fit into Slack's 100
blocks is counted in an honest line instead of missing. Limits: no filters and no paging yet; a Home stands as it was
drawn until it is opened again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.core.deadlines import local_date
from bot.core.model import Staffer, Status
from bot.core.rights import ROWS, Decision, approvals_needed, approvers
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import (
    HOME_BLOCKS,
    Json,
    Marked,
    button,
    context,
    counted,
    day,
    header,
    instant,
    safe,
    section,
)
from handlers.slack_cards import can_decide_now, offers, summary, value
from handlers.slack_facts import is_late

FRAME = 8  # header, two headings, two "N more" lines, divider, two lines of context
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Open tickets of one colleague's Home: what waits for them, and all the rest; late and early dates first."""

    mine: tuple[TicketView, ...]
    rest: tuple[TicketView, ...]


def sorted_queue(views: Iterable[TicketView], staffer: Staffer, now: datetime) -> Queue:
    """Splits open tickets by whether they wait for this colleague; late first, then by the next date."""
    every = sorted((view for view in views if view.ticket.is_open or view.ticket.is_held), key=lambda v: _key(v, now))
    mine = tuple(view for view in every if can_decide_now(view, staffer))
    waiting = {view.ticket.id for view in mine}
    return Queue(mine=mine, rest=tuple(view for view in every if view.ticket.id not in waiting))


def _key(view: TicketView, now: datetime) -> tuple[bool, date, str]:
    return not is_late(view, now), next_date(view), view.ticket.ref


def next_date(view: TicketView) -> date:
    """The date a row stands at: the day to decide by while a decision is open, else the last day."""
    target = view.dates.target_by if view.ticket.status is Status.REVIEW else None
    return min(target, view.dates.queue_date) if target else view.dates.queue_date


def home(views: Iterable[TicketView], staffer: Staffer, now: datetime) -> Json:
    """One colleague's App Home at `now` (UTC), as a view for views.publish."""
    every = tuple(views)
    queue = sorted_queue(every, staffer, now)
    room = HOME_BLOCKS - FRAME
    mine = _rows(queue.mine, staffer, now, room)
    rest = _rows(queue.rest, staffer, now, max(room - len(queue.mine[:room]), 0))
    blocks = [header(_headline(every, now)), *_part("Waiting for me", queue.mine, mine, _nothing(queue, now))]
    blocks += [{"type": "divider"}, *_part("All other open requests", queue.rest, rest, "None.")]
    return {"type": "home", "blocks": [*blocks, context(_foot(now))][:HOME_BLOCKS]}


def stranger() -> Json:
    """The Home of somebody who is not on the list: no counts, no rows."""
    words_ = "This list is for the colleagues who decide about privacy requests, and you aren't one of them. "
    return {"type": "home", "blocks": [header("Privacy desk"), section(words_ + "Nothing here needs you.")]}


def _headline(views: Sequence[TicketView], now: datetime) -> str:
    open_ = [view for view in views if view.ticket.is_open]
    late = sum(is_late(view, now) for view in open_)
    end = local_date(now) + WEEK
    due = sum(local_date(now) <= view.dates.queue_date < end for view in open_)
    return f"Privacy desk · {len(open_)} open · {late} late · {due} due in 7 days"


def _part(name: str, every: Sequence[TicketView], rows: list[Json], empty: str) -> list[Json]:
    heading = section(Marked(f"*{name}* ({len(every)})"))
    if not every:
        return [heading, context(empty)]
    hidden = len(every) - len(rows)
    return [heading, *rows, *([context(f"{counted(hidden, 'more request')} not shown here.")] if hidden else [])]


def _nothing(queue: Queue, now: datetime) -> str:
    dates = [next_date(view) for view in queue.rest]
    return "Nothing waits for you." + (f" Next date: {day(min(dates), now)}." if dates else "")


def _rows(views: Sequence[TicketView], staffer: Staffer, now: datetime, most: int) -> list[Json]:
    return [_row(view, staffer, now) for view in views[:most]]


def _row(view: TicketView, staffer: Staffer, now: datetime) -> Json:
    ticket = view.ticket
    name = f"*{words.RIGHTS[ticket.right]} {safe(ticket.ref)}*"
    text = Marked(f"*{_when(view, now)}*  {name}  {_place(view, staffer)}\n{summary(view, now).partition(': ')[2]}")
    return section(text, accessory=button("Open…", "look", value(ticket)))


def _when(view: TicketView, now: datetime) -> str:
    if is_late(view, now):
        return "LATE"
    when = next_date(view)
    if view.ticket.status is Status.REVIEW and when <= local_date(now):
        return "Decide today"
    return day(when, now)


def _place(view: TicketView, staffer: Staffer) -> str:
    ticket = view.ticket
    needed = approvals_needed(ticket)
    if not offers(ticket, Decision.APPROVE) or needed < 2:
        return "by hand" if ROWS[ticket.right].verb is None and ticket.status is Status.REVIEW else ""
    if staffer.key in approvers(ticket):
        return "you approved"
    return "you're the last one needed" if len(approvers(ticket)) == needed - 1 else ""


def _foot(now: datetime) -> str:
    return f"As of {instant(now, now)}. Decisions are made on each request's card in the channel."
