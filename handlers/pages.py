"""The pages behind mailed links: open a copy, prove a request made by phone, stop a deletion, undo a suppression.

Promise: a GET never releases, spends or changes anything (scanners and previews open links); what happens, happens on
a POST from the page's own button; nothing is cached, nothing leaks through a referrer, and a link that has ended looks
the same as one that never was. Limits: words are in templates/page, decisions in delivery.py.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.core.identity import Check
from bot.core.model import Right
from bot.delivery import Delivery, Download, Landing
from bot.texts import Texts
from handlers.forms import posted

STYLE = Path(__file__).resolve().parent.parent / "templates" / "page" / "page.css"
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
}
RANGE_DIGITS = 15
READING: Final = HEADERS | {
    # The copy's own page is one file with its style inside; the sandbox takes everything else from it.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; "
    "frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
}
STOP_LATE: Final = {"done": "stop_late", "over": "stop_over"}
"""Which words a page has for a stop that came too late."""


class Pages:
    """The landing pages."""

    def __init__(self, *, delivery: Delivery, texts: Texts) -> None:
        """Wire them."""
        self._delivery = delivery
        self._texts = texts

    def routes(self) -> list[web.RouteDef]:
        """The pages' addresses."""
        return [
            web.get("/page/page.css", self.style),
            web.get("/copy/{token}", self.copy),
            web.post("/copy/{token}/code", self.copy_code),
            web.post("/copy/{token}/open", self.copy_open),
            web.post("/copy/{token}/read", self.copy_read),
            web.post("/copy/{token}/download", self.copy_download),
            web.post("/copy/{token}/not-me", self.not_me),
            web.get("/check/{token}", self.check),
            web.post("/check/{token}/code", self.check_code),
            web.post("/check/{token}/open", self.check_open),
            web.get("/stop/{token}", self.stop),
            web.post("/stop/{token}", self.stop_now),
            web.get("/undo/{token}", self.undo),
            web.post("/undo/{token}", self.undo_now),
        ]

    async def style(self, request: web.Request) -> web.StreamResponse:
        """The pages' style."""
        return web.FileResponse(STYLE, headers={"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"})

    # ---- the copy

    async def copy(self, request: web.Request) -> web.Response:
        """The landing page of a copy."""
        token = request.match_info["token"]
        landing = await self._delivery.landing(token, "grant", "copy")
        return self._copy_page(token, landing)

    def _copy_page(
        self, token: str, landing: Landing | None, *, asked: bool = False, problem: str = ""
    ) -> web.Response:
        if landing is None or landing.until is None:
            return self._ended("en" if landing is None else landing.lang)
        values = {
            "token": token,
            "ref": landing.ref,
            "until": landing.last_day,
            "left": landing.left,
            "size": landing.size,
            "granted": landing.kind == "grant",
            "frozen": landing.is_frozen,
            "asked": asked,
            "problem": self._problem(problem, landing.lang),
        }
        return self._html(self._texts.page("page/copy.html.j2", landing.lang, **values))

    async def copy_code(self, request: web.Request) -> web.Response:
        """Send the second code."""
        token = request.match_info["token"]
        landing = await self._delivery.landing(token, "copy")
        if landing is None:
            return self._ended("en")
        sent = await self._delivery.send_code(token, "copy")
        return self._copy_page(token, landing, asked=sent, problem="" if sent else "not_sent")

    async def copy_open(self, request: web.Request) -> web.Response:
        """Judge the second code; a right one leads to a page of ten minutes."""
        token = request.match_info["token"]
        landing = await self._delivery.landing(token, "copy")
        if landing is None:
            return self._ended("en")
        check, grant = await self._delivery.typed(token, "copy", await _code(request))
        if check is Check.RIGHT:
            raise web.HTTPSeeOther(f"/copy/{grant}", headers=HEADERS)
        return self._copy_page(token, landing, asked=True, problem=check)

    async def copy_read(self, request: web.Request) -> web.Response:
        """The copy's first page on the screen."""
        page = await self._delivery.page(request.match_info["token"])
        if page is None:
            return self._ended("en")
        return web.Response(body=page, content_type="text/html", charset="utf-8", headers=READING)

    async def copy_download(self, request: web.Request) -> web.StreamResponse:
        """Stream the copy, from a byte on if the browser resumes; only a completed download counts."""
        async with self._delivery.download(request.match_info["token"], start=_range_start(request)) as found:
            return await self._streamed(request, found) if found is not None else self._ended("en")

    async def _streamed(self, request: web.Request, found: Download) -> web.StreamResponse:
        """Send it piece by piece; a line that is cut on the way counts nothing, and is no fault of ours."""
        response = web.StreamResponse(status=206 if found.start else 200, headers=_download_headers(found))
        response.content_length = found.size - found.start
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            while (piece := await asyncio.to_thread(_next, found.pieces)) is not None:
                await response.write(piece)
            await response.write_eof()
            await self._delivery.fetched(found.ticket)
        return response

    async def not_me(self, request: web.Request) -> web.Response:
        """Freeze the copy and tell staff."""
        landing = await self._delivery.landing(request.match_info["token"], "grant", "copy")
        if landing is None:
            return self._ended("en")
        await self._delivery.not_me(request.match_info["token"])
        return self._said("stopped", landing)

    # ---- requests made by phone or post

    async def check(self, request: web.Request) -> web.Response:
        """Where a code proves a request that did not come by chat."""
        token = request.match_info["token"]
        return self._check_page(token, await self._delivery.landing(token, "check"))

    def _check_page(self, token: str, landing: Landing | None, problem: str = "") -> web.Response:
        if landing is None:
            return self._ended("en")
        values = {"token": token, "ref": landing.ref, "problem": self._problem(problem, landing.lang)}
        return self._html(self._texts.page("page/check.html.j2", landing.lang, **values))

    async def check_code(self, request: web.Request) -> web.Response:
        """Send a new code."""
        token = request.match_info["token"]
        sent = await self._delivery.send_code(token, "check")
        return self._check_page(token, await self._delivery.landing(token, "check"), "sent" if sent else "not_sent")

    async def check_open(self, request: web.Request) -> web.Response:
        """Judge the code."""
        token = request.match_info["token"]
        landing = await self._delivery.landing(token, "check")
        check, _ = await self._delivery.typed(token, "check", await _code(request))
        if landing is not None and check is Check.RIGHT:
            return self._said("proved", landing)
        return self._check_page(token, landing, check)

    # ---- stop and undo

    async def stop(self, request: web.Request) -> web.Response:
        """Ask before stopping: opening the link stops nothing."""
        landing = await self._delivery.landing(request.match_info["token"], "stop")
        if landing is None:
            return self._ended("en")
        return self._said(f"stop_ask{_of_contact(landing)}", landing, action=request.path)

    async def stop_now(self, request: web.Request) -> web.Response:
        """Hold what waits, or say that it is too late for that."""
        landing = await self._delivery.stop(request.match_info["token"])
        if landing is None:
            return self._ended("en")
        return self._said(STOP_LATE.get(landing.too_late, f"stop_done{_of_contact(landing)}"), landing)

    async def undo(self, request: web.Request) -> web.Response:
        """Ask before undoing."""
        landing = await self._delivery.landing(request.match_info["token"], "undo")
        return self._said("undo_ask", landing, action=request.path) if landing else self._ended("en")

    async def undo_now(self, request: web.Request) -> web.Response:
        """Take the suppression back."""
        landing = await self._delivery.landing(request.match_info["token"], "undo")
        if landing is None or not await self._delivery.undo(request.match_info["token"]):
            return self._ended("en")
        return self._said("undo_done", landing)

    # ---- drawing

    def _said(self, what: str, landing: Landing, *, action: str = "") -> web.Response:
        return self._html(
            self._texts.page("page/said.html.j2", landing.lang, what=what, ref=landing.ref, action=action)
        )

    def _ended(self, lang: str) -> web.Response:
        page = self._texts.page("page/said.html.j2", lang, what="ended", ref="", action="")
        return self._html(page, status=404)

    def _problem(self, code: str, lang: str) -> str:
        return self._texts.page("page/problem.html.j2", lang, code=str(code)).strip() if code else ""

    def _html(self, page: str, *, status: int = 200) -> web.Response:
        return web.Response(text=page, content_type="text/html", status=status, headers=HEADERS)


def _of_contact(landing: Landing) -> str:
    return "_contact" if landing.right is Right.RECTIFICATION_CONTACT else ""


async def _code(request: web.Request) -> str:
    form = await posted(request)
    value = form.get("code", "")
    return value if isinstance(value, str) else ""


def _range_start(request: web.Request) -> int:
    """The first byte asked for; anything unusual starts from the beginning."""
    asked = request.headers.get("Range", "")
    number = asked.removeprefix("bytes=").removesuffix("-")
    is_number = number.isascii() and number.isdigit() and len(number) <= RANGE_DIGITS
    return int(number) if asked.startswith("bytes=") and is_number else 0


def _download_headers(found: Download) -> dict[str, str]:
    headers = HEADERS | {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Accept-Ranges": "bytes",
    }
    if found.start:
        headers["Content-Range"] = f"bytes {found.start}-{found.size - 1}/{found.size}"
    return headers


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
