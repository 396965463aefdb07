"""Messages name their own templates."""

import dataclasses

import pytest

from bot.core.messages import CodeMail, Message, NotOurLanguage
from tests.samples import message_types


def test_the_class_name_is_the_template_name():
    assert (NotOurLanguage.name(), CodeMail.name()) == ("not_our_language", "code_mail")


@pytest.mark.parametrize("kind", message_types())
def test_no_two_messages_share_a_template_and_all_are_frozen(kind):
    assert [one.name() for one in message_types()].count(kind.name()) == 1
    assert dataclasses.fields(kind)[0].name == "buttons"
    assert issubclass(kind, Message)
    assert kind.__dataclass_params__.frozen


def test_values_of_the_person_stand_in_private_messages_only():
    """A ChangeView, a Group or a colleague's free words hold what is on file; only private messages may carry them."""
    telling = ("ChangeView", "Group", "Kept")
    for kind in message_types():
        holds = any(name in str(field.type) for field in dataclasses.fields(kind) for name in telling)
        free = "words" in {field.name for field in dataclasses.fields(kind)}
        assert kind.private or not (holds or free), kind
