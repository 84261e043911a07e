"""A file as raw tables, by its ending: text, workbooks, Parquet, and text that is packed."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, cast

from costshift.errors import ExtractError
from costshift.extracts import spreadsheets
from costshift.extracts.finding import left_by_programs
from costshift.extracts.parquet import read_parquet
from costshift.extracts.raw import RawTable, Room
from costshift.extracts.spreadsheets import read_spreadsheet
from costshift.extracts.text import HeaderTest, read_text

TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".dat", ".psv")
#: Every ending that is read.
SUFFIXES = (*TEXT_SUFFIXES, *spreadsheets.SUFFIXES, ".parquet", ".gz", ".zip")


def read_tables(
    path: Path, header_test: HeaderTest, *, may_have_no_rows: bool = False, room: Room | None = None
) -> list[RawTable]:
    """The tables of a file: one, or one a sheet of a workbook or a file of an archive.

    Args:
        path: the file.
        header_test: says how many columns a row's cells name; finds the header below a sheet's title rows.
        may_have_no_rows: whether a header alone is an answer («nothing this month»); an empty file never is.
        room: memory that it shares with other files; a workbook is always kept.

    Raises:
        ExtractError: the ending is not one that is read, the file is damaged, or it has no rows.
    """
    try:
        tables = _tables(path, header_test, room or Room())
    except OSError as error:
        raise ExtractError(
            f"{path.name} cannot be opened: {error.strerror or error}. Close it in other programs; if it is damaged, "
            "ask for it again."
        ) from None
    if not may_have_no_rows and not any(table.is_long or table.rows_read for table in tables):
        raise ExtractError(
            f"{path.name} has a header and no rows. Ask the sender for the file again, or remove it if nothing "
            "was to be sent. An extract with `required = false` may be a header alone."
        )
    return tables


def _tables(path: Path, header_test: HeaderTest, room: Room) -> list[RawTable]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return [read_parquet(path, room)]
    if suffix in TEXT_SUFFIXES:
        return [read_text(path, header_test, room=room)]
    if suffix in spreadsheets.SUFFIXES:
        return read_spreadsheet(path, header_test)
    if suffix == ".gz":
        return [_unzipped(path, header_test, room)]
    if suffix == ".zip":
        return _archived(path, header_test, room)
    raise ExtractError(
        f"{path.name}: files ending in {suffix or 'nothing'} are not read. Save it as CSV, XLSX or Parquet; text may "
        "be packed as .gz or .zip."
    )


def _unzipped(path: Path, header_test: HeaderTest, room: Room) -> RawTable:
    inner = Path(path.stem).suffix.lower()
    if inner and inner not in TEXT_SUFFIXES:
        raise ExtractError(f"{path.name}: only text is read packed, and this is {inner}. Unpack it.")

    def opened() -> IO[bytes]:
        return cast(IO[bytes], gzip.open(path))

    try:
        return read_text(path, header_test, opened, room=room)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise ExtractError(f"{path.name} is no whole gzip file. Ask the sender for it again.") from None


def _archived(path: Path, header_test: HeaderTest, room: Room) -> list[RawTable]:
    tables = []
    others = []
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if _is_by_the_way(name):
                    continue
                if PurePosixPath(name).suffix.lower() in TEXT_SUFFIXES:
                    tables.append(read_text(path, header_test, partial(_member, path, name), name, room))
                else:
                    others.append(name)
    except RuntimeError:
        raise ExtractError(f"{path.name} has a password. Unpack it, and keep the text files.") from None
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, UnicodeDecodeError):
        raise ExtractError(f"{path.name} is no whole zip file. Ask the sender for it again.") from None
    if others or not tables:
        found = ", ".join(others) or "nothing"
        raise ExtractError(
            f"{path.name}: only text files ({', '.join(TEXT_SUFFIXES)}) are read from an archive, and it holds "
            f"{found}. Unpack it."
        )
    return tables


def _member(path: Path, name: str) -> IO[bytes]:
    """A file of an archive; the archive is closed with it."""
    return zipfile.ZipFile(path).open(name)


def _is_by_the_way(name: str) -> bool:
    """Folders, and what the programs that pack leave in an archive."""
    last = PurePosixPath(name).name
    return name.endswith("/") or name.startswith("__MACOSX/") or left_by_programs(last)
