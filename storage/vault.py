"""The vault: export parcels and identity proofs, encrypted one by one and destroyed by destroying their keys.

Promise: plaintext never reaches the disk; an object is either whole or not there; bytes that were changed, cut off,
reordered or moved to another ticket, object or kind are refused. After `shred` nothing opens the object, also not
a copy of its encrypted bytes. Limits: `folder/keys` has to stay out of every backup, and a disk that writes elsewhere
than it is told (flash, snapshots) may keep an overwritten key, which is of no use without the master key. One process
writes into a folder. All calls block; run them in a thread.
"""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK: Final = 64 * 1024  # bytes of plaintext sealed at a time
_TAG: Final = 16  # bytes AES-GCM adds to each chunk
_NONCE: Final = 12
_KEY: Final = 32
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")  # a random URL-safe id may begin with either sign
_FORM: Final = "vault-1"


class NotInVault(Exception):
    """There is no such object: never written, not finished, or shredded. The message names only its id."""


class Tampered(Exception):
    """The bytes are not the ones that were written for this ticket, object and kind. The message names only the id."""


@dataclass(frozen=True, kw_only=True)
class _Label:
    """What every chunk is bound to; the parts cannot hold the separator, so two labels never read the same."""

    ticket: str
    object_id: str
    kind: str

    def chunk(self, index: int, *, last: bool) -> bytes:
        return f"{_FORM}|{self.ticket}|{self.object_id}|{self.kind}|{index}|{int(last)}".encode()

    def key(self) -> bytes:
        return f"{_FORM}|key|{self.ticket}|{self.object_id}|{self.kind}".encode()


class Sealing:
    """A binary sink that encrypts what it is given, a chunk at a time; it cannot be read or wound back."""

    def __init__(self, file: IO[bytes], key: bytes, label: _Label) -> None:
        """Writes to `file`, which stays open; `key` must be fresh, because the nonces count from zero."""
        self._file = file
        self._cipher = AESGCM(key)
        self._label = label
        self._waiting = bytearray()
        self._index = 0

    def write(self, data: bytes) -> int:
        """Takes bytes, returns their number. The last full chunk waits, because it may turn out to be the last."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def flush(self) -> None:
        """Nothing to do: what waits can be sealed only when it is known whether more comes."""

    def finish(self) -> None:
        """Seals what waits as the last chunk; an empty object is one empty chunk."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()
        self._file.flush()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._index), plain, self._label.chunk(self._index, last=last)))
        self._index += 1


class Scratch:
    """A place for bytes that have to wait: encrypted under a key that only this object has, in a nameless file."""

    def __init__(self, folder: Path) -> None:
        """Opens the file in `folder`; it has no name, so a crash leaves nothing to find."""
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._key = secrets.token_bytes(_KEY)
        self._label = _Label(ticket="scratch", object_id="scratch", kind="scratch")
        self._sealing = Sealing(self._file, self._key, self._label)

    def write(self, data: bytes) -> int:
        """Adds bytes; not after `chunks`."""
        return self._sealing.write(data)

    def chunks(self) -> Iterator[bytes]:
        """All bytes from the start, once."""
        self._sealing.finish()
        self._file.seek(0)
        yield from _opened(self._file, AESGCM(self._key), self._label, 0)

    def close(self) -> None:
        """The bytes are gone."""
        self._file.close()


