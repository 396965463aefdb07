"""Tickets at the shell: list, show, and file one that came by phone or post.

Promise: labels, rights, states, dates and the log are shown, no names and no contents; a request that came another way
gets the true instant of its receipt and the same identity check as any other, by a mailed code. Limits: nothing is
decided here; a running desk picks a new ticket up within a minute.
"""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.commands.serve import refused, settings_from
from bot.core import identity
from bot.core.clock import legal_dates
from bot.core.deadlines import AMSTERDAM, local_date
from bot.core.intake import Intake, refusal
from bot.core.model import Door, Right, Ticket
from bot.intake import file, give_contact
from bot.parts import fresh_token, machine_time
from bot.pen import Pen
from bot.ports import Clock
from bot.settings import Unfit
from bot.texts import Texts
from storage.store import Store

NO_INSTANT = "the instant of receipt needs an offset (…+01:00) and lies in the past"
NO_DOOR = "only phone and post are filed here; other doors file by themselves"


async def listed(env_file: Path, *, everything: bool) -> int:
    """Print the tickets, the most urgent first; returns the exit code: 0, or 2 for settings that can't be read."""

    def read(tx: Any) -> list[str]:
        found = tx.work.all_tickets(only_open=not everything)
        return [_row(ticket) for ticket in sorted(found, key=_urgency)] or ["none"]

    return await _printed(env_file, read)


async def shown(env_file: Path, ref: str) -> int:
    """Print one ticket with its dates and log; returns the exit code, 1 when there is no such ticket."""

    def read(tx: Any) -> list[str]:
        ticket = tx.work.ticket_by_ref(ref)
        if ticket is None:
            raise KeyError(ref)
        dates = [
            f"  {name:<21} {_said(value)}" for name, value in vars(legal_dates(ticket)).items() if value is not None
        ]
        return [_row(ticket), "dates", *dates, "log (times in Amsterdam)", *map(_event, tx.work.log_of(ticket.id))]

    return await _printed(env_file, read)


def _urgency(ticket: Ticket) -> tuple[date, str]:
    return legal_dates(ticket).queue_date or date.max, ticket.ref


def _row(ticket: Ticket) -> str:
    due, received = legal_dates(ticket).queue_date, local_date(ticket.received_at)
    return f"{ticket.ref}  {ticket.right:<22} {ticket.status:<10} due {due}  received {received}"


def _event(line: Any) -> str:
    entry = line.entry
    facts = " ".join(f"{name}={value}" for name, value in entry.facts.items())
    return f"  {_local(entry.at)}  {entry.what:<18} {entry.by:<10} {facts}".rstrip()


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{_local(value)} Amsterdam" if isinstance(value, datetime) else str(value)


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}"


async def _printed(env_file: Path, read: Callable[[Any], list[str]]) -> int:
    try:
        settings = settings_from(env_file)
        store = await Store(settings.database).open()
        try:
            lines = await store.read(read)
        finally:
            await store.close()
    except Unfit as problem:
        return refused(problem)
    except KeyError as missing:
        sys.stderr.write(f"no ticket {missing}; `python bot.py tickets list --all` shows every one\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


async def filed(
    env_file: Path, *, right: str, received_at: str, contact: str, door: str, lang: str, clock: Clock = machine_time
) -> int:
    """File a request and mail the person a code with a page to type it; returns the exit code.

    `received_at` is ISO with an offset; `clock` gives aware UTC.
    """
    now = clock()
    try:
        settings = settings_from(env_file)
        intake = _checked(right, received_at, contact, door, lang, now)
    except Unfit as problem:
        return refused(problem)
    pen = Pen(texts=Texts.load(), fresh=fresh_token, hash_key=settings.hash_key.get_secret_value())
    store = await Store(settings.database).open()
    try:
        ticket = await store.tx(lambda tx: _file(tx, pen, intake, contact, now))
    finally:
        await store.close()
    sys.stdout.write(f"{ticket.ref} filed, due {legal_dates(ticket).queue_date}; the person gets a mail with a code\n")
    return 0


def _file(tx: Any, pen: Pen, intake: Intake, contact: str, now: datetime) -> Ticket:
    return give_contact(tx, pen, file(tx, pen, intake, now), contact, "", by=intake.by, now=now)


def _checked(right: str, received_at: str, contact: str, door: str, lang: str, now: datetime) -> Intake:
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
    if why := refusal(intake, now):
        raise Unfit(NO_DOOR if why == "door" else NO_INSTANT)
    return intake
