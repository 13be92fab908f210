"""What a workbook is: its columns, how a cell is cleaned, which tables a row becomes. Engines: `reading`, `writing`.

An app writes one `Importer` subclass a workbook and lists its module in `settings.IMPORTERS`. It describes; the engine
parses in a limited child, cleans column by column, stages by COPY, compares and commits set-based, and undoes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from django.utils.functional import Promise

from kernel.divisions.codes import Range
from kernel.exchange import cells
from kernel.identity.problems import Problem
from kernel.records.models import Record

if TYPE_CHECKING:
    from kernel.exchange.chunks import Chunk
    from kernel.exchange.models import Upload

Clean = Callable[[Any], Any]
"""Cell (str, float, int, bool, date, datetime; never blank) to value (str, int, bool, date, list of str, None).

Raises `kernel.identity.problems.ProblemError`. Called once for each distinct cell of a column: must be pure.
Ready ones are in `kernel.exchange.cells`.
"""


@dataclass(frozen=True, slots=True)
class Seal:
    """How a column with an ID number, phone or card rests: token under `context`, blind index in the staged field `index`.

    `context` is the model field's ("labour.person.id_number"); `mask` as in SealedTextField.
    """

    context: str
    index: str
    mask: Literal["id", "phone", "card", "hidden"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the workbook. `title` as printed in the heading row, `field` its name in the staged row.

    `required`: the heading must be there. `filled`: every row must have a value. `text_only`: a numeric cell is refused
    by its type (with the sealed column's own words). `aliases`: other headings that mean the same. `help` goes to the
    template's 填写说明; `choices` to its drop-down.
    """

    title: str
    field: str
    clean: Clean
    required: bool = True
    filled: bool = False
    sealed: Seal | None = None
    text_only: bool = False
    aliases: tuple[str, ...] = ()
    help: str | Promise = ""
    choices: tuple[str, ...] = ()
    width: int = 12


ROUND_TRIP = (
    Column("_id", "_id", cells.public_id, required=False),
    Column("_version", "_version", cells.integer(1, 2_000_000_000), required=False),
)
"""Hidden columns of an export that came back: the record itself and the version it had. Every importer knows them."""


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key found by the parent's key inside the county: `Link(Household, {"number": "household_number"})`.

    Not `optional`: a row whose parent is neither there nor made by an earlier target is refused at the column `blame`
    with `missing`. A parent that another target of this importer makes needs neither.
    """

    model: type[Record]
    key: Mapping[str, str]
    optional: bool = False
    missing: Problem | None = None
    blame: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A table that a row becomes a row of.

    `key`: model field -> staged field, unique inside the county; a foreign key names its link instead
    (`{"person": "person", "start": "start"}`). `values`: model field -> staged field, compared and
    written (a sealed model field is compared by its index). `silent`: written and never compared (derived from compared
    ones, such as pinyin). `links`: foreign keys. `place`: staged field with the village code, or the name of a link
    whose village the row shares.
    `repeated=True`: several file rows may be one row here (a household); the first one wins.
    """

    model: type[Record]
    key: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    place: str = "village"
    repeated: bool = False

    def staged_key(self) -> tuple[str, ...]:
        """The staged fields that make the key, those of links included."""
        return tuple(
            staged
            for name, given in self.key.items()
            for staged in (self.links[given].key.values() if name in self.links else (given,))
        )


class Importer:
    """Base of all importers. Parents before children in `targets`; the last one decides new, changed or same."""

    code: ClassVar[str]
    """Stable, e.g. "labour.people"."""
    label: ClassVar[str | Promise]
    permission: ClassVar[str]
    """Needed in addition to exchange.add_upload and exchange.commit_upload."""
    columns: ClassVar[tuple[Column, ...]]
    targets: ClassVar[tuple[Target, ...]]
    derived: ClassVar[tuple[str, ...]] = ("village",)
    """Staged fields that `finish` fills; "village" (int code) is always needed.

    A column may be derived, too: its heading may be missing, and in an export that came back a blank leaves it as it was.
    """
    hashes: ClassVar[tuple[str, ...]] = ()
    """Derived staged fields filled by `Chunk.put_hash`."""
    shown: ClassVar[tuple[str, ...]] = ()
    """Fields that name a row in the preview (name, number)."""
    sheet: ClassVar[str] = ""
    """Name of the sheet; empty means the first visible one."""
    file_name: ClassVar[str | Promise] = ""
    do_not_call_in_templates: ClassVar[bool] = True
    """A template would otherwise call the class and find nothing to show."""

    def __init__(self, span: Range, county: int) -> None:
        """`span`: where the uploader may write; `county`: the code whose blind indexes apply."""
        self.span, self.county = span, county

    def prepare(self, upload: Upload) -> None:
        """Load what `finish` needs once per file (village finder, code lists). Runs inside the scope."""

    def finish(self, chunk: Chunk) -> None:
        """Look across columns: fill derived fields, refuse rows. Called once for every few thousand rows, no queries."""

    def after_staging(self, upload: Upload) -> None:
        """Checks that need the database, set-based, after all rows are staged and before they are compared.

        Use `kernel.exchange.staging.refuse_rows`.
        """

    def after_commit(self, upload: Upload) -> None:
        """Last words in the committing transaction (marks, notices)."""

    @classmethod
    def column(cls, name: str) -> Column:
        """The column of a staged field; KeyError."""
        for each in (*cls.columns, *ROUND_TRIP):
            if each.field == name:
                return each
        raise KeyError(name)

    @classmethod
    def fields(cls) -> Sequence[str]:
        """Every staged field: the columns', their indexes, derived ones, hashes."""
        indexes = [each.sealed.index for each in cls.columns if each.sealed]
        names = [*(each.field for each in (*cls.columns, *ROUND_TRIP)), *indexes, *cls.derived, *cls.hashes]
        return list(dict.fromkeys(names))
