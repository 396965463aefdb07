"""The files of a language hold together: messages, ideas, phrases, and the tables made from them."""

from pathlib import Path

import pytest

from bot.core.table import INTENTS
from bot.lang import CODES, FOLDER, concepts_of, messages, tables
from tools.lessons import LessonError, complaints, lessons_in, lessons_of
from tools.train import CUTS, inputs_of


@pytest.mark.parametrize("code", CODES)
def test_no_message_stands_twice_and_no_section_is_thin(code: str) -> None:
    assert complaints(lessons_of(FOLDER / code)) == []


@pytest.mark.parametrize("code", CODES)
def test_each_language_has_several_writers(code: str) -> None:
    assert len({lesson.writer for lesson in lessons_of(FOLDER / code)}) >= 3


@pytest.mark.parametrize("code", CODES)
def test_the_table_was_made_from_these_very_files(code: str) -> None:
    table = tables().tongues[code].table
    assert table.inputs == inputs_of([code]), "run `make model`"
    assert table.cuts == CUTS


def test_the_second_opinion_was_made_from_all_languages() -> None:
    assert tables().opinion.inputs == inputs_of(CODES), "run `make model`"


def test_all_languages_know_the_same_ideas() -> None:
    assert len({frozenset(concepts_of(code).names) for code in CODES}) == 1


@pytest.mark.parametrize("code", CODES)
def test_the_messages_shown_as_nearest_are_those_taught(code: str) -> None:
    assert {line for _, line in messages(code)} == {lesson.text for lesson in lessons_of(FOLDER / code)}


def written(folder: Path, text: str) -> Path:
    path = folder / "someone.txt"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("text", ["before any label\n", "[acess]\nshow me\n", "[access+nonsense]\nshow me\n"])
def test_a_message_without_a_known_label_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LessonError, match=r"someone\.txt:1"):
        lessons_in(written(tmp_path, text))


def test_a_repeated_message_and_a_thin_section_are_named(tmp_path: Path) -> None:
    told = complaints(lessons_in(written(tmp_path, "# me\n[access]\nShow me!\nshow me\n[access+erasure]\nboth\n")))
    assert "someone repeats someone: show me" in told
    assert sum("are needed" in line for line in told) == len(INTENTS)
