"""A program that replays a register and kills itself at its n-th statement; run by test_restored.py, never imported.

Arguments: database URL, the register's file, n.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.demo.platform.seeding import DATA_MAP
from storage.datalayer.datamap import load
from storage.datalayer.replaying import Replaying, Then
from storage.datalayer.sql import SqlSource
from storage.register import Register
from tests.storage.datalayer.kill_child import counting
from tests.storage.datalayer.worlds import KEY


def now() -> datetime:
    return datetime(2026, 12, 1, tzinfo=UTC)


async def main(url: str, register: Path, dies_at: int) -> None:
    then = Then(now)
    source = SqlSource(name="platform", url=url, datamap=load(DATA_MAP), key=KEY, clock=then)
    source._way = counting(type(source._way), dies_at)
    kept = Register(register, backup_days=100)
    await Replaying(register=kept, source=source, key=KEY, then=then, now=now).run(lambda *_: None)
    await source.close()


if __name__ == "__main__":
    where, file, dies = sys.argv[1:]
    asyncio.run(main(where, Path(file), int(dies)))
