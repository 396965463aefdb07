"""The courier: takes queued steps one by one, performs them, and reports back to the desk.

Promise: a step is claimed for the time of a lease, performed, and finished together with its report in one
transaction that checks the lease; a courier that died loses its steps to a live one; what fails is tried again with
growing pauses and, after some tries, shown to staff; nothing is ever dropped. Limits: it decides nothing. A mail or a
Slack post may repeat once after a kill; an effect on data never does (fulfil.py).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.core.clock import SORT, SORT_OVER
from bot.core.deadlines import local_date
from bot.core.escalation import Step as Rung
from bot.core.events import NotInformed, SourceFailed, Undelivered
from bot.core.model import Door, Ticket
from bot.core.sorting import is_unsorted
from bot.desk import Desk
from bot.fulfil import Fulfiller, NotNow, Report
from bot.informing import Informer
from bot.office import Office
from bot.ports import (
    AddressRefused,
    MailboxDown,
    Outward,
    Place,
    PostDown,
    RegisterDown,
    Restored,
    Safe,
    SourceDown,
    SourceRefused,
    StaffDoor,
    TryLater,
)
from bot.postroom import PostRoom
from bot.sending import Sender
from bot.shares import FLOOD
from bot.views import view_in

LEASE = timedelta(seconds=60)
AT_ONCE = 8
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
HELD_PAUSE = timedelta(minutes=30)
SOURCES = frozenset({"find", "who", "act", "at_once"})
"""Steps that ask the data layer: their failures are named on the ticket."""

LADDER = frozenset(one.value for one in Rung)
"""What is due while a ticket is open: a word that had to wait for the morning is void once it is closed."""

REASONS: Mapping[type[Exception], str] = {
    Restored: "restored",
    RegisterDown: "register_down",
    SourceDown: "down",
    PostDown: "mail_down",
    MailboxDown: "mailbox_down",
    TryLater: "slack_busy",
}
"""What is away for now, by the first fault that fits; anything else is named by its kind."""

STOP_WITHIN = 5.0
"""Seconds that steps under way get at a stop; what takes longer is left to its lease."""
LOG = structlog.get_logger("courier")

Perform = Callable[[Any], Awaitable[Report | None]]


class Courier:
    """Performs the step table's rows; several may run beside each other, on one machine or many."""

    def __init__(
        self,
        *,
        desk: Desk,
        office: Office,
        fulfiller: Fulfiller,
        sender: Sender,
        informer: Informer,
        staff_door: StaffDoor,
        safe: Safe,
        fresh: Callable[[], str],
    ) -> None:
        """Wire the courier; `run` works until it is cancelled."""
        self._desk = desk
        self._office = office
        self._fulfiller = fulfiller
        self._sender = sender
        self._informer = informer
        self._staff_door = staff_door
        self._safe = safe
        self._fresh = fresh
        self._bell = asyncio.Event()
        self._kinds: Mapping[str, Perform] = {
            "find": lambda step: self._fulfiller.find(step.ticket),
            "who": lambda step: self._fulfiller.recognise(step.ticket),
            "act": lambda step: self._fulfiller.act(step.ticket),
            "at_once": lambda step: self._fulfiller.at_once(step.ticket),
            "code": self._code,
            "mail": self._mail,
            "notify": self._notify,
            "card": self._card,
            "thread": self._thread,
            "nudge": self._nudge,
            "inform": lambda step: self._informer.inform(step.id, step.ticket, step.args["recipient"]),
            "alert": self._nudge,
            "call": self._call,
            "digest": self._digest,
            FLOOD: self._flood,
            "shred": self._shred,
            "relay": self._relay,
            "letter": self._letter,
            "sort": self._sort,
        }
        self.doors: dict[Door, Outward] = {}
        self.post_room: PostRoom | None = None

    def ring(self) -> None:
        """Something was queued, or time moved: look now."""
        self._bell.set()

    async def run(self) -> None:
        """Work until cancelled; sleeps until the next step is due or the bell rings."""
        while True:
            self._bell.clear()
            while await self.work_once():
                pass
            pause = await self._pause()
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the bell.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._bell.wait()

    async def _pause(self) -> float:
        """Seconds until the next step is due, at most a minute (a leased step of a dead courier comes back)."""
        due: datetime | None = await self._desk.store.read(lambda tx: tx.work.next_step_at())
        if due is None:
            return 60.0
        return min(60.0, max(0.05, (due - self._desk.clock()).total_seconds()))

    async def work_once(self) -> int:
        """Claim what is due, perform it, and return how many steps that were."""
        lease, now = self._fresh(), self._desk.clock()
        kinds = frozenset(self._kinds)
        steps = await self._desk.store.tx(
            lambda tx: tx.work.claim(lease, now=now, until=now + LEASE, limit=AT_ONCE, kinds=kinds)
        )
        await _to_the_end(asyncio.gather(*(self._one(step) for step in steps)))
        return len(steps)

    async def _one(self, step: Any) -> None:
        keeper = asyncio.create_task(self._keep(step))
        try:
            report = await self._kinds[step.kind](step)
        except AddressRefused:
            await self._refused(step)
        except (SourceDown, PostDown, MailboxDown, NotNow, TryLater) as failure:
            await self._failed(step, failure)
        except Exception as failure:
            LOG.error("step_failed", kind=step.kind, ticket=step.ticket, error=type(failure).__name__)
            await self._failed(step, failure)
        else:
            await self._finished(step, report or Report())
        finally:
            keeper.cancel()

    async def _keep(self, step: Any) -> None:
        """Hold a long step: renew its lease while it is being performed."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            await self._desk.store.tx(lambda tx: tx.work.renew(step, self._desk.clock() + LEASE))

    async def _finished(self, step: Any, report: Report) -> None:
        """Finish the step and report, in one transaction; a lost lease means that somebody else will."""

        def write(tx: Any) -> None:
            now = self._desk.clock()
            if not tx.work.finish(step, now):
                return
            for kind, text in (report.contents or {}).items():
                tx.work.replace_content(self._fresh(), owner=step.ticket, kind=kind, text=text, at=now)
            if report.copy is not None:
                for object_id, kind in ((report.copy.object_id, "parcel"), (f"{report.copy.object_id}-page", "page")):
                    tx.work.add_object(object_id, ticket=step.ticket, kind=kind, size=report.copy.size, now=now)
            if report.event is not None:
                self._desk.apply_in(tx, f"step:{step.id}", step.ticket, report.event)

        await self._desk.store.tx(write)

    async def _failed(self, step: Any, failure: Exception) -> None:
        """Try again later; a source that is down is named on the ticket, and after some tries staff are told."""
        reason = _reason(failure)
        pause = _pause_after(step.tries, failure)

        def write(tx: Any) -> None:
            now = self._desk.clock()
            if not tx.work.put_back(step, run_at=now + pause, error=reason):
                return
            if step.kind == "inform" and not isinstance(failure, NotNow):
                missed = NotInformed(by="source", recipient=step.args["recipient"], reason=reason)
                self._desk.apply_in(tx, f"failed:{step.id}:{step.tries}", step.ticket, missed)
            for number, event in enumerate(failure.events if isinstance(failure, NotNow) else ()):
                self._desk.apply_in(tx, f"waits:{step.id}:{step.tries}:{number}", step.ticket, event)
            if step.kind in SOURCES and not isinstance(failure, NotNow):
                event = SourceFailed(by="source", source="platform", reason=reason)
                self._desk.apply_in(tx, f"failed:{step.id}:{step.tries}", step.ticket, event)

        await self._desk.store.tx(write)
        if not isinstance(failure, TryLater):  # being asked to wait a second is everyday life
            LOG.warning("step_put_back", kind=step.kind, ticket=step.ticket, reason=reason, tries=step.tries + 1)

    async def _refused(self, step: Any) -> None:
        """The server will never take this address: trying again can't help, so staff look for another way."""

        def write(tx: Any) -> None:
            if not tx.work.finish(step, self._desk.clock()):
                return
            for ticket_id in _told_of(tx, step):
                event = Undelivered(by="source:mail", what=step.kind)
                self._desk.apply_in(tx, f"refused:{step.id}:{ticket_id}", ticket_id, event)

        await self._desk.store.tx(write)
        LOG.warning("address_refused", kind=step.kind, ticket=step.ticket)

    # ---- the kinds of step

    async def _code(self, step: Any) -> None:
        await self._sender.code(step.id, step.args["challenge"], step.args["tickets"])

    async def _mail(self, step: Any) -> None:
        sent = await self._sender.mail(step.id, step.ticket, step.args["content"])
        if not sent:
            LOG.info("no_address_for_mail", ticket=step.ticket)

    async def _notify(self, step: Any) -> None:
        until = datetime.fromisoformat(step.args["until"])
        await self._sender.stop_notice(step.id, step.ticket, until)

    async def _card(self, step: Any) -> None:
        view, place = await self._seen(step)
        if view is None:
            return
        channel, ts = await self._staff_door.card(view, place)
        if place != (channel, ts):
            await self._desk.store.tx(lambda tx: tx.work.set_card(step.ticket, channel, ts))

    async def _thread(self, step: Any) -> None:
        seq = int(step.args["seq"])

        def read(tx: Any) -> Any:
            logged = [line.entry for line in tx.work.log_of(step.ticket) if line.seq == seq]
            view = view_in(tx, step.ticket, local_date(self._desk.clock()))
            return view, tx.work.card(step.ticket), logged[0] if logged else None

        view, place, entry = await self._desk.store.read(read)
        if place is None:
            raise TryLater(1)  # the card is posted first; it goes before its thread
        if view is not None and entry is not None:
            await self._staff_door.thread(place, view, entry)

    async def _nudge(self, step: Any) -> None:
        view, place = await self._seen(step)
        if view is None or _is_void(view.ticket, step.args["rung"]):
            return
        await self._staff_door.nudge(place, view, step.args["rung"], step.args["who"])

    async def _relay(self, step: Any) -> None:
        """Carry what was said in a conversation to its door; a door that is closed now is tried again later."""
        seqs = {int(seq) for seq in step.args["lines"].split(",")}

        def read(tx: Any) -> tuple[Place | None, tuple[Any, ...]]:
            lines = tx.people.lines_after(step.ticket, min(seqs) - 1, with_private=True)
            return self._desk.visits.place_in(tx, step.ticket), tuple(line for line in lines if line.seq in seqs)

        place, lines = await self._desk.store.read(read)
        if place is None or not lines:
            return
        door = self.doors.get(place.door)
        if door is None:
            raise NotNow("door_closed")
        await door.say(place, lines, key=step.id)

    async def _letter(self, step: Any) -> None:
        if self.post_room is not None:
            await self.post_room.again(step.ticket, step.args["object"])

    async def _sort(self, step: Any) -> None:
        if self.post_room is not None:
            await self.post_room.was_sorted(step.ticket)

    async def _call(self, step: Any) -> None:
        """The same by mail, to the house's own contact."""
        ticket = await self._desk.store.read(lambda tx: tx.work.ticket(step.ticket))
        if ticket is not None:
            await self._sender.staff_call(step.id, ticket, step.args["rung"])

    async def _digest(self, step: Any) -> None:
        """The day's digest; one that could not be posted on its day is void, the next day has its own."""
        if local_date(self._desk.clock()).isoformat() != step.args["day"]:
            return
        digest = await self._office.digest()
        if not digest.is_empty:
            await self._staff_door.digest(digest)

    async def _flood(self, step: Any) -> None:
        """Once an hour: more came than the house answers, or shows, one by one."""
        await self._staff_door.flood(step.args["what"])

    async def _seen(self, step: Any) -> Any:
        """What staff may see of the step's ticket, and where its card stands."""
        today = local_date(self._desk.clock())
        return await self._desk.store.read(lambda tx: (view_in(tx, step.ticket, today), tx.work.card(step.ticket)))

    async def _shred(self, step: Any) -> None:
        object_id = step.args["object"]
        for one in (object_id, f"{object_id}-page"):
            await asyncio.to_thread(self._safe.shred, one)

        def write(tx: Any) -> None:
            for one in (object_id, f"{object_id}-page"):
                tx.work.shredded(one, self._desk.clock())

        await self._desk.store.tx(write)


