"""The contract of a source that holds the demo platform's data: one suite for every kind of source.

A rig (rigging.py) is a source and a hand in the rows behind it. Each check is an async function of a rig, named as a
sentence; `CONTRACT` is all of them. A new kind of source passes when every check does. Limits: the demo platform's
people and columns; what only one database can do is tested beside it.
"""

from tests.storage.datalayer import contract_acting, contract_reading
from tests.storage.datalayer.rigging import (
    CONTRACT,
    Check,
    Rig,
    Rows,
    acted,
    carry_out,
    copy,
    do,
    everything,
    only,
    who,
)

__all__ = [
    "CONTRACT", "Check", "Rig", "Rows", "acted", "carry_out", "contract_acting", "contract_reading", "copy", "do",
    "everything", "only", "who",
]  # fmt: skip
