"""Lines of JSON in, lines of JSON out, and an explanation for people."""

import json

import pytest

from bot.commands.understand_jsonl import answer, why


def test_a_line_is_answered_with_intents_and_slots() -> None:
    line = json.dumps({"id": "a1", "lang": "en", "text": "my surname is wrong, it's van den Berg not Berg"})
    assert json.loads(answer(line)) == {
        "id": "a1",
        "lang": "en",
        "intents": ["rectification"],
        "slots": {"changes": [{"field": "last_name", "old": "Berg", "new": "van den Berg"}]},
    }


def test_only_the_slots_found_are_told() -> None:
    told = json.loads(answer('{"id": 2, "text": "hoe staat het met SEL-2026-00417 van 3 maart 2026?"}'))
    assert told == {
        "id": 2,
        "lang": "nl",
        "intents": ["status"],
        "slots": {"ticket": "SEL-2026-00417", "date": "2026-03-03"},
    }


def test_a_text_in_no_known_language_is_other() -> None:
    told = json.loads(answer('{"id": 3, "lang": "de", "text": "Guten Tag, was ist das"}'))
    assert (told["lang"], told["intents"], told["slots"]) == ("unknown", ["other"], {})


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("", None),
        ("{", None),
        ("[1]", None),
        ("NaN", None),
        ("[" * 100_000, None),
        ('{"id": 7}', 7),
        ('{"id": 7, "text": 5}', 7),
        ('{"id": 7, "text": null}', 7),
        ('{"id": 7, "text": "x", "lang": 1}', 7),
    ],
)
def test_a_bad_line_is_answered_with_an_error(line: str, key: object) -> None:
    told = json.loads(answer(line))
    assert set(told) == {"id", "error"}
    assert told["id"] == key


@pytest.mark.parametrize("text", ["", "\ud800", "\x00", "<b>", "9" * 5000, "\n\r\u2028"])
def test_hostile_text_is_answered_on_one_line(text: str) -> None:
    line = answer(json.dumps({"id": text, "text": text}))
    assert "\n" not in line
    assert json.loads(line)["intents"] == ["other"]


def test_the_reason_shows_pieces_ideas_nearest_lines_and_cuts() -> None:
    told = why("delete my account please", None)
    for part in ("intents erasure", "ideas: ", "second opinion: erasure", "near [", "cuts: "):
        assert part in told


def test_the_reason_of_a_doubt_is_named() -> None:
    assert "asked because: hypothetical" in why("what would happen if I asked you to delete me?", "en")
    assert "asked because: language" in why("удалите мои данные", None)
    assert "intents other" in why("", "en")
