"""A mail as it was taken in: bytes on disk to the few things a reader looks at, and its text with links to press.

Promise: any bytes give a letter; what cannot be read is empty. The envelope decides whom it was for, not a header.
Limits: the first text part and the first HTML part; attachments are in `raw` only.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

from markupsafe import Markup

_FOR, _AT = b"Delivered-To: ", b"X-Arrived: "
_LINK = re.compile(r"https?://[^\s<>\"']+")
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
# A link in a sandboxed frame would load inside the frame; our pages refuse to be framed.
_NEW_TAB = '<base target="_blank">'


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One mail for one address. `at` is when it arrived (UTC, the demo's clock), `number` its place in the mailbox.

    `sender` and `answer_to` are addresses: who wrote it, and where an answer goes (Reply-To, else the sender).
    """

    to: str
    subject: str
    text: str
    html: str
    at: datetime
    message_id: str
    raw: bytes
    number: int = 0
    sender: str = ""
    answer_to: str = ""
    references: str = ""


def stamped(to: str, at: datetime, content: bytes) -> bytes:
    """The mail as it is kept: two lines of ours before what was received, as mail servers do."""
    return b"%s%s\r\n%s%s\r\n%s" % (_FOR, to.encode(), _AT, at.isoformat().encode(), content)


def read_letter(raw: bytes, number: int) -> Letter:
    """Read a kept mail back. Raises ValueError when it was not made by `stamped`."""
    first, second, content = raw.split(b"\r\n", 2)
    message = message_from_bytes(content, _class=EmailMessage, policy=default)
    return Letter(
        to=first.removeprefix(_FOR).decode(),
        subject=_header(message, "Subject"),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        at=datetime.fromisoformat(second.removeprefix(_AT).decode()).astimezone(UTC),
        message_id=_header(message, "Message-ID"),
        raw=raw,
        number=number,
        sender=_address(message, "From"),
        answer_to=_address(message, "Reply-To") or _address(message, "From"),
        references=_header(message, "References"),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "").strip()
    except (ValueError, LookupError, AttributeError):  # the standard parser stumbles over some broken headers
        return ""


def _address(message: EmailMessage, name: str) -> str:
    return parseaddr(_header(message, name))[1]


def _part(message: EmailMessage, kind: str) -> str:
    try:
        body = message.get_body((kind,))
        content = body.get_content() if body is not None else ""
        return str(content).replace("\r\n", "\n")
    except (ValueError, LookupError, AttributeError):  # a character set or encoding that doesn't exist
        return ""


def linked(text: str) -> Markup:
    """The text part as HTML: escaped, its web addresses made links."""
    done, last = Markup(), 0
    for found in _LINK.finditer(text):
        address = found[0].rstrip(".,;:!?)]")
        link = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(address)
        done += Markup("{}{}").format(text[last : found.start()], link)
        last = found.start() + len(address)
    return done + Markup("{}").format(text[last:])


def framed(html: str) -> str:
    """The HTML part as it is shown in a frame: its links open in a tab of their own."""
    head = _HEAD.search(html)
    place = head.end() if head else 0
    return html[:place] + _NEW_TAB + html[place:]
