"""How the bench measures and prints: CPU and wall time per piece of work, medians of rounds, one table of ratios.

Promise: a figure stands beside a reference taken in the same run, in turns with it, so that a busy machine slows both;
CPU seconds of the whole process, all threads, are the main figure. Limits: differences under a fifth are noise.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LOOP = 1_000_000
QUIET = 30.0
"""Passes of the calibration loop, and the milliseconds they take where the machine has nothing else to do."""


@dataclass
class Cost:
    """What a stretch of work took: CPU seconds of this process, and seconds on the clock."""

    cpu: float = 0.0
    wall: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. `aim` is the bound on figure / reference, None where there is none."""

    what: str
    value: float
    unit: str
    reference: str
    beside: float
    aim: float | None = None
    higher_is_better: bool = False

    @property
    def ratio(self) -> float:
        """The figure in units of its reference."""
        return self.value / self.beside if self.beside else float("nan")

    @property
    def verdict(self) -> str:
        """Whether the aim is met; empty without an aim."""
        if self.aim is None:
            return ""
        met = self.ratio >= self.aim if self.higher_is_better else self.ratio <= self.aim
        return f"{'>=' if self.higher_is_better else '<='} {self.aim:g} {'met' if met else 'MISSED'}"


@contextmanager
def measured() -> Iterator[Cost]:
    """Fill in what the block took."""
    cost = Cost()
    cpu, wall = time.process_time(), time.perf_counter()
    yield cost
    cost.cpu, cost.wall = time.process_time() - cpu, time.perf_counter() - wall


def middle(costs: list[Cost], share: int = 1) -> Cost:
    """The median cost of several rounds, per piece of work (`share` pieces a round)."""
    cpu, wall = (statistics.median(getattr(one, kind) for one in costs) / share for kind in ("cpu", "wall"))
    return Cost(cpu=cpu, wall=wall)


def ratio(these: list[Cost], those: list[Cost], kind: str = "cpu") -> float:
    """The median over the rounds of this time over that (`cpu` or `wall`), each pair taken in the same minutes."""
    return statistics.median(getattr(one, kind) / getattr(other, kind) for one, other in zip(these, those, strict=True))


def calibration() -> float:
    """Milliseconds of CPU for the calibration loop: the best of three."""
    return min(_timed(_loop) for _ in range(3)) * 1000


def _loop() -> None:
    total = 0
    for number in range(LOOP):
        total += number


def _timed(work: Callable[[], None]) -> float:
    with measured() as cost:
        work()
    return cost.cpu


def table(figures: list[Figure]) -> str:
    """The figures as lines of text, columns aligned."""
    rows = [("what", "figure", "reference", "", "ratio", "aim")]
    for one in figures:
        value, beside = f"{_short(one.value)} {one.unit}", f"{_short(one.beside)} {one.unit}"
        rows.append((one.what, value, one.reference, beside, f"{one.ratio:.2f}", one.verdict))
    wide = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * (sum(wide) + 2 * (len(wide) - 1)), *lines[1:]])


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
