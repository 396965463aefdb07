"""What the erasure register remembers, as values: acts on data, and addresses that may not be used again.

Promise: a deed names nobody: the person is a keyed digest of the keys a source knows them by, and of each of their
addresses in that place; what was approved is a hash. It stands for an act that `rights.may_act` let through and that
was carried out, and is what `restore` may repeat. Limits: no values, so a correction can be named but not repeated.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.core.plans import Entered, Verb


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One act on one source under its idempotency key: verb, instant (UTC), and what was approved for whom.

    `subject` is the digest of the person, `known_by` those of the person as known by each address that was erased.
    """

    source: str
    verb: Verb
    key: str
    at: datetime
    approved: str
    ceiling: int
    subject: str
    known_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The suppression list as the register has it: what stands, and what stood and was taken back."""

    standing: tuple[Entered, ...] = ()
    lifted: tuple[tuple[str, str], ...] = ()
    """Scope and address digest of each."""
