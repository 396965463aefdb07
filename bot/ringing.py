"""Calling staff: a word in Slack in their hours, a red alert at once, and the gravest by mail too.

Promise: what may wait is owed from the next opening of the office on; a red alert is a kind of step of its own, so that
nothing that waits holds it up; the mail is owed on its own, so that Slack hears while mail is down and the other way
round. Limits: it queues and sends nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.core.clock import SORT
from bot.core.deadlines import local_date
from bot.core.escalation import rings_at
from bot.core.events import Nudge

PER_HOUR = frozenset({"alarm"})
"""What a person may cause again and again: staff hear of it once per ticket and hour."""

PER_DAY = frozenset({SORT})
"""What is said once per working day, however many days of rest have passed since."""

BY_MAIL_TOO = frozenset({"contact", "red"})
"""Groups that are also reached by mail: Slack may be down."""


def share_of(rung: str, now: datetime) -> str:
    """The hour or the working day within which staff hear of this once per ticket; empty where each time counts."""
    if rung in PER_HOUR:
        return f"{now:%Y-%m-%dT%H}"
    return local_date(rings_at(now)).isoformat() if rung in PER_DAY else ""


def ring(tx: Any, fresh: Callable[[], str], ticket_id: str, nudge: Nudge, now: datetime, *, key: str) -> None:
    """Owe a word to staff about a ticket, once per key."""
    is_red = nudge.who == "red"
    at = now if is_red else rings_at(now)
    said = {"rung": nudge.rung, "who": nudge.who}
    kind = "alert" if is_red else "nudge"
    tx.work.queue(fresh(), key=key, ticket=ticket_id, kind=kind, now=now, run_at=at, **said)
    if nudge.who in BY_MAIL_TOO:
        tx.work.queue(fresh(), key=f"call:{key}", ticket=ticket_id, kind="call", now=now, run_at=at, **said)
