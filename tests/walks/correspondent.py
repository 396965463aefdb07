"""A person who writes to the desk by mail, as a mail program does: new mails, answers in their thread, raw bytes.

Promise: every mail goes the way a pipe from the mail server goes; what comes back is read from the mailbox. Limits: one
address each.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.demo.mailbox.letters import Letter
from bot.demo.mailbox.writing import Draft, reply_to
from bot.demo.world import World
from tests.walks.visitor import PATIENCE


@dataclass
class Correspondent:
    """Somebody at an address; `verdict` is what the desk said to the newest mail."""

    world: World
    address: str
    verdict: str = ""

    async def write(self, text: str, *, subject: str = "A question", to: str = "") -> str:
        """A new mail to the desk."""
        to = to or self.world.writing.desk_address
        written = await self.world.writing.send(Draft(sender=self.address, to=to, subject=subject, text=text))
        self.verdict = written.verdict
        return self.verdict

    async def answer(self, letter: Letter, text: str) -> str:
        """An answer above the quoted letter, to the address that the letter asks for."""
        draft = reply_to(letter, "Monday")
        draft = Draft(
            sender=self.address, to=draft.to, subject=draft.subject, text=f"{text}{draft.text}", answers=letter
        )
        self.verdict = (await self.world.writing.send(draft)).verdict
        return self.verdict

    async def gets(self, subject: str, *words: str, count: int = 1) -> Letter:
        """The newest letter with these words in its subject and text, however its lines are broken."""
        while True:
            await self.world.mailbox.wait_for(self.address, subject, PATIENCE, count=count)
            for one in reversed(self.world.mailbox.letters(self.address)):
                if subject in one.subject and all(said in " ".join(one.text.split()) for said in words):
                    return one
            count = max(count, sum(subject in one for one in self.letters())) + 1

    def letters(self) -> list[str]:
        """The subjects of all letters so far."""
        return [one.subject for one in self.world.mailbox.letters(self.address)]


A_DAY = timedelta(days=1)
