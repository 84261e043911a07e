"""What a section is made of: tables, tiles, terms and paragraphs; and the cells of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from costshift import standards
from costshift.publish import words
from costshift.publish.content import Headline, Picture
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED

#: Most rows of a list. How many are left out is said beneath, and where they stand.
MOST_ROWS = 40
#: Settings in the order in which they are listed.
SETTINGS = ("acute", "community", "mental_health", "unknown")

#: A row of a table or summary, by column.
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One cell. ``header``: names its row; ``bar``: a share to draw beside the figure."""

    text: str
    number: bool = False
    header: bool = False
    mark: bool = False
    note: str = ""
    tone: str = ""
    bar: float | None = None


@dataclass(frozen=True)
class Row:
    """One row of a table; a ``group`` row holds one cell that names the rows after it."""

    cells: Sequence[Cell]
    kind: Literal["row", "group", "total"] = "row"


@dataclass(frozen=True)
class Head:
    """A column's header."""

    title: str
    number: bool = False


@dataclass(frozen=True)
class Grid:
    """A table with its caption, and the words in its place where it has no rows."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Row]
    empty: str
    notes: Sequence[str] = ()
    kind: str = field(default="grid", init=False)


@dataclass(frozen=True)
class Words:
    """A paragraph; ``kind`` warning stands out."""

    text: str
    kind: Literal["words", "warning", "heading"] = "words"


@dataclass(frozen=True)
class Told:
    """Sentences, each with the doubt that stands beside it, or none."""

    said: Sequence[tuple[str, str]]
    kind: str = field(default="told", init=False)


@dataclass(frozen=True)
class Terms:
    """Terms, each with one or more sentences."""

    entries: Sequence[tuple[str, Sequence[str]]]
    kind: str = field(default="terms", init=False)


@dataclass(frozen=True)
class Tiles:
    """Headline figures with their doubts; ``small`` ones in a list; ``main`` ones on top of the story."""

    figures: Sequence[Headline]
    small: bool = False
    main: bool = False
    title: str = ""
    kind: str = field(default="tiles", init=False)


@dataclass(frozen=True)
class Columns:
    """Blocks side by side where there is room for them."""

    columns: Sequence[Sequence[Words | Tiles]]
    kind: str = field(default="columns", init=False)


@dataclass(frozen=True)
class Figure:
    """A chart with the table of its figures."""

    picture: Picture
    kind: str = field(default="figure", init=False)

    @property
    def svg(self) -> str:
        """The picture as it stands within a page."""
        return self.picture.svg.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)


Block = Grid | Words | Told | Terms | Tiles | Columns | Figure


@dataclass(frozen=True)
class Section:
    """A section with its anchor; ``part``: what the contents list it under, where that is not itself."""

    anchor: str
    title: str
    blocks: Sequence[Block]
    part: str = ""


# --- cells -----------------------------------------------------------------------------------------------


def text(value: str, note: str = "") -> Cell:
    """A cell of words."""
    return Cell(value, note=note)


def names_row(value: str, note: str = "") -> Cell:
    """The cell that names its row."""
    return Cell(value, header=True, note=note)


def names_pathway(code: str) -> Cell:
    """The cell that names a discharge pathway: its code, and what the guidance says that it is."""
    return names_row(words.label(code), _pathways().get(code, ""))


@cache
def _pathways() -> dict[str, str]:
    # The shipped label begins with the pathway's number.
    return {
        code: own.partition(": ")[2]
        for code, own in standards.code_list("discharge_pathway").select("code", "label").iter_rows()
    }


def number(value: int) -> Cell:
    """A whole number that nothing needs to control."""
    return Cell(words.whole(value), number=True)


def mark(value: str) -> Cell:
    """A mark in place of a figure."""
    return Cell(value, number=True, mark=True)


def figure(
    row: Values, column: str, write: Callable[[Any], str] = words.whole, *, bar: bool = False, note: str = ""
) -> Cell:
    """A figure of a row, or the mark that stands for it: suppressed, or not computable."""
    value = row[column]
    if value is None:
        return Cell(SUPPRESSED if column in hidden(row) else NOT_COMPUTABLE, number=True, mark=True, note=note)
    return Cell(write(value), number=True, note=note, bar=value if bar else None)


def figures(row: Values, columns: Iterable[str]) -> list[Cell]:
    """Counts of a row."""
    return [figure(row, column) for column in columns]


def hidden(row: Values) -> set[str]:
    """The row's suppressed columns."""
    return set((row.get("suppressed") or "").split(", ")) - {""}


def two_places(value: float) -> str:
    """2.45."""
    return words.decimal(value, 2)


def money(values: Iterable[Decimal | None]) -> Callable[[Decimal], str]:
    """Whole pounds where all are; else with pence, so that a column still adds up to the penny."""
    pence = any(value is not None and value != int(value) for value in values)
    return lambda value: words.pounds(value, pence=pence)


# --- rows ------------------------------------------------------------------------------------------------


def group(title: str) -> Row:
    """A row that names the rows after it."""
    return Row([Cell(title, header=True)], "group")


def grouped(rows: Iterable[Values], title: Callable[[Values], str], cells: Callable[[Values], list[Cell]]) -> list[Row]:
    """Rows, with a group row wherever the title changes."""
    found: list[Row] = []
    last = None
    for row in rows:
        if title(row) != last:
            last = title(row)
            found.append(group(last))
        found.append(Row(cells(row)))
    return found


def heads(*titles: str, numbers: int = 0) -> list[Head]:
    """Headers of which the last ``numbers`` are of figures."""
    return [Head(title, place >= len(titles) - numbers) for place, title in enumerate(titles)]


def setting_place(setting: str) -> int:
    """Where a setting stands among the others."""
    return SETTINGS.index(setting) if setting in SETTINGS else len(SETTINGS)


def by_setting(row: Values) -> tuple[int, str]:
    """The order of providers: by setting, then by id."""
    return setting_place(str(row["setting"])), str(row["provider"])


def tells(row: Values, measures: Iterable[str]) -> bool:
    """Whether a row holds more than suppressed figures and zeros."""
    return any(row[name] for name in measures) or not hidden(row)


# --- notes under a list ----------------------------------------------------------------------------------


def left_out(count: int) -> list[str]:
    """How many rows of a published table a list leaves to the workbook."""
    if count <= 0:
        return []
    return [f"{words.counted(count, 'more row stands', 'more rows stand')} in the workbook."]


def only_hidden(count: int) -> list[str]:
    """How many rows a list leaves out because they tell nothing."""
    if count <= 0:
        return []
    return [f"{words.counted(count, 'row has', 'rows have')} nothing but suppressed figures and zeros: not listed."]


def none_told(every: Sequence[Any], empty: str) -> str:
    """The words in place of a list: that there is nothing, or that nothing of it can be shown."""
    return "Every figure is suppressed or zero, so that no row is listed." if every else empty
