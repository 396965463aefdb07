"""Mail written in the demo to the desk: a real MIME message, handed over as raw bytes, kept with what the desk said.

Promise: what is handed over is what a mail program would send, replies in their thread; it is kept before it is handed
over and survives a restart. Limits: one text part; closed until `deliver` says where mail goes.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from bot.demo.keeping import write_private
from bot.demo.mailbox.letters import Letter, read_letter, stamped
from bot.demo.platform.seeds import DemoPerson

Deliver = Callable[[bytes], Awaitable[str]]
"""Takes one raw mail; answers ours, not_ours, unsure, machine or quarantined."""

NOT_TAKEN = "failed"
SUBJECT_LONGEST, TEXT_LONGEST = 200, 50_000
# The plain addresses of RFC 5322, 3.2.3: no quoted names, no brackets.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_BREAKS = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A mail before it is sent; `answers` is the letter it replies to."""

    sender: str = ""
    to: str = ""
    subject: str = ""
    text: str = ""
    answers: Letter | None = None


@dataclass(frozen=True, kw_only=True)
class Written:
    """A mail that was sent, and what the desk said to it."""

    letter: Letter
    verdict: str


class Writing:
    """The mails written to the desk, oldest first, and the way to send one."""

    def __init__(
        self, folder: Path, *, clock: Callable[[], datetime], desk_address: str, people: Iterable[DemoPerson] = ()
    ) -> None:
        """`folder` keeps the mails. Nothing can be sent until `deliver` is set."""
        self.deliver: Deliver | None = None
        self.desk_address, self.version = desk_address, 0
        self.people = {one.email.casefold(): one for one in people}
        self._folder, self._clock = folder, clock
        self._written = {one.letter.number: one for one in map(_read, sorted(folder.glob("*.eml")))}

    def mails(self) -> list[Written]:
        """What was written; oldest first."""
        return list(self._written.values())

    def mail(self, number: int) -> Written | None:
        """One of them by its number."""
        return self._written.get(number)

    def blank(self) -> Draft:
        """A new mail to the desk."""
        return Draft(to=self.desk_address)

    async def send(self, draft: Draft) -> Written:
        """Keep and hand over one mail. Raises ValueError for an address that is none, OSError when it can't be kept."""
        assert self.deliver is not None
        number, at = max(self._written, default=0) + 1, self._clock()
        raw = compose(draft, self.people.get(draft.sender.casefold()), at)
        self._keep(number, stamped(draft.to, at, raw), NOT_TAKEN)
        try:
            verdict = await self.deliver(raw)
        except Exception:  # whatever the desk's trouble is, the page must say that it did not take the mail
            return self._written[number]
        return self._keep(number, stamped(draft.to, at, raw), verdict)

    def _keep(self, number: int, raw: bytes, verdict: str) -> Written:
        path = self._folder / f"{number:06d}.{verdict}.eml"
        write_private(path, raw)
        for other in self._folder.glob(f"{number:06d}.*.eml"):
            if other != path:
                other.unlink()
        self._written[number] = Written(letter=read_letter(raw, number), verdict=verdict)
        self.version += 1
        return self._written[number]


def _read(path: Path) -> Written:
    number, verdict, _ = path.name.split(".")
    return Written(letter=read_letter(path.read_bytes(), int(number)), verdict=verdict)


def reply_to(letter: Letter, on: str) -> Draft:
    """An answer as a mail program begins it: to the Reply-To, the letter quoted below; `on` says when it came."""
    quoted = "\n".join(f"> {line}".rstrip() for line in letter.text.strip().splitlines())
    subject = letter.subject if letter.subject.casefold().startswith("re:") else f"Re: {letter.subject}"
    return Draft(
        sender=letter.to,
        to=letter.answer_to,
        subject=subject,
        text=f"\n\nOn {on}, {letter.answer_to} wrote:\n{quoted}\n",
        answers=letter,
    )


def compose(draft: Draft, person: DemoPerson | None, at: datetime) -> bytes:
    """The mail as raw bytes. Raises ValueError for an address that is none."""
    for address in (draft.sender, draft.to):
        if not _ADDRESS.fullmatch(address):
            raise ValueError("an address looks like name@example.nl")
    message = EmailMessage(policy=SMTP)
    # The envelope's sender, as the server that takes a mail in notes it (RFC 5321, 4.4).
    message["Return-Path"] = f"<{draft.sender}>"
    message["From"] = Address(display_name=person.name if person else "", addr_spec=draft.sender)
    message["To"] = Address(addr_spec=draft.to)
    message["Subject"] = _BREAKS.sub(" ", draft.subject).strip()[:SUBJECT_LONGEST]
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{secrets.token_hex(12)}@{draft.sender.rpartition('@')[2]}>"
    answered = draft.answers
    if answered is not None and answered.message_id:
        message["In-Reply-To"] = answered.message_id
        message["References"] = f"{answered.references} {answered.message_id}".strip()
    message.set_content(draft.text.replace("\r\n", "\n")[:TEXT_LONGEST])
    return message.as_bytes()
