"""Hostile text stays text, and nothing of a person leaves the places that are meant for it.

Searched for afterwards: seeded names, addresses, numbers, typed values, codes and tokens, in every log line, in the
step, log and counter tables, and in everything that was sent to Slack.
"""

import html
import json
import logging
import zipfile
from datetime import timedelta
from io import BytesIO

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.core.model import Right, Status
from bot.demo.platform.seeds import ANNA, BRAM, HOSTILE, YUSUF
from tests.walks import house, moves

SEE = "I want to see everything you have on me"
HOSTILE_TEXTS = (
    "I want to see everything you have on me <script>alert(1)</script><img src=x onerror=alert(1)>",
    "please delete my data {{ 7*7 }} {% include '/etc/passwd' %} ${7*7} #{7*7}",
    "send me a copy of my data'; DROP TABLE tickets; -- \" OR 1=1",
    "I want a copy of my data <!channel> <@U0LOTTE> <https://evil.example|click> *bold* `code` &lt;!here&gt;",
    "I want to see everything you have on me \u202eeirV ed\u202c\u2066\u200b\x00\x07\x1b[31m",
    "I want to see my data\r\nBcc: everybody@example.org\r\n\r\nSubject: hello",
)


# ---- hostile text


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
async def test_hostile_text_is_stored_and_shown_as_text(world, visit, text):
    anna = await visit(ANNA)
    await anna.say(text)
    ref = moves.refs_in(await anna.hears("SEL-2026"))[0]
    mine = next(one["text"] for one in anna.lines if one["who"] == "person")
    assert "<script>" in mine or "<script>" not in text
    assert not set(mine) & set("\u202e\u202c\u2066\x00\x07\x1b")
    assert "7*7" in anna.said() or "7*7" not in text
    card = await house.card(world, ref)
    sent = json.dumps([[one.text, one.blocks] for one in world.slack.messages.values()])
    for piece in ("alert(", "passwd", "DROP TABLE", "evil.example", "<!channel>", "everybody@"):
        assert piece not in sent
    async with moves.on_staff_page(house.staff(world, "mina"), card) as page:
        assert mine.splitlines()[0] in html.unescape(page.text), "the colleague reads what was written"
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert ("7*7" in page.text) == ("7*7" in text)
    for letter in world.mailbox.letters():
        assert letter.to == ANNA.email
        assert "<script" not in letter.html
    assert len(await moves.every_ticket(world)) == 1
    assert (await moves.get(f"{world.url}/healthz")).status == 200


async def test_hostile_values_on_file_stay_values_in_the_copy_and_in_the_result(world, visit):
    robert = await visit(HOSTILE)
    await robert.say(SEE)
    ref = moves.refs_in(await robert.hears("This is what we found"))[0]
    card = await house.card(world, ref)
    async with moves.on_staff_page(house.staff(world, "mina"), card) as page:
        looked = await page.look("orders", "checking what stands there")
        assert "{{ 7*7 }}" in html.unescape(looked.text)
        looked = await page.look("complaints", "checking what stands there")
        assert "<img" not in looked.text
        assert "&lt;img src=x" in looked.text
    await house.approve(world, ref, "lotte")
    await robert.hears("Your copy for")
    await robert.press("Open my copy")
    link = (await robert.until(lambda: robert.opened))[0]
    shown = (await moves.post(f"{link}/read")).text
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "\u202e" not in shown
    package = zipfile.ZipFile(BytesIO((await moves.post(f"{link}/download")).body))
    for name in package.namelist():
        if name.endswith(".csv"):
            cells = package.read(name).decode("utf-8-sig")
            assert not any(line.lstrip('"').startswith(("=", "@", "+1", "-1")) for line in cells.splitlines()), name
            assert '"=HYPER' not in cells
            assert ",=HYPER" not in cells


async def test_a_hostile_new_name_is_written_as_it_was_typed_or_asked_about_again(world, visit):
    anna = await visit(ANNA)
    await anna.say("my last name should be O'Brien")
    await anna.press("Yes, change it")
    ref = moves.refs_in(await anna.hears("A colleague makes the change"))[0]
    await house.approve(world, ref, "lotte")
    await anna.hears("Done on", ref)
    assert moves.platform(world, "SELECT last_name FROM accounts WHERE id = 101") == [{"last_name": "O'Brien"}]
    assert len(moves.platform(world, "SELECT 1 FROM accounts WHERE last_name = 'O''Brien'")) == 1


async def test_empty_and_over_long_messages_are_refused_with_the_limit_and_nothing_is_stored(world, visit):
    stranger = await visit()
    await stranger.say("x" * 4001)
    await stranger.until(lambda: any("4,000" in one for one in stranger.refused))
    await stranger.say("   \n ")
    await stranger.until(lambda: len(stranger.refused) == 2)
    stored = house.rows(world.app.settings.database, "SELECT count(*) FROM lines WHERE who = 'person'")
    assert stored == [(0,)]


NO_FORMS = {
    "multipart/form-data; boundary=x": b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n",
    "multipart/form-data": b"x",
    "application/x-www-form-urlencoded; charset=nonsense": b"code=1",
    "application/x-www-form-urlencoded; charset=utf-8": b"code=\xff",
}


@pytest.mark.filterwarnings("ignore")  # the reader of forms warns of what it reads
@pytest.mark.parametrize("kind", NO_FORMS)
@pytest.mark.parametrize("path", ["/check/{0}/open", "/staff/leave"])
async def test_a_body_that_is_no_form_is_refused_plainly(world, kind, path):
    headers = {"Content-Type": kind}
    async with aiohttp.ClientSession(headers=headers) as hostile:
        answer = await hostile.post(f"{world.url}{path.format('a' * 43)}", data=NO_FORMS[kind])
        assert answer.status in {400, 403, 404}


