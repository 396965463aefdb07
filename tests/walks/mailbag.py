"""A bag of mail as a shared mailbox gets it: requests and questions for the desk among everything else.

Promise: the same mails at every run, English and Dutch, in the shapes that mail programs and machines give them; each
says whether it is for the desk. Limits: written for the walks; how well mail is read is tested at the reading.
"""

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One mail: who sends it, its bytes, whether it is for the desk, and whether it asks to know the policy only."""

    sender: str
    raw: bytes
    is_ours: bool
    is_question: bool = False


REQUESTS = (
    ("My data", "Hello,\n\nplease send me a copy of everything you have on me.\n\nKind regards,\nSam"),
    ("Account", "Delete my account and all my data, please.\n\nThanks, Robin"),
    ("Mijn gegevens", "Beste mensen,\n\nik wil graag inzage in al mijn gegevens.\n\nMet vriendelijke groet,\nKim"),
    ("Opzeggen", "Verwijder mijn account en al mijn gegevens.\n\nGroeten, Noor"),
    (
        "Request under the GDPR",
        "Dear Sir or Madam,\n\nUnder article 15 GDPR I request access to my personal data.\n"
        "I look forward to your answer within one month.\n\nJ. Peters",
    ),
    (
        "AVG-verzoek",
        "Geachte heer, mevrouw,\n\nOp grond van artikel 17 AVG verzoek ik u mijn gegevens te wissen.",
    ),
)
QUESTIONS = (
    ("A question", "Hi, how long do you keep the data of people on your newsletter?"),
    ("Vraag", "Hallo, hoe lang bewaren jullie mijn gegevens?"),
    ("Privacy", "Do you sell my personal data to anybody?"),
    ("Privacy", "Verkopen jullie mijn persoonsgegevens aan anderen?"),
)
LETTERS = (
    ("Invoice 2026-118", "Dear customer,\n\nplease find attached invoice 2026-118 of EUR 310.00, payable in 14 days."),
    (
        "Factuur 88123",
        "Beste klant,\n\nin de bijlage vindt u factuur 88123. Graag binnen 14 dagen betalen.",
    ),
    ("Application: front-end developer", "Dear team,\n\nI would like to apply for the vacancy. My CV is attached."),
    (
        "Sollicitatie stage marketing",
        "Beste,\n\nhierbij solliciteer ik naar de stage. Mijn cv zit in de bijlage.",
    ),
    ("Coffee machines", "Hi team, we'd love to show you our new coffee machines. Ten minutes on Thursday?"),
    ("Offerte schoonmaak", "Goedemorgen, graag doen wij u een offerte voor de schoonmaak van uw kantoor."),
    ("Your parcel", "Your parcel waits at the depot. Pay 1.99 to have it delivered today."),
    ("Gefeliciteerd!!", "U bent de gelukkige winnaar van een nieuwe telefoon. Klik hier om uw prijs op te halen."),
    ("Lunch", "Shall we have lunch on Friday? The usual place at half past twelve."),
    ("Vergadering", "Kunnen we de vergadering van maandag verzetten naar dinsdag om tien uur?"),
    ("Website is slow", "Hello, your website loads slowly since this morning. Is something wrong?"),
    ("SEO", "We can bring your company to the first page. Our offer is valid until Sunday, prices from EUR 99."),
)


def head(sender: str, subject: str, number: int, *more: str) -> bytes:
    """The head of mail number so-and-so, up to where its form begins."""
    named = subject if subject.isascii() else f"=?utf-8?B?{base64.b64encode(subject.encode()).decode()}?="
    lines = (
        f"Return-Path: <{sender}>",
        f"From: {sender}",
        "To: info@seleqt.ai",
        f"Subject: {named}",
        f"Message-ID: <bag-{number}@{sender.partition('@')[2]}>",
        *more,
        "MIME-Version: 1.0",
    )
    return "\r\n".join(lines).encode() + b"\r\n"


# ---- shapes of mail programs


def _lines(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode() + b"\r\n"


def _plain(text: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _lines(text)


def _latin(text: str) -> bytes:
    told = b"Content-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return told + quopri.encodestring(text.encode("cp1252")).replace(b"\n", b"\r\n") + b"\r\n"


def _packed(text: str) -> bytes:
    told = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return told + base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")


def _html(text: str) -> bytes:
    shown = "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.split("\n"))
    hidden = '<div style="display:none">Nothing to see here</div>'
    return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + _lines(f"<html><body>{hidden}{shown}</body></html>")


def _together(kind: str, *parts: bytes) -> bytes:
    mark = f"=_{kind}_x"
    joined = b"".join(b"--" + mark.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode() + joined + f"--{mark}--\r\n".encode()


def _both(text: str) -> bytes:
    return _together("alternative", _plain(text), _html(text))


def _file(kind: str, name: str) -> bytes:
    told = f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return told.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(bytes(range(256)) * 30)


def _with_file(text: str) -> bytes:
    return _together("mixed", _both(text), _file("application/pdf", "letter.pdf"))


def _with_winmail(text: str) -> bytes:
    return _together("mixed", _plain(text), _file("application/ms-tnef", "winmail.dat"))


def _with_logo(text: str) -> bytes:
    return _together("related", _html(text), _file("image/png", "logo.png"))


SHAPES: tuple[Callable[[str], bytes], ...] = (
    *(_plain, _latin, _packed, _html, _both, _with_file, _with_winmail, _with_logo),
)


# ---- machines


def _newsletter(number: int) -> bytes:
    sender = f"news@shop{number}.example"
    marks = (f"List-Id: <news.shop{number}.example>", "List-Unsubscribe: <https://shop.example/u>", "Precedence: bulk")
    text = "Our offers of this week: everything 20% off. Unsubscribe at any time, or delete your account."
    return head(sender, f"Offers of week {number}", number, *marks) + _both(text)


def _away(number: int) -> bytes:
    sender = f"away{number}@firm.example"
    text = "Ik ben afwezig tot maandag." if number % 2 else "I am out of the office until Monday."
    return head(sender, "Automatic reply: your mail", number, "Auto-Submitted: auto-replied") + _plain(text)


def _bounce(number: int) -> bytes:
    sender = f"MAILER-DAEMON@mx{number}.example"
    status = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; gone@mx.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    )
    original = f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <colleague-{number}@seleqt.ai>\r\n"
    form = _together("report", _plain("It came back."), status.encode(), original.encode())
    report = form.replace(b"multipart/report;", b"multipart/report; report-type=delivery-status;")
    return head(sender, "Undelivered Mail Returned to Sender", number).replace(f"<{sender}>".encode(), b"<>") + report


def _meeting(number: int) -> bytes:
    calendar = (
        "Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n"
        f"BEGIN:VEVENT\r\nUID:{number}@firm.example\r\nSUMMARY:Review\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    invitation = _together("alternative", _plain("You are invited to: Review"), calendar.encode())
    return head(f"plan{number}@firm.example", "Invitation: Review", number) + invitation


MACHINES: tuple[tuple[str, Callable[[int], bytes]], ...] = (
    ("news@shop{}.example", _newsletter),
    ("away{}@firm.example", _away),
    ("MAILER-DAEMON@mx{}.example", _bounce),
    ("plan{}@firm.example", _meeting),
)


# ---- the bag


def bag(size: int) -> list[Sample]:
    """So many mails: of ten three are from people to the desk, four business or spam, three from machines."""
    return [_sample(number) for number in range(size)]


def _sample(number: int) -> Sample:
    turn, round_ = number % 10, number // 10
    if turn in {0, 3, 7}:
        texts = QUESTIONS if turn == 7 else REQUESTS
        made = _letter(number, f"person{number}@people.example", texts[(round_ * 3 + turn) % len(texts)], is_ours=True)
        return replace(made, is_question=turn == 7)
    if turn in {1, 5, 9}:
        sender, machine = MACHINES[(round_ * 3 + turn // 4) % len(MACHINES)]
        return Sample(sender=sender.format(number), raw=machine(number), is_ours=False)
    return _letter(number, f"firm{number}@trade.example", LETTERS[(round_ * 4 + turn) % len(LETTERS)], is_ours=False)


def _letter(number: int, sender: str, words: tuple[str, str], *, is_ours: bool) -> Sample:
    subject, text = words
    raw = head(sender, subject, number) + SHAPES[(number * 3 + number // 8) % len(SHAPES)](text)
    return Sample(sender=sender, raw=raw, is_ours=is_ours)
