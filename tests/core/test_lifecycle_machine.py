"""Any sequence of events, over days: nothing reaches the work, or passes the gate, that may not.

Promise: the rules are told again here in their own words, from what the machine itself saw happen, and held against
the tables. Limits: one ticket at a time; what staff may do is `may_decide`'s, tested with rights.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.core import events as e
from bot.core.lifecycle import Advance, advance, opened
from bot.core.messages import Looking
from bot.core.model import ClockFact, Copy, Flag, Identity, Right, Status, Ticket
from bot.core.moves import IllegalMove
from bot.core.plans import Verb
from bot.core.rights import GROUNDS, ROWS, Verdict, may_act
from tests.core.builders import LOTTE, NOW, by_mailbox, by_session, located, plan_note, ticket

STAFF = ("T1:U1", "T1:U2", "T1:U3")
HASHES = ("a" * 64, "b" * 64)
SAID = Looking(ref="SEL-2026-00001", latest=NOW.date())
COPY = Copy(object_id="o-1", size=1, until=NOW + timedelta(days=14))
HOLDS = frozenset({Flag.STOPPED, Flag.LEGAL_HOLD, Flag.ALARM})
GAPS = st.sampled_from([timedelta(minutes=1), timedelta(hours=5), timedelta(hours=25), timedelta(days=8)])
TWO_YES = {Right.ERASURE}
ASKS_YES = {Right.ERASURE, Right.RECTIFICATION, Right.RECTIFICATION_CONTACT}


class Road(RuleBasedStateMachine):
    """One ticket; beside it only what was seen to happen."""

    one: Ticket
    rights: Sequence[Right] = tuple(Right)

    @initialize(data=st.data(), proof=st.sampled_from([None, by_session(), by_mailbox()]))
    def draw(self, data: st.DataObject, proof: Identity | None) -> None:
        self.begin(data.draw(st.sampled_from(self.rights)), proof)

    def begin(self, right: Right, proof: Identity | None) -> None:
        self.now = NOW
        identity = proof if ROWS[right].proofs else None
        clock = () if identity else (ClockFact(type="identity_asked", at=NOW),)
        self.proved = identity
        self.mailbox = False
        self.yes = False
        self.plan: str | None = None
        self.only_marketing = False
        self.approved: set[tuple[str, str]] = set()
        self.held: set[str] = set()
        self.recognised = False
        self.wait_began = None
        self.late: list[str] = []
        self.ended_by: type[e.Event] | None = None
        self.one = ticket(right, status=Status.VERIFYING, identity=identity, clock=clock)
        self.follow(opened(self.one, NOW), None)

    # ---- what may happen

    def happen(self, event: e.Event) -> bool:
        """Let it happen; a refusal changes nothing."""
        before = self.one
        try:
            result = advance(before, event, self.now)
        except IllegalMove:
            assert self.one == before
            return False
        self.follow(result, event)
        return True

    def follow(self, result: Advance, event: e.Event | None) -> None:
        before, self.one = self.one, result.ticket
        self.late += [told for told in names(result.effects) if told == "late_notice"]
        if before.waits_until is None and self.one.waits_until is not None:
            self.wait_began = self.now
        if before.is_open and not self.one.is_open:
            self.ended_by = type(event)
        if isinstance(event, e.Ticked):
            assert self.one.approvals == before.approvals
            assert self.one.confirmed_at == before.confirmed_at
            assert self.one.identity == before.identity
            assert self.one.status not in {Status.DONE, Status.REFUSED, Status.WITHDRAWN} or not before.is_open

    @rule(proof=st.sampled_from([by_session(), by_mailbox()]))
    def prove(self, proof: Identity) -> None:
        if self.happen(e.Proved(by="person", identity=proof)):
            self.proved = self.proved or proof

    @rule()
    def prove_the_new_mailbox(self) -> None:
        self.mailbox |= self.happen(e.MailboxProved(by="person"))

    @rule()
    def say_yes(self) -> None:
        if self.happen(e.Confirmed(by="person")):  # a yes to an erasure is a yes to the plan that was shown
            self.yes |= self.one.right is not Right.ERASURE or self.plan is not None

    @rule(contact=st.booleans())
    def give_other_values(self, contact: bool) -> None:
        if self.happen(e.Amended(by="person", contact=contact)):
            self.plan, self.yes, self.mailbox = None, False, False
            self.approved.clear()

    @rule(digest=st.sampled_from(HASHES), marketing=st.booleans(), gap=st.booleans(), nothing=st.booleans())
    def find(self, digest: str, marketing: bool, gap: bool, nothing: bool) -> None:
        plan = plan_note(digest, searched=0 if gap else 1)
        flags = frozenset({Flag.MARKETING_ONLY}) if marketing else frozenset()
        if self.happen(located(plan, flags=flags, nothing=nothing and not gap)):
            self.plan, self.only_marketing = None if gap else digest, marketing
            self.approved.clear()

    @rule()
    def a_source_fails(self) -> None:
        self.happen(e.SourceFailed(by="source", source="platform", reason="down"))

    @rule()
    def the_plan_moves(self) -> None:
        if self.happen(e.PlanMoved(by="source")):
            self.plan = None
            self.yes &= self.one.right is not Right.ERASURE
            self.approved.clear()

    @rule(who=st.sampled_from(STAFF), digest=st.sampled_from(HASHES))
    def approve(self, who: str, digest: str) -> None:
        if self.happen(e.Approved(by=who, plan_hash=digest)):
            self.approved.add((who, digest))

    @rule(digest=st.sampled_from(HASHES), marketing=st.booleans(), waits=st.booleans(), answers=st.booleans())
    def rush(self, digest: str, marketing: bool, waits: bool, answers: bool) -> None:
        """All that others can do falls into place at once; only proofs, holds and perhaps the yes are left out."""
        self.find(digest, marketing, False, False)
        if answers:
            self.say_yes()
        for who in STAFF[:2]:
            self.approve_what_stands(who)
        if waits:
            self.time_passes(timedelta(hours=25))

    @rule(who=st.sampled_from(STAFF))
    def approve_what_stands(self, who: str) -> None:
        self.approve(who, self.one.plan.hash if self.one.plan else HASHES[0])

    @rule(how=st.sampled_from(["done", "done", "settled", "refused", "refused without a ground", "taken back"]))
    def end(self, how: str) -> None:
        copy = COPY if self.one.right is Right.ACCESS else None
        ground = "busy" if how.endswith("ground") else "art_12_5_excessive"
        if how == "done":
            self.happen(e.Acted(by="source", message=SAID, copy=copy))
        elif how == "settled":
            self.happen(e.Settled(by=LOTTE.key, message=SAID))
        elif how == "taken back":
            self.happen(e.Withdrew(by="person"))
        elif self.happen(e.Refused(by=LOTTE.key, ground=ground, letter=SAID)):
            assert ground in GROUNDS[self.one.right]

    @rule(reason=st.sampled_from(["complexity", "workload"]))
    def extend(self, reason: str) -> None:
        if self.happen(e.Extended(by=LOTTE.key, reasons=(reason,), letter=SAID)):
            assert reason == "complexity"

    @rule(event=st.sampled_from([e.Stopped(by="person"), e.HoldSet(by=LOTTE.key), e.Alarmed(by="person", kind="x")]))
    def hold(self, event: e.Event) -> None:
        if self.happen(event):
            self.held.add(type(event).__name__)
            if not isinstance(event, e.HoldSet):  # what somebody objected to is approved anew
                self.approved.clear()

    @rule()
    def lift(self) -> None:
        if self.happen(e.HoldLifted(by=LOTTE.key)):
            if self.held - {"HoldSet"} and self.wait_began is not None:
                self.wait_began = self.now
            self.held.clear()

    @rule()
    def recognise(self) -> None:
        self.recognised |= self.happen(e.Recognised(by="source"))

    @rule(
        event=st.sampled_from(
            [
                e.Asked(by=LOTTE.key, message=SAID),
                e.AnswerCame(by="person"),
                e.Retried(by=LOTTE.key),
                e.Fetched(by="person"),
                e.ErrandSet(by="source", errand="k-1", what="erasure", about="archive"),
                e.ErrandDone(by=LOTTE.key, errand="k-1"),
            ]
        )
    )
    def anything_else(self, event: e.Event) -> None:
        self.happen(event)

    @rule(gap=GAPS)
    def time_passes(self, gap: timedelta) -> None:
        self.now += gap
        self.happen(e.Ticked(by="clock"))

    @rule()
    def tick_again(self) -> None:
        assert names(advance(self.one, e.Ticked(by="clock"), self.now).effects) == []

    # ---- the rules in their own words

    def is_verified(self) -> bool:
        if not ROWS[self.one.right].proofs:
            return True
        return self.proved is not None and (self.one.right is not Right.RECTIFICATION_CONTACT or self.mailbox)

    def is_approved(self) -> bool:
        """Different colleagues, of this plan: two for a whole erasure and a contact change by mailbox."""
        row = ROWS[self.one.right]
        if row.direct or row.verb is None:
            return not row.verb or row.direct
        if self.one.right is Right.ERASURE and self.only_marketing:
            return True
        by_code = self.proved is not None and self.proved.mailbox is not None
        two = self.one.right in TWO_YES or (self.one.right is Right.RECTIFICATION_CONTACT and by_code)
        return len({who for who, digest in self.approved if digest == self.plan}) >= (2 if two else 1)

    def has_waited(self) -> bool:
        if self.one.right is not Right.ERASURE or self.only_marketing:
            return True
        return self.wait_began is not None and self.now >= self.wait_began + timedelta(hours=24)

    def has_everything(self) -> bool:
        """All that the work needs, but for a hold, which may come while it is being done."""
        has_plan = ROWS[self.one.right].direct or self.plan is not None
        has_yes = self.yes or self.one.right not in ASKS_YES
        return self.is_verified() and has_plan and has_yes and self.is_approved() and self.has_waited()

    @invariant()
    def nothing_is_worked_on_that_lacks_a_thing(self) -> None:
        if self.one.status is Status.WORKING and not self.held:
            assert self.has_everything()

    @invariant()
    def nothing_passes_the_review_that_lacks_a_thing_but_time(self) -> None:
        if self.one.status is Status.SCHEDULED:
            assert self.is_verified()
            assert self.is_approved() or self.held
            assert self.yes or self.one.right not in ASKS_YES

    @invariant()
    def a_hold_stops_the_road_before_the_work(self) -> None:
        assert self.one.is_held == bool(self.held)

    @invariant()
    def the_gate_says_yes_only_when_all_is_there(self) -> None:
        row = ROWS[self.one.right]
        for verb in Verb:
            verdict = may_act(self.one, verb, plan_hash=self.plan or "", now=self.now)
            if verdict is Verdict.YES:
                assert self.is_verified()
                assert not self.held
                assert self.one.is_open
                assert verb == row.at_once or (verb == row.verb and self.has_everything())

    @invariant()
    def the_gate_knows_no_other_plan(self) -> None:
        row = ROWS[self.one.right]
        if row.verb and not row.direct:
            assert may_act(self.one, row.verb, plan_hash="c" * 64, now=self.now) is not Verdict.YES

    @invariant()
    def what_is_done_was_carried_out_settled_by_hand_or_nothing_was_held(self) -> None:
        if self.one.status is Status.DONE:
            assert self.ended_by in {e.Acted, e.Settled, e.Located}
            assert self.ended_by is not e.Settled or ROWS[self.one.right].verb is None
            assert self.ended_by is not e.Settled or self.recognised or not ROWS[self.one.right].proofs
            assert self.one.plan is None or self.one.plan.is_complete

    @invariant()
    def silence_ends_a_request_only_where_nobody_proved_anything(self) -> None:
        if self.one.status is Status.LAPSED:
            assert self.proved is None
            assert self.ended_by is e.Ticked

    @invariant()
    def the_person_is_told_of_lateness_once_for_each_date(self) -> None:
        extensions = sum(fact.type == "extension_notified" for fact in self.one.clock)
        assert len(self.late) <= 1 + extensions

    @invariant()
    def a_verification_never_changes(self) -> None:
        assert self.one.identity == self.proved


def names(effects: Iterable[e.Effect]) -> list[str]:
    return [effect.message.name() for effect in effects if isinstance(effect, e.Tell)]


class RoadOfErasure(Road):
    """The right with every gate."""

    rights = (Right.ERASURE,)


class RoadOfCorrection(Road):
    """The rights that turn into each other."""

    rights = (Right.RECTIFICATION, Right.RECTIFICATION_CONTACT)


WALK = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
TestRoadOfAnyRight = Road.TestCase
TestRoadOfErasure = RoadOfErasure.TestCase
TestRoadOfCorrection = RoadOfCorrection.TestCase
TestRoadOfAnyRight.settings = TestRoadOfErasure.settings = TestRoadOfCorrection.settings = WALK


@pytest.mark.parametrize("proof", [by_session(), by_mailbox()])
def test_the_machine_can_walk_the_whole_road(proof: Identity) -> None:
    """The rules above would hold for a road that nobody can walk; this one is walked to its end."""
    road = Road()
    road.begin(Right.ERASURE, proof)
    road.find(HASHES[0], False, False, False)
    road.say_yes()
    for who in STAFF[:2]:
        road.approve(who, HASHES[0])
    assert road.one.status is Status.SCHEDULED
    for _ in range(3):
        road.time_passes(timedelta(hours=25))
    assert road.one.status is Status.WORKING
    assert road.has_everything()
    road.end("done")
    road.what_is_done_was_carried_out_settled_by_hand_or_nothing_was_held()
    assert road.one.status is Status.DONE
