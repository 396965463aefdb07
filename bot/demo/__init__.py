"""A pretend world around the desk, for `make demo` and the tests: platform, mailbox, Slack stand-in, movable clock.

Only the `demo` command and the tests import it.
"""
