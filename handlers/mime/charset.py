"""Bytes to clean text: transfer encodings, character sets (also wrong and unknown ones), and the house's cleaning.

Promise: any bytes become text, in time linear in what is looked at; nothing raises. A set that is named wrongly is
recognised where the bytes say so (valid UTF-8, byte order marks, NULs of UTF-16). Limits: a text in a set that is
neither named nor UTF-8 is read as windows-1252.
"""

import binascii
import codecs
import re
from typing import Final

from bot.core.wording import clean

READ_CAP: Final = 500_000
"""Bytes of text read per mail; what is longer is cut with a hint. A long letter has 20,000."""

_LINE: Final = 300  # characters cleaned at once; NFKC makes at most 18 of one, and `clean` keeps 6,000
_NOT_BASE64: Final = bytes(c for c in range(256) if not (chr(c).isascii() and (chr(c).isalnum() or chr(c) in "+/=")))
_TEXT_CODECS = re.compile(
    r"utf_?(?:8|8_sig|16(?:_[bl]e)?|32(?:_[bl]e)?)|ascii|latin_1|iso8859_\d+|cp\d+|windows_\d+|koi8_[rtu]|mac_\w+|"
    r"big5\w*|gb\w+|euc_\w+|shift_jis\w*|iso2022_\w+|hz|johab|tis_620|kz1048|ptcp154|hp_roman8"
)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
_SINGLE = re.compile(r"ascii|latin_1|iso8859_\d+|cp125\d|koi8_\w|mac_\w+")


def unwrapped(body: bytes, encoding: str) -> bytes:
    """Takes a part's bytes and its Content-Transfer-Encoding; returns the content, as far as it can be decoded."""
    if encoding == "base64":
        return _base64(body)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    return body


def _base64(body: bytes) -> bytes:
    """Decode what is there: line noise dropped, padding mended, a lone last symbol given up."""
    kept = body.translate(None, _NOT_BASE64).replace(b"=", b"")
    whole = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def decoded(content: bytes, charset: str) -> str:
    """Takes content and the character set it is said to be in; returns text, whatever the bytes are."""
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return content.decode(codec, "replace").lstrip("\ufeff")
    codec = codec_of(charset)
    if codec == "utf_8" or _SINGLE.fullmatch(codec):
        return _eight_bit(content, codec)
    return _decode(content, codec)


def codec_of(charset: str) -> str:
    """Takes a charset's name as mails write it; returns Python's codec for text, `utf_8` for names nobody knows."""
    name = charset.strip().strip("'\"").casefold()
    try:
        codec = codecs.lookup(name).name.replace("-", "_") if name.isascii() and "\0" not in name else "utf_8"
    except (LookupError, ValueError):
        return "utf_8"
    codec = "latin_1" if codec == "iso8859_1" else codec
    return codec if _TEXT_CODECS.fullmatch(codec) else "utf_8"


def _eight_bit(content: bytes, codec: str) -> str:
    """Valid UTF-8 is UTF-8, whatever it is called: by chance a text of another set hardly ever is."""
    if content.count(0) > len(content) // 5:  # every second byte of Latin text in UTF-16 is a NUL
        return content.decode("utf_16_le" if content[1:2] == b"\0" else "utf_16_be", "replace")
    try:
        return codecs.getincrementaldecoder("utf_8")().decode(content)  # a character cut in two at the end is no error
    except UnicodeDecodeError:
        wide = "cp1252" if codec in {"utf_8", "ascii", "latin_1"} else codec
        return _decode(content, wide)


def _decode(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec, "replace")
    except (UnicodeError, LookupError, ValueError):
        return content.decode("latin_1")


def tidy(text: str) -> str:
    """Takes decoded text of any length; returns it cleaned as the house cleans, paragraphs kept, at most one empty line
    between them.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n").split("\n")
    shown: list[str] = []
    for line in map(tidy_line, lines):
        if line or (shown and shown[-1]):
            shown.append(line)
    return "\n".join(shown).strip("\n")


def tidy_line(line: str) -> str:
    """Takes one line of any length; returns it in NFKC, without control, bidi and invisible marks, spaces single."""
    if line.isascii() and line.isprintable():
        return " ".join(line.split())
    pieces: list[str] = []
    while line:
        cut = len(line) if len(line) <= _LINE else line.rfind(" ", 1, _LINE)
        cut = cut if cut > 0 else _LINE
        # A line of a mail may hold line ends of other kinds; they part words.
        pieces.append(clean(line[:cut]).replace("\n", " "))
        pieces.append(" " if line[cut : cut + 1] == " " else "")
        line = line[cut:]
    return " ".join("".join(pieces).split())
