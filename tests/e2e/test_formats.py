"""The same month in every format gives the same tables, to the byte."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from places import costshift, every_file, tables_only

Rows = list[list[str]]


def rows_of(path: Path) -> Rows:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    return list(csv.reader(io.StringIO(text, newline="")))


def as_text(rows: Rows, delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def windows_semicolons(path: Path, rows: Rows) -> str:
    path.with_suffix(".csv").write_bytes(as_text(rows, ";").encode("cp1252"))
    return ".csv"


def utf16_tabs(path: Path, rows: Rows) -> str:
    path.with_suffix(".tsv").write_bytes(as_text(rows, "\t").encode("utf-16"))
    return ".tsv"


def gzipped(path: Path, rows: Rows) -> str:
    path.with_suffix(".csv.gz").write_bytes(gzip.compress(as_text(rows, ",").encode("utf-8")))
    return ".csv.gz"


def zipped_in_two(path: Path, rows: Rows) -> str:
    half = max(1, len(rows) // 2)
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.writestr("part 1.csv", as_text(rows[:half], ","))
        archive.writestr("part 2.csv", as_text([rows[0], *rows[half:]], "|"))
    return ".zip"


def parquet(path: Path, rows: Rows) -> str:
    header, *body = rows
    frame = pl.DataFrame(
        {name: [row[n] for row in body] for n, name in enumerate(header)}, schema=dict.fromkeys(header, pl.String)
    )
    frame.write_parquet(path.with_suffix(".parquet"))
    return ".parquet"


def workbook(path: Path, rows: Rows) -> str:
    """A cover sheet, three title rows, real dates where the text is a date, a note to the right."""
    book = xlsxwriter.Workbook(path.with_suffix(".xlsx"), {"strings_to_numbers": False})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    book.add_worksheet("Cover").write(0, 0, "Monthly extract")
    sheet = book.add_worksheet("Data")
    sheet.write(0, 0, "Extract")
    sheet.write(1, 0, "Produced by the information team")
    for number, row in enumerate(rows, 3):
        for column, cell in enumerate(row):
            try:
                sheet.write_datetime(number, column, dt.datetime.strptime(cell, "%d/%m/%Y"), day)
            except ValueError:
                sheet.write_string(number, column, cell)
    sheet.write(5, len(rows[0]) + 2, "a note")
    book.close()
    return ".xlsx"


@pytest.fixture(scope="module")
def tables_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Callable[[Path, Rows], str] | None], dict[str, bytes]]:
    def made(convert: Callable[[Path, Rows], str] | None) -> dict[str, bytes]:
        place = tmp_path_factory.mktemp("format") / "place"
        assert costshift("sample", place, "--people", "700", "--months", "6", "--quiet").code == 0
        tables_only(place)
        if convert is not None:
            project = (place / "costshift.toml").read_text(encoding="utf-8")
            for path in sorted((place / "extracts/2025-03").glob("*.csv")):
                rows = rows_of(path)
                path.unlink()
                suffix = convert(path, rows)
                project = project.replace(f"/{path.name}", f"/{path.stem}{suffix}")
            (place / "costshift.toml").write_text(project, encoding="utf-8")
        outcome = costshift("run", "--project", place / "costshift.toml", "--month", "2025-03", "--quiet")
        assert outcome.code == 0, outcome.err
        return every_file(place / "reports/2025-03/internal/tables")

    return made


@pytest.fixture(scope="module")
def plain(tables_of: Callable[..., dict[str, bytes]]) -> dict[str, bytes]:
    return tables_of(None)


#: How each is read has quick tests of its own: tests/extracts.
SLOW = [
    pytest.param(convert, marks=pytest.mark.slow) for convert in (workbook, utf16_tabs, gzipped, zipped_in_two, parquet)
]


@pytest.mark.parametrize("convert", [windows_semicolons, *SLOW])
def test_every_format_gives_the_same_tables(
    convert: Callable[[Path, Rows], str], plain: dict[str, bytes], tables_of: Callable[..., dict[str, bytes]]
) -> None:
    assert tables_of(convert) == plain
