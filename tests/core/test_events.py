"""Events and effects are values that hold no contents."""

import dataclasses

import pytest

from bot.core import events as e
from bot.core.lifecycle import MOVES
from tests.core.builders import NOW

EFFECTS = (e.Tell, e.Call, e.Notify, e.Nudge, e.Shred, e.Forget)


@pytest.mark.parametrize("kind", [*MOVES, *EFFECTS, e.Entry])
def test_every_event_and_effect_is_frozen_and_built_by_name(kind):
    parameters = kind.__dataclass_params__
    assert (parameters.frozen, all(field.kw_only for field in dataclasses.fields(kind))) == (True, True)


@pytest.mark.parametrize("kind", MOVES)
def test_every_event_names_who_caused_it(kind):
    assert "by" in {field.name for field in dataclasses.fields(kind)}


def test_two_log_lines_do_not_share_their_facts():
    first, second = (e.Entry(what="received", by="person", at=NOW) for _ in range(2))
    assert first.facts == {}
    assert first.facts is not second.facts
