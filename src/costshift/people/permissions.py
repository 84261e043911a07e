"""Whose data may be used for linking: the answer of the national data opt-out service, which names those permitted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl

from costshift.errors import ProjectError
from costshift.extracts.nhs_numbers import is_valid_nhs_number

_SETTING = "[linkage] permitted_file"
#: Names that the one column may have.
_HEADERS = ("nhs_number", "nhs number", "nhsnumber", "nhs_no", "nhs no")


def permitted_numbers(path: Path | None) -> frozenset[str] | None:
    """The NHS numbers of those whose data may be used for linking; None where no list is given.

    The file is text in UTF-8 with one number a line, with or without a header; spaces and dashes in a number do not
    matter.

    Raises:
        ProjectError: it is missing, cannot be read, has more than one column, a line that is no valid NHS number, or no
            number at all. A list that is read wrongly would link people who said no. No message repeats a line.
    """
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ProjectError(f"{_SETTING}: there is no file {path}. Correct the path or remove it.") from None
    except UnicodeDecodeError as error:
        raise ProjectError(
            f"{_SETTING}: {path.name} is not UTF-8 text (byte {error.start}). Save it as UTF-8 text, one number a line."
        ) from None
    except OSError as error:
        raise ProjectError(f"{_SETTING}: {path} cannot be read ({error.strerror}).") from None
    rows = [(number, row) for number, row in enumerate(csv.reader(io.StringIO(text)), 1) if any(map(str.strip, row))]
    wide = next((number for number, row in rows if len([cell for cell in row if cell.strip()]) > 1), None)
    if wide is not None:
        raise ProjectError(
            f"{_SETTING}: {path.name}, line {wide} has more than one column. Give a file with one column."
        )
    cells = [(number, next(cell for cell in row if cell.strip()).strip()) for number, row in rows]
    if cells and cells[0][1].casefold() in _HEADERS:
        cells = cells[1:]
    table = pl.DataFrame(
        {"line": [number for number, _ in cells], "number": [cell for _, cell in cells]},
        schema={"line": pl.Int64, "number": pl.String},
    ).with_columns(pl.col("number").str.replace_all(r"[\s-]", ""))
    wrong = table.filter(~is_valid_nhs_number(pl.col("number")))
    if wrong.height:
        raise ProjectError(
            f"{_SETTING}: {path.name} has {wrong.height:,} lines that are no valid NHS number, the first is line "
            f"{wrong['line'][0]}. Ask for the list again, or correct those lines: nobody was linked."
        )
    if not table.height:
        raise ProjectError(
            f"{_SETTING}: {path.name} names nobody, so that nobody could be linked. Ask for the list again, or remove "
            "the setting."
        )
    return frozenset(table["number"])
