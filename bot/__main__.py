"""The command line: one word per task, each with help and an example.

Promise: what a command needs is loaded when it is called, so `understand` and `deadlines` start in a blink and a desk
without Telegram never loads it; an error is one sentence with the next step and a code that is not 0; Ctrl-C ends a
running desk with 0. Limits: decisions about tickets are made in Slack, never here.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

# Commands load their rooms inside the function: the reader must not wait for a web server it does not use.

app = typer.Typer(no_args_is_help=True, add_completion=True, help="Seleqt's privacy desk.", rich_markup_mode=None)
tickets = typer.Typer(no_args_is_help=True, help="Look at tickets, and file one that came by phone or post.")
datamap = typer.Typer(no_args_is_help=True, help="The map of the platform's data.")
datalayer = typer.Typer(no_args_is_help=True, help="The platform's own service for the desk.")
audit = typer.Typer(no_args_is_help=True, help="The event log's chain.")
app.add_typer(tickets, name="tickets")
app.add_typer(datamap, name="datamap")
app.add_typer(datalayer, name="datalayer")
app.add_typer(audit, name="audit")
mail = typer.Typer(no_args_is_help=True, help="Mail to the desk.")
app.add_typer(mail, name="mail")

EnvFile = Annotated[Path, typer.Option("--env-file", help="Settings file; the environment goes before it.")]
MapFile = Annotated[Path, typer.Option("--map", help="The data map (fideslang YAML).")]
DatabaseUrl = Annotated[str, typer.Option("--url", help="Database URL of the platform.")]
Identity = Annotated[str, typer.Option(help="kind=value: email=..., id=... (account), or another kind of the map.")]
DatasetKey = Annotated[
    str, typer.Option("--dataset", help="The fides_key of one dataset, where the map holds several.")
]
Tenant = Annotated[str, typer.Option(help="The client environment, where the map separates them.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
PlanHash = Annotated[str, typer.Option(help="The hash that `datamap plan` printed.")]
Yes = Annotated[bool, typer.Option("--yes", help="Without a plan hash; on a test copy only.")]
DEFAULT_ENV = Path(".env")
STOPPED = 1
"""What a command that was stopped half-way ends with, when half-way isn't done."""
NEW_OBJECTS = 20_000
"""New objects between two looks for cyclic garbage. With Python's own 700, looking takes a sixth of a start."""


def main() -> None:
    """Run the command line; `Unfit` and unreadable settings end it with one sentence and code 2."""
    gc.set_threshold(NEW_OBJECTS)
    app()


def _run(work: Coroutine[Any, Any, int], *, stopped: int = 0) -> None:
    """Run a command's work; Ctrl-C and a polite kill stop it cleanly with the code `stopped`."""
    sys.exit(asyncio.run(_until_stopped(work, stopped)))


async def _until_stopped(work: Coroutine[Any, Any, int], stopped: int) -> int:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return stopped


def _lines(answer: Callable[[str], str]) -> None:
    """One JSON object in, one out, in order; a bad line answers with an error and the run goes on."""
    from bot.commands.lines import lines_of

    for line in lines_of(sys.stdin):
        sys.stdout.write(answer(line) + "\n")
        sys.stdout.flush()


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 picks a free one.")] = 8080,
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its data between starts.")] = Path("var/demo"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Wipe the demo's data first.")] = False,
    platform: Annotated[str, typer.Option(help="Database URL of the pretend platform; empty: a file.")] = "",
) -> None:
    """Start the whole desk and a pretend world on loopback. Example: python bot.py demo --port 8080 --fresh"""
    from bot.demo.world import serve

    _run(serve(port=port, data_dir=data_dir, fresh=fresh, platform=platform))


@app.command()
def run(env_file: EnvFile = DEFAULT_ENV) -> None:
    """Run the desk with the settings of this house. Example: python bot.py run --env-file .env"""
    from bot.commands.serve import serve

    _run(serve(env_file))


@app.command()
def doctor(
    env_file: EnvFile = DEFAULT_ENV,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    new_key: Annotated[bool, typer.Option("--new-key", help="Print a new secret key and stop.")] = False,
) -> None:
    """Check everything the desk needs, a fix beside each fault. Example: python bot.py doctor"""
    from bot.commands.doctor import check, fresh_key

    if new_key:
        typer.echo(fresh_key())
        return
    _run(check(env_file, as_json=as_json))


@app.command()
def migrate(env_file: EnvFile = DEFAULT_ENV) -> None:
    """Bring the desk's database up to date. Example: python bot.py migrate"""
    from bot.commands.serve import migrate_now

    _run(migrate_now(env_file))


