"""A circuit that opens while a platform is down, so that nobody waits for what cannot answer.

Promise: after five failures in a row every call fails at once for 30 seconds; then one call is let through, and its
end decides. Limits: it counts in this process alone, and knows nothing of what the calls are.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

FAILURES = 5
OPEN_FOR = timedelta(seconds=30)


class Unreached(Exception):
    """The other side did not give an answer that can be believed. `again` says whether trying at once can help."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        """`code` says what was wrong, without values."""
        super().__init__(code)
        self.again = again


class Circuit:
    """Closed while things work, open after FAILURES, half-open for one call after OPEN_FOR."""

    def __init__(self, clock: Callable[[], datetime], *, patient: bool = False) -> None:
        """`clock` gives aware UTC; a `patient` one never opens, for a trial that has to see every answer."""
        self._clock = clock
        self._patient = patient
        self._failures = 0
        self._opened_at: datetime | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """True while a call would fail at once."""
        if self._opened_at is None:
            return False
        return self._probing or self._clock() - self._opened_at < OPEN_FOR

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around one call: raises Unreached at once while open; a raised Unreached inside counts as a failure.

        Any other error is an answer, so the other side is there; a cancelled call says nothing either way.
        """
        if self.is_open:
            raise Unreached("circuit_open")
        self._probing = self._opened_at is not None
        try:
            yield
        except Unreached:
            self._failed()
            raise
        except Exception:
            self._worked()
            raise
        else:
            self._worked()
        finally:
            self._probing = False

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES and not self._patient:
            self._opened_at = self._clock()

    def _worked(self) -> None:
        self._failures, self._opened_at = 0, None
