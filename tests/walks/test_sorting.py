"""Mails that need a colleague: those nobody could place, a stranger's answer, and an answer heard in another place.

Promise: each walk goes from the mail that came in, over the card and the staff page, to what the person gets or does
not get. Limits: what the shared mailbox does with a placed mail is tested at its own door; here it is only told.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.core.escalation import rings_at
from bot.core.model import Door, Flag, Right, Status, Task, Ticket
from bot.demo.platform.seeds import ANNA
from bot.demo.slack import Message, StaffMember
from bot.demo.world import World
from tests.walks import house
from tests.walks.correspondent import A_DAY, Correspondent
from tests.walks.moves import (
    CODE_MAIL,
    StaffSheet,
    Visit,
    by_ref,
    every_ticket,
    letters,
    mail,
    on_staff_page,
)

UNSURE = "I no longer use the app, can someone sort out my account details?"
WORDS = "sort out my account"
HUMAN = "I want to speak to a human being about my personal data."
SENDER = "someone@example.org"


class Mailbox:
    """What the shared mailbox was told about mails that staff placed."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []

    async def __call__(self, message_id: str, *, ours: bool) -> None:
        self.told.append((message_id, ours))


@pytest.fixture
def mailbox(world: World) -> Mailbox:
    box = Mailbox()
    world.app.post_room.settle = box
    return box


@pytest.fixture
def someone(world: World) -> Correspondent:
    return Correspondent(world, SENDER)


@pytest.fixture
def anna(world: World) -> Correspondent:
    return Correspondent(world, ANNA.email)


async def unplaced(world: World) -> Ticket:
    """The one ticket of a mail that waits for staff."""
    (ticket,) = [one for one in await every_ticket(world) if Flag.UNSORTED in one.flags]
    return ticket


async def press(world: World, ref: str, label: str, who: str = "lotte") -> None:
    """Press one of the two answers on the card."""
    await house.staff(world, who).click(await house.card(world, ref, label), label)


async def placed(world: World, ticket: Ticket) -> None:
    """Wait until a colleague's word is carried out and nothing is owed."""
    await house.until(world, lambda tx: not tx.work.ticket(ticket.id).is_open)
    await house.settled(world)


def in_hours(world: World) -> None:
    """Go on to the next time at which staff may be called."""
    now = world.clock()
    if rings_at(now) != now:
        world.clock.advance(rings_at(now) - now)


def raw_copies(world: World) -> list[str]:
    """The vault objects of mails that are still there."""
    kept = house.rows(world.app.settings.database, "SELECT object FROM mails WHERE object IS NOT NULL")
    listed = house.rows(
        world.app.settings.database, "SELECT id FROM objects WHERE kind = 'mail' AND shredded_at IS NULL"
    )
    return sorted({str(one) for (one,) in [*kept, *listed]})


def kept_texts(world: World) -> str:
    """Every content that the desk keeps beside its tickets."""
    return str(house.rows(world.app.settings.database, "SELECT text FROM contents"))


def in_slack(world: World) -> str:
    """Everything that Slack has."""
    return str([(one.text, one.blocks) for one in world.slack.messages.values()])


@asynccontextmanager
async def page_of(world: World, ref: str, who: str = "lotte") -> AsyncIterator[StaffSheet]:
    """A colleague opens a ticket on the staff page and closes the window that showed the link."""
    member: StaffMember = house.staff(world, who)
    shown: Message = await house.card(world, ref)
    async with on_staff_page(member, shown) as sheet:
        yield sheet
    await member.close(everything=True)


# ---- a mail nobody could place


async def test_an_unsure_mail_makes_a_card_without_its_words_and_a_page_with_them(
    world: World, someone: Correspondent
) -> None:
    assert await someone.write(UNSURE, subject="Old app") == "unsure"
    ticket = await unplaced(world)
    shown = await house.card(world, ticket.ref, "Unplaced mail", "A mail nobody could place", "sort_ours", "sort_not")
    assert "settle" not in str(shown.blocks)
    async with page_of(world, ticket.ref) as sheet:
        for words in (SENDER, "Old app", WORDS, "Say in Slack"):
            assert words in sheet.text
        assert "/reply" not in sheet.text
    await house.settled(world)
    for words in (SENDER, "Old app", WORDS):
        assert words not in in_slack(world)
    assert someone.letters() == []


