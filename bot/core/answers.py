"""From a plan or a result to what the person is told, and to what the ticket remembers of it.

Promise: result first; what goes and what stays with its reason and last day; every system that was searched is
counted; nothing is called complete that has a gap. A person who is only on a client's list gets the words of one whom
nobody holds, because the client decides there (Art. 28). Limits: it reads plans, which hold counts and no contents.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.core import suppression
from bot.core.clock import last_copy_day, legal_dates
from bot.core.deadlines import kept_until, local_date
from bot.core.messages import (
    Button,
    ChangeView,
    CopyReady,
    Corrected,
    Erased,
    ErasureShown,
    Group,
    Kept,
    Looking,
    MarketingStopped,
    Message,
    NothingHeld,
    ObjectionUpheld,
    ObjectionWeighed,
    Overview,
    Restricted,
)
from bot.core.model import Copy, Flag, Level, PlanNote, Right, Stay, Ticket
from bot.core.plans import Action, ActResult, Change, PersonFound, Plan, PlanLine, Recipient, Role, words
from bot.core.plans import Corrected as CorrectedValue
from bot.core.rights import CORRECTIONS, is_confirmed, level_of

STAYING = frozenset({Action.KEEP, Action.SHARED})
CHANGING = frozenset({Action.DELETE, Action.MASK, Action.CORRECT})
"""What Seleqt itself carries out on a client's list when a recipient asks (policy); the client is told."""

NOT_GOING = STAYING | {Action.SUPPRESS}
"""A suppression entry is added by an erasure; it is nothing that goes."""
FLAGS = {
    "sole_administrator": Flag.SOLE_ADMINISTRATOR,
    "staff_subject": Flag.STAFF_SUBJECT,
}


def own_lines(plan: Plan) -> tuple[PlanLine, ...]:
    """The lines of data Seleqt holds for itself; a client's lists are the client's to show."""
    return tuple(line for line in plan.lines if line.role is Role.CONTROLLER)


def _on_lists(plan: Plan) -> tuple[PlanLine, ...]:
    """The lines that change rows on clients' lists."""
    return tuple(line for line in plan.lines if line.role is Role.PROCESSOR and line.action in CHANGING and line.rows)


def is_nothing(plan: Plan) -> bool:
    """True when every source answered and Seleqt holds nothing of its own on the person."""
    return plan.complete and not own_lines(plan)


def note(plan: Plan, *, searched: int, systems: int, lang: str) -> PlanNote:
    """What a ticket remembers of a plan: hash, counts and reasons."""
    mine = own_lines(plan)
    staying = [line for line in mine if line.action is Action.KEEP]
    return PlanNote(
        hash=plan.hash,
        rows=sum(line.rows for line in mine if line.action is not Action.SHARED),
        groups=len({(line.source, line.collection) for line in mine}),
        goes=sum(line.rows for line in mine if line.action not in NOT_GOING),
        stays=tuple(_stay(line, lang) for line in staying),
        shared=sum(line.rows for line in mine if line.action is Action.SHARED),
        third_party=sum(line.third_party for line in mine),
        secrets=sum(line.secrets for line in mine),
        recipients=len(plan.recipients),
        searched=searched,
        systems=systems,
        processor_rows=sum(line.rows for line in _on_lists(plan)),
    )


def _stay(line: PlanLine, lang: str) -> Stay:
    until = line.keep_until.isoformat() if line.keep_until else None
    return Stay(label=label(line, lang), rows=line.rows, reason=line.reason, until=until)


def flags_of(plan: Plan, people: Iterable[PersonFound]) -> frozenset[Flag]:
    """What staff should look at, from the plan and the people found."""
    found = tuple(people)
    own = [person for person in found if person.role is Role.CONTROLLER]
    flags = {FLAGS[flag] for person in found for flag in person.flags if flag in FLAGS}
    mine = own_lines(plan)
    if any(line.action is Action.SHARED and line.rows for line in mine):
        flags.add(Flag.SHARED_ROWS)
    if any(line.third_party for line in mine):
        flags.add(Flag.THIRD_PARTY)
    if len({person.tenant for person in own if person.tenant}) > 1:
        flags.add(Flag.SEVERAL_TENANTS)
    data = [line for line in mine if line.action is not Action.SUPPRESS]
    # No account is not enough: an approval and the waiting time fall away for marketing data alone.
    if data and all(line.marketing for line in data) and not any(person.subject_id for person in own):
        flags.add(Flag.MARKETING_ONLY)
    if any(line.role is Role.PROCESSOR for line in plan.lines) or len(own) < len(found):
        flags.add(Flag.PROCESSOR)
    return frozenset(flags)


def label(line: PlanLine, lang: str) -> str:
    """The line's name in the person's language, else the collection's own."""
    return words(line.label, lang) or line.collection


def groups(lines: Iterable[PlanLine], lang: str) -> tuple[Group, ...]:
    """Lines as groups with counts and purposes, one per label."""
    rows: dict[str, int] = {}
    purposes: dict[str, str] = {}
    for line in lines:
        name = label(line, lang)
        rows[name] = rows.get(name, 0) + line.rows
        purposes.setdefault(name, words(line.facts.purpose, lang))
    return tuple(Group(label=name, rows=count, purpose=purposes[name]) for name, count in rows.items() if count)


def kept(lines: Iterable[PlanLine], lang: str) -> tuple[Kept, ...]:
    """What stays, with reason and last day."""
    return tuple(
        Kept(label=label(line, lang), rows=line.rows, reason=line.reason or line.action, until=line.keep_until)
        for line in lines
        if line.action in STAYING and line.rows
    )


