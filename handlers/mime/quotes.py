"""The newest part of a mail: what the person wrote now, without quotes, older mails, signatures and small print.

Promise: lines between quotes and below them count (answers inline, at the bottom); a mail passed on is told from one
answered; nothing is guessed away: what no rule names stays. Limits: an answer typed below Outlook's header of the older
mail cannot be told from that mail; it is in the whole.
"""

import re
from dataclasses import dataclass
from typing import Final

from handlers.mime import words

_QUOTE = re.compile(r"\s*>")
_LABEL = re.compile(rf"[\s*_>|]*({words.LABELS})[ \t*_]*[:：][ \t*_]*(.*)", re.IGNORECASE)
_FROM = re.compile(rf"(?:{words.FROM})", re.IGNORECASE)
_SENT = re.compile(rf"(?:{words.SENT})", re.IGNORECASE)
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_ORIGINAL = re.compile(rf"[\s>]*[-_=*—–]{{2,}}[ \t]*(?:{words.ORIGINAL})[ \t]*:?[ \t]*[-_=*—–]{{2,}}", re.IGNORECASE)
_FORWARDED = re.compile(
    rf"[\s>]*(?:[-_=*—–]{{2,}}[ \t]*(?:{words.FORWARDED})[^\n]{{0,60}}|(?:{words.BEGINS_FORWARDED})[ \t]*:?)[ \t]*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_\-=*—]{5,}\s*$")
_WROTE = re.compile(words.WROTE, re.IGNORECASE)
_BEGINS = re.compile(rf"\s*[-*<>]*\s*(?:{words.ON})\b.*\d", re.IGNORECASE)
_WINDOW: Final = 4  # lines an attribution may be broken over
_LONGEST: Final = 400  # characters of one
_BLOCK_REACH: Final = 9  # lines in which the labels of a header block stand
_BLOCK_LABELS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Newest:
    """What was written now, and whether the rest is somebody's mail passed on."""

    text: str
    forwarded: bool


def newest(text: str, *, replying: bool, passed_on: bool) -> Newest:
    """Takes tidied text, whether the mail answers one, and whether its subject says it is passed on."""
    lines = text.split("\n")
    at, kind = _older_mail(lines, letter_ok=not (replying or passed_on))
    own = _without_quotes(lines[:at], below=at < len(lines))
    while own and (not own[-1].strip() or _RULE.match(own[-1])):
        own.pop()
    is_forward = kind == "forward" or (kind == "original" and (passed_on or not replying))
    return Newest(text="\n".join(own).strip(), forwarded=is_forward)


def _older_mail(lines: list[str], *, letter_ok: bool) -> tuple[int, str]:
    """Where an older mail begins that is not marked line by line, and how: `forward`, `original`, or nothing."""
    labels = [_LABEL.match(line) if ":" in line[:40] or "：" in line[:40] else None for line in lines]
    is_top = True
    for at, line in enumerate(lines):
        if not line or _QUOTE.match(line):
            continue
        if _FORWARDED.match(line):
            return at, "forward"
        if _ORIGINAL.match(line):
            return at, "original"
        label = labels[at]
        near = labels[at : at + _BLOCK_REACH]
        if label and _FROM.fullmatch(label[1]) and _is_header(near, is_letter=letter_ok and is_top):
            return at, "original"
        is_top = False
    return len(lines), ""


def _is_header(near: list[re.Match[str] | None], *, is_letter: bool) -> bool:
    """Whether labels of a mail's header stand here. A letter's own head has From, To and Date too, but at the top."""
    labels = [match for match in near if match]
    if len({match[1].lower() for match in labels}) < _BLOCK_LABELS:
        return False
    told = " ".join(match[2] for match in labels)
    is_sent = any(_SENT.fullmatch(match[1]) for match in labels) and bool(_TIME.search(told))
    return is_sent if is_letter else is_sent or bool(_ADDRESS.search(told)) or len(labels) > _BLOCK_LABELS


