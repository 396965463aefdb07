"""The reader's table: one small whole number per piece of text and intent, and how to write and read it as bytes.

Promise: the same bytes give the same table everywhere; bytes that are not a table are refused, never half read.
Limits: a table fits the features of the program that trained it; `FORMAT` is raised when the features change.
"""

import json
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from struct import unpack as unpack_words
from typing import Any, Final
from zlib import crc32

from bot.core.features import GROUPS, Pieces

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
_PER_PIECE: Final = 4 + 1 + len(INTENTS)  # bytes: hash, rarity, one weight per intent

# All weights of a row are added at once, as one large whole number with a lane of 16 bits per intent. Adding sixteen
# columns one by one took half of the time that a message takes.
_WIDTH: Final = 2 * len(INTENTS)  # bytes of a row in `lanes`
_LIFT: Final = 128  # added to each weight, so that no lane is below zero
_LIFTED: Final = bytes(number ^ _LIFT for number in range(256))
_MOST_ROWS: Final = 256  # that many times 255 stay inside a lane
_LEAD_BITS: Final = 20  # of a hash are left off to find its bucket


class TableError(ValueError):
    """The bytes are no reader's table of this program; train it again."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Weights of one reader. A score is a log-odds: 0 means as likely as not."""

    hashes: "array[int]"  # of the pieces met in training, ascending; a piece's place here is its row
    rarity: bytes  # per row, in units of `rarity_step`
    columns: tuple["array[int]", ...]  # per intent: one signed byte per row
    rarity_step: float
    shares: tuple[float, ...]  # per group of features: how much it counts
    steps: tuple[float, ...]  # per intent: what one unit of its column is worth
    biases: tuple[float, ...]  # per intent
    cuts: Mapping[str, float]  # the thresholds that decide, set on writers the table had not met
    known: frozenset[int]  # hashes of the words of the language
    inputs: str  # SHA-256 of everything the table was trained from

    def scores(self, named: Pieces) -> list[float]:
        """Takes the pieces of a text; returns one log-odds per intent, in the order of INTENTS."""
        totals = list(self.biases)
        for share, group in zip(self.shares, named, strict=True):
            hit = self.rows(group) if share else []
            if hit:
                worth = share / self.length(hit)
                for intent, (units, step) in enumerate(zip(self.sums(hit), self.steps, strict=True)):
                    totals[intent] += units * step * worth
        return totals

    def sums(self, hit: Sequence[int]) -> list[int]:
        """Takes rows; returns the sum of their weights per intent, in units of its step."""
        lanes, totals = self.lanes, [-_LIFT * len(hit)] * len(INTENTS)
        for start in range(0, len(hit), _MOST_ROWS):
            places = [row * _WIDTH for row in hit[start : start + _MOST_ROWS]]
            added = sum([int.from_bytes(lanes[at : at + _WIDTH], "little") for at in places])
            lifted = unpack_words(f"<{len(INTENTS)}H", added.to_bytes(_WIDTH, "little"))
            totals = [total + units for total, units in zip(totals, lifted, strict=True)]
        return totals

    @cached_property
    def lanes(self) -> bytes:
        """The weights of each row side by side, two bytes each, lifted above zero."""
        made = bytearray(len(self.hashes) * _WIDTH)
        for intent, column in enumerate(self.columns):
            made[2 * intent :: _WIDTH] = column.tobytes().translate(_LIFTED)
        return bytes(made)

    @cached_property
    def buckets(self) -> list[int]:
        """The first row of each run of hashes that begin with the same bits, and the end of the last run."""
        leads = range((1 << 32 - _LEAD_BITS) + 1)
        return [bisect_left(self.hashes, lead << _LEAD_BITS) for lead in leads]

    def rows(self, named: Iterable[str]) -> list[int]:
        """Takes named pieces; returns the rows of those met in training."""
        hashes, buckets = self.hashes, self.buckets
        found = []
        for key in [crc32(piece.encode()) for piece in named]:
            end = buckets[(key >> _LEAD_BITS) + 1]
            row = bisect_left(hashes, key, buckets[key >> _LEAD_BITS], end)
            if row < end and hashes[row] == key:
                found.append(row)
        return found

    def weights(self, named: Pieces, intent: str) -> list[tuple[str, float]]:
        """Takes the pieces of a text and an intent; returns what each known piece adds to its log-odds, most first."""
        place = INTENTS.index(intent)
        told: list[tuple[str, float]] = []
        for share, group in zip(self.shares, named, strict=True):
            hit = self.rows(group) if share else []
            worth = share / self.length(hit) * self.steps[place] if hit else 0.0
            told += [(p, self.columns[place][row] * worth) for p in group for row in self.rows([p]) if share]
        return sorted(told, key=lambda pair: -abs(pair[1]))

    def length(self, hit: Sequence[int]) -> float:
        """Takes rows; returns the length of their vector, by which their sum is divided."""
        return sqrt(sum([self.rarity[row] ** 2 for row in hit])) * self.rarity_step


def hash_of(piece: str) -> int:
    """Takes a named piece or a word; returns the number it is kept under."""
    return crc32(piece.encode())


def pack(table: Table) -> bytes:
    """Takes a table; returns its bytes: magic, length and text of a JSON header, compressed body."""
    header = {
        "format": FORMAT,
        "intents": INTENTS,
        "groups": GROUPS,
        "pieces": len(table.hashes),
        "known": len(table.known),
        "rarity_step": table.rarity_step,
        "shares": table.shares,
        "steps": table.steps,
        "biases": table.biases,
        "cuts": dict(table.cuts),
        "inputs": table.inputs,
    }
    text = json.dumps(header, sort_keys=True).encode()
    body = [_words(table.hashes), table.rarity, *(column.tobytes() for column in table.columns)]
    body.append(_words(sorted(table.known)))
    return MAGIC + len(text).to_bytes(4, "little") + text + zlib.compress(b"".join(body), 9)


def _words(numbers: Iterable[int]) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def unpack(raw: bytes) -> Table:
    """Takes the bytes of `pack`; returns the table. Raises TableError for anything else."""
    try:
        size = int.from_bytes(raw[4:8], "little")
        header = json.loads(raw[8 : 8 + size])
        body = zlib.decompress(raw[8 + size :])
        told = (raw[:4], header["format"], tuple(header["intents"]), tuple(header["groups"]))
        expected = header["pieces"] * _PER_PIECE + 4 * header["known"]
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise TableError(str(error)) from error
    if told != (MAGIC, FORMAT, INTENTS, GROUPS) or len(body) != expected:
        raise TableError("made by another program or another version of this one")
    return _from(header, body)


def _from(header: Mapping[str, Any], body: bytes) -> Table:
    pieces = header["pieces"]
    starts = [pieces * (5 + i) for i in range(len(INTENTS))]
    return Table(
        hashes=_numbers(body[: pieces * 4]),
        rarity=body[pieces * 4 : pieces * 5],
        columns=tuple(array("b", body[start : start + pieces]) for start in starts),
        rarity_step=header["rarity_step"],
        shares=tuple(header["shares"]),
        steps=tuple(header["steps"]),
        biases=tuple(header["biases"]),
        cuts=header["cuts"],
        known=frozenset(_numbers(body[pieces * _PER_PIECE :])),
        inputs=header["inputs"],
    )


def _numbers(raw: bytes) -> "array[int]":
    """Takes little-endian numbers of four bytes; returns them as an array, whatever this machine's own order."""
    return array("L", unpack_words(f"<{len(raw) // 4}I", raw))
