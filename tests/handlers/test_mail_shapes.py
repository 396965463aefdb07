"""Raw mails in the shapes that clients, servers and letter generators send, through the command staff and tools use."""

import base64
import json
from pathlib import Path
from typing import Any, Final

import pytest

from bot.commands.mail_jsonl import explainer

SHAPES: Final = Path(__file__).parent / "mails" / "shapes"
EXPECTED: Final = [json.loads(line) for line in (SHAPES / "expected.jsonl").read_text("utf-8").splitlines()]


def explained(name: str) -> dict[str, Any]:
    raw = (SHAPES / f"{name}.eml").read_bytes()
    told: dict[str, Any] = json.loads(explainer()(json.dumps({"id": name, "eml_b64": base64.b64encode(raw).decode()})))
    return told | told["identity"]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["mail"])
def test_a_mail_is_explained_for_what_it_is(expected: dict[str, Any]) -> None:
    told = explained(expected["mail"])
    wanted = {key: value for key, value in expected.items() if key != "mail"}
    told["intents"].sort()
    assert {key: told.get(key) for key in wanted} == wanted


def test_every_mail_of_the_folder_is_expected_to_be_something() -> None:
    assert {path.stem for path in SHAPES.glob("*.eml")} == {expected["mail"] for expected in EXPECTED}
    assert len(EXPECTED) >= 150
