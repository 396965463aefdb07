"""The way in for mail against a real IMAP server: nothing lost, nothing doubled, nothing touched but what is ours."""

import ssl
import tracemalloc
from datetime import timedelta

import pytest

from bot.ports import MailboxDown
from handlers.imap import DEAF_AFTER, FIRST, LARGEST, Pauses
from tests import dovecot
from tests.handlers.imap_cases import NOW, PATIENCE, SLOW, Box, at_work, until

DONE = "Privacy desk"
MEGABYTE = 1024 * 1024


# ---- new mail


async def test_a_new_mail_is_taken_at_once_with_its_instant_of_arrival(box):
    async with box.attended(renew=10 * PATIENCE) as door:
        box.put("Hello", at=NOW - timedelta(minutes=3))
        await box.room.until(lambda: box.room.subjects == ["Hello"])
        assert box.room.arrived == [NOW - timedelta(minutes=3)]
        assert door.state.connected
        assert door.state.reason == ""


async def test_mails_that_come_one_after_another_are_each_taken_once(box):
    async with box.attended(renew=10 * PATIENCE):
        for number in range(12):
            box.put(f"Mail {number}", number=number)
            await box.room.until(lambda number=number: len(box.room.taken) == number + 1)
    assert box.room.calls == 12
    assert box.kept.writes[-1] == 12


async def test_a_mail_that_comes_while_others_are_taken_waits_for_no_other(box):
    """The server tells of it beside another answer, and then has nothing to tell to IDLE any more."""
    box.room.meanwhile = lambda raw: box.put_and_seen("Second", number=2) if b"Privacy" in raw else None
    async with box.attended():
        box.put("Privacy", number=1)
        await box.room.until(lambda: box.room.subjects == ["Privacy", "Second"])


async def test_a_server_without_idle_is_looked_at_again_and_again():
    with dovecot.running(more="imap_capability = IMAP4rev1 MOVE") as server:
        box = Box(server, "info")
        async with box.attended(poll=0.05):
            box.put("Hello")
            await box.room.until(lambda: box.room.subjects == ["Hello"])


async def test_idle_is_renewed_before_it_runs_out(box):
    async with box.attended(renew=0.05) as door:
        first = door.state.last_success
        assert first is not None
        for number in range(3):
            box.put(f"Mail {number}", number=number)
            await box.room.until(lambda number=number: len(box.room.taken) == number + 1)


# ---- what is touched


async def test_what_is_ours_is_marked_read_and_moved(box):
    async with box.attended():
        box.put("Privacy: delete me", number=1)
        await box.kept.until(lambda: box.kept.writes[-1] == 1)
    assert box.mails() == {}
    [(name, raw)] = box.mails(DONE).items()
    assert name.endswith(":2,S")
    assert raw == box.room.taken[0]


async def test_mails_that_are_not_ours_keep_even_their_place_among_the_new_ones(box):
    for number in range(20):
        box.put(f"Invoice {number}", number=number)
    before = box.mails()
    async with box.attended():
        assert len(box.room.taken) == 20
    assert box.mails() == before
    assert all(name.startswith("new/") for name in before)


async def test_of_two_hundred_mixed_mails_only_ours_are_touched(box):
    flags = ("", "", "F", "R", "S", "T", "", "FS")
    for number in range(200):
        is_ours = number % 9 == 0
        subject = f"{'Privacy' if is_ours else 'Offer'} {number}"
        box.put(subject, number=number, flags="" if is_ours else flags[number % 8], at=NOW - timedelta(hours=number))
    others = {_plain(name): raw for name, raw in box.mails().items() if b"Subject: Offer" in raw}
    async with box.attended():
        await box.kept.until(lambda: box.kept.writes[-1] == 200)
    assert {_plain(name): raw for name, raw in box.mails().items()} == others
    assert len(box.mails(DONE)) == 23
    assert set(box.mails(DONE).values()) <= set(box.room.taken)


def _plain(name: str) -> tuple[str, str]:
    """A mail's name and flags. The move needs SELECT, which puts every new mail to the seen-by-a-program ones."""
    base, _, flags = name.partition("/")[2].partition(":2,")
    return base, flags


async def test_mails_already_marked_for_deletion_by_colleagues_stay_without_move():
    with dovecot.running(more="imap_capability = IMAP4rev1 IDLE UIDPLUS") as server:
        box = Box(server, "info")
        box.put("Marked by a colleague", flags="T", number=1)
        async with box.attended():
            box.put("Privacy: what do you have on me", number=2)
            await box.kept.until(lambda: box.kept.writes[-1] == 2)
        assert [_plain(name)[1] for name in box.mails()] == ["T"]
        assert len(box.mails(DONE)) == 1


