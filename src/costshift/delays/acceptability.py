"""Whether a provider's month can be counted at all, and whether its ready dates are complete enough to be used.

A trust must not win by leaving dates blank: a month without any ready date is not computable, never zero, and
a month with too few is listed and left out of totals, charts and costs.
"""

from __future__ import annotations

import polars as pl

#: Stays from this many nights on must have a ready date to count as complete.
LONG_STAY_NIGHTS = 7


def provider_months(spells: pl.LazyFrame, min_complete: float) -> pl.LazyFrame:
    """The state of each provider's month of discharges.

    Grain: month, provider. ``discharges``, ``with_ready_date``, ``long_stays`` (that ended, after 7 nights or more),
    ``long_stays_with_ready_date``, ``computable`` (any usable ready date) and ``acceptable`` (computable, and
    the share of long stays with one is at least ``min_complete``; a month without long stays is complete).

    Args:
        spells: dated spells with the cohort marked.
        min_complete: ready_date_min_complete of the project.
    """
    # A spell that ends in a transfer ends no stay: nobody was ready to leave.
    long_stay = pl.col("ends_stay") & (pl.col("stay_nights") >= LONG_STAY_NIGHTS)
    has_date = ~pl.col("ready_date_missing")
    return (
        spells.filter(pl.col("in_cohort") & pl.col("is_discharged"))
        .group_by("month", "provider")
        .agg(
            pl.len().cast(pl.Int64).alias("discharges"),
            has_date.sum().cast(pl.Int64).alias("with_ready_date"),
            long_stay.sum().cast(pl.Int64).alias("long_stays"),
            (long_stay & has_date).sum().cast(pl.Int64).alias("long_stays_with_ready_date"),
        )
        .with_columns((pl.col("with_ready_date") > 0).alias("computable"))
        .with_columns(
            (
                pl.col("computable")
                & (
                    (pl.col("long_stays") == 0)
                    | (pl.col("long_stays_with_ready_date") / pl.col("long_stays") >= min_complete)
                )
            ).alias("acceptable")
        )
    )
