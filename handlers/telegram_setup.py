"""The settings of the Telegram door as one value.

Promise: plain values, in a file of their own, so that the wiring can name them without loading aiogram. Limits: whether
they fit together is judged where the door is made.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Setup:
    """Token and address of the Bot API, our own addresses, and whether updates are delivered (with a secret)."""

    token: str
    base_url: str
    public_url: str
    chat_url: str
    webhook: bool = False
    secret: str = ""
