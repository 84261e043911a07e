"""Text files as raw tables: what they hold, the header, and how the rows below it are written.

Nothing is typed here: every cell is text, so that leading zeros live. A file is read in blocks of lines
(``records.py``), so that a long one takes no more memory than a short one.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from costshift.errors import ExtractError
from costshift.extracts.columns import COMPLETE
from costshift.extracts.encodings import BITE, Opener, encoding_of, whole_lines
from costshift.extracts.raw import Counts, Parts, RawTable, Room, read_anew
from costshift.extracts.records import Block, Form, as_lines, blocks_in, blocks_of, is_blank, records_of, schema_of

DELIMITERS = (",", ";", "\t", "|")
#: Says how many columns a row's cells would name if it were the header; 0 if it cannot be.
HeaderTest = Callable[[list[str]], int]
#: How far down a file its header is looked for.
_TITLE_LINES = 40
#: Records that show whether all rows end with delimiters that the header lacks.
_SHOWING = 100
#: Rows that a text has to have, by its size, for it not to be counted before they are wanted.
_MANY = 500_000
# The line that tells a spreadsheet program the delimiter: sep=;
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
# How files begin that are no text, whatever they are called.
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a workbook or a zip archive", ".xlsx or .zip"),
    (b"\xd0\xcf\x11\xe0", "an old workbook, or one with a password", ".xls"),
    (b"PAR1", "Parquet", ".parquet"),
    (b"\x1f\x8b", "packed by gzip", ".gz"),
)


def read_text(
    path: Path,
    header_test: HeaderTest | None = None,
    opened: Opener | None = None,
    part: str = "",
    room: Room | None = None,
) -> RawTable:
    """A delimited text file as a raw table.

    Args:
        path: the file.
        header_test: says how well a line's cells serve as the header; finds it below title lines. Without it, and where
            no line serves, the first line that is not blank is the header.
        opened: opens the text, where it is not simply the file.
        part: what of the file it is, for messages.
        room: memory that it shares with other files.

    Raises:
        ExtractError: the file is empty or no text, or its header has a quotation mark that is never closed.
    """
    own = opened or (lambda: path.open("rb"))
    name = f"{path.name} ({part})" if part else path.name
    _refuse_other_formats(own, name)
    form = _form_of(own, name, header_test)
    text = _Text(own, form, name)
    parts = Parts(room := room or Room())
    # Blocks that there are at least: of a packed text nobody knows how many there will be.
    blocks, likely = blocks_in(path.stat().st_size), 0.0
    for place, block in enumerate(text.blocks()):
        if place == 0:
            likely = block.frame.height * blocks
        if place == 0 and opened is None and block.frame.estimated_size() * blocks > room.left:
            parts.none()
        else:
            parts.add(block.frame)
        if parts.kept is None and likely > _MANY:
            return RawTable(form.headers, text.rows(), text.counts, is_long=True, picked=text.picked, part=part)
    if parts.kept is None:
        return RawTable(form.headers, text.rows(), text.counts, picked=text.picked, part=part)
    return RawTable(form.headers, pl.concat(parts.kept).lazy(), text.counts, part=part)


class _Text:
    """A text below its header, read block by block as often as it is wanted. What it holds is counted the first time.

    Args:
        opened: opens it.
        form: how it is written.
        name: for messages.
    """

    def __init__(self, opened: Opener, form: Form, name: str) -> None:
        self._opened, self._form, self._name = opened, form, name
        self._counts: Counts | None = None

    def counts(self) -> Counts:
        """What the text holds; it is read for this where it has not gone by whole before."""
        if self._counts is None:
            for _ in self._anew():
                pass
        assert self._counts is not None
        return self._counts

    def blocks(self, wanted: NDArray[np.int64] | None = None) -> Iterator[Block]:
        """What is below the header, block by block; at least one.

        Args:
            wanted: lines, in order, of which alone the records are wanted; None: of all.
        """
        malformed, fitting, blanks = [], 0, 0
        for block in blocks_of(self._opened, self._form, wanted):
            fitting += block.frame.height
            blanks += block.blanks
            malformed.append(block.malformed)
            yield block
        if self._counts is None and wanted is None:
            self._counts = Counts(fitting, pl.concat(malformed), blanks)

    def _anew(self, wanted: NDArray[np.int64] | None = None) -> Iterator[Block]:
        """As :meth:`blocks`, of a text that was opened before.

        Raises:
            ExtractError: it cannot be read to its end.
        """
        try:
            yield from self.blocks(wanted)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise ExtractError(
                f"{self._name} cannot be read to its end ({str(error) or type(error).__name__}). Ask the sender for it "
                "again."
            ) from None

    def rows(self) -> pl.LazyFrame:
        """The rows: read again, block by block, whenever they are wanted."""

        def parts(_: Collection[str] | None) -> Iterator[pl.DataFrame]:
            return (block.frame for block in self._anew())

        return read_anew(parts, pl.Schema(schema_of(self._form)))

    def picked(self, source_rows: pl.Series) -> pl.DataFrame:
        """Some rows by the line where they start; of the other lines only what must be is split."""
        numbers = source_rows.sort()
        few = pl.col("source_row").is_in(numbers.implode())
        return pl.concat(block.frame.filter(few) for block in self._anew(numbers.to_numpy()))


def _refuse_other_formats(opened: Opener, name: str) -> None:
    with opened() as file:
        begin = file.read(8)
    for mark, what, suffix in _OTHER_FORMATS:
        if begin.startswith(mark):
            raise ExtractError(f"{name} is no text but {what}. Give it the ending that it should have ({suffix}).")


def find_delimiter(header: str) -> str:
    """The delimiter of a header line: the candidate that stands in it most often outside quotes."""
    outside = "".join(header.split('"')[0::2])
    return max(DELIMITERS, key=outside.count)


def _form_of(opened: Opener, name: str, header_test: HeaderTest | None) -> Form:
    encoding = encoding_of(opened)
    head: list[str] = []
    for lines in whole_lines(opened, encoding, BITE):
        head += as_lines(lines)
        if sum(1 for line in head[: _TITLE_LINES + _SHOWING] if line.strip()) > 1 and len(head) > _SHOWING:
            break
    start = next((number for number, line in enumerate(head) if line.strip()), None)
    if start is None:
        raise ExtractError(f"{name} is empty. Ask the sender for the file again, or remove it.")
    delimiter = None
    if found := _SEPARATOR.fullmatch(head[start].strip(" \ufeff")):
        delimiter = found.group(1)
        start = next((number for number, line in enumerate(head) if line.strip() and number > start), start)
    start = _below_titles(head, start, delimiter, header_test)
    delimiter = delimiter or find_delimiter(_header_text(head, start))
    _, end, cells = next(records_of(head[start:], delimiter, whole=True))
    if cells is None:
        raise ExtractError(
            f"{name}, row {start + 1}: the header has a quotation mark that is never closed. Correct it, or "
            "ask the sender to export the file again."
        )
    headers = [cell.strip().strip("\ufeff").strip() for cell in cells]
    width = _width_of_rows(head[start + end :], headers, delimiter)
    named = min(len(headers), width)
    padded = headers[:width] + [""] * (width - len(headers))
    return Form(encoding, delimiter, padded, start + end, named)


def _below_titles(head: list[str], start: int, delimiter: str | None, header_test: HeaderTest | None) -> int:
    """The line that serves best as the header; the first one if none serves."""
    best, most = start, 0
    if header_test is None:
        return best
    for number in range(start, min(len(head), start + _TITLE_LINES)):
        if head[number].strip():
            text = _header_text(head, number)
            cells = next(csv.reader([text.replace("\n", " ")], delimiter=delimiter or find_delimiter(text)), [])
            strength = header_test([cell.strip().strip("\ufeff").strip() for cell in cells])
            if strength > most:
                best, most = number, strength
            if strength >= COMPLETE:
                break
    return best


def _header_text(lines: list[str], start: int) -> str:
    """The header with the lines that a line break in a quoted name adds to it."""
    text = lines[start]
    for line in lines[start + 1 : start + 1 + _TITLE_LINES]:
        if text.count('"') % 2 == 0:
            return text
        text += "\n" + line
    return text if text.count('"') % 2 == 0 else lines[start]


def _width_of_rows(body: list[str], headers: list[str], delimiter: str) -> int:
    """How many fields a row has: as many as the header, but for delimiters at the end of one of the two.

    Some exports end every row, or only the header, with delimiters more than the other has. Nothing but empty cells
    is added or left off by that, and only where all of the first rows agree.
    """
    showing: list[list[str]] = []
    for _, _, record in records_of(body[: 3 * _SHOWING], delimiter, whole=True):
        if record is not None and not is_blank(record):
            showing.append(record)
        if len(showing) == _SHOWING:
            break
    widths = {len(record) for record in showing}
    width = widths.pop() if len(widths) == 1 else len(headers)
    if len(showing) < 2 or any(cell for record in showing for cell in record[len(headers) :]):
        return len(headers)
    return len(headers) if any(headers[width:]) else width
