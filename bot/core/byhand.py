"""What a colleague does by hand: an errand is set by a source or a recipient without an interface, and done by staff.

Promise: an errand is set once, done once, and due before the ticket is; a call that waits for it goes on as soon as it
is done. Limits: what was done is the colleague's word; their proof note is a content and stands elsewhere.
"""

from dataclasses import replace
from datetime import datetime

from bot.core import events as e
from bot.core import telling
from bot.core.clock import errand_due
from bot.core.model import Errand, Ticket, Way
from bot.core.moves import TRIES_BEFORE_STAFF, Change, IllegalMove


def to_do(ticket: Ticket) -> tuple[Errand, ...]:
    """The errands a colleague may do now: the open ones, and none while a hold forbids every act on data."""
    return () if ticket.is_held else tuple(errand for errand in ticket.errands if errand.done_at is None)


def errand_set(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.ErrandSet)
    if any(errand.id == event.errand for errand in ticket.errands):
        return Change(ticket=ticket, silent=True)
    errand = Errand(id=event.errand, what=event.what, about=event.about, due=errand_due(ticket, now))
    facts = {"errand": errand.what, "source": errand.about, "until": errand.due.isoformat()}
    return Change(
        ticket=replace(ticket, errands=(*ticket.errands, errand)), effects=(e.Nudge(rung="errand_set"),), facts=facts
    )


def errand_done(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.ErrandDone)
    errand = next((one for one in ticket.errands if one.id == event.errand and one.done_at is None), None)
    if errand is None:
        raise IllegalMove("ErrandDone is for an errand of this ticket that is still open")
    done = replace(errand, done_at=now, by=event.by)
    errands = tuple(done if one is errand else one for one in ticket.errands)
    changed = replace(ticket, errands=errands)
    told: tuple[e.Effect, ...] = ()
    if errand.what == telling.TELL:
        changed, told = telling.knows(changed, errand.about, now)
    again: tuple[e.Effect, ...] = (e.Call(verb="retry"),) if ticket.is_open else ()
    return Change(ticket=changed, effects=(*again, *told), facts={"errand": errand.what, "source": errand.about})


def informed(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Informed)
    if telling.waiting(ticket, event.recipient) is None:
        raise IllegalMove("Informed is for a recipient of this ticket who does not know yet")
    changed, told = telling.knows(ticket, event.recipient, now)
    return Change(ticket=changed, effects=told, facts={"source": event.recipient})


def not_informed(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.NotInformed)
    notice = telling.waiting(ticket, event.recipient)
    if notice is None or notice.way is Way.MANUAL:
        raise IllegalMove("NotInformed is for a recipient who is being told")
    changed = telling.failed(ticket, event.recipient, event.reason)
    facts = {"source": event.recipient, "reason": event.reason}
    if event.final:
        handed = telling.handed_over(changed, event.recipient, now)
        return Change(ticket=handed, effects=(e.Nudge(rung="errand_set"),), facts=facts)
    nudge: tuple[e.Effect, ...] = (e.Nudge(rung="not_informed"),) if notice.tries + 1 == TRIES_BEFORE_STAFF else ()
    return Change(ticket=changed, effects=nudge, facts=facts)
