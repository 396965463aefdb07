"""Cards, threads, nudges, the Home and every window: within Slack's limits, without a person's words, true to state."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import Entry
from bot.core.lifecycle import MOVES, name_of
from bot.core.model import Failure, Flag, Level, Right, Role, Status, Stay
from bot.core.rights import GROUNDS, Decision, Verdict
from bot.demo.slack.rules import message_faults, view_faults
from bot.ports import Digest
from bot.texts import Texts
from handlers import slack_forms as forms
from handlers import slack_modals as modals
from handlers.slack_answers import approved_so_far, too_late, why_not
from handlers.slack_blocks import Marked, cut, letter, mention, safe, whole
from handlers.slack_buttons import consequence, offers
from handlers.slack_cards import card, title
from handlers.slack_digest import digest
from handlers.slack_home import Desk, Place, home
from handlers.slack_sent import Allowed, Submission, letter_of, receipt
from handlers.slack_thread import line, nudge, readers
from handlers.slack_words import FLAGS, LINES, RIGHTS, RUNGS, STATES
from handlers.slack_words import GROUNDS as GROUND_WORDS
from storage.datalayer import wire
from tests.handlers.slack_cases import (
    HASH,
    JORIS,
    LOTTE,
    MINA,
    NOW,
    OTHER,
    PLAN,
    STAFF,
    approved,
    colleague,
    every_ticket,
    odd,
    placed,
    ticket,
    unsorted,
    view,
)

TEXTS = Texts.load()
HOSTILE = "<!channel> <@U0LOTTE> & <https://evil.example|click> *bold* `code` \u202e\x00\n" * 60


EVERY = list(every_ticket())


def named(one):
    return f"{one.right}-{one.status}{'-odd' if one.flags else ''}"


def pressed(blocks):
    return {
        element["action_id"]: element for block in blocks if block["type"] == "actions" for element in block["elements"]
    }


def texts(blocks):
    return json.dumps(blocks, ensure_ascii=False)


@pytest.mark.parametrize("one", EVERY, ids=named)
def test_every_right_in_every_state_is_a_card_slack_takes(one):
    drawn = card(view(one, together=("SEL-2026-00418",), stuck=("crm",)), STAFF, NOW)
    assert message_faults(drawn.blocks) == []
    assert one.ref in drawn.text
    assert view_faults(forms.open_page(view(one), "https://desk.example/staff/enter/x", NOW, STAFF), "modal") == []


@pytest.mark.parametrize("one", EVERY, ids=named)
def test_a_button_stands_only_where_the_lifecycle_lets_the_decision_happen(one):
    buttons = pressed(card(view(one), STAFF, NOW).blocks)
    assert ("approve" in buttons) == offers(one, Decision.APPROVE)
    if one.status in {Status.DONE, Status.REFUSED, Status.WITHDRAWN, Status.LAPSED, Status.FORWARDED}:
        assert buttons.keys() <= {"open", "lift"}


def test_the_same_ticket_gives_the_same_card():
    assert card(view(ticket()), STAFF, NOW) == card(view(ticket()), STAFF, NOW)


def test_a_label_of_the_map_can_neither_mention_nor_link_nor_break_a_limit():
    stays = tuple(Stay(label=HOSTILE, rows=1, reason=HOSTILE, until="not a date") for _ in range(30))
    one = ticket(Right.ERASURE, plan=replace(PLAN, stays=stays), ref=HOSTILE, lang=HOSTILE)
    one = replace(one, failures=(Failure(source=HOSTILE, reason=HOSTILE, tries=3),))
    drawn = card(view(one, together=(HOSTILE,) * 50, stuck=(HOSTILE,)), STAFF, NOW)
    assert message_faults(drawn.blocks) == []
    marked = [drawn.text, *(each["text"] for each in everything(drawn.blocks) if each.get("type") == "mrkdwn")]
    assert not any("<!" in text or "<@" in text or "<http" in text for text in marked)
    assert "\u202e" not in texts(drawn.blocks)
    assert "\x00" not in texts(drawn.blocks)


def everything(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from everything(each)


def test_an_access_card_answers_what_staff_ask_first():
    drawn = card(view(ticket(), together=("SEL-2026-00418",)), STAFF, NOW)
    text = texts(drawn.blocks)
    assert drawn.text == "Access SEL-2026-00417: decide by Mon 9 Nov, latest Wed 2 Dec. Signed in, nothing odd."
    for words in ("Access · SEL-2026-00417", "214 rows in 11 groups, 5 of 5 systems", "web chat, in Dutch"):
        assert words in text
    for words in ("3 values about other people, 1 secret (held, not shown)", "6 recipients", "SEL-2026-00418"):
        assert words in text
    button = pressed(drawn.blocks)["approve"]
    assert button["text"]["text"] == "Approve and release copy"
    assert button["value"] == f"01JBKS4WZ0|{HASH}"


def test_an_erasure_names_its_counts_and_that_it_is_one_of_two():
    one = ticket(Right.ERASURE, waits_until=NOW + timedelta(days=3))
    drawn = card(view(one), STAFF, NOW)
    button = pressed(drawn.blocks)["approve"]
    assert title(one) == "Erasure · SEL-2026-00417 · 0 of 2"
    assert button["text"]["text"] == "Approve erasure, 1 of 2"
    assert button["style"] == "danger"
    assert button["confirm"]["text"]["text"] == (
        "Erase 187 rows in 11 groups for good? You are approval 1 of 2. "
        "Nothing happens before the second and before Thu 5 Nov 10:14."
    )
    assert "2 invoices to Wed 31 Dec 2031 (tax)" in texts(drawn.blocks)


def test_after_one_approval_of_two_the_card_counts_and_names_it():
    drawn = card(view(approved(ticket(Right.ERASURE), LOTTE)), STAFF, NOW)
    assert "Erasure · SEL-2026-00417 · 1 of 2" in texts(drawn.blocks)
    assert "*Approved* by <@U0LOTTE>, Mon 2 Nov 10:14" in texts(drawn.blocks)
    assert pressed(drawn.blocks)["approve"]["text"]["text"] == "Approve erasure, 2 of 2"


def test_an_approval_of_an_older_plan_is_not_shown_as_one():
    one = replace(approved(ticket(Right.ERASURE), LOTTE), plan=replace(PLAN, hash=OTHER))
    assert "Approved" not in texts(card(view(one), STAFF, NOW).blocks)


def test_a_refused_card_has_no_buttons_to_decide_and_says_who_and_why():
    one = ticket(Right.ERASURE, Status.REFUSED, decided_by=MINA.key, ground="art_17_3_b")
    drawn = card(view(one), STAFF, NOW)
    assert pressed(drawn.blocks).keys() == {"open"}
    assert "refused: Art. 17(3)(b), a law makes us keep it* by <@U0MINA>" in texts(drawn.blocks).lower().replace(
        "<@u0mina>", "<@U0MINA>"
    ).replace("art.", "Art.")


def test_while_it_is_held_nobody_is_offered_to_approve_but_to_lift():
    one = ticket(Right.ERASURE, flags=frozenset({Flag.STOPPED}))
    buttons = pressed(card(view(one), STAFF, NOW).blocks)
    assert "approve" not in buttons
    assert "lift" in buttons
    assert title(one).endswith("on hold: somebody pressed stop")


def test_marketing_can_never_be_refused():
    one = ticket(Right.OBJECTION_MARKETING, Status.WORKING)
    assert not offers(one, Decision.REFUSE)
    assert GROUNDS[Right.OBJECTION_MARKETING] == ()


def test_a_late_card_says_so_and_a_paused_one_names_the_notice():
    late = card(view(ticket()), STAFF, NOW + timedelta(days=31))
    assert "LATE since Wed 2 Dec" in late.text
    assert "LATE" not in card(view(ticket()), STAFF, NOW + timedelta(days=30)).text


def test_the_confirm_text_fits_for_every_right():
    for right in Right:
        one = ticket(
            right, plan=replace(PLAN, rows=10**9, goes=10**9, groups=10**6), waits_until=NOW + timedelta(days=400)
        )
        if offers(one, Decision.APPROVE):
            assert len(consequence(replace(one, confirmed_at=None), NOW)) <= 300


# ---- threads and nudges


def test_every_event_of_the_lifecycle_has_a_line():
    silent = {"ticked"}
    assert {name_of_type(event) for event in MOVES} - silent <= LINES.keys()


def name_of_type(event):
    return name_of(event.__new__(event))


def test_a_thread_line_holds_time_colleague_and_codes_only():
    entry = Entry(what="approved", by=LOTTE.key, at=NOW, facts={"plan": "7f3a", "count": "1/2"})
    assert line(ticket(), entry, STAFF, NOW) == "10:14 <@U0LOTTE> approved plan `7f3a` (1/2)."
    tomorrow = line(ticket(), entry, STAFF, NOW + timedelta(days=1))
    assert tomorrow.startswith("Mon 2 Nov 10:14 ")


@pytest.mark.parametrize("what", [*LINES, "something_new", "gate_done"])
def test_no_fact_of_a_log_line_can_speak_for_itself(what):
    facts = dict.fromkeys(("door", "level", "rows", "groups", "plan", "count", "source", "reason", "ground"), HOSTILE)
    facts |= dict.fromkeys(("until", "times", "what", "kind", "breach_due", "to", "task", "lifted"), HOSTILE)
    said = line(ticket(), Entry(what=what, by="person", at=NOW, facts=facts), STAFF, NOW)
    assert "<!" not in said
    assert "<@" not in said
    assert "evil" not in said
    assert len(said) < 700


def test_a_line_says_what_was_found_and_how_it_was_proved():
    found = Entry(what="located", by="source:platform", at=NOW, facts={"rows": "214", "groups": "11", "plan": "7f3a"})
    proved = Entry(what="proved", by="person", at=NOW, facts={"level": Level.MAILBOX, "door": "web"})
    assert line(ticket(), found, STAFF, NOW) == "10:14 Found 214 rows in 11 groups. Plan `7f3a`."
    assert line(ticket(), proved, STAFF, NOW) == "10:14 Identity: mailbox code, not signed in."


@pytest.mark.parametrize("rung", [*RUNGS, "reminder:2026-11-09", "<!channel>"])
def test_a_nudge_names_the_request_what_is_due_and_the_last_day(rung):
    said = nudge(view(ticket()), rung, (LOTTE,), NOW)
    assert said.startswith("<@U0LOTTE> *Access SEL-2026-00417*: ")
    assert said.endswith("Latest Wed 2 Dec.")
    assert "<!" not in said


def test_a_nudge_calls_deputies_of_those_who_have_not_decided_and_never_the_requester():
    erasure = approved(ticket(Right.ERASURE), MINA)
    assert readers(erasure, "deputies", STAFF) == (JORIS,)
    assert readers(erasure, "red", STAFF) == STAFF
    assert readers(erasure, "channel", STAFF) == ()
    own = colleague("U0SELF", Role.APPROVER, subjects=frozenset({("t1", "s1")}))
    assert readers(erasure, "red", (own, LOTTE)) == (LOTTE,)
    assert readers(erasure, "deputies", (JORIS, MINA)) == (JORIS,)


# ---- what a colleague reads


def test_who_approved_already_reads_who_is_needed_next():
    seen = view(approved(ticket(Right.ERASURE), LOTTE))
    text = why_not(Verdict.TWICE, Decision.APPROVE, seen, STAFF, NOW)
    assert text == "You already approved. One more colleague is needed: <@U0JORIS> or <@U0MINA>."
    assert approved_so_far(seen, STAFF) == "You approved. One more colleague is needed: <@U0JORIS> or <@U0MINA>."


def test_when_nobody_is_left_to_approve_it_is_said():
    seen = view(approved(ticket(Right.ERASURE), LOTTE))
    assert "nobody on the list is left" in why_not(Verdict.TWICE, Decision.APPROVE, seen, (LOTTE,), NOW)


def test_who_comes_too_late_reads_who_was_first():
    refused = ticket(Right.ERASURE, Status.REFUSED, decided_by=MINA.key, ground="art_17_3_b")
    assert "<@U0MINA>, Mon 2 Nov 12:14" in too_late(view(refused), STAFF, NOW)
    assert "waits for proof" in too_late(view(ticket(status=Status.VERIFYING)), STAFF, NOW)


def test_without_the_legal_role_one_reads_who_has_it():
    text = why_not(Verdict.NO_ROLE, Decision.REFUSE, view(ticket()), STAFF, NOW)
    assert "It needs the legal role: <@U0MINA>." in text


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_words(verdict):
    assert why_not(verdict, Decision.APPROVE, view(ticket()), STAFF, NOW)


REFUSALS = (*wire.REASONS, "not_read_back", "mailbox_shared", "map_unfit", "trigger_refused", "value_does_not_fit",
            "schema_changed", "not_permitted",
            *(f"{one}_conflict" for one in ("unique", "check", "not_null", "foreign_key")))  # fmt: skip
"""Every code with which a source says that it can't do something as it is."""


