"""From a plan or a result to what the person is told and what the ticket remembers."""

from dataclasses import replace
from datetime import date

import pytest

from bot.core.answers import (
    as_corrected,
    done,
    evidence,
    flags_of,
    groups,
    is_nothing,
    kept,
    located,
    names,
    note,
)
from bot.core.clock import copy_until
from bot.core.messages import ChangeView, Group, Kept
from bot.core.model import Copy, Flag, PlanNote, Right
from bot.core.plans import (
    Action,
    ActResult,
    Change,
    Corrected,
    Done,
    Facts,
    PersonFound,
    Plan,
    PlanLine,
    Recipient,
    Role,
    Subject,
    Verb,
    combine,
    failed,
    one_part,
)
from tests.core.builders import NOW, by_mailbox, by_session, ticket

LABEL = (("en", "Log-ins"), ("nl", "Inloggegevens"))
LOGINS = PlanLine(
    source="platform",
    tenant="acme",
    collection="logins",
    action=Action.DELETE,
    rows=3,
    label=LABEL,
    facts=Facts(purpose=(("en", "safety"),)),
)
OLD_LOGINS = replace(LOGINS, collection="old_logins", rows=2)
INVOICES = replace(
    LOGINS,
    collection="invoices",
    action=Action.KEEP,
    rows=2,
    label=(),
    reason="tax",
    keep_until=date(2031, 12, 31),
)
SHARED = replace(LOGINS, collection="addresses", action=Action.SHARED, rows=1, label=(), third_party=1)
CLIENTS = replace(LOGINS, collection="lists", role=Role.PROCESSOR, rows=7)
NONE_LEFT = replace(LOGINS, collection="cookies", rows=0, label=())
NEWS = replace(LOGINS, collection="newsletter", marketing=True)
BLOCK = replace(LOGINS, collection="suppression", action=Action.SUPPRESS)
HOST = Recipient(code="host", name="Example Hosting B.V.", country="NL")
POST = Recipient(code="post", name="Example Post")


def plan(*lines: PlanLine, recipients=(HOST,)) -> Plan:
    return one_part(Verb.ERASURE, source="platform", tenant="acme", subject="s", lines=lines, recipients=recipients)


def person(*, subject_id="u-1", tenant="acme", role=Role.CONTROLLER, flags=()) -> PersonFound:
    subject = Subject(source="platform", tenant=tenant, role=role, keys=())
    return PersonFound(subject=subject, subject_id=subject_id, contacts=(), flags=frozenset(flags))


WHOLE = plan(LOGINS, OLD_LOGINS, INVOICES, SHARED, CLIENTS, NONE_LEFT)


def said(right: Right, found: Plan = WHOLE, identity=None, **more):
    return located(ticket(right, identity=identity or by_session(), **more), found, searched=5, systems=5)


# ---- what the ticket remembers


def test_a_note_holds_counts_reasons_and_the_hash_and_no_rows_of_a_client():
    made = note(WHOLE, searched=5, systems=6, lang="nl")
    assert (made.hash, made.rows, made.groups, made.goes, made.shared) == (WHOLE.hash, 7, 5, 5, 1)
    assert (made.third_party, made.recipients, made.processor_rows) == (1, 1, 7)
    assert [(stay.label, stay.rows, stay.reason, stay.until) for stay in made.stays] == [
        ("invoices", 2, "tax", "2031-12-31")
    ]
    assert not made.is_complete


def test_what_stays_without_an_end_has_no_last_day():
    forever = replace(INVOICES, keep_until=None)
    assert note(plan(forever), searched=1, systems=1, lang="en").stays[0].until is None


def test_only_a_clients_rows_are_nothing_of_ours():
    assert is_nothing(plan(CLIENTS))
    assert is_nothing(plan())
    assert not is_nothing(WHOLE)


def test_a_search_with_a_gap_is_never_nothing():
    assert not is_nothing(combine([plan(), failed(Verb.ERASURE, "crm")]))


