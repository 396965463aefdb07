"""Queries about the desk's own work, as `tx.work`: tickets, their contents, the event log, the step table.

Promise: the groups share one open transaction, so ticket, log line and owed step are written together or not at
all. Limits: nothing stands here but their names; the queries are in tickets.py, contents.py, chain.py, steps.py and
absences.py.
"""

from storage.absences import Absences
from storage.chain import GENESIS, Chain, Logged, Record, chained, first_break
from storage.contents import Contents
from storage.steps import Step, Steps
from storage.tickets import Tickets

__all__ = ["GENESIS", "Logged", "Record", "Step", "Work", "chained", "first_break"]


class Work(Tickets, Contents, Chain, Steps, Absences):
    """Every query about tickets and what is owed for them, over one open transaction."""
