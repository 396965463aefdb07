"""Measures a reader on messages it has never met: F1, false acts with their upper bound, share answered at once.

Promise: the one measure for validation and for the unseen sets, so their numbers can be compared.
Limits: a false act is erasure or rectification read where neither was wanted, a false right any right read where none
was wanted; the bound is at 95 % (Wilson).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from bot.core.reader import RIGHTS as OTHER_RIGHTS
from bot.core.table import INTENTS
from bot.core.understand import Tables, read
from tools.lessons import Lesson

ACTS: Final = frozenset({"erasure", "rectification"})
RIGHTS: Final = ACTS | {INTENTS[i] for i in OTHER_RIGHTS}
_Z: Final = 1.645  # one-sided 95 %


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was measured, as shares of 1."""

    name: str
    lang: str
    messages: int
    f1: float  # micro-averaged over all labels
    macro: float  # the mean of the F1 of each label
    negatives: int  # messages that want no act
    false_acts: int  # of them, read as an act
    quiet: int  # messages that want no right at all
    false_rights: int  # of them, read as a right
    sure: float  # share answered at once
    precision: float  # of the labels of sure readings
    sure_negatives: int
    sure_false_acts: int
    offered: float  # of the readings that are not sure: share whose wish is among the three offered

    def __str__(self) -> str:
        return (
            f"{self.lang} {self.name}: {self.messages} messages, micro-F1 {self.f1:.3f}, macro-F1 {self.macro:.3f}; "
            f"false acts {self.false_acts} of {self.negatives} "
            f"({self.false_acts / self.negatives:.2%}, at most {bound(self.false_acts, self.negatives):.2%}); "
            f"false rights {self.false_rights} of {self.quiet} ({self.false_rights / self.quiet:.2%}); "
            f"answered at once {self.sure:.1%} with precision {self.precision:.3f} and false acts "
            f"{self.sure_false_acts} of {self.sure_negatives} "
            f"(at most {bound(self.sure_false_acts, self.sure_negatives):.2%}); else offered {self.offered:.1%}"
        )


def report(name: str, lang: str, lessons: Sequence[Lesson], tables: Tables) -> Report:
    """Takes messages of one language and the tables to read them with; returns the measures."""
    seen = [(set(lesson.intents), read(lesson.text, lang, tables)) for lesson in lessons]
    right = sum(len(want & set(got.intents)) for want, got in seen)
    said = sum(len(want) + len(got.intents) for want, got in seen)
    sure = [(want, got) for want, got in seen if got.sure]
    asked = [bool(want & set(got.offers)) for want, got in seen if not got.sure]
    without_act = [got for want, got in seen if not want & ACTS]
    sure_without = [got for got in without_act if got.sure]
    without_right = [got for want, got in seen if not want & RIGHTS]
    return Report(
        name=name,
        lang=lang,
        messages=len(seen),
        f1=2 * right / said,
        macro=_macro([(want, set(got.intents)) for want, got in seen]),
        negatives=len(without_act),
        false_acts=sum(bool(ACTS & set(got.intents)) for got in without_act),
        quiet=len(without_right),
        false_rights=sum(bool(RIGHTS & set(got.intents)) for got in without_right),
        sure=len(sure) / len(seen),
        precision=sum(len(want & set(got.intents)) for want, got in sure) / sum(len(got.intents) for _, got in sure),
        sure_negatives=len(sure_without),
        sure_false_acts=sum(bool(ACTS & set(got.intents)) for got in sure_without),
        offered=sum(asked) / len(asked),
    )


def _macro(seen: Sequence[tuple[set[str], set[str]]]) -> float:
    met = {label for want, got in seen for label in want | got}
    scores = []
    for label in met:
        right = sum(label in want and label in got for want, got in seen)
        scores.append(2 * right / sum((label in want) + (label in got) for want, got in seen))
    return sum(scores) / len(scores)


def bound(hits: int, of: int) -> float:
    """Takes a count and out of how many; returns the upper end of the share at 95 % (Wilson, one-sided)."""
    share = hits / of
    spread = _Z * sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    return (share + _Z**2 / (2 * of) + spread) / (1 + _Z**2 / of)
