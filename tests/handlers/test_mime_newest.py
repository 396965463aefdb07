"""The newest part: what the person wrote now, from the mails that clients really send."""

import pytest

from bot.core.mail import Mail
from handlers.mime import read_mail
from tests.handlers.mailmaking import MAILS, html, plain

WRITTEN = {
    "gmail-nl-top": "Ja, verwijder alles maar.",
    "apple-en-inline": "No, not needed.\nYes, delete it.",
    "outlook-nl-top": "Graag ontvang ik een kopie.",
    "outlook-de-top": "Bitte löschen Sie meine Daten.",
    "outlook-fr-top": "Supprimez mon compte, merci.",
    "thunderbird-de-bottom": "Nein, bitte alles löschen.",
    "gmail-fr-top": "Oui, une copie s'il vous plaît.",
    "gmail-html-top": "Yes, delete it all.",
    "outlook-html-top": "Ik wil een kopie van mijn gegevens.",
    "owa-html-top": "Please correct my name to Jan Vissers.",
    "apple-html-around": "I want it deleted.\nAnd stop the newsletter.",
    "forward-gmail": "Can you handle this one?",
    "forward-outlook-bare": "",
    "forward-apple-nl": "",
    "forward-attached": "See attached.",
    "letterhead": "Van: Jan Visser\nAan: Seleqt B.V.\nDatum: 3 november 2026\nBetreft: verzoek tot verwijdering\n"
    "Hierbij verzoek ik u mijn gegevens te verwijderen.",
    "stub-and-hidden": "Please close my account.\nIt is urgent.\nThanks a lot!",
    "signed-flowed": "Ik wil dat jullie al mijn gegevens wissen.",
    "files-and-disclaimer": "I want to see my data.",
}


def read(name: str) -> Mail:
    return read_mail((MAILS / f"{name}.eml").read_bytes())


def lines(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip())


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_only_what_was_written_now_is_the_text(name: str) -> None:
    mail = read(name)
    assert lines(mail.text) == WRITTEN[name]
    assert mail.ignored is None
    assert mail.sender == "jan@example.nl"


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_mail_passed_on_is_told_from_one_answered(name: str) -> None:
    assert read(name).forwarded == name.startswith("forward")


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("gmail-nl-top", "Wil je een kopie"),
        ("gmail-nl-top", "Directeur"),
        ("outlook-de-top", "Möchten Sie"),
        ("gmail-html-top", "Do you want a copy"),
        ("owa-html-top", "Shall we delete"),
        ("forward-outlook-bare", "Verwijder mijn gegevens"),
        ("forward-attached", "Please delete me"),
        ("files-and-disclaimer", "received this e-mail in error"),
        ("stub-and-hidden", "Huge sale"),
    ],
)
def test_the_whole_loses_nothing(name: str, piece: str) -> None:
    assert piece in read(name).whole


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Thanks for deleting my data\nand my photo", "Thanks for deleting my data\nand my photo"),
        ("Thanks,\nJan\nSenior buyer\n\nPS: delete my photo too", "PS: delete my photo too"),
        ("Hoi\n\nGroetjes\nAn\n\nIk wil ook een kopie van alles.", "Hoi\nIk wil ook een kopie van alles."),
        ("I have received this email in error, remove me", "I have received this email in error, remove me"),
        ("CAUTION: This email originated outside.\n\nDelete me", "Delete me"),
        ("Op 3 november 2026 schreef ik u:\nverwijder alles", "Op 3 november 2026 schreef ik u:\nverwijder alles"),
        ("- one\n- two\n- delete it", "- one\n- two\n- delete it"),
        ("Verwijder mij\n\nVerstuurd vanaf mijn iPhone", "Verwijder mij"),
        ("Delete me\n\n2 nov 2026 kl. 09:58 skrev Seleqt <a@b.se>:\n\n> hej", "Delete me"),
        ("Delete me\n\nOn Mon, 2 Nov 2026 at 09:58, A <a@b.nl> wrote:\nold words", "Delete me"),
    ],
)
def test_nothing_is_guessed_away(written: str, kept: str) -> None:
    assert lines(read_mail(plain(written)).text) == kept


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("<blockquote style='margin-left:40px'>Delete me</blockquote>", "Delete me"),
        ("<div class='gmail_signature'>Delete me</div>", "Delete me"),
        ("<p style='visibility:hidden'>a</p>Delete <b hidden>not</b>me", "Delete me"),
        ("<p style='display:none'>open<p>Delete me", "Delete me"),
        ("<font color=white>a</font>Delete me", "Delete me"),
        ("<td bgcolor=black><font color=white>Delete me</font></td>", "Delete me"),
        ("<style>.x{display:none}</style><i class=x>a</i>Delete me", "Delete me"),
        ("<style>@media print{.x{display:none}}</style><i class=x>Delete me</i>", "Delete me"),
        ("a < b and Delete me <", "a < b and Delete me <"),
        ("<script>var a='<b>';</script>Delete&nbsp;me<!-- no", "Delete me"),
    ],
)
def test_html_is_read_as_people_see_it(source: str, kept: str) -> None:
    assert read_mail(html(source)).text == kept


def test_hidden_text_is_told_in_a_hint() -> None:
    assert "hidden_text" in read_mail(html("<p style='opacity:0'>pay me</p>Delete me")).hints
    assert read_mail(html("<p>Delete me</p>")).hints == ()
