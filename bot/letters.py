"""Mail as a message to the desk: what right it asks, and whether it is for the desk at all.

Promise: a letter of several pages is read for what it asks, not for what it threatens: a right named in the subject or
in a sentence that asks goes before the authority at its end. `verdict` says "not_ours" only where neither the reader
nor a legal word in seven languages points to personal data. Limits: a reading alone starts no act, as in hearing.py;
letters in languages without a reader are never sure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Final

from bot import hearing
from bot.core.concepts import Concepts, find
from bot.core.concepts import parse as parse_concepts
from bot.core.mail import Mail
from bot.core.turn import Heard
from bot.core.wording import LONG, clean, fold, sentences, words
from bot.lang import CODES, FOLDER, read, tables

RIGHTS: Final = (
    "access",
    "erasure",
    "rectification",
    "restriction",
    "objection",
    "portability",
    "consent_withdrawal",
    "unsubscribe",
    "testimonial_removal",
    "post_mortem",
)
OURS, NOT_OURS, UNSURE = "ours", "not_ours", "unsure"

_UNREADABLE: Final = frozenset({"no_sender", "too_complex"})  # no machine's sign: staff look
_FORMAL: Final = RIGHTS[:7]  # those letters.txt has legal names for
_ASIDE: Final = frozenset({"objection", "consent_withdrawal", "restriction", "portability"})
"""Rights a letter names beside the one it asks ("I also withdraw any consent"): included in an erasure."""
_POINTERS: Final = {
    "wrong_field": frozenset({"wrong", "field"}),
    "own_file": frozenset({"my", "hold", "see"}),
    "own_copy": frozenset({"my", "copy"}),
    "about_me": frozenset({"about_me", "hold"}),
    "own_erasure": frozenset({"my", "erase", "close_account"}),
}
"""Ideas of the language's own list that together keep a mail from being called somebody else's business."""
_LISTING: Final = 3  # rights in one sentence: it lists what the law knows and asks for none of them
_SHORT: Final = 25  # words of a mail whose subject says what it is about
_FEW: Final = 6  # words, from which nothing is surely somebody else's ("afmeldne", "wrong name")
_MOST_SENTENCES: Final = 150
_READ_ALONE: Final = 40  # sentences read one by one where no right is named by law
_READ: Final = 20_000  # characters of a letter looked at
_PIECE: Final = 5_000  # cleaned at once; `clean` keeps 6,000
_WRAPPED: Final = 50  # characters from which a line without a full stop goes on in the next
_ARTICLE = re.compile(r"\b(\d{1,2})\s?(?:\(\d\)|lid \d|abs\.? ?\d|par\.? ?\d)+", re.IGNORECASE)
_PREFIX = re.compile(r"^\s*(?:\w{1,4}\s*:\s*|\[[^\]]{1,40}\]\s*)+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class MailReading:
    """What a mail wants (`heard.intents` is empty where no word of it was written by its sender now), whether it is for
    the desk (`ours`, `not_ours`, `unsure`), and why: short codes for the card and the tests.
    """

    heard: Heard
    verdict: str
    reasons: tuple[str, ...]


def intents_of_mail(mail: Mail, lang: str = "en") -> Heard:
    """Takes a mail and the language assumed if it gives none away; returns what it wants."""
    return read_letter(mail, lang).heard


def read_letter(mail: Mail, lang: str = "en") -> MailReading:
    """Takes a mail and the language assumed if it gives none away; returns the reading and the verdict."""
    lang = lang if lang in CODES else "en"
    if mail.ignored is not None:
        verdict = UNSURE if mail.ignored in _UNREADABLE else NOT_OURS
        return MailReading(heard=_nothing(lang), verdict=verdict, reasons=(mail.ignored,))
    subject, body = _subject(mail), _unwrapped(mail.text)
    if not _speaks(f"{subject}{body}"):
        return _silent(mail, lang)
    asked = _asked(subject, body)
    heard = _heard(subject, body, asked, lang)
    verdict, reasons = _verdict(mail, heard, asked, f"{subject}\n{body}")
    return MailReading(heard=heard, verdict=verdict, reasons=reasons)


def _nothing(lang: str) -> Heard:
    return Heard(text="", intents=(), lang=lang, lang_known=False)


def _speaks(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _subject(mail: Mail) -> str:
    """The subject where it is the sender's own; that of an answer or of a mail passed on is somebody else's."""
    is_theirs = not (mail.forwarded or mail.in_reply_to or mail.references)
    return _PREFIX.sub("", clean(mail.subject)) if is_theirs else ""


def _unwrapped(text: str) -> str:
    """The text with the lines its client broke joined again, cleaned, citizen numbers still in it."""
    lines = text[:_READ].split("\n")
    joined: list[str] = []
    for line in lines:
        last = joined[-1] if joined else ""
        goes_on = len(last) >= _WRAPPED and not last.endswith((".", "!", "?", ":", ";")) and line[:1].isalnum()
        if goes_on and line.strip():
            joined[-1] = f"{last} {line}"
        else:
            joined.append(line)
    return "\n".join(line for line in joined if line.strip())


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """The rights named by their legal names: in the subject, in sentences that ask, and anywhere at all."""

    subject: tuple[str, ...]
    body: tuple[str, ...]
    named: tuple[str, ...]

    @property
    def rights(self) -> tuple[str, ...]:
        """The right asked, and a second one that stands for itself."""
        found = list(dict.fromkeys((*self.subject, *self.body)))
        rest = [right for right in found[1:] if right not in _ASIDE or self._explicit(right, found[0])]
        return tuple([*found[:1], *rest][:2])

    def _explicit(self, right: str, first: str) -> bool:
        return right in self.subject or (first == "access" and right in {"portability", "restriction"})


def _asked(subject: str, body: str) -> _Asked:
    in_body: list[str] = []
    named: list[str] = []
    for said in _sentences(body):
        ideas = _ideas(said)
        rights = [idea for idea in ideas if idea in _FORMAL]
        named += rights
        is_wish = "asks" in ideas and "unless" not in ideas
        if is_wish and len(rights) < _LISTING:
            in_body += rights
    return _Asked(
        subject=tuple(idea for idea in _ideas(subject) if idea in _FORMAL),
        body=tuple(dict.fromkeys(in_body)),
        named=tuple(dict.fromkeys(named)),
    )


def _sentences(body: str) -> Iterator[str]:
    pieces = (clean(body[at : at + _PIECE]) for at in range(0, len(body), _PIECE))
    said = (sentence for piece in pieces for sentence in sentences(_whole_abbreviations(piece)))
    return islice(said, _MOST_SENTENCES)


def _whole_abbreviations(text: str) -> str:
    """The point of "art. 15" ends no sentence."""
    return re.sub(r"\b([Aa]rt|[Ll]it|[Nn]r|[Nn]o|[Aa]bs)\.\s", r"\1 ", text)


def _ideas(text: str) -> tuple[str, ...]:
    """The ideas of letters.txt in a text, in order."""
    said = words(fold(_ARTICLE.sub(r"\1", text)))
    met = find(said, _formulas())
    return tuple(dict.fromkeys(idea.concept for idea in met))


@cache
def _formulas() -> Concepts:
    return parse_concepts((FOLDER / "letters.txt").read_text("utf-8").splitlines())


def _heard(subject: str, body: str, asked: _Asked, lang: str) -> Heard:
    """The body where it speaks for itself; with the subject where it is short; by its legal names where it is long."""
    alone = hearing.listen(body or subject, lang).heard
    if len(clean(body)) > LONG:
        return _letter(alone, subject, body, asked, lang)
    if _is_clear(alone) and body:
        return alone
    both = hearing.listen(f"{subject}.\n{body}", lang).heard if subject and body else alone
    if _is_clear(both):
        return both
    if asked.rights:
        is_sure = both.lang_known and (bool(asked.subject) or both.intents[:1] == asked.rights[:1])
        return replace(alone, intents=asked.rights, offers=_offers(asked.rights, both), sure=is_sure)
    is_better = alone.intents == ("other",) or len(words(fold(body))) <= _SHORT
    return both if is_better and both.intents != ("other",) else alone


def _is_clear(heard: Heard) -> bool:
    return heard.sure and heard.intents != ("other",)


def _offers(rights: Sequence[str], heard: Heard) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*rights, *heard.offers)))[:3]


def _letter(alone: Heard, subject: str, body: str, asked: _Asked, lang: str) -> Heard:
    """A long letter: the rights it asks by name; without any, what its asking sentences together want.

    It is sure where two places agree: the subject and a sentence that asks, or one of them and the reader.
    """
    wishes = _wishes(subject, body)
    told = hearing.listen(wishes[: LONG - 1], lang).heard if wishes else alone
    if asked.rights:
        first = asked.rights[0]
        agreeing = (first in asked.subject) + (first in asked.body) + (first in told.intents)
        is_sure = told.lang_known and agreeing > 1
        return replace(alone, intents=asked.rights, offers=_offers(asked.rights, told), sure=is_sure)
    rights = tuple(dict.fromkeys(_everyday(body, alone.lang)))
    if rights:
        return replace(alone, intents=rights[:1], offers=_offers(rights, told), sure=False)
    better = told if told.intents != ("other",) else alone
    return replace(alone, intents=better.intents, offers=better.offers, sure=False)


def _everyday(body: str, lang: str) -> Iterator[str]:
    """The rights that single sentences ask for surely, in everyday words; what follows an "if" is no wish."""
    for sentence in islice(_sentences(body), _READ_ALONE):
        reading = read(sentence, lang)
        if reading.sure and "unless" not in _ideas(sentence):
            yield from (intent for intent in reading.intents if intent in RIGHTS)


def _wishes(subject: str, body: str) -> str:
    """The sentences that ask for something unconditionally, after the subject."""
    asking = (said for said in _sentences(body) if "asks" in (ideas := _ideas(said)) and "unless" not in ideas)
    return "\n".join([subject, *asking])


def _silent(mail: Mail, lang: str) -> MailReading:
    """No word of the sender's own: closed mail, a file alone, somebody's mail passed on."""
    reason = "forwarded" if mail.forwarded else "no_words"
    is_nothing = mail.forwarded and _passed_on(mail) == NOT_OURS
    return MailReading(heard=_nothing(lang), verdict=NOT_OURS if is_nothing else UNSURE, reasons=(reason,))


def _passed_on(mail: Mail) -> str:
    """Whether what was passed on may concern the desk, by its legal words alone: whose wish it is, staff must see."""
    ideas = _ideas(clean(mail.whole))
    if "privacy" in ideas or any(idea in _FORMAL for idea in ideas):
        return OURS
    return NOT_OURS if "business" in ideas else UNSURE


def _verdict(mail: Mail, heard: Heard, asked: _Asked, text: str) -> tuple[str, tuple[str, ...]]:
    head = clean(text[:_PIECE])
    said = words(fold(head))
    met = [idea.concept for idea in find(said, _formulas())]
    private, business = met.count("privacy"), met.count("business")
    verdict = _judged(heard, asked, private, business)
    reasons = [*heard.intents, *(["privacy"] if private else []), *(["business"] if business else [])]
    if verdict == NOT_OURS and not business and len(words(fold(clean(mail.text[:_PIECE])))) <= _FEW:
        verdict, reasons = UNSURE, [*reasons, "few_words"]
    if verdict == NOT_OURS and (pointer := _pointer(said, heard.lang)):
        verdict, reasons = UNSURE, [*reasons, pointer]
    if mail.forwarded:
        below = _passed_on(mail)
        verdict, reasons = (UNSURE if OURS in {verdict, below} else verdict), ["forwarded", *reasons]
    return verdict, tuple(reasons)


def _judged(heard: Heard, asked: _Asked, private: int, business: int) -> str:
    """The verdict by four facts. A wrong "not_ours" loses a request; a wrong "ours" meddles with others' mail."""
    is_right = any(intent in RIGHTS for intent in heard.intents)
    sells = business > max(1, private)
    if asked.rights:
        return UNSURE if sells else OURS
    if is_right and heard.sure:
        return UNSURE if sells or (business and not private) else OURS
    if is_right:
        return OURS if private and not business else UNSURE
    if private:
        is_question = heard.intents != ("other",) and (heard.sure or private > 1)
        return OURS if is_question and not business else UNSURE
    if not heard.lang_known:
        return NOT_OURS if business > 1 else UNSURE
    if heard.intents == ("other",):
        return NOT_OURS if heard.sure or business > 1 else UNSURE
    return NOT_OURS if business > 1 else UNSURE


def _pointer(said: Sequence[str], lang: str) -> str:
    """What in the everyday words of a mail that looks like other business may be a request all the same."""
    met = {idea.concept for idea in find(said, tables().tongues[lang].concepts)}
    return next((name for name, needed in _POINTERS.items() if needed <= met), "")
