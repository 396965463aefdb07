"""What a button under a Telegram message carries: which line, which button, and a seal over whose they are.

Promise: the data is at most 64 bytes and says nothing; its seal (HMAC-SHA-256, 80 bits of it) is over chat,
conversation, line and button, so a press counts only from the chat it was sent to, in the conversation it was asked
in. Nothing is stored, so nothing has to be looked up, expired or deleted. Limits: it says that a button is real, never
that it may still be pressed; the conversation and the lifecycle say that.
"""

import base64
import hashlib
import hmac
import re
from typing import Final

SEAL_BYTES: Final = 10
"""80 bits: a forger has one guess per press, and a press at most 30 a minute."""

_DATA: Final = re.compile(r"(?P<line>[0-9]{1,9})\.(?P<button>[0-9]{1,3})\.(?P<seal>[A-Za-z0-9_-]{14})")


class Seals:
    """Makes and reads the data of buttons. `key` is the desk's key for hashes (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        """Derive a key of our own, so that no seal is ever a hash of something else."""
        self._key = hmac.digest(key, b"telegram buttons", hashlib.sha256)

    def data(self, *, chat: int, talk: str, line: int, button: int) -> str:
        """What the button carries: for example "12.0.mUq0cE8-Wb3xTg"."""
        return f"{line}.{button}.{self._seal(chat, talk, line, button)}"

    def read(self, data: str, *, chat: int, talk: str) -> tuple[int, int] | None:
        """Line and button that were pressed, or None for data of another chat or conversation, or of nobody's."""
        found = _DATA.fullmatch(data)
        if found is None:
            return None
        line, button = int(found["line"]), int(found["button"])
        is_ours = hmac.compare_digest(found["seal"], self._seal(chat, talk, line, button))
        return (line, button) if is_ours else None

    def _seal(self, chat: int, talk: str, line: int, button: int) -> str:
        digest = hmac.digest(self._key, f"{chat}|{talk}|{line}|{button}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:SEAL_BYTES]).decode().rstrip("=")
