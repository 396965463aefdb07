"""Writes docs/data-layer.openapi.yml from the values that both sides really speak: `python -m tools.contract`.

Promise: paths, fields, statuses and reason codes come from storage/datalayer/wire.py and handlers/platform.py; a test
fails when the document is stale. Limits: the prose for the platform's team stands in docs/data-layer.md.
"""

from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from bot.core import plans
from bot.signing import ID, SIGNATURE, TIMESTAMP
from handlers import platform
from storage.datalayer import wire

PATH = Path(__file__).parent.parent / "docs" / "data-layer.openapi.yml"
SCHEMAS = "#/components/schemas/"
HEADERS = {
    ID: "The call's id: 1 to 200 of A-Z a-z 0-9 _ : | + / = -. The same call repeated bears the same id; "
    "for an act it is the idempotency key. An answer bears re- and the id it answers.",
    TIMESTAMP: "Seconds since 1970 (UTC); at most five minutes off.",
    SIGNATURE: "One or two of v1,<Base64 of HMAC-SHA256 over id.timestamp.body>, separated by a space.",
}
SUMMARIES = {
    "check": "Is the service ready to be used?",
    "person": "Who is meant by an address, or by a session's tenant and subject?",
    "find": "What would a verb do to this person's data? Writes nothing.",
    "values": "Old and new values of a correction.",
    "act": "Do the approved plan in one transaction, read it back, once per key.",
    "suppress": "Never mail this address for marketing again; known or not, alike.",
    "unsuppress": "Undo a suppression.",
    "suppressed": "Is this address suppressed in this scope?",
}
OF_THE_DESK = {
    "may-mail": "May marketing be sent to this address?",
    "unsubscribe-link": "A working unsubscribe link for a mail to this address.",
}
REFUSED = {status: reason for status, reason in wire.STATUSES.items() if status != 200}
NOTHING_HAPPENED = "Nothing happened. The reason is one of the codes; reasons hold no values."


def document() -> dict[str, Any]:
    """The whole document as plain data."""
    kinds = [*wire.CALLS.values(), *dict.fromkeys(wire.ANSWERS.values()), wire.Refusal, wire.StreamLine]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The data layer of a platform, as the privacy desk calls it",
            "version": wire.VERSION,
            "summary": "Seven verbs and a check, signed and idempotent; see data-layer.md.",
        },
        "servers": [{"url": "https://platform.example/desk", "description": "The platform's own service."}],
        "paths": {
            **{f"/{wire.VERSION}/{call}": _path(call) for call in wire.CALLS},
            **{f"/platform/{name}": _asked(name) for name in platform.ASKED},
        },
        "components": {
            "parameters": {name: _header(name) for name in HEADERS},
            "headers": {name: {"schema": {"type": "string"}, "description": HEADERS[name]} for name in HEADERS},
            "responses": {reason: _refusal(status, reason) for status, reason in REFUSED.items()},
            "schemas": _schemas([*(wire.adapter(kind) for kind in kinds), *platform.ADAPTERS.values()]),
        },
        "x-reasons": dict(wire.REASONS),
    }


def _path(call: str) -> dict[str, Any]:
    asked, answer = wire.CALLS[call].__name__, wire.ANSWERS[call].__name__
    content = {wire.JSON: {"schema": {"$ref": SCHEMAS + answer}}}
    if call == "act":
        content[wire.NDJSON] = {"schema": {"$ref": f"{SCHEMAS}StreamLine"}}
    return {"post": operation(call, SUMMARIES[call], asked, content)}


def _asked(name: str) -> dict[str, Any]:
    """What the platform asks of the desk; the same signatures the other way round."""
    content = {wire.JSON: {"schema": {"$ref": SCHEMAS + platform.ANSWERS[name].__name__}}}
    asked = operation(name, OF_THE_DESK[name], platform.ASKED[name].__name__, content)
    for status in (409, 507):
        del asked["responses"][str(status)]
    return {"servers": [{"url": "https://privacy.example", "description": "The desk."}], "post": asked}


def operation(name: str, summary: str, asked: str, content: dict[str, Any]) -> dict[str, Any]:
    """One signed POST with its signed answers."""
    refused = {str(status): {"$ref": f"#/components/responses/{reason}"} for status, reason in REFUSED.items()}
    return {
        "operationId": name.replace("-", "_"),
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in HEADERS],
        "requestBody": {"required": True, "content": {wire.JSON: {"schema": {"$ref": SCHEMAS + asked}}}},
        "responses": {"200": {"description": "Done.", "headers": _signed(), "content": content}, **refused},
    }


def _refusal(status: int, reason: str) -> dict[str, Any]:
    return {
        "description": f"{reason}. {NOTHING_HAPPENED}",
        **({} if status == 401 else {"headers": _signed()}),
        "content": {wire.JSON: {"schema": {"$ref": f"{SCHEMAS}Refusal"}}},
    }


def _signed() -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}


def _header(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": HEADERS[name],
        "schema": {"type": "string"},
    }


def _schemas(adapters: list[TypeAdapter[Any]]) -> dict[str, Any]:
    _, made = TypeAdapter.json_schemas(
        [(str(number), "validation", one) for number, one in enumerate(adapters)], ref_template=SCHEMAS + "{model}"
    )
    schemas: dict[str, Any] = made["$defs"]
    for kind in wire.CALLS.values():
        schemas[kind.__name__]["properties"]["call"] = {"const": kind.CALL, "type": "string"}
    for name, asked in platform.ASKED.items():
        schemas[asked.__name__]["properties"]["call"] = {"const": name, "type": "string"}
    schemas["Refusal"]["properties"]["reason"]["enum"] = list(REFUSED.values())
    named = {**vars(plans), **vars(wire), **vars(platform)}
    return {name: _described(schemas[name], named.get(name)) for name in sorted(schemas)}


def _described(schema: dict[str, Any], kind: Any) -> dict[str, Any]:
    """With the class's own words, and without the titles that only repeat the names."""
    said = {"description": " ".join(kind.__doc__.split())} if kind is not None and kind.__doc__ else {}
    return {**said, **_untitled(schema)}


def _untitled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _untitled(one) for name, one in value.items() if name != "title" or not isinstance(one, str)}
    return [_untitled(one) for one in value] if isinstance(value, list) else value


def text() -> str:
    """The document as it is published."""
    head = "# Written by `python -m tools.contract` from the code; a test holds it to it.\n"
    return head + yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=118)


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
