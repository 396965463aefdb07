"""The mailbox over real SMTP and HTTP: mails are kept, found, shown as text, and refused when told to."""

import asyncio

import aiosmtplib
import pytest

from bot.demo.mailbox.letters import framed, linked, read_letter, stamped
from bot.ports import AddressRefused, Letter, PostDown
from handlers.mail import MailServer, SmtpPost
from tests.demo.world import NOON, Demo, mail


async def page(visitor, path):
    async with visitor.get(path) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_mail_arrives_as_it_was_sent(demo):
    await demo.send("Anna@Example.nl", "Your request: we have it ✓", "Text — part.", "<p>HTML part.</p>")
    [letter] = demo.mailbox.letters()
    assert (letter.to, letter.subject) == ("Anna@Example.nl", "Your request: we have it ✓")
    assert letter.text.strip() == "Text — part."
    assert "<p>HTML part.</p>" in letter.html
    assert letter.message_id == "<one@seleqt.example>"
    assert letter.at == NOON
    assert b"Subject: " in letter.raw


async def test_letters_are_found_by_address_whatever_its_case(demo):
    for to in ("anna@example.nl", "bram@example.nl", "ANNA@example.nl"):
        await demo.send(to)
    assert [one.number for one in demo.mailbox.letters("Anna@Example.NL")] == [1, 3]
    assert len(demo.mailbox.letters()) == 3


async def test_one_mail_for_two_people_is_two_letters(demo):
    await aiosmtplib.send(
        mail("a@example.nl"), recipients=["a@example.nl", "b@example.nl"], hostname="127.0.0.1",
        port=demo.mailbox.port, start_tls=False,
    )  # fmt: skip
    assert [one.to for one in demo.mailbox.letters()] == ["a@example.nl", "b@example.nl"]


async def test_letters_and_what_was_read_survive_a_restart(tmp_path):
    async with Demo(tmp_path).running() as first:
        await first.send("a@example.nl", "One")
        await first.send("b@example.nl", "Two")
        first.mailbox.mark_read(first.mailbox.letters()[0])
    async with Demo(tmp_path).running() as second:
        assert [one.subject for one in second.mailbox.letters()] == ["One", "Two"]
        assert [second.mailbox.is_unread(one) for one in second.mailbox.letters()] == [False, True]
        await second.send("c@example.nl", "Three")
        assert second.mailbox.letters()[-1].number == 3
    assert sorted(file.name for file in (tmp_path / "mail").glob("*/*")) == ["000001.eml", "000002.eml", "000003.eml"]


async def test_waiting_ends_with_the_letter_that_was_awaited(demo):
    waiting = asyncio.create_task(demo.mailbox.wait_for("a@example.nl", "code", 10))
    await demo.send("a@example.nl", "Something else")
    await demo.send("b@example.nl", "Your code")
    await demo.send("A@example.nl", "Your code, again")
    assert (await waiting).subject == "Your code, again"


async def test_waiting_finds_what_is_there_and_can_ask_for_the_next(demo):
    await demo.send("a@example.nl", "Your code 1")
    assert (await demo.mailbox.wait_for("a@example.nl", "code", 1)).subject == "Your code 1"
    waiting = asyncio.create_task(demo.mailbox.wait_for("a@example.nl", "code", 10, count=2))
    await demo.send("a@example.nl", "Your code 2")
    assert (await waiting).subject == "Your code 2"


async def test_waiting_in_vain_ends(demo):
    with pytest.raises(TimeoutError):
        await demo.mailbox.wait_for("a@example.nl", "code", 0.01)


async def test_a_mail_server_that_is_down_says_try_again_and_keeps_nothing(demo):
    demo.mailbox.down = True
    with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
        await demo.send("a@example.nl")
    assert refused.value.code == 451
    demo.mailbox.down = False
    await demo.send("a@example.nl")
    assert len(demo.mailbox.letters()) == 1


async def test_a_refused_address_is_refused_for_good_and_others_are_not(demo):
    demo.mailbox.refused = {"Gone@example.nl"}
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await demo.send("gone@example.nl")
    assert refused.value.recipients[0].code == 550
    await demo.send("here@example.nl")
    assert [one.to for one in demo.mailbox.letters()] == ["here@example.nl"]


async def test_the_desks_own_post_understands_both_refusals(demo):
    server = MailServer(host="127.0.0.1", port=demo.mailbox.port, tls="none")
    post = SmtpPost(server=server, sender="Seleqt privacy desk <info@seleqt.example>", clock=demo.clock)
    letter = Letter(
        to="a@example.nl", subject="S", text="T", html="<p>H</p>", message_id="<m@seleqt.example>", lang="en"
    )
    await post.send(letter)
    assert demo.mailbox.letters()[0].message_id == "<m@seleqt.example>"
    demo.mailbox.switch(down=True, refused=set())
    with pytest.raises(PostDown):
        await post.send(letter)
    demo.mailbox.switch(down=False, refused={" A@Example.nl "})
    with pytest.raises(AddressRefused):
        await post.send(letter)


async def test_a_full_disk_is_a_reason_to_try_again(demo, tmp_path):
    (tmp_path / "mail").write_text("a file where the folder should be")
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await demo.send("a@example.nl")
    assert refused.value.code == 451


