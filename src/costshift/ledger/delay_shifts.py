"""What delayed bed days shift: from whom the days are attributable to, to the provider whose beds they filled."""

from __future__ import annotations

import polars as pl

from costshift.delays.bed_days import AttributedDays, people_behind
from costshift.organisations import SETTINGS, Organisations

UNALLOCATED = "unallocated"


def delay_shifts(
    days: AttributedDays, months: pl.LazyFrame, prices: pl.LazyFrame, organisations: Organisations
) -> pl.LazyFrame:
    """Shifts of the kind ``delay`` on the recorded basis.

    Grain: month, driver, payer. Driver = the partner that the days are attributable to; payer = the provider
    in whose beds they were. Days that nobody has, or the person, are driven by ``unallocated``: in no
    partner's position. Bed days are valued at average cost, not a saving: nature notional, basis counted.

    Returns:
        month, driver, payer, kind, nature, basis, amount (pence), people, and _days, which the amount rests on.
        Settings without a price and provider months that are not acceptable are left out.
    """
    state = months.select("month", "provider", "computable", "acceptable")
    keep = pl.col("computable").fill_null(True) & pl.col("acceptable").fill_null(True)
    driver = _driver(organisations).alias("driver")
    grain = ["month", "driver", "payer"]
    people = (
        people_behind(days)
        .with_columns(driver, pl.col("provider").alias("payer"))
        .join(state, on=["month", "provider"], how="left")
        .filter(keep)
        .join(prices, on=["month", "setting"])
        .group_by(grain)
        .agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    )
    return (
        days.parts.join(state, on=["month", "provider"], how="left")
        .filter(keep)
        .join(prices, on=["month", "setting"])
        .with_columns(driver, pl.col("provider").alias("payer"))
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
            pl.lit("delay").alias("kind"),
            pl.lit("notional").alias("nature"),
            pl.lit("counted").alias("basis"),
            "amount",
            "people",
            "_days",
        )
        .sort(grain)
    )


def unpriced_days(days: AttributedDays, prices: pl.LazyFrame) -> pl.LazyFrame:
    """setting, days: delayed bed days for which there is no price, named and never costed at zero."""
    return (
        days.parts.join(prices, on=["month", "setting"], how="anti")
        .group_by("setting")
        .agg(pl.col("days").sum())
        .filter(pl.col("days") > 0)
        .sort("setting")
    )


def _driver(organisations: Organisations) -> pl.Expr:
    """The partner behind an attribution.

    A setting is the spell's own provider where it has that type, else the place's only partner of the type.
    Council and ICB are the partner that has the code, else the only one of the type.
    """
    kind = pl.col("recorded_attribution")
    by_type = {name: organisations.only(name) for name in (*SETTINGS, "council", "icb")}
    by_icb_code = organisations.partner(pl.col("icb_code"))
    known_icb = by_icb_code.is_in([p for p, t in organisations.types.items() if t == "icb"])
    return (
        pl.when(kind == pl.col("setting"))
        .then(pl.col("provider"))
        .when((kind == "council") & (pl.col("council") != "unknown"))
        .then(pl.col("council"))
        .when((kind == "icb") & known_icb)
        .then(by_icb_code)
        .otherwise(kind.replace_strict(by_type, default=UNALLOCATED, return_dtype=pl.String))
    )
