"""Slack's mrkdwn as escaped HTML: the small subset that cards use (bold, italic, strike, code, quote, links, mentions).

Promise: nothing of the text reaches the page unescaped, and only http, https and mailto links become links; a mention
or a `<!channel>` that got into a text is shown as what it would do. Limits: no lists, no nesting beyond one level, a
dozen emoji names. Pure.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

EMOJI = {
    "warning": "⚠️",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "no_entry": "⛔",
    "hourglass_flowing_sand": "⏳",
    "lock": "🔒",
    "eyes": "👀",
    "rotating_light": "🚨",
    "bell": "🔔",
    "calendar": "📅",
    "information_source": "ℹ️",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "red_circle": "🔴",
    "wave": "👋",
}
_DATE_FORMS = {
    "{date_num}": "%Y-%m-%d",
    "{date}": "%-d %B %Y",
    "{date_short}": "%-d %b %Y",
    "{date_long}": "%A %-d %B %Y",
    "{date_pretty}": "%-d %B %Y",
    "{date_short_pretty}": "%-d %b %Y",
    "{date_long_pretty}": "%A %-d %B %Y",
    "{time}": "%H:%M",
    "{time_secs}": "%H:%M:%S",
}
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_TOKEN = re.compile(r"<([^<>\n]+)>")
_SHORTCODE = re.compile(r":([a-z0-9_+-]+):")
_QUOTE = re.compile(r"(?m)^&gt; ?(.*)$")
_LINK = re.compile(r"(?:https?://|mailto:)\S+")
_HELD = re.compile("\x00(\\d+)\x00")
_MARKS = [
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), "b"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), "i"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), "s"),
]


def unescaped(text: str) -> str:
    """Undo the three entities an app must write (reference/surfaces/formatting: & < >)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str) -> Markup:
    """Return a plain_text object's text: emoji names become emoji, line breaks stay."""
    return _lines(_emoji(str(escape(text))))


def mrkdwn(text: str, *, people: Mapping[str, str], zone: ZoneInfo) -> Markup:
    """Return an mrkdwn object's text as HTML. `people` maps ids to handles, dates are shown in `zone`."""
    held: list[str] = []

    def hold(html: str) -> str:
        held.append(html)
        return f"\x00{len(held) - 1}\x00"

    rest = _CODE.sub(lambda found: hold(_code(found)), text.replace("\x00", ""))
    rest = _TOKEN.sub(lambda found: hold(_token(found[1], people, zone)), rest)
    html = _emoji(_marked(str(escape(unescaped(rest)))))
    return Markup(_restore(_lines(html), held))  # noqa: S704  every part was escaped above


def _restore(html: str, held: list[str]) -> str:
    return _HELD.sub(lambda found: held[int(found[1])], html)


def _code(found: re.Match[str]) -> str:
    tag, inside = ("pre", found[1].strip("\n")) if found[1] else ("code", found[2])
    return f"<{tag}>{escape(unescaped(inside))}</{tag}>"


def _marked(html: str) -> str:
    for pattern, tag in _MARKS:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    return _QUOTE.sub(r"<blockquote>\1</blockquote>", html)


def _emoji(html: str) -> str:
    return _SHORTCODE.sub(lambda found: EMOJI.get(found[1], found[0]), html)


def _lines(html: str) -> Markup:
    return Markup(html.replace("</blockquote>\n", "</blockquote>").replace("\n", "<br>"))  # noqa: S704  escaped by the caller


def _token(inside: str, people: Mapping[str, str], zone: ZoneInfo) -> str:
    """Return what stood between < and >: a mention, a date or a link; anything else as it was written."""
    body, _, label = inside.partition("|")
    if body.startswith("@"):
        return _mention("@" + people.get(body[1:], body[1:]))
    if body.startswith("#"):
        return _mention("#" + (label or body[1:]))
    if body.startswith("!date^"):
        return str(escape(_date(body, label, zone)))
    if body.startswith("!"):
        return _mention("@" + body[1:].partition("^")[0])
    return _link(unescaped(body), unescaped(label)) or str(escape(f"<{unescaped(inside)}>"))


def _mention(words: str) -> str:
    return f'<span class="mention">{escape(words)}</span>'


def _link(address: str, label: str) -> str:
    if not _LINK.fullmatch(address):
        return ""
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{escape(label or address)}</a>'


def _date(body: str, fallback: str, zone: ZoneInfo) -> str:
    """Return a `<!date^seconds^form>` in the colleague's zone; the fallback where it can't be read."""
    parts = body.split("^")
    try:
        at = datetime.fromtimestamp(int(parts[1]), UTC).astimezone(zone)
        words = parts[2]
    except (IndexError, ValueError, OverflowError, OSError):
        return fallback or body
    for token, form in _DATE_FORMS.items():
        words = words.replace(token, at.strftime(form))
    return words
