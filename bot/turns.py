"""One turn: what somebody did becomes a scene, a decision of the core, and rows.

Promise: the core is asked once, with everything it may know as arguments, and what it decides is written in the same
transaction. Limits: who may act in a conversation was judged before (desk.py, visits.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from bot import linking, record, saying
from bot.core.conversation import step
from bot.core.deadlines import local_date
from bot.core.identity import Check
from bot.core.model import Purpose, Talk, Ticket
from bot.core.rights import CORRECTIONS
from bot.core.turn import Heard, Hours, Input, LinkAnswered, Linked, Pressed, Scene, Step
from bot.pen import Pen
from bot.ports import Clock
from bot.shares import Shares
from bot.visits import NOBODY, Seat, Visits

FRESH_IDS = 24
"""Random ids put into each scene: more than any one turn can use."""

GRANT_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The settings that conversations need: hours, policy, public address."""

    hours: Hours
    policy_date: date
    policy_url: str
    public_url: str
    chat_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a door must do after a turn besides showing the new lines.

    Refuse with words, offer the login, open a page, tell the device its new `key`, or, when the conversation has
    `moved` out of this visitor's reach, let the device come again.
    """

    seq: int = 0
    refused: str = ""
    sign_in: bool = False
    open_href: str = ""
    key: str = ""
    moved: bool = False


class Turns:
    """Takes turns in an open transaction."""

    def __init__(self, *, pen: Pen, shares: Shares, visits: Visits, clock: Clock, rules: Rules) -> None:
        """Nothing is read here."""
        self._pen, self._shares, self._visits, self._clock, self._rules = pen, shares, visits, clock, rules

    def take(
        self, tx: Any, talk: Talk, came: Input, seat: Seat = NOBODY, *, reached_at: datetime | None = None
    ) -> Reply:
        """Let the conversation hear what came, by whoever sits there; `reached_at` (UTC) when it came in earlier.

        Returns what the door must do. Raises what the store raises; then nothing was written.
        """
        now = self._clock()
        came = linking.judged(tx, self._pen, came, seat.session, now)
        scene = replace(self._scene(tx, talk, came), reached_at=reached_at)
        decided = step(scene, came)
        record.step(tx, self._pen, talk, decided, now)
        saying.relay(tx, self._pen, now)
        if isinstance(came, LinkAnswered) and came.talk:
            self.take(tx, talk_of(tx, came.talk), Linked(session=seat.session if came.yes else None))
        key = self._rekeyed(tx, talk, seat)
        return Reply(sign_in=decided.wants_sign_in, open_href=self._grant(tx, decided), key=key)

    def _rekeyed(self, tx: Any, before: Talk, seat: Seat) -> str:
        """When a conversation becomes somebody's, its key changes: whoever copied the old one is out."""
        if before.owner is not None or tx.people.talk(before.id).owner is None:
            return ""
        key = seat.spare or self._pen.fresh()
        tx.people.set_key(before.id, key)
        return key

    def _scene(self, tx: Any, talk: Talk, came: Input) -> Scene:
        now = self._clock()
        own = self._visits.own_address(tx, talk)
        mailbox = (came.mailbox if isinstance(came, Heard) else None) or (own[1] if own else None)
        tickets = self._visits.tickets_of(tx, talk, proved=_proves(came))
        return Scene(
            now=now,
            talk=talk,
            tickets=tickets,
            fresh=tuple(self._pen.fresh() for _ in range(FRESH_IDS)),
            next_number=tx.work.next_number(local_date(now).year),
            hours=self._rules.hours,
            policy_date=self._rules.policy_date,
            policy_url=self._rules.policy_url,
            codes_left=mailbox is None or self._shares.codes_left(tx, mailbox),
            new_addresses=self._new_addresses(tx, (one for one in tickets if one.talk == talk.id)),
            own_address=own,
        )

    def _new_addresses(self, tx: Any, tickets: Iterable[Ticket]) -> dict[str, tuple[str, str]]:
        found = {}
        for ticket in tickets:
            if ticket.is_open and ticket.right in CORRECTIONS:
                emails = [one.new for one in record.changes_of(tx, ticket.id) if one.name == "email"]
                if emails:
                    found[ticket.id] = (emails[0], self._shares.mailbox(emails[0]))
        return found

    def typed_button(self, tx: Any, talk: Talk, text: str) -> Pressed | None:
        """Typing a button's words works too."""
        newest = tx.people.newest_desk_line(talk.id)
        typed = " ".join(text.casefold().split()).rstrip(".!")
        for label, act, arg, href in newest.buttons if newest else ():
            if label.casefold() == typed and not href:
                return Pressed(act=act, arg=arg)
        return None

    def _grant(self, tx: Any, decided: Step) -> str:
        """A way to the copy's page for ten minutes, given only to a fresh login on this conversation."""
        if decided.wants_copy is None:
            return ""
        return f"{self._rules.public_url}/copy/{self.grant(tx, decided.wants_copy, who=decided.talk.id)}"

    def grant(self, tx: Any, ticket_id: str, *, who: str) -> str:
        """A random token that opens a ticket's copy for ten minutes."""
        token, now = self._pen.fresh(), self._clock()
        tx.people.add_link(token, kind="grant", owner=ticket_id, who=who, made_at=now, ends_at=now + GRANT_LIFE)
        return token


def _proves(came: Input) -> str | None:
    """The mailbox that a right code proves now."""
    is_proof = isinstance(came, Heard) and came.code is Check.RIGHT and came.purpose is Purpose.IDENTITY
    return came.mailbox if isinstance(came, Heard) and is_proof else None


def talk_of(tx: Any, talk_id: str) -> Talk:
    """A conversation by its id. Raises KeyError when there is none."""
    talk: Talk | None = tx.people.talk(talk_id)
    if talk is None:
        raise KeyError("no such conversation")
    return talk
