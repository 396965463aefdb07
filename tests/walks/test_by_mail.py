"""The mail door alone: each main right from a mail in own words to the answer, and everything that is not a request.

Limits: the mails come in by the pipe's way; IMAP is tested at its own door, the reading of mail at its own too.
"""

from datetime import timedelta

import pytest

from bot.core.model import Door, Level, Right, Status
from bot.demo.platform.seeds import ANNA
from bot.demo.world import World
from tests.walks import house
from tests.walks.correspondent import Correspondent
from tests.walks.moves import CODE_MAIL, code_in, every_ticket, link_in, platform

STRANGER = "nobody.knows@example.org"


@pytest.fixture
def anna(world: World) -> Correspondent:
    return Correspondent(world, ANNA.email)


async def proved(who: Correspondent, text: str, *, subject: str = "My data") -> None:
    """Ask by mail and answer the code mail with the code alone."""
    assert await who.write(text, subject=subject) == "ours"
    letter = await who.gets(CODE_MAIL)
    assert await who.answer(letter, code_in(letter)) == "ours"


async def test_access_by_mail_from_own_words_to_the_landing_page(world: World, anna: Correspondent) -> None:
    await proved(anna, "Hello, please send me a copy of everything you have on me.\n\nAnna de Vries")
    ticket = await house.reaches(world, Right.ACCESS, Status.REVIEW)
    assert (ticket.door, ticket.identity.level) == (Door.MAIL, Level.MAILBOX)
    await house.approve(world, ticket.ref, "lotte")
    letter = await anna.gets("ready")
    assert link_in(letter, "copy")
    assert "de Vries" not in letter.text  # nothing of the data itself in clear mail


async def test_erasure_by_mail_is_confirmed_by_an_answer(world: World, anna: Correspondent) -> None:
    await proved(anna, "Please delete my account and all of my data.")
    shown = await anna.gets("privacy desk", "Please look at this before anything is deleted")
    assert await anna.answer(shown, "Delete all this") == "ours"
    ticket = await house.reaches(world, Right.ERASURE, Status.REVIEW)
    await house.until(world, lambda tx: tx.work.ticket(ticket.id).confirmed_at)
    await house.approve(world, ticket.ref, "lotte")
    await house.card(world, ticket.ref, "· 1 of 2")
    await house.approve(world, ticket.ref, "mina")
    await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
    world.clock.advance(timedelta(hours=73))
    await house.reaches(world, Right.ERASURE, Status.DONE)
    await anna.gets("deleted")
    assert platform(world, "SELECT first_name FROM accounts WHERE id = 101") == [{"first_name": "erased"}]


async def test_rectification_by_mail_names_no_values(world: World, anna: Correspondent) -> None:
    await anna.write("My surname is wrong. It should be Bakker, not de Vries.")
    letter = await anna.gets("privacy desk", "Shall we change it as you wrote?")
    assert "Bakker" not in letter.text
    await anna.answer(letter, "Yes, change it")
    code = await anna.gets(CODE_MAIL)
    await anna.answer(code, code_in(code))
    ticket = await house.reaches(world, Right.RECTIFICATION, Status.REVIEW)
    await house.approve(world, ticket.ref, "lotte")
    await house.reaches(world, Right.RECTIFICATION, Status.DONE)
    assert platform(world, "SELECT last_name FROM accounts WHERE id = 101") == [{"last_name": "Bakker"}]


async def test_a_marketing_objection_by_mail_needs_no_code(world: World) -> None:
    person = Correspondent(world, STRANGER)
    assert await person.write("Stop sending me marketing.", subject="no more") == "ours"
    await house.reaches(world, Right.OBJECTION_MARKETING, Status.DONE)
    letter = await person.gets("marketing")
    assert link_in(letter, "undo")
    assert CODE_MAIL not in person.letters()


async def test_one_mail_is_answered_by_one_mail_in_its_thread(world: World, anna: Correspondent) -> None:
    await anna.write("Please send me a copy of my data, and delete my account as well.")
    letter = await anna.gets(CODE_MAIL)
    await house.settled(world)
    assert anna.letters() == [letter.subject]
    written = world.writing.mails()[-1].letter
    assert written.message_id.encode() in letter.raw
    assert b"Auto-Submitted: auto-replied" in letter.raw
    assert f"{written.message_id}" in letter.references


