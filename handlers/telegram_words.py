"""A line of the desk as Telegram takes it: HTML, pieces that fit, and the rows of its buttons.

Promise: whatever a text holds, Telegram reads no tag but ours (bold) in it; a long text is cut between paragraphs,
else lines, else words, and every piece fits. An address is shown as itself and never hides behind a label, because
words of other people stand in texts too. Limits: pure; it knows the chat's marks (**bold**, "- " lines) and no other.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlsplit

TEXT_MOST: Final = 4096
"""UTF-16 units of one message (core.telegram.org/bots/api, sendMessage: characters after entities parsing)."""
NOTICE_MOST: Final = 200
"""Characters of the small note over the chat after a press (answerCallbackQuery)."""
SHORT_LABEL: Final = 18
"""Two labels of at most so many characters stand side by side on the narrowest phones; others get their own row."""

_BOLD: Final = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
_CUTS: Final = ("\n\n", "\n", " ")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True)
class Key:
    """One button under a message: its words, and either opaque `data` that comes back or a `url` that opens."""

    label: str
    data: str = ""
    url: str = ""


Rows = tuple[tuple[Key, ...], ...]


def html(text: str) -> str:
    """The text as Telegram's HTML: everything escaped, **words** bold, list lines with a bullet."""
    bulleted = re.sub(r"(?m)^- ", "• ", text)
    return _BOLD.sub(r"<b>\1</b>", escape(bulleted, quote=True))


def bare(text: str) -> str:
    """The same words without any mark-up: for the day Telegram cannot read ours."""
    return _BOLD.sub(r"\1", re.sub(r"(?m)^- ", "• ", text))


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, most: int = TEXT_MOST) -> tuple[str, ...]:
    """The text in pieces of at most `most` UTF-16 units each, none of them blank."""
    rest, found = text.strip(), []
    while units(rest) > most:
        head = _fitting(rest, most)
        found.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return tuple(piece for piece in (*found, rest) if piece.strip())


def _fitting(text: str, most: int) -> str:
    """The longest beginning that fits and ends well; a single endless word is cut anywhere."""
    head = text.encode("utf-16-le", "surrogatepass")[: most * 2].decode("utf-16-le", "ignore")
    for cut in _CUTS:
        at = head.rfind(cut)
        if at > len(head) // 2:  # a cut too early would leave a crumb and a full page behind it
            return head[:at]
    return head


def may_link(href: str) -> bool:
    """Whether an address may stand on a button: https, or this very machine (a demo); nothing else opens from here."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    host = parts.hostname or ""
    return (parts.scheme == "https" and "." in host) or (parts.scheme == "http" and host in _LOOPBACK)


def rows(keys: Iterable[Key]) -> Rows:
    """The buttons in rows: short ones in pairs, a long one alone."""
    found: list[tuple[Key, ...]] = []
    for key in keys:
        is_short = len(key.label) <= SHORT_LABEL
        if is_short and found and len(found[-1]) == 1 and len(found[-1][0].label) <= SHORT_LABEL:
            found[-1] = (*found[-1], key)
        else:
            found.append((key,))
    return tuple(found)


def links_only(buttons: Rows) -> Rows:
    """What stays of a row when its question was answered: its links keep working, its choices are gone."""
    kept = (tuple(key for key in row if key.url) for row in buttons)
    return tuple(row for row in kept if row)
