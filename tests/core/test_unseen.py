"""The reader on messages by writers it never met: prints the measures and holds them to floors a little below."""

from pathlib import Path
from typing import Final

import pytest

from bot.lang import tables
from tools.lessons import lessons_in
from tools.score import bound, report

UNSEEN: Final = Path(__file__).parent / "unseen"
F1_FLOOR: Final = 0.93
SURE_FLOOR: Final = 0.80  # share answered at once
PRECISION_FLOOR: Final = 0.96  # of what is answered at once


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_a_writer_nobody_here_has_read_is_understood(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    measured = report("unseen", lang, lessons_in(UNSEEN / f"{lang}.txt"), tables())
    with capsys.disabled():
        print(f"\n{measured}")
    assert measured.f1 >= F1_FLOOR
    assert measured.false_acts < measured.negatives / 100
    assert measured.sure_false_acts == 0
    assert bound(measured.sure_false_acts, measured.sure_negatives) < 0.01
    assert measured.sure >= SURE_FLOOR
    assert measured.precision >= PRECISION_FLOOR


def test_the_bound_says_how_little_a_few_messages_prove() -> None:
    assert bound(0, 100) == pytest.approx(0.0263, abs=1e-3)
    assert bound(1, 100) > bound(0, 100) > bound(0, 1000)
