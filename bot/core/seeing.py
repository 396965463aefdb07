"""Who has to have seen a plan before approving it, and whether they did.

Promise: pure; a case with something odd about it is approved only by somebody who opened this very plan on the staff
page; the log's own lines say so. Limits: that a page was opened is no proof that it was read.
"""

from collections.abc import Iterable

from bot.core.events import Entry
from bot.core.model import Flag, Staffer, Ticket

QUIET_FLAGS = frozenset({Flag.MARKETING_ONLY, Flag.MAILBOX_ONLY})
"""Flags that describe a case without being odd: they are said, without a warning sign."""

OPENED = "opened_sheet"
"""How the log names an opened staff page; its fact `plan` is the hash of the plan that stood on it."""


def odd_flags(ticket: Ticket) -> frozenset[Flag]:
    """What is odd about a ticket; a plan in which a system is missing is odd too."""
    missing = ticket.plan is not None and not ticket.plan.is_complete
    return (ticket.flags | ({Flag.INCOMPLETE} if missing else frozenset())) - QUIET_FLAGS


def has_opened(ticket: Ticket, staffer: Staffer, log: Iterable[Entry]) -> bool:
    """Whether this colleague opened the plan as it stands now."""
    plan = ticket.plan.hash if ticket.plan else ""
    return any(one.what == OPENED and one.by == staffer.key and one.facts.get("plan") == plan for one in log)


def must_open_first(ticket: Ticket, staffer: Staffer, log: Iterable[Entry]) -> bool:
    """Whether this colleague may not approve yet, because something is odd and they have not opened the plan."""
    return bool(odd_flags(ticket)) and not has_opened(ticket, staffer, log)
