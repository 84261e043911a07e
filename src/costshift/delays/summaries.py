"""The delays of a month, summed to what a page can show: by provider, by attribution, by reason, by pathway.

The tables are fine-grained, and their cells small. A sum of cells that went through disclosure control would be
wrong, so each summary is counted from the dated spells, with the different people (or the spells) behind it; who
publishes it controls it by those. Summaries are the report's month only, or the months that lead to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from costshift.delays.bed_days import people_behind, provisional_from
from costshift.delays.census import census
from costshift.delays.discharges import NEED_READY_DATES
from costshift.delays.measures import DatedSpells

#: Months of the series of delayed beds, the report's own included.
TREND_MONTHS = 13
#: The additive measures of discharge_delays.
DISCHARGE_MEASURES = ("discharges", *NEED_READY_DATES, "ready_date_missing", "ready_date_invalid")


def delay_summaries(
    dated: DatedSpells, discharges: pl.LazyFrame, month: dt.date, as_at: dt.date
) -> dict[str, pl.LazyFrame]:
    """Every summary of delays, by name.

    Args:
        dated: the dated spells.
        discharges: :func:`costshift.delays.discharges.discharge_delays`.
        month: the report's month.
        as_at: the last day that counts.
    """
    return {
        "discharges_by_provider": discharges_by_provider(discharges, month),
        "delayed_beds_by_provider": delayed_beds_by_provider(dated, month, as_at),
        "days_by_attribution": days_by_attribution(dated, month),
        "days_by_reason": days_by_reason(dated, month),
        "days_by_pathway": days_by_pathway(dated, month),
        "census_by_provider": census(dated.spells, dated.months, as_at, by=("date", "provider", "setting")),
        # Without the providers of whom nothing is known.
        "census_by_pathway": census(dated.spells, dated.months, as_at, by=("date", "discharge_pathway")).filter(
            pl.col("people_delayed").is_not_null()
        ),
    }


def discharges_by_provider(discharges: pl.LazyFrame, month: dt.date) -> pl.LazyFrame:
    """A month's discharges and their delays.

    Grain: month, provider, setting; provider null: all acute providers with acceptable ready dates together.
    The measures of discharge_delays, which are spells or days of spells, so that they add up; a month that is
    not computable has nulls. ``share_on_ready_date`` of all discharges, ``average_delay_days`` over all,
    ``average_delay_days_when_delayed`` over those delayed.

    Args:
        discharges: :func:`costshift.delays.discharges.discharge_delays`.
        month: the month.
    """
    here = discharges.filter(pl.col("month") == month)
    sums = [_sum(name) for name in DISCHARGE_MEASURES]
    each = here.group_by("month", "provider", "setting").agg(*sums, pl.col("acceptable").all())
    together = (
        here.filter((pl.col("setting") == "acute") & pl.col("acceptable"))
        .group_by("month", "setting")
        .agg(*sums, pl.col("acceptable").all())
        .with_columns(pl.lit(None, dtype=pl.String).alias("provider"))
    )
    return pl.concat([each, together], how="diagonal").with_columns(
        _ratio("discharged_on_ready_date", "discharges").alias("share_on_ready_date"),
        _ratio("bed_days_lost", "discharges").alias("average_delay_days"),
        _ratio("bed_days_lost", "delayed_discharges").alias("average_delay_days_when_delayed"),
    )


def delayed_beds_by_provider(dated: DatedSpells, month: dt.date, as_at: dt.date) -> pl.LazyFrame:
    """Delayed bed days and delayed beds of the 13 months up to a month.

    Grain: provider, setting, month. ``people``: the different people behind the days. A provider's month with
    discharges and no delayed day is a zero; one that is not computable is null; one of which nothing is known has
    no row. ``provisional`` and ``acceptable`` as in the tables.

    Args:
        dated: the dated spells.
        month: the last of the months.
        as_at: the last day that counts.
    """
    first = pl.lit(month, dtype=pl.Date).dt.offset_by(f"-{TREND_MONTHS - 1}mo")
    in_window = pl.col("month").is_between(first, month)
    grain = ["month", "provider", "setting"]
    days = (
        dated.days.spell_months.filter(in_window)
        .group_by(grain)
        .agg(pl.col("days").sum(), pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    )
    state = dated.months.filter(in_window).select("month", "provider", "computable", "acceptable")
    discharged = dated.spells.filter(pl.col("in_cohort") & pl.col("is_discharged") & in_window)
    series = pl.concat([frame.select("provider", "setting") for frame in (days, discharged)]).unique()
    known = pl.concat([days.select(grain), series.join(state, on="provider").select(grain)]).unique()
    computable = pl.col("computable").fill_null(True)
    return (
        known.join(days, on=grain, how="left")
        .join(state, on=["month", "provider"], how="left")
        .join(provisional_from(dated.spells, as_at), on="provider", how="left")
        .select(
            *grain,
            pl.when(computable).then(pl.col("days").fill_null(0)).alias("delayed_bed_days"),
            pl.when(computable).then(_beds(pl.col("days").fill_null(0))).alias("delayed_beds"),
            pl.when(computable).then(pl.col("people").fill_null(0)).alias("people"),
            (pl.col("month") >= pl.col("provisional_from")).fill_null(False).alias("provisional"),
            # Days without any discharge: nothing says that the dates are too few.
            pl.col("acceptable").fill_null(True),
        )
    )


def days_by_attribution(dated: DatedSpells, month: dt.date) -> pl.LazyFrame:
    """A month's delayed bed days by recorded attribution, of providers with acceptable ready dates.

    Grain: month, setting, recorded_attribution (null: all together). ``people``: the different people behind the
    days, each in every attribution that has a share of theirs; ``share`` of the setting's days; _all_days and
    _all_people, which it rests on.

    Args:
        dated: the dated spells.
        month: the month.
    """
    parts, people = (_acceptable(frame, dated, month) for frame in (dated.days.parts, people_behind(dated.days)))
    return _with_all(parts, people, "recorded_attribution")


def days_by_reason(dated: DatedSpells, month: dt.date) -> pl.LazyFrame:
    """As :func:`days_by_attribution`, by recorded delay reason: month, setting, delay_reason (null: all together)."""
    days = _acceptable(dated.days.spell_months, dated, month)
    return _with_all(days, days, "delay_reason")


def days_by_pathway(dated: DatedSpells, month: dt.date) -> pl.LazyFrame:
    """As :func:`days_by_attribution`, by discharge pathway: month, setting, discharge_pathway (null: all together)."""
    days = _acceptable(dated.days.spell_months, dated, month)
    return _with_all(days, days, "discharge_pathway")


def _acceptable(frame: pl.LazyFrame, dated: DatedSpells, month: dt.date) -> pl.LazyFrame:
    refused = dated.months.filter(~pl.col("acceptable")).select("month", "provider")
    return frame.filter(pl.col("month") == month).join(refused, on=["month", "provider"], how="anti")


def _with_all(days: pl.LazyFrame, people: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    """Days and different people by setting and kind, and by setting alone."""
    whole = _days_and_people(days, people, ["month", "setting"])
    each = _days_and_people(days, people, ["month", "setting", kind])
    return (
        pl.concat(
            [each, whole.with_columns(pl.lit(None, dtype=pl.String).alias(kind))],
            how="diagonal",
        )
        .join(
            whole.select(
                "month", "setting", pl.col("delayed_bed_days").alias("_all_days"), pl.col("people").alias("_all_people")
            ),
            on=["month", "setting"],
        )
        .with_columns(
            _beds(pl.col("delayed_bed_days")).alias("delayed_beds"),
            _ratio("delayed_bed_days", "_all_days").alias("share"),
        )
    )


def _days_and_people(days: pl.LazyFrame, people: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    counted = people.group_by(by).agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    return (
        days.group_by(by)
        .agg(pl.col("days").sum().alias("delayed_bed_days"))
        .filter(pl.col("delayed_bed_days") > 0)
        .join(counted, on=list(by), how="left")
    )


def _beds(days: pl.Expr) -> pl.Expr:
    return days / pl.col("month").dt.days_in_month()


def _sum(name: str) -> pl.Expr:
    """A sum of which every part is known, else null."""
    return pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name)


def _ratio(numerator: str, denominator: str) -> pl.Expr:
    return pl.when(pl.col(denominator) > 0).then(pl.col(numerator) / pl.col(denominator))
