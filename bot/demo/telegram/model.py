"""Values of the pretend Telegram: its accounts, messages, calls, switches, and its way of refusing.

Promise: plain values; Telegram's own names where it has some. Limits: only what a bot in private chats needs.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class RefusedError(Exception):
    """The Bot API says no: HTTP status, its words, and seconds to wait for a 429."""

    def __init__(self, code: int, words: str, *, retry_after: int = 0) -> None:
        """Keep the code and the words."""
        super().__init__(words)
        self.code, self.words, self.retry_after = code, words, retry_after

    @property
    def body(self) -> Json:
        """The answer as the Bot API gives it."""
        answer: Json = {"ok": False, "error_code": self.code, "description": self.words}
        return answer | ({"parameters": {"retry_after": self.retry_after}} if self.retry_after else {})


def bad(words: str) -> RefusedError:
    """A 400 in Telegram's words."""
    return RefusedError(400, f"Bad Request: {words}")


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person with Telegram on the phone."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    lang: str = "en"

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def user(self) -> Json:
        """The account as a User object."""
        names = {"last_name": self.last_name, "username": self.username}
        given = {key: value for key, value in names.items() if value}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, **given, "language_code": self.lang}

    def chat(self) -> Json:
        """Its private chat with the bot as a Chat object."""
        names = {"last_name": self.last_name, "username": self.username}
        given = {key: value for key, value in names.items() if value}
        return {"id": self.id, "first_name": self.first_name, **given, "type": "private"}


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of a chat; `html` is how the bot wrote it, `kind` what a person sent besides words."""

    id: int
    chat: int
    date: int
    text: str
    is_bot: bool
    html: str = ""
    rows: list[list[Json]] = field(default_factory=list)
    kind: str = "text"
    edited: int = 0
    protected: bool = False
    preview: bool = True


@dataclass(frozen=True, kw_only=True)
class Call:
    """One Bot API call: method, arguments, and what was answered."""

    method: str
    arguments: Json
    answer: Json


@dataclass(frozen=True, kw_only=True)
class Switches:
    """What can be made to go wrong: so many calls refused with 429, seconds it names, broken answers (500)."""

    ratelimited: int = 0
    retry_after: int = 1
    broken: int = 0


ACCOUNTS = (
    Account(id=501_000_107, first_name="Joris", last_name="de Wit", username="jorisdw", lang="nl"),
    Account(id=501_000_201, first_name="Anna", last_name="Berg", username="annaberg", lang="en"),
    Account(id=501_000_302, first_name="Fatima", lang="nl"),
    Account(id=501_000_666, first_name="<b>Mallory</b>", username="seleqt_support", lang="en"),
)
"""Nobody is known to the platform by Telegram: names and usernames prove nothing, one tries to look official."""
