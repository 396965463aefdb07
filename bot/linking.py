"""Links that carry a login to Telegram: given out, opened, answered; each a row of its hash, good once, for minutes.

Promise: a link belongs to one login in one web conversation, its question to the one Telegram conversation that opened
it; nothing of either token is stored but its hash. Limits: whether a login may give one out, and what a yes opens, are
core's rules (bot/core/linking.py); the transaction is the caller's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.core.linking import ANSWERS, LINK_LIFE, may_give_out
from bot.core.model import Door, Session, Talk
from bot.core.turn import Input, LinkAnswered, Pressed
from bot.pen import Pen, session_key

if TYPE_CHECKING:
    from bot.ports import Transaction

LINK = "telegram"
QUESTION = "telegram_yes"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An opened link: the web conversation to ask in, the login it belongs to (a keyed hash), the question's token."""

    talk: str
    who: str
    token: str


def give_out(tx: "Transaction", pen: Pen, talk: Talk, session: Session | None, now: datetime) -> str:
    """A new link's token (43 characters, 256 bits), or "" when this login may not carry itself elsewhere now.

    A new link ends the earlier ones of the same conversation, and the questions they led to.
    """
    if session is None or not may_give_out(session, now):
        return ""
    token, who = pen.fresh(), session_key(pen, session)
    tx.people.drop_links(talk.id, LINK)
    tx.people.add_link(token, kind=LINK, owner=talk.id, who=who, made_at=now, ends_at=now + LINK_LIFE)
    return token


def open_once(tx: "Transaction", pen: Pen, token: str, now: datetime) -> Claim | None:
    """Spend a link; None for one that is over, spent, or never was."""
    link = tx.people.link(token, LINK, now)
    if link is None or not tx.people.use_link(token, now):
        return None
    return Claim(talk=link.owner, who=link.who, token=pen.fresh())


def ask(tx: "Transaction", claim: Claim, telegram_talk: str, now: datetime) -> None:
    """Bind the question's token to the Telegram conversation that opened the link, for as long as a link lives."""
    tx.people.drop_links(telegram_talk, QUESTION)
    tx.people.add_link(
        claim.token, kind=QUESTION, owner=telegram_talk, who=claim.who, made_at=now, ends_at=now + LINK_LIFE
    )


def judged(tx: "Transaction", pen: Pen, came: Input, session: Session | None, now: datetime) -> Input:
    """A press on the question's yes or no, with the Telegram conversation it is about where it still counts.

    A yes counts once, in time, and from the login that gave out the link; a no, from whoever may speak here.
    """
    if not isinstance(came, Pressed) or came.act not in ANSWERS:
        return came
    link, yes = tx.people.link(came.arg, QUESTION, now), came.act == "link_yes"
    is_same = session is not None and link is not None and session_key(pen, session) == link.who
    counts = link is not None and (is_same or not yes) and tx.people.use_link(came.arg, now)
    return LinkAnswered(yes=yes, talk=link.owner if link is not None and counts else "")


def carried(tx: "Transaction", pen: Pen, session: Session | None) -> list[Talk]:
    """The Telegram conversations to which a login was carried, and where it still counts."""
    found: list[Talk] = tx.people.talks_of(session_key(pen, session)) if session is not None else []
    return [one for one in found if one.door is Door.TELEGRAM]
