"""The `mail explain --jsonl` command: what the desk would make of a mail, line by line, for other tools and for staff.

Promise: no side effects and no raising; a bad line is answered with an error and the run goes on.
In: {"id", "eml" or "eml_b64"}. Out: {"id", "intents", "identity", "lang", "ignored", "threads_to", "text", "verdict",
"reasons", "sure", "forwarded", "subject", "attachments", "hints", "bounced"}.
Limits: a From header is told as it stands and proves nothing; without a store nothing is threaded.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from bot.commands.lines import key_of, parsed, told_as
from bot.core.mail import Mail
from bot.core.masking import masked
from bot.letters import MailReading, read_letter
from handlers.mime import read_mail

OUR_DOMAIN: Final = "seleqt.ai"

ThreadsTo = Callable[[Mail], str | None]


def nothing_threaded(mail: Mail) -> str | None:
    """Without a store no mail belongs to a ticket."""
    return None


def explainer(
    *, threads_to: ThreadsTo = nothing_threaded, authserv: str = "", own: str = OUR_DOMAIN
) -> Callable[[str], str]:
    """Takes how a mail's ticket is looked up, our border server's name and our domain; returns the line's answerer."""

    def answer(line: str) -> str:
        asked = parsed(line)
        if isinstance(asked, str):
            return told_as({"id": None, "error": asked})
        raw = _raw(asked)
        if isinstance(raw, str):
            return told_as({"id": key_of(asked), "error": raw})
        mail = read_mail(raw, authserv=authserv, own=own)
        return told_as({"id": key_of(asked), **told(mail, read_letter(mail), threads_to(mail))})

    return answer


def _raw(asked: Mapping[str, Any]) -> bytes | str:
    """The bytes of the mail in a line, or what is wrong with it."""
    eml, coded = asked.get("eml"), asked.get("eml_b64")
    if isinstance(eml, str):
        return eml.encode("utf-8", "surrogatepass")
    if not isinstance(coded, str):
        return "eml or eml_b64 must be a string"
    try:
        return base64.b64decode("".join(coded.split()), validate=True)
    except ValueError:
        return "eml_b64 is not base64"


def told(mail: Mail, reading: MailReading, ref: str | None) -> dict[str, Any]:
    """Takes a mail, its reading and its ticket; returns the answer as JSON values."""
    heard = reading.heard
    return {
        "intents": list(heard.intents),
        "identity": _identity(mail, wants=any(intent != "other" for intent in heard.intents)),
        "lang": heard.lang if heard.lang_known else "unknown",
        "ignored": mail.ignored,
        "threads_to": ref,
        "text": masked(mail.text),
        "verdict": reading.verdict,
        "reasons": list(reading.reasons),
        "sure": heard.sure,
        "forwarded": mail.forwarded,
        "subject": mail.subject,
        "attachments": [asdict(file) for file in mail.attachments],
        "hints": list(mail.hints),
        "bounced": asdict(mail.bounced) if mail.bounced else None,
    }


def _identity(mail: Mail, *, wants: bool) -> dict[str, str | None]:
    """Who asks. Whoever passes a mail on asks for themselves only with words of their own that want something."""
    is_theirs = wants or not mail.forwarded
    identity = {
        "email": mail.sender if is_theirs else None,
        "name": (mail.sender_name or None) if is_theirs else None,
    }
    if is_theirs and mail.reply_to and mail.reply_to != mail.sender:
        identity["reply_to"] = mail.reply_to
    return identity
