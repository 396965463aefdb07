"""The methods of the pretend Bot API, one function each.

Promise: arguments are checked and results have the documented shapes; what is not here does not exist (404). Limits:
a dozen methods, those a desk in private chats needs.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.demo.telegram.model import Json, Message, RefusedError, bad
from bot.demo.telegram.rules import NOTICE_MOST, commands, keyboard, secret_of, text_of, units, webhook_address
from bot.demo.telegram.world import GROUP, TelegramWorld

MOST_UPDATES = 100
LONGEST_POLL = 50


async def get_me(world: TelegramWorld, given: Json) -> Any:
    """Who the bot is."""
    able = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return world.bot() | able


async def get_updates(world: TelegramWorld, given: Json) -> Any:
    """Long polling."""
    limit = min(MOST_UPDATES, max(1, _whole(given, "limit", MOST_UPDATES)))
    timeout = min(LONGEST_POLL, max(0, _whole(given, "timeout", 0)))
    return await world.waiting(_whole(given, "offset", 0), limit, timeout)


async def set_webhook(world: TelegramWorld, given: Json) -> Any:
    """Set or, with an empty address, remove the webhook."""
    url = str(given.get("url", ""))
    if not url:
        return await delete_webhook(world, given)
    world.webhook = {
        "url": webhook_address(url),
        "secret": secret_of(str(given.get("secret_token", ""))),
        "max_connections": _whole(given, "max_connections", 40),
    }
    world.changed()
    return True


async def delete_webhook(world: TelegramWorld, given: Json) -> Any:
    """Remove the webhook; updates wait unless they are to be dropped."""
    world.webhook = {}
    if str(given.get("drop_pending_updates", "")).lower() == "true":
        world.updates.clear()
    world.changed()
    return True


async def get_webhook_info(world: TelegramWorld, given: Json) -> Any:
    """What is set, and how it goes; never the secret."""
    hook = world.webhook
    info = {"url": hook.get("url", ""), "has_custom_certificate": False, "pending_update_count": len(world.updates)}
    more = ("max_connections", "last_error_date", "last_error_message")
    return info | {name: hook[name] for name in more if name in hook}


async def send_message(world: TelegramWorld, given: Json) -> Any:
    """A message of the bot."""
    chat = _chat(given)
    words, rows = text_of(str(given.get("text", "")), str(given.get("parse_mode", ""))), _rows(given)
    world.may_write(chat)
    sent = world.keep(
        Message(
            id=world.number(),
            chat=chat,
            date=world.seconds(),
            text=words,
            is_bot=True,
            html=str(given["text"]) if given.get("parse_mode") == "HTML" else "",
            rows=rows,
            protected=str(given.get("protect_content", "")).lower() == "true",
            preview='"is_disabled": true' not in str(given.get("link_preview_options", "")).replace('":t', '": t'),
        )
    )
    return shown(world, sent)


async def edit_reply_markup(world: TelegramWorld, given: Json) -> Any:
    """Change or remove the buttons of a message of the bot."""
    message, rows = world.message(_chat(given), _whole(given, "message_id", 0)), _rows(given)
    if not message.is_bot:
        raise bad("message can't be edited")
    if rows == message.rows:
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current "
            "content and reply markup of the message"
        )
    return shown(world, world.keep(replace(message, rows=rows)))


async def answer_callback_query(world: TelegramWorld, given: Json) -> Any:
    """End a button's waiting sign, once."""
    query, words = str(given.get("callback_query_id", "")), str(given.get("text", ""))
    if query not in world.queries or world.queries[query] is not None:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if units(words) > NOTICE_MOST:
        raise bad("MESSAGE_TOO_LONG")
    world.queries[query] = words
    world.notice(int(query.partition("-")[0]), words)
    return True


async def set_my_commands(world: TelegramWorld, given: Json) -> Any:
    """The menu of commands, for a language or for everybody."""
    world.commands[str(given.get("language_code", ""))] = commands(str(given.get("commands", "")))
    world.changed()
    return True


Method = Callable[[TelegramWorld, Json], Awaitable[Any]]
METHODS: dict[str, Method] = {
    "getme": get_me,
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "sendmessage": send_message,
    "editmessagereplymarkup": edit_reply_markup,
    "answercallbackquery": answer_callback_query,
    "setmycommands": set_my_commands,
}
"""By name in lower case: the Bot API does not mind the case of a method."""


def shown(world: TelegramWorld, message: Message) -> Json:
    """A message of the bot as a Message object."""
    body: Json = {
        "message_id": message.id,
        "from": world.bot(),
        "chat": chat_of(world, message.chat),
        "date": message.date,
        "text": message.text,
    }
    markup = {"reply_markup": {"inline_keyboard": message.rows}} if message.rows else {}
    return body | markup | ({"has_protected_content": True} if message.protected else {})


def chat_of(world: TelegramWorld, chat: int) -> Json:
    """A chat as a Chat object."""
    if chat == GROUP:
        return {"id": GROUP, "title": "Privacy talk", "type": "supergroup"}
    return world.account(chat).chat()


def _chat(given: Json) -> int:
    try:
        return int(given["chat_id"])
    except KeyError:
        raise bad("chat_id is empty") from None
    except ValueError:
        raise bad("chat not found") from None


def _rows(given: Json) -> list[list[Json]]:
    return keyboard(str(given.get("reply_markup", "")))


def _whole(given: Json, name: str, otherwise: int) -> int:
    try:
        return int(given.get(name, otherwise))
    except ValueError:
        raise RefusedError(400, f"Bad Request: {name} must be a number") from None
