"""`mail deliver`: what a mail server's pipe gets back, and that 0 comes only after the mail was taken."""

import asyncio
import io
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands.deliver import deliver, read_mail
from bot.settings import Unfit
from handlers.imap import FIRST, LARGEST
from tests.commands.house_settings import settings_file

MAIL = b"From: a@example.nl\r\nSubject: Hello\r\n\r\nWords.\r\n"
HOUSE = Path(__file__).resolve().parents[2]


class Room:
    """Takes mails until it is told not to."""

    def __init__(self, trouble: BaseException | None = None) -> None:
        self.trouble = trouble
        self.taken: list[tuple[bytes, datetime, bool]] = []
        self.opened = 0

    @asynccontextmanager
    async def opening(self, settings):
        self.opened += 1
        yield self

    async def take(self, raw, arrived, *, truncated=False):
        if self.trouble is not None:
            raise self.trouble
        self.taken.append((raw, arrived, truncated))
        return "unsure"


async def test_a_mail_that_is_kept_ends_with_0(tmp_path):
    room = Room()
    assert await deliver(settings_file(tmp_path), MAIL, truncated=False, opening=room.opening) == 0
    [(raw, arrived, truncated)] = room.taken
    assert (raw, truncated) == (MAIL, False)
    assert arrived.tzinfo is UTC


@pytest.mark.parametrize("trouble", [OSError("disk full"), RuntimeError("a@example.nl"), Unfit("migrate first")])
async def test_any_failure_is_a_reason_to_try_again_and_shows_no_part_of_the_mail(tmp_path, capsys, trouble):
    room = Room(trouble)
    assert await deliver(settings_file(tmp_path), MAIL, truncated=False, opening=room.opening) == 75
    assert "a@example.nl" not in capsys.readouterr().err


async def test_a_stop_in_the_middle_of_taking_does_not_end_with_0(tmp_path):
    with pytest.raises(asyncio.CancelledError):
        await deliver(settings_file(tmp_path), MAIL, truncated=False, opening=Room(asyncio.CancelledError()).opening)


@pytest.mark.parametrize("nothing", [b"", b"\r\n \n"])
async def test_an_empty_input_is_an_error_in_the_data(tmp_path, nothing):
    room = Room()
    assert await deliver(settings_file(tmp_path), nothing, truncated=False, opening=room.opening) == 65
    assert room.opened == 0


async def test_settings_that_cannot_be_read_are_said(tmp_path, capsys):
    assert await deliver(tmp_path / "none.env", MAIL, truncated=False, opening=Room().opening) == 78
    assert "SELEQT_PUBLIC_URL" in capsys.readouterr().err


def test_of_a_mail_that_is_too_large_the_beginning_is_kept_and_the_pipe_is_emptied():
    assert read_mail(io.BytesIO(MAIL)) == (MAIL, False)
    pipe = io.BytesIO(b"x" * (LARGEST + 100_000))
    raw, truncated = read_mail(pipe)
    assert (len(raw), truncated) == (FIRST, True)
    assert pipe.read() == b""


def test_the_command_itself_ends_with_these_codes(tmp_path):
    command = [sys.executable, "bot.py", "mail", "deliver", "--env-file", str(tmp_path / "none.env")]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SELEQT_")}
    assert subprocess.run(command, input=b"", cwd=HOUSE, env=bare, capture_output=True).returncode == 65
    assert subprocess.run(command, input=MAIL, cwd=HOUSE, env=bare, capture_output=True).returncode == 78
