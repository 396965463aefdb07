"""A ZIP that is written from front to back into a sink that cannot be wound back, and remembers what it wrote.

Promise: entry names are fixed by the program, in lower case and without a path that leads anywhere; times, rights and
order depend on the arguments alone, so the same content gives the same bytes; each file's length and SHA-256 are known
when it ends. Limits: one file at a time, at most 2 GiB each, and no encryption (the vault does that).
"""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final, Protocol, cast

_BLOCK: Final = 64 * 1024
_ENTRY = re.compile(r"(?:[a-z]+/)?[A-Za-z0-9_-]{1,80}\.[a-z.]{2,12}")
_MODE: Final = 0o100600 << 16  # an ordinary file, for its owner
_UNIX: Final = 3


class Sink(Protocol):
    """Where bytes go: the vault's writer, a file, a socket."""

    def write(self, data: bytes, /) -> int:
        """Takes all of them and returns their number."""

    def flush(self) -> None:
        """Passes on what waits, if anything can."""


class Waiting(Protocol):
    """Where bytes wait until their turn: in memory, or in the vault's scratch."""

    def write(self, data: bytes, /) -> int:
        """Adds bytes."""

    def chunks(self) -> Iterator[bytes]:
        """All of them, once, after the last `write`."""

    def close(self) -> None:
        """Drops them."""


class InMemory:
    """Bytes that wait in memory; for small packages, tests, and where no vault is at hand."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()

    def write(self, data: bytes) -> int:
        """Adds bytes."""
        return self._buffer.write(data)

    def chunks(self) -> Iterator[bytes]:
        """All bytes, a block at a time."""
        self._buffer.seek(0)
        yield from iter(lambda: self._buffer.read(_BLOCK), b"")

    def close(self) -> None:
        """Drops them."""
        self._buffer.close()


class Squeezed:
    """Text that waits compressed: about a tenth of its length is written. What is less than a block waits here."""

    def __init__(self, place: Callable[[], Waiting]) -> None:
        """Opens a place when it is needed; `close` drops it."""
        self._open = place
        self._place: Waiting | None = None
        self._deflate = zlib.compressobj(level=1)
        self._block = bytearray()

    def write(self, data: bytes) -> int:
        """Adds bytes; not after `chunks`."""
        self._block += data
        if len(self._block) >= _BLOCK:
            self._pass_on()
        return len(data)

    def _pass_on(self) -> Waiting:
        self._place = self._place or self._open()
        self._place.write(self._deflate.compress(self._block))
        self._block.clear()
        return self._place

    def chunks(self) -> Iterator[bytes]:
        """All bytes, in pieces of at most 64 KiB."""
        if self._place is None:
            yield bytes(self._block)
            return
        place = self._pass_on()
        place.write(self._deflate.flush())
        inflate = zlib.decompressobj()
        for piece in place.chunks():
            yield inflate.decompress(piece, _BLOCK)
            while inflate.unconsumed_tail:
                yield inflate.decompress(inflate.unconsumed_tail, _BLOCK)
        yield inflate.flush()

    def close(self) -> None:
        """Drops the bytes."""
        if self._place is not None:
            self._place.close()


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A file of the package: its name in the archive, its length in bytes, the hex SHA-256 of its content."""

    name: str
    size: int
    sha256: str


class Entry:
    """The file being written. Bytes are passed on a block at a time."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name = name
        self._file = file
        self._hash = hashlib.sha256()
        self._size = 0
        self._block = bytearray()

    def write(self, data: bytes) -> int:
        """Takes bytes."""
        self._block += data
        if len(self._block) >= _BLOCK:
            self.pass_on()
        return len(data)

    def pass_on(self) -> None:
        """Hands what waits to the archive."""
        self._hash.update(self._block)
        self._size += len(self._block)
        self._file.write(bytes(self._block))
        self._block.clear()

    @property
    def filed(self) -> Filed:
        """What was written so far."""
        return Filed(name=self.name, size=self._size, sha256=self._hash.hexdigest())


class Archive:
    """The ZIP. `files` grows as entries end."""

    def __init__(self, out: Sink, made_at: datetime) -> None:
        """`made_at` is the time every entry carries, written as UTC because a ZIP knows no zones."""
        self._out = _ForwardOnly(out)
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._out), "w", zipfile.ZIP_DEFLATED)
        self._time = made_at.timetuple()[:6]
        self.files: list[Filed] = []

    @contextmanager
    def entry(self, name: str) -> Iterator[Entry]:
        """A file to write; it counts once the block ends well. Raises ValueError for a name that is none of ours."""
        if not _ENTRY.fullmatch(name) or name in self._zip.NameToInfo:
            raise ValueError("not a name for a file of the package")
        info = zipfile.ZipInfo(name, self._time)
        info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, _MODE, _UNIX
        with self._zip.open(info, "w") as file:
            entry = Entry(name, file)
            yield entry
            entry.pass_on()
        self.files.append(entry.filed)

    def add(self, name: str, content: bytes) -> Filed:
        """A whole file at once."""
        with self.entry(name) as entry:
            entry.write(content)
        return self.files[-1]

    def close(self) -> None:
        """Writes the table of contents; without it the ZIP does not open."""
        self._zip.close()

    def abandon(self) -> None:
        """Ends without another byte: what was written does not open."""
        self._out.is_shut = True
        self._zip.close()


class _ForwardOnly:
    """A sink without `tell` and `seek`, so that the archive is written alike wherever it goes."""

    def __init__(self, out: Sink) -> None:
        self._out = out
        self.is_shut = False

    def write(self, data: bytes) -> int:
        return len(data) if self.is_shut else self._out.write(data)

    def flush(self) -> None:
        if not self.is_shut:
            self._out.flush()
