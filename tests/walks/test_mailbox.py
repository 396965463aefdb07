"""The shared mailbox on a real IMAP server, with the whole desk behind it: what is touched, what dies, what staff say.

Limits: the desk's own death needs a process of its own: mailbox_child.py.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.core.events import Sorted
from bot.core.model import Right, Ticket
from bot.demo.platform.seeds import ANNA, BRAM
from bot.demo.world import World
from tests import dovecot
from tests.handlers.imap_cases import until as seen
from tests.walks.crash_child import LEASES_END
from tests.walks.house import at_work, rows, settled, staff, until
from tests.walks.mailbag import Sample, bag
from tests.walks.moves import CODE_MAIL, code_in, every_ticket, mail
from tests.walks.sharedbox import Mails, SharedBox, answer, new_mail, read
from tests.walks.visitor import PATIENCE

BY_LOTTE = "T0SELEQT:U0LOTTE"
EVE = "eve@example.org"
STRANGER = "nobody.knows@example.org"
UNSURE = """Delete my account and all my data, please.

---------- Forwarded message ---------
From: Shop <shop@example.com>
Date: Mon, 2 Nov 2026 at 10:00
Subject: Welcome

Welcome to our shop.
"""
COLLEAGUES_FLAGS = ("", "", "F", "S", "", "T", "", "FS", "R")
LONG = 200.0
"""Seconds for two hundred mails on a busy machine."""


@pytest.fixture(scope="module")
def server() -> Iterator[dovecot.Dovecot]:
    with dovecot.running() as running:
        yield running


@pytest.fixture
def own_server() -> Iterator[dovecot.Dovecot]:
    """A server that this test alone may kill."""
    with dovecot.running() as running:
        yield running


# ---- what is touched


@pytest.mark.slow
async def test_of_two_hundred_mixed_mails_only_requests_questions_and_replies_are_touched(
    tmp_path: Path, server: dovecot.Dovecot
) -> None:
    box = SharedBox(server=server, user="mixed")
    async with at_work(tmp_path / "data", **box.settings) as world:
        ours = await _asked_and_answered(world, box)
        samples = bag(193)
        others = Counter({("", _eves_answer(world)): 1})
        box.put(next(raw for _, raw in others), at=world.clock())
        for number, one in enumerate(samples):
            flags = "" if one.is_ours else COLLEAGUES_FLAGS[number % len(COLLEAGUES_FLAGS)]
            box.put(one.raw, at=world.clock() - timedelta(minutes=number), flags=flags)
            (ours if one.is_ours else others)["S" if one.is_ours else flags, one.raw] += 1
        assert sum((ours + others).values()) == 200
        await read(world, 200, within=LONG)
        await seen(lambda: sum(box.done().values()) == sum(ours.values()) and len(box.inbox()) == len(others))
        assert (box.done() - ours, ours - box.done()) == (Counter(), Counter())
        assert (box.inbox() - others, others - box.inbox()) == (Counter(), Counter())
        await settled(world)
        _only_who_asked_was_answered(world, samples)
        await _each_request_is_one_ticket(world, samples, more=3)


async def _asked_and_answered(world: World, box: SharedBox) -> Mails:
    """Three people ask by mail and answer our code mails with the code; these six mails, as they are left."""
    people = (ANNA.email, BRAM.email, STRANGER)
    raw = [new_mail(one, "Please send me a copy of everything you have on me.", at=world.clock()) for one in people]
    for one in raw:
        box.put(one, at=world.clock())
    for one in people:
        letter = await mail(world, one, CODE_MAIL)
        raw.append(answer(letter, code_in(letter), at=world.clock()))
        box.put(raw[-1], at=world.clock())
    return Counter(("S", one) for one in raw)


def _eves_answer(world: World) -> bytes:
    """Somebody else answers a letter that Anna was sent."""
    (letter,) = (one for one in world.mailbox.letters(ANNA.email) if CODE_MAIL in one.subject)
    return answer(letter, "Please take it back.", at=world.clock(), sender=EVE)


def _only_who_asked_was_answered(world: World, samples: list[Sample]) -> None:
    asked = {one.sender for one in samples if one.is_ours} | {ANNA.email, BRAM.email, STRANGER}
    assert {one.to for one in world.mailbox.letters()} == asked
    ids = Counter(one.message_id for one in world.mailbox.letters())
    assert set(ids.values()) == {1}


async def _each_request_is_one_ticket(world: World, samples: list[Sample], *, more: int) -> None:
    """Tickets are as many as requests; a question opens none. `more` are those of the walk beside the bag.

    A mail that nobody can place has a ticket too, with no right yet.
    """
    requests = [one for one in samples if one.is_ours and not one.is_question]
    tickets = [one for one in await every_ticket(world) if one.right is not Right.UNCLEAR]
    assert len(tickets) == len(requests) + more


# ---- servers that die


@pytest.mark.slow
async def test_an_imap_server_killed_in_the_middle_and_started_again_loses_and_doubles_nothing(
    tmp_path: Path, own_server: dovecot.Dovecot
) -> None:
    box, samples = SharedBox(server=own_server), bag(30)
    async with at_work(tmp_path / "data", **box.settings) as world:
        await _listens(world)
        for one in samples[:24]:
            box.put(one.raw, at=world.clock())
        await read(world, 5)
        own_server.kill()
        await seen(lambda: not world.app.mailbox.state.connected)
        for one in samples[24:]:
            box.put(one.raw, at=world.clock())
        own_server.start()
        await _all_is_well(world, box, samples)


async def test_answers_wait_for_the_mail_server_and_each_goes_out_once(tmp_path: Path, server: dovecot.Dovecot) -> None:
    box, samples = SharedBox(server=server, user="answers"), bag(8)
    async with at_work(tmp_path / "data", **box.settings) as world:
        world.mailbox.switch(down=True, refused=set())
        for one in samples:
            box.put(one.raw, at=world.clock())
        await read(world, len(samples))
        await until(world, lambda tx: _put_back(tx) == sum(one.is_ours for one in samples))
        assert world.mailbox.letters() == []
        world.mailbox.switch(down=False, refused=set())
        world.clock.advance(timedelta(hours=1))
        await _all_is_well(world, box, samples)


def _put_back(tx: object) -> int:
    query = "SELECT count(*) FROM steps WHERE state = 'todo' AND error = 'mail_down'"
    return int(tx.link.exec_driver_sql(query).scalar())


async def _listens(world: World) -> None:
    """Wait until the first look is over, so that a restart goes on behind it."""
    await seen(lambda: world.app.mailbox.state.connected)


async def _all_is_well(world: World, box: SharedBox, samples: list[Sample]) -> None:
    """Every mail was read once, those for the desk are moved and answered by one letter each, the others as before."""
    await read(world, len(samples), within=LONG)
    ours = Counter(("S", one.raw) for one in samples if one.is_ours)
    others = Counter(("", one.raw) for one in samples if not one.is_ours)
    await seen(lambda: (box.done(), box.inbox()) == (ours, others))
    await settled(world)
    letters = {(one.to, one.message_id) for one in world.mailbox.letters()}
    assert sorted(to for to, _ in letters) == sorted(one.sender for one in samples if one.is_ours)
    await _each_request_is_one_ticket(world, samples, more=0)


@pytest.mark.slow
async def test_a_desk_killed_again_and_again_among_its_mails_loses_and_doubles_nothing(
    tmp_path: Path, server: dovecot.Dovecot
) -> None:
    box, samples, data = SharedBox(server=server, user="info"), bag(14), tmp_path / "data"
    async with at_work(data, **box.settings) as world:
        await _listens(world)
        now = world.clock()
    for one in samples:
        box.put(one.raw, at=now)
    lives = [f"{at} {'before' if number % 2 else 'after'}" for number, at in enumerate((4, 6, 9, 11, 14, 17, 8, 21))]
    await _lives(data, server.port, len(samples), lives)
    async with at_work(data, **box.settings) as world:
        world.clock.advance(LEASES_END)
        await _all_is_well(world, box, samples)


async def _lives(data: Path, port: int, mails: int, lives: list[str]) -> None:
    told = [str(data), str(port), str(mails), *" ".join(lives).split()]
    command = [sys.executable, "-W", "error", "-m", "tests.walks.mailbox_child", *told]
    child = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=PIPE)
    _, wrong = await child.communicate()
    assert child.returncode == 0, wrong.decode()[-3000:]


# ---- what staff say


async def _unsure(world: World, box: SharedBox) -> tuple[bytes, Ticket]:
    """A mail that nobody can place for sure, read by the desk and shown to staff."""
    raw = new_mail(STRANGER, UNSURE, at=world.clock(), subject="Account")
    box.put(raw, at=world.clock())
    await read(world, 1, ("unsure",))
    (ticket,) = await every_ticket(world)
    assert box.inbox() == {("", raw): 1}
    return raw, ticket


async def test_a_mail_that_staff_say_is_ours_is_answered_marked_and_moved(
    tmp_path: Path, server: dovecot.Dovecot
) -> None:
    box = SharedBox(server=server, user="ours")
    async with at_work(tmp_path / "data", **box.settings) as world:
        raw, ticket = await _unsure(world, box)
        await world.app.desk.apply("sorted", ticket.id, Sorted(by=BY_LOTTE, ours=True))
        await mail(world, STRANGER, CODE_MAIL)
        await seen(lambda: (box.done(), box.inbox()) == ({("S", raw): 1}, {}))
        await settled(world)
        _nothing_is_left_of_it(world)
        assert Counter(one.right for one in await every_ticket(world)) == {Right.UNCLEAR: 1, Right.ERASURE: 1}


async def test_a_mail_that_staff_say_is_not_ours_stays_as_it_is(tmp_path: Path, server: dovecot.Dovecot) -> None:
    box = SharedBox(server=server, user="theirs")
    async with at_work(tmp_path / "data", **box.settings) as world:
        raw, ticket = await _unsure(world, box)
        await world.app.desk.apply("sorted", ticket.id, Sorted(by=BY_LOTTE, ours=False))
        await read(world, 1, ("not_ours",))
        await settled(world)
        assert (box.inbox(), box.done()) == ({("", raw): 1}, {})
        _nothing_is_left_of_it(world)
        assert world.mailbox.letters() == []


async def test_what_staff_said_while_the_mailbox_was_away_is_done_when_it_is_back_also_by_a_new_desk(
    tmp_path: Path, own_server: dovecot.Dovecot
) -> None:
    box, data = SharedBox(server=own_server), tmp_path / "data"
    async with at_work(data, **box.settings) as world:
        raw, ticket = await _unsure(world, box)
        own_server.kill()
        await world.app.desk.apply("sorted", ticket.id, Sorted(by=BY_LOTTE, ours=True))
        await mail(world, STRANGER, CODE_MAIL)  # nobody waits for an answer because a mailbox is away
        await until(world, lambda tx: [one.error for one in tx.work.open_steps(ticket.id)] == ["mailbox_down"])
        assert rows(world.app.settings.database, "SELECT id FROM objects WHERE shredded_at IS NULL") == []
    own_server.start()
    async with at_work(data, **box.settings) as world:
        world.clock.advance(timedelta(hours=1))
        await seen(lambda: (box.done(), box.inbox()) == ({("S", raw): 1}, {}))
        await settled(world)
        _nothing_is_left_of_it(world)
        assert len(world.mailbox.letters(STRANGER)) == 1
        assert len(await every_ticket(world)) == 2


async def test_a_mail_placed_after_its_copy_was_destroyed_is_still_moved(
    tmp_path: Path, server: dovecot.Dovecot
) -> None:
    box = SharedBox(server=server, user="late")
    async with at_work(tmp_path / "data", **box.settings) as world:
        raw, ticket = await _unsure(world, box)
        world.clock.advance(timedelta(days=15))
        await until(world, lambda tx: all(one.object is None for one in tx.people.mails_in("unsure")))
        await world.app.desk.apply("sorted", ticket.id, Sorted(by=BY_LOTTE, ours=True))
        await seen(lambda: (box.done(), box.inbox()) == ({("S", raw): 1}, {}))


def _nothing_is_left_of_it(world: World) -> None:
    """No raw copy in the vault, no words and no name of the mail beside the tickets."""
    assert list((world.app.settings.vault / "objects").iterdir()) == []
    kinds = {kind for (kind,) in rows(world.app.settings.database, "SELECT kind FROM contents")}
    assert not kinds & {"message_id"}


# ---- readiness


async def test_readiness_and_the_staffs_home_know_the_mailbox(tmp_path: Path, own_server: dovecot.Dovecot) -> None:
    box = SharedBox(server=own_server)
    async with at_work(tmp_path / "data", **box.settings) as world:
        await _listens(world)
        assert await _bad(world) == []
        await _home_says(world, "last Slack event")
        box.put(new_mail(STRANGER, "Lunch on Friday?", at=world.clock()), at=world.clock())
        await read(world, 1)
        await _home_says(world, "mail just now")
        own_server.kill()
        await seen(lambda: not world.app.mailbox.state.connected)
        world.clock.advance(timedelta(minutes=21))
        assert await _bad(world) == ["mailbox"]


async def _home_says(world: World, words: str) -> None:
    lotte = staff(world, "lotte")
    await lotte.open_home()
    await world.slack.until(lambda: lotte.home and words in str(lotte.home.body), within=PATIENCE)


async def _bad(world: World) -> list[str]:
    async with aiohttp.ClientSession() as browser, browser.get(f"{world.url}/readyz") as answered:
        found: list[str] = (await answered.json())["bad"]
        return found