async def test_stopping_ends_open_connections(tmp_path):
    async with Demo(tmp_path).running() as demo:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=demo.mailbox.port, start_tls=False)
        await client.connect()
        await demo.mailbox.stop()
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await client.sendmail("a@example.nl", ["b@example.nl"], b"x")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: =?utf-8?q?=ff?=\r\nMessage-ID: <[\r\n\r\nx",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nx",
        b"Content-Type: multipart/alternative\r\n\r\nx",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
    ],
)
def test_any_bytes_make_a_letter(content):
    letter = read_letter(stamped("ü@example.nl", NOON, content), 7)
    assert (letter.to, letter.at, letter.number) == ("ü@example.nl", NOON, 7)


# ---- pages


async def test_the_list_shows_the_newest_first_with_unread_marks(demo, visitor):
    assert "No mail yet" in await page(visitor, "/demo/mail")
    await demo.send("a@example.nl", "First")
    await demo.send("b@example.nl", "Second")
    html = await page(visitor, "/demo/mail")
    assert html.index("Second") < html.index("First")
    assert html.count("Unread: ") == 2
    assert "<title>(2) Mailbox" in html
    opened = await page(visitor, "/demo/mail/1")
    assert opened.count("Unread: ") == 1
    assert not demo.mailbox.is_unread(demo.mailbox.letters()[0])


async def test_the_list_can_be_narrowed_to_an_address(demo, visitor):
    await demo.send("anna@example.nl", "For Anna")
    await demo.send("bram@example.nl", "For Bram")
    html = await page(visitor, "/demo/mail?to=ANNA@")
    assert "For Anna" in html
    assert "For Bram" not in html
    assert "/demo/mail/1?to=ANNA%40" in html
    assert "No mail for" in await page(visitor, "/demo/mail?to=%22%3E%3Cscript%3E")


async def test_a_letters_html_is_in_a_sandbox_of_its_own(demo, visitor):
    await demo.send("a@example.nl", html="<html><head></head><body><a href='https://x.example'>x</a></body></html>")
    opened = await page(visitor, "/demo/mail/1")
    assert 'src="/demo/mail/1/html"' in opened
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in opened
    async with visitor.get("/demo/mail/1/html") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert '<base target="_blank">' in await answer.text()
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


async def test_hostile_mail_is_shown_as_text(demo, visitor):
    await demo.send("a@example.nl", "<script>alert(1)</script>", "<img src=x> {{ 7*7 }} https://x.example/?a=1&b=2.")
    opened = await page(visitor, "/demo/mail/1")
    assert "<script>alert" not in opened
    assert "&lt;img src=x&gt; {{ 7*7 }}" in opened
    assert 'href="https://x.example/?a=1&amp;b=2"' in opened


async def test_the_text_part_and_the_source_can_be_seen(demo, visitor):
    await demo.send("a@example.nl", text="Only words: https://x.example/a.", html="<p>Drawn.</p>")
    assert "Only words" not in await page(visitor, "/demo/mail/1")
    assert 'href="https://x.example/a" target="_blank"' in await page(visitor, "/demo/mail/1?part=text")
    async with visitor.get("/demo/mail/1/raw") as answer:
        assert answer.content_type == "text/plain"
        assert (await answer.text()).startswith("Delivered-To: a@example.nl\r\n")


async def test_a_letter_that_is_not_there_is_not_found(visitor):
    for path in ("/demo/mail/1", "/demo/mail/1/html", "/demo/mail/x"):
        async with visitor.get(path) as answer:
            assert answer.status == 404


async def test_the_version_changes_with_letters_reading_and_time(demo, visitor):
    seen = [await page(visitor, "/demo/mail/version")]
    await demo.send("a@example.nl")
    seen.append(await page(visitor, "/demo/mail/version"))
    await page(visitor, "/demo/mail/1")
    seen.append(await page(visitor, "/demo/mail/version"))
    async with visitor.post("/demo/time", json={"hours": 1}):
        seen.append(await page(visitor, "/demo/mail/version"))
    assert len(set(seen)) == 4
    assert await page(visitor, "/demo/mail/version") == seen[-1]


async def test_the_switches_can_be_set_on_the_page(demo, visitor):
    fields = {"down": "1", "refused": "Gone@example.nl, other@example.nl"}
    async with visitor.post("/demo/mail/switches", data=fields) as answer:
        html = await answer.text()
    assert demo.mailbox.down
    assert demo.mailbox.refused == {"gone@example.nl", "other@example.nl"}
    assert "switched off" in html
    async with visitor.post("/demo/mail/switches", data={"refused": ""}):
        assert not demo.mailbox.down
    async with visitor.post("/demo/mail/switches", data=fields, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
    assert not demo.mailbox.down


async def test_every_page_has_a_strict_policy_and_nothing_inline(demo, visitor):
    await demo.send("a@example.nl", html="<p>x</p>")
    for path in ("/demo/mail", "/demo/mail/1", "/demo/mail/1?part=text"):
        async with visitor.get(path) as answer:
            html, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert " style=" not in html
        assert "<script>" not in html
    for name, kind in (("mail.css", "text/css"), ("mail.js", "text/javascript")):
        async with visitor.get(f"/demo/mail/{name}") as answer:
            assert answer.content_type == kind


def test_addresses_in_a_text_become_links_without_the_full_stop():
    html = linked("See https://x.example/a?b=1, or (http://y.example).")
    assert ">https://x.example/a?b=1</a>," in html
    assert ">http://y.example</a>)." in html
    assert linked("no <address>") == "no &lt;address&gt;"


def test_a_frame_without_a_head_still_opens_links_outside():
    assert framed("<p>x</p>") == '<base target="_blank"><p>x</p>'
