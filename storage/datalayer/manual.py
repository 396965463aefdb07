"""The manual source: a system without an interface, where a colleague does what was approved.

Promise: it finds everybody the desk asks for, because nobody can say from here whom that system knows; its plan is
one line; its act raises ByHand until a colleague has marked the errand as done with a proof note. Limits: what was done
there is that colleague's word; it reads nothing back and suppresses nothing.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.core.deadlines import local_date
from bot.core.identity import canonical, keyed
from bot.core.model import Ticket
from bot.core.plans import (
    READING,
    Action,
    ActResult,
    Change,
    Corrected,
    Done,
    Key,
    PersonFound,
    Plan,
    PlanLine,
    Subject,
    Verb,
    one_part,
    part_fits,
)
from bot.core.suppression import Suppression
from bot.ports import ByHand, PlanChanged, Sink, SourceRefused, Transactions, ticket_of
from storage.datalayer.walk import checked_email, names_nobody

ACTIONS = {
    Verb.ACCESS: Action.ACCESS,
    Verb.PORTABILITY: Action.ACCESS,
    Verb.RECTIFICATION: Action.CORRECT,
    Verb.ERASURE: Action.DELETE,
    Verb.RESTRICTION: Action.RESTRICT,
    Verb.OBJECTION_INTEREST: Action.RESTRICT,
}
"""What a colleague is asked for; marketing is stopped by the suppression list and asks nobody."""


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A errand that is done: the colleague's note and the local date."""

    note: str
    on: date


KEY_DIGITS = 12
"""So many digits of an errand's id name its key; the rest names what was asked under that key."""

Proof = Callable[[str, str], Awaitable[Proven | None]]
"""What proves an act (by its key) and its errand (by its id), or None while nobody has done it."""


class Notes:
    """Where the proof notes stand: contents of the ticket, beside the errand they are of."""

    def __init__(self, store: Transactions) -> None:
        """Read from this store."""
        self._store = store

    async def proof(self, key: str, errand: str) -> Proven | None:
        """The note of an errand that is done; None while it is open, unknown, or done without a note.

        Raises SourceRefused where the same key stands for another errand: what proves that proves nothing here.
        """

        def read(tx: Any) -> Proven | None:
            ticket: Ticket | None = tx.work.ticket(ticket_of(key))
            errands = ticket.errands if ticket else ()
            if any(one.id != errand and one.id[:KEY_DIGITS] == errand[:KEY_DIGITS] for one in errands):
                raise SourceRefused(("key_used_for_another_call",))
            done = next((one.done_at for one in errands if one.id == errand), None)
            note = tx.work.content(ticket_of(key), f"proof:{errand}")
            return Proven(note=note, on=local_date(done)) if done and note else None

        return await self._store.read(read)


class ManualSource:
    """One system that only people can reach."""

    def __init__(self, *, name: str, key: bytes, proof: Proof) -> None:
        """`key` makes the digests of its plans; `proof` says what colleagues have done."""
        self.name = name
        self._key = key
        self._proof = proof

    async def person(
        self, *, email: str | None = None, tenant: str | None = None, subject: str | None = None
    ) -> tuple[PersonFound, ...]:
        """Whoever is asked for, by the address or account given. Raises SourceRefused for neither."""
        if email is not None:
            address = checked_email(email)
            if address is None:
                raise SourceRefused(("email_missing",))
            return (self._found("email", canonical(address)),)
        if tenant is None or names_nobody(tenant):
            raise SourceRefused(("tenant_missing",))
        if subject is None or names_nobody(subject):
            raise SourceRefused(("subject_missing",))
        return (self._found("account", f"{tenant}:{subject}"),)

    def _found(self, kind: str, value: str) -> PersonFound:
        keys = (Key(collection="", name=kind, value=value),)
        return PersonFound(subject=Subject(source=self.name, tenant="", keys=keys), subject_id="", contacts=())

    async def find(self, person: Subject, verb: Verb, changes: tuple[Change, ...] = ()) -> Plan:
        """One line that a colleague carries out; no line for what nobody has to do by hand."""
        if verb is Verb.RECTIFICATION and not changes:
            raise SourceRefused(("no_change",))
        return one_part(
            verb, source=self.name, tenant="", subject=self._digest(person), lines=self._lines(verb, changes)
        )

    def _lines(self, verb: Verb, changes: tuple[Change, ...]) -> tuple[PlanLine, ...]:
        if verb not in ACTIONS:
            return ()
        asked = "|".join(f"{one.name}={one.old}>{one.new}" for one in changes)
        return (
            PlanLine(
                source=self.name,
                tenant="",
                collection=self.name,
                action=ACTIONS[verb],
                rows=1,
                columns=("done_on",) if verb in READING else tuple(one.name for one in changes),
                fingerprint=keyed(self._key, "changes", asked) if changes else "",
            ),
        )

    async def values(self, person: Subject, changes: tuple[Change, ...]) -> tuple[Corrected, ...]:
        """What was asked; what stands there now, only a colleague can see."""
        return tuple(
            Corrected(name=one.name, collection=self.name, column=one.name, old=one.old or "", new=one.new)
            for one in changes
        )

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
        """Done, by a colleague, once their note is there; a copy then says on which day they sent theirs.

        Raises ByHand until then, PlanChanged when it is not the approved plan, SourceRefused without a key or sink.
        """
        if not key.strip():
            raise SourceRefused(("key_missing",))
        if verb in READING and sink is None:
            raise SourceRefused(("sink_missing",))
        plan = await self.find(person, verb, changes)
        if not part_fits(plan.parts[0], approved=approved, ceiling=ceiling):
            raise PlanChanged
        errand = errand_id(key, self.name, plan)
        proven = await self._proof(key, errand) if plan.lines else None
        if plan.lines and proven is None:
            raise ByHand(errand=errand, what=verb, about=self.name)
        if proven is not None and verb in READING and sink is not None:
            sink(plan.lines[0], iter([{"done_on": proven.on.isoformat()}]))
        done = tuple(Done(collection=self.name, action=line.action, rows=line.rows) for line in plan.lines)
        note = keyed(self._key, "proof", proven.note) if proven else ""
        proof = hashlib.sha256(f"{key}\n{plan.hash}\n{note}".encode()).hexdigest()
        return ActResult(done=done, proof=proof, already_done=proven is not None, cleared=False)

    async def suppress(self, address: str, *, scope: str = "") -> bool:
        """Nothing is mailed from here, so nothing changes."""
        return False

    async def unsuppress(self, address: str, *, scope: str = "") -> bool:
        """Nothing is mailed from here, so nothing changes."""
        return False

    async def suppression(self, address: str, *, scope: str = "") -> Suppression | None:
        """Nothing is mailed from here."""
        return None

    async def close(self) -> None:
        """Nothing is open."""

    def _digest(self, person: Subject) -> str:
        if person.source != self.name:
            raise SourceRefused(("subject_of_another_source",))
        if not person.keys:
            raise SourceRefused(("empty_subject",))
        return keyed(self._key, "manual", "|".join(f"{one.name}={one.value}" for one in person.keys))


def errand_id(key: str, source: str, plan: Plan) -> str:
    """The id of the errand for one act at one system: the same act is one errand however often it is tried."""
    of_key = hashlib.sha256(f"key\n{key}\n{source}".encode()).hexdigest()[:KEY_DIGITS]
    return of_key + hashlib.sha256(f"{key}\n{source}\n{plan.hash}".encode()).hexdigest()[:KEY_DIGITS]
