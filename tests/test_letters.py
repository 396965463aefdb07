"""What every letter must contain by the rules of the desk, and what must never stand in one."""

import dataclasses
from datetime import date

import pytest

from bot.core.messages import (
    CodeMail,
    Erased,
    Filed,
    IdentityReminder,
    NewsWaits,
    NothingHeld,
    StaffWords,
    Standing,
)
from bot.texts import COMPLETE, House, Texts
from tests.samples import samples
from tests.test_texts import CASE, KINDS, LETTERS, TEXTS, a_refusal, read


@pytest.mark.parametrize("lang", COMPLETE)
@pytest.mark.parametrize("name", LETTERS)
def test_every_letter_says_who_writes_and_which_request(name, lang):
    (kind,) = [kind for kind in KINDS if kind.__name__ == name]
    mail = TEXTS.mail(next(iter(samples(kind))), lang, (CASE,))
    machine, person, latest = {
        "en": ("A computer program", "A person", "Wednesday 2 December 2026"),
        "nl": ("Een computerprogramma", "Een mens", "woensdag 2 december 2026"),
    }[lang]
    words = " ".join(mail.text.split())
    for must in (machine, person, "info@seleqt.ai", "Seleqt B.V.", "SEL-2026-00417", latest):
        assert must in words
        assert must in read(mail.html).text.replace("\n", " ")
    assert TEXTS.right_name("erasure", lang) in words


MUST = {
    "Filed": (
        "Monday 2 November 2026, 10:14",
        "free of charge",
        "take it back",
        "misunderstand",
        "know it's you",
        "3 years",
        "(AP)",
    ),
    "CodeMail": ("4821 7730", "12 minutes", "ever ask", "do nothing", "free of charge", "Wednesday 2 December 2026"),
    "RefusalLetter": (
        "GDPR article",
        "Invoice 2026-118",
        "Lotte",
        "(AP)",
        "live or work",
        "six weeks",
        "UAVG",
        "again",
    ),
    "ExtensionLetter": ("fault is ours", "complex", "(AP)", "six weeks", "UAVG", "12(3)", "12 December", "first"),
    "LateNotice": ("is late", "fault is ours", "need nothing", "privacy lead", "(AP)", "court", "UAVG"),
    "NoActionNotice": ("What we tried", "new code", "(AP)", "six weeks", "UAVG", "12(4)", "disclosed"),
    "Erased": ("What went", "What stays", "pass this on to everyone", "3 years", "dated permission", "Backup copies"),
    "MarketingStopped": ("in transit", "this moment"),
    "Restricted": ("on hold since", "Before the hold ever ends"),
    "NothingHeld": ("found nothing", "another address", "pass your request on"),
    "ComplaintHelp": ("(AP)", "live or work", "six weeks", "UAVG"),
    "CopyReady": ("START-HERE", "destroy", "Searched: 4 of 5 systems"),
    "StopNotice": ("Stop the deletion: https://desk.example/stop/abc", "changes nothing"),
}


@pytest.mark.parametrize("name", MUST)
def test_letters_hold_what_the_rules_ask(name):
    (kind,) = [kind for kind in KINDS if kind.__name__ == name]
    names = {field.name for field in dataclasses.fields(kind)}
    fixed = {"promise": date(2026, 12, 12)} if "promise" in names else {}
    fixed |= {"status": "review"} if "status" in names else {}
    fixed |= {"received_at": CASE.received_at} if "received_at" in names else {}
    mail = TEXTS.mail(next(iter(samples(kind, **fixed))), "en", (CASE,))
    words = f"{mail.subject} " + " ".join(mail.text.split())
    assert [must for must in MUST[name] if must.casefold() not in words.casefold()] == []


@pytest.mark.parametrize("lang", COMPLETE)
def test_a_name_that_ends_in_a_full_stop_ends_its_sentence_with_one(lang):
    said = [text for kind in KINDS for text in everything(kind, lang) if "B.V" in text]
    assert said
    assert [text for text in said if ".." in text] == []


def everything(kind, lang):
    """What the chat and the letters say for every sample of a message."""
    for message in samples(kind):
        if TEXTS.can(kind, "chat"):
            yield TEXTS.say(message, lang).text
        if TEXTS.can(kind, "mail"):
            yield TEXTS.mail(message, lang).text


def test_an_erasure_of_which_all_has_to_stay_says_that_nothing_was_deleted():
    (kept, *_) = samples(Erased, goes=(), on_list=False)
    mail = TEXTS.mail(kept, "en")
    words = " ".join(mail.text.split())
    assert "We may not delete any of it now" in words
    assert "deleted" not in mail.subject
    assert "six weeks" in words
    assert "Backup" not in words


def test_the_letter_of_an_erasure_names_how_long_backups_live_where_the_house_says_so():
    texts = Texts.load(house=House(backup_days=35))
    (erased, *_) = samples(Erased)
    assert "for at most 35 days" in " ".join(texts.mail(erased, "en").text.split())


def test_while_the_clock_stands_still_the_person_reads_since_when_and_why():
    (code, *_) = samples(CodeMail, purpose="identity")
    paused = dataclasses.replace(code.rights[0], paused_since=date(2026, 11, 2))
    mail = TEXTS.mail(dataclasses.replace(code, rights=(paused,)), "en")
    assert "stands still since Monday 2 November 2026, until we know it's you" in " ".join(mail.text.split())
    standing = TEXTS.say(Standing(items=(paused,)), "en").text
    assert "Paused since Monday 2 November 2026" in standing
    (reminder, *_) = samples(IdentityReminder, paused_since=date(2026, 11, 2))
    assert "stands still since Monday 2 November 2026" in " ".join(TEXTS.mail(reminder, "en").text.split())


def test_nobody_is_told_that_seleqt_holds_nothing_of_a_client_either():
    """Somebody who stands on a client's list alone gets these words too: they must be true for them."""
    (message, *_) = samples(NothingHeld)
    words = " ".join(TEXTS.mail(message, "en").text.split())
    assert "nothing that Seleqt holds for itself" in words
    assert "process your personal data" not in words


def test_private_values_never_stand_in_a_letter():
    for kind in KINDS:
        if kind.private and TEXTS.can(kind, "mail"):
            for message in samples(kind):
                assert "van den Berg" not in TEXTS.mail(message, "en").text
    assert not TEXTS.can(StaffWords, "mail")
    assert TEXTS.can(NewsWaits, "mail")


def test_a_code_mail_is_the_same_for_every_purpose_but_its_own_words():
    subjects = {TEXTS.mail(message, "en").subject for message in samples(CodeMail)}
    assert len(subjects) == 3
    assert not any(character.isdigit() for subject in subjects for character in subject)


def test_the_letter_preview_shows_both_languages_without_the_foot():
    person, reader = TEXTS.letter_preview(a_refusal("The facts."), "nl", "en")
    assert "ons besluit" in person
    assert "our decision" in reader
    assert "computer" not in person + reader


def test_settings_of_the_house_reach_the_letters():
    texts = Texts.load(house=House(contact="privacy@house.example", desk_url="https://desk.example/"))
    (filed, *_) = samples(Filed)
    mail = texts.mail(filed, "en")
    assert "privacy@house.example" in mail.text
    assert ("href", "https://desk.example/") in read(mail.html).attributes
