"""What the contract of a source needs: rigs, the list of checks, and the moves they are written with.

A rig is a source over a fresh demo platform, and a hand in the platform's own data.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from bot.core.plans import ActResult, Change, Plan, Subject, Verb
from bot.demo.platform.seeds import (
    DemoPerson,
)
from bot.ports import ByHand, Source

Check = Callable[["Rig"], Awaitable[None]]
Rows = list[dict[str, Any]]

TABLES = (
    "clients", "products", "accounts", "addresses", "account_addresses", "logins", "sessions", "browsing_events",
    "cookie_consents", "orders", "invoices", "complaints", "incidents", "subscriptions", "messages", "newsletter",
    "testimonials", "disclosures", "contact_lists", "contacts", "campaigns", "campaign_sends",
)  # fmt: skip


class Rig(Protocol):
    """A source over a fresh demo platform, and a hand in the platform's own data."""

    @property
    def source(self) -> Source:
        """The source under test."""
        ...

    async def rows(self, table: str, **where: Any) -> Rows:
        """The platform's rows with these values, by primary key; all of them without values."""
        ...

    async def put(self, table: str, **row: Any) -> None:
        """Insert a row as the platform would."""
        ...

    async def change(self, table: str, where: Mapping[str, Any], **values: Any) -> None:
        """Change rows as the platform would."""
        ...

    async def remove(self, table: str, **where: Any) -> None:
        """Delete rows as the platform would."""
        ...

    async def by_hand(self, key: str, errand: ByHand) -> None:
        """A colleague does the errand of this act and notes what proves it; where nobody is asked, it is a fault."""
        ...

    def away(self) -> AbstractAsyncContextManager[None]:
        """The platform does not answer while the block runs."""
        ...


CONTRACT: list[Check] = []


def check(made: Check) -> Check:
    """Enter a check into the contract."""
    CONTRACT.append(made)
    return made


# ---- moves


async def who(rig: Rig, one: DemoPerson) -> Subject:
    """An account holder as a session names them."""
    (found,) = await rig.source.person(tenant=one.tenant, subject=one.subject)
    return found.subject


async def only(rig: Rig, email: str) -> Subject:
    """The one person an address means."""
    (found,) = await rig.source.person(email=email)
    return found.subject


async def acted(rig: Rig, *, key: str, **call: Any) -> ActResult:
    """An act as the desk makes it: what a colleague has to do first they do, and the same call is made again."""
    try:
        return await rig.source.act(key=key, **call)
    except ByHand as errand:
        await rig.by_hand(key, errand)
        return await rig.source.act(key=key, **call)


async def carry_out(rig: Rig, plan: Plan, subject: Subject, *changes: Change, key: str = "call-1") -> ActResult:
    """Act as approved."""
    return await acted(
        rig, key=key, person=subject, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling, changes=changes
    )


async def do(rig: Rig, subject: Subject, verb: Verb, *changes: Change, key: str = "call-1") -> ActResult:
    """Find and act in one go."""
    plan = await rig.source.find(subject, verb, changes)
    return await carry_out(rig, plan, subject, *changes, key=key)


async def copy(rig: Rig, subject: Subject, verb: Verb = Verb.ACCESS) -> dict[str, Rows]:
    """What a copy holds, by collection."""
    plan = await rig.source.find(subject, verb)
    found: dict[str, Rows] = {}
    await acted(
        rig, key="copy", person=subject, verb=verb, approved=plan.hash, ceiling=plan.ceiling,
        sink=lambda line, some: found.setdefault(line.collection, []).extend(dict(row) for row in some),
    )  # fmt: skip
    return found


async def everything(rig: Rig) -> dict[str, Rows]:
    """All of the platform's rows."""
    return {table: await rig.rows(table) for table in TABLES}
