"""The block format: what is drawn in the chat and in the text part of a mail, and that values cannot write marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import Run, chat_text, parse, plain_text, shield, tame, unshield

LETTER = """
A line and
its rest.

## What went
- 2 **invoices**
- a [page](https://desk.example/a)
: Number | SEL-2026-00417
! 4821 7730
=> [Stop it](https://desk.example/stop)
"""


def test_lines_join_into_paragraphs_and_marks_make_blocks():
    kinds = [(block.kind, block.text) for block in parse(LETTER)]
    assert kinds == [
        ("paragraph", "A line and its rest."),
        ("heading", "What went"),
        ("item", "2 invoices"),
        ("item", "a page"),
        ("fact", "SEL-2026-00417"),
        ("code", "4821 7730"),
        ("button", "Stop it"),
    ]


def test_the_text_part_reads_well_without_marks():
    assert plain_text(parse(LETTER)) == (
        "A line and its rest.\n\nWHAT WENT\n\n- 2 invoices\n- a page <https://desk.example/a>\n\n"
        "Number: SEL-2026-00417\n\n    4821 7730\n\nStop it:\nhttps://desk.example/stop"
    )


def test_the_chat_keeps_strong_words_and_list_lines():
    assert chat_text(parse("**Now** this:\n- one\n- two\n\nEnd.")) == "**Now** this:\n\n- one\n- two\n\nEnd."


def test_long_paragraphs_are_wrapped_and_long_addresses_left_whole():
    address = "https://desk.example/" + "x" * 90
    lines = plain_text(parse("word " * 40 + f"[here]({address})")).split("\n")
    assert all(len(line) <= 76 or address in line for line in lines)
    assert f"<{address}>" in lines[-1]


def test_a_mail_address_that_is_its_own_label_is_written_once():
    assert plain_text(parse("[a@b.example](mailto:a@b.example)")) == "a@b.example"


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https:"])
def test_a_link_of_another_kind_stays_text(href):
    (block,) = parse(f"[press]({href})")
    assert all(not run.href for run in block.runs)
    assert href in block.text


def test_a_line_break_in_a_value_stays_inside_its_list_item():
    blocks = parse(f"- {shield('one' + chr(10) + '- two')}\n- three")
    assert [block.text for block in blocks] == ["one\n- two", "three"]
    assert plain_text(blocks) == "- one\n  - two\n- three"


def test_control_characters_and_direction_overrides_go_and_letters_stay():
    assert tame("a\x00b\x1b[31m\u202ec\u2066d\u2028e\ud800f\r\n\tg") == "ab[31mcdef\n\tg"
    assert tame("Łukasz é 李 👩‍🚀 שלום") == "Łukasz é 李 👩‍🚀 שלום"


@given(st.text(alphabet=st.characters() | st.sampled_from("*[]()#=!:|>-\n\ue000\ue001 ")))
def test_no_value_can_write_a_mark(value):
    (block,) = parse(f"x{shield(value)}x")
    assert block.kind == "paragraph"
    assert all(run == Run(text=run.text) for run in block.runs)


@given(st.text())
def test_a_shielded_value_comes_out_as_it_was_typed(value):
    kept = "".join(c for c in tame(value) if not 0xE000 <= ord(c) < 0xE010)
    assert unshield(shield(value)) in {
        kept.strip(),
        "".join(c for c in tame(value) if not 0xE000 <= ord(c) < 0xE00D).strip(),
    }
