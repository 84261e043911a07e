"""The pack as a workbook, by the rules for accessible spreadsheets: one real table a sheet, no blank or merged cell.

Guidance: Government Analysis Function, releasing statistics in spreadsheets. A suppressed value is ``[c]``, any
other empty one ``[x]``; numbers are numbers, dates are dates, and text stays text whatever it begins with.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from costshift.publish import words
from costshift.publish.catalogue import TABLES, Column
from costshift.publish.content import PackContent
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED

#: A sheet could hold ten times as many, and would take minutes to write, and to open.
_MOST_ROWS = 100_000
#: A workbook of up to so many cells is put together in memory.
_CELLS_IN_MEMORY = 500_000
_FIRST_DAY = dt.date(1899, 12, 30)
_WIDEST, _NARROWEST = 70, 9
#: Points of a line of text.
_LINE = 15

#: Number formats by unit; a whole number and a fraction of one unit differ.
_WHOLE, _REAL = "#,##0", "#,##0.00"
_NUMBER_FORMATS = {"beds": "#,##0.0", "pounds": "£#,##0.00", "share": "0.0%"}
#: Sheets that are no tables of the catalogue.
_ABOUT = ("Cover", "Contents", "Notes", "Headlines", "Prices", "Inputs", "Checks", "Dictionary")
_MONTH, _DAY = "mmm yyyy", "dd/mm/yyyy"
#: Room of two brackets between a figure and the next column. LibreOffice forgets indents where the format changes.
_ROOM = "_)_)"


@dataclass(frozen=True)
class Field:
    """A column of a sheet: its header, its number format, and its values with None where a mark stands."""

    header: str
    values: Sequence[Any]
    number_format: str = ""
    #: In place of None.
    marks: Sequence[str] = ()

    @property
    def is_of_numbers(self) -> bool:
        """Whether it holds figures, which stand at the right."""
        return self.number_format not in ("", _MONTH, _DAY)


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, its title in A1, one line on what it holds in A2, and its table below."""

    name: str
    title: str
    holds: str
    fields: Sequence[Field]

    @property
    def height(self) -> int:
        """Rows of the table."""
        return len(self.fields[0].values)


def write_workbook(content: PackContent, target: Path | IO[bytes]) -> None:
    """Write the pack's workbook: cover, contents, notes, headlines, every unrestricted table with all its months,
    prices, inputs, checks and the dictionary.

    Args:
        content: all that the workbook says, for one audience.
        target: where to write it. The same content gives the same bytes: nothing in it comes from the clock.
    """
    sheets = [
        _headlines(content),
        *_tables(content),
        _prices(content),
        _inputs(content),
        _checks(content),
        _dictionary(content),
    ]
    notes = _notes(content)
    write_book(target, _properties(content), _cover(content), [notes, *sheets])


