"""The widget's files without a browser: weight, forbidden ways, words of every language."""

import gzip
import re
from pathlib import Path

import pytest

WIDGET = Path(__file__).resolve().parents[2] / "templates" / "widget"
FILES = sorted(WIDGET.iterdir())
BUDGET = 30 * 1024  # bytes, each file compressed by itself as the desk sends it
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    r"|setAttribute\(\"style|style=\"|\bon\w+=\""
)


def test_the_whole_widget_stays_under_thirty_kilobytes() -> None:
    sizes = {path.name: len(gzip.compress(path.read_bytes(), mtime=0)) for path in FILES}
    assert sum(sizes.values()) < BUDGET, sizes


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_makes_markup_or_code_from_text(path: Path) -> None:
    assert FORBIDDEN.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_asks_any_other_host(path: Path) -> None:
    hosts = set(re.findall(r"https?://([^/\"`\s]+)", path.read_text(encoding="utf-8")))
    assert hosts <= {"www.w3.org", "seleqt.ai", "desk.example"}


def test_every_language_has_every_word() -> None:
    text = (WIDGET / "words.js").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^  (\w\w): \{\n(.*?)^  \},$", text, re.DOTALL | re.MULTILINE))
    names = {lang: re.findall(r"^    (\w+):", block, re.MULTILINE) for lang, block in blocks.items()}
    languages = re.search(r"languages = \{(.*)\}", text)
    assert languages is not None
    assert set(re.findall(r"(\w\w):", languages.group(1))) == set(names)
    assert all(each == names["en"] for each in names.values())
    values = {lang: re.findall(r"\{\w+\}", block) for lang, block in blocks.items()}
    assert all(sorted(each) == sorted(values["en"]) for each in values.values())
