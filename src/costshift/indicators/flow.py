"""Indicators of flow between hospital and what follows."""

from __future__ import annotations

import polars as pl

from costshift import standards


def flow_indicators(spells: pl.LazyFrame, months: pl.LazyFrame) -> pl.LazyFrame:
    """Indicators by month and council.

    Grain: month, council, indicator. ``died_while_delayed``: of the people whose spell ended in the month after
    at least one delayed day, those who died. Their days stay in the delayed bed days; the measures of
    discharges leave them out, and no one's wait disappears because it ended in death.

    Args:
        spells: dated spells with the cohort marked, with ``person``.
        months: the state of each provider's month: those that are not acceptable are left out.
    """
    refused = months.filter(~pl.col("acceptable")).select("month", "provider")
    ended = spells.filter(pl.col("in_scope") & pl.col("is_discharged") & (pl.col("delay_days") >= 1)).join(
        refused, on=["month", "provider"], how="anti"
    )
    values = standards.cohort_filter_values().filter(pl.col("filter") == "not_died")
    died = pl.any_horizontal(
        (pl.col(column) == value).fill_null(False) for column, value in values.select("column", "value").iter_rows()
    )
    return (
        ended.group_by("month", "council")
        .agg(
            pl.lit("died_while_delayed").alias("indicator"),
            pl.col("person").filter(died).n_unique().cast(pl.Int64).alias("numerator"),
            pl.col("person").n_unique().cast(pl.Int64).alias("denominator"),
        )
        .with_columns((pl.col("numerator") / pl.col("denominator")).alias("value"))
        .sort("month", "council", "indicator")
    )
