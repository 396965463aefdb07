"""The data package: found rows and the Art. 15(1) facts become one ZIP that a person can read offline.

Promise: START-HERE.html is one page without script that asks nobody for anything; `data/` holds every approved column
of every row as JSON and CSV; MANIFEST.json names each file with its SHA-256, the counts per source and every gap. The
same input and clock give the same bytes. Limits: secrets and other people's values are named and never written;
`take` is called for one collection at a time, and a package that failed half-way can only be begun again.

cover.py what the package answers · group.py rows into files · cells.py one value, three ways · archive.py the ZIP ·
page.py the values behind the page · templates/package the page itself.
"""

import csv
import io
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from bot.core.plans import Action, PlanLine, Role
from bot.parcel.archive import Archive, Filed, InMemory, Sink, Waiting
from bot.parcel.cells import spreadsheet
from bot.parcel.cover import Authority, Cover, Decision, Outcome, System
from bot.parcel.group import BOM, Group, Row, packed
from bot.parcel.page import START, labels, rendered, title
from bot.texts import Texts

__all__ = [
    "START",
    "Authority",
    "Cover",
    "Decision",
    "Made",
    "Outcome",
    "Parcel",
    "Sink",
    "Spoilt",
    "System",
    "Waiting",
]

MANIFEST: Final = "MANIFEST.json"
NOTES: Final = "FIELDS.csv"
_FORM: Final = "seleqt-data-package/1"
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")


class Spoilt(Exception):
    """A collection broke off half-way, so this package will never be whole; begin a new one."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A finished package: records and groups in it, its files, and the page once more for reading on a screen."""

    records: int
    groups: int
    files: tuple[Filed, ...]
    page: str


class Parcel:
    """One package in the making. Use it as a context: leaving it without `finish` makes a ZIP that does not open."""

    def __init__(self, out: Sink, *, cover: Cover, texts: Texts, waiting: Callable[[], Waiting] = InMemory) -> None:
        """Writes to `out` from front to back. `waiting` opens a place for bytes that must wait, per collection."""
        self._archive = Archive(out, cover.made_at)
        self._cover = cover
        self._texts = texts
        self._waiting = waiting
        self._groups: list[Group] = []
        self._stems: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._state = "open"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._state != "finished":
            self._archive.abandon()

    def take(self, line: PlanLine, rows: Iterator[Row]) -> None:
        """The sink a source streams into: one line of the plan and its rows, read once, from any thread.

        Only `line.columns` are taken. An error from `rows` passes through, and the package is spoilt. Raises ValueError
        for a client's rows and for a line that isn't about access: neither belongs in anybody's package.
        """
        if line.action is not Action.ACCESS or line.role is not Role.CONTROLLER:
            raise ValueError("only rows of an access line that Seleqt holds for itself")
        with self._lock:
            self._begin()
            group = Group(line=line, stem=self._stem(line.collection))
            packed(self._archive, group, rows, self._waiting)
            self._groups.append(group)
            self._state = "open"

    def finish(self) -> Made:
        """Writes the page, the manifest and the ZIP's end. Raises Spoilt when a collection broke off before."""
        with self._lock:
            self._begin()
            if self._cover.portable:
                self._describe()
            page = rendered(self._cover, self._groups, tuple(self._archive.files), self._texts)
            self._archive.add(START, page.encode())
            self._archive.add(MANIFEST, _json(self._manifest()))
            self._archive.close()
            self._state = "finished"
        records = sum(group.rows for group in self._groups)
        filled = sum(1 for group in self._groups if group.rows)
        return Made(records=records, groups=filled, files=tuple(self._archive.files), page=page)

    def _begin(self) -> None:
        if self._state != "open":
            raise Spoilt
        self._state = "spoilt"  # until the step ended well

    def _stem(self, collection: str) -> str:
        """A file name made of the map's word for the collection, never of data; a second one of that name gets -2."""
        plain = _NOT_A_NAME.sub("-", collection.lower()).strip("-")[:60] or "group"
        self._stems[plain] += 1
        return plain if self._stems[plain] == 1 else f"{plain}-{self._stems[plain]}"

    def _describe(self) -> None:
        """What makes the data usable elsewhere (WP242 rev.01 on metadata): a schema per file, and notes per field."""
        notes = io.StringIO(newline="")
        lines = csv.writer(notes)
        lines.writerow(["file", "field", "label", "type"])
        for group in self._groups:
            names = [one.text for one in labels(group.line, self._cover.lang, self._texts)]
            schema = {"title": title(group.line, self._cover.lang, self._texts).text, **group.schema(names)}
            self._archive.add(f"schema/{group.stem}.schema.json", _json(schema))
            lines.writerows(_note(group, name, label) for name, label in zip(group.line.columns, names, strict=True))
        self._archive.add(NOTES, BOM + notes.getvalue().encode())

    def _manifest(self) -> dict[str, Any]:
        cover = self._cover
        return {
            "format": _FORM,
            "kind": str(cover.verb),
            "reference": cover.ref,
            "language": cover.lang,
            "asked_on": cover.asked_on.isoformat(),
            "made_at": cover.made_at.isoformat(),
            "period": [day.isoformat() if day else None for day in cover.period],
            "sources": [self._source(one) for one in cover.searched],
            "collections": [_collection(group) for group in self._groups],
            "gaps": [_gap(one) for one in cover.searched if one.outcome is Outcome.FAILED],
            "files": [{"name": one.name, "bytes": one.size, "sha256": one.sha256} for one in self._archive.files],
        }

    def _source(self, one: System) -> dict[str, Any]:
        mine = [group for group in self._groups if group.line.source == one.name]
        return {
            "name": one.name,
            "outcome": str(one.outcome),
            "collections": sum(1 for group in mine if group.rows),
            "records": sum(group.rows for group in mine),
        }


def _collection(group: Group) -> dict[str, Any]:
    line = group.line
    return {
        "name": line.collection,
        "source": line.source,
        "tenant": line.tenant,
        "records": group.rows,
        "records_planned": line.rows,
        "columns": list(line.columns),
        "held_not_shown": list(line.held),
        "left_out_about_others": list(line.removed),
        "files": [one.name for one in (group.json, group.csv) if one],
    }


def _gap(one: System) -> dict[str, Any]:
    return {"source": one.name, "reason": one.reason, "follows": one.follows.isoformat() if one.follows else None}


def _note(group: Group, name: str, label: str) -> list[str]:
    kinds = "/".join(sorted(group.types[name]))
    return [spreadsheet(one) for one in (f"data/{group.stem}.json", name, label, kinds)]


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")
