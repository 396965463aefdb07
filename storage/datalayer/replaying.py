"""Doing again what a restored database has forgotten, from the erasure register.

Promise: each act of the register whose receipt is missing is judged by `rights.may_replay` and carried out under its
own key, as of the day it was done, so that terms and dates come out as they did; suppressions are put back with their
first dates, and those that were taken back stay so. It may be stopped anywhere and run again. What may not be done
again is named, with where the person stands, and nothing of it happens. Limits: an erasure whose plan no longer fits
counts as settled only once nothing of the person is left; a correction once a colleague noted that it was made again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.plans import MARKING, Subject, Verb, part_fits
from bot.core.register import Deed
from bot.core.rights import Verdict, may_replay
from bot.ports import Clock, NotReadBack, PlanChanged, Source, SourceRefused
from storage.datalayer.past import Back, Past, Seen, Told
from storage.datalayer.sql import SqlSource
from storage.register import Register


class Came(StrEnum):
    """What came of one entry. The first three are well; the others are for a colleague."""

    KEPT = "kept"
    AGAIN = "done_again"
    NOTHING = "nothing_to_do"
    PLAN = "plan_changed"
    CORRECTION = "correction"
    REFUSED = "refused"
    FOUND = "found_again"
    UNSEEN = "cannot_be_checked"


IS_WELL = frozenset({Came.KEPT, Came.AGAIN, Came.NOTHING})


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One entry and what came of it; `where` names tenant, table and key of the person's row, `reason` a code."""

    deed: Deed
    came: Came
    where: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a run did, or would do: every entry, suppressions put back and taken back, and how many still lack."""

    outcomes: tuple[Outcome, ...] = ()
    blocked: int = 0
    lifted: int = 0
    lacks: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether the desk may serve: nothing lacks, and nobody who was erased is there."""
        return not self.lacks and not any(one.came is Came.FOUND for one in self.outcomes)


class Then:
    """A clock that stands at an entry's instant while it is done again."""

    def __init__(self, now: Clock) -> None:
        """`now` is the time of everything else."""
        self._now = now
        self.at: datetime | None = None

    def __call__(self) -> datetime:
        """The instant it stands at, else now."""
        return self.at or self._now()


