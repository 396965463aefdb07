"""The page of the pretend platform at `/`: what it offers, who is logged in, and the chat of the privacy desk on it.

Promise: works without a script but for the chat; what the account card shows is read from the platform's database at
each look, so what the desk did is seen here; a locked account is not let in and gets no token. Limits: anybody may log
in as anybody; its words stand in templates/demo/site/words.
"""

import asyncio
import re
import tomllib
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.demo.platform.link import Where
from bot.demo.platform.seeding import use_platform
from bot.demo.platform.seeds import DemoPerson
from bot.demo.site.account import Account, account_of, testimonials
from bot.demo.site.importing import Importer
from bot.demo.site.login import WITH_ACCOUNT, Login, Platform, key_of
from bot.demo.stage import ROOT, Common, environment, headers, own_page, plain_file

COOKIE = "seleqt_demo"
LANG_COOKIE = "seleqt_demo_lang"
LANGUAGES = ("en", "nl")
ZONE = ZoneInfo("Europe/Amsterdam")
A_YEAR = 365 * 24 * 3600
SAID = frozenset({"in", "out", "used", "locked", "stranger"})
_HOST = re.compile(r"[a-z0-9.:\[\]-]+", re.IGNORECASE)


class Site:
    """The handlers of the platform's pages."""

    def __init__(
        self,
        *,
        platform: Platform,
        people: Iterable[DemoPerson],
        database: Where,
        clock: Callable[[], datetime],
        importer: Importer | None = None,
    ) -> None:
        """`people` are offered at the login; `database` is the platform's own; contacts come in by the `importer`."""
        self._importer = importer
        self._platform, self._database, self._clock = platform, database, clock
        self._people = tuple(people)
        self._templates = environment()
        self._templates.globals |= {"key_of": key_of, "imports": importer is not None}
        self._words = {lang: _read_words(lang) for lang in LANGUAGES}
        self._common = Common()

    def routes(self) -> list[web.RouteDef]:
        """The platform's addresses, and the files that all pages of the demo share."""
        return [
            *self._common.routes(),
            web.get("/", self.home),
            web.get("/privacy", self.privacy),
            web.get("/demo/site.css", self.style),
            web.get("/demo/site.js", self.script),
            web.get("/demo/token", self.token),
            web.post("/demo/login", self.log_in),
            web.post("/demo/logout", self.log_out),
            web.post("/demo/use", self.use),
            web.get("/demo/import", self.import_page),
            web.post("/demo/import", self.import_contacts),
        ]

    # ---- looking

    async def home(self, request: web.Request) -> web.Response:
        """The platform's page: for strangers what it offers, for a customer their own account above it."""
        login = self._login(request)
        account = await self._account(login)
        said = request.query.get("said", "")
        return self._page(
            "site/home.html.j2",
            request,
            login=login,
            account=account,
            said=said if said in SAID else "",
            testimonials=await asyncio.to_thread(testimonials, self._database),
        )

    async def privacy(self, request: web.Request) -> web.Response:
        """What the privacy policy says, section by section, in short."""
        login = self._login(request)
        return self._page("site/privacy.html.j2", request, login=login, account=await self._account(login), said="")

    def _page(self, template: str, request: web.Request, **facts: Any) -> web.Response:
        lang = _language(request)
        html = self._templates.get_template(template).render(
            lang=lang,
            words=self._words[lang],
            people=self._people,
            moment=_moment,
            day=_day,
            **facts,
        )
        answer = web.Response(text=html, content_type="text/html", headers=_headers(request.host))
        if request.query.get("lang") == lang:
            answer.set_cookie(LANG_COOKIE, lang, max_age=A_YEAR, httponly=True, samesite="Lax")
        return answer

    async def style(self, _: web.Request) -> web.Response:
        """The stylesheet."""
        return plain_file("site/site.css")

    async def script(self, _: web.Request) -> web.Response:
        """The script that gives the chat its token and opens the login."""
        return plain_file("site/site.js")

    # ---- who is here

    def _login(self, request: web.Request) -> Login | None:
        return self._platform.logins.who(request.cookies.get(COOKIE))

    async def _account(self, login: Login | None) -> Account | None:
        """The account of whoever is logged in; None for strangers and for an account that is gone or locked."""
        if login is None:
            return None
        account = await asyncio.to_thread(account_of, self._database, login.person)
        return account if account is not None and account.may_log_in else None

    async def token(self, request: web.Request) -> web.Response:
        """A fresh session token of whoever is logged in, as text; 204 for anybody else."""
        login = self._login(request)
        if login is None or await self._account(login) is None:
            return web.Response(status=204, headers=headers())
        token = self._platform.token(login.person, logged_in_at=login.at)
        return web.Response(text=token, headers=headers())

    async def log_in(self, request: web.Request) -> web.Response:
        """Log in as `person` of the form; 404 for somebody without an account."""
        own_page(request)
        person = WITH_ACCOUNT.get(str((await request.post()).get("person", "")))
        if person is None:
            raise web.HTTPNotFound(text="no such account", headers=headers())
        now = self._clock()
        if await self._account(Login(person=person, at=now)) is None:
            return _back("locked")
        # As after any login: a cookie that was there before must not become the logged-in one.
        self._platform.logins.leave(request.cookies.get(COOKIE))
        await asyncio.to_thread(use_platform, self._database, person, now)
        answer = _back("in")
        answer.set_cookie(COOKIE, self._platform.logins.enter(person), max_age=A_YEAR, httponly=True, samesite="Lax")
        return answer

    async def log_out(self, request: web.Request) -> web.Response:
        """Be a stranger again."""
        own_page(request)
        self._platform.logins.leave(request.cookies.get(COOKIE))
        answer = _back("out")
        answer.del_cookie(COOKIE, httponly=True, samesite="Lax")
        return answer

    async def use(self, request: web.Request) -> web.Response:
        """Keep using the platform: it writes one more visit, as it does for real customers."""
        own_page(request)
        login = self._login(request)
        if login is None or await self._account(login) is None:
            return _back("stranger")
        await asyncio.to_thread(use_platform, self._database, login.person, self._clock())
        return _back("used")

    # ---- contacts come in

    async def import_page(self, request: web.Request) -> web.Response:
        """A form for contacts; 404 where no desk stands beside the platform to be asked."""
        return await self._import(request, "")

    async def import_contacts(self, request: web.Request) -> web.Response:
        """Take contacts in, as far as the privacy desk lets them; says of each why not."""
        own_page(request)
        return await self._import(request, str((await request.post()).get("contacts", "")))

    async def _import(self, request: web.Request, typed: str) -> web.Response:
        if self._importer is None:
            raise web.HTTPNotFound(text="no desk to be asked", headers=headers())
        login, taken = self._login(request), await self._importer.take(typed)
        account = await self._account(login)
        return self._page("site/import.html.j2", request, login=login, account=account, taken=taken, typed=typed)


