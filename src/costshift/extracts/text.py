"""Text files as raw tables: encoding, delimiter, records and the lines they start on.

Nothing is typed here: every cell is text, so that leading zeros live. A record with too many or too few
fields is caught and handed back, not bent to fit.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.raw import MALFORMED_SCHEMA, UNCLOSED_QUOTE, RawTable

DELIMITERS = (",", ";", "\t", "|")

# Longest field that csv accepts: a record that is longer than this is a quote that was never closed.
csv.field_size_limit(1_000_000)


def read_text(path: Path, content: bytes | None = None) -> RawTable:
    """A delimited text file as a raw table.

    Args:
        path: the file, or the name of what ``content`` was unpacked from.
        content: its bytes, where they are not simply the file's.

    Raises:
        ExtractError: the file is empty, or its header has a quotation mark that is never closed.
    """
    text = decode(path.read_bytes() if content is None else content).replace("\x00", "")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise ExtractError(f"{path.name} is empty. Ask the sender for the file again, or remove it.")
    if any(line.count('"') % 2 for line in lines):
        return _read_spanning(path, lines, find_delimiter(_header_text(lines, start)))
    return _read_lines(path, lines, start, find_delimiter(lines[start]))


def decode(content: bytes) -> str:
    """Text of the bytes: UTF-8 with or without a byte order mark, UTF-16, else Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    head = content[:2000]
    if len(head) >= 4 and head[1::2].count(0) > len(head) // 4:
        return content.decode("utf-16-le", errors="replace")
    if len(head) >= 4 and head[0::2].count(0) > len(head) // 4:
        return content.decode("utf-16-be", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # Five bytes have no meaning in Windows-1252; a wrong sign in a name must not stop the file.
        return content.decode("cp1252", errors="replace")


def find_delimiter(header: str) -> str:
    """The delimiter of a header line: the candidate that stands in it most often outside quotes."""
    outside = "".join(header.split('"')[0::2])
    return max(DELIMITERS, key=outside.count)


def _header_text(lines: list[str], start: int) -> str:
    """The header with the lines that a line break in a quoted name adds to it."""
    text = lines[start]
    for line in lines[start + 1 :]:
        if text.count('"') % 2 == 0:
            return text
        text += "\n" + line
    return lines[start]


def _read_lines(path: Path, lines: list[str], start: int, delimiter: str) -> RawTable:
    """Every record on a line of its own: split in bulk, and by `csv` only where there are quotes."""
    headers = _headers(next(csv.reader([lines[start]], delimiter=delimiter)))
    width = len(headers)
    table = pl.DataFrame(
        {"line": lines[start + 1 :], "source_row": range(start + 2, len(lines) + 1)},
        schema={"line": pl.String, "source_row": pl.Int64},
    )
    blank = pl.col("line").str.strip_chars(f'{delimiter} \t"') == ""
    filled = table.filter(~blank)
    # A line break at the very end of the file is no blank record.
    trailing = 1 if lines and lines[-1] == "" else 0
    blanks = table.height - filled.height - trailing
    quoted = filled.filter(pl.col("line").str.contains('"', literal=True))
    plain = filled.filter(~pl.col("line").str.contains('"', literal=True))

    fits = pl.col("line").str.count_matches(delimiter, literal=True) == width - 1
    parts = [
        plain.filter(fits)
        .select(
            "source_row",
            pl.col("line").str.split_exact(delimiter, width - 1).struct.rename_fields(_names(width)).alias("f"),
        )
        .unnest("f")
    ]
    bad = plain.filter(~fits).select(
        "source_row",
        (pl.col("line").str.count_matches(delimiter, literal=True) + 1).cast(pl.Int64).alias("fields"),
        pl.col("line").alias("content"),
    )
    if quoted.height:
        try:
            *records, end = csv.reader([*quoted["line"], ""], delimiter=delimiter)
        except csv.Error:
            return _read_spanning(path, lines, delimiter)
        if end or len(records) != quoted.height:
            # A quotation mark inside a value opens a field that its own line does not close.
            return _read_spanning(path, lines, delimiter)
        good, odd = _split_records(records, quoted["source_row"].to_list(), width, delimiter)
        parts.append(good)
        bad = pl.concat([bad, odd])
    return RawTable(
        headers=headers,
        frame=pl.concat(parts).sort("source_row"),
        malformed=bad.sort("source_row"),
        blank_rows=blanks,
    )


def _read_spanning(path: Path, lines: list[str], delimiter: str) -> RawTable:
    """Records that may span lines, because a quoted field holds a line break."""
    records: list[list[str]] = []
    rows: list[int] = []
    unclosed: list[int] = []
    headers: list[str] = []
    blanks = 0
    for start, record in _records(lines, delimiter):
        if record is None and not headers:
            raise ExtractError(
                f"{path.name}, row {start + 1}: the header has a quotation mark that is never closed. Correct it, or "
                "ask the sender to export the file again."
            )
        if record is None:
            unclosed.append(start)
        elif not any(cell.strip() for cell in record):
            blanks += bool(headers)
        elif not headers:
            headers = _headers(record)
        else:
            records.append(record)
            rows.append(start + 1)
    if lines[-1] == "" and blanks:
        # A line break at the very end of the file is no blank record.
        blanks -= 1
    good, bad = _split_records(records, rows, len(headers), delimiter)
    broken = pl.DataFrame(
        {
            "source_row": [start + 1 for start in unclosed],
            "fields": [UNCLOSED_QUOTE] * len(unclosed),
            "content": [lines[start] for start in unclosed],
        },
        schema=MALFORMED_SCHEMA,
    )
    return RawTable(
        headers=headers, frame=good, malformed=pl.concat([bad, broken]).sort("source_row"), blank_rows=blanks
    )


def _records(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each record with the position of its first line; None for a line with a quotation mark left open.

    `csv` takes all that follows such a mark, up to the next one, into one field: rows would vanish. The line
    is handed back alone, and reading goes on at the next.
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
            if reached == end or (reached <= len(lines) and _is_strict(padded[start:reached], delimiter)):
                record, end = found, reached
        except csv.Error:
            # Longer than any field can be: a mark that was never closed.
            pass
        yield start, record
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


def _split_records(
    records: list[list[str]], rows: list[int], width: int, delimiter: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    fitting = [(row, record) for row, record in zip(rows, records, strict=True) if len(record) == width]
    odd = [(row, record) for row, record in zip(rows, records, strict=True) if len(record) != width]
    columns = list(zip(*(record for _, record in fitting), strict=True)) if fitting else [()] * width
    good = pl.DataFrame(
        {"source_row": [row for row, _ in fitting]}
        | {name: list(values) for name, values in zip(_names(width), columns, strict=True)},
        schema={"source_row": pl.Int64} | dict.fromkeys(_names(width), pl.String),
    )
    bad = pl.DataFrame(
        {
            "source_row": [row for row, _ in odd],
            "fields": [len(record) for _, record in odd],
            "content": [delimiter.join(record) for _, record in odd],
        },
        schema=MALFORMED_SCHEMA,
    )
    return good, bad


def _headers(cells: list[str]) -> list[str]:
    return [cell.strip().strip("\ufeff").strip() for cell in cells]


def _names(width: int) -> list[str]:
    return [f"c{position}" for position in range(width)]