def _without_quotes(lines: list[str], *, below: bool) -> list[str]:
    """The lines of the person: quotes and what introduces them left out, each stretch without its signature."""
    kept: list[str] = []
    stretch: list[str] = []
    at = 0
    while at < len(lines):
        if _QUOTE.match(lines[at]):
            kept += _signed_off(stretch)
            stretch = []
            at += 1
            continue
        size, is_last = _attribution(lines, at)
        if is_last:
            break
        if not size:
            stretch.append(lines[at])
        at += size or 1
    return kept + _signed_off(stretch)


def _attribution(lines: list[str], at: int) -> tuple[int, bool]:
    """How many lines here introduce a quote ("On Monday ... wrote:"), and whether all below them is old.

    A client that marks no line of the quote leaves only the time and the address in this line to know it by.
    """
    if not lines[at].strip():
        return 0, False
    for size in range(1, _WINDOW + 1):
        window = lines[at : at + size]
        if len(window) < size or not window[-1].strip() or _QUOTE.match(window[-1]):
            return 0, False
        told = " ".join(window)
        if len(told) > _LONGEST:
            return 0, False
        if not told.rstrip(" *_").endswith((":", "：")) and not (size == 1 and told.rstrip().endswith("---")):
            continue
        if size > 1 and not _BEGINS.match(window[0]):
            return 0, False
        return _judged(told, size, _next(lines, at + size))
    return 0, False


def _judged(told: str, size: int, after: str) -> tuple[int, bool]:
    is_dated = bool(_TIME.search(told)) or bool(_ADDRESS.search(told))
    has_verb = bool(_WROTE.search(told))
    if _QUOTE.match(after):
        return (size if is_dated or (has_verb and any(c.isdigit() for c in told)) else 0), False
    return 0, has_verb and is_dated and bool(_BEGINS.match(told) or _ADDRESS.search(told))


def _next(lines: list[str], at: int) -> str:
    return next((line for line in lines[at : at + 6] if line.strip()), "")


_DASHES = re.compile(r"\s*--\s*$")
_NAMES = r"(?:[\s,.!]+(?:and|en|und|et|/|&|(?-i:[A-ZÀ-Þ])[\w.'’-]*)){0,6}"
_CLOSING = re.compile(rf"\s*[*_]*(?:{words.CLOSINGS})(?!\w){_NAMES}[\s,.!*_~:)-]*$", re.IGNORECASE)
_AFTERTHOUGHT = re.compile(r"\s*(?:p\.?\s?s\.?|n\.?b\.?)[\s:,.]", re.IGNORECASE)
_SENT_FROM = re.compile(rf"\s*(?:{words.SENT_FROM})[^\n]{{0,80}}$", re.IGNORECASE)
_SMALL_PRINT = re.compile(words.SMALL_PRINT, re.IGNORECASE)
_MINE = re.compile(words.MINE, re.IGNORECASE)
_PROSE: Final = 4  # words of a sentence below a closing line


def _signed_off(stretch: list[str]) -> list[str]:
    """A stretch of the person's own lines without signature, small print and the lines clients add."""
    own = [line for line in _without_small_print(stretch) if not _SENT_FROM.match(line)]
    end = next((at for at, line in enumerate(own) if _DASHES.match(line) or _CLOSING.match(line)), len(own))
    return own[:end] + _afterthoughts(own[end:])


def _afterthoughts(lines: list[str]) -> list[str]:
    """What is said below the closing line: a P.S., or sentences in the first person, which no signature has."""
    kept: list[str] = []
    is_ps = False
    for line in lines:
        is_ps = (is_ps and bool(line.strip())) or bool(_AFTERTHOUGHT.match(line))
        is_prose = len(line.split()) >= _PROSE and _MINE.search(line) and not _CLOSING.match(line)
        if is_ps or is_prose:
            kept.append(line)
    return ["", *kept] if kept else []


def _without_small_print(lines: list[str]) -> list[str]:
    """Paragraphs are left out from their first line of small print on; a line in the first person is none."""
    kept: list[str] = []
    in_print = False
    for line in lines:
        is_print = bool(_SMALL_PRINT.search(line)) and not _MINE.search(line)
        in_print = bool(line.strip()) and (in_print or is_print)
        if not in_print:
            kept.append(line)
    return kept
