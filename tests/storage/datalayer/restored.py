"""A database that is set back: its rows as they were, put in place of those that are, and the register over it."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.core.plans import ActResult, Change, Plan, Subject, Verb
from bot.demo.platform.link import insert, link
from storage.datalayer.datamap import DataMap
from storage.datalayer.registered import Registered
from storage.datalayer.replaying import Replayed, Replaying, Then
from storage.datalayer.sql import SqlSource
from storage.register import Register
from tests.storage.datalayer.rigs import SqlRig
from tests.storage.datalayer.worlds import KEY

Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class House:
    """A platform's database, the desk's source behind the register, and `restore` over both."""

    rig: SqlRig
    datamap: DataMap
    register: Register
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.source = self.registered()

    def registered(self) -> Registered:
        """The source as a desk that was started just now has it."""
        return Registered(self.rig.source, self.register, key=KEY, clock=self.clock)

    async def do(self, subject: Subject, verb: Verb, *changes: Change, key: str = "t1:call") -> ActResult:
        plan = await self.source.find(subject, verb, changes)
        return await self.carry_out(plan, subject, *changes, key=key)

    async def carry_out(self, plan: Plan, subject: Subject, *changes: Change, key: str = "t1:call") -> ActResult:
        return await self.source.act(
            key=key, person=subject, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling, changes=changes
        )

    async def restore(self, *, dry: bool = False, noted: bool = False) -> Replayed:
        then = Then(self.clock)
        source = SqlSource(name="platform", url=self.rig.url, datamap=self.datamap, key=KEY, clock=then)
        try:
            replaying = Replaying(register=self.register, source=source, key=KEY, then=then, now=self.clock)
            return await replaying.run(lambda *_: None, dry=dry, noted=noted)
        finally:
            await source.close()

    def backup(self) -> Rows:
        """Every row of every table, the desk's own included."""
        with link(self.rig.url) as connection:
            return {name: _all(connection, name) for name in sa.inspect(connection).get_table_names()}

    def set_back(self, backup: Rows) -> None:
        """Put the rows of a backup in place of what is there."""
        with link(self.rig.url) as connection, _unlinked(connection):
            for name, rows in backup.items():
                connection.execute(sa.text(f"DELETE FROM {name}"))
                for row in rows:
                    insert(connection, name, [row])


def _all(connection: sa.Connection, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()]


@contextmanager
def _unlinked(connection: sa.Connection):
    """A backup is put back without minding the order of its tables, as every tool does."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET session_replication_role = replica")
    else:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    yield


def others(rows: Rows, *ids: int) -> dict[str, list[str]]:
    """The platform's rows that aren't of these accounts, as texts to be compared to the byte."""
    return {
        table: sorted(
            json.dumps(one, default=str)
            for one in some
            if one.get("account_id") not in ids and (table != "accounts" or one["id"] not in ids)
        )
        for table, some in rows.items()
        if not table.startswith("privacy_desk_")
    }
