"""The languages the desk reads: this package holds their files, and reads them when a language is first used.

Promise: `read` is the whole of it for the rest of the house: text in, a Reading out.
Limits: files are read once and kept; a changed file counts after a restart.
"""

from functools import cache
from pathlib import Path
from typing import Final

from bot.core.changes import forms
from bot.core.concepts import Concepts
from bot.core.concepts import parse as parse_concepts
from bot.core.language import parse_marks
from bot.core.phrasebook import parse as parse_phrases
from bot.core.table import Table, unpack
from bot.core.understand import Reading, Tables, Tongue
from bot.core.understand import read as read_with

CODES: Final = ("en", "nl")
FOLDER: Final = Path(__file__).parent


def read(text: str, lang: str | None = None) -> Reading:
    """Takes what was typed and, if one is known, the language of the page or talk; returns what it wants."""
    return read_with(text, lang, tables())


@cache
def tables() -> Tables:
    """Returns everything needed to read, from the files. Raises OSError or ValueError for a missing or bad file."""
    return Tables(
        tongues={code: tongue_with(code, _table(FOLDER / code / "reader.bin")) for code in CODES},
        opinion=_table(FOLDER / "opinion.bin"),
        marks=marks(),
    )


def tongue_with(code: str, table: Table) -> Tongue:
    """Takes a language code and the table to read it with; returns the language, from its files."""
    phrases = parse_phrases(_lines(FOLDER / code / "slots.txt"))
    return Tongue(code=code, table=table, concepts=concepts_of(code), forms=forms(phrases))


def concepts_of(code: str) -> Concepts:
    """Takes a language code; returns its ideas."""
    return parse_concepts(_lines(FOLDER / code / "concepts.txt"))


def marks() -> dict[str, frozenset[str]]:
    """Returns the small words that tell languages apart, those the desk does not speak among them."""
    return parse_marks(_lines(FOLDER / "languages.txt"))


@cache
def messages(code: str) -> tuple[tuple[str, str], ...]:
    """Takes a language code; returns (label, message) for every message the reader of that language learnt from."""
    told: list[tuple[str, str]] = []
    for path in sorted((FOLDER / code / "messages").glob("*.txt")):
        label = ""
        for line in _lines(path):
            if line.startswith("["):
                label = line.strip("[] ")
            elif line.strip() and not line.startswith("#"):
                told.append((label, line.strip()))
    return tuple(told)


def _table(path: Path) -> Table:
    return unpack(path.read_bytes())


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()
