"""What a data map may say beyond fideslang: the keys of the dataset's `meta`, as frozen values.

A key that is not listed here refuses the map, because a misspelt key must not silently leave data behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict

from bot.core.model import Way
from bot.core.plans import Role, Words


class Owner(StrEnum):
    """Whose a row is that a reference leads to."""

    OWNS = "owns"
    SHARED = "shared"
    STAFF = "staff"
    CATALOGUE = "catalogue"


class Erase(StrEnum):
    """What an erasure does to a row or a column."""

    DELETE = "delete"
    MASK = "mask"
    KEEP = "keep"


def _as_words(value: object) -> object:
    """A plain string is English; a mapping is one text per language."""
    if isinstance(value, str):
        return (("en", value),)
    if isinstance(value, dict):
        return tuple((str(lang), str(text)) for lang, text in value.items())
    return value


def _as_pairs(value: object) -> object:
    return tuple(value.items()) if isinstance(value, dict) else value


Phrase = Annotated[Words, BeforeValidator(_as_words)]
Pairs = Annotated[tuple[tuple[str, str | int | bool], ...], BeforeValidator(_as_pairs)]
_STRICT_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Why rows or a column outlive an erasure, and until when: `years` after the date in `since`.

    With `year_end` the years start after the calendar year of that date (how the Dutch tax term of AWR 52(4) runs).
    """

    __pydantic_config__ = _STRICT_KEYS
    reason: str
    article: str
    years: int | None = None
    since: str = ""
    year_end: bool = False


@dataclass(frozen=True, kw_only=True)
class Rectify:
    """A column the person may have corrected: its public name, the validator of a new value, who decides."""

    __pydantic_config__ = _STRICT_KEYS
    name: str
    validator: str
    by: str = "staff"


@dataclass(frozen=True, kw_only=True)
class FieldNote:
    """Our facts about one column."""

    __pydantic_config__ = _STRICT_KEYS
    label: Phrase = ()
    owner: Owner | None = None
    erase: Erase | None = None
    keep: Keep | None = None
    provided: bool = False
    rectify: Rectify | None = None
    secret: bool = False
    contact: bool = False
    third_party: bool = False
    opt_out: str | int | bool | None = None


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A sign about the person: `column` is set, or equals `equals`; with `alone_in`, and nobody else there has it."""

    __pydantic_config__ = _STRICT_KEYS
    column: str
    equals: str | int | bool | None = None
    alone_in: str = ""


@dataclass(frozen=True, kw_only=True)
class CollectionNote:
    """Our facts about one table. `person` marks the table whose primary key is the subject of a session token.

    `standing` tables grow by mere use (log-ins); they stand in every plan, so that signing in voids no approval.
    `ends_first` rows (sessions) go before everything else; `lock` are columns set on the account at the same time.
    """

    __pydantic_config__ = _STRICT_KEYS
    label: Phrase = ()
    erase: Erase | None = None
    keep: Keep | None = None
    role: Role = Role.CONTROLLER
    purpose: Phrase = ()
    basis: Phrase = ()
    source: Phrase = ()
    recipients: tuple[str, ...] = ()
    retention: Phrase = ()
    transfer: Phrase = ()
    portable: bool = True
    person: bool = False
    standing: bool = False
    ends_first: bool = False
    marketing: bool = False
    interest: bool = False
    tenant: bool = True
    lock: Pairs = ()
    restrict: str = ""
    flags: Mapping[str, Flag] = field(default_factory=dict)
    fields: Mapping[str, FieldNote] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RecipientNote:
    """Somebody who receives data from this source, and how they are told of erasures and corrections (Art. 19).

    `way` webhook goes to the https address `to`, mail to the mail address `to`, manual to a colleague; None leaves it
    a task of staff. `finds_by: email` says that they find people by their address, so a notice names it.
    """

    __pydantic_config__ = _STRICT_KEYS
    name: str
    role: Phrase = ()
    country: str = ""
    safeguard: Phrase = ()
    way: Way | None = None
    to: str = ""
    finds_by: Literal["", "email"] = ""

    @property
    def is_reachable(self) -> bool:
        """Whether `to` is a place of the kind the way needs; no way needs none."""
        if self.way is Way.WEBHOOK:
            return self.to.startswith(("https://", "http://127.0.0.1:"))
        return "@" in self.to if self.way is Way.MAIL else not self.to


@dataclass(frozen=True, kw_only=True)
class MapNote:
    """Our facts about the whole dataset."""

    __pydantic_config__ = _STRICT_KEYS
    tenant: str = ""
    recipients: Mapping[str, RecipientNote] = field(default_factory=dict)
    collections: Mapping[str, CollectionNote] = field(default_factory=dict)


NO_FIELD_NOTE = FieldNote()
NO_NOTE = CollectionNote()
