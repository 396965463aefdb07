"""The desk's own tables, and how a value becomes a row and a row a value again.

Promise: one table per idea; values travel as JSON in `body` (pydantic reads and writes the frozen dataclasses), and
what queries need stands beside it in columns. Contents of people's data stand in `contents` and `lines` alone, named
by id from everywhere else, so that they can be deleted on their own. Limits: nothing here runs a query.
"""

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from bot.core.model import Challenge, Talk, Ticket

V = TypeVar("V")


def stamp(instant: datetime) -> str:
    """An aware instant as text of fixed width in UTC, with microseconds: sorts as it happened. Refuses a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, stored as the text of `stamp`."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To text with microseconds, always in UTC."""
        return None if value is None else stamp(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back to an aware instant."""
        return None if value is None else datetime.fromisoformat(value)


class Shape(Generic[V]):
    """How a frozen dataclass is written as JSON text and read back."""

    def __init__(self, kind: type[V]) -> None:
        """Prepare the reader and writer once."""
        self._adapter: TypeAdapter[V] = TypeAdapter(kind)

    def dump(self, value: V) -> str:
        """The value as JSON text."""
        return self._adapter.dump_json(value).decode()

    def load(self, text: str) -> V:
        """The value again."""
        return self._adapter.validate_json(text)


TICKET = Shape(Ticket)
TALK = Shape(Talk)
CHALLENGE = Shape(Challenge)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

talks = Table(
    "talks",
    metadata,
    Column("id", String(43), primary_key=True),
    Column("key_hash", String(64), unique=True),
    Column("subject", String(64), index=True),
    Column("version", Integer, nullable=False),
    Column("wake_at", Instant, index=True),
    Column("last_at", Instant, nullable=False),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("body", Text, nullable=False),
)

lines = Table(
    "lines",
    metadata,
    Column("talk", String(43), ForeignKey("talks.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("who", String(8), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("client_id", String(64)),
    Column("text", Text, nullable=False),
    Column("buttons", Text, nullable=False),
    UniqueConstraint("talk", "client_id"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", String(43), primary_key=True),
    Column("ref", String(20), nullable=False, unique=True),
    Column("talk", String(43), index=True),
    Column("subject", String(64), index=True),
    Column("group_id", String(43), nullable=False, index=True),
    Column("right", String(32), nullable=False),
    Column("status", String(12), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("due", String(10), nullable=False),
    Column("wake_at", Instant, index=True),
    Column("received_at", Instant, nullable=False),
    Column("owed", Boolean),  # staff still have something to do
    Column("closed_at", Instant),
    Column("body", Text, nullable=False),
    Index(None, "owed", "due"),
    Index(None, "closed_at"),
)

ticket_keys = Table(
    "ticket_keys",
    metadata,
    Column("ticket", String(43), ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(64), primary_key=True, index=True),  # a keyed hash: a mailbox, or an account
)

places = Table(
    "places",
    metadata,
    Column("talk", String(43), ForeignKey("talks.id", ondelete="CASCADE"), primary_key=True),
    Column("door", String(12), nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "door", "hash"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(64), primary_key=True),  # a keyed hash of the mailbox
    Column("validity", Integer, nullable=False),
    Column("uid", Integer, nullable=False),
)

mails = Table(
    "mails",
    metadata,
    Column("id", String(43), primary_key=True),  # a keyed hash of its Message-ID and sender
    Column("state", String(12), nullable=False, index=True),
    Column("arrived_at", Instant, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("owner", String(43), index=True),  # the ticket or conversation it belongs to, once that is known
    Column("object", String(43)),  # the raw mail in the vault, until it is shredded
)

contents = Table(
    "contents",
    metadata,
    Column("id", String(43), primary_key=True),
    Column("owner", String(43), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "owner", "kind"),
)

challenges = Table(
    "challenges",
    metadata,
    Column("id", String(43), primary_key=True),
    Column("talk", String(43), nullable=False, index=True),
    Column("purpose", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("used_at", Instant),
    Column("ends_at", Instant, nullable=False),
    Column("body", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("count", Integer, nullable=False),
)

log = Table(
    "log",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("ticket", String(43), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("what", String(40), nullable=False),
    Column("facts", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("seq", Integer, primary_key=True),  # the order of queueing: several steps may be made at one instant
    Column("id", String(43), nullable=False, unique=True),
    Column("key", String(120), nullable=False, unique=True),
    Column("ticket", String(43), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("args", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("run_at", Instant, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("lease", String(43)),
    Column("lease_until", Instant),
    Column("error", String(80)),
    Column("done_at", Instant),
    Index(None, "state", "run_at"),  # what is due
    Index(None, "ticket", "state", "kind"),  # what is owed for a ticket, and which earlier step of a kind blocks
)

seen = Table(
    "seen",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("at", Instant, nullable=False),
)

absences = Table(
    "absences",
    metadata,
    Column("who", String(64), primary_key=True),
    Column("until", String(10), nullable=False),  # the last local day away
)

cards = Table(
    "cards",
    metadata,
    Column("ticket", String(43), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("ts", String(32), nullable=False),
    Index(None, "channel", "ts"),
)

links = Table(
    "links",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("owner", String(43), nullable=False, index=True),
    Column("who", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("used_at", Instant),
)

objects = Table(
    "objects",
    metadata,
    Column("id", String(43), primary_key=True),
    Column("ticket", String(43), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("size", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("shredded_at", Instant),
)
