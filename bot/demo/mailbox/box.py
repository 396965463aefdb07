"""The demo's mailbox: a real SMTP server on loopback that keeps whatever it is given.

Promise: a mail is answered with 250 only after its file is whole; letters survive a restart, in order; `down` refuses
everything for now (451), an address in `refused` for good (550). Limits: no login, no TLS, 5 MB a mail; it takes mail
for any address and sends none.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.demo.keeping import write_private
from bot.demo.mailbox.letters import Letter, read_letter, stamped

Clock = Callable[[], datetime]
HOST = "127.0.0.1"
LARGEST = 5 * 1024 * 1024
_BUSY = "451 4.3.2 The pretend mail server is switched off"
_REFUSED = "550 5.1.1 The pretend mail server refuses this address"
_BROKEN = "451 4.3.0 The pretend mail server could not keep this"


class Mailbox:
    """All letters, oldest first, and the SMTP server that takes them."""

    def __init__(self, folder: Path, *, clock: Clock, port: int = 0) -> None:
        """`folder` keeps the letters: `new` the unread ones, `read` the others. Port 0 is any free one."""
        self.host, self.port = HOST, port
        self.down = False
        self.refused: set[str] = set()
        self.version = 0
        self._folder, self._clock = folder, clock
        self._letters = {number: read_letter(file.read_bytes(), number) for number, file in _kept(folder)}
        self._unread = {int(file.stem) for file in (folder / "new").glob("*.eml")}
        self._bell = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()

    # ---- the server

    async def start(self) -> None:
        """Listen; `port` then says where. Raises OSError when the port is taken."""
        # Its log would hold addresses of people.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Line(self, self._lines, loop), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and end open connections; what was answered with 250 stays."""
        if self._server is None:
            return
        self._server.close()
        for line in list(self._lines):
            line.end()
        await self._server.wait_closed()
        self._server = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Listen for as long as the block lasts; gives the port."""
        await self.start()
        try:
            yield self.port
        finally:
            await self.stop()

    def take(self, to: str, content: bytes) -> Letter:
        """Keep one mail for one address. Raises OSError."""
        number = max(self._letters, default=0) + 1
        letter = read_letter(stamped(to, self._clock(), content), number)
        write_private(self._folder / "new" / _name(number), letter.raw)
        self._letters[number] = letter
        self._unread.add(number)
        self._changed()
        return letter

    def _changed(self) -> None:
        self.version += 1
        self._bell.set()
        self._bell = asyncio.Event()

    # ---- reading

    def letters(self, to: str | None = None) -> list[Letter]:
        """The letters for an address (case doesn't matter), or all of them; oldest first."""
        return [one for one in self._letters.values() if to is None or one.to.casefold() == to.casefold()]

    def letter(self, number: int) -> Letter | None:
        """One letter by its number."""
        return self._letters.get(number)

    def is_unread(self, letter: Letter) -> bool:
        """Whether nobody has opened it yet."""
        return letter.number in self._unread

    def mark_read(self, letter: Letter) -> None:
        """It was opened. Raises OSError."""
        if letter.number in self._unread:
            done = self._folder / "read"
            done.mkdir(exist_ok=True)
            (self._folder / "new" / _name(letter.number)).replace(done / _name(letter.number))
            self._unread.discard(letter.number)
            self._changed()

    async def wait_for(self, to: str, subject_contains: str, within: float, *, count: int = 1) -> Letter:
        """The newest letter for `to` with these words in its subject, once there are `count` of them.

        `within` is seconds; TimeoutError after it.
        """
        async with asyncio.timeout(within):
            while True:
                bell = self._bell
                found = [one for one in self.letters(to) if subject_contains in one.subject]
                if len(found) >= count:
                    return found[-1]
                await bell.wait()

    # ---- trouble

    def switch(self, *, down: bool, refused: set[str]) -> None:
        """Set both switches: the whole server away for now, and addresses refused for good."""
        self.down, self.refused = down, {address.strip().casefold() for address in refused if address.strip()}
        self._changed()


def _name(number: int) -> str:
    return f"{number:06d}.eml"


def _kept(folder: Path) -> list[tuple[int, Path]]:
    return sorted((int(file.stem), file) for file in folder.glob("*/*.eml"))


class _Intake:
    """The hooks that aiosmtpd calls by these names, and the answers to the sender."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Who sends: nobody may while the server is switched off."""
        if self._mailbox.down:
            return _BUSY
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """For whom: anybody but a refused address."""
        if address.casefold() in {one.casefold() for one in self._mailbox.refused}:
            return _REFUSED
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The mail itself: one letter for each address."""
        content = envelope.content
        assert isinstance(content, bytes)
        for address in envelope.rcpt_tos:
            self._mailbox.take(address, content)
        return "250 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Something broke here, a full disk perhaps: the sender may try again."""
        return _BROKEN


class _Line(SMTP):
    """One connection, known to the mailbox while it is open so that a stop ends it."""

    def __init__(self, mailbox: Mailbox, lines: set["_Line"], loop: asyncio.AbstractEventLoop) -> None:
        # A host name of our own: asking the resolver for one can take seconds.
        super().__init__(
            _Intake(mailbox), hostname="mail.localhost", ident="pretend mail server", data_size_limit=LARGEST,
            enable_SMTPUTF8=True, loop=loop,
        )  # fmt: skip
        self._lines = lines

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._lines.discard(self)
        super().connection_lost(error)

    def end(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.close()
