"""A small language for the shape of Block Kit JSON: checks that compose, each naming the place of a fault.

Promise: a check never raises on any JSON value and reports every fault it sees, worded and pointed at (a JSON
pointer) the way Slack words them in `response_metadata.messages`. Limits: lengths are counted in characters;
that an address exists or an image loads is not looked at. Pure.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Check = Callable[[Any, str], Iterator[str]]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How much Slack takes: `least` to `most` characters or items, as that page of docs.slack.dev says."""

    most: int
    page: str
    least: int = 1


def fault(message: str, pointer: str) -> str:
    """One line of `response_metadata.messages`, in Slack's wording."""
    return f"[ERROR] {message} [json-pointer:{pointer}]"


def string(limit: Limit) -> Check:
    """Accept a string between the limit's least and most characters."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield fault("must provide a string", at)
        elif len(value) < limit.least:
            yield fault(f"must be more than {limit.least - 1} characters", at)
        elif len(value) > limit.most:
            yield fault(f"must be less than {limit.most + 1} characters", at)

    return check


def address(limit: Limit) -> Check:
    """Accept an absolute http or https address within the limit."""

    def check(value: Any, at: str) -> Iterator[str]:
        faults = list(string(limit)(value, at))
        yield from faults
        if not faults and not value.startswith(("https://", "http://")):
            yield fault("must be a valid URL", at)

    return check


def flag(value: Any, at: str) -> Iterator[str]:
    """Accept true or false, nothing that merely looks like it."""
    if not isinstance(value, bool):
        yield fault("must provide a boolean", at)


def whole(least: int, most: int) -> Check:
    """Accept a whole number from `least` to `most`."""

    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield fault("must provide an integer", at)
        elif not least <= value <= most:
            yield fault(f"must be between {least} and {most}", at)

    return check


def one_of(*words: str) -> Check:
    """Accept exactly one of the given words."""

    def check(value: Any, at: str) -> Iterator[str]:
        if value not in words:
            yield fault(f"must be one of: {', '.join(words)}", at)

    return check


def text(limit: Limit, *kinds: str) -> Check:
    """Accept a text object of one of the kinds (`plain_text`, `mrkdwn`) within the limit."""
    extras = {"plain_text": "emoji", "mrkdwn": "verbatim"}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must provide an object", at)
        elif value.get("type") not in kinds:
            yield fault(f"unsupported type: {value.get('type')}", f"{at}/type")
        else:
            parts = {"type": one_of(*kinds), "text": string(limit)}
            yield from shape(required=parts, optional={extras[value["type"]]: flag})(value, at)

    return check


def items(limit: Limit, each: Check) -> Check:
    """Accept a list within the limit whose every item passes `each`."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield fault("must provide an array", at)
            return
        if len(value) < limit.least:
            yield fault(f"no fewer than {limit.least} items allowed", at)
        if len(value) > limit.most:
            yield fault(f"no more than {limit.most} items allowed", at)
        for index, item in enumerate(value):
            yield from each(item, f"{at}/{index}")

    return check


def shape(*, required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Accept an object with all required keys, perhaps optional ones, and nothing else."""
    parts = {**required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must provide an object", at)
            return
        for name in sorted(required.keys() - value.keys()):
            yield fault(f"missing required field: {name}", at)
        for name, part in value.items():
            if name in parts:
                yield from parts[name](part, f"{at}/{name}")
            else:
                yield fault(f"invalid additional property: {name}", at)

    return check


def by_type(table: Mapping[str, Check]) -> Check:
    """Accept an object whose `type` the table knows and whose shape is that type's."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must provide an object", at)
        elif not isinstance(value.get("type"), str) or value["type"] not in table:
            yield fault(f"unsupported type: {value.get('type')}", f"{at}/type")
        else:
            yield from table[value["type"]](value, at)

    return check
