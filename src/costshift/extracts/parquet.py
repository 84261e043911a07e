"""Parquet files as raw tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import polars.selectors as cs

from costshift.errors import ExtractError
from costshift.extracts.raw import MALFORMED_SCHEMA, RawTable


def read_parquet(path: Path) -> RawTable:
    """A Parquet file as a raw table. Dates stay dates; everything else is handled as text later.

    Raises:
        ExtractError: the file is not Parquet, is damaged, or has a column of lists, structures or durations.
    """
    try:
        # Older writers leave text unmarked, as bytes.
        frame = pl.read_parquet(path).with_columns(cs.binary().cast(pl.String))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        # Polars panics, past every Exception, at some files whose bytes were changed on the way.
        raise ExtractError(
            f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]}). Ask the sender to write it again."
        ) from None
    headers = frame.columns
    for header, dtype in frame.schema.items():
        if dtype.is_nested() or dtype in (pl.Duration, pl.Object):
            raise ExtractError(
                f"{path.name}: the column {header!r} holds {dtype}, which is neither text, number nor date. Ask the "
                "sender to leave it out or to write it as text."
            )
    renamed = frame.rename({header: f"c{position}" for position, header in enumerate(headers)})
    return RawTable(
        headers=headers,
        frame=renamed.with_row_index("source_row", offset=1).with_columns(pl.col("source_row").cast(pl.Int64)),
        malformed=pl.DataFrame(schema=MALFORMED_SCHEMA),
    )
