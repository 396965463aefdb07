"""What a right will do to the data, as values: the person found, the plan, the result.

A plan says what would happen and holds no contents: collections, columns, counts, reasons, hashes. Staff
approve exactly its `hash`; a source acts only while its own recomputed part still fits. The hash leaves out
exact counts, so a person who keeps using the platform stays inside the approval up to the row ceiling.
Nothing here reads a clock, a file or a database.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

CEILING_ROWS = 50
CEILING_PERCENT = 20

Words = tuple[tuple[str, str], ...]
"""One phrase in several languages, as (language code, text) pairs in the order of the data map."""


class Verb(StrEnum):
    """What a source can be asked to plan and do; a right names one of these per source."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    ERASURE_MARKETING = "erasure_marketing"
    RESTRICTION = "restriction"
    OBJECTION_MARKETING = "objection_marketing"
    OBJECTION_INTEREST = "objection_interest"


READING = frozenset({Verb.ACCESS, Verb.PORTABILITY})
"""Verbs that change nothing in the source."""

ERASING = frozenset({Verb.ERASURE, Verb.ERASURE_MARKETING})
"""Verbs after which data is gone."""

MARKING = frozenset({Verb.RESTRICTION, Verb.OBJECTION_MARKETING, Verb.OBJECTION_INTEREST})
"""Verbs that only keep data from being used: nothing is lost by them, and each can be lifted again."""


class Action(StrEnum):
    """What happens to the rows of one line of a plan."""

    ACCESS = "access"
    DELETE = "delete"
    MASK = "mask"
    KEEP = "keep"
    RESTRICT = "restrict"
    SUPPRESS = "suppress"
    CORRECT = "correct"
    SHARED = "shared"


class Role(StrEnum):
    """For whom the platform holds the rows: for itself, or for a client (Art. 4(7) and 4(8))."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


@dataclass(frozen=True, kw_only=True)
class Key:
    """One thing a source recognises a person by.

    `name` is a collection for its primary key, or an identity kind such as `email` with an empty collection.
    """

    collection: str
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One person as one source and one tenant know them; `tenant` is empty where the source has no tenants."""

    source: str
    tenant: str
    role: Role = Role.CONTROLLER
    keys: tuple[Key, ...]


