"""The data package as a person gets it: unzipped, opened, parsed and counted."""

import base64
import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bot.core.plans import Action, Facts, PlanLine, Recipient, Role, Verb
from bot.parcel import Authority, Cover, Decision, Made, Outcome, Parcel, Spoilt, System
from bot.parcel.group import Row
from bot.texts import Texts
from storage.vault import Vault

MADE = datetime(2026, 11, 2, 10, 37, tzinfo=UTC)
EVIL = '<script>alert(1)</script>"><img src=http://evil.example/x onerror=alert(2)>'
TURNED = "invoice_\u202egnp.exe"
FORMULA = '=HYPERLINK("http://evil.example","click")'
PARTS = ["whose", "short", "glance", "searched", "absent", "receivers", "origin", "machine", "wrong", "rights", "files"]


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts.load()


def cover(**changed: Any) -> Cover:
    values: dict[str, Any] = {
        "person_label": "Sanne van den Berg",
        "ref": "SEL-2026-00417",
        "asked_on": date(2026, 11, 2),
        "made_at": MADE,
        "lang": "en",
        "period": (None, date(2026, 11, 2)),
        "searched": (
            System(
                name="platform", label=(("en", "The Seleqt platform"), ("nl", "Het platform")), outcome=Outcome.FOUND
            ),
            System(name="newsletter", label=(("en", "Newsletter tool"),), outcome=Outcome.NOTHING),
            System(
                name="crm", label=(("en", "CRM"),), outcome=Outcome.FAILED, reason="down", follows=date(2026, 11, 20)
            ),
        ),
        "recipients": (
            Recipient(code="mollie", name="Mollie B.V.", role=(("en", "Payments"), ("nl", "Betalingen")), country="NL"),
            Recipient(
                code="hubspot",
                name="HubSpot Inc.",
                role=(("en", "Customer contact"), ("nl", "Klantcontact")),
                country="United States",
                safeguard=(("en", "Standard contractual clauses"), ("nl", "Modelcontractbepalingen")),
            ),
        ),
        "authorities": (Authority(name="CNIL", url="https://www.cnil.fr/fr/plaintes"),),
        "read_until": date(2026, 11, 16),
    }
    return Cover(**{**values, **changed})


FACTS = Facts(
    purpose=(("en", "To give you an account"), ("nl", "Om je een account te geven")),
    basis=(("en", "Our contract with you"), ("nl", "Ons contract met jou")),
    source=(("en", "You, when you signed up"), ("nl", "Jij, toen je je aanmeldde")),
    retention=(("en", "3 years after your account closes"), ("nl", "3 jaar na het sluiten van je account")),
    recipients=("mollie", "hubspot"),
)


def line(collection: str, *columns: str, **more: Any) -> PlanLine:
    values: dict[str, Any] = {
        "source": "platform",
        "tenant": "t1",
        "collection": collection,
        "action": Action.ACCESS,
        "rows": 1,
        "columns": columns,
        "label": (("en", collection.capitalize()),),
        "facts": FACTS,
    }
    return PlanLine(**{**values, **more})


ACCOUNT = line(
    "account",
    "id",
    "last_name",
    "email",
    "note",
    "active",
    "phone",
    label=(("en", "Your account"), ("nl", "Je account")),
    held=("password_hash",),
    removed=("referred_by",),
    third_party=1,
    secrets=1,
)
PERSON: Row = {
    "id": 7,
    "last_name": EVIL,
    "email": "sanne@example.nl",
    "note": TURNED,
    "active": True,
    "phone": None,
    "password_hash": "$2b$12$secretsecret",
    "referred_by": "Piet Jansen",
}
LOGINS = line("logins", "at", "ip", "agent", label=(("en", "Log-ins"), ("nl", "Inlogmomenten")))


def logins(number: int) -> Iterator[Row]:
    for n in range(number):
        yield {"at": datetime(2026, 1, 1, tzinfo=UTC), "ip": f"192.0.2.{n % 250}", "agent": f"browser {n}"}


def made(texts: Texts, given: Cover, *groups: tuple[PlanLine, list[Row]]) -> tuple[zipfile.ZipFile, Made]:
    out = io.BytesIO()
    with Parcel(out, cover=given, texts=texts) as parcel:
        for about, rows in groups:
            parcel.take(about, iter(rows))
        result = parcel.finish()
    return zipfile.ZipFile(io.BytesIO(out.getvalue())), result


def usual(texts: Texts, **changed: Any) -> tuple[zipfile.ZipFile, Made]:
    return made(texts, cover(**changed), (ACCOUNT, [PERSON]), (LOGINS, list(logins(250))))


