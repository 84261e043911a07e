"""Each partner's position: what it absorbed for others, and what others absorbed for it, in double entry."""

from __future__ import annotations

import polars as pl

GRAIN = ("month", "partner", "nature", "basis")


def partner_positions(shifts: pl.LazyFrame) -> pl.LazyFrame:
    """Positions by month, partner, nature and basis.

    Natures and bases are never summed: a notional bed day is no cash, an estimate no count. The nets of a
    month, nature and basis, the row ``unallocated`` included, sum to zero: checked in the run.

    Args:
        shifts: month, driver, payer, nature, basis, amount (pence), people, _days.

    Returns:
        Grain, absorbed_for_others, passed_to_others, net_absorbed (pence); _absorbed_people, _passed_people,
        what they rest on, for disclosure control.
    """
    moved = pl.col("driver") != pl.col("payer")
    sides = [
        shifts.select(
            "month",
            pl.col(side).alias("partner"),
            "nature",
            "basis",
            pl.when(moved).then("amount").otherwise(0).alias(own),
            pl.lit(0, dtype=pl.Int64).alias(other),
            pl.when(moved).then("people").otherwise(0).alias(f"_{own}_people"),
            pl.lit(0, dtype=pl.Int64).alias(f"_{other}_people"),
        )
        for side, own, other in (("payer", "absorbed", "passed"), ("driver", "passed", "absorbed"))
    ]
    return (
        pl.concat(sides, how="diagonal")
        .group_by(GRAIN)
        .agg(pl.col("absorbed", "passed", "_absorbed_people", "_passed_people").sum())
        .select(
            *GRAIN,
            pl.col("absorbed").alias("absorbed_for_others"),
            pl.col("passed").alias("passed_to_others"),
            (pl.col("absorbed") - pl.col("passed")).alias("net_absorbed"),
            "_absorbed_people",
            "_passed_people",
        )
        .sort(GRAIN)
    )
