"""The platform's side of the contract, for a platform written in Python: any source behind signed HTTP.

Promise: `serve_source` gives the routes of docs/data-layer.openapi.yml over a source of its own; an unsigned, late or
misshapen call reaches no source; every answer is signed; rows are streamed with back-pressure. Limits: it serves one
source, does no TLS, and repeats an act safely because the source keeps receipts, not because anything is kept here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

import structlog
from aiohttp import web
from pydantic import ValidationError

from bot.core.plans import READING, ActResult, PlanLine
from bot.ports import NotReadBack, PlanChanged, Source, SourceDown, SourceRefused
from bot.signing import Forged, Seal, Signer, answer_id
from storage.datalayer import wire
from storage.datalayer.datamap import Findings

BODY_LIMIT = 256 * 2**10
AT_ONCE = 64 * 2**10
"""Bytes of a request, and of rows gathered before they are written."""

LOG = structlog.get_logger("datalayer_served")


class Checked(Source, Protocol):
    """A source that can say whether it is ready."""

    async def check(self) -> Findings:
        """What keeps it from being used."""
        ...


def serve_source(
    source: Checked, secrets: Iterable[str], *, clock: Callable[[], datetime], prefix: str = ""
) -> list[web.RouteDef]:
    """Routes POST {prefix}/v1/{call} for every call of the contract. Raises ValueError for a bad secret."""
    served = Served(source, Signer(secrets, clock=clock))
    return [web.post(f"{prefix}/{wire.VERSION}/{call}", served.answer) for call in wire.CALLS]


class Served:
    """One source behind the contract's paths."""

    def __init__(self, source: Checked, signer: Signer) -> None:
        """Wire it."""
        self._source, self._signer = source, signer
        self._calls: Mapping[type[wire.Asked], Callable[[Any], Awaitable[Any]]] = {
            wire.CheckAsked: self._check,
            wire.PersonAsked: self._person,
            wire.FindAsked: self._find,
            wire.ValuesAsked: self._values,
            wire.ActAsked: self._act,
            wire.SuppressAsked: self._suppress,
            wire.UnsuppressAsked: self._unsuppress,
            wire.SuppressedAsked: self._suppressed,
        }

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Check the signature, read the call, do it, sign the answer."""
        body = await _body(request)
        try:
            call_id = self._signer.checked(request.headers, body or b"")
        except Forged:
            return web.json_response({"reason": wire.STATUSES[401]}, status=401)
        try:
            return await self._done(request, call_id, body)
        except Exception as failure:
            status, refusal = _refusal(failure)
            if status == 503 and not isinstance(failure, SourceDown):
                LOG.error("call_failed", error=type(failure).__name__)
            return self._signed(call_id, refusal, status)

    async def _done(self, request: web.Request, call_id: str, body: bytes | None) -> web.StreamResponse:
        kind = wire.CALLS[request.path.rpartition("/")[2]]
        try:
            asked = wire.loaded(kind, body or b"")
        except ValidationError as problem:
            raise SourceRefused(("malformed",)) from problem
        if asked.call != kind.CALL:
            raise SourceRefused(("malformed",))
        if isinstance(asked, wire.ActAsked):
            if asked.key != call_id:
                raise SourceRefused(("key_missing",))
            if asked.verb in READING:
                return await Rows(request, self._source, Seal(self._signer, call_id)).send(asked)
        return self._signed(call_id, await self._calls[kind](asked), 200)

    def _signed(self, call_id: str, value: Any, status: int) -> web.Response:
        body = wire.dumped(value)
        headers = self._signer.headers(answer_id(call_id), body)
        return web.Response(body=body, status=status, content_type=wire.JSON, headers=headers)

    # ---- the calls

    async def _check(self, asked: wire.CheckAsked) -> wire.CheckAnswer:
        found = await self._source.check()
        return wire.CheckAnswer(reasons=found.reasons, warnings=found.warnings)

    async def _person(self, asked: wire.PersonAsked) -> wire.PersonAnswer:
        people = await self._source.person(email=asked.email, tenant=asked.tenant, subject=asked.subject)
        return wire.PersonAnswer(people=people)

    async def _find(self, asked: wire.FindAsked) -> wire.FindAnswer:
        person = wire.renamed_subject(asked.person, self._source.name)
        return wire.FindAnswer(plan=await self._source.find(person, asked.verb, asked.changes))

    async def _values(self, asked: wire.ValuesAsked) -> wire.ValuesAnswer:
        person = wire.renamed_subject(asked.person, self._source.name)
        return wire.ValuesAnswer(values=await self._source.values(person, asked.changes))

    async def _act(self, asked: wire.ActAsked) -> wire.ActAnswer:
        return wire.ActAnswer(result=await _acted(self._source, asked))

    async def _suppress(self, asked: wire.SuppressAsked) -> wire.SuppressAnswer:
        return wire.SuppressAnswer(changed=await self._source.suppress(asked.address, scope=asked.scope))

    async def _unsuppress(self, asked: wire.UnsuppressAsked) -> wire.SuppressAnswer:
        return wire.SuppressAnswer(changed=await self._source.unsuppress(asked.address, scope=asked.scope))

    async def _suppressed(self, asked: wire.SuppressedAsked) -> wire.SuppressedAnswer:
        found = await self._source.suppression(asked.address, scope=asked.scope)
        if found is None:
            return wire.SuppressedAnswer(suppressed=False)
        return wire.SuppressedAnswer(suppressed=True, reason=found.reason, since=found.since)


async def _acted(source: Source, asked: wire.ActAsked, sink: Any = None) -> ActResult:
    return await source.act(
        key=asked.key,
        person=wire.renamed_subject(asked.person, source.name),
        verb=asked.verb,
        approved=asked.approved,
        ceiling=asked.ceiling,
        changes=asked.changes,
        sink=sink,
    )


async def _body(request: web.Request) -> bytes | None:
    """The body as it arrived; None when it is too long to be anything of ours."""
    if (request.content_length or 0) > BODY_LIMIT:
        return None
    body = bytearray()
    async for part in request.content.iter_any():
        body += part
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def _refusal(failure: Exception) -> tuple[int, wire.Refusal]:
    """Status and body for what a source raised; a fault of the program is a 503, so that the desk tries again."""
    if isinstance(failure, PlanChanged):
        return 409, wire.Refusal(reason=wire.STATUSES[409])
    if isinstance(failure, SourceRefused):
        return 422, wire.Refusal(reason=wire.STATUSES[422], reasons=failure.reasons)
    if isinstance(failure, NotReadBack):
        return 507, wire.Refusal(reason=wire.STATUSES[507])
    return 503, wire.Refusal(reason=wire.STATUSES[503])


class Rows:
    """The answer to a copy: lines written as the source reads them, sealed at the end."""

    def __init__(self, request: web.Request, source: Source, seal: Seal) -> None:
        """For one call."""
        self._request, self._source, self._seal = request, source, seal
        self._response = web.StreamResponse(headers={"Content-Type": wire.NDJSON, "Cache-Control": "no-store"})
        self._loop = asyncio.get_running_loop()

    async def send(self, asked: wire.ActAsked) -> web.StreamResponse:
        """Read and write. What fails before the first line is an ordinary answer; later it is an `error` line."""
        try:
            result = await _acted(self._source, asked, self._take)
            last = wire.StreamLine(result=result)
        except Exception as failure:
            if not self._response.prepared:
                raise
            last = wire.StreamLine(error=_refusal(failure)[1])
        await self._write(_line(last))
        await self._write(_line(wire.StreamLine(seal=self._seal.made())))
        await self._response.write_eof()
        return self._response

    def _take(self, line: PlanLine, rows: Iterator[Mapping[str, Any]]) -> None:
        """The sink, in the source's worker thread: waits until the desk took what was written."""
        waiting = bytearray(_line(wire.StreamLine(line=line)))
        for row in rows:
            waiting += wire.row_line(row)
            if len(waiting) >= AT_ONCE:
                self._hand_over(bytes(waiting))
                waiting.clear()
        self._hand_over(bytes(waiting))

    def _hand_over(self, part: bytes) -> None:
        asyncio.run_coroutine_threadsafe(self._write(part), self._loop).result()

    async def _write(self, part: bytes) -> None:
        if not part:
            return
        if not self._response.prepared:
            await self._response.prepare(self._request)
        self._seal.take(part)
        await self._response.write(part)


def _line(one: wire.StreamLine) -> bytes:
    return wire.adapter(wire.StreamLine).dump_json(one, exclude_none=True) + b"\n"
