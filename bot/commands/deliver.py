"""`mail deliver`: one raw mail on standard input, for a mail server that pipes mail to a program.

Promise: 0 only after the mail is kept for good; whatever fails, or is stopped, ends with 75 and the mail server tries
again (codes of sysexits.h). 65 is an empty input, 78 settings that can't be read; mail servers send both back.
Limits: of a mail above 30 MB only the beginning is kept, and the desk says so to its sender.
"""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from bot.app import wired
from bot.commands.serve import settings_from
from bot.parts import machine_time
from bot.ports import Taker
from bot.settings import Settings, Unfit
from handlers.imap import FIRST, LARGEST

TAKEN, EMPTY, TRY_AGAIN, NOT_CONFIGURED = 0, 65, 75, 78
PIECE = 64 * 1024

Opening = Callable[[Settings], AbstractAsyncContextManager[Taker]]
"""Opens the desk's room for mail with these settings, for one command."""


@asynccontextmanager
async def post_room(settings: Settings) -> AsyncIterator[Taker]:
    """The desk's own room for mail, beside a desk that may be running; that one answers within a minute."""
    async with wired(settings, beside=True) as app:
        yield app.post_room


def read_mail(stream: BinaryIO) -> tuple[bytes, bool]:
    """The mail, and whether it is only its beginning: the rest of one above 30 MB is read, so that the pipe holds."""
    raw = stream.read(LARGEST + 1)
    if len(raw) <= LARGEST:
        return raw, False
    while stream.read(PIECE):
        pass
    return raw[:FIRST], True


async def deliver(env_file: Path, raw: bytes, *, truncated: bool, opening: Opening = post_room) -> int:
    """Hand the mail to the desk; the exit code."""
    arrived = machine_time()
    if not raw.strip():
        return _said("the input is empty: pipe one raw mail into this command", EMPTY)
    try:
        settings = settings_from(env_file)
    except Unfit as problem:
        return _said(str(problem), NOT_CONFIGURED)
    try:
        async with opening(settings) as room:
            await room.take(raw, arrived, truncated=truncated)
    except Unfit as problem:  # a migration that has to run first, for example: an operator can mend that
        return _said(str(problem), TRY_AGAIN)
    except Exception as failure:
        # Its name alone: an error's text may hold a part of the mail.
        return _said(f"the mail could not be taken now ({type(failure).__name__})", TRY_AGAIN)
    return TAKEN


def _said(words: str, code: int) -> int:
    sys.stderr.write(f"{words}\n")
    return code
