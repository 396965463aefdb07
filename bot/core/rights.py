"""One row per right: which proofs it accepts, who decides, how long it waits, what is asked of the data layer.

Promise: everything that makes one right differ from another stands in ROWS, and `may_act` is the single gate before
every act on data: no duplicate, reopening, job or command leads around it (`may_replay` lets through what already
passed it, for a restored database). Limits: it judges facts it is given and fetches none; the settings may only make a
row stricter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.model import Flag, Level, Right, Role, Staffer, Status, Ticket
from bot.core.plans import ERASING, MARKING, Verb

ANY_PROOF = frozenset({Level.MAILBOX, Level.SESSION})
NO_PROOF: frozenset[Level] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one right needs.

    `approvals` counts different colleagues per level of proof; `verb` None means by hand; a `direct` right is carried
    out without a plan to approve; `at_once` is done as soon as the person is verified, while the rest is decided.
    """

    article: str
    proofs: frozenset[Level]
    verb: Verb | None = None
    approvals: Mapping[Level, int] = field(default_factory=dict)
    confirms: bool = False
    waits: bool = False
    new_mailbox: bool = False
    direct: bool = False
    at_once: Verb | None = None


def _staff(number: int) -> Mapping[Level, int]:
    return dict.fromkeys(Level, number)


ROWS: Mapping[Right, Row] = {
    Right.ACCESS: Row(article="15", proofs=ANY_PROOF, verb=Verb.ACCESS, approvals=_staff(1)),
    Right.PORTABILITY: Row(article="20", proofs=ANY_PROOF, verb=Verb.PORTABILITY, approvals=_staff(1)),
    Right.RECTIFICATION: Row(
        article="16", proofs=ANY_PROOF, verb=Verb.RECTIFICATION, approvals=_staff(1), confirms=True
    ),
    # An address is the key to all other rights: the session or the old mailbox, and the new mailbox besides.
    Right.RECTIFICATION_CONTACT: Row(
        article="16",
        proofs=ANY_PROOF,
        verb=Verb.RECTIFICATION,
        approvals={Level.CLAIMED: 2, Level.MAILBOX: 2, Level.SESSION: 1},
        confirms=True,
        new_mailbox=True,
    ),
    Right.ERASURE: Row(
        article="17",
        proofs=ANY_PROOF,
        verb=Verb.ERASURE,
        approvals=_staff(2),
        confirms=True,
        waits=True,
        at_once=Verb.OBJECTION_MARKETING,
    ),
    Right.RESTRICTION: Row(article="18", proofs=ANY_PROOF, verb=Verb.RESTRICTION, approvals=_staff(1)),
    Right.OBJECTION: Row(
        article="21(1)",
        proofs=ANY_PROOF,
        verb=Verb.OBJECTION_INTEREST,
        approvals=_staff(1),
        at_once=Verb.RESTRICTION,
    ),
    # Nothing to weigh and nothing to prove (Art. 21(3)): the one effect L0 may cause is a suppression entry.
    Right.OBJECTION_MARKETING: Row(article="21(2)", proofs=NO_PROOF, verb=Verb.OBJECTION_MARKETING, direct=True),
    Right.CONSENT_WITHDRAWAL: Row(article="7(3)", proofs=ANY_PROOF),
    Right.TESTIMONIAL_REMOVAL: Row(article="17", proofs=NO_PROOF),
    Right.POST_MORTEM: Row(article="policy", proofs=ANY_PROOF),
    Right.COMPLAINT: Row(article="77", proofs=NO_PROOF),
    Right.UNCLEAR: Row(article="12(2)", proofs=NO_PROOF),
}

CORRECTIONS = frozenset({Right.RECTIFICATION, Right.RECTIFICATION_CONTACT})
"""The rights that carry new values; a change of an address at which codes arrive is the stricter of the two."""

ON_LISTS = CORRECTIONS | {Right.ERASURE}
"""What is carried out on a client's list when a recipient asks (policy); all else is forwarded to the client."""

