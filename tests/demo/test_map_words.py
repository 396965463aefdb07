"""The demo's data map speaks to people as the desk does: its words stand in their copies."""

import re
from pathlib import Path

import bot.demo.platform

MAP = Path(bot.demo.platform.__file__).parent / "datamap.yml"


def test_the_dutch_words_of_the_map_say_je() -> None:
    dutch = re.findall(r'nl: "([^"]+)"', MAP.read_text("utf-8"))
    assert len(dutch) > 10
    assert [one for one in dutch if re.search(r"\b(?:u|uw)\b", one, re.IGNORECASE)] == []
