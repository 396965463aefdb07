"""The platform team's tool: try a data map on a live database before the desk is let near it.

Promise: `check`, `plan` and `access` write nothing; `erase` and `rectify` do exactly the plan whose hash is named, or
any plan on a database marked as a test copy, once, and read it back; an error is one sentence with the next step.
Answers go to standard output, everything else to standard error. Exit codes: 0 done, 1 refused or wrong, 2 not
understood or not reached. Limits: one person per call; no approvals, waiting times or notices, those are the desk's.
"""

import asyncio
import base64
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.commands.datamap_words import (
    Rowwise,
    Stopped,
    as_result,
    finding_lines,
    plan_facts,
    plan_table,
    stopped_by,
    unheld,
)
from bot.commands.waiting import waiting
from bot.core.plans import ActResult, Change, PersonFound, Plan, Role, Subject, Verb
from bot.ports import NotReadBack, PlanChanged, SourceDown, SourceRefused
from storage.datalayer.catalogue import MOST_ROWS
from storage.datalayer.datamap import DataMap, Findings, load
from storage.datalayer.ledger import install, marked_as_copy
from storage.datalayer.people import by_kind
from storage.datalayer.sql import SqlSource

KEY_VARIABLE = "SELEQT_SOURCE_KEY"
ROWS_VARIABLE = "SELEQT_PLATFORM_ROWS"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every command about a person is given: map, database, identity (`email=...`), tenant, form of the answer.

    `dataset` is the fides_key of the one meant, where the map's file holds several.
    """

    map_file: Path
    url: str
    identity: str
    tenant: str = ""
    as_json: bool = False
    dataset: str = ""


async def install_now(url: str, *, test_copy: bool = False) -> int:
    """Make the desk's tables; again is harmless. `test_copy` marks the database as one to try erasures on."""

    async def work() -> int:
        await asyncio.to_thread(install, url, test_copy=test_copy)
        sys.stdout.write("the desk's tables are in place" + (", marked as a test copy\n" if test_copy else "\n"))
        return 0

    return await _ended(work)


async def check_now(map_file: Path, url: str, *, as_json: bool = False, dataset: str = "") -> int:
    """Print what is wrong with the map and what it forgets; 1 when anything is."""

    async def work() -> int:
        findings = await _findings(map_file, url, dataset)
        sys.stdout.write(finding_lines(findings, as_json=as_json))
        return 0 if findings.ok else 1

    return await _ended(work)


async def _findings(map_file: Path, url: str, dataset: str) -> Findings:
    """What the check says; a file that can be read and is no map is a finding too."""
    try:
        known = load(map_file, dataset)
    except SourceRefused as refusal:
        if refusal.reasons[0].startswith("unreadable map"):
            raise
        return Findings(reasons=refusal.reasons)
    source = _source(known, url)
    try:
        return await source.check()
    finally:
        await source.close()


async def plan_now(asked: Asked) -> int:
    """Print what an erasure would do; writes nothing."""

    async def work(source: SqlSource, subject: Subject) -> int:
        plan = await waiting("planning", source.find(subject, Verb.ERASURE))
        sys.stdout.write(_json(plan_facts(plan)) if asked.as_json else plan_table(plan))
        return 0

    return await _about(asked, work, nobody=lambda: _nothing(asked))


async def access_now(asked: Asked, categories: str = "") -> int:
    """Print the person's rows as {"collections": {name: [rows]}}, only columns of the categories asked for."""
    wanted = tuple(one.strip() for one in categories.split(",") if one.strip())
    if categories and not wanted:
        sys.stderr.write("--categories names none: write user.contact,user.name, or leave it out for all\n")
        return 2
    datamap = _loaded(asked)
    for one in unheld(datamap, wanted) if datamap else ():
        sys.stderr.write(f"no column of the map has the category {one}, or one below it\n")
    out = Rowwise(sys.stdout, datamap, wanted)

    async def work(source: SqlSource, subject: Subject) -> int:
        plan = await waiting("planning", source.find(subject, Verb.ACCESS))
        await waiting("reading", _act(source, subject, plan, key="access", sink=out.take), lambda: f"{out.rows} rows")
        out.end()
        return 0

    def nothing() -> int:
        out.end()
        return 0

    return await _about(asked, work, nobody=nothing, datamap=datamap)


