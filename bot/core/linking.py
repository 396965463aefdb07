"""Carrying a login outward to Telegram: who may give out a link, what is asked when it was opened, what a yes opens.

Promise: an account is linked from the platform to a new channel, never the other way round: the link is given out in a
freshly signed-in conversation, the account that opened it is bound only after a yes there, by the same login; until
then it is nobody. What a Telegram account calls itself proves nothing and is shown masked. Limits: tokens, their life
and their single use are the desk's work.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.identity import IDLE, SESSION_AGE
from bot.core.messages import AskTelegram, Button, TelegramBound, TelegramKnown, TelegramNotBound, TelegramUnknown
from bot.core.model import Door, Identity, Level, Session
from bot.core.proving import prove
from bot.core.turn import Input, LinkAnswered, Linked, LinkOpened, Turn

ANSWERS = frozenset({"link_yes", "link_no"})
"""The buttons whose press the desk looks up before it becomes LinkAnswered."""

LINK_LIFE = timedelta(minutes=10)
"""How long a link and the question it leads to stay good; each works once."""


def may_give_out(session: Session | None, now: datetime) -> bool:
    """Whether this login is fresh enough to be carried elsewhere: at most 15 minutes old, as for every act of L2."""
    return session is not None and session.is_fresh(now, SESSION_AGE)


def masked(name: str) -> str:
    """A first name of which one letter is left: enough to know one's own again, useless to anybody else."""
    return f"{next(filter(str.isalpha, name), '')}•••"


def link_opened(turn: Turn, came: Input) -> None:
    """In the web conversation: somebody opened the link. Was that you?"""
    assert isinstance(came, LinkOpened)
    buttons = (Button(act="link_yes", arg=came.claim), Button(act="link_no", arg=came.claim))
    turn.say(AskTelegram(called=masked(came.name), buttons=buttons))


def link_answered(turn: Turn, came: Input) -> None:
    """In the web conversation: the answer; one that came too late, or from another login, binds nothing."""
    assert isinstance(came, LinkAnswered)
    if came.yes and came.talk:
        turn.say(TelegramBound(minutes=_minutes()))
    else:
        turn.say(TelegramNotBound(over=came.yes))


def linked(turn: Turn, came: Input) -> None:
    """In Telegram: the login is carried over, like any proof for 30 idle minutes; or the answer was no."""
    assert isinstance(came, Linked)
    if came.session is None:
        turn.say(TelegramUnknown(buttons=(Button(act="by_code"), Button(act="person"))))
        return
    identity = Identity(
        level=Level.SESSION,
        at=turn.scene.now,
        door=Door.TELEGRAM,
        tenant=came.session.tenant,
        subject=came.session.subject,
    )
    turn.talk = replace(turn.talk, identity=identity)
    asks = ("status", "access", "rectification", "erasure")
    buttons = (*(Button(act=f"mean_{ask}") for ask in asks), Button(act="person"))
    turn.say(TelegramKnown(minutes=_minutes(), buttons=buttons))
    prove(turn, identity)


def _minutes() -> int:
    return int(IDLE.total_seconds() // 60)
