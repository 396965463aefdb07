"""How far a mailbox was read: which mails still wait, and up to where a restart need not look again.

Promise: plain bookkeeping, no server and no clock. A mail leaves it only when it was taken or is gone; one mail that
can't be taken holds the cursor back but no other mail. Limits: mails above the cursor may be handed over again after
a restart; whoever takes them recognises repeats.
"""

from collections.abc import Iterable


class Progress:
    """The mails of one UIDVALIDITY."""

    def __init__(self, *, validity: int, top: int, is_first: bool) -> None:
        """`top` is the highest UID known; `is_first` while the mails of a first look, with gaps between, wait."""
        self.validity, self.top = validity, top
        self._is_first = is_first
        self._waiting: set[int] = set()
        self._failed: set[int] = set()

    def add(self, uids: Iterable[int]) -> None:
        """These mails wait."""
        self._waiting.update(uids)
        self.top = max([self.top, *self._waiting])

    def taken(self, uid: int) -> None:
        """This mail was taken, or is gone."""
        self._waiting.discard(uid)
        self._failed.discard(uid)

    def failed(self, uid: int) -> None:
        """This mail could not be taken; it is tried again after all others."""
        self._failed.add(uid)

    @property
    def waiting(self) -> list[int]:
        """The UIDs to try, those that failed before last."""
        return sorted(self._waiting, key=lambda uid: (uid in self._failed, uid))

    @property
    def safe(self) -> int | None:
        """The UID up to which a restart need not look; None while the mails of a first look wait.

        Between those stand old mails that are nobody's business, so that no UID among them says it all.
        """
        if not self._waiting:
            self._is_first = False
            return self.top
        return None if self._is_first else min(self._waiting) - 1
