"""Shifts and positions of a month, with the organisations that are no partners taken together: lists stay short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

import polars as pl

from costshift.delays.both_sides import BothSides
from costshift.ledger.bases import days_by_partner, people_by_partner, side_by_side
from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.ledger.late_chc_decisions import PERSON
from costshift.ledger.ledger import GRAIN, Ledger
from costshift.ledger.pools import KIND as POOLED
from costshift.ledger.positions import partner_positions
from costshift.ledger.replicates import position_intervals, with_intervals
from costshift.organisations import Organisations

#: In place of every organisation that the project file does not declare. No partner id has an underscore.
OTHERS = "other_organisations"


def ledger_summaries(own: Ledger, organisations: Organisations, month: dt.date) -> dict[str, pl.LazyFrame]:
    """A month's counted shifts and positions, by partner.

    ``shifts_by_partner``: as cost_shifts (month, driver, payer, kind, nature, basis). ``positions_by_partner``: as
    partner_positions (month, partner, nature, basis); ``positions_before_pools`` the same without the pools.
    Organisations that the project file does not declare are one, ``other_organisations``, with the different people
    behind them; what one of them bore for another moves nothing between it and itself. ``unallocated`` and the
    ``person`` stay apart. Estimates are not in them. ``estimated_positions``: theirs, with their intervals, of the
    month and in sum over the 12 months to it (months, partner, nature); ``months`` is 1 or 12.

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
        "estimated_positions": _estimated_positions(own, organisations, month),
    }


def _estimated_positions(own: Ledger, organisations: Organisations, month: dt.date) -> pl.LazyFrame:
    known = {*organisations.types, UNALLOCATED, PERSON}
    year = dt.date(month.year - (month.month < 12), month.month % 12 + 1, 1)
    parts = []
    for months, since in ((1, month), (12, year)):
        # The sum over months is the position of one long month.
        inside = pl.col("month").is_between(since, month)
        together = pl.lit(month).alias("month")
        rows = own.estimated.rows.with_row_index("_row").filter(inside)
        estimated = replace(
            own.estimated,
            rows=rows.drop("_row").with_columns(together),
            replicates=own.estimated.replicates[rows["_row"].to_numpy()],
        )
        flows = [
            [replace(flow, cell=(month, flow.cell[1])) for flow in of_pool if since <= flow.cell[0] <= month]
            for of_pool in own.flows
        ]
        of_estimates = inside & (pl.col("basis") == "estimated")
        shifts, people = (
            _named(frame.filter(of_estimates).with_columns(together), known)
            for frame in (own.shifts.lazy(), own.people)
        )
        positions = partner_positions(shifts, people, shifts.filter(pl.col("kind") == POOLED)).collect()
        ends = position_intervals(estimated, flows, named=lambda name: name if name in known else OTHERS)
        parts.append(with_intervals(positions, ends).with_columns(pl.lit(months, dtype=pl.Int64).alias("months")))
    return pl.concat(parts).lazy()


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
    return _named(frame.filter(pl.col("month") == month), {*organisations.types, UNALLOCATED, PERSON})


def _named(frame: pl.LazyFrame, known: Collection[str]) -> pl.LazyFrame:
    return frame.with_columns(
        pl.when(pl.col(side).is_in(sorted(known))).then(pl.col(side)).otherwise(pl.lit(OTHERS)).alias(side)
        for side in ("driver", "payer")
    )
