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

from storage.lane import Lane, raisable, roll_back
from storage.people import People
from storage.queries import Conflict
from storage.retention import Retention
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
        self.retention = Retention(link)
        self.spoken: set[str] = set()
        self.unsaid: list[tuple[str, int]] = []


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
        self._readers = tuple(Lane(path, query_only=True) for _ in range(READERS))
        self._turn = 0
        self._waiting: deque[_Job[Any]] = deque()
        self._draining: asyncio.Task[None] | None = None
        self._listeners: list[Listener] = []

    async def open(self) -> "Store":
        """Connect one writer and the readers; what fails half way is closed again."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            await self._writer.open()
            for lane in self._readers:
                await lane.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        """Let the waiting transactions finish, then close; afterwards every call is refused."""
        while self._draining is not None and not self._draining.done():
            await asyncio.wait([self._draining])
        for lane in (*self._readers, self._writer):
            await lane.close()

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
            taken = (self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting))))
            batch = [
                job for job in taken if not job.answer.done()
            ]  # whoever went away before the start changes nothing
            for job, outcome in zip(batch, await self._written([job.fn for job in batch]), strict=True):
                self._answer(job, outcome)

    async def _written(self, functions: list[Callable[[Tx], Any]]) -> list[_Outcome]:
        try:
            return await self._writer.run(lambda link: _write(link, functions))
        except Exception as error:
            return [_Outcome(error=error)] * len(functions)

    def _answer(self, job: _Job[Any], outcome: _Outcome) -> None:
        if not job.answer.done() and outcome.error is not None:
            job.answer.set_exception(outcome.error)
        elif not job.answer.done():
            job.answer.set_result(outcome.result)
        if outcome.news is not None:  # also when the caller went away: what was committed is news
            self._tell(outcome.news)

    def _tell(self, news: News) -> None:
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            try:
                listener(news)
            except Exception as error:
                # A listener's fault must not stop the writer; whoever runs the loop hears of it.
                loop.call_exception_handler({"message": "a listener of the store failed", "exception": error})


def _reading(link: Connection, fn: Callable[[Tx], T]) -> T:
    say = _plainly(link)
    say("BEGIN")
    try:
        return fn(Tx(link))
    finally:
        say("ROLLBACK")


def _write(link: Connection, functions: list[Callable[[Tx], Any]]) -> list[_Outcome]:
    """All in one transaction; if that fails as a whole (at the commit, say), each once more in its own."""
    try:
        return _batch(link, functions)
    except Exception as error:
        if len(functions) == 1:
            return [_Outcome(error=raisable(error))]
    return [outcome for fn in functions for outcome in _write(link, [fn])]


def _batch(link: Connection, functions: list[Callable[[Tx], Any]]) -> list[_Outcome]:
    say = _plainly(link)
    say("BEGIN IMMEDIATE")
    try:
        outcomes = [_one(link, fn, say) for fn in functions]
        say("COMMIT")
    except BaseException:
        roll_back(link)
        raise
    return outcomes


def _one(link: Connection, fn: Callable[[Tx], Any], say: Callable[[str], object]) -> _Outcome:
    tx = Tx(link)
    say("SAVEPOINT turn")
    try:
        result = fn(tx)
    except Exception as error:
        say("ROLLBACK TO turn")
        say("RELEASE turn")
        return _Outcome(error=raisable(error))
    say("RELEASE turn")
    news = News(talks=frozenset(tx.spoken), tickets=frozenset(tx.work.touched), queued=tx.work.queued)
    return _Outcome(result=result, news=news)


def _plainly(link: Connection) -> Callable[[str], object]:
    """Run a word such as COMMIT on the driver itself: through Core each costs as much as a small query."""
    return link.connection.cursor().execute
