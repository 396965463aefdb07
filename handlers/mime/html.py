"""HTML of a mail to text: what the writer sees as their own words, and everything there is.

Promise: one pass, linear for any input (a parser that builds a tree takes a hundred times longer, and html.parser is
quadratic on unclosed tags); quotes become a line `>`, Outlook's line above an older mail becomes a marker, so that
handlers/mime/quotes.py folds HTML and plain text alike. Limits: tables become lines; pictures say nothing.
"""

import html as entities
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from handlers.mime.looks import Look, hiding_classes, seen

ORIGINAL: Final = "-----Original Message-----"
OWN, SIGNATURE, INDENTED, QUOTED, HIDDEN = range(5)
_BREAK, _BLOCK, _PARAGRAPH, _CELL, _MARK = range(5)

_NAME = re.compile(r"(/?)([a-zA-Z][^\s/>]{0,40})")
_REST = re.compile(r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*+>")
_ATTR = re.compile(r"([a-zA-Z_:][\w:.-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_SPACES = re.compile(r"\s+")
_VOID: Final = re.compile(r"br|hr|img|meta|input|link|col|area|base|wbr|source|embed|param|track")
_SILENT: Final = re.compile(r"style|script|title|template|noscript|object|svg|math|select")
_PARAGRAPHS: Final = re.compile(r"p|h[1-6]|[uod]l|table|blockquote|pre")
_BLOCKS: Final = re.compile(
    r"div|tr|li|d[dt]|section|article|header|footer|main|center|form|fieldset|address|hr|t?body|thead|html"
)
_CLOSED_BY_ITS_LIKE: Final = frozenset(["p", "li", "td", "tr", "th", "option", "dt", "dd"])
_ORIGINAL_PLACES = re.compile(
    r"(?:^|\s)(?:x_)*(?:divrplyfwdmsg|outlookmessageheader|mail-editor-reference-message-container|"
    r"ms-outlook-mobile-reference-message|yahoo_quoted\w*|moz-cite-prefix-none|zmail_extra\w*)(?:\s|$)"
)
_SIGNATURE_PLACES = re.compile(
    r"(?:^|\s)(?:gmail_signature|moz-signature|protonmail_signature_block\S*|signature|applemailsignature|"
    r"ms-outlook-mobile-signature|elementtoproof-signature|gmail_signature_prefix)(?:\s|$)"
)
_CITED_PLACES = re.compile(r"(?:^|\s)(?:gmail_quote|protonmail_quote|moz-cite-prefix|quote)(?:\s|$)")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An HTML body as text: the person's own words with marks for quotes, everything, and whether text was hidden."""

    own: str
    whole: str
    hidden: bool


@dataclass(frozen=True, kw_only=True)
class _Place:
    """An open element: its name, whose words it holds and how they look."""

    tag: str
    level: int
    look: Look


@dataclass(kw_only=True)
class _Sheet:
    """What was met so far: pieces of text and breaks, each with the level it stands on."""

    pieces: list[tuple[int, int | str]] = field(default_factory=list)
    open: list[_Place] = field(default_factory=lambda: [_Place(tag="", level=OWN, look=Look())])
    count: Counter[str] = field(default_factory=Counter)
    silent: str = ""
    hiding: frozenset[str] = frozenset()

    def add(self, piece: int | str) -> None:
        """Put a piece where the writer is."""
        place = self.open[-1]
        level = HIDDEN if isinstance(piece, str) and place.look.hidden else place.level
        self.pieces.append((level, piece))


def seen_text(source: str) -> Seen:
    """Takes HTML; returns its text. Never raises."""
    sheet = _Sheet(hiding=hiding_classes(_style(source)))
    first, *chunks = _without_comments(source).split("<")
    _text(sheet, first)
    for chunk in chunks:
        _chunk(sheet, chunk)
    pieces = sheet.pieces
    own = next((text for level in (OWN, SIGNATURE, INDENTED) if _says(text := _render(pieces, level))), "")
    whole = _render(pieces, HIDDEN)
    hidden = any(level == HIDDEN and isinstance(piece, str) and _says(piece) for level, piece in pieces)
    return Seen(own=own, whole=whole, hidden=hidden)


def _style(source: str) -> str:
    start = source.find("<style")
    return source[start : source.find("</style", start)] if start >= 0 else ""


def _says(text: str) -> bool:
    return any(c.isalnum() for c in text.replace(ORIGINAL, ""))


def _without_comments(source: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := source.find("<!--", at)) >= 0:
        kept.append(source[at:start])
        stop = source.find("-->", start + 4)
        if stop < 0:
            return "".join(kept)
        at = stop + 3
    return "".join((*kept, source[at:]))


def _chunk(sheet: _Sheet, chunk: str) -> None:
    """What follows one `<`: a tag and the text behind it, or a stray sign."""
    match = _NAME.match(chunk)
    if match is None:
        if chunk[:1] in {"!", "?", "/"}:
            _text(sheet, chunk.partition(">")[2])
        else:
            _text(sheet, "<" + chunk)
        return
    rest = _REST.match(chunk, match.end())
    stop = rest.end() - 1 if rest else chunk.find(">", match.end())
    stop = stop if stop >= 0 else len(chunk)
    tag = match[2].lower()
    if match[1]:
        _close(sheet, tag)
    elif not sheet.silent:
        _open(sheet, tag, chunk[match.end() : stop])
    _text(sheet, chunk[stop + 1 :])


def _text(sheet: _Sheet, text: str) -> None:
    if text and not sheet.silent:
        kept = text if sheet.count["pre"] else _SPACES.sub(" ", text)
        sheet.add(entities.unescape(kept))


def _open(sheet: _Sheet, tag: str, written: str) -> None:
    if _SILENT.fullmatch(tag):
        sheet.silent = "" if written.endswith("/") else tag
        return
    attrs = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTR.finditer(written[:20_000])}
    if tag in _CLOSED_BY_ITS_LIKE and sheet.open[-1].tag == tag:
        _close(sheet, tag)
    _breaks(sheet, tag, attrs)
    if _VOID.fullmatch(tag):
        return
    around = sheet.open[-1]
    places = f"{attrs.get('class', '')} {attrs.get('id', '')} {attrs.get('name', '')}".lower()
    if _ORIGINAL_PLACES.search(places):
        sheet.add(_MARK)
    level = max(around.level, _level(tag, attrs, places))
    sheet.open.append(_Place(tag=tag, level=level, look=seen(around.look, tag, attrs, sheet.hiding)))
    sheet.count[tag] += 1


def _level(tag: str, attrs: Mapping[str, str], places: str) -> int:
    """Whose words an element holds: quotes by what clients mark them with, signatures likewise."""
    if tag == "blockquote":
        is_cited = attrs.get("type", "").lower() == "cite" or _CITED_PLACES.search(places)
        return QUOTED if is_cited else INDENTED
    if _SIGNATURE_PLACES.search(places):
        return SIGNATURE
    if attrs.get("name", "").lower() == "quote" or "moz-cite-prefix" in places:
        return QUOTED
    return OWN


def _breaks(sheet: _Sheet, tag: str, attrs: Mapping[str, str]) -> None:
    if tag == "br":
        sheet.add(_BREAK)
    elif _PARAGRAPHS.fullmatch(tag):
        is_line = "mso" in attrs.get("class", "").lower() or tag == "table"
        sheet.add(_BLOCK if is_line else _PARAGRAPH)
    elif _BLOCKS.fullmatch(tag):
        sheet.add(_BLOCK)
    elif tag in {"td", "th"}:
        sheet.add(_CELL)


def _close(sheet: _Sheet, tag: str) -> None:
    if sheet.silent:
        sheet.silent = "" if sheet.silent == tag else sheet.silent
        return
    if not sheet.count[tag]:
        return
    while len(sheet.open) > 1:
        place = sheet.open.pop()
        sheet.count[place.tag] -= 1
        if place.tag == tag:
            break
    if _PARAGRAPHS.fullmatch(tag) or _BLOCKS.fullmatch(tag):
        sheet.add(_BLOCK)


def _render(pieces: list[tuple[int, int | str]], level: int) -> str:
    """The text up to a level; where something quoted was left out stands a line `>`."""
    return "".join(_rendered(pieces, level))


def _rendered(pieces: list[tuple[int, int | str]], level: int) -> Iterator[str]:
    ended = 2  # line ends written last
    left_out = False
    for at, piece in pieces:
        if at > level:
            left_out = left_out or at in {INDENTED, QUOTED}
            continue
        if left_out:
            yield "\n>\n"
            left_out, ended = False, 1
        if isinstance(piece, str):
            yield piece.lstrip(" ") if ended else piece
            ended = ended if not piece.strip() else 0
        else:
            told = _break(piece, ended, marks=level < HIDDEN)
            ended = ended + told.count("\n") if told.strip() == "" else 1
            yield told
    if left_out:
        yield "\n>\n"


def _break(piece: int, ended: int, *, marks: bool) -> str:
    if piece == _BREAK:
        return "\n"
    if piece == _BLOCK:
        return "" if ended else "\n"
    if piece == _PARAGRAPH:
        return "\n" * max(0, 2 - ended)
    if piece == _MARK:
        return f"\n{ORIGINAL}\n" if marks else ""
    return "" if ended else " "
