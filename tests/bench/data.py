"""The data layer: access and erasure of one person, against the same by hand on sqlite3.

Promise: `find` and `act` of the real source on a real file of the demo's schema with two thousand other people in it;
people of about 20, about 200 and 10,000 rows; each round of the desk is followed by a round by hand. Limits: SQLite.
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.plans import Plan, PlanLine, Verb
from bot.demo.platform.seeding import DATA_MAP
from bot.parcel import Cover, Outcome, Parcel, System
from bot.texts import Texts
from storage.datalayer.datamap import load
from storage.datalayer.sql import SqlSource
from tests.bench import by_hand
from tests.bench.crowd import TODAY, Somebody, people, platform
from tests.bench.measures import Cost, Figure, measured, middle, ratio

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROUNDS = 7
FEW, MANY, THOUSANDS = 8, 188, 9988
"""Log-ins and page views that make a person of about 20, about 200 and 10,000 rows."""

PER_ROUND = {FEW: 10, MANY: 5, THOUSANDS: 1}


async def figures(report: Callable[[str], None]) -> list[Figure]:
    """Every figure about the data layer."""
    texts = Texts.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "platform.db"
        crowd = {used: people(1000 * (at + 1), _needed(used), used) for at, used in enumerate(PER_ROUND)}
        platform(path, [one for some in crowd.values() for one in some])
        source = SqlSource(
            name="platform", url=f"sqlite:///{path}", datamap=load(DATA_MAP), key=b"k" * 32, clock=lambda: NOW
        )
        found: list[Figure] = []
        with closing(by_hand.link_to(str(path))) as link:
            bench = Bench(source, link, texts)
            for used in (FEW, MANY):
                found += await bench.access(crowd[used], report)
            for used in PER_ROUND:
                found += await bench.erasure(crowd[used], report)
        await source.close()
    return found


def _needed(used: int) -> int:
    """People for one way of erasing and the other, and one to warm up on."""
    rounds = 2 if used == THOUSANDS else ROUNDS
    return 2 * PER_ROUND[used] * rounds + 1


class Bench:
    """One platform, reached by the desk's source and by hand."""

    def __init__(self, source: SqlSource, link: Any, texts: Texts) -> None:
        """Take both ways in."""
        self._source = source
        self._link = link
        self._texts = texts

    async def access(self, crowd: list[Somebody], report: Callable[[str], None]) -> list[Figure]:
        """Rows read, and the same with the package."""
        warm = await self._source.find(crowd[0].subject, Verb.ACCESS)
        queries = by_hand.selects(warm.lines)
        rows = sum(len(some) for _, some in by_hand.copied(self._link, queries, crowd[0]))
        if rows != warm.rows:
            raise RuntimeError(f"by hand {rows} rows, the desk {warm.rows}")
        report(f"access: {rows} rows in {len(warm.lines)} collections")
        costs: dict[str, list[Cost]] = {name: [] for name in ("desk", "hand", "desk packed", "hand packed")}
        for _ in range(ROUNDS):
            for packing, suffix in ((_drained, ""), (self._packed, " packed")):
                with measured() as cost:
                    for one in crowd[: PER_ROUND[crowd[0].used]]:
                        await self._copy(one, packing)
                costs[f"desk{suffix}"].append(cost)
                with measured() as cost:
                    for one in crowd[: PER_ROUND[crowd[0].used]]:
                        packing(lambda take, one=one: self._by_hand(queries, one, take))
                costs[f"hand{suffix}"].append(cost)
        return self._told(rows, PER_ROUND[crowd[0].used], costs)

    def _told(self, rows: int, share: int, costs: dict[str, list[Cost]]) -> list[Figure]:
        desk, packed = (middle(costs[name], share).cpu * 1e3 for name in ("desk", "desk packed"))
        return [
            Figure(what=f"access, {rows} rows, found and read", value=desk, unit="ms CPU",
                   reference="hand-written selects on sqlite3",
                   beside=desk / ratio(costs["desk"], costs["hand"])),
            Figure(what=f"access, {rows} rows, with its package", value=packed, unit="ms CPU",
                   reference="hand-written selects and the same package",
                   beside=packed / ratio(costs["desk packed"], costs["hand packed"]), aim=5.0),
        ]  # fmt: skip

    async def _copy(self, one: Somebody, packing: "Packing") -> None:
        found = await self._source.find(one.subject, Verb.ACCESS)
        taken: list[tuple[PlanLine, list[Any]]] = []
        await self._act(found, one, f"copy-{one.number}", lambda line, rows: taken.append((line, list(rows))))
        packing(lambda take: [take(line, iter(rows)) for line, rows in taken])

    def _by_hand(self, queries: Any, one: Somebody, take: Callable[..., Any]) -> None:
        for line, rows in by_hand.copied(self._link, queries, one):
            take(line, iter(rows))

    def _packed(self, rows: "Rows") -> None:
        with Parcel(io.BytesIO(), cover=COVER, texts=self._texts) as parcel:
            rows(parcel.take)
            parcel.finish()

    async def _act(self, found: Plan, one: Somebody, key: str, sink: Any = None) -> None:
        await self._source.act(
            key=key, person=one.subject, verb=found.verb, approved=found.hash, ceiling=found.ceiling, sink=sink
        )

    async def erasure(self, crowd: list[Somebody], report: Callable[[str], None]) -> list[Figure]:
        """Found, done and read back, against one transaction by hand."""
        share = PER_ROUND[crowd[0].used]
        waiting = iter(crowd)
        rows = (await self._erase(next(waiting))).rows
        report(f"erasure: {rows} rows in the plan")
        desk, hand = [], []
        for _ in range((len(crowd) - 1) // (2 * share)):
            mine, theirs = ([next(waiting) for _ in range(share)] for _ in range(2))
            with measured() as cost:
                for one in mine:
                    await self._erase(one)
            desk.append(cost)
            with measured() as cost:
                for one in theirs:
                    by_hand.erased(self._link, one)
            hand.append(cost)
        each = middle(desk, share)
        told = [
            Figure(what=f"erasure, {rows} rows", value=each.cpu * 1e3, unit="ms CPU",
                   reference="hand-written transaction on sqlite3", beside=each.cpu * 1e3 / ratio(desk, hand)),
        ]  # fmt: skip
        if crowd[0].used == THOUSANDS:
            told.append(
                Figure(what=f"erasure, {rows} rows", value=rows / each.wall, unit="rows/s", reference="the desk's bar",
                       beside=10_000, aim=1.0, higher_is_better=True)
            )  # fmt: skip
        return told

    async def _erase(self, one: Somebody) -> Plan:
        found = await self._source.find(one.subject, Verb.ERASURE)
        await self._act(found, one, f"erase-{one.number}")
        return found


Rows = Callable[[Callable[..., Any]], Any]
"""Hands every group of rows to a taker."""

Packing = Callable[[Rows], None]


def _drained(rows: Rows) -> None:
    """Rows read and nothing made of them."""
    rows(_nothing_made)


def _nothing_made(_line: PlanLine, rows: Iterator[Any]) -> None:
    for _ in rows:
        pass


COVER = Cover(
    person_label="Eva Smit",
    ref="SEL-2026-00001",
    asked_on=TODAY,
    made_at=NOW,
    lang="en",
    period=(None, TODAY),
    searched=(System(name="platform", outcome=Outcome.FOUND),),
)
