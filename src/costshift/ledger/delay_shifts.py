"""What delayed bed days shift: from whom the days are attributable to, to the provider whose beds they filled."""

from __future__ import annotations

import polars as pl

from costshift.delays.bed_days import Attributed
from costshift.organisations import SETTINGS, Organisations

UNALLOCATED = "unallocated"
#: What every shift of a delayed day is.
KIND = {"kind": "delay", "nature": "notional", "basis": "counted"}


def people_shifted(
    days: Attributed, months: pl.LazyFrame, prices: pl.LazyFrame, organisations: Organisations
) -> pl.LazyFrame:
    """month, driver, payer, kind, nature, basis, person, each once: everyone behind :func:`delay_shifts`."""
    return (
        days.people.join(left_out(months), on=["month", "provider"], how="anti")
        .join(prices, on=["month", "setting"], how="semi")
        .select(
            "month",
            driver(organisations).alias("driver"),
            pl.col("provider").alias("payer"),
            *(pl.lit(text).alias(name) for name, text in KIND.items()),
            "person",
        )
        .unique()
    )


def delay_shifts(
    days: Attributed, months: pl.LazyFrame, prices: pl.LazyFrame, organisations: Organisations
) -> pl.LazyFrame:
    """Shifts of the kind ``delay``.

    Grain: month, driver, payer. Driver = the partner that the days are attributable to on the basis that the money
    follows; payer = the provider in whose beds they were. Days that nobody has, or the person, are driven by
    ``unallocated``: in no partner's position. Bed days are valued at average cost, not a saving: nature notional,
    basis counted.

    Args:
        days: delayed bed days on that basis.
        months: :func:`costshift.delays.acceptability.provider_months`.
        prices: month, setting, price_pence.
        organisations: codes to partners.

    Returns:
        month, driver, payer, kind, nature, basis, amount (pence), people, and _days, which the amount rests on.
        Settings without a price and provider months that are not acceptable are left out.
    """
    grain = ["month", "driver", "payer"]
    people = (
        people_shifted(days, months, prices, organisations).group_by(grain).agg(pl.len().cast(pl.Int64).alias("people"))
    )
    return (
        days.parts.join(left_out(months), on=["month", "provider"], how="anti")
        .join(prices, on=["month", "setting"])
        .with_columns(driver(organisations).alias("driver"), pl.col("provider").alias("payer"))
        .group_by(grain)
        .agg(
            (pl.col("days") * pl.col("price_pence")).sum().alias("amount"),
            pl.col("days").sum().alias("_days"),
        )
        .filter(pl.col("_days") > 0)
        .join(people, on=grain, how="left")
        .select(
            "month",
            "driver",
            "payer",
            *(pl.lit(text).alias(name) for name, text in KIND.items()),
            "amount",
            "people",
            "_days",
        )
        .sort(grain)
    )


def unpriced_days(days: Attributed, months: pl.LazyFrame, prices: pl.LazyFrame) -> pl.LazyFrame:
    """setting, days: delayed bed days for which there is no price, named and never costed at zero."""
    return (
        days.parts.join(prices, on=["month", "setting"], how="anti")
        .join(left_out(months), on=["month", "provider"], how="anti")
        .group_by("setting")
        .agg(pl.col("days").sum())
        .filter(pl.col("days") > 0)
        .sort("setting")
    )


def left_out(months: pl.LazyFrame) -> pl.LazyFrame:
    """month, provider: the months whose ready dates are too few for totals, charts and costs."""
    return months.filter(~pl.col("acceptable")).select("month", "provider")


def driver(organisations: Organisations) -> pl.Expr:
    """The partner behind ``attribution``.

    A setting is the spell's own provider where it has that type, else the place's only partner of the type.
    Council and ICB are whoever has the spell's code, a partner or not; without a code, the only partner of the
    type. So the place's own ICB is not charged for somebody else's patients.
    """
    kind = pl.col("attribution")
    by_type = {name: organisations.only(name) for name in (*SETTINGS, "council", "icb")}
    by_icb_code = organisations.partner(pl.col("icb_code"))
    return (
        pl.when(kind == pl.col("setting"))
        .then(pl.col("provider"))
        .when((kind == "council") & (pl.col("council") != "unknown"))
        .then(pl.col("council"))
        .when((kind == "icb") & (by_icb_code != "unknown"))
        .then(by_icb_code)
        .otherwise(kind.replace_strict(by_type, default=UNALLOCATED, return_dtype=pl.String))
    )
