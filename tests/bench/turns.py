"""A turn of a conversation: a message heard, the answer and all rows, against the same statements played by hand.

Promise: eight conversations at once on a real file with full durability; every round of the desk is followed by a round
of each reference on a copy of the same file. Limits: words only; no socket, no courier.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.model import Door
from bot.desk import Desk
from bot.texts import Texts
from storage.store import Store
from tests.bench.house import desk_over, store_at
from tests.bench.measures import Cost, Figure, measured, middle, ratio
from tests.bench.tape import Taped, play_core, play_raw

AT_ONCE = 8
ROUNDS = 5
ASKED = (
    "What do you hold on people like me?",
    "How do you keep my data safe?",
    "How long do you keep invoices?",
    "Hoe lang bewaren jullie mijn gegevens?",
)
WISHED = ("I want to see everything you have on me",)


@dataclass(frozen=True, kw_only=True)
class Script:
    """What is said in each of a number of conversations."""

    name: str
    talks: int
    lines: tuple[str, ...]
    aim: float | None

    @property
    def turns(self) -> int:
        """Messages in one round."""
        return self.talks * len(self.lines)


SCRIPTS = (
    Script(name="a question answered", talks=AT_ONCE, lines=ASKED * 10, aim=2.0),
    Script(name="a request filed", talks=AT_ONCE * 20, lines=WISHED, aim=2.0),
)


@dataclass
class Rounds:
    """What the rounds of one script took."""

    desk: list[Cost] = field(default_factory=list)
    core: list[Cost] = field(default_factory=list)
    raw: list[Cost] = field(default_factory=list)
    statements: float = 0.0


async def figures(report: Callable[[str], None]) -> list[Figure]:
    """Every figure about turns."""
    texts = Texts.load()
    found: list[Figure] = []
    for script in SCRIPTS:
        rounds = await _rounds(script, texts)
        report(f"{script.name}: {rounds.statements:.1f} statements a turn")
        found += _told(script, rounds)
    return found


def _told(script: Script, rounds: Rounds) -> list[Figure]:
    desk, core, raw = (middle(costs, script.turns) for costs in (rounds.desk, rounds.core, rounds.raw))
    name = f"turn, {script.name}"
    same = "the same statements on "
    by_core = desk.cpu / ratio(rounds.desk, rounds.core)  # the ratio is the median of pairs, not of two medians
    return [
        Figure(what=name, value=desk.cpu * 1e6, unit="us CPU", reference=f"{same}SQLAlchemy Core",
               beside=by_core * 1e6, aim=script.aim),
        Figure(what=name, value=desk.cpu * 1e6, unit="us CPU", reference=f"{same}sqlite3", beside=raw.cpu * 1e6),
        Figure(what=f"{name}, {AT_ONCE} at once", value=1 / desk.wall, unit="turns/s",
               reference=f"{same}SQLAlchemy Core", beside=1 / core.wall, aim=0.5, higher_is_better=True),
    ]  # fmt: skip


async def _rounds(script: Script, texts: Texts) -> Rounds:
    rounds = Rounds()
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder) / "start.db"
        talks = await _begun(start, texts, script.talks)
        tape = await _taped(start, texts, script, talks)
        rounds.statements = tape.statements
        for _ in range(ROUNDS):
            rounds.desk.append(await _desk_round(_copy(start), texts, script, talks))
            rounds.core.append(_timed(lambda: play_core(_copy(start), tape.turns)))
            rounds.raw.append(_timed(lambda: play_raw(_copy(start), tape.texts)))
    return rounds


async def _begun(path: Path, texts: Texts, number: int) -> list[str]:
    async with store_at(path) as store:
        desk = desk_over(store, texts)
        return [(await desk.begin(door=Door.WEB, lang="en"))[0].id for _ in range(number)]


async def _taped(start: Path, texts: Texts, script: Script, talks: list[str]) -> Taped:
    async with store_at(_copy(start)) as store:
        tape = Taped(store)
        await _spoken(desk_over(tape, texts), script, talks)
        return tape


async def _desk_round(path: Path, texts: Texts, script: Script, talks: list[str]) -> Cost:
    store = await Store(path).open()
    desk = desk_over(store, texts)
    with measured() as cost:
        await _spoken(desk, script, talks)
    await store.close()
    return cost


async def _spoken(desk: Desk, script: Script, talks: list[str]) -> None:
    """Every conversation says its lines, eight conversations at once."""
    numbers = itertools.count()

    async def speak(mine: list[str]) -> None:
        for talk, line in itertools.product(mine, script.lines):
            reply = await desk.hear(talk, f"message-{next(numbers)}", line)
            if not reply.seq:
                raise RuntimeError(f"the desk did not take a message: {reply.refused}")

    await asyncio.gather(*(speak(talks[at::AT_ONCE]) for at in range(AT_ONCE)))


def _copy(start: Path) -> Path:
    path = start.with_name("round.db")
    for left in start.parent.glob("round.db*"):
        left.unlink()
    shutil.copy(start, path)
    return path


def _timed(work: Callable[[], None]) -> Cost:
    with measured() as cost:
        work()
    return cost
