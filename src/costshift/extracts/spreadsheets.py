"""Workbooks (XLSX, XLS, XLSB, ODS) as raw tables: one a sheet, title rows above the header passed over."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.columns import COMPLETE
from costshift.extracts.raw import Counts, RawTable
from costshift.extracts.text import HeaderTest

if TYPE_CHECKING:
    import fastexcel

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
# What a cell shows where its formula fails, by the reader's name for it.
_ERROR = re.compile(r"Error\((\w+)\)")
_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}
#: How far down a sheet its header is looked for.
_TITLE_ROWS = 40


def read_spreadsheet(path: Path, header_test: HeaderTest) -> list[RawTable]:
    """The sheets of a workbook that hold a table, in the workbook's order; others, such as a cover, are passed over.

    Row number = the row of the sheet. The header is the row among the first ones that names most columns.

    Args:
        path: the workbook.
        header_test: says how well a row's cells serve as the header.

    Raises:
        ExtractError: it cannot be opened, or no sheet has a header row.
    """
    import fastexcel

    _refuse_text(path)
    try:
        book = fastexcel.read_excel(path)
        names = book.sheet_names
        sheets = [
            # Row 1 of the sheet stays row 1: leading empty rows are not skipped.
            (name, _cells_of(book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")))
            for name in names
        ]
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, OSError) as error:
        # Without what the reader says of the file's own bytes.
        reason = (str(error) or type(error).__name__).splitlines()[0].partition(" (")[0]
        raise ExtractError(
            f"{path.name} cannot be opened as a workbook ({reason}). If it has a password, take it off; "
            "else save it again."
        ) from None
    found = [_table_of(name, frame, header_test) for name, frame in sheets]
    strongest = max((strength for strength, _ in found), default=0)
    # Sheets of another kind share some headers; where no sheet has all that is needed, the best one is told what lacks.
    least = COMPLETE if strongest >= COMPLETE else strongest
    tables = [table for strength, table in found if table is not None and strength >= least]
    if not tables:
        raise ExtractError(
            f"{path.name}: no sheet has a row with the headers of this extract in its first {_TITLE_ROWS} rows. "
            f"Sheets: {', '.join(names)}. Check that it is the right file, or name the headers in [extracts.columns]."
        )
    return tables


def _cells_of(sheet: fastexcel.ExcelSheet) -> pl.DataFrame:
    """The cells of a sheet as text; a formula's error as the sheet shows it, and not as if missing."""
    batch, errors = sheet.to_arrow_with_errors()
    frame = pl.DataFrame(pl.from_arrow(batch))
    by_column: dict[int, list[tuple[int, str]]] = {}
    for error in errors.errors if errors is not None else []:
        row, column = error.offset_position
        found = _ERROR.search(error.detail)
        by_column.setdefault(column, []).append((row, _ERRORS.get(found.group(1) if found else "", "#ERROR!")))
    return frame.with_columns(
        frame.to_series(column).scatter([row for row, _ in found], [text for _, text in found])
        for column, found in by_column.items()
    )


def _refuse_text(path: Path) -> None:
    """Reports are often saved as text or a web page under the name of a workbook."""
    with path.open("rb") as file:
        begin = file.read(2000)
    if not begin:
        raise ExtractError(f"{path.name} is empty. Ask the sender for the file again, or remove it.")
    if begin.startswith((b"PK", b"\xd0\xcf\x11\xe0")) or b"\x00" in begin.removeprefix(b"\xff\xfe"):
        return
    web = b"<html" in begin.lower() or b"<table" in begin.lower() or b"<?xml" in begin.lower()
    raise ExtractError(
        f"{path.name} is no workbook but {'a web page' if web else 'text'}, whatever its name says. "
        + ("Open it in a spreadsheet program and save it as XLSX." if web else "Give it the ending .csv.")
    )


def _table_of(name: str, frame: pl.DataFrame, header_test: HeaderTest) -> tuple[int, RawTable | None]:
    """The strength of a sheet's header, and the table below it."""
    best, most = None, 0
    for number, row in enumerate(frame.head(_TITLE_ROWS).iter_rows()):
        named = header_test([(cell or "").strip() for cell in row])
        if named > most:
            best, most = number, named
    if best is None:
        return 0, None
    cells = [(cell or "").strip() for cell in frame.row(best)]
    # Columns to the right of the last header are notes, or formatting.
    width = max(number + 1 for number, cell in enumerate(cells) if cell)
    columns = [f"c{position}" for position in range(width)]
    body = frame[best + 1 :, :width]
    body.columns = columns
    rows = body.with_columns(pl.int_range(best + 2, best + 2 + body.height, dtype=pl.Int64).alias("source_row"))
    blank = pl.all_horizontal(pl.col(column).fill_null("").str.strip_chars() == "" for column in columns)
    filled = rows.filter(~blank)
    trailing = rows.height - int(filled["source_row"].max() or best + 1) + best + 1  # type: ignore[arg-type]
    table = RawTable(
        headers=cells[:width],
        rows=filled.select("source_row", *columns).lazy(),
        counts=partial(Counts, filled.height, blank_rows=rows.height - filled.height - trailing),
        part=name,
    )
    return most, table
