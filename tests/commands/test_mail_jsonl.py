"""Lines of JSON in, what the desk would make of each mail out."""

import base64
import json
from typing import Any

import pytest

from bot.commands.mail_jsonl import explainer
from tests.handlers.mailmaking import MAILS, plain

answer = explainer()


def told(raw: bytes) -> dict[str, Any]:
    line = json.dumps({"id": "m1", "eml_b64": base64.b64encode(raw).decode()})
    return json.loads(answer(line))


def test_a_request_is_explained() -> None:
    line = json.dumps({"id": 1, "eml": "From: Jan <a@example.nl>\nReply-To: b@example.nl\n\nverwijder mijn gegevens"})
    found = json.loads(answer(line))
    expected = {
        "id": 1,
        "intents": ["erasure"],
        "identity": {"email": "a@example.nl", "name": "Jan", "reply_to": "b@example.nl"},
        "lang": "nl",
        "ignored": None,
        "threads_to": None,
        "text": "verwijder mijn gegevens",
        "verdict": "ours",
        "forwarded": False,
    }
    assert {key: found[key] for key in expected} == expected


def test_who_passes_a_mail_on_is_not_who_asks() -> None:
    found = told((MAILS / "forward-outlook-bare.eml").read_bytes())
    assert (found["forwarded"], found["intents"], found["identity"]) == (True, [], {"email": None, "name": None})


def test_ignored_mail_says_why() -> None:
    found = told(plain("delete me", head="Auto-Submitted: auto-replied\n"))
    assert (found["ignored"], found["intents"], found["verdict"]) == ("auto_reply", [], "not_ours")


def test_a_ticket_is_told_where_one_is_known() -> None:
    line = json.dumps({"id": 1, "eml": "From: a@b.nl\nIn-Reply-To: <x@seleqt.ai>\n\nyes"})
    found = json.loads(explainer(threads_to=lambda mail: f"for {mail.in_reply_to}")(line))
    assert found["threads_to"] == "for <x@seleqt.ai>"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("", None),
        ("{", None),
        ("[1]", None),
        ("[" * 100_000, None),
        ('{"id": 7}', 7),
        ('{"id": 7, "eml": 5}', 7),
        ('{"id": 7, "eml_b64": "###"}', 7),
        ('{"id": 7, "eml_b64": "\\u00e9"}', 7),
    ],
)
def test_a_bad_line_is_answered_with_an_error(line: str, key: object) -> None:
    found = json.loads(answer(line))
    assert set(found) == {"id", "error"}
    assert found["id"] == key


@pytest.mark.parametrize("eml", ["", "\ud800", "\x00", "From: \ud800@b.nl\n\n\u202e"])
def test_hostile_mail_is_answered_on_one_line(eml: str) -> None:
    line = answer(json.dumps({"id": eml, "eml": eml}))
    assert "\n" not in line
    assert json.loads(line)["intents"] == []
