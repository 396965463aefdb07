"""Plans as values: what an approval fixes, what it lets grow, and how parts come together."""

from dataclasses import replace
from datetime import date

import pytest

from bot.core.plans import (
    Action,
    Contact,
    Facts,
    Key,
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
    own_rows,
    part_fits,
    plan_hash,
    row_ceiling,
    sealed,
    still_fits,
    words,
)

LINE = PlanLine(source="a", tenant="acme", collection="logins", action=Action.DELETE, rows=3, columns=("at", "ip"))
SHARED = replace(LINE, collection="addresses", action=Action.SHARED, rows=1, fingerprint="f1")


def plan(*lines: PlanLine, source: str = "a", subject: str = "s1", verb: Verb = Verb.ERASURE) -> Plan:
    return one_part(verb, source=source, tenant="acme", subject=subject, lines=lines or (LINE,))


def grown(by: int) -> Plan:
    return plan(replace(LINE, rows=LINE.rows + by))


@pytest.mark.parametrize(
    ("rows", "ceiling"), [(0, 50), (3, 53), (250, 300), (251, 301), (1000, 1200), (10_000, 12_000)]
)
def test_the_ceiling_is_fifty_rows_or_a_fifth_more(rows, ceiling):
    assert row_ceiling(rows) == ceiling


def test_rows_that_others_use_too_do_not_count():
    assert own_rows((LINE, SHARED)) == 3
    assert plan(LINE, SHARED).rows == 3


@pytest.mark.parametrize(("by", "fits"), [(0, True), (50, True), (51, False)])
def test_rows_may_grow_up_to_the_ceiling(by, fits):
    assert still_fits(plan(), grown(by)) is fits


@pytest.mark.parametrize(
    "other",
    [
        replace(LINE, action=Action.MASK),
        replace(LINE, collection="orders"),
        replace(LINE, columns=("at",)),
        replace(LINE, reason="tax_records"),
        replace(LINE, article="AWR 52"),
        replace(LINE, held=("hash",)),
        replace(LINE, removed=("name",)),
        replace(LINE, fingerprint="f2"),
        replace(LINE, role=Role.PROCESSOR),
    ],
)
def test_anything_an_approval_fixes_is_in_the_hash(other):
    assert plan(other).parts[0].shape != plan().parts[0].shape
    assert not still_fits(plan(), plan(other))


@pytest.mark.parametrize(
    "other",
    [
        replace(LINE, rows=9),
        replace(LINE, keep_until=date(2033, 12, 31)),
        replace(LINE, label=(("en", "Log-ins"),)),
        replace(LINE, facts=Facts(purpose=(("en", "x"),))),
        replace(LINE, columns=("ip", "at")),
        replace(LINE, third_party=4, secrets=1),
    ],
)
def test_counts_dates_words_and_order_are_not(other):
    assert still_fits(plan(), plan(other))


def test_a_new_line_needs_a_new_approval():
    assert not still_fits(plan(), plan(LINE, SHARED))
    assert not still_fits(plan(LINE, SHARED), plan(LINE, replace(SHARED, fingerprint="f2")))


def test_another_subject_source_or_verb_is_another_plan():
    hashes = {one.hash for one in (plan(), plan(subject="s2"), plan(source="b"), plan(verb=Verb.ACCESS))}
    assert len(hashes) == 4
    assert not still_fits(plan(), plan(subject="s2"))
    assert not still_fits(plan(), plan(verb=Verb.ACCESS))


def test_a_higher_ceiling_is_another_hash():
    part = plan().parts[0]
    assert sealed(part.shape, part.ceiling + 1) != part.hash
    assert part_fits(part, approved=part.hash, ceiling=part.ceiling)
    assert not part_fits(part, approved=part.hash, ceiling=part.ceiling + 1)
    assert not part_fits(replace(part, rows=part.ceiling + 1), approved=part.hash, ceiling=part.ceiling)


def test_one_plan_alone_and_combined_have_the_same_hash():
    assert combine([plan()]).hash == plan().hash == plan_hash(Verb.ERASURE, plan().parts)


def test_plans_combine_in_any_order_to_one_hash():
    one, two = plan(), plan(source="b")
    both = combine([one, two])
    assert both.hash == combine([two, one]).hash
    assert both.hash not in {one.hash, two.hash}
    assert (both.rows, both.ceiling, len(both.lines)) == (6, 106, 2)
    assert still_fits(both, combine([two, one]))
    assert not still_fits(both, one)


def test_combining_unites_flags_recipients_and_gaps():
    crm = Recipient(code="crm", name="Contoso")
    one = replace(plan(), recipients=(crm,), flags=frozenset({"third_party"}))
    two = replace(plan(source="b"), recipients=(crm,), flags=frozenset({"processor"}))
    both = combine([one, two, failed(Verb.ERASURE, "c"), failed(Verb.ERASURE, "c")])
    assert both.recipients == (crm,)
    assert both.flags == {"third_party", "processor"}
    assert both.errors == ("c",)
    assert not both.complete


def test_a_plan_with_a_gap_never_fits():
    gap = combine([plan(), failed(Verb.ERASURE, "c")])
    assert not still_fits(gap, plan())
    assert not still_fits(plan(), gap)


@pytest.mark.parametrize("plans", [[], [plan(), plan(verb=Verb.ACCESS)]])
def test_only_plans_for_one_verb_combine(plans):
    with pytest.raises(ValueError, match="one verb"):
        combine(plans)


def test_empty_means_answered_and_nothing_there():
    assert Plan(verb=Verb.ACCESS, lines=(), parts=()).empty
    assert plan(replace(LINE, rows=0)).empty
    assert not plan().empty
    assert not failed(Verb.ACCESS, "a").empty


@pytest.mark.parametrize(
    ("phrase", "lang", "said"),
    [
        ((("en", "Log-ins"), ("nl", "Inlogmomenten")), "nl", "Inlogmomenten"),
        ((("en", "Log-ins"), ("nl", "Inlogmomenten")), "fr", "Log-ins"),
        ((("de", "Anmeldungen"),), "fr", "Anmeldungen"),
        ((), "en", ""),
    ],
)
def test_a_phrase_falls_back_to_english_then_to_what_there_is(phrase, lang, said):
    assert words(phrase, lang) == said


def test_a_person_found_shows_its_signs_and_hides_its_values():
    key = Key(collection="", name="email", value="anna@example.nl")
    found = PersonFound(
        subject=Subject(source="a", tenant="acme", role=Role.PROCESSOR, keys=(key,)),
        subject_id="",
        contacts=(Contact(kind="email", value="anna@example.nl"),),
        flags=frozenset({"closed", "staff_subject"}),
    )
    assert (found.source, found.tenant, found.role) == ("a", "acme", Role.PROCESSOR)
    assert (found.closed, found.is_staff_subject, found.sole_administrator) == (True, True, False)
    assert "anna" not in repr(found)
