"""The demo's own pages on a loopback port: platform, mailbox and clock as the demo wires them, without a desk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
from aiohttp import web

from bot.demo.mailbox import Mailbox, MailPages, TravelClock, Writing
from bot.demo.platform.seeding import create
from bot.demo.platform.seeds import PEOPLE
from bot.demo.site import Platform, Site

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Demo:
    """One data folder and everything on top of it; a second one on the same folder is a restart."""

    def __init__(self, folder: Path, extra: tuple[web.RouteDef, ...] = ()) -> None:
        self.clock = TravelClock(folder / "clock.json", real=lambda: NOON)
        self.database = folder / "platform.sqlite3"
        if not self.database.exists():
            create(self.database, NOON.date())
        self.platform = Platform(folder / "platform", clock=self.clock)
        self.mailbox = Mailbox(folder / "mail", clock=self.clock)
        self.site = Site(platform=self.platform, people=PEOPLE, database=self.database, clock=self.clock)
        self.writing = Writing(folder / "written", clock=self.clock, desk_address="info@seleqt.example", people=PEOPLE)
        self.writing.deliver = self._deliver
        self.delivered: list[bytes] = []
        self.verdicts: list[str] = []
        self.pages = MailPages(mailbox=self.mailbox, clock=self.clock, writing=self.writing)
        self.extra = extra
        self.url = ""

    async def _deliver(self, raw: bytes) -> str:
        """The desk's side of a mail: the next of the verdicts a test wants, else not ours."""
        self.delivered.append(raw)
        return self.verdicts.pop(0) if self.verdicts else "not_ours"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Demo"]:
        app = web.Application()
        app.add_routes([*self.site.routes(), *self.pages.routes(), *self.extra])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with self.mailbox.running():
                yield self
        finally:
            await runner.cleanup()

    async def send(self, to: str, subject: str = "Hello", text: str = "Words.", html: str = "") -> None:
        """One mail over SMTP, as the desk sends it."""
        message = mail(to, subject, text, html)
        await aiosmtplib.send(message, hostname=self.mailbox.host, port=self.mailbox.port, start_tls=False)


def mail(to: str, subject: str = "Hello", text: str = "Words.", html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "info@seleqt.example"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = "<one@seleqt.example>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message
