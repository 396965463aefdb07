"""Rows on their way from a platform into the desk: lines of JSON, read in pieces, handed on one by one.

Promise: at most a few pieces are in memory however many rows come; lines and the whole are bounded; the last line
seals everything before it, and a stream that ends without its seal was not delivered. Limits: whoever takes the rows
has some of them before the seal is known and must drop them all when `run` raises.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aiohttp import ClientError, StreamReader
from pydantic import ValidationError

from bot.core.plans import ActResult, PlanLine
from bot.ports import Sink
from bot.signing import Forged, Seal, Signer
from storage.datalayer import wire
from storage.datalayer.circuit import Unreached

LINE_LIMIT = 2**20
STREAM_LIMIT = 4 * 2**30
"""Bytes of one row, and of one copy."""

AT_ONCE = 64 * 2**10


class Lines:
    """Whole lines of a response, a batch at a time, for a worker thread."""

    def __init__(self, content: StreamReader) -> None:
        """To be made in the event loop that reads the response."""
        self._content = content
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        self._read = 0

    def pull(self) -> list[bytes]:
        """The next lines, each with its end; empty at the end. Called from a worker thread, which waits here."""
        return asyncio.run_coroutine_threadsafe(self._batch(), self._loop).result()

    async def _batch(self) -> list[bytes]:
        parts, size = [self._rest], 0
        while size < AT_ONCE:
            part = await self._content.readany()
            if not part:
                break
            parts.append(part)
            size += len(part)
            if b"\n" in part:
                break
        self._read += size
        lines = b"".join(parts).splitlines(keepends=True)
        self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        if self._read > STREAM_LIMIT or max(map(len, (self._rest, *lines))) > LINE_LIMIT:
            raise Unreached("answer_too_long")
        if size and not lines:
            return await self._batch()
        return lines


class Delivery:
    """One answer to an access or portability act, taken apart line by line in a worker thread."""

    def __init__(self, pull: Callable[[], list[bytes]], signer: Signer, message_id: str) -> None:
        """`pull` gives the next lines, and none at the end."""
        self._pull = pull
        self._seal = Seal(signer, message_id)
        self._lines = self._all()
        self._next: wire.StreamLine | None = None

    def run(self, sink: Sink) -> ActResult:
        """Hand every plan line with its rows to the sink; the result once the seal fits.

        Raises Unreached for a stream that is broken, cut or not sealed, and what an `error` line means.
        """
        try:
            return self._run(sink)
        except (ClientError, TimeoutError, ValidationError, Forged):
            raise Unreached("rows_broken_off") from None

    def _run(self, sink: Sink) -> ActResult:
        self._next = next(self._lines, None)
        while self._next is not None and self._next.line is not None:
            self._one(sink, self._next.line)
        if self._next is None or self._next.result is None:
            raise Unreached("rows_broken_off")
        result = self._next.result
        if next(self._lines, None) is not None:
            raise Unreached("rows_after_the_result")
        return result

    def _one(self, sink: Sink, line: PlanLine) -> None:
        self._next = next(self._lines, None)
        rows = self._rows()
        sink(line, rows)
        for _ in rows:  # what the sink left
            pass

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        while self._next is not None and self._next.row is not None:
            yield self._next.row
            self._next = next(self._lines, None)

    def _all(self) -> Iterator[wire.StreamLine]:
        """Every line before the seal; raises Unreached when the stream ends without one."""
        left: list[bytes] = []
        while raw := self._raw(left):
            one = wire.loaded(wire.StreamLine, raw)
            if one.seal is not None:
                self._seal.insist(one.seal)
                if self._raw(left):
                    raise Unreached("rows_after_the_seal")
                return
            self._seal.take(raw)
            if one.error is not None:
                raise wire.meaning(one.error)
            yield one
        raise Unreached("rows_not_sealed")

    def _raw(self, left: list[bytes]) -> bytes:
        """The next line, empty at the end; `left` holds what was pulled and not yet given, last first."""
        if not left:
            left += reversed(self._pull())
        return left.pop() if left else b""
