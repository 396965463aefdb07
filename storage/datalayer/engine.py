"""Which way leads into a platform's database, by the URL's first word; the only place that knows their names."""

import sqlalchemy as sa

from storage.datalayer.errors import Refused
from storage.datalayer.postgres_way import PostgresWay
from storage.datalayer.sqlite_way import SqliteWay
from storage.datalayer.way import BUSY_SECONDS, Way

_WAYS: dict[str, Way] = {"sqlite": SqliteWay(), "postgresql": PostgresWay()}


def way_to(url: str) -> tuple[Way, sa.URL]:
    """The way and the URL taken apart; raises Refused for what is no URL or names a database without a way."""
    try:
        where = sa.make_url(url)
        return _WAYS[where.get_backend_name()], where
    except sa.exc.ArgumentError as error:
        raise Refused(("no_database_url",)) from error
    except KeyError as error:
        raise Refused((f"no_way_to:{error.args[0]}",)) from error


def way_of(dialect: sa.Dialect) -> Way:
    """The way by which a connection was opened."""
    return _WAYS[dialect.name]


def engine_for(url: str, busy_seconds: float = BUSY_SECONDS) -> sa.Engine:
    """An engine whose errors show no bound values; waits `busy_seconds` for a lock. Nothing is opened yet."""
    way, where = way_to(url)
    return way.engine(where, busy_seconds)
