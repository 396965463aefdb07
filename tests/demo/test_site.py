"""The pretend platform over HTTP: its page, its login, and tokens that the desk itself accepts."""

import sqlite3
import stat
import tomllib
from contextlib import closing
from datetime import timedelta

import aiohttp
import jwt
import pytest

from bot.demo.platform.seeds import ANNA, FATIMA, LOTTE, PEOPLE, PIETER, PIETER_GLOBEX
from bot.demo.site.login import LOGINS_KEPT, Platform
from bot.demo.stage import ROOT, initials
from handlers.session import Sessions
from tests.demo.world import NOON, Demo


async def page(visitor, path="/", **more):
    async with visitor.get(path, **more) as answer:
        assert answer.status == 200
        return await answer.text()


async def log_in(visitor, who="acme-101"):
    async with visitor.post("/demo/login", data={"person": who}) as answer:
        assert answer.status == 200
        return await answer.text()


async def token_of(visitor):
    async with visitor.get("/demo/token") as answer:
        return answer.status, await answer.text()


def judge_of(platform):
    return Sessions(key=platform.public_key_pem, issuer=platform.issuer, audience=platform.audience)


def change(demo, statement):
    with closing(sqlite3.connect(demo.database)) as connection, connection:
        connection.execute(statement)


# ---- tokens


def test_the_desk_accepts_a_token_and_reads_who_it_is(tmp_path):
    platform = Platform(tmp_path, clock=lambda: NOON)
    found = judge_of(platform).judge(platform.token(ANNA), NOON)
    assert (found.session.tenant, found.session.subject, found.session.auth_time) == ("acme", "101", NOON)


def test_a_token_names_the_login_not_the_moment_of_asking(tmp_path):
    platform = Platform(tmp_path, clock=lambda: NOON)
    before = NOON - timedelta(hours=5)
    found = judge_of(platform).judge(platform.token(PIETER_GLOBEX, logged_in_at=before), NOON)
    assert (found.session.tenant, found.session.subject, found.session.auth_time) == ("globex", "205", before)


def test_a_token_lives_at_most_five_minutes_and_no_two_are_alike(tmp_path):
    platform = Platform(tmp_path, clock=lambda: NOON)
    first, second = (judge_of(platform).judge(platform.token(ANNA), NOON) for _ in range(2))
    assert first.jti != second.jti
    claims = jwt.decode(platform.token(ANNA), options={"verify_signature": False})
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert judge_of(platform).judge(platform.token(ANNA), NOON + timedelta(minutes=5)) is None


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    first, second = (Platform(tmp_path / "a", clock=lambda: NOON) for _ in range(2))
    other = Platform(tmp_path / "b", clock=lambda: NOON)
    assert first.public_key_pem == second.public_key_pem != other.public_key_pem
    assert stat.S_IMODE((tmp_path / "a" / "platform-key.pem").stat().st_mode) == 0o600
    assert judge_of(first).judge(other.token(ANNA), NOON) is None


def test_a_broken_key_stops_the_start(tmp_path):
    (tmp_path / "platform-key.pem").write_text("not a key")
    with pytest.raises(ValueError, match=r"deserialize|PEM|key"):
        Platform(tmp_path, clock=lambda: NOON)


# ---- logins


def test_only_the_newest_logins_are_kept_and_never_the_cookies(tmp_path):
    logins = Platform(tmp_path, clock=lambda: NOON).logins
    cookies = [logins.enter(ANNA) for _ in range(LOGINS_KEPT + 1)]
    assert logins.who(cookies[0]) is None
    assert logins.who(cookies[-1]).person is ANNA
    assert cookies[-1] not in (tmp_path / "platform-logins.json").read_text()
    with pytest.raises(LookupError):
        logins.enter(LOTTE)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"x": ["acme-999", "2026-01-01"]}', '{"x": 1}', '{"x": ["acme-101", ""]}']
)
def test_a_broken_file_of_logins_means_nobody_is_logged_in(tmp_path, content):
    (tmp_path / "platform-logins.json").write_text(content)
    assert Platform(tmp_path, clock=lambda: NOON).logins.who("x") is None


