"""The wiring: store, vault, sources, desk, courier, watch and doors become one running desk.

Promise: every part is made here, by constructor, and nowhere else; all of it runs in one TaskGroup and stops cleanly
(sockets told to come back, steps under way finished or left to their lease, database closed). Limits: no rule stands
here, and nothing is read from the environment but through Settings.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.channels import Channel, LateChannel, routes_of, telegram, telegram_link
from bot.core.model import Door, Staffer
from bot.courier import Courier
from bot.delivery import Delivery
from bot.desk import Desk
from bot.fulfil import Fulfiller
from bot.informing import Informer
from bot.office import Office
from bot.parts import (
    desk_of,
    fresh_token,
    house_of,
    machine_time,
    mailbox_of,
    post_room_of,
    sender_of,
    sessions_of,
    slack_of,
)
from bot.ports import Clock, RegisterDown, Source
from bot.postroom import PostRoom
from bot.pulse import Pulse
from bot.settings import Settings, Unfit, insist_on_staff, read_staff
from bot.texts import Texts
from bot.unsubscribe import Unsubscribing
from bot.watch import Watch
from handlers.imap import MailboxDoor
from handlers.pages import Pages
from handlers.platform import PlatformDoor
from handlers.ready import Readiness
from handlers.slack import SlackDoor
from handlers.staff import StaffDesk as StaffPage
from handlers.staffroom import Staffroom
from handlers.web import WebDoor
from storage.datalayer.hooks import WebHooks
from storage.datalayer.registered import Keeper
from storage.datalayer.sources import hooks_of, register_of, signer_of, sources_of, ways_of
from storage.migrate import state, upgrade
from storage.store import Listener, News, Store
from storage.vault import Vault

BODY_LIMIT = 256 * 1024
LOG = structlog.get_logger("app")


@dataclass(frozen=True, kw_only=True)
class App:
    """A wired desk: its parts, and the web application that serves its doors."""

    settings: Settings
    store: Store
    desk: Desk
    courier: Courier
    watch: Watch
    web_door: WebDoor
    post_room: PostRoom
    mailbox: MailboxDoor | None
    slack: SlackDoor
    sources: tuple[Source, ...]
    hooks: WebHooks
    keeper: Keeper
    site: web.Application
    channels: tuple[Channel, ...] = ()

    def ring(self) -> None:
        """Something was queued, or time was moved: everybody look."""
        self.courier.ring()
        self.watch.ring()

    def open(self, door: Door) -> None:
        """Load a late door now; nothing for one that is open, or not there."""
        for channel in self.channels:
            if channel.door is door and isinstance(channel, LateChannel):
                channel.open()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.courier.run(), name="courier")
            group.create_task(self.watch.run(), name="watch")
            if self.mailbox is not None:
                group.create_task(self.mailbox.run(), name="mailbox")
            group.create_task(self.slack.run(), name="slack")
            for channel in self.channels:
                group.create_task(channel.run(), name=channel.door)


@asynccontextmanager
async def wired(
    settings: Settings,
    *,
    clock: Clock = machine_time,
    migrate: bool = False,
    more_routes: Iterable[web.RouteDef] = (),
    late: frozenset[Door] = frozenset(),
    store: Store | None = None,
    beside: bool = False,
) -> AsyncIterator[App]:
    """Make every part, hand over the desk, and close what was opened. Raises Unfit when the desk may not start.

    `late` doors are loaded when they are first needed. `store` may be handed in: a test's store counts commits and dies
    at one of them. `beside` says that a running desk may be at work on the same data: then nothing of the vault is
    swept.
    """
    staff = read_staff(settings.staff_file)
    for warning in insist_on_staff(staff):
        LOG.warning("approvers", hint=warning)
    store = await (store or Store(settings.database)).open()
    try:
        await _insist_on_schema(store, migrate=migrate)
        vault = Vault(settings.vault, settings.vault_key.get_secret_value())
        if not beside:
            await asyncio.to_thread(vault.sweep, await store.read(lambda tx: tx.work.kept_objects()))
        app = _wire(settings, store, vault, staff, clock, tuple(more_routes), late)
        try:
            if not beside:
                await _insist_on_register(app.keeper)
            yield app
        finally:
            await app.hooks.close()
            for source in app.sources:
                await source.close()
    finally:
        await store.close()


async def _insist_on_register(keeper: Keeper) -> None:
    """Refuse a platform's database that was set back; one that is down now is looked at before it is used."""
    try:
        lacks = await keeper.look(thorough=True)
    except RegisterDown as problem:
        raise Unfit(
            f"the erasure register can't be read ({problem}): check SELEQT_REGISTER_FILE and its disk"
        ) from None
    if lacks:
        raise Unfit(
            f"a database was restored to before {lacks} entries of the erasure register: run `python bot.py restore`"
        )


async def _insist_on_schema(store: Store, *, migrate: bool) -> None:
    found = await store.raw(state)
    if found == "ahead":
        raise Unfit("the database was made by a newer desk: start that version, or restore a backup of this one")
    if found != "current":
        if not migrate:
            raise Unfit("the database is not up to date: run `python bot.py migrate` first")
        await store.raw(upgrade)


