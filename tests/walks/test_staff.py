"""Staff decide in Slack: each decision from the press to what the person reads, over signed HTTP.

Promise: whoever may not decide changes nothing, and every effect is looked at where it arrives: chat, mail, card,
thread, database. Limits: approvals and their races are in test_four_eyes.py.
"""

from bot.core.clock import legal_dates
from bot.core.model import Flag, Right, Status
from bot.demo.platform.seeds import ANNA, BRAM, CARLA, JORIS
from bot.demo.slack import StaffMember, Switches
from bot.demo.world import World
from tests.walks.house import (
    approve,
    card,
    fingerprint,
    reaches,
    settled,
    staff,
    staff_page,
    thread,
    ticket_of,
    told,
    until,
    window,
)
from tests.walks.moves import Visit
from tests.walks.visitor import PATIENCE, Visitor

FACTS = "The invoices of this account are kept, because tax law wants them for seven years. Nothing else is left."
WHY = "Three archives from before 2019 have to be searched by hand, one after the other, and two are searched already."


async def _asks_erasure(visit: Visit) -> Visitor:
    bram = await visit(BRAM)
    await bram.say("Please delete all my data")
    await bram.hears("Please look at this before anything is deleted")
    return bram


async def _letter(member: StaffMember, values: dict[str, str | list[str]]) -> None:
    """Fill in the first step, see the letter, say it was read, and send it."""
    await member.submit(values)
    shown = await window(member, "Before it leaves")
    box = next(block["block_id"] for block in shown.blocks if block.get("block_id", "").startswith("read:"))
    unread = await member.submit()
    assert unread is None or "errors" in unread.body
    await member.submit({box: ["read"]})


async def test_a_refusal_is_shown_as_a_letter_first_and_then_mailed_word_for_word(world: World, visit: Visit) -> None:
    before = fingerprint(world)
    bram = await _asks_erasure(visit)
    ticket = await reaches(world, Right.ERASURE, Status.REVIEW)
    mina = staff(world, "mina")
    await mina.click(await card(world, ticket.ref), "Refuse…")
    await window(mina, "Show me the letter")
    await mina.submit({"ground": "art_17_3_b", "facts": FACTS})
    shown = await window(mina, "Before it leaves", "invoices of this account")
    assert (await ticket_of(world, Right.ERASURE)).status is Status.REVIEW
    box = next(block["block_id"] for block in shown.blocks if block.get("block_id", "").startswith("read:"))
    await mina.submit({box: ["read"]})

    refused = await reaches(world, Right.ERASURE, Status.REFUSED)
    assert (refused.ground, refused.decided_by) == ("art_17_3_b", "T0SELEQT:U0MINA")
    await bram.hears("we can't do it", FACTS)
    letter = await world.mailbox.wait_for(BRAM.email, "our decision", PATIENCE)
    assert FACTS in " ".join(letter.text.split())
    assert "complain" in letter.text
    await card(world, ticket.ref, "Refused", "U0MINA")
    await settled(world)
    after = fingerprint(world)
    assert {name for name in before if before[name] != after[name]} <= {"accounts", "newsletter"}  # marketing stopped


async def test_refusing_needs_the_legal_role(world: World, visit: Visit) -> None:
    await _asks_erasure(visit)
    ticket = await reaches(world, Right.ERASURE, Status.REVIEW)
    lotte = staff(world, "lotte")
    await lotte.click(await card(world, ticket.ref), "Refuse…")
    shown = await window(lotte, "Your role doesn't cover this decision", "U0MINA")
    assert "submit" not in shown.body
    assert (await ticket_of(world, Right.ERASURE)).status is Status.REVIEW


async def test_a_ground_that_would_fit_anybody_comes_back_beside_its_field(world: World, visit: Visit) -> None:
    await _asks_erasure(visit)
    ticket = await reaches(world, Right.ERASURE, Status.REVIEW)
    mina = staff(world, "mina")
    await mina.click(await card(world, ticket.ref), "Refuse…")
    await window(mina, "Show me the letter")
    await mina.submit({"ground": "art_17_3_b", "facts": "Because."})
    assert mina.modal is not None
    assert "facts" in mina.modal.errors
    assert (await ticket_of(world, Right.ERASURE)).version == ticket.version


