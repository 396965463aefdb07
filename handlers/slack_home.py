"""The App Home: four lists a colleague can page through, late ones on top, built from the same tickets as the cards.

Promise: pure; the list and the page stand in the view's own metadata and in its buttons, never in memory, so any
replica draws the next page; counts are of everything, and a page never has more than Slack's 100 blocks. Limits: a Home
stands as it was drawn until it is opened, paged or acted from again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.core.colleagues import Away, is_away, stands_in
from bot.core.deadlines import local_date
from bot.core.model import Staffer, Status, Task
from bot.core.rights import ROWS, Decision, Verdict, approvals_needed, approvers, may_decide
from bot.core.sorting import is_unsorted
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import Json, Marked, button, context, counted, day, header, instant, safe, section
from handlers.slack_buttons import by_hand, can_decide_now, offers, value
from handlers.slack_cards import absences, summary
from handlers.slack_facts import is_late

ROWS_PER_PAGE: Final = 25
WEEK: Final = timedelta(days=7)


class Tab(StrEnum):
    """The lists of the Home."""

    MINE = "mine"
    OPEN = "open"
    PERSON = "person"
    CLOSED = "closed"


NAMES: Final[Mapping[Tab, str]] = {
    Tab.MINE: "Waiting for me",
    Tab.OPEN: "All open",
    Tab.PERSON: "Waiting for the person",
    Tab.CLOSED: "Closed this week",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which list, and which page of it (from 1)."""

    tab: Tab = Tab.MINE
    page: int = 1


def place_of(text: str) -> Place:
    """The place that a button or a view's metadata names ("open|2"); other text is the first page of the first list."""
    tab, _, page = text.partition("|")
    if tab not in set(Tab):
        return Place()
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    return Place(tab=Tab(tab), page=max(number, 1))


def named(place: Place) -> str:
    """The text that `place_of` reads."""
    return f"{place.tab}|{place.page}"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a Home is drawn from: what is owed, what was closed this week, the staff, who is away, signs of life."""

    owed: tuple[TicketView, ...]
    closed: tuple[TicketView, ...]
    staff: tuple[Staffer, ...]
    away: Away
    alive: Sequence[str] = ()


# ---- which list


def waits_for(view: TicketView, me: Staffer, staff: Iterable[Staffer], now: datetime) -> bool:
    """Whether this request waits for this colleague, or for somebody they stand in for today."""
    every, today = tuple(staff), local_date(now)
    mine = [one for one in every if one.key == me.key or _instead(one, me, every, view, today)]
    return any(_waits_for(view, one, me, every) for one in mine)


def _instead(one: Staffer, me: Staffer, staff: tuple[Staffer, ...], view: TicketView, today: date) -> bool:
    return is_away(one, view.away, today) and stands_in(one, staff, view.away, today) == me


def _waits_for(view: TicketView, one: Staffer, me: Staffer, staff: tuple[Staffer, ...]) -> bool:
    """Something is to be done, `me` may do it, and it is in nobody else's hands."""
    ticket = view.ticket
    if may_decide(ticket, me, Decision.LOOK) is not Verdict.YES:
        return False
    if not (can_decide_now(view, me) or ticket.tasks):
        return False
    return ticket.assignee in {None, one.key} or _has_done_their_part(view, staff)


def _has_done_their_part(view: TicketView, staff: tuple[Staffer, ...]) -> bool:
    """Whoever has the ticket approved already, and it needs another colleague; or they aren't on the list any more."""
    held = next((one for one in staff if one.key == view.ticket.assignee), None)
    return held is None or (held.key in approvers(view.ticket) and offers(view.ticket, Decision.APPROVE))


def waits_for_person(view: TicketView) -> bool:
    """Whether the next step is the person's: a proof, a yes, or an answer to a question."""
    ticket = view.ticket
    if not ticket.is_open or Task.CONTACT in ticket.tasks:
        return False
    waits_for_yes = ticket.status is Status.REVIEW and ROWS[ticket.right].confirms and ticket.confirmed_at is None
    return ticket.status is Status.VERIFYING or waits_for_yes or ticket.asked_at is not None


def lists(desk: Desk, me: Staffer, now: datetime) -> dict[Tab, tuple[TicketView, ...]]:
    """The four lists; late first, then by the next date; what was closed, the newest first."""
    every = sorted(desk.owed, key=lambda view: (not is_late(view, now), next_date(view), view.ticket.ref))
    return {
        Tab.MINE: tuple(view for view in every if waits_for(view, me, desk.staff, now)),
        Tab.OPEN: tuple(every),
        Tab.PERSON: tuple(view for view in every if waits_for_person(view)),
        Tab.CLOSED: desk.closed,
    }


def next_date(view: TicketView) -> date:
    """The date a row stands at: the day to decide by while a decision is open, else the last day."""
    target = view.dates.target_by if view.ticket.status is Status.REVIEW else None
    return min(target, view.dates.queue_date) if target else view.dates.queue_date


# ---- drawing


