"""The Better Care Fund's measure of discharge delay, by council."""

from __future__ import annotations

import polars as pl


def bcf_discharge(discharges: pl.LazyFrame, plan: pl.DataFrame) -> pl.LazyFrame:
    """Average length of discharge delay of acute adult patients, and its two parts, with the plan beside it.

    Grain: month, council. Acceptable providers' acute discharges only. ``average_delay_days`` =
    (1 - share_on_ready_date) * average_delay_days_when_delayed, which is bed days lost / discharges. The wording
    of the 2025-26 handbook is not verified; the arithmetic is NHS England's.

    Args:
        discharges: :func:`costshift.delays.discharges.discharge_delays`.
        plan: month, council, plan: targets of average_delay_days.

    Returns:
        month, council, share_on_ready_date, average_delay_days_when_delayed, average_delay_days, plan; and
        _discharges, _on_ready_date, _delayed, _bed_days: what the ratios rest on.
    """
    return (
        discharges.filter((pl.col("setting") == "acute") & pl.col("acceptable"))
        .group_by("month", "council")
        .agg(
            pl.col("discharges").sum().alias("_discharges"),
            pl.col("discharged_on_ready_date").sum().alias("_on_ready_date"),
            pl.col("delayed_discharges").sum().alias("_delayed"),
            pl.col("bed_days_lost").sum().alias("_bed_days"),
        )
        .join(plan.lazy(), on=["month", "council"], how="left")
        .select(
            "month",
            "council",
            _ratio("_on_ready_date", "_discharges").alias("share_on_ready_date"),
            _ratio("_bed_days", "_delayed").alias("average_delay_days_when_delayed"),
            _ratio("_bed_days", "_discharges").alias("average_delay_days"),
            "plan",
            "_discharges",
            "_on_ready_date",
            "_delayed",
            "_bed_days",
        )
        .sort("month", "council")
    )


def _ratio(numerator: str, denominator: str) -> pl.Expr:
    return pl.when(pl.col(denominator) > 0).then(pl.col(numerator) / pl.col(denominator))
