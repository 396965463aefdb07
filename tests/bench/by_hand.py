"""What a colleague would write by hand for one person of the demo platform: the selects of a copy, and an erasure.

Promise: the same rows and columns as the desk's plan (data.py compares the counts), through one open connection of the
driver itself, sqlite3 or psycopg. An erasure comes bare (it asks nobody, reads nothing back and leaves no receipt) and
with what the desk promises: one act at a time, once per key, everything looked at again under the lock, the address
suppressed, all of it read back, a receipt; in as few statements as that can be written in. Limits: it knows this one
schema.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
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

ACCOUNT = "account_id = :id AND tenant = :tenant"
REACHED = (
    "sessions", "logins", "browsing_events", "cookie_consents", "subscriptions", "orders", "invoices", "messages",
    "complaints", "incidents", "testimonials", "disclosures",
)  # fmt: skip
LOOKED_AT = (
    "SELECT result FROM privacy_desk_receipts WHERE call_key = :key",
    "SELECT id, email FROM accounts WHERE id = :id AND tenant = :tenant /* FOR UPDATE */",
    "SELECT id FROM accounts WHERE lower(trim(email)) = :email AND tenant = :tenant /* FOR UPDATE */",
    "SELECT id FROM newsletter WHERE lower(trim(email)) = :email AND tenant = :tenant /* FOR UPDATE */",
    "SELECT address_id, count(*) AS users FROM account_addresses WHERE address_id IN"
    " (SELECT address_id FROM account_addresses WHERE account_id = :id AND tenant = :tenant) GROUP BY address_id",
    "SELECT " + ", ".join(f"(SELECT count(*) FROM {table} WHERE {ACCOUNT}) AS {table}" for table in REACHED),
    f"SELECT (SELECT max(ordered_on) FROM orders WHERE {ACCOUNT}) AS orders,"
    f" (SELECT max(issued_on) FROM invoices WHERE {ACCOUNT}) AS invoices,"
    f" (SELECT max(sent_on) FROM disclosures WHERE {ACCOUNT}) AS disclosures",
)
LEFT = (
    *(f"{table} WHERE {ACCOUNT}" for table in ("sessions", "account_addresses", "logins", "browsing_events")),
    f"subscriptions WHERE {ACCOUNT}",
    "addresses WHERE id = :id AND tenant = :tenant",
    "newsletter WHERE lower(trim(email)) = :email AND tenant = :tenant",
    f"orders WHERE {ACCOUNT} AND remark IS NOT NULL",
    f"invoices WHERE {ACCOUNT} AND note IS NOT NULL",
    f"messages WHERE {ACCOUNT} AND (body <> '-' OR other_party IS NOT NULL)",
    "accounts WHERE id = :id AND tenant = :tenant AND (status <> 'locked' OR first_name <> '-' OR last_name <> '-'"
    " OR email <> :gone OR phone IS NOT NULL OR vat_number IS NOT NULL OR country <> '-' OR domain IS NOT NULL"
    " OR login_name <> :gone OR password_hash <> '-' OR is_staff OR marketing_ok)",
)
READ_BACK = (
    "SELECT 1 - (SELECT count(*) FROM privacy_desk_suppressions WHERE scope = '' AND address_digest = :digest) + "
    + " + ".join(f"(SELECT count(*) FROM {where})" for where in LEFT)
    + " AS wrong"
)
ENTERED = (
    "INSERT INTO privacy_desk_suppressions (scope, address_digest, since, reason)"
    " VALUES ('', :digest, :now, 'no_future_collection') ON CONFLICT DO NOTHING",
    "INSERT INTO privacy_desk_receipts (call_key, bound_to, done_at, result) VALUES (:key, :digest, :now, :result)",
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
            yield line, [dict(row) for row in self._run(query, values)]
        self._link.commit()

    def erased(self, one: Somebody) -> int:
        """One transaction; gives back how many rows were touched. SQLite's log of writes is cleared too."""
        values = _values(one)
        with self._writing():
            return sum(self._run(statement, values).rowcount for statement in ERASURE)

    def erased_as_promised(self, one: Somebody) -> int:
        """The same with the desk's promises; gives back how many rows were seen before."""
        values = _values(one) | _entries(one)
        with self._writing():
            if not self._is_sqlite:
                self._link.execute("LOCK TABLE privacy_desk_receipts IN SHARE ROW EXCLUSIVE MODE")
            seen = [[dict(row) for row in self._run(statement, values).fetchall()] for statement in LOOKED_AT]
            receipt, account, same, letters, used, counts, _ = seen
            if receipt or len(same) != 1 or any(row["users"] > 1 for row in used):
                raise RuntimeError("not what was planned")
            for statement in (*ERASURE, *ENTERED):
                self._run(statement, values)
            if dict(self._run(READ_BACK, values).fetchone())["wrong"]:
                raise RuntimeError("something is left")
            return len(account) + len(letters) + 2 * len(used) + sum(counts[0].values())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._is_sqlite:
            self._link.execute("BEGIN IMMEDIATE")
            self._link.execute("PRAGMA defer_foreign_keys=ON")
        yield
        self._link.commit()
        if self._is_sqlite:
            self._link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _run(self, statement: str, values: Row) -> Any:
        return self._link.execute(self._text(statement), values)

    def _text(self, query: str) -> str:
        if self._is_sqlite:
            return query
        if query not in self._texts:
            plain = query.replace("/* FOR UPDATE */", "FOR UPDATE")  # SQLite has locked all there is
            self._texts[query] = re.sub(r"(?<!:):(\w+)", r"%(\1)s", plain)
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


def _entries(one: Somebody) -> Row:
    hidden = hashlib.sha256(one.email.encode()).hexdigest()
    receipt = json.dumps([{"collection": table, "action": "delete", "rows": 1} for table in REACHED])
    return {"key": f"hand-{one.number}", "digest": hidden, "now": "2026-11-22T12:00:00+00:00", "result": receipt}
