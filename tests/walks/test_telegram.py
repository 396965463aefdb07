"""Walks at the Telegram door alone: the main rights by code, a login carried over, and what never passes through here.

The door is the real one over HTTP against the stand-in; only the person's phone is pretended.
"""

import importlib
from datetime import timedelta

import pytest

from bot import linking
from bot.core.model import Door, Level, Right, Session, Status
from bot.demo.platform.seeds import ANNA, BRAM, PIETER
from bot.demo.telegram import Phone
from tests.walks import house, moves
from tests.walks.moves import CODE_MAIL

HERS, HIS, NOBODYS = 501_000_201, 501_000_107, 501_000_666
"""Telegram accounts; none of them is known to the platform."""


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """Load aiogram before anybody waits for an answer: on a busy machine it takes half a minute."""
    importlib.import_module("handlers.telegram")


@pytest.fixture
def phone(world):
    world.app.open(Door.TELEGRAM)
    return Phone(world.telegram, HERS)


async def prove(world, phone, address, *, to=None, asked="One check before we look"):
    """Type an address, and then the code that is mailed there."""
    await phone.reads(asked)
    had = len(moves.letters(world, to or address, CODE_MAIL))
    phone.type(address)
    code = moves.code_in(await moves.mail(world, to or address, CODE_MAIL, count=had + 1))
    await phone.reads("code")
    phone.type(code)
    return code


async def asks(phone, words):
    """Press Start and ask; returns the ticket's number once it is filed."""
    phone.start()
    await phone.reads("Welcome to the privacy desk")
    phone.type(words)


async def ref_in(phone, *words):
    return moves.refs_in((await phone.reads(*words)).text)[0]


# ---- the four main rights by code


async def test_access_by_code(world, phone):
    await asks(phone, "Send me a copy of my data please")
    await prove(world, phone, "bram.jansen@example.nl", to=BRAM.email)
    ref = await ref_in(phone, "Your data for", "is found")
    await house.approve(world, ref, "lotte")
    ready = await phone.reads("Your copy for", ref)
    link = moves.link_in(await moves.mail(world, BRAM.email, "copy is ready"), "copy")
    phone.press("Open my copy") if "Open my copy" in str(ready.rows) else phone.type("open my copy")
    await world.telegram.until(lambda: not world.telegram.updates)
    said = "\n".join(f"{one.text} {one.rows}" for one in phone.said())
    assert "/copy/" not in said, "no way to a copy ever passes through Telegram"
    assert link
    ticket = await moves.by_ref(world, ref)
    assert (ticket.door, ticket.identity.level, ticket.identity.door) == (
        Door.TELEGRAM,
        Level.MAILBOX,
        Door.TELEGRAM,
    )


async def test_rectification_by_code_shows_no_values(world, phone):
    await asks(phone, "please correct my last name from de Vries to De Wit")
    await phone.reads("right")
    phone.press("Yes, change it")
    await prove(world, phone, ANNA.email, asked="Which e-mail address did you use")
    ref = await ref_in(phone, "Your data for", "is found")
    await house.approve(world, ref, "mina")
    await phone.reads("Done on", ref)
    assert moves.platform(world, "SELECT last_name FROM accounts WHERE id = 101") == [{"last_name": "De Wit"}]


async def test_erasure_by_code(world, phone):
    await asks(phone, "delete my account and everything")
    await prove(world, phone, ANNA.email)
    shown = await phone.reads("This goes", "nobody can restore it")
    ref = moves.refs_in(shown.text)[0]
    phone.press("Delete all this")
    await phone.reads("two colleagues look it over")
    await house.approve(world, ref, "lotte")
    await house.card(world, ref, "· 1 of 2")
    await house.approve(world, ref, "mina")
    await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
    world.clock.advance(timedelta(hours=73))
    await house.reaches(world, Right.ERASURE, Status.DONE)
    await phone.reads("Done on", ref)
    assert moves.platform(world, "SELECT first_name FROM accounts WHERE id = 101") == [{"first_name": "erased"}]


async def test_no_more_marketing_needs_no_proof(world, phone):
    await asks(phone, f"no more marketing to {PIETER.email} please")
    await phone.reads("marketing")
    await house.reaches(world, Right.OBJECTION_MARKETING, Status.DONE)


# ---- what is different here


