"""Each right from the first sentence to the result, signed in and by code; the platform's database looked at after."""

from bot.demo.platform.seeds import ANNA
from tests.walks import house, moves


async def test_a_signed_in_person_gets_a_copy_and_downloads_it(world, visit):
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    try:
        ref = moves.refs_in(await anna.hears("I've filed it", "a copy"))[0]
        await anna.hears("This is what we found", ref)
        await house.approve(world, ref, "lotte")
        await anna.hears("Your copy for", ref)
        await anna.press("Open my copy")
        page = await anna.until(lambda: anna.opened)
        print(page)
    finally:
        print(anna.said())
    assert 0
