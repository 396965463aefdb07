"""The published contract and the code agree, to every path, field and reason code."""

import dataclasses
import re
from pathlib import Path

import pytest
import yaml

from handlers import platform
from storage.datalayer import wire
from tools import contract

PUBLISHED = yaml.safe_load(contract.PATH.read_text("utf-8"))
WORDS = (contract.PATH.parent / "data-layer.md").read_text("utf-8")
SOURCES = Path(wire.__file__).parent


def test_the_document_is_the_one_the_code_writes() -> None:
    assert contract.PATH.read_text("utf-8") == contract.text(), "run python -m tools.contract"


def test_every_call_has_its_path_and_every_field_its_place() -> None:
    for call, kind in wire.CALLS.items():
        shown = PUBLISHED["components"]["schemas"][kind.__name__]
        assert set(shown["properties"]) == {field.name for field in dataclasses.fields(kind)}
        assert shown["properties"]["call"]["const"] == call
        assert f"/v1/{call}" in PUBLISHED["paths"]


def test_what_the_platform_may_ask_is_published_too() -> None:
    for name, kind in platform.ASKED.items():
        shown = PUBLISHED["components"]["schemas"][kind.__name__]
        assert set(shown["properties"]) == {field.name for field in dataclasses.fields(kind)}
        assert f"/platform/{name}" in PUBLISHED["paths"]
        assert f"`POST /platform/{name}`" in WORDS


def test_every_reference_leads_somewhere() -> None:
    for one in set(re.findall(r"#/components/([\w/-]+)", contract.text())):
        section, _, name = one.partition("/")
        assert name in PUBLISHED["components"][section], one


@pytest.mark.parametrize("reason", wire.REASONS)
def test_every_reason_passes_the_desk_and_is_described(reason: str) -> None:
    assert PUBLISHED["x-reasons"][reason]
    assert wire.reasons_of(wire.Refusal(reason="refused", reasons=(reason,))) == (reason,)


def test_the_reasons_our_own_source_gives_are_in_the_contract() -> None:
    raised = re.findall(r'Refused\(\(f?"([a-z_]+)(?:["}:]|\{)', "".join(p.read_text() for p in SOURCES.glob("*.py")))
    ours = {"sink_missing", "subject_of_another_source", "key_too_short", "no_database_url", "test_person_not_found"}
    ours |= {"unknown_identity", "no_way_to"}  # what is chosen at the shell or in settings, never by the desk
    assert set(raised) - ours - {""} <= set(wire.REASONS)


@pytest.mark.parametrize("status", [status for status in wire.STATUSES if status != 200])
def test_every_status_is_explained_to_the_platforms_team(status: int) -> None:
    assert f"`{status}`" in WORDS
    assert wire.STATUSES[status] in WORDS


@pytest.mark.parametrize("call", wire.CALLS)
def test_every_call_is_explained_to_the_platforms_team(call: str) -> None:
    assert f"`{call}`" in WORDS
