"""What a person wants corrected: which field, what stands there, and what should stand there.

Promise: values come out exactly as typed, without the words around them; no new value, no change.
Limits: seven fields, and the wordings of the language's phrase file. What is not caught, the desk asks for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.core.phones import e164
from bot.core.phrasebook import FIELDS, NAME, Phrasebook, compiled
from bot.core.values import PARTICLE, full_name, shape

_LOOKED_AT: Final = 2000  # characters
_BESIDE: Final = 24  # characters on either side of a value
_QUOTES: Final = re.compile(r"[\"“”„«»]|(?<!\w)['‘]([^'‘’\n]{1,40})['’](?!\w)")
_BY_SHAPE: Final = frozenset({"email", "phone", "vat_number"})  # known by their look, without the field's name


@dataclass(frozen=True, kw_only=True)
class Change:
    """One correction asked for: the field, what stands there (None if not said), what should stand there."""

    field: str
    old: str | None
    new: str


@dataclass(frozen=True, kw_only=True)
class Forms:
    """A phrase book with its patterns made ready, per field and section."""

    book: Phrasebook
    mentions: re.Pattern[str]
    stale: re.Pattern[str]
    ready: dict[tuple[str, str], tuple[re.Pattern[str], ...]] = field(default_factory=dict)

    def patterns(self, section: str, of: str) -> tuple[re.Pattern[str], ...]:
        """Takes a section and a field; returns the patterns, made once."""
        if (section, of) not in self.ready:
            value = shape(of, self.book)
            marks = {"field": _any(self.book.fields[of]), "new": value, "old": value, "name": full_name(self.book)}
            self.ready[section, of] = tuple(compiled(p, marks) for p in self.book.patterns[section])
        return self.ready[section, of]


def forms(book: Phrasebook) -> Forms:
    """Takes a phrase book; returns it ready to search with."""
    every = sorted((called for told in book.fields.values() for called in told), key=len, reverse=True)
    return Forms(
        book=book,
        mentions=re.compile(rf"(?<![\w@.-]){_any(every)}(?![\w@])", re.IGNORECASE),
        stale=re.compile(rf"(?<!\w){_any(book.stale)}(?!\w)", re.IGNORECASE),
    )


def find(text: str, forms: Forms, *, barely: bool) -> tuple[Change, ...]:
    """Takes cleaned text and a language's forms; returns the corrections asked for, in the order of FIELDS.

    `barely` takes a field beside a value for one where no wording says more.
    """
    head = _QUOTES.sub(r"\1", text[:_LOOKED_AT])
    spots = _spots(head, forms)
    told = [c for of in (*FIELDS, NAME) for c in _of_field(head, of, ("strong", "plain", *_extra(of)), spots, forms)]
    if not told and barely:
        told = [c for of in (*FIELDS, NAME) for c in _of_field(head, of, ("weak",), spots, forms)]
    return _once(told)


def _extra(of: str) -> tuple[str, ...]:
    return ("shaped",) if of in _BY_SHAPE else {"address": ("moved",), NAME: ("renamed",)}.get(of, ())


def _spots(text: str, forms: Forms) -> dict[int, str]:
    """Where which field is named; the longest name wins, so an "email address" is no address."""
    called = {name: of for of, names in forms.book.fields.items() for name in names}
    return {m.start(): called[m.group().casefold()] for m in forms.mentions.finditer(text)}


def _of_field(text: str, of: str, sections: Sequence[str], spots: Mapping[int, str], forms: Forms) -> Iterator[Change]:
    """Yields one change of one field, by the first pattern that names both values, else by the first that fits.

    A bare "name" may give two.
    """
    for section in sections:
        met = list(_met(text, of, section, spots, forms))
        change = next((change for change in met if change.old is not None), next(iter(met), None))
        if change is not None:
            yield from _told_apart(_with_old(change, text, forms), text, forms.book, moved=section == "moved")
            return


def _with_old(change: Change, text: str, forms: Forms) -> Change:
    """What is known by its look needs no wording: the only other value of the text, if a word beside it says it is old.

    Of two addresses without such a word, the other one may be where the person can be reached.
    """
    if change.old is not None or change.field not in _BY_SHAPE:
        return change
    met = {m.start(): m for m in re.finditer(rf"(?<!\w){shape(change.field, forms.book)}", text, re.IGNORECASE)}
    told = {at: _tidy(m.group(), change.field, forms.book) for at, m in met.items()}
    others = [(at, value) for at, value in told.items() if value not in {None, change.new}]
    if len({value for _, value in others}) != 1:
        return change
    at, old = others[0]
    beside = f"{text[max(0, at - _BESIDE) : at]} {text[met[at].end() : met[at].end() + _BESIDE]}"
    return replace(change, old=old) if forms.stale.search(beside) else change


def _met(text: str, of: str, section: str, spots: Mapping[int, str], forms: Forms) -> Iterator[Change]:
    """Yields what the patterns of a section find; without the field's name only a move, a wedding, or by its look."""
    loose = section in ("moved", "renamed")
    if not loose and of not in _BY_SHAPE and of not in spots.values():
        return
    matches = (match for pattern in forms.patterns(section, of) for match in pattern.finditer(text))
    changes = (_change(match, of, forms.book) for match in matches if loose or _belongs(match, of, spots))
    yield from (change for change in changes if change is not None)


