"""Fulfilling: the calls to the data layer, each behind the one gate, each finished together with its report.

Promise: `find` asks every source and hides no gap; before every act the gate (rights.may_act) is asked and the plan's
hash compared, by the source once more in its own transaction; an act's key goes to the source, so that a repeated call
has no second effect. Limits: it decides nothing; what a source answers goes back to the desk as an event.
"""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import whose
from bot.cases import PEOPLE, Case, read_case
from bot.core import answers
from bot.core.events import Acted, ErrandSet, Event, Located, PlanMoved, Recognised, SourceFailed
from bot.core.filing import is_contact
from bot.core.identity import canonical
from bot.core.model import Copy, Level, Notice, Right, Status, Ticket
from bot.core.plans import (
    READING,
    ActResult,
    Change,
    Corrected,
    PersonFound,
    Plan,
    PlanPart,
    Verb,
    combine,
)
from bot.core.rights import ROWS, Verdict, may_act
from bot.desk import Desk
from bot.looking import Shown
from bot.packing import Packer
from bot.ports import ByHand, NotReadBack, PlanChanged, Route, Safe, Source, SourceDown, SourceRefused, act_key
from bot.views import PLAN


class NotNow(Exception):
    """The act must wait (a hold, a copy, a colleague); the step is tried again and staff see the reason.

    `events` say what the desk must know meanwhile, such as the errand a colleague has to do.
    """

    def __init__(self, reason: str, events: tuple[Event, ...] = ()) -> None:
        """Keep the reason, a code, and the events."""
        super().__init__(reason)
        self.events = events


