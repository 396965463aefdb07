"""The pages under `/demo/mail`: the list, an opened letter, mail to the desk, the switches; `/demo/time` moves time.

Promise: works without a script (a script only keeps the list fresh); a letter's HTML is shown from an address of its
own, sandboxed, without scripts and without loading anything. Limits: whoever opens the page reads everybody's mail.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.demo.clock import TravelClock
from bot.demo.mailbox.box import Mailbox
from bot.demo.mailbox.letters import Letter, framed, linked
from bot.demo.mailbox.writing import Draft, Writing, Written, reply_to
from bot.demo.stage import environment, headers, own_page, plain_file

ZONE = ZoneInfo("Europe/Amsterdam")
JUMPS = (
    ("1 hour", "hours", 1),
    ("1 day", "days", 1),
    ("3 days", "days", 3),
    ("7 days", "days", 7),
    ("30 days", "days", 30),
)
_PAGE = headers("frame-src 'self'")
# The HTML part is somebody else's page: no script, no form, no origin, nothing loaded; its own styles stand inline.
_FRAMED = {
    **headers(),
    "Content-Security-Policy": "; ".join(
        [
            "sandbox allow-popups allow-popups-to-escape-sandbox",
            "default-src 'none'",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "form-action 'none'",
            "frame-ancestors 'self'",
        ]
    ),
}


class MailPages:
    """The handlers of the mailbox's pages and of the clock."""

    def __init__(self, *, mailbox: Mailbox, clock: TravelClock, writing: Writing | None = None) -> None:
        """Show this mailbox, move this clock; the form for mail to the desk shows while `writing` can deliver."""
        self._mailbox, self._clock, self._writing = mailbox, clock, writing
        self._templates = environment()
        self._templates.globals.update(linked=linked, day_of=_day, time_of=_time, ago=self._ago)

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the mailbox and the clock."""
        return [
            web.get("/demo/mail", self.inbox),
            web.get("/demo/mail/mail.css", self.style),
            web.get("/demo/mail/mail.js", self.script),
            web.get("/demo/mail/version", self.version),
            web.post("/demo/mail/switches", self.switches),
            web.get("/demo/mail/write", self.write),
            web.post("/demo/mail/write", self.send),
            web.get("/demo/mail/sent", self.sent),
            web.get(r"/demo/mail/sent/{number:\d{1,9}}", self.written),
            web.get(r"/demo/mail/sent/{number:\d{1,9}}/raw", self.written_source),
            web.get(r"/demo/mail/{number:\d{1,9}}", self.letter),
            web.get(r"/demo/mail/{number:\d{1,9}}/html", self.html_part),
            web.get(r"/demo/mail/{number:\d{1,9}}/raw", self.source),
            web.get("/demo/time", self.time),
            web.post("/demo/time", self.pass_time),
        ]

    # ---- looking

    async def inbox(self, request: web.Request) -> web.Response:
        """The list of letters, newest first, perhaps for one address."""
        return self._page(request)

    async def letter(self, request: web.Request) -> web.Response:
        """The list with one letter opened; from now on it counts as read."""
        letter = self._letter(request)
        self._mailbox.mark_read(letter)
        return self._page(request, opened=letter)

    def _letter(self, request: web.Request) -> Letter:
        letter = self._mailbox.letter(int(request.match_info["number"]))
        if letter is None:
            raise web.HTTPNotFound(text="no such letter", headers=_PAGE)
        return letter

    def _page(
        self,
        request: web.Request,
        *,
        opened: Letter | None = None,
        written: Written | None = None,
        draft: Draft | None = None,
        is_sent: bool = False,
        fault: str = "",
    ) -> web.Response:
        every, wanted = self._mailbox.letters(), request.query.get("to", "").strip()
        shown = [one for one in every if wanted.casefold() in one.to.casefold()]
        html = self._templates.get_template("mail/mail.html.j2").render(
            letters=shown[::-1],
            opened=opened,
            writing=self._writing if self._writing and self._writing.deliver else None,
            written=written,
            draft=draft,
            is_sent=is_sent,
            fault=fault,
            part=_part(opened, request.query.get("part", "")),
            wanted=wanted,
            addresses=sorted({one.to.casefold() for one in every}),
            unread=sum(map(self._mailbox.is_unread, every)),
            mailbox=self._mailbox,
            now=self._clock(),
            real=self._clock.real(),
            is_moved=bool(self._clock.offset),
            jumps=JUMPS,
            version=self._version(),
        )
        return web.Response(text=html, content_type="text/html", headers=_PAGE)

    async def html_part(self, request: web.Request) -> web.Response:
        """A letter's HTML, for the frame."""
        html = framed(self._letter(request).html)
        return web.Response(text=html, content_type="text/html", headers=_FRAMED)

    async def source(self, request: web.Request) -> web.Response:
        """A letter as it came over the wire."""
        body = self._letter(request).raw
        return web.Response(body=body, content_type="text/plain", charset="utf-8", headers=_FRAMED)

    async def style(self, _: web.Request) -> web.Response:
        """The stylesheet."""
        return plain_file("mail/mail.css")

    async def script(self, _: web.Request) -> web.Response:
        """The script that keeps the list fresh."""
        return plain_file("mail/mail.js")

    async def version(self, _: web.Request) -> web.Response:
        """A word that changes whenever the page would look different."""
        return web.Response(text=self._version(), headers=_PAGE)

    def _version(self) -> str:
        written = self._writing.version if self._writing else 0
        return f"{self._mailbox.version}-{written}-{self._clock():%Y%m%d%H%M}"

    def _ago(self, at: datetime) -> str:
        """When a letter came, as short as a list wants it: the time today, the day before that."""
        local, today = at.astimezone(ZONE), self._clock().astimezone(ZONE)
        if local.date() == today.date():
            return f"{local:%H:%M}"
        return f"{local:%-d %b}" if local.year == today.year else f"{local:%-d %b %Y}"

    # ---- writing to the desk

    def _open(self) -> Writing:
        if self._writing is None or self._writing.deliver is None:
            raise web.HTTPNotFound(text="the desk takes no mail here", headers=_PAGE)
        return self._writing

    async def write(self, request: web.Request) -> web.Response:
        """The form: a new mail to the desk, or a reply to a letter of its."""
        return self._page(request, draft=self._begun(request.query.get("reply", "")))

    def _begun(self, answered: str) -> Draft:
        letter = self._mailbox.letter(int(answered)) if answered.isdecimal() and len(answered) < 10 else None
        if letter is None:
            return self._open().blank()
        self._open()
        return reply_to(letter, f"{_day(letter.at)} at {_time(letter.at)}")

    async def send(self, request: web.Request) -> web.Response:
        """Send what was written and show what the desk said; with a fault the form comes back as it was."""
        own_page(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        begun = self._begun(form.get("reply", ""))
        draft = replace(
            begun,
            sender=form.get("sender", "").strip(),
            subject=form.get("subject", ""),
            text=form.get("text", ""),
        )
        try:
            written = await self._open().send(draft)
        except ValueError as problem:
            return self._page(request, draft=draft, fault=str(problem))
        raise web.HTTPSeeOther(f"/demo/mail/sent/{written.letter.number}")

    async def sent(self, request: web.Request) -> web.Response:
        """The mails written to the desk."""
        self._open()
        return self._page(request, is_sent=True)

    async def written(self, request: web.Request) -> web.Response:
        """One of them, with what the desk said to it."""
        return self._page(request, written=self._written(request), is_sent=True)

    async def written_source(self, request: web.Request) -> web.Response:
        """One of them as it was handed over."""
        body = self._written(request).letter.raw
        return web.Response(body=body, content_type="text/plain", charset="utf-8", headers=_FRAMED)

    def _written(self, request: web.Request) -> Written:
        written = self._open().mail(int(request.match_info["number"]))
        if written is None:
            raise web.HTTPNotFound(text="no such mail", headers=_PAGE)
        return written

    # ---- changing

    async def switches(self, request: web.Request) -> web.Response:
        """Switch the mail server off, or let it refuse an address."""
        own_page(request)
        form = await request.post()
        refused = str(form.get("refused", "")).replace(",", " ").split()
        self._mailbox.switch(down="down" in form, refused=set(refused))
        raise web.HTTPSeeOther("/demo/mail")

    async def time(self, _: web.Request) -> web.Response:
        """The demo's present instant, the real one, and the seconds between them, as JSON."""
        return self._time()

    def _time(self) -> web.Response:
        shown = {
            "now": self._clock().isoformat(),
            "real": self._clock.real().isoformat(),
            "offset_seconds": self._clock.offset.total_seconds(),
        }
        return web.json_response(shown, headers=_PAGE)

    async def pass_time(self, request: web.Request) -> web.Response:
        """Let `days` and `hours` pass, from a form (back to the mailbox) or from JSON (answered with JSON)."""
        own_page(request)
        is_json = request.content_type == "application/json"
        try:
            given = json.loads(await request.text()) if is_json else await request.post()
            self._clock.advance(_span(given))
        except (ValueError, TypeError, AttributeError, OverflowError):
            raise web.HTTPBadRequest(text="days or hours as whole numbers, at most ten years", headers=_PAGE) from None
        if is_json:
            return self._time()
        raise web.HTTPSeeOther("/demo/mail")


def _span(given: Mapping[str, Any]) -> timedelta:
    days, hours = (int(given.get(name) or 0) for name in ("days", "hours"))
    if days < 0 or hours < 0:
        raise ValueError("time only goes forward")
    return timedelta(days=days, hours=hours)


def _part(letter: Letter | None, asked: str) -> str:
    """Which part of a letter to show: the one asked for if there is one, HTML first."""
    if letter is None or (asked == "text" and letter.text) or not letter.html:
        return "text"
    return "html"


def _day(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%A %-d %B %Y}"


def _time(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M}"
