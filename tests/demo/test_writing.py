"""Mail written to the desk on the mailbox page: real MIME in its thread, kept, and what the desk did with it."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import aiosmtplib
import pytest

from bot.demo.mailbox import Writing
from bot.demo.platform.seeds import PEOPLE
from tests.demo.world import NOON, Demo, mail

FORM = {"sender": "anna.devries@example.nl", "subject": "My data", "text": "Delete everything.\r\nThank you – Anna"}


async def post(visitor, form, **headers):
    async with visitor.post("/demo/mail/write", data=form, headers=headers) as answer:
        return answer.status, answer.url.path, await answer.text()


async def page(visitor, path):
    async with visitor.get(path) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_mail_is_handed_over_as_a_mail_program_would_build_it(demo, visitor):
    status, path, html = await post(visitor, FORM)
    assert (status, path) == (200, "/demo/mail/sent/1")
    [raw] = demo.delivered
    message = message_from_bytes(raw, policy=default)
    assert message["From"] == "Anna de Vries <anna.devries@example.nl>"
    assert message["To"] == "info@seleqt.example"
    assert message["Subject"] == "My data"
    assert message["Date"].datetime == NOON
    assert message["Return-Path"] == "<anna.devries@example.nl>"
    assert re.fullmatch(r"<[0-9a-f]{24}@example\.nl>", message["Message-ID"])
    assert message["In-Reply-To"] is None
    assert message.get_content() == "Delete everything.\r\nThank you – Anna\r\n"
    assert "My data" in html


async def test_a_reply_goes_to_the_reply_address_in_the_thread(demo, visitor):
    letter = mail("anna.devries@example.nl", "Your request")
    letter["Reply-To"] = "info+abcdefghijklmnop@seleqt.example"
    letter["References"] = "<zero@seleqt.example>"
    await aiosmtplib.send(letter, hostname=demo.mailbox.host, port=demo.mailbox.port, start_tls=False)
    form = await page(visitor, "/demo/mail/write?reply=1")
    assert "Re: Your request" in form
    assert "&gt; Words." in form
    await post(visitor, FORM | {"reply": "1", "subject": "Re: Your request"})
    message = message_from_bytes(demo.delivered[0], policy=default)
    assert message["To"] == "info+abcdefghijklmnop@seleqt.example"
    assert message["In-Reply-To"] == "<one@seleqt.example>"
    assert message["References"] == "<zero@seleqt.example> <one@seleqt.example>"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("ours", "Taken by the desk"),
        ("not_ours", "Not for the desk"),
        ("unsure", "asked staff"),
        ("machine", "never answered"),
        ("quarantined", "Put aside for staff"),
    ],
)
async def test_what_the_desk_did_with_a_mail_is_shown(demo, visitor, verdict, words):
    demo.verdicts.append(verdict)
    _, _, html = await post(visitor, FORM)
    assert words in html
    assert f'class="chip {verdict.replace("_", "-")}"' in await page(visitor, "/demo/mail/sent")


async def test_a_desk_that_cannot_take_a_mail_is_said_to_have_not_taken_it(demo, visitor):
    async def broken(raw: bytes) -> str:
        raise OSError("disk full")

    demo.writing.deliver = broken
    _, _, html = await post(visitor, FORM)
    assert "could not take it" in html


async def test_what_was_written_survives_a_restart(tmp_path):
    first = Demo(tmp_path)
    first.verdicts.append("unsure")
    await first.writing.send(replace(first.writing.blank(), sender="a@example.nl", subject="One", text="x"))
    second = Demo(tmp_path)
    [kept] = second.writing.mails()
    assert (kept.letter.subject, kept.letter.sender, kept.verdict) == ("One", "a@example.nl", "unsure")
    await second.writing.send(replace(second.writing.blank(), sender="b@example.nl", text="x"))
    assert [one.letter.number for one in second.writing.mails()] == [1, 2]


@pytest.mark.parametrize(
    "sender", ["", "anna", "a@b@c.nl", "a b@example.nl", "a@example.nl\r\nBcc: x@example.nl", "ü@x.nl"]
)
async def test_an_address_that_is_none_comes_back_with_what_was_written(demo, visitor, sender):
    _, _, html = await post(visitor, FORM | {"sender": sender})
    assert "Not sent: an address looks like" in html
    assert "Thank you – Anna" in html
    assert demo.delivered == []


async def test_a_line_break_in_a_subject_makes_no_header(demo, visitor):
    await post(visitor, FORM | {"subject": "Hello\r\nBcc: other@example.nl"})
    message = message_from_bytes(demo.delivered[0], policy=default)
    assert message["Subject"] == "Hello Bcc: other@example.nl"
    assert message["Bcc"] is None


async def test_another_sites_page_cannot_write(demo, visitor):
    status, _, _ = await post(visitor, FORM, Origin="https://evil.example")
    assert status == 403
    assert demo.delivered == []


async def test_without_a_desk_that_takes_mail_there_is_no_form(demo, visitor):
    await demo.send("a@example.nl")
    demo.writing.deliver = None
    for path in ("/demo/mail", "/demo/mail/1"):
        assert "/demo/mail/write" not in await page(visitor, path)
    for path in ("/demo/mail/write", "/demo/mail/write?reply=1", "/demo/mail/sent", "/demo/mail/sent/1"):
        async with visitor.get(path) as answer:
            assert answer.status == 404


async def test_the_list_of_written_mails_is_fresh_and_hostile_text_is_text(demo, visitor):
    before = await page(visitor, "/demo/mail/version")
    await post(visitor, FORM | {"subject": "<script>alert(1)</script>", "text": "<img src=x>"})
    assert await page(visitor, "/demo/mail/version") != before
    for path in ("/demo/mail/sent", "/demo/mail/sent/1"):
        html = await page(visitor, path)
        assert "<script>alert" not in html
        assert "<img src=x>" not in html
    async with visitor.get("/demo/mail/sent/1/raw") as answer:
        assert answer.content_type == "text/plain"
        assert (await answer.read()).endswith(demo.delivered[0])


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.email)
async def test_everybody_of_the_demo_can_write(tmp_path, person):
    raws: list[bytes] = []

    async def deliver(raw: bytes) -> str:
        raws.append(raw)
        return "ours"

    writing = Writing(tmp_path, clock=lambda: NOON, desk_address="info@seleqt.example", people=PEOPLE)
    writing.deliver = deliver
    await writing.send(replace(writing.blank(), sender=person.email, text="Hello"))
    [sender] = message_from_bytes(raws[0], policy=default)["From"].addresses
    assert (sender.addr_spec, bool(sender.display_name)) == (person.email, True)
