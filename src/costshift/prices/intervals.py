"""Periods of days, both ends included, by month and joined where they touch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl


def by_month(periods: pl.LazyFrame, from_date: str = "from_date", to_date: str = "to_date") -> pl.LazyFrame:
    """Cut periods at the ends of months: a row a period and month that it touches, never a row a day.

    Adds ``month`` and ``days``; the two dates become those within the month, both included.
    """
    month = pl.col("month")
    return (
        periods.filter(pl.col(from_date) <= pl.col(to_date))
        .with_columns(
            pl.date_ranges(pl.col(from_date).dt.month_start(), pl.col(to_date).dt.month_start(), interval="1mo").alias(
                "month"
            )
        )
        .explode("month")
        .with_columns(
            pl.max_horizontal(from_date, "month").alias(from_date),
            pl.min_horizontal(pl.col(to_date), month.dt.month_end()).alias(to_date),
        )
        .with_columns(((pl.col(to_date) - pl.col(from_date)).dt.total_days() + 1).cast(pl.Int64).alias("days"))
    )


def joined(periods: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """Periods of one owner that overlap or touch, as one: ``by``, from_date, to_date; no day twice."""
    day = dt.timedelta(days=1)
    before = pl.col("to_date").cum_max().shift(1).over(by)
    return (
        periods.select(*by, "from_date", "to_date")
        .sort(*by, "from_date", "to_date")
        .with_columns((before.is_null() | (pl.col("from_date") > before + day)).alias("_starts"))
        .with_columns(pl.col("_starts").cum_sum().over(by).alias("_run"))
        .group_by(*by, "_run")
        .agg(pl.col("from_date").min(), pl.col("to_date").max())
        .select(*by, "from_date", "to_date")
    )
