"""Text files as raw tables: encoding, delimiter, records and the lines they start on.

Nothing is typed here: every cell is text, so that leading zeros live. A record with too many or too few
fields is caught and handed back, not bent to fit.

A file is read in blocks of lines, so that a long one takes no more memory than a short one. The blocks are of no
consequence: a record that spans two of them is carried over to the second.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.io.plugins import register_io_source

from costshift.errors import ExtractError
from costshift.extracts.columns import COMPLETE
from costshift.extracts.raw import MALFORMED_SCHEMA, UNCLOSED_QUOTE, Counts, Parts, RawTable, Room

DELIMITERS = (",", ";", "\t", "|")
#: Says how many columns a row's cells would name if it were the header; 0 if it cannot be.
HeaderTest = Callable[[list[str]], int]
#: Opens the bytes of a text, from their start.
Opener = Callable[[], IO[bytes]]

# Longest field that csv accepts: a record that is longer than this is a quote that was never closed.
csv.field_size_limit(1_000_000)
#: How far down a file its header is looked for.
_TITLE_LINES = 40
#: Records that show whether all rows end with delimiters that the header lacks.
_SHOWING = 100
#: Characters that are read at once.
_BLOCK = 1 << 23
#: Rows that a text has to have, by its size, for it not to be counted before they are wanted.
_MANY = 500_000
#: Characters or bytes that are read at once where little is done with them: they stay in the processor's memory.
_BITE = 1 << 18
#: What a cell may hold and be empty all the same.
_BLANKS = " \t\u00a0\x0b\x0c"
# The line that tells a spreadsheet program the delimiter: sep=;
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
# How files begin that are no text, whatever they are called.
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a workbook or a zip archive", ".xlsx or .zip"),
    (b"\xd0\xcf\x11\xe0", "an old workbook, or one with a password", ".xls"),
    (b"PAR1", "Parquet", ".parquet"),
    (b"\x1f\x8b", "packed by gzip", ".gz"),
)


@dataclass(frozen=True)
class _Form:
    """How a text is written: its encoding, its delimiter, its header and the line below it (from 0)."""

    encoding: str
    delimiter: str
    headers: list[str]
    below: int
    #: Columns from here on have no header; every row leaves them empty.
    named: int

    @property
    def names(self) -> list[str]:
        return [f"c{position}" for position in range(len(self.headers))]


@dataclass(frozen=True)
class _Block:
    """What some lines hold: records that fit, others, and how many lines are blank."""

    frame: pl.DataFrame
    malformed: pl.DataFrame
    blanks: int


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
    blocks, likely = path.stat().st_size / _BLOCK, 0.0
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

    def __init__(self, opened: Opener, form: _Form, name: str) -> None:
        self._opened, self._form, self._name = opened, form, name
        self._counts: Counts | None = None

    def counts(self) -> Counts:
        """What the text holds; it is read for this where it has not gone by whole before."""
        if self._counts is None:
            for _ in self._anew():
                pass
        assert self._counts is not None
        return self._counts

    def blocks(self, wanted: NDArray[np.int64] | None = None) -> Iterator[_Block]:
        """What is below the header, block by block; at least one.

        Args:
            wanted: lines, in order, of which alone the records are wanted; None: of all.
        """
        malformed, fitting, blanks = [], 0, 0
        for block in _blocks(self._opened, self._form, wanted):
            fitting += block.frame.height
            blanks += block.blanks
            malformed.append(block.malformed)
            yield block
        if self._counts is None and wanted is None:
            self._counts = Counts(fitting, pl.concat(malformed), blanks)

    def _anew(self, wanted: NDArray[np.int64] | None = None) -> Iterator[_Block]:
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

        def rows(
            with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
        ) -> Iterator[pl.DataFrame]:
            left = n_rows
            for block in self._anew():
                frame = block.frame if predicate is None else block.frame.filter(predicate)
                frame = frame if with_columns is None else frame.select(with_columns)
                if left is not None:
                    frame = frame.head(left)
                    left -= frame.height
                yield frame
                if left == 0:
                    return

        return register_io_source(rows, schema=_schema(self._form))

    def picked(self, source_rows: pl.Series) -> pl.DataFrame:
        """Some rows by the line where they start; of the other lines only what must be is split."""
        numbers = source_rows.sort()
        few = pl.col("source_row").is_in(numbers.implode())
        return pl.concat(block.frame.filter(few) for block in self._anew(numbers.to_numpy()))


def _schema(form: _Form) -> dict[str, type[pl.DataType]]:
    return {"source_row": pl.Int64, **dict.fromkeys(form.names, pl.String)}


def _refuse_other_formats(opened: Opener, name: str) -> None:
    with opened() as file:
        begin = file.read(8)
    for mark, what, suffix in _OTHER_FORMATS:
        if begin.startswith(mark):
            raise ExtractError(f"{name} is no text but {what}. Give it the ending that it should have ({suffix}).")


# --- encoding and lines ----------------------------------------------------------------------------------


def decode(content: bytes) -> str:
    """Text of the bytes: UTF-8 with or without byte order mark, UTF-16, else Windows-1252."""

    def opened() -> IO[bytes]:
        return io.BytesIO(content)

    with _as_text(opened, encoding_of(opened)) as text:
        return text.read()


def encoding_of(opened: Opener) -> str:
    """The encoding of a text: UTF-8 with or without byte order mark, UTF-16, else Windows-1252."""
    with opened() as file:
        content = file.read(_BITE)
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        head = content.removeprefix(codecs.BOM_UTF8)[:2000]
        if len(head) >= 4 and head[1::2].count(0) > len(head) // 4:
            return "utf-16-le"
        if len(head) >= 4 and head[0::2].count(0) > len(head) // 4:
            return "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while content:
                decoder.decode(content)
                content = file.read(_BITE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            # Five bytes have no meaning in Windows-1252; a wrong sign in a name must not stop the file.
            return "cp1252"
    return "utf-8"


def _as_text(opened: Opener, encoding: str) -> io.TextIOWrapper:
    file = opened()
    if file.read(3) != codecs.BOM_UTF8:
        file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)


def _whole_lines(opened: Opener, encoding: str, size: int) -> Iterator[bytes]:
    """A text a block at a time, in UTF-8, each of whole lines without the last line end.

    One that a line end closes leaves an empty line at the very end.
    """
    rest: list[bytes] = []
    for more in _in_utf8(opened, encoding, size):
        lines, ended, begun = more.rpartition(b"\n")
        if ended:
            yield b"".join((*rest, lines))
            rest = []
        rest.append(begun)
    yield b"".join(rest)


def _in_utf8(opened: Opener, encoding: str, size: int) -> Iterator[bytes]:
    """A text piece by piece in UTF-8, with one kind of line end. What is written so is not decoded for it."""
    if encoding != "utf-8":
        with _as_text(opened, encoding) as text:
            while characters := text.read(size):
                yield characters.replace("\x00", "").encode()
        return
    with opened() as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        while more := file.read(size):
            # The line feed that belongs to it may be the next one.
            while more.endswith(b"\r") and (one := file.read(1)):
                more += one
            if b"\r" in more:
                more = more.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            yield more.replace(b"\x00", b"")


# --- the header ------------------------------------------------------------------------------------------


def find_delimiter(header: str) -> str:
    """The delimiter of a header line: the candidate that stands in it most often outside quotes."""
    outside = "".join(header.split('"')[0::2])
    return max(DELIMITERS, key=outside.count)


def _form_of(opened: Opener, name: str, header_test: HeaderTest | None) -> _Form:
    encoding = encoding_of(opened)
    head: list[str] = []
    for lines in _whole_lines(opened, encoding, _BITE):
        head += _as_lines(lines)
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
    _, end, cells = next(_records(head[start:], delimiter, whole=True))
    if cells is None:
        raise ExtractError(
            f"{name}, row {start + 1}: the header has a quotation mark that is never closed. Correct it, or "
            "ask the sender to export the file again."
        )
    headers = [cell.strip().strip("\ufeff").strip() for cell in cells]
    width = _width_of_rows(head[start + end :], headers, delimiter)
    named = min(len(headers), width)
    padded = headers[:width] + [""] * (width - len(headers))
    return _Form(encoding, delimiter, padded, start + end, named)


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
    for _, _, record in _records(body[: 3 * _SHOWING], delimiter, whole=True):
        if record is not None and not _is_blank(record):
            showing.append(record)
        if len(showing) == _SHOWING:
            break
    widths = {len(record) for record in showing}
    width = widths.pop() if len(widths) == 1 else len(headers)
    if len(showing) < 2 or any(cell for record in showing for cell in record[len(headers) :]):
        return len(headers)
    return len(headers) if any(headers[width:]) else width


# --- records ---------------------------------------------------------------------------------------------


def _blocks(opened: Opener, form: _Form, wanted: NDArray[np.int64] | None) -> Iterator[_Block]:
    """What is below the header, block by block; at least one. Of lines that are not wanted it may hold nothing."""
    number = 0
    waiting: list[str] = []
    blocks = _whole_lines(opened, form.encoding, _BLOCK)
    content: bytes | None = next(blocks, None)
    while content is not None:
        following = next(blocks, None)
        height = content.count(b"\n") + 1
        skipped = min(max(0, form.below - number), height)
        below = content.split(b"\n", skipped)[skipped:]
        block = _from_plain(below[0], number + skipped, form, wanted) if below and not waiting else None
        if block is None:
            lines = [*waiting, *(_as_lines(below[0]) if below else [])]
            # A line break at the very end of the file is no blank record.
            if following is None and lines and lines[-1] == "":
                lines.pop()
            block, waiting = _block_of(lines, number + skipped - len(waiting), form, whole=following is None)
        yield block
        number += height
        content = following


def _as_lines(content: bytes) -> list[str]:
    return content.decode(errors="replace").split("\n")


def _from_plain(content: bytes, first: int, form: _Form, wanted: NDArray[np.int64] | None) -> _Block | None:
    """Lines without a quotation mark that all have as many fields as the header; None if not so."""
    width, delimiter = len(form.headers), form.delimiter
    if b'"' in content or form.named < width or width == 1 or not delimiter.isascii():
        return None
    if content.startswith(codecs.BOM_UTF8):
        return None
    if wanted is None:
        height = _lines_of(content, delimiter, width)
        numbers = None if height is None else np.arange(first + 1, first + 1 + height)
    else:
        content, numbers = _lines_at(content, first, wanted, delimiter, width)
    if numbers is None:
        return None
    none = pl.DataFrame(schema=MALFORMED_SCHEMA)
    if not len(numbers):
        return _Block(pl.DataFrame(schema=_schema(form)), none, 0)
    # A reader in bulk bends lines with too few fields, and some with too many: here are none.
    try:
        cells = pl.read_csv(
            content,
            has_header=False,
            separator=delimiter,
            quote_char=None,
            schema=dict.fromkeys(form.names, pl.String),
            empty_string_is_null=False,
        )
    except pl.exceptions.ComputeError:
        # No UTF-8: the file was written to since its encoding was looked for.
        return None
    rows = cells.insert_column(0, pl.Series("source_row", numbers))
    blank = rows
    for name in form.names:
        blank = blank.filter(pl.col(name).str.strip_chars(_BLANKS) == "")
        if not blank.height:
            break
    if blank.height:
        # In one piece: polars 2.1 fails on text in pieces of which one is empty.
        rows = rows.filter(~pl.col("source_row").is_in(blank["source_row"].implode())).rechunk()
    return _Block(rows, none, blank.height)


def _lines_at(
    content: bytes, first: int, wanted: NDArray[np.int64], delimiter: str, fields: int
) -> tuple[bytes, NDArray[np.int64]]:
    """Of the lines that are wanted those with so many fields, and their numbers."""
    ends = np.append(np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n")), len(content))
    here = wanted[(wanted > first) & (wanted <= first + len(ends))]
    starts = np.append(0, ends[:-1] + 1)
    lines = [
        (number, content[starts[place] : ends[place]]) for number, place in zip(here, here - first - 1, strict=True)
    ]
    whole = [(number, line) for number, line in lines if line.count(delimiter.encode()) == fields - 1]
    return b"\n".join(line for _, line in whole), np.array([number for number, _ in whole], dtype=np.int64)


def _lines_of(content: bytes, delimiter: str, fields: int) -> int | None:
    """How many lines there are, or None if not each of them has so many fields."""
    signs = np.frombuffer(content, dtype=np.uint8)
    ends = np.append(np.flatnonzero(signs == ord("\n")), len(signs))
    between = np.flatnonzero(signs == ord(delimiter))
    if len(between) != len(ends) * (fields - 1):
        return None
    # There are enough for all: each line has its own if they lie between its start and its end.
    each = between.reshape(len(ends), fields - 1)
    own = (each[:, -1] < ends).all() and (each[1:, 0] > ends[:-1]).all()
    return len(ends) if own else None


def _block_of(lines: list[str], first: int, form: _Form, *, whole: bool) -> tuple[_Block, list[str]]:
    """The records of some lines, and the lines at their end that belong to a record of the next block.

    Args:
        lines: from the start of a record on.
        first: the position of the first of them in the file, from 0.
        form: how the text is written.
        whole: whether no more lines follow.
    """
    if not any(line.count('"') % 2 for line in lines):
        block = _from_lines(lines, first, form)
        if block is not None:
            return block, []
    records: list[list[str]] = []
    at: list[int] = []
    unclosed: list[int] = []
    blanks = 0
    waiting: list[str] = []
    for start, end, record in _records(lines, form.delimiter, whole=whole):
        if end > len(lines):
            waiting = lines[start:]
        elif record is None:
            unclosed.append(start)
        elif _is_blank(record):
            blanks += 1
        else:
            records.append(record)
            at.append(first + start + 1)
    good, bad = _split_records(records, at, form)
    broken = pl.DataFrame(
        {
            "source_row": [first + start + 1 for start in unclosed],
            "fields": [UNCLOSED_QUOTE] * len(unclosed),
            "content": [lines[start] for start in unclosed],
        },
        schema=MALFORMED_SCHEMA,
    )
    return _Block(good, pl.concat([bad, broken]).sort("source_row"), blanks), waiting


def _from_lines(lines: list[str], first: int, form: _Form) -> _Block | None:
    """Every record on a line of its own: split in bulk, and by `csv` only where there are quotes; None if not so."""
    width, delimiter = len(form.headers), form.delimiter
    table = pl.DataFrame(
        {"line": lines, "source_row": range(first + 1, first + 1 + len(lines))},
        schema={"line": pl.String, "source_row": pl.Int64},
    )
    with_quotes = pl.col("line").str.contains('"', literal=True)
    blank = pl.col("line").str.strip_chars(delimiter + _BLANKS) == ""
    quoted = table.filter(with_quotes)
    plain = table.filter(~with_quotes & ~blank)
    blanks = table.height - quoted.height - plain.height
    records: list[list[str]] = []
    at: list[int] = []
    if quoted.height:
        try:
            *found, end = csv.reader([*quoted["line"], ""], delimiter=delimiter)
        except csv.Error:
            return None
        if end or len(found) != quoted.height:
            # A quotation mark inside a value opens a field that its own line does not close.
            return None
        for row, record in zip(quoted["source_row"], found, strict=True):
            if _is_blank(record):
                blanks += 1
            else:
                records.append(record)
                at.append(row)
    good, odd = _split_records(records, at, form)
    fits = pl.col("line").str.count_matches(delimiter, literal=True) == width - 1
    if form.named < width:
        empty = "".join(re.escape(delimiter) for _ in range(width - form.named))
        fits = fits & pl.col("line").str.contains(f"{empty}$")
    split = (
        plain.filter(fits)
        .select("source_row", pl.col("line").str.split_exact(delimiter, width - 1).struct.rename_fields(form.names))
        .unnest("line")
    )
    bad = plain.filter(~fits).select(
        "source_row",
        (pl.col("line").str.count_matches(delimiter, literal=True) + 1).cast(pl.Int64).alias("fields"),
        pl.col("line").alias("content"),
    )
    return _Block(pl.concat([split, good]).sort("source_row"), pl.concat([bad, odd]).sort("source_row"), blanks)


def _is_blank(record: list[str]) -> bool:
    return not any(cell.strip(_BLANKS + "\n") for cell in record)


def _records(lines: list[str], delimiter: str, *, whole: bool) -> Iterator[tuple[int, int, list[str] | None]]:
    """Each record with the position of its first line and of the next; None for a line with a mark left open.

    `csv` takes all that follows such a mark, up to the next one, into one field: rows would vanish. The line
    is handed back alone, and reading goes on at the next. Where more lines follow (not ``whole``), a record that has
    not ended with the last of these ends beyond it.
    """
    padded = [*lines, ""]

    def from_line(first: int) -> Iterator[str]:
        return (padded[number] + "\n" for number in range(first, len(padded)))

    start = base = 0
    reader = csv.reader(from_line(base), delimiter=delimiter)
    while start < len(lines):
        record: list[str] | None = None
        end = start + 1
        try:
            found = next(reader)
            reached = base + reader.line_num
            if reached > len(lines) and not whole:
                yield start, len(lines) + 1, None
                return
            if reached == end or (reached <= len(lines) and _is_strict(padded[start:reached], delimiter)):
                record, end = found, reached
        except csv.Error:
            # Longer than any field can be: a mark that was never closed.
            pass
        yield start, end, record
        start = end
        if record is None:
            base = start
            reader = csv.reader(from_line(base), delimiter=delimiter)


def _is_strict(lines: list[str], delimiter: str) -> bool:
    """Whether the lines are one record in which every quoted field ends at a delimiter or at the end."""
    try:
        return len(list(csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _split_records(records: list[list[str]], rows: list[int], form: _Form) -> tuple[pl.DataFrame, pl.DataFrame]:
    width = len(form.headers)

    def fits(record: list[str]) -> bool:
        return len(record) == width and not any(record[form.named :])

    fitting = [(row, record) for row, record in zip(rows, records, strict=True) if fits(record)]
    odd = [(row, record) for row, record in zip(rows, records, strict=True) if not fits(record)]
    columns = list(zip(*(record for _, record in fitting), strict=True)) if fitting else [()] * width
    good = pl.DataFrame(
        {"source_row": [row for row, _ in fitting]}
        | {name: list(values) for name, values in zip(form.names, columns, strict=True)},
        schema=_schema(form),
    )
    bad = pl.DataFrame(
        {
            "source_row": [row for row, _ in odd],
            "fields": [len(record) for _, record in odd],
            "content": [form.delimiter.join(record) for _, record in odd],
        },
        schema=MALFORMED_SCHEMA,
    )
    return good, bad