@pytest.mark.parametrize(
    ("lines", "people", "flags"),
    [
        ((LOGINS,), (person(),), set()),
        ((SHARED,), (person(),), {Flag.SHARED_ROWS, Flag.THIRD_PARTY}),
        ((LOGINS,), (person(flags=["sole_administrator", "closed"]),), {Flag.SOLE_ADMINISTRATOR}),
        ((LOGINS,), (person(flags=["staff_subject"]),), {Flag.STAFF_SUBJECT}),
        ((LOGINS,), (person(), person(tenant="globex")), {Flag.SEVERAL_TENANTS}),
        ((NEWS, BLOCK), (person(subject_id=""),), {Flag.MARKETING_ONLY}),
        ((NEWS, LOGINS), (person(subject_id=""),), set()),
        ((), (person(subject_id=""),), set()),
        ((NEWS,), (person(),), set()),
        ((NEWS,), (person(subject_id=""), person()), set()),
        ((CLIENTS,), (person(role=Role.PROCESSOR),), {Flag.PROCESSOR}),
        ((LOGINS,), (person(), person(role=Role.PROCESSOR)), {Flag.PROCESSOR}),
        ((), (), set()),
    ],
)
def test_staff_are_shown_what_to_look_at(lines, people, flags):
    assert flags_of(plan(*lines), people) == flags


# ---- words and groups


def test_lines_of_one_label_are_one_group_and_empty_ones_none():
    assert groups([LOGINS, OLD_LOGINS, NONE_LEFT], "nl") == (Group(label="Inloggegevens", rows=5, purpose="safety"),)


def test_what_stays_is_named_with_its_reason_and_last_day():
    empty = replace(INVOICES, rows=0)
    assert kept([LOGINS, INVOICES, SHARED, empty], "en") == (
        Kept(label="invoices", rows=2, reason="tax", until=date(2031, 12, 31)),
        Kept(label="addresses", rows=1, reason="shared"),
    )


def test_recipients_are_named_with_their_country():
    assert names([HOST, POST]) == ("Example Hosting B.V. (NL)", "Example Post")


# ---- once every source has answered


def test_nothing_held_is_said_as_such_with_another_address_for_this_request():
    message = said(Right.ACCESS, plan(CLIENTS))
    assert message.name() == "nothing_held"
    assert (message.searched, message.buttons[0].act, message.buttons[0].arg) == (5, "other_address", "t-1")


def test_people_on_a_clients_list_and_people_nobody_knows_read_the_same():
    assert said(Right.ERASURE, plan(CLIENTS)) == said(Right.ERASURE, plan())


def test_an_erasure_shows_what_goes_and_what_stays_before_the_yes():
    message = said(Right.ERASURE)
    assert message.name() == "erasure_shown"
    assert [group.rows for group in message.goes] == [5]
    assert [one.label for one in message.stays] == ["invoices", "addresses"]
    assert [button.act for button in message.buttons] == ["delete_all", "copy_first", "stop_keep"]


def test_where_only_marketing_data_goes_it_is_shown_and_asked_as_well():
    message = said(Right.ERASURE, flags=frozenset({Flag.MARKETING_ONLY}))
    assert message.buttons[0].act == "delete_all"


def test_a_plan_that_was_answered_is_shown_without_buttons():
    assert said(Right.ERASURE, confirmed_at=NOW).buttons == ()


def test_somebody_signed_in_sees_the_overview_at_once_and_a_mailbox_does_not():
    message = said(Right.ACCESS)
    assert (message.name(), message.recipients) == ("overview", ("Example Hosting B.V. (NL)",))
    assert "lists" not in str(message.groups)
    assert said(Right.ACCESS, identity=by_mailbox()).name() == "looking"


@pytest.mark.parametrize(
    ("right", "name"),
    [
        (Right.OBJECTION, "objection_weighed"),
        (Right.RECTIFICATION, "looking"),
        (Right.PORTABILITY, "looking"),
        (Right.RESTRICTION, "looking"),
    ],
)
def test_the_others_hear_that_a_colleague_looks_and_by_when(right, name):
    message = said(right)
    assert message.name() == name
    assert message.latest == date(2026, 12, 2)


