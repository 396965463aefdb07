"""The pretend world around a real desk: platform, mailbox, Slack stand-in and a clock that can be moved.

Promise: the desk in here is the one that `run` starts, with the same settings and no special path; only what stands
around it is pretended, all of it on loopback. Data is kept between starts; `--fresh` wipes it. Limits: one machine,
one port for pages, one for SMTP.
"""

import base64
import json
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.app import App, listening, wired
from bot.core.model import Door
from bot.demo.mailbox import Mailbox, MailPages, TravelClock, Writing
from bot.demo.mailbox.writing import Deliver
from bot.demo.platform.link import Where, is_filled, remove, url_of
from bot.demo.platform.seeding import create
from bot.demo.platform.seeds import PEOPLE
from bot.demo.recipient import CODE, PAGE, Recipient
from bot.demo.site import Platform, Site
from bot.demo.site.importing import Importer
from bot.demo.site.service import service
from bot.demo.slack import SlackWorld
from bot.demo.slack import routes as slack_routes
from bot.demo.telegram import TelegramPages, TelegramWorld
from bot.demo.telegram import routes as telegram_routes
from bot.logs import set_up
from bot.ports import SourceDown, SourceRefused
from bot.settings import Settings, Unfit
from storage.datalayer.ledger import install, marked_as_copy
from storage.store import Store

HOST = "127.0.0.1"
MAP = Path(__file__).parent / "platform" / "datamap.yml"
MAP_SITE = "http://127.0.0.1:8080"
"""Where the map says this world's recipient is; the demo's own copy of it says where it really is."""

CHANNEL = "C0PRIVACY"
TEAM = "T0SELEQT"
BOT = "seleqt_privacy_bot"
HERE = "http://here"
"""Stands in changed settings for the address of this world, which is known only once it runs."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A running desk and everything pretended around it."""

    app: App
    url: str
    slack: SlackWorld
    telegram: TelegramWorld
    mailbox: Mailbox
    writing: Writing
    platform: Platform
    clock: TravelClock
    data_dir: Path
    platform_url: str
    recipient: Recipient

    @property
    def platform_database(self) -> Path:
        """The pretend platform's own database."""
        return self.data_dir / "platform.sqlite3"


