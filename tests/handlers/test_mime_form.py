"""The form of a mail: any charset, encoding, header and tree of parts; hostile ones included."""

import base64
import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.mime import read_mail, reply_token
from handlers.mime.charset import READ_CAP
from tests.handlers.mailmaking import HEAD, MAILS, html, plain

PIECES = [path.read_bytes() for path in sorted(MAILS.glob("*.eml"))]


def part(body: bytes, told: str) -> bytes:
    return f"{HEAD}Subject: x\n{told}\n\n".encode() + body


@pytest.mark.parametrize(
    ("body", "told", "text"),
    [
        ("één".encode("cp1252"), "Content-Type: text/plain; charset=iso-8859-1", "één"),
        ("prijs € 5".encode("cp1252"), "Content-Type: text/plain; charset=iso-8859-1", "prijs € 5"),
        ("żółć".encode("iso8859_2"), "Content-Type: text/plain; charset=ISO-8859-2", "żółć"),
        ("привет".encode("cp1251"), 'Content-Type: text/plain; charset="windows-1251"', "привет"),
        ("één".encode(), "Content-Type: text/plain; charset=iso-8859-1", "één"),
        ("één".encode(), "Content-Type: text/plain", "één"),
        ("één".encode("cp1252"), "Content-Type: text/plain; charset=utf-8", "één"),
        ("één".encode(), "Content-Type: text/plain; charset=x-unknown", "één"),
        (b"caf\xc3\xa9", "Content-Type: text/plain; charset=rot13", "café"),
        (b"\xef\xbb\xbfwis mij", "Content-Type: text/plain; charset=utf-8", "wis mij"),
        (base64.b64encode("wis €".encode("utf-16")), "Content-Type: text/plain; charset=utf-16\nContent-Transfer-"
         "Encoding: base64", "wis €"),
        (base64.b64encode("wis mij".encode("utf-16-le")), "Content-Transfer-Encoding: BASE64", "wis mij"),
        (b"d2lzIG1pag", "Content-Transfer-Encoding: base64", "wis mij"),
        (b"d2lz*IG1p ag=\n=x", "Content-Transfer-Encoding: base64", "wis mij"),
        (b"wis =\nmij =E9=XX", "Content-Type: text/plain; charset=latin1\nContent-Transfer-Encoding: Quoted-Printable",
         "wis mij é=XX"),
        (b"wis\x00 \xe2\x80\xaemij\xe2\x80\x8b", "", "wis mij"),
        (b"wis\rmij", "", "wis\nmij"),
    ],
)  # fmt: skip
def test_bytes_become_the_words_that_were_written(body: bytes, told: str, text: str) -> None:
    assert read_mail(part(body, told or "X-A: b")).text == text


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("=?utf-8?q?Wis_me=C3=A9_alles?=", "Wis meé alles"),
        ("=?iso-8859-1?B?6ek=?= =?ISO-8859-1?Q?=E9?=", "ééé"),
        ("=?utf-8?B?w6k?=", "é"),
        ("=?utf-8?q?Ren=C3?= =?utf-8?q?=A9?=", "René"),
        ("=?x-none?q?abc?= =?utf-8?q?broken", "abc =?utf-8?q?broken"),
        ("een\n twee\n\tdrie", "een twee drie"),
        ("8-bit é \u202ekey", "8-bit é key"),
    ],
)
def test_subjects_are_decoded_or_stay_as_they_are(value: str, subject: str) -> None:
    assert read_mail(f"From: a@b.nl\nSubject: {value}\n\nx".encode()).subject == subject


@pytest.mark.parametrize(
    ("fields", "sender", "name"),
    [
        ("From: jan@example.nl", "jan@example.nl", ""),
        ("From: Jan <jan@example.nl>", "jan@example.nl", "Jan"),
        ('From: "Visser, Jan" <jan@example.nl>', "jan@example.nl", "Visser, Jan"),
        ("From: =?utf-8?q?Ren=C3=A9?= <jan@example.nl> (thuis)", "jan@example.nl", "René"),
        ("From: jan@example.nl <jan@example.nl>", "jan@example.nl", "jan@example.nl"),
        ('From: "info@seleqt.ai" <jan@example.nl>', "jan@example.nl", "info@seleqt.ai"),
        ("From: info@seleqt.ai <jan@example.nl>", None, ""),
        ("From: <a@b.nl> <c@d.nl>", None, ""),
        ("From: a@b.nl, c@d.nl", None, ""),
        ("From: a@b.nl, c@d.nl\nSender: c@d.nl", "c@d.nl", ""),
        ("From: a@b.nl, c@d.nl\nSender: e@f.nl", None, ""),
        ("From: a@b.nl\nFrom: c@d.nl", None, ""),
        ("From: alice@example.org)bob@example.com", None, ""),
        ("From: alice@example.org(<bob@example.com>", None, ""),
        ("From: <>", None, ""),
        ("From: jan", None, ""),
        ("From: group: a@b.nl, c@d.nl;", None, ""),
        ('From: "jan@evil"@example.nl', None, ""),
        ("X: y", None, ""),
    ],
)
def test_a_sender_is_one_plain_address_or_none(fields: str, sender: str | None, name: str) -> None:
    mail = read_mail(f"{fields}\nSubject: wis mij\n\nwis mij".encode())
    assert mail.sender == sender
    assert mail.ignored == (None if sender else "no_sender")
    if sender:
        assert mail.sender_name == name


