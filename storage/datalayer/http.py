"""The HTTP source: a platform's own service that keeps the contract of docs/data-layer.openapi.yml.

Promise: every call is signed and carries an id under which it may be repeated, every answer's signature is checked
before it is believed; https only (http on loopback), no redirect is followed, every wait and size is bounded, and
while the platform is down calls fail at once (circuit.py). Errors and log lines hold codes, never a value. Limits:
what an act did is the platform's word; it reads back on its own side.
"""

import asyncio
import ipaddress
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from pydantic import ValidationError

from bot.core.plans import READING, ActResult, Change, Corrected, PersonFound, Plan, Subject, Verb
from bot.core.suppression import Reason, Suppression
from bot.ports import Sink, SourceDown, SourceRefused
from bot.signing import Forged, Signer, answer_id, is_plain_id
from storage.datalayer import wire
from storage.datalayer.circuit import Circuit, Unreached
from storage.datalayer.datamap import Findings
from storage.datalayer.stream import Delivery, Lines

CONNECT_SECONDS, READ_SECONDS, ACT_SECONDS = 5, 30, 300
TRIES = 3
FIRST_PAUSE = 0.25
"""Seconds before the second try of a call; each further pause is twice as long, times a jitter of 0.5 to 1.5."""

ANSWER_LIMIT = 8 * 2**20
"""Bytes of one answer that is no stream of rows."""

LOG = structlog.get_logger("datalayer")
T = TypeVar("T")


def new_session() -> ClientSession:
    """A session as this source wants it: no cookies, no proxy from the environment, nothing unpacked."""
    return ClientSession(
        connector=TCPConnector(limit=8), cookie_jar=DummyCookieJar(), trust_env=False, auto_decompress=False
    )


def insist_on_url(url: str) -> str:
    """The address without a closing slash; ValueError unless it is https, or http on loopback, and nothing but a place.

    The address is configuration; no address that came with a message is ever called.
    """
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    if not is_safe or not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the platform's service needs an https address without user, query or fragment")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