async def test_a_citizen_number_is_covered_before_anything_is_stored(world, visit):
    stranger = await visit()
    await stranger.say("I want my data, my BSN is 111222333")
    await stranger.hears("I've covered it before anything was stored")
    assert "111222333" not in everywhere(world)


@pytest.mark.parametrize("frame", ["[]", "{", '{"type":"fly"}', '"say"', "x" * 70_000])
async def test_a_frame_that_is_none_of_ours_ends_the_line_and_nothing_else(world, visit, frame):
    stranger, other = await visit(), await visit()
    await stranger.send_text(frame)
    await stranger.closed()
    await other.say(SEE)
    await other.hears("I've filed it")


# ---- nothing leaves its place


def everywhere(world, tables=()):
    """Every cell of the desk's database (or of these tables) as one text."""
    database = world.app.settings.database
    found = [name for (name,) in house.rows(database, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    cells = (cell for name in tables or found for row in house.rows(database, f"SELECT * FROM {name}") for cell in row)
    return "\n".join(str(cell) for cell in cells)


async def a_long_day(world, visit):
    """Every kind of walk at once; returns the secrets that came up: codes, tokens of links, keys, typed values."""
    secrets = []
    bram = await visit()
    await bram.say("Send me a copy of my data and then delete everything")
    await bram.hears("One check before we look")
    secrets.append(await moves.code_for(world, bram, "bram.jansen@example.nl", to=BRAM.email))
    await bram.say("0000 0000")
    await bram.say(secrets[-1])
    refs = moves.refs_in(await bram.hears("Thank you, the check is done"))
    await bram.hears("This goes")
    async with moves.on_staff_page(house.staff(world, "mina"), await house.card(world, refs[0])) as page:
        await page.look("invoices", "Keizersgracht must be checked")
        await page.reply("Dear Bram Jansen of the Keizersgracht, we are on it")
    await bram.hears("we are on it")
    await house.approve(world, refs[0], "lotte")
    await bram.hears("Your copy for")
    link = moves.link_in(await moves.mail(world, BRAM.email, "copy is ready"), "copy")
    await moves.post(f"{link}/code")
    secrets.append(moves.code_in(await moves.mail(world, BRAM.email, moves.COPY_CODE_MAIL)))
    page = await moves.post(f"{link}/open", code=secrets[-1])
    await moves.post(f"{page.url}/download")
    anna = await visit(ANNA)
    await anna.say("my last name is wrong, it should be Zonnebloem-Secret")
    await anna.press("Yes, change it")
    await anna.hears("is found")
    await house.approve(world, (await house.ticket_of(world, Right.RECTIFICATION)).ref, "lotte")
    await anna.hears("Done on")
    stranger = await visit()
    await stranger.say(f"please stop all marketing to {YUSUF.email}")
    await stranger.hears("Done: from this moment")
    world.mailbox.switch(down=True, refused=set())
    await anna.say("can I speak to a person please, about my diagnosis of Zonnebloemitis")
    await anna.hears("I've handed this to a colleague")
    world.mailbox.switch(down=False, refused=set())
    world.clock.advance(timedelta(minutes=2))
    await house.settled(world)
    links = [one.rsplit("/", 1)[-1] for one in (link, page.url)]
    return [*secrets, *(one.replace(" ", "") for one in secrets), *links, bram.key, anna.key, anna.token]


PERSONAL = (
    "Bram", "Jansen", "Anna", "de Vries", "Kaya", "Yusuf", "@example.", "Keizersgracht", "Lindengracht", "+316",
    "1002AB", "NL123456789B01", "192.0.2.", "Zonnebloem", "diagnosis", "call before delivery", "INV-0000",
)  # fmt: skip
"""What the seeds and the walk know of people, as it would look if it had slipped out."""


@pytest.fixture
def log_lines(caplog):
    """Every log line of the desk, and of its vendors as they are set up to speak."""
    for ours in ("bot", "handlers", "storage"):
        caplog.set_level(logging.DEBUG, logger=ours)
    with capture_logs() as lines:
        yield lambda: "\n".join([*map(str, lines), *(f"{one.getMessage()} {vars(one)}" for one in caplog.records)])


async def test_no_personal_data_code_or_token_stands_in_a_log_line_a_step_or_slack(log_lines, world, visit):
    secrets = await a_long_day(world, visit)
    logged = log_lines()
    assert "step_put_back" in logged or "request" in logged, "something was logged at all"
    working = everywhere(
        world, ("steps", "log", "seen", "counters", "cards", "links", "objects", "challenges", "tickets")
    )
    slack = json.dumps([[one.text, one.blocks, one.metadata] for one in world.slack.messages.values()])
    slack += json.dumps([view.body for view in world.slack.views.homes.values()])
    slack += json.dumps([one.arguments for one in world.slack.calls if not one.method.startswith("views.")])
    for place, text in (("log lines", logged), ("working tables", working), ("Slack", slack)):
        for secret in secrets:
            assert secret not in text, f"a secret in {place}"
        for word in PERSONAL:
            assert word.casefold() not in text.casefold(), f"{word} in {place}"


async def test_no_code_link_or_key_stands_anywhere_in_the_desks_database(world, visit):
    secrets = await a_long_day(world, visit)
    text = everywhere(world)
    assert "Zonnebloem" in text, "contents have their own rows"
    for secret in secrets:
        assert secret not in text
    assert (await house.ticket_of(world, Right.RECTIFICATION)).status is Status.DONE
    kept = house.rows(world.app.settings.database, "SELECT text FROM contents WHERE kind = 'changes'")
    assert kept == [], "new values are forgotten once they are written"
