"""The day's digest: one message per working day instead of many pings.

Promise: pure; late and due requests by number and date, who has what, what is left to do by hand, unsure mails, who is
away; within Slack's limits however long the lists are. Colleagues stand by name and nobody is pinged. Limits: when it
is posted, and that nothing is posted when there is nothing, is decided elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.core.deadlines import local_date
from bot.core.model import Staffer, Task
from bot.core.sorting import is_unsorted
from bot.ports import Digest, TicketView
from handlers import slack_words as words
from handlers.slack_blocks import Json, Marked, context, counted, header, safe, section
from handlers.slack_cards import Card, absences
from handlers.slack_facts import by_when, is_late
from handlers.slack_home import next_date

SHOWN: Final = 12  # lines per list; the Home has them all
SOON: Final = timedelta(days=2)


def digest(given: Digest, staff: Iterable[Staffer], now: datetime) -> Card:
    """The message of the morning."""
    every = tuple(staff)
    open_ = [view for view in given.views if view.ticket.is_open]
    late = [view for view in open_ if is_late(view, now)]
    due = [view for view in open_ if view not in late and next_date(view) <= local_date(now) + SOON]
    head = f"{len(open_)} open · {len(late)} late · {len(due)} due by {_soon(now)}"
    blocks = [header(f"Good morning: {head}"), *_list("Late", late, now), *_list("Due", due, now)]
    blocks += [*_who_has_what(open_, every), *_by_hand(given.views), *_mails(given.views)]
    gone = absences(every, given.away, now)
    blocks += [context(Marked(" · ".join(gone)))] if gone else []
    return Card(text=f"Privacy desk: {head}.", blocks=blocks)


def _soon(now: datetime) -> str:
    return f"{local_date(now) + SOON:%a}"


def _list(name: str, views: Sequence[TicketView], now: datetime) -> list[Json]:
    if not views:
        return []
    lines = [f"• {_name(view)}: {by_when(view, now)}" for view in views[:SHOWN]]
    more = [f"and {len(views) - SHOWN} more, in your Home"] if len(views) > SHOWN else []
    return [section(Marked("\n".join([f"*{name}*", *lines, *more])))]


def _name(view: TicketView) -> str:
    return f"{words.named(view.ticket)} {safe(view.ticket.ref)}"


def _who_has_what(views: Sequence[TicketView], staff: tuple[Staffer, ...]) -> list[Json]:
    names = {one.key: one.name for one in staff}
    held = Counter(view.ticket.assignee for view in views if view.ticket.assignee)
    free = sum(view.ticket.assignee is None for view in views)
    said = [f"{safe('@' + names[key])} {number}" for key, number in held.most_common() if key in names]
    text = " · ".join([*said, *([f"nobody in particular {free}"] if free and said else [])])
    return [section(Marked(f"*Who has what*\n{text}"))] if said else []


def _by_hand(views: Sequence[TicketView]) -> list[Json]:
    owed = [view for view in views if view.ticket.tasks]
    if not owed:
        return []
    lines = [f"• {_name(view)}: {_tasks(view)}" for view in owed[:SHOWN]]
    return [section(Marked("\n".join(["*To do by hand*", *lines])))]


def _tasks(view: TicketView) -> str:
    return "; ".join(words.TASKS[task] for task in Task if task in view.ticket.tasks)


def _mails(views: Sequence[TicketView]) -> list[Json]:
    number = sum(is_unsorted(view.ticket) for view in views)
    if not number:
        return []
    said = "may be a request and waits" if number == 1 else "may be requests and wait"
    return [section(f"{counted(number, 'mail')} {said} for somebody to look.")]
