"""A real SQLite file with the demo platform in it, small ones with a schema of a test's own, and PostgreSQL's."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.demo.platform.seeding import DATA_MAP, create
from storage.datalayer.datamap import DataMap, load, parse
from storage.datalayer.ledger import install
from tests import postgres
from tests.storage.datalayer.rigs import SmallRig, SqlRig
from tests.storage.datalayer.worlds import NOW, TODAY, Small, World, document, mapped, source_over


@pytest.fixture(scope="session")
def demo_map() -> DataMap:
    return load(DATA_MAP)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "platform.db"
    create(path, TODAY)
    install(f"sqlite:///{path}")
    return path


@pytest.fixture
def demo_file(tmp_path: Path, template: Path) -> Path:
    path = tmp_path / "platform.db"
    shutil.copy(template, path)
    return path


@pytest.fixture
async def demo(demo_file: Path, demo_map: DataMap) -> AsyncIterator[World]:
    world = World(path=demo_file, source=source_over(demo_file, demo_map))
    yield world
    await world.source.close()


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """Makes a world from DDL and a map written as collection -> field -> (category, reference or identity, facts)."""

    def make(ddl: str, content: dict[str, Any]) -> World:
        path = tmp_path / "small.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(ddl)
        install(f"sqlite:///{path}")
        return World(path=path, source=source_over(path, mapped(content)))

    return make


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def postgres_demo(postgres_server: str) -> Iterator[str]:
    """The name of a database with the demo platform in it, to make copies of; a worker has its own."""
    with postgres.database(postgres_server) as url:
        create(url, TODAY)
        install(url)
        yield url.rsplit("/", 1)[1]


@pytest.fixture
def postgres_url(postgres_server: str, postgres_demo: str) -> Iterator[str]:
    """A PostgreSQL database of the test's own with the demo platform in it."""
    with postgres.database(postgres_server, postgres_demo) as url:
        yield url


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database of the test's own with nothing in it."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def rig(request: pytest.FixtureRequest, demo_map: DataMap) -> AsyncIterator[SqlRig]:
    """The demo platform on either kind of database."""
    url, server = f"sqlite:///{request.getfixturevalue('demo_file')}" if request.param == "sqlite" else "", ""
    if not url:
        url, server = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_server")
    made = SqlRig(url=url, server=server, source=source_over(url, demo_map))
    yield made
    await made.source.close()


@pytest.fixture
async def postgres_rig(postgres_url: str, postgres_server: str, demo_map: DataMap) -> AsyncIterator[SqlRig]:
    """The demo platform on PostgreSQL alone, for what a file does not have: several writers, users, connections."""
    made = SqlRig(url=postgres_url, server=postgres_server, source=source_over(postgres_url, demo_map))
    yield made
    await made.source.close()


@pytest.fixture
def small_rig(rig_of: SmallRig) -> SmallRig:
    """Makes a database of either kind with a schema of the test's own and a map in short form (worlds.document)."""
    return lambda ddl, content: rig_of(ddl, document(content))


@pytest.fixture(params=["sqlite", "postgresql"])
async def rig_of(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SmallRig]:
    """Makes a database of either kind with a schema of the test's own and a whole fideslang document."""
    made: list[SqlRig] = []

    def make(ddl: Iterable[str], content: dict[str, Any]) -> SqlRig:
        if request.param == "sqlite":
            sqlite3.connect(tmp_path / "small.db").close()
            url, server = f"sqlite:///{tmp_path / 'small.db'}", ""
        else:
            url, server = request.getfixturevalue("empty_postgres"), request.getfixturevalue("postgres_server")
        rig = SqlRig(url=url, server=server, source=source_over(url, parse(content)))
        rig.sql(*ddl)
        install(url)
        made.append(rig)
        return rig

    yield make
    for rig in made:
        await rig.source.close()
