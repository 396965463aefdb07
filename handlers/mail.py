"""Mail leaves the house: a letter to the mail server over SMTP.

Promise: text and HTML of the same words, our own Message-ID so that a repeat is recognised, no header made of anybody's
text, and marks that keep robots from answering (RFC 3834). Limits: one connection per mail; reading mail comes with
its own door.
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from typing import Self

import aiosmtplib

from bot.core.mail import is_plain_id
from bot.ports import AddressRefused, Clock, Letter, PostDown

TIMEOUT = 20.0
PERMANENT = 500


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mail goes: host, port, `tls` one of starttls, tls, none, and the login if there is one."""

    host: str
    port: int
    tls: str = "starttls"
    user: str = ""
    password: str = ""


class SmtpPost:
    """Sends letters through one mail server."""

    def __init__(self, *, server: MailServer, sender: str, clock: Clock) -> None:
        """`sender` is the address people can answer; there is no no-reply address."""
        self._server = server
        self._sender = sender
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        """Hand a letter over. Raises PostDown to try again, AddressRefused when this address will never work."""
        message = compose(letter, sender=self._sender, now=self._clock())
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.tls == "tls",
                start_tls=server.tls == "starttls",
                timeout=TIMEOUT,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(one.code >= PERMANENT for one in refused.recipients):
                raise AddressRefused from None
            raise PostDown from None
        except (aiosmtplib.SMTPException, OSError):
            raise PostDown from None


def compose(letter: Letter, *, sender: str, now: datetime) -> EmailMessage:
    """The letter as a message: both parts, date, and the marks of a machine's mail."""
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = letter.message_id
    if letter.reply_to:
        message["Reply-To"] = Address(display_name=name, addr_spec=letter.reply_to)
    thread = tuple(one for one in letter.thread if is_plain_id(one))
    if thread:
        message["In-Reply-To"] = MessageIds("In-Reply-To", thread[-1:])
        message["References"] = MessageIds("References", thread)
    message["Auto-Submitted"] = "auto-replied" if letter.thread else "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = letter.lang
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


class MessageIds(str):
    """A header of Message-IDs, each written as it stands, one a line.

    Python's own writes an id of more than a line as an encoded word (RFC 2047), and no mail program finds its thread by
    that; Exchange's ids are that long.
    """

    __slots__ = ("_ids", "name")
    name: str
    _ids: tuple[str, ...]

    def __new__(cls, name: str, ids: tuple[str, ...]) -> Self:
        """Take plain ids (`is_plain_id`) for the header of this name."""
        made = super().__new__(cls, " ".join(ids))
        made.name, made._ids = name, ids
        return made

    def fold(self, *, policy: Policy) -> str:
        """The header as lines; called by the standard library when the message is written."""
        return f"{self.name}: {f'{policy.linesep} '.join(self._ids)}{policy.linesep}"
