"""Keeps the catalogues of templates/locale in step with the sentences in the templates.

Promise: `update` adds new sentences untranslated and drops those no template says any more; `check` changes nothing
and fails when a catalogue is out of step, or has a gap or a wrong placeholder. No line numbers and no dates are
written, so a catalogue changes only when words do. Limits: it translates nothing and guesses nothing.

    python tools/catalogue.py update
    python tools/catalogue.py check
    python tools/catalogue.py update --new fr
"""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
OWN_CATALOGUE = frozenset({"package", "staff", "telegram"})
PROJECT = "Seleqt privacy desk"
FIRST_WRITTEN = datetime(2026, 11, 22, tzinfo=UTC)  # headers need a date; a constant one keeps changes readable


def domain_of(template: str) -> str:
    """The catalogue of a template: the data package, the pages of staff and the Telegram door have their own."""
    folder = template.partition("/")[0]
    return folder if folder in OWN_CATALOGUE else "desk"


def extracted(templates: Path, domain: str = "desk") -> Catalog:
    """Every sentence in the templates of a domain, with the files that say it."""
    with (templates / "locale" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalogue = Catalog(project=PROJECT, creation_date=FIRST_WRITTEN, fuzzy=False)
    found = sorted(extract_from_dir(templates, methods, options), key=lambda one: (one[0], one[1]))
    for name, line, words, comments, context in found:
        if domain_of(name) == domain:
            catalogue.add(words, "", [(f"templates/{name}", line)], auto_comments=comments, context=context)
    return catalogue


def catalogue_files(templates: Path) -> list[Path]:
    """The catalogues there are and those that should be: for every language each domain that has sentences."""
    langs = sorted(path.parent.name for path in (templates / "locale").glob("*/LC_MESSAGES"))
    domains = sorted({"desk", *(name for name in OWN_CATALOGUE if any((templates / name).rglob("*.j2")))})
    return [templates / "locale" / lang / "LC_MESSAGES" / f"{domain}.po" for lang in langs for domain in domains]


def updated(path: Path, templates: Path) -> Catalog:
    """The catalogue at `path` (an empty one where there is none) brought in step with the templates of its domain."""
    lang = path.parts[-3]
    catalogue = Catalog(locale=lang)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=lang, abort_invalid=True)
    catalogue.update(extracted(templates, path.stem), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.project, catalogue.creation_date, catalogue.revision_date = PROJECT, FIRST_WRITTEN, FIRST_WRITTEN
    catalogue.header_comment = f"# {PROJECT}: words in {lang}. English is the source; keep every %(name)s."
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The catalogue as the file's bytes."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=0, include_lineno=False, ignore_obsolete=True)
    return buffer.getvalue()


def gaps(catalogue: Catalog) -> Iterator[str]:
    """What keeps a language from being complete: sentences without a translation, fuzzy ones, wrong placeholders."""
    for message in catalogue:
        if not message.id:
            continue
        if not is_translated(message) or message.fuzzy:
            yield f"not translated: {message.id!r}"
        for error in message.check(catalogue):
            yield f"{error}: {message.id!r}"


def is_translated(message: Message) -> bool:
    """True when there are words, for a plural in each of its forms."""
    return all(message.string) if isinstance(message.string, (list, tuple)) else bool(message.string)


def faults(templates: Path) -> list[str]:
    """Everything `check` complains about, a line each."""
    lines: list[str] = []
    for path in catalogue_files(templates):
        catalogue, name = updated(path, templates), f"{path.parts[-3]}/{path.name}"
        lines.extend(f"{name}: {gap}" for gap in gaps(catalogue))
        if not path.exists() or written(catalogue) != path.read_bytes():
            lines.append(f"{name}: out of step with the templates, run `make catalogue`")
    return lines


def update(templates: Path, new: str | None) -> None:
    """Brings every catalogue in step, and starts those of the language `new`."""
    if new:
        (templates / "locale" / new / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    for path in catalogue_files(templates):
        catalogue = updated(path, templates)
        path.write_bytes(written(catalogue))
        missing = sum(1 for _ in gaps(catalogue))
        print(f"{path.parts[-3]}/{path.name}: {len(catalogue)} sentences, {missing} to translate or mend")  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 when `check` found a fault."""
    parser = argparse.ArgumentParser(description="Keep the catalogues in step with the templates.")
    parser.add_argument("what", choices=("update", "check"))
    parser.add_argument("--new", metavar="LANG", help="start a catalogue for this language, such as fr")
    chosen = parser.parse_args(arguments)
    if chosen.what == "update":
        update(TEMPLATES, chosen.new)
        return 0
    lines = faults(TEMPLATES)
    print("\n".join(lines) if lines else "every catalogue is in step and complete")  # noqa: T201
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
