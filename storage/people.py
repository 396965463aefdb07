"""Queries about conversations: talks, their numbered lines, challenges, counters and the ways back in (links).

Promise: each method is one or two statements inside the caller's transaction; a line's number is given out here and
never twice; attempts and counts rise by conditional updates, so that parallel guesses cannot outrun them.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from bot.core.identity import ATTEMPTS_PER_CODE
from bot.core.model import Challenge, Talk
from storage.schema import CHALLENGE, TALK, challenges, counters, lines, links, talks


class Conflict(Exception):
    """Somebody else changed the row meanwhile; the transaction runs again, which is safe because deciding is pure."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a conversation as it is stored: who said it, the text, the buttons as (label, act, arg, href)."""

    seq: int
    who: str
    private: bool
    at: datetime
    text: str
    buttons: tuple[tuple[str, str, str, str], ...] = ()
    client_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    """A way back in that was given out: what for, whom it is bound to, until when (UTC), and whether it was used."""

    kind: str
    owner: str
    who: str
    ends_at: datetime
    used_at: datetime | None


def hashed(token: str) -> str:
    """Tokens are random 256-bit values; a plain SHA-256 is enough to keep them out of the database."""
    return hashlib.sha256(token.encode()).hexdigest()


class People:
    """Queries over one open transaction."""

    def __init__(self, link: Connection) -> None:
        """Work on this connection, inside its transaction."""
        self._link = link

    def talk(self, talk_id: str) -> Talk | None:
        """The conversation with this id."""
        body = self._link.execute(select(talks.c.body).where(talks.c.id == talk_id)).scalar()
        return TALK.load(body) if body else None

    def talk_by_key(self, key: str) -> Talk | None:
        """The conversation a device holds the key of."""
        body = self._link.execute(select(talks.c.body).where(talks.c.key_hash == hashed(key))).scalar()
        return TALK.load(body) if body else None

    def talk_of_subject(self, subject: str) -> Talk | None:
        """The newest conversation of a signed-in subject (a keyed hash), to tell them something."""
        query = select(talks.c.body).where(talks.c.subject == subject).order_by(talks.c.last_at.desc()).limit(1)
        body = self._link.execute(query).scalar()
        return TALK.load(body) if body else None

    def add_talk(self, talk: Talk, *, key: str) -> None:
        """Begin a conversation; `key` is the device's random key, of which only the hash is kept."""
        values = {"id": talk.id, "key_hash": hashed(key), "version": talk.version, "last_at": talk.last_at}
        self._link.execute(insert(talks).values(**values, last_seq=0, body=TALK.dump(talk)))

    def save_talk(self, talk: Talk, *, was: int, subject: str | None, wake_at: datetime | None) -> None:
        """Write a conversation over version `was`; raises Conflict when somebody else was faster."""
        query = (
            update(talks)
            .where(talks.c.id == talk.id, talks.c.version == was)
            .values(version=talk.version, subject=subject, wake_at=wake_at, last_at=talk.last_at, body=TALK.dump(talk))
        )
        if self._link.execute(query).rowcount != 1:
            raise Conflict("talk")

    def drop_key(self, talk_id: str) -> None:
        """End a conversation on every device: its key opens nothing any more."""
        self._link.execute(update(talks).where(talks.c.id == talk_id).values(key_hash=None))

    def talks_to_wake(self, now: datetime, limit: int = 50) -> list[str]:
        """Conversations whose open question has waited long enough."""
        query = select(talks.c.id).where(talks.c.wake_at <= now).order_by(talks.c.wake_at).limit(limit)
        return list(self._link.execute(query).scalars())

    def next_wake(self) -> datetime | None:
        """When the earliest conversation wants to be looked at."""
        return self._link.execute(select(func.min(talks.c.wake_at))).scalar()

    # -- lines

    def say(
        self,
        talk_id: str,
        *,
        who: str,
        text: str,
        at: datetime,
        private: bool,
        buttons: tuple[tuple[str, str, str, str], ...] = (),
        client_id: str | None = None,
    ) -> int:
        """Add a line and return its number in the conversation (from 1, without gaps)."""
        number = update(talks).where(talks.c.id == talk_id).values(last_seq=talks.c.last_seq + 1)
        seq = self._link.execute(number.returning(talks.c.last_seq)).scalar_one()
        values = {"talk": talk_id, "seq": seq, "who": who, "private": private, "at": at, "client_id": client_id}
        self._link.execute(insert(lines).values(**values, text=text, buttons=json.dumps(buttons, ensure_ascii=False)))
        return int(seq)

    def last_seq(self, talk_id: str) -> int:
        """The number of the newest line, 0 before the first."""
        return self._link.execute(select(talks.c.last_seq).where(talks.c.id == talk_id)).scalar() or 0

    def line(self, talk_id: str, seq: int) -> Line | None:
        """One line by number."""
        row = self._link.execute(select(lines).where(lines.c.talk == talk_id, lines.c.seq == seq)).first()
        return _line(row) if row else None

    def line_of_client(self, talk_id: str, client_id: str) -> int | None:
        """The number a device's message already got: sending again changes nothing."""
        query = select(lines.c.seq).where(lines.c.talk == talk_id, lines.c.client_id == client_id)
        return self._link.execute(query).scalar()

    def newest_desk_line(self, talk_id: str) -> Line | None:
        """The newest line with buttons of the desk's own."""
        query = (
            select(lines)
            .where(lines.c.talk == talk_id, lines.c.who != "person", lines.c.buttons != "[]")
            .order_by(lines.c.seq.desc())
            .limit(1)
        )
        row = self._link.execute(query).first()
        return _line(row) if row else None

    def lines_after(self, talk_id: str, seq: int, *, with_private: bool, limit: int = 500) -> list[Line]:
        """What a device has missed; private lines only for whom they are."""
        query = select(lines).where(lines.c.talk == talk_id, lines.c.seq > seq).order_by(lines.c.seq).limit(limit)
        if not with_private:
            query = query.where(lines.c.private.is_(False))
        return [_line(row) for row in self._link.execute(query)]

    # -- challenges and counters

    def challenge(self, challenge_id: str) -> Challenge | None:
        """A challenge with the attempts counted so far."""
        row = self._link.execute(select(challenges).where(challenges.c.id == challenge_id)).first()
        if row is None:
            return None
        known = CHALLENGE.load(row.body)
        return Challenge(**{**known.__dict__, "attempts": row.attempts, "used_at": row.used_at})

    def add_challenge(self, challenge: Challenge) -> None:
        """Store a new challenge and end every earlier one of the same conversation and purpose."""
        self.end_challenges(challenge.talk, challenge.purpose, challenge.made_at)
        self._link.execute(
            insert(challenges).values(
                id=challenge.id,
                talk=challenge.talk,
                purpose=challenge.purpose,
                attempts=0,
                used_at=None,
                ends_at=challenge.ends_at,
                body=CHALLENGE.dump(challenge),
            )
        )

    def end_challenges(self, talk_id: str, purpose: str, now: datetime) -> None:
        """A new code ends the old ones at once."""
        mine = and_(challenges.c.talk == talk_id, challenges.c.purpose == purpose, challenges.c.used_at.is_(None))
        self._link.execute(update(challenges).where(mine).values(used_at=now))

    def save_challenge_match(self, challenge: Challenge) -> None:
        """Remember whether the address stood on file, found out when the code was sent."""
        self._link.execute(
            update(challenges).where(challenges.c.id == challenge.id).values(body=CHALLENGE.dump(challenge))
        )

    def try_challenge(self, challenge_id: str, now: datetime) -> bool:
        """Count one attempt; False when the code is over, used or has no attempts left."""
        alive = and_(
            challenges.c.id == challenge_id,
            challenges.c.used_at.is_(None),
            challenges.c.ends_at > now,
            challenges.c.attempts < ATTEMPTS_PER_CODE,
        )
        query = update(challenges).where(alive).values(attempts=challenges.c.attempts + 1)
        return self._link.execute(query).rowcount == 1

    def use_challenge(self, challenge_id: str, now: datetime) -> bool:
        """Spend a code; False when it was spent already."""
        mine = and_(challenges.c.id == challenge_id, challenges.c.used_at.is_(None))
        return self._link.execute(update(challenges).where(mine).values(used_at=now)).rowcount == 1

    def count(self, name: str, day: str) -> int:
        """Raise a named counter of a day by one and return it."""
        mine = and_(counters.c.name == name, counters.c.day == day)
        query = update(counters).where(mine).values(count=counters.c.count + 1).returning(counters.c.count)
        number = self._link.execute(query).scalar()
        if number is None:
            self._link.execute(insert(counters).values(name=name, day=day, count=1))
            return 1
        return int(number)

    def counted(self, name: str, day: str) -> int:
        """A counter without raising it."""
        query = select(counters.c.count).where(counters.c.name == name, counters.c.day == day)
        return self._link.execute(query).scalar() or 0

    # -- links

    def add_link(self, token: str, *, kind: str, owner: str, who: str, made_at: datetime, ends_at: datetime) -> None:
        """Remember a link that was given out, by the hash of its token."""
        values = {"kind": kind, "owner": owner, "who": who, "made_at": made_at, "ends_at": ends_at}
        self._link.execute(insert(links).values(hash=hashed(token), **values))

    def link(self, token: str, kind: str, now: datetime) -> Link | None:
        """The link behind a token, if it is of this kind and still in time."""
        query = select(links).where(links.c.hash == hashed(token), links.c.kind == kind, links.c.ends_at > now)
        row = self._link.execute(query).first()
        if row is None:
            return None
        return Link(kind=row.kind, owner=row.owner, who=row.who, ends_at=row.ends_at, used_at=row.used_at)

    def use_link(self, token: str, now: datetime) -> bool:
        """Spend a single-use link; False when it was spent already."""
        query = update(links).where(links.c.hash == hashed(token), links.c.used_at.is_(None)).values(used_at=now)
        return self._link.execute(query).rowcount == 1

    def prolong_link(self, token: str, ends_at: datetime) -> None:
        """Move a session's end: it ends after idle minutes."""
        self._link.execute(update(links).where(links.c.hash == hashed(token)).values(ends_at=ends_at))

    def drop_links(self, owner: str, *kinds: str) -> None:
        """Revoke every link of these kinds for a ticket or conversation."""
        mine = and_(links.c.owner == owner, or_(*(links.c.kind == kind for kind in kinds)))
        self._link.execute(delete(links).where(mine))


def _line(row: object) -> Line:
    buttons = tuple(tuple(one) for one in json.loads(row.buttons))  # type: ignore[attr-defined]  # a Core row
    fields = {name: getattr(row, name) for name in ("seq", "who", "private", "at", "text", "client_id")}
    return Line(**fields, buttons=buttons)
