"""The tree of a mail: its parts as places in the bytes, found without decoding or copying them.

Promise: time linear in depth and size, memory bounded: attachments are never decoded, their size is reckoned. More than
20 levels or 200 parts raise TooComplex with what was found so far. Limits: a multipart without boundaries that can be
found is read as text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.core.mail import Attachment
from handlers.mime.charset import tidy_line, unwrapped
from handlers.mime.headers import Head, head_of, kind_of

MAX_DEPTH: Final = 20
MAX_PARTS: Final = 200
_NAME_CAP: Final = 120
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_GUESSED = re.compile(rb"^--([^\s-][^\n]{0,200}?)[ \t]*$", re.MULTILINE)


class TooComplex(Exception):
    """A mail with more levels or parts than any person's mail has."""


@dataclass(kw_only=True)
class Part:
    """One part: its head, its kind, and where its body stands in the bytes."""

    head: Head
    kind: str
    params: Mapping[str, str]
    start: int
    end: int
    depth: int
    children: list["Part"] = field(default_factory=list)

    @property
    def encoding(self) -> str:
        """The Content-Transfer-Encoding, in small letters."""
        return self.head.first("content-transfer-encoding").partition(";")[0].strip().lower()

    @property
    def disposition(self) -> str:
        """`attachment`, `inline` or an empty text."""
        return kind_of(self.head.first("content-disposition"))[0]

    @property
    def file_name(self) -> str:
        """The name the sender gave the part, not yet made safe."""
        told = kind_of(self.head.first("content-disposition"))[1].get("filename", "")
        return told or self.params.get("name", "")

    def content(self, raw: bytes, cap: int) -> bytes:
        """The decoded content of at most `cap` bytes of the part's body."""
        return unwrapped(raw[self.start : min(self.end, self.start + cap)], self.encoding)

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += reversed(part.children)


def grow(root: Part, raw: bytes) -> None:
    """Find the parts below `root`. Raises TooComplex; what was found until then stays in the tree."""
    waiting, count = [root], 1
    while waiting:
        part = waiting.pop()
        for start, end in _inner(part, raw):
            count += 1
            if count > MAX_PARTS or part.depth + 1 > MAX_DEPTH:
                raise TooComplex
            part.children.append(part_at(raw, start, end, part.depth + 1))
        waiting += reversed(part.children)


def part_at(raw: bytes, start: int, end: int, depth: int) -> Part:
    """The part whose head begins at `start`."""
    head, body = head_of(raw, start, end)
    kind, params = kind_of(head.first("content-type"))
    kind = kind if "/" in kind else "text/plain"
    return Part(head=head, kind=kind, params=params, start=body, end=end, depth=depth)


def _inner(part: Part, raw: bytes) -> Iterator[tuple[int, int]]:
    if part.kind.startswith("multipart/"):
        yield from _between(part, raw)
    elif part.kind in {"message/rfc822", "message/global"} and part.encoding not in {"base64", "quoted-printable"}:
        yield part.start, part.end


def _between(part: Part, raw: bytes) -> Iterator[tuple[int, int]]:
    """The stretches between the boundaries of a multipart (RFC 2046, 5.1.1); a missing last boundary is no fault."""
    boundary = part.params.get("boundary", "").encode("utf-8", "replace").rstrip() or _guess(part, raw)
    if not boundary:
        part.kind = "text/plain"
        return
    mark = b"\n--" + boundary
    at = part.start - 1 if part.start and raw[part.start - 1 : part.start] == b"\n" else part.start
    began = None
    while (at := raw.find(mark, at, part.end)) >= 0:
        after = at + len(mark)
        line_end = raw.find(b"\n", after, part.end)
        line_end = line_end if line_end >= 0 else part.end
        rest = raw[after : min(line_end, after + 200)].strip()
        if rest and not rest.startswith(b"--"):  # a longer boundary of another level
            at = after
            continue
        if began is not None:
            yield began, at
        began = None if rest.startswith(b"--") else min(line_end + 1, part.end)
        if began is None:
            return
        at = line_end
    if began is not None:
        yield began, part.end


def _guess(part: Part, raw: bytes) -> bytes:
    match = _GUESSED.search(raw, part.start, min(part.end, part.start + 20_000))
    return match[1] if match else b""


def attached(part: Part, raw: bytes) -> Attachment:
    """The part as a file in a list; its size is reckoned from its place, not decoded."""
    size = part.end - part.start
    if part.encoding == "base64":
        lines = raw.count(b"\n", part.start, part.end)
        size = max(0, (size - lines) * 3 // 4)
    return Attachment(name=safe_name(part.file_name), type=tidy_line(part.kind)[:100], size=size)


def safe_name(name: str) -> str:
    """Takes a file name from outside; returns one without paths, control and bidi marks, at most 120 characters."""
    last = tidy_line(name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    kept = _UNSAFE.sub("_", last).strip(". ")
    if len(kept) > _NAME_CAP:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[: _NAME_CAP - 12]}{dot}{ending[:10]}" if dot else kept[:_NAME_CAP]
    return kept or "unnamed"
