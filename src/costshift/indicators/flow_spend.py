"""Where the money goes: the residential share of council spend, the community share of NHS spend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from costshift import standards
from costshift.indicators.flow_hospital import GRAIN, MEASURES
from costshift.prices.intervals import by_month
from costshift.prices.unit_costs import prices_of_months
from costshift.standards import formatted, looked_up
from costshift.standards.contacts import was_attended
from costshift.standards.flow import flow_codes
from costshift.statistics.streamed import streamed

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
        .with_columns(homes.alias("_home"))
        .group_by(GRAIN)
        .agg(
            pl.col("gross").filter("_home").sum().alias("numerator"),
            pl.col("gross").sum().alias("denominator"),
            pl.col("client").filter("_home").n_unique().cast(pl.Int64).alias("_numerator_people"),
            pl.col("client").n_unique().cast(pl.Int64).alias("_denominator_people"),
        )
    )


@dataclass(frozen=True)
class Activity:
    """NHS activity. ``quantities``: month, council, side, item, quantity. ``people``: month, council, person, outside.

    ``outside``: whether what the row tells of is in the community; a person has a row for each thing told.
    """

    quantities: pl.DataFrame
    people: pl.LazyFrame


def nhs_activity_of(spells: pl.LazyFrame, views: Mapping[str, pl.LazyFrame], councils: pl.LazyFrame) -> Activity:
    """NHS activity by month, council and price item, and whose it is.

    Spells: occupied days of every setting. Contacts: those attended. Attendances: all. A contact or attendance is of
    the council of the person's latest record that names one.

    Args:
        spells: dated spells with ``person``.
        views: contacts and attendances with ``person``, each where it was sent.
        councils: person, council.
    """
    elective = pl.col("admission_method").is_in(flow_codes("elective")["admission_method"]).fill_null(value=False)
    beds = by_month(
        spells.filter(pl.col("nights") > 0).select(
            "person",
            "council",
            "setting",
            elective.alias("_elective"),
            pl.col("admission_date").alias("from_date"),
            pl.col("end_date").dt.offset_by("-1d").alias("to_date"),
        )
    )
    occupied = beds.group_by(*GRAIN, "setting", "_elective").agg(pl.col("days").sum().alias("quantity"))
    activity = pl.when("_elective").then(pl.lit("bed_days_elective")).otherwise(pl.lit("bed_days"))
    parts = [_priced_as(occupied.with_columns(activity.alias("activity")))]
    people = [beds.select(*GRAIN, "person", (pl.col("setting") == "community").alias("outside"))]
    for activity_of, day in (("contacts", "contact_date"), ("attendances", "arrival_date")):
        if activity_of not in views:
            continue
        rows = views[activity_of]
        own = (
            (rows.filter(was_attended()) if activity_of == "contacts" else rows)
            .select(pl.col(day).dt.month_start().alias("month"), "person")
            .join(councils, on="person", how="left")
            .with_columns(pl.col("council").cast(pl.String).fill_null("unknown"))
        )
        told = own.group_by(GRAIN).agg(pl.len().cast(pl.Int64).alias("quantity"))
        parts.append(
            _priced_as(told.with_columns(pl.lit(activity_of).alias("activity"), pl.lit("any").alias("setting")))
        )
        people.append(own.select(*GRAIN, "person", pl.lit(value=activity_of == "contacts").alias("outside")))
    cell = [*GRAIN, "side", "item"]
    found = [part.group_by(cell).agg(pl.col("quantity").sum()).collect(engine="streaming") for part in parts]
    return Activity(pl.concat(found), pl.concat(people))


def community_share_of_nhs_spend(
    activity: Activity, packages: pl.LazyFrame, prices: pl.DataFrame
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
    quantities = activity.quantities
    rates = prices_of_months(prices, quantities.lazy(), sorted(quantities["item"].unique()))
    valued = quantities.lazy().join(rates, on=["item", "month"], how="left").collect()
    unpriced = (
        valued.filter(pl.col("price_pence").is_null())
        .group_by("item", "month")
        .agg(pl.col("quantity").sum())
        .sort("item", "month")
    )
    pence = pl.col("quantity") * pl.col("price_pence")
    both = pl.concat(
        [
            valued.lazy().select(*GRAIN, "side", pence.alias("pence")),
            packages.select(*GRAIN, pl.lit("community").alias("side"), pl.col("pence").cast(pl.Int64)),
        ]
    )
    outside = pl.col("side") == "community"
    people = pl.concat([activity.people, packages.select(*GRAIN, "person", pl.lit(value=True).alias("outside"))])
    blank = unpriced.lazy().select("month").unique().with_columns(pl.lit(value=True).alias("_blank"))
    table = (
        both.group_by(GRAIN)
        .agg(pl.col("pence").filter(outside).sum().alias("numerator"), pl.col("pence").sum().alias("denominator"))
        .join(_different(people, both).lazy(), on=list(GRAIN), how="left")
        .join(blank, on="month", how="left")
        .with_columns(pl.when(pl.col("_blank").is_null()).then(pl.col(name)).alias(name) for name in MEASURES)
        .drop("_blank")
    )
    return table, unpriced


def _different(people: pl.LazyFrame, cells: pl.LazyFrame) -> pl.DataFrame:
    """How many different people there are in a month and council, and how many of them outside.

    A month, a council and a person are one number, which is put in order: groups of three columns take ten times the
    memory.

    Args:
        people: month, council, person, outside.
        cells: any frame with every council.
    """
    councils = streamed(cells.select("council").unique())["council"].sort()
    many, everyone = max(councils.len(), 1), 1 << 32
    council = pl.col("council").cast(pl.Enum(councils)).to_physical().cast(pl.Int64)
    cell = pl.col("month").cast(pl.Int32).cast(pl.Int64) * many + council
    own = (cell * everyone + pl.col("person").fill_null(-1) + 1) * 2 + pl.col("outside").cast(pl.Int64)
    numbers = streamed(people.select(own.alias("own"))).to_series().sort()
    # Of the rows of one person in a cell the last says whether any is outside.
    last = numbers.filter((numbers // 2).ne_missing((numbers // 2).shift(-1)))
    found = pl.LazyFrame({"cell": last // 2 // everyone, "outside": last % 2})
    return (
        found.group_by("cell")
        .agg(
            pl.col("outside").sum().cast(pl.Int64).alias("_numerator_people"),
            pl.len().cast(pl.Int64).alias("_denominator_people"),
        )
        .select(
            (pl.col("cell") // many).cast(pl.Int32).cast(pl.Date).alias("month"),
            looked_up(pl.col("cell") % many, dict(enumerate(councils)), pl.String).alias("council"),
            *MEASURES[2:],
        )
        .collect()
    )


def _priced_as(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with the price item of their activity and setting, and whether it is in the community or in hospital.

    What no rule names has the item of its setting's bed day, as in the effects of eligibility.
    """
    named = {f"{activity} {setting}": item for (activity, setting), item in standards.activity_prices().items()}
    outside = (pl.col("activity") == "contacts") | (pl.col("setting") == "community")
    return rows.with_columns(
        pl.coalesce(
            looked_up(formatted("{} {}", "activity", "setting"), named, pl.String),
            formatted("bed_day_{}", "setting"),
        ).alias("item"),
        pl.when(outside).then(pl.lit("community")).otherwise(pl.lit("hospital")).alias("side"),
    )