@app.command()
def understand(
    jsonl: Annotated[bool, typer.Option("--jsonl", help='Lines {"id","lang"?,"text"} on standard input.')] = False,
    why: Annotated[str, typer.Option("--why", help="Explain the reading of one message.")] = "",
    lang: Annotated[str, typer.Option(help="Language of the message, if known.")] = "",
) -> None:
    """What a message wants. Example: python bot.py understand --why "delete my account please" """
    from bot.commands.understand_jsonl import answer
    from bot.commands.understand_jsonl import why as explain

    if why:
        typer.echo(explain(why, lang or None))
    elif jsonl:
        _lines(answer)
    else:
        raise typer.BadParameter("say --jsonl and feed lines, or --why with a message")


@app.command()
def deadlines(
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Lines with received_at, country, right, role, events.")
    ] = False,
) -> None:
    """The legal dates of requests. Example: echo '{"received_at":"2026-11-02T10:00:00+01:00","country":"NL",
    "right":"access","role":"controller","events":[]}' | python bot.py deadlines --jsonl"""
    from bot.commands.deadlines_jsonl import answer

    if not jsonl:
        raise typer.BadParameter("say --jsonl and feed lines of JSON on standard input")
    _lines(answer)


@mail.command("explain")
def mail_explain(
    jsonl: Annotated[bool, typer.Option("--jsonl", help='Lines {"id","eml" or "eml_b64"} on standard input.')] = False,
    env_file: Annotated[
        Path | None, typer.Option("--env-file", help="Settings of a desk, in whose database threads are looked up.")
    ] = None,
) -> None:
    """What the desk would make of a mail; nothing is stored or answered. Example: echo '{"id":1,"eml":"From:
    a@example.nl\\n\\ndelete me"}' | python bot.py mail explain --jsonl"""
    from bot.commands.mail_jsonl import explainer

    if not jsonl:
        raise typer.BadParameter("say --jsonl and feed lines of JSON on standard input")
    if env_file is None:
        _lines(explainer())
    else:
        from bot.commands.lines import lines_of
        from bot.commands.mail_threads import explained

        _run(explained(env_file, lines_of(sys.stdin)))


@tickets.command("list")
def tickets_list(
    env_file: EnvFile = DEFAULT_ENV,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
) -> None:
    """Tickets by due date: labels, rights, states and dates. Example: python bot.py tickets list --all"""
    from bot.commands.tickets import listed

    _run(listed(env_file, everything=everything))


@tickets.command("show")
def tickets_show(ref: str, env_file: EnvFile = DEFAULT_ENV) -> None:
    """One ticket with its dates and log. Example: python bot.py tickets show SEL-2026-00417"""
    from bot.commands.tickets import shown

    _run(shown(env_file, ref))


@tickets.command("new")
def tickets_new(
    right: Annotated[str, typer.Option(help="access, rectification, erasure, objection ...")],
    received_at: Annotated[str, typer.Option(help="True instant of receipt, ISO with offset.")],
    contact: Annotated[str, typer.Option(help="The e-mail address the person gave.")],
    door: Annotated[str, typer.Option(help="phone or post.")] = "phone",
    lang: Annotated[str, typer.Option(help="en or nl.")] = "en",
    env_file: EnvFile = DEFAULT_ENV,
) -> None:
    """File a request that came by phone or post; the person proves it by mail.

    Example: python bot.py tickets new --right access --received-at 2026-11-02T10:00:00+01:00 --contact a@example.nl
    """
    from bot.commands.tickets import filed

    _run(filed(env_file, right=right, received_at=received_at, contact=contact, door=door, lang=lang))


@datamap.command("install")
def datamap_install(
    url: DatabaseUrl,
    test_copy: Annotated[bool, typer.Option("--test-copy", help="Mark it as a copy to try erasures on.")] = False,
) -> None:
    """Make the desk's tables in the platform's database. Example:
    python bot.py datamap install --url sqlite:///platform.sqlite3"""
    from bot.commands.datamaps import install_now

    _run(install_now(url, test_copy=test_copy))


@datamap.command("check")
def datamap_check(map_file: MapFile, url: DatabaseUrl, as_json: AsJson = False, dataset: DatasetKey = "") -> None:
    """Compare the map with the live database; exits with 1 when something is wrong or unmentioned. Example:
    python bot.py datamap check --map datamap.yml --url sqlite:///platform.sqlite3"""
    from bot.commands.datamaps import check_now

    _run(check_now(map_file, url, as_json=as_json, dataset=dataset))


@datamap.command("plan")
def datamap_plan(
    map_file: MapFile,
    url: DatabaseUrl,
    identity: Identity,
    tenant: Tenant = "",
    as_json: AsJson = False,
    dataset: DatasetKey = "",
) -> None:
    """Show what an erasure would do, with reasons and the plan's hash; writes nothing. Example:
    python bot.py datamap plan --map datamap.yml --url sqlite:///platform.sqlite3 --identity email=a@example.com"""
    from bot.commands.datamaps import Asked, plan_now

    asked = Asked(map_file=map_file, url=url, identity=identity, tenant=tenant, as_json=as_json, dataset=dataset)
    _run(plan_now(asked))


