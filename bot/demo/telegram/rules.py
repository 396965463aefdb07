"""What the Bot API refuses in a message: length, HTML it cannot parse, keyboards and buttons out of bounds.

Promise: each refusal in Telegram's own words (they are what libraries and logs show), each figure from the Bot API's
documentation (core.telegram.org/bots/api). Limits: the tags of Telegram's HTML without custom emoji. Pure.
"""

import json
import re
from html import unescape
from typing import Any, Final
from urllib.parse import urlsplit

from bot.demo.telegram.model import Json, bad

TEXT_MOST: Final = 4096
DATA_MOST: Final = 64
NOTICE_MOST: Final = 200
KEYS_MOST: Final = 100
COMMANDS_MOST: Final = 100
TAGS: Final = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "blockquote", "tg-spoiler", "span"}
)
_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z0-9-]*)(?P<rest>[^<>]*)>|<")
_NAMED: Final = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")


def units(text: str) -> int:
    """UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(html: str) -> str:
    """The words of an HTML text; raises RefusedError for what Telegram cannot parse."""
    open_tags: list[str] = []
    words, done = "", 0
    for found in _TAG.finditer(html):
        words += html[done : found.start()]
        done = found.end()
        _tag(found, len(html[: found.start()].encode()), open_tags)
    if open_tags:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1]}\"")
    return unescape(words + html[done:])


def _tag(found: re.Match[str], at: int, open_tags: list[str]) -> None:
    name = (found["name"] or "").lower()
    if name not in TAGS:
        raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {at}')
    if not found["end"]:
        open_tags.append(name)
    elif not open_tags or open_tags.pop() != name:
        raise bad(f"can't parse entities: Unexpected end tag at byte offset {at}")


def text_of(text: str, parse_mode: str) -> str:
    """The words that will be seen; raises RefusedError for an empty, too long or unreadable text."""
    if parse_mode not in {"", "HTML"}:
        raise bad("unsupported parse_mode")
    shown = plain(text) if parse_mode == "HTML" else text
    if not shown.strip():
        raise bad("message text is empty")
    if units(shown) > TEXT_MOST:
        raise bad("message is too long")
    return shown.strip()


def keyboard(raw: str) -> list[list[Json]]:
    """The rows of an inline keyboard; raises RefusedError for anything else."""
    try:
        given = json.loads(raw) if raw else {}
    except ValueError:
        raise bad("can't parse reply keyboard markup JSON object") from None
    rows = given.get("inline_keyboard", []) if isinstance(given, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("object expected as reply markup")
    for key in (key for row in rows for key in row):
        _key(key)
    if sum(len(row) for row in rows) > KEYS_MOST:
        raise bad("reply markup is too long")
    return rows


def _key(key: Any) -> None:
    if not isinstance(key, dict) or not str(key.get("text", "")).strip():
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    data, url = key.get("callback_data"), key.get("url")
    if data is None and url is None:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if data is not None and not 0 < len(str(data).encode()) <= DATA_MOST:
        raise bad("BUTTON_DATA_INVALID")
    if url is not None:
        _address(str(url))


def _address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "tg"}:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if "." not in (parts.hostname or ""):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def secret_of(raw: str) -> str:
    """A webhook's secret token; raises RefusedError for characters Telegram does not take."""
    if raw and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", raw):
        raise bad("secret token contains unallowed characters")
    return raw


def webhook_address(url: str) -> str:
    """A webhook's address: https, or http on this machine, where the stand-in is milder than Telegram."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname == "127.0.0.1"):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    return url


def commands(raw: str) -> list[Json]:
    """A list of commands; raises RefusedError for names and descriptions out of bounds."""
    try:
        given = json.loads(raw or "[]")
    except ValueError:
        given = None
    if not isinstance(given, list) or len(given) > COMMANDS_MOST:
        raise bad("can't parse commands JSON array")
    for one in given:
        name, words = str(one.get("command", "")), str(one.get("description", ""))
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name) or not 1 <= len(words) <= 256:
            raise bad("BOT_COMMAND_INVALID")
    return given
