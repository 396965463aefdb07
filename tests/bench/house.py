"""A desk to measure: the real Desk, Store and Texts on a real SQLite file, with a clock that only moves when asked.

Promise: full durability, as in `run`; the same calls lead to the same rows. Limits: no door and no courier.
"""

import itertools
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.core.turn import Hours
from bot.desk import Desk, Keys
from bot.ports import Transactions
from bot.shares import Fuses
from bot.texts import Texts
from bot.turns import Rules
from storage.migrate import upgrade
from storage.store import Store

RULES = Rules(
    hours=Hours(opens=time(9), closes=time(17)),
    policy_date=date(2026, 1, 1),
    policy_url="https://desk.example/privacy",
    public_url="https://desk.example",
)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class SteppingClock:
    """Every look at it moves it by a second, so that nobody writes faster than the desk allows."""

    def __init__(self) -> None:
        """Start at noon of an ordinary Friday."""
        self._seconds = itertools.count()

    def __call__(self) -> datetime:
        """The next second."""
        return NOON + timedelta(seconds=next(self._seconds))


def desk_over(store: Transactions, texts: Texts) -> Desk:
    """A desk as the wiring makes it."""
    return Desk(
        store=store,
        texts=texts,
        clock=SteppingClock(),
        fresh=lambda: secrets.token_urlsafe(32),
        keys=Keys(codes=b"c" * 32, hashes=b"h" * 32),
        rules=RULES,
        staff=(),
        fuses=Fuses(),
    )


@asynccontextmanager
async def store_at(path: Path) -> AsyncIterator[Store]:
    """An open store with the newest schema."""
    store = await Store(path).open()
    try:
        await store.raw(upgrade)
        yield store
    finally:
        await store.close()
