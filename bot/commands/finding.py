"""One thing that `doctor` looked at.

Promise: what was seen and what to do, without a secret. Limits: no look is made here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at: fine or not, what was seen, and what to do."""

    what: str
    ok: bool
    seen: str
    fix: str = ""
