"""What the reader makes of messages: what it is sure of, what it asks, and what cannot shake it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import concepts
from bot.core.concepts import ConceptError
from bot.core.features import pieces
from bot.core.language import UNKNOWN
from bot.core.reader import CUTS, judge
from bot.core.table import INTENTS, TableError, pack, unpack
from bot.core.wording import CAP, LONG, clauses, clean, fold, words
from bot.lang import FOLDER, read, tables

LOOSE = dict.fromkeys(CUTS, 0.0)


def scores(**told: float) -> list[float]:
    return [told.get(intent, -9.0) for intent in INTENTS]


def chosen(whole: list[float], *parts: list[float], **cuts: float) -> list[str]:
    verdict = judge(whole, lambda: parts, lambda: scores(), {**LOOSE, "second": 5.0, **cuts})
    return [INTENTS[i] for i in verdict.chosen]


@pytest.mark.parametrize(
    ("text", "lang", "intent"),
    [
        ("I want to see everything you have on me", "en", "access"),
        ("my surname is wrong", "en", "rectification"),
        ("stop using my data for marketing", "en", "objection"),
        ("please delete my account and all my data", "en", "erasure"),
        ("don't delete my account, I only want to see what's in it", "en", "access"),
        ("delete this campaign draft", "en", "other"),
        ("verwijder mijn gegevens", "nl", "erasure"),
        ("wie zijn jullie en wat weten jullie over mensen zoals ik", "nl", "inform"),
        ("hoe staat het met mijn verzoek", "nl", "status"),
        ("mag ik een mens spreken", "nl", "human"),
    ],
)
def test_a_plain_wish_is_read(text: str, lang: str, intent: str) -> None:
    reading = read(text)
    assert (reading.lang, reading.intents) == (lang, (intent,))
    assert reading.offers[0] == intent


def test_two_rights_in_one_message_are_both_read() -> None:
    assert set(read("Send me a copy of all my data and then delete my account.", "en").intents) == {"access", "erasure"}


@pytest.mark.parametrize(
    ("text", "lang", "doubt"),
    [
        ("what would happen if I asked you to delete my account?", "en", "hypothetical"),
        ("my colleague asked you to delete her, how does that work", "en", "reported"),
        ("stel dat ik mijn account laat verwijderen", "nl", "hypothetical"),
        ("Bitte löschen Sie meine Daten", None, "language"),
        ("удалите мои данные", None, "language"),
        ("data delete not or yes copy", "en", "close"),
    ],
)
def test_what_might_be_misread_is_asked(text: str, lang: str | None, doubt: str) -> None:
    reading = read(text, lang)
    assert not reading.sure
    assert doubt in reading.doubts
    assert len(reading.offers) == 3


def test_a_long_letter_is_read_sentence_by_sentence_and_asked() -> None:
    letter = "It was a sunny day in May and we went to the beach. " * 20 + "Please delete my account and all my data."
    reading = read(letter, "en")
    assert len(letter) > LONG
    assert reading.intents[0] == "erasure"
    assert reading.doubts[-1] == "long"


def test_nothing_at_all_is_nobodys_wish() -> None:
    assert read("").lang == UNKNOWN
    assert read("", "nl").lang == "nl"
    assert read("", "nl").intents == ("other",)


def test_the_language_of_the_page_decides_where_words_do_not() -> None:
    assert read("ok", "nl").lang == "nl"
    assert read("verwijder mijn account", "en").lang == "nl"
    assert read("bonjour", "en").lang == UNKNOWN
    assert read("ok", "xx").lang == "en"


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\xff",
        "<script>alert(1)</script>",
        "'; DROP TABLE tickets; --",
        "{{ 7*7 }}",
        "\u202egnirts\u202c",
        "<!channel> <@U1|x> *b*",
        "\ud800",
        "ﷺ" * 5000,
        "a" * 100_000,
        "a@" * 3000,
        "1 " * 5000,
        "📮" * 40,
    ],
)
def test_hostile_text_is_read_as_nothing_in_particular(text: str) -> None:
    reading = read(text, "en")
    assert reading.intents
    assert not {"erasure", "rectification"} & set(reading.intents)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["en", "nl", None, "de"]))
def test_any_text_gives_a_reading(text: str, lang: str | None) -> None:
    reading = read(text, lang)
    assert set(reading.intents) <= set(INTENTS)
    assert 1 <= len(reading.intents) <= 2


def test_cleaning_drops_what_cannot_be_seen_and_keeps_lines() -> None:
    assert clean("de\u200blete\tme\r\n\n  now\u202e ") == "delete me\nnow"
    assert clean("ﬁle") == "file"
    assert len(clean("ﷺ" * CAP)) <= CAP


def test_folding_keeps_the_number_of_an_article_and_hides_the_others() -> None:
    assert words(fold("Privé: article 17, call 06-12345678, ref SEL-2026-00417, 2026, a@b.nl https://x.y/z")) == (
        ["prive", "article", "17", "call", "xphonex", "ref", "xticketx", "xnumberx", "xmailx", "xlinkx"]
    )


def test_clauses_are_parted_by_joining_words_and_marks() -> None:
    assert clauses(["send", "it", ",", "and", "delete", "me", "then", "go"], {"and", "then"}) == [
        ["send", "it"],
        ["delete", "me"],
    ]


def test_other_stands_alone() -> None:
    assert chosen(scores(other=6, access=5.5), second=1.0) == ["other"]
    assert chosen(scores(access=6, other=5.5, status=5.2), second=1.0) == ["access", "status"]


def test_an_act_must_lead_to_be_named() -> None:
    assert chosen(scores(erasure=2.0, access=1.5), act_lead=1.0) == ["access"]
    assert chosen(scores(erasure=3.0, access=1.5), act_lead=1.0) == ["erasure"]


def test_a_second_intent_needs_a_clause_of_its_own_or_great_strength() -> None:
    both = scores(access=6.0, status=1.0)
    assert chosen(both) == ["access"]
    assert chosen(both, scores(access=3.0)) == ["access"]
    assert chosen(both, scores(access=3.0), scores(status=3.0)) == ["access", "status"]
    assert chosen(both, scores(access=-3.0), scores(status=3.0)) == ["access"]
    assert chosen(both, scores(access=3.0), scores(status=3.0, inform=4.0)) == ["access"]
    assert chosen(both, scores(access=3.0), scores(status=-3.0)) == ["access"]
    assert chosen(scores(access=6.0, status=5.5)) == ["access", "status"]


def test_a_third_intent_needs_a_clause_of_its_own_beside_two_others() -> None:
    three = scores(access=6.0, status=5.5, human=5.4)
    assert chosen(three) == ["access", "status"]
    assert chosen(three, scores(access=3.0), scores(status=3.0)) == ["access", "status"]
    told = (scores(access=3.0), scores(status=3.0), scores(human=3.0))
    assert chosen(three, *told) == ["access", "status", "human"]
    assert chosen(three, scores(access=3.0), scores(), scores(human=3.0)) == ["access", "status"]


def test_three_rights_in_one_message_are_all_read() -> None:
    text = "Send me a copy of all my data, then delete my account and unsubscribe me from the newsletter."
    assert set(read(text, "en").intents) == {"access", "erasure", "unsubscribe"}


def test_more_must_speak_for_a_right_in_a_question() -> None:
    verdict = judge(scores(access=3.0, inform=1.0), list, list, {**LOOSE, "second": 99.0, "right_lead": 1.0}, lead=1.5)
    assert INTENTS[verdict.chosen[0]] == "inform"


def test_what_is_taken_back_beside_an_act_is_asked() -> None:
    verdict = judge(scores(cancel=9.0, erasure=8.0), list, lambda: scores(erasure=9.0), {**LOOSE, "second": 5.0})
    assert verdict.doubts == ("close",)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("When I delete my account, is my e-mail address wiped as well?", "en"),
        ("If someone withdraws consent, what changes?", "en"),
        ("Als ik mijn account verwijder, is mijn mailadres dan ook weg?", "nl"),
    ],
)
def test_a_supposed_case_is_a_question_and_nothing_is_filed(text: str, lang: str) -> None:
    reading = read(text, lang)
    assert reading.intents == ("inform",)
    assert not reading.sure


def test_a_condition_before_a_wish_is_no_supposed_case() -> None:
    assert "hypothetical" not in read("If I may ask: could you please delete my account?", "en").doubts


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("my name is John Smith (john.smith@example.com) and I want a copy of my data", "en"),
        ("mijn naam is Jan Smit (jan.smit@example.nl) en ik wil een kopie van mijn gegevens", "nl"),
    ],
)
def test_an_introduction_is_no_correction(text: str, lang: str) -> None:
    reading = read(text, lang)
    assert reading.intents == ("access",)
    assert reading.slots.changes == ()
    assert reading.slots.name is not None


def test_a_region_says_which_language_a_page_is_in() -> None:
    assert read("ok", "nl-NL").lang == "nl"
    assert read("ok", "EN_gb").lang == "en"


def test_an_act_is_sure_only_with_strength_margin_and_second_opinion() -> None:
    cuts = {**LOOSE, "second": 99.0, "sure_act": 2.0, "act_margin": 4.0, "margin": 1.0}

    def doubts(whole: list[float], opinion: list[float]) -> tuple[str, ...]:
        return judge(whole, list, lambda: opinion, cuts).doubts

    assert doubts(scores(erasure=5.0), scores(erasure=1.0)) == ()
    assert doubts(scores(erasure=5.0), scores()) == ("opinion",)
    assert doubts(scores(erasure=1.0), scores(erasure=1.0)) == ("weak",)
    assert doubts(scores(erasure=5.0, access=2.0), scores(erasure=1.0)) == ("close",)
    assert doubts(scores(access=5.0, status=4.5), scores()) == ("close",)
    assert doubts(scores(access=-1.0), scores()) == ("weak",)


def test_a_table_survives_packing_and_foreign_bytes_are_refused() -> None:
    raw = (FOLDER / "opinion.bin").read_bytes()
    assert pack(unpack(raw)) == raw
    for broken in (b"", b"SPDT", raw[:-3], b"XXXX" + raw[4:], raw[:4] + b"\0\0\0\1" + raw[8:]):
        with pytest.raises(TableError):
            unpack(broken)


def test_a_table_of_another_format_is_refused() -> None:
    raw = (FOLDER / "opinion.bin").read_bytes()
    size = int.from_bytes(raw[4:8], "little")
    header = {**json.loads(raw[8 : 8 + size]), "format": 0}
    text = json.dumps(header).encode()
    with pytest.raises(TableError, match="another version"):
        unpack(raw[:4] + len(text).to_bytes(4, "little") + text + raw[8 + size :])


def test_the_weights_of_the_pieces_add_up_to_the_score() -> None:
    table = tables().tongues["en"].table
    named = pieces(["delete", "my", "account", "please"], tables().tongues["en"].concepts)
    total = sum(weight for _, weight in table.weights(named, "erasure"))
    at = INTENTS.index("erasure")
    assert total + table.biases[at] == pytest.approx(table.scores(named)[at])
    assert tables().opinion.weights(pieces([], tables().tongues["en"].concepts), "access")


def test_ideas_are_found_by_word_stem_and_phrase_and_turned_by_a_not() -> None:
    known = concepts.parse(["# note", "", "not: not", 'erase: delet*, wipe, "get rid of"', "data: data"])
    met = concepts.find(["do", "not", "get", "rid", "of", "my", "data", ",", "deleted", "data", "wipe"], known)
    assert [(idea.concept, idea.negated) for idea in met] == [
        ("not", False),
        ("erase", True),
        ("data", False),
        ("erase", False),
        ("data", False),
        ("erase", False),
    ]
    assert known.names == ("not", "erase", "data")


@pytest.mark.parametrize("line", ["no colon here", "Erase: x", "erase: ab*", 'erase: "—"', "erase: two words*"])
def test_a_bad_line_of_ideas_is_refused_by_number(line: str) -> None:
    with pytest.raises(ConceptError, match="line 2"):
        concepts.parse(["data: data", line])
