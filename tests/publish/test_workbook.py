"""The workbook, read back: the tables as they were published, by the rules for accessible spreadsheets."""

from __future__ import annotations

import datetime as dt
import zipfile
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.workbook import Workbook

from costshift.publish import workbook
from costshift.publish.catalogue import TABLES
from costshift.publish.content import Audience
from costshift.publish.workbook import write_workbook
from publish.packs import AS_AT, FORMULA, HOSTILE, pack

ABOUT = ["Cover", "Contents", "Notes", "Headlines"]
LAST = ["Prices", "Inputs", "Checks", "Dictionary"]


@cache
def book(audience: Audience, *, empty: bool = False) -> Workbook:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pack.xlsx"
        write_workbook(pack(audience, empty=empty), path)
        return openpyxl.load_workbook(path)


def cells(read: Workbook, sheet: str) -> list[list[Any]]:
    """The rows of a sheet's table, its header first."""
    page = read[sheet]
    (table,) = page.tables.values()
    return [[cell.value for cell in row] for row in page[table.ref]]


@pytest.mark.parametrize("audience", ["public", "internal"])
def test_sheets_stand_in_order_and_the_first_is_active(audience: Audience) -> None:
    read = book(audience)
    tables = [name for name in TABLES if name in pack(audience).tables]
    assert read.sheetnames == [*ABOUT, *tables, *LAST]
    assert read.active is read["Cover"]
    assert all(len(name) <= 31 for name in read.sheetnames)


@pytest.mark.parametrize("audience", ["public", "internal"])
@pytest.mark.parametrize("empty", [False, True])
def test_every_sheet_is_one_real_table_without_blank_or_merged_cells(audience: Audience, empty: bool) -> None:
    read = book(audience, empty=empty)
    for page in read.worksheets:
        assert len(page.tables) == 1, page.title
        rows = cells(read, page.title)
        header = rows[0]
        assert len(rows) > 1
        assert all(isinstance(name, str) and name for name in header) and len(set(header)) == len(header)
        assert all(value not in (None, "") for row in rows for value in row), page.title
        assert not page.merged_cells.ranges
        assert page.freeze_panes is None
        (table,) = page.tables.values()
        assert table.ref.startswith("A3:") and page.max_row == 2 + len(rows) and page.max_column == len(header)
        assert page["A1"].value and page["A2"].value
        assert page.sheet_view.selection[0].activeCell in (None, "A1")


@pytest.mark.parametrize("audience", ["public", "internal"])
def test_tables_read_back_as_published(audience: Audience) -> None:
    content, read = pack(audience), book(audience)
    for name, frame in content.tables.items():
        columns = TABLES[name].column_names
        header, *rows = cells(read, name)
        assert header == columns
        assert len(rows) == frame.height
        hidden = frame["suppressed"].to_list() if "suppressed" in frame.columns else [""] * frame.height
        for row, published, suppressed in zip(rows, frame.select(columns).iter_rows(), hidden, strict=True):
            for column, found, value in zip(columns, row, published, strict=True):
                assert same(found, value, column in suppressed.split(", ")), (name, column, found, value)


def same(found: Any, value: Any, suppressed: bool) -> bool:
    if value is None or value == "":
        return found == ("[c]" if suppressed else "[x]")
    if isinstance(value, bool | str):
        return found == value and type(found) is type(value)
    if isinstance(value, dt.date):
        return isinstance(found, dt.datetime) and found == dt.datetime.combine(value, dt.time())
    if isinstance(value, Decimal):
        return isinstance(found, int | float) and Decimal(str(found)) == value
    return isinstance(found, int | float) and found == pytest.approx(value)


def test_numbers_and_dates_have_their_formats() -> None:
    read = book("internal")
    formats = {
        ("discharge_delays", "month"): "mmm yyyy",
        ("discharge_delays", "discharges"): "#,##0_)_)",
        ("census", "date"): "dd/mm/yyyy",
        ("delayed_bed_days", "delayed_beds"): "#,##0.0_)_)",
        ("delayed_bed_days", "cost"): "£#,##0.00_)_)",
        ("bcf_discharge", "share_on_ready_date"): "0.0%_)_)",
        ("bcf_discharge", "average_delay_days"): "#,##0.00_)_)",
    }
    for (sheet, column), expected in formats.items():
        place = cells(read, sheet)[0].index(column)
        found = {row[place].number_format for row in read[sheet].iter_rows(min_row=4) if row[place].data_type in "nd"}
        assert found == {expected}, (sheet, column)
        aligned = {row[place].alignment.horizontal for row in read[sheet].iter_rows(min_row=4)}
        assert aligned == {"left" if "yyyy" in expected else "right"}, "figures and marks stand under each other"


