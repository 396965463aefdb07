"""How long the law keeps rows, and what masks look like in every kind of column."""

from datetime import date

import pytest

from bot.core.plans import Action, Verb
from storage.datalayer.keeping import first_kept, last_kept
from storage.datalayer.mapnotes import Keep

PLAIN = Keep(reason="evidence", article="x", years=3, since="at")
YEARS = Keep(reason="tax_records", article="x", years=7, since="at", year_end=True)
FOREVER = Keep(reason="contract", article="x")


@pytest.mark.parametrize(
    ("since", "keep", "last"),
    [
        (date(2023, 3, 5), PLAIN, date(2026, 3, 5)),
        (date(2024, 2, 29), PLAIN, date(2027, 2, 28)),
        (date(2026, 1, 1), YEARS, date(2033, 12, 31)),
        (date(2026, 12, 31), YEARS, date(2033, 12, 31)),
        (date(2026, 1, 1), FOREVER, None),
    ],
)
def test_the_last_day_is_the_same_date_years_later(since, keep, last):
    assert last_kept(since, keep) == last


@pytest.mark.parametrize("keep", [PLAIN, YEARS])
@pytest.mark.parametrize("today", [date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 29), date(2026, 12, 31)])
def test_both_ways_of_counting_agree_on_every_day(keep, today):
    first = first_kept(today, keep)
    for since in (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28), date(2025, 3, 1),
                  date(2019, 1, 1), date(2018, 12, 31), date(2020, 12, 31), date(2021, 1, 1)):  # fmt: skip
        assert (since >= first) == (last_kept(since, keep) >= today)
    assert first_kept(today, FOREVER) is None


async def test_composite_and_natural_keys_are_erased_like_others(small):
    world = small(
        "CREATE TABLE people (email VARCHAR(254) PRIMARY KEY, name TEXT NOT NULL, born DATE NOT NULL,"
        " seen DATETIME, points NUMERIC(8,2) NOT NULL, picture BLOB, vip BOOLEAN NOT NULL, code CHAR(2) NOT NULL);"
        "CREATE TABLE seats (event INTEGER, seat INTEGER, email VARCHAR(254) NOT NULL REFERENCES people(email),"
        " wish TEXT, PRIMARY KEY (event, seat));"
        "INSERT INTO people VALUES ('a@example.nl', 'A', '1990-01-01', NULL, 7.5, x'00ff', 1, 'NL'),"
        " ('b@example.nl', 'B', '1991-01-01', NULL, 1, NULL, 0, 'BE');"
        "INSERT INTO seats VALUES (1, 1, 'a@example.nl', 'aisle'), (1, 2, 'b@example.nl', 'window'),"
        " (2, 1, 'a@example.nl', 'aisle');",
        {
            "meta": {"collections": {"seats": {"fields": {"wish": {"third_party": True}}}}},
            "collections": {
                "people": {"email": "user.contact.email identity email", "name": "user.name", "vip": "user",
                           "born": "user.demographic.date_of_birth", "seen": "user.behavior", "points": "user",
                           "picture": "user.content", "code": "user.contact.address.country"},
                "seats": {"event": "system.operations", "seat": "system.operations",
                          "email": "user.contact.email from people.email", "wish": "user.content"},
            },
        },
    )  # fmt: skip
    a = await world.only("A@example.nl")
    rows = await world.copy(a)
    assert [(row["event"], row["seat"]) for row in rows["seats"]] == [(1, 1), (2, 1)]
    assert rows["people"][0]["vip"] is True
    before = world.sql("SELECT * FROM people WHERE email = 'b@example.nl'")
    await world.do(a, Verb.ERASURE)
    ((email, *rest),) = world.sql("SELECT * FROM people WHERE email <> 'b@example.nl'")
    assert rest == ["erased", "1900-01-01", "1900-01-01 00:00:00", 0, b"", 0, "--"]
    assert email.endswith("@erased.invalid")
    assert world.sql("SELECT count(*) FROM seats WHERE email = ? AND wish = 'erased'", email) == [(2,)]
    assert world.sql("SELECT * FROM people WHERE email = 'b@example.nl'") == before
    assert await world.source.person(email="a@example.nl") == ()
    await world.source.close()


async def test_a_kept_column_stays_in_a_masked_row(small):
    keep = {"reason": "evidence", "article": "GDPR 17(3)(e)", "years": 5, "since": "signed"}
    world = small(
        "CREATE TABLE deeds (id INTEGER PRIMARY KEY, email TEXT NOT NULL, phone TEXT, signed DATE NOT NULL);"
        "INSERT INTO deeds VALUES (1, 'a@example.nl', '06', '2025-06-01');",
        {
            "meta": {"collections": {"deeds": {"fields": {"signed": {"keep": keep}}}}},
            "collections": {
                "deeds": {
                    "id": "system.operations",
                    "email": "user.contact.email identity email",
                    "phone": "user.contact.phone_number",
                    "signed": "user.behavior",
                }
            },
        },
    )
    result = await world.do(await world.only("a@example.nl"), Verb.ERASURE)
    assert [(line.action, line.columns, line.keep_until) for line in result.kept] == [
        (Action.KEEP, ("signed",), date(2030, 6, 1))
    ]
    assert world.sql("SELECT phone, signed FROM deeds") == [("erased", "2025-06-01")]
    await world.source.close()
