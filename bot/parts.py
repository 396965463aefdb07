"""Parts of a running desk, each made of the settings alone or of the parts it needs.

Promise: a part's settings are named in one place. Limits: what is connected with what is the wiring's (app.py).
"""

import secrets
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import partial

from bot.core.mail import Mail
from bot.core.model import Staffer
from bot.core.turn import Hours
from bot.desk import Desk, Keys
from bot.fulfil import Fulfiller
from bot.office import Office
from bot.ports import Clock
from bot.postroom import Bookmark, PostRoom, judged
from bot.pulse import Pulse
from bot.sending import Sender
from bot.settings import Settings
from bot.shares import Fuses
from bot.texts import House, Texts
from bot.turns import Rules
from handlers.imap import MailboxDoor
from handlers.imap_line import MailboxServer
from handlers.mail import MailServer, SmtpPost
from handlers.mime import read_mail, reply_token
from handlers.session import Sessions
from handlers.slack import SlackDoor
from storage.store import Store
from storage.vault import Vault


def machine_time() -> datetime:
    """Now, as an aware UTC instant."""
    return datetime.now(UTC)


def fresh_token() -> str:
    """256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def house_of(settings: Settings) -> House:
    """What letters say of this house."""
    return House(
        desk_url=settings.chat_url or settings.public_url,
        policy_url=settings.policy_url,
        opens=f"{settings.opens:%-H:%M}",
        closes=f"{settings.closes:%-H:%M}",
        backup_days=settings.backup_days,
    )


def desk_of(settings: Settings, store: Store, texts: Texts, staff: tuple[Staffer, ...], clock: Clock) -> Desk:
    """The desk itself."""
    return Desk(
        store=store,
        texts=texts,
        clock=clock,
        fresh=fresh_token,
        keys=Keys(codes=settings.code_key.get_secret_value(), hashes=settings.hash_key.get_secret_value()),
        rules=Rules(
            hours=Hours(opens=settings.opens, closes=settings.closes),
            policy_date=settings.policy_date,
            policy_url=settings.policy_url,
            public_url=settings.public_url.rstrip("/"),
            chat_url=settings.chat_url or settings.public_url,
        ),
        staff=staff,
        fuses=Fuses(answers=settings.answers_per_hour, cards=settings.cards_per_hour, forged=settings.forged_per_hour),
    )


def sender_of(settings: Settings, desk: Desk, fulfiller: Fulfiller) -> Sender:
    """The way mail goes out."""
    post = SmtpPost(server=_mail_server(settings), sender=settings.mail_from, clock=desk.clock)
    return Sender(
        desk=desk,
        post=post,
        fulfiller=fulfiller,
        fresh=fresh_token,
        own=own_address(settings),
        contact=settings.escalation_mail,
    )


def _mail_server(settings: Settings) -> MailServer:
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
    )


def own_address(settings: Settings) -> str:
    """The address that people write to and answer."""
    return parseaddr(settings.mail_from)[1]


def post_room_of(settings: Settings, desk: Desk, vault: Vault, sender: Sender) -> PostRoom:
    """Where mails are taken in, with the reading of mail as its eyes."""
    own = own_address(settings)
    domain = own.rpartition("@")[2]

    def read(raw: bytes) -> Mail:
        return read_mail(raw, authserv=settings.mail_authserv, own=domain)

    return PostRoom(desk=desk, safe=vault, sender=sender, own=own, read=read, judge=judged, token=reply_token)


def mailbox_of(settings: Settings, post_room: PostRoom, desk: Desk, pulse: Pulse) -> MailboxDoor | None:
    """The shared mailbox, which also hears what staff say about a mail nobody could place."""
    server = mailbox_server(settings)
    if server is None:
        return None
    cursor, back_days = Bookmark(desk), settings.imap_back_days
    door = MailboxDoor(server=server, taker=post_room, cursor=cursor, clock=desk.clock, back_days=back_days)
    post_room.settle = door.settle
    post_room.heard = partial(pulse.beat, "mail")
    return door


def mailbox_server(settings: Settings) -> MailboxServer | None:
    """The shared mailbox that mail comes in by, or None when that door is closed."""
    if not settings.imap_host:
        return None
    return MailboxServer(
        host=settings.imap_host,
        port=settings.imap_port,
        tls=settings.imap_tls,
        user=settings.imap_user,
        password=settings.imap_password.get_secret_value(),
        folder=settings.imap_folder,
        done_folder=settings.imap_done_folder,
    )


def sessions_of(settings: Settings) -> Sessions:
    """Who may sign people in."""
    return Sessions(
        key=settings.session_key.get_secret_value(),
        issuer=settings.session_issuer,
        audience=settings.session_audience,
    )


def slack_of(settings: Settings, office: Office) -> SlackDoor:
    """The staff's door."""
    return SlackDoor(
        desk=office,
        token=settings.slack_token.get_secret_value(),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        app_token=settings.slack_app_token.get_secret_value(),
        pace=settings.slack_pace,
        channel=settings.slack_channel,
        team=settings.slack_team,
        base_url=settings.slack_api,
    )
