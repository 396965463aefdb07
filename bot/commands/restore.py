"""`restore`: after a database was set back to a backup, do again what the erasure register says was done.

Promise: nobody who was erased is back when it ends with 0, suppressions and restrictions stand again, and everybody
else's rows are as the backup has them; it may be stopped anywhere and run again. 1 says that a colleague has to look,
and the desk goes on refusing; 2 that settings, register or database can't be read. Nothing is decided here: each act
was decided in Slack, and one whose plan has changed isn't done. Limits: a database is compared by its receipts; a
platform's own service is asked again by the same calls where the ticket still says for whom; what people did by hand
can only be listed. Rows are named by tenant, table and key, never by what stands in them.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.cases import PEOPLE
from bot.commands.serve import refused, settings_from
from bot.commands.waiting import waiting
from bot.core.plans import Subject
from bot.core.register import Deed
from bot.parts import machine_time
from bot.ports import Clock, RegisterDown, Source, SourceDown, SourceRefused, ticket_of
from bot.settings import Settings, Unfit
from storage.datalayer.replaying import IS_WELL, Came, Outcome, Replayed, Replaying, Then, asked_again
from storage.datalayer.scope import subject_digest
from storage.datalayer.sources import plain_sources_of, register_of
from storage.datalayer.sql import SqlSource
from storage.migrate import state
from storage.register import Register
from storage.store import Store

NEXT = {
    Came.PLAN: "what would go is no longer what was approved: approvers look at `datamap plan`, it is carried out by "
    "its hash (`datamap erase --plan-hash`), then run `restore` again",
    Came.CORRECTION: "a correction came undone and its values are kept nowhere: make it again from the request, then "
    "run `restore --noted`",
    Came.REFUSED: "the database refused it: the reason is a code of docs/data-layer.md",
    Came.FOUND: "still there after it was done again: look at the map, then run `restore` again",
    Came.UNSEEN: "can't be looked at from here: if that system was restored too, do these again there",
}
"""What a colleague does about it."""

UNKNOWN = "unknown request"


class Restoring:
    """One run over all sources."""

    def __init__(
        self, settings: Settings, store: Store, register: Register, *, clock: Clock, dry: bool, noted: bool
    ) -> None:
        """`dry` changes nothing; `noted` says that the corrections listed before were made again by hand."""
        self._clock = clock
        self._settings, self._store, self._register = settings, store, register
        self._dry, self._noted = dry, noted
        self._key = settings.source_key.get_secret_value()
        self._read = ""

    async def run(self) -> Replayed:
        """Every source, one after the other. Raises SourceDown, SourceRefused, RegisterDown, Unfit."""
        then = Then(self._clock)
        sources = plain_sources_of(self._settings, clock=then, store=self._store)
        try:
            every = [await waiting(one.name, self._source(one, then), lambda: self._read) for one in sources]
        finally:
            for one in sources:
                await one.close()
        return Replayed(
            outcomes=tuple(outcome for each in every for outcome in each.outcomes),
            blocked=sum(each.blocked for each in every),
            lifted=sum(each.lifted for each in every),
            lacks=sum(each.lacks for each in every),
        )

    async def _source(self, source: Source, then: Then) -> Replayed:
        if isinstance(source, SqlSource):
            replaying = Replaying(register=self._register, source=source, key=self._key, then=then, now=self._clock)
            return await replaying.run(self._told, dry=self._dry, noted=self._noted)
        deeds = [one for one in await asyncio.to_thread(self._register.deeds) if one.source == source.name]
        return Replayed(outcomes=tuple([await self._asked(source, one) for one in deeds]))

    async def _asked(self, source: Source, deed: Deed) -> Outcome:
        """A platform's own service by the same call; a system that only people reach, and a dry run, by nothing."""
        if self._dry or source.name in self._settings.manual_sources:
            return Outcome(deed=deed, came=Came.UNSEEN)
        return await asked_again(source, deed, await self._person(deed))

    async def _person(self, deed: Deed) -> Subject | None:
        """Whom an act was for, as its ticket says; None where the ticket is gone."""
        kept = await self._store.read(lambda tx: tx.work.content(ticket_of(deed.key), "people"))
        people = PEOPLE.validate_json(kept) if kept else ()
        same = (one.subject for one in people if subject_digest(self._key, one.subject) == deed.subject)
        return next(same, None)

    def _told(self, table: str, rows: int) -> None:
        self._read = f"{table}: {rows} rows read"

    async def labels(self, outcomes: Sequence[Outcome]) -> dict[str, str]:
        """The ticket's label for each act's key; a request the desk doesn't know says that its own database is old."""

        def read(tx: Any) -> dict[str, str]:
            keys = {one.deed.key for one in outcomes}
            found = {key: tx.work.ticket(ticket_of(key)) for key in keys}
            return {key: ticket.ref if ticket else UNKNOWN for key, ticket in found.items()}

        return await self._store.read(read)


