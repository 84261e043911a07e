"""Who is waiting on the as-at date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

GRAIN = ("date", "provider", "setting", "council", "discharge_pathway")
#: Length of stay cohorts, nested: never to be summed.
LENGTHS = (7, 14, 21)
MEASURES = ("people_delayed", *(f"people_delayed_{nights}_plus" for nights in LENGTHS))


def census(spells: pl.LazyFrame, months: pl.LazyFrame, as_at: dt.date, by: Sequence[str] = GRAIN) -> pl.LazyFrame:
    """People delayed on the as-at date, and of them those in hospital for 7, 14 and 21 nights or more.

    Grain: date, provider, setting, council, discharge_pathway; cells without anyone have no row. Delayed =
    usable ready date <= as-at date < end; nights are counted from the stay's start to the day after. A
    provider that sends no open spells, or whose month is not computable, is one row a setting with nulls.

    Args:
        spells: dated spells with the cohort marked, with ``person``.
        months: :func:`costshift.delays.acceptability.provider_months`.
        as_at: the day.
        by: the grain, or some of its columns: different people are counted anew in each.
    """
    month = as_at.replace(day=1)
    waiting = spells.filter(pl.col("in_scope") & pl.col("is_open") & pl.col("ready_date").is_not_null())
    here = spells.filter(pl.col("month") == month)
    blind = (
        spells.group_by("provider")
        .agg(pl.col("provider_sends_open").any().alias("sends_open"))
        .filter(~pl.col("sends_open"))
        .select("provider")
    )
    not_computable = months.filter((pl.col("month") == month) & ~pl.col("computable")).select("provider")
    unknown = pl.concat([blind, not_computable]).unique()
    people = pl.col("person")
    counted = (
        waiting.join(unknown, on="provider", how="anti")
        .with_columns(pl.lit(as_at, dtype=pl.Date).alias("date"), pl.col("pathway").alias("discharge_pathway"))
        .group_by(by)
        .agg(
            people.n_unique().cast(pl.Int64).alias("people_delayed"),
            *(
                people.filter(pl.col("stay_nights") >= nights)
                .n_unique()
                .cast(pl.Int64)
                .alias(f"people_delayed_{nights}_plus")
                for nights in LENGTHS
            ),
        )
    )
    nulls = (
        here.join(unknown, on="provider", how="semi")
        .select(
            pl.lit(as_at, dtype=pl.Date).alias("date"),
            "provider",
            "setting",
            pl.lit("unknown").alias("council"),
            pl.lit("unknown").alias("discharge_pathway"),
        )
        .select(by)
        .unique()
        .with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in MEASURES)
    )
    return pl.concat([counted, nulls]).sort(by)
