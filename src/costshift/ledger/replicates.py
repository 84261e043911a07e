"""The whole ledger of estimates, draw by draw: what each draw makes of every partner's position, pools included.

An interval of a sum is taken from sums of draws, never from sums of ends. Draw 7 of every row is of one drawn world;
in each of them a pool shares by its own rule what fell on its partners there. See docs/methods/positions.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from costshift.ledger.eligibility_shifts import EligibilityShifts
from costshift.ledger.pools import KIND as POOLED
from costshift.ledger.positions import GRAIN
from costshift.project import Pool
from costshift.statistics.arrays import Floats
from costshift.statistics.intervals import percentile_interval

ESTIMATED = "estimated"
#: The measures of a position, each with the two ends of its interval.
MEASURES = ("absorbed_for_others", "passed_to_others", "net_absorbed")
ENDS = tuple(f"{measure}_{end}" for measure in MEASURES for end in ("low", "high"))
_POSITIONS = {"month": pl.Date, **dict.fromkeys(GRAIN[1:], pl.String), **dict.fromkeys(ENDS, pl.Int64)}
_POOLED = {
    "month": pl.Date,
    **dict.fromkeys(("driver", "payer", "kind", "nature", "basis"), pl.String),
    "amount_low": pl.Int64,
    "amount_high": pl.Int64,
}

#: Month and nature: what is never added up across.
_Cell = tuple[dt.date, str]


@dataclass(frozen=True)
class Flow:
    """What a pool moves from one partner (``driver``) to another (``payer``) of the estimates of a month and nature.

    ``amounts``: pence, never below zero: as estimated (the first), and in each draw.
    """

    cell: _Cell
    driver: str
    payer: str
    amounts: Floats


def pool_flows(estimated: EligibilityShifts, pools: Sequence[Pool]) -> list[list[Flow]]:
    """What each pool moves of the estimates, as estimated and in each draw.

    Args:
        estimated: the shifts with their replicates.
        pools: [[pools]].
    """
    rows = list(estimated.rows.select("month", "payer", "kind", "nature", "amount").iter_rows())
    found = []
    for pool in pools:
        fell: dict[_Cell, dict[str, Floats]] = {}
        for at, (month, payer, kind, nature, amount) in enumerate(rows):
            if kind in pool.covers and payer in pool.partners:
                own = fell.setdefault((month, nature), {name: _nothing(estimated) for name in sorted(pool.partners)})
                own[payer] = own[payer] + np.concatenate([[float(amount)], estimated.replicates[at]])
        found.append([flow for cell in sorted(fell) for flow in _flows(cell, fell[cell], pool)])
    return found


def pool_intervals(flows: Sequence[Sequence[Flow]]) -> pl.DataFrame:
    """Ends of what pools move of the estimates: month, driver, payer, kind, nature, basis, amount_low, amount_high.

    An amount in the other direction counts as negative.

    Args:
        flows: :func:`pool_flows`.
    """
    sums: dict[tuple[_Cell, str, str], Floats] = {}
    for of_pool in flows:
        there = {(flow.cell, flow.driver, flow.payer): flow.amounts for flow in of_pool}
        for (cell, driver, payer), amounts in there.items():
            if amounts[0] > 0:
                net = amounts - there.get((cell, payer, driver), np.zeros_like(amounts))
                sums[cell, driver, payer] = sums.get((cell, driver, payer), np.zeros_like(amounts)) + net
    rows = []
    for (cell, driver, payer), amounts in sorted(sums.items(), key=lambda own: own[0]):
        low, high = percentile_interval(amounts[1:])
        rows.append((cell[0], driver, payer, POOLED, cell[1], ESTIMATED, round(float(low)), round(float(high))))
    return pl.DataFrame(rows, schema=_POOLED, orient="row")


def position_intervals(
    estimated: EligibilityShifts,
    flows: Sequence[Sequence[Flow]],
    *,
    named: Callable[[str], str] = str,
) -> pl.DataFrame:
    """Ends of the 95% interval of each position that is estimated: the grain of partner_positions and :data:`ENDS`.

    Args:
        estimated: the shifts with their replicates.
        flows: :func:`pool_flows`; none: the positions before the pools.
        named: partner id to the name under which it is shown, for organisations that are taken together.
    """
    absorbed: dict[tuple[_Cell, str], Floats] = {}
    passed: dict[tuple[_Cell, str], Floats] = {}

    def move(cell: _Cell, driver: str, payer: str, amounts: Floats) -> None:
        for side, partner in ((absorbed, payer), (passed, driver)):
            own = side.get((cell, partner), np.zeros_like(amounts))
            side[cell, partner] = own + amounts if driver != payer else own

    columns = ("month", "nature", "driver", "payer")
    for at, (month, nature, driver, payer) in enumerate(estimated.rows.select(columns).iter_rows()):
        move((month, nature), named(driver), named(payer), estimated.replicates[at])
    for flow in (flow for of_pool in flows for flow in of_pool):
        move(flow.cell, named(flow.driver), named(flow.payer), flow.amounts[1:])
    rows = []
    for cell, partner in sorted({*absorbed, *passed}):
        nothing = np.zeros(estimated.replicates.shape[1])
        borne, driven = (side.get((cell, partner), nothing) for side in (absorbed, passed))
        ends = [round(float(end)) for draws in (borne, driven, borne - driven) for end in percentile_interval(draws)]
        rows.append((cell[0], partner, cell[1], ESTIMATED, *ends))
    return pl.DataFrame(rows, schema=_POSITIONS, orient="row")


def with_intervals(positions: pl.DataFrame, intervals: pl.DataFrame) -> pl.DataFrame:
    """Positions with the ends of their intervals: null where a position is counted, as a count has none.

    Args:
        positions: :func:`costshift.ledger.positions.partner_positions`.
        intervals: :func:`position_intervals`.
    """
    return positions.join(intervals, on=list(GRAIN), how="left", maintain_order="left")


def _nothing(estimated: EligibilityShifts) -> Floats:
    return np.zeros(1 + estimated.replicates.shape[1])


def _flows(cell: _Cell, fell: dict[str, Floats], pool: Pool) -> list[Flow]:
    """From whom more fell on than it bears to whom it is the other way, as the pool's own rows go."""
    names = sorted(fell)
    surplus = np.stack([fell[name] for name in names])
    surplus = surplus - drawn_borne(surplus, [float(pool.partners[name]) for name in names], pool)
    found = []
    for giver, driver in enumerate(names):
        for taker, payer in enumerate(names):
            moved = np.clip(np.minimum(surplus[giver], -surplus[taker]), 0.0, None)
            if moved.any():
                surplus[giver] -= moved
                surplus[taker] += moved
                found.append(Flow(cell, driver, payer, moved))
    return found


def drawn_borne(fell: Floats, contributions: Sequence[float], pool: Pool) -> Floats:
    """What each partner bears by the pool's rule in each draw: :func:`costshift.ledger.pools.borne` but for pennies.

    Args:
        fell: partners by draws, pence.
        contributions: each partner's.
        pool: the pool.
    """
    if pool.rule == "own_risk":
        return fell
    shares = np.array(contributions)[:, None] / sum(contributions)
    total = fell.sum(axis=0)
    if pool.rule == "fixed_share":
        return np.asarray(shares * total)
    budget = (pool.monthly_budget or 0) * 100
    kept = np.clip(fell, 0.0, None)
    whole = kept.sum(axis=0)
    beyond = np.clip(total - budget, 0.0, None)
    return np.asarray(shares * np.minimum(total, budget) + kept * (beyond / np.where(whole > 0, whole, 1.0)))
