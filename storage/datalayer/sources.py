"""Which sources the settings name: the platform by database or by its own service, and systems only people reach.

Promise: the scheme of `platform_url` decides: https (http on loopback) is a service that keeps the contract, anything
else a database with a data map. Limits: nothing is opened or called here.
"""

import random
from collections.abc import Mapping

from bot.core.model import Way
from bot.ports import Clock, Route, Source, Transactions
from bot.settings import Settings, Unfit
from bot.signing import Signer
from storage.datalayer.datamap import load
from storage.datalayer.hooks import WebHooks
from storage.datalayer.http import HttpSource, insist_on_url, new_session
from storage.datalayer.manual import ManualSource, Notes
from storage.datalayer.registered import Registered
from storage.datalayer.sql import SqlSource
from storage.register import Register

PLATFORM = "platform"


def sources_of(settings: Settings, *, clock: Clock, store: Transactions, register: Register) -> tuple[Registered, ...]:
    """The platform and every manual source, each behind the register; to be made inside the event loop.

    Raises Unfit for a bad setting.
    """
    key = settings.source_key.get_secret_value()
    plain = plain_sources_of(settings, clock=clock, store=store)
    return tuple(Registered(one, register, key=key, clock=clock) for one in plain)


def register_of(settings: Settings) -> Register:
    """The erasure register that the settings name; opens nothing yet."""
    return Register(settings.register_path, backup_days=settings.backup_days)


def plain_sources_of(settings: Settings, *, clock: Clock, store: Transactions) -> tuple[Source, ...]:
    """The same as they are, with nothing entered and nothing held back: for `restore` alone."""
    key = settings.source_key.get_secret_value()
    names = settings.manual_sources
    if len({*names, PLATFORM}) != len(names) + 1 or not all(one.isidentifier() for one in names):
        raise Unfit("SELEQT_MANUAL_SOURCES names each system once, in letters, digits and _, and none 'platform'")
    notes = Notes(store)
    by_hand = (ManualSource(name=name, key=key, proof=notes.proof) for name in names)
    return (platform_of(settings, clock=clock), *by_hand)


def is_service(settings: Settings) -> bool:
    """Whether the platform is reached over its own service."""
    return settings.platform_url.get_secret_value().startswith(("https://", "http://"))


def platform_of(settings: Settings, *, clock: Clock) -> SqlSource | HttpSource:
    """The platform's source. Raises Unfit for an address or secret that cannot be used."""
    url = settings.platform_url.get_secret_value()
    if not is_service(settings):
        key = settings.source_key.get_secret_value()
        datamap, most = load(settings.platform_map), settings.platform_rows
        return SqlSource(name=PLATFORM, url=url, datamap=datamap, key=key, clock=clock, most_rows=most)
    secrets = _several(settings.platform_secrets.get_secret_value())
    try:
        insist_on_url(url)
        Signer(secrets, clock=clock)
    except ValueError as problem:
        raise Unfit(f"SELEQT_PLATFORM_URL, SELEQT_PLATFORM_SECRETS: {problem}") from problem
    chance = random.SystemRandom()
    return HttpSource(name=PLATFORM, url=url, secrets=secrets, clock=clock, session=new_session(), chance=chance)


def signer_of(settings: Settings, *, clock: Clock) -> Signer | None:
    """Who checks what the platform asks of the desk; None where no secret is set, and then it can ask nothing."""
    secrets = _several(settings.platform_secrets.get_secret_value())
    try:
        return Signer(secrets, clock=clock) if secrets else None
    except ValueError as problem:
        raise Unfit(f"SELEQT_PLATFORM_SECRETS: {problem}") from problem


def _several(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def ways_of(settings: Settings) -> Mapping[str, Route]:
    """How recipients are told, by their code, from the data map; a service may go without a map, and then has none."""
    if is_service(settings) and not settings.platform_map.exists():
        return {}
    return load(settings.platform_map).routes


def hooks_of(settings: Settings, routes: Mapping[str, Route], *, clock: Clock) -> WebHooks:
    """Webhooks for the recipients that take them; to be made inside the event loop.

    Raises Unfit when one lacks its secret.
    """
    pairs = (one.partition("=") for one in settings.recipient_secrets.get_secret_value().split(",") if one.strip())
    secrets = {code.strip(): tuple(value.strip().split("|")) for code, _, value in pairs}
    missing = [code for code, route in routes.items() if route.way is Way.WEBHOOK and code not in secrets]
    try:
        for some in secrets.values():
            Signer(some, clock=clock)
    except ValueError as problem:
        raise Unfit(f"SELEQT_RECIPIENT_SECRETS: {problem}") from problem
    if missing:
        raise Unfit(f"SELEQT_RECIPIENT_SECRETS lacks a secret for: {', '.join(sorted(missing))}")
    return WebHooks(session=new_session(), secrets=secrets, clock=clock)
