"""Small Block Kit pieces that always fit: every text is made safe and cut to Slack's limit where it is built.

Promise: whatever string goes in, the piece is within the limits of docs.slack.dev (block-kit reference), is never empty
where Slack wants words, and cannot mention, link or ping: `&`, `<` and `>` are written as entities in mrkdwn, and plain
text is never parsed. Only `Marked` text, made here of ids and our own words, carries marks. Limits: only the pieces
this desk uses; dates are local (Europe/Amsterdam) and in English.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from bot.core.deadlines import AMSTERDAM

Json = dict[str, Any]

# Figures of docs.slack.dev, reference/block-kit and reference/views.
HEADER: Final = 150
SECTION: Final = 3000
FIELD: Final = 2000
FIELDS: Final = 10
CONTEXT: Final = 2000
BUTTON: Final = 75
OPTION: Final = 75
TITLE: Final = 24
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
HOME_BLOCKS: Final = 100
MESSAGE_TEXT: Final = 3000  # Slack takes 40,000; a notification shows far less
LETTER_PARTS: Final = 12  # sections of one letter's preview; a letter of 34,000 letters is no letter

_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Marked(str):
    """Text that is mrkdwn already: its values went through `safe`, its marks are ours."""

    __slots__ = ()


def tame(text: str) -> str:
    """The text on one line, without control characters, lone surrogates and direction overrides."""
    kept = (" " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or not _is_hidden(c))
    return " ".join("".join(kept).split())


def _is_hidden(character: str) -> bool:
    return character in _BIDI or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def cut(text: str, most: int) -> str:
    """The text in at most `most` characters; what was cut shows as an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def safe(text: object) -> Marked:
    """Any value as mrkdwn that says just that: entities for the three signs, no marks (surfaces/formatting)."""
    plain_words = tame(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A zero-width space after a mark keeps Slack from reading it as bold, italic, strike or code.
    return Marked(re.sub(r"([*_~`])", "\\1\u200b", plain_words))


def whole(text: str, most: int) -> str:
    """mrkdwn in at most `most` characters, never cut inside an entity or a mention."""
    if len(text) <= most:
        return text
    short = text[: most - 1]
    short = re.sub(r"&[a-z]{0,3}$", "", short)
    open_mention = short.rfind("<")
    if open_mention > short.rfind(">"):
        short = short[:open_mention]
    return short.rstrip() + "…"


def mention(user: str) -> Marked:
    """A colleague by Slack id; anything that isn't an id comes back as plain words."""
    return Marked(f"<@{user}>") if _USER.fullmatch(user) else safe(user)


def plain(text: str, most: int) -> Json:
    """A plain_text object: not parsed by Slack, no emoji codes, at least one character."""
    return {"type": "plain_text", "text": cut(tame(text), most) or "–", "emoji": False}


def mrkdwn(text: str, most: int) -> Json:
    """A mrkdwn object; a string that isn't Marked is made safe first. `verbatim`: Slack links nothing by itself."""
    words = text if isinstance(text, Marked) else safe(text)
    return {"type": "mrkdwn", "text": whole(words, most) or "–", "verbatim": True}


def header(text: str) -> Json:
    """A header block."""
    return {"type": "header", "text": plain(text, HEADER)}


def section(text: str, **more: Any) -> Json:
    """A section with one text."""
    return {"type": "section", "text": mrkdwn(text, SECTION), **more}


def fields(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    """Sections of at most ten fields, each a bold name over its value; values that aren't Marked are made safe."""
    every = [mrkdwn(Marked(f"*{safe(name)}*\n{_marked(value)}"), FIELD) for name, value in pairs]
    return [{"type": "section", "fields": every[at : at + FIELDS]} for at in range(0, len(every), FIELDS)]


def _marked(value: str) -> str:
    return value if isinstance(value, Marked) else safe(value)


def context(*texts: str) -> Json:
    """A context block of one line per text, at most ten."""
    return {"type": "context", "elements": [mrkdwn(text, CONTEXT) for text in texts[:10]]}


def actions(block_id: str, elements: Sequence[Json]) -> list[Json]:
    """An actions block, or nothing where there is nothing to press."""
    return [{"type": "actions", "block_id": block_id, "elements": list(elements)}] if elements else []


def button(words: str, action_id: str, value: str, **more: Any) -> Json:
    """A button; its label says what happens."""
    return {"type": "button", "text": plain(words, BUTTON), "action_id": action_id, "value": value, **more}


def option(words: str, value: str) -> Json:
    """One choice of a list."""
    return {"text": plain(words, OPTION), "value": value}


def asks(title: str, text: str, yes: str, no: str, style: str) -> Json:
    """The question in front of a button (composition-objects/confirmation-dialog-object)."""
    return {
        "title": plain(title, CONFIRM_TITLE),
        "text": plain(text, CONFIRM_TEXT),
        "confirm": plain(yes, CONFIRM_BUTTON),
        "deny": plain(no, CONFIRM_BUTTON),
        "style": style,
    }


def entry(block_id: str, label: str, element: Json, hint: str = "", *, optional: bool = False) -> Json:
    """An input block whose element has the same id as the block, so that errors and values are found by one name."""
    block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    return block | ({"hint": plain(hint, 2000)} if hint else {}) | ({"optional": True} if optional else {})


def typed(block_id: str, most: int, initial: str = "") -> Json:
    """A field for several lines of at most `most` characters."""
    field: Json = {"type": "plain_text_input", "action_id": block_id, "multiline": True, "max_length": most}
    return field | ({"initial_value": initial} if initial else {})


def choice(block_id: str, options: Sequence[Json], initial: str = "") -> Json:
    """A list of which one is chosen."""
    chosen = [one for one in options if one["value"] == initial]
    field: Json = {"type": "static_select", "action_id": block_id, "options": list(options)}
    return field | ({"initial_option": chosen[0]} if chosen else {})


def letter(text: str) -> list[Json]:
    """A letter as plain text in as many sections as it needs; never parsed, line breaks kept."""
    parts = _parts(text.replace("\r\n", "\n"), SECTION - 100)
    shown = parts[:LETTER_PARTS]
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": part, "emoji": False}} for part in shown]
    return blocks if len(parts) <= LETTER_PARTS else [*blocks, context("The letter goes on; read it whole by mail.")]


def _parts(text: str, most: int) -> list[str]:
    """Cuts between paragraphs where it can, else between lines, else anywhere; no part is empty."""
    found: list[str] = []
    left = "".join(c for c in text if c == "\n" or not _is_hidden(c)).strip()
    while len(left) > most:
        at = max(left.rfind("\n\n", 0, most), 0) or max(left.rfind("\n", 0, most), 0) or most
        found.append(left[:at].rstrip() or "–")
        left = left[at:].lstrip("\n")
    return [*found, left or "–"]


# ---- dates, as cards write them


def day(when: date, now: datetime) -> str:
    """ "Wed 2 Dec", with the year where it isn't this one."""
    year = "" if when.year == now.astimezone(AMSTERDAM).year else f" {when.year}"
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}{year}"


def moment(when: datetime, now: datetime) -> str:
    """ "Mon 2 Nov 11:37" in local time; only the time on the same day."""
    local, today = when.astimezone(AMSTERDAM), now.astimezone(AMSTERDAM).date()
    return f"{local:%H:%M}" if local.date() == today else f"{day(local.date(), now)} {local:%H:%M}"


def instant(when: datetime, now: datetime) -> str:
    """Day and time, also for today: a decision keeps its date on a card that stands for years."""
    local = when.astimezone(AMSTERDAM)
    return f"{day(local.date(), now)} {local:%H:%M}"


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 row", "214 rows", "1,240 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