@pytest.mark.parametrize("reason", REFUSALS)
def test_why_a_system_can_t_do_it_is_said_in_words(reason):
    failed = replace(ticket(), failures=(Failure(source="platform", reason=reason, tries=1),))
    assert "platform could not do it" not in str(card(view(failed), STAFF, NOW))


def test_a_refusal_is_not_said_to_be_tried_again_by_itself():
    for again, said in (({}, "It is tried again."), ({"again": "no"}, "Somebody has to look, then try again.")):
        facts = {"source": "platform", "reason": "too_many_rows", **again}
        drawn = line(ticket(), Entry(what="source_failed", by="source", at=NOW, facts=facts), STAFF, NOW)
        assert "platform holds more rows" in drawn
        assert said in drawn


# ---- windows


@pytest.mark.parametrize("right", [right for right in Right if GROUNDS[right]])
def test_the_refusal_offers_the_grounds_of_this_right_and_shows_the_letter_in_both_languages(right):
    seen = view(ticket(right))
    first = modals.refuse(seen, NOW)
    given = modals.Refusal(ground=GROUNDS[right][0], facts="x" * 1500, anyway="y" * 600)
    second = modals.refuse(seen, NOW, given, ("Brief\n\n" * 2000, "Letter <!channel>\n" * 900))
    assert view_faults(first, "modal") == []
    assert view_faults(second, "modal") == []
    offered = next(block for block in first["blocks"] if block.get("block_id") == "ground")["element"]["options"]
    assert tuple(each["value"] for each in offered) == GROUNDS[right]
    assert all(not each["text"]["text"].endswith("…") for each in offered)
    assert json.loads(second["private_metadata"]) == {"ticket": "01JBKS4WZ0", "plan": HASH}
    assert first["submit"]["text"] == "Show me the letter"
    assert second["submit"]["text"] == "Send and close this"


