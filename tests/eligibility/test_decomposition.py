"""Volume, mix, access and rate: by hand, exact on random worlds, and not across a break."""

from __future__ import annotations

import datetime as dt
import random
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
import pytest

from costshift.eligibility.breaks import Break, breaks_of, comparisons_of, quarters_of, spans_of
from costshift.eligibility.cases import SCHEMA, council_cases
from costshift.eligibility.decisions import council_decisions
from costshift.eligibility.decomposition import (
    COMPONENTS,
    LEAST_CASES,
    Asked,
    change_in_people,
    changes_in_people,
    whole_parts,
)
from costshift.eligibility.realised import realised_eligibility, threshold_changes
from costshift.project import Policy
from eligibility_frames import AS_AT, SUPPORT, assessment, day, event, events, people

BEFORE, AFTER = (dt.date(2023, 1, 1), dt.date(2023, 12, 31)), (dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def cases(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """person, day, reached, found, age_band, reason."""
    columns = ("person", "day", "reached", "found", "age_band", "reason")
    filled = [
        dict(zip(columns, row, strict=True)) | {"sex": "1", "stream": "requests", "council": "north"} for row in rows
    ]
    return pl.DataFrame(filled, schema=SCHEMA, orient="row").with_columns(route=pl.lit("unknown"))


def many(
    count: int, when: dt.date, reached: int, found: int, age: str, first: int, reason: str = "physical"
) -> list[Any]:
    """Requests of different people, of which some reached a decision, and some of these were found eligible."""
    return [(first + at, when, at < reached, at < found, age, reason if at < reached else None) for at in range(count)]


def change(rows: list[Any], **settings: Any) -> Any:
    return change_in_people(cases(rows), [BEFORE], AFTER, **{"prefer_found": True, "key": "a"} | settings)


def test_one_cell_worked_by_hand() -> None:
    # 100 requests x 0.6 x 0.5 = 30 people; then 80 x 0.75 x 0.4 = 24. One cell, so that mix does nothing.
    found = change([*many(100, BEFORE[0], 60, 30, "85_plus", 0), *many(80, AFTER[0], 60, 24, "85_plus", 1000)])
    assert (found.before, found.after) == (30, 24)
    # Shapley of three factors: (2 x changed first + once each beside one other + 2 x last) / 6.
    volume = (2 * -20 * 0.6 * 0.5 + -20 * 0.75 * 0.5 + -20 * 0.6 * 0.4 + 2 * -20 * 0.75 * 0.4) / 6
    access = (2 * 100 * 0.15 * 0.5 + 80 * 0.15 * 0.5 + 100 * 0.15 * 0.4 + 2 * 80 * 0.15 * 0.4) / 6
    rate = (2 * 100 * 0.6 * -0.1 + 80 * 0.6 * -0.1 + 100 * 0.75 * -0.1 + 2 * 80 * 0.75 * -0.1) / 6
    assert found.shares == pytest.approx([volume, 0.0, access, rate])
    assert found.whole.sum() == -6


def test_only_the_mix_moved() -> None:
    # Old people: 50 of 100 reach an assessment, 40 found; young: 20 of 100, 5 found. 100 + 100, then 50 + 150.
    def year(old: int, young: int, when: dt.date, first: int) -> list[Any]:
        return [
            *many(old, when, old // 2, old * 2 // 5, "85_plus", first),
            *many(young, when, young // 5, young // 20, "18_to_64", first + 500),
        ]

    found = change([*year(100, 100, BEFORE[0], 0), *year(50, 150, AFTER[0], 2000)])
    # 40 + 5 = 45, then 20 + 7.5 (7): mix takes 25% of 200 people from 0.4 to 0.05: -17.5, but for the half person.
    assert found.shares[0] == pytest.approx(0, abs=0.01)
    assert found.shares[1] == pytest.approx(-17.5, abs=0.5)
    assert found.shares[2] == pytest.approx(0, abs=0.01)


def test_a_person_counts_once_with_the_case_that_was_found() -> None:
    rows = [
        (1, BEFORE[0], True, False, "85_plus", "physical"),
        (1, BEFORE[1], True, True, "85_plus", "physical"),
        (1, AFTER[0], False, False, "85_plus", None),
    ]
    found = change(rows)
    assert (found.before, found.after) == (1, 0)
    assert change(rows, prefer_found=False).before == 0


def test_whole_parts_sum_to_the_whole() -> None:
    # Floors -3, 1, 0; one is left to reach -1, and the largest remainder gets it.
    assert whole_parts(np.array([-2.5, 1.25, 0.25])).tolist() == [-2, 1, 0]
    assert whole_parts(np.array([0.4, 0.4, 0.2])).tolist() == [1, 0, 0]
    assert whole_parts(np.array([2.0, -2.0])).tolist() == [2, -2]


def slow_shares(rows: list[Any]) -> list[float]:
    """Every order of the four factors, cell by cell; all cells large enough to stand alone."""
    sides = []
    for period in (BEFORE, AFTER):
        own = [row for row in rows if period[0] <= row[1] <= period[1]]
        asked = {age: sum(row[4] == age for row in own) for age in {row[4] for row in rows}}
        reached = {age: sum(row[4] == age and row[2] for row in own) for age in asked}
        by_reason = {
            (age, reason): (
                sum(row[4] == age and row[2] and row[5] == reason for row in own),
                sum(row[4] == age and row[3] and row[5] == reason for row in own),
            )
            for age in asked
            for reason in ("physical", "memory")
        }
        sides.append((asked, reached, by_reason))

    def value(state: tuple[bool, ...]) -> float:
        volume, mix, access, rate = (sides[int(own)] for own in state)
        total = 0.0
        for (age, reason), (assessed, _) in mix[2].items():
            share = mix[0][age] / sum(mix[0].values())
            within = assessed / mix[1][age]
            total += (
                share * access[1][age] / access[0][age] * within * rate[2][age, reason][1] / rate[2][age, reason][0]
            )
        return sum(volume[0].values()) * total

    shares = [0.0] * 4
    orders = list(permutations(range(4)))
    for order in orders:
        state = [False] * 4
        for factor in order:
            before = value(tuple(state))
            state[factor] = True
            shares[factor] += (value(tuple(state)) - before) / len(orders)
    return shares


@pytest.mark.parametrize("seed", range(12))
def test_random_worlds_against_every_order_one_by_one(seed: int) -> None:
    rng = random.Random(seed)
    rows: list[Any] = []
    for at, (when, age, reason) in enumerate(
        (when, age, reason)
        for when in (BEFORE[0], AFTER[0])
        for age in ("old", "young")
        for reason in ("physical", "memory")
    ):
        size = rng.randrange(40, 90)
        reached = rng.randrange(LEAST_CASES, size)
        rows += many(size, when, reached, rng.randrange(1, reached), age, 1000 * at, reason)
    found = change(rows)
    assert found.shares == pytest.approx(slow_shares(rows))
    assert found.shares.sum() == pytest.approx(found.after - found.before)
    assert int(found.whole.sum()) == int(found.after - found.before)


@pytest.mark.parametrize("seed", range(20))
def test_small_and_empty_cells_still_sum_exactly(seed: int) -> None:
    rng = random.Random(seed)
    rows = [
        (
            rng.randrange(150),
            rng.choice([BEFORE[0], AFTER[0]]),
            reached,
            reached and rng.random() < 0.5,
            rng.choice(["a", "b", "c", "d"]),
            rng.choice(["physical", "memory", None]),
        )
        for reached in (rng.random() < 0.6 for _ in range(rng.randrange(2, 220)))
    ]
    for finer in (False, True):
        found = change(rows, finer=finer)
        assert found.shares.sum() == pytest.approx(found.after - found.before)
        assert found.replicates.shape[0] == len(COMPONENTS)
        assert np.isfinite(found.replicates).all()


def test_the_order_of_the_rows_does_not_matter_and_the_draws_are_the_figures_own() -> None:
    rows = [*many(100, BEFORE[0], 60, 30, "85_plus", 0), *many(80, AFTER[0], 60, 24, "85_plus", 50)]
    one, other = change(rows), change(rows[::-1])
    assert (one.replicates == other.replicates).all()
    assert not (one.replicates == change(rows, key="b").replicates).all()


def test_an_interval_is_about_as_wide_as_chance_makes_it() -> None:
    # Volume alone: people found = Poisson: 200 and 200 different people, so that the change varies by sqrt(400) = 20.
    found = change([*many(200, BEFORE[0], 200, 200, "85_plus", 0), *many(200, AFTER[0], 200, 200, "85_plus", 1000)])
    assert found.replicates[0].std() == pytest.approx(20, rel=0.12)
    # The same 200 people in both years: their weights are the same, and nothing varies.
    same = change([*many(200, BEFORE[0], 200, 200, "85_plus", 0), *many(200, AFTER[0], 200, 200, "85_plus", 0)])
    assert same.replicates[0].std() == pytest.approx(0, abs=1e-9)


def test_draws_of_several_quarters_and_streams_are_of_the_same_people() -> None:
    # 200 people ask in a year, and others in each of two later quarters. What the baseline's draws do is in both
    # changes alike: each varies by 200 / 16 of the baseline and 50 of its own quarter, and together by 12.5 each way.
    baseline = quarters_of(BEFORE)
    rows = [row for at, (start, _) in enumerate(baseline) for row in many(50, start, 50, 50, "85_plus", 100 * at)]
    later = quarters_of(AFTER)[:2]
    rows += [row for at, (start, _) in enumerate(later) for row in many(50, start, 50, 50, "85_plus", 9000 + 100 * at)]
    own = cases(rows)
    found = changes_in_people([Asked(own, baseline, quarter, True) for quarter in later], "a")
    first, second = (one.replicates.sum(axis=0) for one in found)
    assert first.var() == pytest.approx(62.5, rel=0.25) and second.var() == pytest.approx(62.5, rel=0.25)
    assert np.cov(first, second)[0, 1] == pytest.approx(12.5, abs=6)
    # Another stream of the same people: the same draws, and the same change, in each draw.
    again = changes_in_people([Asked(own, baseline, later[0], True), Asked(own.clone(), baseline, later[0], True)], "a")
    assert (again[0].replicates == again[1].replicates).all()
    # A comparison on its own is the same figure.
    alone = change_in_people(own, baseline, later[0], prefer_found=True, key="a")
    assert alone.shares == pytest.approx(found[0].shares)


def test_nobody_at_all() -> None:
    nobody = change([])
    assert (nobody.before, nobody.after, nobody.shares.tolist()) == (0, 0, [0, 0, 0, 0])
    assert nobody.interval([0, 1]) == (0, 0)


def test_the_interval_of_all_components_is_that_of_the_change() -> None:
    # 30 of 100, then 24 of 80, different people: the change varies as 30 + 24 people found, whatever brought it about.
    found = change([*many(100, BEFORE[0], 60, 30, "85_plus", 0), *many(80, AFTER[0], 60, 24, "85_plus", 1000)])
    assert found.draws(range(4)) == pytest.approx(found.replicates.sum(axis=0))
    low, high = found.interval(range(4))
    assert (high - low) / 2 == pytest.approx(1.96 * (30 + 24) ** 0.5, rel=0.12)


def test_several_periods_before_are_their_mean() -> None:
    quarters = quarters_of(BEFORE)
    rows = [row for at, (start, _) in enumerate(quarters) for row in many(40, start, 20, 10, "85_plus", 100 * at)]
    later = quarters_of(AFTER)[0]
    rows += many(40, later[0], 20, 10, "85_plus", 9000)
    found = change_in_people(cases(rows), quarters, later, prefer_found=True, key="a")
    assert (found.before, found.after) == (10, 10)
    assert found.shares == pytest.approx([0, 0, 0, 0], abs=1e-9)


# --- what is a case ----------------------------------------------------------------------------------------


def test_what_counts_as_a_request_that_reached_a_decision() -> None:
    def request(start: str, end: str, outcome: str, **fields: Any) -> dict[str, Any]:
        return event("Request", day(start), day(end), event_outcome=outcome, **fields)

    progress = "Progress to assessment, review or reassessment"
    rows = [
        # Reached: decided within 180 days. Dated by the decision, with the request's route.
        request("1 Jan 2024", "9 Jan 2024", progress, route_of_access="Discharge from hospital"),
        assessment(day("10 Jan 2024"), day("1 Feb 2024"), SUPPORT, primary_support_reason="Mental health support"),
        # Not reached: turned away.
        request("1 May 2024", "3 May 2024", "NFA: Information and advice or signposting", person=2),
        # Went on, and nothing came of it in 180 days: not reached. The same, lately: pending.
        request("1 Jun 2024", "9 Jun 2024", progress, person=3),
        request("1 Mar 2025", "9 Mar 2025", progress, person=4),
        # A decision of which no request is recorded is a request that reached it.
        assessment(day("1 Jul 2024"), day("9 Jul 2024"), "NFA: No services offered for other reason", person=5),
    ]
    own, described = events(rows), people(1, 2, 3, 4, 5)
    found = council_cases(own, council_decisions(own, described), described, AS_AT)
    assert found.select("person", "day", "reached", "found", "route", "reason").rows() == [
        (1, day("1 Feb 2024"), True, True, "Discharge from hospital", "mental_health"),
        (2, day("3 May 2024"), False, False, "unknown", None),
        (3, day("9 Jun 2024"), False, False, "unknown", None),
        (5, day("9 Jul 2024"), True, False, "no request recorded", "unknown"),
    ]


# --- breaks ------------------------------------------------------------------------------------------------


def policy(when: str, kind: str = "eligibility_threshold", partner: str = "north") -> Policy:
    return Policy(date=day(when), partner=partner, kind=kind, description="A decision")  # type: ignore[arg-type]


def test_baselines_and_the_years_after_them() -> None:
    first, last = day("1 Apr 2021"), day("31 Mar 2025")
    plain = comparisons_of(first, last, [], [])
    assert [(own.baseline[0].year, own.period[0].year, own.policy) for own in plain] == [
        (2021, 2022, None),
        (2021, 2023, None),
        (2021, 2024, None),
    ]
    # A policy of 15 January 2024 makes the year before its month a baseline too, and is named.
    dated = comparisons_of(first, last, [], [policy("15 Jan 2024")])
    own = [found for found in dated if found.baseline == (day("1 Jan 2023"), day("31 Dec 2023"))]
    assert [found.period for found in own] == [(day("1 Jan 2024"), day("31 Dec 2024"))]
    assert own[0].policy == "15/01/2024 A decision"


def test_no_comparison_spans_a_break() -> None:
    breaks = [Break(day("1 Oct 2023"), "recording change")]
    found = comparisons_of(day("1 Apr 2021"), day("31 Mar 2025"), breaks, [])
    # To September 2023: April 2021 against April 2022. From October 2023: one year and a half, so nothing.
    assert [(own.baseline[0], own.period[0]) for own in found] == [(day("1 Apr 2021"), day("1 Apr 2022"))]
    assert spans_of(day("1 Apr 2021"), day("31 Mar 2025"), breaks) == [
        (day("1 Apr 2021"), day("1 Sep 2023")),
        (day("1 Oct 2023"), day("1 Mar 2025")),
    ]


def test_breaks_are_found_in_policies_release_and_recorded_share() -> None:
    months = pl.date_range(day("1 Jan 2023"), day("1 Dec 2024"), "1mo", eager=True).to_list()
    events_of = pl.DataFrame(
        [
            (month, financial, not financial)
            for month in months
            for financial in (True, False)
            if not financial or month < day("1 Jul 2024")
        ],
        schema={"month": pl.Date, "is_financial": pl.Boolean, "is_long_term": pl.Boolean},
        orient="row",
    )
    rng = random.Random(1)
    decided = pl.DataFrame(
        [
            (month, "recorded" if rng.random() < (0.4 if month < day("1 Jan 2024") else 0.85) else "inferred")
            for month in months
            for _ in range(60)
        ],
        schema={"day": pl.Date, "basis": pl.String},
        orient="row",
    )
    found = breaks_of(
        "north",
        events_of,
        decided,
        [policy("3 Mar 2023", "recording_change"), policy("3 Apr 2023", "recording_change", "south")],
    )
    assert [(own.day, own.reason.split(":")[0].split(" by ")[0]) for own in found] == [
        (day("1 Mar 2023"), "recording change"),
        (day("1 Jan 2024"), "share of decisions with recorded needs up"),
        (day("1 Jul 2024"), "change of Client Level Data release"),
    ]
    steady = decided.with_columns(pl.lit("recorded").alias("basis"))
    assert breaks_of("north", events_of.head(0), steady, []) == []


# --- realised eligibility and thresholds ------------------------------------------------------------------


def test_realised_eligibility_standardised_by_hand() -> None:
    # Old: 3 of 4 found over both months; young: 1 of 4. January: 2 old (2 found), 1 young (0). February: the others.
    rows = [
        (1, day("1 Jan 2024"), True, True, "old", "physical"),
        (2, day("2 Jan 2024"), True, True, "old", "physical"),
        (3, day("3 Jan 2024"), True, False, "young", "physical"),
        (4, day("1 Feb 2024"), True, True, "old", "physical"),
        (5, day("2 Feb 2024"), True, False, "old", "physical"),
        (6, day("3 Feb 2024"), True, True, "young", "physical"),
        (7, day("4 Feb 2024"), True, False, "young", "physical"),
        (8, day("5 Feb 2024"), True, False, "young", "physical"),
        (9, day("6 Feb 2024"), False, False, "young", None),
    ]
    found = realised_eligibility(cases(rows))
    # Expected in January: 2 x 0.75 + 0.25 = 1.75; found 2; overall 4 of 8: 2 / 1.75 x 0.5.
    assert found["standardised_share"].to_list() == pytest.approx([2 / 1.75 * 0.5, 2 / 2.25 * 0.5])
    assert found["assessed"].to_list() == [3, 5] and found["share"].to_list() == pytest.approx([2 / 3, 2 / 5])


def test_the_month_a_threshold_moved_is_found_with_its_policy() -> None:
    rng = random.Random(3)
    months = pl.date_range(day("1 Jan 2022"), day("1 Dec 2024"), "1mo", eager=True).to_list()
    moved = day("1 Sep 2023")
    rows = [
        (
            at * 1000 + n,
            month,
            True,
            rng.random() < (0.45 if month >= moved else 0.7),
            rng.choice(["old", "young"]),
            "physical",
        )
        for at, month in enumerate(months)
        for n in range(60)
    ]
    spans = {"north": [(months[0], months[-1])]}
    found = threshold_changes(cases(rows), spans, [policy("20 Aug 2023")])
    assert found["month"].to_list() == [moved] and found["policy"].to_list() == ["20/08/2023 A decision"]
    still = [(*row[:3], row[0] % 10 < 6, *row[4:]) for row in rows]
    assert threshold_changes(cases(still), spans, []).height == 0
