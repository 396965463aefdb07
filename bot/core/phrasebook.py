"""How a language names corrections, names and dates: its `slots.txt`, read into plain values.

Promise: a translator adds a wording as one line; a section that is unknown or a pattern that cannot work is refused.
Limits: patterns are regular expressions with four marks ({field}, {new}, {old}, {name}) and `...`; no grammar.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SECTIONS: Final = (
    "fields",
    "strong",
    "plain",
    "moved",
    "renamed",
    "shaped",
    "weak",
    "marriage",
    "stale",
    "countries",
    "refused",
    "ends",
    "name",
    "months",
)
FIELDS: Final = ("first_name", "last_name", "email", "phone", "address", "country", "vat_number")
NONE: Final = "none"  # things that are called like a field and are none: "company name"
NAME: Final = "name"  # said without first or last; told apart by what was said beside it
_GAP: Final = r"[\s,:;]+(?:[^\s.!?\n]+\s+){0,8}?"  # up to eight words of the same sentence


class PhraseError(ValueError):
    """A phrase file cannot be read; the text names the line."""


@dataclass(frozen=True, kw_only=True)
class Phrasebook:
    """One language's wordings. Patterns still hold their marks; a field's values fill them."""

    fields: Mapping[str, tuple[str, ...]]  # field -> how people call it, longest first
    patterns: Mapping[str, tuple[str, ...]]  # section -> patterns, in the order they are tried
    marriage: frozenset[str]  # words beside which a bare "name" is a last name
    stale: tuple[str, ...]  # words that say of a value nearby that it no longer holds
    countries: frozenset[str]  # in small letters; "I moved to Belgium" names one, "to Main Street 1" does not
    refused: frozenset[str]  # words that are no value: "my name is wrong"
    ends: tuple[str, ...]  # words that end an address
    months: Mapping[str, int]


def parse(lines: Iterable[str]) -> Phrasebook:
    """Takes the lines of a phrase file; returns the book. Raises PhraseError with the number of a bad line."""
    sections: dict[str, list[str]] = {name: [] for name in SECTIONS}
    current: list[str] | None = None
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections.get(line[1:-1])
        elif current is not None:
            current.append(line)
        if current is None:
            raise PhraseError(f"line {number}: `{line}` stands in no section of {', '.join(SECTIONS)}")
    return _book(sections)


def _book(sections: Mapping[str, Sequence[str]]) -> Phrasebook:
    pairs = dict(_pair(line) for line in sections["fields"])
    unknown = set(pairs) - {*FIELDS, NAME, NONE}
    if unknown:
        raise PhraseError(f"unknown field {', '.join(sorted(unknown))}")
    patterns = {
        name: tuple(sections[name]) for name in ("strong", "plain", "moved", "renamed", "shaped", "weak", "name")
    }
    for pattern in (pattern for told in patterns.values() for pattern in told):
        compiled(pattern, {"field": "x", "new": "y", "old": "z", "name": "n"})
    return Phrasebook(
        fields={field: _longest_first(told) for field, told in pairs.items()},
        patterns=patterns,
        marriage=frozenset(_listed(",".join(sections["marriage"]))),
        stale=_longest_first(",".join(sections["stale"])),
        countries=frozenset(_listed(",".join(sections["countries"]).casefold())),
        refused=frozenset(_listed(",".join(sections["refused"]))),
        ends=_longest_first(",".join(sections["ends"])),
        months={name: int(month) for name, month in map(_pair, sections["months"])},
    )


def compiled(pattern: str, values: Mapping[str, str]) -> re.Pattern[str]:
    """Takes a pattern and what its marks stand for; returns it ready. Raises PhraseError if it is no expression."""
    told = (part.replace(" ?", r"\s?").replace(" ", r"\s+") for part in pattern.split(" ... "))
    text = _GAP.join(told)
    for mark, value in values.items():
        text = text.replace("{" + mark + "}", f"(?P<{mark}>{value})", 1)
    try:
        return re.compile(rf"(?<!\w){text}", re.IGNORECASE)
    except re.error as error:
        raise PhraseError(f"`{pattern}`: {error}") from error


def _pair(line: str) -> tuple[str, str]:
    key, colon, rest = line.partition(":")
    if not colon or not rest.strip():
        raise PhraseError(f"`{line}` is not `key: value`")
    return key.strip(), rest.strip()


def _listed(told: str) -> list[str]:
    return [word.strip() for word in told.split(",") if word.strip()]


def _longest_first(told: str) -> tuple[str, ...]:
    return tuple(sorted(_listed(told), key=lambda word: (-len(word), word)))
