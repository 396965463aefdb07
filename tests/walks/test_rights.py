"""Each right from the first sentence to the result, signed in and by code; the platform's database looked at after."""

from bot.demo.platform.seeds import ANNA
from tests.walks import moves


async def test_a_signed_in_person_gets_a_copy_and_downloads_it(world, visit):
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ref = moves.ref_in(await anna.hears("I've filed it", "a copy"))
    await anna.hears("This is what we found", ref)
    await moves.press_card(world, "lotte", ref, "Approve")
    await anna.hears("Your copy for", ref)
    await anna.press("Open my copy")
    page = await anna.until(lambda: anna.opened)
    print(page)
