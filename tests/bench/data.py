"""The data layer: plan, copy and erasure of one person, against the same by hand on the driver itself.

Promise: the real source on the demo's schema with 10,000 and a million other rows in it (`SELEQT_BENCH_ROWS=10000000`
for more), on SQLite and, where a server can be had, on PostgreSQL; people of about 20, about 200 and 10,000 rows; each
round of the desk is followed by a round by hand, in a worker thread as the desk's own; an erasure by two rounds, bare
and with the desk's promises. Limits: PostgreSQL works in another process, so the clock judges it and its figures move
with the machine; on SQLite CPU time does. The other of the two stands beside, without an aim.
"""

import asyncio
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.plans import Plan, PlanLine, Verb
from bot.parcel import Parcel
from bot.texts import Texts
from storage.datalayer.sql import SqlSource
from tests import postgres
from tests.bench import by_hand, package
from tests.bench.crowd import Somebody, people, platform
from tests.bench.measures import Cost, Figure, measured, middle, ratio

ROUNDS = 7
SIZES = (10_000, 1_000_000)
MORE = "SELEQT_BENCH_ROWS"
AIM = 3.0
FEW, MANY, THOUSANDS = 8, 188, 9988
"""Log-ins and page views that make a person of about 20, about 200 and 10,000 rows."""

PER_ROUND = {FEW: 10, MANY: 5, THOUSANDS: 1}


@dataclass(frozen=True, kw_only=True)
class Place:
    """One database to measure on: its name in the table, the clock that counts there, how many rows of others."""

    name: str
    url: str
    clock: str
    rows: int


async def figures(report: Callable[[str], None]) -> list[Figure]:
    """Every figure about the data layer."""
    texts = Texts.load()
    found: list[Figure] = []
    sizes = (*SIZES, *((int(os.environ[MORE]),) if MORE in os.environ else ()))
    for rows in sizes:
        with ExitStack() as stack:
            for place in _places(stack, rows, report):
                found += await _measured(place, texts, report, small=rows == sizes[0])
    return found


def _places(stack: ExitStack, rows: int, report: Callable[[str], None]) -> Iterator[Place]:
    path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "platform.db"
    yield Place(name=f"SQLite {rows:,}", url=f"sqlite:///{path}", clock="cpu", rows=rows)
    try:
        url = stack.enter_context(postgres.database(stack.enter_context(postgres.server())))
    except postgres.NoServer as missing:
        report(f"PostgreSQL left out: {missing}")
        return
    yield Place(name=f"PostgreSQL {rows:,}", url=url, clock="wall", rows=rows)


async def _measured(place: Place, texts: Texts, report: Callable[[str], None], *, small: bool) -> list[Figure]:
    crowd = {used: people(1000 * (at + 1), _needed(used), used) for at, used in enumerate(PER_ROUND)}
    talkers = people(50_000, 3, FEW, said=10_000)
    report(f"{place.name}: filling")
    packed = (people(60_000, 1, MANY)[0], people(60_001, 1, package.MANY)[0])
    platform(place.url, [*(one for some in crowd.values() for one in some), *talkers, *packed], place.rows)
    source = package.source_at(place.url)
    hand = by_hand.Hand(place.url)
    try:
        bench = Bench(place, source, hand, texts)
        found = [one for used in (FEW, MANY) for one in await bench.access(crowd[used], report, packed=small)]
        found += [one for used in PER_ROUND for one in await bench.erasure(crowd[used], report)]
        found.append(await bench.masking(talkers))
        return found + (await package.figures(place.name, place.url, *packed, report) if small else [])
    finally:
        hand.close()
        await source.close()


def _needed(used: int) -> int:
    """People for the desk and two ways by hand, and some to warm up on."""
    rounds = 2 if used == THOUSANDS else ROUNDS
    return 3 * PER_ROUND[used] * rounds + _warm(used)


def _warm(used: int) -> int:
    """A server keeps a statement's plan from its sixth time on."""
    return 1 if used == THOUSANDS else 6


