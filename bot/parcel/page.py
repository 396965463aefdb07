"""What START-HERE.html shows, as values for its template: phrases in one language, cells as text, codes to paste.

Promise: nothing is decided in the template; every phrase says in which language it is, so that a screen reader can
change its voice where the data map has no words in the person's. Limits: it holds the shown rows of all groups in
memory, at most 200 of each.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from typing import Final

from markupsafe import Markup

from bot.core.deadlines import kept_until
from bot.core.plans import PlanLine, Recipient, Words
from bot.parcel.archive import Filed
from bot.parcel.cells import Cell
from bot.parcel.cover import Cover, Outcome, System
from bot.parcel.group import Group
from bot.texts import ZONE, Texts

START: Final = "START-HERE.html"
_COURT: Final = timedelta(weeks=6)  # UAVG 35(2): petition within six weeks of the controller's answer
_FILE_KEPT_YEARS: Final = 3  # the policy's period for the file of a request, from its date
_EEA: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)
_OWN: Final = 'dir="auto"'
_SIDE: Final = {"number": 'class="n"'}


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words as they are shown; `lang` is set only where they are not in the page's language."""

    text: str
    lang: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column: its label, its own name, and what to paste into the chat to have it changed."""

    label: Phrase
    name: str
    codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Room:
    """One group as its page shows it; `share` is its part of all records, in per cent and at least 1."""

    number: int
    anchor: str
    title: Phrase
    line: PlanLine
    rows: int
    share: int
    fields: tuple[Field, ...]
    cells: Sequence[tuple[Cell, ...]] = field(repr=False)
    purpose: Phrase
    basis: Phrase
    source: Phrase
    retention: Phrase
    transfer: Phrase
    receivers: tuple[str, ...]
    held: tuple[str, ...]
    removed: tuple[str, ...]
    files: tuple[Filed, ...]

    @property
    def one(self) -> bool:
        """A single record reads better as a list than as a table."""
        return self.rows == 1


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """A recipient, the groups it received, and whether its country needs no safeguard."""

    name: str
    role: Phrase
    country: str
    safeguard: Phrase
    inside: bool
    rooms: tuple[Room, ...]


@dataclass(frozen=True, kw_only=True)
class Searched:
    """One system: what it is called, how its search ended, how many records and groups came from it."""

    system: System
    label: Phrase
    rows: int
    groups: int


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The sums the summary speaks of. `largest` is the group with most records, if there is any record."""

    records: int
    largest: Room | None
    searched: int
    systems: int
    found_in: int
    failed: tuple[Searched, ...]
    court_until: date
    file_kept_until: date


def phrase(said: Words, lang: str, otherwise: str = "") -> Phrase:
    """The words in `lang`, else in English, else in the first language there is, marked as such."""
    spoken = dict(said)
    code = next((one for one in (lang, "en", *spoken) if spoken.get(one)), lang)
    return Phrase(text=spoken.get(code, "") or otherwise, lang="" if code == lang else code)


def rendered(cover: Cover, groups: Sequence[Group], files: Sequence[Filed], texts: Texts) -> str:
    """START-HERE.html as text: one page that needs nothing but itself."""
    rooms = _rooms(cover, groups, texts)
    searched = _searched(cover, groups, texts)
    lang = _lang(cover, texts)
    return texts.page(
        "package/start_here.html.j2",
        lang,
        cover=cover,
        rooms=rooms,
        searched=searched,
        receivers=_receivers(cover, rooms, texts),
        decisions=[(phrase(one.name, lang), phrase(one.logic, lang)) for one in cover.decisions],
        sums=_sums(cover, rooms, searched),
        files=files,
        say=said,
        written=written,
        table_rows=table_rows,
        style_hash=_style_hash(texts, lang),
    )


@lru_cache(maxsize=8)
def _style_hash(texts: Texts, lang: str) -> str:
    """What the page's policy lets in as its only style; the same for every package."""
    style = texts.page("package/start.css", lang)
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def said(words: Phrase) -> Markup:
    """A phrase as HTML, marked where it is in another language than the page."""
    text = escape(words.text)
    return Markup(f'<span lang="{escape(words.lang)}">{text}</span>' if words.lang else text)  # noqa: S704


def written(cell: Cell, words: Mapping[str, str]) -> Markup:
    """One value as HTML; `words` are the template's for what is no text: empty, yes, no, cut."""
    return Markup(_html(cell, words))  # noqa: S704  every part is escaped


def table_rows(rows: Iterable[Iterable[Cell]], words: Mapping[str, str]) -> Iterator[Markup]:
    """Rows as HTML. A template takes five times as long for a cell, and there may be tens of thousands."""
    for row in rows:
        cells = "".join([f"<td {_SIDE.get(cell.kind, _OWN)}>{_html(cell, words)}</td>" for cell in row])
        yield Markup(f"<tr>{cells}</tr>")  # noqa: S704  every part is escaped


