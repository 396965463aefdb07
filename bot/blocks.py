"""The small block format our letters and bubbles are written in: paragraphs, headings, lists, facts, a code, links.

Promise: one rendered template becomes chat text, a mail's text part and the pieces of its HTML part, with the same
words in the same order. A value that went through `shield` comes out as it was typed: no mark in it is ever read.
Limits: pure text; it escapes nothing (the HTML layout does) and knows no language. Links are http, https or mailto,
anything else is shown as text.
"""

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 76  # characters a line in the text part; quoted once or twice it still fits the customary 80
MARKS: Final = "*[]()#=!:|>-\n"
_HIDDEN: Final = {ord(mark): 0xE000 + place for place, mark in enumerate(MARKS)}  # private use: nobody's letters
_SHOWN: Final = {hidden: chr(mark) for mark, hidden in _HIDDEN.items()}
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INLINE = re.compile(r"\*\*(?P<strong>.+?)\*\*|\[(?P<label>[^\]]+)\]\((?P<href>[^)\s]+)\)")
_HREF = re.compile(r"(?:https?://|mailto:)[^\s\"<>]+", re.IGNORECASE)
_KINDS: Final = {"## ": "heading", "- ": "item", "! ": "code", "=> ": "button", ": ": "fact"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """A stretch of text within a block: plain, strong, or a link."""

    text: str
    strong: bool = False
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One paragraph, heading, list item, code, button or fact; a fact has its name in `label`."""

    kind: str
    runs: tuple[Run, ...]
    label: str = ""

    @property
    def text(self) -> str:
        """The words without marks; a link is its label."""
        return "".join(run.text for run in self.runs)


def tame(text: str) -> str:
    """The text without control characters (line breaks and tabs stay), lone surrogates and direction overrides."""
    if text.isprintable():  # nearly always, and thirty times faster than looking at each character
        return text
    return "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or not _is_control(c))


def _is_control(character: str) -> bool:
    return character in _BIDI or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def shield(text: str) -> str:
    """A value made safe to stand in a template: its marks and line breaks are hidden until the blocks are read."""
    free = tame(text)
    if not free.isprintable():  # private-use letters are not, and ours must not come from outside
        free = "".join(c for c in free if ord(c) not in _SHOWN)
    return free.strip().translate(_HIDDEN)


def unshield(text: str) -> str:
    """The value as it was typed."""
    return text.translate(_SHOWN)


def parse(rendered: str) -> tuple[Block, ...]:
    """Takes a rendered template; returns its blocks. Blank lines part paragraphs, a single line break is a space."""
    blocks: list[Block] = []
    waiting: list[str] = []
    for line in [*rendered.split("\n"), ""]:
        words = " ".join(line.split())
        mark = next((mark for mark in _KINDS if words.startswith(mark)), None)
        if words and mark is None:
            waiting.append(words)
            continue
        if waiting:
            blocks.append(Block(kind="paragraph", runs=_runs(" ".join(waiting))))
            waiting = []
        if mark is not None:
            blocks.append(_marked(_KINDS[mark], words.removeprefix(mark)))
    return tuple(blocks)


def _marked(kind: str, words: str) -> Block:
    if kind != "fact":
        return Block(kind=kind, runs=_runs(words))
    label, _, value = words.partition("|")
    return Block(kind=kind, runs=_runs(value.strip()), label=unshield(label.strip()))


def _runs(words: str) -> tuple[Run, ...]:
    runs: list[Run] = []
    done = 0
    for match in _INLINE.finditer(words):
        runs.append(Run(text=unshield(words[done : match.start()])))
        runs.append(_run(match))
        done = match.end()
    runs.append(Run(text=unshield(words[done:])))
    return tuple(run for run in runs if run.text)


def _run(match: re.Match[str]) -> Run:
    if match["strong"]:
        return Run(text=unshield(match["strong"]), strong=True)
    label, href = unshield(match["label"]), unshield(match["href"])
    return Run(text=label, href=href) if _HREF.fullmatch(href) else Run(text=f"{label} ({href})")


def chat_text(blocks: Iterable[Block]) -> str:
    """The bubble's text: paragraphs, `- ` lines and **strong** words, which is all the chat window draws."""
    return _joined(blocks, _chat_block)


def plain_text(blocks: Iterable[Block]) -> str:
    """The text part of a mail, wrapped at WIDTH characters; long words and addresses are left whole."""
    return _joined(blocks, _plain_block)


def _joined(blocks: Iterable[Block], draw: Callable[[Block], str]) -> str:
    text = ""
    before = ""
    for block in blocks:
        gap = "\n" if block.kind == before and block.kind in {"item", "fact"} else "\n\n"
        text += (gap if text else "") + draw(block)
        before = block.kind
    return text


def _chat_block(block: Block) -> str:
    words = "".join(f"**{run.text}**" if run.strong else run.text for run in block.runs)
    return f"- {words}" if block.kind == "item" else words


def _plain_block(block: Block) -> str:
    words = "".join(_plain_run(run) for run in block.runs)
    if block.kind == "item":
        return _wrapped(words, first="- ", rest="  ")
    if block.kind == "fact":
        return _wrapped(words, first=f"{block.label}: ", rest="  ")
    if block.kind == "button":
        return "\n".join(f"{run.text}:\n{run.href or run.text}" for run in block.runs)
    if block.kind == "code":
        return f"    {words}"
    return _wrapped(words.upper() if block.kind == "heading" else words)


def _plain_run(run: Run) -> str:
    address = run.href.removeprefix("mailto:")
    return f"{run.text} <{run.href}>" if run.href and address != run.text else run.text


def _wrapped(words: str, first: str = "", rest: str = "") -> str:
    lines: list[str] = []
    for line in words.split("\n"):
        lead = rest if lines else first
        lines.append(
            textwrap.fill(
                line, WIDTH, initial_indent=lead, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
            )
        )
    return "\n".join(lines)
