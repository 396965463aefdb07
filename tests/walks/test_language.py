"""The language of a conversation: what somebody writes decides until they ask for something, or what they choose in
the menu; the window follows.

Limits: how a language is recognised is tested at the reader (tests/core), how the window follows in tests/widget.
"""

from bot.demo.platform.seeds import ANNA
from bot.demo.world import World
from tests.walks.moves import Visit


async def test_a_window_is_told_when_somebody_writes_another_language(world: World, visit: Visit) -> None:
    stranger = await visit()
    await stranger.say("hallo, wie is hier verantwoordelijk voor privacy?")
    await stranger.until(lambda: stranger.shown_in == "nl")
    await stranger.say("sorry, in English please: who is responsible for privacy here?")
    await stranger.until(lambda: stranger.shown_in == "en")


async def test_a_chosen_language_changes_what_the_desk_says_and_how_requests_are_named(
    world: World, visit: Visit
) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    await anna.until(lambda: anna.tickets and anna.tickets[0]["title"] == "A copy of your data")
    await anna.send({"type": "speak", "lang": "nl"})
    await anna.until(lambda: anna.tickets[0]["title"] == "Een kopie van je gegevens")


async def test_a_language_nobody_speaks_here_changes_nothing(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    for lang in ("xx", 7, None):
        await anna.send({"type": "speak", "lang": lang})
    await anna.say("I want to see everything you have on me")
    await anna.hears("This is what we found")
    assert anna.shown_in == "en"
