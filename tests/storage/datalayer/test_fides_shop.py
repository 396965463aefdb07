"""Dataset files as people have them: a shop in the manner of a well-known example, read, planned and erased unchanged.

The example's traits: `fidesops_meta` in old files, an address that stands under a category of systems, an employee whom
tickets of others name, keys of two columns, several references into one table, several datasets in one file.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.commands.datamaps import Asked, access_now, check_now, erase_now, install_now, plan_now, rectify_now

MONEY = "NUMERIC(10,2)"
DDL = (
    f"CREATE TABLE product (id INTEGER PRIMARY KEY, name VARCHAR(100), price {MONEY})",
    "CREATE TABLE address (id INTEGER PRIMARY KEY, house INTEGER, city VARCHAR(100))",
    "CREATE TABLE customer (id INTEGER PRIMARY KEY, email VARCHAR(100), name VARCHAR(100), created TIMESTAMP,"
    " address_id BIGINT)",
    "CREATE TABLE employee (id INTEGER PRIMARY KEY, email VARCHAR(100), name VARCHAR(100), address_id BIGINT)",
    "CREATE TABLE payment_card (id VARCHAR(100) PRIMARY KEY, ccn BIGINT, code SMALLINT, preferred BOOLEAN,"
    " customer_id INTEGER, billing_address_id BIGINT)",
    "CREATE TABLE orders (id VARCHAR(100) PRIMARY KEY, customer_id INTEGER, shipping_address_id BIGINT)",
    "CREATE TABLE order_item (order_id VARCHAR(100), item_no SMALLINT, product_id INTEGER, quantity SMALLINT,"
    " PRIMARY KEY (order_id, item_no))",
    "CREATE TABLE visit (email VARCHAR(100), last_visit TIMESTAMP, PRIMARY KEY (email, last_visit))",
    "CREATE TABLE service_request (id VARCHAR(100) PRIMARY KEY, email VARCHAR(100), alt_email VARCHAR(100),"
    " opened DATE, employee_id INTEGER)",
    "CREATE TABLE loyalty (id VARCHAR(100) PRIMARY KEY, name VARCHAR(100), points INTEGER)",
    "INSERT INTO product VALUES (1, 'Oat', 20), (2, 'Almond', 20)",
    "INSERT INTO address VALUES (1, 123, 'Leiden'), (2, 4, 'Delft'), (3, 555, 'Gouda')",
    "INSERT INTO customer VALUES (1, 'Jan@shop.example', 'Jan', '2020-04-01 11:47:42', 1),"
    " (2, 'jil@shop.example', 'Jil', '2020-04-01 11:47:42', 2)",
    "INSERT INTO employee VALUES (1, 'eva@shop.example', 'Eva', 3)",
    "INSERT INTO payment_card VALUES ('pay_a', 123456789, 321, true, 1, 1), ('pay_b', 987654321, 123, false, 2, 1)",
    "INSERT INTO orders VALUES ('ord_a', 1, 2), ('ord_b', 2, 1), ('ord_c', 1, 1)",
    "INSERT INTO order_item VALUES ('ord_a', 1, 1, 1), ('ord_b', 1, 1, 1), ('ord_c', 1, 1, 1), ('ord_c', 2, 2, 1)",
    "INSERT INTO visit VALUES ('jan@shop.example', '2021-01-06 01:00:00'), ('jil@shop.example', '2021-01-06 01:00:00')",
    "INSERT INTO service_request VALUES ('ser_a', 'jan@shop.example', 'jan-2@shop.example', '2021-01-01', 1),"
    " ('ser_b', 'jil@shop.example', NULL, '2021-01-04', 1), ('ser_c', NULL, NULL, '2021-01-05', 1)",
    "INSERT INTO loyalty VALUES ('CH-1', 'Jil', 100)",
)
SYSTEM = "system.operations"
PLACES = "user.contact.address"
SHAPE: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "address": {
        "id": (SYSTEM, {"primary_key": True}), "house": (f"{PLACES}.street", {}), "city": (f"{PLACES}.city", {}),
    },
    "customer": {
        "address_id": (SYSTEM, {"to": "address.id"}), "created": (SYSTEM, {}),
        "email": ("user.contact.email", {"identity": "email", "data_type": "string"}),
        "id": ("user.unique_id", {"primary_key": True}), "name": ("user.name", {"data_type": "string", "length": 40}),
    },
    "employee": {
        "address_id": (SYSTEM, {"to": "address.id"}), "email": ("user.contact.email", {"identity": "email"}),
        "id": ("user.unique_id", {"primary_key": True}), "name": ("user.name", {"data_type": "string"}),
    },
    "orders": {
        "customer_id": ("user.unique_id", {"from": "customer.id"}), "id": (SYSTEM, {"primary_key": True}),
        "shipping_address_id": (SYSTEM, {"to": "address.id"}),
    },
    "order_item": {
        "order_id": (SYSTEM, {"from": "orders.id"}), "product_id": (SYSTEM, {"to": "product.id"}),
        "quantity": (SYSTEM, {}),
    },
    "payment_card": {
        "billing_address_id": (SYSTEM, {"to": "address.id"}), "ccn": ("user.financial.bank_account", {}),
        "code": ("user.financial", {}), "customer_id": ("user.unique_id", {"from": "customer.id"}),
        "id": (SYSTEM, {"primary_key": True}), "preferred": ("user", {}),
    },
    "product": {"id": (SYSTEM, {"primary_key": True}), "name": (SYSTEM, {}), "price": (SYSTEM, {})},
    "service_request": {
        "alt_email": ("user.contact.email", {"identity": "email"}), "email": (SYSTEM, {"identity": "email"}),
        "employee_id": ("user.unique_id", {"from": "employee.id"}), "id": (SYSTEM, {"primary_key": True}),
        "opened": (SYSTEM, {}),
    },
    "visit": {"email": ("user.contact.email", {"identity": "email"}), "last_visit": (SYSTEM, {})},
}  # fmt: skip
LOYALTY = {
    "fides_key": "shop_loyalty",
    "collections": [
        {"name": "loyalty", "fields": [
            {"name": "id", "data_categories": ["user.unique_id"], "fides_meta": {"identity": "loyalty_id"}},
            {"name": "name", "data_categories": ["user.name"]}, {"name": "points", "data_categories": ["user"]},
        ]},
    ],
}  # fmt: skip


def shop(key: str = "shop", meta: str = "fides_meta") -> dict[str, Any]:
    def field(name: str, category: str, facts: dict[str, Any]) -> dict[str, Any]:
        links = [{"dataset": key, "field": facts[one], "direction": one} for one in ("from", "to") if one in facts]
        rest = {name: value for name, value in facts.items() if name not in ("from", "to")}
        told = {**rest, **({"references": links} if links else {})}
        return {"name": name, "data_categories": [category], **({meta: told} if told else {})}

    collections = [
        {"name": name, "fields": [field(each, *facts) for each, facts in fields.items()]}
        for name, fields in SHAPE.items()
    ]
    return {"fides_key": key, "name": "Shop", "description": "A shop", "collections": collections}


@pytest.fixture
def at(rig_of, tmp_path):
    """A shop on either kind of database, and a way to name a person there with these datasets as the map's file."""
    rig = rig_of(DDL, shop())

    def asked(identity: str, *datasets: dict[str, Any], **more: Any) -> Asked:
        file = Path(tmp_path / "map.yml")
        file.write_text(yaml.safe_dump({"dataset": list(datasets) or [shop()]}, sort_keys=False))
        return Asked(map_file=file, url=rig.url, identity=identity, **more)

    asked.rig = rig
    return asked


