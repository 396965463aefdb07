"""What a message names comes out exactly, without the words around it, or not at all."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import phrasebook, slots
from bot.core.changes import Forms
from bot.core.phones import e164
from bot.core.phrasebook import SECTIONS, PhraseError
from bot.core.slots import Slots
from bot.core.wording import clean
from bot.lang import tables


def forms(lang: str) -> Forms:
    return tables().tongues[lang].forms


def found(text: str, lang: str) -> Slots:
    return slots.find(clean(text), forms(lang), correcting=True)


def changes(text: str, lang: str) -> list[tuple[str, str | None, str]]:
    return [(change.field, change.old, change.new) for change in found(text, lang).changes]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("my surname is wrong, it's van den Berg not Berg", [("last_name", "Berg", "van den Berg")]),
        ("change my email from a@b.com to c@d.org please", [("email", "a@b.com", "c@d.org")]),
        ("please replace anna@old.nl with anna@new.nl", [("email", "anna@old.nl", "anna@new.nl")]),
        (
            "I moved to Keizersgracht 12, 1015 CR Amsterdam. Thanks",
            [("address", None, "Keizersgracht 12, 1015 CR Amsterdam")],
        ),
        ("i moved to belgium", [("country", None, "belgium")]),
        ("please update my phone number to 06 12345678, thanks", [("phone", None, "+31612345678")]),
        ("my last name is misspelled, should be Jansen instead of Janssen", [("last_name", "Janssen", "Jansen")]),
        ("my name is Jon not John", [("first_name", "John", "Jon")]),
        ("got married, my name is now Bakker", [("last_name", None, "Bakker")]),
        ("my name is now Robin Alder", [("first_name", None, "Robin"), ("last_name", None, "Alder")]),
        ("got married, my name is now Anna Bakker", [("last_name", None, "Bakker")]),
        ("my name should be Anna Smit not Anna Smid", [("last_name", "Smid", "Smit")]),
        (
            "it says my VAT number is NL001234567B01 but it should be NL001234568B01",
            [("vat_number", "NL001234567B01", "NL001234568B01")],
        ),
        ("surname: Berg -> van den Berg", [("last_name", "Berg", "van den Berg")]),
        ("the country on my profile should be Germany", [("country", None, "Germany")]),
        ("fix my lastname its o'brien not obrien", [("last_name", "obrien", "o'brien")]),
        (
            "My address should be Dorpsstraat 1, Utrecht instead of Kerkstraat 4, Utrecht",
            [("address", "Kerkstraat 4, Utrecht", "Dorpsstraat 1, Utrecht")],
        ),
        ("my phone is +44 20 7946 0958", [("phone", None, "+442079460958")]),
        ("Correct my phone number to 07700 900812", [("phone", None, "07700 900812")]),
        ("my surname is wrong", []),
        ("my address is outdated", []),
        ("my address is not home but away", []),
        ("Jansen is my new surname", [("last_name", None, "Jansen")]),
        ("my name should be Anna Smit not Eva Smit", [("first_name", "Eva", "Anna")]),
        ("my name is now Jansen, my surname is now Jansen", [("last_name", None, "Jansen")]),
        ("my middle name is Abdul", []),
        ("my last name should be Jansen and the rest of my name is fine", [("last_name", None, "Jansen")]),
        ("we live on the moon, update the address to somewhere else", []),
        ("I'm called Dora, you keep writing Nora.", [("first_name", "Nora", "Dora")]),
        ("My surname is spelled wrong. Terhorst, one word.", [("last_name", None, "Terhorst")]),
        ("VAT number IE1234567T is obsolete, use IE7654321WA.", [("vat_number", "IE1234567T", "IE7654321WA")]),
        ("I don't live in Spain anymore, I live in Malta now.", [("country", "Spain", "Malta")]),
        ('You have my surname as "Halloram". It is Halloran.', [("last_name", "Halloram", "Halloran")]),
        ("Your file says I live in Germany. I live in Austria.", [("country", "Germany", "Austria")]),
        ("You think I am based in France, but I've lived in Spain since 2023", [("country", "France", "Spain")]),
        ("please make my last name De Wit from now on", [("last_name", None, "De Wit")]),
        ("name is Aoife O'Neill, you have me down as Aoife O'Neal", [("last_name", "O'Neal", "O'Neill")]),
        ("You spelled my first name Katja, with a j. It's Katia.", [("first_name", "Katja", "Katia")]),
        (
            "I no longer live at 3 High Street, Leeds; I now live at 8 Mill Road, York.",
            [("address", "3 High Street, Leeds", "8 Mill Road, York")],
        ),
        ("New email please: old one a@b.com, new one c@d.org.", [("email", "a@b.com", "c@d.org")]),
        ("My phone: new is +31612345678, old was +31687654321", [("phone", "+31687654321", "+31612345678")]),
        ("I go by Sam now, my first name in the account still says Samantha.", [("first_name", "Samantha", "Sam")]),
        ("my country should be Ireland instead of the UK", [("country", "UK", "Ireland")]),
        ("I'm listed with first name Maria; the right spelling is Mariah.", [("first_name", "Maria", "Mariah")]),
        (
            "set my email to a@b.com and my phone to +4915112345678",
            [("email", None, "a@b.com"), ("phone", None, "+4915112345678")],
        ),
        (
            "first name Ana, last name Petrović, please correct",
            [("first_name", None, "Ana"), ("last_name", None, "Petrović")],
        ),
        ("no need to go on with deletion, just change my last name to Byrne", [("last_name", None, "Byrne")]),
        ("my surname was Peters, it's Smith now", [("last_name", "Peters", "Smith")]),
        ("I changed my name from Ann Lee to Ann Park", [("last_name", "Lee", "Park")]),
        (
            "The old address is 1 Elm Rd, Bath. The new address is 2 Oak Rd, Bath.",
            [("address", "1 Elm Rd, Bath", "2 Oak Rd, Bath")],
        ),
        (
            "Please use NL999999999B01 as our VAT number, NL999999990B01 is wrong",
            [("vat_number", "NL999999990B01", "NL999999999B01")],
        ),
    ],
)
def test_a_correction_in_english(text: str, told: list[tuple[str, str | None, str]]) -> None:
    assert changes(text, "en") == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mijn achternaam is Jansen in plaats van Janssen", [("last_name", "Janssen", "Jansen")]),
        (
            "mijn achternaam is verkeerd, het is van den Berg en niet Berg",
            [("last_name", "Berg", "van den Berg")],
        ),
        ("mijn telefoonnummer is veranderd naar 0612345678", [("phone", None, "+31612345678")]),
        (
            "ik ben verhuisd naar Dorpsstraat 12, 3511 AB Utrecht, graag aanpassen",
            [("address", None, "Dorpsstraat 12, 3511 AB Utrecht")],
        ),
        ("mijn e-mailadres moet jan@piet.nl zijn", [("email", None, "jan@piet.nl")]),
        ("wijzig mijn mail van a@b.nl naar c@d.nl aub", [("email", "a@b.nl", "c@d.nl")]),
        ("mijn voornaam is fout gespeld: moet Noor zijn, niet Nora", [("first_name", "Nora", "Noor")]),
        ("ik ben getrouwd en heet nu de Boer", [("last_name", None, "de Boer")]),
        ("land moet België zijn ipv Nederland", [("country", "Nederland", "België")]),
        ("adres klopt niet, nieuw adres: Plein 3 Tilburg", [("address", None, "Plein 3 Tilburg")]),
        (
            "mijn adres is niet meer Lindelaan 5 maar Beukenlaan 7, Breda",
            [("address", "Lindelaan 5", "Beukenlaan 7, Breda")],
        ),
        ("jullie hebben mijn naam als Fatma maar het moet Fatima zijn", [("first_name", "Fatma", "Fatima")]),
        ("mijn achternaam klopt niet", []),
        ("Ik heet Dora, jullie schrijven steeds Nora.", [("first_name", "Nora", "Dora")]),
        ("Mijn achternaam klopt niet. Terhorst, aan elkaar.", [("last_name", None, "Terhorst")]),
        ("Ik woon niet meer in Spanje, ik woon nu in Malta.", [("country", "Spanje", "Malta")]),
        ('U heeft mijn achternaam als "Jansma". Het is Jansema.', [("last_name", "Jansma", "Jansema")]),
        ("jullie schrijven Don maar ik heet Daan", [("first_name", "Don", "Daan")]),
        ("Het btw-nummer dat u voert is foutief; het luidt NL987654321B01.", [("vat_number", None, "NL987654321B01")]),
        ("wij wonen sinds kort in Spanje, pas dat even aan aub", [("country", None, "Spanje")]),
        ("ik heet geen Jansen meer maar weer Smits, na de scheiding", [("last_name", "Jansen", "Smits")]),
        ("toch niet verwijderen, verander alleen mijn achternaam in De Wit", [("last_name", None, "De Wit")]),
        ("Ik hoef niet weg, alleen mijn naam moet goed gespeld worden", []),
        ("Jullie schreven Katja met een j. Het is Katia.", [("first_name", "Katja", "Katia")]),
        (
            "Ik woon niet meer op Hoofdstraat 3 in Assen maar op Kade 8, 9726 AB Groningen.",
            [("address", "Hoofdstraat 3 in Assen", "Kade 8, 9726 AB Groningen")],
        ),
        ("Nieuw mailadres graag: oud is a@b.nl, nieuw is c@d.nl.", [("email", "a@b.nl", "c@d.nl")]),
        (
            "Ik heet tegenwoordig Sam, mijn voornaam in het account is nog Samantha.",
            [("first_name", "Samantha", "Sam")],
        ),
        (
            "Ik sta bij jullie als Marja, de juiste spelling is Maria. Dat is mijn voornaam.",
            [("first_name", "Marja", "Maria")],
        ),
        (
            "zet mijn e-mail op a@b.nl en mijn telefoon op +4915112345678",
            [("email", None, "a@b.nl"), ("phone", None, "+4915112345678")],
        ),
        (
            "graag corrigeren: voornaam Ana, achternaam Petrović",
            [("first_name", None, "Ana"), ("last_name", None, "Petrović")],
        ),
        (
            "Jullie denken dat ik in Frankrijk woon. Ik woon sinds 2023 in Zwitserland.",
            [("country", "Frankrijk", "Zwitserland")],
        ),
        ("adres fout!! niet Kade 12 maar Kade 21", [("address", "Kade 12", "Kade 21")]),
        ("mijn achternaam was Peters, nu is het Smit", [("last_name", "Peters", "Smit")]),
        ("Oud adres: Kade 1, Sneek. Nieuw adres: Dam 2, Sneek.", [("address", "Kade 1, Sneek", "Dam 2, Sneek")]),
        ("ik heet Saar, niet Sara", [("first_name", "Sara", "Saar")]),
    ],
)
def test_a_correction_in_dutch(text: str, told: list[tuple[str, str | None, str]]) -> None:
    assert changes(text, "nl") == told


def test_an_address_given_as_contact_is_no_change_and_a_change_no_contact() -> None:
    both = found("change my email from a@b.com to c@d.org, and reach me at e@f.nl or 0031 6 12345678.", "en")
    assert both.email == "e@f.nl"
    assert both.phone == "+31612345678"
    assert not slots.find("my email is a@b.com", forms("en"), correcting=False).changes


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+31 (0)6 12 34 56 78", "+31612345678"),
        ("0031612345678", "+31612345678"),
        ("020-1234567", "+31201234567"),
        ("07700 900812", None),
        ("123456789", None),
        ("+1234", None),
    ],
)
def test_a_telephone_number_is_brought_to_one_form_where_that_is_certain(typed: str, kept: str | None) -> None:
    assert e164(typed) == kept


@pytest.mark.parametrize(
    ("text", "ticket"),
    [("where is SEL-2026-00417?", "SEL-2026-00417"), ("sel 2026 417", "SEL-2026-00417"), ("SEL-26-1", None)],
)
def test_a_ticket_is_named_in_full(text: str, ticket: str | None) -> None:
    assert found(text, "en").ticket == ticket


@pytest.mark.parametrize(
    ("text", "lang", "day"),
    [
        ("on 3 March 2026", "en", (2026, 3, 3)),
        ("March 3rd, 2026", "en", (2026, 3, 3)),
        ("the 1st of May 2025", "en", (2025, 5, 1)),
        ("03/04/2026", "en", (2026, 4, 3)),
        ("2026-04-03", "en", (2026, 4, 3)),
        ("12-03-85", "nl", (1985, 3, 12)),
        ("1.2.26", "nl", (2026, 2, 1)),
        ("op 3 maart 2026", "nl", (2026, 3, 3)),
    ],
)
def test_a_date_is_read_day_first(text: str, lang: str, day: tuple[int, int, int]) -> None:
    assert found(text, lang).date == datetime.date(*day)


@pytest.mark.parametrize("text", ["on 31-02-2026", "3 March", "tomorrow", "SEL-2026-00417"])
def test_what_is_no_full_date_is_none(text: str) -> None:
    assert found(text, "en").date is None


@pytest.mark.parametrize(
    ("text", "lang", "name"),
    [
        ("My name is Anna de Vries and I want a copy", "en", "Anna de Vries"),
        ("my name is john smith", "en", "john smith"),
        ("I'm Peter, delete me", "en", "Peter"),
        ("delete me. Kind regards, J. van Dam", "en", "J. van Dam"),
        ("ik heet Pietje Puk", "nl", "Pietje Puk"),
        ("ik ben Jan de Wit en wil inzage", "nl", "Jan de Wit"),
        ("I'm angry", "en", None),
        ("my name is wrong", "en", None),
        ("ik ben boos", "nl", None),
    ],
)
def test_a_name_is_taken_where_somebody_gives_one(text: str, lang: str, name: str | None) -> None:
    assert slots.find(text, forms(lang), correcting=False).name == name


def test_a_corrected_name_is_not_also_the_name_of_the_writer() -> None:
    assert found("my name is Jon not John", "en").name is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["en", "nl"]))
def test_any_text_has_its_slots_or_none(text: str, lang: str) -> None:
    assert isinstance(found(text, lang), Slots)


def test_a_hostile_text_does_not_take_long() -> None:
    for text in ("my name is " + "a " * 900, "my email " * 200, "1-" * 900, "my address is " + "A. " * 600):
        assert isinstance(found(text, "en"), Slots)


@pytest.mark.parametrize(
    "lines",
    [
        ["a line before any section"],
        ["[nonsense]", "x"],
        ["[fields]", "no colon"],
        ["[fields]", "shoe_size: shoe"],
        ["[strong]", "{field} ("],
    ],
)
def test_a_bad_phrase_file_is_refused(lines: list[str]) -> None:
    with pytest.raises(PhraseError):
        phrasebook.parse(lines)


def test_an_empty_phrase_file_is_an_empty_book() -> None:
    assert phrasebook.parse(["# note", "", *(f"[{name}]" for name in SECTIONS)]).fields == {}
