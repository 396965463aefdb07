"""Who is asking: codes, strangers, people nobody holds, and addresses that are changed.

The transcript before the code is the same for everybody, word for word, and so are the rows and steps behind it.
"""

import asyncio
import re
from datetime import timedelta

import pytest

from bot.core.identity import ATTEMPTS_PER_CODE, CODES_PER_DAY
from bot.core.model import Flag, Right, Status
from bot.demo.platform.seeds import ANNA, BRAM, YUSUF
from tests.walks import house, moves

SEE = "I want to see everything you have on me"
STRANGER = "nobody.known@example.org"
WRONG = "0000 0000"
ALIKE = ("talks", "lines", "tickets", "contents", "challenges", "counters", "log", "steps", "seen", "cards", "links")


async def asked(visit, words=SEE):
    visitor = await visit()
    await visitor.say(words)
    await visitor.hears("One check before we look")
    return visitor


def another(code):
    """A code that is not this one."""
    return WRONG if code != WRONG else "1111 1111"


# ---- everybody is answered alike


def shape(world):
    """How many rows of which kind stand in the desk's database."""
    database = world.app.settings.database
    counts = {name: house.one(database, f"SELECT count(*) FROM {name}") for name in ALIKE}
    # The day's digest is owed at some moment of the morning, whoever writes.
    kinds = house.rows(database, "SELECT kind, state, tries FROM steps WHERE kind != 'digest' ORDER BY seq")
    owned = house.rows(database, "SELECT kind FROM contents ORDER BY kind")
    return counts, kinds, owned


def blinded(text, address):
    """A text without what differs by chance."""
    for pattern in (moves.CODE.pattern, r"127\.0\.0\.1:\d+", re.escape(address)):
        text = re.sub(pattern, "*", text, flags=re.IGNORECASE)
    return re.sub(r"\d{1,2}:\d\d", "*", text)


async def before_the_code(folder, address):
    async with house.at_work(folder) as world, moves.visits(world) as visit:
        visitor = await asked(visit)
        code = await moves.code_for(world, visitor, address)
        await visitor.hears("I've sent a code to that address")
        await house.settled(world)
        seen = blinded(visitor.said(), address), shape(world), len(world.mailbox.letters())
        (letter,) = world.mailbox.letters(address)
        written = blinded(letter.subject + letter.text, address)
        await visitor.say(another(code))
        await visitor.hears("That isn't the code I sent")
        return *seen, written, shape(world), visitor.tickets


async def test_before_the_code_known_unknown_and_client_list_people_cannot_be_told_apart(tmp_path):
    addresses = (ANNA.email, STRANGER, YUSUF.email)
    known, unknown, listed = [await before_the_code(tmp_path / one[:4], one) for one in addresses]
    assert known == unknown
    assert known == listed


@pytest.mark.parametrize("address", [STRANGER, YUSUF.email])
async def test_a_person_we_hold_nothing_on_gets_a_full_answer_after_the_same_code(world, visit, address):
    visitor = await asked(visit)
    await moves.prove(world, visitor, address)
    answer = await visitor.hears("Under that address Seleqt itself holds nothing", "I searched 1 system")
    ref = moves.refs_in(answer)[0]
    assert (await moves.by_ref(world, ref)).status is Status.DONE
    mailed = await moves.mail(world, address, ref)
    assert "searched 1 system for this address and found nothing" in mailed.text
    await visitor.press("Look under another address")
    await house.until(world, lambda tx: len(tx.work.all_tickets(only_open=False)) == 2)
    assert (await house.ticket_of(world, Right.ACCESS)).identity is None


# ---- the code


async def test_a_wrong_code_is_refused_and_the_right_one_still_works(world, visit):
    anna = await asked(visit)
    code = await moves.code_for(world, anna, ANNA.email)
    await anna.say(another(code))
    await anna.hears("That isn't the code I sent")
    assert (await house.ticket_of(world, Right.ACCESS)).identity is None
    await anna.say(code.lower().replace(" ", "-"))
    await anna.hears("is found")
    assert code not in anna.said()
    stored = house.rows(world.app.settings.database, "SELECT text FROM lines")
    assert not any(code in text or code.replace(" ", "") in text for (text,) in stored)


