"""Words inside a signature: OpenPGP's armour in a plain text, and S/MIME's signed data in one piece.

Promise: the words are taken out as they stand; nothing is verified, for a signature proves no person the desk knows.
Limits: of S/MIME only signed data whose content lies open (RFC 5652, 5.2, definite or chunked) is read.
"""

import re
from typing import Final

_CIPHER = re.compile(r"-----BEGIN PGP MESSAGE-----.*?(?:-----END PGP MESSAGE-----|\Z)", re.DOTALL)
_CLEAR = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]+:[^\n]*\n)*\n?(.*?)"
    r"(?:-----BEGIN PGP SIGNATURE-----.*?(?:-----END PGP SIGNATURE-----|\Z)|\Z)",
    re.DOTALL,
)
_BEGINS = re.compile(rb"(?:content-type|mime-version|content-transfer-encoding)[ \t]*:", re.IGNORECASE)
_OCTETS: Final = 0x04  # the tag of an octet string in BER
_LENGTHS: Final = 4  # bytes a length may take beside its first


def without_armour(text: str, hints: dict[str, None]) -> str:
    """Takes a plain text and the hints of its mail; returns it without armour, and notes what was found."""
    if "-----BEGIN PGP" not in text:
        return text
    if _CIPHER.search(text):
        hints["encrypted"] = None
    if _CLEAR.search(text):
        hints["signed"] = None
    bare = _CLEAR.sub(lambda match: re.sub(r"^- ", "", match[1], flags=re.MULTILINE), text)
    return _CIPHER.sub("", bare)


def opened(blob: bytes) -> bytes | None:
    """Takes the bytes of an application/pkcs7-mime part; returns the mail part inside, or None if it is closed."""
    match = _BEGINS.search(blob, 0, 4_000)
    if match is None:
        return None
    length = next((size for size in range(1, _LENGTHS + 2) if _length(blob, match.start() - size)), None)
    if length is None:
        return None
    kept: list[bytes] = []
    at: int = match.start() - length - 1
    while at >= 0 and blob[at : at + 1] == bytes([_OCTETS]) and (found := _length(blob, at + 1)):
        start, size = found
        kept.append(blob[start : start + size])
        at = start + size
    return b"".join(kept).replace(b"\r\n", b"\n")


def _length(blob: bytes, at: int) -> tuple[int, int] | None:
    """Where the content of a definite length at `at` begins, and that length; None if an octet string is not there."""
    if at < 1 or at >= len(blob):
        return None
    first = blob[at]
    more = first & 0x7F if first & 0x80 else 0
    if more > _LENGTHS or first == 0x80:
        return None
    size = int.from_bytes(blob[at + 1 : at + 1 + more], "big") if more else first
    return at + 1 + more, size