class HttpSource:
    """One platform service as a source of personal data."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        secrets: tuple[str, ...],
        clock: Callable[[], datetime],
        session: ClientSession,
        chance: random.Random,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        read_seconds: float = READ_SECONDS,
        act_seconds: float = ACT_SECONDS,
        patient: bool = False,
    ) -> None:
        """Take the parts; calls nothing yet. Raises ValueError for an unsafe address or secret.

        `session` is closed with the source; `chance` makes ids and jitter; `pause` waits seconds between tries;
        `read_seconds` and `act_seconds` are how long the platform may be silent; a `patient` source goes on calling
        one that fails, for a trial.
        """
        self.name = name
        self._url = insist_on_url(url)
        self._signer = Signer(secrets, clock=clock)
        self._circuit = Circuit(clock, patient=patient)
        self._session = session
        self._chance = chance
        self._pause = pause
        self._read_seconds, self._act_seconds = read_seconds, act_seconds

    async def check(self) -> Findings:
        """Whether the service says it is ready. Raises SourceDown."""
        answer = await self._ask(wire.CheckAsked(call="check"), wire.CheckAnswer)
        return Findings(reasons=_codes(answer.reasons), warnings=_codes(answer.warnings))

    async def person(
        self, *, email: str | None = None, tenant: str | None = None, subject: str | None = None
    ) -> tuple[PersonFound, ...]:
        """Who is meant, as the platform knows them. Raises SourceRefused for an empty selector, and SourceDown."""
        asked = wire.PersonAsked(call="person", email=email, tenant=tenant, subject=subject)
        answer = await self._ask(asked, wire.PersonAnswer)
        return tuple(replace(one, subject=wire.renamed_subject(one.subject, self.name)) for one in answer.people)

    async def find(self, person: Subject, verb: Verb, changes: tuple[Change, ...] = ()) -> Plan:
        """What the verb would do. Raises SourceRefused and SourceDown."""
        asked = wire.FindAsked(call="find", person=self._own(person), verb=verb, changes=changes)
        answer = await self._ask(asked, wire.FindAnswer)
        if answer.plan.verb is not verb or len(answer.plan.parts) != 1:
            raise SourceDown("answer_of_another_call")
        return wire.renamed_plan(answer.plan, self.name)

    async def values(self, person: Subject, changes: tuple[Change, ...]) -> tuple[Corrected, ...]:
        """Old and new values of a correction. Raises SourceRefused and SourceDown."""
        asked = wire.ValuesAsked(call="values", person=self._own(person), changes=changes)
        return (await self._ask(asked, wire.ValuesAnswer)).values

    async def act(
        self,
        *,
        key: str,
        person: Subject,
        verb: Verb,
        approved: str,
        ceiling: int,
        changes: tuple[Change, ...] = (),
        sink: Sink | None = None,
    ) -> ActResult:
        """Do the approved plan part, once per `key`; reading verbs hand their rows to `sink` in a worker thread.

        Raises PlanChanged, SourceRefused, SourceDown and NotReadBack as every source does. A call whose answer was
        lost is SourceDown: the same key asks again, and the platform answers from its receipt.
        """
        if not is_plain_id(key):
            raise SourceRefused(("key_missing",))
        if verb in READING and sink is None:
            raise SourceRefused(("sink_missing",))
        asked = wire.ActAsked(
            call="act",
            key=key,
            person=self._own(person),
            verb=verb,
            approved=approved,
            ceiling=ceiling,
            changes=changes,
        )
        if verb in READING and sink is not None:
            result = await self._read(asked, key, sink)
        else:
            result = (await self._ask(asked, wire.ActAnswer, key=key, seconds=self._act_seconds)).result
        return wire.renamed_result(result, self.name)

    async def suppress(self, address: str, *, scope: str = "") -> bool:
        """Enter an address into the platform's suppression list; True when it was not there."""
        asked = wire.SuppressAsked(call="suppress", address=address, scope=scope)
        return (await self._ask(asked, wire.SuppressAnswer)).changed

    async def unsuppress(self, address: str, *, scope: str = "") -> bool:
        """Take it out again; True when it was there."""
        asked = wire.UnsuppressAsked(call="unsuppress", address=address, scope=scope)
        return (await self._ask(asked, wire.SuppressAnswer)).changed

    async def suppression(self, address: str, *, scope: str = "") -> Suppression | None:
        """Why nothing may be sent to the address in this scope, as far as the platform says; None when it may."""
        asked = wire.SuppressedAsked(call="suppressed", address=address, scope=scope)
        answer = await self._ask(asked, wire.SuppressedAnswer)
        return Suppression(reason=_reason(answer.reason), since=answer.since) if answer.suppressed else None

    async def close(self) -> None:
        """Close the connections for good."""
        await self._session.close()

    # ---- one call

    def _own(self, person: Subject) -> Subject:
        if person.source != self.name:
            raise SourceRefused(("subject_of_another_source",))
        return person

    async def _ask(self, asked: wire.Asked, into: type[T], *, key: str = "", seconds: float = 0) -> T:
        """One call and its believed answer; tried again, with the same id, while that can help."""
        call_id = key or self._fresh_id()

        async def once(response: ClientResponse) -> T:
            body = await self._body(response, call_id)
            return _understood(into, body)

        return await self._tried(asked, call_id, seconds or self._read_seconds, once)

    async def _read(self, asked: wire.ActAsked, key: str, sink: Sink) -> ActResult:
        """A copy: the rows go to the sink as they come. Never tried again here, because the sink has some already."""

        async def once(response: ClientResponse) -> ActResult:
            if response.content_type != wire.NDJSON:
                await self._body(response, key)
                raise Unreached("no_rows")
            lines = Lines(response.content)
            return await asyncio.to_thread(Delivery(lines.pull, self._signer, key).run, sink)

        return await self._tried(asked, key, self._act_seconds, once, tries=1)

    async def _tried(
        self,
        asked: wire.Asked,
        call_id: str,
        seconds: float,
        once: Callable[[ClientResponse], Awaitable[T]],
        tries: int = TRIES,
    ) -> T:
        for number in range(1, tries + 1):
            try:
                with self._circuit.call():
                    return await self._sent(asked, call_id, seconds, once)
            except Unreached as failure:
                LOG.warning("source_call_failed", source=self.name, call=asked.CALL, reason=str(failure), tries=number)
                if number == tries or not failure.again or self._circuit.is_open:
                    raise SourceDown(str(failure)) from None  # causes of this library name hosts and values
            await self._pause(FIRST_PAUSE * 2 ** (number - 1) * (0.5 + self._chance.random()))
        raise AssertionError("the last try returns or raises")

    async def _sent(
        self, asked: wire.Asked, call_id: str, seconds: float, once: Callable[[ClientResponse], Awaitable[T]]
    ) -> T:
        body = wire.dumped(asked)
        headers = {"Content-Type": wire.JSON, "Accept-Encoding": "identity", **self._signer.headers(call_id, body)}
        waits = ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=seconds)
        url = f"{self._url}/{wire.VERSION}/{asked.CALL}"
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=waits, allow_redirects=False
            ) as response:
                return await once(response)
        except TimeoutError:
            raise Unreached("timeout") from None
        except ClientError as problem:
            # Nothing was asked yet, or the same id asks again: both may be repeated.
            raise Unreached(f"no_connection_{type(problem).__name__}", again=True) from None

    async def _body(self, response: ClientResponse, call_id: str) -> bytes:
        """The body of a 200, once its signature fits; raises what any other status means."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Unreached("packed_answer")
        body = await _limited(response)
        try:
            is_ours = self._signer.checked(response.headers, body) == answer_id(call_id)
        except Forged:
            is_ours = False
        if not is_ours:
            # A proxy's 502 is not signed either; a wrong server's 200 must not be believed.
            raise Unreached(f"unsigned_{response.status}", again=response.status in {429, 502, 503, 504})
        if response.status != 200:
            raise _meant(body)
        return body

    def _fresh_id(self) -> str:
        return f"call_{self._chance.getrandbits(128):032x}"


async def _limited(response: ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > ANSWER_LIMIT:
            raise Unreached("answer_too_long")
    return bytes(body)


def _understood(into: type[T], body: bytes) -> T:
    try:
        return wire.loaded(into, body)
    except ValidationError:
        raise Unreached("answer_not_understood") from None  # the cause quotes the body


def _meant(body: bytes) -> Exception:
    """What a signed answer other than 200 means."""
    try:
        return wire.meaning(wire.loaded(wire.Refusal, body))
    except ValidationError:
        return Unreached("answer_not_understood")


def _reason(said: str) -> Reason:
    """A reason of ours; whatever else a platform says, it is no less than an objection to marketing."""
    return Reason(said) if said in set(Reason) else Reason.NO_MARKETING


def _codes(given: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(str(one)[:200] for one in given[:200])
