"""The line protocol of the deadlines command: exact keys, clear errors, and no line that stops it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.deadlines_jsonl import answer

KEYS = [
    "id",
    "received_local_date",
    "promise_due",
    "statutory_due",
    "desk_due",
    "extended_due",
    "extension_notice_by",
    "work_by",
    "target_by",
    "statutory_end_utc",
    "suspended_days",
    "promise_missed",
    "stop_by",
    "forward_by",
    "no_action_notice_by",
]


def line(**changes: Any) -> str:
    request = {
        "id": "a-1",
        "received_at": "2026-06-10T12:00:00+02:00",
        "country": "NL",
        "right": "access",
        "role": "controller",
        "events": [],
    }
    return json.dumps({key: value for key, value in (request | changes).items() if value is not ...})


def told(**changes: Any) -> dict[str, Any]:
    result = json.loads(answer(line(**changes)))
    assert isinstance(result, dict)
    return result


def event(kind: str, at: str = "2026-06-11T09:00:00+02:00", **details: Any) -> dict[str, Any]:
    return {"type": kind, "at": at} | details


def test_a_plain_request_gets_every_key_once_and_in_order() -> None:
    result = told()
    assert list(result) == KEYS
    assert result == {
        "id": "a-1",
        "received_local_date": "2026-06-10",
        "promise_due": "2026-07-10",
        "statutory_due": "2026-07-10",
        "desk_due": "2026-07-10",
        "extended_due": None,
        "extension_notice_by": "2026-07-10",
        "work_by": "2026-07-10",
        "target_by": "2026-06-17",
        "statutory_end_utc": "2026-07-10T22:00:00Z",
        "suspended_days": 0,
        "promise_missed": False,
        "stop_by": None,
        "forward_by": None,
        "no_action_notice_by": None,
    }


@pytest.mark.parametrize("received", ["2026-06-10T10:00:00Z", "2026-06-10T06:00:00.5-04:00", "20260610T100000+0000"])
def test_every_offset_names_the_same_instant(received: str) -> None:
    assert told(received_at=received)["received_local_date"] == "2026-06-10"


def test_an_open_question_gives_nulls_and_the_day_of_the_notice() -> None:
    result = told(events=[event("identity_asked")])
    for key in ("promise_due", "statutory_due", "desk_due", "extended_due", "work_by", "statutory_end_utc"):
        assert result[key] is None, key
    assert result["no_action_notice_by"] == "2026-07-10"


def test_all_event_types_are_read() -> None:
    result = told(
        events=[
            event("identity_asked", requester_authenticated=False, reasonable_doubt=True),
            event("identity_answered", "2026-06-12T09:00:00+02:00", sufficient=False),
            event("identity_asked", "2026-06-12T10:00:00+02:00", requester_authenticated=None),
            event("identity_verified", "2026-06-14T09:00:00+02:00"),
            event("clarification_asked", "2026-06-12T10:00:00+02:00", large_quantity=True),
            event("clarification_answered", "2026-06-15T09:00:00+02:00"),
            event("extension_notified", "2026-06-20T09:00:00+02:00", reasons=["complexity"]),
        ]
    )
    assert result["suspended_days"] == 4
    assert result["extended_due"] == result["desk_due"] == "2026-09-14"
    assert result["promise_due"] == "2026-07-14"
    assert result["promise_missed"] is True


@pytest.mark.parametrize(
    ("reasons", "due"),
    [
        ("complexity", "2026-09-10"),
        (["number"], "2026-09-10"),
        ("", None),
        ([], None),
        (None, None),
        (["workload"], None),
    ],
)
def test_reasons_may_be_a_text_or_a_list_and_empty_ones_extend_nothing(reasons: Any, due: str | None) -> None:
    assert told(events=[event("extension_notified", reasons=reasons)])["extended_due"] == due
    assert told(events=[event("extension_notified")])["extended_due"] is None


def test_a_signed_in_person_pauses_nothing() -> None:
    result = told(events=[event("identity_asked", requester_authenticated=True)])
    assert result["desk_due"] == "2026-07-10"


def test_a_processor_case_has_no_statutory_dates() -> None:
    result = told(role="processor", right="erasure")
    assert (result["forward_by"], result["promise_due"]) == ("2026-06-12", "2026-07-10")
    for key in ("statutory_due", "extended_due", "extension_notice_by", "statutory_end_utc"):
        assert result[key] is None, key


@pytest.mark.parametrize("right", ["objection_marketing", "unsubscribe", "consent_withdrawal"])
def test_marketing_and_consent_stop_on_the_day_of_receipt(right: str) -> None:
    assert told(right=right)["stop_by"] == "2026-06-10"


def test_what_may_be_missing_has_a_plain_meaning() -> None:
    bare = told(id=..., country=..., role=..., events=...)
    assert bare == told() | {"id": None}
    assert told(country=None)["desk_due"] == "2026-07-10"


@pytest.mark.parametrize("country", ["NL", "nl", "NLD", "GB", "GBR", "UK", "XK", "CH"])
def test_a_country_is_named_by_two_letters_or_three(country: str) -> None:
    assert told(country=country)["received_local_date"] == "2026-06-10"


@pytest.mark.parametrize("known", ["x", 7, 1.5, None, "\ud800", ""])
def test_the_id_comes_back_as_it_was(known: Any) -> None:
    assert told(id=known)["id"] == known
    assert told(id=known, right="nothing")["id"] == known


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"received_at": "2026-06-10T12:00:00"}, "received_at needs an offset"),
        ({"received_at": "2026-06-10"}, "received_at needs an offset"),
        ({"received_at": "yesterday"}, "received_at is not an ISO 8601"),
        ({"received_at": "2026-02-30T00:00:00Z"}, "received_at is not an ISO 8601"),
        ({"received_at": ...}, "received_at must be"),
        ({"received_at": 1781000000}, "received_at must be"),
        ({"received_at": "9999-12-31T23:59:59-12:00"}, "received_at must lie between"),
        ({"received_at": "0001-01-01T00:00:00+12:00"}, "received_at must lie between"),
        ({"right": "forgetting"}, "right must be one of"),
        ({"right": ...}, "right must be one of"),
        ({"right": ["access"]}, "right must be one of"),
        ({"role": "judge"}, "role must be one of"),
        ({"role": None}, "role must be one of"),
        ({"country": 31}, "country must be"),
        ({"country": "Nederland"}, "country must be"),
        ({"country": "N1"}, "country must be"),
        ({"country": "ZZ"}, "country must be"),
        ({"country": "ABCD"}, "country must be"),
        ({"events": {}}, "events must be a list"),
        ({"events": None}, "events must be a list"),
        ({"events": ["identity_asked"]}, "events[0]: must be an object"),
        ({"events": [event("identity_verified"), event("paused")]}, "events[1]: type must be one of"),
        ({"events": [{"at": "2026-06-11T09:00:00Z"}]}, "events[0]: type must be one of"),
        ({"events": [{"type": "identity_asked"}]}, "events[0]: at must be"),
        ({"events": [event("identity_asked", "2026-06-11T09:00:00")]}, "events[0]: at needs an offset"),
        ({"events": [event("identity_answered")]}, "events[0]: sufficient must be true or false"),
        ({"events": [event("identity_answered", sufficient="yes")]}, "sufficient must be true or false"),
        ({"events": [event("identity_asked", requester_authenticated=1)]}, "requester_authenticated must be"),
        ({"events": [event("clarification_asked", large_quantity="no")]}, "large_quantity must be"),
        ({"events": [event("extension_notified", reasons=3)]}, "reasons must be"),
        ({"events": [event("extension_notified", reasons=["number", 3])]}, "reasons must be"),
    ],
)
def test_a_wrong_field_is_named_and_the_id_kept(changes: dict[str, Any], words: str) -> None:
    result = told(**changes)
    assert list(result) == ["id", "error"]
    assert result["id"] == "a-1"
    assert words in result["error"]


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "null", "3", "[1]", "[" * 100_000, '{"id": [1]}', '{"id": true}', '{"id": NaN}', "\x00", "9" * 5000],
)
def test_a_line_that_is_no_request_has_no_id_but_an_error(text: str) -> None:
    result = json.loads(answer(text))
    assert result["id"] is None
    assert result["error"]


def test_an_answer_is_one_line_of_ascii() -> None:
    result = answer(line(id="a\n\u2028é"))
    assert result.isascii()
    assert result.splitlines() == [result]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_stops_it(text: str) -> None:
    assert "error" in json.loads(answer(text))


@settings(deadline=None)
@given(st.sampled_from(["id", "received_at", "country", "right", "role", "events"]), JSON_VALUES)
def test_no_value_in_a_known_field_stops_it(name: str, value: Any) -> None:
    assert isinstance(told(**{name: value}), dict)


@settings(deadline=None)
@given(
    st.datetimes(timezones=st.timezones()),
    st.lists(st.datetimes(timezones=st.timezones()), max_size=3),
    st.sampled_from(["identity_asked", "identity_verified", "clarification_asked", "extension_notified"]),
)
def test_no_instant_stops_it(received: Any, others: list[Any], kind: str) -> None:
    events = [event(kind, other.isoformat(), large_quantity=True, reasons="number") for other in others]
    told(received_at=received.isoformat(), events=events)
