"""The staff's own page: what Slack must not hold (the plan in full, values, the person's words, the copy), and a reply.

Promise: a link is spent by a button, never by opening it; a session is an HttpOnly, SameSite=Strict cookie that ends
after 15 idle minutes; every form carries the session's own token; no script runs, nothing is cached, framed or sent on
as a referrer, and a value of a person is always escaped. Limits: who may look and reply is decided and logged by
StaffPages. Paths below /staff/enter hold a token, so no access log may print them.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.core.model import Staffer, Task
from bot.core.plans import READING, Plan, PlanLine, words
from bot.core.rights import approvals_needed, approvers
from bot.core.sorting import is_unsorted, was_placed
from bot.ports import SourceDown, TicketView
from bot.texts import TEMPLATES, Texts
from handlers import slack_words
from handlers.forms import posted
from handlers.slack_facts import by_when, who_asks
from handlers.slack_mails import outcome
from handlers.slack_thread import ground
from handlers.staff_sheet import Entered, Looked, Note, Place, StaffPages, StaffSheet, TalkLine

__all__ = ["Entered", "Looked", "Note", "Place", "StaffDesk", "StaffPages", "StaffSheet", "TalkLine"]

IDLE_SECONDS: Final = 15 * 60
FORM_BYTES: Final = 64 * 1024
REPLY: Final = 4000  # characters of a reply
REASON_LETTERS: Final = 8  # letters the reason for a look needs at least
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,200}")
EMPTY: Final[Mapping[str, Any]] = {
    "error": "",
    "look_error": "",
    "contact_error": "",
    "typed": "",
    "typed_address": "",
    "typed_words": "",
    "said": False,
    "looked": None,
    "changed": None,
}
"""What a page shows besides the sheet, where nothing was posted."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def form_token(cookie: str, what: str) -> str:
    """The token of a session's forms for one request: a keyed hash of the cookie, so that nothing has to be kept."""
    return hmac.new(cookie.encode(), f"form:{what}".encode(), hashlib.sha256).hexdigest()


