"""Fits the reader's tables from messages: linear one-vs-rest, then whole numbers small enough to commit.

Promise: the same messages and ideas give the same decisions; nothing here depends on order, clock or chance.
Limits: scikit-learn lives here and nowhere else; the desk itself never imports it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import numpy as np
from array import array
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot.core.concepts import Concepts
from bot.core.features import GROUPS, Pieces, pieces, rows
from bot.core.table import INTENTS, Table
from bot.core.wording import clean, fold, words
from tools.lessons import Lesson

SEED: Final = 20260101
RARITY_STEP: Final = 0.4  # resolution of the squared rarity in one byte; 100 at most
SHARES: Final = (1.0, 1.0, 0.7)  # letters, words, ideas
OPINION_SHARES: Final = (0.0, 0.0, 1.0)
BUCKETS: Final = 2**16
OPINION_BUCKETS: Final = 2**13
STRENGTH: Final = 0.3  # inverse of the regularisation, chosen by writer-split validation
KNOWN_FROM: Final = 2  # messages a word must stand in to count as a word of the language


@dataclass(frozen=True, kw_only=True)
class Example:
    """A message taken apart."""

    lesson: Lesson
    said: tuple[str, ...]
    named: Pieces


def examples(lessons: Sequence[Lesson], concepts: Concepts) -> list[Example]:
    """Takes messages and the ideas of their language; returns them taken apart."""
    apart = ((lesson, tuple(words(fold(clean(lesson.text))))) for lesson in lessons)
    return [Example(lesson=lesson, said=said, named=pieces(said, concepts)) for lesson, said in apart]


def rarity_of(told: Sequence[Example], buckets: int, shares: Sequence[float]) -> Any:
    """Takes examples; returns per row the squared inverse document frequency in steps, 0 where never met."""
    counts = np.zeros(buckets)
    for example in told:
        used = [row for group, share in enumerate(shares) if share for row in rows(example.named[group], buckets)]
        counts[list(set(used))] += 1
    idf = np.log((1 + len(told)) / (1 + counts)) + 1
    steps = np.clip(np.rint(idf**2 / RARITY_STEP), 1, 255)
    return np.where(counts > 0, steps, 0).astype(np.uint8)


def matrix(told: Sequence[Example], rarity: Any, shares: Sequence[float]) -> Any:
    """Takes examples and the rarity of rows; returns one line per example, each group of length `share`."""
    buckets = len(rarity)
    worth = np.sqrt(rarity * RARITY_STEP)
    line, column, value = [], [], []
    for number, example in enumerate(told):
        for group in range(len(GROUPS)):
            hit = [row for row in set(rows(example.named[group], buckets)) if rarity[row]]
            weights = worth[hit]
            line += [number] * len(hit)
            column += hit
            value += list(weights * shares[group] / (np.sqrt((weights**2).sum()) or 1))
    return csr_matrix((value, (line, column)), shape=(len(told), buckets))


def wanted(told: Sequence[Example]) -> Any:
    """Takes examples; returns a line of zeros and ones per example, a column per intent."""
    return np.array([[intent in example.lesson.intents for intent in INTENTS] for example in told], dtype=int)


def fit(
    told: Sequence[Example],
    *,
    buckets: int,
    shares: Sequence[float],
    calibration: Sequence[tuple[float, float]] = ((1.0, 0.0),) * len(INTENTS),
    cuts: Mapping[str, float] | None = None,
    inputs: str = "",
) -> Table:
    """Takes examples; returns a table whose scores are turned into log-odds by (slope, offset) per intent."""
    rarity = rarity_of(told, buckets, shares)
    x, y = matrix(told, rarity, shares), wanted(told)
    worth = np.sqrt(rarity * RARITY_STEP)
    columns, steps, biases = [], [], []
    for intent, (slope, offset) in enumerate(calibration):
        model = LinearSVC(C=STRENGTH, random_state=SEED, tol=1e-4).fit(x, y[:, intent])
        column, step = _whole_numbers(model.coef_.ravel() * worth)
        columns.append(array("b", column.tobytes()))
        steps.append(round(step * slope, 8))
        biases.append(round(float(model.intercept_[0]) * slope + offset, 6))
    return Table(
        buckets=buckets,
        columns=tuple(columns),
        rarity=rarity.tobytes(),
        rarity_step=RARITY_STEP,
        shares=tuple(shares),
        steps=tuple(steps),
        biases=tuple(biases),
        cuts=cuts or {},
        known=known_words(told),
        inputs=inputs,
    )


def _whole_numbers(weights: Any) -> tuple[Any, float]:
    """Takes weights; returns them as signed bytes and what one unit is worth. The few largest are cut off."""
    top = float(np.quantile(np.abs(weights[weights != 0]), 0.9995)) if weights.any() else 1.0
    return np.clip(np.rint(weights / top * 127), -127, 127).astype(np.int8), top / 127


def known_words(told: Sequence[Example]) -> frozenset[int]:
    """Takes examples; returns the hashes of the words that stand in several of them."""
    counts = Counter(word for example in told for word in set(example.said))
    return frozenset(crc32(word.encode()) for word, count in counts.items() if count >= KNOWN_FROM)


def calibrate(scores: Any, truth: Any) -> list[tuple[float, float]]:
    """Takes scores on writers not trained on, and the truth; returns (slope, offset) to log-odds per intent."""
    found = []
    for intent in range(len(INTENTS)):
        model = LogisticRegression(C=1e3).fit(scores[:, [intent]], truth[:, intent])
        found.append((float(model.coef_[0, 0]), float(model.intercept_[0])))
    return found
