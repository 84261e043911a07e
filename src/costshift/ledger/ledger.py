"""The whole ledger of a run: every kind of shift, the pools after them, and the positions that they add up to.

What each kind is stands in its own module; what a pool does acts after attribution (docs/methods/pools.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from costshift.delays.bed_days import Attributed, by_calendar_month
from costshift.delays.both_sides import Basis, BothSides, days_of_spells
from costshift.ledger.avoided_care import avoided_care_cost, care_after_delays
from costshift.ledger.delay_shifts import delay_shifts, driver, left_out, people_shifted
from costshift.ledger.eligibility_shifts import EligibilityShifts, with_estimates
from costshift.ledger.late_chc_decisions import PEOPLE, late_chc_decisions
from costshift.ledger.pools import KIND as POOLED
from costshift.ledger.pools import POOL_SHARES, pool_adjustments, pool_spend
from costshift.ledger.positions import partner_positions
from costshift.ledger.replicates import Flow, pool_flows, pool_intervals, position_intervals, with_intervals
from costshift.organisations import Organisations
from costshift.prices.funding import FundingRules
from costshift.prices.service_costs import ServiceCosts
from costshift.project import Pool
from costshift.statistics.streamed import streamed

GRAIN = ("month", "driver", "payer", "kind", "nature", "basis")
_COLUMNS = (*GRAIN, "amount", "amount_low", "amount_high", "avoided_care_cost", "people", "_days")


@dataclass(frozen=True)
class Ledger:
    """``shifts``: the table cost_shifts. ``people``: :data:`GRAIN` and each person behind a row; of a pool's rows only
    the number is known. ``positions``: partner_positions, and ``before_pools`` the same without the pools.
    ``pool_shares``: each partner's share of a pool's spend beside that of its contributions. ``late_unknown``: late
    days of continuing healthcare decisions for which no amount can be given. ``flows``: what each pool moves of the
    estimates, in each draw, for the intervals of sums.
    """

    shifts: pl.DataFrame
    people: pl.LazyFrame
    positions: pl.DataFrame
    before_pools: pl.DataFrame
    pool_shares: pl.DataFrame
    estimated: EligibilityShifts
    late_unknown: pl.DataFrame
    flows: Sequence[Sequence[Flow]] = ()


def ledger(
    both: BothSides,
    attributed: Attributed,
    basis: Basis,
    spells: pl.LazyFrame,
    months: pl.LazyFrame,
    bed_days: pl.LazyFrame,
    cases: pl.LazyFrame | None,
    costs: ServiceCosts,
    estimated: EligibilityShifts,
    rules: FundingRules,
    pools: Sequence[Pool],
    organisations: Organisations,
    as_at: dt.date,
) -> Ledger:
    """Every shift of a run.

    Args:
        both: record and evidence of each delayed day.
        attributed: the days on the basis that the money follows.
        basis: that basis.
        spells: dated spells with the cohort marked.
        months: :func:`costshift.delays.acceptability.provider_months`.
        bed_days: month, setting, price_pence.
        cases: current rows of the kind chc with ``person``, or None.
        costs: what care cost.
        estimated: shifts of decisions on eligibility.
        rules: [[funding]].
        pools: [[pools]].
        organisations: codes to partners.
        as_at: the last day that counts.
    """
    delays = _with_avoided_care(
        delay_shifts(attributed, months, bed_days, organisations).collect(),
        both,
        basis,
        spells,
        months,
        costs,
        rules,
        organisations,
        as_at,
    )
    late, unknown, late_people = _late(cases, costs, rules, organisations, as_at)
    nothing = pl.lit(None, dtype=pl.Int64)
    counted = pl.concat(
        [delays, late.with_columns(nothing.alias("avoided_care_cost"))],
        how="diagonal",
    ).with_columns(nothing.alias("amount_low"), nothing.alias("amount_high"))
    before = with_estimates(counted.lazy(), estimated).select(_COLUMNS).collect()
    people = pl.concat(
        [
            people_shifted(attributed, months, bed_days, organisations).select(list(PEOPLE)),
            late_people.lazy(),
            estimated.people.lazy().select(list(PEOPLE)),
        ]
    )
    moved, shares = pooled(before, costs.with_months_not_held(organisations), pools)
    flows = pool_flows(estimated, pools)
    shifts = pl.concat([before, _with_ends(moved, pool_intervals(flows))]).sort(GRAIN)
    positions = partner_positions(shifts.lazy(), people, shifts.lazy().filter(pl.col("kind") == POOLED)).collect()
    before_pools = partner_positions(before.lazy(), people).collect()
    return Ledger(
        shifts=shifts,
        people=people,
        positions=with_intervals(positions, position_intervals(estimated, flows)),
        before_pools=with_intervals(before_pools, position_intervals(estimated, ())),
        pool_shares=shares,
        estimated=estimated,
        late_unknown=unknown,
        flows=flows,
    )


def _with_ends(moved: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """What pools move, with the interval of what they move of estimates."""
    names = ("amount_low", "amount_high")
    return moved.drop(names).join(ends, on=list(GRAIN), how="left").select(moved.columns)


def _late(
    cases: pl.LazyFrame | None,
    costs: ServiceCosts,
    rules: FundingRules,
    organisations: Organisations,
    as_at: dt.date,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    if cases is None:
        cases = pl.LazyFrame(
            schema={
                "icb_code": pl.String,
                "person": pl.Int64,
                "checklist_date": pl.Date,
                "checklist_outcome": pl.String,
                "decision_date": pl.Date,
                "decision": pl.String,
                "fast_track": pl.String,
            }
        )
    named = cases.with_columns(organisations.partner(pl.col("icb_code")).alias("icb"))
    return late_chc_decisions(named, costs.pieces, rules, as_at)


def _with_avoided_care(
    shifts: pl.DataFrame,
    both: BothSides,
    basis: Basis,
    spells: pl.LazyFrame,
    months: pl.LazyFrame,
    costs: ServiceCosts,
    rules: FundingRules,
    organisations: Organisations,
    as_at: dt.date,
) -> pl.DataFrame:
    """Delay shifts with what the driver would have paid for the care that followed; null where that is not known."""
    days = days_of_spells(both, spells, basis)
    driven = (
        by_calendar_month(days)
        .join(left_out(months), on=["month", "provider"], how="anti")
        .select(
            "month",
            "provider_code",
            "spell_id",
            driver(organisations).alias("driver"),
            pl.col("provider").alias("payer"),
            "days",
            "share",
        )
        .collect()
    )
    ended = streamed(
        spells.filter(pl.col("is_discharged"))
        .join(driven.lazy().select("provider_code", "spell_id").unique(), on=["provider_code", "spell_id"], how="semi")
        .select(
            "provider_code",
            "spell_id",
            "person",
            "council",
            "ready_date",
            pl.col("end_date").alias("discharge_date"),
        )
    )
    after = care_after_delays(ended.lazy(), costs.pieces, costs.packages.covered, rules, as_at)
    avoided = avoided_care_cost(after, driven)
    return shifts.join(avoided, on=["month", "driver", "payer"], how="left", maintain_order="left")


def pooled(
    before: pl.DataFrame, service_costs: pl.DataFrame, pools: Sequence[Pool]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the pools move, as rows of cost_shifts, and the table pool_shares.

    Each pool acts on what fell before any of them.

    Args:
        before: cost_shifts without pools.
        service_costs: the table service_costs, with the months that are not held.
        pools: [[pools]].
    """
    rows = [pl.DataFrame(schema={name: before.schema[name] for name in _COLUMNS})]
    shares = [pl.DataFrame(schema=POOL_SHARES)]
    nothing = pl.lit(None, dtype=pl.Int64)
    for pool in pools:
        moved, share = pool_adjustments(pool_spend(before, service_costs, pool), pool)
        rows.append(
            moved.with_columns(
                # No days: an amount of many kinds, rounded as amounts are.
                pl.lit(0, dtype=pl.Int64).alias("_days"),
                *(nothing.alias(name) for name in ("amount_low", "amount_high", "avoided_care_cost")),
            ).select(_COLUMNS)
        )
        shares.append(share)
    # Two pools of the same partners may move between the same two: one row.
    together = (
        pl.concat(rows)
        .group_by(GRAIN)
        .agg(
            pl.col("amount").sum(),
            *(pl.col(name).first() for name in ("amount_low", "amount_high", "avoided_care_cost")),
            pl.col("people").max(),
            pl.col("_days").max(),
        )
    )
    return together.select(_COLUMNS), pl.concat(shares).sort("month", "pool", "nature", "basis", "partner")
