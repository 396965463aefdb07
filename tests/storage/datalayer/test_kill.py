"""kill -9 in the middle of an act: all of it or nothing, and the same call goes on from there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.plans import Verb
from bot.demo.platform.seeds import ANNA
from tests.storage.datalayer import contract

ROOT = Path(__file__).parents[3]
CHILD = "tests.storage.datalayer.kill_child"
LATE = 10_000


def dies(rig, plan, at: int) -> bool:
    """Run the child until its n-th statement; whether it was killed there."""
    done = subprocess.run(
        [sys.executable, "-m", CHILD, rig.url, str(at), plan.hash, str(plan.ceiling)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize("at", [3, 16, 24])
async def test_killed_in_the_act_nothing_is_written_and_the_same_call_goes_on(rig, at):
    anna = await contract.who(rig, ANNA)
    plan = await rig.source.find(anna, Verb.ERASURE)
    await rig.source.close()
    before = rig.tables()
    assert dies(rig, plan, at)
    assert rig.tables() == before
    if at != 24:
        return
    assert not dies(rig, plan, LATE)
    assert rig.sql("SELECT count(*) FROM logins WHERE account_id = 101") == [(0,)]
    again = await rig.source.act(
        key="the one", person=anna, verb=Verb.ERASURE, approved=plan.hash, ceiling=plan.ceiling
    )  # fmt: skip
    assert again.already_done
