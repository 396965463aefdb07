"""How the platform team's tool answers: tables, JSON, and one sentence per refusal.

Promise: JSON goes out row by row, however many there are; a sentence names the next step and holds no value of a
person. Limits: English, for operators.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import IO, Any

from bot.core.plans import ActResult, Plan, PlanLine
from bot.ports import NotReadBack, PlanChanged, SourceDown, SourceRefused
from storage.datalayer.datamap import DataMap, Findings, MapField

NEXT: Mapping[str, str] = {
    "not_installed": "the desk's tables are missing: run `python bot.py datamap install --url ...` first",
    "no_database_url": "--url is no database URL: write sqlite:///file.db or postgresql://user@host/name",
    "schema_changed": "a table or column of the map is not in the database: run `python bot.py datamap check`",
    "not_permitted": "the database user may not do that: grant it on the mapped tables and on privacy_desk_*",
    "trigger_refused": "a trigger of the platform refused it and nothing was written: see the platform's own rules",
    "value_does_not_fit": "a new value does not fit its column; nothing was written: run `python bot.py datamap check`",
    "email_missing": "that is no single e-mail address: write email=somebody@example.com",
    "subject_missing": "the identity names nobody: empty values and wildcards are refused",
    "subject_of_another_type": "the identity has another type than its column: write it as the database does",
    "tenant_missing": "the map separates tenants: name one with --tenant",
    "unknown_identity": "the map knows no such identity: use email=..., id=..., or a kind that a column is marked with",
    "no_way_to": "no way to a database of this kind: write sqlite:///file.db or postgresql://user@host/name",
    "processor_rows_are_not_exported": "the person is only on a client's list: its rows are the client's to show",
    "key_used_for_another_call": "that plan was carried out for somebody else: run `python bot.py datamap plan` again",
    "field_not_allowed": "the map does not allow that field to be rectified: see `rectify` in its meta",
    "nothing_stored": "nothing is stored under that field for this person: nothing to rectify",
    "already_so": "that value is stored already: nothing to rectify",
    "ambiguous": "several values are stored under that field: rectify it by the account, --identity id=...",
    "invalid_value": "the new value is refused by the map's validator",
    "no_change": "nothing to rectify: name it with --set name=value",
    "too_many_rows": "more rows of one person than are taken on, nothing was written: raise SELEQT_PLATFORM_ROWS",
    "keep_without_reason": "the map keeps rows without a reason: run `python bot.py datamap check`",
    "no_neutral_value": "a column takes no neutral value: keep it with a reason, or delete its rows",
}
_CONFLICT = "the database refused a value and nothing was written: run `python bot.py datamap check`"
_MAP = "the map does not fit: run `python bot.py datamap check`"
_SHOWN = 5
_FILE = "correct the map's file"
_UNFIT = ("unknown table", "unknown column", "unknown reference", "no primary key", "no tenant column")
"""How reasons begin that are about the database, so that a check says more; others are about the file alone."""


class Stopped(Exception):
    """The command ends here, with a sentence and an exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.code = code


def stopped_by(problem: Exception) -> Stopped:
    """The sentence and the code for what a source says."""
    if isinstance(problem, SourceDown):
        return Stopped("the database does not answer: check --url, that it runs, and who holds a lock; then repeat", 2)
    if isinstance(problem, PlanChanged):
        return Stopped("the plan is no longer the one named; nothing was written: run `python bot.py datamap plan`", 1)
    if isinstance(problem, NotReadBack):
        return Stopped(f"a value was still there afterwards ({problem}), so all was taken back: look for a trigger", 1)
    reasons = problem.reasons if isinstance(problem, SourceRefused) else (type(problem).__name__,)
    not_understood = reasons[0].startswith(("no_database_url", "unreadable map", "no_way_to"))
    return Stopped(_sentences(reasons), 2 if not_understood else 1)


def _sentences(reasons: Sequence[str]) -> str:
    """A sentence for each reason; many about the map end in one next step."""
    if len(reasons) == 1 or not all(" " in one for one in reasons):
        return "\n".join(_sentence(one) for one in reasons)
    left = [f"and {len(reasons) - _SHOWN} more"] if len(reasons) > _SHOWN else []
    step = _MAP if all(one.startswith(_UNFIT) for one in reasons) else _FILE
    return "\n".join([*reasons[:_SHOWN], *left, step])


def _sentence(reason: str) -> str:
    code, _, where = reason.partition(":")
    if code == "unreadable map":
        return f"the map file can't be read ({where.strip()}): check --map"
    if code.endswith("_conflict"):
        return f"{_CONFLICT} ({reason})"
    said = NEXT.get(code)
    if said is None and " " in reason:
        return f"{reason}: {_MAP if reason.startswith(_UNFIT) else _FILE}"
    if said is None:
        return f"refused ({reason}): {_MAP}"
    return f"{said} ({where})" if where else said


def finding_lines(findings: Findings, *, as_json: bool) -> str:
    """What a check found, as a table or one JSON object."""
    if as_json:
        found = {"ok": findings.ok, "reasons": findings.reasons, "warnings": findings.warnings}
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    lines = [f"wrong    {one}" for one in findings.reasons] + [f"warning  {one}" for one in findings.warnings]
    wrong = f"{len(findings.reasons)} wrong, {len(findings.warnings)} warnings"
    return "\n".join([*lines, "the map fits the database" if findings.ok else wrong]) + "\n"


def named_hash(plan: Plan) -> str:
    """The plan's hash with its row ceiling: what `--plan-hash` takes."""
    return f"{plan.hash}.{plan.ceiling}"


