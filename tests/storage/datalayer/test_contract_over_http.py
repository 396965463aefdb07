"""The contract of a source, kept over the platform's own service as over its database."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.ports import ByHand
from storage.datalayer.datamap import DataMap
from storage.datalayer.http import HttpSource
from tests.storage.datalayer.contract import CONTRACT, Check, Rows
from tests.storage.datalayer.over_http import Hands, behind_http
from tests.storage.datalayer.rigs import SqlRig
from tests.storage.datalayer.worlds import source_over


@dataclass
class HttpRig:
    """The desk's HTTP source, and the platform's own hand in the database behind its service."""

    source: HttpSource = field(repr=False)
    behind: SqlRig
    hands: Hands

    async def rows(self, table: str, **where: Any) -> Rows:
        return await self.behind.rows(table, **where)

    async def put(self, table: str, **row: Any) -> None:
        await self.behind.put(table, **row)

    async def change(self, table: str, where: Mapping[str, Any], **values: Any) -> None:
        await self.behind.change(table, where, **values)

    async def remove(self, table: str, **where: Any) -> None:
        await self.behind.remove(table, **where)

    async def by_hand(self, key: str, errand: ByHand) -> None:
        raise errand  # a service asks no colleague of the desk

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        async with self.behind.away():
            yield
        self.hands.wait(31)  # the circuit is open for half a minute


@pytest.fixture
async def over_http(demo_file: Path, demo_map: DataMap) -> AsyncIterator[HttpRig]:
    url, hands = f"sqlite:///{demo_file}", Hands()
    behind = SqlRig(url=url, source=source_over(demo_file, demo_map))
    async with behind_http(behind.source, hands) as over:
        yield HttpRig(source=over, behind=behind, hands=hands)
    await behind.source.close()


@pytest.mark.parametrize("check", CONTRACT, ids=lambda one: one.__name__)
async def test_contract(over_http: HttpRig, check: Check) -> None:
    await check(over_http)
