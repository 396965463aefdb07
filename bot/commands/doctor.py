"""`doctor`: everything the desk needs, looked at now, with the fix beside each fault.

Promise: it changes nothing and shows no secret; the exit code is 1 when something would keep the desk from serving.
Limits: it looks from this machine; whether mail arrives is seen in a mailbox.
"""

import asyncio
import base64
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib

from bot.commands import doctor_slack
from bot.commands.finding import Finding
from bot.commands.serve import refused, settings_from
from bot.core.deadlines import local_date
from bot.core.holidays import DECREE_DAYS, NEXT_REVIEW
from bot.parts import machine_time, mailbox_server
from bot.ports import MailboxDown, RegisterDown, SourceDown, SourceRefused
from bot.settings import Settings, Unfit, insist_on_staff, read_staff
from handlers.imap_line import ImapLine
from storage.datalayer.registered import Registered
from storage.datalayer.sources import is_service, platform_of, register_of
from storage.migrate import state
from storage.register import Register, Whole
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


async def _calendar(settings: Settings) -> Finding:
    """The table of free days: every legal date is computed for any year, the decree days are known for some."""
    return Finding(what="calendar", ok=True, seen=calendar_seen(machine_time()))


def calendar_seen(now: datetime) -> str:
    """How far the table of free days reaches at `now` (UTC), and whether somebody should look at it again."""
    until = max(DECREE_DAYS).year
    seen = f"legal dates hold for every year; decree days, only avoided when work is planned, are known to {until}"
    overdue = local_date(now) >= NEXT_REVIEW
    return f"{seen}; {'OVERDUE: ' if overdue else ''}look at bot/core/holidays.py by {NEXT_REVIEW:%-d %B %Y}"


async def _vault(settings: Settings) -> Finding:
    folder = settings.vault if settings.vault.exists() else settings.data_dir
    ok = os.access(folder, os.W_OK)
    return Finding(
        what="vault", ok=ok, seen="writable" if ok else "not writable", fix="give the desk's user the folder"
    )


async def _platform(settings: Settings) -> Finding:
    try:
        source = platform_of(settings, clock=machine_time)
        findings = await source.check()
        await source.close()
    except (SourceDown, SourceRefused, Unfit, OSError) as problem:
        return Finding(
            what="platform", ok=False, seen=type(problem).__name__, fix="check the URL, the map, the network"
        )
    seen = f"{len(findings.reasons)} faults, {len(findings.warnings)} warnings in the map"
    shows = "datalayer check" if is_service(settings) else "datamap check"
    return Finding(what="platform", ok=findings.ok, seen=seen, fix=f"python bot.py {shows} shows each")


async def look_at_register(settings: Settings) -> Finding:
    """Whether the erasure register is whole and can be written, and whether the platform's database is as new as it."""
    register, fix = register_of(settings), "check SELEQT_REGISTER_FILE and its disk"
    try:
        found = await asyncio.to_thread(register.check)
    except RegisterDown as problem:
        return Finding(what="register", ok=False, seen=f"not readable: {problem}", fix=fix)
    place = settings.register_path if settings.register_path.exists() else settings.register_path.parent
    if not os.access(place, os.W_OK):
        return Finding(
            what="register", ok=False, seen="not writable", fix="give the desk's user the file and its folder"
        )
    if found.broken is not None:
        return Finding(what="register", ok=False, seen=f"changed at line {found.broken}", fix="fetch its own backup")
    return await _compared(settings, register, found)


async def _compared(settings: Settings, register: Register, found: Whole) -> Finding:
    beside = (
        " It stands beside the databases: keep it elsewhere (SELEQT_REGISTER_FILE)." if _is_beside(settings) else ""
    )
    forgets = "" if settings.backup_days else " Nothing is forgotten there until SELEQT_BACKUP_DAYS is set."
    seen = f"whole, {found.lines} entries.{beside}{forgets}"
    if is_service(settings):
        return Finding(what="register", ok=True, seen=f"{seen} A service shows no receipts: not compared.")
    key = settings.source_key.get_secret_value()
    source = Registered(platform_of(settings, clock=machine_time), register, key=key, clock=machine_time)
    try:
        lacks, unregistered = await source.look(thorough=True), await source.unregistered()
    except (SourceDown, SourceRefused):
        return Finding(what="register", ok=True, seen=f"{seen} Not compared: the platform doesn't answer.")
    finally:
        await source.close()
    if lacks:
        told = f"the platform's database is older: it lacks {lacks} of the entries"
        return Finding(what="register", ok=False, seen=told, fix="python bot.py restore")
    if unregistered:
        seen = f"{seen} The platform has {unregistered} receipts: was the register's file lost? Fetch its backup."
        return Finding(what="register", ok=True, seen=seen)
    return Finding(what="register", ok=True, seen=f"{seen} The platform's database has them all.")


