"""Fill the demo platform's database with its people, the same way for the same day.

Every date is counted back from `today`, so that "closed more than three years ago" stays true. Takes well under a
second. Nothing here is random.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.demo.platform.link import Where, count_on, insert, link, make_schema
from bot.demo.platform.seeds import (
    ANNA,
    BRAM,
    CARLA,
    DAAN,
    FATIMA,
    HOSTILE,
    JORIS,
    LOTTE,
    MARIA,
    PIETER,
    PIETER_GLOBEX,
    YUSUF,
    DemoPerson,
)

DATA_MAP = Path(__file__).with_name("datamap.yml")
_CLIENTS = MappingProxyType({"acme": 1, "globex": 2, "seleqt": 3})
_ADDRESS = MappingProxyType(
    {"101": 1, "102": 2, "103": 3, "104": 3, "105": 4, "205": 5, "106": 6, "107": 7, "208": 8, "110": 9}
)
_HOSTILE_FIRST = '=HYPERLINK("http://example.com","Robert")'
_HOSTILE_LAST = "<script>alert(1)</script>'; DROP TABLE accounts;-- \u202egnp.exe"

Row = Mapping[str, Any]


def create(where: Where, today: date) -> None:
    """Make a new database with everybody in it. Raises FileExistsError when something is there."""
    make_schema(where)
    with link(where) as connection:
        for table, rows in everything(today):
            insert(connection, table, rows)
        count_on(connection)


def everything(today: date) -> Iterable[tuple[str, list[Row]]]:
    """All rows, table by table, parents first."""
    holders = (ANNA, BRAM, CARLA, DAAN, PIETER, PIETER_GLOBEX, FATIMA, JORIS, MARIA, HOSTILE)
    yield "clients", [{"id": number, "tenant": name, "name": name.title()} for name, number in _CLIENTS.items()]
    yield "products", [{"id": 1, "name": "Selection plan", "price": 49}, {"id": 2, "name": "Mail credits", "price": 25}]
    yield "accounts", [_account(one, today) for one in holders]
    yield "addresses", _addresses()
    yield "account_addresses", [_lives_at(one) for one in holders]
    for one in holders:
        yield from _used(one, today)
    yield from _bought(today)
    yield from _said(today)
    yield from _marketing(today)
    yield from _clients_lists(today)


def _ago(today: date, days: int) -> str:
    return (today - timedelta(days=days)).isoformat()


def _instant(today: date, days: int) -> str:
    then = datetime.combine(today - timedelta(days=days), time(9, 30), tzinfo=UTC)
    return then.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")


def _account(one: DemoPerson, today: date) -> Row:
    first, _, last = one.name.partition(" ")
    if one is HOSTILE:
        first, last = _HOSTILE_FIRST, _HOSTILE_LAST
    closed = one is FATIMA
    return {
        "id": int(one.subject),
        "tenant": one.tenant,
        "client_id": _CLIENTS[one.tenant],
        "first_name": first,
        "last_name": last,
        "email": one.email,
        "phone": f"+316100000{int(one.subject) % 100:02}",
        "vat_number": "NL123456789B01" if one in (BRAM, MARIA) else None,
        "country": "IT" if one is MARIA else "NL",
        "domain": one.email.partition("@")[2].lower(),
        "login_name": one.email.partition("@")[0].lower(),
        "password_hash": f"pbkdf2_sha256$600000$demo{one.subject}$not-a-real-hash",
        "role": "admin" if one in (BRAM, CARLA, MARIA) else "member",
        "is_staff": one is JORIS,
        "status": "closed" if closed else "active",
        "marketing_ok": one in (ANNA, BRAM, PIETER),
        "created_on": _ago(today, 365 * 6),
        "closed_on": _ago(today, 365 * 3 + 40) if closed else None,
    }


def _addresses() -> list[Row]:
    streets = ("Lindengracht 12", "Keizersgracht 88", "Dorpsstraat 5", "Stationsweg 41", "Stationsweg 41",
               "Zonnelaan 7", "Havenkade 3", "Via Roma 22", "Tabelstraat 1")  # fmt: skip
    tenant = {number: "globex" if subject.startswith("2") else "acme" for subject, number in _ADDRESS.items()}
    return [
        {
            "id": number,
            "tenant": tenant[number],
            "street": street,
            "postal_code": f"10{number:02}AB",
            "city": "Milano" if number == 8 else "Amsterdam",
            "country": "IT" if number == 8 else "NL",
        }
        for number, street in enumerate(streets, start=1)
    ]


def _lives_at(one: DemoPerson) -> Row:
    return {
        "id": int(one.subject),
        "tenant": one.tenant,
        "account_id": int(one.subject),
        "address_id": _ADDRESS[one.subject],
        "kind": "home",
    }


def _used(one: DemoPerson, today: date) -> Iterable[tuple[str, list[Row]]]:
    """Log-ins, a session, a subscription, consent and what was browsed under it, and who received data."""
    mine = {"tenant": one.tenant, "account_id": int(one.subject)}
    last = 365 * 3 + 41 if one is FATIMA else 2
    address = f"192.0.2.{int(one.subject) % 200}"
    agent = "Mozilla/5.0 (demo)"
    yield (
        "logins",
        [mine | {"at": _instant(today, last + step), "ip_address": address, "user_agent": agent} for step in range(3)],
    )
    if one is not FATIMA:
        yield "sessions", [mine | {"token_hash": f"demo-session-{one.subject}", "started_at": _instant(today, 1)}]
    yield "subscriptions", [mine | {"plan": "Selection plan", "since": _ago(today, 365 * 5), "until": None}]
    yield (
        "cookie_consents",
        [mine | {"given_on": _ago(today, last + 300), "analytics": True, "marketing": False, "ip_address": address}],
    )
    yield (
        "browsing_events",
        [
            mine | {"at": _instant(today, last + step), "page": page, "cookie_id": f"c-{one.subject}"}
            for step, page in enumerate(("/pricing", "/help/export"))
        ],
    )
    yield (
        "disclosures",
        [
            mine | {"partner": partner, "sent_on": _ago(today, last + 30), "what": what}
            for partner, what in (("CRM tool", "name, e-mail"), ("Invoice tool", "name, address, VAT number"))
        ],
    )


def _bought(today: date) -> Iterable[tuple[str, list[Row]]]:
    """Orders and invoices: fresh ones, and one of Bram's whose tax term has ended."""
    buyers = (
        (1, ANNA, 90, None),
        (2, BRAM, 40, "call before delivery"),
        (3, BRAM, 700, None),
        (4, BRAM, 365 * 10, None),
        (5, MARIA, 30, None),
        (6, HOSTILE, 20, "{{ 7*7 }} ' OR 1=1 --"),
    )
    yield "orders", [
        {"id": number, "tenant": one.tenant, "account_id": int(one.subject), "product_id": 1 + number % 2,
         "ordered_on": _ago(today, days), "amount": 49, "remark": remark}
        for number, one, days, remark in buyers
    ]  # fmt: skip
    yield "invoices", [
        {"id": number, "tenant": one.tenant, "account_id": int(one.subject), "order_id": number,
         "number": f"INV-{number:05}", "issued_on": _ago(today, days), "billing_name": one.name,
         "billing_address": "Keizersgracht 88, 1002AB Amsterdam", "vat_number": None, "amount": 49,
         "note": "paid late after two reminders" if one is BRAM else None}
        for number, one, days, _ in buyers
    ]  # fmt: skip


