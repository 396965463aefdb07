"""A mail as the desk may know it: who it names, what the person wrote now, all that can be read, and what is odd.

Promise: values only, every text cleaned of control and bidirectional marks, every list bounded. Limits: a sender is
what the mail says and proves nothing; hints are risk signs for the card and never proof.
"""

import re
from dataclasses import dataclass
from datetime import datetime

_PLAIN_ID = re.compile(r"<(?!.*=\?)[!-;=?-~]{1,248}>")


def is_plain_id(text: str) -> bool:
    """True for a Message-ID that may be repeated in a head of ours as it stands.

    Printable ASCII between angle brackets (RFC 5322, 3.6.4), and no encoded word: Python's mail package decodes one in
    a header it is given, line ends and all, so that a stranger's id would write headers of ours.
    """
    return _PLAIN_ID.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file in a mail, not decoded: a name safe to show, the type it claims, and its size in bytes (about)."""

    name: str
    type: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Bounced:
    """What a report of the mail system says (RFC 3464): our Message-ID, whom it missed, permanent or temporary."""

    message_id: str | None
    recipient: str | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail, read.

    `text` is what the person wrote now; `whole` is everything readable, for staff. `to` holds every address the mail
    was for (To, Cc, Delivered-To and the like). `ignored` says why no case may come of it: loop, bounce,
    delivery_notice, auto_reply, list, calendar, too_complex, no_sender, empty; None for a person's mail. `forwarded`
    means that somebody else's mail was passed on; `replying` that it answers one. `date` is the sender's clock, in UTC.
    """

    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    sender: str | None = None
    sender_name: str = ""
    reply_to: str | None = None
    to: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    whole: str = ""
    ignored: str | None = None
    forwarded: bool = False
    replying: bool = False
    attachments: tuple[Attachment, ...] = ()
    hints: tuple[str, ...] = ()
    bounced: Bounced | None = None


@dataclass(frozen=True, kw_only=True)
class KeptMail:
    """A mail that came in: its state, when it reached the house (UTC), whose it is, and the raw copy's vault object.

    States: new (not read yet), ours, not_ours, machine, unsure and quarantined (staff are asked).
    """

    id: str
    state: str
    arrived_at: datetime
    made_at: datetime
    owner: str | None = None
    object: str | None = None