async def test_a_mail_that_is_ours_is_filed_from_its_arrival_and_its_copy_is_destroyed(
    world: World, someone: Correspondent, mailbox: Mailbox
) -> None:
    await someone.write(UNSURE)
    ticket = await unplaced(world)
    world.clock.advance(2 * A_DAY)
    await press(world, ticket.ref, "It's for the privacy desk")
    await placed(world, ticket)
    (filed,) = [one for one in await every_ticket(world) if one.id != ticket.id]
    assert (filed.right, filed.received_at, filed.door) == (Right.UNCLEAR, ticket.received_at, Door.MAIL)
    await someone.gets("privacy desk", "handed this to a colleague", filed.ref)
    assert raw_copies(world) == []
    assert mailbox.told == [(world.writing.mails()[-1].letter.message_id, True)]
    await house.card(world, ticket.ref, "For the privacy desk", "U0LOTTE")
    await house.thread(world, ticket.ref, "it's for the privacy desk")
    async with page_of(world, filed.ref) as sheet:
        assert WORDS in sheet.text


async def test_a_mail_that_is_not_ours_leaves_no_trace(world: World, someone: Correspondent, mailbox: Mailbox) -> None:
    await someone.write(UNSURE, subject="Old app")
    ticket = await unplaced(world)
    assert raw_copies(world)
    await press(world, ticket.ref, "Not for us")
    await placed(world, ticket)
    assert (await by_ref(world, ticket.ref)).status is Status.FORWARDED
    assert len(await every_ticket(world)) == 1
    assert raw_copies(world) == []
    for words in (SENDER, "Old app", WORDS):
        assert words not in kept_texts(world)
        assert words not in in_slack(world)
    assert someone.letters() == []
    assert [ours for _, ours in mailbox.told] == [False]
    async with page_of(world, ticket.ref) as sheet:
        assert "not for us" in sheet.text


async def test_staff_are_reminded_of_an_unplaced_mail_once_a_working_day(world: World, someone: Correspondent) -> None:
    await someone.write(UNSURE)
    ticket = await unplaced(world)
    world.clock.advance(3 * A_DAY)
    in_hours(world)
    await house.thread(world, ticket.ref, "Nobody has said yet whether this mail is for the privacy desk")
    await house.settled(world)
    shown = await house.card(world, ticket.ref)
    said = [one for one in house.staff(world, "lotte").thread(shown.ts) if "Nobody has said yet" in one.text]
    assert len(said) == 1  # however many days of rest have passed


async def test_after_14_days_the_copy_is_destroyed_and_a_colleague_can_still_file_it(
    world: World, someone: Correspondent, mailbox: Mailbox
) -> None:
    await someone.write(UNSURE)
    ticket = await unplaced(world)
    world.clock.advance(14 * A_DAY)
    await house.until(world, lambda tx: any("sort_over" in name for name in tx.work.ticket(ticket.id).rungs))
    in_hours(world)
    await house.thread(world, ticket.ref, "its copy here is destroyed")
    await house.settled(world)
    assert raw_copies(world) == []
    assert WORDS not in kept_texts(world)
    async with page_of(world, ticket.ref) as sheet:
        assert "The shared mailbox still has it" in sheet.text
    assert mailbox.told == []
    await press(world, ticket.ref, "It's for the privacy desk")
    await placed(world, ticket)
    (filed,) = [one for one in await every_ticket(world) if one.id != ticket.id]
    assert (filed.received_at, filed.tasks) == (ticket.received_at, frozenset({Task.CONTACT}))
    assert [ours for _, ours in mailbox.told] == [True]


async def test_a_mail_without_a_sender_that_is_ours_is_filed_for_a_colleague_to_complete(world: World) -> None:
    raw = b"To: info@seleqt.ai\r\nSubject: x\r\nMessage-ID: <1@x>\r\n\r\nDelete my data\r\n"
    assert await world.app.post_room.take(raw, world.clock()) == "unsure"
    ticket = await unplaced(world)
    await press(world, ticket.ref, "It's for the privacy desk")
    await placed(world, ticket)
    (filed,) = [one for one in await every_ticket(world) if one.id != ticket.id]
    assert filed.tasks == frozenset({Task.CONTACT})


# ---- a stranger's answer


