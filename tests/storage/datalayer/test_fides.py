"""A map that another fideslang tool wrote loads unchanged and finds the rows that tool would find."""

import json
from pathlib import Path

import pytest

from bot.commands.datamaps import Asked, access_now

PLAIN = Path(__file__).with_name("fides_demo.yml")


async def rows(rig, capsys, email: str, categories: str = "") -> dict[str, list[dict[str, object]]]:
    assert await access_now(Asked(map_file=PLAIN, url=rig.url, identity=f"email={email}"), categories) == 0
    found: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)["collections"]
    return found


async def test_a_plain_map_gives_every_mapped_column_of_the_rows_reached(rig, capsys):
    found = await rows(rig, capsys, "Anna.DeVries@example.nl")
    assert found == {
        "accounts": [
            {"email": "anna.devries@example.nl", "first_name": "Anna", "id": 101, "phone": "+31610000001"}
        ],
        "orders": [{"account_id": 101, "amount": 49, "id": 1, "remark": None}],
        "account_addresses": [{"account_id": 101, "address_id": 1, "id": 101}],
        "addresses": [{"city": "Amsterdam", "id": 1, "street": "Lindengracht 12"}],
        "newsletter": [{"email": "Anna.deVries@example.nl", "first_name": "Anna", "id": 1}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("categories", "columns"),
    [
        ("user.contact", {"accounts": {"email", "phone"}, "addresses": {"street", "city"}, "newsletter": {"email"}}),
        ("user.contact.address,user.name", {"accounts": {"first_name"}, "addresses": {"street", "city"},
                                            "newsletter": {"first_name"}}),
        ("user.contact.address.city", {"addresses": {"city"}}),
        ("user.con", {}),
    ],
)  # fmt: skip
async def test_categories_are_matched_on_whole_segments(rig, capsys, categories, columns):
    found = await rows(rig, capsys, "anna.devries@example.nl", categories)
    assert {name: set(some[0]) for name, some in found.items()} == columns
