"""A source whose acts are entered in the erasure register, and that is left alone while it is older than the register.

Promise: an act is reported done only when the register has it; killed in between, it is repeated, answers from its
receipt and is entered then. Before every act the newest entry's receipt is looked for, and before everything else at
least once a minute: a database that lacks it was set back to a backup, and nothing is done with it until `restore`
has run. Limits: only a SQL source shows its receipts; over HTTP and by hand a setting back isn't seen from here.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from bot.core.plans import READING, ActResult, Change, Corrected, Entered, PersonFound, Plan, Subject, Verb
from bot.core.register import Deed
from bot.core.suppression import Suppression
from bot.ports import Clock, RegisterDown, Restored, Sink, Source, SourceDown, SourceRefused
from storage.datalayer.past import Past
from storage.datalayer.scope import digest, subject_digest
from storage.datalayer.sql import SqlSource
from storage.datalayer.walk import checked_email
from storage.register import Register

LOOK_AGAIN = timedelta(minutes=1)
LOG = structlog.get_logger("register")


class Registered:
    """One source behind the register."""

    def __init__(self, source: Source, register: Register, *, key: bytes, clock: Clock) -> None:
        """`key` makes the digests; it is the source's own where that is a database."""
        self.name = source.name
        self._source, self._register = source, register
        self._key, self._clock = key, clock
        self._past = Past(source, key=key) if isinstance(source, SqlSource) else None
        self._looked: datetime | None = None
        self.lacks = 0
        """How many entries of the register the database lacked at the last look; any at all: it was set back."""

    # ---- is it older than the register?

    async def look(self, *, thorough: bool = False) -> int:
        """Compare with the register: its newest entries, or all of them (`thorough`, and while it lacks one).

        Raises SourceDown when it can't be said. Returns how many entries are missing.
        """
        if self._past is None:
            return 0
        everything = thorough or self.lacks > 0
        found = await (self._lacks_of_all(self._past) if everything else self._lacks_newest(self._past))
        if found:  # once more, and all: somebody may have taken a suppression back between the two readings
            found = await self._lacks_of_all(self._past)
        if found and not self.lacks:
            LOG.error("source_restored", about=self.name, count=found)
        self.lacks, self._looked = found, self._clock()
        return found

    async def _lacks_newest(self, past: Past) -> int:
        deed, block = await asyncio.to_thread(self._register.newest, self.name, self._clock())
        lost = len(await past.missing([deed])) if deed else 0
        return lost + (len(await past.unblocked([block])) if block else 0)

    async def _lacks_of_all(self, past: Past) -> int:
        deeds = [one for one in await asyncio.to_thread(self._register.deeds) if one.source == self.name]
        blocks = await asyncio.to_thread(self._register.blocks, self.name, self._clock())
        lost = len(await past.missing(deeds)) if deeds else 0
        return lost + (len(await past.unblocked(blocks.standing)) if blocks.standing else 0)

    async def _insist(self, *, lately: bool = False) -> None:
        """Look now, or `lately`: a minute ago will do. Raises Restored."""
        is_fresh = self._looked is not None and self._clock() - self._looked < LOOK_AGAIN
        if self.lacks or not (lately and is_fresh):
            await self.look()
        if self.lacks:
            raise Restored(self.name)

    async def unregistered(self) -> int:
        """How many receipts the database has of which an empty register knows none: it is new here, or was lost."""
        is_empty = (await asyncio.to_thread(self._register.check)).lines == 0
        return await self._past.receipts() if is_empty and self._past is not None else 0

    async def expire(self, now: datetime) -> frozenset[tuple[str, str]]:
        """Let suppressions end whose time is over; scope and address of those that still stand on a list."""
        if self._past is None:
            return frozenset()
        await self._insist()
        gone, kept = await self._past.expire(now)
        if gone:
            LOG.info("suppressions_ended", about=self.name, count=gone)
        if kept:
            LOG.warning("suppressions_over_but_on_a_list", about=self.name, count=len(kept))
        return kept

    # ---- the source's verbs

    async def person(
        self, *, email: str | None = None, tenant: str | None = None, subject: str | None = None
    ) -> tuple[PersonFound, ...]:
        """As the source; open always, so that everybody is answered alike."""
        return await self._source.person(email=email, tenant=tenant, subject=subject)

    async def find(self, person: Subject, verb: Verb, changes: tuple[Change, ...] = ()) -> Plan:
        """As the source; a plan for data that came back is none to approve. Raises Restored."""
        await self._insist(lately=True)
        return await self._source.find(person, verb, changes)

    async def values(self, person: Subject, changes: tuple[Change, ...]) -> tuple[Corrected, ...]:
        """As the source."""
        return await self._source.values(person, changes)

    async def act(
        self,
        *,
        key: str,
        person: Subject,
        verb: Verb,
        approved: str,
        ceiling: int,
        changes: tuple[Change, ...] = (),
        sink: Sink | None = None,
    ) -> ActResult:
        """As the source, and entered before it is reported. Raises Restored, and RegisterDown after the act."""
        await self._insist(lately=verb in READING)
        result = await self._source.act(
            key=key, person=person, verb=verb, approved=approved, ceiling=ceiling, changes=changes, sink=sink
        )
        if verb not in READING:
            deed = Deed(
                source=self.name, verb=verb, key=key, at=self._clock(), approved=approved, ceiling=ceiling,
                subject=subject_digest(self._key, person), known_by=result.known_by if self._past else (),
            )  # fmt: skip
            await asyncio.to_thread(self._register.enter, deed, result.entered if self._past else ())
        return result

    async def suppress(self, address: str, *, scope: str = "") -> bool:
        """As the source, and entered with the reason and date that stand there."""
        await self._insist()
        changed = await self._source.suppress(address, scope=scope)
        found = await self._source.suppression(address, scope=scope)
        if self._past is not None and found is not None and found.since is not None:
            one = Entered(scope=scope, address=self._address(address), reason=found.reason, since=found.since)
            await asyncio.to_thread(self._register.block, self.name, one, self._clock())
        return changed

    async def unsuppress(self, address: str, *, scope: str = "") -> bool:
        """As the source; entered first: killed in between, `restore` does what the person wanted."""
        await self._insist()
        if self._past is not None and checked_email(address) is not None:
            await asyncio.to_thread(self._register.unblock, self.name, scope, self._address(address), self._clock())
        return await self._source.unsuppress(address, scope=scope)

    async def suppression(self, address: str, *, scope: str = "") -> Suppression | None:
        """As the source; from a list that was set back no address is let through. Raises Restored."""
        await self._insist(lately=True)
        return await self._source.suppression(address, scope=scope)

    async def close(self) -> None:
        """As the source."""
        await self._source.close()

    def _address(self, typed: str) -> str:
        return digest(self._key, checked_email(typed))


class Keeper:
    """What the house asks of all its sources together: were they set back, and what may end today."""

    def __init__(self, sources: Iterable[Source], register: Register) -> None:
        """Those that stand behind the register."""
        self._sources = tuple(one for one in sources if isinstance(one, Registered))
        self._register = register

    @property
    def is_behind(self) -> bool:
        """Whether a source lacks what the register has, as of the last look."""
        return any(one.lacks for one in self._sources)

    async def look(self, *, thorough: bool = False) -> int:
        """Look at every source; how many entries are missing. One that is down now is looked at before it is used.

        Raises RegisterDown.
        """
        found = 0
        for one in self._sources:
            try:
                found += await one.look(thorough=thorough)
            except RegisterDown:
                raise
            except (SourceDown, SourceRefused) as problem:
                LOG.warning("register_not_compared", about=one.name, reason=type(problem).__name__)
        return found

    async def tidy(self, now: datetime) -> None:
        """Let suppressions end, then empty the register's lines that have served. Raises SourceDown."""
        kept = [await one.expire(now) for one in self._sources]
        await asyncio.to_thread(self._register.tidy, now, frozenset().union(*kept))
