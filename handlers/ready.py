"""`/readyz`: whether this process can do its work now, for whoever routes to it or watches it.

Promise: 200 while every sign is good, else 503 with the names of those that aren't; no detail beyond a name. Limits:
`/healthz` says whether the process lives; this one whether its channels do.
"""

from collections.abc import Callable, Mapping

from aiohttp import web


class Readiness:
    """The signs, by name: each is asked at every call."""

    def __init__(self, *, signs: Mapping[str, Callable[[], bool]]) -> None:
        """Take what to ask; True is good."""
        self._signs = signs

    def routes(self) -> list[web.RouteDef]:
        """The route."""
        return [web.get("/readyz", self._ready)]

    async def _ready(self, _: web.Request) -> web.Response:
        bad = [name for name, is_good in self._signs.items() if not is_good()]
        return web.json_response({"status": "not ready" if bad else "ready", "bad": bad}, status=503 if bad else 200)
