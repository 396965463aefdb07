"""One-time codes and addresses: derived, single purpose, bound to a conversation; nothing odd is an address."""

import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.identity import (
    ATTEMPTS_PER_CODE,
    CODE_LIFE,
    SYMBOLS,
    Check,
    addresses_in,
    canonical,
    check,
    code_of,
    is_alive,
    keyed,
    shown,
    typed_code,
)
from bot.core.model import Challenge, Purpose
from tests.core.builders import MINUTE, NOW

KEY = b"k" * 32
CHALLENGE = Challenge(
    id="c-1",
    talk="talk-1",
    purpose=Purpose.IDENTITY,
    nonce="0f" * 16,
    mailbox="m-1",
    made_at=NOW,
    ends_at=NOW + CODE_LIFE,
)
CODE = code_of(KEY, CHALLENGE)


def judged(challenge: Challenge = CHALLENGE, typed: str = CODE, *, talk: str = "talk-1", now=NOW) -> Check:
    return check(KEY, challenge, typed, talk=talk, now=now)


@given(nonce=st.text(min_size=1, max_size=40), key=st.binary(min_size=32, max_size=64))
def test_a_code_is_derived_from_key_and_nonce_in_an_alphabet_that_can_be_read_aloud(nonce, key):
    challenge = replace(CHALLENGE, nonce=nonce)
    code = code_of(key, challenge)
    assert code == code_of(key, challenge)
    assert len(code) == 8
    assert set(code) <= set(SYMBOLS)
    assert typed_code(shown(code).lower()) == code


def test_the_alphabet_has_32_symbols_and_none_that_looks_like_another():
    assert len(set(SYMBOLS)) == 32
    assert not set("ILOU") & set(SYMBOLS)


def test_every_place_of_a_code_uses_the_whole_alphabet():
    codes = [code_of(KEY, replace(CHALLENGE, nonce=str(number))) for number in range(3000)]
    assert len(set(codes)) == 3000
    for place in range(8):
        used = Counter(code[place] for code in codes)
        assert set(used) == set(SYMBOLS)
        assert max(used.values()) < 160  # about 94 each


def test_every_code_holds_a_figure_so_that_words_are_none():
    codes = (code_of(KEY, replace(CHALLENGE, nonce=str(number))) for number in range(3000))
    assert all(set(code) & set("23456789") for code in codes)


@pytest.mark.parametrize(
    "other",
    [
        replace(CHALLENGE, nonce="1f" * 16),
        replace(CHALLENGE, id="c-2"),
        replace(CHALLENGE, talk="talk-2"),
        replace(CHALLENGE, purpose=Purpose.DOWNLOAD),
        replace(CHALLENGE, purpose=Purpose.NEW_MAILBOX),
    ],
)
def test_a_code_opens_nothing_but_its_own_challenge(other):
    assert code_of(KEY, other) != CODE
    assert check(KEY, other, CODE, talk=other.talk, now=NOW) is Check.WRONG


def test_another_key_makes_another_code():
    assert code_of(b"x" * 32, CHALLENGE) != CODE


def test_the_right_code_in_its_own_conversation_is_right():
    assert judged() is Check.RIGHT


@pytest.mark.parametrize("typed", ["00000000", "", CODE[:7], CODE + "0", "ÄÖÜ", "\x00" * 8])
def test_anything_else_is_wrong(typed):
    assert judged(typed=typed) is Check.WRONG


def test_a_code_is_bound_to_the_conversation_that_asked():
    assert judged(talk="talk-2") is Check.OVER


@pytest.mark.parametrize(
    ("minutes", "result"), [(-1, Check.OVER), (0, Check.RIGHT), (9.99, Check.RIGHT), (10, Check.OVER)]
)
def test_a_code_lives_ten_minutes(minutes, result):
    assert judged(now=NOW + minutes * MINUTE) is result


@pytest.mark.parametrize(
    "over",
    [
        replace(CHALLENGE, used_at=NOW),
        replace(CHALLENGE, replaced=True),
        replace(CHALLENGE, attempts=ATTEMPTS_PER_CODE),
    ],
)
def test_a_used_a_replaced_and_a_tried_code_is_over(over):
    assert not is_alive(over, NOW)
    assert judged(over) is Check.OVER


