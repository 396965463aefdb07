"""The same journeys where the platform is a service of its own, and where a system has no interface at all."""

import json
from datetime import timedelta

import aiohttp

from bot.core.byhand import to_do
from bot.core.model import Right, Status, Way
from bot.demo.platform.seeds import ANNA, BRAM
from bot.demo.site.service import PREFIX
from bot.demo.world import HERE
from bot.signing import Signer
from tests.storage.datalayer.over_http import OTHER
from tests.walks import house, moves

SEE = "I want to see everything you have on me"
SERVICE = {"platform_url": f"{HERE}{PREFIX}"}
COLLEAGUE = "T0SELEQT:U0LOTTE"


async def test_a_copy_and_a_correction_over_the_platforms_own_service(tmp_path):
    async with house.at_work(tmp_path / "data", **SERVICE) as world, moves.visits(world) as visit:
        anna = await visit(ANNA)
        await anna.say(SEE)
        ref = moves.refs_in(await anna.hears("This is what we found"))[0]
        await house.approve(world, ref, "lotte")
        await anna.hears("Your copy for", ref)
        await anna.say("my last name is wrong, it should be De Wit")
        await anna.press("Yes, change it")
        ref = moves.refs_in(await anna.hears("A colleague makes the change"))[0]
        await house.approve(world, ref, "lotte")
        await anna.hears("Done on", ref, "De Wit")
        assert moves.platform(world, "SELECT last_name FROM accounts WHERE id = 101") == [{"last_name": "De Wit"}]


async def open_errand(world, ref):
    """Wait until a colleague has something to do for this ticket; returns the ticket and its errand."""
    await house.until(world, lambda tx: to_do(tx.work.ticket_by_ref(ref)))
    ticket = await moves.by_ref(world, ref)
    (errand,) = to_do(ticket)
    return ticket, errand


async def do_by_hand(world, ticket, errand, note):
    """A colleague says in Slack what was done by hand, and what proves it."""
    lotte = house.staff(world, "lotte")
    await lotte.command("/privacy", f"done {ticket.ref}")
    await house.window(lotte, "Done by hand", "What proves it")
    await lotte.submit({"task": f"errand:{errand.id}", "proof": note})


async def test_an_erasure_waits_for_the_archive_and_for_nothing_else(tmp_path):
    async with house.at_work(tmp_path / "data", manual_sources="archive") as world, moves.visits(world) as visit:
        bram = await visit(BRAM)
        await bram.say("Delete all my data")
        ref = moves.refs_in(await bram.hears("This goes", "archive"))[0]
        await bram.press("Delete all this")
        await house.approve(world, ref, "lotte")
        await house.card(world, ref, "· 1 of 2")
        await house.approve(world, ref, "mina")
        await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
        world.clock.advance(timedelta(hours=73))
        ticket, errand = await open_errand(world, ref)
        assert (ticket.status, errand.what, errand.about) == (Status.WORKING, "erasure", "archive")
        gone = moves.platform(world, "SELECT first_name FROM accounts WHERE id = 102")
        assert gone == [{"first_name": "erased"}], "the platform does not wait for the archive"
        await house.card(world, ref, "By hand", "archive")
        await house.thread(world, ref, "To be done by hand until")
        page = await house.staff_page(house.staff(world, "lotte"), await house.card(world, ref, "By hand"))
        assert "Erase the person there too" in page
        assert BRAM.email in page, "only here, never in Slack"
        await do_by_hand(world, ticket, errand, "box 12, shredded")
        done = await house.reaches(world, Right.ERASURE, Status.DONE)
        assert done.errands[0].by == COLLEAGUE
        await bram.hears("Done on", ref)


async def test_a_copy_says_on_which_day_a_colleague_sent_what_only_people_can_reach(tmp_path):
    async with house.at_work(tmp_path / "data", manual_sources="archive") as world, moves.visits(world) as visit:
        anna = await visit(ANNA)
        await anna.say(SEE)
        ref = moves.refs_in(await anna.hears("This is what we found", "searched all 2 systems"))[0]
        await house.approve(world, ref, "lotte")
        ticket, errand = await open_errand(world, ref)
        assert (ticket.status, errand.what) == (Status.WORKING, "access")
        await do_by_hand(world, ticket, errand, "sent by post")
        await anna.hears("Your copy for", ref)


