"""What a message wants: text in, a `Reading` out: the intents, how sure, the slots, and what to offer when unsure.

Promise: any text gives a reading with at least one intent, and nothing raises. `sure` is the only word for "file it";
hypotheticals, reported speech, foreign languages, long letters and close calls are never sure.
Limits: a reading alone starts no act; it opens a ticket that proof and staff still stand before.
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.core.changes import Forms
from bot.core.concepts import Concepts, find
from bot.core.features import Pieces, pieces
from bot.core.language import UNKNOWN, detect
from bot.core.reader import OTHER, Scores, Verdict, judge
from bot.core.slots import Slots
from bot.core.slots import find as find_slots
from bot.core.table import INTENTS, Table
from bot.core.wording import LONG, clauses, clean, fold, sentences, words, words_and_breaks

ALWAYS_ASKED: Final = frozenset({"hypothetical", "reported"})  # ideas after which nothing is filed unasked
JOINT: Final = "clause"  # the idea whose words part clauses
CONDITION: Final = "condition"  # the idea with which a supposed case begins
OFFERED_BLINDLY: Final = ("access", "erasure", "human")  # for a text that could not be read at all
_MOST_PARTS: Final = 40  # sentences or clauses, read one by one
_MAY_CORRECT: Final = -2.0  # log-odds of a rectification from which a correction is looked for
_RECTIFICATION: Final = INTENTS.index("rectification")
_ERASURE: Final = INTENTS.index("erasure")
_EVIDENCE: Final = {
    _RECTIFICATION: frozenset({"wrong", "correct", "life_change", "not"}),
    _ERASURE: frozenset({"erase", "remove", "close_account", "forget"}),
}
"""Ideas without which an act is not read beside another intent: "my name is Jan Smit and I want a copy"."""


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

    lang: str  # language code, or "unknown": answer in plain English and offer a person
    intents: tuple[str, ...]  # best first, one to three
    offers: tuple[str, ...]  # the three likeliest, for buttons
    sure: bool  # whether the desk may file it and read it back; otherwise it asks
    doubts: tuple[str, ...]  # why not sure: weak, close, opinion, hypothetical, reported, long, language
    slots: Slots
    scores: Mapping[str, float]  # log-odds per intent; empty where nothing was read


def read(text: str, lang: str | None, tables: Tables) -> Reading:
    """Takes what was typed, and the language of the page or talk if one is known; returns what it wants."""
    cleaned = clean(text)
    said = words(fold(cleaned))
    hint = re.split(r"[-_]", lang.strip().lower())[0] if lang else None  # "nl-NL" is Dutch
    code = detect(said, hint, tables.marks, {code: tongue.table.known for code, tongue in tables.tongues.items()})
    if code == UNKNOWN:
        return _unread()
    tongue = tables.tongues[code]
    named = pieces(said, tongue.concepts)
    scores = _scores(cleaned, named, tongue)
    verdict = judge(
        scores,
        lambda: _each_part(cleaned, tongue),
        lambda: tables.opinion.scores(named),
        tongue.table.cuts,
        lead=_lead(said, tongue),
    )
    return _reading(cleaned, said, tongue, scores, verdict)


def _lead(said: Sequence[str], tongue: Tongue) -> float:
    """What a text that asks must speak louder by to be more than a question."""
    cuts = tongue.table.cuts
    if "?" not in said:
        return 0.0
    return cuts["question"] + cuts["condition"] * _is_supposed(said, tongue)


def _is_supposed(said: Sequence[str], tongue: Tongue) -> bool:
    """Whether a question begins with an "if I" and goes on without a wish: "when I delete it, is my mail gone too?"."""
    met = find(said, tongue.concepts)
    ideas = {found.concept for found in met}
    return "?" in said and "please" not in ideas and any(one.concept == CONDITION and one.at == 0 for one in met)


def _unread() -> Reading:
    return Reading(
        lang=UNKNOWN,
        intents=("other",),
        offers=OFFERED_BLINDLY,
        sure=False,
        doubts=("language",),
        slots=Slots(),
        scores=MappingProxyType({}),
    )


def _scores(cleaned: str, named: Pieces, tongue: Tongue) -> Scores:
    """Returns the log-odds of the text; a long one is as loud as its loudest sentence."""
    if len(cleaned) <= LONG:
        return tongue.table.scores(named)
    parts = [score(part, tongue) for part in _parts(cleaned, tongue)]
    loudest = [max(column) for column in zip(*parts, strict=True)]
    loudest[OTHER] = sum(part[OTHER] for part in parts) / len(parts)  # most of a letter is no request
    return loudest


def _each_part(cleaned: str, tongue: Tongue) -> Sequence[Scores]:
    """Returns the log-odds of each clause or sentence; nothing for a text that is only one."""
    parts = _parts(cleaned, tongue)
    return [score(part, tongue) for part in parts] if len(parts) > 1 else []


def _parts(cleaned: str, tongue: Tongue) -> Sequence[Sequence[str]]:
    """Returns the words of each clause, or of each sentence of a long text, the first ones only."""
    if len(cleaned) <= LONG:
        joints = [word for word, ideas in tongue.concepts.exact.items() if JOINT in ideas]
        return clauses(words_and_breaks(fold(cleaned)), joints)[:_MOST_PARTS]
    return [words(fold(sentence)) for sentence in sentences(cleaned)][:_MOST_PARTS]


def score(said: Sequence[str], tongue: Tongue) -> Scores:
    """Takes folded words; returns their log-odds per intent in one language."""
    return tongue.table.scores(pieces(said, tongue.concepts))


def _reading(cleaned: str, said: Sequence[str], tongue: Tongue, scores: Scores, verdict: Verdict) -> Reading:
    ideas = {found.concept for found in find(said, tongue.concepts)}
    chosen = _borne_out(verdict.chosen, ideas)
    asked = (ideas & ALWAYS_ASKED) | ({"hypothetical"} if _is_supposed(said, tongue) else set())
    doubts = (*verdict.doubts, *sorted(asked), *(["long"] if len(cleaned) > LONG else []))
    correcting = _RECTIFICATION in chosen or scores[_RECTIFICATION] > _MAY_CORRECT
    return Reading(
        lang=tongue.code,
        intents=tuple(INTENTS[i] for i in chosen),
        offers=tuple(INTENTS[i] for i in verdict.ranked[:3]),
        sure=not doubts,
        doubts=doubts,
        slots=find_slots(cleaned, tongue.forms, correcting=correcting, barely=_RECTIFICATION in chosen),
        scores=MappingProxyType(dict(zip(INTENTS, scores, strict=True))),
    )


def _borne_out(chosen: Sequence[int], ideas: Container[str]) -> tuple[int, ...]:
    """The intents without an act, named beside another intent, that no word of the text speaks of."""
    if len(chosen) == 1:
        return tuple(chosen)
    kept = [i for i in chosen if i not in _EVIDENCE or any(idea in ideas for idea in _EVIDENCE[i])]
    return tuple(kept or chosen[:1])
