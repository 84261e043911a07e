"""Parquet files as raw tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import polars as pl
import polars.selectors as cs

from costshift.errors import ExtractError
from costshift.extracts.raw import Counts, RawTable, Room, read_anew

#: Rows that are read at once, and that show what the columns of a file hold.
_BATCH, _SHOWING = 200_000, 1_000
#: The zone whose calendar decides the day of a time that is kept with a zone.
_ZONE = "Europe/London"
# 0001-01-01 and 9999-12-31 in days from 1970: what Python, and so every message and table, can hold.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_DAY = 86_400_000_000
# How ``infinity`` arrives: the greatest number, or the same after PostgreSQL's driver has moved it from 2000 to 1970.
_INFINITE_DAYS = (2**31 - 1, 2**31 - 1 + 10_957 - 2**32)
_INFINITE_TIMES = (2**63 - 1, 2**63 - 1 + 10_957 * _DAY - 2**64)


def read_parquet(path: Path, room: Room | None = None) -> RawTable:
    """A Parquet file as a raw table. Dates stay dates; everything else is handled as text later.

    Args:
        path: the file.
        room: memory that it shares with other files.

    Raises:
        ExtractError: the file is not Parquet, is damaged, or has a column of lists, structures or durations.
    """
    room = room or Room()
    first = next(_batches(path, rows=_SHOWING))
    headers = _text_or_days(path.name, first)
    height, size = _height_of(path)
    if room.take(max(size, int(first.estimated_size()) * height // max(first.height, 1))):
        return table_of(pl.concat(_batches(path)))
    shown = table_of(first.head(0))
    schema = shown.rows.collect_schema()
    rows = _rows_of(path, schema, headers, height)
    picked = _picked_from(path, schema, headers, height) if _is_plain(path) else None
    return replace(shown, headers=headers, rows=rows, counts=partial(Counts, height), picked=picked)


def _text_or_days(name: str, frame: pl.DataFrame) -> list[str]:
    """The headers, where every column holds what can be a cell."""
    for header, dtype in frame.schema.items():
        if dtype.is_nested() or dtype in (pl.Duration, pl.Object):
            raise ExtractError(
                f"{name}: the column {header!r} holds {dtype}, which is neither text, number nor date. Ask the "
                "sender to leave it out or to write it as text."
            )
    return frame.columns


def _batches(path: Path, columns: list[str] | None = None, rows: int | None = None) -> Iterator[pl.DataFrame]:
    """The rows, a part at a time; at least one part.

    Raises:
        ExtractError: the file is not Parquet, or is damaged.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        # Not by polars: of files whose bytes were changed on the way it reads some as if they were whole, and panics at
        # others, on the console as well.
        with ParquetFile(path) as file:
            batches = file.iter_batches(batch_size=rows or _BATCH, columns=columns)
            for batch in chain([next(batches, None)], batches):
                table = file.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])
                # Damage that the format itself does not catch, such as a text that ends beyond its bytes.
                table.validate(full=True)
                # Older writers leave text unmarked, as bytes.
                yield dates_in_range(pl.DataFrame(table).with_columns(cs.binary().cast(pl.String)))
    except (pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise _damaged(path, next(iter(str(error).splitlines()), type(error).__name__)) from None


def _height_of(path: Path) -> tuple[int, int]:
    """How many rows the file says that it has, and how many bytes they are before they are packed."""
    from pyarrow.parquet import read_metadata

    metadata = read_metadata(path)
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    return metadata.num_rows, sum(group.total_byte_size for group in groups)


def _damaged(path: Path, why: str) -> ExtractError:
    return ExtractError(f"{path.name} cannot be read as Parquet ({why}). Ask the sender to write it again.")


def _rows_of(path: Path, schema: pl.Schema, headers: list[str], height: int) -> pl.LazyFrame:
    """The rows of a long file: read again, part by part, whenever they are wanted; of the columns only these."""
    names = schema.names()[1:]
    header_of = dict(zip(names, headers, strict=True))

    def parts(asked: Collection[str] | None) -> Iterator[pl.DataFrame]:
        # Rows cannot be counted without a column.
        wanted = [name for name in names if asked is None or name in asked] or names[:1]
        past = 0
        chosen = [header_of[name] for name in wanted]
        for batch in _batches(path, chosen):
            # Asked for "ward", pyarrow gives "ward.code" as well.
            frame = batch.select(chosen).rename(dict(zip(chosen, wanted, strict=True)))
            yield frame.with_row_index("source_row", offset=past + 1).cast({"source_row": pl.Int64})
            past += batch.height
        if past != height:
            raise _damaged(path, f"it says that it has {height} rows, and has {past}")

    return read_anew(parts, schema)


def _is_plain(path: Path) -> bool:
    """Whether all columns are texts, numbers and days of a kind that every reader of such files knows."""
    import pyarrow as pa
    from pyarrow.parquet import read_schema

    text = (pa.types.is_string, pa.types.is_large_string)
    number = (pa.types.is_integer, pa.types.is_float32, pa.types.is_float64)
    tests = (*text, *number, pa.types.is_boolean, pa.types.is_date32)
    return all(any(test(dtype) for test in tests) for dtype in read_schema(path).types)


def _picked_from(path: Path, schema: pl.Schema, headers: list[str], height: int) -> Callable[[pl.Series], pl.DataFrame]:
    """Some rows of a long file by their number: by polars, in a quarter of the time, once all of it has gone by."""
    # A name that no column has.
    at = f"{max(headers, key=len)}_"

    def picked(source_rows: pl.Series) -> pl.DataFrame:
        try:
            every = pl.scan_parquet(
                path, row_index_name=at, row_index_offset=1, use_statistics=False, glob=False, hive_partitioning=False
            )
            found = every.filter(pl.col(at).is_in(source_rows.cast(pl.UInt32).implode())).select(at, *headers)
            rows, there = pl.collect_all([found, every.select(pl.len())], engine="streaming")
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise _damaged(path, next(iter(str(error).splitlines()), type(error).__name__)) from None
        if there.item() != height:
            raise _damaged(path, f"it says that it has {height} rows, and has {there.item()}")
        return dates_in_range(rows.rename(dict(zip(rows.columns, schema.names(), strict=True)))).cast(schema)

    return picked


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
        counts=partial(Counts, frame.height),
    )