class Bench:
    """One platform, reached by the desk's source and by hand."""

    def __init__(self, place: Place, source: SqlSource, hand: by_hand.Hand, texts: Texts) -> None:
        """Take both ways in."""
        self._place = place
        self._source = source
        self._hand = hand
        self._texts = texts

    async def access(self, crowd: list[Somebody], report: Callable[[str], None], *, packed: bool) -> list[Figure]:
        """Planned, read, and the same with the package; each beside the hand-written selects."""
        warm = await self._source.find(crowd[0].subject, Verb.ACCESS)
        queries = by_hand.selects(warm.lines)
        rows = sum(len(some) for _, some in self._hand.copied(queries, crowd[0]))
        if rows != warm.rows:
            raise RuntimeError(f"by hand {rows} rows, the desk {warm.rows}")
        report(f"{self._place.name}, access: {rows} rows in {len(warm.lines)} collections")
        share = PER_ROUND[crowd[0].used]
        costs: dict[str, list[Cost]] = {name: [] for name in ("plan", "act", "hand", "packed", "hand packed")}
        for _ in range(ROUNDS):
            with measured() as cost:
                plans = [await self._source.find(one.subject, Verb.ACCESS) for one in crowd[:share]]
            costs["plan"].append(cost)
            with measured() as cost:
                for one, plan in zip(crowd, plans, strict=False):
                    await self._act(plan, one, "copy", _nothing_made)
            costs["act"].append(cost)
            with measured() as cost:
                for one in crowd[:share]:
                    await asyncio.to_thread(_drained, self._hand.copied(queries, one))
            costs["hand"].append(cost)
            if packed:
                await self._package(crowd[:share], queries, costs)
        return self._told(rows, share, costs, packed=packed)

    async def _package(self, some: list[Somebody], queries: Any, costs: dict[str, list[Cost]]) -> None:
        with measured() as cost:
            for one in some:
                plan = await self._source.find(one.subject, Verb.ACCESS)
                with Parcel(io.BytesIO(), cover=package.COVER, texts=self._texts) as parcel:
                    await self._act(plan, one, "copy", parcel.take)
                    parcel.finish()
        costs["packed"].append(cost)
        with measured() as cost:
            for one in some:
                with Parcel(io.BytesIO(), cover=package.COVER, texts=self._texts) as parcel:
                    for line, rows in self._hand.copied(queries, one):
                        parcel.take(line, iter(rows))
                    parcel.finish()
        costs["hand packed"].append(cost)

    def _told(self, rows: int, share: int, costs: dict[str, list[Cost]], *, packed: bool) -> list[Figure]:
        aim = AIM if rows > 100 else None
        found = [
            *self._figures(f"access, {rows} rows, read", costs["act"], share, "selects by hand", costs["hand"], aim),
            *self._figures(f"access, {rows} rows, planned", costs["plan"], share, "the same read", costs["act"], 1.0),
        ]
        if packed:
            by = "selects by hand, same package"
            found += self._figures(
                f"access, {rows} rows, packed", costs["packed"], share, by, costs["hand packed"], 5.0
            )
        return found

    def _figures(
        self, what: str, mine: list[Cost], share: int, reference: str, other: list[Cost], aim: float | None
    ) -> list[Figure]:
        """By the clock that judges here, and by the other one."""
        return [self._figure(what, mine, share, reference, other, clock, aim) for clock in ("cpu", "wall")]

    def _figure(
        self, what: str, mine: list[Cost], share: int, reference: str, other: list[Cost], clock: str, aim: float | None
    ) -> Figure:
        value = getattr(middle(mine, share), clock) * 1e3
        return Figure(
            what=f"{self._place.name}: {what}", value=value, unit="ms CPU" if clock == "cpu" else "ms",
            reference=reference, beside=value / ratio(mine, other, clock),
            aim=aim if clock == self._place.clock else None,
        )  # fmt: skip

    async def _act(self, found: Plan, one: Somebody, key: str, sink: Any = None) -> None:
        await self._source.act(
            key=f"{key}-{one.number}", person=one.subject, verb=found.verb, approved=found.hash, ceiling=found.ceiling,
            sink=sink,
        )  # fmt: skip

    async def erasure(self, crowd: list[Somebody], report: Callable[[str], None]) -> list[Figure]:
        """Done and read back, planned before, against one transaction by hand, bare and with the same promises."""
        share, warm = PER_ROUND[crowd[0].used], _warm(crowd[0].used)
        waiting = iter(crowd)
        rows = await self._warmed([next(waiting) for _ in range(warm)])
        report(f"{self._place.name}, erasure: {rows} rows in the plan")
        act, both, bare, promised = [], [], [], []
        for _ in range((len(crowd) - warm) // (3 * share)):
            mine, these, those = ([next(waiting) for _ in range(share)] for _ in range(3))
            with measured() as planned:
                plans = [await self._source.find(one.subject, Verb.ERASURE) for one in mine]
            with measured() as cost:
                for one, plan in zip(mine, plans, strict=True):
                    await self._act(plan, one, "erase")
            act.append(cost)
            both.append(Cost(cpu=cost.cpu + planned.cpu, wall=cost.wall + planned.wall))
            bare.append(await _each(self._hand.erased, these))
            promised.append(await _each(self._hand.erased_as_promised, those))
        what, by = f"erasure, {rows} rows", "transaction by hand"
        return [
            *self._figures(what, act, share, by, bare, AIM),
            *self._figures(what, act, share, f"{by}, same promises", promised, None),
            *self._figures(f"{what}, and its plan", both, share, by, bare, None),
        ]

    async def _warmed(self, some: list[Somebody]) -> int:
        """Erase these; how many rows one of them has."""
        plans = [await self._source.find(one.subject, Verb.ERASURE) for one in some]
        for one, plan in zip(some, plans, strict=True):
            await self._act(plan, one, "erase")
        return plans[0].rows

    async def masking(self, crowd: list[Somebody]) -> Figure:
        """Ten thousand rows of one person overwritten and read back, in rows a second."""
        costs, rows = [], crowd[0].said
        for one in crowd:
            plan = await self._source.find(one.subject, Verb.ERASURE)
            with measured() as cost:
                await self._act(plan, one, "erase")
            costs.append(cost)
        return Figure(
            what=f"{self._place.name}: {rows:,} rows masked", value=rows / middle(costs).wall, unit="rows/s",
            reference="the desk's bar", beside=10_000, aim=1.0, higher_is_better=True,
        )  # fmt: skip


async def _each(work: Callable[[Somebody], int], some: list[Somebody]) -> Cost:
    with measured() as cost:
        for one in some:
            await asyncio.to_thread(work, one)
    return cost


def _drained(groups: Iterator[Any]) -> None:
    for _ in groups:
        pass


def _nothing_made(_line: PlanLine, rows: Iterator[Any]) -> None:
    for _ in rows:
        pass