class Read(HTMLParser):
    """What a browser would find: the elements with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.styles: list[str] = []
        self._in_style = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        (self.styles if self._in_style else self.words).append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_has_its_eleven_parts_in_order(texts: Texts) -> None:
    page = Read(usual(texts)[1].page)
    assert [one["id"] for one in page.all("h2")] == ["plan", *PARTS]
    assert [one["aria-labelledby"] for one in page.all("section")] == PARTS
    assert [one["href"] for one in page.all("a")][1:12] == [f"#{one}" for one in PARTS]


def test_the_page_asks_nobody_for_anything(texts: Texts) -> None:
    page = Read(usual(texts)[1].page)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "form", "base", "audio", "video", "source"}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "srcset", "style", "ping"}]
        if tag != "a":
            assert "href" not in attributes
    style = "".join(page.styles)
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_of_the_page_allows_its_own_style_and_nothing_else(texts: Texts) -> None:
    page = Read(usual(texts)[1].page)
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256("".join(page.styles).encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert len(page.all("style")) == 1


def test_links_stay_in_the_page_or_lead_to_authorities_and_the_desk(texts: Texts) -> None:
    page = Read(usual(texts)[1].page)
    ids = {f"#{one['id']}" for _, one in page.elements if one.get("id")}
    hrefs = [str(one["href"]) for one in page.all("a")]
    assert {one for one in hrefs if one.startswith("#")} <= ids
    outside = {one for one in hrefs if not one.startswith("#")}
    assert "https://www.cnil.fr/fr/plaintes" in outside
    assert all(
        one.startswith(("mailto:info@", "https://www.cnil", "https://autor", "https://www.edpb")) for one in outside
    )


def test_hostile_values_are_text_and_hidden_signs_are_named(texts: Texts) -> None:
    page = usual(texts, person_label=EVIL)[1].page
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert EVIL in Read(page).text
    assert "\u202e" not in page
    assert "invoice_[U+202E]gnp.exe" in page


def test_secrets_and_other_peoples_values_are_named_and_never_written(texts: Texts) -> None:
    archive, result = usual(texts)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"secretsecret" not in everything
    assert b"Piet" not in everything
    assert "Held, not shown" in result.page
    assert "password hash" in result.page.lower()
    assert "These details are about other people. We left out 1 value." in Read(result.page).text


def test_the_page_shows_two_hundred_rows_and_says_where_the_rest_is(texts: Texts) -> None:
    page = Read(usual(texts)[1].page).text
    assert "browser 199" in page
    assert "browser 200" not in page
    assert "This shows the first 200 of 250 records. The rest is in data/logins.csv." in page


def test_the_summary_begins_with_what_there_is_most_of(texts: Texts) -> None:
    page = Read(usual(texts)[1].page).text
    assert "Most of it is one thing: Log-ins, with 250 of the 251 records about you." in page
    assert "We searched 2 of 3 systems and found data in 1 of them." in page
    assert "2 other companies received some of it; nobody bought or rented it." in page


def test_a_gap_is_said_in_the_page_and_in_the_manifest(texts: Texts) -> None:
    archive, result = usual(texts)
    assert "We couldn't search it." in result.page
    assert "Friday 20 November 2026" in result.page
    manifest = json.loads(archive.read("MANIFEST.json"))
    assert manifest["gaps"] == [{"source": "crm", "reason": "down", "follows": "2026-11-20"}]


def test_recipients_come_by_name_with_country_and_safeguard(texts: Texts) -> None:
    page = Read(usual(texts)[1].page).text
    for words in (
        "Mollie B.V.",
        "HubSpot Inc.",
        "United States",
        "Standard contractual clauses",
        "Sold or rented: to nobody.",
    ):
        assert words in page


def test_every_field_has_codes_to_paste_into_the_chat(texts: Texts) -> None:
    page = usual(texts)[1].page
    for word in ("correct", "delete", "stop"):
        assert f"<code>{word} SEL-2026-00417 account.last_name</code>" in page
    assert "account.password_hash" not in page


def test_rights_come_with_a_person_an_authority_and_a_court_date(texts: Texts) -> None:
    page = Read(usual(texts)[1].page).text
    for words in (
        "info@seleqt.ai",
        "CNIL",
        "Autoriteit Persoonsgegevens",
        "Monday 14 December 2026",
        "Friday 2 November 2029",
    ):
        assert words in page


def test_decisions_by_machine_are_told_or_said_to_be_none(texts: Texts) -> None:
    assert "None. No decision that matters" in usual(texts)[1].page
    told = Decision(name=(("en", "Spam check"),), logic=(("en", "Counts links"),))
    assert "Counts links" in usual(texts, decisions=(told,))[1].page


def test_nothing_found_is_a_full_answer_too(texts: Texts) -> None:
    searched = (System(name="platform", outcome=Outcome.NOTHING),)
    archive, result = made(texts, cover(searched=searched, recipients=()))
    assert "We hold nothing about you in the systems we searched." in result.page
    assert [one["id"] for one in Read(result.page).all("h2")][1:] == PARTS
    assert archive.namelist() == ["START-HERE.html", "MANIFEST.json"]


def test_the_dutch_page_is_dutch_and_marks_words_that_are_not(texts: Texts) -> None:
    page = usual(texts, lang="nl")[1].page
    assert '<html lang="nl">' in page
    for words in (
        "Alles wat we over je hebben",
        "In het kort",
        "maandag 2 november 2026",
        "Om je een account te geven",
    ):
        assert words in page
    assert '<span lang="en">Newsletter tool</span>' in page
    assert "Where" not in page


def test_json_keeps_every_value_as_it_is(texts: Texts) -> None:
    row: Row = {
        "text": 'é "q"\n\ud800', "number": -5, "money": Decimal("12.50"), "half": 0.5, "odd": float("nan"), "on": True,
        "none": None, "day": date(2026, 11, 2), "at": MADE, "raw": b"\x00\xff", "id": UUID(int=7),
        "tags": ["a", {"b": 1}],
    }  # fmt: skip
    archive, _ = made(texts, cover(), (line("things", *row), [row]))
    assert json.loads(archive.read("data/things.json").decode("utf-8")) == [
        {
            "text": 'é "q"\n\ud800', "number": -5, "money": "12.50", "half": 0.5, "odd": "nan", "on": True,
            "none": None, "day": "2026-11-02", "at": "2026-11-02T10:37:00+00:00", "raw": "AP8=",
            "id": "00000000-0000-0000-0000-000000000007", "tags": ["a", {"b": 1}],
        }
    ]  # fmt: skip


def read_csv(archive: zipfile.ZipFile, name: str, separator: str = ",") -> list[list[str]]:
    content = archive.read(name)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


def test_csv_is_read_back_row_by_row(texts: Texts) -> None:
    rows: list[Row] = [{"a": 'quote " comma , line\r\nbreak', "b": None, "c": -5}, {"a": "Zoë", "b": "x", "c": 1.5}]
    archive, _ = made(texts, cover(), (line("things", "a", "b", "c"), rows))
    assert archive.read("data/things.csv").endswith(b"\r\n")
    assert read_csv(archive, "data/things.csv") == [
        ["a", "b", "c"],
        ['quote " comma , line\r\nbreak', "", "-5"],
        ["Zoë", "x", "1.5"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", '"=', " ="])
def test_text_that_could_be_a_formula_gets_an_apostrophe(texts: Texts, start: str) -> None:
    archive, _ = made(texts, cover(), (line("things", "a"), [{"a": f"{start}1+1"}]))
    assert read_csv(archive, "data/things.csv")[1] == [f"'{start}1+1"]
    assert json.loads(archive.read("data/things.json")) == [{"a": f"{start}1+1"}]


def test_no_cell_is_a_formula_also_where_the_semicolon_parts_cells(texts: Texts) -> None:
    tricks = [
        FORMULA,
        f"x;{FORMULA}",
        f'x";{FORMULA}',
        f"x\n{FORMULA}",
        f'x;"{FORMULA}',
        f"x\t{FORMULA}",
        "x;-1+1",
        "x\r\n@SUM(A1)",
    ]
    archive, _ = made(texts, cover(), (line("things", "a", "b"), [{"a": "first", "b": one} for one in tricks]))
    for separator in ",;\t":
        for row in read_csv(archive, "data/things.csv", separator):
            assert not [cell for cell in row if cell.lstrip(' "').startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_manifest_has_the_hash_and_length_of_every_file(texts: Texts) -> None:
    archive, result = usual(texts)
    manifest = json.loads(archive.read("MANIFEST.json"))
    listed = {one["name"]: one for one in manifest["files"]}
    assert set(listed) == set(archive.namelist()) - {"MANIFEST.json"}
    for name, one in listed.items():
        content = archive.read(name)
        assert (one["bytes"], one["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert manifest["sources"][0] == {"name": "platform", "outcome": "found", "collections": 2, "records": 251}
    assert [one["records"] for one in manifest["collections"]] == [1, 250]
    assert result.records == 251
    assert {one.name for one in result.files} == set(archive.namelist())
    assert listed["data/account.json"]["sha256"] in result.page


def test_entry_names_come_from_the_map_alone_and_lead_nowhere(texts: Texts) -> None:
    rows: list[Row] = [{"a": "x"}]
    groups = [(line(name, "a"), rows) for name in ("Log ins", "../../etc/passwd", "log-ins", "ÿ", "con")]
    archive, _ = made(texts, cover(ref="../x"), *groups)
    names = [one for one in archive.namelist() if one.endswith(".json")]
    assert names == [
        "data/log-ins.json",
        "data/etc-passwd.json",
        "data/log-ins-2.json",
        "data/group.json",
        "data/con.json",
        "MANIFEST.json",
    ]
    assert archive.testzip() is None


def test_the_same_input_and_clock_give_the_same_bytes(texts: Texts) -> None:
    outs = []
    for _ in range(2):
        out = io.BytesIO()
        with Parcel(out, cover=cover(), texts=texts) as parcel:
            parcel.take(LOGINS, logins(30))
            parcel.finish()
        outs.append(out.getvalue())
    assert outs[0] == outs[1]
    with zipfile.ZipFile(io.BytesIO(outs[0])) as archive:
        assert {one.date_time for one in archive.infolist()} == {(2026, 11, 2, 10, 37, 0)}


def test_a_package_to_take_elsewhere_has_schemas_and_field_notes(texts: Texts) -> None:
    provided = line("account", "last_name", "phone", label=(("en", "Your account"),))
    archive, result = made(texts, cover(verb=Verb.PORTABILITY), (provided, [PERSON]))
    schema = json.loads(archive.read("schema/account.schema.json"))
    row = json.loads(archive.read("data/account.json"))[0]
    assert set(row) == set(schema["items"]["properties"]) == {"last_name", "phone"}
    assert schema["items"]["properties"]["last_name"] == {"title": "Last name", "type": ["string"]}
    assert schema["items"]["properties"]["phone"]["type"] == ["null"]
    assert read_csv(archive, "FIELDS.csv")[1] == ["data/account.json", "last_name", "Last name", "string"]
    assert "Everything you didn't give us yourself" in Read(result.page).text
    assert "sanne@example.nl" not in result.page


def test_a_copy_has_no_schema(texts: Texts) -> None:
    assert not [name for name in usual(texts)[0].namelist() if name.startswith(("schema", "FIELDS"))]


def test_a_source_that_breaks_down_half_way_spoils_the_package(texts: Texts) -> None:
    def breaking() -> Iterator[Row]:
        yield PERSON
        raise ConnectionError

    out = io.BytesIO()
    with Parcel(out, cover=cover(), texts=texts) as parcel:
        with pytest.raises(ConnectionError):
            parcel.take(ACCOUNT, breaking())
        with pytest.raises(Spoilt):
            parcel.take(LOGINS, logins(1))
        with pytest.raises(Spoilt):
            parcel.finish()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(out.getvalue()))


def test_a_clients_rows_and_other_actions_are_refused(texts: Texts) -> None:
    with Parcel(io.BytesIO(), cover=cover(), texts=texts) as parcel:
        for wrong in (line("contacts", "a", role=Role.PROCESSOR), line("invoices", "a", action=Action.KEEP)):
            with pytest.raises(ValueError, match="holds for itself"):
                parcel.take(wrong, iter([{"a": 1}]))
        parcel.finish()


def test_a_cover_for_another_right_or_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="access or portability"):
        cover(verb=Verb.ERASURE)
    with pytest.raises(ValueError, match="zone"):
        cover(made_at=MADE.replace(tzinfo=None))


def test_packed_into_the_vault_it_comes_out_whole_and_never_lies_there_in_clear(texts: Texts, tmp_path: Path) -> None:
    vault = Vault(tmp_path, bytes(32))
    with (
        vault.writer("parcel-1", ticket="SEL-2026-00417", kind="parcel") as out,
        Parcel(out, cover=cover(), texts=texts, waiting=vault.scratch) as parcel,
    ):
        parcel.take(ACCOUNT, iter([PERSON]))
        parcel.take(LOGINS, logins(5000))
        parcel.finish()
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"START-HERE" not in on_disk
    plain = b"".join(vault.reader("parcel-1", "SEL-2026-00417", "parcel"))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.testzip() is None
        assert len(json.loads(archive.read("data/logins.json"))) == 5000


class Nowhere:
    """A sink that counts what it is given."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        pass


@pytest.mark.slow
def test_a_hundred_thousand_rows_pass_through_less_than_64_megabytes(texts: Texts) -> None:
    def rows() -> Iterator[Row]:
        for n in range(100_000):
            token = hashlib.sha256(str(n).encode()).hexdigest()
            yield {"id": n, "token": token, "text": f"message {n} " * 12, "at": MADE, "ip": "192.0.2.1"}

    out = Nowhere()
    tracemalloc.start()
    try:
        with Parcel(out, cover=cover(), texts=texts) as parcel:
            parcel.take(line("messages", "id", "token", "text", "at", "ip", rows=100_000), rows())
            result = parcel.finish()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.records == 100_000
    assert sum(one.size for one in result.files) > 30_000_000
    assert out.size > 5_000_000
    assert peak < 64 * 1024 * 1024


def test_headings_follow_each_other_without_a_gap(texts: Texts) -> None:
    page = Read(usual(texts)[1].page)
    levels = [int(tag[1]) for tag, _ in page.elements if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
