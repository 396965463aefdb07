"""The data package: how long two hundred rows take, and how much memory a hundred thousand.

Promise: both against a ZIP of the same rows as JSON and CSV written by hand, which holds no page and no manifest; the
memory is what the kernel says a fresh process grew by, while rows go from the source into the vault as in the desk.
Limits: Linux; the bar for the time is of a quiet machine, and a busy one gets as much more as its loop needs.
"""

import asyncio
import csv
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.plans import Plan, PlanLine, Verb
from bot.demo.platform.seeding import DATA_MAP
from bot.parcel import Cover, Outcome, Parcel, System
from bot.texts import Texts
from storage.datalayer.datamap import load
from storage.datalayer.sql import SqlSource
from storage.vault import Vault
from tests.bench import by_hand
from tests.bench.crowd import TODAY, Somebody
from tests.bench.measures import QUIET, Cost, Figure, calibration, measured, middle, ratio

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MANY = 99_988
"""Log-ins and page views that make a person of about 100,000 rows."""

ROUNDS = 15
BAR_MS, BAR_MB = 10.0, 64.0
COVER = Cover(
    person_label="Eva Smit",
    ref="SEL-2026-00001",
    asked_on=TODAY,
    made_at=NOW,
    lang="en",
    period=(None, TODAY),
    searched=(System(name="platform", outcome=Outcome.FOUND),),
)

Group = tuple[PlanLine, list[by_hand.Row]]


async def figures(name: str, url: str, few: Somebody, many: Somebody, report: Callable[[str], None]) -> list[Figure]:
    """Time for the rows of `few`, memory for those of `many`."""
    found = await _timed(name, url, few)
    mine, hand = [await _grown(way, url, many.number) for way in ("desk", "hand")]
    what = f"{name}: package, {mine['rows']:,} rows, memory"
    report(f"{what}: {mine['seconds']:.1f} s, by hand {hand['seconds']:.1f} s")
    return [
        *found,
        Figure(what=what, value=mine["mb"], unit="MB", reference="the bar", beside=BAR_MB, aim=1.0),
        Figure(what=what, value=mine["mb"], unit="MB", reference="JSON and CSV by hand", beside=hand["mb"]),
    ]


async def _timed(name: str, url: str, one: Somebody) -> list[Figure]:
    """Of rows that were read before, so that nothing but the package is measured."""
    plan, groups = await _read(url, one)
    texts, slow = Texts.load(), calibration() / QUIET
    costs: list[tuple[Cost, Cost]] = []
    for _ in range(ROUNDS):
        with measured() as mine, Parcel(io.BytesIO(), cover=COVER, texts=texts) as parcel:
            for line, rows in groups:
                parcel.take(line, iter(rows))
            parcel.finish()
        with measured() as hand:
            _zipped(groups, io.BytesIO())
        costs.append((mine, hand))
    desk, other = [list(some) for some in zip(*costs[1:], strict=True)]  # the first fills what is kept
    value, what = middle(desk).cpu * 1e3, f"{name}: package, {plan.rows} rows"
    beside = value / ratio(desk, other)
    bar = BAR_MS * (slow + calibration() / QUIET) / 2
    return [
        Figure(what=what, value=value, unit="ms CPU", reference="10 ms by the loop", beside=bar, aim=1.0),
        Figure(what=what, value=value, unit="ms CPU", reference="JSON and CSV by hand", beside=beside),
    ]


async def _read(url: str, one: Somebody) -> tuple[Plan, list[Group]]:
    source = source_at(url)
    groups: list[Group] = []
    plan = await source.find(one.subject, Verb.ACCESS)
    await _act(source, plan, one, lambda line, rows: groups.append((line, list(rows))))
    await source.close()
    return plan, groups


def source_at(url: str) -> SqlSource:
    """The desk's source on this database."""
    return SqlSource(name="platform", url=url, datamap=load(DATA_MAP), key=b"k" * 32, clock=lambda: NOW)


async def _act(source: SqlSource, plan: Plan, one: Somebody, sink: Any) -> None:
    await source.act(
        key="copy", person=one.subject, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling, sink=sink
    )  # fmt: skip


def _zipped(groups: Iterable[Group], out: Any) -> None:
    """What a colleague would write: the rows as they are, once as JSON and once as CSV."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for line, rows in groups:
            archive.writestr(f"{line.collection}.json", json.dumps(rows, default=str, ensure_ascii=False))
            table = io.StringIO(newline="")
            lines = csv.DictWriter(table, line.columns)
            lines.writeheader()
            lines.writerows(rows)
            archive.writestr(f"{line.collection}.csv", table.getvalue())


async def _grown(way: str, url: str, number: int) -> Any:
    """What a fresh process needs for it: rows, seconds, megabytes."""
    command = [sys.executable, "-m", "tests.bench.package", way, url, str(number)]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    printed, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}")
    return json.loads(printed)


def _resident(name: str) -> float:
    """Megabytes now (`VmRSS`) or at most (`VmHWM`)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


async def _child(way: str, url: str, number: int) -> None:
    texts, source, one = Texts.load(), source_at(url), Somebody(number=number, used=MANY)
    plan = await source.find(one.subject, Verb.ACCESS)
    hand = by_hand.Hand(url)
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(Path(folder), b"v" * 32)
        before = _resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the highest mark begins again here
        with measured() as cost:
            if way == "desk":
                await _packed(source, plan, one, vault, texts)
            else:
                with (Path(folder) / "by_hand.zip").open("wb") as out:
                    _zipped(hand.copied(by_hand.selects(plan.lines), one), out)
        print(json.dumps({"rows": plan.rows, "seconds": cost.wall, "mb": _resident("VmHWM") - before}))
    hand.close()
    await source.close()


async def _packed(source: SqlSource, plan: Plan, one: Somebody, vault: Vault, texts: Texts) -> None:
    with (
        vault.writer("bench", ticket="bench", kind="parcel") as out,
        Parcel(out, cover=COVER, texts=texts, waiting=vault.scratch) as parcel,
    ):
        await _act(source, plan, one, parcel.take)
        await asyncio.to_thread(parcel.finish)


if __name__ == "__main__":
    asyncio.run(_child(sys.argv[1], sys.argv[2], int(sys.argv[3])))
