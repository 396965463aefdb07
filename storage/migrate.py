"""The schema's way from one version to the next, on the store's own writer (`store.raw(migrate.upgrade)`).

Promise: an upgrade is one transaction, so a failed or killed one leaves the file as it was; `state` says whether this
program and this file belong together, so that the desk can refuse to start. Limits: forwards only; the way back is the
copy of the file made before. Only this module imports alembic.
"""

from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from storage.lane import roll_back

FOLDER = Path(__file__).parent / "migrations"

State = Literal["empty", "behind", "current", "ahead"]


class SchemaAhead(Exception):
    """The file holds tables that this program does not know, and it leaves them alone."""


def state(link: Connection, folder: Path = FOLDER) -> State:
    """How the file compares with this program: nothing in it, an older schema, the same, or one it does not know."""
    at = _revision(link)
    if at is None:
        return "ahead" if inspect(link).get_table_names() else "empty"
    known = [one.revision for one in ScriptDirectory(folder).walk_revisions()]
    if at not in known:
        return "ahead"
    return "current" if at == known[0] else "behind"


def upgrade(link: Connection, folder: Path = FOLDER) -> list[str]:
    """Bring the file to this program's schema in one transaction; returns the revisions applied, oldest first.

    Raises SchemaAhead when the file is ahead; then nothing was changed.
    """
    link.exec_driver_sql("BEGIN IMMEDIATE")  # of two programs that migrate at once the second waits and finds it done
    try:
        if state(link, folder) == "ahead":
            raise SchemaAhead("the database belongs to a newer version of this program, or to another program")
        applied = _climb(link, folder)
    except BaseException:
        roll_back(link)
        raise
    link.exec_driver_sql("COMMIT")
    return applied


def _climb(link: Connection, folder: Path) -> list[str]:
    missing = ScriptDirectory(folder).iterate_revisions("head", _revision(link) or "base")
    steps = [one.revision for one in missing][::-1]
    if steps:
        place = str(folder).replace("%", "%%")  # alembic reads it as a line of an ini file
        command.upgrade(Config(config_args={"script_location": place}, attributes={"connection": link}), "head")
    return steps


def _revision(link: Connection) -> str | None:
    return MigrationContext.configure(link).get_current_revision()
