"""The platform's signed session token: token in, (tenant, subject, login time) out, or nothing.

Promise: one algorithm family per key kind (EdDSA or RS256 for a public key, HS256 for a shared secret of 32 bytes or
more), issuer, audience, expiry of at most ten minutes and a token id that works once; every refusal is the same silent
"not signed in". Limits: it trusts the platform's word for the login time and nothing else.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from bot.core.model import Session

LONGEST_LIFE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=30)
CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "tenant", "auth_time"]
SHORTEST_SECRET = 32


@dataclass(frozen=True, kw_only=True)
class Token:
    """An accepted token: the session, and the id under which it may be used once until it ends (UTC)."""

    session: Session
    jti: str


class Sessions:
    """Judges session tokens with one key."""

    def __init__(self, *, key: str, issuer: str, audience: str) -> None:
        """`key` is a PEM public key, or a shared secret. Raises ValueError for a secret that is too short."""
        is_public = "BEGIN PUBLIC KEY" in key
        if not is_public and len(key.encode()) < SHORTEST_SECRET:
            raise ValueError("a shared session secret has at least 32 bytes")
        self._key = key
        self._algorithms = ["EdDSA", "RS256"] if is_public else ["HS256"]
        self._issuer = issuer
        self._audience = audience

    def judge(self, token: str | None, now: datetime) -> Token | None:
        """The session behind a token at `now` (UTC), or None for anything that is not wholly right."""
        if not token or len(token) > 4096:
            return None
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=self._algorithms,
                issuer=self._issuer,
                audience=self._audience,
                options={"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            return _token(claims, now)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            return None


def _token(claims: dict[str, object], now: datetime) -> Token | None:
    issued, ends = _instant(claims["iat"]), _instant(claims["exp"])
    logged_in = _instant(claims["auth_time"])
    is_now = issued - LEEWAY <= now < ends and logged_in <= now + LEEWAY
    texts = [claims["tenant"], claims["sub"], claims["jti"]]
    if not is_now or ends - issued > LONGEST_LIFE or not all(isinstance(one, str) and one for one in texts):
        return None
    tenant, subject, jti = (str(one) for one in texts)
    return Token(session=Session(tenant=tenant, subject=subject, auth_time=min(logged_in, now)), jti=jti)


def _instant(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("an instant is a number of seconds")
    return datetime.fromtimestamp(value, tz=UTC)
