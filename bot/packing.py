"""Packing a copy: rows go straight from the sources into the vault; plain text never touches the disk.

Promise: the same plan has the same object, so that a packing after a crash replaces the first. Limits: what may be
packed was asked at the gate (fulfil.py); what stands in the copy is bot/parcel's.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import date

from bot.cases import Case
from bot.core.clock import copy_until, last_copy_day
from bot.core.deadlines import local_date
from bot.core.model import Copy, Ticket
from bot.core.plans import ActResult, Plan, Verb
from bot.desk import Desk
from bot.parcel import Cover, Outcome, Parcel, System
from bot.ports import Safe, Sink

Rows = Callable[[Sink], Awaitable[tuple[ActResult, ...]]]
"""Has every source hand its rows over, and says what each did."""


class Packer:
    """Makes copies in the vault."""

    def __init__(self, *, desk: Desk, safe: Safe, names: Iterable[str]) -> None:
        """`names` are the sources that are asked for every copy: it says where nothing was found."""
        self._desk, self._safe, self._names = desk, safe, tuple(names)

    async def pack(self, case: Case, verb: Verb, plan: Plan, rows: Rows) -> tuple[Copy, tuple[ActResult, ...]]:
        """Make the copy of what `rows` delivers, and its first page; packing again after a crash replaces the first."""
        ticket, now = case.ticket, self._desk.clock()
        object_id = _object_id(ticket, plan)
        until = copy_until(now)
        copy = Copy(object_id=object_id, size=0, until=until)
        cover = self._cover(case, verb, plan, last_copy_day(copy))
        with (
            self._safe.writer(object_id, ticket=ticket.id, kind="parcel") as out,
            Parcel(out, cover=cover, texts=self._desk.texts, waiting=self._safe.scratch) as parcel,
        ):
            results = await rows(parcel.take)
            made = await asyncio.to_thread(parcel.finish)
        with self._safe.writer(f"{object_id}-page", ticket=ticket.id, kind="page") as out:
            out.write(made.page.encode())
        return replace(copy, size=self._safe.size(object_id)), results

    def _cover(self, case: Case, verb: Verb, plan: Plan, read_until: date) -> Cover:
        ticket, now = case.ticket, self._desk.clock()
        found = {part.source for part in plan.parts}
        systems = tuple(
            System(name=name, outcome=Outcome.FOUND if name in found else Outcome.NOTHING) for name in self._names
        )
        return Cover(
            verb=verb,
            person_label=case.delivery or ticket.ref,
            ref=ticket.ref,
            asked_on=local_date(ticket.received_at),
            made_at=now,
            lang=ticket.lang,
            period=(None, local_date(now)),
            searched=systems,
            recipients=plan.recipients,
            read_until=read_until,
        )


def _object_id(ticket: Ticket, plan: Plan) -> str:
    """The copy's name in the vault, the same for the same plan, so that a packing after a crash replaces the first."""
    return hashlib.sha256(f"{ticket.id}:{plan.hash}".encode()).hexdigest()[:32]
