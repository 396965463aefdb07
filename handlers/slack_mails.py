"""The card of a mail nobody could place: what it is, how old, until when its copy is kept, and the two answers.

Promise: pure; whose mail it is, its subject and its words never stand here: a colleague reads them on the staff page.
What it answers is shown by reference alone. Limits: who may answer is asked again when they press.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from bot.core.deadlines import local_date
from bot.core.events import Entry
from bot.core.model import Status, Ticket
from bot.core.rights import Decision
from bot.core.sorting import answered_by, is_copy_gone, last_day
from bot.ports import TicketView
from handlers.slack_blocks import Json, Marked, asks, button, counted, day, fields, safe, section
from handlers.slack_facts import by_when

WHAT: Final = "A mail nobody could place. Read it on the staff page."
REF: Final = re.compile(r"SEL-\d{4}-\d{5,}")


def of_mail(view: TicketView, now: datetime) -> list[Json]:
    """What the card says above its buttons."""
    ticket = view.ticket
    text = "\n".join([WHAT, *_odd(ticket, view.log)])
    dates = by_when(view, now)
    pairs = [
        ("By when", Marked(dates[:1].upper() + dates[1:])),
        ("Came in", _age(ticket, now)),
        ("Its copy here", "destroyed" if is_copy_gone(ticket) else f"kept until {day(last_day(ticket), now)}"),
    ]
    return [section(Marked(text)), *fields(pairs)]


def _odd(ticket: Ticket, log: Iterable[Entry]) -> Iterator[str]:
    if about := answers(log):
        yield f"⚠ Quarantined: it answers {about} but comes from another address."
    if is_copy_gone(ticket):
        yield "⚠ Nobody placed it in time, so its copy here is destroyed. The shared mailbox still has it."


def answers(log: Iterable[Entry]) -> str:
    """The reference that a quarantined mail answers, where it is one."""
    about = answered_by(log)
    return safe(about) if REF.fullmatch(about) else ""


def _age(ticket: Ticket, now: datetime) -> str:
    days = (local_date(now) - local_date(ticket.received_at)).days
    return "today" if days <= 0 else f"{counted(days, 'day')} ago"


def notes_of_mail() -> str:
    """What to know before answering."""
    return "If it's a request, the clock has been running since it came in"


# ---- the two answers


def is_ours(ticket: Ticket, value: str) -> Json:
    """ "It's for the privacy desk", with the question in front of it."""
    text = (
        "A colleague then types the address and the words from the shared mailbox."
        if is_copy_gone(ticket)
        else "It is heard now as if it had just come in, its clock runs from its arrival, and whoever wrote it is told."
    )
    question = asks("For the privacy desk?", f"{text} The copy here is destroyed.", "Yes", "Not yet", "primary")
    return button(LABELS[Decision.SORT_OURS], Decision.SORT_OURS, value, style="primary", confirm=question)


def is_not(ticket: Ticket, value: str) -> Json:
    """ "Not for us", with the question in front of it."""
    text = "The copy here is destroyed and nobody is told. The mail itself stays in the shared mailbox, as it was."
    question = asks("Not for us?", text, "Not for us", "Not yet", "danger")
    return button(LABELS[Decision.SORT_NOT], Decision.SORT_NOT, value, confirm=question)


LABELS: Final[Mapping[Decision, str]] = {
    Decision.SORT_OURS: "It's for the privacy desk",
    Decision.SORT_NOT: "Not for us",
}
ANSWERS: Final[Mapping[Decision, Callable[[Ticket, str], Json]]] = {
    Decision.SORT_OURS: is_ours,
    Decision.SORT_NOT: is_not,
}


def outcome(ticket: Ticket) -> str:
    """What colleagues said of a mail, in words for a card."""
    return "Not for us" if ticket.status is Status.FORWARDED else "For the privacy desk"
