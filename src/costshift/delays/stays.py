"""Stays: spells of one person joined by a transfer within a day."""

from __future__ import annotations

import polars as pl


def with_stay_start(spells: pl.LazyFrame, transfers: pl.DataFrame) -> pl.LazyFrame:
    """Add ``stay_start``, the admission date of the first spell of the stay, and ``ends_stay``, whether it is the last.

    A spell whose destination is a hospital ends no stay, whether or not the next spell is there yet.

    A spell continues the stay of the person's previous spell when it starts on the day of that spell's
    discharge or the day after, and a code says that it was a transfer: the earlier spell's discharge
    destination, or the later one's admission method or source.

    Args:
        spells: person, admission_date, discharge_date, provider_code, spell_id and the code columns.
        transfers: column, value: the codes that tell of a transfer (standards).
    """
    order = ["person", "admission_date", "discharge_date", "provider_code", "spell_id"]
    left_by, came_by = pl.lit(False), pl.lit(False)
    for (column,), rows in transfers.group_by("column", maintain_order=True):
        told = pl.col(str(column)).is_in(rows["value"].to_list()).fill_null(False)
        if str(column).startswith("discharge_"):
            left_by = left_by | told
        else:
            came_by = came_by | told
    discharged = pl.col("discharge_date").is_not_null()
    gap = (pl.col("admission_date") - pl.col("_previous_discharge")).dt.total_days()
    return (
        spells.sort(order, nulls_last=True)
        .with_columns(
            pl.col("discharge_date").shift(1).over("person").alias("_previous_discharge"),
            left_by.shift(1).over("person").fill_null(False).alias("_left_by_transfer"),
        )
        .with_columns(
            (gap.is_between(0, 1) & (pl.col("_left_by_transfer") | came_by)).fill_null(False).alias("_continues")
        )
        .with_columns((~pl.col("_continues")).cum_sum().over("person").alias("_stay"))
        .with_columns(
            pl.col("admission_date").first().over("person", "_stay").alias("stay_start"),
            (~pl.col("_continues").shift(-1).over("person").fill_null(False) & ~(left_by & discharged)).alias(
                "ends_stay"
            ),
        )
        .drop("_previous_discharge", "_left_by_transfer", "_continues", "_stay")
    )
