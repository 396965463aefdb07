"""The platform team's commands: install the receipts table, check a map against the live database.

Promise: `check` exits with 1 when something is wrong or a column is not mentioned, so that a build can run it.
Limits: words for operators only; the checks are storage/datalayer's.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.ports import SourceDown, SourceRefused
from storage.datalayer.datamap import load
from storage.datalayer.ledger import install
from storage.datalayer.sql import SqlSource


async def install_now(url: str) -> int:
    """Make the table that keeps each act's key beside its effect; again is harmless."""
    try:
        await asyncio.to_thread(install, url)
    except (SourceDown, SourceRefused) as problem:
        sys.stderr.write(f"the receipts table could not be made: {problem}\n")
        return 1
    sys.stdout.write("the receipts table is in place\n")
    return 0


async def check_now(map_file: Path, url: str) -> int:
    """Print what is wrong with the map and what it forgets."""
    try:
        source = SqlSource(
            name="platform", url=url, datamap=load(map_file), key=bytes(32), clock=lambda: datetime.now(UTC)
        )
        findings = await source.check()
        await source.close()
    except (SourceDown, SourceRefused) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    for reason in findings.reasons:
        sys.stdout.write(f"wrong    {reason}\n")
    for warning in findings.warnings:
        sys.stdout.write(f"warning  {warning}\n")
    sys.stdout.write("the map fits the database\n" if findings.ok else "")
    return 0 if findings.ok else 1
