"""Days that the partners allow for a step, as their agreement says: how much of each wait lies within the standard.

A standard changes no attribution: it stands beside it. Definition: docs/methods/evidenced-attribution.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from costshift.delays.bed_days import delayed_spells
from costshift.delays.recorded_attribution import SPELL

GRAIN = ("month", "provider", "council", "state")


def step_standards(
    periods: pl.LazyFrame,
    spells: pl.LazyFrame,
    months: pl.LazyFrame,
    allowed: Mapping[str, int],
    *,
    working_days: bool,
    bank_holidays: Sequence[dt.date],
) -> pl.LazyFrame:
    """The table step_standards.

    Grain: month, provider, council, state, of the states that the agreement gives a standard. ``delayed_bed_days``;
    ``within_standard_days``: those of them before the days allowed are used up, counted from the first delayed day in
    the state; ``people`` behind the days, and ``_within_people``. Provider months that are not acceptable are left out.

    Args:
        periods: :func:`costshift.delays.evidence_states.evidenced_periods`.
        spells: dated spells with the cohort marked.
        months: :func:`costshift.delays.acceptability.provider_months`.
        allowed: state = days allowed.
        working_days: whether only Mondays to Fridays that are no bank holidays use up the days allowed.
        bank_holidays: days that are no working days.
    """
    start = pl.col("from_date").min().over(*SPELL, "state")
    days = pl.col("state").replace_strict(dict(allowed), default=0, return_dtype=pl.Int64)
    # The standard ends with the last working day that it allows, not with the weekend after it.
    last_allowed = start.dt.add_business_days(days - 1, holidays=list(bank_holidays), roll="forward")
    until_allowed = (
        pl.when(days > 0).then(last_allowed.dt.offset_by("1d")).otherwise(start)
        if working_days
        else start + pl.duration(days=days)
    )
    refused = months.filter(~pl.col("acceptable")).select("month", "provider")
    described = delayed_spells(spells).select(*SPELL, "provider", "council", "person")
    last_day = pl.col("until").dt.offset_by("-1d")
    month_end = pl.col("month").dt.offset_by("1mo")
    begins = pl.max_horizontal("from_date", "month")

    def days_until(*ends: str | pl.Expr) -> pl.Expr:
        length = (pl.min_horizontal(*ends, month_end) - begins).dt.total_days()
        return pl.max_horizontal(length, pl.lit(0, dtype=pl.Int64)).cast(pl.Int64)

    within = pl.col("within")
    persons = pl.col("person")
    return (
        periods.filter(pl.col("state").is_in(list(allowed)))
        .with_columns(until_allowed.alias("until_allowed"))
        .with_columns(
            pl.date_ranges(pl.col("from_date").dt.month_start(), last_day.dt.month_start(), interval="1mo").alias(
                "month"
            )
        )
        .explode("month")
        .with_columns(days_until("until").alias("days"), days_until("until", "until_allowed").alias("within"))
        .join(described, on=SPELL)
        .join(refused, on=["month", "provider"], how="anti")
        .group_by(GRAIN)
        .agg(
            pl.col("days").sum().alias("delayed_bed_days"),
            within.sum().alias("within_standard_days"),
            persons.n_unique().cast(pl.Int64).alias("people"),
            persons.filter(within > 0).n_unique().cast(pl.Int64).alias("_within_people"),
        )
        .sort(GRAIN)
    )
