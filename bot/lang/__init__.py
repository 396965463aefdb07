"""The languages the desk reads: this package holds their files, and reads them when a language is first used.

Promise: `read` is the whole of it for the rest of the house: text in, a Reading out.
Limits: files are read once and kept; a changed file counts after a restart.
"""

from functools import cache
from pathlib import Path
from typing import Final

from bot.core.changes import forms
from bot.core.concepts import parse as parse_concepts
from bot.core.language import parse_marks
from bot.core.phrasebook import parse as parse_phrases
from bot.core.table import unpack
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
        tongues={code: _tongue(code) for code in CODES},
        opinion=unpack((FOLDER / "opinion.bin").read_bytes()),
        marks=parse_marks((FOLDER / "languages.txt").read_text("utf-8").splitlines()),
    )


def _tongue(code: str) -> Tongue:
    home = FOLDER / code
    return Tongue(
        code=code,
        table=unpack((home / "reader.bin").read_bytes()),
        concepts=parse_concepts((home / "concepts.txt").read_text("utf-8").splitlines()),
        forms=forms(parse_phrases((home / "slots.txt").read_text("utf-8").splitlines())),
    )
