"""The reader's table: one small whole number per piece of text and intent, and how to write and read it as bytes.

Promise: the same bytes give the same table everywhere; bytes that are not a table are refused, never half read.
Limits: a table fits the features of the program that trained it; `FORMAT` is raised when the features change.
"""

import json
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from struct import unpack_from
from typing import Any, Final

from bot.core.features import GROUPS, Pieces, rows

MAGIC: Final = b"SPDT"
FORMAT: Final = 1
INTENTS: Final = (
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "consent_withdrawal",
    "unsubscribe",
    "testimonial_removal",
    "post_mortem",
    "complaint",
    "inform",
    "status",
    "cancel",
    "human",
    "other",
)


class TableError(ValueError):
    """The bytes are no reader's table of this program; train it again."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Weights of one reader. A score is a log-odds: 0 means as likely as not."""

    buckets: int
    columns: tuple["array[int]", ...]  # per intent: one signed byte per row
    rarity: bytes  # per row: how rare the piece is, squared, in steps of `rarity_step`; 0 = never met
    rarity_step: float
    shares: tuple[float, ...]  # per group of features: how much it counts
    steps: tuple[float, ...]  # per intent: what one unit of its column is worth
    biases: tuple[float, ...]  # per intent
    cuts: Mapping[str, float]  # the thresholds that decide, set on writers the table had not met
    known: frozenset[int]  # hashes of the words met in training
    inputs: str  # SHA-256 of everything the table was trained from

    def scores(self, named: Pieces) -> list[float]:
        """Takes the pieces of a text; returns one log-odds per intent, in the order of INTENTS."""
        totals = list(self.biases)
        for group in range(len(GROUPS)):
            self._add(totals, self.seen_rows(named, group), self.shares[group])
        return totals

    def seen_rows(self, named: Pieces, group: int) -> list[int]:
        """Takes pieces and the number of a group; returns the rows of those met in training, each once."""
        return [row for row in set(rows(named[group], self.buckets)) if self.rarity[row]]

    def length(self, hit: Sequence[int]) -> float:
        """Takes rows; returns the length of their vector, by which their sum is divided."""
        return sqrt(sum(map(self.rarity.__getitem__, hit)) * self.rarity_step)

    def _add(self, totals: list[float], hit: Sequence[int], share: float) -> None:
        if not hit:
            return
        share /= self.length(hit)
        for intent, column in enumerate(self.columns):
            totals[intent] += sum(map(column.__getitem__, hit)) * self.steps[intent] * share


def pack(table: Table) -> bytes:
    """Takes a table; returns its bytes: magic, header of JSON, compressed body."""
    header = {
        "format": FORMAT,
        "intents": INTENTS,
        "buckets": table.buckets,
        "rarity_step": table.rarity_step,
        "shares": table.shares,
        "steps": table.steps,
        "biases": table.biases,
        "cuts": dict(table.cuts),
        "known": len(table.known),
        "inputs": table.inputs,
    }
    text = json.dumps(header, sort_keys=True).encode()
    words = b"".join(word.to_bytes(4, "little") for word in sorted(table.known))
    body = table.rarity + b"".join(column.tobytes() for column in table.columns) + words
    return MAGIC + len(text).to_bytes(4, "little") + text + zlib.compress(body, 9)


def unpack(raw: bytes) -> Table:
    """Takes the bytes of `pack`; returns the table. Raises TableError for anything else."""
    try:
        size = int.from_bytes(raw[4:8], "little")
        header = json.loads(raw[8 : 8 + size])
        body = zlib.decompress(raw[8 + size :])
        expected = header["buckets"] * (1 + len(INTENTS)) + 4 * header["known"]
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise TableError(str(error)) from error
    if (raw[:4], header["format"], tuple(header["intents"])) != (MAGIC, FORMAT, INTENTS) or len(body) != expected:
        raise TableError("made by another program or another version of this one")
    return _from(header, body)


def _from(header: Mapping[str, Any], body: bytes) -> Table:
    buckets = header["buckets"]
    cut = [body[i * buckets : (i + 1) * buckets] for i in range(1 + len(INTENTS))]
    known = unpack_from(f"<{header['known']}I", body, buckets * (1 + len(INTENTS)))
    return Table(
        buckets=buckets,
        columns=tuple(array("b", column) for column in cut[1:]),
        rarity=cut[0],
        rarity_step=header["rarity_step"],
        shares=tuple(header["shares"]),
        steps=tuple(header["steps"]),
        biases=tuple(header["biases"]),
        cuts=header["cuts"],
        known=frozenset(known),
        inputs=header["inputs"],
    )