def plan_facts(plan: Plan) -> dict[str, Any]:
    """A plan for a program to read."""
    return {
        "plan_hash": named_hash(plan),
        "verb": plan.verb,
        "rows": plan.rows,
        "ceiling": plan.ceiling,
        "flags": sorted(plan.flags),
        "recipients": [one.name for one in plan.recipients],
        "lines": [_line_facts(line) for line in plan.lines],
    }


def _line_facts(line: PlanLine) -> dict[str, Any]:
    return {
        "collection": line.collection,
        "action": line.action,
        "rows": line.rows,
        "columns": line.columns,
        "reason": line.reason,
        "article": line.article,
        "keep_until": line.keep_until.isoformat() if line.keep_until else None,
    }


def plan_table(plan: Plan) -> str:
    """A plan for a person to read, with the hash to approve."""
    rows = [("what", "rows", "where", "why", "columns")]
    rows += [(line.action, str(line.rows), line.collection, _why(line), ", ".join(line.columns)) for line in plan.lines]
    wide = [max(len(row[at]) for row in rows) for at in range(4)]
    table = ["  ".join([*(cell.ljust(wide[at]) for at, cell in enumerate(row[:4])), row[4]]).rstrip() for row in rows]
    told = [f"recipients to tell: {', '.join(one.name for one in plan.recipients)}"] if plan.recipients else []
    counted = f"{plan.rows} rows, at most {plan.ceiling} under this plan"
    return "\n".join([*table, "", *told, counted, f"plan hash  {named_hash(plan)}"]) + "\n"


def _why(line: PlanLine) -> str:
    until = f"until {line.keep_until.isoformat()}" if line.keep_until else ""
    return ", ".join(one for one in (line.reason, line.article, until) if one)


def as_result(result: ActResult, *, as_json: bool) -> str:
    """What was done and read back."""
    if as_json:
        done = [{"collection": one.collection, "action": one.action, "rows": one.rows} for one in result.done]
        kept = [_line_facts(line) for line in result.kept]
        facts = {"done": done, "kept": kept, "proof": result.proof, "already_done": result.already_done,
                 "cleared": result.cleared, "remains": result.remains}  # fmt: skip
        return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
    lines = [f"{one.action:<8} {one.rows:>8}  {one.collection}" for one in result.done]
    lines += [f"left     {line.rows:>8}  {line.collection}  {_why(line)}" for line in result.kept]
    lines += ["it was done before; nothing happened now"] if result.already_done else []
    lines += [] if result.cleared else [f"old bytes may remain: {result.remains.replace('_', ' ')}"]
    return "\n".join([*lines, f"read back, proof {result.proof}"]) + "\n"


class Rowwise:
    """Writes {"collections": {name: [rows]}} as the rows come."""

    def __init__(self, out: IO[str], datamap: DataMap | None, categories: tuple[str, ...]) -> None:
        """`categories` limit the columns, and the fields of objects; none of them means all."""
        self._out = out
        self._datamap = datamap
        self._categories = categories
        self._open = ""
        self._started = False
        self.rows = 0

    def take(self, line: PlanLine, rows: Iterator[Mapping[str, Any]]) -> None:
        """A sink; the lines of one collection follow each other."""
        cuts = {name: self._cut_of(line.collection, name) for name in line.columns}
        wanted = {name: cut for name, cut in cuts.items() if cut is not None}
        if not wanted:
            return
        for row in rows:
            self._begin(line.collection)
            shown = {name: cut(row[name]) for name, cut in wanted.items()}
            self._out.write(json.dumps(shown, ensure_ascii=False, default=_plain))
            self.rows += 1

    def _begin(self, collection: str) -> None:
        if not self._started:
            self._out.write('{"collections": {')
        if collection == self._open:
            self._out.write(",\n  ")
            return
        self._out.write(("]," if self._open else "") + f"\n {json.dumps(collection)}: [\n  ")
        self._open, self._started = collection, True

    def end(self) -> None:
        """Close what is open; an answer without rows is complete too."""
        self._out.write('{"collections": {}}\n' if not self._started else "]\n}}\n")

    def _cut_of(self, collection: str, column: str) -> Callable[[Any], Any] | None:
        """What is shown of a value of this column; None for a column that was not asked for."""
        if not self._categories or self._datamap is None:
            return _whole
        return _cut(self._datamap.collections[collection].fields[column], self._categories)


def _cut(one: MapField, wanted: Sequence[str]) -> Callable[[Any], Any] | None:
    if any(_within(held, asked) for held in one.categories for asked in wanted):
        return _whole
    cuts = {name: cut for name, each in one.inside.items() if (cut := _cut(each, wanted)) is not None}
    return partial(_some, cuts) if cuts else None


def _whole(value: Any) -> Any:
    return value


def _some(cuts: Mapping[str, Callable[[Any], Any]], value: Any) -> Any:
    """Of an object, or of each in a list, only the fields asked for; text is read as JSON first."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, list):
        return [_some(cuts, each) for each in value]
    return {name: cut(value[name]) for name, cut in cuts.items() if name in value} if isinstance(value, dict) else None


def unheld(datamap: DataMap, categories: Iterable[str]) -> list[str]:
    """Those of the categories that no column of the map has."""
    every = [each for one in datamap.collections.values() for each in one.fields.values()]
    return [asked for asked in categories if not any(_cut(each, (asked,)) for each in every)]


def _within(category: str, wanted: str) -> bool:
    """Whether a category is the wanted one or below it: user.contact has user.contact.email and not user.contacts."""
    return category == wanted or category.startswith(f"{wanted}.")


def _plain(value: object) -> Any:
    """A value JSON has no word for."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)
