"""The HTTP source: the same answers as the source behind it, and what it says when the platform misbehaves."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from aiohttp import web

from bot.core.plans import Change, Key, Subject, Verb
from bot.demo.platform.seeds import ANNA
from bot.ports import NotReadBack, PlanChanged, SourceDown, SourceRefused
from bot.signing import Signer, answer_id
from storage.datalayer import wire
from storage.datalayer.http import HttpSource, insist_on_url
from storage.datalayer.serving import serve_source
from tests.storage.datalayer.over_http import OTHER, SECRET, Hands, any_call, behind_http, desk_side, platform_side
from tests.storage.datalayer.worlds import World

SOMEBODY = Subject(source="platform", tenant="acme", keys=(Key(collection="accounts", name="id", value="101"),))


@dataclass(frozen=True, kw_only=True)
class Both:
    """The same database directly and over HTTP."""

    near: World
    far: World


@pytest.fixture
async def both(demo: World) -> AsyncIterator[Both]:
    async with behind_http(demo.source) as over:
        yield Both(near=demo, far=replace(demo, source=over))


# ---- the same as the source behind it


async def test_who_is_found_is_found_over_the_wire_too(both: Both):
    near = await both.near.source.person(email=ANNA.email)
    assert near == await both.far.source.person(email=ANNA.email)
    assert await both.far.source.person(tenant="acme", subject="99999") == ()


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.RECTIFICATION])
async def test_a_plan_is_the_same_to_its_hash(both: Both, verb: Verb):
    subject = await both.near.who(ANNA)
    assert await both.far.source.find(subject, verb) == await both.near.source.find(subject, verb)


async def test_a_copy_holds_the_same_rows_in_the_same_order(both: Both):
    subject = await both.near.who(ANNA)
    near, far = await both.near.copy(subject), await both.far.copy(subject)
    assert far == json.loads(json.dumps(near, default=str))
    assert sum(len(rows) for rows in far.values()) > 10


async def test_a_sink_may_leave_rows_unread(both: Both):
    subject = await both.near.who(ANNA)
    plan = await both.far.source.find(subject, Verb.ACCESS)
    seen: list[str] = []
    await both.far.source.act(
        key="look:1", person=subject, verb=Verb.ACCESS, approved=plan.hash, ceiling=plan.ceiling,
        sink=lambda line, rows: seen.append(line.collection),
    )  # fmt: skip
    assert seen == [line.collection for line in plan.lines]


async def test_an_erasure_happens_once_per_key(both: Both):
    subject = await both.near.who(ANNA)
    plan = await both.far.source.find(subject, Verb.ERASURE)
    first = await both.far.carry_out(plan, subject)
    before = both.near.everything()
    again = await both.far.carry_out(plan, subject)
    assert (first.already_done, again.already_done, again.proof) == (False, True, first.proof)
    assert both.near.everything() == before


async def test_a_correction_shows_and_writes_its_values(both: Both):
    subject = await both.near.who(ANNA)
    change = Change(name="first_name", new="Annelies")
    values = await both.far.source.values(subject, (change,))
    assert values == await both.near.source.values(subject, (change,))
    assert (await both.far.do(subject, Verb.RECTIFICATION, change)).corrected == values


async def test_an_address_suppression_and_released(both: Both):
    source = both.far.source
    assert [await source.suppress("stranger@example.com") for _ in range(2)] == [True, False]
    for side in (both.near.source, source):
        assert await side.suppression("stranger@example.com")
        assert not await side.suppression("stranger@example.com", scope="acme")
    assert [await source.unsuppress("stranger@example.com") for _ in range(2)] == [True, False]


async def test_a_plan_that_moved_and_a_call_that_cannot_be_are_told_apart(both: Both):
    subject = await both.near.who(ANNA)
    plan = await both.far.source.find(subject, Verb.ERASURE)
    for verb in (Verb.ERASURE, Verb.ACCESS):
        with pytest.raises(PlanChanged):
            await both.far.source.act(
                key="k", person=subject, verb=verb, approved="0" * 64, ceiling=plan.ceiling, sink=lambda *_: None
            )
    with pytest.raises(SourceRefused) as refused:
        await both.far.source.find(subject, Verb.RECTIFICATION, (Change(name="password_hash", new="x"),))
    assert refused.value.reasons == ("field_not_allowed:password_hash",)
    with pytest.raises(SourceRefused, match="email_missing"):
        await both.far.source.person(email="%")


async def test_the_check_of_the_platform_reaches_the_desk(both: Both):
    assert (await both.far.source.check()).ok


async def test_each_side_has_its_own_name_for_the_other(demo: World):
    async with behind_http(demo.source) as over:
        over.name = "crm"
        far = replace(demo, source=over)
        subject = await far.who(ANNA)
        plan = await over.find(subject, Verb.ERASURE)
        kept = (await far.carry_out(plan, subject)).kept
    assert {subject.source, *(line.source for line in (*plan.lines, *kept)), plan.parts[0].source} == {"crm"}
    with pytest.raises(SourceRefused, match="another_source"):
        await over.find(SOMEBODY, Verb.ERASURE)


# ---- what never leaves the desk


@pytest.mark.parametrize("key", ["", " ", "a.b", "a b", "line\nbreak", "k" * 201])
async def test_an_act_needs_a_key_that_a_header_can_hold(both: Both, key: str):
    with pytest.raises(SourceRefused, match="key_missing"):
        await both.far.source.act(key=key, person=SOMEBODY, verb=Verb.ERASURE, approved="", ceiling=1)


async def test_a_copy_needs_somewhere_to_go(both: Both):
    with pytest.raises(SourceRefused, match="sink_missing"):
        await both.far.source.act(key="k", person=SOMEBODY, verb=Verb.ACCESS, approved="", ceiling=1)


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.example",
        "ftp://127.0.0.1",
        "https://user:secret@platform.example",
        "https://platform.example?to=elsewhere",
        "https://platform.example#part",
        "http://127.0.0.1.example.com",
        "http://169.254.169.254",
        "https://",
        "platform.example",
    ],
)
def test_an_unsafe_address_is_refused(url: str):
    with pytest.raises(ValueError, match="https"):
        insist_on_url(url)


@pytest.mark.parametrize(
    "url", ["https://platform.example/desk/", "http://127.0.0.1:1", "http://[::1]/", "http://localhost"]
)
def test_https_and_loopback_are_taken(url: str):
    assert insist_on_url(url) == url.rstrip("/")


# ---- a platform that misbehaves


async def ask(source: HttpSource) -> None:
    await source.person(email="anna@example.nl")


async def asked_of(answer, hands: Hands) -> SourceDown:
    """What the desk says of a platform that answers like this."""
    async with platform_side(any_call(answer)) as url, desk_side(url, hands) as source:
        with pytest.raises(SourceDown) as down:
            await ask(source)
    assert "anna" not in str(down.value)
    return down.value


def signed(request: web.Request, body: bytes, *, secret: str = SECRET, status: int = 200, call_id: str = ""):
    signer = Signer((secret,), clock=Hands().clock)
    headers = signer.headers(call_id or answer_id(request.headers["webhook-id"]), body)
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


async def test_a_wrong_server_is_not_believed():
    hands = Hands()

    async def answer(request: web.Request) -> web.Response:
        return signed(request, b'{"people": []}', secret=OTHER)

    assert str(await asked_of(answer, hands)) == "unsigned_200"
    assert hands.paused == []


async def test_an_answer_to_another_call_is_not_believed():
    async def answer(request: web.Request) -> web.Response:
        return signed(request, b'{"people": []}', call_id="re-call_of_yesterday")

    assert str(await asked_of(answer, Hands())) == "unsigned_200"


async def test_a_request_handed_back_is_no_answer():
    async def answer(request: web.Request) -> web.Response:
        copied = {name: request.headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
        return web.Response(body=await request.read(), headers=copied)

    assert str(await asked_of(answer, Hands())) == "unsigned_200"


async def test_a_redirect_is_not_followed():
    async def answer(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/elsewhere")

    assert str(await asked_of(answer, Hands())) == "unsigned_307"


async def test_a_broken_gateway_is_tried_three_times_with_growing_pauses():
    hands, calls = Hands(), []

    async def answer(request: web.Request) -> web.Response:
        calls.append((request.headers["webhook-id"], await request.read()))
        raise web.HTTPBadGateway

    assert str(await asked_of(answer, hands)) == "unsigned_502"
    assert len(calls) == 3
    assert len(set(calls)) == 1, "the same id and the same body each time"
    first, second = hands.paused
    assert 0.125 <= first <= 0.375
    assert 0.25 <= second <= 0.75


async def test_what_came_back_to_life_answers_after_all():
    calls: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.headers["webhook-id"])
        if len(calls) < 3:
            return signed(request, b'{"reason": "down"}', status=503)
        return signed(request, b'{"people": []}')

    async with platform_side(any_call(answer)) as url, desk_side(url, Hands()) as source:
        assert await source.person(email="anna@example.nl") == ()


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (409, b'{"reason": "plan_changed"}', PlanChanged),
        (507, b'{"reason": "not_read_back"}', NotReadBack),
        (422, b'{"reason": "refused", "reasons": ["email_missing"]}', SourceRefused),
        (418, b'{"reason": "teapot"}', SourceDown),
        (500, b"anna@example.nl", SourceDown),
    ],
)
async def test_a_signed_answer_means_what_the_contract_says(status: int, body: bytes, raised: type[Exception]):
    async def answer(request: web.Request) -> web.Response:
        return signed(request, body, status=status)

    async with platform_side(any_call(answer)) as url, desk_side(url, Hands()) as source:
        with pytest.raises(raised) as failure:
            await ask(source)
    assert "anna" not in repr(failure.value)


async def test_a_reason_that_could_hold_a_value_is_left_out():
    reasons = ["anna@example.nl is unknown", "Anna Jansen", "nothing_stored:first_name", "<b>", "x" * 500]

    async def answer(request: web.Request) -> web.Response:
        return signed(request, json.dumps({"reason": "refused", "reasons": reasons}).encode(), status=422)

    async with platform_side(any_call(answer)) as url, desk_side(url, Hands()) as source:
        with pytest.raises(SourceRefused) as refused:
            await ask(source)
    assert refused.value.reasons == ("nothing_stored:first_name",)


@pytest.mark.parametrize(
    "body", [b"[]", b"", b'{"people": [{"who": "anna@example.nl"}]}', b"\xff\xfe", b'{"people": 1}']
)
async def test_what_is_no_answer_of_the_contract_counts_as_down(body: bytes):
    async def answer(request: web.Request) -> web.Response:
        try:
            return signed(request, body)
        except UnicodeDecodeError:
            return web.Response(body=body)

    await asked_of(answer, Hands())


async def test_an_endless_answer_is_cut():
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(9):
            await response.write(b" " * 2**20)
        return response

    assert str(await asked_of(answer, Hands())) == "answer_too_long"


async def test_nobody_at_home_is_down():
    async with desk_side("http://127.0.0.1:9", Hands()) as source:
        with pytest.raises(SourceDown, match="no_connection"):
            await ask(source)


async def test_a_platform_that_stays_silent_is_given_up_and_not_asked_twice():
    gate, calls = asyncio.Event(), []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.path)
        await gate.wait()
        return web.Response()

    async with platform_side(any_call(answer)) as url, desk_side(url, Hands(), read_seconds=0.05) as source:
        with pytest.raises(SourceDown, match="timeout"):
            await ask(source)
        gate.set()
    assert len(calls) == 1


async def test_a_plan_for_another_verb_is_not_taken(demo: World):
    subject = await demo.who(ANNA)
    plan = await demo.source.find(subject, Verb.RESTRICTION)

    async def answer(request: web.Request) -> web.Response:
        return signed(request, wire.dumped(wire.FindAnswer(plan=plan)))

    async with platform_side(any_call(answer)) as url, desk_side(url, Hands()) as source:
        with pytest.raises(SourceDown):
            await source.find(subject, Verb.ERASURE)


# ---- the circuit


async def test_five_failures_open_the_circuit_and_one_call_after_half_a_minute_closes_it():
    hands, calls, healthy = Hands(), [], []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.path)
        return signed(request, b'{"people": []}') if healthy else web.Response(status=404)

    async with platform_side(any_call(answer)) as url, desk_side(url, hands) as source:
        for _ in range(7):
            with pytest.raises(SourceDown):
                await ask(source)
        assert len(calls) == 5
        healthy.append(True)
        hands.wait(29)
        with pytest.raises(SourceDown, match="circuit_open"):
            await ask(source)
        hands.wait(1)
        await ask(source)
        await ask(source)
    assert len(calls) == 7


# ---- copies that break off


def rows_then(*lines: dict, secret: str = SECRET, seal: bool = True):
    """A platform whose copy is these lines."""

    async def answer(request: web.Request) -> web.StreamResponse:
        from_platform = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        if seal:
            signer = Signer((secret,), clock=Hands().clock)
            digest = hashlib.sha256(from_platform).hexdigest().encode()
            sealed = signer.headers(answer_id(request.headers["webhook-id"]), digest)
            from_platform += json.dumps({"seal": sealed}).encode() + b"\n"
        return web.Response(body=from_platform, headers={"Content-Type": "application/x-ndjson"})

    return answer


LINE = {"line": {"source": "p", "tenant": "acme", "collection": "logins", "action": "access", "rows": 1}}
ROW = {"row": {"at": "2026-11-22"}}
RESULT = {"result": {"done": [], "proof": "ab"}}


async def copied(answer) -> list[dict]:
    taken: list[dict] = []
    async with platform_side(any_call(answer)) as url, desk_side(url, Hands()) as source:
        await source.act(
            key="copy", person=SOMEBODY, verb=Verb.ACCESS, approved="x", ceiling=1,
            sink=lambda line, rows: taken.extend(dict(row) for row in rows),
        )  # fmt: skip
    return taken


async def test_a_sealed_copy_is_taken():
    assert await copied(rows_then(LINE, ROW, ROW, LINE, ROW, RESULT)) == [{"at": "2026-11-22"}] * 3


@pytest.mark.parametrize(
    "answer",
    [
        rows_then(LINE, ROW, RESULT, seal=False),
        rows_then(LINE, ROW, RESULT, secret=OTHER),
        rows_then(LINE, ROW),
        rows_then(LINE, ROW, RESULT, ROW),
        rows_then(ROW, RESULT),
        rows_then(LINE, {"row": {}, "surprise": 1}, RESULT),
        rows_then(LINE, {"row": {"x": "y" * 2**20}}, RESULT),
        rows_then(LINE, ROW, {"error": {"reason": "down"}}),
        rows_then(),
    ],
)
async def test_a_copy_that_is_cut_changed_or_unsealed_was_not_delivered(answer):
    with pytest.raises(SourceDown):
        await copied(answer)


async def test_a_plan_that_moves_while_it_is_read_is_said_in_the_stream():
    with pytest.raises(PlanChanged):
        await copied(rows_then(LINE, ROW, {"error": {"reason": "plan_changed"}}))


async def test_a_full_vault_ends_the_copy_with_its_own_error(both: Both):
    subject = await both.near.who(ANNA)
    plan = await both.far.source.find(subject, Verb.ACCESS)

    def full(line, rows):
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        await both.far.source.act(
            key="k", person=subject, verb=Verb.ACCESS, approved=plan.hash, ceiling=plan.ceiling, sink=full
        )
    assert await both.far.copy(subject)


# ---- the served side


async def test_an_unsigned_a_late_and_a_misdirected_call_reach_no_source(demo: World):
    hands = Hands()
    routes = serve_source(demo.source, (SECRET,), clock=hands.clock, prefix="/desk")
    body = wire.dumped(wire.SuppressAsked(call="suppress", address="x@example.com"))
    headers = Signer((SECRET,), clock=hands.clock).headers("call_1", body)
    async with platform_side(*routes) as url, desk_side(url, hands) as source:
        post = source._session.post
        async with post(f"{url}/v1/suppress", data=body) as answer:
            assert (answer.status, await answer.json()) == (401, {"reason": "signature"})
        async with post(f"{url}/v1/suppress", data=body + b" ", headers=headers) as answer:
            assert answer.status == 401
        async with post(f"{url}/v1/suppress", data=b"x" * 300_000, headers=headers) as answer:
            assert answer.status == 401
        async with post(f"{url}/v1/unsuppress", data=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["reasons"]) == (422, ["malformed"])
        hands.wait(301)
        async with post(f"{url}/v1/suppress", data=body, headers=headers) as answer:
            assert answer.status == 401
    assert not await demo.source.suppression("x@example.com")


async def test_secrets_are_changed_without_a_gap(demo: World):
    hands = Hands()
    routes = serve_source(demo.source, (OTHER, SECRET), clock=hands.clock, prefix="/desk")
    async with platform_side(*routes) as url:
        for live in ((SECRET,), (OTHER, SECRET), (OTHER,)):
            async with desk_side(url, hands, *live) as source:
                assert await source.person(email=ANNA.email)


async def test_a_fault_of_the_platforms_program_is_tried_again_later(demo: World):
    class Broken:
        name = "platform"

        async def person(self, **_: str):
            raise KeyError("anna@example.nl")

    hands = Hands()
    async with behind_http(Broken(), hands) as source:
        with pytest.raises(SourceDown):
            await ask(source)
    assert len(hands.paused) == 2


async def test_a_call_that_is_given_up_leaves_the_circuit_as_it_was():
    gate = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        await gate.wait()
        return signed(request, b'{"people": []}')

    async with platform_side(any_call(answer)) as url, desk_side(url, Hands()) as source:
        task = asyncio.create_task(ask(source))
        while not source._session.connector._acquired:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        await ask(source)