def _said(today: date) -> Iterable[tuple[str, list[Row]]]:
    """Complaints and incidents that Joris handled, and messages that answer each other."""
    yield "complaints", [
        {"id": 1, "tenant": "acme", "account_id": 101, "handled_by": 107, "received_on": _ago(today, 60),
         "subject": "Export failed", "body": "My export stopped half-way.", "about_person": "Kees from the helpdesk",
         "state": "closed"},
        {"id": 2, "tenant": "acme", "account_id": 107, "handled_by": 103, "received_on": _ago(today, 50),
         "subject": "Slow page", "body": "The overview is slow.", "about_person": None, "state": "open"},
        {"id": 3, "tenant": "acme", "account_id": 110, "handled_by": 107, "received_on": _ago(today, 10),
         "subject": "@SUM(1+9)*cmd|' /C calc'!A0", "body": "<img src=x onerror=alert(1)>", "about_person": None,
         "state": "open"},
    ]  # fmt: skip
    yield "incidents", [
        {"id": 1, "tenant": "acme", "account_id": 102, "handled_by": 107, "noticed_on": _ago(today, 45),
         "description": "Three failed log-ins in a row."}
    ]  # fmt: skip
    yield "messages", [
        {"id": 1, "tenant": "acme", "account_id": 101, "reply_to": None, "sent_at": _instant(today, 20),
         "body": "Could you share the shortlist?", "other_party": "Daan Mulder"},
        {"id": 2, "tenant": "acme", "account_id": 104, "reply_to": 1, "sent_at": _instant(today, 19),
         "body": "Here it is.", "other_party": "Anna de Vries"},
        {"id": 3, "tenant": "acme", "account_id": 101, "reply_to": 2, "sent_at": _instant(today, 18),
         "body": "Thank you!", "other_party": "Daan Mulder"},
    ]  # fmt: skip


