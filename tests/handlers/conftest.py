"""Fixtures: an IMAP server for all tests of one worker, and for each test a mailbox of its own on it."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests import dovecot
from tests.handlers.imap_cases import Box

NUMBERS = count(1)


@pytest.fixture(scope="session")
def mail_server() -> Iterator[dovecot.Dovecot]:
    with dovecot.running() as server:
        yield server


@pytest.fixture
def box(mail_server: dovecot.Dovecot) -> Box:
    return Box(mail_server, f"info{next(NUMBERS)}")
