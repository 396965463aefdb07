"""The contract between the desk and a platform's own service, as values: what is asked, what is answered, which codes.

Promise: client (http.py), server (serving.py) and the published document (docs/data-layer.openapi.yml) all speak these
and nothing else; a test holds the document to them. Unknown fields are refused, so that a misspelt one is not lost.
Limits: `source` inside subjects and plans is each side's own name for the other and is put in on arrival.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from pydantic import AwareDatetime, ConfigDict, TypeAdapter

from bot.core.plans import ActResult, Change, Corrected, PersonFound, Plan, PlanLine, Subject, Verb
from storage.datalayer.circuit import Unreached
from storage.datalayer.errors import NotReadBack, PlanChanged, Refused

VERSION = "v1"
JSON, NDJSON = "application/json", "application/x-ndjson"
REASON_LIMIT = 20
_STRICT = ConfigDict(extra="forbid")
_PLACES = r"[\w.]{1,80}(?:, [\w.]{1,80}){0,9}"
_REASON = re.compile(
    rf"[a-z_]{{1,60}}(?::{_PLACES})?(?::[\w<=]{{1,40}})?"
    rf"|[a-z]+_[a-z_]{{1,60}} {_PLACES}"
    rf"|[A-Z ]{{1,20}} constraint failed(?:: {_PLACES})?"
)

REASONS: Mapping[str, str] = {
    "email_missing": "not an e-mail address, or empty, or a wildcard",
    "empty_subject": "a person without keys",
    "tenant_missing": "a platform with tenants, and none given",
    "subject_missing": "no subject, or an empty one",
    "subject_of_another_type": "a key that cannot be one of this platform's",
    "subject_unknown_kind": "a key of a kind the platform does not know",
    "keep_without_reason": "rows the platform keeps without saying why, after a colon the table",
    "no_neutral_value": "a column that can hold no value in place of the erased one, after a colon its name",
    "malformed": "the body is not what this path takes",
    "no_accounts": "subjects are asked for, and the platform has no accounts",
    "no_change": "a correction without values",
    "changed_twice": "the same field twice in one correction",
    "field_not_allowed": "a field that may not be corrected, after a colon its name",
    "nothing_stored": "a field without a stored value, after a colon its name",
    "already_so": "the stored value is the new one already",
    "invalid_value": "the new value breaks a rule, after colons the field and the rule",
    "ambiguous": "several values are stored and none is the old one given",
    "key_missing": "an act without an idempotency key",
    "key_used_for_another_call": "the same idempotency key for another person, verb or plan",
    "processor_rows_are_not_exported": "a copy of rows that are held for a client",
    "not_installed": "the platform's side is not set up",
    "too_many_rows": "more rows of one person than the platform takes on at once, after a colon the table",
}
"""Why a call can never succeed as it is (status 422). Others of the same form may be used; none holds a value."""

STATUSES: Mapping[int, str] = {
    200: "done",
    401: "signature",
    409: "plan_changed",
    422: "refused",
    503: "down",
    507: "not_read_back",
}
"""Every status of the contract with the code that stands in the answer's `reason`."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every call has in common. `call` repeats the path, because the signature covers the body alone."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    CALL: ClassVar[str] = ""
    call: str


@dataclass(frozen=True, kw_only=True)
class CheckAsked(Asked):
    """Is the service ready?"""

    CALL: ClassVar[str] = "check"


@dataclass(frozen=True, kw_only=True)
class PersonAsked(Asked):
    """Who is meant: by mailbox in every tenant, or by tenant and session subject."""

    CALL: ClassVar[str] = "person"
    email: str | None = field(default=None, repr=False)
    tenant: str | None = None
    subject: str | None = None


@dataclass(frozen=True, kw_only=True)
class FindAsked(Asked):
    """What would a verb do to this person's data?"""

    CALL: ClassVar[str] = "find"
    person: Subject
    verb: Verb
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ValuesAsked(Asked):
    """Old and new values of a correction, for the staff page."""

    CALL: ClassVar[str] = "values"
    person: Subject
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class ActAsked(Asked):
    """Do the plan that was approved, once per key. The key is the webhook-id as well."""

    CALL: ClassVar[str] = "act"
    key: str
    person: Subject
    verb: Verb
    approved: str
    ceiling: int
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SuppressAsked(Asked):
    """Never mail this address for marketing again, known or not; `scope` is one client's tenant, or empty."""

    CALL: ClassVar[str] = "suppress"
    address: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class UnsuppressAsked(Asked):
    """Undo it, on the person's own word."""

    CALL: ClassVar[str] = "unsuppress"
    address: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class SuppressedAsked(Asked):
    """May nothing be sent to this address in this scope?"""

    CALL: ClassVar[str] = "suppressed"
    address: str = field(repr=False)
    scope: str = ""