def write_book(target: Path | IO[bytes], properties: dict[str, Any], cover: Sheet, sheets: Sequence[Sheet]) -> None:
    """Write a workbook: the cover, a sheet Contents with links, then the sheets."""
    book = xlsxwriter.Workbook(
        str(target) if isinstance(target, Path) else target,
        {
            # Else its parts lie in the machine's folder for temporary files until the end, and stay if it is killed.
            "in_memory": sum(sheet.height * len(sheet.fields) for sheet in sheets) <= _CELLS_IN_MEMORY,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties(properties)
    writer = _Writer(book)
    writer.write(cover)
    contents = writer.write(_contents(sheets))
    for place, sheet in enumerate(sheets):
        contents.write_url(3 + place, 0, f"internal:'{sheet.name}'!A1", writer.link, string=sheet.name)
    for sheet in sheets:
        writer.write(sheet)
    book.close()


class _Writer:
    """Writes sheets into a workbook, each with one table."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._formats: dict[str, Format] = {}
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._header = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        # The prefix keeps it text also when a person edits the cell.
        self._quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        self._mark = book.add_format({"num_format": f"@{_ROOM}", "align": "right", "valign": "top"})
        self._header_of_numbers = book.add_format(
            {"num_format": f"@{_ROOM}", "align": "right"}
            | {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1}
        )
        self.link = book.add_format({"font_color": "#0B4F7D", "underline": 1, "valign": "top"})

    def write(self, sheet: Sheet) -> Worksheet:
        """Write one sheet. Title in A1, what it holds in A2, the table from A3."""
        page = self._book.add_worksheet(sheet.name)
        page.write_string(0, 0, sheet.title, self._title)
        page.write_string(1, 0, sheet.holds)
        widths = [_width(own) for own in sheet.fields]
        for row, lines in _tall(sheet.fields, widths).items():
            page.set_row(row, lines * _LINE)
        for place, (own, width) in enumerate(zip(sheet.fields, widths, strict=True)):
            page.set_column(place, place, width)
            self._column(page, place, own)
        page.add_table(
            2,
            0,
            2 + sheet.height,
            len(sheet.fields) - 1,
            {
                "name": f"table_{sheet.name.lower().replace(' ', '_')}",
                "title": sheet.title,
                "description": sheet.holds,
                "style": "Table Style Light 1",
                "banded_rows": False,
                "autofilter": False,
                "columns": [
                    {
                        "header": own.header,
                        "header_format": self._header_of_numbers if own.is_of_numbers else self._header,
                    }
                    for own in sheet.fields
                ],
            },
        )
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(2)
        return page

    def _column(self, page: Worksheet, place: int, own: Field) -> None:
        number = self._number(own.number_format)
        for row, value in enumerate(own.values, start=3):
            if value is None or value == "":
                mark = own.marks[row - 3] if own.marks else NOT_COMPUTABLE
                page.write_string(row, place, mark, self._mark if own.is_of_numbers else self._text)
            elif isinstance(value, bool):
                page.write_boolean(row, place, value, self._text)
            elif isinstance(value, str):
                page.write_string(
                    row, place, value, self._quoted if value.startswith(("=", "+", "-", "@")) else self._text
                )
            elif isinstance(value, dt.date):
                page.write_number(row, place, (value - _FIRST_DAY).days, number)
            else:
                page.write_number(row, place, float(value), number)

    def _number(self, number_format: str) -> Format:
        if number_format not in self._formats:
            # Dates name rows, as text does.
            dated = number_format in (_MONTH, _DAY)
            shown = f"{number_format}{'' if dated else _ROOM}" if number_format else "General"
            self._formats[number_format] = self._book.add_format(
                {"num_format": shown, "valign": "top", "align": "left" if dated else "right"}
            )
        return self._formats[number_format]


def _tall(fields: Sequence[Field], widths: Sequence[float]) -> dict[int, int]:
    """Rows with wrapped text, and their lines: not every program makes room for them by itself."""
    found: dict[int, int] = {}
    for own, width in zip(fields, widths, strict=True):
        # Narrower columns hold their widest value.
        for row, value in enumerate(own.values, start=3) if width >= _WIDEST else ():
            if isinstance(value, str) and len(value) > width:
                found[row] = max(found.get(row, 1), len(textwrap.wrap(value, int(width))))
    return found


def _width(own: Field) -> float:
    """Wide enough for the widest value, within reason; longer text is wrapped."""
    fixed = {_MONTH: 10, _DAY: 12}.get(own.number_format)
    widest = fixed or max((len(_shown(value, own.number_format)) for value in own.values), default=0)
    return max(_NARROWEST, min(_WIDEST, widest + 2), min(_WIDEST, len(own.header) + 3))


def _shown(value: Any, number_format: str) -> str:
    if value is None or isinstance(value, (str, bool)):
        return str(value or NOT_COMPUTABLE)
    if isinstance(value, dt.date):
        return "00/00/0000"
    return f"{value:,.2f}" + ("££" if number_format == _NUMBER_FORMATS["pounds"] else "")


def _properties(content: PackContent) -> dict[str, Any]:
    place, month = content.project.place.name, words.month_name(content.month)
    return {
        "title": f"{place}, {month}: delayed discharge and who bears its cost",
        "subject": words.banner(content),
        "author": f"costshift {content.version}",
        "company": ", ".join(content.project.governance.controllers) or place,
        "category": "Public" if content.audience == "public" else "Internal",
        "keywords": "delayed discharge, discharge ready date, cost shifts",
        "comments": f"As at {words.day_name(content.as_at)}; loads to number {content.known_at}.",
        # Of the report, not of the clock: the same content gives the same bytes.
        "created": dt.datetime.combine(content.as_at, dt.time()),
    }


# --- sheets about the pack -------------------------------------------------------------------------------


def sheet_of(name: str, title: str, holds: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Sheet:
    """A sheet of plain rows."""
    every = list(rows) or [["None"] * len(headers)]
    columns = list(zip(*every, strict=True))
    return Sheet(name, title, holds, [Field(header, own) for header, own in zip(headers, columns, strict=True)])


def _cover(content: PackContent) -> Sheet:
    month = words.month_name(content.month)
    gap = words.governance_gap(content)
    rules = content.project.rules
    rows = [
        ("Audience", words.banner(content)),
        ("Place", content.project.place.name),
        ("Month", month),
        ("Last day counted (as at)", words.day_name(content.as_at)),
        ("Last load that counts (known at)", str(content.known_at)),
        *words.governance(content),
        *([("Warning", gap)] if gap else []),
        ("Partners’ agreement", f"Version {rules.version}" if rules.version else "None stated"),
        ("Made by", f"costshift {content.version}"),
        ("Settings hash", content.settings_hash),
        ("Where to begin", "The sheet Contents lists every sheet; Notes explains marks, rounding and methods."),
    ]
    return sheet_of(
        "Cover",
        f"{content.project.place.name}, {month}: delayed discharge and who bears its cost",
        words.banner(content),
        ("About", "This pack"),
        rows,
    )


def _contents(sheets: Sequence[Sheet]) -> Sheet:
    return sheet_of(
        "Contents",
        "Contents",
        "Every sheet holds one table. The names are links.",
        ("Sheet", "Title", "What it holds"),
        [(sheet.name, sheet.title, sheet.holds) for sheet in sheets],
    )


def _notes(content: PackContent) -> Sheet:
    rows = [("Mark", mark, meaning) for mark, meaning in words.marks(content) if mark in (SUPPRESSED, NOT_COMPUTABLE)]
    rows += [
        ("Disclosure", f"Rule {place}", note) for place, note in enumerate(words.disclosure_notes(content), start=1)
    ]
    for method in words.methods(content):
        rows += [
            ("What the figure means", method.figure, method.meaning),
            ("What it cannot say", method.figure, method.limits),
        ]
    rows += [
        ("Names", "Partners", "Tables hold partner ids; the sheet partners has their names and types."),
        ("Names", "Months", "A month is the date of its first day, shown as month and year."),
    ]
    return sheet_of(
        "Notes",
        "Notes",
        "Marks, disclosure control and the methods in brief.",
        ("Topic", "Of", "Note"),
        rows,
    )


def _headlines(content: PackContent) -> Sheet:
    figures = content.headlines
    sheet = sheet_of(
        "Headlines",
        f"Headline figures, {words.month_name(content.month)}",
        "The figures that are read aloud, each with its doubt. Shares are from 0 to 1.",
        ("figure", "shown", "unit", "doubt", "key"),
        [(own.label, own.shown, own.unit, own.doubt or "None stated", own.key) for own in figures],
    )
    values = Field(
        "value",
        [own.value for own in figures] or ["None"],
        "#,##0.00##",
        [own.shown if own.value is None else "" for own in figures],
    )
    return Sheet(sheet.name, sheet.title, sheet.holds, [sheet.fields[0], values, *sheet.fields[1:]])


def _prices(content: PackContent) -> Sheet:
    frame = content.prices
    anything = {
        "valid_from": "No limit",
        "valid_to": "No limit",
        "note": "None",
        "url": "None",
        "value": NOT_COMPUTABLE,
        "stated_value": NOT_COMPUTABLE,
        "indexed_to": "As stated",
        "used_for": "No figure of this pack",
    }
    fields = [
        Field(
            name,
            frame[name].to_list(),
            _NUMBER_FORMATS["pounds"]
            if name in ("value", "stated_value")
            else _DAY
            if frame.schema[name] == pl.Date()
            else "",
            [anything.get(name, "Not stated")] * frame.height,
        )
        for name in frame.columns
    ]
    return _filled(
        Sheet(
            "Prices",
            "Prices",
            "Pounds for one unit, with their sources; [x]: no price, so that the activity is in no cost.",
            fields,
        )
    )


def _inputs(content: PackContent) -> Sheet:
    items = sorted(
        content.inputs, key=lambda own: (own.month, own.load, own.file.extract, own.file.submitter, own.file.file)
    )
    facts: list[tuple[str, str, Callable[[Any], Any]]] = [
        ("month", _MONTH, lambda own: own.month),
        ("load", _WHOLE, lambda own: own.load),
        ("extract", "", lambda own: own.file.extract),
        ("submitter", "", lambda own: own.file.submitter),
        ("file", "", lambda own: own.file.file),
        ("sha256", "", lambda own: own.file.sha256),
        ("rows_read", _WHOLE, lambda own: own.file.rows_read),
        ("rows_accepted", _WHOLE, lambda own: own.file.rows_accepted),
        ("rows_quarantined", _WHOLE, lambda own: own.file.rows_quarantined),
    ]
    holds = (
        "Every file that counts, and what became of its rows: read = accepted + quarantined."
        if items or content.audience == "internal"
        else "The internal pack names the files: how many rows were set aside can be a small number."
    )
    fields = [Field(header, [fact(own) for own in items], number) for header, number, fact in facts]
    return _filled(Sheet("Inputs", "Files received", holds, fields))


def _checks(content: PackContent) -> Sheet:
    return sheet_of(
        "Checks",
        "Checks of this run",
        "pass; warn: stands beside the figures; fail: needs a person.",
        ("check", "status", "detail"),
        [(check.name, check.status, check.detail or "No more to say.") for check in content.checks],
    )


def _dictionary(content: PackContent) -> Sheet:
    rows = [
        (name, TABLES[name].title, column.name, column.meaning, column.unit)
        for name in _published(content)
        for column in TABLES[name].columns
    ]
    return sheet_of(
        "Dictionary",
        "Dictionary",
        "Every column of every table: its meaning and its unit.",
        ("table", "title", "column", "meaning", "unit"),
        rows,
    )


# --- sheets of the tables --------------------------------------------------------------------------------


def _published(content: PackContent) -> list[str]:
    """The unrestricted tables of the pack, in the catalogue's order."""
    return [name for name, table in TABLES.items() if name in content.tables and not table.restricted]


def _tables(content: PackContent) -> list[Sheet]:
    names: list[str] = []
    for name in _published(content):
        names.append(_sheet_name(name, [*_ABOUT, *names]))
    return [_table(name, sheet, content.tables[name]) for name, sheet in zip(_published(content), names, strict=True)]


def _sheet_name(table: str, taken: Sequence[str]) -> str:
    """The table's name, within the 31 characters of a sheet's and unlike any other in small letters."""
    folded = {name.casefold() for name in taken}
    short, number = table[:31], 1
    while short.casefold() in folded:
        number += 1
        short = f"{table[: 30 - len(str(number))]}_{number}"
    return short


def _table(name: str, sheet: str, frame: pl.DataFrame) -> Sheet:
    table = TABLES[name]
    holds = f"One row for each {words.listed([column.replace('_', ' ') for column in table.grain])}."
    if frame.height > _MOST_ROWS:
        holds = (
            f"{holds} The last {_MOST_ROWS:,} of {frame.height:,} rows: the whole table is tables/{name}.parquet beside"
            " this workbook."
        )
        frame = frame.tail(_MOST_ROWS)
    marks = _marks(frame)
    fields = [
        Field(column.name, frame[column.name].to_list(), _number_format(column), marks.get(column.name, []))
        for column in table.columns
    ]
    return _filled(Sheet(sheet, table.title, holds, fields))


def _filled(sheet: Sheet) -> Sheet:
    """A table without rows says so in its first cell: a real table has at least one row."""
    if sheet.height:
        return sheet
    first, *others = sheet.fields
    return Sheet(
        sheet.name,
        sheet.title,
        sheet.holds,
        [Field(first.header, ["No rows"]), *(Field(own.header, [None], own.number_format) for own in others)],
    )


def _number_format(column: Column) -> str:
    if column.unit == "date":
        return _MONTH if column.name == "month" else _DAY
    if column.dtype.is_numeric():
        return _NUMBER_FORMATS.get(column.unit, _WHOLE if column.dtype.is_integer() else _REAL)
    return ""


def _marks(frame: pl.DataFrame) -> dict[str, list[str]]:
    """What stands for an empty value, row by row, of each column that has empty ones; none where nothing is hidden."""
    if "suppressed" not in frame.columns:
        return {}
    hidden = [set(names.split(", ")) if names else set() for names in frame["suppressed"]]
    return {
        own.name: [SUPPRESSED if own.name in names else NOT_COMPUTABLE for names in hidden]
        for own in frame.iter_columns()
        if own.null_count()
    }
