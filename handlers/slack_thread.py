"""One line per log entry for a card's thread, and the words that tell staff what is due.

Promise: a line is made of a fixed sentence and of facts that are codes, counts, dates and hashes; a fact of any other
kind doesn't appear. Colleagues are mentioned, so that whoever decided follows the outcome. Limits: pure; whom a nudge
reaches is a table of staff here, that it arrives is slack.py's.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from bot.core.clock import BREACH_LEFT
from bot.core.colleagues import Away, present
from bot.core.events import Entry
from bot.core.lifecycle import actor_of
from bot.core.model import Door, Level, Role, Staffer, Task, Ticket
from bot.core.rights import approvers
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import Marked, counted, day, instant, mention, moment, safe, whole

LINE = 600
_REF = re.compile(r"SEL-\d{4}-\d{5,}")
_CODE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,60}")


def who(by: str, staff: Iterable[Staffer]) -> Marked:
    """A colleague by log name (team:user) as a mention; the person, the clock and sources by what they are."""
    if by in {"person", "clock"}:
        return Marked("the person" if by == "person" else "the desk")
    if by.startswith("source"):
        return Marked("a system")
    team, _, user = by.partition(":")
    known = any(one.key == by for one in staff)
    return mention(user) if known or (team and user) else Marked("a colleague")


def line(ticket: Ticket, entry: Entry, staff: Iterable[Staffer], now: datetime) -> Marked:
    """What happened as one line: the local time, the sentence, the facts. `now` only shortens today's dates."""
    form = words.LINES.get("source_refused" if entry.facts.get("again") == "no" else entry.what)
    said = _said(form, _facts(ticket, entry, staff, now)) if form else _unknown(entry, staff)
    return Marked(whole(f"{moment(entry.at, now)} {said}", LINE))


def _unknown(entry: Entry, staff: Iterable[Staffer]) -> str:
    """An event without a sentence is shown by its name, so that the thread never has a gap."""
    done = entry.what.removeprefix("gate_").replace("_", " ").capitalize()
    by = f" by {who(entry.by, staff)}" if actor_of(entry.by) == "staff" else ""
    return f"{safe(done)}{by}."


def _said(form: str, facts: Mapping[str, str]) -> str:
    return form.format_map(facts)


def _facts(ticket: Ticket, entry: Entry, staff: Iterable[Staffer], now: datetime) -> Mapping[str, str]:
    given = entry.facts
    return {
        "who": who(entry.by, staff),
        "door": _door(given.get("door", "")),
        "level": _level(given.get("level", "")),
        "rows": counted(_number(given.get("rows")), "row"),
        "groups": counted(_number(given.get("groups")), "group"),
        "plan": f"`{_code(given.get('plan', ''))}`",
        "count": f" ({given['count']})" if re.fullmatch(r"\d{1,2}/\d{1,2}", given.get("count", "")) else "",
        "source": safe(_code(given.get("source", "a system"))),
        "errand": _errand(given.get("errand", "")),
        "reason": words.FAILURES.get(given.get("reason", ""), "could not do it"),
        "ground": safe(ground(given.get("ground", ""))),
        "until": _day(given.get("until", ""), now),
        "times": counted(_number(given.get("times")), "time"),
        "what": safe(".".join(_code(given[name]) for name in ("group", "column") if name in given) or "the file"),
        "breach": _breach(ticket, now),
        "to": _to(given.get("to", ""), staff),
        "task": _task(given.get("task", "")),
        "lifted": _lifted(given.get("lifted", "")),
        "ours": "it's for the privacy desk" if given.get("ours") == "true" else "it's not for us",
        "about": _about(given.get("about", "")),
    }


def ground(code: str) -> str:
    """A ground of refusal as staff read it: its article and its words."""
    article, meaning = words.GROUNDS.get(code, ("", _code(code).replace("_", " ")))
    return f"{article}, {meaning}".removeprefix(", ")


def _about(ref: str) -> str:
    return safe(ref) if _REF.fullmatch(ref) else "a request"


def _code(value: str) -> str:
    """Facts hold codes; whatever isn't one is left out of Slack."""
    return value if _CODE.fullmatch(value) or value == "the file" or value == "a system" else "…"


def _errand(code: str) -> str:
    return words.ERRANDS.get(code, safe(_code(code or "something").replace("_", " ")))


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 0


def _door(code: str) -> str:
    return f" by {words.DOORS[Door(code)]}" if code in {door.value for door in Door} else ""


def _level(code: str) -> str:
    known = {level.value: level for level in Level}
    return words.WHO[known[code]].lower() if code in known else "checked"


def _to(key: str, staff: Iterable[Staffer]) -> Marked:
    """A colleague of the table as a mention, because it is them it is handed to."""
    found = next((one for one in staff if one.key == key), None)
    return mention(found.user) if found else Marked("a colleague" if key else "everybody")


def _task(code: str) -> str:
    return words.TASKS[Task(code)] if code in {task.value for task in Task} else "a task"


def _lifted(codes: str) -> str:
    known = {flag.value: said for flag, said in words.HOLDS.items()}
    return ", ".join(known[one] for one in codes.split(",") if one in known) or "the hold"


def _day(value: str, now: datetime) -> str:
    try:
        return day(date.fromisoformat(value), now)
    except ValueError:
        return "a later day"


def _breach(ticket: Ticket, now: datetime) -> str:
    return f"; the 72 hours end {instant(ticket.breach_due, now)}" if ticket.breach_due else ""


# ---- nudges


def nudge(view: TicketView, rung: str, called: Iterable[Staffer], now: datetime) -> Marked:
    """A line that tells staff what is due: whom it is for, which request, what, and by when."""
    ticket = view.ticket
    said = words.RUNGS.get(rung.partition(":")[0], safe(rung.partition(":")[0].replace("_", " ").capitalize() + "."))
    name = f"*{words.named(ticket)} {safe(ticket.ref)}*"
    names = " ".join(mention(one.user) for one in called)
    latest = f"Latest {day(view.dates.queue_date, now)}." if ticket.is_open else ""
    if rung in BREACH_LEFT and ticket.breach_due:
        latest = f"They end {instant(ticket.breach_due, now)}."
    return Marked(whole(" ".join(part for part in (names, f"{name}: {said}", latest) if part), LINE * 3))


def readers(
    ticket: Ticket, group: str, staff: Iterable[Staffer], away: Away | None = None, today: date = date.min
) -> tuple[Staffer, ...]:
    """Whom a nudge calls by name: for `red` all who decide, for `deputies` those of the approvers who have not decided.

    Without deputies on the list the approvers themselves are called. Other groups call whoever has the ticket; without
    such a colleague nobody: the line itself stands in the channel. Who is away is replaced by who stands in; the
    requester is never called.
    """
    every = tuple(staff)
    mine = [one for one in every if one.roles and not one.subjects & ticket.subjects]
    called = _called(ticket, group, mine)
    return present(called, mine, away or {}, today) if called else ()


def _called(ticket: Ticket, group: str, mine: list[Staffer]) -> tuple[Staffer, ...]:
    if group == "red":
        return tuple(mine)
    if group != "deputies":
        return tuple(one for one in mine if one.key == ticket.assignee)
    waiting = [one for one in mine if Role.APPROVER in one.roles and one.key not in approvers(ticket)]
    names = {one.deputy for one in waiting if one.deputy}
    deputies = tuple(one for one in mine if names & {one.user, one.key, one.name})
    return deputies or tuple(waiting)