def _marketing(today: date) -> Iterable[tuple[str, list[Row]]]:
    yield "newsletter", [
        {"tenant": tenant, "email": email, "first_name": name, "opted_in_on": _ago(today, 400),
         "last_contact_on": _ago(today, 100), "active": True}
        for tenant, email, name in (
            ("acme", "Anna.deVries@example.nl", "Anna"), ("acme", BRAM.email, "Bram"), ("seleqt", LOTTE.email, "Lotte")
        )
    ]  # fmt: skip
    yield "testimonials", [
        {"id": 1, "tenant": "acme", "account_id": 102, "name": "Bram Jansen", "job_title": "Head of People",
         "quote": "We found our team here.", "authorised_on": _ago(today, 500), "published": True}
    ]  # fmt: skip


def _clients_lists(today: date) -> Iterable[tuple[str, list[Row]]]:
    """A client's list: Yusuf, who is nowhere else, Anna, who is also a customer, and a neighbour."""
    yield "contact_lists", [{"id": 1, "tenant": "globex", "created_by": 208, "name": "Candidates 2026"}]
    listed = (
        (YUSUF.email, "Yusuf", "Kaya"),
        (ANNA.email, "Anna", "de Vries"),
        ("ines.costa@example.com", "Ines", "Costa"),
    )
    yield "contacts", [
        {"id": number, "tenant": "globex", "list_id": 1, "email": email, "first_name": first, "last_name": last,
         "company": None, "unsubscribed": False}
        for number, (email, first, last) in enumerate(listed, start=1)
    ]  # fmt: skip
    yield "campaigns", [
        {"id": 1, "tenant": "globex", "list_id": 1, "subject": "New openings", "body": "Have a look.",
         "sent_at": _instant(today, 15)}
    ]  # fmt: skip
    yield "campaign_sends", [
        {"tenant": "globex", "contact_id": number, "campaign_id": 1, "sent_at": _instant(today, 15)}
        for number in range(1, 4)
    ]  # fmt: skip


def use_platform(where: Where, person: DemoPerson, at: datetime) -> None:
    """Let somebody sign in once more at this instant (aware, UTC): a log-in row and a session, as real use leaves."""
    when = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    mine = {"tenant": person.tenant, "account_id": int(person.subject)}
    login = mine | {"at": when, "ip_address": "192.0.2.250", "user_agent": "Mozilla/5.0 (demo)"}
    with link(where) as connection:
        insert(connection, "logins", [login])
        insert(connection, "sessions", [mine | {"token_hash": f"demo-{when}", "started_at": when}])
