"""The reader on messages by writers it never met: prints the measures and holds them to floors a little below."""

import json
from pathlib import Path
from typing import Final

import pytest

from bot.commands.understand_jsonl import answer
from bot.lang import tables
from tools.lessons import lessons_in
from tools.score import bound, report

UNSEEN: Final = Path(__file__).parent / "unseen"
F1_FLOOR: Final = 0.93
FALSE_RIGHTS: Final = 0.025  # share of messages that want no right and are read as one
SLOTS_FLOOR: Final = 0.9  # share of messages whose slots are all right
SURE_FLOOR: Final = 0.80  # share answered at once
PRECISION_FLOOR: Final = 0.96  # of what is answered at once


@pytest.mark.parametrize("name", ["", "_personas"])
@pytest.mark.parametrize("lang", ["en", "nl"])
def test_a_writer_nobody_here_has_read_is_understood(lang: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    measured = report(f"unseen{name}", lang, lessons_in(UNSEEN / f"{lang}{name}.txt"), tables())
    with capsys.disabled():
        print(f"\n{measured}")
    assert measured.f1 >= F1_FLOOR
    assert measured.macro >= F1_FLOOR
    assert measured.false_rights <= measured.quiet * FALSE_RIGHTS
    assert measured.false_acts < measured.negatives / 100
    assert measured.sure_false_acts == 0
    assert bound(measured.sure_false_acts, measured.sure_negatives) < 0.01
    assert measured.sure >= SURE_FLOOR
    assert measured.precision >= PRECISION_FLOOR


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_what_these_writers_name_is_found_to_the_letter(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = [json.loads(line) for line in (UNSEEN / f"{lang}_slots.jsonl").read_text("utf-8").splitlines()]
    read_as = [json.loads(answer(json.dumps({"lang": lang, "text": one["text"]})))["slots"] for one in told]
    right = sum(got == one["slots"] for got, one in zip(read_as, told, strict=True))
    with capsys.disabled():
        print(f"\n{lang} slots: {right} of {len(told)}")
    assert right >= SLOTS_FLOOR * len(told)


def test_the_bound_says_how_little_a_few_messages_prove() -> None:
    assert bound(0, 100) == pytest.approx(0.0263, abs=1e-3)
    assert bound(1, 100) > bound(0, 100) > bound(0, 1000)
