"""The platform asks: may I mail this address, and a link to unsubscribe; and what happens when somebody presses it."""

import json
from datetime import timedelta

import aiohttp
import pytest

from bot.core.deadlines import kept_until, local_date
from bot.core.model import Door, Right, Status
from bot.demo.platform.seeds import ANNA, LOTTE
from bot.signing import Signer, answer_id
from tests.walks import house, moves

STRANGER = "stranger@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def signer(world) -> Signer:
    secret = world.app.settings.platform_secrets.get_secret_value()
    return Signer((secret,), clock=world.clock)


async def ask(world, name: str, *, call: str = "", **fields: str):
    """Ask the desk as the platform does; the answer's signature is checked."""
    body = json.dumps({"call": call or name, **fields}).encode()
    sealed = signer(world).headers("ask_1", body)
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{world.url}/platform/{name}", data=body, headers=sealed) as got,
    ):
        answer = await got.read()
        assert signer(world).checked(got.headers, answer) == answer_id("ask_1")
        return got.status, json.loads(answer)


async def may_mail(world, address: str, scope: str = "") -> bool:
    status, answer = await ask(world, "may-mail", address=address, scope=scope)
    assert status == 200
    return answer["may_mail"]


async def link_for(world, address: str, **more: str) -> str:
    status, answer = await ask(world, "unsubscribe-link", address=address, **more)
    assert status == 200
    assert answer["list_unsubscribe"] == f"<{answer['url']}>"
    assert answer["list_unsubscribe_post"] == "List-Unsubscribe=One-Click"
    return answer["url"]


@pytest.mark.parametrize("address", [STRANGER, ANNA.email])
async def test_a_link_stops_marketing_for_known_and_unknown_addresses_alike(world, address):
    assert await may_mail(world, address)
    link = await link_for(world, address)
    assert address not in link
    assert address.partition("@")[0] not in link
    page = await moves.get(link)
    assert (page.status, address in page.text) == (200, False)
    await house.settled(world)
    assert await may_mail(world, address), "opening a link changes nothing"
    done = await moves.post(link)
    assert done.status == 200
    assert "no more marketing mail" in done.text
    ticket = await house.reaches(world, Right.OBJECTION_MARKETING, Status.DONE)
    assert (ticket.door, ticket.identity) == (Door.MAIL, None)
    assert not await may_mail(world, address)
    undo = moves.link_in(await moves.mail(world, address, "No more marketing"), "undo")
    await moves.post(undo)
    assert await may_mail(world, address)


async def test_the_answer_says_why_since_when_and_until_when_and_nothing_more_where_nothing_is_blocked(world):
    assert await ask(world, "may-mail", address=STRANGER) == (200, {"may_mail": True})
    await moves.post(await link_for(world, STRANGER))
    await house.reaches(world, Right.OBJECTION_MARKETING, Status.DONE)
    day = local_date(world.clock())
    assert await ask(world, "may-mail", address=STRANGER) == (
        200,
        {
            "may_mail": False,
            "reason": "no_marketing",
            "since": day.isoformat(),
            "until": kept_until(day, 3).isoformat(),
        },
    )


async def test_the_block_ends_after_three_years_by_itself(world):
    await moves.post(await link_for(world, STRANGER))
    await house.reaches(world, Right.OBJECTION_MARKETING, Status.DONE)
    world.clock.advance(timedelta(days=3 * 365 - 2))
    await house.settled(world)
    assert not await may_mail(world, STRANGER)
    world.clock.advance(timedelta(days=4))
    await world.app.keeper.tidy(world.clock())
    assert await may_mail(world, STRANGER)


# ---- the platform imports contacts


async def imported(world, *lines: str, lang: str = "en") -> str:
    page = await moves.post(f"{world.url}/demo/import?lang={lang}", contacts="\n".join(lines))
    assert page.status == 200
    return page.text


def on_the_list(world) -> list[str]:
    return [one["email"] for one in moves.platform(world, "SELECT email FROM newsletter ORDER BY id")]


