"""A person's update becomes a turn of the desk: words are heard, buttons pressed, everything else gets a fixed note.

Promise: one update has one effect however often it comes (its number is the desk's client id, and is remembered when
it is done); only private chats are heard, others get one polite line in all; photos, files, voice, places and contacts
are never fetched; a changed message is not read again. Limits: what the desk answers goes out by the courier
(TelegramDoor.say), not from here.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from bot.core.identity import keyed
from bot.core.model import Door, Talk
from bot.desk import Keys
from bot.ports import Clock, Transactions
from bot.texts import Texts
from bot.turns import Reply
from handlers.telegram_asides import Asides
from handlers.telegram_in import Came, Kind
from handlers.telegram_keys import Seals
from handlers.telegram_words import Key, Rows, may_link, rows

NOTES: Final = "telegram/notes.txt.j2"
COMMANDS: Final = ("start", "help", "language", "privacy", "stop")
LANGUAGES: Final = ("en", "nl")
NOTES_PER_MINUTE: Final = 10
TWICE: Final = 2
"""A conversation that moved out of reach between the look-up and the turn is looked up once more."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,64}")
"""What a deep link may carry (core.telegram.org/bots/features, deep linking: 64 such characters); ours has 128 bits."""


class Front(Protocol):
    """What this door asks of the desk."""

    store: Transactions
    texts: Texts
    clock: Clock
    keys: Keys

    async def come(self, *, door: Door, address: str, lang: str) -> Talk:
        """The conversation at this place that is still this visitor's, or a new one."""
        ...

    async def hear(self, talk_id: str, client_id: str, text: str) -> Reply:
        """A person wrote something."""
        ...

    async def press(self, talk_id: str, client_id: str, line: int, button: int) -> Reply:
        """A person pressed a button of a line."""
        ...

    async def speak(self, talk_id: str, lang: str) -> None:
        """From now on the conversation is in this language."""
        ...

    async def link_opened(self, token: str, talk_id: str, name: str) -> bool:
        """A deep link was opened here: ask in the web session whether that was them. False for a link that is over."""
        ...


