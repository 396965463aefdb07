"""Logging: one JSON object per line on standard error, with the fields a line may hold and no others.

Promise: a field that is not on the list is dropped, so a value of a person, a code or a token has no way into a log
line; vendors' loggers speak only from warnings on, and without request bodies. Limits: tracebacks name code, not
values; SQLAlchemy hides bound parameters where its engines are made.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        "event", "level", "timestamp", "logger", "kind", "ticket", "error", "reason", "tries", "method", "route",
        "status", "hint", "about", "port", "name", "seconds", "count",
    }
)  # fmt: skip


def _only_known(logger: Any, name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in line.items() if key in FIELDS}


def set_up(*, level: int = logging.INFO, plain: bool = False) -> None:
    """Log JSON lines (or plain ones for a person at a terminal) from `level` on."""
    draw: Any = structlog.dev.ConsoleRenderer(colors=False) if plain else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_known,
            draw,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
