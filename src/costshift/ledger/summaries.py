"""Shifts and positions of a month, with the organisations that are no partners taken together: lists stay short."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift.delays.both_sides import BothSides
from costshift.ledger.bases import days_by_partner, people_by_partner, side_by_side
from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.ledger.late_chc_decisions import PERSON
from costshift.ledger.ledger import GRAIN, Ledger
from costshift.ledger.pools import KIND as POOLED
from costshift.ledger.positions import partner_positions
from costshift.organisations import Organisations

#: In place of every organisation that the project file does not declare. No partner id has an underscore.
OTHERS = "other_organisations"


def ledger_summaries(own: Ledger, organisations: Organisations, month: dt.date) -> dict[str, pl.LazyFrame]:
    """A month's counted shifts and positions, by partner.

    ``shifts_by_partner``: as cost_shifts (month, driver, payer, kind, nature, basis). ``positions_by_partner``: as
    partner_positions (month, partner, nature, basis); ``positions_before_pools`` the same without the pools.
    Organisations that the project file does not declare are one, ``other_organisations``, with the different people
    behind them; what one of them bore for another moves nothing between it and itself. ``unallocated`` and the
    ``person`` stay apart.
    Estimates are not in them: they are shown with their intervals.

    Args:
        own: the ledger.
        organisations: the partners of the place.
        month: the month.
    """
    counted = own.shifts.lazy().filter(pl.col("basis") == "counted")
    behind = own.people.filter(pl.col("basis") == "counted")
    shifts, people = (_with_others_together(frame, organisations, month) for frame in (counted, behind))
    number = people.group_by(GRAIN).agg(pl.col("person").n_unique().cast(pl.Int64).alias("_persons"))
    pooled = pl.col("kind") == POOLED
    summed = shifts.group_by(GRAIN).agg(pl.col("amount", "_days").sum(), pl.col("people").max())
    return {
        "shifts_by_partner": summed.join(number, on=list(GRAIN), how="left")
        .with_columns(pl.when(pooled).then("people").otherwise("_persons").alias("people"))
        .drop("_persons"),
        "positions_by_partner": partner_positions(shifts, people, shifts.filter(pooled)),
        "positions_before_pools": partner_positions(shifts.filter(~pooled), people),
    }


def bases_by_partner(
    both: BothSides,
    months: pl.LazyFrame,
    prices: pl.LazyFrame,
    organisations: Organisations,
    month: pl.LazyFrame,
) -> pl.LazyFrame:
    """One ``month`` of attribution_bases, with the organisations that the project file does not declare as one."""
    known = [*organisations.types, UNALLOCATED]
    together = pl.when(pl.col("partner").is_in(known)).then("partner").otherwise(pl.lit(OTHERS)).alias("partner")
    grain = ["month", "partner", "basis"]
    days = days_by_partner(both, months, prices, organisations).join(month, on="month").with_columns(together)
    people = people_by_partner(both, months, organisations).join(month, on="month").with_columns(together)
    counted = people.group_by(grain).agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    summed = days.group_by(grain).agg(pl.col("days", "cost").sum())
    return side_by_side(summed.join(counted, on=grain, how="left"))


def _with_others_together(frame: pl.LazyFrame, organisations: Organisations, month: dt.date) -> pl.LazyFrame:
    known = [*organisations.types, UNALLOCATED, PERSON]
    return frame.filter(pl.col("month") == month).with_columns(
        pl.when(pl.col(side).is_in(known)).then(pl.col(side)).otherwise(pl.lit(OTHERS)).alias(side)
        for side in ("driver", "payer")
    )
