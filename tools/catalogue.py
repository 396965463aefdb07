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
PROJECT = "Seleqt privacy desk"
FIRST_WRITTEN = datetime(2026, 11, 22, tzinfo=UTC)  # headers need a date; a constant one keeps changes readable


def extracted(templates: Path) -> Catalog:
    """Every sentence in the templates, with the files that say it."""
    with (templates / "locale" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalogue = Catalog(project=PROJECT, creation_date=FIRST_WRITTEN, fuzzy=False)
    found = sorted(extract_from_dir(templates, methods, options), key=lambda one: (one[0], one[1]))
    for name, line, words, comments, context in found:
        catalogue.add(words, "", [(f"templates/{name}", line)], auto_comments=comments, context=context)
    return catalogue


def catalogue_files(templates: Path) -> list[Path]:
    """The catalogues there are, one per language."""
    return sorted((templates / "locale").glob("*/LC_MESSAGES/desk.po"))


def updated(path: Path, template: Catalog) -> Catalog:
    """The catalogue at `path` (an empty one where there is none) brought in step with the template."""
    lang = path.parts[-3]
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=lang, abort_invalid=True)
    else:
        catalogue = Catalog(locale=lang)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
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
    template = extracted(templates)
    lines: list[str] = []
    for path in catalogue_files(templates):
        catalogue = updated(path, template)
        lines.extend(f"{path.parts[-3]}: {gap}" for gap in gaps(catalogue))
        if written(catalogue) != path.read_bytes():
            lines.append(f"{path.parts[-3]}: out of step with the templates, run `make catalogue`")
    return lines


def update(templates: Path, new: str | None) -> None:
    """Brings every catalogue in step, and starts one for the language `new`."""
    template = extracted(templates)
    fresh = [templates / "locale" / new / "LC_MESSAGES" / "desk.po"] if new else []
    for path in dict.fromkeys([*catalogue_files(templates), *fresh]):
        catalogue = updated(path, template)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalogue))
        missing = sum(1 for _ in gaps(catalogue))
        print(f"{path.parts[-3]}: {len(catalogue)} sentences, {missing} to translate or mend")  # noqa: T201


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
