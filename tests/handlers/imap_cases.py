"""What the tests of the mail door share: a desk that takes mails, a cursor that stays, a line that chokes."""

import asyncio
import contextlib
import hashlib
import imaplib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from handlers.imap import MailboxDoor, MailboxServer, Pauses
from tests.dovecot import PASSWORD, Dovecot

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
PATIENCE = 60.0
QUICK = Pauses(first=0.02, longest=0.2, login=0.2)
SLOW = Pauses(first=10 * PATIENCE, longest=10 * PATIENCE)
CHUNK = 4096


def a_mail(subject: str, *, number: int = 0, body: bytes = b"Hello.\r\n") -> bytes:
    head = (
        f"From: a{number}@example.nl",
        "To: info@seleqt.ai",
        f"Subject: {subject}",
        f"Message-ID: <m{number}@example.nl>",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Told:
    """Something tests can wait on: a condition over facts that change."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()

    def tell(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    async def until(self, holds: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await self._bell.wait()


class Room(Told):
    """The desk's side: takes every mail once, recognises repeats, and can fail."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[bytes] = []
        self.keeps = True
        self.arrived: list[datetime] = []
        self.truncated: list[bool] = []
        self.calls = 0
        self.fails: Callable[[bytes], bool] = lambda raw: False
        self.stalls: Callable[[bytes], bool] = lambda raw: False
        self.meanwhile: Callable[[bytes], Any] = lambda raw: None
        self._verdicts: dict[str, str] = {}

    async def take(self, raw: bytes, arrived: datetime, *, truncated: bool = False) -> str:
        self.calls += 1
        self.tell()
        if self.fails(raw):
            raise RuntimeError("the disk is full")
        if self.stalls(raw):
            await asyncio.Event().wait()
        name = hashlib.sha256(raw).hexdigest()
        if name not in self._verdicts:
            self._verdicts[name] = "ours" if b"Subject: Privacy" in raw else "not_ours"
            self.taken.append(raw if self.keeps else b"")
            self.arrived.append(arrived)
            self.truncated.append(truncated)
            self.meanwhile(raw)
        self.tell()
        return self._verdicts[name]

    @property
    def subjects(self) -> list[str]:
        return [raw.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for raw in self.taken]


class Kept(Told):
    """The cursor, as a database would keep it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, tuple[int, int]] = {}
        self.writes: list[int] = []

    async def read(self, mailbox: str) -> tuple[int, int] | None:
        return self.rows.get(mailbox)

    async def write(self, mailbox: str, validity: int, uid: int) -> None:
        self.rows[mailbox] = (validity, uid)
        self.writes.append(uid)
        self.tell()


class Box:
    """One user's mailbox on a server, the desk behind it, and doors to it, one after another."""

    def __init__(self, dovecot: Dovecot, user: str) -> None:
        self.dovecot, self.user = dovecot, user
        self.room, self.kept = Room(), Kept()
        self.server = MailboxServer(host="127.0.0.1", port=dovecot.port, tls="none", user=user, password=PASSWORD)

    def put(self, subject: str, *, at: datetime = NOW, flags: str = "", number: int = 0, body: bytes = b"Hello.\r\n"):
        return self.dovecot.put(self.user, a_mail(subject, number=number, body=body), at=at, flags=flags)

    def put_and_seen(self, subject: str, *, number: int) -> None:
        """A mail arrives, and the server has noticed it: another program's connection sees it."""
        self.put(subject, number=number)
        with imaplib.IMAP4("127.0.0.1", self.dovecot.port) as other:
            other.login(self.user, PASSWORD)
            until = time.monotonic() + PATIENCE
            while int(other.select("INBOX", readonly=True)[1][0]) < number:
                assert time.monotonic() < until

    def mails(self, folder: str = "") -> dict[str, bytes]:
        return self.dovecot.mails(self.user, folder)

    def door(self, **more: Any) -> MailboxDoor:
        server = replace(self.server, **more.pop("server", {}))
        given = {"pauses": QUICK, "clock": lambda: NOW, "taker": self.room, "cursor": self.kept} | more
        return MailboxDoor(server=server, **given)

    @asynccontextmanager
    async def attended(self, **more: Any) -> AsyncIterator[MailboxDoor]:
        """A door at work: its first look is done when the block begins."""
        looks = len(self.kept.writes)
        door = self.door(**more)
        async with at_work(door):
            if self.kept.rows:
                await until_connected(door)
            else:
                await self.kept.until(lambda: len(self.kept.writes) > looks)
            yield door


@asynccontextmanager
async def at_work(door: MailboxDoor) -> AsyncIterator[None]:
    work = asyncio.create_task(door.run())
    try:
        yield
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def until(holds: Callable[[], Any]) -> None:
    """Wait for something that tells nobody: a door's state, a file."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.01)


async def until_connected(door: MailboxDoor) -> None:
    await until(lambda: door.state.connected)


class Choke:
    """A line to a server that stops giving after so many bytes, until it is told to go on."""

    def __init__(self, port: int, *, after: int) -> None:
        self._target, self._left = port, after
        self.choked, self.open = asyncio.Event(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Choke"]:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        for work in (self._pass(reader, far_writer, is_down=False), self._pass(far_reader, writer, is_down=True)):
            task = asyncio.create_task(work)
            self._tasks.add(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_down: bool) -> None:
        try:
            while data := await reader.read(CHUNK):
                if is_down and not self.open.is_set():
                    self._left -= len(data)
                    if self._left < 0:
                        self.choked.set()
                        await self.open.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