def test_everybody_the_mail_was_for_is_known_and_our_token_found() -> None:
    head = "To: A <a@b.nl>, info@seleqt.ai\nCc: c@d.nl\nDelivered-To: INFO+abc234@Seleqt.AI\n"
    mail = read_mail(f"From: x@y.nl\n{head}\nhoi".encode())
    assert mail.to == ("a@b.nl", "info@seleqt.ai", "c@d.nl", "INFO+abc234@Seleqt.AI")
    assert reply_token(mail, "info@seleqt.ai") == "abc234"
    assert reply_token(mail, "help@seleqt.ai") is None
    assert reply_token(mail, "info@example.ai") is None


def test_ids_and_dates_are_read_and_a_missing_id_is_always_the_same() -> None:
    head = "Message-ID: <a@b>\nIn-Reply-To: <c@d> x\nReferences: <e@f>\n\t<c@d>\nDate: Tue, 3 Nov 2026 10:12:00 +0100\n"
    mail = read_mail(f"From: x@y.nl\n{head}\nhoi".encode())
    assert (mail.message_id, mail.in_reply_to, mail.references) == ("<a@b>", "<c@d>", ("<e@f>", "<c@d>"))
    assert mail.date == datetime(2026, 11, 3, 9, 12, tzinfo=UTC)
    first, again = read_mail(b"From: x@y.nl\r\n\r\nhoi"), read_mail(b"From: x@y.nl\n\nhoi")
    assert first.message_id == again.message_id != read_mail(b"From: x@y.nl\n\nhoi!").message_id
    assert read_mail(b"Date: 99 Foo 0000 99:99\n\nx").date is None


@pytest.mark.parametrize(
    "raw", [b"From: a@b.nl\rSubject: x\r\rwis mij", b"From a@b Tue\nFrom: a@b.nl\nSubject: x\n\nwis mij"]
)
def test_heads_of_other_ages_are_read(raw: bytes) -> None:
    mail = read_mail(raw)
    assert (mail.sender, mail.subject, mail.text) == ("a@b.nl", "x", "wis mij")


def test_files_are_listed_with_safe_names_and_their_size_and_never_opened() -> None:
    mail = read_mail((MAILS / "files-and-disclaimer.eml").read_bytes())
    assert [(file.name, file.type) for file in mail.attachments] == [
        ("winmail.dat", "application/ms-tnef"),
        ("brieffdp.exe", "application/pdf"),
    ]
    assert [file.size for file in mail.attachments] == [3, 9]


@pytest.mark.parametrize(
    ("told", "body", "hint"),
    [
        ("Content-Type: application/ms-tnef; name=winmail.dat", "AAAA", "winmail"),
        ("Content-Type: multipart/encrypted; boundary=b", "--b\n\nVersion: 1\n--b--", "encrypted"),
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "AAAA", "encrypted"),
        ("Content-Type: text/plain", "-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----", "encrypted"),
    ],
)
def test_closed_mail_is_no_empty_mail(told: str, body: str, hint: str) -> None:
    mail = read_mail(part(body.encode(), told))
    assert (mail.text, mail.ignored) == ("", None)
    assert hint in mail.hints


def test_words_inside_a_signature_are_read() -> None:
    clear = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- - wis mij\n-----BEGIN PGP SIGNATURE-----\nxyz"
    assert read_mail(plain(clear)).text == "- wis mij"
    inner = b"Content-Type: text/plain; charset=utf-8\r\n\r\nwis mij\r\n"
    blob = (
        bytes([0x30, 0x80, 0x24, 0x80, 0x04, 20]) + inner[:20] + bytes([0x04, len(inner) - 20]) + inner[20:] + b"\0\0"
    )
    told = "Content-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64"
    mail = read_mail(part(base64.encodebytes(blob), told))
    assert (mail.text, mail.hints) == ("wis mij", ("signed",))


