"""Each partner's delayed bed days and their cost on the three bases side by side, and as a range.

Definition: docs/methods/evidenced-attribution.md.
"""

from __future__ import annotations

import polars as pl

from costshift.delays.bed_days import Attributed
from costshift.delays.both_sides import BASES, BothSides, firmly_evidenced, on_basis
from costshift.ledger.delay_shifts import driver, left_out
from costshift.organisations import Organisations

#: The bases as columns; between the firm and the evidenced days lies what presumptive evidence decides.
COLUMNS = ("recorded", "evidenced_firm", "evidenced", "reconciled")


def attribution_bases(
    both: BothSides, months: pl.LazyFrame, prices: pl.LazyFrame, organisations: Organisations
) -> pl.LazyFrame:
    """The table attribution_bases.

    Grain: month, partner; the row ``unallocated`` holds the days of nobody and of the person. For each of
    :data:`COLUMNS` ``_days`` (delayed bed days) and ``_cost`` (pence, of those of the days that have a price). On each
    basis the days of all rows of a month sum to the same. Provider months that are not acceptable are left out.
    ``_<basis>_people``: the different people behind them.

    Args:
        both: record and evidence of each day.
        months: :func:`costshift.delays.acceptability.provider_months`.
        prices: month, setting, price_pence.
        organisations: codes to partners.
    """
    grain = ["month", "partner", "basis"]
    days = days_by_partner(both, months, prices, organisations).group_by(grain).agg(pl.col("days", "cost").sum())
    people = (
        people_by_partner(both, months, organisations)
        .group_by(grain)
        .agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    )
    return side_by_side(days.join(people, on=grain, how="left"))


def side_by_side(days: pl.LazyFrame) -> pl.LazyFrame:
    """month, partner, basis, days, cost, people as one row a month and partner."""

    def of(basis: str, what: str) -> pl.Expr:
        return pl.col(what).filter(pl.col("basis") == basis).sum()

    return (
        days.group_by("month", "partner")
        .agg(
            *(of(basis, "days").alias(f"{basis}_days") for basis in COLUMNS),
            *(of(basis, "cost").alias(f"{basis}_cost") for basis in COLUMNS),
            *(of(basis, "people").cast(pl.Int64).alias(f"_{basis}_people") for basis in COLUMNS),
        )
        .sort("month", "partner")
    )


def days_by_partner(
    both: BothSides, months: pl.LazyFrame, prices: pl.LazyFrame, organisations: Organisations
) -> pl.LazyFrame:
    """month, partner, basis, days, cost (pence, of days with a price)."""
    return pl.concat(
        own.parts.join(left_out(months), on=["month", "provider"], how="anti")
        .join(prices, on=["month", "setting"], how="left")
        .select(
            "month",
            driver(organisations).alias("partner"),
            pl.lit(basis).alias("basis"),
            "days",
            (pl.col("days") * pl.col("price_pence").fill_null(0)).alias("cost"),
        )
        for basis, own in _bases(both).items()
    )


def people_by_partner(both: BothSides, months: pl.LazyFrame, organisations: Organisations) -> pl.LazyFrame:
    """month, partner, basis, person, each once."""
    return pl.concat(
        own.people.join(left_out(months), on=["month", "provider"], how="anti")
        .select("month", driver(organisations).alias("partner"), pl.lit(basis).alias("basis"), "person")
        .unique()
        for basis, own in _bases(both).items()
    )


def _bases(both: BothSides) -> dict[str, Attributed]:
    own = {str(basis): on_basis(both, basis) for basis in BASES} | {"evidenced_firm": firmly_evidenced(both)}
    return {name: own[name] for name in COLUMNS}
