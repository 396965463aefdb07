"""People for the data figures: the demo platform with many more accounts, each with a known number of rows.

Promise: the demo's own schema, map and indexes; nobody shares anything with anybody, so every row of a person can be
selected by the account number or the e-mail address. Limits: ordinary customers only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Key, Subject
from bot.demo.platform.link import link
from bot.demo.platform.seeding import create
from storage.datalayer.ledger import install

TODAY = date(2026, 11, 22)
TENANT = "acme"
DAY, INSTANT = "2026-05-01", "2026-05-01 09:30:00"
FIRST_OTHER = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """One account: its number, and how many log-ins and visited pages it has besides about a dozen other rows."""

    number: int
    used: int
    said: int = 1
    """Messages: what an erasure masks."""

    @property
    def email(self) -> str:
        """The address on file."""
        return f"person{self.number}@example.nl"

    @property
    def subject(self) -> Subject:
        """The person as the source names people."""
        key = Key(collection="accounts", name="id", value=str(self.number))
        return Subject(source="platform", tenant=TENANT, keys=(key,))


def people(first: int, how_many: int, used: int, said: int = 1) -> list[Somebody]:
    """So many accounts alike, numbered on from `first`."""
    return [Somebody(number=number, used=used, said=said) for number in range(first, first + how_many)]


def platform(url: str, crowd: Iterable[Somebody], rows: int) -> None:
    """A new demo platform with these people, and `rows` log-ins and visited pages of others, fifty each."""
    create(url, TODAY)
    install(url)
    with link(url) as connection:
        _fill(connection, rows)
        for one in crowd:
            for table, some in _rows(one):
                _insert(connection, table, some)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")


def _fill(connection: sa.Connection, rows: int) -> None:
    """Made inside the database, so that a million takes seconds; numbers from FIRST_OTHER on."""
    people = max(1, rows // 50)
    series = (
        f"SELECT i FROM generate_series(0, {people - 1}) AS s(i)"
        if connection.dialect.name == "postgresql"
        else f"WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {people - 1}) SELECT i FROM s"
    )
    model = _account(Somebody(number=FIRST_OTHER, used=0))
    fixed = {name: value for name, value in model.items() if name not in ("id", "email", "login_name")}
    names, marks = ", ".join(fixed), ", ".join(f":{name}" for name in fixed)
    number = f"{FIRST_OTHER} + n.i"
    who = "'other' || n.i || '@example.nl', 'other' || n.i"
    connection.execute(
        sa.text(
            f"INSERT INTO accounts (id, email, login_name, {names})"
            f" SELECT {number}, {who}, {marks} FROM ({series}) AS n"
        ),
        fixed,
    )
    twenty_five = " UNION ALL ".join("SELECT 1" for _ in range(25))
    for table, columns, values in (
        ("logins", "at, ip_address, user_agent", f"'{INSTANT}', '192.0.2.9', 'Mozilla/5.0 (bench)'"),
        ("browsing_events", "at, page, cookie_id", f"'{INSTANT}', '/pricing', 'c'"),
    ):
        stamped = values.replace(f"'{INSTANT}'", f"CAST('{INSTANT}' AS TIMESTAMP)", 1)
        shown = stamped if connection.dialect.name == "postgresql" else values
        connection.execute(
            sa.text(f"INSERT INTO {table} (tenant, account_id, {columns}) SELECT '{TENANT}', {number}, {shown}"
                    f" FROM ({series}) AS n, ({twenty_five}) AS again")
        )  # fmt: skip


def _insert(connection: sa.Connection, table: str, rows: list[Mapping[str, Any]]) -> None:
    if rows:
        marks = ", ".join(f":{name}" for name in rows[0])
        insert = sa.text(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})")
        connection.execute(insert, [dict(row) for row in rows])


def _rows(one: Somebody) -> Iterable[tuple[str, list[Mapping[str, Any]]]]:
    mine = {"tenant": TENANT, "account_id": one.number}
    yield "accounts", [_account(one)]
    home = {"street": f"Dorpsstraat {one.number}", "postal_code": "1011AB", "city": "Amsterdam", "country": "NL"}
    yield "addresses", [{"id": one.number, "tenant": TENANT, **home}]
    yield "account_addresses", [mine | {"address_id": one.number, "kind": "home"}]
    seen = {"ip_address": "192.0.2.7", "user_agent": "Mozilla/5.0 (bench)"}
    yield "logins", [mine | seen | {"at": INSTANT} for _ in range(one.used // 2)]
    yield (
        "browsing_events",
        [mine | {"at": INSTANT, "page": "/pricing", "cookie_id": f"c-{one.number}"} for _ in range(one.used // 2)],
    )
    yield "sessions", [mine | {"token_hash": f"bench-{one.number}", "started_at": INSTANT}]
    yield "subscriptions", [mine | {"plan": "Selection plan", "since": DAY}]
    yield "disclosures", [mine | {"partner": "CRM tool", "sent_on": DAY, "what": "name, e-mail"}]
    yield (
        "messages",
        [
            mine | {"sent_at": INSTANT, "body": "Could you share the shortlist?", "other_party": "Kees"}
            for _ in range(one.said)
        ],
    )
    yield "orders", [{"id": one.number} | mine | {"product_id": 1, "ordered_on": DAY, "amount": 49, "remark": None}]
    yield "invoices", [_invoice(one)]
    yield "newsletter", [
        {"tenant": TENANT, "email": one.email, "first_name": "Eva", "opted_in_on": DAY, "last_contact_on": DAY,
         "active": True}
    ]  # fmt: skip


def _account(one: Somebody) -> Mapping[str, Any]:
    return {
        "id": one.number, "tenant": TENANT, "client_id": 1, "first_name": "Eva", "last_name": f"Smit {one.number}",
        "email": one.email, "phone": "+31610000000", "country": "NL", "domain": "example.nl",
        "login_name": f"person{one.number}", "password_hash": "not-a-real-hash", "role": "member", "is_staff": False,
        "status": "active", "marketing_ok": True, "created_on": DAY,
    }  # fmt: skip


def _invoice(one: Somebody) -> Mapping[str, Any]:
    return {
        "id": one.number, "tenant": TENANT, "account_id": one.number, "order_id": one.number,
        "number": f"BENCH-{one.number}", "issued_on": DAY, "billing_name": "Eva Smit",
        "billing_address": "Dorpsstraat 1, 1011AB Amsterdam", "amount": 49, "note": None,
    }  # fmt: skip