async def test_a_recipient_whose_webhook_is_closed_is_tried_again_and_holds_nobody_up(tmp_path):
    async with house.at_work(tmp_path / "data") as world, moves.visits(world) as visit:
        world.recipient.closed = True
        bram = await visit(BRAM)
        await bram.say("Delete all my data")
        ref = moves.refs_in(await bram.hears("This goes"))[0]
        await bram.press("Delete all this")
        await house.approve(world, ref, "lotte")
        await house.card(world, ref, "· 1 of 2")
        await house.approve(world, ref, "mina")
        await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
        world.clock.advance(timedelta(hours=25))
        ticket = await house.reaches(world, Right.ERASURE, Status.DONE)
        await bram.hears("is closed")
        await moves.mail(world, "privacy@postduif.example", "please act")
        await house.until(world, lambda tx: crm_notice(tx, ticket.id).tries)
        assert world.recipient.heard == {}
        world.recipient.closed = False
        world.clock.advance(timedelta(hours=1))
        known = await house.until(
            world, lambda tx: crm_notice(tx, ticket.id) if crm_notice(tx, ticket.id).done_at else None
        )
        assert (known.way, known.reason) == (Way.WEBHOOK, "")
        assert [one["reference"] for one in world.recipient.heard.values()] == [ref]


def crm_notice(tx, ticket_id):
    return next(one for one in tx.work.ticket(ticket_id).notices if one.recipient == "crm")


async def test_the_recipient_s_hook_takes_what_is_signed_for_it_and_nothing_else(tmp_path):
    async with house.at_work(tmp_path / "data") as world, aiohttp.ClientSession() as session:
        facts = {
            "reference": "SEL-2026-00001",
            "right": "erasure",
            "article": "17",
            "on": "2026-11-22",
            "email": "a@b.nl",
        }
        body = json.dumps({"type": "data_subject.erasure", "timestamp": "x", "data": facts}).encode()
        secret = json.loads((world.data_dir / "secrets.json").read_text("utf-8"))["crm_secret"]
        ours = Signer((secret,), clock=world.clock)
        late = Signer((secret,), clock=lambda: world.clock() - timedelta(minutes=6))
        for headers, sent, status in (
            ({}, body, 401),
            (Signer((OTHER,), clock=world.clock).headers("id-1", body), body, 401),
            (late.headers("id-1", body), body, 401),
            (ours.headers("id-1", body), body.replace(b"00001", b"00002"), 401),
            (ours.headers("id-1", b"{}"), b"{}", 422),
            (ours.headers("id-1", body), body, 204),
            (ours.headers("id-1", body), body, 204),
        ):
            async with session.post(f"{world.url}/demo/crm/hook", data=sent, headers=headers) as answer:
                assert answer.status == status
        assert list(world.recipient.heard) == ["id-1"]
        async with session.get(f"{world.url}/demo/crm") as page:
            text = await page.text()
        assert "SEL-2026-00001" in text
        assert "a@b.nl" not in text


async def test_recipients_are_told_one_by_one_and_the_person_hears_who_knows(tmp_path):
    async with house.at_work(tmp_path / "data") as world, moves.visits(world) as visit:
        bram = await visit(BRAM)
        await bram.say("Delete all my data")
        ref = moves.refs_in(await bram.hears("This goes"))[0]
        await bram.press("Delete all this")
        await house.approve(world, ref, "lotte")
        await house.card(world, ref, "· 1 of 2")
        await house.approve(world, ref, "mina")
        await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
        world.clock.advance(timedelta(hours=25))
        await house.reaches(world, Right.ERASURE, Status.DONE)
        letter = await moves.mail(world, "privacy@postduif.example", "please act")
        assert ref in letter.subject
        assert "erase it too" in letter.text
        assert BRAM.email in letter.text, "the map says they find people by it"
        assert "Bram " not in letter.text
        ticket, errand = await open_errand(world, ref)
        assert (errand.what, errand.about) == ("tell", "support")
        await house.card(world, ref, "2 of 3 recipients")
        (heard,) = world.recipient.heard.values()
        assert (heard["reference"], heard["type"], heard["found_by"]) == (ref, "data_subject.erasure", "email")
        assert BRAM.email not in (world.data_dir / "crm.json").read_text("utf-8").casefold()
        await do_by_hand(world, ticket, errand, "Helpwise: ticket 118 confirmed")
        page = await house.staff_page(house.staff(world, "lotte"), await house.card(world, ref, "3 of 3 recipients"))
        assert "Helpwise: ticket 118 confirmed" in page
        for way in ("Contoso CRM", "Postduif Demo", "Helpwise Demo"):
            assert way in page
        assert page.count("Knows since") == 3
        told = await bram.hears("Everyone who had received your data", "Postduif Demo (FR)", "Helpwise Demo (NL)")
        assert "Contoso CRM (US)" in told
        await moves.mail(world, BRAM.email, "everyone who had your data knows")