@datamap.command("access")
def datamap_access(
    map_file: MapFile,
    url: DatabaseUrl,
    identity: Identity,
    tenant: Tenant = "",
    categories: Annotated[str, typer.Option(help="Only these, with a comma between: user.contact,user.name")] = "",
    as_json: AsJson = False,
    dataset: DatasetKey = "",
) -> None:
    """Print a person's rows as JSON, {"collections": {name: [rows]}}. Example:
    python bot.py datamap access --map datamap.yml --url sqlite:///platform.sqlite3 --identity email=a@example.com"""
    from bot.commands.datamaps import Asked, access_now

    asked = Asked(map_file=map_file, url=url, identity=identity, tenant=tenant, as_json=as_json, dataset=dataset)
    _run(access_now(asked, categories))


@datamap.command("erase")
def datamap_erase(
    map_file: MapFile,
    url: DatabaseUrl,
    identity: Identity,
    tenant: Tenant = "",
    plan_hash: PlanHash = "",
    yes: Yes = False,
    as_json: AsJson = False,
    dataset: DatasetKey = "",
) -> None:
    """Erase one person as planned, and read it back; once per plan hash. Example:
    python bot.py datamap erase --map datamap.yml --url sqlite:///copy.sqlite3 --identity email=a@example.com --yes"""
    from bot.commands.datamaps import Asked, erase_now

    asked = Asked(map_file=map_file, url=url, identity=identity, tenant=tenant, as_json=as_json, dataset=dataset)
    _run(erase_now(asked, plan_hash=plan_hash, yes=yes))


@datamap.command("rectify")
def datamap_rectify(
    map_file: MapFile,
    url: DatabaseUrl,
    identity: Identity,
    changes: Annotated[list[str], typer.Option("--set", help="name=new value; may be repeated.")],
    tenant: Tenant = "",
    plan_hash: PlanHash = "",
    yes: Yes = False,
    as_json: AsJson = False,
    dataset: DatasetKey = "",
) -> None:
    """Correct values the map allows to be corrected; without a plan hash it only shows them. Example:
    python bot.py datamap rectify --map datamap.yml --url sqlite:///copy.sqlite3 --identity id=7 --set country=NL"""
    from bot.commands.datamaps import Asked, rectify_now

    asked = Asked(map_file=map_file, url=url, identity=identity, tenant=tenant, as_json=as_json, dataset=dataset)
    _run(rectify_now(asked, changes, plan_hash=plan_hash, yes=yes))


@datalayer.callback()
def datalayer_said() -> None:
    """The platform's own service for the desk."""


@datalayer.command("check")
def datalayer_check(
    url: Annotated[str, typer.Argument(help="Address of the service, without /v1.")],
    secret_file: Annotated[Path, typer.Option(help="File with the signing secret (whsec_...), one per line.")],
    email: Annotated[str, typer.Option(help="A test person that the service knows.")],
    write: Annotated[bool, typer.Option("--write", help="Also erase the test person: on a test copy only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Try the contract of docs/data-layer.md on a service; exits with 1 when a promise is not kept. Example:
    python bot.py datalayer check https://test.example/desk --secret-file secret.txt --email test@example.nl"""
    from bot.commands.datalayer import check_now
    from bot.logs import set_up

    set_up(level=logging.ERROR, plain=True)  # every failed call has its line in the answer
    _run(check_now(url, secret_file=secret_file, email=email, write=write, as_json=as_json))


@audit.command("verify")
def audit_verify(env_file: EnvFile = DEFAULT_ENV) -> None:
    """Check the chains of event log and erasure register, and print their heads. Example: python bot.py audit verify"""
    from bot.commands.serve import audit_now

    _run(audit_now(env_file))


@app.command()
def restore(
    env_file: EnvFile = DEFAULT_ENV,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")] = False,
    noted: Annotated[bool, typer.Option("--noted", help="The corrections listed were made again by hand.")] = False,
    as_json: AsJson = False,
) -> None:
    """After a database was restored from a backup: do again what the erasure register says was done since. Exits with
    1 while a colleague has to look. Example: python bot.py restore --dry-run"""
    from bot.commands.restore import restore_now
    from bot.logs import set_up

    set_up(level=30, plain=True)
    _run(restore_now(env_file, dry_run=dry_run, noted=noted, as_json=as_json), stopped=STOPPED)


@mail.command("deliver")
def mail_deliver(env_file: EnvFile = DEFAULT_ENV) -> None:
    """Take one raw mail from standard input, for a mail server's pipe. Exits with 0 when it is kept, 75 to try again,
    65 for an empty input, 78 without settings. Example: python bot.py mail deliver --env-file .env < mail.eml"""
    from bot.commands.deliver import TRY_AGAIN, deliver, post_room, read_mail

    raw, truncated = read_mail(sys.stdin.buffer)
    _run(deliver(env_file, raw, truncated=truncated, opening=post_room), stopped=TRY_AGAIN)


if __name__ == "__main__":
    main()
