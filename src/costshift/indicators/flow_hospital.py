"""Indicators of flow that hospital spells tell alone. Definition: docs/methods/flow-indicators.md.

Each function gives month, council, numerator, denominator, and how many people or spells are behind each:
``_numerator_people``, ``_denominator_people``. A month and council without any of what is counted has no row.
"""

from __future__ import annotations

import polars as pl

from costshift.delays.discharges import discharges_that_count
from costshift.indicators.residence import died_in_hospital
from costshift.prices.intervals import by_month
from costshift.standards.flow import flow_codes, flow_windows
from costshift.statistics.streamed import streamed

OLDER = 65
GRAIN = ("month", "council")
_STAY = ["person", "stay_start"]
MEASURES = ("numerator", "denominator", "_numerator_people", "_denominator_people")


def died_while_delayed(spells: pl.LazyFrame, months: pl.LazyFrame) -> pl.LazyFrame:
    """Of the people whose spell ended after at least one delayed day, those who died.

    Months of providers that are not acceptable are left out.
    """
    ended = _acceptable(
        spells.filter(pl.col("in_scope") & pl.col("is_discharged") & (pl.col("delay_days") >= 1)), months
    )
    person = pl.col("person")
    return counts(ended, person.filter(died_in_hospital()).n_unique(), person.n_unique())


def emergency_admissions_65_plus(spells: pl.LazyFrame) -> pl.LazyFrame:
    """Emergency admissions to acute beds at 65 and over, by the month of admission: a count, without a denominator.

    A transfer in is no admission: one that continues a stay, or came by method 2B, does not count.
    """
    born = pl.coalesce("birth_date", "birth_month")
    age = whole_years(born, pl.col("admission_date"))
    admitted = spells.filter(
        (pl.col("setting") == "acute")
        & has_code(flow_codes("emergency"))
        & pl.col("starts_stay")
        & (age >= OLDER).fill_null(False)
    ).with_columns(pl.col("admission_date").dt.month_start().alias("month"))
    return counts(admitted, pl.len(), None)


def length_of_stay(spells: pl.LazyFrame) -> pl.LazyFrame:
    """Nights of the stays that ended in an acute bed, per stay."""
    ended = ended_stays(spells)
    return counts(ended, pl.col("stay_nights").sum(), pl.len(), numerator_people=pl.len())


def discharged_to_care_home_from_home(spells: pl.LazyFrame) -> pl.LazyFrame:
    """Of the stays that began at home and ended in an acute bed, those that ended in a care home.

    The source of admission is that of the stay's first spell. Stays of which it or the destination is not known are in
    neither number.
    """
    order = ["discharge_date", "provider_code", "spell_id"]
    (sources,) = flow_codes("from_home").values()
    from_home = pl.col("admission_source").is_in(sources)
    ended = ended_stays(spells).filter(pl.col("discharge_destination").is_not_null())
    first = spells.filter("starts_stay")
    # Nearly all stays begin with one spell and end with it: only the others are put in order.
    several = first.group_by(_STAY).agg(pl.len().alias("_spells")).filter(pl.col("_spells") > 1)
    went_on = ended.filter(~pl.col("starts_stay"))
    others = streamed(pl.concat([own.select(_STAY) for own in (several, went_on)]).unique()).lazy()
    began = (
        streamed(first.join(others, on=_STAY, how="semi").select(*_STAY, *order, from_home.alias("_from_home")))
        .sort(*_STAY, *order, nulls_last=True)
        .group_by(_STAY, maintain_order=True)
        .agg(pl.col("_from_home").first())
        .lazy()
    )
    to_home = has_code(flow_codes("to_care_home")).alias("_to_home")
    known = [
        ended.filter(from_home & pl.col("person").is_not_null() & pl.col("starts_stay")).join(
            others, on=_STAY, how="anti"
        ),
        ended.join(began.filter("_from_home"), on=_STAY, how="semi"),
    ]
    return counts(pl.concat([own.select(*GRAIN, to_home) for own in known]), pl.col("_to_home").sum(), pl.len())


def emergency_readmission_30_days(spells: pl.LazyFrame) -> pl.LazyFrame:
    """Of the stays that ended in an acute bed, those followed by an emergency admission within 30 days; crude.

    The day of discharge is the first of the 30. The admission may be to any provider and any setting.
    """
    ended = ended_stays(spells)
    stays = ended.select("month", "council", "person", "discharge_date").with_row_index("_stay")
    again = spells.filter(has_code(flow_codes("emergency")) & pl.col("starts_stay")).select(
        "person", pl.col("stay_start").alias("_back")
    )
    last = pl.col("discharge_date").dt.offset_by(f"{flow_windows()['readmission']}d")
    back = stays.join(again, on="person").filter(
        (pl.col("_back") >= pl.col("discharge_date")) & (pl.col("_back") <= last)
    )
    return parts_of(ended, back.select(*GRAIN, "_stay").unique())


