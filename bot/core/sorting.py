"""A mail nobody could place: which tickets are one, what may happen to them, and its words as staff read them.

Promise: pure; such a ticket is placed, handed over or reminded of, and nothing else: it is no request yet, so nobody
refuses, answers or extends it. Limits: the words (`LooseMail`) are contents of a person: they go to the staff page
alone, while Slack has `about`, a reference, from the log.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta

from bot.core import events as e
from bot.core.clock import SORT_OVER, SORTING_DAYS
from bot.core.deadlines import local_date
from bot.core.intake import GROUP
from bot.core.model import Door, Flag, Right, Status, Ticket

QUARANTINED = "quarantined"
"""How the log names a mail that answers a request but comes from another address; its fact `about` is the reference."""

MAY_HAPPEN: frozenset[type[e.Event]] = frozenset({e.Sorted, e.Assigned, e.Ticked})
"""What may happen to a ticket before its mail is placed."""

WORDS = 20_000
"""Characters of a mail's text that are kept for staff to read."""


@dataclass(frozen=True, kw_only=True)
class LooseMail:
    """What staff read of such a mail: who it says it is from, its subject and text, the reference it answers."""

    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    about: str = ""


def is_unsorted(ticket: Ticket) -> bool:
    """True while staff have not said whether a mail is for the privacy desk."""
    return Flag.UNSORTED in ticket.flags


def was_placed(ticket: Ticket) -> bool:
    """True for a mail that staff placed: heard as a request under a ticket of its own, or left to its readers."""
    is_mail = ticket.right is Right.UNCLEAR and ticket.door is Door.MAIL and ticket.talk is None
    is_filed_by_hand = ticket.group.startswith(GROUP)
    return is_mail and not is_filed_by_hand and ticket.status in {Status.DONE, Status.FORWARDED}


def is_copy_gone(ticket: Ticket) -> bool:
    """True once the copy of a mail was destroyed because nobody placed it in time."""
    return any(name.startswith(f"{SORT_OVER}:") for name in ticket.rungs)


def last_day(ticket: Ticket) -> date:
    """The local date on which the copy of a mail that nobody places is destroyed."""
    return local_date(ticket.received_at + timedelta(days=SORTING_DAYS))


def answered_by(log: Iterable[e.Entry]) -> str:
    """The reference of the request that a quarantined mail answers; empty for any other mail."""
    return next((one.facts.get("about", "") for one in log if one.what == QUARANTINED), "")


def dumped(mail: LooseMail) -> str:
    """A mail as a contents row: a line of JSON, then its text."""
    head = {name: value for name, value in asdict(mail).items() if name != "text"}
    return f"{json.dumps(head)}\n\n{mail.text[:WORDS]}"


def loaded(row: str) -> LooseMail:
    """A mail from its contents row."""
    head, _, text = row.partition("\n\n")
    return LooseMail(**json.loads(head), text=text)
