"""Does the interval of an estimated position hold the truth? Seeded artificial councils, each booked as a run books.

A council decides on requests and reviews for two years; from the second on fewer are found eligible, and whoever is
refused or loses support costs two providers more. From the cases, decisions and use of each world the package's own
decomposition, matching, ledger and pools give every partner's position and its interval. The truth is the same ledger
of a council a hundred times as large with the effects that were planted. Results: docs/validation.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from costshift.eligibility.booked_quarters import booked_quarters
from costshift.eligibility.cases import REQUESTS, REVIEWS
from costshift.eligibility.cases import SCHEMA as CASES
from costshift.eligibility.effects import MONTH, LedgerEffect
from costshift.eligibility.exposures import exposures_of
from costshift.eligibility.stage import Eligibility
from costshift.ledger.eligibility_shifts import EligibilityShifts, eligibility_shifts
from costshift.ledger.replicates import MEASURES, Flow, pool_flows, position_intervals
from costshift.project import Pool
from costshift.statistics.arrays import Bools, Floats, Ints
from costshift.statistics.matching import difference_in_differences, match

COUNCIL, PAYERS = "the-council", ("community", "acute")
YEARS = ((dt.date(2023, 1, 1), dt.date(2023, 12, 31)), (dt.date(2024, 1, 1), dt.date(2024, 12, 31)))
AS_AT = dt.date(2025, 9, 30)
#: The month and the twelve months whose positions are looked at.
ONE, TWELVE = (dt.date(2024, 10, 1),) * 2, (dt.date(2024, 4, 1), dt.date(2025, 3, 1))
#: Days of each of the two windows that use is compared in.
WINDOW = 180
LARGE = 100
#: Requests and reviews a quarter, and pounds of a contact and of a night.
REQUESTED, REVIEWED = 150, 200
PRICES = (50.0, 562.0)


_COVERS = ["eligibility_loss", "eligibility_refusal"]
_SHARED = Pool(name="Shared", partners={"community": 40, "acute": 60}, rule="fixed_share", covers=_COVERS)
_CAPPED = Pool(
    name="Capped", partners={"community": 50, "acute": 50}, rule="capped", covers=_COVERS, monthly_budget=5000
)
#: What the providers share.
POOLS: dict[str, tuple[Pool, ...]] = {"none": (), "fixed shares": (_SHARED,), "capped": (_CAPPED,)}


@dataclass(frozen=True)
class Scenario:
    """``effect``: pounds a month at either payer. ``lower``: by how much fewer are found eligible in the second year,
    of those assessed and of those reviewed. ``pools``: the positions are looked at after each of these."""

    name: str
    effect: tuple[float, float] = (60.0, 30.0)
    lower: tuple[float, float] = (0.2, 0.12)
    pools: tuple[str, ...] = ("none",)


SCENARIOS = (
    Scenario("fewer found eligible, with an effect", pools=tuple(POOLS)),
    Scenario("as many found eligible, with an effect", lower=(0.0, 0.0)),
    Scenario("fewer found eligible, no effect", effect=(0.0, 0.0)),
    Scenario("neither", effect=(0.0, 0.0), lower=(0.0, 0.0)),
)


@dataclass(frozen=True)
class _Cases:
    """Cases of one stream: arrays of one length."""

    person: Ints
    quarter: Ints
    day: Ints
    age: Ints
    reached: Bools
    found: Bools


def make_world(scenario: Scenario, seed: int, size: int = 1) -> Eligibility:
    """A council's cases, decisions and effects; with ``size`` above 1 its effects are the planted ones."""
    rng = np.random.default_rng([seed, size, *scenario.name.encode()])
    streams = {REQUESTS: _requests(rng, scenario, size), REVIEWS: _reviews(rng, scenario, size)}
    names = {REQUESTS: ("accepted", "refused"), REVIEWS: ("kept", "lost")}
    cases, decisions, booked = [], [], []
    used: dict[str, Floats] = {}
    for stream, own in streams.items():
        cases.append(_frame(own, stream))
        kept, exposed = names[stream]
        decided = pl.DataFrame(
            {
                "person": own.person[own.reached],
                "council": [COUNCIL] * int(own.reached.sum()),
                "decision_date": pl.Series(own.day[own.reached]).cast(pl.Int32).cast(pl.Date),
                "transition": np.where(own.found[own.reached], kept, exposed),
            }
        )
        decisions.append(decided)
        used[exposed] = _change_of_use(rng, scenario, own)
        booked.append(_effect(scenario, exposed, own, used[exposed], size))
    every = pl.concat(decisions)
    people = every.select("person").unique().with_columns(pl.lit(None, dtype=pl.Date).alias("death_date"))
    return Eligibility(
        tables={},
        decisions=every.lazy(),
        covered=every.lazy(),
        cases=pl.concat(cases),
        quarters={COUNCIL: booked_quarters((YEARS[0][0], YEARS[1][1]), YEARS[1][1], [], [], {})},
        booked=booked,
        exposures={"": exposures_of(every, people)},
        delayed_days=0,
    )


