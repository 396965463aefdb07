"""A real bolt app, driven over HTTP by pretend colleagues: button, modal, errors, submission, card."""

from typing import Any

import aiohttp

from tests.demo.slack.conftest import REASON, Stage, button, card, form, plain
