"""Notices to recipients by webhook (Art. 19), the Standard Webhooks way: signed, under one id however often sent.

Promise: https only (http on loopback), no redirect is followed, waits are bounded, and a recipient who is down is left
alone for half a minute. What is sent is `{"type": "data_subject.erasure", "timestamp": ..., "data": {...}}`. Limits:
any 2xx counts as taken; what the recipient then does is theirs.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.ports import SourceDown
from bot.signing import Signer
from storage.datalayer.circuit import Circuit, Unreached
from storage.datalayer.http import insist_on_url

WAITS = ClientTimeout(total=30, connect=5, sock_connect=5)


class WebHooks:
    """Webhooks of every recipient that takes them."""

    def __init__(
        self, *, session: ClientSession, secrets: Mapping[str, tuple[str, ...]], clock: Callable[[], datetime]
    ) -> None:
        """`secrets` by recipient; `session` is closed with this. Raises ValueError for a bad secret."""
        self._session = session
        self._clock = clock
        self._signers = {code: Signer(some, clock=clock) for code, some in secrets.items()}
        self._circuits = {code: Circuit(clock) for code in secrets}

    async def tell(self, recipient: str, url: str, *, key: str, facts: Mapping[str, str]) -> None:
        """Send the facts. Raises SourceDown, without values, when they were not taken."""
        body = self._body(facts)
        try:
            with self._circuits[recipient].call():
                await self._sent(insist_on_url(url), body, self._signers[recipient].headers(key, body))
        except Unreached as failure:
            raise SourceDown(str(failure)) from None

    def _body(self, facts: Mapping[str, str]) -> bytes:
        made = {
            "type": f"data_subject.{facts['right']}",
            "timestamp": self._clock().isoformat(timespec="seconds"),
            "data": dict(facts),
        }
        return json.dumps(made).encode()

    async def _sent(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        typed = {"Content-Type": "application/json", **headers}
        try:
            async with self._session.post(
                url, data=body, headers=typed, timeout=WAITS, allow_redirects=False
            ) as answer:
                if not 200 <= answer.status < 300:
                    raise Unreached(f"status_{answer.status}")
        except (ClientError, TimeoutError) as problem:
            raise Unreached(f"no_connection_{type(problem).__name__}") from None

    async def close(self) -> None:
        """Close the connections for good."""
        await self._session.close()
