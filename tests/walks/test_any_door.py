"""One case, any door: begun in the web chat, answered by mail, finished in Telegram, after one check at each.

Limits: the doors themselves are walked in files of their own.
"""

import importlib

import pytest

from bot.core.events import Asked
from bot.core.messages import StaffAsks
from bot.core.model import Door, Right, Status
from bot.demo.platform.seeds import ANNA, BRAM
from bot.demo.telegram import Phone
from tests.walks import house, moves
from tests.walks.correspondent import Correspondent
from tests.walks.moves import CODE_MAIL, code_in

COLLEAGUE = "T0SELEQT:U0LOTTE"


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """Load aiogram before anybody waits for an answer: on a busy machine it takes half a minute."""
    importlib.import_module("handlers.telegram")


@pytest.fixture
def phone(world):
    world.app.open(Door.TELEGRAM)
    return Phone(world.telegram, 501_000_201)


async def asked_in_chat(world, visit):
    """Bram asks in the web chat and proves his mailbox; a colleague asks him something."""
    chat = await visit()
    await chat.say("I want to see everything you have on me")
    await moves.prove(world, chat, BRAM.email)
    ticket = await house.reaches(world, Right.ACCESS, Status.REVIEW)
    question = StaffAsks(ref=ticket.ref, words="Which of your two companies is it about?")
    assert (await world.app.desk.apply("ask", ticket.id, Asked(by=COLLEAGUE, message=question))).done
    return chat, ticket


async def at_telegram(world, phone, address):
    """Ask on the phone where the request stands, and pass the one check."""
    phone.start()
    await phone.reads("Welcome to the privacy desk")
    phone.type("Where is my request?")
    await phone.reads("I see no request")
    phone.press("Look it up with a code by e-mail")
    await phone.reads("Which e-mail address")
    had = len(moves.letters(world, address, CODE_MAIL))
    phone.type(address)
    code = code_in(await moves.mail(world, address, CODE_MAIL, count=had + 1))
    phone.type(code)


async def test_a_case_begun_in_the_chat_is_answered_by_mail_and_finished_in_telegram(world, visit, phone):
    chat, ticket = await asked_in_chat(world, visit)
    bram = Correspondent(world, BRAM.email)
    news = await bram.gets("there's news")
    assert await bram.answer(news, "It's about Jansen Bakery, not the other one.") == "ours"
    await house.until(world, lambda tx: tx.work.ticket(ticket.id).asked_at is None)
    await bram.gets("From Seleqt's privacy desk", "Passed on")

    await at_telegram(world, phone, BRAM.email)
    await phone.reads(ticket.ref)
    await house.approve(world, ticket.ref, "lotte")
    await phone.reads("Your copy for", ticket.ref)  # the door used last
    await moves.mail(world, BRAM.email, "copy is ready")  # and the durable one by mail
    assert "Your copy for" not in chat.said()


async def test_the_transcript_holds_every_door_in_order(world, visit, phone):
    chat, ticket = await asked_in_chat(world, visit)
    phone.start()
    await at_telegram(world, phone, BRAM.email)
    await phone.reads(ticket.ref)
    phone.type("please correct my last name to Janssen")
    await phone.reads("right")
    lines = await chat.elsewhere()
    assert {line["door"] for line in lines} == {"by Telegram"}
    assert any("correct my last name" in line["text"] for line in lines)


async def test_the_signed_in_chat_finds_what_was_asked_by_mail(world, visit):
    anna = Correspondent(world, ANNA.email)
    await anna.write("Please send me a copy of my data.")
    letter = await anna.gets(CODE_MAIL)
    await anna.answer(letter, code_in(letter))
    ticket = await house.reaches(world, Right.ACCESS, Status.REVIEW)
    chat = await visit(ANNA)
    await chat.say("Where is my request?")
    await chat.hears(ticket.ref)


async def test_whoever_knows_only_the_number_hears_nothing_at_any_door(world, visit, phone):
    _, ticket = await asked_in_chat(world, visit)
    stranger = await visit()
    await stranger.say(f"Where is {ticket.ref}?")
    await stranger.hears("I see no request")
    phone.start()
    phone.type(f"take {ticket.ref} back")
    await phone.reads("I see no request")
    eve = Correspondent(world, "eve@example.org")
    await eve.write(f"Please withdraw {ticket.ref}.", subject=ticket.ref)
    letter = await eve.gets(CODE_MAIL)
    await eve.answer(letter, code_in(letter))
    await eve.gets("From Seleqt's privacy desk", "I see no request")
    assert (await moves.by_ref(world, ticket.ref)).status is Status.REVIEW
