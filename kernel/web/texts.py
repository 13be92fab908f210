"""The texts of the product: message ids (Chinese) in code and templates, and their English catalogue.

Needs Babel, a developer's tool; the compiled catalogue is committed, so a running system needs none of this.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import template

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
FOLDERS = ("kernel", "labour", "subsidies", "headquarters", "yanjin")
HEADER = "# English of Yanjin. Ids are collected by `manage.py texts`; translations are written here."
CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"


def sources() -> Iterator[Path]:
    """Python files and templates that may hold texts; migrations repeat the models' and are left out."""
    root = CATALOGUE.parents[3]
    listed = subprocess.run(  # noqa: S603 -- intended: fixed arguments
        ["git", "ls-files", "-co", "--exclude-standard", *FOLDERS],  # noqa: S607 -- intended: git of the developer
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(listed.stdout.splitlines()):
        path = root / name
        if path.suffix in {".py", ".html", ".txt"} and "/migrations/" not in name and path.exists():
            yield path


def collect() -> Catalog:
    """Every message id in use, with the places where it stands."""
    catalogue = Catalog(locale="en", project="Yanjin", version="1", charset="utf-8", fuzzy=False, header_comment=HEADER)
    root = CATALOGUE.parents[3]
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = template.templatize(text)
        found = extract("python", io.BytesIO(text.encode()), KEYWORDS, options={"encoding": "utf-8"})
        for line, message, _comments, context in found:
            catalogue.add(message, locations=[(str(path.relative_to(root)), line)], context=context)
    return catalogue


def stored() -> Catalog:
    """The English catalogue as committed."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def update() -> tuple[int, int]:
    """Bring the catalogue's ids up to date, keeping translations; returns `(ids, untranslated)`."""
    wanted = collect()
    known = stored() if CATALOGUE.exists() else Catalog(locale="en")
    if CATALOGUE.exists():
        wanted.creation_date = known.creation_date  # the file changes when a text does, not when somebody looks
    for message in wanted:
        old = known.get(message.id, context=message.context) if message.id else None
        if old is not None and old.string:
            message.string = old.string
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, wanted, sort_output=True, no_location=True, omit_header=False, width=120)
    compile_catalogue()
    missing = [message for message in wanted if message.id and not message.string]
    return len(wanted), len(missing)


def compile_catalogue() -> None:
    """Write the binary catalogue that Django reads."""
    with CATALOGUE.with_suffix(".mo").open("wb") as file:
        write_mo(file, stored())
