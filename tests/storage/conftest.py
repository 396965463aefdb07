"""A store on a real SQLite file, migrated, one per test."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import migrate
from storage.store import Store


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with today's tables, made once by the migrations and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "desk.db"

    async def make() -> None:
        store = await Store(path).open()
        await store.raw(migrate.upgrade)
        await store.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def store(tmp_path: Path, migrated: Path) -> AsyncIterator[Store]:
    """Open and migrated; closed after the test."""
    opened = await Store(Path(shutil.copy(migrated, tmp_path))).open()
    yield opened
    await opened.close()