async def rows(capsys, asked: Asked, categories: str = "") -> dict[str, list[dict[str, Any]]]:
    assert await access_now(asked, categories) == 0
    whole = json.loads(capsys.readouterr().out)
    assert set(whole) == {"collections"}
    return whole["collections"]


JAN = {
    "address": [{"id": 1, "house": 123, "city": "Leiden"}, {"id": 2, "house": 4, "city": "Delft"}],
    "orders": [{"customer_id": 1, "id": "ord_a", "shipping_address_id": 2},
               {"customer_id": 1, "id": "ord_c", "shipping_address_id": 1}],
    "order_item": [{"order_id": "ord_a", "product_id": 1, "quantity": 1},
                   {"order_id": "ord_c", "product_id": 1, "quantity": 1},
                   {"order_id": "ord_c", "product_id": 2, "quantity": 1}],
    "payment_card": [{"billing_address_id": 1, "ccn": 123456789, "code": 321, "customer_id": 1, "id": "pay_a",
                      "preferred": True}],
    "service_request": [{"alt_email": "jan-2@shop.example", "email": "jan@shop.example", "employee_id": 1,
                         "id": "ser_a", "opened": "2021-01-01"}],
}  # fmt: skip


@pytest.mark.parametrize("meta", ["fides_meta", "fidesops_meta"])
@pytest.mark.parametrize("typed", ["jan@shop.example", "JAN@SHOP.EXAMPLE"])
async def test_an_unchanged_file_old_or_new_gives_every_row_that_references_lead_to(at, capsys, meta, typed):
    found = await rows(capsys, at(f"email={typed}", shop(meta=meta)))
    assert {name: found[name] for name in JAN} == JAN
    assert set(found) == {*JAN, "customer", "product", "visit"}
    assert [row["name"] for row in found["product"]] == ["Oat", "Almond"]


