"""Mail that no person wrote: never a case; and people's mail that looks like it: always one."""

import pytest

from bot.core.mail import Bounced
from handlers.mime import read_mail
from tests.handlers.mailmaking import HEAD, plain


@pytest.mark.parametrize(
    ("head", "ignored"),
    [
        ("Auto-Submitted: auto-replied\n", "auto_reply"),
        ("auto-submitted: Auto-Generated; x=y\n", "auto_reply"),
        ("Auto-Submitted: (vacation) auto-replied (x)\n", "auto_reply"),
        ("Auto-Submitted: no\n", None),
        ("Auto-Submitted: No (a person)\n", None),
        ("X-Autoreply: yes\n", "auto_reply"),
        ("X-Autoreply: no\n", None),
        ("X-Auto-Response-Suppress: All\n", None),
        ("Precedence: BULK\n", "list"),
        ("Precedence: list\n", "list"),
        ("Precedence: first-class\n", None),
        ("Return-Path: <>\n", "auto_reply"),
        ("Return-Path: <jan@example.org>\n", None),
        ("List-Id: News <news.example.org>\n", "list"),
        ("List-Unsubscribe: <mailto:x@y.nl>\n", "list"),
        ("List-Id: info <info.seleqt.ai>\nPrecedence: list\n", None),
        ("List-Id: x <info.notseleqt.ai>\n", "list"),
    ],
)
def test_signs_are_read_as_their_standards_say(head: str, ignored: str | None) -> None:
    assert read_mail(plain("delete me", head=head), own="seleqt.ai").ignored == ignored


def test_our_own_mail_coming_back_is_a_loop_and_a_colleagues_is_not() -> None:
    ours = "From: info@seleqt.ai\nMessage-ID: <x@seleqt.ai>\nAuto-Submitted: auto-generated\n\nhello"
    assert read_mail(ours.encode(), own="seleqt.ai").ignored == "loop"
    colleague = "From: an@seleqt.ai\nMessage-ID: <y@seleqt.ai>\n\nplease delete me"
    assert read_mail(colleague.encode(), own="seleqt.ai").ignored is None


@pytest.mark.parametrize(
    ("subject", "body", "ignored"),
    [
        ("Automatic reply: your request", "I am out of the office until Monday.", "auto_reply"),
        ("Automatisch antwoord: verzoek", "Bedankt voor uw e-mail. Ik ben tot maandag afwezig.", "auto_reply"),
        ("Abwesenheitsnotiz", "Ich bin derzeit nicht im Büro.", "auto_reply"),
        ("Réponse automatique", "Je suis absent jusqu'au 9.", "auto_reply"),
        ("Out of office", "", "auto_reply"),
        ("Out of office", "I'm out of office next week, please delete my data", None),
        ("Afwezigheid", "Ik ben volgende week afwezig. Verwijder mijn account voor die tijd.", None),
        ("Re: absence of an answer", "You did not answer me.", None),
    ],
)
def test_an_absence_notice_needs_more_than_its_subject(subject: str, body: str, ignored: str | None) -> None:
    assert read_mail(plain(body, subject=subject)).ignored == ignored


def report(action: str, status: str, *, kind: str = "delivery-status") -> bytes:
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\nReturn-Path: <>\nSubject: Undelivered\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="r"\n\n--r\n\nYour message was not delivered.\n'
        "--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; piet@example.org\nAction: {action}\nStatus: {status}\n\n"
        "--r\nContent-Type: text/rfc822-headers\n\nSubject: your copy\nMessage-ID: <ours.1@seleqt.ai>\n--r--\n"
    ).encode()


@pytest.mark.parametrize(
    ("action", "status", "ignored", "kind"),
    [
        ("failed", "5.1.1", "bounce", "permanent"),
        ("failed", "4.4.7", "bounce", "temporary"),
        ("delayed", "4.2.0", "delivery_notice", "temporary"),
    ],
)
def test_a_report_says_which_mail_missed_whom(action: str, status: str, ignored: str, kind: str) -> None:
    mail = read_mail(report(action, status), own="seleqt.ai")
    assert mail.ignored == ignored
    assert mail.bounced == Bounced(message_id="<ours.1@seleqt.ai>", recipient="piet@example.org", kind=kind)


def test_receipts_are_notices() -> None:
    assert read_mail(report("delivered", "2.0.0")).ignored == "delivery_notice"
    assert read_mail(report("delivered", "2.0.0")).bounced is None
    read = report("failed", "5.0.0", kind="disposition-notification")
    assert (read_mail(read).ignored, read_mail(read).bounced) == ("delivery_notice", None)


def test_a_bounce_of_the_old_kind_is_known_by_its_robot() -> None:
    raw = (
        b"From: Mailer-Daemon@example.org\nSubject: Mail delivery failed: returning message to sender\n"
        b"X-Failed-Recipients: piet@example.org\n\n550 5.1.1 no such user\n\n"
        b"------ copy ------\nMessage-ID: <ours.2@seleqt.ai>\n"
    )
    told = read_mail(raw).bounced
    assert told == Bounced(message_id="<ours.2@seleqt.ai>", recipient="piet@example.org", kind="permanent")


def test_an_invitation_is_no_request_and_a_calendar_file_beside_words_is() -> None:
    invitation = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR"
    assert read_mail(f"{HEAD}Subject: meet\n{invitation}".encode()).ignored == "calendar"
    both = (
        f"{HEAD}Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ndelete me\n--b\n"
        "Content-Type: text/calendar; name=a.ics\nContent-Disposition: attachment\n\nBEGIN:VCALENDAR\n--b--\n"
    )
    assert read_mail(both.encode()).ignored is None


def test_a_mail_without_anything_is_empty_but_a_subject_alone_is_not() -> None:
    assert read_mail(f"{HEAD}\n\n \n".encode()).ignored == "empty"
    assert read_mail(f"{HEAD}Subject: delete my account\n\n".encode()).ignored is None
