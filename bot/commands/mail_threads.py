"""`mail explain` beside a desk's own database: to which ticket a mail belongs, by the rule of the post room.

Promise: the database is only read; a mail of a stranger belongs to nothing, whatever it answers. Limits: without a
database of this desk nothing is looked up, and none is made.
"""

import asyncio
import sys
from collections.abc import Iterable
from email.utils import parseaddr
from pathlib import Path

from bot.commands.mail_jsonl import explainer
from bot.commands.serve import refused, settings_from
from bot.core import identity
from bot.core.mail import Mail
from bot.parts import machine_time
from bot.settings import Settings, Unfit
from bot.threads import Threads
from handlers.mime import reply_token
from storage.store import Store


async def explained(env_file: Path, lines: Iterable[str]) -> int:
    """Answer each line of JSON on standard output, in order; the exit code, 2 for settings that can't be used."""
    try:
        settings = settings_from(env_file)
        if not settings.database.exists():
            raise Unfit("there is no database yet, so no mail can belong to a ticket: leave --env-file out")
    except Unfit as problem:
        return refused(problem)
    store = await Store(settings.database).open()
    try:
        await asyncio.to_thread(_answered, settings, store, lines, asyncio.get_running_loop())
    finally:
        await store.close()
    return 0


def _answered(settings: Settings, store: Store, lines: Iterable[str], loop: asyncio.AbstractEventLoop) -> None:
    """In a thread of its own, because standard input is waited for; each look-up goes back to the loop."""
    threads = _rule(settings)

    def threads_to(mail: Mail) -> str | None:
        look = store.read(lambda tx: threads.ref_of(tx, mail, machine_time()))
        return asyncio.run_coroutine_threadsafe(look, loop).result()

    own = threads.own.rpartition("@")[2]
    answer = explainer(threads_to=threads_to, authserv=settings.mail_authserv, own=own)
    for line in lines:
        sys.stdout.write(answer(line) + "\n")
        sys.stdout.flush()


def _rule(settings: Settings) -> Threads:
    key = settings.hash_key.get_secret_value()

    def mailbox(address: str) -> str:
        return identity.keyed(key, "mailbox", identity.canonical(address))

    return Threads(own=parseaddr(settings.mail_from)[1], token=reply_token, mailbox=mailbox)