class Replaying:
    """One SQL source and the register."""

    def __init__(self, *, register: Register, source: SqlSource, key: bytes, then: Then, now: Clock) -> None:
        """`source` was made with the clock `then`; `key` is its own."""
        self._register, self._source, self._then, self._now = register, source, then, now
        self._past = Past(source, key=key)

    async def run(self, told: Told, *, dry: bool = False, noted: bool = False) -> Replayed:
        """Bring the database up to the register; `dry` writes nothing, `noted` takes corrections as made again.

        Raises SourceDown, SourceRefused when the database can't be read or lacks the desk's tables.
        """
        blocked, lifted = await self._blocks(dry=dry)
        deeds = [one for one in self._register.deeds() if one.source == self._source.name]
        lost = await self._past.missing(deeds)
        wanted = _digests(one for one in deeds if one.key in lost)
        back = await self._past.back(wanted, told) if wanted else Back(accounts={}, addresses={})
        outcomes = [
            await self._one(deed, back, dry=dry, noted=noted)
            if deed.key in lost
            else Outcome(deed=deed, came=Came.KEPT)
            for deed in deeds
        ]
        if lost and not dry:
            outcomes = await self._looked_over(outcomes, wanted, told)
        return Replayed(outcomes=tuple(outcomes), blocked=blocked, lifted=lifted, lacks=await self._lacks(deeds))

    async def _blocks(self, *, dry: bool) -> tuple[int, int]:
        blocks = self._register.blocks(self._source.name)
        if dry:
            return len(await self._past.unblocked(blocks.standing)), 0
        return await self._past.enter(blocks.standing, blocks.lifted)

    async def _lacks(self, deeds: list[Deed]) -> int:
        standing = self._register.blocks(self._source.name, self._now()).standing
        return len(await self._past.missing(deeds)) + len(await self._past.unblocked(standing))

    async def _one(self, deed: Deed, back: Back, *, dry: bool, noted: bool) -> Outcome:
        seen = back.who(deed)
        if deed.verb is Verb.RECTIFICATION:
            done = noted or seen is None
            return await self._settled(deed, dry=dry) if done else _for_colleague(deed, Came.CORRECTION, seen)
        if seen is None:
            gone = not back.remains(deed)
            return await self._settled(deed, dry=dry) if gone else _for_colleague(deed, Came.PLAN, seen)
        self._then.at = deed.at
        try:
            return await self._again(deed, seen, back, dry=dry)
        except (SourceRefused, PlanChanged, NotReadBack) as problem:
            reason = problem.reasons[0] if isinstance(problem, SourceRefused) else type(problem).__name__
            return _for_colleague(deed, Came.REFUSED, seen, reason)
        finally:
            self._then.at = None

    async def _again(self, deed: Deed, seen: Seen, back: Back, *, dry: bool) -> Outcome:
        """The gate of a replay, then the act; an approval for another plan does nothing."""
        plan = await self._source.find(seen.subject, deed.verb)
        fits = part_fits(plan.parts[0], approved=deed.approved, ceiling=deed.ceiling)
        if may_replay(deed.verb, plan_fits=fits) is not Verdict.YES:
            left = back.remains(deed)
            return _for_colleague(deed, Came.PLAN, seen) if left else await self._settled(deed, dry=dry)
        if dry:
            return Outcome(deed=deed, came=Came.AGAIN, where=_where(seen))
        if fits:
            await self._act(deed, seen.subject, deed.key, deed.approved, deed.ceiling)
            return Outcome(deed=deed, came=Came.AGAIN, where=_where(seen))
        assert deed.verb in MARKING
        if plan.lines:
            await self._act(deed, seen.subject, f"{deed.key}|{plan.hash[:16]}", plan.hash, plan.ceiling)
        await self._past.settle(deed, self._now())
        return Outcome(deed=deed, came=Came.AGAIN, where=_where(seen))

    async def _act(self, deed: Deed, person: Subject, key: str, approved: str, ceiling: int) -> None:
        await self._source.act(key=key, person=person, verb=deed.verb, approved=approved, ceiling=ceiling)

    async def _settled(self, deed: Deed, *, dry: bool) -> Outcome:
        if not dry:
            await self._past.settle(deed, self._now())
        return Outcome(deed=deed, came=Came.NOTHING)

    async def _looked_over(self, outcomes: list[Outcome], wanted: frozenset[str], told: Told) -> list[Outcome]:
        """Read everything once more: nobody who was erased again is known by what they were known by."""
        back = await self._past.back(wanted, told)
        return [
            _for_colleague(one.deed, Came.FOUND, back.who(one.deed)) if _is_back(one, back) else one for one in outcomes
        ]


async def asked_again(source: Source, deed: Deed, person: Subject | None) -> Outcome:
    """An act of a source that shows no receipts: the same call once more, which its own receipt answers.

    Only where the ticket still says who it was for; marks and erasures alone, as everywhere. Raises SourceDown.
    """
    if person is None or may_replay(deed.verb, plan_fits=True) is not Verdict.YES:
        return Outcome(deed=deed, came=Came.UNSEEN)
    try:
        result = await source.act(
            key=deed.key, person=person, verb=deed.verb, approved=deed.approved, ceiling=deed.ceiling
        )
    except PlanChanged:
        return Outcome(deed=deed, came=Came.PLAN)
    except (SourceRefused, NotReadBack) as problem:
        reason = problem.reasons[0] if isinstance(problem, SourceRefused) else type(problem).__name__
        return Outcome(deed=deed, came=Came.REFUSED, reason=reason)
    return Outcome(deed=deed, came=Came.KEPT if result.already_done else Came.AGAIN)


def _digests(deeds: Iterable[Deed]) -> frozenset[str]:
    return frozenset(one for deed in deeds for one in (deed.subject, *deed.known_by))


def _is_back(one: Outcome, back: Back) -> bool:
    return one.came is Came.AGAIN and one.deed.verb is Verb.ERASURE and back.remains(one.deed)


def _for_colleague(deed: Deed, came: Came, seen: Seen | None, reason: str = "") -> Outcome:
    return Outcome(deed=deed, came=came, where=_where(seen) if seen else "", reason=reason)


def _where(seen: Seen) -> str:
    return " ".join(part for part in (seen.subject.tenant, seen.place, seen.key) if part)


Label = Callable[[str], str]
"""The label of the ticket an act was for, by the act's key; empty for one the desk doesn't know (any more)."""
