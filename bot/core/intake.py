"""A request that came by phone or post, as a colleague enters it, and what can't be entered like that.

Promise: pure; only phone and post are filed by hand, and never before they came. Limits: the address and the words of
the person are no part of it, because they are typed elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.model import Door, Right

GROUP = "hand:"
"""How the group of a request begins that a colleague filed."""

BY_HAND = frozenset({Door.PHONE, Door.POST})
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far in the future an instant of receipt may lie."""


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Right, instant of receipt (aware, UTC), door and language; who files it, and a key for this filing."""

    right: Right
    received_at: datetime
    door: Door
    lang: str
    by: str
    key: str


def refusal(intake: Intake, now: datetime) -> str:
    """Why it can't be filed like this: `door` or `received_at`; empty when it can."""
    if intake.door not in BY_HAND:
        return "door"
    return "received_at" if intake.received_at > now + CLOCKS_DIFFER else ""