async def restore_now(
    env_file: Path,
    *,
    dry_run: bool = False,
    noted: bool = False,
    as_json: bool = False,
    clock: Clock = machine_time,
) -> int:
    """Bring every source up to the register, and say what was done; the exit code."""
    try:
        settings = settings_from(env_file)
        register = register_of(settings)
        _insist_on_chain(register)
        store = await _opened(settings)
    except (Unfit, RegisterDown) as problem:
        return refused(_as_unfit(problem))
    try:
        restoring = Restoring(settings, store, register, clock=clock, dry=dry_run, noted=noted)
        done = await restoring.run()
        labels = await restoring.labels(done.outcomes)
    except (Unfit, RegisterDown, SourceDown, SourceRefused) as problem:
        return refused(_as_unfit(problem))
    finally:
        await store.close()
    sys.stdout.write(_as_json(done, labels) if as_json else _as_text(done, labels, dry=dry_run))
    return 0 if _is_over(done) else 1


async def _opened(settings: Settings) -> Store:
    """The desk's own database, for labels and for whom an act was."""
    store = await Store(settings.database).open()
    if await store.raw(state) != "current":
        await store.close()
        raise Unfit("the desk's own database is not up to date: run `python bot.py migrate` first")
    return store


def _insist_on_chain(register: Register) -> None:
    found = register.check()
    if found.broken is not None:
        raise Unfit(
            f"the erasure register was changed at line {found.broken}: nothing is done from it; fetch its own backup"
        )


def _as_unfit(problem: Exception) -> Unfit:
    """One sentence with the next step; none holds a value."""
    if isinstance(problem, Unfit):
        return problem
    if isinstance(problem, RegisterDown):
        return Unfit(f"the erasure register can't be read ({problem}): check SELEQT_REGISTER_FILE and its disk")
    if isinstance(problem, SourceRefused) and "not_installed" in problem.reasons:
        return Unfit("the desk's tables are missing: run `python bot.py datamap install --url ...`, then this again")
    return Unfit(f"a source doesn't answer as it should ({problem}): run `python bot.py doctor`, then this again")


def _is_over(done: Replayed) -> bool:
    """Nothing lacks, and nothing is left for a colleague but what can't be looked at from here."""
    return done.is_clean and all(one.came in IS_WELL or one.came is Came.UNSEEN for one in done.outcomes)


def _as_json(done: Replayed, labels: dict[str, str]) -> str:
    entries = [
        {
            "at": one.deed.at.isoformat(), "source": one.deed.source, "verb": one.deed.verb, "came": one.came,
            "request": labels[one.deed.key], "where": one.where, "reason": one.reason,
        }
        for one in done.outcomes
    ]  # fmt: skip
    said = {"clean": _is_over(done), "lacks": done.lacks, "blocked": done.blocked, "lifted": done.lifted}
    return json.dumps({**said, "entries": entries}) + "\n"


def _as_text(done: Replayed, labels: dict[str, str], *, dry: bool) -> str:
    lines = [_row(one, labels) for one in done.outcomes if one.came is not Came.KEPT]
    found = {one.came for one in done.outcomes}
    lines += [f"  -> {came}: {said}" for came, said in NEXT.items() if came in found]
    kept = sum(one.came is Came.KEPT for one in done.outcomes)
    lines.append(
        f"{len(done.outcomes)} acts in the register, {kept} of them there already; suppressions put back: "
        f"{done.blocked}, taken back: {done.lifted}"
    )
    over = "nothing lacks: the desk may run" if _is_over(done) else f"not over: {done.lacks} entries lack"
    lines.append(f"{over} (nothing was written)" if dry else over)
    return "\n".join(lines) + "\n"


def _row(one: Outcome, labels: dict[str, str]) -> str:
    what = f"{one.came} {one.reason}".strip()
    day = one.deed.at.date().isoformat()
    return (
        f"{day}  {labels[one.deed.key]:<16} {one.deed.source:<10} {one.deed.verb:<20} {what:<24} {one.where}".rstrip()
    )
