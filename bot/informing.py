"""Informing: one recipient at a time is told what was done to somebody's data (Art. 19), by the way the map names.

Promise: a notice says the reference, what to do and the day, and the person's address only where the map says that the
recipient finds people by it; while a ticket is held nobody is told anything. Limits: who is told what was decided by
the ticket (bot/core/telling.py); a recipient nothing can reach becomes a colleague's errand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core import telling
from bot.core.deadlines import local_date
from bot.core.events import Informed, NotInformed
from bot.core.messages import RecipientNotice
from bot.core.model import Ticket, Way
from bot.core.rights import ROWS
from bot.desk import Desk
from bot.fulfil import NotNow, Report
from bot.ports import AddressRefused, Hooks, Route
from bot.sending import Sender


@dataclass(frozen=True, kw_only=True)
class Known:
    """The ticket, and the address its person is known by, if any."""

    ticket: Ticket | None
    address: str | None


class Informer:
    """The courier's hand towards recipients."""

    def __init__(self, *, desk: Desk, sender: Sender, hooks: Hooks, routes: Mapping[str, Route]) -> None:
        """`routes` by recipient, as the data map has them."""
        self._desk = desk
        self._sender = sender
        self._hooks = hooks
        self._routes = routes

    async def inform(self, step_id: str, ticket_id: str, recipient: str) -> Report:
        """Tell one recipient. Raises NotNow while the ticket is held, PostDown or SourceDown to be asked again."""
        known = await self._desk.store.read(lambda tx: _known(tx, ticket_id))
        notice = telling.waiting(known.ticket, recipient) if known.ticket else None
        if known.ticket is None or notice is None or notice.way is Way.MANUAL:
            return Report()
        if known.ticket.is_held:
            raise NotNow("held")
        route = self._routes.get(recipient)
        if route is None:
            return _final(recipient, "no_way")
        if route.finds_by and not known.address:
            return _final(recipient, "no_address")
        try:
            await self._told(step_id, known.ticket, recipient, route, known.address or "")
        except AddressRefused:
            return _final(recipient, "address_refused")
        return Report(event=Informed(by="source", recipient=recipient))

    async def _told(self, step_id: str, ticket: Ticket, recipient: str, route: Route, address: str) -> None:
        assert ticket.closed_at is not None
        on = local_date(ticket.closed_at)
        shown = address if route.finds_by else ""
        if route.way is Way.MAIL:
            letter = RecipientNotice(ref=ticket.ref, right=ticket.right, on=on, address=shown)
            await self._sender.recipient_notice(step_id, route.to, letter)
            return
        facts = {
            "reference": ticket.ref,
            "right": ticket.right.legal,
            "article": ROWS[ticket.right].article,
            "on": on.isoformat(),
            **({"email": shown} if shown else {}),
        }
        await self._hooks.tell(recipient, route.to, key=f"{ticket.id}:tell:{recipient}", facts=facts)


def _known(tx: Any, ticket_id: str) -> Known:
    kinds = ("delivery", "mailbox")
    address = next((found for kind in kinds if (found := tx.work.content(ticket_id, kind))), None)
    return Known(ticket=tx.work.ticket(ticket_id), address=address)


def _final(recipient: str, reason: str) -> Report:
    return Report(event=NotInformed(by="source", recipient=recipient, reason=reason, final=True))
