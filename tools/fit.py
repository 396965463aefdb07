"""Fits the reader's tables from messages: linear one-vs-rest, then whole numbers small enough to commit.

Promise: the same messages and ideas give the same decisions; nothing here depends on order, clock or chance.
Limits: scikit-learn lives here and nowhere else; the desk itself never imports it.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot.core.concepts import Concepts
from bot.core.features import Pieces, pieces
from bot.core.table import INTENTS, Table, hash_of
from bot.core.wording import clean, fold, words
from tools.lessons import Lesson

SEED: Final = 20260101
RARITY_STEP: Final = 0.1
RARITY_POWER: Final = 1.5  # of the inverse document frequency; this and all below: writer-split validation
SHARES: Final = (1.0, 0.5, 0.7, 1.0, 0.7)  # letters, words, ideas, beginnings, mixed
OPINION_SHARES: Final = (0.0, 0.0, 1.0, 0.0, 0.0)  # ideas alone, which all languages share
STRENGTH: Final = 0.6  # inverse of the regularisation
KNOWN_FROM: Final = 2  # messages a word must stand in to count as a word of the language
LEVELS: Final = 40  # whole numbers on either side of 0; fewer levels, smaller file


@dataclass(frozen=True, kw_only=True)
class Example:
    """A message taken apart."""

    lesson: Lesson
    said: tuple[str, ...]
    named: Pieces


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The pieces met in training: which, and what each is worth by its rarity."""

    hashes: Any
    rarity: Any  # whole numbers, in units of RARITY_STEP


def examples(lessons: Sequence[Lesson], concepts: Concepts) -> list[Example]:
    """Takes messages and the ideas of their language; returns them taken apart."""
    apart = ((lesson, tuple(words(fold(clean(lesson.text))))) for lesson in lessons)
    return [Example(lesson=lesson, said=said, named=pieces(said, concepts)) for lesson, said in apart]


def rows_of(told: Sequence[Example], shares: Sequence[float]) -> Rows:
    """Takes examples; returns the pieces of the groups that count, with their rarity."""
    counts = Counter(
        key
        for example in told
        for key in {hash_of(p) for share, group in zip(shares, example.named, strict=True) if share for p in group}
    )
    hashes = np.array(sorted(counts), dtype=np.int64)
    met = np.array([counts[int(key)] for key in hashes])
    idf = np.log((1 + len(told)) / (1 + met)) + 1
    return Rows(hashes=hashes, rarity=np.clip(np.rint(idf**RARITY_POWER / RARITY_STEP), 1, 255).astype(np.uint8))


def matrix(told: Sequence[Example], rows: Rows, shares: Sequence[float]) -> Any:
    """Takes examples; returns one line per example, each group a vector of length `share`."""
    place = {int(key): row for row, key in enumerate(rows.hashes)}
    line: list[int] = []
    column: list[int] = []
    value: list[Any] = []
    for number, example in enumerate(told):
        for share, group in zip(shares, example.named, strict=True):
            hit = [place[key] for key in map(hash_of, group) if key in place] if share else []
            worth = rows.rarity[hit] * RARITY_STEP
            line += [number] * len(hit)
            column += hit
            value += list(worth * share / (np.sqrt((worth**2).sum()) or 1))
    return csr_matrix((value, (line, column)), shape=(len(told), len(rows.hashes)))


def wanted(told: Sequence[Example]) -> Any:
    """Takes examples; returns a line of zeros and ones per example, a column per intent."""
    return np.array([[intent in example.lesson.intents for intent in INTENTS] for example in told], dtype=int)


def fit(told: Sequence[Example], shares: Sequence[float]) -> Table:
    """Takes examples and what each group of features counts; returns a table whose scores are margins."""
    rows = rows_of(told, shares)
    x, y = matrix(told, rows, shares), wanted(told)
    columns, steps, biases = [], [], []
    for intent in range(len(INTENTS)):
        model = LinearSVC(C=STRENGTH, loss="hinge", random_state=SEED, tol=1e-4, max_iter=20_000)
        model.fit(x, y[:, intent])
        column, step = _whole_numbers(model.coef_.ravel() * rows.rarity * RARITY_STEP)
        columns.append(column)
        steps.append(step)
        biases.append(round(float(model.intercept_[0]), 6))
    return Table(
        hashes=array("L", rows.hashes.tolist()),
        rarity=rows.rarity.tobytes(),
        columns=tuple(columns),
        rarity_step=RARITY_STEP,
        shares=tuple(shares),
        steps=tuple(steps),
        biases=tuple(biases),
        cuts={},
        known=known_words(told),
        inputs="",
    )


def _whole_numbers(weights: Any) -> tuple["array[int]", float]:
    """Takes weights; returns them as signed bytes and what one unit is worth. The few largest are cut off."""
    step = float(np.quantile(np.abs(weights), 0.9998)) / LEVELS or 1.0
    return array("b", np.clip(np.rint(weights / step), -127, 127).astype(np.int8).tobytes()), round(step, 9)


def known_words(told: Sequence[Example]) -> frozenset[int]:
    """Takes examples; returns the hashes of the words that stand in several of them."""
    counts = Counter(word for example in told for word in set(example.said))
    return frozenset(hash_of(word) for word, count in counts.items() if count >= KNOWN_FROM)


def calibration(margins: Any, truth: Any) -> list[tuple[float, float]]:
    """Takes margins on writers not trained on, and the truth; returns (slope, offset) to log-odds per intent."""
    found = []
    for intent in range(len(INTENTS)):
        model = LogisticRegression(C=1e3).fit(margins[:, [intent]], truth[:, intent])
        found.append((float(model.coef_[0, 0]), float(model.intercept_[0])))
    return found


def calibrated(table: Table, lines: Sequence[tuple[float, float]]) -> Table:
    """Takes a table and (slope, offset) per intent; returns it with log-odds for scores."""
    return replace(
        table,
        steps=tuple(round(step * slope, 9) for step, (slope, _) in zip(table.steps, lines, strict=True)),
        biases=tuple(
            round(bias * slope + offset, 6) for bias, (slope, offset) in zip(table.biases, lines, strict=True)
        ),
    )
