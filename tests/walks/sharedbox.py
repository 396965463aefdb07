"""The shared mailbox of a walk: a real IMAP server that colleagues read too, and the desk's door to it.

Promise: mail is put into it as a mail server does, and what stands in it is read from the disk, past the desk and the
server. Limits: one user, one folder and the desk's own beside it.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.demo.mailbox.letters import Letter
from bot.demo.mailbox.writing import Draft, compose, reply_to
from bot.demo.world import World
from tests.dovecot import PASSWORD, Dovecot
from tests.walks.house import until
from tests.walks.visitor import PATIENCE

DONE = "Privacy desk"
READ = ("ours", "not_ours", "machine", "unsure", "quarantined")
Mails = Counter[tuple[str, bytes]]
"""Mails by their flags and bytes, with how often each is there."""


@dataclass(kw_only=True)
class SharedBox:
    """info@ on a server, as its colleagues see it."""

    server: Dovecot
    user: str = "info"

    @property
    def settings(self) -> dict[str, str]:
        """The desk's settings for this mailbox."""
        return settings(self.server.port, self.user)

    def put(self, raw: bytes, *, at: datetime, flags: str = "") -> None:
        """A mail arrives at this instant; `flags` (Maildir's) when a colleague was quicker than the desk."""
        self.server.put(self.user, raw, at=at, flags=flags)

    def inbox(self) -> Mails:
        """What colleagues see."""
        return self._mails("")

    def done(self) -> Mails:
        """What the desk took."""
        return self._mails(DONE)

    def _mails(self, folder: str) -> Mails:
        while True:
            with suppress(FileNotFoundError):  # the server moved one while they were being read
                found = self.server.mails(self.user, folder)
                break
        return Counter((name.partition(":2,")[2], raw) for name, raw in found.items())


def settings(port: int, user: str = "info") -> dict[str, str]:
    """The desk's settings for a mailbox on loopback."""
    there = {"imap_host": "127.0.0.1", "imap_port": str(port), "imap_tls": "none"}
    return there | {"imap_user": user, "imap_password": PASSWORD}


def new_mail(sender: str, text: str, *, at: datetime, subject: str = "A question") -> bytes:
    """A new mail to the desk, as a mail program writes it."""
    return compose(Draft(sender=sender, to="info@seleqt.ai", subject=subject, text=text), None, at)


def answer(letter: Letter, text: str, *, at: datetime, sender: str = "") -> bytes:
    """An answer to a letter of ours, by whom it was for or by somebody else."""
    draft = reply_to(letter, "Monday")
    told = Draft(
        sender=sender or letter.to, to=draft.to, subject=draft.subject, text=f"{text}{draft.text}", answers=letter
    )
    return compose(told, None, at)


async def read(world: World, count: int, states: tuple[str, ...] = READ, within: float = PATIENCE) -> None:
    """Wait until the desk has understood so many mails, or has them in these states."""
    await until(world, lambda tx: sum(len(tx.people.mails_in(state)) for state in states) >= count, within)