def _is_beside(settings: Settings) -> bool:
    """Whether the register lies in the folder of the desk's database, and so most likely in the same backup."""
    return settings.register_path.resolve().parent == settings.data_dir.resolve()


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


async def look_at_mailbox(settings: Settings) -> Finding:
    """Whether mail can come in: login, folders, and what the server can do."""
    server = mailbox_server(settings)
    if server is None:
        return Finding(what="mailbox", ok=True, seen="closed: without SELEQT_IMAP_HOST no mail comes in over IMAP")
    try:
        seen = await asyncio.to_thread(_look_into, ImapLine(server))
    except MailboxDown as down:
        return Finding(what="mailbox", ok=False, seen=down.reason, fix=MAILBOX_FIXES.get(down.reason, "try again"))
    return Finding(what="mailbox", ok=True, seen=seen)


def _look_into(line: ImapLine) -> str:
    try:
        line.open()
        line.examine()
        return ", ".join(
            (
                "login accepted",
                "new mail is told at once (IDLE)" if line.can_idle else "no IDLE: a look every minute",
                "mails can be moved" if line.can_move else "no MOVE: moved mails leave a copy marked deleted",
                "the done folder is there" if line.has_done_folder() else "the done folder is made with the first mail",
            )
        )
    finally:
        line.close()


async def look_at_telegram(settings: Settings) -> Finding:
    """getMe and getWebhookInfo, asked plainly: loading the door's library takes longer than the answer."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return Finding(what="telegram", ok=True, seen="no token: this door is shut")
    try:
        me = await _bot_api(settings, "getMe")
        hook = await _bot_api(settings, "getWebhookInfo")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
        fix = "check SELEQT_TELEGRAM_TOKEN (BotFather shows it) and the network"
        return Finding(what="telegram", ok=False, seen=type(problem).__name__, fix=fix)
    wanted = settings.telegram_mode == "webhook"
    url, failed = str(hook.get("url", "")), str(hook.get("last_error_message", ""))
    is_ours = url.startswith(f"{settings.public_url.rstrip('/')}/telegram/")
    seen = f"@{me.get('username')}, {'webhook' if url else 'no webhook'}{f', last error: {failed}' if failed else ''}"
    if url and not (wanted and is_ours):
        fix = "somebody else set a webhook; starting the desk replaces it"
        return Finding(what="telegram", ok=not failed, seen=f"{seen} (not this desk's)", fix=fix)
    return Finding(what="telegram", ok=not failed, seen=seen, fix="is the public address reachable over https?")


async def _bot_api(settings: Settings, method: str) -> dict[str, Any]:
    """One call without arguments. Raises ValueError for a refusal, and never an error that names the address."""
    url = f"{settings.telegram_api.rstrip('/')}/bot{settings.telegram_token.get_secret_value()}/{method}"
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as client, client.get(url) as answer:
        body = await answer.json(content_type=None)
    if not isinstance(body, dict) or not body.get("ok"):
        raise ValueError("refused")
    result: dict[str, Any] = body["result"]
    return result


MAILBOX_FIXES = {
    "unreachable": "check SELEQT_IMAP_HOST, SELEQT_IMAP_PORT and SELEQT_IMAP_TLS (993 is tls, 143 is starttls)",
    "certificate": "the server's certificate doesn't fit its name, or nobody this machine trusts signed it",
    "tls": "the server doesn't speak TLS like this: SELEQT_IMAP_TLS=tls belongs to port 993, starttls to 143",
    "login": "check SELEQT_IMAP_USER and SELEQT_IMAP_PASSWORD; some providers want an app password",
    "folder": "SELEQT_IMAP_FOLDER isn't there; write it as the server does, for example INBOX.Support",
}
"""What to do about each reason why a mailbox doesn't open."""

LOOKS: tuple[Look, ...] = (
    _staff,
    _database,
    _calendar,
    _vault,
    _platform,
    look_at_register,
    _smtp,
    look_at_mailbox,
    doctor_slack.token,
    doctor_slack.channel,
    doctor_slack.way_in,
    look_at_telegram,
)
