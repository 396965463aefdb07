"""Databases to test on: the demo platform in a SQLite file, and small ones with a schema and a map of a test's own."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.core.plans import ActResult, Change, Plan, Subject, Verb
from bot.demo.platform.seeds import DemoPerson
from storage.datalayer.catalogue import MOST_ROWS
from storage.datalayer.datamap import DataMap, parse
from storage.datalayer.sql import SqlSource

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"a key of the tests, 32 bytes long"


@dataclass(frozen=True, kw_only=True)
class World:
    """One platform database and the desk's source over it."""

    path: Path
    source: SqlSource

    def sql(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            return connection.execute(text, values).fetchall()

    def many(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        tables = [name for (name,) in self.sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: self.sql(f"SELECT * FROM {name} ORDER BY 1") for name in tables}

    def bytes(self) -> bytes:
        return b"".join(one.read_bytes() for one in sorted(self.path.parent.glob(self.path.name + "*")))

    async def who(self, one: DemoPerson) -> Subject:
        (found,) = await self.source.person(tenant=one.tenant, subject=one.subject)
        return found.subject

    async def only(self, email: str) -> Subject:
        (found,) = await self.source.person(email=email)
        return found.subject

    async def do(self, subject: Subject, verb: Verb, *changes: Change, key: str = "call-1") -> ActResult:
        plan = await self.source.find(subject, verb, changes)
        return await self.carry_out(plan, subject, *changes, key=key)

    async def carry_out(self, plan: Plan, subject: Subject, *changes: Change, key: str = "call-1") -> ActResult:
        return await self.source.act(
            key=key, person=subject, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling, changes=changes
        )

    async def copy(self, subject: Subject, verb: Verb = Verb.ACCESS) -> dict[str, list[dict[str, Any]]]:
        plan = await self.source.find(subject, verb)
        rows: dict[str, list[dict[str, Any]]] = {}
        await self.source.act(
            key="copy", person=subject, verb=verb, approved=plan.hash, ceiling=plan.ceiling,
            sink=lambda line, some: rows.setdefault(line.collection, []).extend(dict(row) for row in some),
        )  # fmt: skip
        return rows


def source_over(where: Path | str, datamap: DataMap, busy_seconds: float = 20, most_rows: int = MOST_ROWS) -> SqlSource:
    return SqlSource(
        name="platform",
        url=where if isinstance(where, str) else f"sqlite:///{where}",
        datamap=datamap,
        key=KEY,
        clock=lambda: NOW,
        busy_seconds=busy_seconds,
        most_rows=most_rows,
    )


Small = Callable[[str, dict[str, Any]], World]


def mapped(content: dict[str, Any]) -> DataMap:
    return parse(document(content))


def document(content: dict[str, Any]) -> dict[str, Any]:
    """A fideslang document from a short form; `meta` is passed through."""
    collections = [
        {"name": name, "fields": [_field(each, spec) for each, spec in fields.items()]}
        for name, fields in content["collections"].items()
    ]
    return {
        "dataset": [
            {"fides_key": "small", "name": "small", "meta": content.get("meta", {}), "collections": collections}
        ]
    }


def _field(name: str, spec: str) -> dict[str, Any]:
    """`category`, `category identity email`, `category from table.column`, `category to table.column`."""
    category, _, link = spec.partition(" ")
    meta: dict[str, Any] = {}
    if link.startswith("identity"):
        meta["identity"] = link.split()[1]
    elif link:
        direction, target = link.split()
        meta["references"] = [{"dataset": "small", "field": target, "direction": direction}]
    return {"name": name, "data_categories": [category] if category else None, "fides_meta": meta}