GROUNDS: Mapping[Right, tuple[str, ...]] = {
    Right.ACCESS: ("art_15_4", "art_12_5_excessive", "art_11_2"),
    Right.PORTABILITY: ("art_20_basis", "art_20_4", "art_12_5_excessive", "art_11_2"),
    Right.RECTIFICATION: ("art_16_accurate", "art_16_opinion", "art_12_5_excessive", "art_11_2", "no_answer"),
    Right.RECTIFICATION_CONTACT: ("art_16_accurate", "art_12_5_excessive", "art_11_2", "no_answer"),
    Right.ERASURE: ("art_17_3_b", "art_17_3_e", "art_17_1_none", "art_12_5_excessive", "art_11_2", "no_answer"),
    Right.RESTRICTION: ("art_18_none", "art_12_5_excessive", "art_11_2"),
    Right.OBJECTION: ("art_21_1_compelling", "art_21_1_claims", "art_11_2"),
    Right.OBJECTION_MARKETING: (),
    Right.CONSENT_WITHDRAWAL: (),
    Right.TESTIMONIAL_REMOVAL: ("not_a_request",),
    Right.POST_MORTEM: ("not_a_request", "art_11_2"),
    Right.COMPLAINT: ("not_a_request",),
    Right.UNCLEAR: ("not_a_request",),
}
"""Grounds of refusal, a closed list per right; a marketing objection can never be refused (Art. 21(3))."""

EXTENSION_GROUNDS = ("complexity", "number")
"""Art. 12(3): complexity and number of this person's requests, nothing else."""


class Verdict(StrEnum):
    """What the gate or the approver table answers; anything but YES is a no with its reason."""

    YES = "yes"
    NOT_OPEN = "not_open"
    NOT_VERIFIED = "not_verified"
    HELD = "held"
    NO_PLAN = "no_plan"
    PLAN_DIFFERS = "plan_differs"
    NOT_CONFIRMED = "not_confirmed"
    NOT_APPROVED = "not_approved"
    WAITING = "waiting"
    WRONG_VERB = "wrong_verb"
    NOT_STAFF = "not_staff"
    NO_ROLE = "no_role"
    IS_REQUESTER = "is_requester"
    TWICE = "twice"
    WRONG_STATE = "wrong_state"


def is_verified(ticket: Ticket) -> bool:
    """True when a proof the right accepts was given for this very ticket (and the new mailbox, where it needs one)."""
    row = ROWS[ticket.right]
    if not row.proofs:
        return True
    has_proof = ticket.identity is not None and ticket.identity.level in row.proofs
    return has_proof and (not row.new_mailbox or ticket.new_mailbox_at is not None)


def level_of(ticket: Ticket) -> Level:
    """The level reached on this ticket."""
    return ticket.identity.level if ticket.identity else Level.CLAIMED


def approvals_needed(ticket: Ticket) -> int:
    """How many different colleagues must approve; none where only marketing data without an account goes."""
    if ticket.right is Right.ERASURE and Flag.MARKETING_ONLY in ticket.flags:
        return 0
    if ticket.right is Right.ERASURE and is_on_lists_only(ticket):
        return 1  # a row on a client's list: no account goes, and the client can enter it again
    return ROWS[ticket.right].approvals.get(level_of(ticket), 0)


def approvers(ticket: Ticket) -> frozenset[str]:
    """The different colleagues whose approval is for the plan as it stands now."""
    plan_hash = ticket.plan.hash if ticket.plan else ""
    return frozenset(approval.by for approval in ticket.approvals if approval.plan_hash == plan_hash)


def is_approved(ticket: Ticket) -> bool:
    """True when enough different colleagues approved this very plan."""
    return len(approvers(ticket)) >= approvals_needed(ticket)


def is_on_lists_only(ticket: Ticket) -> bool:
    """True when the one thing to do is to change rows on a client's list."""
    return ticket.plan is not None and ticket.plan.is_on_lists_only and ticket.right in ON_LISTS


def is_confirmed(ticket: Ticket) -> bool:
    """True when the person said yes to what they were shown, or the right needs no yes.

    What stands on a client's list is never shown, so its erasure rests on what they asked.
    """
    if ticket.right is Right.ERASURE and is_on_lists_only(ticket):
        return True
    return not ROWS[ticket.right].confirms or ticket.confirmed_at is not None


def has_waited(ticket: Ticket, now: datetime) -> bool:
    """True when no waiting time is set or it is over."""
    return ticket.waits_until is None or now >= ticket.waits_until


