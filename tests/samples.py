"""Sample messages for the tests of our words, built from the field types of the message classes.

Promise: every class in bot/core/messages.py gets at least one sample, and one more for each choice a template makes.
Limits: a field whose values are codes must be listed in CHOICES to be walked code by code.
"""

import dataclasses
import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime

from bot.core import messages
from bot.core.messages import Button, Message
from bot.core.model import Door, Right, Status
from bot.core.rights import GROUNDS

TOPICS = (
    *("controller", "collected", "purposes", "recipients", "sold", "kept", "where", "security", "rights", "how"),
    *("cookies", "newsletter", "testimonials", "lists", "automated", "people_like_me", "bot", "after_death", "general"),
)
NEEDS = ("nothing", "identity", "change", "confirm_change", "objection_mail", "no_check")
RIGHTS = tuple(str(right) for right in Right)
STATUSES = tuple(str(status) for status in Status)
EVERY_GROUND = tuple(sorted({ground for grounds in GROUNDS.values() for ground in grounds}))

CHOICES: dict[tuple[str, str], tuple[typing.Any, ...]] = {
    ("Fact", "topic"): TOPICS,
    ("Filed", "need"): NEEDS,
    ("AskAddress", "purpose"): ("identity", "marketing"),
    ("CodeMail", "purpose"): ("identity", "new_mailbox", "download"),
    ("CodeMail", "door"): tuple(str(door) for door in Door),
    ("CodeMail", "link"): ("https://desk.example/c/1", ""),
    ("CopyReady", "link"): ("https://desk.example/copy/abc", ""),
    ("CopyEnding", "link"): ("https://desk.example/copy/abc", ""),
    ("CodeMail", "latest"): (date(2026, 12, 2), None),
    ("Item", "right"): RIGHTS,
    ("Item", "status"): STATUSES,
    ("Item", "latest"): (date(2026, 12, 2), None),
    ("Group", "purpose"): ("running your account", ""),
    ("Kept", "reason"): ("tax", "law", "claims", "a_new_reason"),
    ("Kept", "until"): (date(2031, 12, 31), None),
    ("ChangeView", "field"): ("last_name", "email", "vat_number", "a_new_field"),
    ("ChangeView", "old"): ("Berg", ""),
    ("NewsWaits", "right"): RIGHTS,
    ("RefusalLetter", "right"): RIGHTS,
    ("RefusalLetter", "ground"): EVERY_GROUND,
    ("RefusalLetter", "anyway"): ("We deleted the rest.", ""),
    ("ExtensionLetter", "right"): RIGHTS,
    ("ExtensionLetter", "reasons"): (("complexity",), ("number",), ("complexity", "number")),
    ("IdentityReminder", "right"): RIGHTS,
    ("LateNotice", "right"): RIGHTS,
    ("LateNotice", "status"): STATUSES,
    ("LateNotice", "waits_for_you"): (False, True),
    ("StopNotice", "right"): ("erasure", "rectification_contact"),
    ("StaffCall", "rung"): (
        *("contact", "breach_24h", "breach_12h", "breach_over", "late_unanswered", "stopped_too_late", "alarm"),
    ),
    ("RecipientNotice", "right"): ("erasure", "rectification", "rectification_contact", "restriction"),
    ("RecipientNotice", "address"): ("anna@example.nl", ""),
    ("NoActionNotice", "right"): RIGHTS,
    ("TooLateToWithdraw", "status"): STATUSES,
    ("AskChange", "ref"): ("SEL-2026-00417", ""),
}
PLAIN: dict[str, typing.Any] = {
    "ref": "SEL-2026-00417",
    "words": "Could you tell us which invoice you mean?",
    "facts": "Invoice 2026-118 falls under the tax records act until Wednesday 31 December 2031.",
    "who": "Lotte",
    "decided_by": "Lotte, privacy lead",
    "opens": "9:00",
    "closes": "17:00",
    "code": "4821 7730",
    "link": "https://desk.example/stop/abc",
    "label": "Invoices",
    "text": "A colleague checks your full copy.",
    "links": (("Read the policy", "https://seleqt.example/privacy"),),
    "answers": ("Delete all this", "First a copy, then delete"),
    "new": "van den Berg",
    "recipients": ("Example Support B.V.", "Example Invoices Ltd"),
    "refs": ("SEL-2026-00417", "SEL-2026-00418"),
    "searched": 4,
    "systems": 5,
    "size": 2_140_000,
    "buttons": (Button(act="person"),),
}
BY_TYPE: dict[object, typing.Any] = {
    str: "words",
    int: 12,
    bool: True,
    date: date(2026, 12, 2),
    datetime: datetime(2026, 11, 5, 9, 20, tzinfo=UTC),
}


def message_types() -> list[type[Message]]:
    """Every message class of the desk, in the order of the file."""
    return [
        one
        for one in vars(messages).values()
        if isinstance(one, type) and issubclass(one, Message) and one is not Message
    ]


def samples(kind: type, **fixed: object) -> Iterator[typing.Any]:
    """One value of the class, and one more for each other choice; `fixed` overrides a field in all of them."""
    base = {field.name: _plain(kind, field) for field in dataclasses.fields(kind)} | fixed
    yield kind(**base)
    for field in dataclasses.fields(kind):
        for choice in () if field.name in fixed else _choices(kind, field)[1:]:
            yield kind(**base | {field.name: choice})
    for field in dataclasses.fields(kind):  # nothing in a list is a choice of its own
        if isinstance(base[field.name], tuple) and field.name not in fixed:
            yield kind(**base | {field.name: base[field.name][:1]})


def _choices(kind: type, field: "dataclasses.Field[typing.Any]") -> tuple[typing.Any, ...]:
    listed = CHOICES.get((kind.__name__, field.name))
    if listed is not None:
        return listed
    inner = _inner(kind, field)
    if inner is not None and dataclasses.is_dataclass(inner) and inner is not Button:
        several = tuple(samples(inner))
        nothing = () if field.name == "items" else ((),)  # an acknowledgement or a list of tickets is never empty
        return (several[:2], *((one,) for one in several), *nothing)
    return (_plain(kind, field),)


def _plain(kind: type, field: "dataclasses.Field[typing.Any]") -> typing.Any:
    listed = CHOICES.get((kind.__name__, field.name))
    if listed is not None:
        return listed[0]
    if field.name in PLAIN:
        return PLAIN[field.name]
    inner = _inner(kind, field)
    if inner is not None:
        return tuple(samples(inner))[:2] if dataclasses.is_dataclass(inner) else (BY_TYPE[inner],)
    return BY_TYPE[_bare(kind, field)]


def _inner(kind: type, field: "dataclasses.Field[typing.Any]") -> typing.Any:
    """What stands in a tuple field, or None."""
    hint = typing.get_type_hints(kind)[field.name]
    return typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else None


def _bare(kind: type, field: "dataclasses.Field[typing.Any]") -> object:
    """The type of a field without "or None"."""
    hint = typing.get_type_hints(kind)[field.name]
    if isinstance(hint, types.UnionType):
        return next(one for one in typing.get_args(hint) if one is not type(None))
    return hint
