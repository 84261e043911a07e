"""Whole numbers that add up: shares of a whole by largest remainder, and rounding to a base."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def apportion(parts: pl.LazyFrame, whole: str, share: str, by: Sequence[str], tie: str) -> pl.LazyFrame:
    """Split whole numbers by per cent, so that the parts sum to the whole.

    The largest remainders get the units that are left; of equal remainders the larger share does, then the
    first in the order of ``tie``.

    Args:
        parts: one row a part; ``whole`` (an integer) is the same in all parts of one cell, and their ``share``
            (whole per cent) sum to 100.
        whole: the column to split.
        share: the column of the shares.
        by: the columns that name a cell.
        tie: the column that names the parts of a cell.

    Returns:
        ``parts`` with the column ``part``, an integer.
    """
    product = pl.col(whole) * pl.col(share)
    rank = pl.struct(-(product % 100), -pl.col(share), pl.col(tie)).rank("ordinal").over(by)
    left = pl.col(whole) - (product // 100).sum().over(by)
    return parts.with_columns((product // 100 + (rank <= left).cast(pl.Int64)).alias("part"))


def rounded_to(value: pl.Expr, base: int) -> pl.Expr:
    """The nearest multiple of ``base``, halves upwards; negative values as their positive twins."""
    size = value.abs()
    nearest = (2 * size + base) // (2 * base) * base
    return pl.when(value < 0).then(-nearest).otherwise(nearest)
