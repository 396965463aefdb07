"""How the desk speaks, counted: length, plain words, whole dates, one question at a time."""

import re

import pytest

from bot.core.messages import Message
from bot.texts import COMPLETE, SOURCE, TEMPLATES, Texts
from tests.samples import TOPICS, message_types, samples
from tools.catalogue import catalogue_files, extracted, updated

TEXTS = Texts.load()
KINDS = message_types()
LETTERS = {"RefusalLetter", "ExtensionLetter", "LateNotice", "NoActionNotice"}  # may be longer than a bubble
OTHERS_WORDS = {"StaffWords", "StaffAsks", "SettledByHand"}
WORDS_IN_A_BUBBLE = 60
WORDS_IN_A_SENTENCE = 20
WORDS_IN_A_LETTERS_SENTENCE = 30

NEVER = {
    "en": "unfortunately|please note|kindly|your privacy is important|soon|are you sure|in order to|do not hesitate|"
    "pursuant|hereby|data subject|ticket lifecycle|request type|inconvenience|survey",
    "nl": "helaas|let op|gelieve|binnenkort|weet je het zeker|medewerker|AI-assistent|wissen|gewist|betrokkene|"
    "conform|middels|hierbij|ongemak|enquête|u|uw",
}
NOT_IN_CHAT = {
    "en": "article|articles|GDPR|controller|processor|submit|submitted|legitimate",
    "nl": "artikel|artikelen|AVG|verwerkingsverantwoordelijke|verwerker|indienen|gerechtvaardigd",
}
MONTHS = {
    "en": "January|February|March|April|May|June|July|August|September|October|November|December",
    "nl": "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december",
}
DAYS = {
    "en": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "nl": "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
}
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
IN_EACH = pytest.mark.parametrize("lang", COMPLETE)


def bubbles(kind: type[Message], lang: str) -> list[str]:
    """What the chat says for every sample of a message."""
    return [TEXTS.say(message, lang).text for message in samples(kind)] if TEXTS.can(kind, "chat") else []


def letters(kind: type[Message], lang: str) -> list[str]:
    """Subject and text of every sample that exists as a letter."""
    mails = (TEXTS.mail(message, lang) for message in samples(kind)) if TEXTS.can(kind, "mail") else ()
    return [f"{mail.subject}\n\n{mail.text}" for mail in mails]


def prose(text: str) -> list[str]:
    """The lines that are not part of a list."""
    return [line for line in text.split("\n") if line and not line.startswith("- ")]


def sentences(text: str) -> list[str]:
    """Sentences of a text; a blank line ends one, a wrapped line does not."""
    return [one for part in re.split(r"\n\n|\n(?=- )", text) for one in re.split(r"(?<=[.?])\s+", part)]


@EACH
@IN_EACH
def test_a_bubble_is_short_and_asks_one_thing(kind, lang):
    for text in bubbles(kind, lang):
        if kind.__name__ not in LETTERS:
            assert sum(len(line.split()) for line in prose(text)) <= WORDS_IN_A_BUBBLE, text
        assert text.count("?") <= 1 or kind.__name__ in OTHERS_WORDS | {"Fact", "NoTickets"}, text
        for sentence in sentences(text):
            assert len(sentence.split()) <= WORDS_IN_A_SENTENCE, sentence


@EACH
@IN_EACH
def test_a_letters_sentences_are_short(kind, lang):
    for text in letters(kind, lang):
        for sentence in sentences(text):
            assert len(sentence.split()) <= WORDS_IN_A_LETTERS_SENTENCE, sentence


@IN_EACH
def test_no_sentence_uses_a_word_we_never_say(lang):
    for sentence in _all_sentences(lang):
        assert not re.search(rf"\b(?:{NEVER[lang]})\b", sentence, re.IGNORECASE), sentence
        assert "!" not in sentence
        assert not re.search("[\U0001f300-\U0001faff☀-➿]", sentence)


@EACH
@IN_EACH
def test_the_chat_uses_everyday_words(kind, lang):
    for text in bubbles(kind, lang):
        quoted = re.sub(r'"[^"]*"', "", text)  # the published policy's own headings
        assert not re.search(rf"\b(?:{NOT_IN_CHAT[lang]})\b", quoted), text


@EACH
@IN_EACH
def test_dates_are_whole(kind, lang):
    whole = re.compile(rf"(?:{DAYS[lang]}) \d{{1,2}} (?:{MONTHS[lang]}) \d{{4}}")
    for text in (*bubbles(kind, lang), *letters(kind, lang)):
        flat = " ".join(text.split())
        if kind.__name__ != "Fact":  # a policy's version is named without a weekday
            assert not re.search(rf"\d (?:{MONTHS[lang]})\b", whole.sub("", flat)), flat
        assert not re.search(r"\b(?:30 days|30 dagen)\b", flat), flat


@IN_EACH
def test_a_fact_names_its_section_and_the_policys_date(lang):
    (fact,) = [kind for kind in KINDS if kind.__name__ == "Fact"]
    said = [TEXTS.say(message, lang).text for message in samples(fact)]
    assert len(set(said)) == len(TOPICS)
    policy = {
        "en": "our privacy policy of 2 December 2026, under",
        "nl": "ons privacybeleid van 2 december 2026, onder",
    }
    assert [text for text in said if policy[lang] not in text] == []


@IN_EACH
def test_who_made_a_list_is_pointed_to_export_and_edit(lang):
    (fact,) = [kind for kind in KINDS if kind.__name__ == "Fact"]
    (text,) = {TEXTS.say(message, lang).text for message in samples(fact, topic="lists")}
    assert {"en": "Export, edit or delete", "nl": "Exporteer, wijzig of verwijder"}[lang] in text


@IN_EACH
def test_the_first_bubble_says_what_we_are_and_how_to_reach_a_person(lang):
    (hello,) = [kind for kind in KINDS if kind.__name__ == "Hello"]
    (text,) = {*bubbles(hello, lang)}
    assert {"en": "computer program", "nl": "computerprogramma"}[lang] in text
    assert {"en": '"person"', "nl": '"mens"'}[lang] in text


@IN_EACH
def test_we_apologise_only_for_our_own_fault(lang):
    sorry = {"en": "sorry", "nl": "spijt"}[lang]
    apologetic = {
        kind.__name__ for kind in KINDS for text in (*bubbles(kind, lang), *letters(kind, lang)) if sorry in text
    }
    assert apologetic == {"LateNotice", "ExtensionLetter"}


def _all_sentences(lang: str) -> list[str]:
    """Every sentence of our templates in this language, the data package and pages included."""
    told: list[str | tuple[str, ...]] = []
    for path in catalogue_files(TEMPLATES):
        if lang == SOURCE:
            told.extend(message.id for message in extracted(TEMPLATES, path.stem) if message.id)
        elif path.parts[-3] == lang:
            told.extend(message.string for message in updated(path, TEMPLATES) if message.id)
    return [one for several in told for one in ([several] if isinstance(several, str) else several)]
