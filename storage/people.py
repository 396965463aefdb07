"""Queries about people's side of the desk, as `tx.people`: conversations, and the ways into them.

Promise: the two groups share one open transaction. Limits: nothing stands here but their names; the queries are in
talks.py (talks, lines) and codes.py (challenges, counters, links).
"""

from storage.codes import Codes, Link, hashed
from storage.queries import Conflict
from storage.talks import Line, Talks

__all__ = ["Conflict", "Line", "Link", "People", "hashed"]


class People(Talks, Codes):
    """Every query about conversations and the ways into them, over one open transaction."""
