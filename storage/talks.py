"""Queries about conversations: talks and their numbered lines.

Promise: each method is one or two statements inside the caller's transaction; a line's number is given out here, from 1
and without gaps, and never twice; a talk is saved by compare-and-set. Limits: who may see private lines is the caller's
question.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from bot.core.model import Talk
from storage.codes import hashed
from storage.queries import THIS, Conflict, Queries
from storage.schema import TALK, lines, talks

BY_ID = select(talks.c.body).where(talks.c.id == THIS)
BY_KEY = select(talks.c.body).where(talks.c.key_hash == THIS)
NEWEST_OF = (
    select(talks.c.body)
    .where(talks.c.subject.in_(bindparam("keys", expanding=True)))
    .order_by(talks.c.last_at.desc())
    .limit(1)
)
ADD = insert(talks)
SAVE = update(talks).where(talks.c.id == THIS, talks.c.version == bindparam("was"))
OF_SUBJECT = select(talks.c.body).where(talks.c.subject == THIS)
SET_KEY = update(talks).where(talks.c.id == THIS).values(key_hash=bindparam("hash_is"))
DROP_KEY = update(talks).where(talks.c.id == THIS).values(key_hash=None)
TO_WAKE = (
    select(talks.c.id).where(talks.c.wake_at <= bindparam("now")).order_by(talks.c.wake_at).limit(bindparam("most"))
)
NEXT_WAKE = select(func.min(talks.c.wake_at))

NUMBER = update(talks).where(talks.c.id == THIS).values(last_seq=talks.c.last_seq + 1).returning(talks.c.last_seq)
LAST_SEQ = select(talks.c.last_seq).where(talks.c.id == THIS)
ADD_LINE = insert(lines)
LINE = select(lines).where(lines.c.talk == THIS, lines.c.seq == bindparam("number"))
OF_CLIENT = select(lines.c.seq).where(lines.c.talk == THIS, lines.c.client_id == bindparam("client"))
NEWEST_ASKED = (
    select(lines)
    .where(lines.c.talk == THIS, lines.c.who != "person", lines.c.buttons != "[]")
    .order_by(lines.c.seq.desc())
    .limit(1)
)
AFTER = (
    select(lines)
    .where(lines.c.talk == THIS, lines.c.seq > bindparam("number"))
    .order_by(lines.c.seq)
    .limit(bindparam("most"))
)
PUBLIC_AFTER = AFTER.where(lines.c.private.is_(False))


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


class Talks(Queries):
    """Conversations and what was said in them."""

    def talk(self, talk_id: str) -> Talk | None:
        """The conversation with this id."""
        return self._talk(BY_ID, talk_id)

    def talk_by_key(self, key: str) -> Talk | None:
        """The conversation a device holds the key of."""
        return self._talk(BY_KEY, hashed(key))

    def newest_talk_of(self, keys: Iterable[str]) -> Talk | None:
        """The conversation that a proved person (keyed hashes) used last, at any door, to tell them something."""
        body = self._link.execute(NEWEST_OF, {"keys": sorted(keys)}).scalar()
        return TALK.load(body) if body else None

    def talks_of(self, key: str) -> list[Talk]:
        """The conversations, at any door, in which this person's proof (its keyed hash) stands now."""
        return [TALK.load(body) for body in self._link.execute(OF_SUBJECT, {"this": key}).scalars()]

    def _talk(self, query: Any, this: str) -> Talk | None:
        body = self._link.execute(query, {"this": this}).scalar()
        return TALK.load(body) if body else None

    def add_talk(self, talk: Talk, *, key: str) -> None:
        """Begin a conversation; `key` is the device's random key, of which only the hash is kept."""
        values = {"id": talk.id, "key_hash": hashed(key), "version": talk.version, "last_at": talk.last_at}
        self._link.execute(ADD, {**values, "last_seq": 0, "body": TALK.dump(talk)})

    def save_talk(self, talk: Talk, *, was: int, subject: str | None, wake_at: datetime | None) -> None:
        """Write a conversation over version `was`; raises Conflict when somebody else was faster."""
        values = {"version": talk.version, "subject": subject, "wake_at": wake_at, "last_at": talk.last_at}
        row = {"this": talk.id, "was": was, **values, "body": TALK.dump(talk)}
        if self._link.execute(SAVE, row).rowcount != 1:
            raise Conflict("talk")

    def set_key(self, talk_id: str, key: str) -> None:
        """From now on this key opens the conversation, and the one before it opens nothing."""
        self._link.execute(SET_KEY, {"this": talk_id, "hash_is": hashed(key)})

    def drop_key(self, talk_id: str) -> None:
        """End a conversation on every device: its key opens nothing any more."""
        self._link.execute(DROP_KEY, {"this": talk_id})

    def talks_to_wake(self, now: datetime, limit: int = 50) -> list[str]:
        """Conversations whose open question has waited long enough, the longest first."""
        return list(self._link.execute(TO_WAKE, {"now": now, "most": limit}).scalars())

    def next_wake(self) -> datetime | None:
        """When (UTC) the earliest conversation wants to be looked at."""
        return self._link.execute(NEXT_WAKE).scalar()

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
        seq: int = self._link.execute(NUMBER, {"this": talk_id}).scalar_one()
        values = {"talk": talk_id, "seq": seq, "who": who, "private": private, "at": at, "client_id": client_id}
        shown = json.dumps(buttons, ensure_ascii=False)
        self._link.execute(ADD_LINE, {**values, "text": text, "buttons": shown})
        return seq

    def last_seq(self, talk_id: str) -> int:
        """The number of the newest line, 0 before the first."""
        return self._link.execute(LAST_SEQ, {"this": talk_id}).scalar() or 0

    def line(self, talk_id: str, seq: int) -> Line | None:
        """One line by number."""
        row = self._link.execute(LINE, {"this": talk_id, "number": seq}).first()
        return _line(row) if row else None

    def line_of_client(self, talk_id: str, client_id: str) -> int | None:
        """The number a device's message already got: sending again changes nothing."""
        return self._link.execute(OF_CLIENT, {"this": talk_id, "client": client_id}).scalar()

    def newest_desk_line(self, talk_id: str) -> Line | None:
        """The newest line with buttons of the desk's own."""
        row = self._link.execute(NEWEST_ASKED, {"this": talk_id}).first()
        return _line(row) if row else None

    def lines_after(self, talk_id: str, seq: int, *, with_private: bool, limit: int = 500) -> list[Line]:
        """What a device has missed; private lines only for whom they are."""
        query = AFTER if with_private else PUBLIC_AFTER
        return [_line(row) for row in self._link.execute(query, {"this": talk_id, "number": seq, "most": limit})]


def _line(row: Row[Any]) -> Line:
    return Line(
        seq=row.seq,
        who=row.who,
        private=row.private,
        at=row.at,
        text=row.text,
        buttons=tuple((label, act, arg, href) for label, act, arg, href in json.loads(row.buttons)),
        client_id=row.client_id,
    )
