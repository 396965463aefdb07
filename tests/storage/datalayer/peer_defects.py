"""Six stories in which a well-known engine went wrong on its demo (datalayer.md, section 4), each over a small shop.

A story is a function of a rig; it holds for ours on either kind of database and fails on the naive engine.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.core.plans import Verb
from bot.ports import SourceRefused
from tests.storage.datalayer.rigs import SqlRig

Story = Callable[[SqlRig], Awaitable[None]]

DDL = (
    "CREATE TABLE addresses (id INTEGER PRIMARY KEY, street VARCHAR(40))",
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(80), name VARCHAR(40), address_id INTEGER)",
    "CREATE TABLE employees (id INTEGER PRIMARY KEY, email VARCHAR(80), name VARCHAR(40))",
    "CREATE TABLE tickets (id INTEGER PRIMARY KEY, customer_id INTEGER, handled_by INTEGER, body VARCHAR(80))",
    "CREATE TABLE cards (id INTEGER PRIMARY KEY, customer_id INTEGER, number VARCHAR(40))",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, remark VARCHAR(40))",
    "CREATE TABLE parcels (id INTEGER PRIMARY KEY, order_id INTEGER, label VARCHAR(40) NOT NULL)",
    "INSERT INTO addresses VALUES (1, 'Dorpsstraat 5')",
    "INSERT INTO customers VALUES (1, 'ann@example.nl', 'Ann', 1), (2, 'ben@example.nl', 'Ben', 1)",
    "INSERT INTO employees VALUES (1, 'eva@example.nl', 'Eva')",
    "INSERT INTO tickets VALUES (1, 2, 1, 'it is broken')",
    "INSERT INTO cards VALUES (1, 1, '4111111111111111')",
    "INSERT INTO orders VALUES (1, 1, 'ring twice')",
    "INSERT INTO parcels VALUES (1, 1, 'Ann, Dorpsstraat 5')",
)


def field(name: str, category: str, kind: str = "string", **meta: Any) -> dict[str, Any]:
    return {"name": name, "data_categories": [category], "fides_meta": {"data_type": kind, **meta}}


def to(place: str, direction: str) -> list[dict[str, str]]:
    return [{"dataset": "shop", "field": place, "direction": direction}]


NUMBER = field("id", "system.operations", "integer", primary_key=True)
EMAIL = field("email", "user.contact.email", identity="email")
NAME = field("name", "user.name")
CUSTOMER = field("customer_id", "user.unique_id", "integer", references=to("customers.id", "from"))
LIVES_AT = field("address_id", "system.operations", "integer", references=to("addresses.id", "to"))
HANDLES = field("handled_by", "user.unique_id", "integer", references=to("employees.id", "from"))
OF_ORDER = field("order_id", "system.operations", "integer", references=to("orders.id", "from"))
CARD_NUMBER = {"name": "number", "data_categories": ["user.financial"]}
"""No declared type, as in the peer's own demo."""

COLLECTIONS = {
    "addresses": [NUMBER, field("street", "user.contact.address.street")],
    "customers": [NUMBER, EMAIL, NAME, LIVES_AT],
    "employees": [NUMBER, EMAIL, NAME],
    "tickets": [NUMBER, CUSTOMER, HANDLES, field("body", "user.content")],
    "cards": [NUMBER, CUSTOMER, CARD_NUMBER],
    "orders": [NUMBER, CUSTOMER, field("remark", "user.content")],
    "parcels": [NUMBER, OF_ORDER, field("label", "user.contact.address")],
}
SHOP: dict[str, Any] = {
    "fides_key": "shop",
    "meta": {"collections": {"tickets": {"fields": {"handled_by": {"owner": "staff"}}}}},
    "collections": [{"name": name, "fields": fields} for name, fields in COLLECTIONS.items()],
}

STORIES: list[Story] = []


def story(told: Story) -> Story:
    STORIES.append(told)
    return told


@story
async def a_shared_home_address_survives_the_erasure_of_one(rig: SqlRig) -> None:
    rig.sql("DELETE FROM parcels")  # so that nothing stops the naive one
    await rig.do(await rig.only("ann@example.nl"), Verb.ERASURE)
    assert rig.sql("SELECT street FROM addresses") == [("Dorpsstraat 5",)]


@story
async def an_employee_s_erasure_leaves_the_customers_tickets(rig: SqlRig) -> None:
    await rig.do(await rig.only("eva@example.nl"), Verb.ERASURE)
    assert rig.sql("SELECT name FROM employees") != [("Eva",)]
    assert rig.sql("SELECT customer_id, handled_by, body FROM tickets") == [(2, 1, "it is broken")]


@story
async def an_erasure_that_meets_a_column_which_takes_no_null_is_done_or_is_nothing(rig: SqlRig) -> None:
    before = rig.tables()
    try:
        await rig.do(await rig.only("ann@example.nl"), Verb.ERASURE)
    except SourceRefused:
        assert rig.tables() == before
    else:
        assert "Dorpsstraat" not in str(rig.sql("SELECT label FROM parcels"))


@story
async def a_column_without_a_declared_type_is_gone_when_it_is_said_to_be(rig: SqlRig) -> None:
    rig.sql("DELETE FROM parcels")  # so that nothing stops the naive one
    result = await rig.do(await rig.only("ann@example.nl"), Verb.ERASURE)
    assert "cards" in {one.collection for one in result.done}
    assert "4111" not in str(rig.sql("SELECT number FROM cards"))


@story
async def after_a_stop_half_way_the_rest_is_still_found(rig: SqlRig) -> None:
    refused = "INSERT INTO parcels VALUES (2, 1, 'Ann again')"
    guard = "CREATE UNIQUE INDEX one_label ON parcels ((CASE WHEN label = 'erased' THEN 1 END))"
    rig.sql(refused, guard)
    ann = await rig.only("ann@example.nl")
    try:
        await rig.do(ann, Verb.ERASURE)
    except SourceRefused:
        rig.sql("DROP INDEX one_label", "UPDATE orders SET remark = 'still here' WHERE remark = 'ring twice'")
    plan = await rig.source.find(ann, Verb.ERASURE)
    found = {line.collection for line in plan.lines if line.rows}
    assert {"orders", "parcels"} <= found
    await rig.do(ann, Verb.ERASURE, key="again")
    assert "Ann" not in str(rig.sql("SELECT label FROM parcels"))


@story
async def another_spelling_of_an_address_finds_the_same_person(rig: SqlRig) -> None:
    rig.sql("UPDATE customers SET email = 'Ann@Example.nl' WHERE id = 1")
    found = await rig.source.person(email="ANN@EXAMPLE.NL")
    assert len(found) == 1