def may_act(ticket: Ticket, verb: Verb, *, plan_hash: str, now: datetime) -> Verdict:
    """The one gate: may `verb` be carried out on the person's data for this ticket, now, under this plan?

    Checks state, verification of this ticket, holds, the plan's hash, the person's yes, approvals and waiting time.
    What a right does at once (marketing stops, a purpose is restricted while weighing) needs state, proof and no hold.
    """
    row = ROWS[ticket.right]
    if not ticket.is_open:
        return Verdict.NOT_OPEN
    if not is_verified(ticket):
        return Verdict.NOT_VERIFIED
    if ticket.is_held:
        return Verdict.HELD
    if verb == row.at_once and ticket.status in {Status.LOCATING, Status.REVIEW, Status.SCHEDULED, Status.WORKING}:
        return Verdict.YES
    if verb != row.verb:
        return Verdict.WRONG_VERB
    return _full_gate(ticket, plan_hash, now)


def _full_gate(ticket: Ticket, plan_hash: str, now: datetime) -> Verdict:
    if ticket.status is not Status.WORKING:
        return Verdict.WRONG_STATE
    if ROWS[ticket.right].direct:
        return Verdict.YES
    if ticket.plan is None:
        return Verdict.NO_PLAN
    if ticket.plan.hash != plan_hash:
        return Verdict.PLAN_DIFFERS
    if not is_confirmed(ticket):
        return Verdict.NOT_CONFIRMED
    if not is_approved(ticket):
        return Verdict.NOT_APPROVED
    return Verdict.YES if has_waited(ticket, now) else Verdict.WAITING


def may_replay(verb: Verb, *, plan_fits: bool) -> Verdict:
    """May an act of the register be carried out once more, on a database that was restored to before it?

    The register's entry is the proof of a gate passed: it is written after the act alone, and the act came after
    `may_act` and its approvals in Slack. So nothing is decided here; what was decided is done again where the
    database was set back, under the same key, for the same person. An erasure is done again only while the plan, made
    anew, is the one approved (`plan_fits`); marks and suppressions take nothing away and follow the data as it is now.
    A correction can't be repeated, because its values are kept nowhere.
    """
    if verb in MARKING:
        return Verdict.YES
    if verb not in ERASING:
        return Verdict.WRONG_VERB
    return Verdict.YES if plan_fits else Verdict.PLAN_DIFFERS


class Decision(StrEnum):
    """What a staff member may press; each maps to one event of the lifecycle."""

    APPROVE = "approve"
    REFUSE = "refuse"
    EXTEND = "extend"
    ASK = "ask"
    SETTLE = "settle"
    HOLD = "hold"
    LIFT = "lift"
    RETRY = "retry"
    REPLY = "reply"
    LOOK = "look"
    ASSIGN = "assign"
    DONE = "done"
    SORT_OURS = "sort_ours"
    SORT_NOT = "sort_not"


NEEDS_LEGAL = frozenset({Decision.REFUSE})
"""Refusing, charging and calling a request excessive are for the legal role."""


def may_decide(ticket: Ticket, staffer: Staffer | None, decision: Decision) -> Verdict:
    """May this colleague make this decision on this ticket? An unknown colleague and an empty table mean no."""
    if staffer is None or not staffer.roles:
        return Verdict.NOT_STAFF
    if staffer.subjects & _requesters(ticket):
        return Verdict.IS_REQUESTER
    if decision in NEEDS_LEGAL and Role.LEGAL not in staffer.roles:
        return Verdict.NO_ROLE
    if decision is Decision.APPROVE:
        return _may_approve(ticket, staffer)
    return Verdict.YES


def _requesters(ticket: Ticket) -> frozenset[tuple[str, str]]:
    identity = ticket.identity
    own = {(identity.tenant or "", identity.subject or "")} if identity and identity.subject else set()
    return ticket.subjects | own


def _may_approve(ticket: Ticket, staffer: Staffer) -> Verdict:
    if Role.APPROVER not in staffer.roles:
        return Verdict.NO_ROLE
    if ticket.status is not Status.REVIEW or ticket.plan is None:
        return Verdict.WRONG_STATE
    return Verdict.TWICE if staffer.key in approvers(ticket) else Verdict.YES
