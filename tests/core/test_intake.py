"""What can be filed by hand."""

from dataclasses import replace

from bot.core.intake import CLOCKS_DIFFER, Intake, refusal
from bot.core.model import Door, Right
from tests.core.builders import LOTTE, MINUTE, NOW

LETTER = Intake(right=Right.ACCESS, received_at=NOW, door=Door.POST, lang="nl", by=LOTTE.key, key="k")


def test_a_letter_of_this_morning_is_filed():
    assert refusal(LETTER, NOW) == ""
    assert refusal(replace(LETTER, received_at=NOW + CLOCKS_DIFFER), NOW) == ""


def test_what_has_not_come_yet_and_what_comes_by_its_own_door_is_not():
    assert refusal(replace(LETTER, received_at=NOW + CLOCKS_DIFFER + MINUTE), NOW) == "received_at"
    assert refusal(replace(LETTER, door=Door.WEB), NOW) == "door"
