"""A real IMAP server for tests: Dovecot on loopback, with everything it needs in one temporary folder.

Promise: it needs no system users, no root and no configuration of the machine; any user name gets an empty mailbox,
and mail is put into it the way a mail server does, as a file in Maildir's `new`. Limits: Dovecot 2.3.
"""

import getpass
import grp
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = Path("/usr/sbin/dovecot")
PASSWORD = "right-password"
PATIENCE = 60.0
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
{more}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  # Otherwise each wrong password makes the next login wait longer.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


class Dovecot:
    """One server and the mailboxes of its users."""

    def __init__(self, folder: Path, *, more: str = "") -> None:
        """`folder` is its own, reachable for the user it runs as; `more` are further lines of configuration."""
        self.folder = folder
        self.port, self.tls_port = _free_port(), _free_port()
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        # As root the server gives up its rights for those of nobody; as anybody else it runs as that user.
        self.user, self.group = (
            _nobody() if os.geteuid() == 0 else (getpass.getuser(), grp.getgrgid(os.getegid()).gr_name)
        )
        (folder / "mail").mkdir()
        self._give(folder / "mail")
        _certificate(folder)
        values = {"folder": folder, "user": self.user, "group": self.group, "password": PASSWORD}
        text = CONFIGURATION.format(**values, port=self.port, tls_port=self.tls_port, more=more)
        (folder / "dovecot.conf").write_text(text)

    @property
    def certificate(self) -> Path:
        """The certificate to trust."""
        return self.folder / "cert.pem"

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [PROGRAM, "-F", "-c", self.folder / "dovecot.conf"]
        self._process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while not _greets(self.port):
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())

    def kill(self) -> None:
        """SIGKILL to all of it, in the middle of whatever it does."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self.kill()

    # ---- mailboxes

    def put(self, user: str, raw: bytes, *, at: datetime, flags: str = "") -> Path:
        """A mail arrives (in `new`), or has been looked at with these Maildir flags (in `cur`)."""
        box = self.maildir(user)
        name = f"{at:%s}.M{next(self._numbers)}P1.test"
        (box / "tmp" / name).write_bytes(raw)
        os.utime(box / "tmp" / name, (at.timestamp(), at.timestamp()))
        self._give(box / "tmp" / name)
        place = box / "cur" / f"{name}:2,{flags}" if flags else box / "new" / name
        (box / "tmp" / name).rename(place)
        return place

    def maildir(self, user: str) -> Path:
        """The folder of a user's mailbox, made when it is asked for."""
        box = self.folder / "mail" / user
        for part in (box, box / "tmp", box / "new", box / "cur"):
            if not part.exists():
                part.mkdir()
                self._give(part)
        return box

    def mails(self, user: str, folder: str = "") -> dict[str, bytes]:
        """Every mail of a folder (INBOX, or another by name): where it stands, with its flags, and its bytes."""
        box = self.maildir(user) / (f".{folder}" if folder else "")
        found = [*box.glob("new/*"), *box.glob("cur/*")]
        return {str(file.relative_to(box)): file.read_bytes() for file in found}

    def renumber(self, user: str) -> None:
        """Let the server forget its UIDs: the mailbox gets another UIDVALIDITY."""
        uidlist = self.maildir(user) / "dovecot-uidlist"
        first, _, rest = uidlist.read_text().partition("\n")
        words = [f"V{int(word[1:]) + 1}" if word[0] == "V" else word for word in first.split(" ")]
        uidlist.write_text("\n".join((" ".join(words), rest)))
        for index in self.maildir(user).glob("dovecot.index*"):
            index.unlink()

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, self.user, self.group)


def _nobody() -> tuple[str, str]:
    return "nobody", grp.getgrgid(65534).gr_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            return line.recv(4) == b"* OK"
    except OSError:
        return False


def _certificate(folder: Path) -> None:
    """A certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))


@contextmanager
def running(*, more: str = "") -> Iterator[Dovecot]:
    """A server for as long as the block lasts. Without Dovecot the test skips and says so; in CI it fails."""
    if not PROGRAM.exists():
        missing = f"Dovecot is not installed at {PROGRAM}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    # Not pytest's own folder: only its owner may enter that one.
    folder = Path(tempfile.mkdtemp(prefix="desk-imap-"))
    folder.chmod(0o755)
    server = Dovecot(folder, more=more)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
