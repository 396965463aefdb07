"""What a message wants: text in, a `Reading` out: the intents, how sure, the slots, and what to offer when unsure.

Promise: any text gives a reading with at least one intent, and nothing raises. `sure` is the only word for "file it";
hypotheticals, reported speech, foreign languages and close calls are never sure.
Limits: a reading alone starts no act; it opens a ticket that proof and staff still stand before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.core.changes import Forms
from bot.core.concepts import Concepts
from bot.core.features import pieces
from bot.core.language import UNKNOWN, detect
from bot.core.slots import Slots
from bot.core.slots import find as find_slots
from bot.core.table import INTENTS, Table
from bot.core.wording import LONG, clean, fold, sentences, words

ACTS: Final = frozenset({"erasure", "rectification"})  # what cannot be taken back, or changes a record
_ALWAYS_OFFERED: Final = ("access", "erasure", "inform")  # for a text that cannot be read at all
_NEVER_BESIDE: Final = frozenset({"other"})  # says that nothing is wanted, so it stands alone
_MOST_SENTENCES: Final = 40  # of a long text, read one by one


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """All that is needed to read one language."""

    code: str
    table: Table
    concepts: Concepts
    forms: Forms


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The languages the desk reads, the second opinion shared by them, and the words that tell languages apart."""

    tongues: Mapping[str, Tongue]
    opinion: Table
    marks: Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a text was understood to want."""

    lang: str  # language code, or "unknown"
    intents: tuple[str, ...]  # best first, one or two
    offers: tuple[str, ...]  # the three likeliest, for buttons
    sure: bool  # whether the desk may file it and read it back; otherwise it asks
    doubts: tuple[str, ...]  # why not sure: unclear, opinion, hypothetical, reported, language, long
    slots: Slots
    scores: Mapping[str, float]  # log-odds per intent


def read(text: str, lang: str | None, tables: Tables) -> Reading:
    """Takes what was typed, and the language assumed so far if any; returns what it wants."""
    cleaned = clean(text)
    said = words(fold(cleaned))
    code = detect(said, lang, tables.marks, {code: tongue.table.known for code, tongue in tables.tongues.items()})
    if code == UNKNOWN or not said:
        return _unread(lang if code == UNKNOWN and not said and lang in tables.tongues else code)
    return _read_in(tables.tongues[code], tables.opinion, cleaned, said)


def _unread(code: str | None) -> Reading:
    return Reading(
        lang=code or UNKNOWN,
        intents=("other",),
        offers=_ALWAYS_OFFERED,
        sure=False,
        doubts=("language",),
        slots=Slots(),
        scores=MappingProxyType({}),
    )


def _read_in(tongue: Tongue, opinion: Table, cleaned: str, said: Sequence[str]) -> Reading:
    scores = tongue.table.scores(pieces(said, tongue.concepts))
    ranked = sorted(range(len(INTENTS)), key=lambda i: -scores[i])
    return Reading(
        lang=tongue.code,
        intents=(INTENTS[ranked[0]],),
        offers=tuple(INTENTS[i] for i in ranked[:3]),
        sure=False,
        doubts=(),
        slots=find_slots(cleaned, tongue.forms, correcting=scores[INTENTS.index("rectification")] > -2.0),
        scores=MappingProxyType(dict(zip(INTENTS, scores, strict=True))),
    )
