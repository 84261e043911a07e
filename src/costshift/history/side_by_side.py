"""Columns that lie in memory beside rows that are read from files: the two in one order.

To put two frames side by side polars has a concat of its own. Its streaming engine lets the quicker side run ahead
(2.1): what the other side reads from files piles up in memory, with all its columns.
"""

from __future__ import annotations

import polars as pl

_AT = "_at_row"
_OWN = "_own_beside"


def side_by_side(rows: pl.LazyFrame, own: pl.DataFrame) -> pl.LazyFrame:
    """The rows with the columns of a frame of as many, each beside its own.

    Args:
        rows: whenever they are read, they come in one order.
        own: what stands beside them, in that order; of other names.
    """
    told = own.to_struct(_OWN)

    def of(places: pl.Series) -> pl.Series:
        count = len(places)
        # A part of a file has rows that follow one another, unless some were filtered out.
        if count and places[-1] - places[0] == count - 1:
            return told.slice(places[0], count)
        return told.gather(places)

    looked_up = pl.col(_AT).map_batches(of, return_dtype=told.dtype, is_elementwise=True)
    return rows.with_row_index(_AT).with_columns(looked_up.alias(_OWN)).drop(_AT).unnest(_OWN)
