"""Tables to files: Parquet with the meaning of each column in its metadata, and CSV."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from costshift.publish.catalogue import MONEY, Column, Table
from costshift.publish.disclosure import SUPPRESSED


def published(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """A table as it is published: its columns in order, pence as pounds, sorted on its grain.

    ``suppressed`` stays where the frame has it.
    """
    columns = [
        _pounds(column.name, frame.schema[column.name])
        if column.dtype == MONEY
        else pl.col(column.name).cast(column.dtype)
        for column in table.columns
    ]
    extra = ["suppressed"] if "suppressed" in frame.columns else []
    return frame.select(*columns, *extra).sort(table.grain, nulls_last=True)


def write_table(table: Table, frame: pl.DataFrame, folder: Path, *, csv: bool) -> list[Path]:
    """Write a published table as Parquet and, where wanted, CSV; the same rows give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = {column.name: column for column in (*table.columns, SUPPRESSED)}
    arrow = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    fields = [_described(arrow.schema.field(name), columns[name]) for name in frame.columns]
    schema = pa.schema(
        fields,
        metadata={
            "title": table.title,
            "grain": json.dumps(list(table.grain)),
            "definition": table.definition,
        },
    )
    paths = [folder / f"{table.name}.parquet"]
    # Put together anew, not cast: a cast loads all of pyarrow.compute, half a second.
    pq.write_table(pa.Table.from_arrays(arrow.columns, schema=schema), paths[0], compression="zstd", version="2.6")
    if csv:
        paths.append(folder / f"{table.name}.csv")
        frame.write_csv(paths[-1], line_terminator="\n")
    return paths


def _pounds(name: str, dtype: pl.DataType) -> pl.Expr:
    if not dtype.is_integer():
        return pl.col(name).cast(MONEY)
    return (pl.col(name).cast(pl.Decimal(28, 2)) / pl.lit(100, dtype=pl.Decimal(28, 2))).cast(MONEY)


def _described(field: pa.Field, column: Column) -> pa.Field:
    return field.with_metadata({"meaning": column.meaning, "unit": column.unit})
