"""A source on a database of either kind, and the platform's own hand in the same one."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.core.plans import ActResult, Change, Subject, Verb
from bot.demo.platform.link import link
from bot.ports import ByHand
from storage.datalayer.sql import SqlSource
from tests import postgres
from tests.storage.datalayer import contract


@dataclass
class SqlRig:
    """A source on a database, and statements of the platform's own on the same one."""

    url: str
    source: SqlSource = field(repr=False)
    server: str = ""

    @property
    def is_sqlite(self) -> bool:
        return not self.server

    def sql(self, *statements: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run statements as they stand, in one transaction; the rows of the last one."""
        with link(self.url) as connection:
            for one in statements:
                found = connection.execute(sa.text(one), values)
            return [tuple(row) for row in found] if found.returns_rows else []

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, the desk's own included."""
        with link(self.url) as connection:
            found = {}
            for name in sorted(sa.inspect(connection).get_table_names()):
                rows = connection.execute(sa.text(f'SELECT * FROM "{name}"'))
                found[name] = sorted((tuple(row) for row in rows), key=repr)
            return found

    async def only(self, email: str) -> Subject:
        return await contract.only(self, email)

    async def do(self, subject: Subject, verb: Verb, *changes: Change, key: str = "call-1") -> ActResult:
        return await contract.do(self, subject, verb, *changes, key=key)

    async def copy(self, subject: Subject, verb: Verb = Verb.ACCESS) -> dict[str, contract.Rows]:
        return await contract.copy(self, subject, verb)

    async def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        found = f"SELECT * FROM {table}{_where(where)} ORDER BY id"
        with link(self.url) as connection:
            return [dict(row) for row in connection.execute(sa.text(found), where).mappings()]

    async def put(self, table: str, **row: Any) -> None:
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        await self._run(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)

    async def change(self, table: str, where: Mapping[str, Any], **values: Any) -> None:
        new = ", ".join(f"{name} = :{name}" for name in values)
        await self._run(f"UPDATE {table} SET {new}{_where(where)}", {**values, **where})

    async def remove(self, table: str, **where: Any) -> None:
        await self._run(f"DELETE FROM {table}{_where(where)}", where)

    async def _run(self, statement: str, values: Mapping[str, Any]) -> None:
        with link(self.url) as connection:
            connection.execute(sa.text(statement), dict(values))

    async def by_hand(self, key: str, errand: ByHand) -> None:
        raise errand  # a database asks no colleague

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        await self.source.close()
        if self.server:
            postgres.shut(self.server, self.url)
            yield
            postgres.reopen(self.server, self.url)
        else:
            file = Path(self.url.removeprefix("sqlite:///"))
            file.rename(file.with_suffix(".away"))
            yield
            file.with_suffix(".away").rename(file)


def _where(where: Mapping[str, Any]) -> str:
    return " WHERE " + " AND ".join(f"{name} = :{name}" for name in where) if where else ""


SmallRig = Callable[[Iterable[str], dict[str, Any]], SqlRig]
"""Makes a rig from DDL statements and a map."""
