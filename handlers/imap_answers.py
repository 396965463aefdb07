"""What an IMAP server answers, as values: waiting mails, the one literal that was asked for, and faults as codes.

Promise: nothing here speaks to a server; anything a server says either fits or is left out. A fault becomes a
MailboxDown whose reason is one of our codes; the server's own words, which may hold an address, go no further.
"""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from imap_tools import ImapToolsError

from bot.ports import MailboxDown

_UID, _SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]+)"')


class Refused(MailboxDown):
    """The server said no to one command; the connection is still good."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What the server says of the folder: its UIDVALIDITY, and the UID the next mail will get."""

    validity: int
    next_uid: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One mail before it is fetched: size in bytes, instant of arrival (UTC) if the server knows it."""

    uid: int
    size: int
    arrived: datetime | None


@contextlib.contextmanager
def faults(refused: str, *, lost: str = "lost") -> Iterator[None]:
    """Turn what the libraries raise into a reason: `refused` when the server said no, `lost` when it went away."""
    try:
        yield
    except imaplib.IMAP4.readonly:
        raise Refused("read_only") from None
    except imaplib.IMAP4.abort:
        raise MailboxDown(lost) from None
    except (imaplib.IMAP4.error, ImapToolsError):
        raise Refused(refused) from None
    except ssl.SSLCertVerificationError:
        raise MailboxDown("certificate") from None
    except ssl.SSLError:
        raise MailboxDown("tls") from None
    except OSError:
        raise MailboxDown(lost) from None


def number(data: Sequence[Any]) -> int:
    """The number of a response code, 0 without one."""
    return int(data[-1]) if data and data[-1] else 0


def literal(data: Sequence[Any]) -> bytes | None:
    """The literal in the answer to a FETCH of one part of one mail; other mails' flags may stand beside it."""
    for said in data:
        if isinstance(said, tuple) and b"BODY[" in said[0].upper():
            return bytes(said[1])
    return None


def waiting(said: bytes) -> Waiting | None:
    """One line of an answer to FETCH, or None when it is about something else."""
    uid, size = _UID.search(said), _SIZE.search(said)
    if uid is None or size is None:
        return None
    return Waiting(uid=int(uid[1]), size=int(size[1]), arrived=_arrived(said))


def _arrived(said: bytes) -> datetime | None:
    found = _ARRIVED.search(said)
    try:
        return parsedate_to_datetime(found[1].decode("ascii")).astimezone(UTC) if found else None
    except ValueError:
        return None