class Cannot(Exception):
    """A source can't do its part as it is; nothing happened there. `reason` is a code without data."""

    def __init__(self, source: str, reason: str) -> None:
        """Keep which source and why."""
        super().__init__(reason)
        self.source, self.reason = source, reason


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of a call: the event for the desk (or none), and what to keep with the ticket."""

    event: Event | None = None
    contents: Mapping[str, str] | None = None
    copy: Copy | None = None


class Fulfiller:
    """The courier's hand towards the data layer."""

    def __init__(
        self, *, desk: Desk, sources: Iterable[Source], safe: Safe, routes: Mapping[str, Route] | None = None
    ) -> None:
        """Sources by name, every one of them asked for every request; `routes` to recipients by their code."""
        self._routes = routes or {}
        self._desk = desk
        self._sources = {source.name: source for source in sources}
        self._packer = Packer(desk=desk, safe=safe, names=self._sources)

    # ---- find

    async def find(self, ticket_id: str) -> Report:
        """Ask every source what it holds and what would happen. Raises SourceDown when one does not answer."""
        case = await read_case(self._desk, ticket_id)
        if case.ticket.status is not Status.LOCATING:
            return Report()
        verb = ROWS[case.ticket.right].verb
        if verb is None:
            return await self.recognise(ticket_id)  # tried again by a colleague; nothing is planned for this right
        people = await self._who(case)
        shared = next((person for person in people if "mailbox_shared" in person.flags), None)
        if shared is not None:
            return Report(event=_failure(shared.source, "mailbox_shared"))
        return await self._planned(case, verb, people)

    async def _planned(self, case: Case, verb: Verb, people: tuple[PersonFound, ...]) -> Report:
        planned: dict[PersonFound, Plan] = {}
        for person in whose.to_plan(people, verb):
            try:
                planned[person] = await self._sources[person.source].find(person.subject, verb, case.changes)
            except SourceRefused as refusal:
                if not whose.is_beside(person, people):
                    return Report(event=_failure(person.source, refusal.code))
        plan = combine(planned.values()) if planned else Plan(verb=verb, lines=(), parts=())
        # People and parts stay in step: an act goes through both side by side.
        meant = PEOPLE.dump_json(tuple(planned)).decode()
        contents = {"plan": PLAN.dump_json(plan).decode(), "people": meant}
        identity = case.ticket.identity
        if identity is not None and identity.level is Level.SESSION and whose.emails(people):
            # Frozen before any act: after an erasure nobody could look up where the answer goes.
            contents["delivery"] = whose.emails(people)[0]
        return Report(event=self._located(case.ticket, plan, people), contents=contents)

    def _located(self, ticket: Ticket, plan: Plan, people: tuple[PersonFound, ...]) -> Located:
        systems, stored = len(self._sources), whose.emails(people)
        return Located(
            by="source",
            plan=answers.note(plan, searched=systems, systems=systems, lang=ticket.lang),
            message=answers.located(
                replace(ticket, flags=ticket.flags | answers.flags_of(plan, people)),
                plan,
                searched=systems,
                systems=systems,
            ),
            flags=answers.flags_of(plan, people),
            subjects=whose.subjects(people),
            nothing=answers.is_nothing(plan),
            mailbox=self._desk.shares.mailbox(stored[0]) if stored else None,
        )

    async def _who(self, case: Case) -> tuple[PersonFound, ...]:
        """The persons a proof covers: a session its subject, a mailbox everybody it is stored for."""
        identity = case.ticket.identity
        found: list[PersonFound] = []
        for source in self._sources.values():
            if identity is not None and identity.level is Level.SESSION:
                found += await source.person(tenant=identity.tenant, subject=identity.subject)
            elif identity is not None and case.mailbox:
                found += await source.person(email=case.mailbox)
        return tuple(found)

    async def recognise(self, ticket_id: str) -> Report:
        """Whom a proof covers, for what a colleague fulfils by hand; plans nothing. Raises SourceDown."""
        case = await read_case(self._desk, ticket_id)
        if case.ticket.status is not Status.LOCATING or ROWS[case.ticket.right].verb is not None:
            return Report()
        people = await self._who(case)
        flags = answers.flags_of(Plan(verb=Verb.ACCESS, lines=(), parts=()), people)
        return Report(event=Recognised(by="source", subjects=whose.subjects(people), flags=flags))

    # ---- what a right does at once

    async def at_once(self, ticket_id: str) -> Report:
        """Stop marketing before an erasure; mark a purpose as restricted while an objection is weighed."""
        case = await read_case(self._desk, ticket_id)
        verb = ROWS[case.ticket.right].at_once
        if verb is None or may_act(case.ticket, verb, plan_hash="", now=self._desk.clock()) is not Verdict.YES:
            return Report()
        waiting: list[ByHand] = []
        for person in await self._who(case):
            try:
                await self._straight(case.ticket, person, verb)
            except ByHand as errand:
                waiting.append(errand)
        _insist_nobody(waiting)
        return Report()

    async def _straight(self, ticket: Ticket, person: PersonFound, verb: Verb) -> ActResult | None:
        """Plan and act in one go, for what needs no approval."""
        source = self._sources[person.source]
        plan = await source.find(person.subject, verb)
        if not plan.parts or not plan.lines:
            return None
        part = plan.parts[0]
        key = act_key(ticket.id, verb, part.subject)
        return await source.act(key=key, person=person.subject, verb=verb, approved=part.hash, ceiling=part.ceiling)

    # ---- act

    async def act(self, ticket_id: str) -> Report:
        """Carry out what was approved. Raises NotNow while held, SourceDown when a source does not answer."""
        case = await read_case(self._desk, ticket_id)
        verb = ROWS[case.ticket.right].verb
        assert verb is not None
        self._gate(case, verb)
        if case.ticket.status is not Status.WORKING:
            return Report()
        if ROWS[case.ticket.right].direct:
            return await self._direct(case, verb)
        if verb in READING and any(errand.done_at is None and errand.what == verb for errand in case.ticket.errands):
            raise NotNow("by_hand")  # no copy is packed again and again while a colleague looks
        assert case.plan is not None
        try:
            copy, results = await self._carry_out(case, verb, case.plan)
        except PlanChanged:
            return Report(event=PlanMoved(by="source"))
        except Cannot as refusal:
            return Report(event=_failure(refusal.source, refusal.reason))
        told = answers.done(case.ticket, case.plan, _with_changes(results, case), self._desk.clock(), copy=copy)
        notices = () if verb in READING else self._notices(case.plan)
        facts = answers.evidence(results)
        return Report(event=Acted(by="source", message=told, copy=copy, notices=notices, facts=facts), copy=copy)

    def _notices(self, plan: Plan) -> tuple[Notice, ...]:
        """A notice for every recipient of what was changed to whom the data map names a way (Art. 19)."""
        return tuple(
            Notice(recipient=one.code, name=name, way=self._routes[one.code].way)
            for one, name in zip(plan.recipients, answers.names(plan.recipients), strict=True)
            if one.code in self._routes
        )

    def _gate(self, case: Case, verb: Verb) -> None:
        """The one gate before every act. A closed gate that can open again raises NotNow; others end the step."""
        plan_hash = case.plan.hash if case.plan else ""
        verdict = may_act(case.ticket, verb, plan_hash=plan_hash, now=self._desk.clock())
        if verdict is Verdict.YES and case.copy_comes_first and case.ticket.right is Right.ERASURE:
            raise NotNow("copy_first")
        if is_contact(case.changes) and case.ticket.right is not Right.RECTIFICATION_CONTACT:
            raise NotNow("contact_needs_its_own_right")
        if verdict is not Verdict.YES and case.ticket.status is Status.WORKING:
            raise NotNow(str(verdict))

    async def _carry_out(self, case: Case, verb: Verb, plan: Plan) -> tuple[Copy | None, tuple[ActResult, ...]]:
        if verb in READING:
            return await self._packer.pack(case, verb, plan, lambda sink: self._each(case, verb, plan, sink=sink))
        return None, await self._each(case, verb, plan, sink=None)

    async def _each(self, case: Case, verb: Verb, plan: Plan, sink: Any) -> tuple[ActResult, ...]:
        """Every source, also after one that waits for a colleague: nobody's erasure waits for another system's."""
        results: list[ActResult] = []
        waiting: list[ByHand] = []
        for person, part in zip(case.people, plan.parts, strict=True):
            try:
                results.append(await self._one(case, verb, person, part, sink))
            except ByHand as errand:
                waiting.append(errand)
        _insist_nobody(waiting)
        return tuple(results)

    async def _one(self, case: Case, verb: Verb, person: PersonFound, part: PlanPart, sink: Any) -> ActResult:
        try:
            return await self._sources[part.source].act(
                key=act_key(case.ticket.id, verb, part.hash),
                person=person.subject,
                verb=verb,
                approved=part.hash,
                ceiling=part.ceiling,
                changes=case.changes,
                sink=sink,
            )
        except SourceRefused as refusal:
            raise Cannot(part.source, refusal.code) from None
        except NotReadBack:
            raise Cannot(part.source, "not_read_back") from None

    async def _direct(self, case: Case, verb: Verb) -> Report:
        """A marketing objection: each stored address and the one given are suppressed, known or not, alike.

        With a scope (a client's mail, from an unsubscribe link) the one address given, in that scope.
        """
        people = await self._who(case)
        results = [await self._straight(case.ticket, person, verb) for person in people]
        addresses = {*whose.emails(people), *((case.address,) if case.address else ())}
        for source in self._sources.values():
            for address in sorted(addresses):
                await source.suppress(address, scope=case.scope)
        told = answers.done(case.ticket, Plan(verb=verb, lines=(), parts=()), (), self._desk.clock(), copy=None)
        facts = answers.evidence(result for result in results if result is not None)
        return Report(event=Acted(by="source", message=told, facts=facts | {"suppressed": str(len(addresses))}))

    # ---- reading

    async def contacts(self, ticket_id: str) -> tuple[str, ...]:
        """Every mail address on file of the persons a ticket's proof covers. Raises SourceDown."""
        return whose.emails(await self._who(await read_case(self._desk, ticket_id)))

    # ---- for the staff page

    def as_asked(self, changes: tuple[Change, ...]) -> tuple[Corrected, ...]:
        """The values of a correction as the person gave them."""
        return tuple(answers.as_corrected(change) for change in changes)

    async def values(self, ticket_id: str) -> tuple[Corrected, ...]:
        """Old and new values of a correction as the sources hold them. Raises SourceDown, SourceRefused."""
        case = await read_case(self._desk, ticket_id)
        found: list[Corrected] = []
        for person in case.people:
            found += await self._sources[person.source].values(person.subject, case.changes)
        return tuple(found) or self.as_asked(case.changes)

    async def rows(
        self, ticket_id: str, source: str, tenant: str, collection: str, *, limit: int
    ) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], int] | None:
        """Columns, first rows and number of rows of one group of an access plan; None when the plan lacks that group.

        Reading writes nothing and leaves no receipt. Raises SourceDown.
        """
        case = await read_case(self._desk, ticket_id)
        if case.plan is None or case.plan.verb not in READING:
            return None
        found = Shown(collection=collection, limit=limit)
        for person, part in zip(case.people, case.plan.parts, strict=True):
            if (part.source, part.tenant) == (source, tenant):
                await self._look(case, person, part, found)
        return (found.columns, tuple(found.rows), found.total) if found.columns else None

    async def _look(self, case: Case, person: PersonFound, part: PlanPart, found: Shown) -> None:
        """Look at what the approved plan would deliver; a plan that moved since shows nothing."""
        with contextlib.suppress(PlanChanged, SourceRefused, ByHand):
            await self._sources[part.source].act(
                key=f"look:{case.ticket.id}",
                person=person.subject,
                verb=case.plan.verb if case.plan else Verb.ACCESS,
                approved=part.hash,
                ceiling=part.ceiling,
                sink=found.take,
            )

    async def unsuppress(self, address: str) -> None:
        """Undo a suppression in every source. Raises SourceDown."""
        for source in self._sources.values():
            await source.unsuppress(address)

    async def stored_spelling(self, address: str) -> str | None:
        """The address as it stands on file, if any source knows it. Raises SourceDown."""
        for source in self._sources.values():
            emails = whose.emails(await source.person(email=address))
            same = [one for one in emails if canonical(one) == canonical(address)]
            if same:
                return same[0]
        return None


def _insist_nobody(waiting: list[ByHand]) -> None:
    """Raises NotNow with an errand for every system where a colleague has to do it."""
    if waiting:
        errands = tuple(
            ErrandSet(by=f"source:{one.about}", errand=one.errand, what=one.what, about=one.about) for one in waiting
        )
        raise NotNow("by_hand", errands)


def _failure(source: str, reason: str) -> SourceFailed:
    """A call that can't succeed as it is, until a colleague has looked."""
    return SourceFailed(by="source", source=source, reason=reason[:40], final=True)


def _with_changes(results: tuple[ActResult, ...], case: Case) -> tuple[ActResult, ...]:
    """After a crash the source answers from its receipt, which keeps no values: say what was asked instead."""
    if not case.changes or any(result.corrected for result in results):
        return results
    from_request = tuple(answers.as_corrected(change) for change in case.changes)
    return tuple(replace(result, corrected=from_request) for result in results[:1])


__all__ = ["Fulfiller", "NotNow", "Report", "SourceDown"]