def names(recipients: Iterable[Recipient]) -> tuple[str, ...]:
    """Recipients by name and country (C-154/21: by name, not by category)."""
    return tuple(f"{one.name} ({one.country})" if one.country else one.name for one in recipients)


def located(ticket: Ticket, plan: Plan, *, searched: int, systems: int) -> Message:
    """What the person is told once every source has answered."""
    if is_nothing(plan):
        other = (Button(act="other_address", arg=ticket.id), Button(act="person"))
        return NothingHeld(ref=ticket.ref, searched=searched, buttons=other)
    if ticket.right is Right.ERASURE:
        return _erasure_shown(ticket, plan)
    if ticket.right is Right.ACCESS and level_of(ticket) is Level.SESSION:
        return _overview(ticket, plan, searched=searched, systems=systems)
    latest = legal_dates(ticket).queue_date
    # News that asks nothing carries no buttons, so that a question which is still open keeps its own.
    if ticket.right is Right.OBJECTION:
        return ObjectionWeighed(ref=ticket.ref, latest=latest)
    return Looking(ref=ticket.ref, latest=latest, confirmed=is_confirmed(ticket))


def _overview(ticket: Ticket, plan: Plan, *, searched: int, systems: int) -> Overview:
    return Overview(
        ref=ticket.ref,
        groups=groups(own_lines(plan), ticket.lang),
        recipients=names(plan.recipients),
        searched=searched,
        systems=systems,
        latest=legal_dates(ticket).queue_date,
    )


def yes_or_no(ticket: Ticket) -> tuple[Button, ...]:
    """What a person can press who has not said yes yet; the safe choice stands last. Nothing once they have."""
    if not ticket.is_open or is_confirmed(ticket):
        return ()
    if ticket.right in CORRECTIONS:
        return (Button(act="yes_change", arg=ticket.id), Button(act="retype", arg=ticket.id))
    return (
        Button(act="delete_all", arg=ticket.id),
        Button(act="copy_first", arg=ticket.id),
        Button(act="stop_keep", arg=ticket.id),
    )


def _erasure_shown(ticket: Ticket, plan: Plan) -> ErasureShown:
    mine = own_lines(plan)
    going = [line for line in mine if line.action not in NOT_GOING]
    return ErasureShown(
        ref=ticket.ref,
        goes=groups(going, ticket.lang),
        stays=kept(mine, ticket.lang),
        buttons=yes_or_no(ticket),
    )


def done(ticket: Ticket, plan: Plan, results: Iterable[ActResult], now: datetime, *, copy: Copy | None) -> Message:
    """What the person is told after the act: what was done, what is kept, why and until when, who will be told.

    Raises ValueError for a result that has no words, such as an access request without its copy.
    """
    every = tuple(results)
    on = local_date(now)
    told, on_list = names(plan.recipients), bool(_on_lists(plan))
    if copy is not None and ticket.plan is not None:
        return CopyReady(
            ref=ticket.ref,
            until=last_copy_day(copy),
            searched=ticket.plan.searched,
            systems=ticket.plan.systems,
            size=copy.size,
            buttons=(
                Button(act="open_copy", arg=ticket.id),
                Button(act="wrong_person", arg=ticket.id),
                Button(act="person"),
            ),
        )
    if ticket.right is Right.ERASURE:
        mine = own_lines(plan)
        goes = groups([line for line in mine if line.action not in NOT_GOING], ticket.lang)
        stays = kept(mine, ticket.lang)
        return Erased(ref=ticket.ref, on=on, goes=goes, stays=stays, recipients=told, on_list=on_list)
    if ticket.right in CORRECTIONS:
        return Corrected(ref=ticket.ref, on=on, changes=_changes(every), recipients=told, on_list=on_list)
    if ticket.right is Right.RESTRICTION:
        return Restricted(ref=ticket.ref, on=on, recipients=told)
    if ticket.right is Right.OBJECTION:
        return ObjectionUpheld(ref=ticket.ref, on=on, recipients=told)
    if ticket.right is not Right.OBJECTION_MARKETING:
        raise ValueError("there are no words for this result")
    return MarketingStopped(ref=ticket.ref, kept_until=kept_until(on, suppression.YEARS))


def _changes(results: tuple[ActResult, ...]) -> tuple[ChangeView, ...]:
    views = [ChangeView(field=one.name, old=one.old, new=one.new) for result in results for one in result.corrected]
    return tuple(dict.fromkeys(views))


def evidence(results: Iterable[ActResult]) -> dict[str, str]:
    """What the log keeps of an act: rows per action, the start of each proof, whether old bytes were overwritten.

    `remains` says where they may still be: in a log, or on PostgreSQL in the heap until vacuum and in log archives.
    """
    every = tuple(results)
    if not every:
        return {}
    rows: dict[str, int] = {}
    for one in (one for result in every for one in result.done):
        rows[one.action] = rows.get(one.action, 0) + one.rows
    cleared = "yes" if all(result.cleared for result in every) else "no"
    counts = {str(action): str(count) for action, count in rows.items()}
    remains = ".".join(sorted({result.remains for result in every if result.remains}))
    told = {"proof": ".".join(result.proof[:16] for result in every), "cleared": cleared}
    return {**counts, **told, **({"remains": remains} if remains else {})}


def as_corrected(change: Change) -> CorrectedValue:
    """What was asked, in the shape of what was done, for a result whose values were not kept."""
    return CorrectedValue(name=change.name, collection="", column="", old=change.old or "", new=change.new)
