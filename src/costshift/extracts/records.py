"""The records of a delimited text, and the lines they start on, block by block.

A record with too many or too few fields is caught and handed back, not bent to fit. The blocks are of no consequence:
a record that spans two of them is carried over to the second.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from costshift.extracts.encodings import Opener, whole_lines
from costshift.extracts.raw import MALFORMED_SCHEMA, UNCLOSED_QUOTE

# Longest field that csv accepts: a record that is longer than this is a quote that was never closed.
csv.field_size_limit(1_000_000)
#: Characters that are read at once.
_BLOCK = 1 << 23
#: What a cell may hold and be empty all the same.
_BLANKS = " \t\u00a0\x0b\x0c"


@dataclass(frozen=True)
class Form:
    """How a text is written: its encoding, its delimiter, its header and the line below it (from 0)."""

    encoding: str
    delimiter: str
    headers: list[str]
    below: int
    #: Columns from here on have no header; every row leaves them empty.
    named: int

    @property
    def names(self) -> list[str]:
        """The columns by their places: c0 …"""
        return [f"c{position}" for position in range(len(self.headers))]


@dataclass(frozen=True)
class Block:
    """What some lines hold: records that fit, others, and how many lines are blank."""

    frame: pl.DataFrame
    malformed: pl.DataFrame
    blanks: int


def schema_of(form: Form) -> dict[str, type[pl.DataType]]:
    """The schema of the rows: source_row, and every column as text."""
    return {"source_row": pl.Int64, **dict.fromkeys(form.names, pl.String)}


def blocks_in(size: int) -> float:
    """How many blocks a text of so many bytes comes in."""
    return size / _BLOCK


def blocks_of(opened: Opener, form: Form, wanted: NDArray[np.int64] | None) -> Iterator[Block]:
    """What is below the header, block by block; at least one. Of lines that are not wanted it may hold nothing."""
    number = 0
    waiting: list[str] = []
    blocks = whole_lines(opened, form.encoding, _BLOCK)
    content: bytes | None = next(blocks, None)
    while content is not None:
        following = next(blocks, None)
        height = int(np.count_nonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n"))) + 1
        skipped = min(max(0, form.below - number), height)
        below = content.split(b"\n", skipped)[skipped:]
        block = _from_plain(below[0], number + skipped, form, wanted) if below and not waiting else None
        if block is None:
            lines = [*waiting, *(as_lines(below[0]) if below else [])]
            # A line break at the very end of the file is no blank record.
            if following is None and lines and lines[-1] == "":
                lines.pop()
            block, waiting = _block_of(lines, number + skipped - len(waiting), form, whole=following is None)
        yield block
        number += height
        content = following


def as_lines(content: bytes) -> list[str]:
    """The lines of some bytes of UTF-8."""
    return content.decode(errors="replace").split("\n")


def _from_plain(content: bytes, first: int, form: Form, wanted: NDArray[np.int64] | None) -> Block | None:
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
        return Block(pl.DataFrame(schema=schema_of(form)), none, 0)
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
    return Block(rows, none, blank.height)


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
    line_ends = signs == ord("\n")
    ends = np.flatnonzero(line_ends | (signs == ord(delimiter)))
    height = np.count_nonzero(line_ends) + 1
    # As many fields as there must be, and each line ends where a line must.
    if len(ends) != height * fields - 1 or not line_ends[ends[fields - 1 :: fields]].all():
        return None
    return int(height)


def _block_of(lines: list[str], first: int, form: Form, *, whole: bool) -> tuple[Block, list[str]]:
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
    for start, end, record in records_of(lines, form.delimiter, whole=whole):
        if end > len(lines):
            waiting = lines[start:]
        elif record is None:
            unclosed.append(start)
        elif is_blank(record):
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
    return Block(good, pl.concat([bad, broken]).sort("source_row"), blanks), waiting


def _from_lines(lines: list[str], first: int, form: Form) -> Block | None:
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
            if is_blank(record):
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
    return Block(pl.concat([split, good]).sort("source_row"), pl.concat([bad, odd]).sort("source_row"), blanks)


def is_blank(record: list[str]) -> bool:
    """Whether a record says nothing at all."""
    return not any(cell.strip(_BLANKS + "\n") for cell in record)


def records_of(lines: list[str], delimiter: str, *, whole: bool) -> Iterator[tuple[int, int, list[str] | None]]:
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


def _split_records(records: list[list[str]], rows: list[int], form: Form) -> tuple[pl.DataFrame, pl.DataFrame]:
    width = len(form.headers)

    def fits(record: list[str]) -> bool:
        return len(record) == width and not any(record[form.named :])

    fitting = [(row, record) for row, record in zip(rows, records, strict=True) if fits(record)]
    odd = [(row, record) for row, record in zip(rows, records, strict=True) if not fits(record)]
    columns = list(zip(*(record for _, record in fitting), strict=True)) if fitting else [()] * width
    good = pl.DataFrame(
        {"source_row": [row for row, _ in fitting]}
        | {name: list(values) for name, values in zip(form.names, columns, strict=True)},
        schema=schema_of(form),
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
