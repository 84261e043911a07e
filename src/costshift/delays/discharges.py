"""Discharges and how long they came after the discharge ready date: the official measures."""

from __future__ import annotations

import polars as pl

GRAIN = ("month", "provider", "setting", "council", "discharge_pathway")
#: The official bands: column -> (least, most) days of delay.
BANDS = {
    "delay_1_day": (1, 1),
    "delay_2_3_days": (2, 3),
    "delay_4_6_days": (4, 6),
    "delay_7_13_days": (7, 13),
    "delay_14_20_days": (14, 20),
    "delay_21_plus_days": (21, None),
}
#: Measures that a month without any ready date cannot give.
NEED_READY_DATES = ("discharged_on_ready_date", "delayed_discharges", *BANDS, "bed_days_lost")


def discharges_that_count(ready_date_missing: str) -> pl.Expr:
    """Whether a dated spell is a discharge that counts: under ``exclude`` not without a usable ready date."""
    counts = pl.col("in_cohort") & pl.col("is_discharged")
    return counts if ready_date_missing == "no_delay" else counts & ~pl.col("ready_date_missing")


def discharge_delays(spells: pl.LazyFrame, months: pl.LazyFrame, ready_date_missing: str) -> pl.LazyFrame:
    """Discharges by their delay.

    Grain: month of discharge, provider, setting, council, discharge_pathway. Delay = discharge date less
    discharge ready date, in days (`docs/methods/delays.md`; NHS England, Discharge Ready Date). Under
    ``no_delay`` a missing ready date counts as no delay, and in ready_date_missing; under ``exclude`` only
    there. ready_date_missing counts all without a usable date, ready_date_invalid those of them that had one
    before the admission or after the discharge. A month that is not computable has nulls, never zeros.

    Args:
        spells: dated spells with the cohort marked.
        months: :func:`costshift.delays.acceptability.provider_months`.
        ready_date_missing: no_delay or exclude.
    """
    missing = pl.col("ready_date_missing")
    counted = missing.is_not_null() if ready_date_missing == "no_delay" else ~missing
    lost = NEED_READY_DATES if ready_date_missing == "no_delay" else ("discharges", *NEED_READY_DATES)
    delay = pl.col("delay_days").fill_null(0)
    bands = [
        (delay.is_between(least, most) if most else delay >= least).sum().cast(pl.Int64).alias(name)
        for name, (least, most) in BANDS.items()
    ]
    return (
        spells.filter(discharges_that_count("no_delay"))
        .with_columns(pl.col("pathway").alias("discharge_pathway"))
        .group_by(GRAIN)
        .agg(
            counted.sum().cast(pl.Int64).alias("discharges"),
            (counted & (delay == 0)).sum().cast(pl.Int64).alias("discharged_on_ready_date"),
            (delay >= 1).sum().cast(pl.Int64).alias("delayed_discharges"),
            *bands,
            delay.sum().cast(pl.Int64).alias("bed_days_lost"),
            missing.sum().cast(pl.Int64).alias("ready_date_missing"),
            pl.col("ready_date_invalid").sum().cast(pl.Int64).alias("ready_date_invalid"),
        )
        .join(
            months.select("month", "provider", "computable", "acceptable"),
            on=["month", "provider"],
            how="left",
        )
        .with_columns(pl.when("computable").then(pl.col(lost)))
        .drop("computable")
        .sort(GRAIN)
    )
