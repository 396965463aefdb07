"""What a mail asks and whether it is for the desk: a corpus in the shapes of clients, letters, and the unseen writers.

The corpus was written with the code beside it and flatters it; the unseen messages (tests/core/unseen) were not.
"""

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from bot.core.mail import Mail
from bot.letters import NOT_OURS, OURS, RIGHTS, UNSURE, intents_of_mail, read_letter
from handlers.mime import read_mail
from tests.handlers.mailmaking import SHAPES, corpus, dressed, plain
from tools.lessons import lessons_in

UNSEEN: Final = Path(__file__).parent / "core" / "unseen"
CASES: Final = list(corpus())


def test_the_corpus_is_large_and_half_of_it_is_not_for_the_desk() -> None:
    ours = sum(case.is_ours for case in CASES)
    assert len(CASES) >= 120
    assert 0.4 < ours / len(CASES) < 0.6


def test_no_request_is_sent_away_and_hardly_any_other_mail_taken(capsys: pytest.CaptureFixture[str]) -> None:
    met: Counter[tuple[bool, str]] = Counter()
    for number, case in enumerate(CASES):
        met[case.is_ours, read_letter(read_mail(dressed(case, number))).verdict] += 1
    with capsys.disabled():
        for is_ours in (True, False):
            told = ", ".join(f"{verdict} {met[is_ours, verdict]}" for verdict in (OURS, UNSURE, NOT_OURS))
            print(f"\nmail {'for the desk' if is_ours else 'of others   '}: {told}", end="")
    others = sum(not case.is_ours for case in CASES)
    assert met[True, NOT_OURS] == 0
    assert met[False, OURS] <= others * 0.05
    assert met[True, OURS] >= 0.9 * (len(CASES) - others)
    assert met[False, NOT_OURS] >= 0.65 * others


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_the_right_asked_is_read_in_every_shape(shape: int) -> None:
    wrong = []
    for case in (case for case in CASES if case.is_ours):
        intents = intents_of_mail(read_mail(dressed(case, shape))).intents
        if case.intent not in intents:
            wrong.append((case.subject, case.intent, intents))
    assert len(wrong) <= 4, wrong


def test_letters_with_threats_are_requests_of_the_right_asked() -> None:
    letters = [case for case in CASES if case.is_ours and len(case.body) > 700]
    assert len(letters) >= 6
    for case in letters:
        heard = intents_of_mail(read_mail(dressed(case, 0)))
        assert heard.intents[0] == case.intent, case.subject
        assert "complaint" not in heard.intents
        assert heard.sure == (heard.lang_known and case.subject != "mijn profiel"), case.subject


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_requests_of_writers_nobody_here_has_read_are_kept(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    met: Counter[tuple[bool, str]] = Counter()
    for lesson in lessons_in(UNSEEN / f"{lang}.txt"):
        first = lesson.intents[0]
        if first in RIGHTS or first == "other":
            mail = Mail(message_id="<a@b>", sender="a@b.nl", subject="Hi", text=lesson.text)
            met[first != "other", read_letter(mail).verdict] += 1
    rights = sum(count for (is_right, _), count in met.items() if is_right)
    others = sum(count for (is_right, _), count in met.items() if not is_right)
    with capsys.disabled():
        print(f"\nunseen {lang}: rights sent away {met[True, NOT_OURS]} of {rights}", end="")
        print(f", others taken {met[False, OURS]} of {others}")
    assert met[True, NOT_OURS] <= rights * 0.01
    assert met[False, OURS] <= others * 0.05


@pytest.mark.parametrize(
    ("subject", "body", "intents"),
    [
        ("Verwijderverzoek", "zie onderwerp", ("erasure",)),
        ("Delete my account", "", ("erasure",)),
        ("Inzageverzoek", "Zie boven. Groet, Jan", ("access",)),
        ("Question about an invoice", "please delete all my personal data", ("erasure",)),
    ],
)
def test_a_subject_counts_where_the_words_below_say_little(subject: str, body: str, intents: tuple[str, ...]) -> None:
    heard = intents_of_mail(read_mail(plain(body, subject=subject)))
    assert (heard.intents, heard.sure) == (intents, True)


def test_the_subject_of_an_answer_is_not_the_persons() -> None:
    mail = read_mail(plain("Thanks, that is clear.", subject="Re: delete my account", head="In-Reply-To: <a@b>\n"))
    assert intents_of_mail(mail).intents == ("other",)


FORWARDED = "\n---------- Forwarded message ---------\nFrom: P <p@x.nl>\nTo: j@x.nl\nSubject: x\n\n"


@pytest.mark.parametrize(
    ("own", "original", "intents", "verdict"),
    [
        ("", "please delete my account and my personal data", (), UNSURE),
        ("", "Our invoice 12 is attached, payment due in 30 days", (), NOT_OURS),
        ("FYI", "please delete my account", ("other",), UNSURE),
        ("Please delete my data too, see the mail below.", "hello", ("erasure",), UNSURE),
    ],
)
def test_of_a_mail_passed_on_only_the_forwarders_words_count(
    own: str, original: str, intents: tuple[str, ...], verdict: str
) -> None:
    reading = read_letter(read_mail(plain(f"{own}\n{FORWARDED}{original}", subject="Fwd: x")))
    assert (reading.heard.intents, reading.verdict) == (intents, verdict)


@pytest.mark.parametrize(("head", "verdict"), [("Precedence: bulk\n", NOT_OURS), ("From: c@d.nl\n", UNSURE)])
def test_ignored_mail_wants_nothing_but_a_person_without_an_address_is_looked_at(head: str, verdict: str) -> None:
    reading = read_letter(read_mail(plain("delete my account", head=head)))
    assert (reading.heard.intents, reading.verdict) == ((), verdict)


def test_a_citizen_number_is_masked_in_what_was_heard() -> None:
    assert "111222333" not in intents_of_mail(read_mail(plain("verwijder mijn gegevens, bsn 111222333"))).text
