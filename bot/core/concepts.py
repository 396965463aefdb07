"""The words of a language gathered under ideas: `erase: delete, wipe*, "get rid of"`.

Promise: a translator edits one plain file and the desk knows the idea; a bad line is refused by number.
Limits: an idea is found by its words alone. It knows neither grammar nor irony; the reader weighs, this only finds.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.wording import fold, words

_LINE = re.compile(r"^([a-z_]+)\s*:\s*(.+)$")
_ENTRY = re.compile(r'"([^"]+)"|([^,"]+)')
_SHORTEST_STEM: Final = 3  # letters; a shorter stem would swallow half a dictionary
NEGATION: Final = "not"
_REACH: Final = 4  # words after a "not" that it may still turn round: "do not ever want you to delete"


class ConceptError(ValueError):
    """A concept file cannot be read; the text names the line."""


@dataclass(frozen=True, kw_only=True)
class Concepts:
    """The ideas of one language, ready to be looked up."""

    exact: Mapping[str, tuple[str, ...]]
    stems: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """One idea met in a text: where (index of its first word), which, and whether a "not" stands before it."""

    at: int
    concept: str
    negated: bool


def parse(lines: Iterable[str]) -> Concepts:
    """Takes the lines of a concept file; returns its ideas. Raises ConceptError with the number of a bad line."""
    exact: dict[str, list[str]] = {}
    stems: dict[str, list[str]] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, entries = _split(number, line)
        names.append(name)
        for entry in entries:
            _place(number, name, entry, exact, stems, phrases)
    return Concepts(
        exact={word: tuple(dict.fromkeys(ideas)) for word, ideas in exact.items()},
        stems={stem: tuple(dict.fromkeys(ideas)) for stem, ideas in stems.items()},
        phrases={first: tuple(rest) for first, rest in phrases.items()},
        names=tuple(dict.fromkeys(names)),
    )


def _split(number: int, line: str) -> tuple[str, list[str]]:
    match = _LINE.match(line.strip())
    if match is None:
        raise ConceptError(f'line {number}: expected `concept: words, stem*, "phrases"`')
    entries = [(quoted or plain).strip() for quoted, plain in _ENTRY.findall(match.group(2))]
    return match.group(1), [entry for entry in entries if entry]


def _place(
    number: int,
    name: str,
    entry: str,
    exact: dict[str, list[str]],
    stems: dict[str, list[str]],
    phrases: dict[str, list[tuple[tuple[str, ...], str]]],
) -> None:
    """Files one entry under the table it belongs to: a stem, a phrase of several words, or a word."""
    stem = entry.endswith("*")
    parts = tuple(words(fold(entry.rstrip("*"))))
    if not parts or (stem and (len(parts) > 1 or len(parts[0]) < _SHORTEST_STEM)):
        raise ConceptError(f"line {number}: `{entry}` is neither a word, a stem of 3 letters or more, nor a phrase")
    if stem:
        stems.setdefault(parts[0], []).append(name)
    elif len(parts) > 1:
        phrases.setdefault(parts[0], []).append((parts, name))
    else:
        exact.setdefault(parts[0], []).append(name)


def find(said: Sequence[str], concepts: Concepts) -> list[Found]:
    """Takes folded words; returns every idea met, in the order of the words, marked where a "not" precedes it."""
    met: list[Found] = []
    last_not = -_REACH - 1
    for at, word in enumerate(said):
        ideas = _ideas_at(said, at, word, concepts)
        met += [Found(at=at, concept=idea, negated=at - last_not <= _REACH) for idea in ideas if idea != NEGATION]
        if NEGATION in ideas:
            met.append(Found(at=at, concept=NEGATION, negated=False))
            last_not = at
    return met


def _ideas_at(said: Sequence[str], at: int, word: str, concepts: Concepts) -> list[str]:
    ideas = list(concepts.exact.get(word, ()))
    for end in range(_SHORTEST_STEM, len(word) + 1):
        ideas += concepts.stems.get(word[:end], ())
    for parts, idea in concepts.phrases.get(word, ()):
        if tuple(said[at : at + len(parts)]) == parts:
            ideas.append(idea)
    return list(dict.fromkeys(ideas))