async def test_a_late_code_is_over(world, visit):
    anna = await asked(visit)
    code = await moves.code_for(world, anna, ANNA.email)
    world.clock.advance(timedelta(minutes=11))
    await anna.say(code)
    await anna.hears("That code has ended", "keeps its date")
    assert (await house.ticket_of(world, Right.ACCESS)).status is Status.VERIFYING


async def test_a_code_works_once(world, visit):
    anna = await asked(visit)
    code = await moves.code_for(world, anna, ANNA.email)
    await anna.say(code)
    await anna.hears("is found")
    await house.settled(world)
    uses = "SELECT count(*) FROM challenges WHERE used_at IS NOT NULL"
    before = (await house.ticket_of(world, Right.ACCESS)).version
    await anna.say(code)
    await anna.say("where does my request stand?")
    await anna.hears("Our answer comes by")
    assert house.one(world.app.settings.database, uses) == 1
    assert (await house.ticket_of(world, Right.ACCESS)).version == before


async def test_a_code_counts_also_when_something_else_was_said_before_it(world, visit):
    anna = await asked(visit)
    code = await moves.code_for(world, anna, ANNA.email)
    await anna.say("and delete all my data")
    await anna.hears("deletion of your data")
    await anna.say(code)
    await anna.hears("This goes")
    assert [one.identity is not None for one in await moves.every_ticket(world)] == [True, True]
    assert code not in anna.said()


async def test_a_new_code_ends_the_old_one(world, visit):
    anna = await asked(visit)
    old = await moves.code_for(world, anna, ANNA.email)
    await anna.press("New code")
    await anna.hears("Which e-mail address did you use")
    new = await moves.code_for(world, anna, ANNA.email)
    await anna.say(old)
    await anna.hears("That isn't the code I sent")
    await anna.say(new)
    await anna.hears("is found")


async def test_a_code_opens_nothing_in_another_conversation(world, visit):
    anna, thief = await asked(visit), await asked(visit)
    hers = await moves.code_for(world, anna, ANNA.email)
    theirs = await moves.code_for(world, thief, STRANGER)
    assert hers != theirs
    await thief.say(hers)
    await thief.hears("That isn't the code I sent")
    await anna.say(hers)
    await anna.hears("is found")
    mine, other = await moves.every_ticket(world)
    assert mine.identity is not None
    assert other.identity is None


async def test_five_wrong_codes_end_a_code_even_for_whoever_reads_the_mail(world, visit):
    anna = await asked(visit)
    code = await moves.code_for(world, anna, ANNA.email)
    await guess(anna, code, ATTEMPTS_PER_CODE)
    await anna.say(code)
    await anna.hears("That code has ended")


async def guess(visitor, code, times):
    """Type wrong codes and wait for each answer."""
    for _ in range(times):
        had = len(visitor.lines)
        await visitor.say(another(code))
        await visitor.until(lambda had=had: len(visitor.lines) >= had + 2)


async def test_guesses_are_counted_per_address_over_reconnects_and_conversations(world, visit):
    for number in range(1, CODES_PER_DAY + 1):
        thief = await asked(visit)
        code = await moves.code_for(world, thief, ANNA.email)
        await guess(thief, code, 2)
        await thief.leave()
        await thief.come()
        await guess(thief, code, ATTEMPTS_PER_CODE - 2)
        await thief.say(code)
        await thief.hears("That code has ended" if number < CODES_PER_DAY else "No more codes can go")
    thief = await asked(visit)
    await thief.say(ANNA.email)
    await thief.hears("No more codes can go to that address today")
    assert all(one.identity is None for one in await moves.every_ticket(world))

    world.clock.advance(timedelta(days=1))
    await moves.prove(world, thief, ANNA.email)
    await thief.hears("is found")


