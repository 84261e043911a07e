"""Workbooks as people keep them: sheets, title rows, formulas that fail, dates in every form."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from costshift.errors import ExtractError
from extracts.desk import findings_of, read_all

#: An artificial workbook of the old format: a cover, and two sheets with a merged title, the header in row 4 and two
#: spells each. The dates are marked as dates, but for the ready dates, which are numbers of days; one NHS number is a
#: number and the next one is text. Made with xlwt 1.3.
OLD = Path(__file__).parent / "files" / "two_sheets.xls"
HEADER = ["provider_code", "spell_id", "admission_date", "discharge_ready_date", "discharge_date"]
ROW = ["RN1", "S1", "01/03/2025", "05/03/2025", "09/03/2025"]
Sheet = xlsxwriter.worksheet.Worksheet


def written(folder: Path, fill: Callable[[xlsxwriter.Workbook], None], **options: object) -> None:
    with xlsxwriter.Workbook(folder / "spells.xlsx", options) as book:
        fill(book)


def put(sheet: Sheet, rows: list[list[str]], first: int = 0) -> None:
    for number, row in enumerate(rows, first):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)


def read(folder: Path, name: str = "spells.xlsx"):
    return read_all(folder, {"files": name, "layout": "auto"})[0]


def test_an_old_workbook_of_two_sheets_is_read(tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path / "spells.xls")
    found = read(tmp_path, "spells.xls")
    rows = found.accepted.select("source_file", "source_row", "spell_id", "nhs_number", "admission_date")
    assert rows.rows() == [
        ("spells.xls#February", 5, "003", "9990000018", dt.date(2025, 3, 3)),
        ("spells.xls#February", 6, "004", "9990000026", dt.date(2025, 3, 4)),
        ("spells.xls#January", 5, "001", "9990000018", dt.date(2025, 3, 1)),
        ("spells.xls#January", 6, "002", "9990000026", dt.date(2025, 3, 2)),
    ]
    # 45,718 days after 30 December 1899 is 2 March 2025.
    assert found.accepted["discharge_ready_date"].to_list() == [dt.date(2025, 3, 2 + n) for n in (3, 4, 1, 2)]
    assert findings_of(found)["date_as_day_number", "Discharge Ready Date"] == 4


def test_the_error_of_a_formula_is_unreadable_and_not_missing(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        put(sheet, [HEADER, ROW, [ROW[0], "S2", *ROW[2:]]])
        sheet.write_formula("E2", "=1/0", None, "#DIV/0!")
        sheet.write_formula("D3", "=A0", None, "#REF!")

    written(tmp_path, fill)
    found = read(tmp_path)
    # The discharge that failed is set aside: taken for missing, the spell would still be open.
    assert found.accepted["spell_id"].to_list() == ["S2"]
    assert found.quarantine["discharge_date"].to_list() == ["#DIV/0!"]
    assert findings_of(found)["unreadable_date", "discharge_date"] == 1
    assert findings_of(found)["unreadable_date", "discharge_ready_date"] == 1


def test_dates_marked_as_dates_counted_from_1904_or_typed_as_text_are_the_same(tmp_path: Path) -> None:
    results = []
    for since_1904 in (False, True):

        def fill(book: xlsxwriter.Workbook) -> None:
            sheet = book.add_worksheet()
            put(sheet, [HEADER, ROW])
            form = book.add_format({"num_format": "d mmm yy"})
            sheet.write_datetime("C2", dt.datetime(2025, 3, 1, 23, 59), form)
            sheet.write_datetime("E2", dt.datetime(2025, 3, 9), form)

        written(tmp_path, fill, date_1904=since_1904)
        results.append(read(tmp_path).accepted.select(HEADER).rows())
    day = dt.date
    assert results == [[("RN1", "S1", day(2025, 3, 1), day(2025, 3, 5), day(2025, 3, 9))]] * 2


def test_a_merged_title_rows_left_blank_and_a_total_at_the_foot(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 1, 4, "Spells of March")
        put(sheet, [HEADER, ROW], 3)
        sheet.write_string(6, 0, "Total")
        sheet.write_formula(6, 1, "=COUNTA(B5:B5)", None, 1)
        for row in range(7, 500):
            sheet.write_blank(row, 0, None, book.add_format({"bg_color": "yellow"}))

    written(tmp_path, fill)
    found = read(tmp_path)
    assert (found.accepted.height, found.quarantine["source_row"].to_list()) == (1, [7])
    assert findings_of(found)["blank_rows", ""] == 1


def test_an_empty_workbook_and_a_sheet_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "spells.xlsx").write_bytes(b"")
    with pytest.raises(ExtractError, match="is empty"):
        read(tmp_path)
    written(tmp_path, lambda book: put(book.add_worksheet("Notes"), [["About"], ["nothing"]]))
    with pytest.raises(ExtractError, match="Sheets: Notes"):
        read(tmp_path)


def test_parquet_of_numbers_times_and_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(dict(zip(HEADER, [[cell] for cell in ROW], strict=True)))
    frame = frame.with_columns(
        spell_id=pl.lit(17), admission_date=pl.lit(dt.datetime(2025, 3, 1, 23, 59)), discharge_date=pl.lit(45_725)
    )
    frame.write_parquet(tmp_path / "spells.parquet")
    found = read(tmp_path, "spells.parquet").accepted.select("spell_id", "admission_date", "discharge_date")
    assert found.rows() == [("17", dt.date(2025, 3, 1), dt.date(2025, 3, 9))]
