"""A person with Telegram on the phone: types, presses, sends a picture, opens a deep link, blocks the bot.

Promise: each act queues the update that Telegram would send for it, in the documented shape. Limits: what a person
sees is read from the world; nothing here talks to the desk.
"""

import re
from dataclasses import replace
from typing import Any

from bot.demo.telegram.methods import chat_of, shown
from bot.demo.telegram.model import Account, Json, Message
from bot.demo.telegram.world import GROUP, TelegramWorld

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?")
_FILE = {"file_id": "AgACAgQAAxkBAAID", "file_unique_id": "AQADxK8xG4"}
THINGS: dict[str, Json] = {
    "photo": {"photo": [{**_FILE, "file_size": 1320, "width": 90, "height": 57}], "caption": "my passport"},
    "document": {"document": {**_FILE, "file_name": "passport.pdf", "mime_type": "application/pdf"}},
    "voice": {"voice": {**_FILE, "duration": 4, "mime_type": "audio/ogg", "file_size": 16_511}},
    "sticker": {
        "sticker": {
            **_FILE,
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        }
    },
    "location": {"location": {"latitude": 52.3702, "longitude": 4.8952}},
    "contact": {"contact": {"phone_number": "+31612345678", "first_name": "Anna", "user_id": 501_000_201}},
}
"""What can be sent besides words, as Telegram describes each."""


class Phone:
    """One account's phone."""

    def __init__(self, world: TelegramWorld, account: int) -> None:
        self.world = world
        self.account: Account = world.account(account)

    @property
    def chat(self) -> list[Message]:
        """The chat with the bot."""
        return self.world.chat(self.account.id)

    # ---- looking

    def said(self) -> list[Message]:
        """What the bot said."""
        return [one for one in self.chat if one.is_bot]

    async def reads(self, *words: str) -> Message:
        """Wait for a message of the bot that holds all these words, the newest such."""

        def look() -> Message | None:
            return next((one for one in reversed(self.said()) if all(word in one.text for word in words)), None)

        found = await self.world.until(look)
        assert found is not None
        return found

    # ---- doing

    def start(self, payload: str = "") -> Json:
        """Press Start, or open a deep link with a payload. Unblocks the bot."""
        self.world.blocked.discard(self.account.id)
        return self.type(f"/start {payload}".strip())

    def type(self, text: str) -> Json:
        """Send words."""
        message = self._mine(text)
        return self.world.put("message", self._shown(message))

    def send(self, kind: str) -> Json:
        """Send a photo, document, voice message, sticker, location or contact."""
        message = self._mine(f"[{kind}]", kind=kind)
        body = {key: value for key, value in self._shown(message).items() if key not in {"text", "entities"}}
        return self.world.put("message", body | THINGS[kind])

    def edit(self, number: int, text: str) -> Json:
        """Change a message sent before."""
        message = replace(self.world.message(self.account.id, number), text=text, edited=self.world.seconds())
        self.world.keep(message)
        return self.world.put("edited_message", self._shown(message) | {"edit_date": message.edited})

    def press(self, label: str) -> Json:
        """Press a button of the newest message that has it; LookupError when no message has."""
        for message in reversed(self.said()):
            for key in (key for row in message.rows for key in row):
                if key["text"] == label and "callback_data" in key:
                    return self.press_data(message, key["callback_data"])
        raise LookupError(label)

    def press_data(self, message: Message, data: str) -> Json:
        """Press with any data at all, as a home-made client can."""
        query = f"{self.account.id}-{self.world.number()}"
        self.world.queries[query] = None
        self.world.notices.pop(self.account.id, None)
        body: Json = {
            "id": query,
            "from": self.account.user(),
            "message": shown(self.world, message),
            "chat_instance": "-4242424242424242424",
            "data": data,
        }
        return self.world.put("callback_query", body)

    def say_in_group(self, text: str) -> Json:
        """Write in the group the bot was added to."""
        message = Message(id=self.world.number(), chat=GROUP, date=self.world.seconds(), text=text, is_bot=False)
        self.world.keep(message)
        return self.world.put("message", self._shown(message))

    def block(self) -> None:
        """Block the bot: it can write no more."""
        self.world.blocked.add(self.account.id)
        self.world.changed()

    def _mine(self, text: str, **more: Any) -> Message:
        world = self.world
        world.notices.pop(self.account.id, None)
        sent = Message(id=world.number(), chat=self.account.id, date=world.seconds(), text=text, is_bot=False, **more)
        return world.keep(sent)

    def _shown(self, message: Message) -> Json:
        body: Json = {
            "message_id": message.id,
            "from": self.account.user(),
            "chat": chat_of(self.world, message.chat),
            "date": message.date,
            "text": message.text,
        }
        command = _COMMAND.match(message.text)
        if command is None:
            return body
        return body | {"entities": [{"offset": 0, "length": command.end(), "type": "bot_command"}]}