async def test_guesses_typed_at_the_same_instant_do_not_outrun_the_count(world, visit):
    thief = await asked(visit)
    code = await moves.code_for(world, thief, ANNA.email)
    talk = (await house.ticket_of(world, Right.ACCESS)).talk
    hear = world.app.desk.hear
    await asyncio.gather(*(hear(talk, f"guess-{number}", another(code)) for number in range(20)))
    assert house.one(world.app.settings.database, "SELECT attempts FROM challenges") == ATTEMPTS_PER_CODE
    await thief.say(code)
    await thief.hears("That code has ended")


async def test_an_address_gets_so_many_codes_a_day_whoever_asks_and_however_it_is_spelled(world, visit):
    spellings = ("Bram.Jansen@Example.nl", "bram.jansen@example.nl", "BRAM.JANSEN@EXAMPLE.NL")
    for number in range(CODES_PER_DAY):
        visitor = await asked(visit)
        await moves.code_for(world, visitor, spellings[number % 3], to=BRAM.email)
    visitor = await asked(visit)
    await visitor.say(spellings[1])
    await visitor.hears("No more codes can go to that address today", "You can sign in instead")
    await house.settled(world)
    assert len(world.mailbox.letters()) == CODES_PER_DAY


# ---- a contact change


async def test_an_address_is_changed_only_when_both_mailboxes_answered(world, visit):
    anna = await visit()
    await anna.say("my email address has changed, it is now anna.new@example.org")
    await anna.press("Yes, change it")
    await anna.hears("Which e-mail address did you use")
    await moves.prove(world, anna, ANNA.email)
    await anna.hears("A code went to the new address too")
    asked_at_new = await moves.mail(world, "anna.new@example.org", moves.NEW_ADDRESS_MAIL)
    before = await house.ticket_of(world, Right.RECTIFICATION_CONTACT)
    assert before.status is Status.VERIFYING
    await anna.say(moves.code_in(asked_at_new))
    ref = moves.refs_in(await anna.hears("is found"))[0]

    await house.approve(world, ref, "lotte")
    await house.card(world, ref, "· 1 of 2")
    assert account(world)["email"] == ANNA.email, "two colleagues, as there was no session"
    await house.approve(world, ref, "mina")
    await anna.hears("Done on", ref)
    assert account(world)["email"] == "anna.new@example.org"
    assert moves.letters(world, "anna.new@example.org", "") == [asked_at_new], "results go to where they went before"


async def test_a_login_and_the_new_mailbox_change_an_address_with_one_colleague(world, visit):
    anna = await visit(ANNA)
    await anna.say("my email address has changed, it is now anna.new@example.org")
    await anna.press("Yes, change it")
    await anna.hears("A code went to the new address too")
    await anna.say(another(""))
    await anna.hears("That isn't the code I sent")
    letter = await moves.mail(world, "anna.new@example.org", moves.NEW_ADDRESS_MAIL)
    await anna.say(moves.code_in(letter))
    ref = moves.refs_in(await anna.hears("is found"))[0]
    await house.approve(world, ref, "lotte")
    await anna.hears("Done on", ref)
    assert account(world)["email"] == "anna.new@example.org"


async def test_the_code_of_the_new_mailbox_is_no_proof_of_the_person(world, visit):
    thief = await visit()
    await thief.say(f"my email address has changed, it is now {STRANGER}")
    await thief.press("Yes, change it")
    await thief.hears("Which e-mail address did you use")
    await moves.prove(world, thief, STRANGER)
    await thief.hears("A code went to the new address too")
    letter = await moves.mail(world, STRANGER, moves.NEW_ADDRESS_MAIL)
    await thief.say(moves.code_in(letter))
    await thief.hears("Under that address Seleqt itself holds nothing")
    assert account(world)["email"] == ANNA.email


def account(world):
    return moves.platform(world, "SELECT * FROM accounts WHERE id = 101")[0]


# ---- proof by proof


async def test_a_proof_is_for_the_tickets_it_was_given_for(world, visit):
    anna = await asked(visit)
    await moves.prove(world, anna, ANNA.email)
    await anna.hears("is found")
    world.clock.advance(timedelta(minutes=11))
    await anna.say("and delete all my data")
    await anna.hears("deletion of your data", "One check before we look")
    first, second = await moves.every_ticket(world)
    assert Flag.MAILBOX_ONLY in first.flags
    assert second.identity is None
