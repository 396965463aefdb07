"""What the value of each field looks like when typed in a sentence: the shapes that fill a phrase's marks.

Promise: a shape ends where the value ends; "please", a full stop or the rest of the sentence stay outside.
Limits: shapes of Latin names; a name in small letters is taken to be one word after its particles.
"""

import re
from typing import Final

from bot.core.phrasebook import NAME, Phrasebook

NAMED: Final = frozenset({"first_name", "last_name", NAME})
_CAPITAL: Final = r"(?-i:[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽ])"
PARTICLE: Final = r"(?:van|von|de|den|der|ter|ten|te|het|'t|’t|la|le|du|da|di|dos|del|el|al|bin|ibn|abu|zu|in't)"
_LETTERS: Final = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_INITIALS: Final = r"(?:(?-i:[A-Z])\.\s?)+"
_EU: Final = (  # prefixes of VAT numbers (VIES), in capitals unless the digits follow at once
    r"(?=(?-i:[A-Z]{2})|[a-z]{2}\d)"
    r"(?:AT|BE|BG|CH|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK|XI)[\s.]?"
)
_VAT_END: Final = r"(?:[\s.]?B[\s.]?\d{2}|[A-Z]{1,2}(?!\w))?"  # the Netherlands, Ireland
_SHAPES: Final = {
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "phone": r"(?:\+|00)?\(?\d(?:[\s()./-]{0,2}\d){6,14}",
    "vat_number": rf"(?<!\w){_EU}(?:[0-9A-Z][\s.]?){{0,2}}\d(?:[\s.]?\d){{4,11}}{_VAT_END}",
}


def shape(field: str, book: Phrasebook) -> str:
    """Takes a field and the wordings of a language; returns the expression its value matches."""
    if field in _SHAPES:
        return rf"{_SHAPES[field]}(?!\w)"
    return _address(book) if field == "address" else _name(book)


def full_name(book: Phrasebook) -> str:
    """As a name, and in small letters also two words, where the sentence ends or goes on with "and I"."""
    two = rf"{_refusing(book)}{_LETTERS}\s+(?:{PARTICLE}\s+)*{_refusing(book)}{_LETTERS}"
    return rf"{two}(?=\s*(?:$|[.,!?;\n]|(?:and\s+i|en\s+ik)\b))|{_name(book)}"


def _name(book: Phrasebook) -> str:
    """Particles, one word, then further words only with a capital or after "van": `van den Berg`, `Anna de Vries`."""
    word = rf"{_refusing(book)}{_LETTERS}(?:-(?:{PARTICLE}\s+)+{_LETTERS})?"
    more = rf"(?:\s+(?:{PARTICLE}\s+)*(?={_CAPITAL}){_LETTERS}|\s+van\s+(?:de[nr]?\s+)?{word})"
    return rf"(?:{_INITIALS})?(?:{PARTICLE}\s+){{0,3}}{word}{more}{{0,3}}(?![\w@])"


def _address(book: Phrasebook) -> str:
    """All up to the end of the sentence or to a word that no address holds; a short abbreviation keeps its point."""
    ends = "|".join(re.escape(end) for end in book.ends)
    inner = r"(?:[^\n!?;.()]|\.(?=\S)|(?<=\b(?-i:[A-Z])[a-z])\.|(?<=\b(?-i:[A-Z])[a-z][a-z])\.)"
    stop = rf"(?=\s*(?:$|[.!?;()\n]|[,\s-]\s*(?:{ends})(?!\w)))"
    return rf"{_refusing(book)}\w{inner}{{1,120}}?{stop}"


def _refusing(book: Phrasebook) -> str:
    names = {called for told in book.fields.values() for name in told for called in (name, name.capitalize())}
    refused = sorted(map(re.escape, book.refused | names))
    return rf"(?!(?-i:{'|'.join(refused)})(?![\w'’]))"
