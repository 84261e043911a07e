"""From an effect to pounds, by hand; and what a place without the extracts gets."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from costshift.checks import nothing_is_in_two_kinds
from costshift.delays.measures import date_spells
from costshift.eligibility.booked_quarters import booked_quarters
from costshift.eligibility.cases import SCHEMA
from costshift.eligibility.effects import MONTH, LedgerEffect
from costshift.eligibility.exposures import exposures_of
from costshift.eligibility.stage import Eligibility, delayed_days_in
from costshift.eligibility.stage import eligibility_shifts as stage
from costshift.errors import PublicationError
from costshift.ledger.delay_shifts import KIND
from costshift.ledger.eligibility_shifts import counted_shifts, eligibility_shifts, with_estimates
from costshift.ledger.positions import partner_positions
from costshift.organisations import Organisations
from costshift.prices.unit_costs import unit_costs
from costshift.project import Policy

from worlds import AS_AT as WORLDS_AS_AT
from worlds import frame, project, world

BASELINE, LATER = (dt.date(2023, 1, 1), dt.date(2023, 12, 31)), (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
AS_AT = dt.date(2025, 3, 31)


def cases() -> pl.DataFrame:
    """40 assessed a quarter: 20 found in each quarter of 2023, 10 in those of 2024. Different people all."""
    rows = [
        (
            "requests",
            1000 * quarter + at,
            "north",
            day,
            True,
            at < (20 if quarter < 4 else 10),
            "old",
            "1",
            "r",
            "physical",
        )
        for quarter in range(8)
        for day in [dt.date(2023 + quarter // 4, 3 * (quarter % 4) + 1, 1)]
        for at in range(40)
    ]
    columns = list(SCHEMA)[:10]
    return pl.DataFrame(rows, schema={name: SCHEMA[name] for name in columns}, orient="row").with_columns(
        pl.lit(None, dtype=pl.String).alias("need_band"), pl.lit("recorded").alias("basis")
    )


def eligibility(error: float = 0.0) -> Eligibility:
    """One refused on 1 January 2024, another on the same day who dies on day 120; £60 a month at one payer, £0 at another."""
    day = dt.date(2024, 1, 1)
    decisions = pl.DataFrame(
        {"person": [1, 2], "council": ["north"] * 2, "decision_date": [day] * 2, "transition": ["refused"] * 2}
    )
    people = pl.DataFrame({"person": [1, 2], "death_date": [None, day + dt.timedelta(days=120)]})
    effect = LedgerEffect(
        "refused", "north", ("a-trust", "b-trust"), np.array([60.0, 0.0]), np.diag([error**2, 0.0]), 60, 100
    )
    return Eligibility(
        tables={},
        decisions=decisions.lazy(),
        covered=decisions.lazy(),
        cases=cases(),
        quarters={"north": booked_quarters((BASELINE[0], LATER[1]), LATER[1], [], [], {})},
        booked=[effect],
        exposures={"": exposures_of(decisions, people)},
        delayed_days=0,
    )


def test_an_amount_worked_by_hand() -> None:
    found = eligibility_shifts(eligibility(), AS_AT)
    # In each quarter of 2024 the rate took 10 of 20 people. Two were refused in the first quarter. Days 91 to 270 after
    # 1 January are 1 April to 27 September; the second person lives to 30 April (day 120). April: 30 + 30 days of the two.
    april = found.rows.filter((pl.col("month") == dt.date(2024, 4, 1)) & (pl.col("payer") == "a-trust")).row(
        0, named=True
    )
    assert april["amount"] == round(10 * (60 / MONTH / 2) * 60 * 100)
    assert (april["driver"], april["kind"], april["nature"], april["basis"], april["people"]) == (
        *("north", "eligibility_refusal", "notional", "estimated"),
        2,
    )
    # May: the first person's 31 days; the second quarter, in which nobody was exposed, begins to count in August.
    may = found.rows.filter((pl.col("month") == dt.date(2024, 5, 1)) & (pl.col("payer") == "a-trust"))
    assert may["amount"].item() == round(10 * (31 / MONTH / 2) * 60 * 100)
    # The effect is exact here, and the excess is not: the interval holds the amount and is no point.
    assert april["amount_low"] < april["amount"] < april["amount_high"]
    assert (found.rows.filter(pl.col("payer") == "b-trust")["amount"] == 0).all()
    memo = found.memo.filter((pl.col("month") == dt.date(2024, 4, 1)) & (pl.col("payer") == "a-trust")).row(
        0, named=True
    )
    assert memo["amount"] == memo["amount_low"] == memo["amount_high"] == round(60 / MONTH * 60 * 100)


def test_no_month_before_or_after_the_measured_window_is_booked() -> None:
    found = eligibility_shifts(eligibility(), AS_AT)
    months = found.rows["month"].unique().sort()
    assert months[0] == dt.date(2024, 4, 1) and months[-1] <= AS_AT
    exposed = found.people.group_by("person").agg(
        pl.col("month").min().alias("first"), pl.col("month").max().alias("last")
    )
    assert sorted(exposed.rows()) == [
        (1, dt.date(2024, 4, 1), dt.date(2024, 9, 1)),
        (2, dt.date(2024, 4, 1), dt.date(2024, 4, 1)),
    ]


def test_an_uncertain_effect_widens_the_interval() -> None:
    sure, unsure = (eligibility_shifts(eligibility(error), AS_AT).rows for error in (0.0, 40.0))
    width = [(own["amount_high"] - own["amount_low"]).max() for own in (sure, unsure)]
    assert width[1] > 1.5 * width[0]


def test_effects_that_share_their_comparators_vary_together() -> None:
    from costshift.ledger.eligibility_shifts import _draws

    # Three people: 1 stands in the first effect, 2 in both with 30 and -40, 3 in the second. Variances 40^2 + 30^2 and
    # 40^2 + 30^2; covariance 30 x -40: correlation -0.48. A third effect has nobody in common with them.
    def effect(exposure: str, who: list[int], scores: list[float]) -> LedgerEffect:
        own = np.array(scores)[:, None]
        return LedgerEffect(exposure, "n", ("a",), np.array([60.0]), own.T @ own, 500, 9, np.array(who), own)

    effects = [effect("lost", [1, 2], [40, 30]), effect("reduced", [2, 3], [-40, 30]), effect("refused", [7], [50])]
    found = np.concatenate(_draws(effects, "n"))
    assert found.std(axis=1) == pytest.approx([50, 50, 50], rel=0.1)
    correlation = np.corrcoef(found)
    assert correlation[0, 1] == pytest.approx(-0.48, abs=0.1)
    assert abs(correlation[0, 2]) < 0.13 and abs(correlation[1, 2]) < 0.13


def test_estimates_join_the_ledger_and_its_nets_still_sum_to_zero() -> None:
    found = eligibility_shifts(eligibility(), AS_AT)
    delay = pl.LazyFrame(
        {"month": [dt.date(2024, 4, 1)], "driver": ["north"], "payer": ["a-trust"], **{k: [v] for k, v in KIND.items()}}
    ).with_columns(amount=pl.lit(56_200), people=pl.lit(3), _days=pl.lit(1))
    delay = delay.with_columns(pl.col("amount", "people", "_days").cast(pl.Int64))
    shifts = with_estimates(delay, found).collect()
    assert (
        counted_shifts(shifts).height == 1 and shifts.filter(pl.col("basis") == "estimated").height == found.rows.height
    )
    people = delay.select("month", "driver", "payer", *KIND).with_columns(person=pl.lit(7, dtype=pl.Int64))
    positions = partner_positions(shifts.lazy(), pl.concat([people, found.people.lazy()])).collect()
    nets = positions.group_by("month", "nature", "basis").agg(pl.col("net_absorbed").sum())
    assert (nets["net_absorbed"] == 0).all()
    april = positions.filter((pl.col("month") == dt.date(2024, 4, 1)) & (pl.col("partner") == "a-trust")).sort("basis")
    # Counted: one person's day. Estimated: the two who were refused. Never one for the other.
    assert april["basis"].to_list() == ["counted", "estimated"] and april["_absorbed_people"].to_list() == [1, 2]


def test_a_place_without_the_extracts_gets_empty_tables_and_says_why() -> None:
    place = project()
    spells, reasons = world(1, 150)
    organisations = Organisations.of(place)
    rows = frame("spells", spells, person=pl.Int64())
    dated = date_spells(rows, frame("delay_reasons", reasons), organisations, place.delays, WORLDS_AS_AT)
    found = stage(
        {"spells": rows}, dated.spells, organisations, place, unit_costs(None), dt.date(2024, 3, 1), WORLDS_AS_AT
    )
    assert {name: table.height for name, table in found.tables.items()} == dict.fromkeys(found.tables, 0)
    assert any("No care events" in note for note in found.notes) and any(
        "continuing healthcare" in note for note in found.notes
    )
    shifts = eligibility_shifts(found, WORLDS_AS_AT)
    assert shifts.rows.height == shifts.memo.height == shifts.people.height == 0
    assert found.delayed_days == 0 and found.people_exposed_twice() == 0


def test_a_delayed_day_in_an_effect_would_be_seen() -> None:
    own = eligibility()
    delayed = pl.DataFrame({"person": [1], "ready_date": [dt.date(2024, 1, 1)], "end_date": [dt.date(2024, 1, 4)]})
    from costshift.eligibility.activity import BED_DAYS, Coverage, Part, Use
    from costshift.statistics.windows import Periods

    first = (dt.date(2024, 1, 1) - dt.date(1970, 1, 1)).days
    beds = Periods.of(np.array([1]), np.array([first + 1]), np.array([first + 9]))
    use = Use([Part(BED_DAYS, "a-trust", "bed", 1.0, beds)], Coverage(0, 1), pl.DataFrame())
    assert delayed_days_in(use, delayed) == 2
    assert own.people_exposed_twice() == 0
    assert nothing_is_in_two_kinds(own).status == "pass"
    with pytest.raises(PublicationError, match="2 delayed bed days"):
        nothing_is_in_two_kinds(replace(own, delayed_days=2))


def test_a_month_that_rests_on_a_quarter_that_is_not_known_is_left_out() -> None:
    # Covered to 31 December 2024, reported in May 2025. Who was decided on in January 2025 lived from 2 April on within
    # the window: April and May rest on a quarter that nobody knows, though those of 2024 are lived there too.
    own = eligibility()
    known = booked_quarters((BASELINE[0], LATER[1]), dt.date(2025, 5, 31), [], [], {})
    found, before = (
        eligibility_shifts(replace(own, quarters={"north": quarters}), dt.date(2025, 5, 31))
        for quarters in (known, own.quarters["north"])
    )
    cut = dt.date(2025, 4, 1)
    assert before.rows["month"].max() == dt.date(2025, 5, 1) and found.rows["month"].max() == dt.date(2025, 3, 1)
    assert found.rows.select("month", "payer", "amount").equals(
        before.rows.filter(pl.col("month") < cut).select("month", "payer", "amount")
    )
    # Requests of August 2024 are pending: the quarter from July on is not known, and neither is October and later.
    pending = booked_quarters((BASELINE[0], LATER[1]), AS_AT, [], [], {"requests": dt.date(2024, 8, 9)})
    found = eligibility_shifts(replace(own, quarters={"north": pending}), AS_AT)
    assert found.rows["month"].max() == dt.date(2024, 9, 1)
    assert found.people["month"].max() == dt.date(2024, 9, 1)


def test_a_part_of_a_quarter_is_compared_with_parts_of_the_baseline_as_long() -> None:
    # The policy of February 2024: the baseline is February 2023 to January 2024, in which of 40 in January 2024 10 were
    # found, of 40 in each of April, July and October 2023 20: 70 of 160. February and March 2024 are left of their
    # quarter: nobody was decided on in them. In the three quarters after it 10 of 40 were found.
    policy = Policy(date=dt.date(2024, 2, 1), partner="north", kind="eligibility_threshold", description="A decision")
    quarters = booked_quarters((BASELINE[0], LATER[1]), AS_AT, [], [policy], {})
    own = replace(eligibility(), quarters={"north": quarters})
    assert list(quarters.known("requests"))[:2] == [
        (dt.date(2024, 2, 1), dt.date(2024, 3, 31)),
        (dt.date(2024, 4, 1), dt.date(2024, 6, 30)),
    ]
    found = eligibility_shifts(own, AS_AT)
    # The two refused on 1 January 2024 were so in the baseline: nobody stands behind the amounts, and July is the
    # first month, for one decision in the middle of April to June (16 May): days 91 to 270 are from 15 August.
    assert found.people.height == 0
    august = found.rows.filter((pl.col("month") == dt.date(2024, 8, 1)) & (pl.col("payer") == "a-trust"))
    # 40 people in the quarter and in the mean of the baseline's: the rate alone moved, from 70 / 160 to 10 / 40.
    assert august["amount"].item() == round(40 * (70 / 160 - 10 / 40) * 17 / MONTH * 60 * 100)


@pytest.mark.parametrize("seed", range(4))
def test_amounts_against_a_slow_recount_day_by_day(seed: int) -> None:
    # Different people, each assessed once from March 2022 on, in one cell; who is refused may die.
    rng = random.Random(seed)
    first, as_at = dt.date(2022, 3, 1), dt.date(2024, rng.choice([6, 8, 12]), 28)
    span = (as_at - first).days + 1
    assessed = [(first + dt.timedelta(days=rng.randrange(span)), rng.random() < 0.6) for _ in range(600)]
    death = {at: day + dt.timedelta(days=rng.randrange(1, 300)) for at, (day, _) in enumerate(assessed) if at % 5 == 0}
    rows = [
        ("requests", at, "north", day, True, found, "old", "1", "r", "physical")
        for at, (day, found) in enumerate(assessed)
    ]
    columns = list(SCHEMA)[:10]
    own = pl.DataFrame(rows, schema={name: SCHEMA[name] for name in columns}, orient="row").with_columns(
        pl.lit(None, dtype=pl.String).alias("need_band"), pl.lit("recorded").alias("basis")
    )
    refused = [(at, day) for at, (day, found) in enumerate(assessed) if not found]
    decisions = pl.DataFrame(
        [(at, "north", day, "refused") for at, day in refused],
        schema=["person", "council", "decision_date", "transition"],
        orient="row",
    )
    people = pl.DataFrame(
        [(at, death.get(at)) for at in range(600)], schema={"person": pl.Int64, "death_date": pl.Date}, orient="row"
    )
    quarters = booked_quarters((first, as_at), as_at, [], [], {})
    found = eligibility_shifts(
        replace(
            eligibility(), cases=own, quarters={"north": quarters}, exposures={"": exposures_of(decisions, people)}
        ),
        as_at,
    )
    # The baseline year ends with February 2023: March alone, then calendar quarters that are over at the as-at date.
    edges = [dt.date(2023, 3, 1), *(dt.date(2023 + at // 4, 3 * (at % 4) + 1, 1) for at in range(1, 9))]
    year = [eligible for day, eligible in assessed if day < edges[0]]
    slow: dict[dt.date, float] = {}
    for at, (start, stop) in enumerate(pairwise(edges)):
        if stop > as_at + dt.timedelta(days=1):
            continue
        decided = [eligible for day, eligible in assessed if start <= day < stop]
        exposed = [(who, day) for who, day in refused if start <= day < stop]
        # Volume and rate alone: the rate's part is the change of the share at the mean of both volumes.
        volume = (len(year) * (1 if at == 0 else 3) / 12 + len(decided)) / 2
        excess = volume * (sum(year) / len(year) - sum(decided) / len(decided))
        for who, day in exposed:
            for after in range(91, 271):
                lived = day + dt.timedelta(days=after)
                if lived <= min(as_at, death.get(who, as_at)):
                    month = lived.replace(day=1)
                    slow[month] = slow.get(month, 0.0) + excess / len(exposed) / MONTH * 60
    amounts = found.rows.filter(pl.col("payer") == "a-trust").select("month", "amount").rows()
    assert len(slow) >= 12 and {month: amount / 100 for month, amount in amounts} == pytest.approx(slow, abs=0.01)
