"""Stays: spells of one person joined by a transfer within a day."""

from __future__ import annotations

import numpy as np
import polars as pl

#: How the spells of a person follow one another; the last two name the spell.
_ORDER = ("person", "admission_date", "discharge_date", "provider_code", "spell_id")


def with_stay_start(spells: pl.LazyFrame, transfers: pl.DataFrame) -> pl.LazyFrame:
    """Add ``stay_start``, the admission date of the stay's first spell, and ``starts_stay`` and ``ends_stay``.

    Which say whether the spell is the first and the last of its stay: several may have the day of its start.

    A spell whose destination is a hospital ends no stay, whether or not the next spell is there yet.

    A spell continues the stay of the person's previous spell when it starts on the day of that spell's
    discharge or the day after, and a code says that it was a transfer: the earlier spell's discharge
    destination, or the later one's admission method or source.

    Args:
        spells: person, admission_date, discharge_date, provider_code, spell_id and the code columns; whenever they
            are read, they come in the same order.
        transfers: column, value: the codes that tell of a transfer (standards).
    """
    left_by, came_by = pl.lit(False), pl.lit(False)
    for (column,), rows in transfers.group_by("column", maintain_order=True):
        told = pl.col(str(column)).is_in(rows["value"].to_list()).fill_null(False)
        if str(column).startswith("discharge_"):
            left_by = left_by | told
        else:
            came_by = came_by | told
    # Few people are ever transferred: only their spells are put in order.
    marked = spells.select(*_ORDER, left_by.alias("_left_by"), came_by.alias("_came_by")).with_row_index("_row")
    moved = marked.filter(pl.col("_left_by") | pl.col("_came_by")).select("person").unique()
    stays = _stays(marked.join(moved, on="person", how="semi", nulls_equal=True)).sort("_row").collect()
    return (
        spells.with_row_index("_row")
        .with_columns(_of_row(stays).alias("_stay"))
        .with_columns(
            pl.col("_stay").struct.field("stay_start").fill_null(pl.col("admission_date")),
            pl.col("_stay").struct.field("starts_stay", "ends_stay").fill_null(value=True),
        )
        .drop("_row", "_stay")
    )


def _of_row(stays: pl.DataFrame) -> pl.Expr:
    """A struct of what ``stays``, few and sorted on _row, say of a row; null of most. A join would move all columns."""
    of = stays.select("stay_start", "starts_stay", "ends_stay").to_struct()
    numbers = stays["_row"].to_numpy()

    def found(rows: pl.Series) -> pl.Series:
        wanted = rows.to_numpy()
        place = np.full(len(wanted), -1, dtype=np.int64)
        if len(wanted):
            # The rows of a part ascend: the few stays are looked for among them, not each of them among the stays.
            first, last = np.searchsorted(numbers, (wanted[0], wanted[-1] + 1))
            at = np.searchsorted(wanted, numbers[first:last])
            here = wanted[at] == numbers[first:last]
            place[at[here]] = np.arange(first, last)[here]
        own = pl.Series(place)
        return of.gather(pl.select(pl.when(own >= 0).then(own)).to_series())

    return pl.col("_row").map_batches(found, return_dtype=of.dtype, is_elementwise=True)


def _stays(marked: pl.LazyFrame) -> pl.LazyFrame:
    """_row, stay_start, starts_stay, ends_stay of the spells of some people."""
    gap = (pl.col("admission_date") - pl.col("_previous_discharge")).dt.total_days()
    ends = ~pl.col("_continues").shift(-1).over("person").fill_null(False)
    return (
        marked.sort(_ORDER, nulls_last=True)
        .with_columns(
            pl.col("discharge_date").shift(1).over("person").alias("_previous_discharge"),
            pl.col("_left_by").shift(1).over("person").fill_null(False).alias("_left_by_transfer"),
        )
        .with_columns(
            (gap.is_between(0, 1) & (pl.col("_left_by_transfer") | pl.col("_came_by")))
            .fill_null(False)
            .alias("_continues")
        )
        .with_columns((~pl.col("_continues")).cum_sum().over("person").alias("_stay"))
        .select(
            "_row",
            pl.col("admission_date").min().over("person", "_stay").alias("stay_start"),
            (~pl.col("_continues")).alias("starts_stay"),
            (ends & ~(pl.col("_left_by") & pl.col("discharge_date").is_not_null())).alias("ends_stay"),
        )
    )
