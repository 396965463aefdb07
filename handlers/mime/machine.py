"""Mail that no person wrote now: our own coming back, reports, automatic answers, lists, invitations.

Promise: a sign is read as its standard says (RFC 3834 Auto-Submitted with comments and parameters, RFC 3464 reports,
RFC 2919 lists) and in any case of letters; X-Auto-Response-Suppress alone is none. A subject like "out of office"
counts only where the words below it ask for nothing. Limits: a robot that carries no sign is a person here; the fuse
by count stops it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.core.mail import Bounced
from handlers.mime import words
from handlers.mime.headers import Head, boxes, ids, plain
from handlers.mime.parts import Part

_COMMENT = re.compile(r"\([^()]{0,500}\)")
_AWAY_SUBJECT = re.compile(words.OUT_OF_OFFICE, re.IGNORECASE)
_ANSWERS_ITSELF = re.compile(rf"^\s*{words.ANSWERS_ITSELF}", re.IGNORECASE)
_AWAY = re.compile(words.AWAY, re.IGNORECASE)
_ABOUT_DATA = re.compile(words.ABOUT_DATA, re.IGNORECASE)
_BOUNCE = re.compile(rf"^\s*(?:{words.BOUNCE_SUBJECT})", re.IGNORECASE)
_DELAY = re.compile(words.DELAY_SUBJECT, re.IGNORECASE)
_ROBOTS = re.compile(
    r"(?:(?:mailer-?daemon|postmaster|mail-?daemon)(?:[+.-][^@]*)?|microsoftexchange[0-9a-f]{32})@", re.IGNORECASE
)
_FIELD = re.compile(r"^([A-Za-z-]{1,60}):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_REPORT_CAP: Final = 60_000  # bytes of a report looked at
_AUTO_FIELDS: Final = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autoreply-from")
_LIST_FIELDS: Final = ("list-id", "list-unsubscribe", "list-post", "list-help", "x-mailing-list")
_NO: Final = frozenset(["", "no", "false", "0", "none"])


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What machine signs are looked for in: the tree of parts, the head, and what was read; `own` is our domain."""

    root: Part
    raw: bytes
    own: str
    sender: str | None
    message_id: str
    subject: str
    text: str

    @property
    def head(self) -> Head:
        """The mail's own head."""
        return self.root.head


def told_by(seen: Evidence) -> tuple[str | None, Bounced | None]:
    """Takes what was seen; returns why no case may come of the mail (None for a person's) and what a report says."""
    report = _report(seen)
    if report is not None and report[0] != "loop":
        return report
    return next((name for name, sign in _SIGNS if sign(seen)), None), None


def _value(head: Head, name: str) -> str:
    """The first word of a field, without comments and parameters, in small letters."""
    return _COMMENT.sub(" ", head.first(name)).partition(";")[0].strip().lower()


def _is_automatic(head: Head) -> bool:
    return _value(head, "auto-submitted") not in {"", "no"}


def _is_loop(seen: Evidence) -> bool:
    """One of our own, by its id or its sender: only a machine's mail, for colleagues write from our domain too."""
    domains = {place.rstrip(">").rpartition("@")[2].lower() for place in (seen.message_id, seen.sender or "")}
    return bool(seen.own) and seen.own.lower() in domains and _is_automatic(seen.head)


def _is_auto_reply(seen: Evidence) -> bool:
    head = seen.head
    if _is_automatic(head) or any(_value(head, name) not in _NO for name in _AUTO_FIELDS):
        return True
    if _value(head, "precedence") in {"auto_reply", "auto-reply"} or _null_path(head):
        return True
    return _is_away(seen)


def _null_path(head: Head) -> bool:
    """A null return path: what must never be answered (RFC 5321, 4.5.5)."""
    return any(value.strip() == "<>" for value in head.every("return-path"))


def _is_away(seen: Evidence) -> bool:
    """An absence notice by its subject, beside another sign or known words, and nothing asked about data.

    A subject that begins as programs begin theirs is sign enough: the rest of it is the subject of the mail answered.
    """
    if _ANSWERS_ITSELF.match(seen.subject):
        return not _ABOUT_DATA.search(seen.text)
    if not _AWAY_SUBJECT.search(seen.subject) or _ABOUT_DATA.search(f"{seen.subject}\n{seen.text}"):
        return False
    is_odd = seen.head.has("x-auto-response-suppress") or _value(seen.head, "precedence") in {"bulk", "junk"}
    return is_odd or not seen.text.strip() or bool(_AWAY.search(seen.text))


def _has_away_subject(seen: Evidence) -> bool:
    return bool(_AWAY_SUBJECT.search(seen.subject) or _ANSWERS_ITSELF.match(seen.subject))


def _is_list(seen: Evidence) -> bool:
    """A list or bulk mail; not the group address of our own house, which hands on what people write to it."""
    head = seen.head
    if seen.own and re.search(rf"[.@<]{re.escape(seen.own.lower())}>?\s*$", head.first("list-id").lower()):
        return False
    return _value(head, "precedence") in {"bulk", "junk", "list"} or any(head.has(name) for name in _LIST_FIELDS)


