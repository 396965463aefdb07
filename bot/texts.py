"""Message, language and medium in; words for a person out. The only module that knows jinja2, gettext and Babel.

Promise: every sentence stands in templates/ and its catalogues, English being source and fallback; a variable that a
message does not have is an error, never a gap; values of people and staff stay text in the chat, in both parts of a
mail and on pages. Limits: it sends nothing, decides nothing and reads files only in `load` and at a template's first
use. Instants are UTC and shown in Europe/Amsterdam, where the desk is.
"""

import dataclasses
import gettext
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bot.blocks import chat_text, parse, plain_text, shield, tame, unshield
from bot.core.messages import Button, Message
from bot.core.model import Door, Right

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
SOURCE: Final = "en"
COMPLETE: Final = ("en", "nl")  # languages in which every sentence must be translated; a test holds us to it
ZONE: Final = ZoneInfo("Europe/Amsterdam")

_TABLES: Final = (
    "right",
    "title",
    "status",
    "stage",
    "field",
    "reason",
    "ground",
    "article",
    "extension",
    "door",
    "form",
)
_UNITS: Final = ("B", "kB", "MB", "GB")
_STEP: Final = 1000  # bytes a kB: what phones and desktops show beside a download

Words = Mapping[str, Mapping[str, str]]
Tables = Mapping[str, Words]
"""Language -> table -> code -> words."""


