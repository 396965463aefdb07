"""The benchmarks are run by hand: that their desk still fits the house is tried with everything else."""

from pathlib import Path

from bot.core.model import Door
from bot.texts import Texts
from tests.bench.house import desk_over, store_at


async def test_a_desk_to_measure_can_be_made_and_takes_a_turn(tmp_path: Path) -> None:
    async with store_at(tmp_path / "desk.sqlite3") as store:
        desk = desk_over(store, Texts.load())
        talk, _ = await desk.begin(door=Door.WEB, lang="en")
        reply = await desk.hear(talk.id, "one", "How long do you keep my data?")
        assert reply.seq
