"""Which parts of a mail are its words, and what they say: the body, as the person's own text and as everything.

Promise: the plain part is read where there is one that says something, else the HTML; signed mails are read inside
their signature; attachments are listed, never opened. Limits: encrypted mail and Outlook's winmail.dat stay closed and
are named in the hints.
"""

import contextlib
import re
from dataclasses import dataclass, field
from typing import Final

from bot.core.mail import Attachment
from handlers.mime import words
from handlers.mime.charset import READ_CAP, decoded, tidy
from handlers.mime.headers import shown
from handlers.mime.html import ORIGINAL, seen_text
from handlers.mime.parts import MAX_DEPTH, Part, TooComplex, attached, grow, part_at
from handlers.mime.signed import opened, without_armour

_STUB = re.compile(words.BROWSER_STUB, re.IGNORECASE)
_STUB_CAP: Final = 600
_NOT_WORDS = re.compile(r"\[(?:cid|image|logo|inline)[^\]]{0,200}\]|https?://\S+|www\.\S+", re.IGNORECASE)
_WRAPPERS: Final = frozenset(
    ["pgp-encrypted", "pgp-signature", "pkcs7-signature", "x-pkcs7-signature"],
)
_CIPHERED: Final = frozenset(["application/pkcs7-mime", "application/x-pkcs7-mime"])


@dataclass(kw_only=True)
class Body:
    """What a mail says, as it is gathered: the newest version's text, everything, files, and what was odd."""

    own: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    hints: dict[str, None] = field(default_factory=dict)
    passed_on: bool = False
    left: int = READ_CAP

    def add(self, own: str, whole: str) -> None:
        """A piece of text, in the order of the mail."""
        self.own.append(own)
        self.whole.append(whole)


def body_of(root: Part, raw: bytes) -> Body:
    """Takes the tree of a mail and its bytes; returns what it says."""
    body = Body()
    _gather(root, raw, body)
    body.attachments += [attached(part, raw) for part in root.walk() if _is_file(part, root)]
    kinds = {part.kind for part in root.walk()}
    if kinds & {"application/ms-tnef", "application/vnd.ms-tnef"} and not "".join(body.own).strip():
        body.hints["winmail"] = None
    return body


def _is_text(part: Part) -> bool:
    return part.kind in {"text/plain", "text/html"} and part.disposition != "attachment"


def _is_file(part: Part, root: Part) -> bool:
    is_frame = part.kind.startswith(("multipart/", "message/")) or part.kind.removeprefix("application/") in _WRAPPERS
    if is_frame or (part is root and _is_text(part)):
        return False
    return bool(part.file_name) or not _is_text(part)


def _gather(part: Part, raw: bytes, body: Body) -> None:
    """Walk the words of a part. The tree is at most 20 levels deep, so this may call itself."""
    if part.kind == "multipart/alternative":
        _alternative(part, raw, body)
    elif part.kind == "multipart/encrypted":
        body.hints["encrypted"] = None
    elif part.kind in {"multipart/signed", "multipart/related", "multipart/report"}:
        if part.kind == "multipart/signed":
            body.hints["signed"] = None
        for child in part.children[:1]:
            _gather(child, raw, body)
    elif part.kind.startswith("multipart/"):
        for child in part.children:
            _gather(child, raw, body)
    else:
        _leaf(part, raw, body)


def _leaf(part: Part, raw: bytes, body: Body) -> None:
    if part.kind in {"message/rfc822", "message/global"}:
        for child in part.children:
            _mail_inside(child, raw, body)
    elif part.kind in _CIPHERED:
        _ciphered(part, raw, body)
    elif _is_text(part) and not (part.file_name and part.depth and not _is_first(part, body)):
        _words(part, raw, body)


def _is_first(part: Part, body: Body) -> bool:
    return not body.own and part.disposition != "attachment" and not part.file_name.lower().endswith((".txt", ".htm"))


def _mail_inside(inner: Part, raw: bytes, body: Body) -> None:
    """A mail attached to the mail: somebody else's words, for the whole alone."""
    inside = Body(left=body.left)
    _gather(inner, raw, inside)
    told = [f"{name}: {shown(inner.head.first(name.lower()))}" for name in ("From", "Date", "To", "Subject")]
    body.whole += [tidy("\n".join(told)), *inside.whole]
    body.left = inside.left
    body.passed_on = True


def _ciphered(part: Part, raw: bytes, body: Body) -> None:
    """S/MIME in one piece: signed is read, enveloped stays closed (RFC 8551, 3.5 and 3.3)."""
    inner = opened(part.content(raw, READ_CAP * 2)) if part.depth < MAX_DEPTH else None
    if inner is None:
        body.hints["encrypted"] = None
        return
    body.hints["signed"] = None
    inside = part_at(inner, 0, len(inner), part.depth + 1)
    with contextlib.suppress(TooComplex):  # what was found until then is read
        grow(inside, inner)
    _gather(inside, inner, body)


def _alternative(part: Part, raw: bytes, body: Body) -> None:
    """Of several versions the plain one, unless it says nothing: then the last that does (RFC 2046, 5.1.4)."""
    best: Body | None = None
    for child in part.children:
        version = Body(left=body.left)
        _gather(child, raw, version)
        body.hints |= {hint: None for hint in version.hints if hint != "hidden_text"}
        told = "\n".join(version.whole)
        if not told.strip():
            continue
        is_stub = child.kind == "text/plain" and _is_stub(told)
        if best is None or not is_stub:
            best = version
        if child.kind == "text/plain" and not is_stub:
            break
    if best is not None:
        body.own += best.own
        body.whole += best.whole
        body.left = best.left
        body.passed_on = body.passed_on or best.passed_on
        body.hints |= best.hints


def _is_stub(text: str) -> bool:
    said = _NOT_WORDS.sub(" ", text)
    return not any(c.isalnum() for c in said) or (len(said) < _STUB_CAP and bool(_STUB.search(said)))


def _words(part: Part, raw: bytes, body: Body) -> None:
    size = part.end - part.start
    content = part.content(raw, min(size, max(body.left, 0)))
    if size > body.left:
        body.hints["cut"] = None
    body.left -= min(size, max(body.left, 0))
    text = decoded(content, part.params.get("charset", "utf-8")).replace("\r\n", "\n").replace("\r", "\n")
    if part.kind == "text/html":
        seen = seen_text(text)
        if seen.hidden:
            body.hints["hidden_text"] = None
        body.add(tidy(seen.own), tidy(seen.whole.replace(ORIGINAL + "\n", "")))
        return
    text = without_armour(text, body.hints)
    if part.params.get("format", "").lower() == "flowed":
        text = _flowed(text, is_spaced=part.params.get("delsp", "").lower() == "yes")
    plain = tidy(text)
    body.add(plain, plain)


def _flowed(text: str, *, is_spaced: bool) -> str:
    """Lines broken by the client are joined again (RFC 3676, 4); the line of dashes before a signature is none."""
    joined: list[str] = []
    is_soft = False
    for line in text.split("\n"):
        unstuffed = line.removeprefix(" ")
        if is_soft and not line.startswith(">"):
            joined[-1] += unstuffed
        else:
            joined.append(unstuffed)
        is_soft = line.endswith(" ") and line != "-- "
        if is_soft and is_spaced:
            joined[-1] = joined[-1][:-1]
    return "\n".join(joined)