def test_the_last_attempt_still_counts():
    assert judged(replace(CHALLENGE, attempts=ATTEMPTS_PER_CODE - 1)) is Check.RIGHT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4821 7730", "48217730"),
        ("4821-7730", "48217730"),
        (" 4821–7730. ", "48217730"),
        ("abcd efg7", "ABCDEFG7"),
        ("oOiIlL00", "00111100"),
        ("laat maar", None),
        ("DELETE ME", None),
        ("COMPLETE", None),
        ("48217730 please", None),
        ("my code is 48217730", None),
        ("4821773", None),
        ("482177300", None),
        ("uuuuuuuu", None),
        ("", None),
    ],
)
def test_a_typed_code_is_a_message_that_is_nothing_else(text, code):
    assert typed_code(text) == code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sanne@Example.NL", " sanne@example.nl "),
        ("ｓanne@example.nl", "sanne@example.nl"),
    ],
)
def test_spellings_of_one_address_count_as_one(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail me at sanne@example.nl.", ("sanne@example.nl",)),
        ("<sanne@example.nl>, (jan+x@mail.example.co.uk)", ("sanne@example.nl", "jan+x@mail.example.co.uk")),
        ("mailto:sanne@example.nl?subject=x", ("sanne@example.nl",)),
        ("a@x.nl, b@x.nl and a@x.nl", ("a@x.nl", "b@x.nl")),
        ("sanne@example.nl- thanks", ("sanne@example.nl",)),
        ("o'neil_x+y@sub-domain.example.nl", ("o'neil_x+y@sub-domain.example.nl",)),
        ("any%one@example.nl or *@example.nl", ()),  # a wildcard is nobody's address
        ("ｓanne＠example．nl", ("sanne@example.nl",)),
        ("a@x.nl\r\nBcc: b@x.nl", ("a@x.nl", "b@x.nl")),
    ],
)
def test_plain_addresses_are_found_in_order(text, found):
    assert addresses_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "no address here",
        "sanne@localhost",
        "sanne@example",
        "sanne@127.0.0.1",
        "sanne@[127.0.0.1]",
        '"sanne x"@example.nl',
        "sanne(comment)@example.nl",
        "a..b@x.nl",
        ".a@",
        "a.@x.nl",
        "sanne@@example.nl",
        "sanne@good.nl@evil.nl",
        "sanne@-x.nl",
        "sanne@x-.nl",
        "sanne@x..nl",
        "sanne@x.n",
        "sanne@x.nl_",
        "mаria@example.nl",  # the second letter is Cyrillic
        "maria@exаmple.nl",
        "jósé@example.nl",
        "a\nb@\nx.nl",
        f"{'a' * 65}@x.nl",
        f"a@{'b.' * 130}nl",
        f"a@{'b' * 64}.nl",
        f"a@x.{'n' * 64}",
    ],
)
def test_quoted_commented_foreign_and_broken_addresses_are_none(text):
    assert addresses_in(text) == ()


@given(st.text(max_size=300))
def test_whatever_is_found_is_one_line_of_ascii_with_one_at_sign(text):
    for address in addresses_in(text + " " + text[::-1] + "@x.nl"):
        assert address.isascii()
        assert address.count("@") == 1
        assert not set(' \r\n\t<>,;:"()[]\\') & set(address)
        assert len(address) <= 254


@pytest.mark.parametrize("piece", ["a", "a.", "!", "a@", "a@b.", "a@b-", "-", "a.a@a.a"])
def test_hostile_text_is_read_in_time(piece):
    text = (piece * 4000)[:4000]
    begun = time.process_time()
    addresses_in(text)
    assert time.process_time() - begun < 2


def test_a_keyed_hash_tells_kinds_and_keys_apart_and_hides_its_text():
    hashes = {keyed(KEY, "mailbox", "a"), keyed(KEY, "subject", "a"), keyed(b"x" * 32, "mailbox", "a")}
    assert len(hashes) == 3
    assert all(len(one) == 40 for one in hashes)
    assert keyed(KEY, "mailbox", "a") == keyed(KEY, "mailbox", "a")