def test_every_window_is_one_slack_takes():
    seen = view(odd(ticket(Right.ERASURE)))
    given = modals.Extension(reasons=("complexity",), facts="x" * 1500)
    every = [modals.ask(seen), modals.settle(seen), forms.hold(seen), forms.lift(seen), modals.extend(seen, NOW)]
    every += [modals.extend(seen, NOW, given, ("a", "b")), *(modals.waiting(one) for one in modals.TITLES)]
    every += [modals.telling(Decision.REFUSE, HOSTILE), forms.lift(view(ticket()))]
    assert [view_faults(each, "modal") for each in every] == [[]] * len(every)


def test_a_reason_that_fits_anybody_is_refused_beside_its_field():
    errors = modals.read_refusal({"ground": "art_17_3_b", "facts": "1234567890 " * 20 + "law"})
    assert list(errors) == ["facts"]
    assert list(modals.read_refusal({"ground": "because", "facts": "a" * 40})) == ["ground"]
    assert list(modals.read_extension({"reasons": ("workload",), "facts": "a" * 40})) == ["reasons"]
    assert modals.read_refusal({"ground": "art_17_3_b", "facts": "a" * 40}) == modals.Refusal(
        ground="art_17_3_b", facts="a" * 40, anyway=""
    )


def test_another_letter_and_another_day_need_their_own_tick():
    one = modals.Refusal(ground="art_17_3_b", facts="a" * 40, anyway="")
    today = NOW.date()
    ticked = {modals.read_id(one, today): ("read",)}
    assert modals.not_read(one, ticked, today) == {}
    assert not modals.was_shown(replace(one, facts="b" * 40), ticked, today)
    assert not modals.was_shown(one, ticked, today + timedelta(days=1))


