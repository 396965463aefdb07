"""A desk that is killed at its n-th commit, and the walk it is killed in.

Promise: the walk is a copy and an erasure of one signed-in person, from one message; it can be taken up again at any
point by the device that kept its key, as a widget does: what was sent is sent again under the same id. The kill is
SIGKILL from inside the store, either just before a commit (what was done outside since the last one is done, and not
recorded) or just after it (recorded, and nothing told to anybody). Limits: a process of its own, because it dies.

Run as `python -m tests.walks.crash_child MODE AT DATA_DIR [AT DATA_DIR ...]`: the modules are loaded once, and each
pair is a fork of its own.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from bot.core.model import Right, Status, Ticket
from bot.core.rights import approvals_needed
from bot.demo.platform.seeds import BRAM
from bot.demo.world import World
from bot.hearing import listen
from storage.store import Store, Tx
from tests.walks.house import approve, at_work, card, newest, settled, ticket_of, until
from tests.walks.moves import post
from tests.walks.visitor import Visitor

WISH = "I want to see everything you have on me, and then please delete all my data"
LEASES_END = timedelta(seconds=61)
DONE = frozenset({Status.DONE})
TROUBLE = 3
"""Exit code of a child that neither died nor finished."""


class Mortal(Store):
    """A store that kills its process at the n-th commit: `before` it is made, or `after` it is on the disk."""

    def __init__(self, path: Path, *, at: int, mode: str) -> None:
        super().__init__(path)
        self.commits, self._at, self._mode = 0, at, mode

    async def _written(self, functions: list[Callable[[Tx], Any]]) -> Any:
        self.commits += 1
        if self.commits == self._at and self._mode == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        outcomes = await super()._written(functions)
        if self.commits == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcomes


async def walk(world: World) -> None:
    """From the first message to two answers, or from wherever an earlier life of the desk left it."""
    visitor = await _device(world)
    try:
        await visitor.say(WISH, client_id="wish")
        await _in_review(world, Right.ERASURE)
        await _in_review(world, Right.ACCESS)
        if (await ticket_of(world, Right.ERASURE)).confirmed_at is None:
            await visitor.press("Delete all this", client_id="yes")
        await until(world, lambda tx: _now(tx, Right.ERASURE).confirmed_at)
        await _decided(world, Right.ACCESS)
        await until(world, lambda tx: _now(tx, Right.ACCESS).status in DONE)
        await _fetched(world, visitor)
        await _decided(world, Right.ERASURE)
        waits_until = (await ticket_of(world, Right.ERASURE)).waits_until
        assert waits_until is not None
        if world.clock() < waits_until:
            world.clock.advance(waits_until - world.clock() + timedelta(minutes=1))
        await until(world, lambda tx: _now(tx, Right.ERASURE).status in DONE)
        await settled(world)
    finally:
        await visitor.leave()


async def _device(world: World) -> Visitor:
    """The chat on the person's device, which keeps its key, and the one it proposes next, before it says them."""
    kept = world.data_dir / "device.json"
    spare = token_urlsafe(32)
    key, was_spare = json.loads(kept.read_text()) if kept.exists() else (None, spare)
    visitor = await Visitor(url=world.url, token=world.platform.token(BRAM), key=key, spare=was_spare).come()
    await visitor.until(lambda: visitor.lines)
    kept.write_text(json.dumps([visitor.key, was_spare]))
    return visitor


async def _fetched(world: World, visitor: Visitor) -> None:
    """The copy is fetched once, since the deletion waits for that."""
    copy = (await ticket_of(world, Right.ACCESS)).copy
    assert copy is not None
    if not copy.fetched:
        await visitor.press("Open my copy")
        await visitor.until(lambda: visitor.opened)
        assert (await post(f"{visitor.opened[-1]}/download")).status == 200
        await until(world, lambda tx: (held := _now(tx, Right.ACCESS).copy) and held.fetched)


def _now(tx: Any, right: Right) -> Ticket:
    ticket = newest(tx, right)
    assert ticket is not None
    return ticket


async def _in_review(world: World, right: Right) -> None:
    def look(tx: Any) -> bool:
        ticket = newest(tx, right)
        return ticket is not None and ticket.status not in {Status.VERIFYING, Status.LOCATING}

    await until(world, look)


async def _decided(world: World, right: Right) -> None:
    """Colleagues press until the ticket has the approvals it needs; whoever did before a crash doesn't again."""
    for who in ("lotte", "mina")[: approvals_needed(await ticket_of(world, right))]:
        ticket = await ticket_of(world, right)
        by = f"T0SELEQT:{world.slack.person(who).id}"
        if any(one.by == by for one in ticket.approvals) or ticket.status is not Status.REVIEW:
            continue
        await card(world, ticket.ref, f"· {len(ticket.approvals)} of 2" if right is Right.ERASURE else "'approve'")
        await approve(world, ticket.ref, who)
        await until(world, lambda tx, by=by: any(one.by == by for one in _now(tx, right).approvals))


async def live(data_dir: Path, *, at: int, mode: str) -> None:
    """One life of the desk: the walk, and death at a commit if it comes to that."""
    store = Mortal(data_dir / "desk.sqlite3", at=at, mode=mode)
    async with at_work(data_dir, store=store) as world:
        await after_crash(world)
        await walk(world)
    sys.stdout.write(f"{store.commits}\n")


async def after_crash(world: World) -> None:
    """Let the leases of a dead desk end, if there was one."""
    if (world.data_dir / "device.json").exists():
        world.clock.advance(LEASES_END)


def main() -> None:
    """Fork one life per pair and wait for its end; fails if a child ends in any way but death or success."""
    mode, *pairs = sys.argv[1:]
    listen("warm up", "en")  # read once here, so that no fork has to
    for at, data_dir in zip(pairs[::2], pairs[1::2], strict=True):
        child = os.fork()
        if child == 0:
            asyncio.run(live(Path(data_dir), at=int(at), mode=mode))
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) not in {0, -signal.SIGKILL}:
            sys.exit(TROUBLE)


if __name__ == "__main__":
    main()
