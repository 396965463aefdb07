"""Webhooks to recipients: signed under one id, taken or tried again, never redirected; and the ways a map may name."""

import json

import pytest
from aiohttp import web

from bot.commands.serve import settings_from
from bot.core.model import Way
from bot.ports import Route, SourceDown, SourceRefused
from bot.settings import Unfit
from bot.signing import Signer
from storage.datalayer.datamap import parse
from storage.datalayer.hooks import WebHooks
from storage.datalayer.http import new_session
from storage.datalayer.sources import hooks_of
from tests.commands.house_settings import settings_file
from tests.storage.datalayer.over_http import OTHER, SECRET, Hands, platform_side
from tests.storage.datalayer.worlds import document

FACTS = {"reference": "SEL-2026-00417", "right": "erasure", "article": "17", "on": "2026-11-22"}


async def told(answer, *, times: int = 1, hands: Hands | None = None) -> None:
    hands = hands or Hands()
    hooks = WebHooks(session=new_session(), secrets={"crm": (SECRET,)}, clock=hands.clock)
    try:
        async with platform_side(web.post("/desk", answer)) as url:
            for _ in range(times):
                await hooks.tell("crm", url, key="t-1:tell:crm", facts=FACTS)
    finally:
        await hooks.close()


async def test_a_notice_is_signed_and_says_what_to_do():
    heard: list[tuple[str, dict]] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        heard.append((Signer((SECRET,), clock=Hands().clock).checked(request.headers, body), json.loads(body)))
        return web.Response(status=204)

    await told(answer, times=2)
    assert [one for one, _ in heard] == ["t-1:tell:crm"] * 2, "the same id, so that it counts once"
    assert heard[0][1]["type"] == "data_subject.erasure"
    assert heard[0][1]["data"] == FACTS


@pytest.mark.parametrize("status", [301, 307, 404, 410, 500])
async def test_anything_but_a_yes_is_tried_again_later(status: int):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "https://elsewhere.example"})

    with pytest.raises(SourceDown, match=f"status_{status}"):
        await told(answer)


async def test_a_recipient_who_stays_away_is_left_alone_for_half_a_minute():
    calls: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response(status=503)

    hands = Hands()
    hooks = WebHooks(session=new_session(), secrets={"crm": (SECRET,)}, clock=hands.clock)
    async with platform_side(web.post("/desk", answer)) as url:
        for _ in range(7):
            with pytest.raises(SourceDown):
                await hooks.tell("crm", url, key="k", facts=FACTS)
    hands.wait(30)
    with pytest.raises(SourceDown):
        await hooks.tell("crm", url, key="k", facts=FACTS)  # nobody is there any more
    await hooks.close()
    assert len(calls) == 5


# ---- the map


def mapped(**recipient: str):
    content = {
        "meta": {"recipients": {"crm": {"name": "CRM", **recipient}}},
        "collections": {"people": {"id": "system"}},
    }
    return parse(document(content))


def test_a_map_names_ways_and_only_those_are_routes():
    assert mapped().routes == {}
    assert mapped(way="manual").routes == {"crm": Route(way=Way.MANUAL)}
    by_mail = mapped(way="mail", to="privacy@crm.example", finds_by="email").routes
    assert by_mail == {"crm": Route(way=Way.MAIL, to="privacy@crm.example", finds_by="email")}


@pytest.mark.parametrize(
    "recipient",
    [
        {"way": "webhook"},
        {"way": "webhook", "to": "http://crm.example"},
        {"way": "mail", "to": "https://crm.example"},
        {"way": "mail"},
        {"to": "privacy@crm.example"},
        {"way": "pigeon"},
        {"way": "mail", "to": "a@crm.example", "finds_by": "name"},
    ],
)
def test_a_way_without_a_place_refuses_the_map(recipient: dict[str, str]):
    with pytest.raises(SourceRefused):
        mapped(**recipient)


def settings_of(folder, **more: str):
    return settings_from(settings_file(folder, **more))


async def test_a_webhook_without_its_secret_stops_the_start(tmp_path):
    routes = {"crm": Route(way=Way.WEBHOOK, to="https://crm.example")}
    with pytest.raises(Unfit, match="lacks a secret for: crm"):
        hooks_of(settings_of(tmp_path), routes, clock=Hands().clock)
    with pytest.raises(Unfit, match="SELEQT_RECIPIENT_SECRETS"):
        hooks_of(settings_of(tmp_path, recipient_secrets="crm=short"), routes, clock=Hands().clock)
    fit = hooks_of(settings_of(tmp_path, recipient_secrets=f"crm={SECRET}|{OTHER}"), routes, clock=Hands().clock)
    await fit.close()
