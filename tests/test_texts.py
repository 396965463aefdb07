"""Every message, in every complete language, in every medium: it exists, renders, and uses only its own fields."""

import dataclasses
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import PoFileError
from jinja2 import Environment, TemplateNotFound, UndefinedError, meta

from bot.core.messages import (
    Button,
    ChangeRead,
    ChangeView,
    Hello,
    Item,
    RefusalLetter,
    StopNotice,
    WhichTicket,
)
from bot.core.model import Door, Right, Status
from bot.core.rights import EXTENSION_GROUNDS, GROUNDS
from bot.texts import (
    COMPLETE,
    TEMPLATES,
    Case,
    Texts,
    count,
    long_date,
    plain_date,
    read_catalogues,
    short_date,
    size,
)
from tests.samples import message_types, samples
from tools.catalogue import catalogue_files, faults

TEXTS = Texts.load()
KINDS = message_types()
MAIL_ONLY = {
    *("StopNotice", "SuppressionNoted", "CodeMail", "NewsWaits", "StaffCall", "Relayed", "MailUnread"),
    "RecipientNotice",
}
LETTERS = (
    *(
        "Filed",
        "CodeMail",
        "CopyReady",
        "CopyEnding",
        "CopyGone",
        "IdentityReminder",
        "StopNotice",
        "OnHold",
        "ConfirmReminder",
    ),
    *("ErasureInHand", "NothingHeld", "NewsWaits", "MarketingStopped", "SuppressionNoted", "ObjectionWeighed"),
    *("ObjectionUpheld", "Restricted", "ChangeInHand", "Withdrawn", "HandedOver", "AlarmTaken", "Unclear"),
    *("RefusalLetter", "ExtensionLetter", "LateNotice", "NoActionNotice", "ComplaintHelp", "Looking", "AlarmEased"),
    *("Erased", "Corrected", "RecipientsTold"),
)
SHARED = {"chat/buttons.j2", "chat/progress.j2", "mail/foot.txt.j2", "mail/layout.html.j2"}
DOORS = {
    *("chat/hello.telegram.j2", "chat/corrected.telegram.j2"),
    *("chat/change_read.mail.j2", "chat/overview.mail.j2", "chat/staff_asks.mail.j2"),
}
EVERYWHERE = {"_", "ngettext", "house", "lang"}
CASE = Case(
    ref="SEL-2026-00417",
    right=Right.ERASURE,
    received_at=datetime(2026, 11, 2, 9, 14, tzinfo=UTC),
    latest=date(2026, 12, 2),
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=https://evil.example/x onerror=a()>',
    "{{ house }}{% include 'words.j2' %}%(ref)s %s",
    "**bold** [press](https://evil.example)",
    "line\n## Heading\n- item\n=> [press](https://evil.example)\n! 123",
    "a\x00b\u202ec",
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_message_has_words(kind):
    assert TEXTS.can(kind, "chat") is (kind.__name__ not in MAIL_ONLY)
    assert not MAIL_ONLY & {kind.__name__} or TEXTS.can(kind, "mail")


@pytest.mark.parametrize("name", LETTERS)
def test_durable_messages_have_a_letter(name):
    (kind,) = [kind for kind in KINDS if kind.__name__ == name]
    assert TEXTS.can(kind, "mail")


@pytest.mark.parametrize("lang", COMPLETE)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_message_renders_in_every_language_and_medium(kind, lang):
    for message in samples(kind):
        if TEXTS.can(kind, "chat"):
            assert TEXTS.say(message, lang).text.strip()
        if TEXTS.can(kind, "mail"):
            mail = TEXTS.mail(message, lang, (CASE,))
            assert mail.subject
            assert "\n" not in mail.subject
            assert mail.subject in mail.html.replace("&#39;", "'")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_template_uses_only_the_fields_of_its_message(kind):
    own = {field.name for field in dataclasses.fields(kind)}
    for path in (TEMPLATES / "chat" / f"{kind.name()}.j2", TEMPLATES / "mail" / f"{kind.name()}.txt.j2"):
        if path.exists():
            assert _variables(path.read_text()) <= own | EVERYWHERE


def _variables(source: str) -> set[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for name in TEXTS._environment.filters:
        environment.filters.setdefault(name, str)
    return meta.find_undeclared_variables(environment.parse(source))


def test_no_template_is_without_a_message():
    named = {f"chat/{kind.name()}.j2" for kind in KINDS} | {f"mail/{kind.name()}.txt.j2" for kind in KINDS}
    found = {f"{path.parent.name}/{path.name}" for part in ("chat", "mail") for path in (TEMPLATES / part).iterdir()}
    assert {one for one in found if "/parts_" not in one} - named == SHARED | DOORS


@pytest.mark.parametrize("domain", sorted({path.name for path in catalogue_files(TEMPLATES)}))
def test_the_catalogues_are_in_step_and_complete(domain):
    assert [fault for fault in faults(TEMPLATES) if f"/{domain}:" in fault] == []


def test_every_catalogue_of_a_language_is_read(tmp_path):
    for lang, name, word in (("nl", "desk", "een"), ("nl", "package", "twee"), ("fr", "desk", "un")):
        path = tmp_path / lang / "LC_MESSAGES" / f"{name}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n\nmsgid "{name}"\nmsgstr "{word}"\n'
        )
    read_in = read_catalogues(tmp_path)
    assert sorted(read_in) == ["fr", "nl"]
    assert [read_in["nl"].gettext(word) for word in ("desk", "package", "none")] == ["een", "twee", "none"]


def test_a_broken_catalogue_stops_the_start(tmp_path):
    path = tmp_path / "nl" / "LC_MESSAGES" / "desk.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "a"\nmsgstr "b\nnonsense')
    with pytest.raises(PoFileError):
        read_catalogues(tmp_path)


def test_every_complete_language_is_loaded():
    assert set(COMPLETE) <= set(TEXTS.languages)


def test_a_message_that_differs_by_language_is_not_left_in_english():
    assert TEXTS.say(Hello(), "nl").text != TEXTS.say(Hello(), "en").text


def test_an_unknown_language_is_answered_in_english_and_a_region_by_its_language():
    assert TEXTS.say(Hello(), "xx").text == TEXTS.say(Hello(), "en").text
    assert TEXTS.say(Hello(), "nl-BE").text == TEXTS.say(Hello(), "nl").text


@pytest.mark.parametrize("lang", COMPLETE)
def test_every_code_of_the_desk_has_words(lang):
    grounds = [ground for several in GROUNDS.values() for ground in several]
    known = {
        "right": Right,
        "title": Right,
        "status": Status,
        "stage": Status,
        "door": Door,
        "ground": grounds,
        "article": grounds,
        "extension": EXTENSION_GROUNDS,
    }
    for table, codes in known.items():
        assert [code for code in codes if code not in TEXTS._tables[lang][table]] == []


def test_every_act_in_the_core_has_a_label():
    source = "".join(path.read_text() for path in (TEMPLATES.parent / "bot").rglob("*.py"))
    acts = set(re.findall(r'\bact="(\w+)"', source))
    assert acts - set(TEXTS._tables["en"]["label"]) == set()


def test_a_button_without_a_label_is_an_error():
    with pytest.raises(KeyError):
        TEXTS.say(Hello(buttons=(Button(act="no_such_act"),)), "en")


def test_the_same_act_for_several_tickets_is_told_apart_by_number():
    items = (Item(ref="SEL-2026-00417", right="access"), Item(ref="SEL-2026-00418", right="erasure"))
    buttons = (Button(act="withdraw", arg="a"), Button(act="withdraw", arg="b"), Button(act="person"))
    labels = [label for label, _ in TEXTS.say(WhichTicket(items=items, buttons=buttons), "en").buttons]
    assert labels == ["Take it back: SEL-2026-00417", "Take it back: SEL-2026-00418", "A person"]


def test_a_message_without_a_letter_is_refused():
    with pytest.raises(TemplateNotFound):
        TEXTS.mail(Hello(), "en")


def test_a_page_with_a_missing_value_is_an_error():
    with pytest.raises(UndefinedError):
        TEXTS.page("mail/layout.html.j2", "en", subject="x")


def test_pages_escape_every_value():
    html = TEXTS.page("mail/layout.html.j2", "en", subject=HOSTILE[0], body=(), foot=())
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_text_template_keeps_values_as_text():
    assert TEXTS.plain("chat/progress.j2", "nl", latest=date(2026, 12, 2)) == "uiterlijk woensdag 2 december 2026"
    assert TEXTS.plain("chat/settled_by_hand.j2", "en", ref="r", on=date(2026, 12, 2), words="# *x*").endswith("# *x*")


# ---- hostile values -------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Collects tags, addresses and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data):
        self.text += data


def read(html: str) -> Tags:
    """The page as a browser would take it apart."""
    tags = Tags()
    tags.feed(html)
    return tags


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_stay_text_in_the_chat(value):
    said = TEXTS.say(ChangeRead(changes=(ChangeView(field="last_name", new=value, old="x"),)), "en").text
    shown = value.replace("\x00", "").replace("\u202e", "")
    assert said == f"- Last name: x → **{shown}**\n\nIs that exactly right?"


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_stay_text_in_a_letter(value):
    calm = TEXTS.mail(a_refusal("calm words"), "en", (CASE,))
    mail = TEXTS.mail(a_refusal(value), "en", (CASE,))
    page, calm_page = read(mail.html), read(calm.html)
    assert [tag for tag in page.tags if tag != "br"] == calm_page.tags
    assert [one for one in page.attributes if one[0] == "href"] == [
        one for one in calm_page.attributes if one[0] == "href"
    ]
    for line in value.replace("\x00", "").replace("\u202e", "").split("\n"):
        assert line in page.text
        assert " ".join(line.split()) in " ".join(mail.text.split())


def a_refusal(facts: str) -> RefusalLetter:
    (letter, *_) = samples(RefusalLetter, facts=facts)
    return letter


def test_a_link_in_a_letter_is_the_desks_own_or_text():
    mail = TEXTS.mail(StopNotice(ref="r", waits_until=CASE.received_at, link="javascript:alert(1)"), "en")
    assert ("href", "javascript:alert(1)") not in read(mail.html).attributes


@pytest.mark.parametrize("lang", COMPLETE)
@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_loads_nothing_from_anywhere(name, lang):
    (kind,) = [kind for kind in KINDS if kind.__name__ == name]
    page = read(TEXTS.mail(next(iter(samples(kind))), lang, (CASE,)).html)
    assert not {"img", "script", "iframe", "link", "form", "object", "svg", "video", "audio"} & set(page.tags)
    assert not {"src", "srcset", "background", "style", "onclick"} & {name for name, _ in page.attributes}
    assert "url(" not in page.text
    assert "@import" not in page.text


# ---- dates and numbers -----------------------------------------------------------------------------------------------


def test_dates_are_said_with_weekday_and_year():
    day = date(2026, 12, 2)
    assert (long_date(day, "en"), long_date(day, "nl")) == ("Wednesday 2 December 2026", "woensdag 2 december 2026")
    assert (short_date(day, "en"), short_date(day, "nl")) == ("Wed 2 Dec 2026", "wo 2 dec 2026")
    assert (plain_date(day, "en"), plain_date(day, "nl")) == ("2 December 2026", "2 december 2026")


def test_an_instant_is_shown_in_amsterdam():
    assert long_date(datetime(2026, 12, 1, 23, 30, tzinfo=UTC), "en") == "Wednesday 2 December 2026"
    assert long_date(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "en") == "Thursday 2 July 2026"


@pytest.mark.parametrize(
    ("lang", "shown"),
    [("en", "Thursday 5 November 2026, 8:05"), ("nl", "donderdag 5 november 2026, 8.05 uur")],
)
def test_a_moment_is_written_as_the_language_does(lang, shown):
    notice = StopNotice(ref="r", waits_until=datetime(2026, 11, 5, 7, 5, tzinfo=UTC), link="https://desk.example/s")
    assert shown in " ".join(TEXTS.mail(notice, lang).text.split())


def test_numbers_follow_the_language():
    assert [size(number, "en") for number in (0, 999, 41_000, 2_140_000)] == ["0 B", "999 B", "41 kB", "2.1 MB"]
    assert size(2_140_000, "nl") == "2,1 MB"
    assert (count(12_345, "en"), count(12_345, "nl")) == ("12,345", "12.345")


def test_a_code_without_words_is_shown_in_plain_letters():
    assert TEXTS.word("reason", "building_permit", "nl") == "building permit"


def test_the_progress_strip_has_words():
    codes = ("received", "verified", "located", "review", "scheduled", "done")
    assert TEXTS.stages(codes, "en") == ("Received", "Verified", "Located", "In review", "Scheduled", "Done")
    assert TEXTS.stages(codes, "nl")[-1] == "Klaar"
