"""What a log line can hold, whoever writes it."""

import json
import logging
import warnings

import pytest

from bot.logs import set_up

SECRET = "anna.de.vries@example.nl"


@pytest.fixture
def lines(capsys):
    """Sets logging up, lets something happen, and returns the lines that were logged."""
    root, before, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level

    def logged(act):
        root.handlers.clear()
        set_up()
        act()
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield logged
    logging.captureWarnings(capture=False)
    root.handlers[:] = before
    root.setLevel(level)


def test_a_vendors_line_keeps_its_own_words_and_nothing_that_was_filled_in(lines):
    vendor = logging.getLogger("aiohttp.server")
    (said,) = lines(lambda: vendor.error("Error handling request from %s", SECRET))
    assert said["logger"] == "aiohttp.server"
    assert said["hint"] == "Error handling request from %s"
    assert SECRET not in json.dumps(said)


def test_a_vendors_line_that_was_put_together_already_is_told_by_its_place_alone(lines):
    vendor = logging.getLogger("slack_bolt")
    (said,) = lines(lambda: vendor.warning(f"body: {SECRET}"))
    assert said["about"].startswith("test_logs:")
    assert SECRET not in json.dumps(said)


def test_our_own_codes_word_is_kept(lines):
    (said,) = lines(lambda: logging.getLogger("handlers.slack").warning("slack_signature_refused"))
    assert said["hint"] == "slack_signature_refused"


def test_an_errors_own_text_is_not_logged_but_its_kind_and_place_are(lines):
    def fail():
        try:
            raise LookupError(SECRET)
        except LookupError:
            logging.getLogger("aiohttp.server").exception("Error handling request from %s", SECRET)

    (said,) = lines(fail)
    assert said["error"] == "LookupError"
    assert "test_logs.py:" in said["about"]
    assert SECRET not in json.dumps(said)


def test_a_warning_says_nothing_of_what_caused_it(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        (said,) = lines(lambda: warnings.warn(f"bad header: {SECRET}", stacklevel=1))
    assert said["logger"] == "py.warnings"
    assert SECRET not in json.dumps(said)
