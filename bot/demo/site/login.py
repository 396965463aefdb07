"""The pretend platform's login: who is logged in on which browser, and the signed session tokens that say so.

Promise: the private key stays in one file (0600) and never leaves this module; a token names one person of one tenant,
the instant of the login, and ends after four minutes; a cookie is 256 random bits, kept as a hash, and survives a
restart. Limits: there is no password, since anybody may be anybody here: this is a stage, on loopback only.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bot.demo.keeping import write_private
from bot.demo.platform.seeds import PEOPLE, DemoPerson

Clock = Callable[[], datetime]
ISSUER = "https://platform.seleqt.example"
AUDIENCE = "seleqt-privacy-desk"
TOKEN_LIFE = timedelta(minutes=4)
LOGINS_KEPT = 200


def key_of(person: DemoPerson) -> str:
    """The name of a person in forms and files: tenant and account number (one address may be in two tenants)."""
    return f"{person.tenant}-{person.subject}"


WITH_ACCOUNT = {key_of(person): person for person in PEOPLE if person.subject}
"""Those who can log in, by `key_of`."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """Somebody is logged in, since an instant (UTC)."""

    person: DemoPerson
    at: datetime


class Logins:
    """Who is logged in, by cookie; the newest 200."""

    def __init__(self, file: Path, *, clock: Clock) -> None:
        """`file` keeps them between starts; one that cannot be read means that nobody is logged in."""
        self._file, self._clock = file, clock
        self._held = _read(file)

    def enter(self, person: DemoPerson) -> str:
        """Log somebody in; returns the cookie. LookupError for a person without an account."""
        if key_of(person) not in WITH_ACCOUNT:
            raise LookupError(person.tenant)
        cookie = secrets.token_urlsafe(32)
        self._held[_hash(cookie)] = Login(person=person, at=self._clock())
        self._keep()
        return cookie

    def who(self, cookie: str | None) -> Login | None:
        """Who this cookie is, or None."""
        return self._held.get(_hash(cookie)) if cookie else None

    def leave(self, cookie: str | None) -> None:
        """Log out; a cookie that nobody knows is left alone."""
        if cookie and self._held.pop(_hash(cookie), None):
            self._keep()

    def _keep(self) -> None:
        self._held = dict(list(self._held.items())[-LOGINS_KEPT:])
        rows = {name: [key_of(login.person), login.at.isoformat()] for name, login in self._held.items()}
        write_private(self._file, json.dumps(rows).encode())


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _read(file: Path) -> dict[str, Login]:
    try:
        rows = json.loads(file.read_bytes())
        return {
            name: Login(person=WITH_ACCOUNT[key], at=datetime.fromisoformat(at).astimezone(UTC))
            for name, (key, at) in rows.items()
        }
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return {}


class Platform:
    """The platform as the desk knows it: a public key, an issuer, an audience, and tokens made with them."""

    def __init__(self, folder: Path, *, clock: Clock, issuer: str = ISSUER, audience: str = AUDIENCE) -> None:
        """`folder` keeps the key pair and the logins; made at the first start. Raises ValueError for a broken key."""
        self.clock, self.issuer, self.audience = clock, issuer, audience
        self._key = _private_key(folder / "platform-key.pem")
        self.logins = Logins(folder / "platform-logins.json", clock=clock)

    @property
    def public_key_pem(self) -> str:
        """What the desk may know of the key."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, person: DemoPerson, *, logged_in_at: datetime | None = None) -> str:
        """A fresh session token (EdDSA); `logged_in_at` is UTC, the present instant if left out."""
        now = self.clock()
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "tenant": person.tenant,
            "sub": person.subject,
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "auth_time": int((logged_in_at or now).timestamp()),
            "jti": secrets.token_urlsafe(24),
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA")


def _private_key(file: Path) -> Ed25519PrivateKey:
    if not file.exists():
        new = Ed25519PrivateKey.generate()
        write_private(file, new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{file.name} holds no Ed25519 key")
    return key
