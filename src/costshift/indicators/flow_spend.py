"""Where the money goes: the residential share of council spend, the community share of NHS spend."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from costshift import standards
from costshift.indicators.flow_hospital import GRAIN, MEASURES
from costshift.prices.care_packages import OWNER
from costshift.prices.intervals import by_month
from costshift.prices.unit_costs import prices_of_months
from costshift.standards import formatted
from costshift.standards.flow import flow_codes

CARE_HOMES = ("nursing_home", "residential_home")


def residential_share_of_council_spend(pieces: pl.LazyFrame) -> pl.LazyFrame:
    """Pence spent on long-term care homes, of all that the council's packages cost before what people pay.

    Packages that the person pays in full are no council spend, and are left out.

    Args:
        pieces: :class:`costshift.prices.care_packages.Packages`.
    """
    homes = pl.col("care_setting").is_in(CARE_HOMES)
    return (
        pieces.filter(pl.col("state") != "client_funded")
        .group_by(*GRAIN, *(name for name in OWNER if name not in GRAIN))
        .agg(
            pl.col("gross").filter(homes).sum().alias("numerator"),
            pl.col("gross").sum().alias("denominator"),
            homes.any().cast(pl.Int64).alias("_numerator_people"),
            pl.lit(1, dtype=pl.Int64).alias("_denominator_people"),
        )
        .group_by(GRAIN)
        .agg(pl.col(name).sum() for name in MEASURES)
    )


def nhs_activity_of(spells: pl.LazyFrame, views: Mapping[str, pl.LazyFrame], councils: pl.LazyFrame) -> pl.LazyFrame:
    """NHS activity by month, council and price item: month, council, person, side, item, quantity.

    Spells: occupied days of every setting. Contacts: those attended. Attendances: all. A contact or attendance is of
    the council of the person's latest record that names one.

    Args:
        spells: dated spells with ``person``.
        views: contacts and attendances with ``person``, each where it was sent.
        councils: person, council.
    """
    cell = ["month", "council", "person", "side", "item"]
    elective = pl.col("admission_method").is_in(flow_codes("elective")["admission_method"]).fill_null(value=False)
    beds = by_month(
        spells.filter(pl.col("nights") > 0)
        .drop("month")
        .select(
            "person",
            "council",
            "setting",
            pl.when(elective).then(pl.lit("bed_days_elective")).otherwise(pl.lit("bed_days")).alias("activity"),
            pl.col("admission_date").alias("from_date"),
            pl.col("end_date").dt.offset_by("-1d").alias("to_date"),
        )
    ).with_columns(pl.col("days").alias("quantity"))
    parts = [_priced_as(beds).group_by(cell).agg(pl.col("quantity").sum())]
    if "contacts" in views:
        parts.append(_of_people(views["contacts"].filter(was_attended()), "contacts", "contact_date", councils))
    if "attendances" in views:
        parts.append(_of_people(views["attendances"], "attendances", "arrival_date", councils))
    return pl.concat([part.select(*cell, "quantity") for part in parts])


def community_share_of_nhs_spend(
    activity: pl.LazyFrame, packages: pl.LazyFrame, prices: pl.DataFrame
) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """Pence spent outside acute and mental health hospitals, of all NHS spend that the extracts tell of.

    Community: contacts, community hospital beds, continuing healthcare and funded nursing care.

    Args:
        activity: :func:`nhs_activity_of`.
        packages: month, council, person, pence: continuing healthcare and funded nursing care.
        prices: :func:`costshift.prices.unit_costs.unit_costs`.

    Returns:
        The indicator; and what stands in its way: item, month, quantity of activity without a price. A month with any
        of it has nulls: a share of what happens to have a price would tell nothing.
    """
    items = sorted(activity.select("item").unique().collect()["item"])
    rates = prices_of_months(prices, activity, items)
    valued = activity.join(rates, on=["item", "month"], how="left").collect()
    unpriced = (
        valued.filter(pl.col("price_pence").is_null())
        .group_by("item", "month")
        .agg(pl.col("quantity").sum())
        .sort("item", "month")
    )
    pence = pl.col("quantity") * pl.col("price_pence")
    both = pl.concat(
        [
            valued.lazy().select(*GRAIN, "person", "side", pence.alias("pence")),
            packages.select(*GRAIN, "person", pl.lit("community").alias("side"), pl.col("pence").cast(pl.Int64)),
        ]
    )
    outside = pl.col("side") == "community"
    blank = unpriced.lazy().select("month").unique().with_columns(pl.lit(value=True).alias("_blank"))
    table = (
        both.group_by(GRAIN)
        .agg(
            pl.col("pence").filter(outside).sum().alias("numerator"),
            pl.col("pence").sum().alias("denominator"),
            pl.col("person").filter(outside).n_unique().cast(pl.Int64).alias("_numerator_people"),
            pl.col("person").n_unique().cast(pl.Int64).alias("_denominator_people"),
        )
        .join(blank, on="month", how="left")
        .with_columns(pl.when(pl.col("_blank").is_null()).then(pl.col(name)).alias(name) for name in MEASURES)
        .drop("_blank")
    )
    return table, unpriced


def was_attended() -> pl.Expr:
    """Whether a contact took place; one of which nothing is said did."""
    told = standards.normalise(pl.col("attended")).is_in(standards.contacts_not_attended())
    return ~told.fill_null(value=False)


def _of_people(rows: pl.LazyFrame, activity: str, day: str, councils: pl.LazyFrame) -> pl.LazyFrame:
    """How many of one activity each person had in a month; all of it has one price."""
    one = pl.LazyFrame({"activity": [activity], "setting": ["any"]})
    side, item = _priced_as(one).select("side", "item").collect().row(0)
    return (
        rows.group_by(pl.col(day).dt.month_start().alias("month"), "person")
        .agg(pl.len().cast(pl.Int64).alias("quantity"))
        .join(councils, on="person", how="left")
        .with_columns(pl.col("council").fill_null("unknown"), pl.lit(side).alias("side"), pl.lit(item).alias("item"))
    )


def _priced_as(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with the price item of their activity and setting, and whether it is in the community or in hospital.

    What no rule names has the item of its setting's bed day, as in the effects of eligibility.
    """
    named = {f"{activity} {setting}": item for (activity, setting), item in standards.activity_prices().items()}
    outside = (pl.col("activity") == "contacts") | (pl.col("setting") == "community")
    return rows.with_columns(
        pl.coalesce(
            formatted("{} {}", "activity", "setting").replace_strict(named, default=None, return_dtype=pl.String),
            formatted("bed_day_{}", "setting"),
        ).alias("item"),
        pl.when(outside).then(pl.lit("community")).otherwise(pl.lit("hospital")).alias("side"),
    )