@dataclass(frozen=True, kw_only=True)
class Contact:
    """An address on file: kind is `email` or `phone`, value is the stored spelling."""

    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PersonFound:
    """A person found in one source and tenant.

    `subject_id` is the `sub` of the platform's session token, empty for somebody without an account.
    `flags` are codes from the data map, at least `closed`, `staff_subject`, `sole_administrator`, `mailbox_shared`.
    """

    subject: Subject
    subject_id: str
    contacts: tuple[Contact, ...]
    flags: frozenset[str] = frozenset()

    @property
    def source(self) -> str:
        """The name of the source that found the person."""
        return self.subject.source

    @property
    def tenant(self) -> str:
        """The tenant the person was found in."""
        return self.subject.tenant

    @property
    def role(self) -> Role:
        """Processor where the person is only on a client's list: never to be exported or confirmed."""
        return self.subject.role

    @property
    def closed(self) -> bool:
        """The account is closed."""
        return "closed" in self.flags

    @property
    def is_staff_subject(self) -> bool:
        """The person works for the controller; their own approval must not count (four eyes)."""
        return "staff_subject" in self.flags

    @property
    def sole_administrator(self) -> bool:
        """Nobody else administers this client's account; its lists are the client's, not the person's."""
        return "sole_administrator" in self.flags


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Somebody who received the data, by name (Art. 15(1)(c), Art. 19), with country and transfer safeguard."""

    code: str
    name: str
    role: Words = ()
    country: str = ""
    safeguard: Words = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The Art. 15(1) and 15(2) facts of one collection, as the data map words them."""

    purpose: Words = ()
    basis: Words = ()
    source: Words = ()
    retention: Words = ()
    transfer: Words = ()
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """One collection and one action.

    `columns` are delivered (access), changed (mask, correct ...) or kept; `held` are secrets that are named and
    never shown; `removed` are columns about other people that an access copy leaves out. `reason` is a code
    for the texts and `article` the law behind it. `keep_until` is the last local date the rows are kept.
    `marketing` says that the map holds the collection for marketing alone.
    `fingerprint` pins rows or values that may not change between approval and act; it reveals neither.
    """

    source: str
    tenant: str
    collection: str
    action: Action
    rows: int
    columns: tuple[str, ...] = ()
    label: Words = ()
    column_labels: tuple[Words, ...] = ()
    held: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    third_party: int = 0
    secrets: int = 0
    reason: str = ""
    article: str = ""
    keep_until: date | None = None
    marketing: bool = False
    role: Role = Role.CONTROLLER
    facts: Facts = Facts()
    fingerprint: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanPart:
    """What one source is approved to do for one person: its shape, its rows now, and its ceiling."""

    source: str
    tenant: str
    subject: str
    shape: str
    rows: int
    ceiling: int

    @property
    def hash(self) -> str:
        """The hash the source compares before it acts; see `sealed`."""
        return sealed(self.shape, self.ceiling)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would happen, over one or several sources. `errors` names sources that could not answer."""

    verb: Verb
    lines: tuple[PlanLine, ...]
    parts: tuple[PlanPart, ...]
    recipients: tuple[Recipient, ...] = ()
    flags: frozenset[str] = frozenset()
    errors: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Every source answered; a plan with a gap says so and is not approved."""
        return not self.errors

    @property
    def rows(self) -> int:
        """The person's own rows that the plan speaks about."""
        return sum(part.rows for part in self.parts)

    @property
    def ceiling(self) -> int:
        """The most rows that may be touched under one approval."""
        return sum(part.ceiling for part in self.parts)

    @property
    def hash(self) -> str:
        """What staff approve. The same for one part alone and for a plan combined of that part."""
        if len(self.parts) == 1:
            return self.parts[0].hash
        return _digest([self.verb, sorted(part.hash for part in self.parts)])

    @property
    def empty(self) -> bool:
        """Every source answered and none holds anything the plan speaks about."""
        return self.complete and not any(line.rows for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One correction asked for. `name` is the field's public name; `old` is what the person believes is stored."""

    name: str
    old: str | None = field(default=None, repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """One value as it is and as it will be; contents, so never for logs, hashes or Slack."""

    name: str
    collection: str
    column: str
    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Done:
    """How many rows of a collection an action touched."""

    collection: str
    action: Action
    rows: int


@dataclass(frozen=True, kw_only=True)
class Entered:
    """An address on the suppression list, as a keyed digest: the scope it holds for, why, and since when (UTC)."""

    scope: str
    address: str
    reason: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class ActResult:
    """What was done and read back. `proof` is a hash over it; `cleared` says that old bytes were overwritten,
    and `remains` is the code of where they may still be (a log, a heap until vacuum, their archive).

    With `already_done` the result is that of the first call with the same key, and nothing happened now;
    `corrected` is then empty, because contents are not kept beside the receipt. `entered` and `known_by` are keyed
    digests for the register of the desk: addresses put on the suppression list, and those a person was known by.
    """

    done: tuple[Done, ...]
    kept: tuple[PlanLine, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    corrected: tuple[Corrected, ...] = ()
    proof: str
    already_done: bool = False
    cleared: bool = True
    remains: str = ""
    entered: tuple[Entered, ...] = ()
    known_by: tuple[str, ...] = ()


def words(phrase: Words, lang: str) -> str:
    """The phrase in `lang`, else in English, else in the first language given, else empty."""
    spoken = dict(phrase)
    return spoken.get(lang) or spoken.get("en") or next(iter(spoken.values()), "")


def row_ceiling(rows: int) -> int:
    """The most rows one approval covers: what was found plus 50, or plus 20 % where that is more."""
    return rows + max(CEILING_ROWS, rows * CEILING_PERCENT // 100)


def own_rows(lines: Iterable[PlanLine]) -> int:
    """Rows that count towards the ceiling: all but those that other people use too."""
    return sum(line.rows for line in lines if line.action is not Action.SHARED)


def plan_shape(verb: Verb, *, source: str, tenant: str, subject: str, lines: Iterable[PlanLine]) -> str:
    """A digest of what an approval fixes: person, place, collections, columns, actions, keep rules, shared rows.

    `subject` is the source's keyed digest of the person, so that the plan's hash may stand in a log. Counts and
    end dates of the person's own rows are left out on purpose.
    """
    return _digest([verb, source, tenant, subject, sorted(_fixed(line) for line in lines)])


def sealed(shape: str, ceiling: int) -> str:
    """The hash of a part: its shape under one row ceiling. A higher ceiling is another hash."""
    return _digest([shape, ceiling])


def plan_hash(verb: Verb, parts: Iterable[PlanPart]) -> str:
    """The hash staff approve for these parts; what `Plan.hash` gives."""
    return Plan(verb=verb, lines=(), parts=tuple(parts)).hash


def one_part(
    verb: Verb,
    *,
    source: str,
    tenant: str,
    subject: str,
    lines: tuple[PlanLine, ...],
    recipients: tuple[Recipient, ...] = (),
    flags: frozenset[str] = frozenset(),
) -> Plan:
    """The plan of one source for one person, with its ceiling taken from the rows found now."""
    rows = own_rows(lines)
    part = PlanPart(
        source=source,
        tenant=tenant,
        subject=subject,
        shape=plan_shape(verb, source=source, tenant=tenant, subject=subject, lines=lines),
        rows=rows,
        ceiling=row_ceiling(rows),
    )
    return Plan(verb=verb, lines=lines, parts=(part,), recipients=recipients, flags=flags)


def failed(verb: Verb, source: str) -> Plan:
    """The plan of a source that could not answer: nothing but its name, so that no gap is hidden."""
    return Plan(verb=verb, lines=(), parts=(), errors=(source,))


def combine(plans: Iterable[Plan]) -> Plan:
    """One plan over several sources and tenants. All must be for the same verb; raises ValueError otherwise."""
    every = tuple(plans)
    verbs = {plan.verb for plan in every}
    if len(verbs) != 1:
        raise ValueError("a combined plan is for one verb")
    return Plan(
        verb=verbs.pop(),
        lines=tuple(line for plan in every for line in plan.lines),
        parts=tuple(part for plan in every for part in plan.parts),
        recipients=tuple({one.code: one for plan in every for one in plan.recipients}.values()),
        flags=frozenset().union(*(plan.flags for plan in every)),
        errors=tuple(dict.fromkeys(error for plan in every for error in plan.errors)),
    )


def still_fits(approved: Plan, recomputed: Plan) -> bool:
    """Whether an approval still covers the plan as it would be now.

    The same parts with the same shapes, each at most as many rows as its approved ceiling, and no source missing.
    """
    now = _by_place(recomputed)
    before = _by_place(approved)
    if not (approved.complete and recomputed.complete) or approved.verb != recomputed.verb:
        return False
    return now.keys() == before.keys() and all(
        part_fits(now[place], approved=part.hash, ceiling=part.ceiling) for place, part in before.items()
    )


def part_fits(part: PlanPart, *, approved: str, ceiling: int) -> bool:
    """Whether a part as computed now is the one approved: same hash under the approved ceiling, and within it."""
    return part.rows <= ceiling and sealed(part.shape, ceiling) == approved


def _by_place(plan: Plan) -> Mapping[tuple[str, str, str], PlanPart]:
    return {(part.source, part.tenant, part.subject): part for part in plan.parts}


def _fixed(line: PlanLine) -> list[object]:
    return [
        line.collection,
        line.action,
        line.role,
        line.reason,
        line.article,
        line.fingerprint,
        sorted(line.columns),
        sorted(line.held),
        sorted(line.removed),
    ]


def _digest(what: object) -> str:
    # plain JSON: enums are strings, so the text is the same on every machine
    return hashlib.sha256(json.dumps(what, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()
