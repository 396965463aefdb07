"""The contract tried on a platform's service: each promise once, with a hint where it is not kept.

Promise: only the test identities that were given are used; nothing is written unless that was asked for, and then only
a suppression, an erasure and its repetition for the test person of a test copy. Limits: it sees what a client sees;
whether a row is really gone on disk, only the platform can say.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.core.plans import READING, Plan, Subject, Verb
from bot.ports import NotReadBack, PlanChanged, SourceDown, SourceRefused
from bot.signing import Signer
from storage.datalayer import wire
from storage.datalayer.http import HttpSource

STRANGER = "nobody-knows-this-address@example.invalid"
WRONG_PLAN = "0" * 64
_WAITS = ClientTimeout(total=30)
_RAISED = (SourceDown, SourceRefused, PlanChanged, NotReadBack, ClientError, TimeoutError)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One promise: kept or not, and what to do."""

    what: str
    ok: bool
    hint: str = ""
    seen: str = ""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One promise to try: its name, the hint, the trial, and whether it writes."""

    what: str
    hint: str
    how: Callable[[], Awaitable[bool]]
    writes: bool = False


@dataclass(frozen=True, kw_only=True)
class Service:
    """The service to be tried: its address, the secret that it knows, one that it does not, and whom it may use."""

    url: str
    secrets: tuple[str, ...]
    wrong_secret: str
    email: str
    run: str
    """A few letters that make the keys of this run its own."""


class Trials:
    """Tries every promise in order; later ones rest on earlier ones."""

    def __init__(
        self, service: Service, source: HttpSource, session: ClientSession, clock: Callable[[], datetime]
    ) -> None:
        """`source` is the desk's own client for the service; `session` sends what no client would."""
        self._service, self._source, self._session, self._clock = service, source, session, clock
        self._signer = Signer(service.secrets, clock=clock)

    async def run(self, *, write: bool) -> list[Outcome]:
        """Every outcome; with `write` also what changes the test person's data."""
        return [await self._one(tried) for tried in self._all() if write or not tried.writes]

    async def is_there(self) -> bool:
        """Whether anybody answers at the address at all, whatever they say."""
        try:
            await self._status("check", _CHECK, {})
        except (ClientError, TimeoutError):
            return False
        return True

    async def _one(self, tried: Tried) -> Outcome:
        try:
            ok, seen = await tried.how(), ""
        except _RAISED as failure:
            ok, seen = False, _seen(failure)
        return Outcome(what=tried.what, ok=ok, hint="" if ok else tried.hint, seen=seen)

    def _all(self) -> tuple[Tried, ...]:
        return (
            Tried(what="answers, and signs its answer", how=self._answers, hint=_SIGN),
            Tried(what="says that it is ready", how=self._ready, hint="check lists what is missing on the platform"),
            Tried(what="refuses an unsigned call", how=self._unsigned, hint=_VERIFY),
            Tried(what="refuses another secret", how=self._wrong_secret, hint=_VERIFY),
            Tried(what="refuses a call ten minutes old", how=self._late, hint="allow five minutes either way"),
            Tried(what="refuses a changed body", how=self._changed_body, hint=_VERIFY),
            Tried(what="refuses unknown fields", how=self._unknown_field, hint="422 malformed: no extra fields"),
            Tried(what="refuses a body meant for another path", how=self._other_path, hint="compare `call` and path"),
            Tried(what="finds nobody for an unknown address", how=self._stranger, hint="answer 200 with no people"),
            Tried(what="refuses wildcards and empty addresses", how=self._wildcard, hint="422 email_missing"),
            Tried(what="finds the test person", how=self._known, hint="is the address stored on this copy?"),
            Tried(what="finds the test person in capitals", how=self._capitals, hint="compare normalised addresses"),
            Tried(what="plans every verb with one part", how=self._plans, hint="one part; lines hold no values"),
            Tried(what="plans the same twice", how=self._stable, hint="shape must not hold counts, times or chance"),
            Tried(
                what="copies what it planned, sealed", how=self._copy, hint="as many rows as the lines say; seal last"
            ),
            Tried(what="copies no other plan", how=self._other_plan, hint="compare `approved`; answer 409"),
            Tried(
                what="takes an act only under its own id", how=self._other_key, hint="key and webhook-id are the same"
            ),
            Tried(what="suppresses a stranger, once", how=self._suppress, hint="known or not, alike", writes=True),
            Tried(what="erases nothing under another plan", how=self._unapproved, hint="answer 409", writes=True),
            Tried(what="erases once per key", how=self._erase, hint="keep a receipt beside the effect", writes=True),
        )

    # ---- signatures

    async def _answers(self) -> bool:
        await self._source.check()
        return True

    async def _ready(self) -> bool:
        return (await self._source.check()).ok

    async def _unsigned(self) -> bool:
        return await self._status("check", _CHECK, {}) == 401

    async def _wrong_secret(self) -> bool:
        wrong = Signer((self._service.wrong_secret,), clock=self._clock)
        return await self._status("check", _CHECK, wrong.headers(self._id("w"), _CHECK)) == 401

    async def _late(self) -> bool:
        late = Signer(self._service.secrets, clock=lambda: self._clock() - timedelta(minutes=10))
        return await self._status("check", _CHECK, late.headers(self._id("l"), _CHECK)) == 401

    async def _changed_body(self) -> bool:
        return await self._status("check", _CHECK + b" ", self._signer.headers(self._id("c"), _CHECK)) == 401

    async def _unknown_field(self) -> bool:
        return await self._refuses("check", {"call": "check", "surprise": 1})

    async def _other_path(self) -> bool:
        return await self._refuses("unsuppress", {"call": "suppressed", "address": STRANGER})

    # ---- people and plans

    async def _stranger(self) -> bool:
        return await self._source.person(email=STRANGER) == ()

    async def _wildcard(self) -> bool:
        for typed in ("", "%", "*", "%@%"):
            try:
                await self._source.person(email=typed)
            except SourceRefused:
                continue
            return False
        return True

    async def _known(self) -> bool:
        return bool(await self._source.person(email=self._service.email))

    async def _capitals(self) -> bool:
        plain, loud = self._service.email, f" {self._service.email.upper()} "
        return await self._source.person(email=plain) == await self._source.person(email=loud)

    async def _person(self) -> Subject:
        people = await self._source.person(email=self._service.email)
        if not people:
            raise SourceRefused(("test_person_not_found",))
        return people[0].subject

    async def _plans(self) -> bool:
        person = await self._person()
        plans = [await self._source.find(person, verb) for verb in Verb if verb is not Verb.RECTIFICATION]
        written = " ".join(wire.dumped(wire.FindAnswer(plan=plan)).decode() for plan in plans)
        return self._service.email.casefold() not in written.casefold()

    async def _stable(self) -> bool:
        person = await self._person()
        plans = [await self._source.find(person, Verb.ERASURE) for _ in range(2)]
        return plans[0].parts[0].shape == plans[1].parts[0].shape

    async def _copy(self) -> bool:
        person = await self._person()
        plan = await self._source.find(person, Verb.ACCESS)
        counted: dict[str, int] = {}

        def count(line: Any, rows: Any) -> None:
            counted[line.collection] = counted.get(line.collection, 0) + sum(1 for _ in rows)

        await self._act(person, plan, key=self._id("copy"), sink=count)
        planned: dict[str, int] = {}
        for line in plan.lines:
            planned[line.collection] = planned.get(line.collection, 0) + line.rows
        return counted == planned

    async def _other_plan(self) -> bool:
        person = await self._person()
        plan = await self._source.find(person, Verb.ACCESS)
        try:
            await self._act(person, plan, key=self._id("other"), approved=WRONG_PLAN, sink=lambda *_: None)
        except PlanChanged:
            return True
        return False

    async def _other_key(self) -> bool:
        person = await self._person()
        asked = wire.ActAsked(
            call="act", key=self._id("a"), person=person, verb=Verb.ACCESS, approved=WRONG_PLAN, ceiling=1
        )
        return await self._refuses("act", json.loads(wire.dumped(asked)))

    # ---- what writes

    async def _suppress(self) -> bool:
        address = f"{self._service.run}-{STRANGER}"
        first, second = [await self._source.suppress(address) for _ in range(2)]
        held = await self._source.suppression(address) is not None
        gone = await self._source.unsuppress(address)
        return (first, second, held, gone) == (True, False, True, True)

    async def _unapproved(self) -> bool:
        person = await self._person()
        plan = await self._source.find(person, Verb.ERASURE)
        try:
            await self._act(person, plan, key=self._id("unapproved"), approved=WRONG_PLAN)
        except PlanChanged:
            return (await self._source.find(person, Verb.ERASURE)).hash == plan.hash
        return False

    async def _erase(self) -> bool:
        person = await self._person()
        plan = await self._source.find(person, Verb.ERASURE)
        first = await self._act(person, plan, key=self._id("erase"))
        again = await self._act(person, plan, key=self._id("erase"))
        return not first.already_done and again.already_done and first.proof == again.proof

    # ---- sending

    async def _act(self, person: Subject, plan: Plan, *, key: str, approved: str = "", sink: Any = None) -> Any:
        return await self._source.act(
            key=key,
            person=person,
            verb=plan.verb,
            approved=approved or plan.hash,
            ceiling=plan.ceiling,
            sink=sink if plan.verb in READING else None,
        )

    async def _refuses(self, call: str, content: Any) -> bool:
        body = json.dumps(content).encode()
        return await self._status(call, body, self._signer.headers(self._id("r"), body)) == 422

    async def _status(self, call: str, body: bytes, headers: Mapping[str, str]) -> int:
        url = f"{self._service.url.rstrip('/')}/{wire.VERSION}/{call}"
        typed = {"Content-Type": wire.JSON, **headers}
        async with self._session.post(url, data=body, headers=typed, timeout=_WAITS, allow_redirects=False) as answer:
            return answer.status

    def _id(self, what: str) -> str:
        return f"trial:{self._service.run}:{what}"


def _seen(failure: Exception) -> str:
    """What came instead, as a code; a network library's own words name hosts and ports, which are known here."""
    own = not isinstance(failure, ClientError)
    return f"{type(failure).__name__} {failure}".strip() if own else type(failure).__name__


_CHECK = wire.dumped(wire.CheckAsked(call="check"))
_SIGN = "sign id.timestamp.body of the answer, id is re- and the call's id; see docs/data-layer.md"
_VERIFY = "check webhook-signature over id.timestamp.body before anything else; answer 401"
