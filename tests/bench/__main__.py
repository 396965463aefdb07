"""`python -m tests.bench [turns|data|start ...]`: speed and size beside a reference, as ratios, in one run.

Promise: one table; each figure names what it is compared with and, where there is one, the aim; the calibration loop
before and after tells how busy the machine was. Limits: it judges nothing and always ends with 0. Garbage is looked for
as seldom as the desk's own command line looks for it.
"""

import asyncio
import gc
import os
import platform
import sys
from collections.abc import Awaitable, Callable

from bot.__main__ import NEW_OBJECTS
from tests.bench import data, start, turns
from tests.bench.measures import Figure, calibration, table

PARTS: dict[str, Callable[[Callable[[str], None]], Awaitable[list[Figure]]]] = {
    "turns": turns.figures,
    "data": data.figures,
    "start": start.figures,
}


def _report(line: str) -> None:
    print(f"  {line}", flush=True)


def main(wanted: list[str]) -> None:
    """Run the parts asked for, or all."""
    gc.set_threshold(NEW_OBJECTS)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    before = calibration()
    found: list[Figure] = []
    for name in wanted or list(PARTS):
        print(f"{name} ...", flush=True)
        found += asyncio.run(_gathered(name))
    print(f"\n{table(found)}\n")
    print(f"calibration: {before:.0f} ms before, {calibration():.0f} ms after (1,000,000 passes of an empty loop, CPU)")


async def _gathered(name: str) -> list[Figure]:
    return await PARTS[name](_report)


main(sys.argv[1:])
