"""A store on a real SQLite file, migrated, one per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import migrate
from storage.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Open and migrated; closed after the test."""
    opened = await Store(tmp_path / "desk.db").open()
    await opened.raw(migrate.upgrade)
    yield opened
    await opened.close()
