"""What the platform may ask the desk: "may I mail this address?" and a working unsubscribe link; and the link's page.

Promise: both questions are signed as the desk's own calls are (bot/signing.py), answered signed, and reveal nothing
but what was asked; the page's GET changes nothing, its POST acts at once without a login, also as a mail program's one
click (RFC 8058), and says the same for every address. Limits: shapes are in docs/data-layer.openapi.yml.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Final

from aiohttp import web
from pydantic import ConfigDict, TypeAdapter, ValidationError

from bot.core.suppression import Suppression
from bot.ports import SourceDown, SourceRefused
from bot.signing import Forged, Signer, answer_id
from bot.texts import Texts
from bot.unsubscribe import Reader, Unsubscribing
from handlers.pages import HEADERS

ONE_CLICK: Final = "List-Unsubscribe=One-Click"
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class MayMailAsked:
    """May marketing be sent to this address? `scope` is empty for the platform's own mail, or one client's tenant."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    call: str
    address: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class MayMailAnswer:
    """False for a suppressed address: leave it out of every mailing and refuse to import it.

    Then `reason` says why (no_marketing: they objected to marketing; no_future_collection: they were erased), `since`
    from which local date and `until` the last one. Without `until` no end is known: it stands until the desk says
    otherwise. After it, an import or a mailing needs a dated permission.
    """

    may_mail: bool
    reason: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class LinkAsked:
    """A link by which whoever reads this address stops marketing to it, in this scope, without a login."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    call: str
    address: str = field(repr=False)
    scope: str = ""
    lang: str = "en"


@dataclass(frozen=True, kw_only=True)
class LinkAnswer:
    """The link for the mail's text, and the two headers of RFC 8058 as they go into the mail."""

    url: str
    list_unsubscribe: str
    list_unsubscribe_post: str = ONE_CLICK


ASKED: Final[dict[str, type[Any]]] = {"may-mail": MayMailAsked, "unsubscribe-link": LinkAsked}
ANSWERS: Final[dict[str, type[Any]]] = {"may-mail": MayMailAnswer, "unsubscribe-link": LinkAnswer}
ADAPTERS: Final = {kind: TypeAdapter(kind) for kind in (*ASKED.values(), *ANSWERS.values())}


class PlatformDoor:
    """The two signed questions and the page."""

    def __init__(self, *, unsubscribing: Unsubscribing, texts: Texts, signer: Signer | None) -> None:
        """Without a signer nobody can ask, and only the page is there (its links are minted by nobody then)."""
        self._unsubscribing = unsubscribing
        self._texts = texts
        self._signer = signer

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        asked = [web.post(f"/platform/{name}", self.asked) for name in ASKED] if self._signer else []
        page = [web.get("/unsubscribe/{token}", self.page), web.post("/unsubscribe/{token}", self.press)]
        return [*asked, *page]

    # ---- the platform asks

    async def asked(self, request: web.Request) -> web.Response:
        """Check the signature, answer, sign the answer."""
        assert self._signer is not None
        body = await request.read()
        try:
            call_id = self._signer.checked(request.headers, body)
        except Forged:
            return web.json_response({"reason": "signature"}, status=401)
        status, answer = await self._answered(request.path.rpartition("/")[2], body)
        headers = self._signer.headers(answer_id(call_id), answer)
        return web.Response(body=answer, status=status, content_type="application/json", headers=headers)

    async def _answered(self, name: str, body: bytes) -> tuple[int, bytes]:
        try:
            asked = ADAPTERS[ASKED[name]].validate_json(body)
            if asked.call != name:
                return _refused("malformed")
            answer = await self._said(asked)
        except ValidationError:
            return _refused("malformed")
        except (SourceRefused, ValueError):
            return _refused("email_missing")
        except SourceDown:
            return 503, b'{"reason":"down"}'
        return 200, ADAPTERS[type(answer)].dump_json(answer, exclude_none=True)

    async def _said(self, asked: Any) -> Any:
        if isinstance(asked, MayMailAsked):
            return self._judged(await self._unsubscribing.blocked(asked.address, asked.scope))
        url = self._unsubscribing.link(Reader(address=asked.address, scope=asked.scope, lang=asked.lang[:5]))
        return LinkAnswer(url=url, list_unsubscribe=f"<{url}>")

    def _judged(self, found: Suppression | None) -> MayMailAnswer:
        if found is None:
            return MayMailAnswer(may_mail=True)
        until = found.until(self._unsubscribing.now())
        return MayMailAnswer(may_mail=False, reason=found.reason, since=found.since_day, until=until)

    # ---- the page behind a link

    async def page(self, request: web.Request) -> web.Response:
        """Ask before acting: mail programs and scanners open links."""
        reader = self._unsubscribing.reader(request.match_info["token"])
        return self._page("unsubscribe_ask", reader, action=request.path)

    async def press(self, request: web.Request) -> web.Response:
        """Act, from the page's button or as a mail program's one click; the answer is the same for every address."""
        reader = self._unsubscribing.reader(request.match_info["token"])
        if reader is not None:
            await self._unsubscribing.press(reader)
        return self._page("unsubscribe_done", reader)

    def _page(self, what: str, reader: Reader | None, *, action: str = "") -> web.Response:
        shown = what if reader else "ended"
        lang = reader.lang if reader else "en"
        page = self._texts.page("page/said.html.j2", lang, what=shown, ref="", action=action if reader else "")
        return web.Response(text=page, content_type="text/html", status=200 if reader else 404, headers=HEADERS)


def _refused(code: str) -> tuple[int, bytes]:
    return 422, f'{{"reason":"refused","reasons":["{code}"]}}'.encode()
