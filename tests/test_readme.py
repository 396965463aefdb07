"""The README is true: its diagram is printed from the tables, its commands exist, its files are there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.lifecycle import mermaid

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_lifecycle_diagram_is_the_one_printed_from_the_tables() -> None:
    assert f"```mermaid\n{mermaid()}```" in README


def test_every_picture_and_page_it_links_to_is_there() -> None:
    linked = re.findall(r"\]\(((?:docs|bot|templates)/[^)]+)\)", README)
    assert linked
    assert [path for path in linked if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`python bot\.py ([a-z]+)", README))))
def test_every_command_it_names_has_help_with_an_example(command: str) -> None:
    ran = subprocess.run(
        [sys.executable, "bot.py", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    shown = ran.stdout
    assert "Example" in shown or "Commands" in shown
