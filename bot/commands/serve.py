"""Running the desk, migrating its database, checking its log: what the commands of the same names do.

Promise: the desk starts with everything it needs or not at all, with one sentence why. Limits: words for operators.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from bot.app import listening, wired
from bot.commands.audit import verify
from bot.logs import set_up
from bot.ports import RegisterDown
from bot.settings import Settings, Unfit
from storage.datalayer.sources import register_of
from storage.migrate import upgrade
from storage.store import Store

LOG = structlog.get_logger("serve")
REFUSED = 2


def settings_from(env_file: Path) -> Settings:
    """The settings of this house. Raises Unfit with the names of what is missing or wrong."""
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # the rest comes from the environment
    except ValidationError as problem:
        faults = "; ".join(_fault(one) for one in problem.errors())
        raise Unfit(f"the desk can't start: {faults}. See .env.example.") from None


def _fault(error: Any) -> str:
    """One fault with the name of its setting; a fault of several together names them itself."""
    name = f"SELEQT_{str(error['loc'][0]).upper()}: " if error["loc"] else ""
    return f"{name}{error['msg']}"


def refused(problem: Unfit) -> int:
    """Say why and how to go on; the exit code."""
    sys.stderr.write(f"{problem}\n")
    return REFUSED


async def serve(env_file: Path) -> int:
    """Serve until stopped."""
    set_up()
    try:
        settings = settings_from(env_file)
        async with wired(settings) as app, listening(app.site, host=settings.host, port=settings.port) as port:
            LOG.info("ready", port=port)
            await app.run()
    except Unfit as problem:
        return refused(problem)
    return 0


async def migrate_now(env_file: Path) -> int:
    """Bring the database up to date and say what was applied."""
    try:
        settings = settings_from(env_file)
    except Unfit as problem:
        return refused(problem)
    store = await Store(settings.database).open()
    try:
        applied = await store.raw(upgrade)
    finally:
        await store.close()
    sys.stdout.write(f"applied: {', '.join(applied)}\n" if applied else "already up to date\n")
    return 0


async def audit_now(env_file: Path) -> int:
    """Verify both chains, the event log's and the register's; 1 when a line does not fit."""
    try:
        settings = settings_from(env_file)
    except Unfit as problem:
        return refused(problem)
    store = await Store(settings.database).open()
    try:
        checked = await verify(store)
    finally:
        await store.close()
    if checked.broken is not None:
        sys.stdout.write(f"broken: line {checked.broken} does not fit the chain ({checked.lines} lines read)\n")
        return 1
    sys.stdout.write(f"whole: {checked.lines} lines, head {checked.seq} {checked.hash}\n")
    return await _audited(settings)


async def _audited(settings: Settings) -> int:
    """The same for the erasure register, whose head belongs elsewhere too."""
    try:
        found = await asyncio.to_thread(register_of(settings).check)
    except RegisterDown as problem:
        return refused(Unfit(f"the erasure register can't be read ({problem}): check SELEQT_REGISTER_FILE"))
    if found.broken is not None:
        sys.stdout.write(f"register broken: line {found.broken} does not fit the chain\n")
        return 1
    sys.stdout.write(f"register whole: {found.lines} lines, head {found.seq} {found.hash}\n")
    return 0
