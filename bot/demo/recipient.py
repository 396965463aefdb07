"""A recipient in the pretend world that is told by webhook: the platform's CRM, on a page of its own.

Promise: it believes what is signed with its secret, now, and counts the same id once, as Standard Webhooks asks of a
receiver; the person's address is used to look them up and not kept. Limits: nothing is really deleted here, because
nothing is held; loopback only.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.demo.keeping import write_private
from bot.demo.stage import environment, headers
from bot.signing import Forged, Signer

CODE, NAME = "crm", "Contoso CRM"
PAGE, HOOK = "/demo/crm", "/demo/crm/hook"
BODY_LIMIT = 64 * 2**10


class Recipient:
    """What the CRM has heard, newest first, and the two addresses it has."""

    def __init__(self, kept: Path, *, secret: str, clock: Callable[[], datetime]) -> None:
        """`kept` is the file that outlives a restart; `secret` is shared with the desk."""
        self._kept, self._clock = kept, clock
        self._signer = Signer((secret,), clock=clock)
        self._templates = environment()
        self.heard: dict[str, dict[str, str]] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
        self.closed = False
        """Whether it answers 503 for now."""

    def routes(self) -> list[web.RouteDef]:
        """Mount these beside the demo's other pages."""
        return [web.get(PAGE, self.page), web.post(HOOK, self.take)]

    async def page(self, _: web.Request) -> web.Response:
        """What was heard."""
        shown = self._templates.get_template("crm.html.j2").render(
            name=NAME, heard=list(self.heard.values())[::-1], demo_page="crm"
        )
        return web.Response(text=shown, content_type="text/html", headers=headers())

    async def take(self, request: web.Request) -> web.Response:
        """204 once a notice is believed and kept, again is harmless; 401 unsigned, 422 not understood, 503 closed."""
        if self.closed:
            return web.Response(status=503)
        body = await request.content.read(BODY_LIMIT)
        try:
            message_id = self._signer.checked(request.headers, body)
        except Forged:
            return web.Response(status=401)
        notice = _read(body)
        if notice is None:
            return web.Response(status=422)
        if message_id not in self.heard:
            self.heard[message_id] = notice | {"at": self._clock().isoformat(timespec="seconds")}
            write_private(self._kept, json.dumps(self.heard).encode())
        return web.Response(status=204)


def _read(body: bytes) -> dict[str, str] | None:
    """The facts of a notice, without the address in it; None for anything else."""
    try:
        said: Any = json.loads(body)
        facts = {name: str(said["data"][name]) for name in ("reference", "right", "article", "on")}
        return {**facts, "type": str(said["type"]), "found_by": "email" if said["data"].get("email") else ""}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