async def test_without_move_and_uid_expunge_the_old_copy_is_only_marked():
    with dovecot.running(more="imap_capability = IMAP4rev1 IDLE") as server:
        box = Box(server, "info")
        async with box.attended():
            box.put("Privacy", number=1)
            await box.kept.until(lambda: box.kept.writes[-1] == 1)
        assert [_plain(name)[1] for name in box.mails()] == ["ST"]
        assert len(box.mails(DONE)) == 1


async def test_a_folder_that_cannot_be_made_stops_no_reading(box):
    async with box.attended(server={"done_folder": "no//such//name"}) as door:
        box.put("Privacy", number=1)
        await until(lambda: door.state.reason == "done_folder")
        box.put("Hello", number=2)
        await box.room.until(lambda: len(box.room.taken) == 2)
        assert door.state.connected
    assert len(box.mails()) == 2


# ---- where to begin


async def test_the_first_start_takes_what_is_unread_of_the_last_days_and_no_more(box):
    box.put("Unread", number=1, at=NOW - timedelta(days=29))
    box.put("Read", number=2, flags="S", at=NOW - timedelta(days=1))
    box.put("Unread and old", number=3, at=NOW - timedelta(days=40))
    async with box.attended():
        assert box.room.subjects == ["Unread"]
        box.put("New", number=4, flags="S")
        await box.room.until(lambda: box.room.subjects == ["Unread", "New"])


async def test_a_restart_goes_on_where_it_was_even_with_mails_read_meanwhile(box):
    async with box.attended():
        box.put("Before", number=1)
        await box.kept.until(lambda: box.kept.writes[-1] == 1)
    box.put("While away", number=2, flags="S")
    async with box.attended():
        await box.room.until(lambda: len(box.room.taken) == 2)
    assert box.room.calls == 2


async def test_a_quiet_first_start_is_remembered_too(box):
    async with box.attended():
        pass
    box.put("Read by a colleague while the desk was away", number=1, flags="S")
    async with box.attended():
        await box.room.until(lambda: len(box.room.taken) == 1)


async def test_new_uids_for_everything_mean_a_look_at_everything_again(box):
    box.put("Read long ago", number=1, flags="S", at=NOW - timedelta(days=90))
    box.put("Read", number=2, flags="S", at=NOW - timedelta(days=2))
    async with box.attended():
        box.put("First", number=3)
        await box.room.until(lambda: box.room.subjects == ["First"])
    box.dovecot.renumber(box.user)
    box.put("Second", number=4, flags="S")
    looks = len(box.kept.writes)
    async with box.attended():
        await box.kept.until(lambda: len(box.kept.writes) > looks)
    assert sorted(box.room.subjects) == ["First", "Read", "Second"]


async def test_hundreds_of_waiting_mails_are_taken_one_by_one(box):
    for number in range(400):
        box.put(f"Mail {number}", number=number)
    async with box.attended():
        pass
    assert box.room.subjects == [f"Mail {number}" for number in range(400)]
    assert box.kept.writes == [400]


async def test_waiting_mails_are_not_all_in_memory(box):
    for number in range(30):
        box.put(f"Mail {number}", number=number, body=_lines(MEGABYTE))
    box.room.keeps = False
    tracemalloc.start()
    try:
        async with box.attended():
            assert len(box.room.taken) == 30
            assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
    finally:
        tracemalloc.stop()


# ---- large mails


async def test_a_mail_of_25_mb_is_taken_whole(box):
    async with box.attended():
        box.put("Large", number=1, body=_lines(25 * MEGABYTE))
        await box.room.until(lambda: box.room.taken)
    assert len(box.room.taken[0]) > 25 * MEGABYTE
    assert box.room.truncated == [False]


async def test_of_a_mail_that_is_too_large_only_the_beginning_is_fetched(box):
    async with box.attended():
        box.put("Too large", number=1, body=_lines(LARGEST))
        await box.room.until(lambda: box.room.taken)
    assert len(box.room.taken[0]) == FIRST
    assert box.room.truncated == [True]


