"""What planning depends on, what it makes, and the plan that staff approve: the person's rows, tasks, lines, digests.

Nothing here decides what a verb does; planning.py does. A plan holds no value of a person, and its digests are keyed.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any

from bot.core.plans import Action, Change, Plan, PlanLine, Role, Subject, Verb, Words, one_part
from storage.datalayer.catalogue import Catalogue, Conn, Place, RowKey
from storage.datalayer.keeping import Terms, terms
from storage.datalayer.mapnotes import Erase
from storage.datalayer.naming import named_otherwise
from storage.datalayer.rows import Desk, Rows
from storage.datalayer.walk import Reach, Reached, Walk


@dataclass(frozen=True, kw_only=True)
class Scope:
    """All that planning depends on: one connection, one subject, what was reached, the local date, the digest key."""

    source: str
    connection: Conn
    catalogue: Catalogue
    subject: Subject
    reach: Reach
    today: date
    secret: bytes = field(repr=False)
    changes: tuple[Change, ...] = ()

    @cached_property
    def desk(self) -> Desk:
        """Where statements over rows run."""
        return Desk(self.connection, self.catalogue)

    @cached_property
    def terms(self) -> Mapping[int, Terms]:
        """How the person's own kept rows part by their terms, by the identity of the rows; asked once for all."""
        kept = [(one.owned, one.place.collection.note.keep) for one in self.places if _is_kept(one)]
        every = [(rows, keep) for rows, keep in kept if keep is not None]
        return {id(rows): one for (rows, _), one in zip(every, terms(self.desk, every, self.today), strict=True)}

    @cached_property
    def has_account(self) -> bool:
        """Whether the person is known by an account, not by an address alone."""
        return any(key.collection for key in self.subject.keys)

    @cached_property
    def others(self) -> Mapping[str, frozenset[RowKey]]:
        """Rows that only a reference leads to and that name somebody else, by collection (naming.py)."""
        return named_otherwise(self.catalogue, self.subject, self.reach)

    @property
    def places(self) -> tuple[Reached, ...]:
        """What was reached, in the map's order."""
        return tuple(self.reach.values())


@dataclass(frozen=True, kw_only=True)
class Task:
    """A line of the plan with the rows it means. `values` are constants to write; `addresses` are to be suppressed."""

    line: PlanLine
    rows: Rows | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    addresses: tuple[str, ...] = field(default=(), repr=False)


def scope_of(
    *, source: str, connection: Conn, catalogue: Catalogue, subject: Subject, today: date, secret: bytes,
    changes: tuple[Change, ...] = (), lock: bool = False,
) -> Scope:  # fmt: skip
    """Walk, and keep what was reached; raises Refused for a subject that names nobody."""
    reach = Walk(connection, catalogue, subject, lock=lock).run()
    return Scope(
        source=source, connection=connection, catalogue=catalogue, subject=subject, reach=reach, today=today,
        secret=secret, changes=changes,
    )  # fmt: skip


def plan(scope: Scope, verb: Verb, tasks: Sequence[Task]) -> Plan:
    """The plan made of these tasks."""
    lines = tuple(task.line for task in tasks)
    codes = dict.fromkeys(chain.from_iterable(line.facts.recipients for line in lines if line.rows))
    return one_part(
        verb,
        source=scope.source,
        tenant=scope.subject.tenant,
        subject=subject_digest(scope.secret, scope.subject),
        lines=lines,
        recipients=tuple(scope.catalogue.datamap.recipients[code] for code in codes),
        flags=frozenset(_flags(scope, lines)),
    )


def _flags(scope: Scope, lines: Iterable[PlanLine]) -> Iterable[str]:
    if scope.subject.role is Role.PROCESSOR:
        yield "processor"
    for line in lines:
        if line.action is Action.SHARED:
            yield "shared_rows"
        if line.third_party:
            yield "third_party"


_PLAIN = json.JSONEncoder(default=str).encode
"""What `json.dumps` gives; made once, because a restored database asks for two digests per row."""


def digest(secret: bytes, what: object) -> str:
    """A keyed digest: without the key nobody can try out addresses against it."""
    return hmac.digest(secret, _PLAIN(what).encode(), "sha256").hex()


def subject_digest(secret: bytes, subject: Subject) -> str:
    """The keyed digest of a person in one source and tenant."""
    keys = sorted((key.collection, key.name, key.value) for key in subject.keys)
    return keys_digest(secret, subject.source, subject.tenant, subject.role, keys)


def keys_digest(secret: bytes, source: str, tenant: str, role: Role, keys: Sequence[tuple[str, str, str]]) -> str:
    """The same from the parts of it; a key is its collection, name and value."""
    return digest(secret, [source, tenant, role, keys])


def address_digest(secret: bytes, place: Subject, address: str) -> str:
    """The digest of whoever is known by this address (in its normal form) in the same source, tenant and role."""
    return keys_digest(secret, place.source, place.tenant, place.role, [by_address(address)])


def by_address(address: str) -> tuple[str, str, str]:
    """The key of somebody known by an address, in its normal form."""
    return ("", "email", address)


def make_line(scope: Scope, place: Place, action: Action, rows: int, columns: Sequence[str], **more: Any) -> PlanLine:
    """A line about a collection, with its labels and facts from the map."""
    one, names = place.collection, tuple(columns)
    label, labels = scope.catalogue.remembered(("labels", one.name, names), lambda: _labels(place, names))
    return PlanLine(
        source=scope.source,
        tenant=scope.subject.tenant,
        collection=one.name,
        action=action,
        rows=rows,
        columns=names,
        label=label,
        column_labels=labels,
        marketing=one.note.marketing,
        role=one.note.role,
        facts=one.facts,
        **more,
    )


def _labels(place: Place, names: Sequence[str]) -> tuple[Words, tuple[Words, ...]]:
    one = place.collection
    labels = tuple(one.fields[name].note.label or (("en", name),) for name in names)
    return one.note.label or (("en", one.name),), labels


def _is_kept(reached: Reached) -> bool:
    return bool(reached.owned) and reached.place.collection.erase is Erase.KEEP


def is_listed(scope: Scope, reached: Reached) -> bool:
    """Whether a collection stands in the plan: it has rows of the person, or an account makes them all the time."""
    return bool(reached.owned) or (scope.has_account and reached.place.collection.note.standing)
