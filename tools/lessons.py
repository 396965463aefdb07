"""Reads the message files that people wrote to teach the reader, and refuses what would teach it badly.

Promise: a line that stands twice in a language (in one file or two), an unknown label or a thin section is named.
Limits: it cannot tell a template from an honest sentence; that is for whoever reviews the file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.core.table import INTENTS
from bot.core.wording import clean, fold, words

ENOUGH: Final = 100  # messages per intent and language, all writers together
MORE: Final = {"other": 3, "inform": 3}  # the open worlds need a multiple of that
_SECTION: Final = re.compile(r"^\[([a-z_]+(?:\+[a-z_]+)*)\]$")


class LessonError(ValueError):
    """A message file cannot be used; the text names file and line."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One message somebody wrote, and what it wants."""

    writer: str
    intents: tuple[str, ...]
    text: str


def lessons_in(path: Path) -> list[Lesson]:
    """Takes a message file; returns its messages. Raises LessonError for an unknown or missing label."""
    return list(_read(path.stem, path.read_text("utf-8").splitlines(), str(path)))


def _read(writer: str, lines: Iterable[str], where: str) -> Iterator[Lesson]:
    intents: tuple[str, ...] = ()
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        section = _SECTION.match(line)
        if section:
            intents = _labels(section.group(1), f"{where}:{number}")
        elif intents:
            yield Lesson(writer=writer, intents=intents, text=line)
        else:
            raise LessonError(f"{where}:{number}: a message stands before the first [label]")


def _labels(told: str, where: str) -> tuple[str, ...]:
    intents = tuple(told.split("+"))
    unknown = [intent for intent in intents if intent not in INTENTS]
    if unknown:
        raise LessonError(f"{where}: unknown label {', '.join(unknown)}")
    return intents


def lessons_of(home: Path) -> list[Lesson]:
    """Takes a language's folder; returns the messages of all its writers, sorted, so that order never matters."""
    told = [lesson for path in sorted((home / "messages").glob("*.txt")) for lesson in lessons_in(path)]
    return sorted(told, key=lambda lesson: (lesson.writer, lesson.intents, lesson.text))


def complaints(told: Iterable[Lesson]) -> list[str]:
    """Takes the messages of one language; returns what is wrong with them, one sentence each; empty is good."""
    told = list(told)
    return [*_twice(told), *_thin(told)]


def same(text: str) -> str:
    """Takes a message; returns what makes it the same as another: its words, without case, accents, punctuation."""
    return " ".join(word for word in words(fold(clean(text))) if word not in "?!")


def _twice(told: list[Lesson]) -> Iterator[str]:
    first: dict[str, Lesson] = {}
    for lesson in told:
        earlier = first.setdefault(same(lesson.text) or lesson.text, lesson)
        if earlier is not lesson:
            yield f"{lesson.writer} repeats {earlier.writer}: {lesson.text}"


def _thin(told: list[Lesson]) -> Iterator[str]:
    counts = Counter(intent for lesson in told for intent in lesson.intents)
    for intent in INTENTS:
        wanted = ENOUGH * MORE.get(intent, 1)
        if counts[intent] < wanted:
            yield f"[{intent}] has {counts[intent]} messages, {wanted} are needed"
