"""The head of a mail or of a part: fields, encoded words, parameters, addresses, Message-IDs, dates.

Promise: nothing raises, all is linear; a sender is one plain address or none (CVE-2023-27043: `a@x)b@y`, two addresses,
two From fields and addresses in the name that differ are none). Limits: group syntax and source routes name nobody.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_to_bytes

from bot.core.identity import addresses_in
from handlers.mime.charset import decoded, tidy_line, unwrapped

HEAD_CAP: Final = 256_000  # bytes of header looked at
VALUE_CAP: Final = 20_000  # characters of one field
_FIELDS: Final = 1_000
_ALWAYS: Final = frozenset(["from", "message-id", "mime-version", "content-type", "date", "to", "subject"])
_LINES_BELOW: Final = 4
_BELOW: Final = 2_000  # bytes
_NAME = re.compile(rb"[!-9;-~]{1,200}")
_WORDS = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,500}\?=)")
_PARAM = re.compile(r";\s*([\w!#$&+.^`|~%'-]{1,80}(?:\*\d{1,3})?\*?)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;\s\"]*)")
_ID = re.compile(r"<([^<>\s]{1,500})>")
_IDS: Final = 100


@dataclass(frozen=True, kw_only=True)
class Head:
    """The fields of a head in order: names in small letters, values unfolded and not yet decoded."""

    fields: tuple[tuple[str, str], ...]

    def every(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for one, value in self.fields if one == name]

    def first(self, name: str) -> str:
        """The first value of a field, or an empty text."""
        return next((value for one, value in self.fields if one == name), "")

    def has(self, name: str) -> bool:
        """Whether the field stands there at all."""
        return any(one == name for one, _ in self.fields)


def head_of(raw: bytes, start: int, end: int) -> tuple[Head, int]:
    """Takes bytes with line feeds; returns the head at `start` and where the body begins."""
    found: list[tuple[str, list[bytes]]] = []
    at, last = start, min(end, start + HEAD_CAP)
    while at < last:
        stop = raw.find(b"\n", at, last)
        stop = stop if stop >= 0 else last
        line = raw[at:stop]
        if not line.strip():
            at = stop + 1
            break
        if not _take(line, found) and not _goes_on(raw, stop, last, found):
            break  # a line that is no field: the empty line before the body is missing
        at = stop + 1
    return Head(fields=tuple((name, _joined(lines)) for name, lines in found)), min(at, end)


def _goes_on(raw: bytes, at: int, last: int, found: list[tuple[str, list[bytes]]]) -> bool:
    """Whether the head goes on below a line that lost its fold: a field every mail has stands close, and is new."""
    met = {name for name, _ in found}
    for line in raw[at + 1 : min(last, at + _BELOW)].split(b"\n")[:_LINES_BELOW]:
        if not line.strip():
            return False
        name = line.partition(b":")[0].decode("latin-1").lower()
        if name in _ALWAYS and name not in met:
            return True
    return False


def _take(line: bytes, found: list[tuple[str, list[bytes]]]) -> bool:
    if line[:1] in {b" ", b"\t"}:
        if found:
            found[-1][1].append(line)
        return True
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name.rstrip()):
        return False
    if len(found) < _FIELDS:
        found.append((name.rstrip().decode("ascii").lower(), [value]))
    return True


def _joined(lines: list[bytes]) -> str:
    return decoded(b"".join(lines)[:VALUE_CAP], "utf-8").replace("\n", " ").strip()


def words_of(value: str) -> str:
    """Takes a field's value; returns it with its encoded words (RFC 2047) decoded; broken ones stay as they are."""
    glued: list[tuple[str, bytes]] = []
    shown: list[str] = []
    at = 0
    value = _BETWEEN.sub(r"\1", value)
    for match in _WORDS.finditer(value):
        charset = match[1].partition("*")[0].lower()
        gap = value[at : match.start()]
        if gap or (glued and glued[-1][0] != charset):
            shown.append(_flush(glued) + gap)
        glued.append((charset, _word_bytes(match[2], match[3])))
        at = match.end()
    return "".join(shown) + _flush(glued) + value[at:]


def _word_bytes(how: str, text: str) -> bytes:
    content = text.encode("utf-8", "replace")
    if how in "bB":
        return unwrapped(content, "base64")
    return unwrapped(content.replace(b"_", b" "), "quoted-printable")


def _flush(glued: list[tuple[str, bytes]]) -> str:
    """Words of one set are decoded together: clients cut characters in two."""
    text = decoded(b"".join(part for _, part in glued), glued[0][0]) if glued else ""
    glued.clear()
    return text


