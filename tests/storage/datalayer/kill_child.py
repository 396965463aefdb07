"""A program that erases Anna and kills itself at its n-th statement; run by test_kill.py, never imported.

Arguments: database URL, n, the plan's hash and ceiling. A statement is counted where it goes to the driver, so the
process dies between any two of them, the commit included.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from bot.core.plans import Verb
from bot.demo.platform.seeding import DATA_MAP
from bot.demo.platform.seeds import ANNA
from storage.datalayer.datamap import load
from storage.datalayer.sql import SqlSource
from storage.datalayer.way import Answer, Call, Way
from tests.storage.datalayer.worlds import source_over


def counting(kind: type[Way], dies_at: int) -> Way:
    """The same way, which dies before its n-th statement."""

    class Dying(kind):  # type: ignore[valid-type,misc]
        left = dies_at

        def run(self, connection: Any, calls: Sequence[Call]) -> list[Answer]:
            if Dying.left <= len(calls):
                super().run(connection, calls[: Dying.left - 1])
                os.kill(os.getpid(), signal.SIGKILL)
            Dying.left -= len(calls)
            return super().run(connection, calls)

    return Dying()


async def main(source: SqlSource, dies_at: int, approved: str, ceiling: int) -> None:
    source._way = counting(type(source._way), dies_at)
    (anna,) = await source.person(tenant=ANNA.tenant, subject=ANNA.subject)
    await source.act(key="the one", person=anna.subject, verb=Verb.ERASURE, approved=approved, ceiling=ceiling)
    print(dies_at - type(source._way).left, flush=True)  # type: ignore[attr-defined]
    await source.close()


if __name__ == "__main__":
    url, dies, approved, ceiling = sys.argv[1:]
    asyncio.run(main(source_over(url, load(DATA_MAP)), int(dies), approved, int(ceiling)))
