"""Small files of the demo world that must be whole after any stop: written beside the old one, then put in its place.

Promise: a reader sees the old content or the new, never half of either, and nobody but the owner can read it. Limits:
one writer; survives a killed process, not a power cut.
"""

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read (mode 0600), making its folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
    beside.replace(path)