CALLS: Mapping[str, type[Asked]] = {
    kind.CALL: kind
    for kind in (
        CheckAsked,
        PersonAsked,
        FindAsked,
        ValuesAsked,
        ActAsked,
        SuppressAsked,
        UnsuppressAsked,
        SuppressedAsked,
    )
}
"""The paths of the contract, each under /v1/, and what each takes."""


@dataclass(frozen=True, kw_only=True)
class CheckAnswer:
    """What keeps the service from being used (`reasons`), and what does not (`warnings`)."""

    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PersonAnswer:
    """Everybody meant; empty when nobody is known."""

    people: tuple[PersonFound, ...]


@dataclass(frozen=True, kw_only=True)
class FindAnswer:
    """The plan: counts, columns, reasons, one part with its shape and ceiling; never values."""

    plan: Plan


@dataclass(frozen=True, kw_only=True)
class ValuesAnswer:
    """The values; contents."""

    values: tuple[Corrected, ...]


@dataclass(frozen=True, kw_only=True)
class ActAnswer:
    """What was done and read back."""

    result: ActResult


@dataclass(frozen=True, kw_only=True)
class SuppressAnswer:
    """Whether anything changed by the call."""

    changed: bool


@dataclass(frozen=True, kw_only=True)
class SuppressedAnswer:
    """Whether the address is on the list; and if it is and you know, why (no_marketing, no_future_collection) and
    since which instant."""

    suppressed: bool
    reason: str = ""
    since: AwareDatetime | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Every answer that is not 200: a code of STATUSES, and for a refusal its reasons."""

    reason: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StreamLine:
    """One line of the answer to an access or portability act: exactly one of these.

    First each plan line followed by its rows, then the result, last the seal (bot/signing.py: Seal); `error` in
    place of the result when the reading failed half-way.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    line: PlanLine | None = None
    row: dict[str, Any] | None = None
    result: ActResult | None = None
    error: Refusal | None = None
    seal: dict[str, str] | None = None


ANSWERS: Mapping[str, type[Any]] = {
    "check": CheckAnswer,
    "person": PersonAnswer,
    "find": FindAnswer,
    "values": ValuesAnswer,
    "act": ActAnswer,
    "suppress": SuppressAnswer,
    "unsuppress": SuppressAnswer,
    "suppressed": SuppressedAnswer,
}
"""What each path answers with status 200."""

T = TypeVar("T")
_ADAPTERS: Mapping[type[Any], TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in (*CALLS.values(), *dict.fromkeys(ANSWERS.values()), Refusal, StreamLine)
}


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """How a value of the contract is read, written and described."""
    return _ADAPTERS[kind]


def dumped(value: Any) -> bytes:
    """A value of the contract as JSON."""
    return adapter(type(value)).dump_json(value)


def loaded(kind: type[T], body: bytes) -> T:
    """JSON as a value of the contract; raises pydantic's ValidationError (a ValueError), which may quote the body."""
    return adapter(kind).validate_json(body)


def reasons_of(refusal: Refusal) -> tuple[str, ...]:
    """The reasons of a refusal that are codes with places; anything else could hold a value and is left out."""
    codes = tuple(one for one in refusal.reasons[:REASON_LIMIT] if _REASON.fullmatch(one))
    return codes or ("refused",)


def meaning(refusal: Refusal) -> Exception:
    """The error that a signed refusal stands for; whatever the contract does not know counts as down."""
    if refusal.reason == STATUSES[409]:
        return PlanChanged()
    if refusal.reason == STATUSES[422]:
        return Refused(reasons_of(refusal))
    if refusal.reason == STATUSES[507]:
        return NotReadBack()
    return Unreached("platform_down", again=refusal.reason == STATUSES[503])


# ---- each side's own name for the source


def renamed_subject(subject: Subject, source: str) -> Subject:
    """The same person under another name of the source."""
    return replace(subject, source=source)


def renamed_plan(plan: Plan, source: str) -> Plan:
    """The same plan under another name of the source; its hashes stay."""
    return replace(
        plan,
        lines=tuple(replace(line, source=source) for line in plan.lines),
        parts=tuple(replace(part, source=source) for part in plan.parts),
        errors=tuple(source for _ in plan.errors),
    )


def renamed_result(result: ActResult, source: str) -> ActResult:
    """The same result under another name of the source."""
    return replace(result, kept=tuple(replace(line, source=source) for line in result.kept))


# ---- rows


def row_line(row: Mapping[str, Any]) -> bytes:
    """A row as one line: texts, numbers, yes and no, nothing; dates and decimals as text, bytes as Base64."""
    return json.dumps({"row": dict(row)}, default=_plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, Decimal) else repr(value)