def test_suppressed_values_are_nowhere_in_the_public_file() -> None:
    # 62 bed days of 6 people at South Hospitals, £34,844.
    read = book("public")
    every = [cell.value for page in read.worksheets for row in page.iter_rows() for cell in row]
    assert 34_844 not in every and 62 not in every and 6 not in every
    assert "[c]" in every
    assert 34_844 in [cell.value for row in book("internal")["cost_shifts"].iter_rows() for cell in row]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    read = book("internal")
    found = [cell for row in read["Checks"].iter_rows() for cell in row if cell.value == FORMULA]
    assert [(cell.data_type, cell.quotePrefix) for cell in found] == [("s", True)]
    assert not [cell for page in read.worksheets for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert HOSTILE in [row[1] for row in cells(read, "partners")]


@pytest.mark.parametrize("audience", ["public", "internal"])
def test_same_content_gives_the_same_bytes(audience: Audience, tmp_path: Path) -> None:
    paths = [tmp_path / "one.xlsx", tmp_path / "two.xlsx"]
    for path in paths:
        write_workbook(pack(audience), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(paths[0]) as archive:
        core = archive.read("docProps/core.xml").decode()
    assert f"{AS_AT.isoformat()}T00:00:00Z" in core and core.count("T00:00:00Z") == 2


def test_contents_link_to_every_other_sheet() -> None:
    read = book("internal")
    rows = cells(read, "Contents")[1:]
    assert [row[0] for row in rows] == [name for name in read.sheetnames if name not in ("Cover", "Contents")]
    links = [cell.hyperlink.location for (cell,) in read["Contents"].iter_rows(min_row=4, max_col=1)]
    assert links == [f"'{row[0]}'!A1" for row in rows]


def test_cover_says_who_it_is_for() -> None:
    cover = dict(cells(book("internal"), "Cover")[1:])
    assert cover["Audience"].startswith("Internal: uncontrolled figures")
    assert cover["Month"] == "March 2025" and "names no purpose" in cover["Warning"]
    assert dict(cells(book("public"), "Cover")[1:])["Audience"] == "Public: small numbers suppressed and rounded"
    assert book("public").properties.title == "North & South, March 2025: delayed discharge and who bears its cost"


def test_headlines_have_value_and_what_is_read_aloud() -> None:
    rows = cells(book("internal"), "Headlines")
    assert rows[0] == ["figure", "value", "shown", "unit", "doubt", "key"]
    assert rows[1] == ["Adults discharged", 150, "150", "spells", "Without Blank Hospitals.", "discharges"]
    assert rows[2][1:3] == ["[c]", "[c]"]


def test_dictionary_has_every_column_of_every_sheet_of_tables() -> None:
    read = book("internal")
    rows = cells(read, "Dictionary")[1:]
    tables = [name for name in read.sheetnames if name in TABLES]
    assert [(row[0], row[2]) for row in rows] == [(name, column) for name in tables for column in cells(read, name)[0]]
    assert all(row[3] and row[4] for row in rows)


def test_restricted_tables_are_left_out(tmp_path: Path) -> None:
    content = pack()
    spells = pl.DataFrame(schema={column.name: column.dtype for column in TABLES["delayed_spells"].columns})
    content.tables["delayed_spells"] = spells
    write_workbook(content, tmp_path / "pack.xlsx")
    assert "delayed_spells" not in openpyxl.load_workbook(tmp_path / "pack.xlsx").sheetnames


def test_a_long_table_keeps_the_latest_rows_and_says_where_the_whole_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 4)
    write_workbook(pack(), tmp_path / "pack.xlsx")
    read = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    assert len(cells(read, "delayed_bed_days")) == 5
    told = read["delayed_bed_days"]["A2"].value
    assert "The last 4 of 5 rows: the whole table is tables/delayed_bed_days.parquet beside this workbook." in told


def test_rows_of_wrapped_text_have_room_for_it() -> None:
    """Not every program makes room by itself when it opens a file."""
    page = book("public")["Notes"]
    column = page.column_dimensions["C"].width
    long = {row: len(page.cell(row, 3).value) for row in range(4, page.max_row + 1)}
    assert any(size > 3 * column for size in long.values())
    for row, size in long.items():
        # Lines of 15 points, no fewer than the letters need.
        assert (page.row_dimensions[row].height or 15) >= 15 * -(-size // int(column)), row