def _back(said: str) -> web.Response:
    return web.Response(status=303, headers={**headers(), "Location": f"/?said={said}"})


def _moment(at: datetime, words: dict[str, Any]) -> str:
    """An instant as people read it, local, with the months of the page's language."""
    local = at.astimezone(ZONE)
    return f"{local.day} {words['months'][local.month - 1]}, {local:%H:%M}"


def _day(on: date, words: dict[str, Any]) -> str:
    """A day as people read it."""
    return f"{on.day} {words['months'][on.month - 1]} {on.year}"


def _headers(host: str) -> dict[str, str]:
    """The page's headers; a browser that does not count a WebSocket as 'self' is told its address."""
    own_socket = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return headers("require-trusted-types-for 'script'", "trusted-types 'none'", connect=f"'self'{own_socket}")


def _language(request: web.Request) -> str:
    """The language asked for, else the one chosen before, else the browser's, else English."""
    asked = (request.query.get("lang"), request.cookies.get(LANG_COOKIE))
    accepted = (part.strip()[:2].lower() for part in request.headers.get("Accept-Language", "").split(","))
    return next((lang for lang in (*asked, *accepted) if lang in LANGUAGES), LANGUAGES[0])


def _read_words(lang: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "site" / "words" / f"{lang}.toml").read_text("utf-8"))