async def erase_now(asked: Asked, *, plan_hash: str = "", yes: bool = False) -> int:
    """Erase as planned; needs the plan's hash, or `yes` on a test copy."""

    async def work(source: SqlSource, subject: Subject) -> int:
        plan = await waiting("planning", source.find(subject, Verb.ERASURE))
        return await _approved(asked, source, subject, plan, plan_hash=plan_hash, yes=yes)

    if not plan_hash and not yes:
        sys.stderr.write("erase needs --plan-hash from `datamap plan`, or --yes on a test copy\n")
        return 2
    return await _about(asked, work, nobody=lambda: _nothing(asked))


async def rectify_now(asked: Asked, changes: Sequence[str], *, plan_hash: str = "", yes: bool = False) -> int:
    """Correct values (`name=new value`, names from the map). Without hash or `yes` it shows what would change."""

    async def work(source: SqlSource, subject: Subject) -> int:
        wanted = tuple(_change(one) for one in changes)
        plan = await waiting("planning", source.find(subject, Verb.RECTIFICATION, wanted))
        if not plan_hash and not yes:
            found = [{"field": one.name, "collection": one.collection, "column": one.column, "old": one.old,
                      "new": one.new} for one in await source.values(subject, wanted)]  # fmt: skip
            sys.stdout.write(_json({**plan_facts(plan), "changes": found}) if asked.as_json else plan_table(plan))
            sys.stderr.write("nothing was written: repeat it with --plan-hash, or with --yes on a test copy\n")
            return 0
        return await _approved(asked, source, subject, plan, wanted, plan_hash=plan_hash, yes=yes)

    return await _about(asked, work, nobody=lambda: _nothing(asked))


async def _approved(
    asked: Asked, source: SqlSource, subject: Subject, plan: Plan, changes: tuple[Change, ...] = (), *,
    plan_hash: str, yes: bool,
) -> int:  # fmt: skip
    approved, ceiling = plan.hash, plan.ceiling
    key = f"shell:{secrets.token_hex(8)}"
    if plan_hash:
        approved, _, limit = plan_hash.partition(".")
        ceiling = int(limit) if limit.isdigit() else plan.ceiling
        key = f"shell:{hashlib.sha256(plan_hash.encode()).hexdigest()}"
    elif yes and not await asyncio.to_thread(marked_as_copy, asked.url):
        raise Stopped("--yes works on a test copy only: name --plan-hash, or run `datamap install --test-copy`", 2)
    result = await waiting(
        "writing", _act(source, subject, plan, key=key, approved=approved, ceiling=ceiling, changes=changes)
    )
    sys.stdout.write(as_result(result, as_json=asked.as_json))
    return 0


async def _act(
    source: SqlSource, subject: Subject, plan: Plan, *, key: str, approved: str = "", ceiling: int = 0,
    changes: tuple[Change, ...] = (), sink: Any = None,
) -> ActResult:  # fmt: skip
    return await source.act(
        key=key, person=subject, verb=plan.verb, approved=approved or plan.hash, ceiling=ceiling or plan.ceiling,
        changes=changes, sink=sink,
    )  # fmt: skip


async def _about(
    asked: Asked,
    work: Callable[[SqlSource, Subject], Awaitable[int]],
    *,
    nobody: Callable[[], int],
    datamap: DataMap | None = None,
) -> int:
    """Find the one person meant, do the work, close the source; refusals become one sentence."""

    async def done() -> int:
        known = datamap or load(asked.map_file, asked.dataset)
        source = _source(known, asked.url)
        try:
            subject = await _subject(asked, known, source)
            return nobody() if subject is None else await work(source, subject)
        finally:
            await source.close()

    return await _ended(done)