def _is_invitation(seen: Evidence) -> bool:
    calendars = [part for part in seen.root.walk() if part.kind == "text/calendar"]
    return seen.root.kind == "text/calendar" or any(
        "method" in part.params and part.disposition != "attachment" for part in calendars
    )


def _is_robot(seen: Evidence) -> bool:
    return bool(seen.sender and _ROBOTS.match(seen.sender))


_SIGNS: Final[tuple[tuple[str, Callable[[Evidence], bool]], ...]] = (
    ("loop", _is_loop),
    ("auto_reply", lambda seen: _has_away_subject(seen) and _is_auto_reply(seen)),
    ("list", _is_list),
    ("calendar", _is_invitation),
    ("bounce", _is_robot),
    ("auto_reply", _is_auto_reply),
)


def _report(seen: Evidence) -> tuple[str, Bounced | None] | None:
    """A report of the mail system: by its type, or by a robot's or nobody's mail with a subject every server uses."""
    kind = seen.root.params.get("report-type", "").lower() if seen.root.kind == "multipart/report" else ""
    parts = {part.kind: part for part in seen.root.walk()}
    status = parts.get("message/delivery-status") or parts.get("message/global-delivery-status")
    if kind == "disposition-notification" or "message/disposition-notification" in parts:
        return "delivery_notice", None
    if status is not None and (kind or seen.root.kind.startswith("multipart/")):
        return _delivery(seen, status, parts)
    if kind:
        return "delivery_notice", None
    is_nobody = _is_robot(seen) or _null_path(seen.head) or seen.head.has("x-failed-recipients")
    return _plain_bounce(seen) if is_nobody and _BOUNCE.search(seen.subject) else None


def _delivery(seen: Evidence, status: Part, parts: dict[str, Part]) -> tuple[str, Bounced | None]:
    fields = _fields(status.content(seen.raw, _REPORT_CAP).decode("utf-8", "replace"))
    action = fields.get("action", "failed").split()[0:1] or ["failed"]
    if action[0].lower() in {"delivered", "relayed", "expanded"}:
        return "delivery_notice", None
    found = _STATUS.search(fields.get("status", ""))
    is_passing = action[0].lower() == "delayed" or (found is not None and found[1] == "4")
    told = Bounced(
        message_id=_original_id(seen, parts),
        recipient=_recipient(fields.get("original-recipient", "") or fields.get("final-recipient", "")),
        kind="temporary" if is_passing else "permanent",
    )
    return ("delivery_notice" if action[0].lower() == "delayed" else "bounce"), told


def _fields(text: str) -> dict[str, str]:
    """The fields of a report; of several recipients the first that failed."""
    blocks = [{m[1].lower(): m[2] for m in _FIELD.finditer(block)} for block in text.split("\n\n")]
    told = [block for block in blocks if "action" in block or "status" in block]
    failed = [block for block in told if block.get("action", "").lower().startswith("failed")]
    return next(iter(failed or told), {})


def _recipient(value: str) -> str | None:
    return plain(value.partition(";")[2].strip().strip("<>") or value.strip().strip("<>"))


def _original_id(seen: Evidence, parts: dict[str, Part]) -> str | None:
    """The Message-ID of the mail that did not arrive: from the copy or the headers the report carries."""
    for kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers"):
        part = parts.get(kind)
        if part is None:
            continue
        inner = part.children[0].head.first("message-id") if part.children else ""
        held = inner or _fields_of(part.content(seen.raw, _REPORT_CAP)).get("message-id", "")
        if found := ids(held):
            return found[0]
    text = seen.raw[seen.root.start : seen.root.start + _REPORT_CAP].decode("utf-8", "replace")
    found = ids(_fields_of(text.encode()).get("message-id", ""))
    return found[0] if found else next(iter(ids(seen.head.first("in-reply-to"))), None)


def _fields_of(content: bytes) -> dict[str, str]:
    return {m[1].lower(): m[2] for m in _FIELD.finditer(content.decode("utf-8", "replace"))}


def _plain_bounce(seen: Evidence) -> tuple[str, Bounced | None]:
    """A bounce from before reports had a form: the failed address from its header, the code from its text."""
    body = seen.raw[seen.root.start : seen.root.start + _REPORT_CAP].decode("utf-8", "replace")
    failed = boxes(seen.head.first("x-failed-recipients"))
    found = _STATUS.search(body)
    is_delay = bool(_DELAY.search(seen.subject))
    told = Bounced(
        message_id=_original_id(seen, {part.kind: part for part in seen.root.walk()}),
        recipient=failed[0].address if failed else None,
        kind="temporary" if is_delay or (found is not None and found[1] == "4") else "permanent",
    )
    return ("delivery_notice" if is_delay else "bounce"), told
