"""Reading mail: raw bytes to a `Mail`, whatever the bytes are.

Promise: `read_mail` never raises, takes time linear in the size of the mail, and decodes no attachment: 25 MB take a
fraction of a second. The newest part is what the person wrote now; the whole loses nothing that can be read.
Limits: text beyond `charset.READ_CAP` is cut with a hint; who sent a mail is what it says and no more.

    headers, parts, charset     the form: fields, the tree of parts, bytes to text
    bodies, html, looks, signed which parts are words, and what they say to who looks at them
    quotes, words               the newest part, and the words mail programs write around it
    machine                     mail that no person wrote
"""

import hashlib
import re
from typing import Final

from bot.core.mail import Bounced, Mail
from handlers.mime import machine, words
from handlers.mime.bodies import Body, body_of
from handlers.mime.headers import Box, Head, boxes, ids, plain, shown, when
from handlers.mime.parts import Part, TooComplex, grow, part_at
from handlers.mime.quotes import newest
from handlers.mime.results import border_results

__all__ = ["read_mail", "reply_token"]

_FORWARDING = re.compile(rf"^\s*(?:\[[^\]]{{1,40}}\]\s*)?{words.FORWARDING_SUBJECT}\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_REPLYING = re.compile(rf"^\s*(?:\[[^\]]{{1,40}}\]\s*)?{words.REPLY_SUBJECT}\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_RECIPIENTS: Final = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "apparently-to")
_RECIPIENTS_CAP: Final = 200
_TOKEN = re.compile(r"[a-z0-9_-]{1,64}")
_SUBJECT_CAP: Final = 500
OWN_CAP: Final = 100_000
"""Characters in which a person's own words are looked for: thirty pages. The whole holds more."""


def read_mail(raw: bytes, *, authserv: str = "", own: str = "") -> Mail:
    """Takes the bytes of one mail; returns what it says.

    `authserv` is the name our border server writes into Authentication-Results (only its results become hints), `own`
    the domain of our Message-IDs and lists. Never raises.
    """
    ours = _normal(raw)
    root = part_at(ours, 0, len(ours), 0)
    is_whole = True
    try:
        grow(root, ours)
    except TooComplex:
        is_whole = False
    body = body_of(root, ours)
    return _mail(root, ours, body, authserv=authserv, own=own, is_whole=is_whole)


def _normal(raw: bytes) -> bytes:
    """Line feeds alone, also for a client of bare carriage returns; no empty lines or mbox line before the head."""
    text = raw.replace(b"\r\n", b"\n") if b"\r" in raw else raw
    if b"\r" in text[:4_000] and b"\n" not in text[:4_000]:
        text = text.replace(b"\r", b"\n")
    if text[:1] in {b"\n", b" ", b"\t", b"\xef"} or text.startswith((b"From ", b">From ")):
        text = text.removeprefix(b"\xef\xbb\xbf").lstrip(b"\n")
        text = text.partition(b"\n")[2] if text.startswith((b"From ", b">From ")) else text
    return text


def _mail(root: Part, raw: bytes, body: Body, *, authserv: str, own: str, is_whole: bool) -> Mail:
    head = root.head
    subject = shown(head.first("subject"))[:_SUBJECT_CAP]
    references = ids(" ".join(head.every("references")))
    in_reply_to = next(iter(ids(head.first("in-reply-to"))), None)
    passed_on = bool(_FORWARDING.match(subject))
    replying = not passed_on and bool(in_reply_to or references or _REPLYING.match(subject))
    now = newest(_newest_text(body), replying=replying, passed_on=passed_on)
    sender = _sender(head)
    message_id = _message_id(head, raw)
    seen = machine.Evidence(
        root=root,
        raw=raw,
        own=own,
        sender=sender.address,
        message_id=message_id,
        subject=subject,
        text=now.text,
    )
    ignored, bounced = machine.told_by(seen)
    return Mail(
        message_id=message_id,
        in_reply_to=in_reply_to,
        references=references,
        sender=sender.address,
        sender_name=sender.name,
        reply_to=_only(boxes(head.first("reply-to"))),
        to=_recipients(head),
        subject=subject,
        date=when(head.first("date")),
        text=now.text,
        whole="\n\n".join(text for text in body.whole if text),
        ignored=ignored or _unfit(sender, body, subject, is_whole=is_whole, bounced=bounced),
        forwarded=now.forwarded or body.passed_on or (passed_on and not now.text),
        replying=replying,
        attachments=tuple(body.attachments),
        hints=(*body.hints, *border_results(head, authserv)),
        bounced=bounced,
    )


def _newest_text(body: Body) -> str:
    """The text in which the newest part is looked for, at most OWN_CAP long."""
    text = "\n\n".join(body.own)
    if len(text) > OWN_CAP:
        body.hints["cut"] = None
    return text[:OWN_CAP]


def _unfit(sender: Box, body: Body, subject: str, *, is_whole: bool, bounced: Bounced | None) -> str | None:
    """Why a mail without machine signs cannot be a case all the same."""
    if not is_whole:
        return "too_complex"
    if sender.address is None and bounced is None:
        return "no_sender"
    says = any(c.isalnum() for c in subject + "".join(body.whole))
    return None if says or body.attachments or body.hints else "empty"


def _sender(head: Head) -> Box:
    """The one plain address a mail is from, or none: two From fields never; several authors only by one Sender."""
    fields = head.every("from")
    if len(fields) != 1:
        return Box(name="", address=None)
    authors = boxes(fields[0])
    if len(authors) == 1:
        return authors[0]
    senders = [box for value in head.every("sender") for box in boxes(value)]
    if len(senders) == 1 and senders[0].address and all(box.address for box in authors):
        return next((box for box in authors if box.address == senders[0].address), Box(name="", address=None))
    return Box(name="", address=None)


def _only(told: list[Box]) -> str | None:
    return told[0].address if len(told) == 1 else None


def _recipients(head: Head) -> tuple[str, ...]:
    values = (value for name in _RECIPIENTS for value in head.every(name))
    found = (box.address or plain(box.name) for value in values for box in boxes(value))
    return tuple(dict.fromkeys(one for one in found if one))[:_RECIPIENTS_CAP]


def _message_id(head: Head, raw: bytes) -> str:
    """The mail's own id; without one an id made of its bytes, the same each time the mail is fetched."""
    told = head.first("message-id").strip()
    found = ids(told) or ids(f"<{told}>")
    return found[0] if found else f"<{hashlib.sha256(raw).hexdigest()[:40]}@without.invalid>"


def reply_token(mail: Mail, own: str) -> str | None:
    """Takes a mail and our address; returns what stands behind the plus in a recipient that is ours, or None.

    `own` is the bare address, as info@example.org. The token is returned in small letters; it is not checked here.
    """
    local, _, domain = own.casefold().rpartition("@")
    for address in mail.to:
        name, _, host = address.casefold().rpartition("@")
        base, plus, token = name.partition("+")
        if plus and host == domain and base == local and _TOKEN.fullmatch(token):
            return token
    return None
