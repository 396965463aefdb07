"""Citizen numbers and card numbers leave the text before anything is stored (rules: UAVG 46, PCI DSS 3.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.masking import eleven_test, luhn, masked


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("my bsn is 123456782 ok", "my bsn is •••••••82 ok"),
        ("BSN: 123.456.782", "BSN: •••.•••.•82"),
        ("111222333 is mijn burgerservicenummer", "•••••••33 is mijn burgerservicenummer"),
        ("citizen service number 12345672", "citizen service number ••••••72"),
        ("pay with 4111 1111 1111 1111 please", "pay with •••• •••• •••• 1111 please"),
        ("card 5500-0055-5555-5559", "card ••••-••••-••••-5559"),
        ("amex 378282246310005", "amex •••••••••••0005"),
    ],
)
def test_a_citizen_or_card_number_leaves_only_its_last_figures(typed: str, stored: str) -> None:
    assert masked(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "SEL-2026-00417",
        "call me on +31612345678",
        "06 12345678",
        "order 123456782 has not arrived",  # passes the eleven test, but nothing says it is a citizen number
        "my bsn is 123456789",  # fails the eleven test
        "my bsn is 000000000",
        "4111 1111 1111 1112",  # fails the check of cards
        "1111 1111 1111 1117",  # passes it, but no card begins with 1
        "12 March 2026",
        "",
    ],
)
def test_other_numbers_stay_as_they_were_typed(typed: str) -> None:
    assert masked(typed) == typed


def test_the_eleven_test_takes_a_number_without_its_leading_zero() -> None:
    assert eleven_test("012345672") == eleven_test("12345672") is True


def test_luhn_knows_a_card_from_a_slip_of_the_finger() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")


@given(st.text(max_size=200))
def test_masking_never_raises_and_never_changes_the_length(text: str) -> None:
    assert len(masked(text)) == len(text)


@given(st.text(alphabet="0123456789 -.bsnBSN", max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert masked(masked(text)) == masked(text)