async def test_a_stranger_gets_no_token(visitor):
    assert await token_of(visitor) == (204, "")


async def test_a_customer_logs_in_gets_tokens_and_logs_out(demo, visitor):
    html = await log_in(visitor)
    assert "Anna de Vries" in html
    assert "anna.devries@example.nl" in html
    status, token = await token_of(visitor)
    assert status == 200
    assert judge_of(demo.platform).judge(token, NOON).session.subject == "101"
    async with visitor.post("/demo/logout") as answer:
        assert "a stranger again" in await answer.text()
    assert await token_of(visitor) == (204, "")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(demo, visitor):
    async with visitor.post("/demo/login", data={"person": "acme-101"}, allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert answer.status == 303
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/"))


async def test_a_login_survives_a_restart_and_keeps_its_instant(tmp_path):
    jar = aiohttp.CookieJar(unsafe=True)
    async with Demo(tmp_path).running() as first, aiohttp.ClientSession(first.url, cookie_jar=jar) as visitor:
        await log_in(visitor)
    async with Demo(tmp_path).running() as second, aiohttp.ClientSession(second.url, cookie_jar=jar) as visitor:
        second.clock.advance(timedelta(hours=3))
        _, token = await token_of(visitor)
        assert judge_of(second.platform).judge(token, second.clock()).session.auth_time == NOON


async def test_logging_in_again_makes_the_login_fresh_and_ends_the_old_cookie(demo, visitor):
    await log_in(visitor)
    [old] = [one.value for one in visitor.cookie_jar if one.key == "seleqt_demo"]
    demo.clock.advance(timedelta(hours=3))
    await log_in(visitor, "acme-102")
    _, token = await token_of(visitor)
    session = judge_of(demo.platform).judge(token, demo.clock()).session
    assert (session.subject, session.auth_time) == ("102", demo.clock())
    assert demo.platform.logins.who(old) is None


async def test_the_same_address_in_two_tenants_is_two_logins(demo, visitor):
    for person in (PIETER, PIETER_GLOBEX):
        await log_in(visitor, f"{person.tenant}-{person.subject}")
        _, token = await token_of(visitor)
        assert judge_of(demo.platform).judge(token, NOON).session.tenant == person.tenant


@pytest.mark.parametrize("who", ["", "seleqt-", "acme-999", "globex-101"])
async def test_nobody_logs_in_without_an_account(visitor, who):
    async with visitor.post("/demo/login", data={"person": who}) as answer:
        assert answer.status == 404
    assert await token_of(visitor) == (204, "")


async def test_a_locked_account_is_not_let_in_and_gets_no_token(demo, visitor):
    await log_in(visitor)
    change(demo, "UPDATE accounts SET status = 'locked' WHERE id = 101")
    assert await token_of(visitor) == (204, "")
    assert "a stranger" in await page(visitor)
    assert "locked" in await log_in(visitor)
    async with visitor.post("/demo/use") as answer:
        assert "Log in first" in await answer.text()


async def test_an_account_that_is_gone_is_not_let_in(demo, visitor):
    change(demo, "DELETE FROM accounts WHERE id = 101")
    assert "locked" in await log_in(visitor)


async def test_a_closed_account_can_still_come_for_its_data(visitor):
    assert "closed" in await log_in(visitor, f"{FATIMA.tenant}-{FATIMA.subject}")


@pytest.mark.parametrize("path", ["/demo/login", "/demo/logout", "/demo/use"])
async def test_a_post_from_another_site_is_refused(demo, visitor, path):
    await log_in(visitor)
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        async with visitor.post(path, data={"person": "acme-102"}, headers={"Origin": origin}) as answer:
            assert answer.status == 403
    assert "Anna de Vries" in await page(visitor, "/")


# ---- the page


async def test_keeping_to_use_the_platform_writes_visits(demo, visitor):
    await log_in(visitor)
    async with visitor.post("/demo/use") as answer:
        assert "one more visit" in await answer.text()
    with closing(sqlite3.connect(demo.database)) as connection:
        logins = connection.execute("SELECT count(*) FROM logins WHERE account_id = 101").fetchone()
    assert logins == (3 + 1 + 1,)  # seeded, the login itself, and the visit


async def test_what_the_desk_changes_is_seen_on_the_page(demo, visitor):
    await log_in(visitor)
    change(demo, "UPDATE accounts SET last_name = 'van Dijk', restricted_on = '2026-11-02' WHERE id = 101")
    html = await page(visitor)
    assert "Anna van Dijk" in html
    assert "your data is on hold" in html
    assert "We found our team here." in html
    change(demo, "UPDATE testimonials SET published = 0")
    assert "Nobody is quoted" in await page(visitor)


async def test_everybody_is_offered_and_hostile_names_are_text(visitor):
    html = await page(visitor)
    assert html.count('name="person"') == len([one for one in PEOPLE if one.subject])
    assert all(one.email in html for one in PEOPLE)
    assert "<script>alert" not in html
    await log_in(visitor, "acme-110")
    assert "<script>alert" not in await page(visitor)


async def test_the_page_carries_the_chat_and_the_bar(visitor):
    html = await page(visitor)
    assert '<script src="/widget/desk.js" data-lang="en" data-policy="/privacy" defer></script>' in html
    assert 'href="/privacy"' in html
    assert 'href="/demo/staff"' in html
    assert 'href="/demo/mail"' in html


async def test_the_language_is_asked_for_kept_and_else_the_browsers(visitor):
    dutch = {"Accept-Language": "nl-NL,nl;q=0.9"}
    assert '<html lang="en">' in await page(visitor, "/")
    assert '<html lang="nl">' in await page(visitor, "/", headers=dutch)
    assert 'data-lang="nl"' in await page(visitor, "/?lang=nl")
    assert '<html lang="nl">' in await page(visitor, "/privacy")
    assert '<html lang="en">' in await page(visitor, "/?lang=en", headers=dutch)
    assert '<html lang="en">' in await page(visitor, "/?lang=tlh")


async def test_an_unknown_word_in_the_address_is_ignored(visitor):
    assert 'class="said"' not in await page(visitor, "/?said=%3Cscript%3E")


async def test_the_policy_page_has_every_part_in_both_languages(visitor):
    for lang in ("en", "nl"):
        html = await page(visitor, f"/privacy?lang={lang}")
        for part in ("who", "data", "why", "recipients", "kept", "where", "security", "rights", "how", "authority"):
            assert f'<section id="{part}">' in html
        assert "info@seleqt.ai" in html


async def test_every_page_has_a_strict_policy_and_nothing_inline(demo, visitor):
    await log_in(visitor)
    for path in ("/", "/privacy"):
        async with visitor.get(path) as answer:
            html, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert f"ws://{demo.url.removeprefix('http://')}" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert " style=" not in html
        assert "<script>" not in html
    async with visitor.get("/", headers={"Host": "x;script-src*"}) as answer:
        assert "script-src*" not in answer.headers["Content-Security-Policy"]


async def test_the_shared_files_have_their_types(visitor):
    files = {"site.css": "text/css", "site.js": "text/javascript", "nav.css": "text/css", "icon.svg": "image/svg+xml"}
    for name, kind in files.items():
        async with visitor.get(f"/demo/{name}") as answer:
            assert answer.content_type == kind


def keys(words):
    if isinstance(words, dict):
        return {name: keys(value) for name, value in words.items() if name != "about"}
    return [keys(one) for one in words] if isinstance(words, list) else None


def test_both_languages_say_the_same_things():
    english, dutch = (tomllib.loads((ROOT / f"site/words/{lang}.toml").read_text("utf-8")) for lang in ("en", "nl"))
    assert keys(english) == keys(dutch)
    assert set(dutch["about"]) == {f"{one.tenant}-{one.subject}" for one in PEOPLE}


def test_a_picture_shows_letters_whatever_the_name_is():
    assert [initials(name) for name in ("Anna de Vries", "Lotte", "<b> 7", "", "'x y")] == ["AV", "L", "B", "", "XY"]