class OnOpening:
    """What happens when somebody first comes to the phones; set once the desk is wired."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.open: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        """Somebody came."""
        self.open()


async def serve(*, port: int, data_dir: Path, fresh: bool, platform: str = "") -> int:
    """Run the demo until stopped and say where everything is. `platform` is a database URL; empty for a file."""
    set_up(level=30, plain=True)
    try:
        if fresh:
            _wipe(data_dir, platform)
        async with running(data_dir, port=port, database=platform) as world:
            sys.stdout.write(_addresses(world))
            sys.stdout.flush()
            await world.app.run()
    except OSError as problem:
        sys.stderr.write(f"the demo can't start: {problem.strerror}. Is port {port} in use? Try --port 8081.\n")
        return 2
    except Unfit as problem:
        sys.stderr.write(f"{problem} --env-file {data_dir / 'demo.env'}\n")
        return 2
    except (SourceDown, SourceRefused, sa.exc.SQLAlchemyError) as problem:
        sys.stderr.write(f"the platform's database does not answer ({type(problem).__name__}). Check --platform.\n")
        return 2
    return 0


def _wipe(data_dir: Path, platform: str) -> None:
    """Forget the last demo. On a server nothing is dropped unless an earlier demo marked the database as its own."""
    if data_dir.exists():
        shutil.rmtree(data_dir)
    if platform and is_filled(platform):
        if not marked_as_copy(platform):
            raise SourceRefused(("not_a_demo_database",))
        remove(platform)


def _addresses(world: World) -> str:
    return (
        "\nThe desk is open.\n"
        f"  the platform, with the chat   {world.url}/\n"
        f"  Slack, as the staff           {world.url}/demo/staff\n"
        f"  everybody's mailbox, the time {world.url}/demo/mail\n"
        f"  Telegram, on people's phones  {world.url}/demo/telegram\n"
        f"  a recipient told by webhook   {world.url}{PAGE}\n"
        f"  settings for other commands   --env-file {world.data_dir / 'demo.env'}\n"
        "Ctrl-C stops it.\n\n"
    )


@asynccontextmanager
async def running(
    data_dir: Path, *, port: int = 0, store: Store | None = None, database: str = "", **changed: str
) -> AsyncIterator[World]:
    """The whole world, ready; parts are stopped in reverse. `store` and `changed` settings may come from a test.

    `database` is the URL of the platform's database; empty for a file of its own in `data_dir`.
    """
    kept = _secrets(data_dir)
    port = port or _free_port()
    url = f"http://{HOST}:{port}"
    clock = TravelClock(data_dir / "clock.json")
    mailbox = Mailbox(data_dir / "mail", clock=clock)
    slack = _slack(kept, url, clock)
    telegram = TelegramWorld(clock=clock, token=kept["telegram_token"], username=BOT)
    platform = Platform(data_dir / "platform", clock=clock)
    where: Where = database or data_dir / "platform.sqlite3"
    _platform_database(where, clock)
    async with mailbox.running() as smtp_port:
        settings = _settings(
            data_dir, kept | changed, url=url, port=port, smtp_port=smtp_port, platform=platform, database=where
        )
        _write_env(data_dir / "demo.env", settings)
        importer = Importer(desk_url=url, secret=kept["platform_secrets"], database=where, clock=clock)
        site = Site(platform=platform, people=PEOPLE, database=where, clock=clock, importer=importer)
        address = parseaddr(settings.mail_from)[1]
        writing = Writing(data_dir / "written", clock=clock, desk_address=address, people=PEOPLE)
        pages = MailPages(mailbox=mailbox, clock=clock, writing=writing)
        recipient = Recipient(data_dir / "crm.json", secret=kept["crm_secret"], clock=clock)
        late = OnOpening()
        phones = TelegramPages(telegram, opened=late)
        routes = [*slack_routes(slack), *site.routes(), *pages.routes(), *phones.routes(), *telegram_routes(telegram)]
        routes += recipient.routes()
        key, secret = settings.source_key.get_secret_value(), kept["platform_secrets"]
        doors = frozenset({Door.TELEGRAM})  # loading aiogram would triple the memory of a demo nobody uses it in
        async with (
            service(url_of(where), key=key, secret=secret, clock=clock) as served,
            wired(settings, clock=clock, migrate=True, more_routes=[*routes, *served], late=doors, store=store) as app,
        ):
            clock.on_change(app.ring)
            writing.deliver = _delivery(app, clock)
            late.open = partial(app.open, Door.TELEGRAM)
            _keep(slack, data_dir / "slack.json")
            _keep(telegram, data_dir / "telegram.json")
            async with listening(app.site, host=HOST, port=port):
                yield World(
                    app=app,
                    url=url,
                    slack=slack,
                    telegram=telegram,
                    mailbox=mailbox,
                    writing=writing,
                    platform=platform,
                    clock=clock,
                    data_dir=data_dir,
                    platform_url=url_of(where),
                    recipient=recipient,
                )


def _delivery(app: App, clock: TravelClock) -> Deliver:
    """What is written in the demo's mailbox goes where an MTA's pipe would take it."""

    async def deliver(raw: bytes) -> str:
        return await app.post_room.take(raw, clock())

    return deliver


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _secrets(data_dir: Path) -> dict[str, str]:
    """This demo's own random secrets, each made once."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    names = ("code_key", "hash_key", "vault_key", "source_key")
    made = {name: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=") for name in names}
    made |= {"slack_token": f"xoxb-{secrets.token_hex(16)}", "slack_signing_secret": secrets.token_hex(16)}
    made |= {"telegram_token": f"710001:{secrets.token_hex(16)}"}
    made |= {name: _signing_secret() for name in ("platform_secrets", "crm_secret")}
    made |= kept  # what an older demo did not have is added
    path.write_text(json.dumps(made), "utf-8")
    path.chmod(0o600)
    return made


def _signing_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _slack(kept: dict[str, str], url: str, clock: TravelClock) -> SlackWorld:
    return SlackWorld(
        clock=clock,
        bot_token=kept["slack_token"],
        signing_secret=kept["slack_signing_secret"],
        request_url=f"{url}/slack/events",
        public_url=url,
        team_id=TEAM,
    )


def _keep(there: SlackWorld | TelegramWorld, path: Path) -> None:
    """Messages outlive a restart of the demo, as they would in Slack and in Telegram."""
    if path.exists():
        there.restore(json.loads(path.read_text("utf-8")))

    def keep() -> None:
        path.write_text(json.dumps(there.snapshot()), "utf-8")

    there.watchers.append(keep)


def _platform_database(where: Where, clock: TravelClock) -> None:
    """Filled once; marked as a copy to try things on, so that `datamap erase --yes` works here."""
    if not is_filled(where):
        create(where, clock().date())
        install(url_of(where), test_copy=True)


def _staff_file(data_dir: Path) -> Path:
    """Three approvers, one of them legal and one also a customer; a fourth colleague has no rights."""
    path = data_dir / "staff.toml"
    path.write_text(
        f"""# The demo's approver table: who may decide what. A colleague who is not here decides nothing.
[[staff]]
team = "{TEAM}"
user = "U0LOTTE"
name = "lotte"
roles = ["approver"]
deputy = "U0MINA"

[[staff]]
team = "{TEAM}"
user = "U0JORIS"
name = "joris"
roles = ["approver"]
subjects = ["acme:107"]

[[staff]]
team = "{TEAM}"
user = "U0MINA"
name = "mina"
roles = ["approver", "legal"]
deputy = "U0LOTTE"
""",
        "utf-8",
    )
    return path


def _settings(
    data_dir: Path, kept: dict[str, str], *, url: str, port: int, smtp_port: int, platform: Platform, database: Where
) -> Settings:
    crm = kept.pop("crm_secret")
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "register_file": data_dir / "register.sqlite3",
        "host": HOST,
        "port": port,
        "public_url": url,
        "chat_url": f"{url}/",
        "allowed_origins": (url, f"http://localhost:{port}"),
        "session_key": platform.public_key_pem,
        "session_issuer": platform.issuer,
        "slack_channel": CHANNEL,
        "slack_team": TEAM,
        "slack_api": f"{url}/api/",
        "slack_pace": 0.0,
        "telegram_api": url,
        "telegram_bot_name": BOT,
        "telegram_site": f"{url}/demo/telegram/open",
        "staff_file": _staff_file(data_dir),
        "smtp_host": HOST,
        "smtp_port": smtp_port,
        "smtp_tls": "none",
        "platform_url": url_of(database),
        "platform_map": _map_of(data_dir, url),
        "recipient_secrets": f"{CODE}={crm}",
        "policy_url": f"{url}/privacy",
        "escalation_mail": "privacy-lead@example.com",
        **{name: one.replace(HERE, url) for name, one in kept.items()},
    }
    return Settings(_env_file=None, **values)  # type: ignore[call-arg]  # pydantic-settings' own argument


def _map_of(data_dir: Path, url: str) -> Path:
    """The demo's map with the recipient's address where this world really listens."""
    path = data_dir / MAP.name
    path.write_text(MAP.read_text("utf-8").replace(MAP_SITE, url), "utf-8")
    return path


def _write_env(path: Path, settings: Settings) -> None:
    """The same settings as a file, so that every other command can be tried on the demo."""
    lines = []
    for name in sorted(type(settings).model_fields):
        value = getattr(settings, name)
        shown = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        if isinstance(shown, bytes):
            shown = base64.urlsafe_b64encode(shown).decode().rstrip("=")
        text = ",".join(shown) if isinstance(shown, tuple) else str(shown)
        lines.append(f'SELEQT_{name.upper()}="{text}"\n')
    path.write_text("".join(lines), "utf-8")
    path.chmod(0o600)