def test_the_extension_counts_from_receipt_and_is_offered_once_and_in_time():
    assert modals.extension_until(ticket(), NOW).isoformat() == "2027-02-02"
    assert modals.extension_until(ticket(), NOW + timedelta(days=40)) is None


@pytest.mark.parametrize("right", [right for right in Right if GROUNDS[right]])
def test_the_real_letters_fit_into_the_window(right):
    seen = view(ticket(right))
    for ground in GROUNDS[right]:
        given = modals.Refusal(ground=ground, facts="Twee zinnen. " * 115, anyway="Alles andere gaat weg. " * 26)
        message = letter_of(given, Allowed(view=seen, staffer=MINA, now=NOW))
        assert view_faults(modals.refuse(seen, NOW, given, TEXTS.letter_preview(message, "nl", "en")), "modal") == []


def test_the_real_letter_of_an_extension_fits_into_the_window():
    given = modals.Extension(reasons=("complexity", "number"), facts="Twee zinnen. " * 115)
    message = letter_of(given, Allowed(view=view(ticket()), staffer=MINA, now=NOW))
    preview = TEXTS.letter_preview(message, "nl", "en")
    assert "2 februari 2027" in " ".join(preview[0].split())
    assert view_faults(modals.extend(view(ticket()), NOW, given, preview), "modal") == []