async def test_categories_are_whole_segments_and_a_misspelt_one_is_named(at, capsys):
    some = await rows(capsys, at("email=jan@shop.example"), "user.contact")
    assert {name: set(found[0]) for name, found in some.items()} == {
        "address": {"house", "city"}, "customer": {"email"}, "service_request": {"alt_email"}, "visit": {"email"},
    }  # fmt: skip
    assert await rows(capsys, at("email=jan@shop.example"), "user.financial.bank_account") == {
        "payment_card": [{"ccn": 123456789}]
    }
    assert await access_now(at("email=jan@shop.example"), "user.contactless") == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {"collections": {}}
    assert "no column of the map has the category user.contactless" in said.err
    assert await access_now(at("email=jan@shop.example"), " , ") == 2


async def test_an_address_under_a_category_of_systems_goes_too(at, capsys):
    await install_now(at.rig.url, test_copy=True)
    assert await erase_now(at("email=jan@shop.example"), yes=True) == 0
    shown = str(at.rig.tables())
    for gone in ("jan@shop", "Jan@shop", "jan-2@shop", "123456789", "'Jan'"):
        assert gone not in shown, gone
    assert "jil@shop.example" in shown
    assert at.rig.sql("SELECT city FROM address ORDER BY id") == [("Leiden",), ("Delft",), ("Gouda",)]
    await check_now(at("email=x").map_file, at.rig.url)
    assert "identity with a category of systems service_request.email" in capsys.readouterr().out


async def test_an_employee_s_erasure_leaves_tickets_that_name_a_customer_and_writes_to_nobody_else(at, capsys):
    before = at.rig.sql("SELECT * FROM service_request WHERE id <> 'ser_c' ORDER BY id")
    eva = await rows(capsys, at("email=eva@shop.example"))
    assert [row["id"] for row in eva["service_request"]] == ["ser_a", "ser_b", "ser_c"]
    await install_now(at.rig.url, test_copy=True)
    capsys.readouterr()
    assert await erase_now(at("email=eva@shop.example", as_json=True), yes=True) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"collection": "suppression", "action": "suppress", "rows": 1} in result["done"]
    assert ("service_request", 2, "shared_with_others") in [
        (one["collection"], one["rows"], one["reason"]) for one in result["kept"]
    ]
    assert at.rig.sql("SELECT * FROM service_request WHERE id <> 'ser_c' ORDER BY id") == before
    assert at.rig.sql("SELECT email FROM employee") != [("eva@shop.example",)]


async def test_a_map_that_says_whose_the_rows_are_is_believed(at, capsys):
    sure = shop() | {"meta": {"collections": {"service_request": {"fields": {"employee_id": {"owner": "owns"}}}}}}
    assert await plan_now(at("email=eva@shop.example", sure, as_json=True)) == 0
    lines = {(one["collection"], one["action"], one["rows"]) for one in json.loads(capsys.readouterr().out)["lines"]}
    assert ("service_request", "mask", 3) in lines


# ---- several datasets in one file


async def test_datasets_of_one_database_are_one_map(at, capsys):
    assert (await rows(capsys, at("loyalty_id=CH-1", shop(), LOYALTY)))["loyalty"] == [
        {"id": "CH-1", "name": "Jil", "points": 100}
    ]
    assert "visit" in await rows(capsys, at("email=jil@shop.example", LOYALTY, shop()))


async def test_a_reference_into_the_other_dataset_of_the_file_is_followed(at, capsys):
    apart = shop()
    visit = next(one for one in apart["collections"] if one["name"] == "visit")
    apart["collections"].remove(visit)
    other = {"fides_key": "web", "collections": [copy.deepcopy(visit)]}
    other["collections"][0]["fields"][0]["fides_meta"] = {
        "references": [{"dataset": "shop", "field": "customer.email", "direction": "from"}]
    }
    at.rig.sql("UPDATE customer SET email = 'jan@shop.example' WHERE id = 1")
    found = await rows(capsys, at("email=jan@shop.example", apart, other))
    assert [row["email"] for row in found["visit"]] == ["jan@shop.example"]


