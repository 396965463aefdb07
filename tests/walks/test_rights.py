"""Each right from the first sentence to the result, signed in and by code; the platform's database looked at after."""

from datetime import timedelta

from bot.core.model import Right, Status
from bot.demo.platform.seeds import ANNA, BRAM, LOTTE
from tests.walks import house, moves

SEE = "I want to see everything you have on me"
DAY = timedelta(days=1)


def account(world, number):
    return moves.platform(world, "SELECT * FROM accounts WHERE id = ?", number)[0]


def newsletter(world, person):
    return moves.platform(world, "SELECT * FROM newsletter WHERE lower(email) = ?", person.email.lower())[0]


def of_account(world, table, number):
    return moves.platform(world, f"SELECT * FROM {table} WHERE account_id = ?", number)


# ---- access


async def test_signed_in_access_shows_the_overview_at_once_and_a_copy_after_one_approval(world, visit):
    anna = await visit(ANNA)
    await anna.say(SEE)
    ref = moves.refs_in(await anna.hears("I've filed it", "a copy of all your data"))[0]
    overview = await anna.hears("This is what we found", ref)
    assert "Orders: 1 record · To invoice" in overview
    assert "Received by: Contoso CRM (US)" in overview
    assert "I searched 1 system." in overview
    acknowledged = await moves.mail(world, ANNA.email, "we have your request")
    assert ref in acknowledged.text

    await house.approve(world, ref, "lotte")
    await anna.hears("Your copy for", ref)
    await moves.mail(world, ANNA.email, "copy is ready")
    await anna.until(lambda: [one["stage"] for one in anna.tickets] == [5])
    assert account(world, 101)["last_name"] == "de Vries"
    assert len(of_account(world, "logins", 101)) == 3


async def test_access_by_code_finds_the_person_under_the_stored_spelling(world, visit):
    bram = await visit()
    await bram.say("Send me a copy of my data please")
    ref = moves.refs_in(await bram.hears("One check before we look"))[0]
    await moves.prove(world, bram, "bram.jansen@example.nl", to=BRAM.email)
    await bram.hears("Your data for", ref, "is found")
    assert "Orders" not in bram.said(), "the overview is for a session"
    card = await house.card(world, ref)
    assert "mailbox" in str(card.blocks)
    await house.approve(world, ref, "lotte")
    await bram.hears("Your copy for", ref)
    ready = await moves.mail(world, BRAM.email, "copy is ready")
    assert moves.link_in(ready, "copy")


# ---- rectification


async def test_a_signed_in_correction_is_read_back_and_written(world, visit):
    anna = await visit(ANNA)
    await anna.say("my last name is wrong, it should be De Wit")
    await anna.hears("Last name: **De Wit**", "exactly right")
    await anna.press("Yes, change it")
    ref = moves.refs_in(await anna.hears("A colleague makes the change"))[0]
    assert account(world, 101)["last_name"] == "de Vries", "nothing before the approval"
    await house.approve(world, ref, "lotte")
    done = await anna.hears("Done on", ref, "De Wit")
    assert "We pass this on to: Contoso CRM (US)" in done
    assert account(world, 101)["last_name"] == "De Wit"
    result = await moves.mail(world, ANNA.email, ref, count=2)
    assert "De Wit" not in result.text, "values never go by mail"


async def test_a_correction_by_code_is_carried_out_on_the_clients_list_too(world, visit):
    anna = await visit()
    await anna.say("please correct my last name from de Vries to De Wit")
    await anna.press("Yes, change it")
    await anna.hears("Which e-mail address did you use")
    await moves.prove(world, anna, ANNA.email)
    ref = moves.refs_in(await anna.hears("Your data for", "is found"))[0]
    await house.approve(world, ref, "mina")
    await anna.hears("Done on", ref)
    assert account(world, 101)["last_name"] == "De Wit"
    assert moves.platform(world, "SELECT last_name FROM contacts WHERE id = 2") == [{"last_name": "De Wit"}]
    assert moves.platform(world, "SELECT last_name FROM contacts WHERE id = 1") == [{"last_name": "Kaya"}]


# ---- erasure


async def erase(world, person, shown, wait):
    """From the shown plan to the result: the person's yes, two colleagues, the waiting time."""
    ref = moves.refs_in(shown)[0]
    await house.approve(world, ref, "lotte")
    await house.card(world, ref, "· 1 of 2")
    await house.approve(world, ref, "mina")
    await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
    world.clock.advance(wait - timedelta(minutes=5))
    await house.settled(world)
    assert (await moves.by_ref(world, ref)).status is Status.SCHEDULED
    world.clock.advance(timedelta(minutes=6))
    await house.reaches(world, Right.ERASURE, Status.DONE)
    return ref


def assert_bram_is_gone(world):
    erased = account(world, 102)
    assert erased["first_name"] == erased["last_name"] == "erased"
    assert erased["email"].endswith("@erased.invalid")
    assert erased["status"] == "locked"
    for table in ("logins", "sessions", "browsing_events", "incidents", "subscriptions", "testimonials"):
        assert of_account(world, table, 102) == []
    assert [one["id"] for one in of_account(world, "invoices", 102)] == [2, 3], "tax law keeps the newer ones"
    assert {one["remark"] for one in of_account(world, "orders", 102)} <= {None, "erased"}
    assert moves.platform(world, "SELECT 1 FROM newsletter WHERE lower(email) LIKE 'bram%'") == []
    assert account(world, 101)["first_name"] == "Anna"


