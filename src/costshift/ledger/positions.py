"""Each partner's position: what it absorbed for others, and what others absorbed for it, in double entry."""

from __future__ import annotations

import polars as pl

GRAIN = ("month", "partner", "nature", "basis")


def partner_positions(shifts: pl.LazyFrame, people: pl.LazyFrame, pooled: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Positions by month, partner, nature and basis.

    Natures and bases are never summed: a notional bed day is no cash, an estimate no count. The nets of a
    month, nature and basis, the row ``unallocated`` included, sum to zero: checked in the run.

    Args:
        shifts: month, driver, payer, nature, basis, amount (pence).
        people: month, driver, payer, nature, basis, person: everyone behind the shifts.
        pooled: rows of shifts of whose people only the number is known, with ``people``: never too many.

    Returns:
        Grain, absorbed_for_others, passed_to_others, net_absorbed (pence); _absorbed_people, _passed_people:
        the different people behind each, for disclosure control.
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
        ).select("month", "partner", "nature", "basis", "absorbed", "passed")
        for side, own, other in (("payer", "absorbed", "passed"), ("driver", "passed", "absorbed"))
    ]
    behind = [
        people.filter(moved)
        .group_by("month", pl.col(side).alias("partner"), "nature", "basis")
        .agg(pl.col("person").n_unique().cast(pl.Int64).alias(name))
        for side, name in (("payer", "_absorbed_people"), ("driver", "_passed_people"))
    ]
    table = pl.concat(sides).group_by(GRAIN).agg(pl.col("absorbed", "passed").sum())
    for counted in behind:
        table = table.join(counted, on=list(GRAIN), how="left")
    if pooled is not None:
        for side, name in (("payer", "_absorbed_people"), ("driver", "_passed_people")):
            numbers = pooled.group_by("month", pl.col(side).alias("partner"), "nature", "basis").agg(
                pl.col("people").max().alias("_number")
            )
            table = (
                table.join(numbers, on=list(GRAIN), how="left")
                .with_columns(pl.max_horizontal(name, "_number").alias(name))
                .drop("_number")
            )
    return table.select(
        *GRAIN,
        pl.col("absorbed").alias("absorbed_for_others"),
        pl.col("passed").alias("passed_to_others"),
        (pl.col("absorbed") - pl.col("passed")).alias("net_absorbed"),
        pl.col("_absorbed_people", "_passed_people").fill_null(0),
    ).sort(GRAIN)
