"""Whole numbers that add up: shares of a whole by largest remainder, and rounding to a base."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl


def apportion(parts: pl.LazyFrame, whole: str, share: str, by: Sequence[str], name: str) -> pl.LazyFrame:
    """Split whole numbers by per cent, so that the parts sum to the whole.

    The largest remainders get the units that are left; of equal remainders the larger share does. What is then
    still equal takes turns: the parts stand in a ring, in the order of their names, and a hash (SHA-256) of
    the cell's own text says where in the ring the cell starts. So no name gains over many cells, and the same
    cell is always split in the same way.

    Args:
        parts: one row a part; ``whole`` (an integer) is the same in all parts of one cell, and their ``share``
            (whole per cent) sum to 100.
        whole: the column to split.
        share: the column of the shares.
        by: the columns that name a cell.
        name: the column that names the parts of a cell, each once.

    Returns:
        ``parts`` with the column ``part``, an integer.
    """
    text = pl.concat_str((pl.col(column).cast(pl.String).fill_null("") for column in by), separator="|")
    turn = text.map_batches(_hashes, return_dtype=pl.Int64)
    parts_of_cell = pl.len().over("_cell").cast(pl.Int64)
    # A number for each cell: to look for it by all its texts takes several times as long.
    placed = _numbered_within(parts.with_columns(pl.struct(by).rank("dense").alias("_cell")), "_place", name)
    product = pl.col(whole) * pl.col(share)
    split = placed.with_columns(
        (product // 100).alias("_sure"),
        (-(product % 100)).alias("_rest"),
        (-pl.col(share)).alias("_share"),
        ((pl.col("_place") + turn) % parts_of_cell).alias("_order"),
    )
    left = pl.col(whole) - pl.col("_sure").sum().over("_cell")
    return (
        _numbered_within(split, "_rank", "_rest", "_share", "_order")
        .with_columns((pl.col("_sure") + (pl.col("_rank") < left).cast(pl.Int64)).alias("part"))
        .drop("_cell", "_place", "_sure", "_rest", "_share", "_order", "_rank")
    )


def _numbered_within(parts: pl.LazyFrame, number: str, *order: str) -> pl.LazyFrame:
    """The parts with ``number``: 0, 1 … within each ``_cell``, in the given order; one sort, not one a cell."""
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    ordered = parts.sort("_cell", *order).with_columns(row.alias(number))
    return ordered.with_columns(pl.col(number) - pl.col(number).min().over("_cell"))


def cross(
    parts: pl.LazyFrame, pieces: pl.LazyFrame, by: Sequence[str], name: str, within: Sequence[str], most: int
) -> pl.LazyFrame:
    """Split the pieces of each cell among its parts, so that both add up to what they were.

    Each part of a cell has its whole number already, and so has each piece: what is worked out is how many of a
    piece's units are of which part, as nearly in proportion as whole numbers allow. A cell's pieces lie in a line,
    in the order of their names, and each part in turn takes its units from it evenly spaced; where the spacing
    starts is told by a hash (SHA-256) of the cell's own text, so that no piece gains over many cells.

    Args:
        parts: ``by``, ``name``, ``units`` (positive); one row a part of a cell.
        pieces: ``by``, ``within``, ``units`` (positive); one row a piece. Their sum in each cell is that of the parts.
        by: the columns that name a cell.
        name: the column that names a cell's parts.
        within: the columns that name a cell's pieces, all text.
        most: the most parts that a cell has.

    Returns:
        ``by``, ``within``, ``name``, ``units`` (positive).
    """
    keys, columns = list(by), [*by, *within, name, "units"]
    placed = parts.with_columns(
        pl.col(name).rank("ordinal").over(keys).cast(pl.Int64).alias("_place"),
        pl.len().over(keys).cast(pl.Int64).alias("_parts"),
    )
    whole = placed.filter(pl.col("_parts") == 1).select(*keys, name)
    taken = [pieces.join(whole, on=keys, nulls_equal=True).select(columns)]
    shared = (
        placed.filter(pl.col("_parts") > 1)
        .sort(*keys, "_place")
        .with_columns(pl.col("units").cum_sum().over(keys).alias("_up_to"))
    )
    text = pl.concat_str((pl.col(column).cast(pl.String).fill_null("") for column in by), separator="|")
    left = (
        pieces.join(shared.select(keys).unique(), on=keys, how="semi", nulls_equal=True)
        .with_columns(text.map_batches(_hashes, return_dtype=pl.Int64).alias("_start"))
        .sort(*keys, *within)
    )
    for place in range(most, 0, -1):
        own = shared.filter(pl.col("_place") == place).select(*keys, name, pl.col("units").alias("_own"), "_up_to")
        line = pl.col("units").cum_sum().over(keys)
        start = pl.col("_start") % pl.col("_up_to")
        reached = (line * pl.col("_own") + start) // pl.col("_up_to")
        before = ((line - pl.col("units")) * pl.col("_own") + start) // pl.col("_up_to")
        split = left.join(own, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(
            (reached - before).fill_null(0).alias("_taken")
        )
        taken.append(split.filter(pl.col("_taken") > 0).select(*keys, *within, name, pl.col("_taken").alias("units")))
        left = split.with_columns(pl.col("units") - pl.col("_taken")).drop(name, "_own", "_up_to", "_taken")
    return pl.concat(taken)


def _hashes(texts: pl.Series) -> pl.Series:
    """The first four bytes of each text's SHA-256: similar texts leave no pattern in it, as they do in a checksum."""
    digests = (hashlib.sha256(text.encode("utf-8")).digest() for text in texts)
    return pl.Series(texts.name, [int.from_bytes(digest[:4], "big") for digest in digests], dtype=pl.Int64)


def rounded_to(value: pl.Expr, base: int) -> pl.Expr:
    """The nearest multiple of ``base``, halves upwards; negative values as their positive twins."""
    return rounded_to_each(value, pl.lit(base, dtype=pl.Int64))


def rounded_to_each(value: pl.Expr, base: pl.Expr) -> pl.Expr:
    """As :func:`rounded_to`, with each row's own base."""
    size = value.abs()
    nearest = (2 * size + base) // (2 * base) * base
    return pl.when(value < 0).then(-nearest).otherwise(nearest)
