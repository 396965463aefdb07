"""The two people most conversations of the core are about."""

import pytest

from tests.core.builders import Parlour


@pytest.fixture
def stranger() -> Parlour:
    """Somebody the desk knows nothing about."""
    return Parlour()


@pytest.fixture
def member() -> Parlour:
    """Somebody with a fresh login."""
    return Parlour(signed_in=True)
