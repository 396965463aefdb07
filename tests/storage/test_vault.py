"""The vault from the outside: what stands in its folder byte by byte, and what it refuses to open."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.vault import CHUNK, NotInVault, Tampered, Vault

MASTER = bytes(range(32))
SECRET = b"Sanne van den Berg, sanne@example.nl, Keizersgracht 1; "
TICKET = "SEL-2026-00417"
TAG = 16


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", MASTER)


def put(vault: Vault, plain: bytes, object_id: str = "parcel-1", step: int = 4096) -> None:
    with vault.writer(object_id, ticket=TICKET, kind="parcel") as out:
        for start in range(0, len(plain), step):
            out.write(plain[start : start + step])


def got(vault: Vault, object_id: str = "parcel-1", **more: int) -> bytes:
    return b"".join(vault.reader(object_id, TICKET, "parcel", **more))


def files(vault_folder: Path) -> Iterator[Path]:
    return (path for path in vault_folder.rglob("*") if path.is_file())


def object_file(tmp_path: Path) -> Path:
    return tmp_path / "vault" / "objects" / "parcel-1"


def key_file(tmp_path: Path) -> Path:
    return tmp_path / "vault" / "keys" / "parcel-1.key"


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17])
def test_what_was_written_is_read_back_with_its_size(vault: Vault, length: int) -> None:
    plain = os.urandom(length)
    put(vault, plain)
    assert got(vault) == plain
    assert vault.size("parcel-1") == length


def test_no_plaintext_reaches_the_folder_while_writing_or_after(vault: Vault, tmp_path: Path) -> None:
    with vault.writer("parcel-1", ticket=TICKET, kind="parcel") as out:
        for _ in range(5000):
            out.write(SECRET)
        out.flush()
        written = [path.read_bytes() for path in files(tmp_path)]
        assert sum(map(len, written)) > CHUNK
        assert not any(b"Sanne" in one or b"example.nl" in one for one in written)
    after = [path.read_bytes() for path in files(tmp_path)]
    assert len(after) == 2
    assert not any(b"Sanne" in one or b"example.nl" in one for one in after)


def test_a_shredded_object_is_gone_and_a_copy_of_its_bytes_stays_shut(vault: Vault, tmp_path: Path) -> None:
    put(vault, SECRET * 3000)
    copied = object_file(tmp_path).read_bytes()
    wrapped = key_file(tmp_path).read_bytes()
    vault.shred("parcel-1")
    assert not list(files(tmp_path))
    object_file(tmp_path).write_bytes(copied)
    with pytest.raises(NotInVault):
        got(vault)
    put(vault, b"another", "parcel-2")
    (tmp_path / "vault/keys/parcel-2.key").replace(key_file(tmp_path))
    object_file(tmp_path).write_bytes(copied)
    with pytest.raises(Tampered):
        got(vault)
    assert wrapped not in b"".join(path.read_bytes() for path in files(tmp_path))


def test_the_key_is_overwritten_before_its_name_is_taken_away(vault: Vault, tmp_path: Path) -> None:
    put(vault, SECRET)
    wrapped = key_file(tmp_path).read_bytes()
    other_name = tmp_path / "same-file"
    other_name.hardlink_to(key_file(tmp_path))
    vault.shred("parcel-1")
    assert other_name.read_bytes() != wrapped
    assert len(other_name.read_bytes()) == len(wrapped)


def test_shredding_twice_or_nothing_at_all_is_no_error(vault: Vault) -> None:
    put(vault, SECRET)
    vault.shred("parcel-1")
    vault.shred("parcel-1")
    vault.shred("never-there")
    with pytest.raises(NotInVault):
        vault.size("parcel-1")


@pytest.mark.parametrize("place", [0, CHUNK // 2, CHUNK + TAG + 5, -1])
def test_one_changed_bit_is_refused(vault: Vault, tmp_path: Path, place: int) -> None:
    put(vault, os.urandom(2 * CHUNK + 100))
    sealed = bytearray(object_file(tmp_path).read_bytes())
    sealed[place] ^= 1
    object_file(tmp_path).write_bytes(sealed)
    with pytest.raises(Tampered):
        got(vault)


@pytest.mark.parametrize("cut", [1, 100 + TAG, CHUNK + TAG + 100 + TAG])
def test_a_missing_end_is_refused_also_at_the_edge_of_a_chunk(vault: Vault, tmp_path: Path, cut: int) -> None:
    put(vault, os.urandom(2 * CHUNK + 100))
    sealed = object_file(tmp_path).read_bytes()
    object_file(tmp_path).write_bytes(sealed[:-cut])
    with pytest.raises(Tampered):
        got(vault)


def test_an_emptied_object_and_an_added_end_are_refused(vault: Vault, tmp_path: Path) -> None:
    put(vault, SECRET)
    sealed = object_file(tmp_path).read_bytes()
    for changed in (b"", sealed + b"x" * TAG, sealed + sealed):
        object_file(tmp_path).write_bytes(changed)
        with pytest.raises(Tampered):
            got(vault)


def test_chunks_in_another_order_are_refused(vault: Vault, tmp_path: Path) -> None:
    put(vault, os.urandom(3 * CHUNK))
    sealed = object_file(tmp_path).read_bytes()
    whole = CHUNK + TAG
    object_file(tmp_path).write_bytes(sealed[whole : 2 * whole] + sealed[:whole] + sealed[2 * whole :])
    with pytest.raises(Tampered):
        got(vault)


def test_another_ticket_kind_id_or_master_key_is_refused(vault: Vault, tmp_path: Path) -> None:
    put(vault, SECRET)
    with pytest.raises(Tampered):
        vault.reader("parcel-1", "SEL-2026-00418", "parcel")
    with pytest.raises(Tampered):
        vault.reader("parcel-1", TICKET, "proof")
    with pytest.raises(Tampered):
        Vault(tmp_path / "vault", bytes(32)).reader("parcel-1", TICKET, "parcel")
    object_file(tmp_path).rename(tmp_path / "vault/objects/parcel-9")
    key_file(tmp_path).rename(tmp_path / "vault/keys/parcel-9.key")
    with pytest.raises(Tampered):
        vault.reader("parcel-9", TICKET, "parcel")


def test_a_cut_wrapped_key_is_refused(vault: Vault, tmp_path: Path) -> None:
    put(vault, SECRET)
    key_file(tmp_path).write_bytes(b"short")
    with pytest.raises(Tampered):
        got(vault)


@pytest.mark.parametrize("start", [0, 1, CHUNK - 1, CHUNK, CHUNK + 7, 2 * CHUNK + 99, 2 * CHUNK + 100])
def test_a_download_can_go_on_from_any_byte(vault: Vault, start: int) -> None:
    plain = os.urandom(2 * CHUNK + 100)
    put(vault, plain)
    assert got(vault, start=start) == plain[start:]


def test_a_start_outside_the_object_is_refused(vault: Vault) -> None:
    put(vault, b"12345")
    for start in (-1, 6):
        with pytest.raises(ValueError, match="outside"):
            got(vault, start=start)


def test_a_block_that_fails_leaves_nothing_and_keeps_what_was_there(vault: Vault, tmp_path: Path) -> None:
    put(vault, b"the first one")
    broken: Any = [None]
    with pytest.raises(TypeError), vault.writer("parcel-1", ticket=TICKET, kind="parcel") as out:
        list(map(out.write, [SECRET * 5000, *broken]))  # a source that breaks down half-way
    assert got(vault) == b"the first one"
    assert sorted(path.name for path in files(tmp_path)) == ["parcel-1", "parcel-1.key"]


def test_writing_again_replaces_the_object_and_its_key(vault: Vault, tmp_path: Path) -> None:
    put(vault, b"the first one")
    first = key_file(tmp_path).read_bytes()
    put(vault, b"the second one")
    assert got(vault) == b"the second one"
    assert key_file(tmp_path).read_bytes() != first


def test_the_same_object_is_not_written_twice_at_once(vault: Vault) -> None:
    with vault.writer("parcel-1", ticket=TICKET, kind="parcel") as out:
        with pytest.raises(ValueError, match="already"):
            put(vault, b"second")
        out.write(b"first")
    assert got(vault) == b"first"


def test_a_sweep_removes_what_a_crash_left_and_nothing_else(vault: Vault, tmp_path: Path) -> None:
    for one in ("kept", "unknown", "keyless", "lost-key"):
        put(vault, SECRET, one)
    (tmp_path / "vault/keys/keyless.key").unlink()
    (tmp_path / "vault/objects/lost-key").unlink()
    (tmp_path / "vault/objects/half.part").write_bytes(b"x")
    (tmp_path / "vault/keys/half.key.part").write_bytes(b"x")
    with vault.writer("running", ticket=TICKET, kind="parcel") as out:
        out.write(SECRET * 3000)
        assert vault.sweep(["kept"]) == 4
    assert got(vault, "kept") == SECRET
    assert got(vault, "running") == SECRET * 3000
    left = sorted(path.name for path in files(tmp_path))
    assert left == ["kept", "kept.key", "running", "running.key"]
    assert vault.sweep(["kept", "running"]) == 0


@pytest.mark.parametrize("name", ["-x", "_x", "x" * 80])
def test_a_random_id_may_begin_with_either_sign(vault: Vault, name: str) -> None:
    put(vault, b"x", name)
    with vault.writer("parcel-2", ticket=name, kind="parcel") as out:
        out.write(b"y")
    assert b"".join(vault.reader("parcel-2", name, "parcel")) == b"y"


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a.part", "a|b", "a" * 81, "ü", "a\n", "a\x00"])
def test_names_that_could_lead_elsewhere_are_refused(vault: Vault, tmp_path: Path, name: str) -> None:
    for attempt in (vault.shred, vault.size, lambda one: vault.reader(one, TICKET, "parcel")):
        with pytest.raises(ValueError, match="not a name"):
            attempt(name)
    with pytest.raises(ValueError, match="not a name"):
        put(vault, b"x", name)
    with pytest.raises(ValueError, match="not a name"):
        vault.reader("parcel-1", name, "parcel")
    assert not list(files(tmp_path))


def test_files_and_folders_are_for_this_user_alone(vault: Vault, tmp_path: Path) -> None:
    put(vault, SECRET)
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "vault").rglob("*")}
    assert modes == {0}


def test_a_master_key_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(tmp_path, b"short")


def test_a_scratch_gives_its_bytes_back_and_has_no_name(vault: Vault, tmp_path: Path) -> None:
    scratch = vault.scratch()
    for _ in range(3000):
        scratch.write(SECRET)
    assert not list(files(tmp_path))
    assert b"".join(scratch.chunks()) == SECRET * 3000
    scratch.close()