def test_a_hold_is_not_lifted_by_who_did_not_look():
    assert list(forms.read_lift({})) == ["looked"]
    assert forms.read_lift({"looked": ("stopped", "everything")}) == "stopped"
    assert forms.lifted("stopped,third_party") == {Flag.STOPPED}


def test_an_unticked_letter_does_not_leave():
    one = modals.Refusal(ground="art_17_3_b", facts="a" * 40, anyway="")
    box = modals.read_id(one, NOW.date())
    entered = {"ground": one.ground, "facts": one.facts, "anyway": "", box: ()}
    sent = Submission(team="T", user="U", decision=Decision.REFUSE, ticket="t", plan="", view_id="V", entered=entered)
    assert receipt(sent, NOW).ack["errors"].keys() == {box}
    assert receipt(replace(sent, entered=entered | {box: ("read",)}), NOW).then == one


def test_metadata_that_isnt_ours_is_nothing():
    assert modals.remembered("") == ("", "")
    assert modals.remembered("[1]") == ("", "")
    assert modals.remembered(modals.metadata(ticket())) == ("01JBKS4WZ0", HASH)


# ---- pieces


def test_text_is_cut_without_breaking_an_entity_or_a_mention():
    assert whole("a" * 8 + "&amp;", 11) == "a" * 8 + "…"
    assert whole("a" * 8 + "<@U0LOTTE>", 12) == "a" * 8 + "…"
    assert cut("abc", 3) == "abc"
    assert safe("<!here> & *x*") == "&lt;!here&gt; &amp; *\u200bx*\u200b"
    assert mention("U0LOTTE") == "<@U0LOTTE>"
    assert mention("!channel") == "!channel"
    assert isinstance(mention("<!channel>"), Marked)


def test_a_long_letter_is_cut_between_paragraphs_and_says_when_it_goes_on():
    parts = letter("\n\n".join(["w" * 1000] * 10))
    assert [len(each["text"]["text"]) <= 2900 for each in parts] == [True] * len(parts)
    assert "goes on" in texts(letter("x" * 60_000))
    assert letter("")[0]["text"]["text"] == "–"


def test_every_code_has_words():
    assert RIGHTS.keys() == set(Right)
    assert STATES.keys() == set(Status)
    assert set(Flag) - FLAGS.keys() == set()
    assert {ground for grounds in GROUNDS.values() for ground in grounds} <= GROUND_WORDS.keys()


def test_a_look_is_in_the_thread_with_its_group():
    entry = Entry(what="looked", by=LOTTE.key, at=NOW, facts={"group": "invoices", "reason": "01JBKS"})
    said = line(ticket(), entry, STAFF, NOW)
    assert said == "10:14 <@U0LOTTE> looked at the rows of invoices on the staff page, and said why."


