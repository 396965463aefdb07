"""The way from an empty file to the tables of schema.py, and what is refused."""

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from storage import migrate
from storage.schema import metadata
from storage.store import Store

EVERY = [one.revision for one in ScriptDirectory(migrate.FOLDER).walk_revisions()][::-1]


async def emptied(path: Path) -> Store:
    return await Store(path / "desk.db").open()


async def test_an_empty_file_becomes_current_in_one_go_and_stays_so(tmp_path: Path) -> None:
    store = await emptied(tmp_path)
    assert await store.raw(migrate.state) == "empty"
    assert await store.raw(migrate.upgrade) == EVERY
    assert await store.raw(migrate.state) == "current"
    assert await store.raw(migrate.upgrade) == []
    await store.close()


async def test_the_migrations_build_exactly_the_tables_of_the_schema(store: Store) -> None:
    def differences(link: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(link, opts=options), metadata))

    assert await store.raw(differences) == []


async def test_a_revision_nobody_here_knows_is_ahead_and_left_alone(store: Store) -> None:
    await store.raw(lambda link: link.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    assert await store.raw(migrate.state) == "ahead"
    with pytest.raises(migrate.SchemaAhead, match="newer version"):
        await store.raw(migrate.upgrade)
    assert await store.tx(lambda tx: tx.people.count("a", "2026-11-04")) == 1


async def test_a_file_of_another_program_is_ahead_and_left_alone(tmp_path: Path) -> None:
    store = await emptied(tmp_path)
    await store.raw(lambda link: link.exec_driver_sql("CREATE TABLE recipes (id INTEGER PRIMARY KEY)"))
    assert await store.raw(migrate.state) == "ahead"
    with pytest.raises(migrate.SchemaAhead):
        await store.raw(migrate.upgrade)
    assert await store.raw(lambda link: inspect(link).get_table_names()) == ["recipes"]
    await store.close()


async def test_an_upgrade_that_fails_half_way_leaves_the_file_empty(tmp_path: Path) -> None:
    store = await emptied(tmp_path)

    def upgrade_with_little_room(link: Connection) -> None:
        link.exec_driver_sql("PRAGMA max_page_count = 12")
        migrate.upgrade(link)

    with pytest.raises(Exception, match="full"):
        await store.raw(upgrade_with_little_room)
    await store.close()
    again = await emptied(tmp_path)
    assert await again.raw(migrate.state) == "empty"
    assert await again.raw(migrate.upgrade) == EVERY
    await again.close()


NEXT_FLOOR = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", "{head}", None, None


def upgrade() -> None:
    op.add_column("cards", sa.Column("colour", sa.String(8)))
"""


async def test_an_older_file_is_behind_until_the_missing_steps_are_climbed(store: Store, tmp_path: Path) -> None:
    newer = shutil.copytree(migrate.FOLDER, tmp_path / "100%/migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (newer / "versions/next_floor.py").write_text(NEXT_FLOOR.format(head=EVERY[-1]), "utf-8")
    assert await store.raw(lambda link: migrate.state(link, newer)) == "behind"
    assert await store.raw(lambda link: migrate.upgrade(link, newer)) == ["next"]
    assert await store.raw(lambda link: migrate.state(link, newer)) == "current"
    assert await store.raw(migrate.state) == "ahead"