async def test_an_import_takes_dated_permissions_and_refuses_the_rest(world):
    page = await imported(world, f"{STRANGER}, 2026-01-31", "undated@example.com", "no address, 2026-01-31")
    assert [words in page for words in ("Imported.", "permission is missing", "no single e-mail address")] == [True] * 3
    assert STRANGER in on_the_list(world)
    assert "undated@example.com" not in on_the_list(world)
    assert "Already on the list" in await imported(world, f"{STRANGER}, 2026-01-31")


async def test_an_erased_address_is_not_imported_again_and_the_page_says_why_and_until_when(world, visit):
    lotte = await visit()
    await lotte.say("delete all my data")
    await moves.prove(world, lotte, LOTTE.email)
    await lotte.press("Delete all this")
    await house.reaches(world, Right.ERASURE, Status.DONE)
    done = await moves.mail(world, LOTTE.email, "your data is deleted")
    told = " ".join(done.text.split())
    assert "for 3 years, so that nobody can import it again" in told
    assert "After that, an import or mailing needs a dated permission from you" in told
    until = kept_until(local_date(world.clock()), 3)
    page = await imported(world, f"{LOTTE.email.upper()}, 2026-01-31")
    assert "may not be collected again" in page
    assert f"{until.day} " in page
    assert f" {until.year}" in page
    page = await imported(world, f"{LOTTE.email}, 2026-01-31", lang="nl")
    assert "niet opnieuw worden verzameld" in page
    assert LOTTE.email not in on_the_list(world)


async def test_a_mail_programs_one_click_acts_without_a_question_in_its_scope_alone(world):
    link = await link_for(world, STRANGER, scope="acme", lang="nl")
    done = await moves.post(link, **ONE_CLICK)
    assert done.status == 200
    assert "Gedaan" in done.text
    await house.reaches(world, Right.OBJECTION_MARKETING, Status.DONE)
    await house.settled(world)
    assert not await may_mail(world, STRANGER, "acme")
    assert await may_mail(world, STRANGER)
    assert moves.letters(world, STRANGER, "No more marketing") == []


async def test_pressing_again_and_again_files_a_few_and_says_the_same(world):
    link = await link_for(world, STRANGER)
    pages = [(await moves.post(link)).text for _ in range(8)]
    assert len(set(pages)) == 1
    assert len(await moves.every_ticket(world)) == 5


@pytest.mark.parametrize("token", ["x", "A" * 80, "A" * 3000, "%F0%9F", "a.b"])
async def test_a_link_the_desk_did_not_mint_opens_nothing(world, token):
    for page in (
        await moves.get(f"{world.url}/unsubscribe/{token}"),
        await moves.post(f"{world.url}/unsubscribe/{token}"),
    ):
        assert page.status == 404
    assert await moves.every_ticket(world) == ()


async def test_a_changed_link_opens_nothing(world):
    link = await link_for(world, STRANGER)
    changed = link[:-5] + ("A" if link[-5] != "A" else "B") + link[-4:]
    assert (await moves.post(changed)).status == 404


@pytest.mark.parametrize("address", ["", "%", "no address", "a@b.nl, c@d.nl", "Anna <a@b.nl>", "a@b.nl\r\nBcc: x@y.nl"])
async def test_what_is_no_address_gets_neither_answer_nor_link(world, address):
    for name in ("may-mail", "unsubscribe-link"):
        assert await ask(world, name, address=address) == (422, {"reason": "refused", "reasons": ["email_missing"]})


async def test_a_misshapen_question_is_refused(world):
    malformed = (422, {"reason": "refused", "reasons": ["malformed"]})
    assert await ask(world, "may-mail", call="unsubscribe-link", address=STRANGER) == malformed
    assert await ask(world, "may-mail", address=STRANGER, surprise="1") == malformed


async def test_nobody_else_may_ask(world):
    body = json.dumps({"call": "may-mail", "address": STRANGER}).encode()
    stranger = Signer(("whsec_" + "c3RyYW5nZXIgc3RyYW5nZXIgc3RyYW5nZXI=",), clock=world.clock)
    for headers in ({}, stranger.headers("ask_1", body)):
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{world.url}/platform/may-mail", data=body, headers=headers) as got,
        ):
            assert (got.status, await got.json()) == (401, {"reason": "signature"})
