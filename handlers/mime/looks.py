"""What a style hides: whether a reader of a mail's HTML sees what stands in an element.

Promise: the ways newsletters and tricksters hide text are known: no display, no size, no opacity, out of the window,
the colour of the ground. Limits: rules in a style sheet count only as `.name { display: none }` outside media rules;
other sheets are not read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

_SPACE = re.compile(r"\s+")
_GONE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|mso-hide:all|max-height:0(?:px|em|pt)?(?:;|!|$)|"
    r"(?<![\w-])opacity:0?(?:\.0+)?(?:;|!|$)|text-indent:-\d{3,}|(?<![\w-])(?:left|top|margin-left):-\d{3,}|"
    r"clip:rect\(0|(?<![\w-])color:transparent"
)
_NO_ROOM = re.compile(r"(?<![\w-])(?:height|width):0(?:px|em|pt|%)?(?:;|!|$)")
_TINY = re.compile(r"font-size:(?:0|1(?:px|pt)?)(?:\.\d+)?(?:px|pt|em|rem|%)?(?:;|!|$)")
_SIZE = re.compile(r"font-size:")
_FG = re.compile(r"(?<![\w-])color:([^;!]{1,60})")
_BG = re.compile(r"background(?:-color)?:([^;!]{1,200})")
_RGB = re.compile(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})(?:,([\d.]+))?\)")
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\b")
_HIDING_RULE = re.compile(r"\.([\w-]{1,80})\s*\{[^{}]{0,500}?display\s*:\s*none")
_NAMED: Final = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250), "red": (255, 0, 0)}
_NEAR: Final = 10  # steps of 255 between two colours nobody can tell apart
Colour = tuple[int, int, int]
WHITE: Final = (255, 255, 255)


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the text at a place looks: gone for good, too small, and its two colours (None: not known)."""

    gone: bool = False
    tiny: bool = False
    ink: Colour | None = None
    ground: Colour | None = WHITE

    @property
    def hidden(self) -> bool:
        """Whether nobody sees the text."""
        return self.gone or self.tiny or _same(self.ink, self.ground)


def hiding_classes(sheet: str) -> frozenset[str]:
    """Takes a style sheet; returns the classes it hides on every screen."""
    return frozenset(_HIDING_RULE.findall(sheet.partition("@media")[0].lower()[:50_000]))


def seen(look: Look, tag: str, attrs: Mapping[str, str], hiding: frozenset[str]) -> Look:
    """Takes the look around an element, the element and the hiding classes; returns the look inside it."""
    if not attrs:
        return look
    style = _SPACE.sub("", attrs.get("style", "").lower())
    gone = look.gone or "hidden" in attrs or (bool(hiding) and not hiding.isdisjoint(attrs.get("class", "").split()))
    inside = replace(look, gone=gone or _is_gone(style))
    if _SIZE.search(style):
        inside = replace(inside, tiny=bool(_TINY.search(style)))
    return _coloured(inside, tag, attrs, style)


def _is_gone(style: str) -> bool:
    return bool(_GONE.search(style)) or ("overflow:hidden" in style and bool(_NO_ROOM.search(style)))


def _coloured(look: Look, tag: str, attrs: Mapping[str, str], style: str) -> Look:
    ink = _FG.search(style)
    ground = _BG.search(style)
    told_ink = ink[1] if ink else attrs.get("color", "") if tag == "font" else attrs.get("text", "")
    told_ground = ground[1] if ground else attrs.get("bgcolor", "")
    if told_ink and told_ink not in {"inherit", "initial"}:
        look = replace(look, ink=_colour(told_ink))
    if "url(" in told_ground or "gradient" in told_ground or "background" in attrs:
        return replace(look, ground=None)
    if told_ground and told_ground not in {"transparent", "none", "inherit", "initial"}:
        look = replace(look, ground=_colour(told_ground))
    return look


def _colour(told: str) -> Colour | None:
    text = told.strip().lower()
    if match := _HEX.search(text):
        digits = match[1] if len(match[1]) == 6 else "".join(c * 2 for c in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _RGB.search(text):
        return None if match[4] and float("0" + match[4].partition(".")[2]) else _rgb(match)
    return _NAMED.get(text)


def _rgb(match: re.Match[str]) -> Colour:
    return int(match[1]), int(match[2]), int(match[3])


def _same(one: Colour | None, other: Colour | None) -> bool:
    return one is not None and other is not None and all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))
