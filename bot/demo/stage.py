"""What the demo's own pages share: the template environment, strict headers, plain files, and the bar between pages.

Promise: autoescape everywhere, an unknown variable is an error, no inline script or style, a form posted from another
site's page is refused. Limits: loopback only, so cookies are not marked Secure.
"""

from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).parents[2] / "templates" / "demo"
_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def environment() -> Environment:
    """The templates under templates/demo."""
    pages = Environment(
        loader=FileSystemLoader(ROOT), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.globals["initials"] = initials
    pages.globals["face"] = face
    return pages


def headers(*more: str, connect: str = "'self'") -> dict[str, str]:
    """The headers of a page; `more` are further directives of its content security policy."""
    return {
        "Content-Security-Policy": "; ".join([*_POLICY, f"connect-src {connect}", *more]),
        "X-Content-Type-Options": "nosniff",
        # no-referrer would turn the Origin of our own forms into "null", and then they could not be told from others.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def own_page(request: web.Request) -> None:
    """Refuse what another site's page posts: browsers send Origin with every POST. Raises HTTPForbidden."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="posted from another site")


def plain_file(name: str) -> web.Response:
    """A stylesheet, script or picture from templates/demo."""
    path = ROOT / name
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], headers=headers())


def initials(name: str) -> str:
    """The letters on somebody's picture: of the first and the last word, whatever else stands in the name."""
    letters = [first for word in name.split() if (first := next(filter(str.isalpha, word), ""))]
    return "".join(letters[:1] + letters[1:][-1:]).upper()


def face(name: str) -> int:
    """The number of somebody's colour, always the same one."""
    return sum(name.encode()) % 6


class Common:
    """The files that every page of the demo uses."""

    async def style(self, _: web.Request) -> web.Response:
        """The style of the bar between the pages."""
        return plain_file("nav.css")

    async def icon(self, _: web.Request) -> web.Response:
        """The picture on the browser's tab."""
        return plain_file("icon.svg")

    def routes(self) -> list[web.RouteDef]:
        """Mount these once beside any of the pages."""
        return [web.get("/demo/nav.css", self.style), web.get("/demo/icon.svg", self.icon)]
