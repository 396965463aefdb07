"""The SQL source: a database the platform lets the desk reach, described by a data map.

SIGNATURES PUBLISHED FIRST; bodies follow.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.core.plans import ActResult, Change, Corrected, PersonFound, Plan, PlanLine, Subject, Verb
from storage.datalayer.datamap import DataMap, Findings

Row = Mapping[str, Any]
Sink = Callable[[PlanLine, Iterator[Row]], None]   # called in the source's worker thread, once per access line


class SqlSource:
    def __init__(self, *, name: str, url: str, datamap: DataMap, key: bytes, clock: Callable[[], datetime]) -> None: ...

    async def check(self) -> Findings: ...   # Findings(reasons: tuple[str,...], warnings: tuple[str,...])

    async def person(
        self, *, email: str | None = None, tenant: str | None = None, subject: str | None = None
    ) -> tuple[PersonFound, ...]: ...        # by email (all tenants), or by tenant + subject (0 or 1)

    async def find(self, person: Subject, verb: Verb, changes: tuple[Change, ...] = ()) -> Plan: ...

    async def values(self, person: Subject, changes: tuple[Change, ...]) -> tuple[Corrected, ...]: ...  # staff page

    async def act(
        self,
        *,
        key: str,                # idempotency key
        person: Subject,
        verb: Verb,
        approved: str,           # hash of this source's part: plan.parts[i].hash
        ceiling: int,            # plan.parts[i].ceiling
        changes: tuple[Change, ...] = (),
        sink: Sink | None = None,  # required for access and portability
    ) -> ActResult: ...          # raises SourceDown, PlanChanged, Refused, NotReadBack

    async def suppress(self, address: str, *, scope: str = "") -> bool: ...     # True if new; unknown addresses too
    async def unsuppress(self, address: str, *, scope: str = "") -> bool: ...
    async def is_suppressed(self, address: str, *, scope: str = "") -> bool: ...
    async def close(self) -> None: ...


# storage/datalayer/datamap.py: load(path: Path) -> DataMap ; storage/datalayer/ledger.py: install(url: str) -> None
