"""The pretend Telegram: its accounts, chats, the queue of updates, the webhook, and who blocked the bot.

Promise: an update stays until the bot asked for a later one, or its webhook answered 2xx, as in life; time comes from
the clock, ids from counters. Limits: lives in memory; `snapshot` and `restore` carry it over a restart.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, TypeVar

from bot.demo.telegram.model import ACCOUNTS, Account, Call, Json, Message, RefusedError, Switches, bad

T = TypeVar("T")
GROUP = -1_001_234_567_890
KEPT_CALLS = 500
TERMINATED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


class TelegramWorld:
    """One bot and the people who can write to it. `token` is the bot's, `username` what deep links name."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        token: str,
        username: str = "seleqt_privacy_bot",
        accounts: Iterable[Account] = ACCOUNTS,
    ) -> None:
        self.clock, self.token, self.username = clock, token, username
        self.accounts = {account.id: account for account in accounts}
        self.messages: dict[int, list[Message]] = {}
        self.updates: list[Json] = []
        self.queries: dict[str, str | None] = {}
        self.notices: dict[int, str] = {}
        self.blocked: set[int] = set()
        self.commands: dict[str, list[Json]] = {}
        self.webhook: Json = {}
        self.switches = Switches()
        self.calls: list[Call] = []
        self.version = 0
        self.watchers: list[Callable[[], None]] = []
        self._count = 1000
        self.polls = 0
        self._bell = asyncio.Event()

    @property
    def bot_id(self) -> int:
        """The number before the colon of the token."""
        return int(self.token.partition(":")[0])

    def bot(self) -> Json:
        """The bot as a User object."""
        return {"id": self.bot_id, "is_bot": True, "first_name": "Seleqt privacy desk", "username": self.username}

    # ---- ids, time, change

    def number(self) -> int:
        """The next number; one counter serves messages and updates."""
        self._count += 1
        return self._count

    def seconds(self) -> int:
        """Now, as Telegram writes time."""
        return int(self.clock().timestamp())

    def changed(self) -> None:
        """Count a change and wake whoever waits for one."""
        self.version += 1
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
        for watcher in self.watchers:
            watcher()

    async def until(self, holds: Callable[[], T], within: float = 20.0) -> T:
        """Wait until `holds` returns something true and return it; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not (found := holds()):
                await self._bell.wait()
        return found

    # ---- chats

    def account(self, account_id: int) -> Account:
        """An account by number; LookupError for nobody."""
        return self.accounts[account_id]

    def chat(self, chat: int) -> list[Message]:
        """A chat's messages, oldest first."""
        return self.messages.setdefault(chat, [])

    def message(self, chat: int, number: int) -> Message:
        """One message; refuses one that is not there."""
        for one in self.messages.get(chat, ()):
            if one.id == number:
                return one
        raise bad("message to edit not found")

    def keep(self, message: Message) -> Message:
        """Add a message, or put it in place of its earlier self."""
        mine = self.chat(message.chat)
        for place, one in enumerate(mine):
            if one.id == message.id:
                mine[place] = message
                break
        else:
            mine.append(message)
        self.changed()
        return message

    def may_write(self, chat: int) -> None:
        """Refuse a chat that is unknown, blocked us, or never began."""
        if chat in self.blocked:
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        if chat not in self.accounts and chat != GROUP:
            raise bad("chat not found")
        if not self.messages.get(chat):
            raise RefusedError(403, "Forbidden: bot can't initiate conversation with a user")

    def notice(self, account: int, words: str) -> None:
        """A small note over somebody's chat."""
        self.notices[account] = words
        self.changed()

    # ---- updates

    def put(self, kind: str, body: Json) -> Json:
        """Queue an update for the bot and return it."""
        update = {"update_id": self.number(), kind: body}
        self.updates.append(update)
        self.changed()
        return update

    async def waiting(self, offset: int, limit: int, within: float) -> list[Json]:
        """What getUpdates gives: forget everything before `offset`, wait until there is something, or time is over.

        A newer call ends this one, as it does at Telegram. Refuses while a webhook is set.
        """
        if self.webhook.get("url"):
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        self.polls += 1
        mine = self.polls
        self.changed()
        self.forget(offset)
        deadline = asyncio.get_running_loop().time() + within
        while not self.updates and mine == self.polls:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or not await self._rung(left):
                return []
        if mine != self.polls:
            raise RefusedError(409, TERMINATED)
        return self.updates[:limit]

    async def _rung(self, within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                await self._bell.wait()
        except TimeoutError:
            return False
        return True

    def forget(self, offset: int) -> None:
        """Updates before this number are confirmed; a negative one keeps so many of the newest."""
        if offset < 0:
            self.updates[:] = self.updates[offset:]
        else:
            self.updates[:] = [one for one in self.updates if one["update_id"] >= offset]

    def told(self, call: Call) -> None:
        """Remember a call for the tests and the page."""
        self.calls[:] = [*self.calls, call][-KEPT_CALLS:]
        self.changed()

    # ---- over a restart

    def snapshot(self) -> Json:
        """Everything that outlives the demo, as JSON."""
        return {
            "count": self._count,
            "messages": [asdict(one) for mine in self.messages.values() for one in mine],
            "updates": self.updates,
            "blocked": sorted(self.blocked),
            "commands": self.commands,
        }

    def restore(self, kept: Any) -> None:
        """Take a snapshot back."""
        self._count = kept["count"]
        for one in kept["messages"]:
            self.chat(one["chat"]).append(Message(**one))
        self.updates = list(kept["updates"])
        self.blocked = set(kept["blocked"])
        self.commands = dict(kept["commands"])
        self.version += 1

    def switch(self, **changes: int) -> None:
        """Set switches."""
        self.switches = replace(self.switches, **changes)
        self.changed()
