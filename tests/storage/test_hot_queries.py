"""The queries that run on every turn or every look at the clock find their rows by an index, at any size."""

import re

import pytest
from sqlalchemy import Connection, Select
from sqlalchemy.dialects import sqlite

from storage import codes, contents, steps, talks, tickets
from storage.store import Store

HOT = {
    "talk": talks.BY_ID,
    "talk_by_key": talks.BY_KEY,
    "lines_after": talks.AFTER,
    "lines_after, public": talks.PUBLIC_AFTER,
    "line_of_client": talks.OF_CLIENT,
    "newest_desk_line": talks.NEWEST_ASKED,
    "talks_to_wake": talks.TO_WAKE,
    "talks' next_wake": talks.NEXT_WAKE,
    "ticket": tickets.BY_ID,
    "tickets_of_talk": tickets.OF_TALK,
    "tickets_of_subject": tickets.OF_SUBJECT,
    "tickets_to_wake": tickets.TO_WAKE,
    "tickets' next_wake": tickets.NEXT_WAKE,
    "next_number": tickets.NEWEST_REF,
    "open tickets": tickets.ALL_OPEN,
    "ticket_of_card": tickets.OF_CARD,
    "claim": steps.DUE,
    "next_step_at": steps.NEXT_AT,
    "open_steps": steps.OWED,
    "first_time": steps.SEEN,
    "queue": steps.KNOWN,
    "challenge": codes.CHALLENGE_BY_ID,
    "counted": codes.COUNTED,
    "link": codes.LINK,
    "content": contents.NEWEST,
}


def plan(link: Connection, query: Select[tuple[object, ...]]) -> list[str]:
    """How SQLite would run it; what it is given does not matter, a list counts as one value."""
    compiled = query.compile(dialect=sqlite.dialect(paramstyle="named"))
    statement = re.sub(r"\(__\[POSTCOMPILE_(\w+)\]\)", r"(:\1)", str(compiled))
    rows = link.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", dict.fromkeys(compiled.binds, 1))
    return [row.detail for row in rows]


@pytest.mark.parametrize("name", HOT)
async def test_a_hot_query_reads_no_whole_table(store: Store, name: str) -> None:
    found = await store.raw(lambda link: plan(link, HOT[name]))
    assert found
    assert not [step for step in found if step.startswith("SCAN")], found
