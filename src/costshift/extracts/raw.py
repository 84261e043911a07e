"""A file as it came: the supplier's own headers, and cells that nobody has touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl
from polars.io.plugins import register_io_source

MALFORMED_SCHEMA = {"source_row": pl.Int64, "fields": pl.Int64, "content": pl.String}
#: What ``fields`` says of a line with a quotation mark that nothing closes: its fields cannot be told.
UNCLOSED_QUOTE = 0
#: Bytes of all files of a month together that are kept in memory rather than read anew.
KEPT_BYTES = 2**28


class Room:
    """What is left of the memory that the files of a month share. What finds no room is read anew when it is wanted."""

    def __init__(self) -> None:
        self.left = KEPT_BYTES

    def take(self, size: int) -> bool:
        """Take room for so many bytes, if there is; whether there was."""
        fits = size <= self.left
        self.left -= size if fits else 0
        return fits


class Parts:
    """The parts of one file, kept for as long as all of them find room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._taken = 0
        self.kept: list[pl.DataFrame] | None = []

    def add(self, part: pl.DataFrame) -> None:
        """Keep one more part, or from here on none, which gives back the room of those before."""
        size = int(part.estimated_size())
        if self.kept is not None and self._room.take(size):
            self._taken += size
            self.kept.append(part)
        else:
            self.none()

    def none(self) -> None:
        """Keep no part of the file."""
        if self.kept is not None:
            self._room.left += self._taken
            self.kept = None


def read_anew(parts: Callable[[Collection[str] | None], Iterator[pl.DataFrame]], schema: pl.Schema) -> pl.LazyFrame:
    """Rows that are read again, part by part, whenever they are wanted.

    Args:
        parts: gives the rows, and of their columns at least those that it is told (None: all).
        schema: of all columns.
    """

    def rows(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        asked = with_columns if predicate is None else {*(with_columns or schema), *predicate.meta.root_names()}
        left = n_rows
        for part in parts(None if with_columns is None else asked):
            frame = part if predicate is None else part.filter(predicate)
            frame = frame if with_columns is None else frame.select(with_columns)
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            yield frame
            if left == 0:
                return

    return register_io_source(rows, schema=schema)


def detached(rows: pl.DataFrame) -> pl.DataFrame:
    """A few rows of many, written out anew: their texts would keep all the texts in memory that they were read with."""
    return pl.DataFrame(rows.to_arrow(compat_level=pl.CompatLevel.oldest()), schema=rows.schema)


@dataclass(frozen=True)
class Counts:
    """What a file holds. ``fitting``: how many rows have the fields of the header; ``blank_rows``: how many are empty.

    ``malformed`` lists records with too many or too few fields, and lines with a quotation mark that nothing closes:
    source_row, fields, content.
    """

    fitting: int
    malformed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MALFORMED_SCHEMA))
    blank_rows: int = 0


@dataclass(frozen=True)
class RawTable:
    """One file, or one sheet, before anything is understood.

    ``rows`` has the columns ``c0`` … in the file's order (positions, because headers may stand twice) and
    ``source_row``: the line of the file where the record starts, or the record's number in a Parquet file. Of a long
    text it reads the file anew, part by part, each time it is collected. ``counts``: what the file holds; of a long
    text (``is_long``) it is known when the rows have gone by once, and else read through for it. ``picked``: some of
    the rows by their source_row, where there is a quicker way than by ``rows``. ``part`` names the sheet of a workbook
    or the member of an archive.
    """

    headers: list[str]
    rows: pl.LazyFrame
    counts: Callable[[], Counts]
    is_long: bool = False
    picked: Callable[[pl.Series], pl.DataFrame] | None = None
    part: str = ""

    @property
    def rows_read(self) -> int:
        """Records in the file, the malformed ones included."""
        counts = self.counts()
        return counts.fitting + counts.malformed.height

    @cached_property
    def frame(self) -> pl.DataFrame:
        """All of ``rows``, for tables that are known to be small."""
        return self.rows.collect()

    def at(self, source_rows: pl.Series) -> pl.DataFrame:
        """Some rows, by their source_row; nothing is read for none."""
        if self.picked is not None and len(source_rows):
            return self.picked(source_rows)
        few = self.rows.filter(pl.col("source_row").is_in(source_rows.implode()))
        return (few if len(source_rows) else self.rows.head(0)).collect()

    def column_of(self, header: str) -> str:
        """The column of ``rows`` behind a header."""
        return f"c{self.headers.index(header)}"
