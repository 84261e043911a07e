"""What is known of a person at a decision: age band, sex, support reason and earlier care setting."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from costshift import standards

UNKNOWN = "unknown"
#: Age bands at a decision, by their first year.
AGE_BANDS = {18: "18_to_64", 65: "65_to_74", 75: "75_to_84", 85: "85_plus"}
#: Long-term care settings, the heaviest first; a service type holds the word.
SETTINGS = {"nursing": "nursing", "residential": "residential", "prison": "prison"}


def people_described(views: Mapping[str, pl.LazyFrame], of: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Each person's birth_date, sex and death_date, from every record that has them.

    Grain: person. Where records differ, the earliest date and the first sex by code count: the same in any order.
    A spell that ended in death gives a death date as well.

    Args:
        views: kind name to its current rows with ``person``.
        of: person, each once: who is wanted; everyone if not given.
    """
    died = standards.cohort_filter_values().filter(
        (pl.col("filter") == "not_died") & (pl.col("column") == "discharge_method")
    )["value"]
    parts = []
    for name in ("care_events", "spells", "chc", "attendances", "contacts"):
        rows = views.get(name)
        if rows is None:
            continue
        death = pl.col("death_date")
        if name == "spells":
            ended = pl.col("discharge_method").is_in(died.to_list())
            death = pl.coalesce(death, pl.when(ended).then("discharge_date"))
        birth = pl.coalesce("birth_date", "birth_month")
        told = rows.select("person", birth.alias("birth_date"), "sex", death.alias("death_date"))
        parts.append(told if of is None else told.join(of, on="person", how="semi"))
    if not parts:
        schema = {"person": pl.Int64, "birth_date": pl.Date, "sex": pl.String, "death_date": pl.Date}
        return pl.LazyFrame(schema=schema)
    return (
        pl.concat(parts)
        .filter(pl.col("person").is_not_null())
        .group_by("person")
        .agg(pl.col("birth_date").min(), pl.col("sex").min(), pl.col("death_date").min())
    )


def age_band(birth: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The age band on a day; ``unknown`` without a birth date, ``under_18`` below the first band."""
    had_birthday = (day.dt.month() > birth.dt.month()) | (
        (day.dt.month() == birth.dt.month()) & (day.dt.day() >= birth.dt.day())
    )
    years = day.dt.year() - birth.dt.year() - (~had_birthday).cast(pl.Int32)
    band = pl.lit("under_18")
    for first, name in AGE_BANDS.items():
        band = pl.when(years >= first).then(pl.lit(name)).otherwise(band)
    return pl.when(birth.is_null()).then(pl.lit(UNKNOWN)).otherwise(band)


def reason_group(reason: pl.Expr) -> pl.Expr:
    """The group of a primary support reason; ``unknown`` where none is recorded."""
    return standards.looked_up(
        standards.normalise(reason), standards.support_reason_groups(), pl.String, default=UNKNOWN
    )


def long_term(service_type: pl.Expr) -> pl.Expr:
    """Whether a service type is long-term support."""
    return standards.normalise(service_type).str.starts_with("long term").fill_null(False)


def setting_rank(service_type: pl.Expr) -> pl.Expr:
    """The weight of an open service as a care setting, the heaviest lowest: 0 nursing to 4 short-term."""
    text = standards.normalise(service_type)
    rank = pl.lit(len(SETTINGS))
    for place, word in reversed(list(enumerate(SETTINGS))):
        rank = pl.when(text.str.contains(word, literal=True)).then(place).otherwise(rank)
    return pl.when(long_term(service_type)).then(rank).otherwise(len(SETTINGS) + 1)


def setting_name(rank: pl.Expr) -> pl.Expr:
    """The care setting of the lowest rank among a person's open services; ``none`` where there is none."""
    names = dict(enumerate([*SETTINGS.values(), "community", "short_term"]))
    return standards.looked_up(rank, names, pl.String, default="none")
