"""Pooled budgets: what a pool moves between its partners, after attribution. Definition: docs/methods/pools.md.

A pool takes what its partners bore for the kinds that it covers, and gives each of them its part by the pool's rule:

- ``own_risk``: each partner bears what fell on it. Nothing moves.
- ``fixed_share``: all of it is shared as the contributions are.
- ``capped``: it is shared so up to the pool's budget of the month; what exceeds the budget stays where it fell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from costshift.ledger.late_chc_decisions import SHIFT
from costshift.project import Pool
from costshift.statistics.largest_remainder import spread

KIND = "pool_adjustment"
CELL = ("month", "nature", "basis")
SPEND: dict[str, type[pl.DataType]] = {
    "month": pl.Date,
    "partner": pl.String,
    "nature": pl.String,
    "basis": pl.String,
    "amount": pl.Int64,
    "people": pl.Int64,
}
POOL_SHARES: dict[str, type[pl.DataType] | pl.DataType] = {
    "month": pl.Date,
    "pool": pl.String,
    "nature": pl.String,
    "basis": pl.String,
    "partner": pl.String,
    "fell_on": pl.Int64,
    "bears": pl.Int64,
    "moved_to": pl.Int64,
    "share_of_spend": pl.Float64,
    "share_of_contributions": pl.Float64,
    "_people": pl.Int64,
    "_all": pl.Int64,
}


def pool_spend(shifts: pl.DataFrame, service_costs: pl.DataFrame, pool: Pool) -> pl.DataFrame:
    """What fell on a pool's partners for all that it covers: month, partner, nature, basis, amount (pence), people.

    A kind of shift counts by its payer, whoever drove it, a partner's own share included: a pool pays for what it
    covers. A care setting counts by the net of its payer, as cash that was counted; where one net of a partner is not
    known, its whole amount is null: it is never taken for nothing. ``people`` is the most of any row, of care those who
    pay towards it where they are fewer, as its net is not shown where they are few: for disclosure control, never too
    many.

    Args:
        shifts: month, payer, kind, nature, basis, amount, people.
        service_costs: month, payer, care_setting, net, people, _contributors.
        pool: the pool.
    """
    partners = list(pool.partners)
    parts = [
        shifts.filter(pl.col("kind").is_in(pool.covers) & pl.col("payer").is_in(partners)).select(
            "month", pl.col("payer").alias("partner"), "nature", "basis", "amount", "people"
        ),
        service_costs.filter(pl.col("care_setting").is_in(pool.covers) & pl.col("payer").is_in(partners)).select(
            "month",
            pl.col("payer").alias("partner"),
            pl.lit("cash").alias("nature"),
            pl.lit("counted").alias("basis"),
            pl.col("net").alias("amount"),
            pl.when(pl.col("_contributors").is_between(1, pl.col("people")))
            .then("_contributors")
            .otherwise("people")
            .alias("people"),
        ),
    ]
    return (
        pl.concat([part.select(*SPEND).cast(pl.Schema(SPEND)) for part in parts])
        .group_by("month", "partner", "nature", "basis")
        .agg(pl.when(pl.col("amount").is_not_null().all()).then(pl.col("amount").sum()), pl.col("people").max())
        .sort("month", "partner", "nature", "basis")
    )


def pool_adjustments(spend: pl.DataFrame, pool: Pool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a pool moves between its partners, and each partner's share of the spend beside that of the contributions.

    Args:
        spend: :func:`pool_spend` of the pool.
        pool: the pool.

    Returns:
        Rows of the shape of cost_shifts: driver = the partner on whom it fell, payer = the partner that bears it in
        the end, kind ``pool_adjustment``; never anybody outside the pool, and nothing that a partner moves to itself.
        Nothing is moved where what fell on a partner is not known: what all bear is null there.
        And the table pool shares: month, pool, nature, basis, partner, fell_on, bears, moved_to (bears - fell_on),
        share_of_spend (of what fell on all), share_of_contributions; ``_people`` (those behind what fell on the
        partner; where nothing did, on all) and ``_all`` (what fell on all) for disclosure control. Pence; both sorted.
    """
    shifts: list[tuple[dt.date, str, str, str, str, str, int, int, int]] = []
    shares: list[tuple[dt.date | str | int | float | None, ...]] = []
    contributed = sum(pool.partners.values())
    for (month, nature, basis), own in spend.sort(*CELL, "partner").group_by(CELL, maintain_order=True):
        behind = dict(own.select("partner", pl.col("people").fill_null(0)).iter_rows())
        people = max(behind.values(), default=0)
        fell = dict.fromkeys(sorted(pool.partners), 0) | dict(own.select("partner", "amount").iter_rows())
        if None in fell.values():
            shares += [
                (
                    *(month, pool.name, nature, basis, name, fell[name], None, None, None),
                    *(pool.partners[name] / contributed, behind.get(name, 0) or people, None),
                )
                for name in fell
            ]
            continue
        bears = borne(fell, pool)
        shifts += [
            (month, giver, taker, KIND, nature, basis, amount, people, 0)
            for giver, taker, amount in _moves({name: fell[name] - bears[name] for name in fell})
        ]
        total = sum(fell.values())
        shares += [
            (
                month,
                pool.name,
                nature,
                basis,
                name,
                fell[name],
                bears[name],
                bears[name] - fell[name],
                fell[name] / total if total else None,
                pool.partners[name] / contributed,
                behind.get(name, 0) or people,
                total,
            )
            for name in fell
        ]
    return (
        pl.DataFrame(shifts, schema=SHIFT, orient="row"),
        pl.DataFrame(shares, schema=POOL_SHARES, orient="row"),
    )


def borne(fell: Mapping[str, int], pool: Pool) -> dict[str, int]:
    """What each partner bears by the pool's rule; it sums to what fell on all of them.

    Args:
        fell: partner to the pence that fell on it.
        pool: the pool.
    """
    if pool.rule == "own_risk":
        return dict(fell)
    total = sum(fell.values())
    if pool.rule == "fixed_share":
        return spread(total, {name: pool.partners[name] for name in fell})
    budget = round((pool.monthly_budget or 0) * 100)
    within = spread(min(total, budget), {name: pool.partners[name] for name in fell})
    beyond = max(total - budget, 0)
    # What exceeds the budget stays with those on whom the spend fell, in proportion to it.
    kept = {name: max(amount, 0) for name, amount in fell.items()}
    over = spread(beyond, kept) if beyond else dict.fromkeys(fell, 0)
    return {name: within[name] + over[name] for name in fell}


def _moves(surplus: Mapping[str, int]) -> Sequence[tuple[str, str, int]]:
    """From whom more fell on than it bears to whom it is the other way: giver, taker, pence; in order of names."""
    left = dict(surplus)
    found: list[tuple[str, str, int]] = []
    for giver in sorted(left):
        for taker in sorted(left):
            moved = min(left[giver], -left[taker])
            if moved > 0:
                found.append((giver, taker, moved))
                left[giver] -= moved
                left[taker] += moved
    return found
