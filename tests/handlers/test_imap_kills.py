"""The way in for mail when something dies in the middle: the IMAP server, the line to it, or the desk itself."""

import asyncio
from collections.abc import Iterator

import pytest

from tests import dovecot
from tests.handlers.imap_cases import PATIENCE, Box, Choke, at_work, until, until_connected

DONE = "Privacy desk"
BODY = b"QUJD" * 18 + b"\r\n"
LARGE = BODY * 4000  # about 300 kB
MAILS = 8


@pytest.fixture
def own_box() -> Iterator[Box]:
    """A mailbox on a server that this test alone may kill."""
    with dovecot.running() as server:
        yield Box(server, "info")


def put_some(box: Box) -> None:
    for number in range(MAILS):
        box.put(f"{'Privacy' if number % 2 else 'Offer'} {number}", number=number, body=LARGE)


def assert_all_is_well(box: Box, originals: set[bytes]) -> None:
    """Every mail was taken whole and once; ours are in their folder once; the others where they were."""
    assert len(box.room.taken) == MAILS
    assert set(box.room.taken) == originals
    assert len(box.mails()) == len(box.mails(DONE)) == MAILS // 2
    assert set(box.mails().values()) | set(box.mails(DONE).values()) == originals


async def test_a_server_killed_in_the_middle_of_a_fetch_and_started_again_loses_and_doubles_nothing(own_box):
    put_some(own_box)
    originals = set(own_box.mails().values())
    async with Choke(own_box.dovecot.port, after=len(LARGE) * 3).running() as choke:
        door = own_box.door(server={"port": choke.port})
        async with at_work(door):
            await asyncio.wait_for(choke.choked.wait(), PATIENCE)
            own_box.dovecot.kill()
            taken = len(own_box.room.taken)
            choke.open.set()
            await until(lambda: door.state.reason == "lost")
            own_box.dovecot.start()
            await own_box.kept.until(lambda: own_box.kept.writes and own_box.kept.writes[-1] == MAILS)
    assert 0 < taken < MAILS
    assert_all_is_well(own_box, originals)


async def test_a_desk_stopped_in_the_middle_of_a_fetch_stops_at_once_and_goes_on_at_its_next_start(box):
    put_some(box)
    originals = set(box.mails().values())
    async with Choke(box.dovecot.port, after=len(LARGE) * 3).running() as choke:
        work = asyncio.create_task(box.door(server={"port": choke.port}).run())
        await asyncio.wait_for(choke.choked.wait(), PATIENCE)
        work.cancel()
        # The server says nothing more, and nobody waits for it.
        await asyncio.wait([work], timeout=5)
        assert work.cancelled()
    assert 0 < len(box.room.taken) < MAILS
    async with box.attended():
        pass
    assert_all_is_well(box, originals)


async def test_a_desk_stopped_in_the_middle_of_taking_takes_that_mail_again(box):
    put_some(box)
    originals = set(box.mails().values())
    box.room.stalls = lambda raw: b"Privacy 3" in raw
    async with at_work(box.door()):
        await box.room.until(lambda: box.room.calls == 4)
    assert len(box.room.taken) == 3
    box.room.stalls = lambda raw: False
    async with box.attended():
        pass
    assert_all_is_well(box, originals)


async def test_a_server_killed_between_taking_and_moving_is_caught_up_with(own_box):
    put_some(own_box)
    originals = set(own_box.mails().values())
    killed = asyncio.Event()

    def kill_at_the_last(raw: bytes) -> bool:
        if f"Subject: Privacy {MAILS - 1}\r".encode() in raw and not killed.is_set():
            own_box.dovecot.kill()
            killed.set()
        return False

    own_box.room.fails = kill_at_the_last
    door = own_box.door()
    async with at_work(door):
        await asyncio.wait_for(killed.wait(), PATIENCE)
        await until(lambda: not door.state.connected and door.state.reason)
        assert own_box.mails(DONE) == {}
        own_box.dovecot.start()
        await own_box.kept.until(lambda: own_box.kept.writes and own_box.kept.writes[-1] == MAILS)
    assert own_box.room.calls > MAILS
    assert_all_is_well(own_box, originals)


async def test_a_server_that_goes_away_while_the_desk_waits_is_found_again(own_box):
    async with own_box.attended(renew=10 * PATIENCE) as door:
        own_box.dovecot.kill()
        await until(lambda: not door.state.connected)
        own_box.put("While it was away")
        own_box.dovecot.start()
        await own_box.room.until(lambda: own_box.room.subjects == ["While it was away"])
        await until_connected(door)
        assert door.state.reason == ""
