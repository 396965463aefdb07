"""The schema's way from one version to the next, on the store's own writer (`store.raw(migrate.upgrade)`).

Promise: an upgrade is one transaction, so a failed or killed one leaves the file as it was; `state` says whether this
program and this file belong together, and `REFUSALS` what to tell whoever starts the desk when they do not. Limits:
forwards only; the way back is the copy of the file made before. Only this module imports alembic.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection, inspect

FOLDER = Path(__file__).parent / "migrations"

State = Literal["empty", "behind", "current", "ahead"]

REFUSALS: Mapping[State, str] = MappingProxyType(
    {
        "empty": "The database has no tables yet: run `python bot.py migrate` first.",
        "behind": "The database is older than this program: run `python bot.py migrate` first.",
        "ahead": "The database belongs to a newer version of this program, or to another one: start that one instead.",
    }
)


def state(link: Connection) -> State:
    """How the file compares with this program: nothing in it, an older schema, the same, or one it does not know."""
    at = MigrationContext.configure(link).get_current_revision()
    if at is None:
        return "ahead" if inspect(link).get_table_names() else "empty"
    scripts = ScriptDirectory(FOLDER)
    if at == scripts.get_current_head():
        return "current"
    return "behind" if _knows(scripts, at) else "ahead"


def upgrade(link: Connection) -> list[str]:
    """Bring the file to this program's schema in one transaction; returns the revisions applied, oldest first.

    Raises RuntimeError with a sentence for the operator when the file is ahead; then nothing was changed.
    """
    link.exec_driver_sql("BEGIN IMMEDIATE")  # two programs that migrate at once: the second waits and finds it done
    try:
        if state(link) == "ahead":
            raise RuntimeError(REFUSALS["ahead"])
        applied = _applied(link)
        link.exec_driver_sql("COMMIT")
    except BaseException:
        link.exec_driver_sql("ROLLBACK")
        raise
    return applied


def _applied(link: Connection) -> list[str]:
    config = Config(attributes={"connection": link})
    scripts = ScriptDirectory(FOLDER)
    done: list[str] = []

    def steps(at: object, _context: MigrationContext) -> object:
        found = scripts._upgrade_revs("head", at)
        done.extend(step.revision.revision for step in found)
        return found

    with EnvironmentContext(config, scripts, fn=steps):
        scripts.run_env()
    return done


def _knows(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except RevisionError:
        return False
