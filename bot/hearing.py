"""Hearing: a person's raw text to what conversation.py may know of it.

Promise: a citizen or card number is masked before anything is stored or read (rules of the desk, UAVG 46); control and
bidirectional marks are dropped; over-long text is cut only for reading, never for storing. Limits: it decides nothing.
"""

from dataclasses import dataclass
from functools import cache

from bot.core.concepts import Concepts, find
from bot.core.concepts import parse as parse_concepts
from bot.core.identity import addresses_in
from bot.core.masking import masked
from bot.core.plans import Change
from bot.core.turn import Heard
from bot.core.understand import Reading
from bot.core.wording import clean, fold, words
from bot.lang import FOLDER, read

TEXT_LIMIT = 4000
"""Characters one message may have; longer ones are refused before they are stored, with the limit named."""


@dataclass(frozen=True, kw_only=True)
class Ear:
    """A heard message and the text as it may be stored."""

    heard: Heard
    stored: str


def listen(text: str, lang: str) -> Ear:
    """Read a message in the conversation's language, or the one it turns out to be in."""
    shown = masked(clean(text))
    reading = read(shown, lang)
    spoken = reading.lang if reading.lang in {"en", "nl"} else lang
    signs = _signs(shown, spoken)
    named = {value for change in _changes(reading) for value in (change.old, change.new)}
    addresses = [one for one in addresses_in(shown) if one not in named]
    heard = Heard(
        text=shown,
        intents=reading.intents,
        offers=reading.offers,
        sure=reading.sure,
        lang=spoken,
        lang_known=reading.lang != "unknown",
        changes=_changes(reading),
        # The strict reading alone: a code and a list of rights must never go to a piece of somebody's address.
        address=addresses[0] if len(addresses) == 1 else None,
        ref=reading.slots.ticket,
        topics=_topics(signs),
        alarm=next((sign.removeprefix("alarm_") for sign in signs if sign.startswith("alarm_")), None),
        marketing="marketing" in signs,
        hidden=shown != clean(text),
    )
    return Ear(heard=heard, stored=shown)


def _topics(signs: tuple[str, ...]) -> tuple[str, ...]:
    """What a policy question is about, in order; `people_like_me` is the fuller "what is collected"."""
    found = [sign.removeprefix("topic_") for sign in signs if sign.startswith("topic_")]
    if "people_like_me" in found:
        found = [topic for topic in found if topic != "collected"]
    return tuple(found) or ("general",)


def _changes(reading: Reading) -> tuple[Change, ...]:
    return tuple(Change(name=one.field, old=one.old, new=one.new) for one in reading.slots.changes)


def _signs(text: str, lang: str) -> tuple[str, ...]:
    met = find(words(fold(text)), _sign_words(lang))
    return tuple(dict.fromkeys(idea.concept for idea in met if not idea.negated))


@cache
def _sign_words(lang: str) -> Concepts:
    return parse_concepts((FOLDER / lang / "signs.txt").read_text("utf-8").splitlines())
