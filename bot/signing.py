"""Signed messages between the desk and a platform, the Standard Webhooks way: id, timestamp and body under one HMAC.

Promise: one or two secrets are live at a time, so that they can be changed without a gap: what is sent carries a
signature of each, what arrives needs one that fits, compared in constant time and at most five minutes old or early.
Answers are signed too, under `re-` and the id they answer, so that no request can be handed back as its own answer.
Limits: it signs and encrypts nothing else; TLS keeps others from reading.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

TOLERANCE = timedelta(minutes=5)
SECRET_BYTES = (24, 64)
"""How long a secret is: what Standard Webhooks asks for."""

MOST_SECRETS = 2
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_ID = re.compile(r"[A-Za-z0-9_:|+/=-]{1,200}")
_MOST_SIGNATURES = 8


class Forged(Exception):
    """A message without a signature that fits now. It says which header, never what stood in it."""


class Signer:
    """Signs what leaves and checks what arrives with the same secrets."""

    def __init__(self, secrets: Iterable[str], *, clock: Callable[[], datetime]) -> None:
        """One or two secrets as `whsec_` and Base64, the newer first; `clock` gives aware UTC.

        Raises ValueError for none, too many, or one that is too short.
        """
        given = tuple(secrets)
        if not 1 <= len(given) <= MOST_SECRETS:
            raise ValueError("one or two signing secrets are live at a time")
        self._hooks = tuple(Webhook(_bytes(one)) for one in given)
        self._clock = clock

    def headers(self, message_id: str, body: bytes) -> dict[str, str]:
        """The three headers of a message; ValueError for an id that no header and no signature could hold."""
        if not is_plain_id(message_id):
            raise ValueError("an id is 1 to 200 of A-Z a-z 0-9 _ : | + / = -")
        now = self._clock().astimezone(UTC)
        return {
            ID: message_id,
            TIMESTAMP: str(int(now.timestamp())),
            SIGNATURE: " ".join(one.sign(message_id, now, body.decode()) for one in self._hooks),
        }

    def checked(self, headers: Mapping[str, str], body: bytes) -> str:
        """The id of a message whose signature fits; `body` is what arrived, before any parsing. Raises Forged."""
        message_id, signatures = headers.get(ID, ""), headers.get(SIGNATURE, "").split(" ")
        if not is_plain_id(message_id):
            raise Forged(ID)
        at = self._in_time(headers.get(TIMESTAMP, ""))
        try:
            text = body.decode()
        except UnicodeDecodeError as problem:
            raise Forged("body") from problem
        expected = [one.sign(message_id, at, text).encode() for one in self._hooks]
        given = [one.encode() for one in signatures[:_MOST_SIGNATURES]]
        if not any(hmac.compare_digest(one, other) for one in expected for other in given):
            raise Forged(SIGNATURE)
        return message_id

    def _in_time(self, typed: str) -> datetime:
        if not re.fullmatch(r"[0-9]{1,12}", typed):
            raise Forged(TIMESTAMP)
        at = datetime.fromtimestamp(int(typed), UTC)
        if abs(self._clock() - at) > TOLERANCE:
            raise Forged(TIMESTAMP)
        return at


def is_plain_id(message_id: str) -> bool:
    """Whether an id fits into a header and, holding no full stop, into `id.timestamp.body` without doubt."""
    return _ID.fullmatch(message_id) is not None


def answer_id(message_id: str) -> str:
    """The id under which the answer to a message is signed."""
    return f"re-{message_id}"


def _bytes(secret: str) -> bytes:
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_") + "==")
    except (binascii.Error, ValueError) as problem:
        raise ValueError("a signing secret is whsec_ and Base64") from problem
    least, most = SECRET_BYTES
    if not least <= len(raw) <= most:
        raise ValueError(f"a signing secret is {least} to {most} random bytes")
    return raw


class Seal:
    """The signature of a stream whose length nobody knows beforehand: it stands in its last line.

    What is signed is the SHA-256 (hexadecimal) of every byte before that line.
    """

    def __init__(self, signer: Signer, message_id: str) -> None:
        """For the answer to the message of this id."""
        self._signer, self._id = signer, answer_id(message_id)
        self._digest = hashlib.sha256()

    def take(self, part: bytes) -> None:
        """Add what was sent, or received, in its order."""
        self._digest.update(part)

    def made(self) -> dict[str, str]:
        """The three headers' content for everything taken so far."""
        return self._signer.headers(self._id, self._digest.hexdigest().encode())

    def insist(self, sealed: Mapping[str, str]) -> None:
        """Raises Forged unless the seal is for everything taken so far and for this message."""
        if self._signer.checked(sealed, self._digest.hexdigest().encode()) != self._id:
            raise Forged(ID)