async def test_the_clock_runs_from_the_arrival_not_from_the_reading(world: World, anna: Correspondent) -> None:
    arrived = world.clock() - timedelta(days=3)
    draft = b"From: anna@x.example\r\nTo: info@seleqt.ai\r\nSubject: x\r\nMessage-ID: <1@x>\r\n\r\nDelete my data\r\n"
    assert await world.app.post_room.take(draft, arrived) == "ours"
    (ticket,) = await every_ticket(world)
    assert ticket.received_at == arrived


async def test_the_same_mail_twice_is_heard_once(world: World) -> None:
    raw = b"From: a@x.example\r\nTo: info@seleqt.ai\r\nSubject: x\r\nMessage-ID: <1@x>\r\n\r\nDelete my data\r\n"
    for _ in range(2):
        assert await world.app.post_room.take(raw, world.clock()) == "ours"
    await house.settled(world)
    assert len(await every_ticket(world)) == 1
    assert len(world.mailbox.letters("a@x.example")) == 1


async def test_a_privacy_question_is_answered_from_the_policy(world: World) -> None:
    person = Correspondent(world, STRANGER)
    assert await person.write("How long do you keep the data of people on your newsletter?") == "ours"
    letter = await person.gets("privacy desk", "policy")
    assert await every_ticket(world) == ()
    await house.settled(world)
    assert person.letters() == [letter.subject]


async def test_business_mail_leaves_no_trace_and_gets_no_answer(world: World) -> None:
    person = Correspondent(world, "sales@shop.example")
    text = "Dear Sir, please find attached our invoice 2026-113 for coffee, payable within 14 days."
    verdict = await person.write(text, subject="Invoice 2026-113")
    assert verdict == "not_ours"
    await house.settled(world)
    assert (await every_ticket(world), person.letters()) == ((), [])
    texts = house.rows(world.app.settings.database, "SELECT text FROM contents")
    assert not any("coffee" in str(row[0]) for row in texts)
    assert house.rows(world.app.settings.database, "SELECT object FROM mails") == [(None,)]


async def test_two_machines_that_answer_each_other_come_to_an_end(world: World) -> None:
    robot = Correspondent(world, "robot@example.org")
    await robot.write("How long do you keep data?")
    for number in range(1, 60):  # a robot without any mark of a machine, answering all it gets
        letters = world.mailbox.letters(robot.address)
        if len(letters) < number:
            break
        await robot.answer(letters[-1], "How long do you keep data?")
        await house.settled(world)
    assert len(world.mailbox.letters(robot.address)) <= 25


async def test_an_automatic_reply_opens_nothing_and_is_not_answered(world: World, anna: Correspondent) -> None:
    await anna.write("Delete my data")
    await anna.gets(CODE_MAIL)
    before = len(await every_ticket(world))
    raw = (
        f"From: {ANNA.email}\r\nTo: info@seleqt.ai\r\nSubject: Out of office: delete my data\r\n"
        "Auto-Submitted: auto-replied\r\nMessage-ID: <away@x>\r\n\r\nI am away. Delete my data.\r\n"
    )
    assert await world.app.post_room.take(raw.encode(), world.clock()) == "machine"
    await house.settled(world)
    assert len(await every_ticket(world)) == before
    assert len(anna.letters()) == 1


async def test_a_strangers_reply_with_a_guessed_number_is_kept_for_staff(world: World, anna: Correspondent) -> None:
    await anna.write("Delete my data")
    letter = await anna.gets(CODE_MAIL)
    (ticket,) = await every_ticket(world)
    eve = Correspondent(world, "eve@example.org")
    assert await eve.write("Cancel it please.", subject=f"Re: {ticket.ref} {letter.subject}") != "quarantined"
    assert await eve.answer(letter, f"Please take {ticket.ref} back.") == "quarantined"
    await house.settled(world)
    assert (await every_ticket(world))[0].status is Status.VERIFYING
    assert all("SEL-" not in one.text for one in world.mailbox.letters(eve.address))


async def test_a_bounce_shows_on_the_ticket(world: World, anna: Correspondent) -> None:
    await anna.write("Delete my data")
    letter = await anna.gets(CODE_MAIL)
    report = (
        "From: MAILER-DAEMON@mx.example\r\nTo: info@seleqt.ai\r\nReturn-Path: <>\r\nSubject: Undelivered\r\n"
        "Message-ID: <b1@mx>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt came back.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ANNA.email}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {letter.message_id}\r\n\r\n--b--\r\n"
    )
    assert await world.app.post_room.take(report.encode(), world.clock()) == "ours"
    (ticket,) = await every_ticket(world)
    assert "undelivered" in ticket.flags
