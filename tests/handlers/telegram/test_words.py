"""A desk line as Telegram takes it: escaped, cut where it reads well, buttons in rows, addresses as themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.telegram.rules import plain
from handlers.telegram_keys import Seals
from handlers.telegram_words import TEXT_MOST, Key, bare, html, links_only, may_link, pieces, rows, units


def test_bold_words_are_bold_and_list_lines_have_bullets():
    assert html("**SEL-2026-00417** is in.\n\n- one\n- two") == "<b>SEL-2026-00417</b> is in.\n\n• one\n• two"


def test_tags_in_a_text_are_words():
    assert html("<a href='tg://x'>a & b</a>") == "&lt;a href=&#x27;tg://x&#x27;&gt;a &amp; b&lt;/a&gt;"


def test_a_label_never_hides_an_address():
    assert html("[press](https://evil.example)") == "[press](https://evil.example)"


@given(st.text(max_size=300))
def test_telegram_can_read_whatever_a_text_holds(text):
    assert plain(html(text)) == bare(text)


@given(st.text(alphabet="ab \n*-😀<&", max_size=3000), st.integers(min_value=2, max_value=400))
def test_pieces_fit_and_lose_no_word(text, most):
    found = pieces(text, most)
    assert all(0 < units(piece) <= most and piece.strip() for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_long_text_is_cut_between_paragraphs():
    paragraph = "word " * 300
    first, second = pieces(f"{paragraph}\n\n{paragraph}\n\n{paragraph}")
    assert first.count("\n\n") == 1
    assert units(first) <= TEXT_MOST
    assert second.strip() == paragraph.strip()


@pytest.mark.parametrize(
    ("href", "is_allowed"),
    [
        ("https://seleqt.ai/privacy", True),
        ("http://127.0.0.1:8080/copy/abc", True),
        ("http://localhost:8080/", True),
        ("http://seleqt.ai/", False),
        ("https://nodot/", False),
        ("javascript:alert(1)", False),
        ("tg://resolve?domain=x", False),
        ("https://[bad", False),
    ],
)
def test_only_https_and_this_machine_stand_on_a_button(href, is_allowed):
    assert may_link(href) is is_allowed


def test_short_labels_stand_in_pairs_and_long_ones_alone():
    keys = [Key(label=label, data="x") for label in ("Yes", "No", "See what you have on me", "Sign in")]
    assert [[key.label for key in row] for row in rows(keys)] == [
        ["Yes", "No"],
        ["See what you have on me"],
        ["Sign in"],
    ]


def test_an_answered_row_keeps_its_links():
    row = (Key(label="Yes", data="x"), Key(label="Read", url="https://a.example"))
    assert links_only((row, (Key(label="No", data="y"),))) == ((row[1],),)


# ---- seals


SEALS = Seals(b"k" * 32)


def test_a_button_comes_back_as_its_line_and_number():
    data = SEALS.data(chat=5, talk="t" * 43, line=12, button=3)
    assert len(data.encode()) <= 64
    assert SEALS.read(data, chat=5, talk="t" * 43) == (12, 3)


@pytest.mark.parametrize("changed", [{"chat": 6}, {"talk": "u" * 43}])
def test_a_button_means_nothing_in_another_chat_or_conversation(changed):
    data = SEALS.data(chat=5, talk="t" * 43, line=12, button=3)
    assert SEALS.read(data, **{"chat": 5, "talk": "t" * 43, **changed}) is None


def test_another_line_or_button_under_the_same_seal_is_refused():
    data = SEALS.data(chat=5, talk="t", line=12, button=3)
    seal = data.rpartition(".")[2]
    for forged in (f"13.3.{seal}", f"12.4.{seal}", f"12.3.{seal[:-1]}A", "12.3", "", "a.b.c", f"12.3.{seal}x"):
        assert forged == data or SEALS.read(forged, chat=5, talk="t") is None


def test_two_houses_have_two_kinds_of_seal():
    data = SEALS.data(chat=5, talk="t", line=1, button=0)
    assert Seals(b"l" * 32).read(data, chat=5, talk="t") is None