class StaffDesk:
    """The routes below /staff. `public_url` is the desk's own root; https makes the cookie Secure."""

    def __init__(self, *, pages: StaffPages, texts: Texts, public_url: str) -> None:
        """Take what gives the contents, the templates, and the address under which colleagues reach this page."""
        self._pages = pages
        self._texts = texts
        self._origin = urlsplit(public_url)
        self._secure = self._origin.scheme == "https"
        self._cookie = "__Secure-staff" if self._secure else "staff"

    def routes(self) -> list[web.RouteDef]:
        """The page's routes."""
        return [
            web.get("/staff/staff.css", self._style, allow_head=False),
            web.get("/staff/enter/{token}", self._door, allow_head=False),
            web.post("/staff/enter/{token}", self._enter),
            web.get("/staff/t/{ticket}", self._sheet, allow_head=False),
            web.post("/staff/t/{ticket}/reply", self._reply),
            web.post("/staff/t/{ticket}/look", self._look),
            web.post("/staff/t/{ticket}/change", self._change),
            web.post("/staff/t/{ticket}/contact", self._contact),
            web.post("/staff/leave", self._leave),
        ]

    # -- entering and leaving

    async def _style(self, _: web.Request) -> web.Response:
        text = (TEMPLATES / "staff" / "staff.css").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/css", headers=HEADERS)

    async def _door(self, request: web.Request) -> web.Response:
        """One button; opening the address (a preview, a scanner) spends nothing and says nothing."""
        return self._page("enter", token=_token(request))

    async def _enter(self, request: web.Request) -> web.Response:
        self._own_form(request)
        entered = await self._pages.enter(_token(request))
        if entered is None:
            return self._page("gone", status=410)
        response = web.Response(status=303, headers={**HEADERS, "Location": f"/staff/t/{entered.ticket_id}"})
        return self._with_cookie(response, entered.cookie)

    async def _leave(self, request: web.Request) -> web.Response:
        await self._form(request, "leave")
        await self._pages.leave(self._secret(request))
        response = self._page("gone")
        response.del_cookie(self._cookie, path="/staff")
        return response

    # -- one request

    async def _sheet(self, request: web.Request) -> web.Response:
        staffer = await self._staffer(request)
        if staffer is None:
            return self._page("gone", status=401)
        return await self._show(request, staffer, said="said" in request.query)

    async def _show(self, request: web.Request, staffer: Staffer, **more: Any) -> web.Response:
        sheet = await self._pages.sheet(request.match_info["ticket"], staffer)
        if sheet is None:
            return self._page("gone", status=404, staffer=staffer)
        values = {**_facts(sheet, self._pages.clock()), **self._tokens(request), "staffer": staffer}
        status = 422 if any(more.get(name) for name in ("error", "look_error", "contact_error")) else 200
        shown = {**EMPTY, **more}
        return self._with_cookie(self._page("sheet", status=status, **values, **shown), self._secret(request))

    async def _reply(self, request: web.Request) -> web.Response:
        form = await self._form(request, request.match_info["ticket"])
        staffer = await self._staffer(request)
        if staffer is None:
            return self._page("gone", status=401)
        text = str(form.get("text", "")).replace("\r\n", "\n").strip()
        if not text or len(text) > REPLY:
            return await self._show(request, staffer, error="length", typed=text[:REPLY])
        key = f"reply:{staffer.key}:{str(form.get('key', ''))[:64]}"
        if not await self._pages.reply(request.match_info["ticket"], staffer, text, key=key):
            return await self._show(request, staffer, error="closed", typed=text)
        where = f"/staff/t/{request.match_info['ticket']}?said=1#talk"
        return web.Response(status=303, headers={**HEADERS, "Location": where})

    async def _contact(self, request: web.Request) -> web.Response:
        """The address and the words of a request by phone or post."""
        form = await self._form(request, request.match_info["ticket"])
        staffer = await self._staffer(request)
        if staffer is None:
            return self._page("gone", status=401)
        address = str(form.get("address", "")).strip()[:320]
        words = str(form.get("words", "")).replace("\r\n", "\n").strip()[:REPLY]
        ticket_id = request.match_info["ticket"]
        problem = await self._pages.contact(ticket_id, staffer, address, words)
        if problem:
            return await self._show(request, staffer, contact_error=problem, typed_address=address, typed_words=words)
        return web.Response(status=303, headers={**HEADERS, "Location": f"/staff/t/{ticket_id}"})

    async def _look(self, request: web.Request) -> web.Response:
        """Rows of one group, after a reason; shown once, on the page that answers the form."""
        form = await self._form(request, request.match_info["ticket"])
        staffer = await self._staffer(request)
        if staffer is None:
            return self._page("gone", status=401)
        place = Place(**{name: str(form.get(name, "")) for name in ("source", "tenant", "collection", "column")})
        reason = _reason(form)
        if not reason:
            return await self._show(request, staffer, look_error="reason")
        try:
            looked = await self._pages.look(request.match_info["ticket"], staffer, place, reason)
        except SourceDown:
            return await self._show(request, staffer, look_error="down")
        error = "" if looked else "refused"
        return await self._show(request, staffer, looked=looked, look_error=error)

    async def _change(self, request: web.Request) -> web.Response:
        """Old and new values of one field, after a reason; shown once, on the page that answers the form."""
        form = await self._form(request, request.match_info["ticket"])
        staffer = await self._staffer(request)
        if staffer is None:
            return self._page("gone", status=401)
        name, reason = str(form.get("name", ""))[:80], _reason(form)
        if not reason:
            return await self._show(request, staffer, look_error="reason")
        try:
            changed = await self._pages.changed(request.match_info["ticket"], staffer, name, reason)
        except SourceDown:
            return await self._show(request, staffer, look_error="down")
        return await self._show(request, staffer, changed=changed, look_error="" if changed else "refused")

    # -- sessions, forms, pages

    def _secret(self, request: web.Request) -> str:
        return request.cookies.get(self._cookie, "")

    async def _staffer(self, request: web.Request) -> Staffer | None:
        cookie = self._secret(request)
        return await self._pages.session(cookie) if TOKEN.fullmatch(cookie) else None

    def _tokens(self, request: web.Request) -> Mapping[str, str]:
        cookie = self._secret(request)
        ticket = request.match_info["ticket"]
        return {
            "form": form_token(cookie, ticket),
            "leave_form": form_token(cookie, "leave"),
            "key": secrets.token_urlsafe(16),
        }

    async def _form(self, request: web.Request, what: str) -> Mapping[str, Any]:
        """The posted fields of one of our own forms; 403 for anything else, 413 for too much."""
        self._own_form(request)
        form = await posted(request)
        given = str(form.get("form", ""))
        if not hmac.compare_digest(given.encode(), form_token(self._secret(request), what).encode()):
            raise web.HTTPForbidden(text="This form is not from your session.", headers=HEADERS)
        return form

    def _own_form(self, request: web.Request) -> None:
        if request.content_length is None or request.content_length > FORM_BYTES:
            raise web.HTTPRequestEntityTooLarge(FORM_BYTES, request.content_length or 0, headers=HEADERS)
        origin = request.headers.get("Origin")
        # "null" is what a browser sends under no-referrer after a redirect; the form's token decides then.
        if origin not in {None, "null"} and urlsplit(str(origin)).netloc != self._origin.netloc:
            raise web.HTTPForbidden(text="Posted from another site.", headers=HEADERS)

    def _with_cookie(self, response: web.Response, cookie: str) -> web.Response:
        response.set_cookie(
            self._cookie,
            cookie,
            max_age=IDLE_SECONDS,
            path="/staff",
            httponly=True,
            secure=self._secure,
            samesite="Strict",
        )
        return response

    def _page(self, name: str, *, status: int = 200, **values: Any) -> web.Response:
        html = self._texts.page(f"staff/{name}.html.j2", "en", **values)
        return web.Response(text=html, status=status, content_type="text/html", charset="utf-8", headers=HEADERS)


