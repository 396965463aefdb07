from tests.walks.house import *
from bot.demo.platform.seeds import ANNA
from bot.core.model import Right, Status
import time
async def test_one(world):
    t=time.time()
    v = await signed_in(world, ANNA)
    await v.say("I want to see everything you have on me")
    await v.hears("This is what we found")
    print("found", time.time()-t)
    t1 = await reaches(world, Right.ACCESS, Status.REVIEW)
    await approve(world, t1.ref, "lotte")
    await v.hears("is ready")
    print("ready", time.time()-t)
    await v.press("Open my copy")
    await v.until(lambda: v.opened)
    print(v.opened, v.said())
    print(world.slack.notices, [str(m.text) for m in world.slack.messages.values()])
    await settled(world)
    print([l.subject for l in world.mailbox.letters()])
    await v.leave()
    print("end", time.time()-t)
