"""What a colleague would write by hand for one person of the demo platform: the selects of a copy, and an erasure.

Promise: the same rows and columns as the desk's plan (data.py compares the counts), through one open sqlite3
connection. Limits: it knows this one schema, asks nobody, reads nothing back and leaves no receipt.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any

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
    "DELETE FROM addresses WHERE id IN (SELECT address_id FROM account_addresses WHERE account_id = :id)",
    "DELETE FROM account_addresses WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM logins WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM browsing_events WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM subscriptions WHERE account_id = :id AND tenant = :tenant",
    "DELETE FROM newsletter WHERE lower(trim(email)) = :email AND tenant = :tenant",
    "UPDATE orders SET remark = NULL WHERE account_id = :id AND tenant = :tenant",
    "UPDATE invoices SET note = NULL WHERE account_id = :id AND tenant = :tenant",
    "UPDATE messages SET sent_at = '1970-01-01', body = '-', other_party = NULL"
    " WHERE account_id = :id AND tenant = :tenant",
    "UPDATE accounts SET first_name = '-', last_name = '-', email = 'erased-' || :id, phone = NULL, vat_number = NULL,"
    " country = '-', domain = NULL, login_name = 'erased-' || :id, password_hash = '-', is_staff = 0, marketing_ok = 0"
    " WHERE id = :id AND tenant = :tenant",
)

Row = dict[str, Any]


def link_to(path: str) -> sqlite3.Connection:
    """A connection with the same pragmas as the desk's own to a platform."""
    link = sqlite3.connect(path, isolation_level=None)
    link.row_factory = sqlite3.Row
    for pragma in ("secure_delete=ON", "foreign_keys=ON"):
        link.execute(f"PRAGMA {pragma}")
    return link


def selects(lines: tuple[PlanLine, ...]) -> list[tuple[PlanLine, str]]:
    """One select per line of the plan."""
    return [(line, _select(line)) for line in lines]


def _select(line: PlanLine) -> str:
    where = WHERE.get(line.collection, "account_id = :id")
    return f"SELECT {', '.join(line.columns)} FROM {line.collection} WHERE {where} AND tenant = :tenant"


def copied(
    link: sqlite3.Connection, queries: list[tuple[PlanLine, str]], one: Somebody
) -> Iterator[tuple[PlanLine, list[Row]]]:
    """Every group of rows, as dictionaries, in one reading transaction."""
    values = _values(one)
    link.execute("BEGIN")
    for line, query in queries:
        yield line, [dict(row) for row in link.execute(query, values)]
    link.execute("COMMIT")


def erased(link: sqlite3.Connection, one: Somebody) -> int:
    """One transaction; gives back how many rows were touched. What is left in the log of writes is cleared too."""
    values = _values(one)
    link.execute("BEGIN IMMEDIATE")
    link.execute("PRAGMA defer_foreign_keys=ON")
    touched = sum(link.execute(statement, values).rowcount for statement in ERASURE)
    link.execute("COMMIT")
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return touched


def _values(one: Somebody) -> dict[str, Any]:
    return {"id": one.number, "email": one.email, "tenant": TENANT}
