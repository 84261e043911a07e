"""What a council's care packages cost a week, by DHSC's arithmetic."""

from __future__ import annotations

import polars as pl

from costshift import standards


def weekly_pence() -> pl.Expr:
    """The weekly cost of a service in whole pence; null where the extract does not tell.

    Unit cost x units a week: by the cost frequency, else (hourly, daily, per session) the planned units. Negative
    figures count as positive; a cost of 0 or a one-off is no weekly cost. Source: DHSC, 6.Costs_fact.sql (the cost
    frequency is trusted over the planned units).
    """
    frequency = standards.normalise(pl.col("cost_frequency"))
    table = standards.cost_frequencies()
    units = frequency.replace_strict(
        {name: units for name, (units, _) in table.items()}, default=None, return_dtype=pl.Int64
    )
    weeks = frequency.replace_strict(
        {name: weeks for name, (_, weeks) in table.items()}, default=None, return_dtype=pl.Int64
    )
    cost = (pl.col("unit_cost").cast(pl.Float64).abs() * 100).round()
    planned = pl.col("planned_units_per_week").cast(pl.Float64).abs()
    weekly = pl.when(units.is_not_null()).then(cost * units / weeks).otherwise(cost * planned).round().cast(pl.Int64)
    return pl.when(pl.col("cost_frequency").is_not_null() & (weekly > 0)).then(weekly)
