"""Calls to Telegram's Bot API through aiogram: what can help later is said so, everything else in our own errors.

Promise: no error and no log line carries the token, a text or a name; a 429 comes out as TryLater with the seconds
Telegram named, a person who blocked us as AddressRefused, a dead line as PostDown. Updates of a kind this version does
not know are stepped over one by one and never stop the rest. Limits: it queues nothing; the courier does.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import structlog
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Update,
)
from aiogram.utils.token import TokenValidationError
from pydantic import ValidationError

from bot.ports import AddressRefused, PostDown, TryLater
from handlers.telegram_in import TAKEN
from handlers.telegram_words import NOTICE_MOST, Rows, bare, html

POLL_SECONDS: Final = 25
"""How long Telegram may hold a request for updates open; below the minute after which proxies give up."""
ANSWER_SECONDS: Final = 15
CONNECTIONS: Final = 8
"""Calls to the webhook at once; a turn takes milliseconds, and one chat's messages should not overtake each other."""
LOG = structlog.get_logger("telegram")
_GONE: Final = ("chat not found", "user is deactivated", "peer_id_invalid")


class Conflict(Exception):
    """Somebody else takes this bot's updates: another process polls, or a webhook is set."""


class TokenRefused(Exception):
    """Telegram does not know this token (any more)."""


class CallRefused(Exception):
    """Telegram will never take this very call; the message is Telegram's own and holds no text of ours."""


FAILURES: Final = (PostDown, TryLater, AddressRefused, Conflict, TokenRefused, CallRefused)
"""Everything a call can end in."""


@contextmanager
def told() -> Iterator[None]:
    """aiogram's errors as ours."""
    try:
        yield
    except TelegramRetryAfter as error:
        raise TryLater(float(error.retry_after)) from None
    except TelegramForbiddenError:
        raise AddressRefused("blocked") from None
    except TelegramConflictError:
        raise Conflict from None
    except (TelegramUnauthorizedError, TelegramNotFound):
        raise TokenRefused("telegram") from None
    except TelegramBadRequest as error:
        if any(word in error.message.lower() for word in _GONE):
            raise AddressRefused("gone") from None
        raise CallRefused(error.message) from None
    except (TelegramAPIError, ClientDecodeError, OSError):
        raise PostDown("telegram") from None


class TelegramLine:
    """One bot at the Bot API."""

    def __init__(self, *, token: str, base_url: str) -> None:
        """`base_url` is the root of the Bot API; aiogram refuses a token that is none with ValueError."""
        session = AiohttpSession(api=TelegramAPIServer.from_base(base_url))
        session.timeout = ANSWER_SECONDS
        quiet = DefaultBotProperties(protect_content=True, link_preview=LinkPreviewOptions(is_disabled=True))
        try:
            self._bot = Bot(token, session=session, default=quiet)
        except TokenValidationError:
            raise ValueError("this is no bot token: BotFather gives one like 123456:AAE...") from None
        self.bot_id = self._bot.id

    async def close(self) -> None:
        """Let the connections go."""
        await self._bot.session.close()

    # ---- what is set up once

    async def name(self) -> str:
        """The bot's username, as deep links need it."""
        with told():
            return (await self._bot.get_me()).username or ""

    async def commands(self, lang: str, words: Mapping[str, str]) -> None:
        """Offer these commands in private chats; `lang` empty for everybody whose language has no list of its own."""
        found = [BotCommand(command=name, description=text) for name, text in words.items()]
        with told():
            await self._bot.set_my_commands(found, scope=BotCommandScopeAllPrivateChats(), language_code=lang or None)

    async def no_webhook(self) -> None:
        """Take a webhook away; what waits is kept."""
        with told():
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def webhook(self, url: str, secret: str) -> None:
        """Have updates delivered here, each with this secret in a header."""
        with told():
            await self._bot.set_webhook(
                url, secret_token=secret, allowed_updates=list(TAKEN), max_connections=CONNECTIONS
            )

    # ---- in

    async def updates(self, offset: int, seconds: int = POLL_SECONDS) -> tuple[int, tuple[Update, ...]]:
        """Wait up to so many seconds for updates from number `offset` on.

        Returns the next offset and the updates that can be read. Raises Conflict, TokenRefused, TryLater or PostDown.
        """
        with told():
            try:
                found = await self._bot.get_updates(
                    offset=offset,
                    timeout=seconds,
                    allowed_updates=list(TAKEN),
                    request_timeout=seconds + ANSWER_SECONDS,
                )
            except ClientDecodeError as error:
                return self._one_by_one(offset, error.data)
        return max((one.update_id + 1 for one in found), default=offset), tuple(found)

    def _one_by_one(self, offset: int, data: Any) -> tuple[int, tuple[Update, ...]]:
        """A batch in which something cannot be read: the rest of it counts. Raises PostDown for no batch at all."""
        raw = data.get("result") if isinstance(data, dict) else None
        if not isinstance(raw, list):
            raise PostDown("telegram")
        numbers = [one["update_id"] for one in raw if isinstance(one, dict) and isinstance(one.get("update_id"), int)]
        found = (self.read(one) for one in raw)
        return max((one + 1 for one in numbers), default=offset), tuple(one for one in found if one is not None)

    def read(self, raw: Any) -> Update | None:
        """One update from its JSON; None, and a line in the log without its contents, when it cannot be read."""
        try:
            return Update.model_validate(raw, context={"bot": self._bot})
        except ValidationError:
            LOG.warning("telegram_update_unreadable")
            return None

    # ---- out

    async def send(self, chat: int, text: str, rows: Rows = ()) -> int:
        """Send a text in the chat's simple marks; returns the message's number. Raises as `told` says.

        A text whose marks Telegram cannot read goes out once more without them: the words matter.
        """
        markup = keyboard(rows)
        with told():
            try:
                sent = await self._bot.send_message(chat, html(text), parse_mode="HTML", reply_markup=markup)
            except TelegramBadRequest as error:
                if "can't parse entities" not in error.message:
                    raise
                LOG.error("telegram_markup_refused")
                sent = await self._bot.send_message(chat, bare(text), parse_mode=None, reply_markup=markup)
        return sent.message_id

    async def close_row(self, chat: int, message: int, links: Rows = ()) -> None:
        """Take the choices away from under a message that was answered; its links stay."""
        with told():
            await self._bot.edit_message_reply_markup(chat_id=chat, message_id=message, reply_markup=keyboard(links))

    async def notice(self, query: str, text: str = "") -> None:
        """End the waiting sign on a pressed button, with a small note if there is one."""
        with told():
            await self._bot.answer_callback_query(query, text=text[:NOTICE_MOST] or None)


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """Rows of buttons as Telegram's inline keyboard; None for none."""
    if not rows:
        return None
    shown = [
        [InlineKeyboardButton(text=key.label, url=key.url or None, callback_data=key.data or None) for key in row]
        for row in rows
    ]
    return InlineKeyboardMarkup(inline_keyboard=shown)
