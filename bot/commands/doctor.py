"""`doctor`: everything the desk needs, looked at now, with the fix beside each fault.

Promise: it changes nothing and shows no secret; the exit code is 1 when something would keep the desk from serving.
Limits: it looks from this machine; whether mail arrives is seen in a mailbox.
"""

import base64
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

import aiosmtplib

from bot.app import machine_time
from bot.commands import doctor_slack
from bot.commands.finding import Finding
from bot.commands.serve import refused, settings_from
from bot.ports import SourceDown, SourceRefused
from bot.settings import Settings, Unfit, insist_on_staff, read_staff
from storage.datalayer.datamap import load
from storage.datalayer.sql import SqlSource
from storage.migrate import state
from storage.store import Store

Look = Callable[[Settings], Awaitable[Finding]]


def fresh_key() -> str:
    """32 random bytes as the settings take them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


async def check(env_file: Path, *, as_json: bool) -> int:
    """Look at everything and print a line for each."""
    try:
        settings = settings_from(env_file)
    except Unfit as problem:
        return refused(problem)
    findings = [await look(settings) for look in LOOKS]
    if as_json:
        sys.stdout.write(json.dumps([asdict(one) for one in findings]) + "\n")
    else:
        sys.stdout.write("".join(_line(one) for one in findings))
    return 0 if all(one.ok for one in findings) else 1


def _line(one: Finding) -> str:
    fix = f"  -> {one.fix}" if one.fix and not one.ok else ""
    return f"{'ok  ' if one.ok else 'FAIL'}  {one.what:<10} {one.seen}{fix}\n"


async def _staff(settings: Settings) -> Finding:
    try:
        staff = read_staff(settings.staff_file)
        warnings = insist_on_staff(staff)
    except Unfit as problem:
        return Finding(what="staff", ok=False, seen=str(problem), fix="edit the approver table")
    return Finding(what="staff", ok=True, seen=f"{len(staff)} colleagues. {' '.join(warnings)}".strip())


async def _database(settings: Settings) -> Finding:
    store = await Store(settings.database).open()
    try:
        found = await store.raw(state)
    finally:
        await store.close()
    return Finding(what="database", ok=found == "current", seen=found, fix="python bot.py migrate")


async def _vault(settings: Settings) -> Finding:
    folder = settings.vault if settings.vault.exists() else settings.data_dir
    ok = os.access(folder, os.W_OK)
    return Finding(
        what="vault", ok=ok, seen="writable" if ok else "not writable", fix="give the desk's user the folder"
    )


async def _platform(settings: Settings) -> Finding:
    try:
        source = SqlSource(
            name="platform",
            url=settings.platform_url.get_secret_value(),
            datamap=load(settings.platform_map),
            key=settings.source_key.get_secret_value(),
            clock=machine_time,
        )
        findings = await source.check()
        await source.close()
    except (SourceDown, SourceRefused, OSError) as problem:
        return Finding(
            what="platform", ok=False, seen=type(problem).__name__, fix="check the URL, the map, the network"
        )
    seen = f"{len(findings.reasons)} faults, {len(findings.warnings)} warnings in the map"
    return Finding(what="platform", ok=findings.ok, seen=seen, fix="python bot.py datamap check shows each")


async def _smtp(settings: Settings) -> Finding:
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        timeout=10,
    )
    try:
        await client.connect()
        if settings.smtp_user:
            await client.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        await client.noop()
        await client.quit()
    except (aiosmtplib.SMTPException, OSError) as problem:
        return Finding(what="mail", ok=False, seen=type(problem).__name__, fix="check host, port, TLS and login")
    return Finding(what="mail", ok=True, seen="the server answers")


LOOKS: tuple[Look, ...] = (
    _staff,
    _database,
    _vault,
    _platform,
    _smtp,
    doctor_slack.token,
    doctor_slack.channel,
    doctor_slack.way_in,
)
