"""What happens beside a conversation in Telegram: fixed notes, the waiting sign on a button, rows that are taken away.

Promise: none of it holds up or fails a turn; it is done in the background, once, and a failure costs no more than a
note or a row of buttons that no longer answers. Limits: which row is open in a chat is known for the newest chats and
until a restart; after that an old row stays to be seen, and a press on it is still judged by the desk.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from handlers.telegram_line import FAILURES, TelegramLine
from handlers.telegram_words import Rows, links_only

CHATS_KNOWN: Final = 10_000
STOP_WITHIN: Final = 3.0
LOG = structlog.get_logger("telegram")


class Asides:
    """Does small things without being waited for."""

    def __init__(self, line: TelegramLine) -> None:
        """Speak over this line."""
        self._line = line
        self._under_way: set[asyncio.Task[None]] = set()
        self._open: OrderedDict[int, tuple[int, Rows]] = OrderedDict()

    async def close(self) -> None:
        """Give what is under way a moment to end."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=STOP_WITHIN)
            for task in late:
                task.cancel()

    def note(self, chat: int, text: str, rows: Rows = ()) -> None:
        """Send a fixed note."""
        self._do(self._line.send(chat, text, rows))

    def notice(self, query: str, text: str = "") -> None:
        """End a button's waiting sign."""
        self._do(self._line.notice(query, text))

    def opened(self, chat: int, message: int, rows: Rows) -> None:
        """A message with choices was sent: the chat's earlier choices are history."""
        self.answered(chat)
        self._open[chat] = (message, rows)
        if len(self._open) > CHATS_KNOWN:
            self._open.popitem(last=False)

    def answered(self, chat: int, pressed: int = 0) -> None:
        """The person said something or pressed under message `pressed`: no choice stays open behind it."""
        message, rows = self._open.pop(chat, (0, ()))
        for one in {message, pressed} - {0}:
            self._do(self._line.close_row(chat, one, links_only(rows) if one == message else ()))

    def _do(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(_quietly(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


async def _quietly(work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except FAILURES as failure:
        LOG.info("telegram_aside_failed", error=type(failure).__name__)
