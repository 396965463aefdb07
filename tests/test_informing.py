"""Informing a recipient: what leaves, what doesn't, and what becomes a colleague's errand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.events import Informed, NotInformed
from bot.core.messages import RecipientNotice
from bot.core.model import Flag, Notice, Right, Status, Ticket, Way
from bot.fulfil import NotNow
from bot.informing import Informer
from bot.ports import AddressRefused, Route
from tests.core.builders import ticket

DONE_AT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # the 23rd in Amsterdam
TICKET = ticket(
    Right.ERASURE,
    status=Status.DONE,
    closed_at=DONE_AT,
    notices=(
        Notice(recipient="crm", name="CRM", way=Way.WEBHOOK),
        Notice(recipient="mailing", name="Mailing", way=Way.MAIL),
        Notice(recipient="support", name="Support", way=Way.MANUAL),
        Notice(recipient="done", name="Done", way=Way.MAIL, done_at=DONE_AT),
    ),
)
ROUTES = {
    "crm": Route(way=Way.WEBHOOK, to="https://crm.example"),
    "mailing": Route(way=Way.MAIL, to="privacy@mailing.example", finds_by="email"),
    "support": Route(way=Way.MANUAL),
    "done": Route(way=Way.MAIL, to="privacy@done.example"),
}


@dataclass
class Street:
    """The store, the sender and the webhooks as far as an Informer needs them; what left is kept."""

    ticket: Ticket | None = TICKET
    contents: dict[str, str] = field(default_factory=lambda: {"mailbox": "anna@example.nl"})
    left: list[Any] = field(default_factory=list)
    refuses: bool = False

    @property
    def store(self) -> "Street":
        return self

    @property
    def work(self) -> "Street":
        return self

    async def read(self, fn: Any) -> Any:
        known = self.ticket

        class Tx:
            class work:  # noqa: N801  # as the store names it
                ticket = staticmethod(lambda _: known)
                content = staticmethod(lambda _, kind: self.contents.get(kind))

        return fn(Tx)

    async def recipient_notice(self, step_id: str, to: str, notice: RecipientNotice) -> None:
        if self.refuses:
            raise AddressRefused
        self.left.append((to, notice))

    async def tell(self, recipient: str, url: str, *, key: str, facts: Mapping[str, str]) -> None:
        self.left.append((url, key, dict(facts)))


async def informed(recipient: str, street: Street, routes: Mapping[str, Route] = ROUTES) -> Any:
    informer = Informer(desk=street, sender=street, hooks=street, routes=routes)  # type: ignore[arg-type]
    return (await informer.inform("s-1", "t-1", recipient)).event


async def test_a_webhook_says_what_was_done_and_no_address_unless_the_map_asks_for_it():
    street = Street()
    assert await informed("crm", street) == Informed(by="source", recipient="crm")
    facts = {"reference": "SEL-2026-00001", "right": "erasure", "article": "17", "on": "2026-11-23"}
    assert street.left == [("https://crm.example", "t-1:tell:crm", facts)]


async def test_a_mail_names_the_address_where_the_map_says_they_find_people_by_it():
    street = Street()
    assert await informed("mailing", street) == Informed(by="source", recipient="mailing")
    ((to, notice),) = street.left
    assert (to, notice.address, notice.on.isoformat()) == ("privacy@mailing.example", "anna@example.nl", "2026-11-23")


@pytest.mark.parametrize("recipient", ["support", "done", "nobody"])
async def test_whom_a_colleague_tells_or_who_knows_gets_nothing(recipient: str):
    street = Street()
    assert await informed(recipient, street) is None
    assert street.left == []


@pytest.mark.parametrize(
    ("street", "routes", "reason"),
    [
        (Street(refuses=True), ROUTES, "address_refused"),
        (Street(contents={}), ROUTES, "no_address"),
        (Street(), {}, "no_way"),
    ],
)
async def test_whom_nothing_can_reach_becomes_an_errand(street: Street, routes: Mapping[str, Route], reason: str):
    event = await informed("mailing", street, routes)
    assert event == NotInformed(by="source", recipient="mailing", reason=reason, final=True)


async def test_nobody_is_told_while_the_ticket_is_held():
    street = Street(ticket=replace(TICKET, flags=frozenset({Flag.STOPPED})))
    with pytest.raises(NotNow, match="held"):
        await informed("crm", street)
    assert street.left == []


async def test_a_ticket_that_is_gone_tells_nobody():
    assert await informed("crm", Street(ticket=None)) is None
