"""Logging: one JSON object per line on standard error, with the fields a line may hold and no others.

Promise: a field that is not on the list is dropped, so a value of a person, a code or a token has no way into a log
line. Vendors' loggers and Python's warnings speak only from warnings on; kept is who spoke, the words written in their
code, and an error's kind and place, never what they fill in (an address that called, a line of a request, an error's
own text). Limits: SQLAlchemy hides bound parameters where its engines are made.
"""

import logging
import sys
import traceback
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


OWN = frozenset({"bot", "handlers", "storage"})
"""Our own code, where it speaks to the standard logger: its words are constants."""


class Vendors(logging.Handler):
    """Says in our form, and without what was filled in, that a vendor's code had something to say."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line: who, how grave, the words before anything was put into them, the error's kind and place."""
        is_ours = record.name.partition(".")[0] in OWN
        is_written = isinstance(record.msg, str) and (is_ours or bool(record.args))
        said = {"logger": record.name, "hint": record.msg if is_written else ""}
        structlog.get_logger().log(record.levelno, "vendor", **said, **_problem(record))


def _problem(record: logging.LogRecord) -> dict[str, str]:
    """What kind of error it was, and the lines of code that it came by."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {"about": f"{record.module}:{record.lineno}"}
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {
        "error": type(error).__name__,
        "about": " < ".join(f"{one.filename.rpartition('/')[2]}:{one.lineno}" for one in reversed(frames)),
    }


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
    logging.captureWarnings(capture=True)
    logging.basicConfig(level=logging.WARNING, handlers=[Vendors()])
