"""One line of JSON about a request in, one line of JSON with its dates out.

Promise: `answer` never raises; a line it cannot read gives an object with `id` and `error`, and errors name the field
and what was expected, never the content of the line. Unknown keys are ignored, known ones are checked for their type.
Limits: years from 1900 to 2999; `country` and `events` may be missing (unknown, none), and so may `role`, which then
means the controller because that is the stricter one.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from bot.commands.lines import parsed, told_as
from bot.core.countries import is_country
from bot.core.deadlines import RIGHTS, Capacity, Dates, Event, EventType, Facts, dates_of

YEARS = range(1900, 3000)  # far enough from both ends of the calendar for every sum of months and paused days
FIELDS = (
    "received_local_date",
    "promise_due",
    "statutory_due",
    "desk_due",
    "extended_due",
    "extension_notice_by",
    "work_by",
    "target_by",
    "statutory_end_utc",
    "suspended_days",
    "promise_missed",
    "stop_by",
    "forward_by",
    "no_action_notice_by",
)


class BadLineError(ValueError):
    """A line that does not keep the contract; the message is for the one who sent it."""


def answer(line: str) -> str:
    """The dates of the request in `line`, or an error, as one line of ASCII JSON without a line end.

    Every date field is present, null where no such date exists; dates are ISO 8601 local dates, the instant ends in Z.
    """
    known_id: str | float | None = None
    try:
        request = _parsed(line)
        known_id = _identifier(request)
        dates = dates_of(facts_from(request))
        result = {"id": known_id} | {name: _shown(dates, name) for name in FIELDS}
    except BadLineError as problem:
        result = {"id": known_id, "error": str(problem)}
    return told_as(result)


def facts_from(request: Mapping[str, Any]) -> Facts:
    """The facts in one parsed line; a BadLineError names the first field that is missing or wrong."""
    received_at = _instant(request, "received_at")
    return Facts(
        received_at=received_at,
        country=_country(request),
        right=_one_of(request, "right", sorted(RIGHTS)),
        role=Capacity(_one_of({"role": Capacity.CONTROLLER} | dict(request), "role", list(Capacity))),
        events=tuple(_located(index, event) for index, event in enumerate(_event_list(request))),
    )


def _parsed(line: str) -> dict[str, Any]:
    request = parsed(line)
    if isinstance(request, str):
        raise BadLineError(request)
    return request


def _identifier(request: Mapping[str, Any]) -> str | float | None:
    value = request.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise BadLineError("id must be text or a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadLineError("id must be a finite number")
    return value


def _instant(request: Mapping[str, Any], name: str) -> datetime:
    value = request.get(name)
    if not isinstance(value, str):
        raise BadLineError(f"{name} must be an ISO 8601 timestamp with an offset")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise BadLineError(f"{name} is not an ISO 8601 timestamp") from None
    if instant.tzinfo is None:
        raise BadLineError(f"{name} needs an offset from UTC, such as Z or +01:00")
    if instant.year not in YEARS:
        raise BadLineError(f"{name} must lie between the years {YEARS.start} and {YEARS.stop - 1}")
    return instant


def _country(request: Mapping[str, Any]) -> str | None:
    value = request.get("country")
    if value is None:
        return None
    if not isinstance(value, str) or not is_country(value):
        raise BadLineError("country must be an ISO 3166 code such as NL")
    return value


def _one_of(request: Mapping[str, Any], name: str, allowed: list[str]) -> str:
    value = request.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise BadLineError(f"{name} must be one of: {', '.join(allowed)}")
    return value


def _event_list(request: Mapping[str, Any]) -> list[Any]:
    events = request.get("events", [])
    if not isinstance(events, list):
        raise BadLineError("events must be a list of objects")
    return events


def _located(index: int, event: Any) -> Event:
    try:
        return _event(event)
    except BadLineError as problem:
        raise BadLineError(f"events[{index}]: {problem}") from None


def _event(event: Any) -> Event:
    if not isinstance(event, dict):
        raise BadLineError("must be an object")
    kind = EventType(_one_of(event, "type", list(EventType)))
    details = DETAILS[kind](event) if kind in DETAILS else {}
    return Event(type=kind, at=_instant(event, "at"), **details)


def _doubt(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "requester_authenticated": _flag(event, "requester_authenticated", default=False),
        "reasonable_doubt": _flag(event, "reasonable_doubt", default=True),
    }


def _sufficiency(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"sufficient": _flag(event, "sufficient", default=None)}


def _quantity(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"large_quantity": _flag(event, "large_quantity", default=False)}


def _reasons(event: Mapping[str, Any]) -> dict[str, Any]:
    """Missing or empty reasons are no bad line: they make an extension that is not valid."""
    value = event.get("reasons")
    value = "complexity" if value is True else None if value is False else value  # "reasons were given", or not
    reasons = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons):
        raise BadLineError("reasons must be text or a list of texts")
    return {"reasons": tuple(reasons)}


def _flag(event: Mapping[str, Any], name: str, *, default: bool | None) -> bool:
    """A boolean; null counts as missing, and without a default a missing one is an error."""
    value = event.get(name)
    value = default if value is None else value
    if not isinstance(value, bool):
        raise BadLineError(f"{name} must be true or false")
    return value


def _shown(dates: Dates, name: str) -> str | int | None:
    value: date | int | None = getattr(dates, name)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


DETAILS: dict[EventType, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    EventType.IDENTITY_ASKED: _doubt,
    EventType.IDENTITY_ANSWERED: _sufficiency,
    EventType.CLARIFICATION_ASKED: _quantity,
    EventType.EXTENSION_NOTIFIED: _reasons,
}