def test_only_the_topmost_results_of_our_own_border_count() -> None:
    head = (
        "Authentication-Results: mx.seleqt.ai (v1); dmarc=fail (p=none) header.from=x.nl; spf=softfail\n"
        "Authentication-Results: mx.seleqt.ai; dkim=none\nReceived: by mx\n"
        "Authentication-Results: mx.seleqt.ai; dkim=pass; dmarc=pass\n"
    )
    mine = read_mail(plain("x", head=head), authserv="mx.seleqt.ai")
    assert mine.hints == ("dmarc_fail", "spf_softfail", "dkim_none")
    assert read_mail(plain("x", head=head), authserv="mx.example.org").hints == ()
    assert read_mail(plain("x", head=head)).hints == ()


@pytest.mark.parametrize("levels", [30, 5000])
def test_a_bomb_of_levels_is_refused_unopened(levels: int) -> None:
    opened = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels))
    mail = read_mail(f"From: a@b.nl\nSubject: x\n{opened}\nboom".encode())
    assert mail.ignored == "too_complex"


def test_a_bomb_of_parts_is_refused_and_what_was_found_kept() -> None:
    mail = read_mail(part(b"--b\n\nwis mij\n" * 5000, "Content-Type: multipart/mixed; boundary=b"))
    assert mail.ignored == "too_complex"
    assert "wis mij" in mail.whole


def test_a_big_attachment_is_passed_over_quickly() -> None:
    data = (b"QUJD" * 19 + b"\r\n") * 330_000
    text = b"--b\r\n\r\nwis mij\r\n"
    image = b"--b\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw = part(text + image + data, "Content-Type: multipart/mixed; boundary=b")
    began = time.perf_counter()
    mail = read_mail(raw + b"--b--\r\n")
    assert mail.text == "wis mij"
    assert mail.attachments[0].size == pytest.approx(330_000 * 57, rel=0.01)
    assert time.perf_counter() - began < 5  # a quarter of a second where nothing else runs


def test_a_huge_text_is_cut_with_a_hint() -> None:
    mail = read_mail(plain("wis mij. " * 200_000))
    assert "cut" in mail.hints
    assert len(mail.whole) <= READ_CAP


HOSTILE = [
    "<" * 100_000,
    "<a " * 40_000,
    "<a b='" * 20_000,
    "<!--" * 30_000,
    "<div>" * 20_000,
    "<b><i>" * 9_000 + "</b>" * 9_000,
    "From: a\n" * 12_000,
    "On 1 \n" * 20_000,
    "-- x\n" * 30_000,
    "van: x@y.nl\n" * 8_000,
    "&#" * 50_000,
    "thanks A " * 12_000,
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda text: text[:8].strip())
def test_no_text_takes_long(source: str) -> None:
    began = time.perf_counter()
    read_mail(html(source))
    read_mail(plain(source))
    assert time.perf_counter() - began < 10  # quadratic reading takes minutes


def test_no_head_takes_long() -> None:
    began = time.perf_counter()
    for value in ("(" * 19_000, "a," * 9_000, '\\"' * 9_000, "=?utf-8?q?a?= " * 1_300, '"a" ' * 4_000, "<" * 19_000):
        read_mail(f"From: {value}\nTo: {value}\nSubject: {value}\nContent-Type: {value}\nDate: {value}\n\nx".encode())
    assert time.perf_counter() - began < 10


@given(st.binary(max_size=400))
@example(b"")
@example(b"\n\n")
@example(b"Content-Type: multipart/mixed\n\n--\n--\n----")
@example(b'Content-Type: multipart/mixed; boundary=""\n\n--')
@example(b"Content-Type: application/pkcs7-mime\n\nContent-Type: x")
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    read_mail(raw, authserv="mx", own="seleqt.ai")


@settings(max_examples=150)
@given(
    st.sampled_from(PIECES),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=12)), max_size=6),
)
def test_no_damage_to_a_mail_makes_it_raise(raw: bytes, wounds: list[tuple[int, int, bytes]]) -> None:
    for at, gone, put in wounds:
        raw = raw[:at] + put + raw[at + gone :]
    mail = read_mail(raw, own="seleqt.ai")
    assert mail.message_id.startswith("<")
    assert not any("\u202a" <= c <= "\u202e" or c == "\0" for c in mail.text + mail.whole + mail.subject)


@given(st.text(max_size=60), st.text(max_size=200))
def test_what_the_standard_library_writes_is_read(subject: str, body: str) -> None:
    message = EmailMessage()
    message["From"] = "Jan <jan@example.nl>"
    message["Subject"] = "".join(c for c in subject if c.isprintable())
    message.set_content("".join(c for c in body if c.isprintable() or c == "\n"))
    mail = read_mail(message.as_bytes())
    assert mail.sender == "jan@example.nl"
