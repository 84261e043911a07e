"""Tables to files: Parquet with the meaning of each column in its metadata, and CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from costshift.publish.catalogue import MONEY, Column, Table
from costshift.publish.disclosure import SUPPRESSED


def published(table: Table, frame: pl.DataFrame, *, is_sorted: bool = False) -> pl.DataFrame:
    """A table as it is published: its columns in order, pence as pounds, sorted on its grain.

    ``suppressed`` stays where the frame has it. ``is_sorted``: the rows are in that order as they come.
    """
    columns = [
        _pounds(column.name, frame.schema[column.name])
        if column.dtype == MONEY
        else pl.col(column.name).cast(column.dtype)
        for column in table.columns
    ]
    extra = ["suppressed"] if "suppressed" in frame.columns else []
    own = frame.select(*columns, *extra)
    return own if is_sorted else own.sort(table.grain, nulls_last=True)


def write_table(table: Table, frame: pl.DataFrame, folder: Path, *, csv: bool) -> list[Path]:
    """Write a published table as Parquet and, where wanted, CSV; the same rows give the same bytes."""
    return write_parts(table, [frame], folder, csv=csv)


def write_parts(table: Table, parts: Iterable[pl.DataFrame], folder: Path, *, csv: bool) -> list[Path]:
    """Write a published table that comes in parts, of one schema and in order: one part at a time is held."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{table.name}.{ending}" for ending in (("parquet", "csv") if csv else ("parquet",))]
    with ExitStack() as files:
        writer: pq.ParquetWriter | None = None
        text = files.enter_context(paths[1].open("wb")) if csv else None
        for frame in parts:
            arrow = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            schema = _described_all(table, arrow.schema)
            if text is not None:
                frame.write_csv(text, line_terminator="\n", include_header=writer is None)
            if writer is None:
                own = pq.ParquetWriter(paths[0], schema, compression="zstd", version="2.6")
                writer = files.enter_context(own)
            # Put together anew, not cast: a cast loads all of pyarrow.compute, half a second.
            writer.write_table(pa.Table.from_arrays(arrow.columns, schema=schema))
    return paths


def _pounds(name: str, dtype: pl.DataType) -> pl.Expr:
    if not dtype.is_integer():
        return pl.col(name).cast(MONEY)
    return (pl.col(name).cast(pl.Decimal(28, 2)) / pl.lit(100, dtype=pl.Decimal(28, 2))).cast(MONEY)


def _described_all(table: Table, schema: pa.Schema) -> pa.Schema:
    columns = {column.name: column for column in (*table.columns, SUPPRESSED)}
    return pa.schema(
        [_described(field, columns[field.name]) for field in schema],
        metadata={
            "title": table.title,
            "grain": json.dumps(list(table.grain)),
            "definition": table.definition,
        },
    )


def _described(field: pa.Field, column: Column) -> pa.Field:
    return field.with_metadata({"meaning": column.meaning, "unit": column.unit})