def _told_of(tx: Any, step: Any) -> tuple[str, ...]:
    """The tickets on which a refused address shows.

    Not where a code was asked for in a chat: whoever typed the address sees that no code comes, and a stranger's typing
    must not call staff.
    """
    if step.kind == "call":
        return ()
    if step.kind != "code":
        return (step.ticket,)
    tickets = (tx.work.ticket(one) for one in step.args["tickets"].split(",") if one)
    return tuple(one.id for one in tickets if one is not None and one.talk is None)


async def _to_the_end(work: "asyncio.Future[Any]") -> None:
    """Wait for steps under way; at a stop they get STOP_WITHIN to end, so that no mail leaves unrecorded."""
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN):
                await work
        raise


def _is_void(ticket: Ticket, rung: str) -> bool:
    """Whether what was due has been done by the time that staff can be told of it."""
    if rung in {SORT, SORT_OVER}:
        return not is_unsorted(ticket)
    return rung in LADDER and not ticket.is_open


def _reason(failure: Exception) -> str:
    """A code for the failure that holds no value of a person."""
    if isinstance(failure, NotNow):
        return str(failure)
    if isinstance(failure, SourceRefused):
        return failure.code[:40]
    found = (code for kind, code in REASONS.items() if isinstance(failure, kind))
    return next(found, f"fault_{type(failure).__name__}")


def _pause_after(tries: int, failure: Exception) -> timedelta:
    if isinstance(failure, TryLater):
        return timedelta(seconds=failure.seconds)
    if isinstance(failure, NotNow):
        return HELD_PAUSE
    growing: timedelta = FIRST_PAUSE * (2 ** min(tries, 10))
    return min(LONGEST_PAUSE, growing)