def _html(cell: Cell, words: Mapping[str, str]) -> str:
    if cell.kind in ("text", "number"):
        return escape(cell.text)
    word = escape(words[cell.kind])
    if cell.kind == "cut":
        return f'{escape(cell.text)}… <span class="none">{word}</span>'
    return f'<span class="none">{word}</span>' if cell.kind == "empty" else word


def labels(line: PlanLine, lang: str, texts: Texts) -> tuple[Phrase, ...]:
    """The columns' names for people: from the data map, else from the desk's own words for common fields."""
    said = line.column_labels or ((),) * len(line.columns)
    pairs = zip(line.columns, said, strict=True)
    return tuple(_label(name, words, lang, texts) for name, words in pairs)


def title(line: PlanLine, lang: str, texts: Texts) -> Phrase:
    """What the group is called."""
    return _label(line.collection, line.label, lang, texts)


def _label(name: str, words: Words, lang: str, texts: Texts) -> Phrase:
    # a map without words repeats the column's name as English
    known = tuple((code, text) for code, text in words if text and text != name)
    own = texts.word("field", name, lang)
    return phrase(known, texts.spoken(lang), otherwise=own[:1].upper() + own[1:])


def _lang(cover: Cover, texts: Texts) -> str:
    return texts.spoken(cover.lang)


def _rooms(cover: Cover, groups: Sequence[Group], texts: Texts) -> tuple[Room, ...]:
    total = sum(group.rows for group in groups) or 1
    return tuple(_room(number, group, total, cover, texts) for number, group in enumerate(groups, start=1))


def _room(number: int, group: Group, total: int, cover: Cover, texts: Texts) -> Room:
    line, lang = group.line, _lang(cover, texts)
    names = {one.code: one.name for one in cover.recipients}
    return Room(
        number=number,
        anchor=f"group-{number}",
        title=title(line, lang, texts),
        line=line,
        rows=group.rows,
        share=max(1, round(100 * group.rows / total)) if group.rows else 0,
        fields=tuple(
            Field(label=label, name=name, codes=_codes(cover.ref, f"{group.key}.{name}"))
            for name, label in zip(line.columns, labels(line, lang, texts), strict=True)
        ),
        cells=group.sample,
        purpose=phrase(line.facts.purpose, lang),
        basis=phrase(line.facts.basis, lang),
        source=phrase(line.facts.source, lang),
        retention=phrase(line.facts.retention, lang),
        transfer=phrase(line.facts.transfer, lang),
        receivers=tuple(names.get(code, code) for code in line.facts.recipients),
        held=tuple(_label(name, (), lang, texts).text for name in line.held),
        removed=tuple(_label(name, (), lang, texts).text for name in line.removed),
        files=tuple(one for one in (group.json, group.csv) if one),
    )


def _codes(ref: str, where: str) -> tuple[str, ...]:
    """Short texts the chat understands in every language; the words in front are codes, not sentences."""
    return tuple(f"{word} {ref} {where}" for word in ("correct", "delete", "stop"))


def _receivers(cover: Cover, rooms: Iterable[Room], texts: Texts) -> tuple[Receiver, ...]:
    filled = [room for room in rooms if room.rows]
    return tuple(_receiver(one, filled, _lang(cover, texts)) for one in cover.recipients)


def _receiver(one: Recipient, rooms: Iterable[Room], lang: str) -> Receiver:
    return Receiver(
        name=one.name,
        role=phrase(one.role, lang),
        country=one.country,
        safeguard=phrase(one.safeguard, lang),
        inside=one.country.strip().upper() in _EEA,
        rooms=tuple(room for room in rooms if one.code in room.line.facts.recipients),
    )


def _searched(cover: Cover, groups: Sequence[Group], texts: Texts) -> tuple[Searched, ...]:
    return tuple(_one_searched(one, groups, _lang(cover, texts)) for one in cover.searched)


def _one_searched(one: System, groups: Sequence[Group], lang: str) -> Searched:
    mine = [group for group in groups if group.line.source == one.name and group.rows]
    rows = sum(group.rows for group in mine)
    return Searched(system=one, label=phrase(one.label, lang, otherwise=one.name), rows=rows, groups=len(mine))


def _sums(cover: Cover, rooms: Sequence[Room], searched: Sequence[Searched]) -> Overview:
    filled = [room for room in rooms if room.rows]
    failed = tuple(one for one in searched if one.system.outcome is Outcome.FAILED)
    return Overview(
        records=sum(room.rows for room in filled),
        largest=max(filled, key=lambda room: room.rows, default=None),
        searched=len(searched) - len(failed),
        systems=len(searched),
        found_in=sum(1 for one in searched if one.rows),
        failed=failed,
        court_until=cover.made_at.astimezone(ZONE).date() + _COURT,
        file_kept_until=kept_until(cover.asked_on, _FILE_KEPT_YEARS),
    )
