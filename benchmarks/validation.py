"""Does the estimator find what is true? Seeded artificial worlds by the thousand, each estimated as a run estimates.

Effects: in each world people are exposed to a decision, others are not; their use of services is drawn as events and
stays, and the package's own windows, matching and variance give the effect and its interval. Decomposition: requests
of two years are drawn with one factor moved. Printed: bias with its Monte Carlo error, coverage of the 95% interval,
and how often each component's interval leaves out zero. Results: docs/validation.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from costshift.eligibility.activity import Coverage, Part, Use
from costshift.eligibility.decomposition import COMPONENTS, change_in_people
from costshift.eligibility.effects import AFTER, BEFORE, MONTH
from costshift.eligibility.exposures import NEVER
from costshift.statistics.arrays import Bools, Floats, Ints
from costshift.statistics.intervals import t_quantile
from costshift.statistics.matching import difference_in_differences, match
from costshift.statistics.windows import Periods, Points

CONTACT, BED_DAY = 50.0, 562.0
#: Pounds a month without any effect: a contact a month, and a stay of 6 nights every 50 months.
CONTACTS_A_MONTH, STAYS_A_MONTH, NIGHTS = 1.0, 0.02, 6.0
USUAL = CONTACTS_A_MONTH * CONTACT + STAYS_A_MONTH * NIGHTS * BED_DAY
FIRST, LAST = BEFORE[0], AFTER[1]
STRATA = 12


@dataclass(frozen=True)
class Scenario:
    """What is true in a world. ``effect`` in pounds a month from the decision on; ``times`` multiplies use after it.

    ``crisis``: extra pounds of contacts before a decision, of comparators and of exposed, over so many days.
    ``hazard``: yearly chance of death after the decision, of comparators and of exposed. ``later``: share of
    comparators who are exposed within some months themselves. ``hospital``: shares decided in hospital. ``selected``:
    over which months before and from the decision need decides who is exposed. ``trend``: pounds a month that the
    exposed gain each month more.
    """

    name: str
    effect: float = 0.0
    times: float = 1.0
    crisis: tuple[float, float] = (0.0, 0.0)
    crisis_days: int = 60
    hazard: tuple[float, float] = (0.0, 0.0)
    later: float = 0.0
    hospital: tuple[float, float] = (0.0, 0.0)
    selected: tuple[int, int] | None = None
    trend: float = 0.0
    fails: str = ""

    @property
    def truth(self) -> float:
        """The true effect on the total in the window, deaths included, where selection leaves use as it was."""
        alive = [_alive(hazard) for hazard in self.hazard]
        return USUAL * (self.times * alive[1] - alive[0]) + self.effect * alive[1]


SCENARIOS = (
    Scenario("no effect"),
    Scenario("constant effect", effect=60),
    Scenario("proportional effect", times=1.5),
    Scenario("equal crises before the decision", effect=60, crisis=(600, 600)),
    Scenario("unequal crises before the decision, no effect", crisis=(300, 900)),
    Scenario("need that reverts, with selection on it", effect=60, selected=(-1, 1)),
    Scenario("deaths that differ", effect=60, hazard=(0.15, 0.35)),
    Scenario("comparators exposed later", effect=60, later=0.25, crisis=(600, 600)),
    Scenario("decisions made in hospital", effect=60, hospital=(0.2, 0.5)),
    Scenario(
        "crises of 180 days before the decision of the exposed",
        crisis=(0, 900),
        crisis_days=180,
        fails="half of the crisis lies in the window before: too low. The event study shows it, the placebo does too",
    ),
    Scenario(
        "need that grows faster among the exposed",
        trend=5,
        fails="no comparison of changes can tell a trend from an effect. The placebo and the event study show it",
    ),
    Scenario(
        "selection on need of the two months before alone",
        effect=60,
        selected=(-2, 0),
        fails="need has more time to come back after than it had to go before: a little too high",
    ),
)


def _alive(hazard: float) -> float:
    """Mean share of the window after the decision that is lived."""
    rate = -np.log1p(-hazard) / 365.25
    days = np.arange(*AFTER)
    return float(np.exp(-rate * days).mean())


@dataclass(frozen=True)
class World:
    """Rows (decisions) as the estimator takes them, and what the people used."""

    person: Ints
    day: Ints
    exposed: Bools
    first_exposure: Ints
    stratum: Ints
    use: Use


def make_world(scenario: Scenario, exposed_people: int, seed: int) -> World:
    """One world of two years: exposed in either, three times as many comparators, a third of them in both."""
    rng = np.random.default_rng([seed, exposed_people, *scenario.name.encode()])
    size = 4 * exposed_people
    treated = np.arange(size) < exposed_people
    second = rng.random(size) < 0.5
    day = rng.integers(1000, 1091, size) + 365 * second
    stratum = rng.integers(0, STRATA, size)
    frailty = rng.gamma(2.0, 0.5, size)
    # A transient part of need that reverts, month by month; who has little of it lately is the likelier to be exposed.
    swing = _reverting(rng, size) if scenario.selected else np.zeros((size, _MONTHS))
    if scenario.selected:
        lately = swing[:, _NOW + scenario.selected[0] : _NOW + scenario.selected[1]].mean(axis=1)
        order = np.argsort(lately + rng.normal(0, 0.5, size), kind="stable")
        swing = swing[order]
    later = ~treated & (rng.random(size) < scenario.later)
    first_exposure = np.where(treated, day, NEVER)
    first_exposure = np.where(later, day + rng.integers(100, 500, size), first_exposure)
    hazard = np.where(treated, scenario.hazard[1], scenario.hazard[0])
    death = np.where(hazard > 0, day + rng.exponential(365.25 / np.maximum(-np.log1p(-hazard), 1e-9)), NEVER).astype(
        np.int64
    )
    points: list[tuple[Ints, Ints]] = []

    def contacts(rate: Floats, start: Ints, stop: Ints) -> None:
        """Contacts at a monthly rate within a span."""
        span = np.maximum(stop - start, 0)
        who = np.repeat(np.arange(size), rng.poisson(rate * span / MONTH))
        points.append((who, start[who] + np.floor(rng.random(len(who)) * span[who]).astype(np.int64)))

    begin, end = day + FIRST - 120, np.minimum(day + LAST + _YEAR, death + 1)
    factor = np.where(treated, scenario.times, 1.0)
    for month in range(_MONTHS):
        start = begin + month * 30
        stop = np.minimum(np.minimum(start + 30, end), NEVER)
        after = start >= day
        level = CONTACTS_A_MONTH * frailty * np.exp(0.6 * swing[:, month] - 0.18 * (scenario.selected is not None))
        level = level + np.where(treated, scenario.trend * month * 30 / MONTH / CONTACT, 0.0)
        contacts(level * np.where(after, factor, 1.0), start, stop)
    extra = np.where(treated | later, scenario.effect / CONTACT, 0.0)
    contacts(extra, np.minimum(first_exposure, NEVER - 1), np.minimum(end, NEVER))
    # A crisis brings every decision about, that of comparators who are exposed later included.
    crisis = np.where(treated, scenario.crisis[1], scenario.crisis[0]) / CONTACT / scenario.crisis_days * MONTH
    contacts(crisis, day - scenario.crisis_days, day)
    contacts(np.where(later, crisis, 0.0), first_exposure - scenario.crisis_days, np.where(later, first_exposure, 0))
    stays = _stays(rng, scenario, treated, day, end, factor, frailty)
    # A third of the comparators of the first year are kept on a year later: the same person and use, another row.
    again = np.flatnonzero(~treated & ~second & (rng.random(size) < 2 / 3) & (death > day + _YEAR))
    rows = np.concatenate([np.arange(size), again])
    days = np.concatenate([day, day[again] + _YEAR])
    stratum = np.concatenate([stratum + STRATA * second, stratum[again] + STRATA])
    contacts(np.where(np.isin(np.arange(size), again), crisis, 0.0), day + _YEAR - scenario.crisis_days, day + _YEAR)
    who, when = (np.concatenate(part) for part in zip(*points, strict=True))
    person = rows.astype(np.int64)
    parts = [
        Part("contacts", "community", "contact", CONTACT * 100, Points.of(who, when)),
        Part(
            "bed_days",
            "acute",
            "bed day",
            BED_DAY * 100,
            Periods.of(*(stays[name].to_numpy() for name in ("person", "start", "stop", "weight"))),
        ),
    ]
    use = Use(parts, Coverage(-NEVER, NEVER), stays)
    return World(person, days, treated[rows], first_exposure[rows], stratum, use)


#: Days from one yearly review to the next.
_YEAR = 365
_MONTHS = (LAST + _YEAR - FIRST + 120) // 30 + 1
_NOW = (120 - FIRST) // 30


def _reverting(rng: np.random.Generator, size: int) -> Floats:
    """A stationary series that keeps 0.7 of itself from month to month."""
    swing = np.empty((size, _MONTHS))
    swing[:, 0] = rng.standard_normal(size)
    for month in range(1, _MONTHS):
        swing[:, month] = 0.7 * swing[:, month - 1] + np.sqrt(1 - 0.49) * rng.standard_normal(size)
    return swing


def _stays(
    rng: np.random.Generator, scenario: Scenario, treated: Bools, day: Ints, end: Ints, factor: Floats, frailty: Floats
) -> pl.DataFrame:
    size = len(day)
    spans = ((day + FIRST - 120, np.minimum(day, end), np.ones(size)), (day, end, factor))
    pieces = []
    for start, stop, times in spans:
        span = np.maximum(stop - start, 0)
        who = np.repeat(np.arange(size), rng.poisson(STAYS_A_MONTH * frailty * times * span / MONTH))
        admitted = start[who] + np.floor(rng.random(len(who)) * span[who]).astype(np.int64)
        pieces.append((who, admitted, admitted + 1 + rng.poisson(NIGHTS - 1, len(who))))
    # Decided in hospital: a stay that was open, and for 20 days more on average.
    inside = np.flatnonzero(rng.random(size) < np.where(treated, scenario.hospital[1], scenario.hospital[0]))
    admitted = day[inside] - rng.integers(0, 60, len(inside))
    pieces.append((inside, admitted, day[inside] + 1 + np.floor(rng.exponential(20, len(inside))).astype(np.int64)))
    who, admitted, ended = (np.concatenate(part) for part in zip(*pieces, strict=True))
    # Nobody is in a bed after death.
    ended = np.minimum(ended, np.maximum(end[who], admitted))
    return pl.DataFrame(
        {
            "person": who,
            "admitted": admitted,
            "ended": ended,
            "start": admitted,
            "stop": ended,
            "weight": np.ones(len(who), dtype=np.int64),
            "part": np.ones(len(who), dtype=np.int64),
        }
    )


def estimated(world: World) -> tuple[float, float, float, int]:
    """Effect, lower and upper end, and matched exposed, as the package estimates them."""
    rows = world.exposed | (
        (world.day < world.first_exposure) & (world.first_exposure > world.day + AFTER[1] - BEFORE[1])
    )
    person, day = world.person[rows], world.day[rows]
    matched = match(world.stratum[rows], world.exposed[rows])
    prices = np.array([part.price for part in world.use.parts], dtype=np.float64) / 100

    def rate(window: tuple[int, int]) -> Floats:
        units = world.use.within(person, day, day + window[0], day + window[1])
        return np.asarray((units * prices).sum(axis=1) / (window[1] - window[0]) * MONTH)

    estimate = difference_in_differences(matched, (rate(AFTER) - rate(BEFORE))[:, None], person)
    reach = t_quantile(estimate.freedom) * float(estimate.error[0])
    effect = float(estimate.effect[0])
    return effect, effect - reach, effect + reach, len(matched.exposed)


@dataclass(frozen=True)
class Result:
    """What many worlds of one scenario and size gave."""

    scenario: Scenario
    size: int
    worlds: int
    bias: float
    error: float
    coverage: float

    @property
    def allowed(self) -> float:
        """The bias that is allowed: 3 per cent of the effect, or 3 Monte Carlo standard errors, the larger."""
        return max(0.03 * abs(self.scenario.truth), 3 * self.error)

    @property
    def holds(self) -> bool:
        """Whether bias and coverage are as they should be; coverage may miss 93 to 98 by 3 Monte Carlo errors."""
        slack = 3 * (0.95 * 0.05 / self.worlds) ** 0.5 if self.worlds < 2000 else 0.0
        return abs(self.bias) <= self.allowed and 0.93 - slack <= self.coverage <= 0.98 + slack


def validate(scenario: Scenario, size: int, worlds: int) -> Result:
    """Bias and coverage over seeded worlds 0, 1, 2 and so on."""
    found = np.array([estimated(make_world(scenario, size, seed))[:3] for seed in range(worlds)])
    off = found[:, 0] - scenario.truth
    inside = (found[:, 1] <= scenario.truth) & (scenario.truth <= found[:, 2])
    return Result(scenario, size, worlds, float(off.mean()), float(off.std(ddof=1) / worlds**0.5), float(inside.mean()))


# --- decomposition -----------------------------------------------------------------------------------------

MOVED = ("none", *COMPONENTS)
YEARS = ((dt.date(2023, 1, 1), dt.date(2023, 12, 31)), (dt.date(2024, 1, 1), dt.date(2024, 12, 31)))
_AGES, _SEXES, _REASONS = ("18_to_64", "65_to_74", "75_to_84", "85_plus"), ("1", "2"), ("physical", "memory", "social")


def make_cases(moved: str, seed: int, requests: int = 900) -> pl.DataFrame:
    """Requests of two years of which one factor differs: 30% fewer, older people, less access, or a lower rate.

    One in five of the second year asked in the first year too: the same sex, and the same age unless ages moved. How
    many ask in the first year alone, in both and in the second alone is drawn apart, as people come by chance.
    """
    rng = np.random.default_rng([seed, *moved.encode()])
    volume = 0.7 if moved == "volume" else 1.0
    both = rng.poisson(0.2 * requests * volume)
    sizes = (both + rng.poisson(requests * (1 - 0.2 * volume)), both + rng.poisson(0.8 * requests * volume))
    before = rng.choice(4, sizes[0], p=[0.4, 0.3, 0.2, 0.1]), rng.integers(0, 2, sizes[0])
    frames = []
    for year, size in enumerate(sizes):
        changed = year == 1
        ages = np.array([0.1, 0.2, 0.3, 0.4] if changed and moved == "mix" else [0.4, 0.3, 0.2, 0.1])
        age, sex = before if not changed else (rng.choice(4, size, p=ages), rng.integers(0, 2, size))
        person = np.arange(size) + year * 1_000_000
        if changed:
            person[:both], sex[:both] = np.arange(both), before[1][:both]
            if moved != "mix":
                age[:both] = before[0][:both]
        reason = rng.choice(3, size, p=[0.6, 0.3, 0.1])
        access = 0.45 + 0.08 * age - (0.12 if changed and moved == "access" else 0.0)
        rate = 0.35 + 0.12 * age + 0.05 * reason - (0.15 if changed and moved == "rate" else 0.0)
        reached = rng.random(size) < access
        found = reached & (rng.random(size) < rate)
        frames.append(
            pl.DataFrame(
                {
                    "person": person,
                    "day": pl.Series(rng.integers(0, 365, size)).cast(pl.Int32)
                    + (YEARS[year][0] - dt.date(1970, 1, 1)).days,
                    "reached": reached,
                    "found": found,
                    "age_band": pl.Series(_AGES).gather(pl.Series(age)),
                    "sex": pl.Series(_SEXES).gather(pl.Series(sex)),
                    "reason": pl.Series(_REASONS).gather(pl.Series(reason)),
                }
            ).with_columns(
                pl.col("day").cast(pl.Int32).cast(pl.Date),
                pl.when("reached").then("reason").alias("reason"),
                pl.lit("unknown").alias("route"),
                pl.lit(None, dtype=pl.String).alias("need_band"),
            )
        )
    return pl.concat(frames)


def away_from_zero(moved: str, worlds: int, first: int = 0) -> Floats:
    """The share of worlds in which each component's interval leaves out zero."""
    hits = np.zeros(len(COMPONENTS))
    for seed in range(first, first + worlds):
        cases = make_cases(moved, seed)
        change = change_in_people(cases, [YEARS[0]], YEARS[1], prefer_found=True, key=f"{moved}|{seed}")
        ends = np.array([change.interval([at]) for at in range(len(COMPONENTS))])
        hits += (ends[:, 0] > 0) | (ends[:, 1] < 0)
    return hits / worlds


