"""Delayed bed days by month, and by whom the record attributes them to.

Delayed bed days in a month = days d of it with ready date <= d < end; end = discharge date, or the day after
the as-at date for a spell still open. A spell's days over all months sum to its delay: checked in the run.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from costshift.delays.recorded_attribution import (
    NOT_RECORDED,
    SPELL,
    recorded_periods,
    rule_of_period,
    share_rules,
)
from costshift.statistics.rounding import apportion

GRAIN = (
    "month",
    "provider",
    "setting",
    "council",
    "discharge_pathway",
    "delay_reason",
    "recorded_attribution",
)
#: The cells in which whole days are split by shares, once, for days and for costs alike.
CELL = ("month", "provider", "setting", "council", "icb_code", "discharge_pathway", "delay_reason", "split")


@dataclass(frozen=True)
class AttributedDays:
    """Delayed bed days, split.

    ``spell_months``: one row a spell, month, reason and split: days and the person behind them.
    ``parts``: one row a cell and recorded attribution: ``days`` (whole, sum to the cell's).
    ``periods``: one row a spell and period of one recorded reason, with its ``rule`` and ``setting``.
    """

    spell_months: pl.LazyFrame
    parts: pl.LazyFrame
    periods: pl.LazyFrame


@dataclass(frozen=True)
class Attributed:
    """Delayed bed days on one basis: to whom they belong is ``attribution``.

    ``parts``: the columns of :data:`CELL`, ``attribution`` and ``days``. ``people``: the same columns but days, with
    each ``person`` behind them.
    """

    parts: pl.LazyFrame
    people: pl.LazyFrame


def delayed_spells(spells: pl.LazyFrame) -> pl.LazyFrame:
    """The spells in scope with at least one delayed day; who died stays in, because the wait was real."""
    return spells.filter(pl.col("in_scope") & (pl.col("delay_days") >= 1))


def attributed_days(spells: pl.LazyFrame, reasons: pl.LazyFrame | None) -> AttributedDays:
    """Every delayed bed day with its month, reason and recorded attribution.

    Args:
        spells: dated spells with the cohort marked, with ``person``.
        reasons: current rows of the kind delay_reasons, or None.
    """
    delayed = delayed_spells(spells)
    rules = share_rules()
    splits = rules.select("rule", "setting", "split").unique().lazy()
    settings = delayed.select(*SPELL, "setting")
    periods = recorded_periods(delayed, reasons).with_columns(rule_of_period().alias("rule")).join(settings, on=SPELL)
    by_month = (
        by_calendar_month(periods)
        .join(
            delayed.select(
                *SPELL,
                "provider",
                "council",
                "icb_code",
                pl.col("pathway").alias("discharge_pathway"),
                "person",
            ),
            on=SPELL,
        )
        .join(splits, on=["rule", "setting"], how="left")
    )
    spell_months = by_month.group_by(*SPELL, *CELL, "person").agg(pl.col("days").sum())
    cells = spell_months.group_by(CELL).agg(pl.col("days").sum())
    shares = rules.select("split", "recorded_attribution", "share").unique().lazy()
    parts = apportion(
        cells.join(shares, on="split"), whole="days", share="share", by=CELL, name="recorded_attribution"
    ).select(*CELL, "recorded_attribution", pl.col("part").alias("days"))
    return AttributedDays(spell_months, parts, periods)


def by_calendar_month(periods: pl.LazyFrame) -> pl.LazyFrame:
    """Periods [from_date, until) by calendar month: ``month`` and ``days``. A row a month touched; never a row a day.

    A period without a reason has ``delay_reason`` not_recorded.
    """
    last_day = pl.col("until").dt.offset_by("-1d")
    months = pl.date_ranges(pl.col("from_date").dt.month_start(), last_day.dt.month_start(), interval="1mo")
    until = pl.min_horizontal(pl.col("until"), pl.col("month").dt.offset_by("1mo"))
    return (
        periods.with_columns(months.alias("month"))
        .explode("month")
        .with_columns(
            (until - pl.max_horizontal("from_date", "month")).dt.total_days().cast(pl.Int64).alias("days"),
            pl.col("delay_reason").fill_null(NOT_RECORDED),
        )
    )


def people_behind(days: AttributedDays) -> pl.LazyFrame:
    """Cell, recorded_attribution and person: everyone behind the days that a cell gives an attribution."""
    shares = share_rules().select("split", "recorded_attribution").unique().lazy()
    return days.spell_months.select(*CELL, "person").unique().join(shares, on="split")


def as_recorded(days: AttributedDays) -> Attributed:
    """Delayed bed days as the record attributes them."""
    attribution = pl.col("recorded_attribution").alias("attribution")
    return Attributed(days.parts.with_columns(attribution), people_behind(days).with_columns(attribution))


def delayed_bed_days(
    days: AttributedDays, spells: pl.LazyFrame, months: pl.LazyFrame, prices: pl.LazyFrame, as_at: dt.date
) -> pl.LazyFrame:
    """Delayed bed days, delayed beds and their cost.

    Grain: month, provider, setting, council, discharge_pathway, delay_reason, recorded_attribution.
    ``delayed_beds`` = days / days in the month. ``cost`` (pence) is null where the setting has no price or the
    provider's month is not acceptable. ``provisional``: the last two months of a provider that sends no open
    spells. A provider's month that is not computable is one row a setting with nulls.

    Args:
        days: :func:`attributed_days`.
        spells: dated spells with the cohort marked.
        months: :func:`costshift.delays.acceptability.provider_months`.
        prices: month, setting, price_pence.
        as_at: the last day that counts.
    """
    people = people_behind(days).group_by(GRAIN).agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    state = months.select("month", "provider", "computable", "acceptable")
    in_month = pl.col("month").dt.days_in_month()
    table = (
        days.parts.group_by(GRAIN)
        .agg(pl.col("days").sum().alias("delayed_bed_days"))
        .filter(pl.col("delayed_bed_days") > 0)
        .join(people, on=list(GRAIN), how="left")
        .join(state, on=["month", "provider"], how="left")
        .filter(pl.col("computable").fill_null(True))
        .join(prices, on=["month", "setting"], how="left")
        .with_columns(
            (pl.col("delayed_bed_days") / in_month).alias("delayed_beds"),
            pl.when(pl.col("acceptable").fill_null(True))
            .then(pl.col("delayed_bed_days") * pl.col("price_pence"))
            .alias("cost"),
        )
        .select(*GRAIN, "delayed_bed_days", "delayed_beds", "people", "cost")
    )
    blank = (
        spells.filter(pl.col("in_cohort") & pl.col("is_discharged"))
        .select("month", "provider", "setting")
        .unique()
        .join(state.filter(~pl.col("computable")), on=["month", "provider"], how="semi")
        .select(
            "month",
            "provider",
            "setting",
            pl.lit("unknown").alias("council"),
            pl.lit("unknown").alias("discharge_pathway"),
            pl.lit(NOT_RECORDED).alias("delay_reason"),
            pl.lit(NOT_RECORDED).alias("recorded_attribution"),
            pl.lit(None, dtype=pl.Int64).alias("delayed_bed_days"),
            pl.lit(None, dtype=pl.Float64).alias("delayed_beds"),
            pl.lit(None, dtype=pl.Int64).alias("people"),
            pl.lit(None, dtype=pl.Int64).alias("cost"),
        )
    )
    return (
        pl.concat([table, blank])
        .join(provisional_from(spells, as_at), on="provider", how="left")
        .with_columns((pl.col("month") >= pl.col("provisional_from")).fill_null(False).alias("provisional"))
        .drop("provisional_from")
        .sort(GRAIN)
    )


def provisional_from(spells: pl.LazyFrame, as_at: dt.date) -> pl.LazyFrame:
    """provider, provisional_from: providers that send no open spells, and the first of their last two months.

    Whoever is still in their beds is not in their extract, so their latest occupied days are too few.
    """
    first = as_at.replace(day=1) - dt.timedelta(days=1)
    return (
        spells.group_by("provider")
        .agg(pl.col("provider_sends_open").any().alias("sends_open"))
        .filter(~pl.col("sends_open"))
        .select("provider", pl.lit(first.replace(day=1), dtype=pl.Date).alias("provisional_from"))
    )
