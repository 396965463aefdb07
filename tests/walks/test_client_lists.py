"""People on a client's contact list: what is done there, what is passed on, and what is never exported."""

from bot.core.model import Flag, Right, Status
from bot.demo.platform.seeds import ANNA, JORIS, YUSUF
from tests.walks import house, moves

NOTHING = "Under that address Seleqt itself holds nothing"


def entry(world, number):
    return moves.platform(world, "SELECT * FROM contacts WHERE id = ?", number)


async def test_access_by_mailbox_of_an_account_holder_on_a_clients_list_gives_a_copy_without_the_list(world, visit):
    anna = await visit()
    await anna.say("Send me a copy of my data please")
    await moves.prove(world, anna, ANNA.email)
    ref = moves.refs_in(await anna.hears("Your data for", "is found"))[0]
    assert Flag.PROCESSOR in (await moves.by_ref(world, ref)).flags
    await house.thread(world, ref, "forward the request to that client")
    await house.approve(world, ref, "lotte")
    await anna.hears("Your copy for", ref)


async def test_an_erasure_of_somebody_who_is_only_on_a_clients_list_is_carried_out_there(world, visit):
    assert entry(world, 1)[0]["last_name"] == "Kaya"
    yusuf = await visit()
    await yusuf.say("Delete all my data")
    await moves.prove(world, yusuf, YUSUF.email)
    await yusuf.hears(NOTHING)
    waiting = await house.reaches(world, Right.ERASURE, Status.REVIEW)
    assert Flag.PROCESSOR in waiting.flags
    assert waiting.waits_until is None
    assert entry(world, 1), "nothing before the approval"
    await house.approve(world, waiting.ref, "lotte")
    await yusuf.hears("Done on", waiting.ref, "we tell that client")
    assert entry(world, 1) == []
    assert entry(world, 2), "other entries stay"
    await house.thread(world, waiting.ref, "Now tell that client")
    await moves.mail(world, YUSUF.email, "your data is deleted")


async def test_a_correction_on_a_clients_list_is_carried_out_there(world, visit):
    yusuf = await visit()
    await yusuf.say("please correct my last name from Kaya to Kayaoglu")
    await yusuf.press("Yes, change it")
    await yusuf.hears("Which e-mail address did you use")
    await moves.prove(world, yusuf, YUSUF.email)
    await yusuf.hears(NOTHING)
    waiting = await house.reaches(world, Right.RECTIFICATION, Status.REVIEW)
    await house.approve(world, waiting.ref, "mina")
    await yusuf.hears("Done on", "Kayaoglu", "we tell that client")
    assert entry(world, 1)[0]["last_name"] == "Kayaoglu"


async def test_access_of_somebody_who_is_only_on_a_clients_list_is_answered_and_staff_forward_it(world, visit):
    yusuf = await visit()
    await yusuf.say("Send me a copy of my data please")
    await moves.prove(world, yusuf, YUSUF.email)
    await yusuf.hears(NOTHING)
    done = await house.reaches(world, Right.ACCESS, Status.DONE)
    await house.thread(world, done.ref, "forward the request to that client")


async def test_a_field_that_a_clients_list_lacks_does_not_stop_the_correction_of_the_account(world, visit):
    anna = await visit()
    await anna.say("please correct my country, it should be BE")
    await anna.press("Yes, change it")
    await anna.hears("Which e-mail address did you use")
    await moves.prove(world, anna, ANNA.email)
    waiting = await house.reaches(world, Right.RECTIFICATION, Status.REVIEW)
    await house.approve(world, waiting.ref, "lotte")
    await anna.hears("Done on", waiting.ref)
    assert moves.platform(world, "SELECT country FROM accounts WHERE id = 101") == [{"country": "BE"}]


async def test_whoever_is_proved_by_mailbox_is_recognised_for_what_is_done_by_hand(world, visit):
    joris = await visit()
    await joris.say("I withdraw my consent")
    await moves.prove(world, joris, JORIS.email)
    ticket = await house.reaches(world, Right.CONSENT_WITHDRAWAL, Status.REVIEW)
    assert ticket.subjects == {(JORIS.tenant, JORIS.subject)}
    assert Flag.STAFF_SUBJECT in ticket.flags