async def _ended(work: Callable[[], Awaitable[int]]) -> int:
    try:
        return await work()
    except Stopped as stopped:
        return _told(stopped)
    except (SourceDown, SourceRefused, PlanChanged, NotReadBack) as problem:
        return _told(stopped_by(problem))


def _told(stopped: Stopped) -> int:
    sys.stderr.write(f"{stopped}\n")
    return stopped.code


async def _subject(asked: Asked, datamap: DataMap, source: SqlSource) -> Subject | None:
    kind, equals, value = asked.identity.partition("=")
    kind = kind.strip()
    if not equals or not kind or not value.strip():
        raise Stopped("--identity is written kind=value, for example email=somebody@example.com", 2)
    person = datamap.person
    if kind == "email":
        return _one(asked, await source.person(email=value))
    if person is not None and kind in ("id", "account", person.name):
        if datamap.tenant and not asked.tenant:
            raise Stopped("an account number means somebody in one tenant: name it with --tenant", 2)
        return _one(asked, await source.person(tenant=asked.tenant, subject=value.strip()))
    if datamap.tenant and not asked.tenant:
        raise Stopped(f"{kind} may mean somebody in every tenant: name one with --tenant", 2)
    return by_kind(source.name, datamap, kind, value, asked.tenant)


def _one(asked: Asked, found: Sequence[PersonFound]) -> Subject | None:
    here = [one for one in found if not asked.tenant or one.tenant == asked.tenant]
    if not here:
        return None
    lists = sorted({one.tenant for one in here if one.role is Role.PROCESSOR})
    if lists and len(lists) < len(here):  # a client's list is another matter, and another tenant
        sys.stderr.write(f"also on the lists of a client ({', '.join(lists)}): that is another plan, by --tenant\n")
        here = [one for one in here if one.role is Role.CONTROLLER]
    tenants = sorted({one.tenant for one in here})
    if len(tenants) > 1:
        raise Stopped(f"known in {len(tenants)} tenants ({', '.join(tenants)}): name one with --tenant", 2)
    if len(here) > 1:
        numbers = ", ".join(one.subject_id or "no account" for one in here)
        raise Stopped(f"means {len(here)} people ({numbers}): name the account with --identity id=...", 2)
    return here[0].subject


def _nothing(asked: Asked) -> int:
    sys.stderr.write("nobody is known by that identity: nothing to do\n")
    if asked.as_json:
        sys.stdout.write(_json({"rows": 0, "lines": []}))
    return 0


def _change(text: str) -> Change:
    name, equals, new = text.partition("=")
    if not equals or not name.strip():
        raise Stopped("--set is written name=value, with a name the map allows to be rectified", 2)
    return Change(name=name.strip(), new=new)


def _loaded(asked: Asked) -> DataMap | None:
    """The map, or None when it is none: the refusal is told where all refusals are."""
    try:
        return load(asked.map_file, asked.dataset)
    except SourceRefused:
        return None


def _source(datamap: DataMap, url: str) -> SqlSource:
    return SqlSource(
        name="platform", url=url, datamap=datamap, key=_key(), clock=lambda: datetime.now(UTC), most_rows=_most()
    )  # fmt: skip


def _most() -> int:
    """The desk's own limit for the rows of one person, where it is set."""
    given = os.environ.get(ROWS_VARIABLE, "")
    return int(given) if given.isascii() and given.isdigit() and int(given) else MOST_ROWS


def _key() -> bytes:
    """The desk's own source key, so that a suppression entered here is one the desk knows; else a fixed one."""
    given = os.environ.get(KEY_VARIABLE, "")
    try:
        key = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except ValueError:
        key = b""
    return key if len(key) >= 16 else bytes(32)


def _json(what: object) -> str:
    return json.dumps(what, ensure_ascii=False, indent=2, default=str) + "\n"