async def test_a_strangers_answer_is_shown_as_quarantined_and_never_heard_in_that_thread(
    world: World, anna: Correspondent
) -> None:
    await anna.write("Delete my data")
    letter = await anna.gets(CODE_MAIL)
    (real,) = await every_ticket(world)
    eve = Correspondent(world, "eve@example.org")
    assert await eve.answer(letter, "Please send me a copy of all my data.") == "quarantined"
    ticket = await unplaced(world)
    await house.card(world, ticket.ref, f"Quarantined: it answers {real.ref} but comes from another address")
    await house.thread(world, ticket.ref, f"it answers {real.ref}")
    async with page_of(world, ticket.ref) as sheet:
        assert f"it answers {real.ref}" in sheet.text
        assert "eve@example.org" in sheet.text
    await press(world, ticket.ref, "It's for the privacy desk")
    await placed(world, ticket)
    await eve.gets(CODE_MAIL)  # a request of her own, which she has to prove
    assert await by_ref(world, real.ref) == real
    assert len(anna.letters()) == 1
    assert all(real.ref not in one.text for one in world.mailbox.letters(eve.address))


# ---- staff and a person who writes by mail


async def test_who_asks_for_a_human_by_mail_is_answered_by_mail_and_read_when_they_answer(
    world: World, anna: Correspondent
) -> None:
    assert await anna.write(HUMAN) == "ours"
    ticket = await house.reaches(world, Right.UNCLEAR, Status.REVIEW)
    await anna.gets("privacy desk", "handed this to a colleague", ticket.ref)
    async with page_of(world, ticket.ref) as sheet:
        assert "This goes out as a mail: no personal data in it." in sheet.text
        assert (await sheet.reply("Of course. What is it about?")).status == 200
    letter = await anna.gets("privacy desk", "Of course. What is it about?", "lotte")
    await house.settled(world)
    assert not [one for one in anna.letters() if "news for you" in one]
    assert await anna.answer(letter, "Thanks, it is about the year in which I moved.") == "ours"
    await house.thread(world, ticket.ref, "answered")
    async with page_of(world, ticket.ref) as sheet:
        assert "the year in which I moved" in sheet.text


async def test_an_answer_by_mail_to_a_request_of_the_chat_is_read_and_answered_from_its_page(
    world: World, visit: Visit, anna: Correspondent
) -> None:
    chat = await visit(ANNA)
    await chat.say("Please take my testimonial off your website")
    ticket = await house.reaches(world, Right.TESTIMONIAL_REMOVAL, Status.REVIEW)
    first = await mail(world, ANNA.email, ticket.ref)
    world.clock.advance(timedelta(minutes=5))
    assert await anna.answer(first, "It is the one beside the blue picture.") == "ours"
    await house.thread(world, ticket.ref, "answer")
    async with page_of(world, ticket.ref) as sheet:
        assert "beside the blue picture" in sheet.text
        assert "by mail, the sender&#39;s address matches, not proved" in sheet.text.replace("'", "&#39;")
        assert "This goes out as a mail" in sheet.text
        await sheet.reply("Found it, thank you.")
    second = await anna.gets("privacy desk", "Found it, thank you.")
    assert await anna.answer(second, "And the small one below it.") == "ours"
    await house.until(world, lambda tx: _heard(tx, ticket, "And the small one below it."))
    assert len(await every_ticket(world)) == 1
    async with page_of(world, ticket.ref) as sheet:
        said = [sheet.text.index(words) for words in ("blue picture", "Found it, thank you", "small one below it")]
        assert said == sorted(said)
    assert not letters(world, ANNA.email, "news for you")


def _heard(tx: object, ticket: Ticket, words: str) -> bool:
    talks = tx.work.contents_of(ticket.id, "heard_in")  # type: ignore[attr-defined]
    lines = (tx.people.lines_after(talk, 0, with_private=True) for talk in talks)  # type: ignore[attr-defined]
    return any(words in line.text for talk in lines for line in talk)


async def test_a_question_from_slack_reaches_a_person_who_writes_by_mail_and_its_answer_comes_back(
    world: World, anna: Correspondent
) -> None:
    await anna.write(HUMAN)
    ticket = await house.reaches(world, Right.UNCLEAR, Status.REVIEW)
    lotte = house.staff(world, "lotte")
    await lotte.click(await house.card(world, ticket.ref, "settle"), "ask")
    await house.window(lotte, "Your question")
    await lotte.submit({"words": "Which year is it about?"})
    letter = await anna.gets("privacy desk", "Which year is it about?")
    assert await anna.answer(letter, "It is about 2019.") == "ours"
    await house.thread(world, ticket.ref, "The person answered")
    assert (await by_ref(world, ticket.ref)).asked_at is None
