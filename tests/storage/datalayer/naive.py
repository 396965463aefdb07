"""An engine as one writes it in an afternoon, to see that the tests of ours notice what it does wrong.

It follows every reference both ways, takes each row it meets for the person's, writes row by row with a commit each,
puts NULL over references and over every column whose type the map names, and compares addresses as they were typed.
SQLite and maps without tenants only.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from bot.core.plans import Action, ActResult, Done, Key, PersonFound, Plan, PlanLine, Subject, Verb, one_part
from bot.ports import SourceRefused
from storage.datalayer.datamap import DataMap

Found = dict[str, dict[Any, dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class NaiveSource:
    """The verbs that the six stories need."""

    path: str
    datamap: DataMap
    name: str = "platform"

    async def person(self, *, email: str) -> tuple[PersonFound, ...]:
        subject = Subject(source=self.name, tenant="", keys=(Key(collection="", name="email", value=email),))
        if not any(self._walked(email).values()):
            return ()
        return (PersonFound(subject=subject, subject_id="", contacts=()),)

    async def find(self, person: Subject, verb: Verb, changes: tuple[Any, ...] = ()) -> Plan:
        found = self._walked(person.keys[0].value)
        lines = [
            PlanLine(source=self.name, tenant="", collection=name, action=Action.MASK, rows=len(rows))
            for name, rows in found.items()
        ]
        return one_part(verb, source=self.name, tenant="", subject="x", lines=lines)

    async def act(self, *, person: Subject, **_: Any) -> ActResult:
        found = self._walked(person.keys[0].value)
        with closing(sqlite3.connect(self.path)) as connection:
            for name, number in ((name, number) for name, rows in found.items() for number in rows):
                try:
                    connection.execute(f"UPDATE {name} SET {self._set(name)} WHERE id = ?", (number,))
                    connection.commit()
                except sqlite3.IntegrityError as refused:
                    raise SourceRefused(("stopped_half_way",)) from refused
        done = (Done(collection=name, action=Action.MASK, rows=len(rows)) for name, rows in found.items())
        return ActResult(done=tuple(done), proof="complete")

    async def close(self) -> None:
        """Nothing is open."""

    def _set(self, name: str) -> str:
        fields = self.datamap.collections[name].fields.values()
        gone = [one.name for one in fields if one.references or (one.data_type and one.personal)]
        return ", ".join(f"{one} = NULL" for one in gone) or "id = id"

    def _walked(self, email: str) -> Found:
        found: Found = {name: {} for name in self.datamap.collections}
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            for name, one in self.datamap.collections.items():
                for each in one.identities("email"):
                    self._take(connection, found, name, each.name, email)
            while any(self._take(connection, found, *ask) for ask in list(self._asks(found))):
                pass
        return found

    def _asks(self, found: Found) -> Iterator[tuple[str, str, Any]]:
        """Rows to look for next: where references point to, and what points here."""
        for name, one in self.datamap.collections.items():
            for each in one.fields.values():
                for link in each.references:
                    if link.outward:
                        yield from ((link.collection, link.column, row[each.name]) for row in found[name].values())
                    if link.inward:
                        yield from ((name, each.name, row[link.column]) for row in found[link.collection].values())

    def _take(self, connection: sqlite3.Connection, found: Found, name: str, column: str, value: Any) -> bool:
        rows = connection.execute(f"SELECT * FROM {name} WHERE {column} = ?", (value,)).fetchall()
        new = {row["id"]: dict(row) for row in rows if row["id"] not in found[name]}
        found[name].update(new)
        return bool(new)
