"""What the pretend platform's own pages show of its data: one person's account, and the published testimonials.

Promise: reads the platform's database and writes nothing; what the desk corrected, erased or locked is seen here at
the next look. Limits: a handful of columns; synchronous, a few milliseconds.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.demo.platform.link import Where, link
from bot.demo.platform.seeds import DemoPerson

_ACCOUNT = """
SELECT trim(a.first_name || ' ' || a.last_name) AS name, a.email, coalesce(a.phone, '') AS phone, a.country,
  a.status, a.marketing_ok, a.restricted_on IS NOT NULL AS restricted,
  (SELECT count(*) FROM logins l WHERE l.account_id = a.id) AS logins,
  (SELECT count(*) FROM orders o WHERE o.account_id = a.id) AS orders,
  (SELECT count(*) FROM invoices i WHERE i.account_id = a.id) AS invoices,
  (SELECT count(*) FROM messages m WHERE m.account_id = a.id) AS messages,
  coalesce((SELECT d.street || ', ' || d.postal_code || ' ' || d.city FROM addresses d
    JOIN account_addresses w ON w.address_id = d.id WHERE w.account_id = a.id ORDER BY w.id LIMIT 1), '') AS address
FROM accounts a WHERE a.tenant = :tenant AND a.id = :id
"""
_TESTIMONIALS = "SELECT name, job_title, quote FROM testimonials WHERE published ORDER BY id LIMIT 3"


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as its owner sees it; an empty text is a value that isn't there."""

    name: str
    email: str
    phone: str
    country: str
    address: str
    status: str
    marketing_ok: bool
    restricted: bool
    logins: int
    orders: int
    invoices: int
    messages: int

    @property
    def may_log_in(self) -> bool:
        """Whether the platform lets its owner in: the desk locks an account before it erases it."""
        return self.status != "locked"


@dataclass(frozen=True, kw_only=True)
class Testimonial:
    """What a customer said on the public page."""

    name: str
    job_title: str
    quote: str


def account_of(database: Where, person: DemoPerson) -> Account | None:
    """One person's account, or None when there is none. Raises sqlalchemy.exc.DBAPIError when it can't be read."""
    rows = _rows(database, _ACCOUNT, tenant=person.tenant, id=int(person.subject))
    if not rows:
        return None
    found: dict[str, Any] = dict(rows[0])
    return Account(**found | {name: bool(found[name]) for name in ("marketing_ok", "restricted")})


def testimonials(database: Where) -> list[Testimonial]:
    """The published ones, oldest first, at most three."""
    return [Testimonial(**row) for row in _rows(database, _TESTIMONIALS)]


def _rows(database: Where, statement: str, **values: str | int) -> list[Any]:
    with link(database) as connection:
        return list(connection.execute(sa.text(statement), values).mappings())