# ---- after the act


CHANGED = Corrected(name="last_name", collection="people", column="surname", old="Berg", new="Bergman")


@pytest.mark.parametrize(
    ("right", "name"),
    [
        (Right.ERASURE, "erased"),
        (Right.RECTIFICATION, "corrected"),
        (Right.RECTIFICATION_CONTACT, "corrected"),
        (Right.RESTRICTION, "restricted"),
        (Right.OBJECTION, "objection_upheld"),
        (Right.OBJECTION_MARKETING, "marketing_stopped"),
    ],
)
def test_every_result_is_told_as_what_it_is(right, name):
    assert done(ticket(right), WHOLE, (), NOW, copy=None).name() == name


def test_an_erasure_tells_what_went_what_stays_and_who_was_told():
    message = done(ticket(), WHOLE, (), NOW, copy=None)
    assert [group.rows for group in message.goes] == [5]
    assert [one.reason for one in message.stays] == ["tax", "shared"]
    assert message.recipients == ("Example Hosting B.V. (NL)",)


def test_a_correction_is_told_once_however_many_systems_hold_it():
    results = (ActResult(done=(), corrected=(CHANGED,), proof="p"),) * 2
    message = done(ticket(Right.RECTIFICATION), WHOLE, results, NOW, copy=None)
    assert message.changes == (ChangeView(field="last_name", old="Berg", new="Bergman"),)


@pytest.mark.parametrize("right", [Right.ERASURE, Right.RECTIFICATION])
def test_what_was_done_on_a_clients_list_is_said(right):
    assert done(ticket(right), WHOLE, (), NOW, copy=None).on_list
    kept_there = plan(LOGINS, replace(CLIENTS, action=Action.KEEP))
    assert not done(ticket(right), kept_there, (), NOW, copy=None).on_list


def test_the_log_keeps_counts_proofs_and_whether_old_bytes_are_gone():
    deleted = Done(collection="logins", action=Action.DELETE, rows=3)
    masked = Done(collection="accounts", action=Action.MASK, rows=1)
    first = ActResult(done=(deleted, masked), proof="a" * 64)
    second = ActResult(done=(deleted,), proof="b" * 64, cleared=False)
    assert evidence([first]) == {"delete": "3", "mask": "1", "proof": "a" * 16, "cleared": "yes"}
    left = replace(first, cleared=False, remains="heap_until_vacuum_and_log_archive")
    assert evidence([left])["remains"] == "heap_until_vacuum_and_log_archive"
    assert evidence([first, second]) == {
        "delete": "6",
        "mask": "1",
        "proof": f"{'a' * 16}.{'b' * 16}",
        "cleared": "no",
    }
    assert evidence(()) == {}


def test_a_note_of_an_objection_is_kept_three_years():
    assert done(ticket(Right.OBJECTION_MARKETING), plan(), (), NOW, copy=None).kept_until == date(2029, 11, 2)


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_a_copy_is_announced_with_its_size_and_last_day(right):
    copy = Copy(object_id="o-1", size=2_000_000, until=copy_until(NOW))
    held = PlanNote(hash="a", rows=1, groups=1, searched=4, systems=4)
    message = done(ticket(right, plan=held), WHOLE, (), NOW, copy=copy)
    assert message.name() == "copy_ready"
    assert (message.until, message.size, message.searched, message.systems) == (date(2026, 11, 16), 2_000_000, 4, 4)


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_no_copy_is_never_told_as_something_else(right):
    with pytest.raises(ValueError, match="no words"):
        done(ticket(right), WHOLE, (), NOW, copy=None)


def test_a_request_stands_in_for_values_that_were_not_kept():
    asked = Change(name="last_name", new="Bergman")
    assert as_corrected(asked) == Corrected(name="last_name", collection="", column="", old="", new="Bergman")


def test_a_correction_that_waits_for_a_yes_is_not_said_to_be_checked_yet():
    assert not said(Right.RECTIFICATION).confirmed
    assert said(Right.RECTIFICATION, confirmed_at=NOW).confirmed
