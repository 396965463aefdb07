"""Tickets at the shell: list, show, and file one that came by phone or post.

Promise: labels, rights, states, dates and the log are shown, no names and no contents; a request that came another way
gets the true instant of its receipt and the same identity check as any other, by a mailed code. Limits: nothing is
decided here; a running desk picks a new ticket up within a minute.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import fresh_token, machine_time
from bot.commands.serve import refused, settings_from
from bot.core import identity
from bot.core.clock import legal_dates
from bot.core.intake import Intake, refusal
from bot.core.model import Door, Right, Ticket
from bot.intake import file, give_contact
from bot.pen import Pen
from bot.settings import Unfit
from bot.texts import Texts
from storage.store import Store

NO_INSTANT = "the instant of receipt needs an offset (…+01:00) and lies in the past"
NO_DOOR = "only phone and post are filed here; other doors file by themselves"


async def listed(env_file: Path, *, everything: bool) -> int:
    """Print the tickets by due date."""

    def read(tx: Any) -> list[str]:
        found = tx.work.all_tickets(only_open=not everything)
        return [_row(ticket) for ticket in found]

    return await _printed(env_file, read)


async def shown(env_file: Path, ref: str) -> int:
    """Print one ticket with its dates and log."""

    def read(tx: Any) -> list[str]:
        ticket = tx.work.ticket_by_ref(ref)
        if ticket is None:
            return [f"no ticket {ref}"]
        log = [f"  {line.entry.at:%Y-%m-%d %H:%M} {line.entry.what} {line.entry.by} {dict(line.entry.facts)}"
               for line in tx.work.log_of(ticket.id)]  # fmt: skip
        dates = [f"  {name}: {value}" for name, value in vars(legal_dates(ticket)).items() if value is not None]
        return [_row(ticket), "dates", *dates, "log", *log]

    return await _printed(env_file, read)


def _row(ticket: Ticket) -> str:
    due = legal_dates(ticket).queue_date
    return f"{ticket.ref}  {ticket.right:<22} {ticket.status:<10} due {due}  received {ticket.received_at:%Y-%m-%d}"


async def _printed(env_file: Path, read: Any) -> int:
    try:
        settings = settings_from(env_file)
    except Unfit as problem:
        return refused(problem)
    store = await Store(settings.database).open()
    try:
        lines = await store.read(read)
    finally:
        await store.close()
    sys.stdout.write("".join(f"{line}\n" for line in lines or ["none"]))
    return 0


async def filed(env_file: Path, *, right: str, received_at: str, contact: str, door: str, lang: str) -> int:
    """File a request and mail the person a code with a page to type it."""
    try:
        settings = settings_from(env_file)
        intake = _checked(right, received_at, contact, door, lang)
    except Unfit as problem:
        return refused(problem)
    pen = Pen(texts=Texts.load(), fresh=fresh_token, hash_key=settings.hash_key.get_secret_value())
    store = await Store(settings.database).open()
    try:
        ticket = await store.tx(lambda tx: _file(tx, pen, intake, contact))
    finally:
        await store.close()
    sys.stdout.write(f"{ticket.ref} filed, due {legal_dates(ticket).queue_date}; the person gets a mail with a code\n")
    return 0


def _file(tx: Any, pen: Pen, intake: Intake, contact: str) -> Ticket:
    now = machine_time()
    return give_contact(tx, pen, file(tx, pen, intake, now), contact, "", by=intake.by, now=now)


def _checked(right: str, received_at: str, contact: str, door: str, lang: str) -> Intake:
    try:
        wanted, way = Right(right), Door(door)
        instant = datetime.fromisoformat(received_at)
    except ValueError as problem:
        raise Unfit(f"{problem}; see python bot.py tickets new --help") from None
    if instant.tzinfo is None:
        raise Unfit(NO_INSTANT)
    if identity.addresses_in(contact) != (contact,):
        raise Unfit("the contact must be one plain e-mail address")
    received = instant.astimezone(UTC)
    intake = Intake(right=wanted, received_at=received, door=way, lang=lang, by="desk:shell", key=fresh_token())
    if why := refusal(intake, machine_time()):
        raise Unfit(NO_DOOR if why == "door" else NO_INSTANT)
    return intake
