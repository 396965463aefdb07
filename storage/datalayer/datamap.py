"""The data map: what the platform's tables and columns mean for a data subject.

A fideslang dataset YAML loads unchanged; what fideslang cannot say stands in the dataset's `meta`, keyed by
collection and field, where other fideslang tools leave it alone. Loading yields frozen values or refuses with every
reason at once. It looks at no database: whether the map is true is asked in mapcheck.py. The map is code, reviewed
and deployed; it never comes from a page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from fideslang.models import Dataset, DatasetField
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.core.plans import Facts, Recipient
from bot.ports import Route
from storage.datalayer.errors import Refused
from storage.datalayer.mapnotes import NO_FIELD_NOTE, NO_NOTE, CollectionNote, Erase, FieldNote, MapNote


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A column that leads to, or is found from, another collection's column.

    `outward` follows the column to the other row; `inward` finds this row from the other. Both where the map
    names no direction.
    """

    collection: str
    column: str
    inward: bool
    outward: bool


@dataclass(frozen=True, kw_only=True)
class MapField:
    """One mapped column."""

    name: str
    categories: tuple[str, ...] = ()
    identity: str = ""
    primary_key: bool = False
    data_type: str = ""
    references: tuple[Reference, ...] = ()
    note: FieldNote = NO_FIELD_NOTE
    inside: Mapping[str, "MapField"] = field(default_factory=dict)
    """The fields of an object, by name; the column holds all of them."""

    @cached_property
    def personal(self) -> bool:
        """Whether it may say something about a person.

        A column without a category counts as personal, and so does one by which people are recognised.
        """
        if self.identity or any(one.personal for one in self.inside.values()):
            return True
        return not (self.categories or self.inside) or any(not one.startswith("system") for one in self.categories)


@dataclass(frozen=True, kw_only=True)
class Collection:
    """One mapped table."""

    name: str
    fields: Mapping[str, MapField]
    note: CollectionNote = NO_NOTE

    @property
    def erase(self) -> Erase:
        """What an erasure does here: as the map says, else masking."""
        return self.note.erase or Erase.MASK

    @cached_property
    def personal(self) -> bool:
        """Whether any column may say something about a person."""
        return any(one.personal for one in self.fields.values())

    @cached_property
    def facts(self) -> Facts:
        """The Art. 15(1) facts printed in an access package."""
        note = self.note
        return Facts(
            purpose=note.purpose,
            basis=note.basis,
            source=note.source,
            retention=note.retention,
            transfer=note.transfer,
            recipients=note.recipients,
        )

    def identities(self, kind: str = "") -> tuple[MapField, ...]:
        """The columns by which a person is recognised, of one kind or of all."""
        return tuple(one for one in self._identities if not kind or one.identity == kind)

    @cached_property
    def _identities(self) -> tuple[MapField, ...]:
        return tuple(one for one in self.fields.values() if one.identity)


@dataclass(frozen=True, kw_only=True)
class DataMap:
    """The whole map. `tenant` is the column that separates clients, empty where there are none."""

    key: str
    tenant: str
    collections: Mapping[str, Collection]
    recipients: Mapping[str, Recipient]
    elsewhere: tuple[str, ...] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)

    @property
    def person(self) -> Collection | None:
        """The table whose primary key names an account holder, if the map names one."""
        return next((one for one in self.collections.values() if one.note.person), None)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a check found: `reasons` refuse the map, `warnings` do not."""

    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when nothing refuses the map."""
        return not self.reasons


T = TypeVar("T")
_MAP_NOTE = TypeAdapter(MapNote)


def load(path: Path, key: str = "") -> DataMap:
    """The map in a YAML file; raises Refused with all reasons when it is no map. See `parse` for the key."""
    try:
        return parse(yaml.safe_load(path.read_text(encoding="utf-8")), key)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else type(error).__name__
        raise Refused((f"unreadable map: no YAML at {where}",)) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused((f"unreadable map: {type(error).__name__}",)) from error


def parse(content: object, key: str = "") -> DataMap:
    """The map in a loaded YAML document: a `dataset` list, or a dataset itself.

    Several datasets are one map where they describe tables of one database; `key` picks one by its `fides_key`.
    """
    raw = content.get("dataset", content) if isinstance(content, dict) else content
    parsed = [_parsed(one) for one in _picked(raw if isinstance(raw, list) else [raw], key)]
    datasets = [dataset for dataset, _ in parsed]
    _refuse_twins(datasets)
    return _built(datasets, _joined([note for _, note in parsed]))


def _picked(raw: list[Any], key: str) -> list[Any]:
    if not raw or not all(isinstance(one, dict) for one in raw):
        raise Refused(("no dataset in the map",))
    named = [one for one in raw if not key or one.get("fides_key") == key]
    if not named:
        known = ", ".join(str(one.get("fides_key")) for one in raw)
        raise Refused((f"no dataset {key} in the map, which holds {known}",))
    return named


def _parsed(raw: Any) -> tuple[Dataset, MapNote]:
    dataset = _validated(lambda: Dataset.model_validate(raw), "")
    note = _validated(lambda: _MAP_NOTE.validate_python(dataset.meta or {}), "meta: ")
    return dataset, note


