"""Parquet files as raw tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import polars.selectors as cs

from costshift.errors import ExtractError
from costshift.extracts.raw import MALFORMED_SCHEMA, RawTable

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
    from pyarrow.parquet import ParquetFile

    try:
        # Not by polars: it panics, on the console as well, at some files whose bytes were changed on the way.
        with ParquetFile(path) as file:
            table = file.read()
        # Damage that the format itself does not catch, such as a text that ends beyond its bytes.
        table.validate(full=True)
        content = pl.DataFrame(table)
        # Older writers leave text unmarked, as bytes.
        frame = content.with_columns(cs.binary().cast(pl.String))
    except (pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise ExtractError(
            f"{path.name} cannot be read as Parquet ({why}). Ask the sender to write it again."
        ) from None
    for header, dtype in frame.schema.items():
        if dtype.is_nested() or dtype in (pl.Duration, pl.Object):
            raise ExtractError(
                f"{path.name}: the column {header!r} holds {dtype}, which is neither text, number nor date. Ask the "
                "sender to leave it out or to write it as text."
            )
    return table_of(dates_in_range(frame))


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