async def test_a_signed_in_erasure_names_what_goes_and_stays_and_waits_a_day(world, visit):
    bram = await visit(BRAM)
    await bram.say("Delete all my data")
    shown = await bram.hears("This goes", "This stays", "Once it's deleted, nobody can restore it")
    assert "Invoices (2) until" in shown
    await bram.press("Delete all this")
    await bram.hears("two colleagues look it over", "Nothing is deleted before")
    warned = await moves.mail(world, BRAM.email, "Was this you?")
    assert moves.link_in(warned, "stop")
    await erase(world, bram, shown, DAY)
    await bram.hears("Done on", "**This stays:**", "tax records")
    done = await moves.mail(world, BRAM.email, "deleted")
    assert done.to == BRAM.email, "the address was frozen before it was erased"
    assert_bram_is_gone(world)
    suppressed = moves.platform(world, "SELECT scope, reason FROM privacy_desk_suppressions")
    assert suppressed


async def test_an_erasure_by_code_in_dutch_waits_three_days_and_stops_marketing_at_once(world, visit):
    bram = await visit(lang="nl")
    await bram.say("verwijder mijn gegevens")
    await bram.hears("Eén controle voordat we kijken")
    await bram.say("bram.jansen@example.nl")
    letter = await moves.mail(world, BRAM.email, "Je code voor de privacybalie")
    await bram.say(moves.code_in(letter))
    shown = await bram.hears("SEL-2026", "Facturen", "bewijs")
    await bram.press("Dit alles verwijderen")
    await house.settled(world)
    assert newsletter(world, BRAM)["active"] == 0
    assert account(world, 102)["marketing_ok"] == 0
    await erase(world, bram, shown, 3 * DAY)
    await moves.mail(world, BRAM.email, "verwijderd")
    assert_bram_is_gone(world)


# ---- objection


async def test_a_signed_in_objection_to_marketing_runs_through_by_itself(world, visit):
    anna = await visit(ANNA)
    await anna.say("stop using my data for marketing")
    await anna.hears("Done: from this moment we send no advertising")
    assert account(world, 101)["marketing_ok"] == 0
    assert newsletter(world, ANNA)["active"] == 0
    assert newsletter(world, BRAM)["active"] == 1
    assert (await house.ticket_of(world, Right.OBJECTION_MARKETING)).status is Status.DONE


async def test_an_objection_to_marketing_needs_an_address_and_nothing_else(world, visit):
    stranger = await visit()
    await stranger.say("stop using my data for marketing")
    await stranger.hears("Which e-mail address should hear nothing more")
    await stranger.say(LOTTE.email)
    await stranger.hears("Done: from this moment we send no advertising")
    noted = await moves.mail(world, LOTTE.email, "No more marketing to this address")
    assert moves.link_in(noted, "undo")
    assert newsletter(world, LOTTE)["active"] == 1, "unproved, only a suppression is written"
    assert len(moves.platform(world, "SELECT * FROM privacy_desk_suppressions")) == 1
    assert world.mailbox.letters(LOTTE.email) == [noted], "one message, one mail"


async def test_a_signed_in_objection_restricts_at_once_and_is_upheld_by_staff(world, visit):
    anna = await visit(ANNA)
    await anna.say("I object to you tracking how I use the platform")
    ref = moves.refs_in(await anna.hears("From now on we don't use your data this way"))[0]
    await house.settled(world)
    assert account(world, 101)["restricted_on"] is not None
    await house.approve(world, ref, "lotte")
    await anna.hears("You were heard", ref)
    marked = moves.platform(world, "SELECT collection, account FROM privacy_desk_marks WHERE purpose LIKE 'legit%'")
    assert {(one["collection"], one["account"]) for one in marked} >= {("logins", "101")}
    await moves.mail(world, ANNA.email, ref, count=2)


async def test_an_objection_by_code_ends_the_same_way(world, visit):
    anna = await visit()
    await anna.say("I object to you analysing my log-ins on the basis of legitimate interest")
    ref = moves.refs_in(await anna.hears("One check before we look"))[0]
    await moves.prove(world, anna, ANNA.email)
    await anna.hears("From now on we don't use your data this way", ref)
    await house.approve(world, ref, "joris")
    await anna.hears("You were heard", ref)
    assert moves.platform(world, "SELECT 1 FROM privacy_desk_marks WHERE purpose = 'legitimate_interest'")


# ---- two rights in one message


async def test_two_rights_in_one_message_are_two_tickets_and_one_mail(world, visit):
    anna = await visit()
    await anna.say("Send me a copy of my data and then delete everything")
    filed = await anna.hears("each with its own number")
    assert len(moves.refs_in(filed)) == 2
    await moves.prove(world, anna, ANNA.email)
    await anna.hears("This goes")
    codes = moves.letters(world, ANNA.email, moves.CODE_MAIL)
    assert len(codes) == 1
    assert moves.refs_in(codes[0].text) == moves.refs_in(filed)
    one, other = await moves.every_ticket(world)
    assert (one.right, other.right) == (Right.ACCESS, Right.ERASURE)
    assert one.group == other.group
    assert one.identity == other.identity


async def test_two_rights_of_a_signed_in_person_are_acknowledged_by_one_mail(world, visit):
    anna = await visit(ANNA)
    await anna.say("Send me a copy of my data, and stop the marketing")
    filed = moves.refs_in(await anna.hears("each with its own number"))
    await anna.hears("Done: from this moment")
    await anna.hears("This is what we found")
    await house.settled(world)
    (acknowledged,) = moves.letters(world, ANNA.email, "We have your 2 requests")
    assert moves.refs_in(acknowledged.text) == filed