async def test_the_first_message_says_that_the_web_chat_is_more_private(world, phone):
    phone.start()
    hello = await phone.reads("pass through Telegram")
    assert f"{world.url}/" in hello.text


async def test_a_code_read_aloud_to_somebody_elses_phone_opens_nothing_there(world, phone):
    await asks(phone, "delete my account")
    await phone.reads("One check before we look")
    phone.type(ANNA.email)
    code = moves.code_in(await moves.mail(world, ANNA.email, CODE_MAIL))
    thief = Phone(world.telegram, NOBODYS)
    await asks(thief, "delete my account")
    await thief.reads("One check before we look")
    thief.type(code)
    await world.telegram.until(lambda: not world.telegram.updates)
    assert [one.identity for one in await moves.every_ticket(world)] == [None, None]


async def test_after_thirty_idle_minutes_a_phone_is_a_stranger_again(world, phone):
    await asks(phone, "Send me a copy of my data please")
    await prove(world, phone, ANNA.email)
    ref = await ref_in(phone, "Your data for", "is found")
    world.clock.advance(timedelta(minutes=31))
    before = len(phone.said())
    phone.type("where is my request?")
    await world.telegram.until(lambda: len(phone.said()) > before + 1)
    await world.telegram.until(lambda: not world.telegram.updates)
    await house.settled(world)
    assert ref not in "\n".join(one.text for one in phone.said()[before:])


async def test_a_restart_answers_what_was_typed_meanwhile_once(tmp_path):
    folder = tmp_path / "data"
    async with house.at_work(folder) as world:
        world.app.open(Door.TELEGRAM)
        phone = Phone(world.telegram, HERS)
        phone.start()
        await phone.reads("Welcome")
        await world.telegram.until(lambda: not world.telegram.updates)
    phone.type("delete my account")
    kept = world.telegram
    assert kept.updates
    async with house.at_work(folder) as world:
        phone = Phone(world.telegram, HERS)
        assert world.telegram.updates == kept.updates
        world.app.open(Door.TELEGRAM)
        await phone.reads("One check before we look")
        await world.telegram.until(lambda: not world.telegram.updates)
        assert len(await moves.every_ticket(world)) == 1


# ---- carrying a login over


async def link_of(visitor):
    """Choose "Continue in Telegram" in the web chat and return what the desk answers."""
    had = len(visitor.opened)
    await visitor.send({"type": "telegram"})
    return await visitor.until(lambda: visitor.opened[had:] and visitor.opened[-1].partition("start=")[2])


async def opened(visitor, phone):
    """Give out a link and open it on a phone; waits for the question in the web chat."""
    token = await link_of(visitor)
    phone.start(token)
    await visitor.hears("A Telegram account opened your link")
    return token


async def test_a_login_is_carried_over_after_a_yes_in_the_web_chat(world, visit, phone):
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ref = moves.refs_in(await anna.hears("I've filed it"))[0]
    await opened(anna, phone)
    assert "A•••" in await anna.hears("A Telegram account opened your link")
    await phone.reads("I've asked in the chat on our own site")
    phone.type("where is my request?")
    await phone.reads("Sign")  # before the yes a stranger
    assert ref not in "\n".join(one.text for one in phone.said())
    await anna.press("Yes, that's me")
    await anna.hears("You can go on in Telegram too")
    await phone.reads("you said yes")
    phone.press("Where my request stands")
    await phone.reads(ref)


async def test_a_log_out_on_the_site_ends_the_login_that_was_carried_over(world, visit, phone):
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ref = moves.refs_in(await anna.hears("I've filed it"))[0]
    await opened(anna, phone)
    await anna.press("Yes, that's me")
    await phone.reads("you said yes")
    await anna.log_in(None)
    login = Session(tenant=ANNA.tenant, subject=ANNA.subject, auth_time=world.clock())
    await house.until(world, lambda tx: not linking.carried(tx, world.app.desk.pen, login))
    before = len(phone.said())
    phone.type("where is my request?")
    await world.telegram.until(lambda: len(phone.said()) > before)
    await world.telegram.until(lambda: not world.telegram.updates)
    await house.settled(world)
    assert ref not in "\n".join(one.text for one in phone.said()[before:])


async def test_a_log_out_leaves_a_phone_that_proved_itself_by_code(world, visit, phone):
    await asks(phone, "Send me a copy of my data please")
    await prove(world, phone, ANNA.email)
    ref = await ref_in(phone, "Your data for", "is found")
    anna = await visit(ANNA)
    await anna.log_in(None)
    await house.settled(world)
    phone.type("where is my request?")
    await phone.reads(ref)