def _token(request: web.Request) -> str:
    token = request.match_info["token"]
    if not TOKEN.fullmatch(token):
        raise web.HTTPNotFound(text="No such page.", headers=HEADERS)
    return token


def _reason(form: Mapping[str, Any]) -> str:
    """Why somebody looks, on one line; empty when it says too little."""
    reason = " ".join(str(form.get("reason", "")).split())[:500]
    return reason if sum(letter.isalpha() for letter in reason) >= REASON_LETTERS else ""


# ---- what a template needs


def _facts(sheet: StaffSheet, now: Any) -> dict[str, Any]:
    ticket = sheet.ticket
    view = TicketView(ticket=ticket, dates=sheet.dates, log=sheet.log, plan=sheet.plan)
    when = by_when(view, now)
    return {
        "sheet": sheet,
        "ticket": ticket,
        "right": slack_words.named(ticket),
        "state": slack_words.STATES[ticket.status],
        "by_when": when[:1].upper() + when[1:],
        "who_asks": who_asks(ticket),
        "door": slack_words.DOORS[ticket.door],
        "is_mail": is_unsorted(ticket) or was_placed(ticket),
        "placed": outcome(ticket).lower() if was_placed(ticket) else "",
        "heard": [(one, _heard(one)) for one in sheet.talk],
        "reply_by": sheet.reply_by.value if sheet.reply_by else "",
        "language": slack_words.LANGUAGES.get(ticket.lang, ticket.lang),
        "errands": slack_words.ERRANDS,
        "flags": [slack_words.FLAGS[flag] for flag in slack_words.FLAGS if flag in ticket.flags],
        "approvals": f"{len(approvers(ticket))} of {approvals_needed(ticket)}" if approvals_needed(ticket) else "",
        "refused": ground(ticket.ground) if ticket.ground else "",
        "failures": [(one, slack_words.FAILURES.get(one.reason, "could not do it")) for one in ticket.failures],
        "parts": _parts(sheet.plan),
        "lacks_contact": Task.CONTACT in ticket.tasks,
        "tasks": [slack_words.TASKS[task] for task in Task if task in ticket.tasks - {Task.CONTACT}],
        "notes": [(one, slack_words.NOTES.get(one.what, "")) for one in sheet.notes],
        "can_look": sheet.plan is not None and sheet.plan.verb in READING,
    }


def _heard(line: TalkLine) -> str:
    """At which door a line was said, as a code for the page: the door, and whether they proved who they are."""
    return f"{line.door.value}_{'proved' if line.proved else 'claimed'}"


def _parts(plan: Plan | None) -> list[tuple[str, list[dict[str, Any]]]]:
    """The plan's lines by what happens to them, in the order in which they matter to a decision."""
    if plan is None:
        return []
    found: dict[str, list[dict[str, Any]]] = {}
    for line in plan.lines:
        found.setdefault(line.action.value, []).append(_line(line))
    order = {action: place for place, action in enumerate(_ORDER)}
    return sorted(found.items(), key=lambda part: order.get(part[0], len(order)))


_ORDER: Final = ("delete", "mask", "correct", "restrict", "suppress", "access", "keep", "shared")


def _line(line: PlanLine) -> dict[str, Any]:
    named = [words(label, "en") for label in line.column_labels]
    return {
        "label": words(line.label, "en") or line.collection,
        "columns": named if len(named) == len(line.columns) and all(named) else list(line.columns),
        "line": line,
        "purpose": words(line.facts.purpose, "en"),
    }