def _days(rng: np.random.Generator, quarter: Ints) -> Ints:
    """A day of each quarter of the two years, numbered from 0."""
    starts = np.array([(dt.date(2023 + q // 4, 3 * (q % 4) + 1, 1) - dt.date(1970, 1, 1)).days for q in range(9)])
    return starts[quarter] + np.floor(rng.random(len(quarter)) * np.diff(starts)[quarter]).astype(np.int64)


def _requests(rng: np.random.Generator, scenario: Scenario, size: int) -> _Cases:
    quarter = np.repeat(np.arange(8), rng.poisson(REQUESTED * size, 8))
    age = rng.integers(0, 2, len(quarter))
    reached = rng.random(len(quarter)) < 0.7 + 0.1 * age
    found = reached & (rng.random(len(quarter)) < 0.6 + 0.1 * age - scenario.lower[0] * (quarter >= 4))
    return _Cases(np.arange(len(quarter)), quarter, _days(rng, quarter), age, reached, found)


def _reviews(rng: np.random.Generator, scenario: Scenario, size: int) -> _Cases:
    """Reviews a year apart: four in five of those who keep support are reviewed again, and others are new."""
    first = np.repeat(np.arange(4), rng.poisson(REVIEWED * size, 4))
    person, age = 10_000_000 + np.arange(len(first)), rng.integers(0, 2, len(first))
    kept = rng.random(len(first)) < 0.85
    again = np.flatnonzero(kept & (rng.random(len(first)) < 0.8))
    new = np.repeat(np.arange(4), rng.poisson(REVIEWED * size * (1 - 0.85 * 0.8), 4))
    quarter = np.concatenate([first, first[again] + 4, new + 4])
    everyone = np.concatenate([person, person[again], 20_000_000 + np.arange(len(new))])
    ages = np.concatenate([age, age[again], rng.integers(0, 2, len(new))])
    found = np.concatenate([kept, rng.random(len(again) + len(new)) < 0.85 - scenario.lower[1]])
    return _Cases(everyone, quarter, _days(rng, quarter), ages, np.ones(len(quarter), dtype=np.bool_), found)


def _frame(own: _Cases, stream: str) -> pl.DataFrame:
    filled = {
        "stream": pl.lit(stream),
        "council": pl.lit(COUNCIL),
        "age_band": pl.when(pl.col("age") == 1).then(pl.lit("85_plus")).otherwise(pl.lit("65_to_74")),
        "sex": pl.lit("1"),
        "route": pl.lit("unknown"),
        "reason": pl.when("reached").then(pl.lit("physical")),
        "need_band": pl.lit(None, dtype=pl.String),
        "basis": pl.lit("recorded"),
    }
    return (
        pl.DataFrame(
            {
                "person": own.person,
                "day": pl.Series(own.day).cast(pl.Int32).cast(pl.Date),
                "age": own.age,
                "reached": own.reached,
                "found": own.found,
            }
        )
        .with_columns(**filled)
        .select([pl.col(name).cast(dtype) for name, dtype in CASES.items()])
    )


def _change_of_use(rng: np.random.Generator, scenario: Scenario, own: _Cases) -> Floats:
    """Pounds a month after a decision less those before, by payer: contacts one a month, nights of stays."""
    months = WINDOW / MONTH
    frailty = rng.gamma(2.0, 0.5, len(own.person))
    exposed = own.reached & ~own.found
    change = np.empty((len(own.person), 2))
    for at, (rate, nights) in enumerate(((1.0, 1), (0.02, 6))):
        before = rng.poisson(rate * frailty * months) * nights
        added = rng.poisson(np.where(exposed, scenario.effect[at] / PRICES[at] * months, 0.0))
        after = rng.poisson(rate * frailty * months) * nights + added
        change[:, at] = (after - before) * PRICES[at] / months
    return change


def _effect(scenario: Scenario, exposure: str, own: _Cases, change: Floats, size: int) -> LedgerEffect:
    rows = own.reached
    person, exposed = own.person[rows], ~own.found[rows]
    matched = match(own.quarter[rows] * 2 + own.age[rows], exposed)
    estimate = difference_in_differences(matched, change[rows], person)
    if size > 1:
        planted = np.array(scenario.effect)
        return LedgerEffect(exposure, COUNCIL, PAYERS, planted, np.zeros((2, 2)), 10**6, len(matched.exposed))
    return LedgerEffect(
        exposure, COUNCIL, PAYERS, estimate.effect, estimate.covariance, estimate.freedom, len(matched.exposed),
        estimate.people, estimate.scores,
    )  # fmt: skip


Positions = dict[tuple[str, str, str], tuple[float, float]]


def positions(shifts: EligibilityShifts, pools: Sequence[Pool]) -> Positions:
    """Span, partner and measure to the ends of the interval, in pounds."""
    flows = pool_flows(shifts, pools)
    found: Positions = {}
    for span, (first, last) in (("month", ONE), ("12 months", TWELVE)):
        inside = shifts.rows["month"].is_between(first, last).to_numpy()
        own = replace(
            shifts,
            rows=shifts.rows.filter(inside).with_columns(pl.lit(first).alias("month")),
            replicates=shifts.replicates[inside],
        )
        moved = [
            [Flow((first, flow.cell[1]), flow.driver, flow.payer, flow.amounts) for flow in part
             if first <= flow.cell[0] <= last]
            for part in flows
        ]  # fmt: skip
        for row in position_intervals(own, moved).iter_rows(named=True):
            for measure in MEASURES:
                ends = row[f"{measure}_low"] / 100, row[f"{measure}_high"] / 100
                found[span, row["partner"], measure] = ends
    return found


def truth_of(scenario: Scenario) -> dict[tuple[str, str, str, str], float]:
    """Pool, span, partner and measure of a council a hundred times as large, by its hundredth, with planted effects."""
    shifts = eligibility_shifts(make_world(scenario, 0, LARGE), AS_AT)
    amounts = shifts.rows["amount"].to_numpy()[:, None].astype(np.float64) / LARGE
    rows = shifts.rows.with_columns((pl.col("amount") / LARGE).round().cast(pl.Int64).alias("amount"))
    # One draw of each: what is so.
    one = replace(shifts, rows=rows, replicates=amounts)
    return {(pool, *key): low for pool in scenario.pools for key, (low, _) in positions(one, POOLS[pool]).items()}


@dataclass(frozen=True)
class Result:
    """One position of one scenario: how often its interval holds the truth, and leaves out zero."""

    scenario: Scenario
    pool: str
    span: str
    partner: str
    truth: float
    worlds: int
    coverage: float
    away: float

    @property
    def holds(self) -> bool:
        """Whether the coverage is 93 to 98 in 100, within 3 Monte Carlo errors where there are under 1,000 worlds."""
        slack = 3 * (0.95 * 0.05 / self.worlds) ** 0.5 if self.worlds < 1000 else 0.0
        return 0.93 - slack <= self.coverage <= 0.98 + slack


def validate(scenario: Scenario, worlds: int) -> list[Result]:
    """Coverage of each partner's net over seeded worlds 0, 1, 2 and so on."""
    truth = {key: value for key, value in truth_of(scenario).items() if key[3] == "net_absorbed"}
    inside, away = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0)
    for seed in range(worlds):
        shifts = eligibility_shifts(make_world(scenario, seed), AS_AT)
        found = {pool: positions(shifts, POOLS[pool]) for pool in scenario.pools}
        for key, value in truth.items():
            low, high = found[key[0]][key[1], key[2], key[3]]
            inside[key] += low <= value <= high
            away[key] += low > 0 or high < 0
    return [
        Result(scenario, pool, span, partner, value, worlds, inside[key] / worlds, away[key] / worlds)
        for key, value in truth.items()
        for pool, span, partner, _ in [key]
    ]


def main() -> None:
    """Run all and print what was found as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--scenario", help="the scenarios whose names hold this")
    options = parser.parse_args()
    started = time.perf_counter()
    print("| world | pool | span | partner | true net, £ | worlds | coverage | away from zero |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for scenario in (own for own in SCENARIOS if (options.scenario or "") in own.name):
        for found in validate(scenario, options.worlds):
            print(
                f"| {scenario.name} | {found.pool} | {found.span} | {found.partner} | {found.truth:,.0f} | "
                f"{found.worlds:,} | {found.coverage:.1%} | {found.away:.1%} |",
                flush=True,
            )
    print(f"\n{time.perf_counter() - started:,.0f} s")


__all__ = ["POOLS", "SCENARIOS", "Result", "make_world", "positions", "truth_of", "validate"]

if __name__ == "__main__":
    main()
