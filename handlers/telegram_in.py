"""What came from Telegram, as one small value: who (by number), where, and what kind of thing it is.

Promise: a sender is a numeric id, never a username; a photo, file, voice, place or contact is a kind and nothing else,
so nobody can download it; text of other chats than private ones is not taken along. Limits: it answers nothing.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aiogram.types import CallbackQuery, Message, Update, User

TAKEN: Final = ("message", "edited_message", "callback_query")
"""The kinds of update the desk asks Telegram for; it sends no others."""

_COMMAND: Final = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)


class Kind(StrEnum):
    """What somebody did."""

    TEXT = "text"
    PRESS = "press"
    EDITED = "edited"
    FILE = "file"
    OTHER = "other"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, kw_only=True)
class Came:
    """One update: its number, the chat, the kind; text, the pressed data, and the first name for a masked question."""

    number: int
    chat: int
    kind: Kind
    text: str = ""
    lang: str = "en"
    name: str = ""
    query: str = ""
    message: int = 0

    @property
    def command(self) -> tuple[str, str]:
        """The command's name in lower case and what follows it; both empty when this is no command."""
        found = _COMMAND.fullmatch(self.text) if self.kind is Kind.TEXT else None
        return (found["name"].lower(), (found["rest"] or "").strip()) if found else ("", "")


def read(update: Update) -> Came | None:
    """The update as a value, or None for what the desk does not answer (other kinds, other bots)."""
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query)
    message = update.message or update.edited_message
    if message is None or message.from_user is None or message.from_user.is_bot:
        return None
    if message.chat.type != "private" or message.chat.id != message.from_user.id:
        return Came(number=update.update_id, chat=message.chat.id, kind=Kind.ELSEWHERE, lang=_lang(message.from_user))
    kind = Kind.EDITED if update.edited_message is not None else _kind(message)
    return Came(
        number=update.update_id,
        chat=message.chat.id,
        kind=kind,
        text=message.text or "" if kind is Kind.TEXT else "",
        lang=_lang(message.from_user),
        name=message.from_user.first_name,
        message=message.message_id,
    )


def _pressed(number: int, query: CallbackQuery) -> Came | None:
    message = query.message
    if query.from_user.is_bot or message is None:
        return None
    is_private = message.chat.type == "private" and message.chat.id == query.from_user.id
    return Came(
        number=number,
        chat=query.from_user.id,
        kind=Kind.PRESS,
        text=(query.data or "") if is_private else "",  # a button of another chat means nothing
        lang=_lang(query.from_user),
        name=query.from_user.first_name,
        query=query.id,
        message=message.message_id if is_private else 0,
    )


def _kind(message: Message) -> Kind:
    if message.text is not None:
        return Kind.TEXT
    files = (message.photo, message.document, message.video, message.animation, message.audio, message.video_note)
    return Kind.FILE if any(files) else Kind.OTHER


def _lang(user: User) -> str:
    return "nl" if (user.language_code or "").lower().partition("-")[0] == "nl" else "en"
