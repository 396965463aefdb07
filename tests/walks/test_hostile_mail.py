"""Mails that somebody made to do harm: to our headers, to the desk's pace, to others through us, to what is kept.

Limits: how well hostile MIME is read is tested at the reading of mail; here, what the whole desk makes of it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from bot.core.model import Door, Status
from bot.demo.world import World
from bot.parts import post_room_of
from bot.ports import Letter
from bot.postroom import PostRoom
from handlers.mail import compose
from storage.vault import Sealing, Vault
from tests.walks import house
from tests.walks.moves import CODE_MAIL, every_ticket, mail

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
EVE = "eve@example.org"
WISH = "Delete my data"
UNSURE = "Delete my account. We also offer a quotation for coffee machines."


def raw_mail(*more: str, sender: str = EVE, message_id: str = "<1@example.org>", text: str = WISH) -> bytes:
    lines = (f"From: {sender}", "To: info@seleqt.ai", "Subject: x", f"Message-ID: {message_id}", *more)
    return ("\r\n".join(lines) + f"\r\n\r\n{text}\r\n").encode()


# ---- headers


async def test_an_encoded_line_end_in_a_message_id_makes_no_header_of_ours(world: World) -> None:
    hostile = "<=?utf-8?q?a=0d=0aBcc:_victim=40example.net=0d=0a=0d=0aBuy?=@example.org>"
    await world.app.post_room.take(raw_mail(message_id=hostile), world.clock())
    letter = await mail(world, EVE, CODE_MAIL)
    assert b"victim" not in letter.raw
    assert {one.to for one in world.mailbox.letters()} == {EVE}


def test_a_letter_never_makes_a_header_of_an_id_that_is_none() -> None:
    wrong = ("<a@b>\r\nBcc: <v@example.net>", "<=?utf-8?q?a=0d=0aBcc:v?=@b>", "<f\u00fc@b>", "<a b@c>")
    letter = Letter(to=EVE, subject="x", text="x", html="x", message_id="<1@seleqt.ai>", lang="en", thread=wrong)
    sent = compose(letter, sender="info@seleqt.ai", now=NOW).as_bytes()
    assert b"Bcc" not in sent
    assert b"In-Reply-To" not in sent


async def test_a_long_message_id_is_answered_as_it_stands(world: World) -> None:
    long = f"<{'AM0PR08MB' * 12}@eurprd08.prod.outlook.example.com>"
    await world.app.post_room.take(raw_mail(message_id=long), world.clock())
    letter = await mail(world, EVE, CODE_MAIL)
    sent = message_from_bytes(letter.raw, policy=default)
    assert f"In-Reply-To: {long}\r\n".encode() in letter.raw
    assert long in "".join(sent["References"].split())


# ---- who it says it is from


async def test_a_mail_from_our_own_address_is_for_staff_and_is_not_answered(world: World) -> None:
    for number, own in enumerate(("info@seleqt.ai", "Info+abc@Seleqt.ai")):
        taken = await world.app.post_room.take(raw_mail(sender=own, message_id=f"<{number}@x>"), world.clock())
        assert taken == "unsure"
    await house.settled(world)
    assert world.mailbox.letters() == []


async def test_an_unreadable_mail_from_an_address_that_takes_none_is_still_taken(world: World) -> None:
    world.mailbox.switch(down=False, refused={EVE})
    bomb = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 400
    raw = raw_mail("MIME-Version: 1.0", text="").rstrip() + b"\r\n" + bomb.encode() + b"--b--\r\n"
    assert await world.app.post_room.take(raw, world.clock()) == "unsure"


# ---- what is kept


async def test_one_mail_taken_by_two_ways_at_once_is_heard_once_and_leaves_no_copy(world: World) -> None:
    room, raw = world.app.post_room, raw_mail()
    assert await asyncio.gather(*(room.take(raw, world.clock()) for _ in range(4))) == ["ours"] * 4
    await mail(world, EVE, CODE_MAIL)
    await house.settled(world)
    assert [one.status for one in await every_ticket(world)] == [Status.VERIFYING]
    assert len(world.mailbox.letters()) == 1
    assert copies(world) == []


async def test_a_copy_kept_by_two_ways_at_once_can_still_be_read(world: World) -> None:
    raw = raw_mail(text=UNSURE)
    room = world.app.post_room
    assert await asyncio.gather(*(room.take(raw, world.clock()) for _ in range(4))) == ["unsure"] * 4
    (kept,) = await world.app.store.read(lambda tx: tx.people.mails_in("unsure"))
    assert copies(world) == [kept.object]
    assert b"".join(vault(world).reader(kept.object, kept.id, "mail")) == raw


async def test_a_desk_that_starts_while_a_mail_is_delivered_beside_it_does_not_sweep_its_copy(world: World) -> None:
    room = room_with(world, SweptBeneath)
    assert await room.take(raw_mail(text=UNSURE), world.clock()) == "unsure"
    (kept,) = await world.app.store.read(lambda tx: tx.people.mails_in("unsure"))
    assert copies(world) == [kept.object]


async def test_a_copy_whose_mail_was_never_noted_is_destroyed_within_minutes(world: World) -> None:
    with pytest.raises(OSError, match="killed"):
        await room_with(world, KilledAfter).take(raw_mail(), world.clock())
    (orphan,) = copies(world)
    world.clock.advance(timedelta(minutes=2))
    await house.settled(world)
    assert orphan not in copies(world)
    assert await every_ticket(world) == ()


class SweptBeneath(Vault):
    """A running desk's start sweeps, between a copy's being written and its mail's being noted."""

    database: Path

    @contextmanager
    def writer(self, object_id: str, *, ticket: str, kind: str) -> Iterator[Sealing]:
        with super().writer(object_id, ticket=ticket, kind=kind) as sink:
            yield sink
        self.sweep([one for (one,) in house.rows(self.database, "SELECT id FROM objects WHERE shredded_at IS NULL")])


class KilledAfter(Vault):
    """The process ends when the copy is written."""

    @contextmanager
    def writer(self, object_id: str, *, ticket: str, kind: str) -> Iterator[Sealing]:
        with super().writer(object_id, ticket=ticket, kind=kind) as sink:
            yield sink
        raise OSError("killed")


def room_with(world: World, kind: type[Vault]) -> PostRoom:
    """A second way in beside the running desk, as `mail deliver` is."""
    app, safe = world.app, vault(world, kind)
    safe.database = app.settings.database
    return post_room_of(app.settings, app.desk, safe, app.courier.doors[Door.MAIL])


def vault(world: World, kind: type[Vault] = Vault) -> Vault:
    settings = world.app.settings
    return kind(settings.vault, settings.vault_key.get_secret_value())


def copies(world: World) -> list[str]:
    return sorted(one.name for one in (world.app.settings.vault / "objects").iterdir())
