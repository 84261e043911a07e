"""Matched difference in differences from rows: against a slow recount of every window, and what must not count."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from statistics import mean, variance
from typing import Any

import numpy as np
import polars as pl
import pytest

from costshift.eligibility.activity import Coverage, council_use, coverage_by_sender, nhs_use
from costshift.eligibility.effects import MONTH, TO_COUNCIL, TO_NHS, Effects, joint_effect, months_lived, shift_effects
from costshift.eligibility.exposures import exposures_of
from costshift.eligibility.substitution import FEW, NO_SAVING, UNPRICED, substitution_rates
from costshift.organisations import Organisations
from eligibility_frames import day, event, events, service

ORIGIN = dt.date(2020, 1, 1)
AS_AT = dt.date(2024, 12, 31)
ORGANISATIONS = Organisations(
    by_code={"AC": "acute-trust", "CO": "community-trust"}, types={}, names={}, site_settings={}
)
PRICES = {
    "community_nursing_contact": 50.0,
    "emergency_attendance": 150.0,
    "bed_day_non_elective": 500.0,
    "bed_day_elective": 900.0,
}
NO_MOVES = pl.DataFrame(schema={"person": pl.Int64, "day": pl.Int64})


def number(when: dt.date) -> int:
    return (when - dt.date(1970, 1, 1)).days


class World:
    """Decisions of one council and one quarter, and use around them."""

    def __init__(self, seed: int, exposed: int = 60, others: int = 150) -> None:
        rng = np.random.default_rng(seed)
        size = exposed + others
        decided = [dt.date(2023, 1, 1) + dt.timedelta(days=int(at)) for at in rng.integers(0, 90, size)]
        self.decisions = pl.DataFrame(
            {
                "person": np.arange(size),
                "council": ["north"] * size,
                "decision_date": decided,
                "transition": ["lost"] * exposed + ["kept"] * others,
                "age_band": [["65_to_74", "85_plus"][at] for at in rng.integers(0, 2, size)],
                "sex": [["1", "2"][at] for at in rng.integers(0, 2, size)],
                "reason": ["physical"] * size,
                "setting": ["community"] * size,
            }
        )
        # Some comparators are exposed later: half of them too soon to count.
        later = rng.choice(np.arange(exposed, size), 12, replace=False)
        extra = self.decisions[later.tolist()].with_columns(
            pl.lit("lost").alias("transition"),
            (pl.col("decision_date") + pl.Series(rng.integers(200, 340, 12)).cast(pl.Duration("us")) * 0).alias(
                "decision_date"
            ),
        )
        extra = extra.with_columns(
            pl.Series(
                [
                    decided[at] + dt.timedelta(days=int(gap))
                    for at, gap in zip(later, rng.integers(200, 340, 12), strict=True)
                ]
            ).alias("decision_date")
        )
        self.decisions = pl.concat([self.decisions, extra])
        died = rng.random(size) < 0.12
        self.death = {
            int(at): decided[at] + dt.timedelta(days=int(gap))
            for at, gap in zip(np.flatnonzero(died), rng.integers(1, 400, died.sum()), strict=True)
        }
        self.contacts, self.attendances, self.spells = [], [], []
        for person in range(size):
            # What is recorded of a third of those who died goes on: it is not theirs, and counts for nothing.
            until = AS_AT if person % 3 == 0 else self.death.get(person, AS_AT)
            for rows, rate in ((self.contacts, 30), (self.attendances, 4)):
                for at in rng.integers(0, 1826, rng.poisson(rate)):
                    when = ORIGIN + dt.timedelta(days=int(at))
                    if when <= until:
                        rows.append((person, when))
            starts = [int(at) for at in rng.integers(0, 1826, rng.poisson(4))] + [
                number(decided[person]) - number(ORIGIN) - 5
            ] * (person % 7 == 0)
            for at in starts:
                admitted = ORIGIN + dt.timedelta(days=at)
                end = admitted + dt.timedelta(days=int(rng.integers(0, 25)) + (200 if person % 14 == 0 else 0))
                ready = None if rng.random() < 0.5 else end - dt.timedelta(days=int(rng.integers(0, 8)))
                if admitted <= until and end <= AS_AT:
                    ready = None if ready is None or ready < admitted else ready
                    self.spells.append((person, admitted, end, ready, "11" if rng.random() < 0.2 else "21"))

    def people(self) -> pl.DataFrame:
        rows = [(person, self.death.get(person)) for person in self.decisions["person"].unique().sort()]
        return pl.DataFrame(rows, schema={"person": pl.Int64, "death_date": pl.Date}, orient="row")

    def effects(self, prices: dict[str, float] | None = None) -> Effects:
        use = nhs_use(self.views(), self.dated(), ORGANISATIONS, PRICES if prices is None else prices, AS_AT)
        return shift_effects(exposures_of(self.decisions, self.people()), use, TO_NHS, NO_MOVES)

    def views(self) -> dict[str, pl.LazyFrame]:
        contacts = pl.DataFrame(self.contacts, schema={"person": pl.Int64, "contact_date": pl.Date}, orient="row")
        attendances = pl.DataFrame(self.attendances, schema={"person": pl.Int64, "arrival_date": pl.Date}, orient="row")
        return {
            "contacts": contacts.lazy().with_columns(provider_code=pl.lit("CO"), attended=pl.lit("5")),
            "attendances": attendances.lazy().with_columns(provider_code=pl.lit("AC")),
        }

    def dated(self) -> pl.LazyFrame:
        schema = {
            "person": pl.Int64,
            "admission_date": pl.Date,
            "end_date": pl.Date,
            "ready_date": pl.Date,
            "admission_method": pl.String,
        }
        frame = pl.DataFrame(self.spells, schema=schema, orient="row").lazy()
        return frame.with_columns(provider=pl.lit("acute-trust"), setting=pl.lit("acute"))

    def slow_use(self, person: int, decided: dt.date, first: int, last: int) -> dict[str, float]:
        """Units on the days decided + first to decided + last, one day after another; none after the day of death."""
        death = self.death.get(person, dt.date.max)
        window = {day for at in range(first, last + 1) if (day := decided + dt.timedelta(days=at)) <= death}
        spells = [own for own in self.spells if own[0] == person]
        delayed = {
            ready + dt.timedelta(days=at)
            for _, _, end, ready, _ in spells
            if ready is not None
            for at in range((end - ready).days)
        }
        units = {
            "contacts": sum(when in window for who, when in self.contacts if who == person),
            "attendances": sum(when in window for who, when in self.attendances if who == person),
            "planned": 0,
            "unplanned": 0,
        }
        for _, admitted, end, _, method in spells:
            if admitted <= decided <= end:
                continue
            days = {admitted + dt.timedelta(days=at) for at in range((end - admitted).days)}
            units["planned" if method == "11" else "unplanned"] += len((days - delayed) & window)
        return {name: float(value) for name, value in units.items()}


def slow_estimate(world: World, counted: dict[Any, dict[str, float]], value: Any) -> tuple[float, float, int, int]:
    """Effect, standard error, matched exposed and comparators."""
    rows = world.decisions.rows(named=True)
    first = {}
    for row in rows:
        if row["transition"] == "lost":
            first[row["person"]] = min(first.get(row["person"], dt.date.max), row["decision_date"])
    groups: dict[Any, tuple[list[float], list[float]]] = {}
    for row in rows:
        person, decided = row["person"], row["decision_date"]
        exposed = row["transition"] == "lost" and first[person] == decided
        soon = person in first and first[person] <= decided + dt.timedelta(days=271 + 90)
        if (not exposed and (row["transition"] != "kept" or soon)) or decided + dt.timedelta(days=270) > AS_AT:
            continue
        before = value(counted[person, decided, (-270, -91)])
        after = value(counted[person, decided, (91, 270)])
        quarter = (decided.year, (decided.month - 1) // 3)
        cell = groups.setdefault((quarter, row["age_band"], row["sex"]), ([], []))
        cell[0 if exposed else 1].append((after - before) / 180 * 365.25 / 12)
    kept = [(own, others) for own, others in groups.values() if own and len(others) >= 2]
    excess = [change - mean(others) for own, others in kept for change in own]
    n = len(excess)
    effect = mean(excess)
    square = sum((own - effect) ** 2 for own in excess) / (n * (n - 1))
    square += sum((len(own) / n) ** 2 * variance(others) / len(others) for own, others in kept)
    return effect, square**0.5, n, sum(len(others) for _, others in kept)


def pounds(units: dict[str, float]) -> float:
    return 50 * units["contacts"] + 150 * units["attendances"] + 500 * units["unplanned"] + 900 * units["planned"]


def row_of(found: Effects, outcome: str, design: str = "main") -> dict[str, Any]:
    return found.rows.filter((pl.col("outcome") == outcome) & (pl.col("design") == design)).row(0, named=True)


@pytest.mark.parametrize("seed", range(2))
def test_effects_against_a_slow_recount(seed: int) -> None:
    world = World(seed)
    found = world.effects()
    counted = {
        (row["person"], row["decision_date"], window): world.slow_use(row["person"], row["decision_date"], *window)
        for row in world.decisions.rows(named=True)
        for window in ((-270, -91), (91, 270))
    }
    for outcome, value in {
        "nhs_cost": pounds,
        "nhs_cost: community-trust": lambda units: 50 * units["contacts"],
        "nhs_cost: acute-trust": lambda units: pounds(units) - 50 * units["contacts"],
        "contacts": lambda units: units["contacts"],
        "bed_days": lambda units: units["planned"] + units["unplanned"],
    }.items():
        effect, error, people, comparators = slow_estimate(world, counted, value)
        row = row_of(found, outcome)
        assert row["effect_per_person_month"] == pytest.approx(effect, rel=1e-4, abs=1e-6)
        half = (row["effect_high"] - row["effect_low"]) / 2
        # Nobody stands in two rows of these worlds, so that clustering changes nothing. t with 50 to 60 degrees.
        assert half / error == pytest.approx(2.0, abs=0.02)
        assert (row["people"], row["comparators"]) == (people, comparators)
    parts = [
        row_of(found, f"nhs_cost: {payer}")["effect_per_person_month"] for payer in ("acute-trust", "community-trust")
    ]
    assert sum(parts) == pytest.approx(row_of(found, "nhs_cost")["effect_per_person_month"], rel=1e-4)


def test_every_design_and_the_balance_are_there() -> None:
    found = World(7).effects()
    designs = set(found.rows["design"])
    assert {
        "main",
        "plain_180_days",
        "matched_without_setting",
        "matched_on_age_and_sex",
        "matched_on_hospital_too",
    } < designs
    assert sum(name.startswith("event_study") for name in designs) == 18
    assert {"deaths", "leavers", "nhs_cost_while_alive", "nhs_cost_without_last_90_days"} < set(found.rows["outcome"])
    matched = found.balance.filter(pl.col("characteristic").is_in(["age_band", "sex", "reason", "setting"]))
    assert (matched["difference_after"].abs() < 1e-9).all()
    assert (matched["people"] == matched["matched"] + matched["unmatched"]).all()
    # A band that holds for 18 months together reaches further than one that holds alone.
    row = row_of(found, "nhs_cost", "event_study_month_+5")
    alone = row["minimum_detectable"] / (1.675 + 0.848) if row["minimum_detectable"] else 0
    assert (row["effect_high"] - row["effect_low"]) / 2 > 2.2 * alone * 1.1


def test_the_placebo_needs_a_history_and_widens_the_robust_interval() -> None:
    found = World(3).effects()
    row = row_of(found, "nhs_cost")
    assert row["placebo"] is not None
    reach = row["effect_high"] - row["effect_per_person_month"]
    assert row["robust_high"] - row["effect_per_person_month"] == pytest.approx(reach + abs(row["placebo"]), rel=1e-4)
    short = World(3)
    since = dt.date(2022, 1, 1)
    short.contacts = [own for own in short.contacts if own[1] >= since]
    short.attendances = [own for own in short.attendances if own[1] >= since]
    short.spells = [own for own in short.spells if own[1] >= since]
    row = row_of(short.effects(), "nhs_cost")
    assert row["effect_per_person_month"] is not None and row["placebo"] is None and row["robust_low"] is None


def test_an_activity_without_a_price_is_never_free() -> None:
    prices = {name: value for name, value in PRICES.items() if name != "community_nursing_contact"}
    found = World(5).effects(prices)
    assert row_of(found, "nhs_cost")["effect_per_person_month"] is None
    assert row_of(found, "nhs_cost: community-trust")["effect_per_person_month"] is None
    assert row_of(found, "nhs_cost: acute-trust")["effect_per_person_month"] is not None
    assert row_of(found, "contacts")["effect_per_person_month"] is not None
    assert found.booked == []


def test_under_fifty_matched_there_are_counts_only() -> None:
    found = World(2, exposed=30, others=80).effects()
    assert found.rows.height == 4 and found.rows["effect_per_person_month"].is_null().all()
    assert (found.rows["people"] > 0).all() and found.balance.height == 0


def test_windows_that_an_extract_does_not_cover_are_not_used() -> None:
    world = World(6)
    world.contacts = [own for own in world.contacts if own[1] < dt.date(2023, 9, 1)]
    found = world.effects()
    row = row_of(found, "contacts")
    # Decided after 5 December 2022 less 270 days of follow-up to 31 August 2023: nobody of 2023.
    assert row["people"] == 0 and row["without_windows"] == 72 - 0 and row["effect_per_person_month"] is None


def test_what_a_sender_covers() -> None:
    def months(counts: dict[tuple[int, int], int], sender: str) -> list[tuple[str, int]]:
        return [
            (sender, number(dt.date(*month, 1)) + at % 28) for month, count in counts.items() for at in range(count)
        ]

    # June 2023 has a tenth of the usual rows: the run starts after it. The small sender has 1% of all rows.
    usual = {(2023, month): 40 for month in range(1, 13)} | {(2023, 6): 4}
    rows = [*months(usual, "big"), *months({(2023, 3): 3}, "small")]
    frame = pl.DataFrame(rows, schema={"sender": pl.String, "day": pl.Int64}, orient="row")
    found = coverage_by_sender(frame.lazy(), dt.date(2023, 12, 20))
    assert found == {"big": Coverage(number(dt.date(2023, 7, 1)), number(dt.date(2023, 12, 20)))}
    # Asked about itself the small sender covers from its first month to its last.
    found = coverage_by_sender(frame.lazy(), dt.date(2023, 12, 20), {"small", "none"})
    assert set(found) == {"big", "small"}
    assert found["small"] == Coverage(number(dt.date(2023, 3, 1)), number(dt.date(2023, 3, 31)))


def test_a_rate_of_substitution_and_when_there_is_none() -> None:
    world = World(8)
    lost = world.decisions.filter(pl.col("transition") == "lost")
    losers = dict(lost.group_by("person").agg(pl.col("decision_date").min()).iter_rows())
    rows = []
    for at, person in enumerate(world.decisions["person"].unique().sort()):
        until = losers.get(person)
        rows.append(service(day("1 Jan 2019"), until, 200 + at % 9, person=person))
    # Requests of every month tell what the extract covers.
    months = pl.date_range(dt.date(2020, 1, 1), AS_AT, "1mo", eager=True)
    rows += [event("Request", month, month, person=person) for month in months for person in range(25)]
    council = council_use(events(rows), AS_AT)
    use = nhs_use(world.views(), world.dated(), ORGANISATIONS, PRICES, AS_AT)
    found = substitution_rates(world.effects(), use, council).row(0, named=True)
    # 200 to 208 a week and nothing from the decision on: about 204 x 365.25 / 12 / 7 = 887 a month, while they live. Who
    # kept it cost that after it too, but for the days after a death: they live 96 in 100 of the days 91 to 270.
    kept = world.decisions.filter(pl.col("transition") == "kept").select("person", "decision_date").rows()
    lived = [(world.death.get(who, dt.date.max) - decided).days - 90 for who, decided in kept]
    share = mean(min(max(days, 0), 180) / 180 for days in lived)
    assert found["council_saving"] == pytest.approx(887 * share, rel=0.02) and round(share, 2) == 0.96
    assert found["rate"] == pytest.approx(found["nhs_cost"] / found["council_saving"])
    assert found["rate_low"] < found["rate"] < found["rate_high"]
    nothing_saved = council_use(
        events([row | {"event_end_date": None} if row["event_type"] == "Service" else row for row in rows]), AS_AT
    )
    assert substitution_rates(world.effects(), use, nothing_saved)["reason"].to_list() == [NO_SAVING]
    few = World(2, exposed=30, others=80)
    assert substitution_rates(few.effects(), use, council)["reason"].to_list() == [FEW]
    unpriced = nhs_use(world.views(), world.dated(), ORGANISATIONS, {}, AS_AT)
    assert substitution_rates(world.effects({}), unpriced, council)["reason"].to_list() == [UNPRICED]
    assert joint_effect(*world.effects().sets["lost", "north"], (use, council)) is not None


def test_months_lived_within_the_measured_window() -> None:
    # Decided on 1 January 2023: days 91 to 270 are 2 April to 28 September; death on 10 May ends them.
    decisions = pl.DataFrame(
        {
            "person": [1, 2],
            "council": ["north"] * 2,
            "decision_date": [dt.date(2023, 1, 1)] * 2,
            "transition": ["lost"] * 2,
            "age_band": ["85_plus"] * 2,
        }
    )
    people = pl.DataFrame({"person": [1, 2], "death_date": [None, dt.date(2023, 5, 10)]})
    found = months_lived(exposures_of(decisions, people), "lost", AS_AT)
    days = {(person, month.month): round(lived * MONTH) for _, _, person, month, lived, _ in found.iter_rows()}
    assert days == {(1, 4): 29, (1, 5): 31, (1, 6): 30, (1, 7): 31, (1, 8): 31, (1, 9): 28, (2, 4): 29, (2, 5): 10}
    assert found["exposed"].to_list() == [2] * 8


def test_use_of_those_who_had_decisions_is_everybodys_as_far_as_they_are_asked_for() -> None:
    world = World(3)
    some = world.decisions["person"].unique().sort().head(40)
    every, own = (
        nhs_use(world.views(), world.dated(), ORGANISATIONS, PRICES, AS_AT, of)
        for of in (None, pl.concat([some, some]))
    )
    assert own.coverage == every.coverage
    told = [[(part.unit, part.payer, part.item, part.price) for part in use.parts] for use in (own, every)]
    assert told[0] == told[1]
    rng = np.random.default_rng(3)
    person, decided = some.to_numpy(), number(AS_AT) - rng.integers(0, 1200, 40)
    within = [use.within(person, decided, decided - 300, decided + 300) for use in (own, every)]
    assert within[0].sum(axis=0).all()
    assert (within[0] == within[1]).all()
    # Parts that none of them uses are still there, and hold nothing.
    nobody = nhs_use(world.views(), world.dated(), ORGANISATIONS, PRICES, AS_AT, pl.Series("person", [10**6]))
    assert [part.item for part in nobody.parts] == [part.item for part in every.parts]
    assert not nobody.within(person, decided, decided - 300, decided + 300).any()


def test_one_person_exposed_at_two_councils_on_one_day_is_exposed_once() -> None:
    # Person 1: refused at the one that comes first by name, lost at the other on the same day: the loss is what counts.
    # Person 2: refused at both: the first by id. Person 3: a day earlier at the second council. In any order of the rows.
    first = dt.date(2023, 1, 10)
    rows = [
        (1, "east", first, "refused"),
        (1, "north", first, "lost"),
        (2, "north", first, "refused"),
        (2, "east", first, "refused"),
        (3, "east", first, "lost"),
        (3, "north", first - dt.timedelta(days=1), "reduced"),
        (3, "north", first + dt.timedelta(days=9), "lost"),
    ]
    people = pl.DataFrame({"person": [1, 2, 3], "death_date": [None] * 3}, schema_overrides={"death_date": pl.Date})
    for order in (rows, rows[::-1]):
        names = ["person", "council", "decision_date", "transition"]
        found = exposures_of(pl.DataFrame(order, schema=names, orient="row"), people)
        exposed = [
            (int(found.person[at]), found.frame["council"][int(at)], transition)
            for transition in ("lost", "reduced", "refused")
            for at in np.flatnonzero(found.exposed(transition))
        ]
        assert exposed == [(1, "north", "lost"), (3, "north", "reduced"), (2, "east", "refused")]
        # Nobody compares with a person who is exposed on that day, at whichever council.
        assert not found.comparators("lost", 0).any()


def test_what_councils_pay_stops_at_a_death_that_only_the_icb_knows() -> None:
    # 50 are refused on 1 January 2023 and 50 found eligible; each has a service of £70 a week, £10 a day, that nobody
    # closed. Of those refused 25 die on day 100: days 91 to 100 are 10 of the window's 180.
    decided = dt.date(2023, 1, 1)
    size = 100
    decisions = pl.DataFrame(
        {
            "person": list(range(size)),
            "council": ["icb"] * size,
            "decision_date": [decided] * size,
            "transition": ["refused"] * 50 + ["accepted"] * 50,
            "age_band": ["85_plus"] * size,
            "sex": ["1"] * size,
            "reason": ["unknown"] * size,
            "setting": ["none"] * size,
        }
    )
    death = [decided + dt.timedelta(days=100) if person < 25 else None for person in range(size)]
    people = pl.DataFrame({"person": list(range(size)), "death_date": death})
    rows = [service(day("1 Jan 2021"), None, 70, person=person) for person in range(size)]
    months = pl.date_range(dt.date(2021, 1, 1), AS_AT, "1mo", eager=True)
    rows += [event("Request", month, month, person=person) for month in months for person in range(25)]
    found = shift_effects(exposures_of(decisions, people), council_use(events(rows), AS_AT), TO_COUNCIL, NO_MOVES)
    # A month of £10 a day is £304.375. After: 10 / 180 of it for 25 of 50, all of it for the others: 190 / 360 on average.
    month = 10 * MONTH
    main = row_of(found, "council_cost")
    assert main["effect_per_person_month"] == pytest.approx(month * 190 / 360 - month, rel=1e-5)
    assert row_of(found, "deaths")["effect_per_person_month"] == pytest.approx(0.5)
    # The fifth month (days 121 to 150) is after those deaths, the third (61 to 90) before them.
    for at, lost in (("+3", 0.0), ("+5", -month / 2)):
        row = row_of(found, "council_cost", f"event_study_month_{at}")
        assert row["effect_per_person_month"] == pytest.approx(lost, abs=1e-3)
    # While alive: windows of 10 days are left out (the shortest is 30), and those who lived cost what they did.
    alive = row_of(found, "council_cost_while_alive")
    assert alive["people"] == 25 and alive["effect_per_person_month"] is None


def test_a_price_that_was_declared_empty_is_none_in_effects() -> None:
    from costshift.eligibility.stage import _prices_in

    # £50 without dates, and an empty value from January 2025: of the rows in force the one that started last counts.
    rows = [
        ("community_nursing_contact", Decimal("50.00"), None, None),
        ("community_nursing_contact", None, dt.date(2025, 1, 1), None),
        ("emergency_attendance", Decimal("140.00"), None, None),
        ("emergency_attendance", Decimal("150.10"), dt.date(2024, 4, 1), dt.date(2025, 1, 31)),
    ]
    schema = {"item": pl.String, "value": pl.Decimal(18, 2), "valid_from": pl.Date, "valid_to": pl.Date}
    for order in (rows, rows[::-1]):
        prices = pl.DataFrame(order, schema=schema, orient="row")
        assert _prices_in(prices, dt.date(2024, 12, 1)) == {
            "community_nursing_contact": 50.0,
            "emergency_attendance": 150.1,
        }
        assert _prices_in(prices, dt.date(2025, 1, 1)) == {"emergency_attendance": 150.1}
        assert _prices_in(prices, dt.date(2025, 2, 1)) == {"emergency_attendance": 140.0}