def _belongs(match: re.Match[str], of: str, spots: Mapping[int, str]) -> bool:
    """Whether the match names this very field, or names none and this one was named last (or shows by its look)."""
    if "field" in match.re.groupindex and spots.get(match.start("field")) != of:
        return False
    if of in _BY_SHAPE or ("field" in match.re.groupindex and match.start("field") > match.start("new")):
        return True
    before = [at for at in spots if at < match.start("new")]
    return bool(before) and spots[max(before)] == of


def _change(match: re.Match[str], of: str, book: Phrasebook) -> Change | None:
    groups = match.groupdict()
    new, old = _tidy(groups["new"], of, book), _tidy(groups.get("old"), of, book)
    if new is None or new == old:
        return None
    return Change(field=of, old=old, new=new)


def _tidy(value: str | None, of: str, book: Phrasebook) -> str | None:
    """Takes a value as found; returns it trimmed, a telephone number in international form, or None if it is none."""
    if value is None:
        return None
    trimmed = value.strip(" \t\n,;:.'\"“”‘’-–" if of != "phone" else " ,;:.-")
    if of == "phone":
        return e164(trimmed) or trimmed
    spelled_out = any(c.isdigit() or c.isupper() for c in trimmed) or trimmed in book.countries
    if of == "address" and not spelled_out:
        return None
    return trimmed


def _told_apart(change: Change, text: str, book: Phrasebook, *, moved: bool) -> Iterator[Change]:
    """Turns a move into a country where one was named, and a bare name into first name and last name."""
    if moved and change.new.casefold() in book.countries:
        yield replace(change, field="country")
    elif change.field == NAME:
        yield from _names(change, text, book)
    else:
        yield change


def _names(change: Change, text: str, book: Phrasebook) -> Iterator[Change]:
    married = any(word in book.marriage for word in re.findall(r"\w+", text.casefold()))
    new, old = _split(change.new), _split(change.old or "")
    if not new[0] or not new[1]:
        last = married or bool(new[1])
        yield replace(change, field="last_name" if last else "first_name")
        return
    if new[0] != old[0] and not (married and change.old is None):
        yield Change(field="first_name", old=old[0] or None, new=new[0])
    if new[1] != old[1]:
        yield Change(field="last_name", old=old[1] or None, new=new[1])


def _split(name: str) -> tuple[str, str]:
    """Takes a name; returns first and last name; what begins with a particle is a last name alone."""
    if re.match(rf"{PARTICLE}\s", name, re.IGNORECASE):
        return "", name
    first, _, last = name.partition(" ")
    return first, last


def _once(told: Sequence[Change]) -> tuple[Change, ...]:
    """One change per field, and no value twice: what "last name" said, "name" need not say again."""
    kept: dict[str, Change] = {}
    for change in sorted(told, key=lambda change: change.old is None):
        if change.field not in kept and all(change.new != other.new for other in kept.values()):
            kept[change.field] = change
    return tuple(kept[of] for of in FIELDS if of in kept)


def _any(words: Sequence[str]) -> str:
    return "(?:" + "|".join(map(re.escape, words)) + ")"