async def test_what_is_asked_after_the_yes_is_proved(world, visit, phone):
    anna = await visit(ANNA)
    await opened(anna, phone)
    await anna.press("Yes, that's me")
    await phone.reads("you said yes")
    phone.type("delete my account and everything")
    ticket = await house.until(world, lambda tx: house.newest(tx, Right.ERASURE))
    assert (ticket.identity.level, ticket.identity.door) == (Level.SESSION, Door.TELEGRAM)
    assert (ticket.identity.tenant, ticket.identity.subject) == (ANNA.tenant, ANNA.subject)


async def test_a_no_links_nothing(world, visit, phone):
    anna = await visit(ANNA)
    await opened(anna, phone)
    await anna.press("No, not me")
    await anna.hears("Nothing was linked")
    await phone.reads("somebody said that this isn't them")
    phone.type("delete my account")
    ticket = await house.until(world, lambda tx: house.newest(tx, Right.ERASURE))
    assert ticket.identity is None


async def test_a_link_works_once(world, visit, phone):
    anna = await visit(ANNA)
    token = await opened(anna, phone)
    thief = Phone(world.telegram, NOBODYS)
    thief.start(token)
    await thief.reads("That link is over")
    assert sum("opened your link" in line["text"] for line in anna.lines) == 1


async def test_a_link_is_over_after_ten_minutes_and_so_is_its_question(world, visit, phone):
    anna = await visit(ANNA)
    late = await link_of(anna)
    world.clock.advance(timedelta(minutes=10))
    phone.start(late)
    await phone.reads("That link is over")
    anna = await visit(ANNA)
    await opened(anna, phone)
    world.clock.advance(timedelta(minutes=10))
    await anna.press("Yes, that's me")
    await anna.hears("That question is over")
    assert not any("you said yes" in one.text for one in phone.said())


async def test_a_new_link_ends_the_one_before(world, visit, phone):
    anna = await visit(ANNA)
    first = await link_of(anna)
    await link_of(anna)
    phone.start(first)
    await phone.reads("That link is over")


async def test_only_a_fresh_login_gives_out_a_link(world, visit):
    stranger = await visit()
    await stranger.send({"type": "telegram"})
    await stranger.say("hello")
    await stranger.hears("Welcome")
    anna = await visit(ANNA)
    world.clock.advance(timedelta(minutes=16))
    await anna.send({"type": "telegram"})
    await anna.say("delete my account")
    await anna.hears("I've filed it")
    assert (stranger.opened, anna.opened) == ([], [])
    assert house.rows(world.data_dir / "desk.sqlite3", "SELECT * FROM links WHERE kind = 'telegram'") == []


async def test_the_yes_counts_from_the_login_that_gave_out_the_link_and_no_other(world, visit, phone):
    anna = await visit(ANNA)
    await opened(anna, phone)
    await anna.log_in(None)
    await anna.closed()
    again = await visit(key=anna.key)
    assert not any("opened your link" in line["text"] for line in again.lines), "a log-out hides the question"
    bram = await visit(BRAM, key=anna.key)
    assert not any("opened your link" in line["text"] for line in bram.lines)
    assert not any("you said yes" in one.text for one in phone.said())


async def test_a_phone_that_is_somebody_elses_by_code_starts_anew_for_another_login(world, visit, phone):
    await asks(phone, "Send me a copy of my data please")
    await prove(world, phone, "bram.jansen@example.nl", to=BRAM.email)
    ref = await ref_in(phone, "Your data for", "is found")
    anna = await visit(ANNA)
    await opened(anna, phone)
    await anna.press("Yes, that's me")
    await phone.reads("you said yes")
    before = len(phone.said())
    phone.press("Where my request stands")
    await world.telegram.until(lambda: len(phone.said()) > before)
    assert ref not in "\n".join(one.text for one in phone.said()[before:])


async def test_nothing_of_a_link_stands_in_the_database_but_its_hash(world, visit, phone):
    anna = await visit(ANNA)
    token = await link_of(anna)
    found = house.rows(world.data_dir / "desk.sqlite3", "SELECT hash, owner, who FROM links WHERE kind = 'telegram'")
    assert len(found) == 1
    assert token not in str(found)
