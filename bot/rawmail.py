"""Raw mails, kept encrypted until it is known whose they are, and then destroyed.

Promise: a copy is announced to the database before it is written, so that no sweep takes it from under a mail that is
being delivered beside the desk; one whose mail was never noted, because the process died, is destroyed within minutes.
Limits: the shared mailbox, or the mail server that tries again, keeps the original.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from bot.core.mail import KeptMail
from bot.desk import Desk
from bot.ports import Safe

READ_AGAIN = timedelta(minutes=1)
"""Whoever keeps a mail reads it at once; the courier looks after it only after a crash."""

KIND = "mail"


class RawMails:
    """The copies, each under a random name: two ways in may bring the same mail at the same moment."""

    def __init__(self, *, desk: Desk, safe: Safe) -> None:
        """Keep them in this safe."""
        self._desk, self._safe = desk, safe

    async def keep(self, mail_id: str, raw: bytes, arrived: datetime) -> None:
        """Keep a mail that arrived then (UTC) before it is understood, as new; one that is known changes nothing."""
        object_id = self._desk.fresh()
        await self._desk.store.tx(lambda tx: self._announce(tx, mail_id, object_id, len(raw)))
        await asyncio.to_thread(self._write, mail_id, object_id, raw)
        if not await self._desk.store.tx(lambda tx: self._note(tx, mail_id, object_id, arrived)):
            await self.destroy(object_id)

    def _announce(self, tx: Any, mail_id: str, object_id: str, size: int) -> None:
        now = self._desk.clock()
        tx.work.add_object(object_id, ticket=mail_id, kind=KIND, size=size, now=now)
        args = {"ticket": mail_id, "kind": "letter", "object": object_id}
        tx.work.queue(self._desk.fresh(), key=f"letter:{object_id}", now=now, run_at=now + READ_AGAIN, **args)

    def _write(self, mail_id: str, object_id: str, raw: bytes) -> None:
        with self._safe.writer(object_id, ticket=mail_id, kind=KIND) as sink:
            sink.write(raw)

    def _note(self, tx: Any, mail_id: str, object_id: str, arrived: datetime) -> bool:
        now = self._desk.clock()
        if tx.people.mail(mail_id) is not None:
            return False
        tx.people.add_mail(
            KeptMail(id=mail_id, state="new", arrived_at=min(arrived, now), made_at=now, object=object_id)
        )
        return True

    async def read(self, kept: KeptMail) -> bytes:
        """The copy of a mail that still has one."""
        assert kept.object is not None
        pieces = self._safe.reader(kept.object, kept.id, KIND)
        return await asyncio.to_thread(b"".join, pieces)

    async def destroy(self, object_id: str) -> None:
        """Destroy a copy; what a crash leaves of it is swept at the next start."""
        await self._desk.store.tx(lambda tx: tx.work.shredded(object_id, self._desk.clock()))
        await self.shred(object_id)

    async def shred(self, object_id: str) -> None:
        """The same for a copy that the database already counts as destroyed."""
        with suppress(OSError):
            await asyncio.to_thread(self._safe.shred, object_id)
