"""Small values for tests of the store, with one name or number each."""

from datetime import UTC, datetime, timedelta

from bot.core.events import Entry
from bot.core.model import Challenge, Door, Purpose, Right, Talk, Ticket

NOW = datetime(2026, 11, 4, 9, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_talk(name: str = "talk-1") -> Talk:
    return Talk(id=name, door=Door.WEB, lang="en", started_at=NOW, last_at=NOW)


def a_ticket(number: int = 1, *, talk: str | None = "talk-1", group: str = "group-1") -> Ticket:
    return Ticket(
        id=f"ticket-{number}",
        ref=f"SEL-2026-{number:05d}",
        right=Right.ACCESS,
        group=group,
        door=Door.WEB,
        lang="en",
        received_at=NOW,
        talk=talk,
    )


def a_challenge(name: str = "challenge-1", *, talk: str = "talk-1", purpose: Purpose = Purpose.IDENTITY) -> Challenge:
    return Challenge(
        id=name,
        talk=talk,
        purpose=purpose,
        nonce="0123456789abcdef",
        mailbox="mailbox-hash",
        made_at=NOW,
        ends_at=NOW + 10 * MINUTE,
    )


def an_entry(what: str = "filed", **facts: str) -> Entry:
    return Entry(what=what, by="person", at=NOW, facts=facts)