async def test_an_extension_tells_the_person_why_and_until_when_and_happens_once(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    lotte = staff(world, "lotte")
    await lotte.click(await card(world, ticket.ref), "Extend…")
    await window(lotte, "Show me the letter")
    await _letter(lotte, {"reasons": ["complexity"], "facts": WHY})

    await anna.hears("We need more time", WHY)
    extended = await ticket_of(world, Right.ACCESS)
    until_day = legal_dates(extended).extended_due
    assert until_day is not None
    assert (until_day - legal_dates(ticket).unpaused_due).days > 55
    letter = await world.mailbox.wait_for(ANNA.email, "more time", PATIENCE)
    assert WHY in " ".join(letter.text.split())
    shown = await card(world, ticket.ref, "(extended)")
    assert "Extend…" not in str(shown.blocks)
    assert extended.status is Status.REVIEW


async def test_a_question_of_staff_is_answered_in_the_chat_and_read_on_its_page(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    due = legal_dates(ticket).desk_due
    lotte = staff(world, "lotte")
    await lotte.click(await card(world, ticket.ref), "ask")
    await window(lotte, "Your question")
    await lotte.submit({"words": "Do you also need the messages from before 2020?"})
    await anna.hears("needs one thing", "before 2020?")
    mail = await world.mailbox.wait_for(ANNA.email, ticket.ref, PATIENCE, count=2)
    assert "before 2020" not in mail.text  # the words stand in the chat; the mail says that there is news

    await anna.say("Only the ones with the helpdesk, thank you")
    await anna.hears("Passed on")
    await thread(world, ticket.ref, "The person answered")
    assert "helpdesk" not in str([one.blocks for one in world.slack.messages.values()])
    assert "helpdesk" not in str([one.text for one in world.slack.messages.values()])
    assert "Only the ones with the helpdesk" in await staff_page(lotte, await card(world, ticket.ref))
    now = await ticket_of(world, Right.ACCESS)
    assert (now.status, now.asked_at, legal_dates(now).desk_due) == (Status.REVIEW, None, due)


async def test_what_no_source_can_do_is_settled_by_hand(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("Please take my testimonial off your website")
    ticket = await reaches(world, Right.TESTIMONIAL_REMOVAL, Status.REVIEW)
    lotte = staff(world, "lotte")
    await lotte.click(await card(world, ticket.ref), "settle")
    await window(lotte, "What we did")
    await lotte.submit({"words": "Your words and your name are off the site since this morning."})
    await anna.hears("A colleague finished", "since this morning")
    done = await reaches(world, Right.TESTIMONIAL_REMOVAL, Status.DONE)
    assert done.decided_by == "T0SELEQT:U0LOTTE"
    await card(world, ticket.ref, "U0LOTTE")


async def test_a_legal_hold_stops_everything_until_somebody_looked(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    before = await card(world, ticket.ref, "'approve'")
    mina, lotte = staff(world, "mina"), staff(world, "lotte")
    await mina.click(before, "Legal hold…")
    await window(mina, "Put it on hold")
    await mina.submit({"why": "A court asks us to keep everything."})
    await until(world, lambda tx: Flag.LEGAL_HOLD in tx.work.ticket(ticket.id).flags)
    await lotte.click(before, "approve")
    await told(lotte, "on hold")
    assert (await ticket_of(world, Right.ACCESS)).approvals == ()

    await lotte.click(await card(world, ticket.ref, "on hold", "lift"), "lift")
    await window(lotte, "I have looked")
    await lotte.submit()
    assert lotte.modal is not None
    assert lotte.modal.errors
    await lotte.submit({"looked": ["legal_hold"]})
    await until(world, lambda tx: not tx.work.ticket(ticket.id).is_held)
    await approve(world, ticket.ref, "lotte")
    await anna.hears("is ready")


async def test_nobody_approves_their_own_request(world: World, visit: Visit) -> None:
    own = await visit(JORIS)
    await own.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    joris = staff(world, "joris")
    await joris.click(await card(world, ticket.ref, "'approve'"), "approve")
    await told(joris, "your own data")
    await joris.click(await card(world, ticket.ref), "open")
    await window(joris, "your own data")
    await joris.open_home()
    await world.slack.until(lambda: joris.home and "Waiting for me 0" in str(joris.home.blocks), within=PATIENCE)
    assert (await ticket_of(world, Right.ACCESS)).approvals == ()
    await approve(world, ticket.ref, "lotte")
    await own.hears("is ready")


async def test_a_colleague_who_is_not_on_the_list_decides_and_sees_nothing(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    stranger = staff(world, "bram")
    shown = await card(world, ticket.ref, "'approve'")
    await stranger.click(shown, "approve")
    await told(stranger, "not on the list")
    for what in ("open", "ask", "Refuse…", "Extend…", "Legal hold…"):
        await stranger.click(shown, what)
        opened = await window(stranger, "not on the list")
        assert "submit" not in opened.body
        assert "/staff/enter/" not in str(opened.body)
    await stranger.open_home()
    await world.slack.until(lambda: stranger.home, within=PATIENCE)
    assert stranger.home is not None
    assert ticket.ref not in str(stranger.home.blocks)
    assert (await ticket_of(world, Right.ACCESS)).version == ticket.version


async def test_a_wrong_signature_and_a_stale_one_are_refused_and_change_nothing(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    shown = await card(world, ticket.ref, "'approve'")
    lotte = staff(world, "lotte")
    for switches in (Switches(wrong_signature=True), Switches(stale=True)):
        world.slack.switches = switches
        refused = await lotte.click(shown, "approve")
        assert refused is not None
        assert refused.status == 401
        assert (await lotte.open_home()).status == 401
    world.slack.switches = Switches()
    await settled(world)
    assert (await ticket_of(world, Right.ACCESS)).version == ticket.version
    await approve(world, ticket.ref, "lotte")
    await anna.hears("is ready")


async def test_a_press_on_a_card_from_before_the_plan_changed_is_turned_away(world: World, visit: Visit) -> None:
    carla = await visit(CARLA)
    await carla.say("My last name is wrong, it should be Verhoeven")
    await carla.hears("Is that exactly right?")
    ticket = await reaches(world, Right.RECTIFICATION, Status.REVIEW)
    old = await card(world, ticket.ref, "'approve'")
    await carla.say("Sorry, my last name should be Verhoeff")
    await carla.hears("Verhoeff")
    await until(world, lambda tx: tx.work.ticket(ticket.id).plan not in {None, ticket.plan})
    lotte = staff(world, "lotte")
    await lotte.click(old, "approve")
    await told(lotte, "The plan has changed")
    assert (await ticket_of(world, Right.RECTIFICATION)).approvals == ()