def main() -> None:
    """Run all and print what was found as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2000)
    parser.add_argument("--sizes", type=int, nargs="*", default=(100, 300, 600))
    parser.add_argument("--scenario", help="the scenarios whose names hold this")
    parser.add_argument("--only", choices=("effects", "decomposition"))
    options = parser.parse_args()
    started = time.perf_counter()
    if options.only != "decomposition":
        print("| scenario | exposed | worlds | truth | bias | MC error | allowed | coverage | as it should be |")
        print("|---|---|---|---|---|---|---|---|---|", flush=True)
        for scenario in (own for own in SCENARIOS if (options.scenario or "") in own.name):
            for size in options.sizes:
                found = validate(scenario, size, options.worlds)
                verdict = "yes" if found.holds else ("no, as expected" if scenario.fails else "NO")
                print(
                    f"| {scenario.name} | {size} | {found.worlds:,} | {scenario.truth:.1f} | {found.bias:+.2f} | "
                    f"{found.error:.2f} | {found.allowed:.2f} | {found.coverage:.1%} | {verdict} |",
                    flush=True,
                )
    if options.only != "effects":
        print(f"\n| moved | worlds | {' | '.join(COMPONENTS)} |")
        print("|---|---|" + "---|" * len(COMPONENTS), flush=True)
        for moved in MOVED:
            shares = away_from_zero(moved, options.worlds)
            print(
                f"| {moved} | {options.worlds:,} | " + " | ".join(f"{share:.1%}" for share in shares) + " |", flush=True
            )
    print(f"\n{time.perf_counter() - started:,.0f} s")


__all__ = ["MOVED", "SCENARIOS", "away_from_zero", "estimated", "make_cases", "make_world", "replace", "validate"]

if __name__ == "__main__":
    main()