@dataclass(frozen=True, kw_only=True)
class House:
    """What letters say about the sender; settings may fill it. Opening hours are local, as "9:00"."""

    name: str = "Seleqt B.V."
    place: str = "Oudezijds Achterburgwal 14C, 1012 DM Amsterdam"
    contact: str = "info@seleqt.ai"
    desk_url: str = ""
    policy_url: str = ""
    ap_url: str = "https://autoriteitpersoonsgegevens.nl/een-tip-of-klacht-indienen-bij-de-ap"
    authorities_url: str = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en"
    opens: str = "9:00"
    closes: str = "17:00"
    backup_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Case:
    """The request a letter is about, printed below it: number, what was asked, when (UTC), latest answer (local)."""

    ref: str
    right: Right
    received_at: datetime
    latest: date | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """A bubble: text with **strong** words and "- " lines only, and its buttons with their labels."""

    text: str
    buttons: tuple[tuple[str, Button], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A letter: one line of subject, and the same words as text and as HTML."""

    subject: str
    text: str
    html: str


class Texts:
    """All words of the desk, built once by `load`."""

    def __init__(self, environment: Environment, tables: Tables) -> None:
        self._environment = environment
        self._tables = tables
        self._known = frozenset(environment.list_templates())
        self.languages = tuple(tables)

    @classmethod
    def load(cls, folder: Path = TEMPLATES, house: House | None = None) -> "Texts":
        """Reads the catalogues in `folder`. One that cannot be read raises PoFileError, so a start fails early."""
        catalogues = {SOURCE: gettext.NullTranslations(), **read_catalogues(folder / "locale")}
        tables: dict[str, Words] = {}
        environment = _environment(folder, catalogues, tables, house or House())
        tables.update({lang: _read_tables(environment, lang) for lang in catalogues})
        return cls(environment, tables)

    def say(self, message: Message, lang: str, *, door: Door = Door.WEB) -> Said:
        """The message as a chat bubble; a door may have words of its own (chat/<name>.<door>.j2).

        Raises TemplateNotFound for one that only exists as a mail (see `can`).
        """
        spoken = self.spoken(lang)
        own = f"chat/{message.name()}.{door}.j2"
        template = own if own in self._known else f"chat/{message.name()}.j2"
        rendered = self._render(template, spoken, _shielded_fields(message))
        return Said(text=chat_text(parse(rendered)), buttons=self._labelled(message, spoken))

    def mail(self, message: Message, lang: str, cases: Iterable[Case] = ()) -> Mail:
        """The message as a letter, with the requests it is about below it.

        Raises TemplateNotFound for a message that is only said in the chat (see `can`).
        """
        spoken = self.spoken(lang)
        rendered = self._render(f"mail/{message.name()}.txt.j2", spoken, _shielded_fields(message))
        subject, _, letter = rendered.lstrip().partition("\n")
        about = [_shielded(case) for case in cases]
        body = parse(letter)
        foot = parse(self._render("mail/foot.txt.j2", spoken, {"cases": about}))
        title = " ".join(unshield(subject.removeprefix("Subject:")).split())
        html = self._render("mail/layout.html.j2", spoken, {"subject": title, "body": body, "foot": foot})
        return Mail(subject=title, text=f"{plain_text(body)}\n\n-- \n{plain_text(foot)}\n", html=html)

    def letter_preview(self, message: Message, lang: str, reader: str) -> tuple[str, str]:
        """A letter as text, first in the person's language, then in the reader's, so staff can check what leaves."""
        return self._letter(message, lang), self._letter(message, reader)

    def page(self, template: str, lang: str, **values: object) -> str:
        """An HTML page from templates/; every value is escaped. The template sees `lang` and `house` besides."""
        return self._render(template, self.spoken(lang), values)

    def plain(self, template: str, lang: str, **values: object) -> str:
        """A text from templates/ in the block format, as the chat draws it; values stay text."""
        shielded = {name: _shielded(value) for name, value in values.items()}
        return chat_text(parse(self._render(template, self.spoken(lang), shielded)))

    def can(self, message: type[Message], medium: Literal["chat", "mail"]) -> bool:
        """Whether there are words for this message in the chat, or as a letter."""
        suffix = ".j2" if medium == "chat" else ".txt.j2"
        return f"{medium}/{message.name()}{suffix}" in self._known

    def word(self, table: str, code: str, lang: str) -> str:
        """The words for a code: table right, title, status, stage, field, reason, ground, article,
        extension or door.

        A code without words comes back in plain letters, so a new code in a data map is shown rather than lost.
        """
        return _word(self._tables, table, code, self.spoken(lang))

    def right_name(self, right: Right | str, lang: str) -> str:
        """What a right is called in a sentence: "a copy of everything we hold about you"."""
        return self.word("right", str(right), lang)

    def stages(self, codes: Iterable[str], lang: str) -> tuple[str, ...]:
        """The steps of a progress strip, in words."""
        return tuple(self.word("stage", str(code), lang) for code in codes)

    def long_date(self, when: date | datetime, lang: str) -> str:
        """ "Wednesday 2 December 2026"; an instant is shown as its local date."""
        return long_date(when, self.spoken(lang))

    def spoken(self, lang: str) -> str:
        """The catalogue used for a language code such as "nl" or "nl-BE": English where there is none."""
        short = lang.lower().replace("_", "-").partition("-")[0]
        return short if short in self._tables else SOURCE

    def _letter(self, message: Message, lang: str) -> str:
        mail = self.mail(message, lang)
        return f"{mail.subject}\n\n{mail.text.partition(chr(10) + '-- ' + chr(10))[0].rstrip()}"

    def _labelled(self, message: Message, lang: str) -> tuple[tuple[str, Button], ...]:
        """Each button with its label; an act that stands once per listed ticket is told apart by its number."""
        refs = [item.ref for item in getattr(message, "items", ())]
        acts = [button.act for button in message.buttons]
        labelled = []
        for place, button in enumerate(message.buttons):
            is_per_ticket = acts.count(button.act) == len(refs) > 1
            ref = refs[acts[:place].count(button.act)] if is_per_ticket else ""
            labelled.append((self._label(button, ref, lang), button))
        return tuple(labelled)

    def _label(self, button: Button, ref: str, lang: str) -> str:
        words = self._tables[lang]["label"][button.act]
        return self._tables[lang]["form"]["button"].format(label=words, ref=ref) if ref else words

    def _render(self, template: str, lang: str, values: Mapping[str, object]) -> str:
        return self._environment.get_template(template).render(**values, lang=lang)


# ---- catalogues and templates ---------------------------------------------------------------------------------------


def read_catalogues(folder: Path) -> dict[str, gettext.NullTranslations]:
    """Reads every <lang>/LC_MESSAGES/*.po below `folder`; nothing compiled is written.

    One file per kind of template; where two translate the same sentence, the later name wins. Raises Babel's
    PoFileError on a file that cannot be read.
    """
    langs: dict[str, gettext.NullTranslations] = {}
    for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        later = _translations(path)
        if path.parts[-3] in langs:
            later.add_fallback(langs[path.parts[-3]])
        langs[path.parts[-3]] = later
    return langs


def _translations(path: Path) -> gettext.NullTranslations:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3], abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _environment(
    folder: Path, catalogues: Mapping[str, gettext.NullTranslations], tables: Tables, house: House
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=_is_html,  # noqa: S701 - on for all but what is known to be plain text
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalize,
        extensions=["jinja2.ext.i18n"],
    )
    environment.globals["house"] = house
    environment.filters.update(_filters(tables))
    _install(environment, catalogues)
    return environment


def _is_html(template: str | None) -> bool:
    """Escaped unless it is known to be text: chat bubbles, tables of words, the block format of letters."""
    return template is None or not (template.startswith(("chat/", "words.")) or template.endswith(".txt.j2"))


def _finalize(value: object) -> object:
    """Control characters and direction overrides never reach a person's screen."""
    if not isinstance(value, str) or value.isprintable():
        return value
    # what was markup before still is: only characters were taken out
    return Markup(tame(value)) if isinstance(value, Markup) else tame(value)  # noqa: S704


def _install(environment: Environment, catalogues: Mapping[str, gettext.NullTranslations]) -> None:
    """One environment speaks every language: the catalogue is looked up by the `lang` a template is rendered with."""

    @pass_context
    def one(context: Context, text: str) -> str:
        return catalogues[context["lang"]].gettext(text)

    @pass_context
    def several(context: Context, text: str, plural: str, number: int) -> str:
        return catalogues[context["lang"]].ngettext(text, plural, number)

    environment.install_gettext_callables(one, several, newstyle=True)  # type: ignore[attr-defined]


def _read_tables(environment: Environment, lang: str) -> Words:
    words = environment.get_template("words.j2").make_module({"lang": lang})
    labels = environment.get_template("chat/buttons.j2").make_module({"lang": lang})
    return {**{table: getattr(words, table) for table in _TABLES}, "label": labels.label}  # type: ignore[attr-defined]


def _filters(tables: Tables) -> dict[str, Callable[..., str]]:
    named = {f"{table}_words": _table_filter(tables, table) for table in _TABLES}
    shown: dict[str, Callable[[Any, str], str]] = {
        "long_date": long_date,
        "short_date": short_date,
        "plain_date": plain_date,
        "moment": lambda when, lang: moment(when, lang, tables[lang]["form"]),
        "time": lambda when, lang: clock(when, tables[lang]["form"]),
        "clock": lambda when, lang: clock(when, tables[lang]["form"]),
        "size": size,
        "count": count,
    }
    by_lang = {name: _in_context(show) for name, show in shown.items()}
    names: dict[str, Callable[..., str]] = {
        "listed": listed,
        "right_name": named["right_words"],
        "field_name": named["field_words"],
    }
    return {**named, **by_lang, **names}


def listed(names: Iterable[str]) -> str:
    """Names for the end of a sentence: one that ends in a full stop (B.V.) brings none of its own."""
    return ", ".join(names).removesuffix(".")


def _table_filter(tables: Tables, table: str) -> Callable[..., str]:
    return _in_context(lambda code, lang: _word(tables, table, str(code), lang))


def _in_context(show: Callable[[Any, str], str]) -> Callable[..., str]:
    @pass_context
    def filtered(context: Context, value: Any) -> str:
        return show(value, context["lang"])

    return filtered


def _word(tables: Tables, table: str, code: str, lang: str) -> str:
    known = tables[lang][table]
    return known[code] if code in known else code.replace("_", " ")


# ---- values ---------------------------------------------------------------------------------------------------------


def _shielded_fields(message: Message) -> dict[str, Any]:
    return {field.name: _shielded(getattr(message, field.name)) for field in dataclasses.fields(message)}


def _shielded(value: Any) -> Any:
    """The value with the marks in every string hidden, so that the block format cannot be typed by a person."""
    if isinstance(value, str):
        return shield(value)
    if isinstance(value, tuple):
        return tuple(_shielded(one) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: _shielded(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    return value


def _local(when: date | datetime) -> date:
    return when.astimezone(ZONE).date() if isinstance(when, datetime) else when


def long_date(when: date | datetime, lang: str) -> str:
    """With weekday and year: "Wednesday 2 December 2026", "woensdag 2 december 2026"."""
    return _day(_local(when), "EEEE d MMMM y", lang)


@lru_cache(maxsize=1024)  # the same few dates are said all day, and Babel takes 0.1 ms for each
def _day(day: date, pattern: str, lang: str) -> str:
    return format_date(day, pattern, locale=lang)


def short_date(when: date | datetime, lang: str) -> str:
    """For tables and cards: "Wed 2 Dec 2026"; a Dutch month keeps its point."""
    return _day(_local(when), "EEE d MMM y", lang)


def plain_date(when: date | datetime, lang: str) -> str:
    """Without weekday, for naming a version: "10 August 2025"."""
    return _day(_local(when), "d MMMM y", lang)


def moment(when: datetime, lang: str, form: Mapping[str, str]) -> str:
    """Date and local time: "Thursday 5 November 2026, 10:20"."""
    return form["moment"].format(day=long_date(when, lang), time=clock(when, form))


def clock(when: datetime | str, form: Mapping[str, str]) -> str:
    """The local time as the language writes it: 9:00 or 9.00; text such as "09:00" is taken as it is."""
    shown = unshield(when) if isinstance(when, str) else when.astimezone(ZONE).strftime("%H:%M")
    hours, _, minutes = shown.partition(":")
    return form["clock"].format(hours=hours.removeprefix("0"), minutes=minutes)


def size(number: int, lang: str) -> str:
    """Bytes in the unit a download window shows: "2.1 MB", "2,1 MB"."""
    amount, unit = float(number), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{_number(amount, '#,##0.#' if unit > 1 else '#,##0', lang)} {_UNITS[unit]}"


def count(number: int, lang: str) -> str:
    """A whole number with the language's thousands sign."""
    return _number(number, None, lang)


@lru_cache(maxsize=1024)  # small counts come back all the time; Babel took an eighth of making a package
def _number(number: float, pattern: str | None, lang: str) -> str:
    return format_decimal(number, pattern, locale=lang)
