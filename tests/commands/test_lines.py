"""The commands that answer lines of JSON, run as other tools run them: bytes in, one object out per object."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = [("understand", "--jsonl"), ("mail", "explain", "--jsonl"), ("deadlines", "--jsonl")]
BAD = [
    b"not json",
    b'{"id": 1',
    b"[1, 2]",
    b"null",
    b"42",
    b'{"id": 2}',
    b'{"id": 3, "text": null, "eml": null}',
    b'{"id": 4, "text": 123, "eml": 123}',
    b'{"id": NaN, "text": "hi", "eml": "x"}',
    b"\xff\xfe\x00",
    b"[" * 50_000,
    b'{"id": 5, "text": "hi", "eml": "x"} and more',
    b'{"id": ' + b"9" * 5_000 + b"}",
]


def run(command: tuple[str, ...], given: bytes, **env: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "bot.py", *command], input=given, capture_output=True, cwd=ROOT, check=True, env=env or None
    )
    assert done.stderr == b""
    return [json.loads(line, parse_constant=pytest.fail) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_line_is_answered_in_its_place_and_the_run_goes_on(command: tuple[str, ...]) -> None:
    told = run(command, b"\n\n  \r\n".join([*BAD, b'{"id": "last", "text": "hi"}']))
    assert len(told) == len(BAD) + 1
    assert all(set(one) == {"id", "error"} for one in told[:-1])
    assert [one["id"] for one in told if isinstance(one["id"], int)] == [2, 3, 4]
    assert told[-1]["id"] == "last"


def test_lines_are_utf_8_whatever_the_machine_speaks_and_a_mark_before_them_is_none() -> None:
    asked = json.dumps({"id": "ä", "text": "wis mijn gegevens, dat is mijn wens, José"}, ensure_ascii=False)
    odd = b'{"id": 1e400, "text": "hi"}'
    told = run(("understand", "--jsonl"), b"\xef\xbb\xbf" + asked.encode() + b"\r\n" + odd, PYTHONIOENCODING="latin-1")
    assert told[0] == {"id": "ä", "lang": "nl", "intents": ["erasure"], "slots": {}}
    assert told[1]["id"] is None


def test_a_text_of_any_kind_and_size_is_read() -> None:
    texts = [
        "",
        " ",
        "a" * 100_000,
        "delete " * 20_000,
        "👍🙏",
        "12345",
        "\x00\x07\u202e\u2066\ud800",
        "\u2028\x85\x0b",
    ]
    told = run(
        ("understand", "--jsonl"), "\n".join(json.dumps({"id": i, "text": t}) for i, t in enumerate(texts)).encode()
    )
    assert [one["id"] for one in told] == list(range(len(texts)))
    assert all(one["intents"] for one in told)


def test_thousands_of_messages_stream_through() -> None:
    given = "".join(json.dumps({"id": i, "text": f"please delete my account {i}"}) + "\n" for i in range(2_000))
    told = run(("understand", "--jsonl"), given.encode())
    assert [one["id"] for one in told] == list(range(2_000))
    assert {tuple(one["intents"]) for one in told} == {("erasure",)}
