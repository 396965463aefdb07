"""One group of the package: a collection's rows on their way into JSON and CSV, and what the page needs of them.

Promise: each row is looked at once; only the approved columns are taken, whatever else a row brings; of many rows the
first 200 stay in memory as text, the rest passes through. Limits: JSON goes straight into the archive, which takes one
file at a time, so the CSV waits compressed in the place it is given.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.core.plans import PlanLine
from bot.parcel.archive import Archive, Entry, Filed, Squeezed, Waiting
from bot.parcel.cells import Cell, exact, json_type, shown, spreadsheet

SHOWN: Final = 200  # rows of a group on the page
BOM: Final = b"\xef\xbb\xbf"  # spreadsheets take a CSV without this mark for an old code page

_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)

Row = Mapping[str, Any]


@dataclass(kw_only=True)
class Group:
    """A collection in the package. `stem` names its files; `types` are the JSON types seen, by column."""

    line: PlanLine
    stem: str
    rows: int = 0
    sample: list[tuple[Cell, ...]] = field(default_factory=list, repr=False)
    types: dict[str, set[str]] = field(default_factory=dict)
    json: Filed | None = None
    csv: Filed | None = None

    @property
    def key(self) -> str:
        """What the chat calls this group in a code such as `account.last_name`."""
        return self.line.collection

    def schema(self, labels: Iterable[str]) -> dict[str, Any]:
        """The JSON Schema of the group's JSON file; `labels` are the columns' names for people, in order."""
        about = zip(self.line.columns, labels, strict=True)
        properties = {name: {"title": label, "type": sorted(self.types.get(name, {"null"}))} for name, label in about}
        row = {
            "type": "object",
            "properties": properties,
            "required": list(self.line.columns),
            "additionalProperties": False,
        }
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "array", "items": row}


def packed(archive: Archive, group: Group, rows: Iterator[Row], place: Callable[[], Waiting]) -> None:
    """Writes the group's two files from one pass over `rows`, and fills in what was seen."""
    waiting = Squeezed(place)
    try:
        with archive.entry(f"data/{group.stem}.json") as file:
            _write_rows(group, rows, file, waiting)
        group.json = archive.files[-1]
        with archive.entry(f"data/{group.stem}.csv") as file:
            for piece in waiting.chunks():
                file.write(piece)
        group.csv = archive.files[-1]
    finally:
        waiting.close()


def _write_rows(group: Group, rows: Iterator[Row], file: Entry, table: Squeezed) -> None:
    names = group.line.columns
    lines = csv.writer(_Utf8(table))  # RFC 4180: comma, double quotes, CR LF
    table.write(BOM)
    lines.writerow(names)
    group.types = {name: set() for name in names}
    file.write(b"[")
    for row in rows:
        values = [row.get(name) for name in names]
        file.write(_json_row(group, values))
        lines.writerow([spreadsheet(value) for value in values])
        if group.rows < SHOWN:
            group.sample.append(tuple(shown(value) for value in values))
        group.rows += 1
    file.write(b"\n]\n" if group.rows else b"]\n")


def _json_row(group: Group, values: list[Any]) -> bytes:
    row = {name: exact(value) for name, value in zip(group.line.columns, values, strict=True)}
    for name, value in row.items():
        group.types[name].add(json_type(value))
    return (b",\n" if group.rows else b"\n") + _utf8(_JSON.encode(row))


def _utf8(text: str) -> bytes:
    # half a surrogate pair cannot be UTF-8; inside a JSON string its escape is exact, in CSV at least visible
    return text.encode("utf-8", "backslashreplace")


class _Utf8:
    """What csv.writer writes its text to."""

    def __init__(self, out: Squeezed) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(_utf8(text))