def _refuse_twins(datasets: Sequence[Dataset]) -> None:
    """Two datasets with one table are maps of two databases, and nobody says which this is."""
    seen: dict[str, str] = {}
    for dataset in datasets:
        for one in dataset.collections:
            if one.name in seen:
                both = f"{seen[one.name]} and {dataset.fides_key}"
                raise Refused((f"collection {one.name} stands in two datasets ({both}): name one with --dataset",))
            seen[one.name] = str(dataset.fides_key)


def _joined(notes: Sequence[MapNote]) -> MapNote:
    if len({note.tenant for note in notes if note.tenant}) > 1:
        raise Refused(("the datasets name different tenant columns",))
    recipients = {code: who for note in notes for code, who in note.recipients.items()}
    if any(recipients[code] != who for note in notes for code, who in note.recipients.items()):
        raise Refused(("the datasets describe one recipient differently",))
    return MapNote(
        tenant=next((note.tenant for note in notes if note.tenant), ""),
        recipients=recipients,
        collections={name: about for note in notes for name, about in note.collections.items()},
    )


def _validated(make: Callable[[], T], where: str) -> T:
    try:
        return make()
    except ValidationError as error:
        raise Refused(tuple(where + _reason(one) for one in error.errors(include_input=False))) from error


def _reason(error: ErrorDetails) -> str:
    return f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}"


def _refuse_strangers(collections: Sequence[Any], note: MapNote) -> None:
    """Facts about a table, column or recipient that the map does not have are mistakes, not remarks."""
    columns = {one.name: {each.name for each in one.fields} for one in collections}
    reasons = [f"meta: no collection {name}" for name in note.collections if name not in columns]
    for name, about in note.collections.items():
        known = columns.get(name, set())
        named = {*about.fields, *dict(about.lock), *([about.restrict] if about.restrict else [])}
        named |= {flag.column for flag in about.flags.values()}
        reasons += [f"meta: no field {name}.{one}" for one in sorted(named - known)]
        reasons += [
            f"meta: {name} names no known recipient {one}" for one in about.recipients if one not in note.recipients
        ]
    if sum(about.person for about in note.collections.values()) > 1:
        reasons.append("meta: only one collection can be the person")
    reasons += [f"meta: no place to tell {code}" for code, who in note.recipients.items() if not who.is_reachable]
    if reasons:
        raise Refused(tuple(reasons))


def _built(datasets: Sequence[Dataset], note: MapNote) -> DataMap:
    keys = frozenset(str(dataset.fides_key) for dataset in datasets)
    every = [one for dataset in datasets for one in dataset.collections]
    _refuse_strangers(every, note)
    collections = {
        one.name: _collection(one, keys, note.collections.get(one.name, NO_NOTE))
        for one in sorted(every, key=_as_written(note.collections))
    }
    recipients = {
        code: Recipient(code=code, name=who.name, role=who.role, country=who.country, safeguard=who.safeguard)
        for code, who in note.recipients.items()
    }
    routes = {
        code: Route(way=who.way, to=who.to, finds_by=who.finds_by)
        for code, who in note.recipients.items()
        if who.way is not None
    }
    return DataMap(
        key="+".join(str(dataset.fides_key) for dataset in datasets),
        tenant=note.tenant,
        collections=MappingProxyType(collections),
        recipients=MappingProxyType(recipients),
        elsewhere=tuple(_elsewhere(every, keys)),
        routes=MappingProxyType(routes),
    )


def _collection(one: Any, keys: frozenset[str], about: CollectionNote) -> Collection:
    fields = sorted(one.fields, key=_as_written(about.fields))
    return Collection(
        name=one.name,
        note=about,
        fields=MappingProxyType({each.name: _field(each, keys, about.fields) for each in fields}),
    )


def _as_written(names: Iterable[str]) -> Callable[[Any], int]:
    """Sort key: the order of our facts, which is the order people read; fideslang itself sorts by name."""
    order = {name: place for place, name in enumerate(names)}
    return lambda one: order.get(one.name, len(order))


def _field(each: DatasetField, keys: frozenset[str], notes: Mapping[str, FieldNote]) -> MapField:
    meta = each.fides_meta
    references = (meta.references or ()) if meta else ()
    return MapField(
        name=each.name,
        categories=tuple(str(one) for one in each.data_categories or ()),
        identity=(meta.identity or "") if meta else "",
        primary_key=bool(meta and meta.primary_key),
        data_type=(meta.data_type or "") if meta else "",
        references=tuple(_reference(one) for one in references if str(one.dataset) in keys),
        note=notes.get(each.name, NO_FIELD_NOTE),
        inside=MappingProxyType({one.name: _field(one, keys, {}) for one in each.fields or ()}),
    )


def _reference(one: Any) -> Reference:
    collection, _, column = str(one.field).partition(".")
    return Reference(
        collection=collection,
        column=column,
        inward=one.direction in (None, "from"),
        outward=one.direction in (None, "to"),
    )


def _elsewhere(collections: Sequence[Any], keys: frozenset[str]) -> Iterable[str]:
    """References into other datasets: another source has to walk them, so the check names them."""
    for one in collections:
        for each in one.fields:
            for link in (each.fides_meta.references or ()) if each.fides_meta else ():
                if str(link.dataset) not in keys:
                    yield f"{one.name}.{each.name} -> {link.dataset}.{link.field}"
