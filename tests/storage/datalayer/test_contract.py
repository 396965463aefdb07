"""The contract of a source, kept over SQLite and over PostgreSQL."""

import pytest

from tests.storage.datalayer.contract import CONTRACT, Check
from tests.storage.datalayer.rigs import SqlRig


@pytest.mark.parametrize("check", CONTRACT, ids=lambda one: one.__name__)
async def test_contract(rig: SqlRig, check: Check) -> None:
    await check(rig)
