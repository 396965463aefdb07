"""The people of the demo platform, each there for one thing that is easy to get wrong.

Invented throughout; addresses are at example.nl and example.com, telephone numbers are the ranges kept for fiction.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """Somebody to log in as, or to write as. `subject` is the account number, empty for people without one."""

    email: str
    name: str
    tenant: str
    subject: str
    about: str
    slack_user: str = ""


ANNA = DemoPerson(
    email="anna.devries@example.nl", name="Anna de Vries", tenant="acme", subject="101", about="ordinary customer"
)
BRAM = DemoPerson(
    email="Bram.Jansen@Example.nl", name="Bram Jansen", tenant="acme", subject="102",
    about="customer with invoices that tax law keeps; the address is stored with capitals",
)  # fmt: skip
CARLA = DemoPerson(
    email="carla.mulder@example.nl", name="Carla Mulder", tenant="acme", subject="103",
    about="shares a home address with Daan",
)  # fmt: skip
DAAN = DemoPerson(
    email="daan.mulder@example.nl", name="Daan Mulder", tenant="acme", subject="104",
    about="shares a home address with Carla",
)  # fmt: skip
PIETER = DemoPerson(
    email="pieter.smit@example.com", name="Pieter Smit", tenant="acme", subject="105",
    about="customer of two tenants, here acme",
)  # fmt: skip
PIETER_GLOBEX = DemoPerson(
    email="pieter.smit@example.com", name="Pieter Smit", tenant="globex", subject="205",
    about="customer of two tenants, here globex",
)  # fmt: skip
FATIMA = DemoPerson(
    email="fatima.elamrani@example.nl", name="Fatima El Amrani", tenant="acme", subject="106",
    about="closed the account more than three years ago",
)  # fmt: skip
JORIS = DemoPerson(
    email="joris.bakker@example.nl", name="Joris Bakker", tenant="acme", subject="107",
    about="employee, customer and approver at once", slack_user="U0JORIS",
)  # fmt: skip
MARIA = DemoPerson(
    email="maria.rossi@example.com", name="Maria Rossi", tenant="globex", subject="208",
    about="only administrator of a client, with contact lists that are the client's",
)  # fmt: skip
HOSTILE = DemoPerson(
    email="robert.tables@example.com", name='=HYPERLINK("http://example.com","Robert") <script>alert(1)</script>',
    tenant="acme", subject="110", about="values that try to be HTML, a formula, SQL and reversed text",
)  # fmt: skip
LOTTE = DemoPerson(
    email="lotte.visser@example.com", name="Lotte Visser", tenant="seleqt", subject="",
    about="gets the newsletter, has no account",
)  # fmt: skip
YUSUF = DemoPerson(
    email="yusuf.kaya@example.com", name="Yusuf Kaya", tenant="globex", subject="",
    about="stands on a client's contact list and nowhere else",
)  # fmt: skip

PEOPLE = (
    ANNA, BRAM, CARLA, DAAN, PIETER, PIETER_GLOBEX, FATIMA, JORIS, MARIA, HOSTILE, LOTTE, YUSUF,
)  # fmt: skip
"""Everybody; those with a subject can log in."""
