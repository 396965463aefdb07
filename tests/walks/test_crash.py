"""The desk is killed at every commit of a whole walk, started again, and brings the walk to its end.

Promise: after each kill nothing is lost, no effect on data happens twice, and no ticket is done with a step missing;
a mail may repeat, under the same Message-ID, and a Slack post may repeat. Limits: one process on one machine.
"""

import asyncio
import shutil
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from bot.commands.audit import verify
from bot.core.model import Right, Status, Ticket
from bot.demo.platform.seeds import BRAM
from bot.demo.world import World
from storage.vault import Vault
from tests.walks.crash_child import after_crash, walk
from tests.walks.house import at_work, cards, one, rows, settled, staff, ticket_of

GROUPS = 6
NEVER = 10**6
BEYOND = 3
"""A few commits more than the undisturbed walk made: a busy machine makes some more."""
TO_A_RECIPIENT = "please act on a person's data"
"""Art. 19: the one recipient of the demo's map that is told by mail."""

FINISHED = Counter(
    {
        "have your 2 requests": 1,
        "your data will be deleted": 1,
        "deletion is in hand": 1,
        "your copy is ready": 1,
        "your data is deleted": 1,
        TO_A_RECIPIENT: 1,
    }
)

pytestmark = pytest.mark.slow


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """A world that was started once and in which nobody has said anything, and how many commits the walk then makes."""

    data_dir: Path
    commits: int


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Made once for each worker: databases, keys, and one walk that is left in peace."""
    made = tmp_path_factory.mktemp("fresh")

    async def start() -> int:
        async with at_work(made / "data"):
            pass
        shutil.copytree(made / "data", made / "peace")
        return int(await _lives("before", [(NEVER, made / "peace")]))

    return Fresh(data_dir=made / "data", commits=asyncio.run(start()))


async def _lives(mode: str, lives: list[tuple[int, Path]]) -> str:
    """Let a desk live in each folder, one after the other, each up to its commit; returns what they said."""
    pairs = [text for at, data_dir in lives for text in (str(at), str(data_dir))]
    command = [sys.executable, "-W", "error", "-m", "tests.walks.crash_child", mode, *pairs]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    said, wrong = await child.communicate()
    assert child.returncode == 0, wrong.decode()[-3000:]
    return said.decode().splitlines()[-1] if said else ""


async def _whole(data_dir: Path) -> None:
    """Start again after the kill, go on to the end, and look at everything."""
    async with at_work(data_dir) as world:
        await after_crash(world)
        await walk(world)
        await settled(world)
        await _nothing_is_missing(world)
        _no_effect_twice(world)
        _mails_repeat_only_as_themselves(world)
        _slack_tells_it_all(world)


async def _nothing_is_missing(world: World) -> None:
    database = world.app.settings.database
    assert one(database, "SELECT count(*) FROM tickets") == 2
    assert rows(database, "SELECT key FROM steps WHERE state = 'todo'") == []
    access, erasure = await ticket_of(world, Right.ACCESS), await ticket_of(world, Right.ERASURE)
    assert (access.status, erasure.status) == (Status.DONE, Status.DONE)
    assert (len(access.approvals), len(erasure.approvals)) == (1, 2)
    log = await world.app.store.read(
        lambda tx: [record for one in (access, erasure) for record in tx.work.log_of(one.id)]
    )
    for ticket in (access, erasure):
        what = Counter(line.entry.what for line in log if line.ticket == ticket.id)
        for once in ("received", "located", "acted", "gate_locating", "gate_review", "gate_scheduled", "gate_working"):
            assert what[once] == 1, (ticket.right, what)
    said = [text for (text,) in rows(database, "SELECT text FROM lines WHERE who = 'desk'")]
    assert len([text for text in said if "This is what we found" in text]) == 1
    assert len([text for text in said if "is ready" in text]) == 1
    assert len([text for text in said if "is closed" in text]) == 1
    assert len(rows(database, "SELECT 1 FROM lines WHERE who = 'person' AND text LIKE 'I want to see%'")) == 1
    assert (await verify(world.app.store)).broken is None
    _copy_opens(world, access)


def _copy_opens(world: World, access: Ticket) -> None:
    assert access.copy is not None
    vault = Vault(world.app.settings.vault, world.app.settings.vault_key.get_secret_value())
    packed = b"".join(vault.reader(access.copy.object_id, access.id, "parcel"))
    with zipfile.ZipFile(BytesIO(packed)) as copy:
        assert copy.testzip() is None
        assert "START-HERE.html" in str(copy.namelist())
    objects = rows(world.app.settings.database, "SELECT kind FROM objects ORDER BY kind")
    assert objects == [("page",), ("parcel",)]


def _no_effect_twice(world: World) -> None:
    """One receipt per act; what was to go is gone, what the law keeps is there, and everybody else is untouched."""
    platform = world.platform_database
    keys = [key for (key,) in rows(platform, "SELECT call_key FROM privacy_desk_receipts")]
    assert sorted(key.split(":")[1] for key in keys) == ["erasure", "objection_marketing"]
    mine = "SELECT count(*) FROM {} WHERE account_id = 102"
    gone = {table: one(platform, mine.format(table)) for table in ("logins", "sessions", "browsing_events")}
    assert gone == dict.fromkeys(gone, 0)
    assert one(platform, "SELECT count(*) FROM invoices WHERE account_id = 102") == 2
    assert one(platform, "SELECT count(*) FROM logins") == 27
    assert one(platform, "SELECT count(*) FROM accounts WHERE email = ?", BRAM.email) == 0


def _mails_repeat_only_as_themselves(world: World) -> None:
    letters = world.mailbox.letters()
    first = {letter.message_id: letter for letter in letters}
    assert all(first[letter.message_id].subject == letter.subject for letter in letters)
    assert Counter(_topic(letter.subject) for letter in first.values()) == FINISHED
    assert {letter.to for letter in letters if TO_A_RECIPIENT not in letter.subject} == {BRAM.email}


def _topic(subject: str) -> str:
    return next((topic for topic in FINISHED if topic in subject), subject)


def _slack_tells_it_all(world: World) -> None:
    assert 2 <= len(cards(world)) <= 4  # a post may repeat once after a kill
    newest = [staff(world, "lotte").thread(card.ts) for card in cards(world)]
    said = " ".join(line.text for lines in newest for line in lines)
    assert said.count("approved plan") >= 3


@pytest.mark.parametrize("group", range(GROUPS))
async def test_a_kill_before_any_commit_loses_nothing_and_does_nothing_twice(
    group: int, fresh: Fresh, tmp_path: Path
) -> None:
    await _every(range(group + 1, fresh.commits + BEYOND, GROUPS), "before", fresh, tmp_path)


async def test_a_kill_right_after_a_commit_is_made_good_too(fresh: Fresh, tmp_path: Path) -> None:
    await _every(range(3, fresh.commits + BEYOND, 12), "after", fresh, tmp_path)


async def _every(points: range, mode: str, fresh: Fresh, tmp_path: Path) -> None:
    lives = [(at, tmp_path / str(at)) for at in points]
    for _, data_dir in lives:
        shutil.copytree(fresh.data_dir, data_dir)
    await _lives(mode, lives)
    for at, data_dir in lives:
        try:
            await _whole(data_dir)
        except BaseException as failure:
            failure.add_note(f"killed {mode} commit {at}, data in {data_dir}")
            raise


async def test_a_desk_that_dies_again_and_again_gets_there_all_the_same(fresh: Fresh, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(fresh.data_dir, data_dir)
    await _lives("before", [(9, data_dir)] * 8)
    await _whole(data_dir)