def home(desk: Desk, me: Staffer, now: datetime, place: Place) -> Json:
    """One colleague's App Home at `now` (UTC), as a view for views.publish."""
    found = lists(desk, me, now)
    shown, pages = _page(found[place.tab], place)
    here = replace(place, page=min(place.page, pages))
    rows = [_row(view, me, now) for view in shown] or [context(_nothing(place.tab, found, now))]
    blocks = [header(_headline(desk.owed, now)), _tabs(found, here), _doors(), {"type": "divider"}, *rows]
    blocks += [*_pager(here, pages), context(*_foot(desk, now, here, pages))]
    return {"type": "home", "private_metadata": named(here), "blocks": blocks}


def stranger() -> Json:
    """The Home of somebody who is not on the list: no counts, no rows."""
    words_ = "This list is for the colleagues who decide about privacy requests, and you aren't one of them. "
    return {"type": "home", "blocks": [header("Privacy desk"), section(words_ + "Nothing here needs you.")]}


def _page(every: Sequence[TicketView], place: Place) -> tuple[Sequence[TicketView], int]:
    pages = max(-(-len(every) // ROWS_PER_PAGE), 1)
    first = (min(place.page, pages) - 1) * ROWS_PER_PAGE
    return every[first : first + ROWS_PER_PAGE], pages


def _headline(views: Sequence[TicketView], now: datetime) -> str:
    open_ = [view for view in views if view.ticket.is_open]
    late = sum(is_late(view, now) for view in open_)
    end = local_date(now) + WEEK
    due = sum(local_date(now) <= view.dates.queue_date < end for view in open_)
    return f"Privacy desk · {len(open_)} open · {late} late · {due} due in 7 days"


def _tabs(found: Mapping[Tab, Sequence[TicketView]], here: Place) -> Json:
    return {
        "type": "actions",
        "block_id": "tabs",
        "elements": [
            button(
                f"{name} {len(found[tab])}",
                f"tab_{tab}",
                named(Place(tab=tab)),
                **({"style": "primary"} if tab is here.tab else {}),
            )
            for tab, name in NAMES.items()
        ],
    }


def _doors() -> Json:
    make = [button("Find…", "find", "find"), button("New request by phone or post…", "new", "new")]
    return {"type": "actions", "block_id": "doors", "elements": make}


def _pager(here: Place, pages: int) -> list[Json]:
    turns = [("← Earlier", "page_back", here.page - 1), ("More →", "page_on", here.page + 1)]
    found = [button(label, name, named(replace(here, page=page))) for label, name, page in turns if 1 <= page <= pages]
    return [{"type": "actions", "block_id": "pages", "elements": found}] if found else []


def _nothing(tab: Tab, found: Mapping[Tab, Sequence[TicketView]], now: datetime) -> str:
    if tab is not Tab.MINE:
        return "None."
    dates = [next_date(view) for view in found[Tab.OPEN] if view.ticket.is_open]
    return "Nothing waits for you." + (f" Next date: {day(min(dates), now)}." if dates else "")


def _row(view: TicketView, me: Staffer, now: datetime) -> Json:
    ticket = view.ticket
    name = f"*{words.named(ticket)} {safe(ticket.ref)}*"
    place = " · ".join(_place(view, me))
    rest = summary(view, now).partition(": ")[2]
    text = Marked(f"*{_when(view, now)}*  {name}  {place}\n{rest}")
    closed_task = bool(by_hand(ticket)) and not ticket.is_open
    press = ("Done…", "done") if closed_task else ("Open…", "look")
    return section(text, accessory=button(*press, value(ticket)))


def _when(view: TicketView, now: datetime) -> str:
    ticket = view.ticket
    if not ticket.is_open and ticket.closed_at and not ticket.is_owed:
        return day(local_date(ticket.closed_at), now)
    if not ticket.is_open:
        return "To do by hand" if ticket.tasks else "Look"
    if is_late(view, now):
        return "LATE"
    when = next_date(view)
    if ticket.status is Status.REVIEW and when <= local_date(now):
        return "Decide today"
    return day(when, now)


def _place(view: TicketView, me: Staffer) -> list[str]:
    ticket = view.ticket
    said = [words.TASKS[task] for task in Task if task in ticket.tasks]
    if ticket.assignee == me.key:
        said.append("yours")
    needed = approvals_needed(ticket)
    if offers(ticket, Decision.APPROVE) and needed > 1:
        said.append(f"{len(approvers(ticket))} of {needed}")
        if me.key in approvers(ticket):
            said.append("you approved")
        elif len(approvers(ticket)) == needed - 1:
            said.append("you're the last one needed")
    if ROWS[ticket.right].verb is None and ticket.status is Status.REVIEW and not is_unsorted(ticket):
        said.append("by hand")
    return said


def _foot(desk: Desk, now: datetime, here: Place, pages: int) -> list[str]:
    lines = [*absences(desk.staff, desk.away, now)]
    state = " · ".join([f"As of {instant(now, now)}", *desk.alive, f"page {here.page} of {pages}"])
    return [*lines[:8], state]


def signs_of_life(heard: Mapping[str, datetime | None], now: datetime) -> list[str]:
    """ "last mail 4 min ago" for each channel heard from; a channel never heard from says so."""
    return [f"last {name} {_ago(at, now)}" if at else f"no {name} yet" for name, at in heard.items()]


def _ago(at: datetime, now: datetime) -> str:
    minutes = max(int((now - at).total_seconds() // 60), 0)
    if minutes < 1:
        return "just now"
    return f"{minutes} min ago" if minutes < 60 else f"{counted(minutes // 60, 'hour')} ago"
