"""The reader's table adds whole rows at once; the sums are those of the columns, at any number of rows."""

from array import array

import pytest

from bot.core.features import GROUPS
from bot.core.table import INTENTS, Table, hash_of

PIECES = [f"piece {number}" for number in range(700)]


@pytest.fixture(scope="module")
def table() -> Table:
    hashes = array("L", sorted(map(hash_of, PIECES)))
    return Table(
        hashes=hashes,
        rarity=bytes([1]) * len(hashes),
        columns=tuple(
            array("b", [(row * (intent + 3)) % 256 - 128 for row in range(len(hashes))])
            for intent in range(len(INTENTS))
        ),
        rarity_step=1.0,
        shares=(1.0,) * len(GROUPS),
        steps=(1.0,) * len(INTENTS),
        biases=(0.0,) * len(INTENTS),
        cuts={},
        known=frozenset(),
        inputs="",
    )


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 700])
def test_rows_add_up_as_their_columns_do(table: Table, rows: int):
    hit = list(range(rows))
    assert table.sums(hit) == [sum(column[row] for row in hit) for column in table.columns]


@pytest.mark.parametrize("unit", [-128, 127])
def test_the_greatest_weights_do_not_spill_into_the_next_intent(table: Table, unit: int):
    row = list(table.columns[0]).index(unit)
    hit = [row] * 600
    assert table.sums(hit) == [column[row] * 600 for column in table.columns]


def test_every_piece_is_found_in_its_row_and_a_stranger_in_none(table: Table):
    assert sorted(table.rows(PIECES)) == list(range(len(PIECES)))
    assert table.rows(["never met"]) == []
