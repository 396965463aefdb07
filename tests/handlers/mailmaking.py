"""Mails for tests: the corpus in its files, dressed in the shapes that clients give their mails."""

import base64
import quopri
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAILS: Final = Path(__file__).parent / "mails"
HEAD: Final = "From: Jan Tester <jan@example.org>\nTo: info@seleqt.ai\nMessage-ID: <t@example.org>\n"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One mail of the corpus: whether it is for the desk, the intent asked, its subject and what was written."""

    is_ours: bool
    intent: str
    subject: str
    body: str


def corpus() -> Iterator[Case]:
    """Every mail of the corpus, those for the desk first."""
    for head, body in _sections("ours.txt"):
        intent, _, subject = head.partition("|")
        yield Case(is_ours=True, intent=intent.strip(), subject=subject.strip(), body=body)
    for head, body in _sections("others.txt"):
        yield Case(is_ours=False, intent="other", subject=head, body=body)


def _sections(name: str) -> Iterator[tuple[str, str]]:
    for section in (MAILS / name).read_text("utf-8").split("=== ")[1:]:
        head, _, body = section.partition("\n")
        yield head.strip(), body.strip()


def dressed(case: Case, shape: int) -> bytes:
    """The mail in one of the shapes, by number."""
    return SHAPES[shape % len(SHAPES)](case)


def plain(text: str, *, head: str = "", subject: str = "x") -> bytes:
    """A plain mail in UTF-8 with more lines of head."""
    return f"{HEAD}Subject: {subject}\n{head}Content-Type: text/plain; charset=utf-8\n\n{text}".encode()


def html(source: str, *, head: str = "") -> bytes:
    """A mail of HTML alone."""
    return f"{HEAD}Subject: x\n{head}Content-Type: text/html; charset=utf-8\n\n{source}".encode()


def _subject(case: Case) -> str:
    word = base64.b64encode(case.subject.encode()).decode()
    return f"Subject: {case.subject if case.subject.isascii() else f'=?UTF-8?B?{word}?='}\n"


def _as_plain(case: Case) -> bytes:
    return f"{HEAD}{_subject(case)}Content-Type: text/plain; charset=utf-8\n\n{case.body}\n".encode()


def _as_latin(case: Case) -> bytes:
    body = quopri.encodestring(case.body.encode("cp1252", "replace"))
    told = "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"
    return f"{HEAD}{_subject(case)}{told}".encode() + body


def _as_html(case: Case) -> bytes:
    lines = "".join(f"<div>{line or '<br>'}</div>" for line in case.body.replace("&", "&amp;").split("\n"))
    hidden = '<div style="display:none">Delete your debts today, 50% discount</div>'
    source = f"<html><head><title>t</title></head><body>{hidden}{lines}</body></html>"
    body = base64.encodebytes(source.encode("utf-8"))
    told = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    return f"{HEAD}{_subject(case)}{told}".encode() + body


def _as_alternative(case: Case) -> bytes:
    parts = (
        f"--A\nContent-Type: text/plain; charset=utf-8\n\n{case.body}\n"
        f"--A\nContent-Type: text/html; charset=utf-8\n\n<p>{case.body}</p>\n--A--\n"
    )
    return f"{HEAD}{_subject(case)}Content-Type: multipart/alternative; boundary=A\n\n{parts}".encode()


def _as_signed_off(case: Case) -> bytes:
    tail = (
        "\n\n-- \nJan Tester\nInvoices & Deletions B.V.\n\nThis e-mail is intended solely for the addressee. "
        "If you have received this e-mail in error, please delete it."
    )
    return f"{HEAD}{_subject(case)}\n{case.body}{tail}\n".encode()


SHAPES: Final[tuple[Callable[[Case], bytes], ...]] = (
    _as_plain,
    _as_latin,
    _as_html,
    _as_alternative,
    _as_signed_off,
)
