"""Start-up and size: importing the desk, the demo until it answers, its memory when idle, and the reader on the line.

Promise: every figure is of fresh processes, by what the kernel accounts to them (CPU seconds, resident memory).
Limits: Linux; the demo has listened and nobody has come.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.bench.measures import QUIET, Cost, Figure, calibration, middle

ROUNDS = 3
MESSAGES = 400
DESK = "import bot.courier, bot.watch, bot.delivery, storage.store, storage.vault"
"""The desk with its own store: what it is without channels and before it knows a platform."""

SOURCES = f"{DESK}, storage.datalayer.sql"
DOORS = "import bot.app"
LOADS = {
    "bot.desk": "import bot.desk",
    "with store, courier, watch": DESK,
    "with the data layer too": SOURCES,
    "with every door": DOORS,
}
SAID = (
    "I want to see everything you have on me",
    "verwijder mijn gegevens",
    "my surname is wrong, it should be van den Berg",
    "How long do you keep invoices?",
)
PATIENCE = 60.0
"""Seconds until a demo that does not answer counts as broken."""


async def figures(report: Callable[[str], None]) -> list[Figure]:
    """Every figure about start-up and memory."""
    report(f"an empty interpreter: {_imported('pass').cpu:.3f} s CPU")
    loads = [_load(what, code) for what, code in LOADS.items()]
    doors = loads[-1].value
    fresh, ready, size = await asyncio.to_thread(_demo)
    report(f"demo ready on the clock: {fresh.wall:.1f} s the first time, {ready.wall:.1f} s later")
    return [
        *loads,
        Figure(what="demo ready, first start", value=fresh.wall, unit="s", reference="the bar", beside=10.0, aim=1.0),
        Figure(what="demo ready, started before", value=ready.cpu, unit="s CPU", reference="import, every door",
               beside=doors),
        Figure(what="demo idle, resident", value=size, unit="MB", reference="the bar", beside=150.0, aim=1.0),
        await asyncio.to_thread(_understood),
    ]  # fmt: skip


def _load(what: str, code: str) -> Figure:
    """One import beside the bar of a second, which is of a quiet machine: a busy one gets as much more as it needs."""
    slow = calibration() / QUIET
    cost = _imported(code)
    slow = (slow + calibration() / QUIET) / 2
    aim = None if code == DOORS else 1.0
    return Figure(
        what=f"import, {what}", value=cost.cpu, unit="s CPU", reference="1 s by the loop", beside=slow, aim=aim
    )


def _imported(code: str) -> Cost:
    return middle([_spent([sys.executable, "-c", code])[0] for _ in range(ROUNDS)])


def _spent(command: list[str], typed: bytes = b"") -> tuple[Cost, bytes]:
    """Run a command to its end; CPU of the process, wall time, and what it printed."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as given:
        given.write(typed)
        given.seek(0)
        child = subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE)
        assert child.stdout is not None
        printed = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}")
    return Cost(cpu=used.ru_utime + used.ru_stime, wall=time.perf_counter() - begun), printed


def _demo() -> tuple[Cost, Cost, float]:
    """Start the demo twice in one folder: the cost until it answers, each time, and the idle size in MB."""
    with tempfile.TemporaryDirectory() as folder:
        fresh, _ = _until_ready(Path(folder))
        ready, size = _until_ready(Path(folder))
    return fresh, ready, size


def _until_ready(folder: Path) -> tuple[Cost, float]:
    begun = time.perf_counter()
    command = [sys.executable, "bot.py", "demo", "--port", "0", "--data-dir", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = _address(child)
        _answers(f"{address}/healthz", begun + PATIENCE)
        cost = Cost(cpu=_cpu_of(child.pid), wall=time.perf_counter() - begun)
        return cost, _resident(child.pid)
    finally:
        child.send_signal(signal.SIGINT)
        child.wait()
        if child.stdout:
            child.stdout.close()


def _address(child: "subprocess.Popen[str]") -> str:
    """Where the demo says it is."""
    for line in child.stdout or ():
        where = line.split()[-1:] or [""]
        if where[0].startswith("http://"):
            return where[0].rstrip("/")
    raise RuntimeError("the demo ended before it was ready")


def _answers(url: str, until: float) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.URLError:
            if time.perf_counter() > until:
                raise
        else:
            return


def _cpu_of(pid: int) -> float:
    """CPU seconds of a running process: fields 14 and 15 of its stat, behind the name in brackets."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return kilobytes / 1024


def _understood() -> Figure:
    """Milliseconds of CPU per message of `understand --jsonl`, start-up taken off."""
    lines = [json.dumps({"id": number, "text": SAID[number % len(SAID)]}) for number in range(MESSAGES)]
    command = [sys.executable, "bot.py", "understand", "--jsonl"]
    one = middle([_spent(command, f"{lines[0]}\n".encode())[0] for _ in range(ROUNDS)])
    many = middle([_spent(command, ("\n".join(lines) + "\n").encode())[0] for _ in range(ROUNDS)])
    each = (many.cpu - one.cpu) / (MESSAGES - 1) * 1000
    return Figure(what=f"understand --jsonl, start {one.cpu:.2f} s, then a message", value=each, unit="ms CPU",
                  reference="its start", beside=one.cpu * 1000)  # fmt: skip
