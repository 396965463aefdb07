"""Queries about doors beside the web chat: where a conversation can be reached, and the mails that came in.

Promise: an address or chat id stands here as a keyed hash alone; the value itself is a contents row of its own. A mail
is known by a keyed hash of its Message-ID and sender, so the same mail is taken once. Limits: whether somebody at a
place may go on with a conversation is the desk's question.
"""

from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bot.core.mail import KeptMail
from bot.core.model import Talk
from storage.queries import THIS, Queries
from storage.schema import TALK, cursors, mails, places, talks

ADD_PLACE = insert(places)
PLACE = select(places.c.door, places.c.hash).where(places.c.talk == THIS)
AT_PLACE = (
    select(talks.c.body)
    .join(places, places.c.talk == talks.c.id)
    .where(places.c.hash == THIS, places.c.door == bindparam("door_is"))
    .order_by(talks.c.last_at.desc())
    .limit(1)
)

CURSOR = select(cursors.c.validity, cursors.c.uid).where(cursors.c.name == THIS)
MOVE_CURSOR = update(cursors).where(cursors.c.name == THIS)
ADD_CURSOR = insert(cursors)

ADD_MAIL = insert(mails)
MAIL = select(mails).where(mails.c.id == THIS)
OF_OWNER = select(mails).where(mails.c.owner == THIS).order_by(mails.c.arrived_at)
IN_STATE = select(mails).where(mails.c.state == THIS).order_by(mails.c.arrived_at)
SAVE_MAIL = update(mails).where(mails.c.id == THIS)


class Places(Queries):
    """Where conversations can be reached, and mails."""

    def add_place(self, talk_id: str, *, door: str, hash_is: str) -> None:
        """Remember at which place a conversation is; `hash_is` is the keyed hash of an address or chat id."""
        self._link.execute(ADD_PLACE, {"talk": talk_id, "door": door, "hash": hash_is})

    def place(self, talk_id: str) -> tuple[str, str] | None:
        """The door and the keyed hash of a conversation's place; None for the web chat, which has none."""
        row = self._link.execute(PLACE, {"this": talk_id}).first()
        return (row.door, row.hash) if row else None

    def talk_at(self, door: str, hash_is: str) -> Talk | None:
        """The newest conversation at a place."""
        body = self._link.execute(AT_PLACE, {"this": hash_is, "door_is": door}).scalar()
        return TALK.load(body) if body else None

    def cursor(self, name: str) -> tuple[int, int] | None:
        """How far a mailbox was read: its UIDVALIDITY and the last UID."""
        row = self._link.execute(CURSOR, {"this": name}).first()
        return (row.validity, row.uid) if row else None

    def set_cursor(self, name: str, *, validity: int, uid: int) -> None:
        """Every mail of this mailbox up to this UID was taken."""
        values = {"validity": validity, "uid": uid}
        if self._link.execute(MOVE_CURSOR, {"this": name, **values}).rowcount == 0:
            self._link.execute(ADD_CURSOR, {"name": name, **values})

    def add_mail(self, mail: KeptMail) -> None:
        """Remember a mail before anybody reads it."""
        self._link.execute(ADD_MAIL, vars(mail))

    def mail(self, mail_id: str) -> KeptMail | None:
        """A mail by its id."""
        return self._one(self._link.execute(MAIL, {"this": mail_id}).first())

    def mails_of(self, owner: str) -> list[KeptMail]:
        """The mails that belong to a ticket or conversation, oldest first."""
        return [_mail(row) for row in self._link.execute(OF_OWNER, {"this": owner})]

    def mails_in(self, state: str) -> list[KeptMail]:
        """The mails in a state, oldest first."""
        return [_mail(row) for row in self._link.execute(IN_STATE, {"this": state})]

    def save_mail(self, mail: KeptMail) -> None:
        """Write what became of a mail."""
        self._link.execute(SAVE_MAIL, {"this": mail.id, **{k: v for k, v in vars(mail).items() if k != "id"}})

    def _one(self, row: Any) -> KeptMail | None:
        return _mail(row) if row else None


def _mail(row: Any) -> KeptMail:
    return KeptMail(
        id=row.id,
        state=row.state,
        arrived_at=row.arrived_at,
        made_at=row.made_at,
        owner=row.owner,
        object=row.object,
    )
