"""One connection to the shared mailbox, spoken from one thread: what the mail door needs of IMAP and no more.

Promise: looking changes nothing on the server (EXAMINE and BODY.PEEK: no flag, no \\Recent); only `tidy` writes, and
only to the mails it is given. Every fault is a MailboxDown with a code. imap-tools' own `flag`, `delete` and `move`
are not used: they expunge whatever colleagues marked. Limits: blocking; a user name and a password, no OAuth.
"""

import contextlib
import imaplib
import re
import selectors
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.utils import encode_folder

from bot.ports import MailboxDown
from handlers.imap_answers import Opened, Refused, Waiting, faults, literal, number, waiting

TIMEOUT = 60.0
"""Seconds without a byte from the server, while it owes one, before a connection counts as lost."""

KEEPALIVE = {"TCP_KEEPIDLE": 120, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 4}
"""A router that forgot the connection shows after four minutes, not at the next renewal of IDLE."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TAG = b"DESK"
_PLAIN_ID = re.compile(r"[ -~]{3,900}")


@dataclass(frozen=True, kw_only=True)
class MailboxServer:
    """Where the shared mailbox is: `tls` is one of tls, starttls, none; `done_folder` takes the mails that are ours."""

    host: str
    port: int = 993
    tls: str = "tls"
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done_folder: str = "Privacy desk"


class ImapLine:
    """Call everything but `hang_up` from one thread; each method blocks and may raise MailboxDown."""

    def __init__(self, server: MailboxServer, *, context: ssl.SSLContext | None = None) -> None:
        """`context` holds whom to trust; without it the machine's own certificates count, names are checked."""
        self._server = server
        self._context = context or ssl.create_default_context()
        self._box: BaseMailBox | None = None
        self._gone = False
        self._can: frozenset[str] = frozenset()

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        return "IDLE" in self._can

    @property
    def can_move(self) -> bool:
        """Whether one mail can be moved alone: MOVE (RFC 6851), or UID EXPUNGE after a copy (RFC 4315)."""
        return bool(self._can & {"MOVE", "UIDPLUS"})

    # ---- coming and going

    def open(self) -> None:
        """Connect and log in. Reasons: unreachable, certificate, tls, login."""
        with faults("unreachable", lost="unreachable"):
            self._box = self._connect()
            _keep_alive(self._client.sock)
        if self._gone:  # cancelled while the connection was being made
            self.hang_up()
            raise MailboxDown("lost")
        with faults("login", lost="login"):
            self._log_in(self._box)
            # What the server can do often shows only after the login.
            self._can = frozenset(b" ".join(self._client.capability()[1]).decode("ascii", "replace").upper().split())

    def _connect(self) -> BaseMailBox:
        server = self._server
        if server.tls == "tls":
            return MailBox(server.host, server.port, TIMEOUT, ssl_context=self._context)
        if server.tls == "starttls":
            return MailBoxStartTls(server.host, server.port, TIMEOUT, self._context)
        return MailBoxUnencrypted(server.host, server.port, TIMEOUT)

    def _log_in(self, box: BaseMailBox) -> None:
        user, password = self._server.user, self._server.password
        log_in = box.login if (user + password).isascii() else box.login_utf8
        log_in(user, password, None)

    @property
    def _client(self) -> imaplib.IMAP4:
        assert self._box is not None
        return self._box.client

    def close(self) -> None:
        """Say goodbye; a server that doesn't answer is left."""
        with contextlib.suppress(imaplib.IMAP4.error, ImapToolsError, OSError):
            if self._box is not None:
                try:
                    self._box.logout()
                finally:
                    self._box.client.shutdown()

    def hang_up(self) -> None:
        """End the connection now, from any thread: whatever waits on it comes back with a fault."""
        self._gone = True
        if self._box is not None:
            with contextlib.suppress(OSError):
                # The plain socket's own method: TLS state belongs to the thread that may be reading.
                socket.socket.shutdown(self._client.sock, socket.SHUT_RDWR)

    # ---- looking

    def examine(self) -> Opened:
        """Open the folder for reading only: the server drops no \\Recent and takes no flag. Reason: folder."""
        return self._open_folder(reading=True)

    def _open_folder(self, *, reading: bool) -> Opened:
        with faults("folder"):
            assert self._box is not None
            self._box.folder.set(self._server.folder, readonly=reading)
            validity = number(self._client.response("UIDVALIDITY")[1])
            following = number(self._client.response("UIDNEXT")[1])
        if not validity:
            raise MailboxDown("folder")
        return Opened(validity=validity, next_uid=following or max(self._search("UID", "*"), default=0) + 1)

    def after(self, uid: int) -> list[int]:
        """The UIDs above this one, ascending."""
        # From here on an "n EXISTS" is news: the search may not have seen it, and `idle` must not wait for it again.
        self._client.untagged_responses.pop("EXISTS", None)
        # `n:*` always names the last mail, even when its UID is below n (RFC 3501, 6.4.8).
        return [one for one in self._search("UID", f"{uid + 1}:*") if one > uid]

    def since(self, day: date, *, unread: bool) -> list[int]:
        """The UIDs that arrived on this day (the server's) or later, perhaps only the unread ones; ascending."""
        named = f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"
        return self._search("SINCE", named, *(("UNSEEN",) if unread else ()))

    def find(self, message_id: str) -> list[int]:
        """The UIDs of the mails with exactly this Message-ID. An id that no search can name has none."""
        if not _PLAIN_ID.fullmatch(message_id):
            return []
        named = message_id.replace("\\", "\\\\").replace('"', '\\"')
        # The search finds parts of ids too, so that a stranger's id could name somebody else's mail.
        return [uid for uid in self._search("HEADER", "Message-ID", f'"{named}"') if self._id_of(uid) == message_id]

    def _id_of(self, uid: int) -> str:
        header = literal(self._uid("FETCH", str(uid), "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")) or b""
        return header.partition(b":")[2].strip().decode("ascii", "replace")

    def about(self, uids: Sequence[int]) -> list[Waiting]:
        """Size and arrival of these mails, ascending; those that are gone are left out."""
        wanted, found = set(uids), dict[int, Waiting]()
        for said in self._uid("FETCH", _set(uids), "(UID RFC822.SIZE INTERNALDATE)"):
            mail = waiting(said) if isinstance(said, bytes) else None
            if mail is not None and mail.uid in wanted:
                found[mail.uid] = mail
        return [found[uid] for uid in sorted(found)]

    def fetch(self, uid: int, *, first: int = 0) -> bytes | None:
        """One raw mail, or its `first` bytes; it stays unread. None when it is gone."""
        part = f"<0.{first}>" if first else ""
        return literal(self._uid("FETCH", str(uid), f"(UID BODY.PEEK[]{part})"))

    # ---- waiting

    def idle(self, seconds: float) -> None:
        """Come back when the server says anything, or after so many seconds (RFC 2177: under 29 minutes).

        At once when it has told of new mail beside another answer since `after` looked: it tells everything once.
        """
        with faults("idle"):
            if "EXISTS" in self._client.untagged_responses:
                return
            # imaplib keeps whatever nobody asked for until a folder is opened again, which may be months.
            self._client.untagged_responses.clear()
            self._client.send(_TAG + b" IDLE\r\n")
            self._read_until(b"+")
            if not self._has_line():
                with selectors.DefaultSelector() as selector:
                    selector.register(self._client.sock, selectors.EVENT_READ)
                    selector.select(seconds)
            self._client.send(b"DONE\r\n")
            self._read_until(_TAG + b" OK")

    def _read_until(self, start: bytes) -> None:
        while not (line := self._client.readline()).startswith(start):
            if line.startswith(_TAG):
                raise Refused("idle")
            if not line or line.startswith(b"* BYE"):
                raise MailboxDown("lost")

    def _has_line(self) -> bool:
        """Whether news came together with the answer to IDLE: it is in a buffer, where no selector sees it."""
        sock = self._client.sock
        sock.settimeout(0)
        try:
            return bool(self._client.readline())
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            sock.settimeout(TIMEOUT)

    def noop(self) -> None:
        """Give the server a chance to tell of new mail, for servers without IDLE."""
        with faults("lost"):
            self._client.noop()

    # ---- writing

    def tidy(self, uids: Sequence[int], validity: int) -> None:
        """Mark these mails read and move them to the done folder, then open the folder for reading again.

        Writing needs SELECT, which takes \\Recent from every mail of the folder; IMAP has no narrower way, and
        IMAP4rev2 (RFC 9051) dropped that flag. A server without MOVE and UIDPLUS keeps a copy marked \\Deleted: a plain
        EXPUNGE would remove what colleagues marked. Raises Refused when the server won't, MailboxDown when
        UIDVALIDITY changed.
        """
        try:
            if self._open_folder(reading=False).validity != validity:
                raise MailboxDown("folder")
            self._have_done_folder()
            self._uid("STORE", _set(uids), "+FLAGS.SILENT", "(\\Seen)")
            self._move(_set(uids))
        except Refused:
            self.examine()
            raise
        if self.examine().validity != validity:
            raise MailboxDown("folder")

    def _move(self, uids: str) -> None:
        folder = encode_folder(self._server.done_folder)
        if "MOVE" in self._can:
            self._uid("MOVE", uids, folder)
            return
        self._uid("COPY", uids, folder)
        self._uid("STORE", uids, "+FLAGS.SILENT", "(\\Deleted)")
        if "UIDPLUS" in self._can:
            self._uid("EXPUNGE", uids)

    def has_done_folder(self) -> bool:
        """Whether the done folder is there."""
        with faults("folder"):
            assert self._box is not None
            return self._box.folder.exists(self._server.done_folder)

    def _have_done_folder(self) -> None:
        if self.has_done_folder():
            return
        with faults("done_folder"):
            assert self._box is not None
            self._box.folder.create(self._server.done_folder)
            # Many mail programs show only folders that are subscribed to.
            self._box.folder.subscribe(self._server.done_folder, value=True)

    # ---- commands

    def _search(self, *words: str) -> list[int]:
        return sorted(int(one) for one in b" ".join(filter(None, self._uid("SEARCH", *words))).split())

    def _uid(self, command: str, *words: Any) -> list[Any]:
        with faults(command.lower()):
            answer, data = self._client.uid(command, *words)
        if answer != "OK":
            raise Refused(command.lower())
        return list(data)


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))
