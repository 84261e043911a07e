"""Which spells count: the named filters of the cohort, what each removed, and the dates of each delay.

Definition: docs/methods/cohort.md and docs/methods/delays.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from costshift import standards
from costshift.delays.stays import with_stay_start
from costshift.organisations import Organisations

ADULT_AGE = 18


def dated_spells(spells: pl.LazyFrame, organisations: Organisations, as_at: dt.date) -> pl.LazyFrame:
    """The spells as they stood on the as-at date, with partners, setting, stay and the dates of the delay.

    Grain: a hospital provider spell. Key: provider_code, spell_id. A spell admitted later is not there yet; a
    discharge or a ready date after the as-at date has not happened yet; an open spell that was lost to sight counts
    to the last day it was seen. Adds provider, council, setting, pathway, end_date (exclusive: the discharge date, or
    the day after the last day that counts), is_open, is_discharged, lost_to_sight, month (of the discharge, or of the
    last day that counts), nights, is_minor (null without a birth date), stay_start, starts_stay, ends_stay,
    stay_nights, ready_date (usable, else null), ready_date_missing, ready_date_invalid, delay_days (null without a
    usable ready date), provider_sends_open, usable_identity (whether a record of the other side could be found by what
    this one says of the person).

    Args:
        spells: current rows of the kind spells, with ``person`` and the person fields.
        organisations: codes to partners.
        as_at: the last day that counts.
    """
    if "last_seen" not in spells.collect_schema():
        spells = spells.with_columns(pl.lit(None, dtype=pl.Date).alias("last_seen"))
    # Asked of all that the provider sends, so that a report of an earlier month is not taken in by later loads.
    open_spells = spells.filter(pl.col("discharge_date").is_null()).select("provider_code").unique().collect()
    sends_open = pl.col("provider_code").is_in(open_spells["provider_code"].sort().implode())
    known = (
        spells.with_columns(sends_open.alias("provider_sends_open"))
        .filter(pl.col("admission_date") <= as_at)
        .with_columns(pl.when(pl.col("discharge_date") <= as_at).then("discharge_date").alias("discharge_date"))
    )
    discharged = pl.col("discharge_date").is_not_null()
    lost = (~discharged & (pl.col("last_seen") < as_at)).fill_null(False)
    # The last day that counts: of what was lost to sight, the last day that it was seen.
    last_day = pl.when(lost).then("last_seen").otherwise(pl.lit(as_at, dtype=pl.Date))
    ready = pl.col("discharge_ready_date")
    invalid = ((ready < pl.col("admission_date")) | (ready > pl.col("discharge_date")).fill_null(False)).fill_null(
        False
    )
    born = pl.coalesce("birth_date", "birth_month")
    described = pl.col("birth_date").is_not_null() & pl.col("postcode").is_not_null()
    return (
        with_stay_start(known, standards.transfer_values())
        .with_columns(
            (~discharged & ~lost).alias("is_open"),
            discharged.alias("is_discharged"),
            lost.alias("lost_to_sight"),
            pl.col("discharge_date").fill_null(last_day.dt.offset_by("1d")).alias("end_date"),
            pl.col("discharge_date").fill_null(last_day).dt.month_start().alias("month"),
            organisations.partner(pl.col("provider_code")).alias("provider"),
            organisations.partner(pl.col("council_code")).alias("council"),
            pl.col("discharge_pathway").fill_null("unknown").alias("pathway"),
            invalid.alias("ready_date_invalid"),
            pl.when(~invalid & (ready <= last_day)).then(ready).alias("ready_date"),
            (pl.col("nhs_number").is_not_null() | pl.col("person_key").is_not_null() | described).alias(
                "usable_identity"
            ),
        )
        .with_columns(
            organisations.setting(pl.col("provider"), pl.col("site_code")).alias("setting"),
            (pl.col("end_date") - pl.col("admission_date")).dt.total_days().alias("nights"),
            (pl.col("end_date") - pl.col("stay_start")).dt.total_days().alias("stay_nights"),
            _under_age(born, pl.col("end_date")).alias("is_minor"),
            pl.col("ready_date").is_null().alias("ready_date_missing"),
            (pl.col("end_date") - pl.col("ready_date")).dt.total_days().alias("delay_days"),
        )
    )


def with_cohort(spells: pl.LazyFrame, filters: Sequence[str]) -> pl.LazyFrame:
    """Mark what the cohort's filters remove.

    Adds ``removed_by`` (the first filter in force that removes the spell, null if none does), ``in_scope``
    (no filter but not_died removes it: delayed bed days and the census count these) and ``in_cohort`` (no
    filter removes it: the measures of discharges count these).
    """
    removes = {name: _removes(name) for name in filters}
    # As a number first: to choose among texts takes three times as long.
    names = pl.Series(list(filters), dtype=pl.String)
    removed_by = pl.coalesce(
        *(pl.when(rule).then(pl.lit(at, dtype=pl.UInt32)) for at, rule in enumerate(removes.values())),
        pl.lit(None, dtype=pl.UInt32),
    ).map_batches(names.gather, return_dtype=pl.String, is_elementwise=True)
    in_scope = pl.lit(True)
    for name, rule in removes.items():
        if name != "not_died":
            in_scope = in_scope & ~rule
    return spells.with_columns(removed_by.alias("removed_by"), in_scope.alias("in_scope")).with_columns(
        pl.col("removed_by").is_null().alias("in_cohort")
    )


def cohort_filters(spells: pl.LazyFrame, filters: Sequence[str]) -> pl.LazyFrame:
    """How many spells each filter removed, and whether it could be applied.

    Grain: month, provider, filter. A spell counts under the first filter that removes it; a filter none of
    whose columns has a value in the provider's month is not applied.
    """
    parts = [
        spells.group_by("month", "provider").agg(
            pl.lit(name).alias("filter"),
            pl.lit(position, dtype=pl.Int64).alias("_position"),
            (pl.col("removed_by") == name).fill_null(False).sum().cast(pl.Int64).alias("spells_removed"),
            _applies(name).alias("applied"),
        )
        for position, name in enumerate(filters)
    ]
    table = pl.concat(parts) if parts else spells.select("month", "provider").head(0)
    return table.sort("month", "provider", "_position").drop("_position")


def _removes(name: str) -> pl.Expr:
    if name == "adult":
        return pl.col("is_minor").fill_null(False)
    if name == "overnight":
        return pl.col("nights") < 1
    told = pl.any_horizontal(
        pl.col(column).is_in(values).fill_null(False) for column, values in _values_of(name).items()
    )
    # Who dies later was alive on the as-at date.
    return told & pl.col("is_discharged") if name == "not_died" else told


def _applies(name: str) -> pl.Expr:
    if name == "overnight":
        return pl.lit(True)
    columns = ["birth_date", "birth_month"] if name == "adult" else list(_values_of(name))
    return pl.any_horizontal(pl.col(column).is_not_null().any() for column in columns)


def _values_of(name: str) -> dict[str, list[str]]:
    rows = standards.cohort_filter_values().filter(pl.col("filter") == name)
    return {str(column): own["value"].to_list() for (column,), own in rows.group_by("column", maintain_order=True)}


def _under_age(born: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Whether who was born then is no adult on the day; null where one of both is not known."""

    def of(both: pl.Series) -> pl.Series:
        own = both.struct.unnest()
        days = own["day"].to_physical() - own["born"].to_physical()
        under = days < 365 * ADULT_AGE
        # The calendar is asked of those alone who may have their birthday about that day: of all it takes longest.
        near = days.is_between(365 * ADULT_AGE, 366 * ADULT_AGE).arg_true()
        exact = own[near].select(_whole_years(pl.col("born"), pl.col("day")) < ADULT_AGE).to_series()
        return under.scatter(near, exact)

    return pl.struct(born.alias("born"), day.alias("day")).map_batches(of, return_dtype=pl.Boolean, is_elementwise=True)


def _whole_years(born: pl.Expr, day: pl.Expr) -> pl.Expr:
    # Months and days are 8-bit in polars: a hundred times a month needs more.
    today, birthday = (
        moment.dt.month().cast(pl.Int32) * 100 + moment.dt.day().cast(pl.Int32) for moment in (day, born)
    )
    return day.dt.year() - born.dt.year() - (today < birthday).cast(pl.Int32)