class Turns:
    """Takes one update at a time."""

    def __init__(self, *, desk: Front, asides: Asides, seals: Seals, bot_id: int, chat_url: str) -> None:
        """`chat_url` is the page with the web chat, to which this door points for everything it does not do."""
        self._desk = desk
        self._asides = asides
        self._seals = seals
        self._bot_id = bot_id
        self._chat_url = chat_url
        self._kinds: Mapping[Kind, Callable[[Came], Awaitable[None]]] = {
            Kind.TEXT: self._text,
            Kind.PRESS: self._press,
            Kind.EDITED: lambda came: self._note(came, "edited"),
            Kind.FILE: lambda came: self._note(came, "file", rows=self._chat()),
            Kind.OTHER: lambda came: self._note(came, "other", rows=self._chat()),
            Kind.ELSEWHERE: self._elsewhere,
        }
        self._commands: Mapping[str, Callable[[Came, str], Awaitable[None]]] = {
            "start": self._start,
            "help": lambda came, _: self._note(came, "help", rows=self._chat()),
            "stop": lambda came, _: self._note(came, "stop"),
            "privacy": lambda came, _: self._note(came, "privacy", rows=self._chat()),
            "language": self._language,
        }

    async def take(self, came: Came) -> None:
        """Let an update have its one effect. Raises what the store raises; nothing has happened then."""
        key = f"telegram:{self._bot_id}:{came.number}"
        if await self._desk.store.read(lambda tx: tx.work.seen_at(key)) is not None:
            return
        await self._kinds[came.kind](came)
        await self._first_time(key)

    def trouble(self, came: Came) -> None:
        """Say that a message could not be taken after several tries."""
        if came.kind is not Kind.ELSEWHERE:
            self._asides.note(came.chat, self._words(came.lang, "trouble"), self._chat())

    def commands(self, lang: str) -> dict[str, str]:
        """The commands with their descriptions, for Telegram's menu."""
        return {name: self._words(lang, f"command_{name}") for name in COMMANDS}

    def staff_name(self, lang: str) -> str:
        """What stands over a colleague's words."""
        return self._words(lang, "staff")

    # ---- kinds

    async def _text(self, came: Came) -> None:
        self._asides.answered(came.chat)
        name, rest = came.command
        if name in self._commands:
            await self._commands[name](came, rest)
        else:
            await self._hear(came)

    async def _hear(self, came: Came) -> None:
        await self._in_talk(came, lambda talk: self._desk.hear(talk.id, self._client_id(came), came.text))

    async def _press(self, came: Came) -> None:
        talk = await self._come(came)
        pressed = self._seals.read(came.text, chat=came.chat, talk=talk.id)
        if pressed is None:
            self._asides.notice(came.query, self._words(talk.lang, "old_button"))
            self._asides.answered(came.chat, came.message)
            return
        self._asides.notice(came.query)
        self._asides.answered(came.chat, came.message)
        line, button = pressed
        if line == 0:  # the door's own buttons; the desk's lines begin at 1
            await self._speak(came, talk, LANGUAGES[button % len(LANGUAGES)])
            return
        reply = await self._desk.press(talk.id, self._client_id(came), line, button)
        if reply.moved:  # it was somebody's until a moment ago: the new conversation begins, the old button is over
            await self._come(came)
            return
        self._answer(came, talk, reply)

    async def _elsewhere(self, came: Came) -> None:
        """A group or channel: one line, once, and silence from then on."""
        if await self._first_time(f"telegram:elsewhere:{self._hash(came.chat)}"):
            self._asides.note(came.chat, self._words(came.lang, "elsewhere"), self._chat())

    # ---- commands

    async def _start(self, came: Came, payload: str) -> None:
        """Greet; or, with a link's token, ask for the yes in the web session that gave it out."""
        before = self._desk.clock()
        talk = await self._come(came)
        if payload:
            is_alive = _TOKEN.fullmatch(payload) is not None and await self._desk.link_opened(
                payload, talk.id, came.name
            )
            await self._note(came, "link_asked" if is_alive else "link_over", lang=talk.lang, rows=self._chat())
        elif talk.started_at < before:  # a new conversation has its greeting already
            await self._note(came, "help", lang=talk.lang, rows=self._chat())

    async def _language(self, came: Came, wanted: str) -> None:
        talk = await self._come(came)
        if wanted.lower() in LANGUAGES:
            await self._speak(came, talk, wanted.lower())
            return
        keys = (self._language_key(came, talk, number) for number in range(len(LANGUAGES)))
        await self._note(came, "language", lang=talk.lang, rows=rows(keys))

    def _language_key(self, came: Came, talk: Talk, number: int) -> Key:
        data = self._seals.data(chat=came.chat, talk=talk.id, line=0, button=number)
        return Key(label=self._words(LANGUAGES[number], "language_name"), data=data)

    async def _speak(self, came: Came, talk: Talk, lang: str) -> None:
        await self._desk.speak(talk.id, lang)
        await self._note(came, "speaks", lang=lang)

    # ---- the desk

    async def _come(self, came: Came) -> Talk:
        return await self._desk.come(door=Door.TELEGRAM, address=str(came.chat), lang=came.lang)

    async def _in_talk(self, came: Came, act: Callable[[Talk], Awaitable[Reply]]) -> None:
        for _ in range(TWICE):
            talk = await self._come(came)
            reply = await act(talk)
            if not reply.moved:
                self._answer(came, talk, reply)
                return

    def _answer(self, came: Came, talk: Talk, reply: Reply) -> None:
        """What a turn asks of the door besides its lines."""
        if reply.refused:
            self._asides.note(came.chat, reply.refused)
        if reply.sign_in:
            self._asides.note(came.chat, self._words(talk.lang, "sign_in"), self._chat(talk.lang))
        if reply.open_href:
            self._asides.note(came.chat, self._words(talk.lang, "open", link=reply.open_href))

    def _client_id(self, came: Came) -> str:
        return f"update:{self._bot_id}:{came.number}"

    async def _first_time(self, key: str) -> bool:
        now = self._desk.clock()
        is_first: bool = await self._desk.store.tx(lambda tx: tx.work.first_time(key, now))
        return is_first

    # ---- words

    async def _note(self, came: Came, name: str, *, lang: str = "", rows: Rows = ()) -> None:
        lang = lang or (await self._come(came)).lang
        if await self._may_note(came.chat):
            self._asides.note(came.chat, self._words(lang, name), rows)

    async def _may_note(self, chat: int) -> bool:
        """Count a note against the chat's minute: a flood of pictures is answered ten times, not a thousand."""
        now = self._desk.clock()
        counter = f"notes:{self._hash(chat)}:{now:%H:%M}"
        number: int = await self._desk.store.tx(lambda tx: tx.people.count(counter, now.date().isoformat()))
        return number <= NOTES_PER_MINUTE

    def _hash(self, chat: int) -> str:
        return keyed(self._desk.keys.hashes, "telegram chat", str(chat))

    def _chat(self, lang: str = "") -> Rows:
        """A button to the web chat, where its address may stand on one; the note names the address in any case."""
        if not may_link(self._chat_url):
            return ()
        return ((Key(label=self._words(lang or "en", "chat"), url=self._chat_url),),)

    def _words(self, lang: str, note: str, **values: Any) -> str:
        return self._desk.texts.plain(NOTES, lang, **{"note": note, "link": "", **values}).strip()