def _lines(size: int) -> bytes:
    return (b"QUJD" * 18 + b"\r\n") * (size // 74 + 1)


# ---- the desk fails


async def test_a_mail_the_desk_cannot_take_is_tried_again_and_holds_up_no_other(box):
    box.room.fails = lambda raw: b"Subject: Poison" in raw
    async with box.attended(clock=lambda: NOW) as door:
        box.put("Poison", number=1)
        await until(lambda: door.state.reason == "desk")
        box.put("Hello", number=2)
        await box.room.until(lambda: box.room.subjects == ["Hello"])
        assert box.kept.writes[-1] == 0
    async with box.attended() as door:
        box.room.fails = lambda raw: False
        await box.kept.until(lambda: box.kept.writes[-1] == 2)
        await until(lambda: door.state.reason == "")
    assert box.room.subjects == ["Hello", "Poison"]


async def test_a_desk_that_takes_nothing_is_asked_a_few_times_and_then_left_alone_for_a_while(box):
    box.room.fails = lambda raw: True
    for number in range(100):
        box.put(f"Mail {number}", number=number)
    door = box.door(pauses=SLOW)
    async with at_work(door):
        await until(lambda: door.state.reason == "desk")
        assert box.room.calls == 5
        assert door.state.waiting == 100
    box.room.fails = lambda raw: False
    async with box.attended():
        pass
    assert len(box.room.taken) == 100


# ---- the mailbox fails


async def test_a_wrong_password_is_said_and_tried_again(box):
    tries: list[float] = []
    door = box.door(server={"password": "wrong"}, chance=lambda: tries.append(0.0) or 0.0)
    async with at_work(door):
        await until(lambda: door.state.reason == "login" and len(tries) > 1)
        assert not door.state.connected
        assert door.state.last_success is None


def test_a_wrong_password_is_tried_again_slowly_and_pauses_grow():
    pauses = Pauses()
    assert pauses.after(1, "login", 1.0) == 120
    assert [pauses.after(tries, "lost", 1.0) for tries in (1, 2, 3, 9, 10, 2000)] == [1, 2, 4, 256, 300, 300]
    assert pauses.after(2, "lost", 0.0) == 1


async def test_nobody_at_the_address_is_said(box):
    door = box.door(server={"port": 1})
    async with at_work(door):
        await until(lambda: door.state.reason == "unreachable")


async def test_a_folder_that_is_not_there_is_said(box):
    door = box.door(server={"folder": "Elsewhere"})
    async with at_work(door):
        await until(lambda: door.state.reason == "folder")


async def test_readiness_fails_when_no_look_went_well_for_twenty_minutes(box):
    async with box.attended() as door:
        assert door.alive(NOW + DEAF_AFTER - timedelta(seconds=1))
        assert not door.alive(NOW + DEAF_AFTER)
    never = box.door(server={"port": 1})
    assert not never.alive(NOW)
    async with at_work(never):
        await until(lambda: never.state.reason)
        assert never.alive(NOW + timedelta(minutes=1))


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_connection_is_encrypted_and_the_certificate_checked(box, tls):
    server = {"tls": tls, "port": box.dovecot.tls_port if tls == "tls" else box.dovecot.port}
    trusting = ssl.create_default_context(cafile=str(box.dovecot.certificate))
    async with box.attended(server=server, context=trusting, renew=10 * PATIENCE):
        box.put("Hello", body=_lines(300_000))
        await box.room.until(lambda: box.room.subjects == ["Hello"])
    stranger = box.door(server=server)
    async with at_work(stranger):
        await until(lambda: stranger.state.reason == "certificate")


# ---- decided by staff


async def test_a_mail_that_staff_find_to_be_ours_is_moved_afterwards(box):
    async with box.attended() as door:
        box.put("Unsure", number=1)
        box.put("Unsure too", number=12)
        await box.room.until(lambda: len(box.room.taken) == 2)
        assert await door.settle("<m1@example.nl>", ours=True)
        assert not await door.settle("<m1@example.nl>", ours=True)
    assert [raw.split(b"\r\n")[2] for raw in box.mails(DONE).values()] == [b"Subject: Unsure"]
    assert [raw.split(b"\r\n")[2] for raw in box.mails().values()] == [b"Subject: Unsure too"]


async def test_a_mail_that_staff_find_to_be_nobodys_stays_as_it_is(box):
    box.put("Unsure", number=1)
    before = box.mails()
    assert await box.door().settle("<m1@example.nl>", ours=False)
    assert box.mails() == before


@pytest.mark.parametrize(
    "name", ["", "1@example.nl", '<m1@example.nl>" OR ALL "', "<m1@example.nl>\r\nA1 LOGOUT", "<ü@x>"]
)
async def test_an_id_that_is_not_exactly_the_mails_own_settles_nothing(box, name):
    box.put("Unsure", number=1)
    before = box.mails()
    assert not await box.door().settle(name, ours=True)
    assert box.mails() == before


async def test_settling_without_a_mailbox_is_to_be_tried_again(box):
    with pytest.raises(MailboxDown) as down:
        await box.door(server={"port": 1}).settle("<m1@example.nl>", ours=True)
    assert down.value.reason == "unreachable"
