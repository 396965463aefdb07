"""Mail leaves the house: a letter to the mail server over SMTP.

Promise: text and HTML of the same words, our own Message-ID so that a repeat is recognised, no header made of anybody's
text, and marks that keep robots from answering (RFC 3834). Limits: one connection per mail; reading mail comes with
its own door.
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import aiosmtplib

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
    if letter.thread:
        message["In-Reply-To"] = letter.thread[-1]
        message["References"] = " ".join(letter.thread)
    message["Auto-Submitted"] = "auto-replied" if letter.thread else "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = letter.lang
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
