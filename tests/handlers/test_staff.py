"""The staff page over HTTP: the single-use link, the session, escaped contents, replies and looks."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from aiohttp import ClientSession, CookieJar, web

from bot.core.model import Failure, Flag, Right, Status, Task
from bot.core.plans import Action, Corrected, Facts, Plan, PlanLine, PlanPart, Recipient, Verb
from bot.core.plans import Role as Part
from bot.ports import SourceDown
from bot.texts import Texts
from handlers.staff import Entered, Looked, Note, Place, StaffDesk, StaffSheet, TalkLine
from tests.handlers.slack_cases import LOTTE, NOW, every_ticket, ticket, view

TOKEN = "aB3-" + "x" * 30
COOKIE = "cookie-" + "y" * 30
HOSTILE = "<script>alert(1)</script>\"'>{{ 7*7 }}\u202e"
TEXTS = Texts.load()


def line(action: Action, **more: object) -> PlanLine:
    known: dict[str, object] = {
        "source": "platform",
        "tenant": "acme",
        "collection": "invoices",
        "action": action,
        "rows": 1240,
        "columns": ("number", "sent_on"),
        "label": (("en", "Invoices"), ("nl", "Facturen")),
        "column_labels": ((("en", "Number"),), (("en", "Sent on"),)),
        "reason": "tax",
        "article": "AWR 52",
        "keep_until": date(2031, 12, 31),
        "third_party": 3,
        "secrets": 1,
        "held": ("password_hash",),
        "removed": ("colleague_name",),
        "facts": Facts(purpose=(("en", "Billing"),)),
    }
    return PlanLine(**{**known, **more})


def plan(verb: Verb, *lines: PlanLine) -> Plan:
    part = PlanPart(source="platform", tenant="acme", subject="d1", shape="s", rows=10, ceiling=60)
    return Plan(
        verb=verb,
        lines=lines,
        parts=(part,),
        recipients=(Recipient(code="m", name="Mollie", country="NL"),),
        errors=("crm",),
    )


def sheet(one=None, **more: object) -> StaffSheet:
    shown = view(one or ticket())
    known: dict[str, object] = {"ticket": shown.ticket, "dates": shown.dates, "plan": None, "log": ()}
    return StaffSheet(**{**known, **more})


class FakeRoom:
    """A staff room in memory: one link, sessions that stand still for 15 minutes, replies and looks by key."""

    def __init__(self) -> None:
        self.now = NOW
        self.links = {TOKEN: "t1"}
        self.sessions: dict[str, object] = {}
        self.sheets: dict[str, StaffSheet] = {"t1": sheet(ticket(id="t1"))}
        self.replies: dict[str, str] = {}
        self.looks: list[tuple[Place, str]] = []
        self.answer: Looked | None = None
        self.down = False
        self.values = ()
        self.contacts = []
        self.closed = False

    def clock(self):
        return self.now

    async def enter(self, token):
        ticket_id = self.links.pop(token, None)
        if ticket_id is None:
            return None
        self.sessions[COOKIE] = self.now
        return Entered(cookie=COOKIE, ticket_id=ticket_id)

    async def session(self, cookie):
        last = self.sessions.get(cookie)
        if last is None or self.now - last > timedelta(minutes=15):
            return None
        self.sessions[cookie] = self.now
        return LOTTE

    async def leave(self, cookie):
        self.sessions.pop(cookie, None)

    async def sheet(self, ticket_id, staffer):
        return self.sheets.get(ticket_id)

    async def reply(self, ticket_id, staffer, text, *, key):
        self.replies.setdefault(key, text)
        return not self.closed

    async def contact(self, ticket_id, staffer, address, words):
        self.contacts.append((address, words))
        return "" if "@" in address else "address"

    async def changed(self, ticket_id, staffer, name, reason):
        self.looks.append((name, reason))
        return tuple(one for one in self.values if one.name == name) or None

    async def look(self, ticket_id, staffer, place, reason):
        if self.down:
            raise SourceDown
        self.looks.append((place, reason))
        return self.answer


class Browser:
    """A browser of one colleague: cookies kept, redirects shown."""

    def __init__(self, session: ClientSession, root: str, desk: FakeRoom) -> None:
        self._session, self.root, self.desk = session, root, desk

    async def get(self, path: str):
        async with self._session.get(self.root + path, allow_redirects=False) as response:
            return response, await response.text()

    async def post(self, path: str, data=None, **headers: str):
        url = self.root + path
        async with self._session.post(url, data=data or {}, headers=headers, allow_redirects=False) as response:
            return response, await response.text()

    async def enter(self):
        return await self.post(f"/staff/enter/{TOKEN}")

    async def fields(self, path: str = "/staff/t/t1", action: str = "/reply"):
        """The hidden fields of a form on a page."""
        _, text = await self.get(path)
        form = next(part for part in text.split("<form")[1:] if action in part.partition(">")[0])
        return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


@asynccontextmanager
async def browser(public: str = "") -> AsyncIterator[Browser]:
    desk = FakeRoom()
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)
    site = StaffDesk(pages=desk, texts=TEXTS, public_url=public or "http://127.0.0.1")
    app.add_routes(site.routes())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    root = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            yield Browser(session, root, desk)
    finally:
        await runner.cleanup()


# ---- entering


async def test_opening_the_link_spends_nothing_and_the_button_does():
    async with browser() as at:
        for _ in range(3):
            response, text = await at.get(f"/staff/enter/{TOKEN}")
            assert response.status == 200
            assert 'method="post"' in text
        assert at.desk.links == {TOKEN: "t1"}
        response, _ = await at.enter()
        assert (response.status, response.headers["Location"]) == (303, "/staff/t/t1")
        response, text = await at.get("/staff/t/t1")
        assert response.status == 200
        assert "SEL-2026-00417" in text


async def test_a_link_works_once():
    async with browser() as at:
        await at.enter()
        response, text = await at.enter()
        assert response.status == 410
        assert "Open the plan" in text


@pytest.mark.parametrize("token", ["short", "a" * 300, "..%2f..%2fetc", "%3Cscript%3E" + "x" * 30])
async def test_a_token_of_another_shape_is_no_page(token):
    async with browser() as at:
        assert (await at.get(f"/staff/enter/{token}"))[0].status == 404
        assert (await at.post(f"/staff/enter/{token}"))[0].status == 404


async def test_the_cookie_is_hidden_from_scripts_and_from_other_sites():
    async with browser() as at:
        response, _ = await at.enter()
        cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Path=/staff" in cookie
        assert "Max-Age=900" in cookie


async def test_behind_https_the_cookie_is_secure():
    async with browser("https://desk.seleqt.example") as at:
        response, _ = await at.enter()
        assert response.headers["Set-Cookie"].startswith("__Secure-staff=")
        assert "Secure" in response.headers["Set-Cookie"]


async def test_without_a_session_nothing_is_shown_and_after_15_idle_minutes_neither():
    async with browser() as at:
        response, text = await at.get("/staff/t/t1")
        assert response.status == 401
        assert "SEL-2026" not in text
        await at.enter()
        at.desk.now += timedelta(minutes=14)
        assert (await at.get("/staff/t/t1"))[0].status == 200
        at.desk.now += timedelta(minutes=16)
        assert (await at.get("/staff/t/t1"))[0].status == 401


async def test_leaving_ends_the_session():
    async with browser() as at:
        await at.enter()
        fields = await at.fields(action="/leave")
        await at.post("/staff/leave", fields)
        assert at.desk.sessions == {}
        assert (await at.get("/staff/t/t1"))[0].status == 401


async def test_a_request_one_may_not_open_looks_like_one_that_isnt_there():
    async with browser() as at:
        await at.enter()
        response, text = await at.get("/staff/t/other")
        assert response.status == 404
        assert "isn't one you may open" in text or "isn&#39;t one you may open" in text


@pytest.mark.parametrize("path", ["/staff/t/t1", f"/staff/enter/{TOKEN}", "/staff/staff.css"])
async def test_nothing_is_cached_framed_scripted_or_told_to_others(path):
    async with browser() as at:
        if "/t/" in path:
            await at.enter()
        response, text = await at.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in text
        assert "style=" not in text
        assert "http" not in text.replace("http-equiv", "")


# ---- showing


async def test_values_of_a_person_are_shown_as_text():
    async with browser() as at:
        await at.enter()
        at.desk.sheets["t1"] = sheet(
            ticket(Right.RECTIFICATION, id="t1", failures=(Failure(source=HOSTILE, reason=HOSTILE),)),
            asked=HOSTILE,
            fields=(HOSTILE,),
            talk=(TalkLine(at=NOW, who=HOSTILE, text=HOSTILE), TalkLine(at=NOW, who="person", text=HOSTILE)),
            plan=plan(
                Verb.RECTIFICATION,
                line(
                    Action.CORRECT,
                    label=(("en", HOSTILE),),
                    collection=HOSTILE,
                    reason=HOSTILE,
                    columns=(HOSTILE,),
                    column_labels=(),
                ),
            ),
        )
        _, text = await at.get("/staff/t/t1")
        assert "<script" not in text
        assert "{{ 7*7 }}" in text
        assert "\u202e" not in text
        assert text.count("&lt;script&gt;") > 8


async def test_a_plan_shows_what_goes_what_stays_why_and_until_when():
    async with browser() as at:
        await at.enter()
        at.desk.sheets["t1"] = sheet(
            ticket(Right.ERASURE, id="t1", flags=frozenset({Flag.SOLE_ADMINISTRATOR})),
            plan=plan(
                Verb.ERASURE,
                line(Action.KEEP),
                line(Action.DELETE, collection="sessions", label=(("en", "Log-ins"),), role=Part.PROCESSOR),
            ),
        )
        _, text = await at.get("/staff/t/t1")
        assert text.index("Deleted") < text.index("Stays")
        for words in ("Log-ins", "1,240", "because tax law asks", "AWR 52", "Wed 31 Dec 2031", "password_hash"):
            assert words in text
        for words in ("colleague_name", "a client&#39;s list", "Mollie", "didn&#39;t answer: crm", "administrator"):
            assert words in text.replace("'", "&#39;")
        assert "Look at the data" not in text


async def test_every_right_in_every_state_has_a_page():
    async with browser() as at:
        await at.enter()
        for one in every_ticket():
            at.desk.sheets["t1"] = sheet(replace(one, id="t1"), plan=plan(Verb.ERASURE))
            response, text = await at.get("/staff/t/t1")
            assert response.status == 200
            assert one.ref in text


async def test_a_rectification_shows_old_and_new_of_one_field_after_a_reason():
    async with browser() as at:
        await at.enter()
        correction = Corrected(name="last_name", collection="users", column="surname", old="Berg", new="van den Berg")
        at.desk.sheets["t1"] = sheet(ticket(Right.RECTIFICATION, id="t1"), fields=("last_name", "phone"))
        at.desk.values = (correction,)
        _, text = await at.get("/staff/t/t1")
        assert "Berg" not in text
        fields = await at.fields(action="/change") | {"name": "last_name"}
        assert "Say why" in (await at.post("/staff/t/t1/change", fields | {"reason": "why"}))[1]
        assert at.desk.looks == []
        _, text = await at.post("/staff/t/t1/change", fields | {"reason": "compare it with the passport"})
        assert at.desk.looks == [("last_name", "compare it with the passport")]
        assert "<del>Berg</del>" in text
        assert "<ins>van den Berg</ins>" in text
        assert "Last name" in text


# ---- replying


async def test_a_reply_is_sent_once_however_often_its_form_is():
    async with browser() as at:
        await at.enter()
        fields = await at.fields() | {"text": "  We hebben je bericht gelezen.  "}
        for _ in range(2):
            response, _ = await at.post("/staff/t/t1/reply", fields)
            assert (response.status, response.headers["Location"]) == (303, "/staff/t/t1?said=1#talk")
        assert list(at.desk.replies.values()) == ["We hebben je bericht gelezen."]
        assert next(iter(at.desk.replies)).startswith(f"reply:{LOTTE.key}:")
        _, text = await at.get("/staff/t/t1?said=1")
        assert 'role="status"' in text


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
async def test_an_empty_or_too_long_reply_is_refused_beside_the_field_and_kept(text):
    async with browser() as at:
        await at.enter()
        response, page = await at.post("/staff/t/t1/reply", await at.fields() | {"text": text})
        assert response.status == 422
        assert 'role="alert"' in page
        assert text.strip()[:4000] in page
        assert at.desk.replies == {}


async def test_a_reply_that_cannot_go_out_any_more_says_so():
    async with browser() as at:
        await at.enter()
        at.desk.closed = True
        response, page = await at.post("/staff/t/t1/reply", await at.fields() | {"text": "Hallo"})
        assert response.status == 422
        assert "Nothing was sent" in page


@pytest.mark.parametrize("form", ["", "0" * 64, "é"])
@pytest.mark.parametrize("path", ["/staff/t/t1/reply", "/staff/t/t1/look", "/staff/leave"])
async def test_a_form_without_the_sessions_token_does_nothing(path, form):
    async with browser() as at:
        await at.enter()
        response, _ = await at.post(path, {"form": form, "text": "x", "reason": "because I want to"})
        assert response.status == 403
        assert at.desk.replies == {}
        assert at.desk.looks == []
        assert at.desk.sessions


async def test_the_token_of_one_request_opens_no_form_of_another():
    async with browser() as at:
        await at.enter()
        at.desk.sheets["t2"] = sheet(ticket(id="t2"))
        response, _ = await at.post("/staff/t/t2/reply", await at.fields() | {"text": "x"})
        assert response.status == 403


async def test_a_post_from_another_site_or_too_big_is_refused():
    async with browser() as at:
        assert (await at.post(f"/staff/enter/{TOKEN}", Origin="https://evil.example"))[0].status == 403
        assert at.desk.links
        await at.enter()
        response, _ = await at.post("/staff/t/t1/reply", await at.fields() | {"text": "x" * 70_000})
        assert response.status == 413


async def test_without_a_session_a_reply_goes_nowhere():
    async with browser() as at:
        await at.enter()
        fields = await at.fields() | {"text": "Hallo"}
        at.desk.sessions.clear()
        assert (await at.post("/staff/t/t1/reply", fields))[0].status == 401
        assert at.desk.replies == {}


# ---- looking


async def looking(at: Browser):
    at.desk.sheets["t1"] = sheet(ticket(id="t1"), plan=plan(Verb.ACCESS, line(Action.ACCESS)))
    await at.enter()
    return await at.fields(action="/look")


async def test_rows_are_shown_after_a_reason_and_as_text():
    async with browser() as at:
        fields = await looking(at)
        place = Place(source="platform", tenant="acme", collection="invoices")
        at.desk.answer = Looked(place=place, columns=("Number", HOSTILE), rows=(("2024-17", HOSTILE),), total=1240)
        response, text = await at.post("/staff/t/t1/look", fields | {"reason": "check for other people's names"})
        assert response.status == 200
        assert at.desk.looks == [(place, "check for other people's names")]
        assert "2024-17" in text
        assert "1 of 1,240 rows" in text
        assert "<script" not in text
        assert "2024-17" not in (await at.get("/staff/t/t1"))[1]


@pytest.mark.parametrize("reason", ["", "ok", "12345678901234"])
async def test_without_a_reason_nothing_is_opened(reason):
    async with browser() as at:
        response, text = await at.post("/staff/t/t1/look", await looking(at) | {"reason": reason})
        assert response.status == 422
        assert "Say why you need to look" in text
        assert at.desk.looks == []


async def test_a_group_outside_the_plan_or_a_system_that_is_down_shows_nothing_and_says_so():
    async with browser() as at:
        fields = await looking(at) | {"reason": "check for other people's names"}
        assert "nothing was shown" in (await at.post("/staff/t/t1/look", fields))[1]
        at.desk.down = True
        assert "doesn't answer just now" in (await at.post("/staff/t/t1/look", fields))[1]


# ---- a request by phone or post


async def test_an_address_is_typed_here_and_a_wrong_one_comes_back_beside_its_field():
    async with browser() as at:
        await at.enter()
        at.desk.sheets["t1"] = sheet(ticket(id="t1", status=Status.VERIFYING, tasks=frozenset({Task.CONTACT})))
        fields = await at.fields(action="/contact")
        response, text = await at.post("/staff/t/t1/contact", fields | {"address": "nobody", "words": "<b>Hi</b>"})
        assert response.status == 422
        assert "no plain e-mail address" in text
        assert "&lt;b&gt;Hi" in text
        response, _ = await at.post("/staff/t/t1/contact", fields | {"address": "a@example.nl", "words": " Hi "})
        assert response.status == 303
        assert at.desk.contacts[-1] == ("a@example.nl", "Hi")
        assert (await at.post("/staff/t/t1/contact", {"form": "x", "address": "a@example.nl"}))[0].status == 403


async def test_what_is_left_to_do_and_the_notes_of_colleagues_stand_here_as_text():
    async with browser() as at:
        await at.enter()
        note = Note(at=NOW, who="Lotte", what="proof_noted", text=HOSTILE)
        owed = ticket(id="t1", status=Status.DONE, tasks=frozenset({Task.FORWARD}))
        at.desk.sheets["t1"] = sheet(owed, notes=(note,))
        _, text = await at.get("/staff/t/t1")
        assert "Forward the request to the client" in text
        assert "what proves a task" in text
        assert "<script" not in text
