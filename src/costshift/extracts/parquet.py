"""Parquet files as raw tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.raw import MALFORMED_SCHEMA, RawTable


def read_parquet(path: Path) -> RawTable:
    """A Parquet file as a raw table. Dates stay dates; everything else is handled as text later.

    Raises:
        ExtractError: the file is not Parquet, or is damaged.
    """
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ExtractError(
            f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]}). Ask the sender to write it again."
        ) from None
    headers = frame.columns
    renamed = frame.rename({header: f"c{position}" for position, header in enumerate(headers)})
    return RawTable(
        headers=headers,
        frame=renamed.with_row_index("source_row", offset=1).with_columns(pl.col("source_row").cast(pl.Int64)),
        malformed=pl.DataFrame(schema=MALFORMED_SCHEMA),
    )