# ---- a mail nobody could place


def test_an_unplaced_mail_has_a_short_card_and_three_buttons():
    drawn = card(view(unsorted()), STAFF, NOW + timedelta(days=3))
    assert drawn.text == ("Unplaced mail SEL-2026-00417: latest Wed 2 Dec. Read it on the staff page.")
    shown = texts(drawn.blocks)
    for words in ("Unplaced mail · SEL-2026-00417", "A mail nobody could place. Read it on the staff page."):
        assert words in shown
    for words in ("3 days ago", "kept until Mon 16 Nov", "the clock has been running"):
        assert words in shown
    assert "Quarantined" not in shown
    assert pressed(drawn.blocks).keys() == {"open", "sort_ours", "sort_not", "more"}
    assert [one["value"].partition("|")[0] for one in pressed(drawn.blocks)["more"]["options"]] == ["assign"]


def test_a_quarantined_mail_names_the_reference_it_answers_and_nothing_else():
    for about, said in (("SEL-2026-00033", "it answers SEL-2026-00033 but comes from another"), (HOSTILE, "")):
        log = (Entry(what="quarantined", by="clock", at=NOW, facts={"about": about}),)
        shown = texts(card(view(unsorted(), log), STAFF, NOW).blocks)
        assert ("Quarantined" in shown) == bool(said)
        assert said in shown
        assert "evil" not in shown
        assert "evil" not in line(unsorted(), log[0], STAFF, NOW)


def test_once_its_copy_is_gone_the_card_says_where_the_mail_still_is():
    one = unsorted(rungs=frozenset({"sort_over:14"}))
    shown = texts(card(view(one), STAFF, NOW + timedelta(days=15)).blocks)
    assert "The shared mailbox still has it." in shown
    assert "types the address and the words" in shown


@pytest.mark.parametrize(("ours", "said"), [(True, "For the privacy desk"), (False, "Not for us")])
def test_a_placed_mail_says_who_placed_it_and_how(ours, said):
    drawn = card(view(placed(ours=ours)), STAFF, NOW)
    assert f"*{said}* by <@U0LOTTE>, Mon 2 Nov 10:14" in texts(drawn.blocks)
    assert f"Placed mail · SEL-2026-00417 · {said.lower()}" in texts(drawn.blocks)
    assert pressed(drawn.blocks).keys() == {"open"}


def test_the_line_of_a_placed_mail_says_whose_it_is():
    for fact, said in (("true", "it's for the privacy desk"), ("false", "it's not for us")):
        entry = Entry(what="sorted", by=LOTTE.key, at=NOW, facts={"ours": fact})
        assert line(unsorted(), entry, STAFF, NOW) == f"10:14 <@U0LOTTE> read the mail and said: {said}."


@pytest.mark.parametrize("decision", [one for one in Decision if one not in {Decision.LOOK, Decision.ASSIGN}])
def test_nothing_but_its_place_is_decided_about_an_unplaced_mail(decision):
    is_place = decision in {Decision.SORT_OURS, Decision.SORT_NOT}
    assert offers(unsorted(), decision) == is_place
    assert not (is_place and offers(ticket(Right.UNCLEAR), decision))


def test_the_digest_counts_unplaced_mails():
    one = digest(Digest(views=(view(unsorted()),), away={}), STAFF, NOW)
    two = digest(Digest(views=(view(unsorted()), view(unsorted(id="t2"))), away={}), STAFF, NOW)
    assert "1 mail may be a request and waits for somebody to look." in texts(one.blocks)
    assert "2 mails may be requests and wait for somebody to look." in texts(two.blocks)


def test_an_unplaced_mail_waits_for_everybody_who_decides_on_the_home():
    desk = Desk(owed=(view(unsorted()),), closed=(), staff=STAFF, away={})
    shown = home(desk, LOTTE, NOW, Place())
    assert "*Unplaced mail SEL-2026-00417*" in texts(shown["blocks"])
    assert "Waiting for me 1" in texts(shown["blocks"])
    assert view_faults(shown, "home") == []
