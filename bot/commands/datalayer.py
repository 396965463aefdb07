"""`datalayer check`: the contract tried on a platform's service, a line per promise.

Promise: exits with 1 when a promise is not kept, 2 when it cannot be tried; shows no secret and no value. Limits: the
trials themselves are storage/datalayer/trial.py's.
"""

import asyncio
import base64
import json
import random
import secrets
import sys
from dataclasses import asdict
from pathlib import Path

from bot.parts import machine_time
from storage.datalayer.http import HttpSource, new_session
from storage.datalayer.trial import Outcome, Service, Trials


async def check_now(url: str, *, secret_file: Path, email: str, write: bool, as_json: bool) -> int:
    """Try every promise and print what came of it."""
    chance = random.SystemRandom()
    try:
        known = await asyncio.to_thread(_secrets, secret_file)
        wrong = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        service = Service(url=url, secrets=known, wrong_secret=wrong, email=email, run=secrets.token_hex(4))
        async with new_session() as session, new_session() as own:
            source = HttpSource(
                name="platform", url=url, secrets=known, clock=machine_time, session=own, chance=chance, patient=True
            )
            trials = Trials(service, source, session, machine_time)
            if not await trials.is_there():
                sys.stderr.write(f"nobody answers at {url}: check the address, its certificate and that it runs\n")
                return 2
            outcomes = await trials.run(write=write)
    except OSError as problem:
        sys.stderr.write(f"--secret-file can't be read ({problem.strerror}): one whsec_... a line, one or two lines\n")
        return 2
    except ValueError as problem:
        sys.stderr.write(f"{problem}: check the address and --secret-file\n")
        return 2
    sys.stdout.write(_json(outcomes) if as_json else _table(outcomes))
    return 0 if all(one.ok for one in outcomes) else 1


def _secrets(file: Path) -> tuple[str, ...]:
    return tuple(line.strip() for line in file.read_text("utf-8").splitlines() if line.strip())


def _json(outcomes: list[Outcome]) -> str:
    return json.dumps([asdict(one) for one in outcomes]) + "\n"


def _table(outcomes: list[Outcome]) -> str:
    lines = [
        f"{'ok  ' if one.ok else 'FAIL'}  {one.what}"
        + ("" if one.ok else f": {one.hint}" + (f" ({one.seen})" if one.seen else ""))
        for one in outcomes
    ]
    kept = sum(one.ok for one in outcomes)
    return "\n".join([*lines, f"{kept} of {len(outcomes)} promises kept"]) + "\n"
