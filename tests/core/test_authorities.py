"""Where a complaint can go: the authority of the place that a message names."""

import pytest

from bot.core.authorities import AP, BY_NAME, whereabouts
from bot.core.countries import is_country


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("I live in France and I want to complain", "FR", "CNIL"),
        ("ik woon in Frankrijk en wil klagen", "FR", "CNIL"),
        ("I am in the United  Kingdom", "GB", "Information Commissioner"),
        ("Ich wohne in Bayern, I want to complain", "DE-BY", "Bayerisches Landesamt"),
        ("I live in Saxony-Anhalt, Germany", "DE-ST", "Sachsen-Anhalt"),
        ("I moved from the Netherlands to Belgium", "BE", "Gegevensbeschermingsautoriteit"),
    ],
)
def test_the_authority_where_somebody_lives_is_named(text: str, code: str, name: str) -> None:
    found = whereabouts(text).authority
    assert found is not None
    assert found.code == code
    assert name in found.name
    assert found.url.startswith("https://")


@pytest.mark.parametrize("text", ["I want to complain", "ik woon in Nederland", "I like frankincense", ""])
def test_who_names_no_other_country_has_the_dutch_one(text: str) -> None:
    found = whereabouts(text)
    assert found.authority is None
    assert not found.lacks_land


@pytest.mark.parametrize("text", ["I live in Germany", "ik woon in Duitsland"])
def test_in_germany_each_land_has_its_own(text: str) -> None:
    found = whereabouts(text)
    assert found.authority is None
    assert found.lacks_land


def test_every_row_is_a_country_with_a_place_to_complain() -> None:
    assert AP.code == "NL"
    for authority in BY_NAME.values():
        assert is_country(authority.code[:2])
        assert authority.name
        assert authority.url.startswith("https://")
