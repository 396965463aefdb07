"""Queries about ways in and how often they were tried: challenges, counters, and links that were given out.

Promise: attempts and counts rise by conditional updates in the database, so that parallel guesses cannot outrun them
(OWASP ASVS 5.0, 6.3 and 6.5); a code or single-use link is spent once; of a link only the hash of its token is kept.
Limits: how many attempts are too many over a day is judged by the desk.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from bot.core.identity import ATTEMPTS_PER_CODE
from bot.core.model import Challenge
from storage.queries import NOW, THIS, Queries
from storage.schema import CHALLENGE, challenges, counters, links

CHALLENGE_BY_ID = select(challenges.c.body, challenges.c.attempts, challenges.c.used_at).where(challenges.c.id == THIS)
ADD_CHALLENGE = insert(challenges)
END_CHALLENGES = (
    update(challenges)
    .where(challenges.c.talk == THIS, challenges.c.purpose == bindparam("purpose_is"), challenges.c.used_at.is_(None))
    .values(used_at=NOW)
)
SAVE_CHALLENGE = update(challenges).where(challenges.c.id == THIS)
TRY = (
    update(challenges)
    .where(
        challenges.c.id == THIS,
        challenges.c.used_at.is_(None),
        challenges.c.ends_at > NOW,
        challenges.c.attempts < ATTEMPTS_PER_CODE,
    )
    .values(attempts=challenges.c.attempts + 1)
)
USE_CHALLENGE = update(challenges).where(challenges.c.id == THIS, challenges.c.used_at.is_(None)).values(used_at=NOW)

COUNTED = select(counters.c.count).where(counters.c.name == THIS, counters.c.day == bindparam("on"))
COUNT = (
    update(counters)
    .where(counters.c.name == THIS, counters.c.day == bindparam("on"))
    .values(count=counters.c.count + 1)
    .returning(counters.c.count)
)
BEGIN_COUNT = insert(counters)

ADD_LINK = insert(links)
LINK = select(links).where(links.c.hash == THIS, links.c.kind == bindparam("kind_is"), links.c.ends_at > NOW)
USE_LINK = update(links).where(links.c.hash == THIS, links.c.used_at.is_(None)).values(used_at=NOW)
PROLONG = update(links).where(links.c.hash == THIS)
DROP_LINKS = delete(links).where(links.c.owner == THIS, links.c.kind.in_(bindparam("kinds", expanding=True)))


@dataclass(frozen=True, kw_only=True)
class Link:
    """A way back in that was given out: what for, whom it is bound to, until when (UTC), and whether it was used."""

    kind: str
    owner: str
    who: str
    ends_at: datetime
    used_at: datetime | None


def hashed(token: str) -> str:
    """Tokens are random 256-bit values; a plain SHA-256 is enough to keep them out of the database."""
    return hashlib.sha256(token.encode()).hexdigest()


class Codes(Queries):
    """Challenges, counters and links."""

    def challenge(self, challenge_id: str) -> Challenge | None:
        """A challenge with the attempts counted so far."""
        row = self._link.execute(CHALLENGE_BY_ID, {"this": challenge_id}).first()
        return replace(CHALLENGE.load(row.body), attempts=row.attempts, used_at=row.used_at) if row else None

    def add_challenge(self, challenge: Challenge) -> None:
        """Store a new challenge and end every earlier one of the same conversation and purpose."""
        self.end_challenges(challenge.talk, challenge.purpose, challenge.made_at)
        values = {"id": challenge.id, "talk": challenge.talk, "purpose": challenge.purpose, "attempts": 0}
        row = {**values, "ends_at": challenge.ends_at, "body": CHALLENGE.dump(challenge)}
        self._link.execute(ADD_CHALLENGE, row)

    def end_challenges(self, talk_id: str, purpose: str, now: datetime) -> None:
        """A new code ends the old ones at once."""
        self._link.execute(END_CHALLENGES, {"this": talk_id, "purpose_is": purpose, "now": now})

    def save_challenge_match(self, challenge: Challenge) -> None:
        """Remember what is known when the code is sent: whether the address stood on file, and when its life ends."""
        values = {"this": challenge.id, "ends_at": challenge.ends_at, "body": CHALLENGE.dump(challenge)}
        self._link.execute(SAVE_CHALLENGE, values)

    def try_challenge(self, challenge_id: str, now: datetime) -> bool:
        """Count one attempt; False when the code is over, used or has no attempts left."""
        return self._link.execute(TRY, {"this": challenge_id, "now": now}).rowcount == 1

    def use_challenge(self, challenge_id: str, now: datetime) -> bool:
        """Spend a code; False when it was spent already."""
        return self._link.execute(USE_CHALLENGE, {"this": challenge_id, "now": now}).rowcount == 1

    def count(self, name: str, day: str) -> int:
        """Raise a named counter of a day by one and return it."""
        number = self._link.execute(COUNT, {"this": name, "on": day}).scalar()
        if number is None:
            self._link.execute(BEGIN_COUNT, {"name": name, "day": day, "count": 1})
            return 1
        return int(number)

    def counted(self, name: str, day: str) -> int:
        """A counter without raising it."""
        return self._link.execute(COUNTED, {"this": name, "on": day}).scalar() or 0

    def add_link(self, token: str, *, kind: str, owner: str, who: str, made_at: datetime, ends_at: datetime) -> None:
        """Remember a link that was given out, by the hash of its token."""
        values = {"kind": kind, "owner": owner, "who": who, "made_at": made_at, "ends_at": ends_at}
        self._link.execute(ADD_LINK, {"hash": hashed(token), **values})

    def link(self, token: str, kind: str, now: datetime) -> Link | None:
        """The link behind a token, if it is of this kind and still in time."""
        row = self._link.execute(LINK, {"this": hashed(token), "kind_is": kind, "now": now}).first()
        if row is None:
            return None
        return Link(kind=row.kind, owner=row.owner, who=row.who, ends_at=row.ends_at, used_at=row.used_at)

    def use_link(self, token: str, now: datetime) -> bool:
        """Spend a single-use link; False when it was spent already."""
        return self._link.execute(USE_LINK, {"this": hashed(token), "now": now}).rowcount == 1

    def prolong_link(self, token: str, ends_at: datetime) -> None:
        """Move a session's end: it ends after idle minutes."""
        self._link.execute(PROLONG, {"this": hashed(token), "ends_at": ends_at})

    def drop_links(self, owner: str, *kinds: str) -> None:
        """Revoke every link of these kinds for a ticket or conversation."""
        self._link.execute(DROP_LINKS, {"this": owner, "kinds": kinds})