def _wire(
    settings: Settings,
    store: Store,
    vault: Vault,
    staff: tuple[Staffer, ...],
    clock: Clock,
    more_routes: tuple[web.RouteDef, ...],
    late: frozenset[Door],
) -> App:
    texts = Texts.load(house=house_of(settings))
    desk = desk_of(settings, store, texts, staff, clock)
    ways = ways_of(settings)
    hooks = hooks_of(settings, ways, clock=clock)
    register = register_of(settings)
    sources = sources_of(settings, clock=clock, store=store, register=register)
    keeper = Keeper(sources, register)
    fulfiller = Fulfiller(desk=desk, sources=sources, safe=vault, routes=ways)
    sender = sender_of(settings, desk, fulfiller)
    pulse = Pulse(clock)
    office = Office(desk=desk, pulse=pulse)
    slack = slack_of(settings, office)
    courier = Courier(
        desk=desk,
        office=office,
        fulfiller=fulfiller,
        sender=sender,
        informer=Informer(desk=desk, sender=sender, hooks=hooks, routes=ways),
        staff_door=slack,
        safe=vault,
        fresh=fresh_token,
    )
    post_room = post_room_of(settings, desk, vault, sender)
    mailbox = mailbox_of(settings, post_room, desk, pulse)
    courier.doors[Door.MAIL] = sender
    courier.post_room = post_room
    watch = Watch(desk, looks=(keeper.look,), daily=(keeper.tidy,))
    delivery = Delivery(desk=desk, fulfiller=fulfiller, safe=vault)
    room = Staffroom(desk=desk, fulfiller=fulfiller)
    staff_page = StaffPage(pages=room, texts=texts, public_url=settings.public_url)
    by_telegram = telegram(settings, desk, late=Door.TELEGRAM in late)
    channels = (by_telegram,) if by_telegram else ()
    courier.doors.update({channel.door: channel for channel in channels})
    web_door = WebDoor(
        desk=desk,
        sessions=sessions_of(settings),
        origins=frozenset(settings.allowed_origins),
        telegram=partial(telegram_link, settings, by_telegram) if by_telegram else None,
    )
    site = web.Application(client_max_size=BODY_LIMIT, middlewares=[counted])
    unsubscribing = Unsubscribing(desk=desk, sources=sources, nonce=secrets.token_bytes)
    platform_door = PlatformDoor(unsubscribing=unsubscribing, texts=texts, signer=signer_of(settings, clock=clock))
    doors = (*web_door.routes(), *routes_of(channels), *Pages(delivery=delivery, texts=texts).routes(), *slack.routes())
    site.add_routes([*doors, *platform_door.routes(), *staff_page.routes(), *more_routes])
    site.add_routes(Readiness(signs=_signs(slack, mailbox, keeper, clock)).routes())
    site.on_shutdown.append(_closing(web_door))
    store.listen(_after_commit(courier, watch, web_door))
    return App(
        settings=settings,
        store=store,
        desk=desk,
        courier=courier,
        watch=watch,
        web_door=web_door,
        post_room=post_room,
        mailbox=mailbox,
        slack=slack,
        sources=sources,
        hooks=hooks,
        keeper=keeper,
        site=site,
        channels=channels,
    )


def _signs(
    slack: SlackDoor, mailbox: MailboxDoor | None, keeper: Keeper, clock: Clock
) -> dict[str, Callable[[], bool]]:
    """What has to be alive, and well, for this process to be ready."""
    signs: dict[str, Callable[[], bool]] = {
        "slack": lambda: not slack.is_deaf,
        "restored": lambda: not keeper.is_behind,
    }
    if mailbox is not None:
        signs["mailbox"] = lambda: mailbox.alive(clock())
    return signs


def _closing(web_door: WebDoor) -> Callable[[web.Application], Awaitable[None]]:
    """Close the sockets before the server waits for them, so that Ctrl-C ends at once and the widgets come back."""

    async def close(_: web.Application) -> None:
        await web_door.close()

    return close


def _after_commit(courier: Courier, watch: Watch, web_door: WebDoor) -> Listener:
    def heard(news: News) -> None:
        if news.talks:
            web_door.tell(news.talks)
        if news.queued:
            courier.ring()
        if news.tickets or news.talks:
            watch.ring()

    return heard


@web.middleware
async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One log line per request: the route's pattern and the answer; never a path, for paths hold tokens."""
    status = 500
    try:
        response: web.StreamResponse = await handler(request)
        status = response.status
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        route = request.match_info.route.resource
        LOG.info("request", method=request.method, route=route.canonical if route else "none", status=status)
    return response


@asynccontextmanager
async def listening(site: web.Application, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve the site; gives the port (an asked-for 0 picks a free one). No access log: paths hold tokens."""
    runner = web.AppRunner(site, access_log=None, handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    try:
        place = web.TCPSite(runner, host, port)
        await place.start()
        sockets = runner.addresses
        yield int(sockets[0][1])
    finally:
        await runner.cleanup()
