"""The pretend platform imports contacts into its newsletter, and asks the privacy desk about each address first.

Promise: an address without the date of a permission is refused, and so is one the desk says is blocked, with its
reason and how long that lasts; when the desk can't be asked, nothing is taken in. Limits: one list, a few lines at a
time; what a real platform does before every import, in its smallest form.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.demo.platform.link import Where, insert, link
from bot.signing import Forged, Signer, answer_id

MOST_LINES = 50
TENANT = "seleqt"
"""Whose newsletter it is: the platform's own."""

_WAITS = ClientTimeout(total=10)
_ADDRESS = re.compile(r"[^@\s,;]{1,64}@[^@\s,;]{1,180}")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of one line: imported, known, undated, no_address, unasked, or blocked with its reason and dates."""

    line: str
    outcome: str
    reason: str = ""
    since: date | None = None
    until: date | None = None


class Importer:
    """Takes lines of `address, date of the permission`."""

    def __init__(self, *, desk_url: str, secret: str, database: Where, clock: Callable[[], datetime]) -> None:
        """`desk_url` is where the desk answers the platform, `secret` what both sign with."""
        self._url = f"{desk_url}/platform/may-mail"
        self._signer = Signer((secret,), clock=clock)
        self._database, self._clock = database, clock

    async def take(self, text: str) -> tuple[Taken, ...]:
        """Import what may be imported; says what became of each line."""
        lines = [one.strip() for one in text.splitlines() if one.strip()][:MOST_LINES]
        async with ClientSession(timeout=_WAITS) as http:
            return tuple([await self._one(http, line) for line in lines])

    async def _one(self, http: ClientSession, line: str) -> Taken:
        address, _, given = (part.strip() for part in line.replace(";", ",").partition(","))
        if not _ADDRESS.fullmatch(address):
            return Taken(line=line, outcome="no_address")
        answer = await self._asked(http, address)
        if answer is None:
            return Taken(line=line, outcome="unasked")
        if not answer["may_mail"]:
            since, until = (_day(answer.get(name, "")) for name in ("since", "until"))
            return Taken(line=line, outcome="blocked", reason=answer.get("reason", ""), since=since, until=until)
        permitted = _day(given)
        if permitted is None or permitted > self._clock().date():
            return Taken(line=line, outcome="undated")
        is_new = await asyncio.to_thread(self._entered, address, permitted)
        return Taken(line=line, outcome="imported" if is_new else "known")

    async def _asked(self, http: ClientSession, address: str) -> Mapping[str, Any] | None:
        """The desk's signed word about an address; None when there is none to be believed."""
        body = json.dumps({"call": "may-mail", "address": address, "scope": ""}).encode()
        call = f"import_{token_hex(8)}"
        try:
            async with http.post(self._url, data=body, headers=self._signer.headers(call, body)) as got:
                answer = await got.read()
                is_believed = self._signer.checked(got.headers, answer) == answer_id(call) and got.status == 200
        except (ClientError, TimeoutError, Forged):
            return None
        said: Mapping[str, Any] | None = json.loads(answer) if is_believed else None
        return said

    def _entered(self, address: str, permitted: date) -> bool:
        with link(self._database) as connection:
            known = sa.text("SELECT 1 FROM newsletter WHERE tenant = :tenant AND lower(email) = :email")
            if connection.execute(known, {"tenant": TENANT, "email": address.lower()}).first():
                return False
            row = {"tenant": TENANT, "email": address, "opted_in_on": permitted, "last_contact_on": permitted}
            insert(connection, "newsletter", [{**row, "active": True}])
            return True


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
