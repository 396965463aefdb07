"""The store: `tx(fn)` and `read(fn)` take a plain function of a Tx and run it as one transaction.

Promise: no await inside a transaction; a result is given back only after the commit; one writer takes up to 64 waiting
functions into one BEGIN IMMEDIATE, a savepoint each, so that full durability costs little (group commit); if the batch
itself fails, each function runs once more alone; a Conflict runs the function again. Limits: SQLite here; the same
functions run on PostgreSQL's connections when that store comes.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from storage.lane import Lane
from storage.people import Conflict, People
from storage.work import Work

T = TypeVar("T")

BATCH = 64
READERS = 2
AGAIN = 3


class Tx:
    """Every query of the program, over one open transaction: `people` (conversations) and `work` (tickets, steps)."""

    def __init__(self, link: Connection) -> None:
        """Wrap a connection whose transaction is open."""
        self.link = link
        self.people = People(link)
        self.work = Work(link)
        self.spoken: set[str] = set()


@dataclass(frozen=True, kw_only=True)
class News:
    """What a commit changed: conversations with new lines, tickets, and whether steps were queued."""

    talks: frozenset[str]
    tickets: frozenset[str]
    queued: bool


Listener = Callable[[News], None]


@dataclass
class _Job(Generic[T]):
    fn: Callable[[Tx], T]
    answer: "asyncio.Future[T]"


@dataclass(frozen=True)
class _Outcome:
    result: Any = None
    error: BaseException | None = None
    news: News | None = None


class Store:
    """The desk's database on one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Remember the file; `open` connects."""
        self.path = path
        self._writer = Lane(path)
        self._readers: list[Lane] = []
        self._turn = 0
        self._waiting: deque[_Job[Any]] = deque()
        self._draining: asyncio.Task[None] | None = None
        self._listeners: list[Listener] = []

    async def open(self) -> "Store":
        """Connect one writer and the readers."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        await self._writer.open()
        self._readers = [await Lane(self.path, query_only=True).open() for _ in range(READERS)]
        return self

    async def close(self) -> None:
        """Let the waiting transactions finish, then close."""
        if self._draining is not None:
            await asyncio.gather(self._draining, return_exceptions=True)
        for lane in self._readers:
            await lane.close()
        self._readers = []
        await self._writer.close()

    def listen(self, listener: Listener) -> None:
        """Call `listener` after each commit, in the event loop."""
        self._listeners.append(listener)

    async def tx(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in a writing transaction and return its result after the commit; its exception rolls it back."""
        for _ in range(AGAIN):
            try:
                return await self._once(fn)
            except Conflict:
                continue
        return await self._once(fn)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in a reading transaction on one of the readers."""
        self._turn = (self._turn + 1) % READERS
        return await self._readers[self._turn].run(lambda link: _reading(link, fn))

    async def raw(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` on the writer's connection outside a transaction: for migrations and checkpoints."""
        return await self._writer.run(fn)

    async def _once(self, fn: Callable[[Tx], T]) -> T:
        job: _Job[T] = _Job(fn=fn, answer=asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await job.answer

    async def _drain(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            functions = [job.fn for job in batch]
            try:
                outcomes = await self._writer.run(lambda link, functions=functions: _write(link, functions))  # type: ignore[misc]  # bound now, run before the next turn
            except Exception as error:
                outcomes = [_Outcome(error=error)] * len(batch)
            for job, outcome in zip(batch, outcomes, strict=True):
                self._answer(job, outcome)

    def _answer(self, job: _Job[Any], outcome: _Outcome) -> None:
        if job.answer.done():
            return
        if outcome.error is not None:
            job.answer.set_exception(outcome.error)
            return
        job.answer.set_result(outcome.result)
        if outcome.news:
            for listener in self._listeners:
                listener(outcome.news)


def _reading(link: Connection, fn: Callable[[Tx], T]) -> T:
    link.exec_driver_sql("BEGIN")
    try:
        return fn(Tx(link))
    finally:
        link.exec_driver_sql("ROLLBACK")


def _write(link: Connection, functions: list[Callable[[Tx], Any]]) -> list[_Outcome]:
    try:
        return _batch(link, functions)
    except Exception as error:
        _rollback(link)
        if len(functions) == 1:
            return [_Outcome(error=error)]
    return [_alone(link, fn) for fn in functions]


def _alone(link: Connection, fn: Callable[[Tx], Any]) -> _Outcome:
    try:
        return _batch(link, [fn])[0]
    except Exception as error:
        _rollback(link)
        return _Outcome(error=error)


def _batch(link: Connection, functions: list[Callable[[Tx], Any]]) -> list[_Outcome]:
    link.exec_driver_sql("BEGIN IMMEDIATE")
    outcomes = [_one(link, fn) for fn in functions]
    link.exec_driver_sql("COMMIT")
    return outcomes


def _one(link: Connection, fn: Callable[[Tx], Any]) -> _Outcome:
    link.exec_driver_sql("SAVEPOINT turn")
    tx = Tx(link)
    try:
        result = fn(tx)
    except Exception as error:
        link.exec_driver_sql("ROLLBACK TO turn")
        link.exec_driver_sql("RELEASE turn")
        return _Outcome(error=error)
    link.exec_driver_sql("RELEASE turn")
    news = News(talks=frozenset(tx.spoken), tickets=frozenset(tx.work.touched), queued=tx.work.queued)
    return _Outcome(result=result, news=news)


def _rollback(link: Connection) -> None:
    raw = link.connection.dbapi_connection
    if raw is not None and getattr(raw, "in_transaction", False):
        link.exec_driver_sql("ROLLBACK")
