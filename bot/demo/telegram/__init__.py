"""A strict stand-in for Telegram: it speaks the Bot API to a real bot, and is the phone of a few pretend people.

Promise: what the Bot API refuses is refused here with the same code and words; updates have the shapes of the
documentation; the door under it has no special path. Limits: one bot, private chats and one group, on loopback; it
takes http on loopback for a webhook, where Telegram insists on https.
"""

from bot.demo.telegram.app import routes, running, telegram_app
from bot.demo.telegram.model import Account, Call, Message, RefusedError, Switches
from bot.demo.telegram.pages import TelegramPages
from bot.demo.telegram.phone import Phone
from bot.demo.telegram.world import TelegramWorld

__all__ = [
    "Account",
    "Call",
    "Message",
    "Phone",
    "RefusedError",
    "Switches",
    "TelegramPages",
    "TelegramWorld",
    "routes",
    "running",
    "telegram_app",
]
