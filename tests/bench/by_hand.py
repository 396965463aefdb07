"""What a colleague would write by hand for one person of the demo platform: the selects of a copy, and an erasure.

Promise: the same rows and columns as the desk's plan (data.py compares the counts), through one open connection of the
driver itself, sqlite3 or psycopg. Limits: it knows this one schema, asks nobody, reads nothing back and leaves no
receipt.
"""

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bot.core.plans import PlanLine
from tests.bench.crowd import TENANT, Somebody

WHERE = {
    "accounts": "id = :id",
    "addresses": "id IN (SELECT address_id FROM account_addresses WHERE account_id = :id)",
    "newsletter": "lower(trim(email)) = :email",
}
ERASURE = (
    "UPDATE accounts SET status = 'locked' WHERE id = :id AND tenant = :tenant",
    "DELETE FROM sessions WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM account_addresses WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM addresses WHERE id = :id AND tenant = :tenant",
    "DELETE FROM logins WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM browsing_events WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM subscriptions WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM newsletter WHERE lower(trim(email)) = :email AND tenant = :tenant",
    "UPDATE orders SET remark = NULL WHERE account_id = :id AND tenant = :tenant",
    "UPDATE invoices SET note = NULL WHERE account_id = :id AND tenant = :tenant",
    "UPDATE messages SET sent_at = '1970-01-01', body = '-', other_party = NULL"
    " WHERE account_id = :id AND tenant = :tenant",
    "UPDATE accounts SET first_name = '-', last_name = '-', email = :gone, phone = NULL, vat_number = NULL,"
    " country = '-', domain = NULL, login_name = :gone, password_hash = '-', is_staff = false, marketing_ok = false"
    " WHERE id = :id AND tenant = :tenant",
)

Row = dict[str, Any]


class Hand:
    """One open connection, used as its driver is meant to be."""

    def __init__(self, url: str) -> None:
        """Open it, with the same care for deleted bytes and foreign keys as the desk's own."""
        self._url = url
        self._is_sqlite = url.startswith("sqlite")
        self._texts: dict[str, str] = {}
        self._link: Any = self._sqlite() if self._is_sqlite else psycopg.connect(url, row_factory=dict_row)

    def _sqlite(self) -> Any:
        path = self._url.removeprefix("sqlite:///")
        link = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        link.row_factory = sqlite3.Row
        for pragma in ("secure_delete=ON", "foreign_keys=ON"):
            link.execute(f"PRAGMA {pragma}")
        return link

    def copied(self, queries: list[tuple[PlanLine, str]], one: Somebody) -> Iterator[tuple[PlanLine, list[Row]]]:
        """Every group of rows, as dictionaries, in one reading transaction."""
        values = _values(one)
        if self._is_sqlite:
            self._link.execute("BEGIN")
        for line, query in queries:
            yield line, [dict(row) for row in self._link.execute(self._text(query), values)]
        self._link.commit()

    def erased(self, one: Somebody) -> int:
        """One transaction; gives back how many rows were touched. SQLite's log of writes is cleared too."""
        values = _values(one)
        if self._is_sqlite:
            self._link.execute("BEGIN IMMEDIATE")
            self._link.execute("PRAGMA defer_foreign_keys=ON")
        touched = sum(self._link.execute(self._text(statement), values).rowcount for statement in ERASURE)
        self._link.commit()
        if self._is_sqlite:
            self._link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return touched

    def _text(self, query: str) -> str:
        if self._is_sqlite:
            return query
        if query not in self._texts:
            self._texts[query] = re.sub(r"(?<!:):(\w+)", r"%(\1)s", query)
        return self._texts[query]

    def close(self) -> None:
        """Close the connection."""
        self._link.close()


def selects(lines: tuple[PlanLine, ...]) -> list[tuple[PlanLine, str]]:
    """One select per line of the plan."""
    return [(line, _select(line)) for line in lines]


def _select(line: PlanLine) -> str:
    where = WHERE.get(line.collection, "account_id = :id")
    return f"SELECT {', '.join(line.columns)} FROM {line.collection} WHERE {where} AND tenant = :tenant"


def _values(one: Somebody) -> dict[str, Any]:
    return {"id": one.number, "email": one.email, "tenant": TENANT, "gone": f"erased-{one.number}"}