async def test_two_databases_in_one_file_are_told_apart_by_name(at, capsys):
    twins = (shop(), shop("mirror"))
    assert await access_now(at("email=jan@shop.example", *twins)) == 1
    assert "stands in two datasets (shop and mirror): name one with --dataset" in capsys.readouterr().err
    assert "customer" in await rows(capsys, at("email=jan@shop.example", *twins, dataset="mirror"))
    assert await access_now(at("email=jan@shop.example", *twins, dataset="nobody")) == 1
    assert "which holds shop, mirror" in capsys.readouterr().err


# ---- objects inside a column


def with_profile(**identity: Any) -> dict[str, Any]:
    made = copy.deepcopy(LOYALTY)
    made["collections"][0]["fields"].append(
        {"name": "profile", "fides_meta": {"data_type": "object"}, "fields": [
            {"name": "nick", "data_categories": ["user.name"], "fides_meta": {"data_type": "string"}},
            {"name": "card", "data_categories": ["user.financial"], "fides_meta": identity},
            {"name": "kids", "data_categories": ["user.childrens"], "fides_meta": {"data_type": "string[]"}},
        ]}
    )  # fmt: skip
    return made


async def test_fields_of_an_object_are_copied_by_category_and_erased_with_their_column(at, capsys):
    kind = "JSON" if at.rig.is_sqlite else "JSONB"
    at.rig.sql(
        f"ALTER TABLE loyalty ADD COLUMN profile {kind}",
        """UPDATE loyalty SET profile = '{"nick": "jilly", "card": "4111", "kids": ["Bo"], "else": 1}'""",
    )
    jil = at("loyalty_id=CH-1", shop(), with_profile())
    named = await rows(capsys, jil, "user.name")
    assert named["loyalty"] == [{"name": "Jil", "profile": {"nick": "jilly"}}]
    assert await rows(capsys, jil, "user.shoe") == {}
    await install_now(at.rig.url, test_copy=True)
    assert await erase_now(jil, yes=True) == 0
    assert "4111" not in str(at.rig.tables())


async def test_an_identity_or_a_reference_inside_an_object_is_named_by_the_check(at, capsys):
    at.rig.sql("ALTER TABLE loyalty ADD COLUMN profile VARCHAR(200)")
    link = [{"dataset": "shop", "field": "customer.id", "direction": "from"}]
    asked = at("x=1", shop(), with_profile(identity="email", references=link))
    assert await check_now(asked.map_file, at.rig.url) == 1
    said = capsys.readouterr().out
    assert "identity inside an object loyalty.profile.card: nobody is found by it" in said
    assert "reference inside an object loyalty.profile.card: it is not followed" in said


# ---- what the check makes of a file without our facts


async def test_missing_facts_are_one_line_per_collection_and_a_bad_file_is_a_finding(at, capsys):
    asked = at("x=1")
    assert await check_now(asked.map_file, at.rig.url, as_json=True) == 1
    reasons = json.loads(capsys.readouterr().out)["reasons"]
    assert "missing facts in visit: purpose, basis, source, retention, transfer" in reasons
    assert "column not in the map order_item.item_no" in reasons
    asked.map_file.write_text("dataset: 3")
    assert await check_now(asked.map_file, at.rig.url, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["reasons"] == ["no dataset in the map"]
    asked.map_file.write_text("dataset:\n  - name: [")
    assert await check_now(asked.map_file, at.rig.url) == 2
    assert "no YAML at line 2" in capsys.readouterr().err


async def test_an_unchanged_file_allows_no_correction_and_says_what_to_add(at, capsys):
    assert await rectify_now(at("email=jan@shop.example"), ["name=Bob"]) == 1
    assert "see `rectify` in its meta (name)" in capsys.readouterr().err


async def test_many_reasons_end_in_one_next_step(at, capsys):
    for one in ("visit", "loyalty", "order_item", "orders", "product", "payment_card"):
        at.rig.sql(f"DROP TABLE {one}")
    assert await plan_now(at("email=jan@shop.example", shop(), LOYALTY)) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 7
    assert said[-2:] == ["and 1 more", "the map does not fit: run `python bot.py datamap check`"]
