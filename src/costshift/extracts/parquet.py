"""Parquet files as raw tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import polars as pl
import polars.selectors as cs
from polars.io.plugins import register_io_source

from costshift.errors import ExtractError
from costshift.extracts.raw import MALFORMED_SCHEMA, RawTable

#: Rows that are read at once, and up to which they are kept rather than read anew.
_BATCH, _KEPT = 200_000, 500_000
#: The zone whose calendar decides the day of a time that is kept with a zone.
_ZONE = "Europe/London"
# 0001-01-01 and 9999-12-31 in days from 1970: what Python, and so every message and table, can hold.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_DAY = 86_400_000_000
# How ``infinity`` arrives: the greatest number, or the same after PostgreSQL's driver has moved it from 2000 to 1970.
_INFINITE_DAYS = (2**31 - 1, 2**31 - 1 + 10_957 - 2**32)
_INFINITE_TIMES = (2**63 - 1, 2**63 - 1 + 10_957 * _DAY - 2**64)


def read_parquet(path: Path) -> RawTable:
    """A Parquet file as a raw table. Dates stay dates; everything else is handled as text later.

    Raises:
        ExtractError: the file is not Parquet, is damaged, or has a column of lists, structures or durations.
    """
    import pyarrow as pa

    kept: list[pl.DataFrame] | None = []
    rows = 0
    try:
        for frame in _batches(path, None):
            rows += frame.height
            if kept is not None:
                kept = [*kept, frame] if rows <= _KEPT else None
            # The first batch shows what the columns hold.
            if rows == frame.height:
                headers = _text_or_days(path.name, frame)
                form = frame.head(0)
    except (pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise ExtractError(
            f"{path.name} cannot be read as Parquet ({why}). Ask the sender to write it again."
        ) from None
    if kept is not None:
        return table_of(pl.concat(kept))
    shown = table_of(form)
    return replace(shown, headers=headers, rows=_read_anew(path, shown.rows.collect_schema()), fitting=rows)


def _text_or_days(name: str, frame: pl.DataFrame) -> list[str]:
    """The headers, where every column holds what can be a cell."""
    for header, dtype in frame.schema.items():
        if dtype.is_nested() or dtype in (pl.Duration, pl.Object):
            raise ExtractError(
                f"{name}: the column {header!r} holds {dtype}, which is neither text, number nor date. Ask the "
                "sender to leave it out or to write it as text."
            )
    return frame.columns


def _batches(path: Path, columns: list[str] | None) -> Iterator[pl.DataFrame]:
    """The rows, a part at a time; at least one part."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    # Not by polars: it panics, on the console as well, at some files whose bytes were changed on the way.
    with ParquetFile(path) as file:
        batches = file.iter_batches(batch_size=_BATCH, columns=columns)
        for batch in chain([next(batches, None)], batches):
            table = file.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])
            # Damage that the format itself does not catch, such as a text that ends beyond its bytes.
            table.validate(full=True)
            # Older writers leave text unmarked, as bytes.
            yield dates_in_range(pl.DataFrame(table).with_columns(cs.binary().cast(pl.String)))


def _read_anew(path: Path, schema: pl.Schema) -> pl.LazyFrame:
    """The rows of a long file: read again, part by part, whenever they are wanted."""

    def rows(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        first, left = 1, n_rows
        for batch in _batches(path, None):
            frame = batch.rename(dict(zip(batch.columns, schema.names()[1:], strict=True)))
            frame = frame.with_row_index("source_row", offset=first).cast({"source_row": pl.Int64})
            first += batch.height
            frame = frame if predicate is None else frame.filter(predicate)
            frame = frame if with_columns is None else frame.select(with_columns)
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            yield frame
            if left == 0:
                return

    return register_io_source(rows, schema=schema)


def dates_in_range(frame: pl.DataFrame) -> pl.DataFrame:
    """Dates and times that Python can hold, and times that have a zone as they are in England.

    The day ``infinity`` becomes 9999-12-31, which is read as missing like the same date from other databases; any
    other day outside the years 1 to 9999 becomes the first of them, which is reported as out of range.
    """
    return frame.with_columns(
        _in_range(name, dtype) for name, dtype in frame.schema.items() if dtype in (pl.Date, pl.Datetime)
    )


def _in_range(name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    unit = 1
    if isinstance(dtype, pl.Datetime):
        value = value.dt.cast_time_unit("us")
        unit = _DAY
    physical = value.to_physical()
    first, last = _FIRST_DAY * unit, _LAST_DAY * unit
    infinite = physical.is_in(_INFINITE_DAYS if unit == 1 else _INFINITE_TIMES)
    outside = (physical < first) | (physical >= last + unit)
    whole = pl.when(infinite).then(pl.lit(last)).when(outside).then(pl.lit(first)).otherwise(physical)
    if not isinstance(dtype, pl.Datetime):
        return whole.cast(pl.Int32).cast(pl.Date).alias(name)
    time = whole.cast(pl.Int64).cast(pl.Datetime("us"))
    if dtype.time_zone is None:
        return time.alias(name)
    local = time.dt.replace_time_zone("UTC").dt.convert_time_zone(_ZONE).dt.replace_time_zone(None)
    return pl.when(infinite | outside).then(time).otherwise(local).alias(name)


def table_of(frame: pl.DataFrame) -> RawTable:
    """A frame as a raw table: row number = the record's number."""
    headers = frame.columns
    renamed = frame.rename({header: f"c{position}" for position, header in enumerate(headers)})
    return RawTable(
        headers=headers,
        rows=renamed.with_row_index("source_row", offset=1).with_columns(pl.col("source_row").cast(pl.Int64)).lazy(),
        fitting=frame.height,
        malformed=pl.DataFrame(schema=MALFORMED_SCHEMA),
    )