class Vault:
    """Encrypted objects in `folder/objects`, their wrapped keys in `folder/keys`."""

    def __init__(self, folder: Path, master_key: bytes) -> None:
        """Makes the folders for this user alone. `master_key` is 32 bytes, kept outside `folder` and the database."""
        if len(master_key) != _KEY:
            raise ValueError("the vault's master key has 32 bytes")
        self._master = AESGCM(master_key)
        self._objects = folder / "objects"
        self._keys = folder / "keys"
        for place in (folder, self._objects, self._keys):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._writing: set[str] = set()

    @contextmanager
    def writer(self, object_id: str, *, ticket: str, kind: str) -> Iterator[Sealing]:
        """A binary sink; the object is there when the block ends well, and nothing of it is when it does not.

        An object of the same id is replaced. Raises ValueError for a name that is not letters, digits, "-" and "_",
        or when the same id is being written already.
        """
        label = _label(ticket, object_id, kind)
        if object_id in self._writing:
            raise ValueError("this object is being written already")
        self._writing.add(object_id)
        parts = (_part(self._key_file(object_id)), _part(self._object_file(object_id)))
        try:
            yield from self._written(label, *parts)
            self._put_in_place(object_id, *parts)
        finally:
            for part in parts:
                part.unlink(missing_ok=True)
            self._writing.discard(object_id)

    def reader(self, object_id: str, ticket: str, kind: str, *, start: int = 0) -> Iterator[bytes]:
        """The plaintext from byte `start` on, in pieces of at most CHUNK bytes, each verified before it is given.

        Raises NotInVault and Tampered at once for an object or key that is missing or not this ticket's; Tampered
        also from the iteration, where a later chunk was changed or the end is missing; ValueError for a `start`
        outside the object.
        """
        label = _label(ticket, object_id, kind)
        key = self._unwrapped(label)
        size = self.size(object_id)
        if not 0 <= start <= size:
            raise ValueError("the start lies outside the object")
        return self._read(AESGCM(key), label, start, min(start, max(size - 1, 0)) // CHUNK)

    def size(self, object_id: str) -> int:
        """The plaintext's length in bytes, from the length of the file. Raises NotInVault."""
        _checked(object_id)
        try:
            sealed = self._object_file(object_id).stat().st_size
        except FileNotFoundError:
            raise NotInVault(object_id) from None
        return sealed - _TAG * -(-sealed // (CHUNK + _TAG))

    def shred(self, object_id: str) -> None:
        """Overwrites and deletes the wrapped key, then the object. Nothing happens where nothing is."""
        _checked(object_id)
        _overwrite(self._key_file(object_id))
        self._key_file(object_id).unlink(missing_ok=True)
        _sync_folder(self._keys)
        self._object_file(object_id).unlink(missing_ok=True)
        _sync_folder(self._objects)

    def sweep(self, known_ids: Iterable[str]) -> int:
        """Removes what a crash left: half-written files and objects that nobody knows. Returns how many objects.

        Call it at the start, before anything is written: an object that is finished but not yet noted by its
        owner would be unknown too. What this vault is writing right now is left alone.
        """
        spared = {*known_ids, *self._writing}
        found = {path.name.partition(".")[0] for place in (self._keys, self._objects) for path in place.iterdir()}
        for place in (self._keys, self._objects):
            for part in place.glob("*.part"):
                if part.name.partition(".")[0] not in self._writing:
                    part.unlink(missing_ok=True)  # a half-written object's key was never written anywhere
        strangers = {one for one in found - spared if _NAME.fullmatch(one)}
        for one in strangers:
            self.shred(one)
        return len(strangers)

    def scratch(self) -> Scratch:
        """A nameless encrypted place for bytes that have to wait while a parcel is packed."""
        return Scratch(self._objects)

    def _written(self, label: _Label, key_part: Path, object_part: Path) -> Iterator[Sealing]:
        key = AESGCM.generate_key(bit_length=8 * _KEY)
        with _created(object_part) as file:
            sealing = Sealing(file, key, label)
            yield sealing
            sealing.finish()
            os.fsync(file.fileno())
        nonce = secrets.token_bytes(_NONCE)
        with _created(key_part) as file:
            file.write(nonce + self._master.encrypt(nonce, key, label.key()))
            file.flush()
            os.fsync(file.fileno())

    def _put_in_place(self, object_id: str, key_part: Path, object_part: Path) -> None:
        """The key first: an object without its key would count as damaged, a key without an object as nothing."""
        self.shred(object_id)
        key_part.replace(self._key_file(object_id))
        _sync_folder(self._keys)
        object_part.replace(self._object_file(object_id))
        _sync_folder(self._objects)

    def _unwrapped(self, label: _Label) -> bytes:
        try:
            wrapped = self._key_file(label.object_id).read_bytes()
        except FileNotFoundError:
            raise NotInVault(label.object_id) from None
        try:
            return self._master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], label.key())
        except (InvalidTag, ValueError):
            raise Tampered(label.object_id) from None

    def _read(self, cipher: AESGCM, label: _Label, start: int, first: int) -> Iterator[bytes]:
        with self._object_file(label.object_id).open("rb") as file:
            skip = start - first * CHUNK
            file.seek(first * (CHUNK + _TAG))
            for plain in _opened(file, cipher, label, first):
                yield plain[skip:]
                skip = 0

    def _key_file(self, object_id: str) -> Path:
        return self._keys / f"{object_id}.key"

    def _object_file(self, object_id: str) -> Path:
        return self._objects / object_id


def _opened(file: IO[bytes], cipher: AESGCM, label: _Label, first: int) -> Iterator[bytes]:
    """Reads one chunk ahead, because only the last one before the end may carry the mark of the last."""
    sealed = file.read(CHUNK + _TAG)
    for index in count(first):
        after = file.read(CHUNK + _TAG)
        try:
            yield cipher.decrypt(_nonce(index), sealed, label.chunk(index, last=not after))
        except (InvalidTag, ValueError):
            raise Tampered(label.object_id) from None
        if not after:
            return
        sealed = after


def _nonce(index: int) -> bytes:
    # counting is safe here: every object has a key of its own, used for one pass
    return index.to_bytes(_NONCE, "big")


def _label(ticket: str, object_id: str, kind: str) -> _Label:
    for name in (ticket, object_id, kind):
        _checked(name)
    return _Label(ticket=ticket, object_id=object_id, kind=kind)


def _checked(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError("not a name the vault takes")


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _created(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _overwrite(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(max(path.stat().st_size, 1)))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