def delayed_days_per_1000_discharges(
    spells: pl.LazyFrame, months: pl.LazyFrame, spell_months: pl.LazyFrame, ready_date_missing: str
) -> pl.LazyFrame:
    """Delayed bed days of a month in acute beds, over its acute discharges; of providers with acceptable months."""
    discharged = _acceptable(
        spells.filter(discharges_that_count(ready_date_missing) & (pl.col("setting") == "acute")), months
    )
    days = _delayed(spell_months, months)
    whole = discharged.group_by(GRAIN).agg(pl.len().cast(pl.Int64).alias("denominator"))
    return (
        whole.join(days, on=list(GRAIN), how="left")
        .with_columns(
            pl.col("numerator", "_numerator_people").fill_null(0), pl.col("denominator").alias("_denominator_people")
        )
        .select(*GRAIN, *MEASURES)
    )


def share_of_occupied_beds(spells: pl.LazyFrame, months: pl.LazyFrame, spell_months: pl.LazyFrame) -> pl.LazyFrame:
    """Delayed bed days of a month, of all days in acute beds of spells in scope; of acceptable provider months."""
    occupied = (
        by_month(
            spells.filter(pl.col("in_scope") & (pl.col("setting") == "acute"))
            .drop("month")
            .with_columns(
                pl.col("admission_date").alias("from_date"), pl.col("end_date").dt.offset_by("-1d").alias("to_date")
            )
            .select("person", "provider", "council", "from_date", "to_date")
        )
        .join(months.filter(~pl.col("acceptable")).select("month", "provider"), on=["month", "provider"], how="anti")
        .group_by(GRAIN)
        .agg(
            pl.col("days").sum().alias("denominator"),
            pl.col("person").n_unique().cast(pl.Int64).alias("_denominator_people"),
        )
    )
    return (
        occupied.join(_delayed(spell_months, months), on=list(GRAIN), how="left")
        .with_columns(pl.col("numerator", "_numerator_people").fill_null(0))
        .select(*GRAIN, *MEASURES)
    )


def ended_stays(spells: pl.LazyFrame) -> pl.LazyFrame:
    """The last spells of stays of the cohort that ended in an acute bed: whom the hospital sent home, or on."""
    return spells.filter(
        pl.col("in_cohort") & pl.col("is_discharged") & pl.col("ends_stay") & (pl.col("setting") == "acute")
    )


def counts(
    rows: pl.LazyFrame, numerator: pl.Expr, denominator: pl.Expr | None, numerator_people: pl.Expr | None = None
) -> pl.LazyFrame:
    """The measures of an indicator by month and council; counts are their own people."""
    whole = pl.lit(None, dtype=pl.Int64) if denominator is None else denominator.cast(pl.Int64)
    return rows.group_by(GRAIN).agg(
        numerator.cast(pl.Int64).alias("numerator"),
        whole.alias("denominator"),
        (numerator if numerator_people is None else numerator_people).cast(pl.Int64).alias("_numerator_people"),
        whole.alias("_denominator_people"),
    )


def parts_of(rows: pl.LazyFrame, found: pl.LazyFrame) -> pl.LazyFrame:
    """The measures of an indicator that is a part of something: counts are their own people.

    Args:
        rows: what is counted, by month and council.
        found: those of them that are in the numerator, each once.
    """
    whole = rows.group_by(GRAIN).agg(pl.len().cast(pl.Int64).alias("denominator"))
    part = found.group_by(GRAIN).agg(pl.len().cast(pl.Int64).alias("numerator"))
    return (
        whole.join(part, on=list(GRAIN), how="left")
        .with_columns(pl.col("numerator").fill_null(0))
        .with_columns(
            pl.col("numerator").alias("_numerator_people"), pl.col("denominator").alias("_denominator_people")
        )
        .select(*GRAIN, *MEASURES)
    )


def has_code(codes: dict[str, list[str]]) -> pl.Expr:
    """Whether any column has one of its codes."""
    return pl.any_horizontal(pl.col(column).is_in(values).fill_null(False) for column, values in codes.items())


def whole_years(born: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Age in whole years on a day."""
    today, birthday = (
        moment.dt.month().cast(pl.Int32) * 100 + moment.dt.day().cast(pl.Int32) for moment in (day, born)
    )
    return day.dt.year() - born.dt.year() - (today < birthday).cast(pl.Int32)


def _delayed(spell_months: pl.LazyFrame, months: pl.LazyFrame) -> pl.LazyFrame:
    return (
        _acceptable(spell_months.filter(pl.col("setting") == "acute"), months)
        .group_by(GRAIN)
        .agg(
            pl.col("days").sum().cast(pl.Int64).alias("numerator"),
            pl.col("person").n_unique().cast(pl.Int64).alias("_numerator_people"),
        )
    )


def _acceptable(rows: pl.LazyFrame, months: pl.LazyFrame) -> pl.LazyFrame:
    refused = months.filter(~pl.col("acceptable")).select("month", "provider")
    return rows.join(refused, on=["month", "provider"], how="anti")
