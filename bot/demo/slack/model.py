"""The nouns of the pretend Slack workspace: people, channels, messages, views, switches, and what was exchanged.

Promise: frozen values; every text is kept exactly as the desk sent it. Limits: one workspace, one app, no files,
no reactions, no editing by people: the stand-in exists so that staff decisions can be seen and tested.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.demo.slack.shapes import Json


class RefusedError(Exception):
    """Slack's `ok: false`: the error word, and the faults it names in `response_metadata.messages`."""

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(error, *(messages or ()))
        self.error = error
        self.messages = messages or []


@dataclass(frozen=True, kw_only=True)
class Person:
    """A colleague in the workspace. `role` is only shown to whoever chooses a person; it grants nothing."""

    id: str
    name: str
    handle: str
    role: str


STAFF = (
    Person(id="U0LOTTE", name="Lotte de Wit", handle="lotte", role="approver"),
    Person(id="U0JORIS", name="Joris Bakker", handle="joris", role="approver"),
    Person(id="U0MINA", name="Mina Haddad", handle="mina", role="approver, legal"),
    Person(id="U0BRAM", name="Bram Visser", handle="bram", role="colleague without rights"),
)


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A place for messages; `only` is the one colleague who sees it (a direct message) or None for all."""

    id: str
    name: str
    only: str | None = None


CHANNELS = (Channel(id="C0PRIVACY", name="privacy-desk"),)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One post of the app. `only` is the single reader of an ephemeral one; `edited` is the ts of the last edit."""

    ts: str
    channel: str
    text: str
    blocks: list[Json]
    thread: str | None = None
    edited: str | None = None
    only: str | None = None
    metadata: Json | None = None
    state: Json = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class View:
    """A modal or an App Home as one person sees it: `state` is what they entered, `errors` stands by block id."""

    id: str
    user: str
    body: Json
    hash: str
    root: str
    previous: str | None = None
    state: Json = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """The blocks as the desk sent them, ids filled in."""
        blocks: list[Json] = self.body["blocks"]
        return blocks


@dataclass(frozen=True, kw_only=True)
class Switches:
    """What goes wrong on purpose, each off by default.

    `retry`: how often each interaction and event is sent again. `ratelimited`: how many API calls are still to be
    answered 429. `late`: seconds between a click and its delivery. `wrong_signature`, `stale`: sign with another
    secret, or with a time ten minutes ago. `deaf`: open sockets stay open and nothing comes through them.
    """

    retry: int = 0
    ratelimited: int = 0
    late: float = 0.0
    wrong_signature: bool = False
    stale: bool = False
    deaf: bool = False


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One request to the desk and its answer; `status` is None when no answer came in time."""

    kind: str
    sent: Json
    status: int | None
    body: str = ""
    retry: int = 0

    @property
    def accepted(self) -> bool:
        """Whether the desk answered 200 in time, the only answer Slack takes for an acknowledgement."""
        return self.status == 200


@dataclass(frozen=True, kw_only=True)
class Call:
    """One Web API call of the desk: the method, its arguments and our answer."""

    method: str
    arguments: Json
    answer: Json