def shown(value: str) -> str:
    """Takes a field's value; returns it decoded and cleaned, on one line, for people."""
    return tidy_line(words_of(value).replace("\n", " ").replace("\r", " "))


def kind_of(value: str) -> tuple[str, Mapping[str, str]]:
    """Takes Content-Type or Content-Disposition; returns its first word in small letters and its parameters."""
    return value.partition(";")[0].strip().lower(), _parameters(value)


def _parameters(value: str) -> dict[str, str]:
    """Parameters by name, continuations joined and percent codes decoded (RFC 2231)."""
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAM.finditer(value):
        name, text = match[1].lower(), match[2]
        text = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
        base, _, order = name.rstrip("*").partition("*")
        pieces.setdefault(base, []).append((int(order) if order.isdigit() else 0, name.endswith("*"), text))
    return {name: _parameter(sorted(told, key=lambda one: one[0])) for name, told in pieces.items()}


def _parameter(told: list[tuple[int, bool, str]]) -> str:
    if not any(coded for _, coded, _ in told):
        return words_of("".join(text for _, _, text in told) if len(told) > 1 and told[-1][0] else told[0][2])
    charset, quote, first = told[0][2].partition("'")
    texts = [first.partition("'")[2] if quote else told[0][2], *(text for _, _, text in told[1:])]
    content = b"".join(unquote_to_bytes(text.encode("utf-8", "replace")) for text in texts)
    return decoded(content, charset if quote else "utf-8")


@dataclass(frozen=True, kw_only=True)
class Box:
    """One mailbox of an address field; `address` is None where it is not one plain address."""

    name: str
    address: str | None


def boxes(value: str) -> list[Box]:
    """Takes an address field; returns its mailboxes in order, unreadable ones with no address.

    A comment behind the only address is its name, as mail programs of old wrote it.
    """
    pieces = [piece for piece in _pieces(value[:VALUE_CAP]) if piece.strip()]
    comment = _COMMENT.search(value[:VALUE_CAP]) if len(pieces) == 1 else None
    return [_box(piece, shown(comment[1])[:200] if comment else "") for piece in pieces]


def _pieces(value: str) -> Iterator[str]:
    """Cut at commas and semicolons that stand outside quotes, comments and angle brackets; comments are left out."""
    held: list[str] = []
    quoted = angled = escaped = False
    depth = 0
    for c in value:
        if escaped or (c == "\\" and (quoted or depth)):
            escaped = not escaped
        elif c == '"' and not depth:
            quoted = not quoted
        elif not quoted and c in "()":
            depth += 1 if c == "(" else -1
            held.append(" " if depth >= 0 else ")")
            depth = max(depth, 0)
            continue
        elif not quoted and not depth and c in "<>":
            angled = c == "<"
        elif not quoted and not depth and not angled and c in ",;":
            yield "".join(held)
            held.clear()
            continue
        if not depth:
            held.append(c)
    yield "".join(held) + ("(" if depth or quoted else "")  # never closed: what follows is not to be trusted


_COMMENT = re.compile(r"^[^()\"<>]+\(([^()@]{1,200})\)\s*$")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|$)')
_ANGLE = re.compile(r"^([^<>]*)<\s*([^<>\s]*)\s*>\s*$")


def _box(piece: str, comment: str) -> Box:
    bare = _QUOTED.sub(" ", piece)
    match = _ANGLE.match(bare)
    if match is None:
        return Box(name=comment, address=plain(bare.rpartition(":")[2].strip() if ":" in bare else bare.strip()))
    name = shown(piece[: piece.rfind("<")].strip().strip('"').replace('\\"', '"')).strip("\"' ")
    address = plain(match[2])
    # An address outside the brackets that is another one: which of the two is shown depends on the client.
    others = {one.casefold() for one in addresses_in(match[1])}
    is_odd = address is None or others - {address.casefold()} or (not others and "@" in match[1])
    return Box(name=name[:200], address=None if is_odd else address)


def plain(text: str) -> str | None:
    """Takes what should be one address; returns it if it is one plain address and nothing else."""
    return text if addresses_in(text) == (text,) else None


def ids(value: str) -> tuple[str, ...]:
    """Takes Message-ID, In-Reply-To or References; returns the ids in angle brackets, the last hundred, unrepeated."""
    return tuple(dict.fromkeys(f"<{one}>" for one in _ID.findall(value)[-_IDS:]))


def when(value: str) -> datetime | None:
    """Takes a Date field; returns the instant in UTC, or None. A date without a zone is UTC (RFC 5322, 4.3)."""
    try:
        told = parsedate_to_datetime(value[:200])
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
