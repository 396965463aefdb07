"""Queries about who of the staff is away and until when.

Promise: one row per colleague; the last day is a local date and still a day away. Limits: reasons are not asked and
not kept.
"""

from datetime import date

from sqlalchemy import bindparam, delete, insert, select

from storage.queries import THIS, Queries
from storage.schema import absences

ALL = select(absences.c.who, absences.c.until).where(absences.c.until >= bindparam("today"))
DROP = delete(absences).where(absences.c.who == THIS)
ADD = insert(absences)


class Absences(Queries):
    """Who is away."""

    def away(self, today: date) -> dict[str, date]:
        """Who is away on this local day: staffer's key -> last day away."""
        rows = self._link.execute(ALL, {"today": today.isoformat()})
        return {row.who: date.fromisoformat(row.until) for row in rows}

    def set_away(self, who: str, until: date | None) -> None:
        """Note a colleague's last day away, or that they are back (None)."""
        self._link.execute(DROP, {"this": who})
        if until is not None:
            self._link.execute(ADD, {"who": who, "until": until.isoformat()})
