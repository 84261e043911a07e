"""Text files as raw tables: encoding, delimiter, records and the lines they start on.

Nothing is typed here: every cell is text, so that leading zeros live. A record with too many or too few
fields is caught and handed back, not bent to fit.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.raw import MALFORMED_SCHEMA, RawTable

DELIMITERS = (",", ";", "\t", "|")

# Longest field that csv accepts: a record that is longer than this is a quote that was never closed.
csv.field_size_limit(1_000_000)


def read_text(path: Path) -> RawTable:
    """A delimited text file as a raw table.

    Raises:
        ExtractError: the file is empty or holds a header only.
    """
    text = decode(path.read_bytes()).replace("\x00", "")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise ExtractError(f"{path.name} is empty. Ask the sender for the file again, or remove it.")
    delimiter = find_delimiter(lines[start])
    if text.count('"') % 2 or any(line.count('"') % 2 for line in lines):
        return _read_spanning(path, text, start, delimiter)
    return _read_lines(lines, start, delimiter)


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


def _read_lines(lines: list[str], start: int, delimiter: str) -> RawTable:
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
        records = list(csv.reader(quoted["line"].to_list(), delimiter=delimiter))
        good, odd = _split_records(records, quoted["source_row"].to_list(), width, delimiter)
        parts.append(good)
        bad = pl.concat([bad, odd])
    return RawTable(
        headers=headers,
        frame=pl.concat(parts).sort("source_row"),
        malformed=bad.sort("source_row"),
        blank_rows=blanks,
    )


def _read_spanning(path: Path, text: str, start: int, delimiter: str) -> RawTable:
    """Records that may span lines, because a quoted field holds a line break."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    rows: list[int] = []
    headers: list[str] = []
    blanks = 0
    before = 0
    try:
        for record in reader:
            row, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in record):
                blanks += bool(headers)
                continue
            if not headers:
                headers = _headers(record)
                continue
            records.append(record)
            rows.append(row)
    except csv.Error:
        raise ExtractError(
            f"{path.name}, row {before + 1}: a quotation mark opens there and is never closed, so that the rest of the "
            "file cannot be read. Correct that row, or ask the sender to export the file again."
        ) from None
    good, bad = _split_records(records, rows, len(headers), delimiter)
    return RawTable(headers=headers, frame=good, malformed=bad, blank_rows=blanks)


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
