"""Who somebody is in this source: by e-mail address over all tenants, or by the subject of a session token.

Gives stored spellings of contacts, so that a code goes to what was on file before the conversation. An address may
mean several people: one per tenant, one more where only a client's list holds it, and several in one tenant, which
is flagged for staff and never guessed at.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bot.core.plans import Contact, Key, PersonFound, Role, Subject
from storage.datalayer.catalogue import Catalogue, Conn, Place, folded, normal_email, spellings
from storage.datalayer.datamap import DataMap
from storage.datalayer.errors import Refused
from storage.datalayer.mapnotes import Flag
from storage.datalayer.validators import valid
from storage.datalayer.walk import checked, checked_email, typed_as


def by_email(source: str, connection: Conn, catalogue: Catalogue, typed: str) -> tuple[PersonFound, ...]:
    """Everybody this address may mean, accounts first; raises Refused for what is no single address."""
    address = checked_email(typed)
    if address is None:
        raise Refused(("email_missing",))
    accounts = _accounts(source, connection, catalogue, address)
    known = {one.tenant for one in accounts}
    only = (one for one in _listed(source, connection, catalogue, address) if _is_other(one, known))
    return (*accounts, *only)


def _is_other(one: PersonFound, tenants: set[str]) -> bool:
    """Rows under the address of an account in the same tenant belong to that account; a client's rows never do."""
    return one.role is Role.PROCESSOR or one.tenant not in tenants


def by_subject(
    source: str, connection: Conn, catalogue: Catalogue, tenant: str, subject: str
) -> tuple[PersonFound, ...]:
    """The account holder with this number in this tenant, or nobody; raises Refused for an empty or wildcard one."""
    place = catalogue.person
    if place is None:
        raise Refused(("no_accounts",))
    key = Key(collection=place.name, name=place.key[0].name, value=subject)
    checked(Subject(source=source, tenant=tenant, keys=(key,)), catalogue)
    where = (*place.within(tenant), place.key[0] == typed_as(place.key[0], subject))
    rows = connection.execute(sa.select(*place.columns.values()).where(*where)).mappings().all()
    return tuple(_account(source, connection, catalogue, place, row) for row in rows)


def by_kind(source: str, datamap: DataMap, kind: str, value: str, tenant: str) -> Subject:
    """Somebody named by another identity kind of the map than an address; raises Refused when it has no such kind.

    A telephone number is compared in E.164, the form the map's validator stores; other values as they are written.
    """
    known = {each.identity for one in datamap.collections.values() for each in one.identities()}
    if kind not in known:
        raise Refused((f"unknown_identity:{', '.join(sorted(known)) or 'none'}",))
    plain = (valid("phone", value) or value.strip()) if "phone" in kind else value.strip()
    return Subject(source=source, tenant=tenant, keys=(Key(collection="", name=kind, value=plain),))


def _accounts(source: str, connection: Conn, catalogue: Catalogue, address: str) -> list[PersonFound]:
    place = catalogue.person
    if place is None:
        return []
    found = {}
    for one in place.collection.identities("email"):
        for row in _rows(connection, place, one.name, address):
            found[row[place.key[0].name]] = row
    tenants = [_tenant(catalogue, place, row) for row in found.values()]
    return [
        _account(source, connection, catalogue, place, row, twice=tenants.count(_tenant(catalogue, place, row)) > 1)
        for row in found.values()
    ]


def _rows(connection: Conn, place: Place, name: str, address: str) -> Iterable[Mapping[str, Any]]:
    # like _spelt without a tenant: it asks which tenants know the address
    statement = sa.select(*place.columns.values()).where(folded(place.columns[name]).in_(spellings(address)))
    rows = connection.execute(statement).mappings().all()
    return [dict(row) for row in rows if normal_email(str(row[name])) == address]


def _spelt(connection: Conn, place: Place, column: sa.Column[Any], address: str) -> Iterable[tuple[str, str]]:
    """In which tenants an address stands and how it is spelt there, however many rows have it."""
    tenant = sa.literal("") if place.tenant is None else place.tenant
    statement = sa.select(tenant, column).where(folded(column).in_(spellings(address))).distinct()
    found = connection.execute(statement).all()
    return [(str(one), stored) for one, stored in found if normal_email(str(stored)) == address]


def _tenant(catalogue: Catalogue, place: Place, row: Mapping[str, Any]) -> str:
    return str(row[catalogue.datamap.tenant]) if place.tenant is not None else ""


def _account(
    source: str, connection: Conn, catalogue: Catalogue, place: Place, row: Any, *, twice: bool = False
) -> PersonFound:
    key = place.key[0].name
    value = str(row[key])
    found = {code for code, flag in place.collection.note.flags.items() if _shows(connection, place, row, flag)}
    return PersonFound(
        subject=Subject(
            source=source,
            tenant=_tenant(catalogue, place, row),
            keys=(Key(collection=place.name, name=key, value=value),),
        ),
        subject_id=value,
        contacts=tuple(_contacts(place, row)),
        flags=frozenset(found | ({"mailbox_shared"} if twice else set())),
    )


def _contacts(place: Place, row: Mapping[str, Any]) -> Iterable[Contact]:
    fields = place.collection.fields.values()
    marked = [one for one in fields if one.note.contact] or [one for one in fields if one.identity]
    for one in marked:
        stored = row[one.name]
        if isinstance(stored, str) and stored.strip():
            yield Contact(kind=one.identity or _kind(one.categories), value=stored)


def _kind(categories: tuple[str, ...]) -> str:
    return "phone" if any("phone" in one for one in categories) else "email"


def _shows(connection: Conn, place: Place, row: Mapping[str, Any], flag: Flag) -> bool:
    value = row[flag.column]
    if not (bool(value) if flag.equals is None else value == flag.equals):
        return False
    return not flag.alone_in or _is_alone(connection, place, row, flag)


def _is_alone(connection: Conn, place: Place, row: Mapping[str, Any], flag: Flag) -> bool:
    columns = place.columns
    tenant = [] if place.tenant is None else [place.tenant == row[place.tenant.name]]
    others = sa.select(sa.func.count()).where(
        *tenant,
        columns[flag.alone_in] == row[flag.alone_in],
        columns[flag.column] == flag.equals,
        place.key[0] != row[place.key[0].name],
    )
    return not connection.execute(others.select_from(place.table)).scalar_one()


def _listed(source: str, connection: Conn, catalogue: Catalogue, address: str) -> Iterable[PersonFound]:
    """People known by an address alone, once per tenant and role, with the spellings stored there."""
    stored: dict[tuple[str, Role], dict[Contact, None]] = {}
    for role in Role:
        for place, column in catalogue.entries("email", role):
            if place is catalogue.person:
                continue
            for tenant, spelling in _spelt(connection, place, column, address):
                contact = Contact(kind="email", value=spelling)
                stored.setdefault((tenant, role), {})[contact] = None
    key = (Key(collection="", name="email", value=address),)
    for (tenant, role), contacts in stored.items():
        subject = Subject(source=source, tenant=tenant, role=role, keys=key)
        yield PersonFound(subject=subject, subject_id="", contacts=tuple(contacts))
