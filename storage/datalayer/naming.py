"""Rows that a reference leads to and that name somebody else by their address: an employee's tickets, a buyer's gifts.

A map that says nothing of its references would have one person's erasure wipe another's row. Such a row is left and
named, unless the map says `owner: owns`; a copy shows it, as any tool that reads such a map does.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.plans import Subject
from storage.datalayer.catalogue import Catalogue, Place, RowKey, normal_email
from storage.datalayer.walk import Reach


def named_otherwise(catalogue: Catalogue, subject: Subject, reach: Reach) -> Mapping[str, frozenset[RowKey]]:
    """Those of the person's rows in which addresses stand and none of the person's, by collection; few have any."""
    asked = [one for one in reach.values() if one.links and _may_name_others(catalogue, one.place)]
    if not asked:
        return {}
    known = _known(catalogue, subject, reach)
    others = {}
    for one in asked:
        found = ((key, set(addresses_in(one.place, links))) for key, links in one.links.items())
        others[one.place.name] = frozenset(key for key, there in found if there and known.isdisjoint(there))
    return others


def _may_name_others(catalogue: Catalogue, place: Place) -> bool:
    """Whether people are recognised in this table by an address, and a reference leads here without a word whose."""
    leading = [one for one in place.collection.fields.values() if any(link.inward for link in one.references)]
    is_open = bool(leading) and not any(one.note.owner for one in leading)
    return is_open and bool(place.collection.identities("email")) and place is not catalogue.person


def _known(catalogue: Catalogue, subject: Subject, reach: Reach) -> set[str]:
    """The person's addresses: those they are known by, those of their account, and what stands beside one of them."""
    known = typed_emails(subject)
    person = catalogue.person
    if person is not None and any(key.collection for key in subject.keys):
        for links in reach[person.name].links.values():
            known |= set(addresses_in(person, links))
    beside: set[str] = set()
    for reached in reach.values():
        for links in reached.links.values() if reached.place.collection.identities("email") else ():
            there = set(addresses_in(reached.place, links))
            beside |= there if there & known else set()
    return known | beside


def addresses_in(place: Place, links: Mapping[str, Any]) -> Iterable[str]:
    """The addresses of one row by which somebody is recognised, in their normal form."""
    for one in place.collection.identities("email"):
        stored = links[one.name]
        if isinstance(stored, str) and stored.strip():
            yield normal_email(stored)


def typed_emails(subject: Subject) -> set[str]:
    """The addresses by which the subject itself is named."""
    return {normal_email(key.value) for key in subject.keys if not key.collection and key.name == "email"}
