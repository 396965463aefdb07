"""Queries about contents: texts and values of people that a ticket names by id, and the list of vault objects.

Promise: each content is a row of its own and can be deleted on its own. Limits: what was deleted is overwritten in the
file at the next checkpoint; the vault's objects themselves lie outside (vault.py).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from storage.queries import THIS, Queries
from storage.schema import contents, objects

ADD = insert(contents)
NEWEST = (
    select(contents.c.text)
    .where(contents.c.owner == THIS, contents.c.kind == bindparam("kind_is"))
    .order_by(contents.c.at.desc())
    .limit(1)
)
EVERY = (
    select(contents.c.text)
    .where(contents.c.owner == THIS, contents.c.kind == bindparam("kind_is"))
    .order_by(contents.c.at, contents.c.id)
)
BY_ID = select(contents.c.text).where(contents.c.id == THIS)
DROP = delete(contents).where(contents.c.owner == THIS, contents.c.kind.in_(bindparam("kinds", expanding=True)))

ADD_OBJECT = insert(objects)
DROP_OBJECT = delete(objects).where(objects.c.id == THIS)
SHREDDED = update(objects).where(objects.c.id == THIS)
KEPT_OBJECTS = select(objects.c.id).where(objects.c.shredded_at.is_(None))


class Contents(Queries):
    """What was written or found about a person, beside the tickets."""

    def put_content(self, content_id: str, *, owner: str, kind: str, text: str, at: datetime) -> None:
        """Keep a content under its own id, so that it can be deleted on its own."""
        self._link.execute(ADD, {"id": content_id, "owner": owner, "kind": kind, "text": text, "at": at})

    def replace_content(self, content_id: str, *, owner: str, kind: str, text: str, at: datetime) -> None:
        """Put a content in place of what the owner had of this kind."""
        self.drop_contents(owner, (kind,))
        self.put_content(content_id, owner=owner, kind=kind, text=text, at=at)

    def content(self, owner: str, kind: str) -> str | None:
        """The newest content of a kind."""
        return self._link.execute(NEWEST, {"this": owner, "kind_is": kind}).scalar()

    def contents_of(self, owner: str, kind: str) -> list[str]:
        """Every content of a kind, oldest first."""
        return list(self._link.execute(EVERY, {"this": owner, "kind_is": kind}).scalars())

    def content_by_id(self, content_id: str) -> str | None:
        """One content by its id."""
        return self._link.execute(BY_ID, {"this": content_id}).scalar()

    def drop_contents(self, owner: str, kinds: Iterable[str]) -> None:
        """Delete contents once they have served."""
        self._link.execute(DROP, {"this": owner, "kinds": tuple(kinds)})

    def add_object(self, object_id: str, *, ticket: str, kind: str, size: int, now: datetime) -> None:
        """Remember a vault object; `size` is in bytes."""
        self._link.execute(DROP_OBJECT, {"this": object_id})
        values = {"id": object_id, "ticket": ticket, "kind": kind, "size": size, "made_at": now}
        self._link.execute(ADD_OBJECT, values)

    def shredded(self, object_id: str, now: datetime) -> None:
        """Remember that a vault object is gone."""
        self._link.execute(SHREDDED, {"this": object_id, "shredded_at": now})

    def kept_objects(self) -> list[str]:
        """The vault objects that should still be there; anything else in the vault is a leftover of a crash."""
        return list(self._link.execute(KEPT_OBJECTS).scalars())
