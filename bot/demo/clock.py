"""The demo's clock: the real time plus what was let pass, so that waiting times, reminders and expiry can be seen.

Promise: it only ever goes forward of the real time, survives a restart, and tells whoever asked when it was moved.
Limits: callbacks run at once, in the caller's thread; ten years is the furthest.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.demo.keeping import write_private

FURTHEST = timedelta(days=3660)


def machine_time() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)


class TravelClock:
    """Call it for the demo's present instant (aware, UTC)."""

    def __init__(self, file: Path, *, real: Callable[[], datetime] = machine_time) -> None:
        """`file` keeps the offset between starts. Raises ValueError when it holds something else."""
        self._file, self.real = file, real
        self._callbacks: list[Callable[[], object]] = []
        self.offset = _read(file)

    def __call__(self) -> datetime:
        """Now, for the desk and everything in the demo."""
        return self.real() + self.offset

    def advance(self, by: timedelta) -> None:
        """Let time pass. Raises ValueError for nothing, for going back, and for more than ten years in all."""
        if by <= timedelta():
            raise ValueError("time only goes forward")
        if by > FURTHEST - self.offset:
            raise ValueError("ten years is the furthest this clock goes")
        later = self.offset + by
        write_private(self._file, json.dumps({"offset_seconds": later.total_seconds()}).encode())
        self.offset = later
        for callback in self._callbacks:
            callback()

    def on_change(self, callback: Callable[[], object]) -> None:
        """Call this after every advance: the bells of whoever sleeps until something is due."""
        self._callbacks.append(callback)


def _read(file: Path) -> timedelta:
    if not file.exists():
        return timedelta()
    try:
        return timedelta(seconds=float(json.loads(file.read_bytes())["offset_seconds"]))
    except (ValueError, TypeError, KeyError, OverflowError) as problem:
        raise ValueError(f"{file.name} is not a kept clock; start with --fresh") from problem
