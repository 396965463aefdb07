"""One connection, its thread and its pragmas."""

import asyncio
import threading
from importlib.metadata import version
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from storage.lane import Lane
from storage.store import Store

LOCKED = "0.22.1"


def test_the_lane_is_held_to_the_aiosqlite_it_was_written_against() -> None:
    assert version("aiosqlite") == LOCKED, "read storage/lane.py against the new version before raising this number"
    wanted = [line for line in Path("pyproject.toml").read_text("utf-8").splitlines() if '"aiosqlite==' in line]
    assert wanted
    assert f'"aiosqlite=={LOCKED}"' in wanted[0]


def every_lane(store: Store) -> list[Lane]:
    return [store._writer, *store._readers]


async def test_every_connection_is_durable_and_overwrites_what_is_deleted(store: Store) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "busy_timeout": 5000}
    assert len(every_lane(store)) == 3
    for lane in every_lane(store):
        for name, value in wanted.items():
            found = await lane.run(lambda link, name=name: link.exec_driver_sql(f"PRAGMA {name}").scalar())
            assert found == value, name


async def test_a_reader_refuses_to_write(store: Store) -> None:
    for lane in store._readers:
        with pytest.raises(OperationalError, match="readonly"):
            await lane.run(lambda link: link.exec_driver_sql("DELETE FROM seen"))


async def test_functions_run_in_the_connections_own_thread_one_after_another(tmp_path: Path) -> None:
    lane = await Lane(tmp_path / "a.db").open()
    inside: list[int] = []

    def look(_: object) -> int:
        inside.append(1)
        crowd = len(inside)
        inside.pop()
        assert crowd == 1
        return threading.get_ident()

    threads = await asyncio.gather(*(lane.run(look) for _ in range(20)))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()
    await lane.close()


async def test_the_write_ahead_log_is_folded_back_when_the_writer_closes(tmp_path: Path) -> None:
    lane = await Lane(tmp_path / "a.db").open()
    await lane.run(lambda link: link.exec_driver_sql("CREATE TABLE t (x)"))
    assert (tmp_path / "a.db-wal").stat().st_size > 0
    await lane.close()
    assert not (tmp_path / "a.db-wal").exists()


async def test_closing_twice_is_harmless_and_a_closed_lane_refuses(tmp_path: Path) -> None:
    lane = await Lane(tmp_path / "a.db").open()
    await lane.close()
    await lane.close()
    with pytest.raises(RuntimeError, match="not open"):
        await lane.run(lambda link: link)


async def test_a_file_that_is_no_database_leaves_no_thread_behind(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is a letter, not a database; " * 40)
    before = set(threading.enumerate())
    with pytest.raises(Exception, match="not a database"):
        await Store(tmp_path / "a.db").open()
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
        assert not thread.is_alive()


async def test_a_function_that_lets_stop_iteration_out_is_answered(store: Store) -> None:
    def careless(_: object) -> int:
        return next(iter(()))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(store.tx(careless), timeout=10)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(store.read(careless), timeout=10)
