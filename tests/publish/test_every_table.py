"""All that a public pack shows, solved for what it hides: small counts of people and spells, and their days."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import polars as pl
import pytest

from costshift.project import Disclosure
from costshift.publish.together import telling

from independent.days_of_few import public_days, random_days
from independent.every_table import Shown, numbers_of
from independent.exact_attack import ENDLESS, Numbers
from independent.places_of_few import public_pack, random_spells

MONTH = dt.date(2025, 2, 1)
#: Places whose delayed days would tell without the search: by rows of one day, by rows crosswise, by positions.
TELLING_DAYS = (41, 46)
#: Places that would tell by several sums together, though by no sum alone.
JOINTLY_TELLING_DAYS = (202, 556)
#: And whose discharges would.
TELLING_DISCHARGES = (6,)
#: Without the totals of twelve months, which are shown in March only.
DISCHARGES = ("discharges_by_provider", "ready_date_publication", "discharge_delays")


def discharges(seed: int, *, guarded: bool = True) -> Shown:
    own = public_pack(random_spells(seed), MONTH, guarded=guarded)
    return Shown(own.month, own.exact, own.shown)


def uncontrolled(pack: Shown) -> Shown:
    return dataclasses.replace(pack, shown=None)


# --- the solver itself ----------------------------------------------------------------------------------------


def held(*figures: tuple[str, int, int, int]) -> Numbers:
    numbers = Numbers()
    for name, least, most, truth in figures:
        numbers.add(name, least, most, truth, secret=least == 1)
    return numbers


def test_seven_ones_under_a_total_of_seven_are_told_by_hand() -> None:
    numbers = held(*((f"row {place}", 1, 7, 1) for place in range(7)), ("total", 7, 7, 7))
    numbers.equal("sum", "total", [f"row {place}" for place in range(7)])
    assert numbers.recovered() == {f"row {place}": 1 for place in range(7)}
    wider = held(*((f"row {place}", 1, 7, 1) for place in range(7)), ("total", 7, 8, 7))
    wider.equal("sum", "total", [f"row {place}" for place in range(7)])
    assert wider.recovered() == {}


def test_what_no_single_sum_tells_several_do() -> None:
    numbers = held(("a", 1, 7, 2), ("b", 1, 7, 1), ("c", 1, 7, 2), ("ab", 2, 3, 3), ("bc", 2, 3, 3), ("ac", 4, 5, 4))
    for one, other in ("ab", "bc", "ac"):
        numbers.equal("sum", one + other, [one, other])
    # a + b <= 3 and b + c <= 3, a + c >= 4: a = c = 2 and b = 1.
    assert numbers.recovered() == {"a": 2, "b": 1, "c": 2}


def test_a_sum_that_does_not_hold_is_not_used() -> None:
    numbers = held(("a", 1, 7, 2), ("total", 5, 5, 5))
    assert not numbers.equal("sum", "total", ["a"])
    assert numbers.recovered() == {} and numbers.refused == {"sum": 1}


# --- delayed days ---------------------------------------------------------------------------------------------


def test_days_of_few_people_are_told_by_internal_and_not_by_public() -> None:
    for seed in TELLING_DAYS:
        pack = public_days(random_days(seed))
        internal, public = numbers_of([uncontrolled(pack)]), numbers_of([pack])
        assert len(internal.recovered()) == sum(internal.secret) > 50, seed
        assert public.recovered() == {}, seed
        assert public.refused == {}, seed


def test_without_the_search_days_are_told() -> None:
    assert all(numbers_of([public_days(random_days(seed), guarded=False)]).recovered() for seed in TELLING_DAYS)


def test_what_is_suppressed_of_days_is_what_would_tell() -> None:
    """Ten people, nearly all of a day each: what is left of the totals tells none of them."""
    rows = [
        {
            "month": dt.date(2025, 1, 1),
            "person": number,
            "provider": "a",
            "setting": "acute",
            "council": "x" if number % 2 else "y",
            "discharge_pathway": f"P{number % 4}",
            "delay_reason": "not_recorded" if number < 4 else "HP1",
            "recorded_attribution": "not_recorded" if number < 4 else "acute",
            "evidenced_attribution": "none",
            "state": "no_care_record",
            "strength": "none",
            "agreement": "untestable",
            "days": 1 if number else 3,
        }
        for number in range(10)
    ]
    open_, guarded = (public_days(rows, guarded=own) for own in (False, True))
    # Ten people and 12 days, shown as 10: rows of at least one day each.
    assert open_.shown is not None and guarded.shown is not None
    assert open_.shown["delayed_beds_by_provider"]["delayed_bed_days"].to_list() == [10]
    assert numbers_of([guarded]).recovered() == {}


# --- discharges -----------------------------------------------------------------------------------------------


def test_discharges_of_few_people_are_not_told_by_all_sums_together() -> None:
    for seed in TELLING_DISCHARGES:
        assert numbers_of([discharges(seed)]).recovered() == {}, seed


def test_years_that_overlap_are_not_shown() -> None:
    """Twelve months to January less twelve months to December tell one month: so years end in March alone."""
    spells = random_spells(6)
    for month in (dt.date(2025, 1, 1), dt.date(2025, 2, 1)):
        shown = public_pack(spells, month).shown["providers_by_councils"]
        assert shown.height and shown["discharges"].null_count() == shown.height
        assert shown["suppressed"].str.contains("discharges").all()
    march = public_pack([own | {"month": dt.date(2025, 3, 1)} for own in spells], dt.date(2025, 3, 1))
    assert march.shown["providers_by_councils"]["discharges"].max() > 7


def test_revisions_and_schemes_follow_what_is_suppressed_of_a_provider() -> None:
    """The same totals, told as revised or as a scheme's month: suppressed with them, and others are not."""
    exact = public_pack(random_spells(9), MONTH, guarded=False).exact
    counts = exact["discharge_delays"].group_by("month", "provider").agg(pl.col("discharges").sum()).sort("month")
    revisions = counts.select(
        "month",
        pl.lit("discharge_delays").alias("table"),
        (pl.lit("discharges: ") + pl.col("provider")).alias("measure"),
        pl.col("discharges").alias("_now_plus"),
        pl.col("discharges").alias("_now_plus_people"),
    )
    schemes = counts.select(
        "month",
        pl.lit("s").alias("scheme"),
        pl.lit("average_delay_days").alias("measure"),
        # Of each provider a group of its own.
        pl.col("provider").alias("group"),
        pl.col("discharges").alias("_denominator_people"),
    )
    members = {("s", name): [name] for name in counts["provider"].unique()}
    own = {**exact, "revisions": revisions, "scheme_months": schemes}
    told = telling(own, own, Disclosure(), MONTH, members)
    revised = revisions.filter(told["revisions"]["_now_plus_people"]).select("month", "measure")
    assert 0 < revised.height < revisions.height / 2
    assert told["revisions"]["_before_plus_people"].equals(told["revisions"]["_now_plus_people"])
    months = schemes.filter(told["scheme_months"]["_denominator_people"])
    assert (
        months.select("month", (pl.lit("discharges: ") + pl.col("group")).alias("measure"))
        .sort("month", "measure")
        .equals(revised.sort("month", "measure"))
    )
    assert "scheme_months" not in telling(own, own, Disclosure(), MONTH)


@pytest.mark.slow
def test_no_place_of_days_tells() -> None:
    """Of places made to tell: without the search one in five does."""
    open_, told = [], []
    for seed in range(260):
        rows = random_days(seed)
        if numbers_of([public_days(rows, guarded=False)]).recovered():
            open_.append(seed)
            told += [seed] if numbers_of([public_days(rows)]).recovered() else []
    assert len(open_) > 20
    assert told == []


@pytest.mark.parametrize("seed", JOINTLY_TELLING_DAYS)
def test_what_only_several_sums_of_days_tell_is_not_told_either(seed: int) -> None:
    assert numbers_of([public_days(random_days(seed))]).recovered() == {}


@pytest.mark.slow
def test_without_the_search_discharges_are_told() -> None:
    assert all(numbers_of([discharges(seed, guarded=False)]).recovered() for seed in TELLING_DISCHARGES)


@pytest.mark.slow
def test_many_places_of_discharges_tell_nothing() -> None:
    # The last would by several sums together, or by the days lost; groups of people among them.
    seeds = (*range(40), 50, 74, 82, 103, 131, 134)
    assert [seed for seed in seeds if numbers_of([discharges(seed)]).recovered()] == []


@pytest.mark.slow
def test_little_is_suppressed_that_need_not_be() -> None:
    """Large counts that are suppressed: few of all, and some of them would tell if they alone were shown."""
    large = suppressed = needed = tried = 0
    rule = Disclosure()
    for seed in range(12):
        numbers = numbers_of([discharges(seed)])
        counts = [
            cell
            for cell, place in numbers.places.items()
            if cell[1] in DISCHARGES and numbers.truth[place] > rule.threshold  # type: ignore[index]
        ]
        gone = [cell for cell in counts if numbers.most[numbers.places[cell]] >= ENDLESS]
        large, suppressed = large + len(counts), suppressed + len(gone)
        for cell in random.Random(seed).sample(gone, min(4, len(gone))):
            exact = numbers.truth[numbers.places[cell]]
            shown = (2 * exact + rule.rounding) // (2 * rule.rounding) * rule.rounding
            needed += numbers.tells(cell, max(rule.threshold + 1, shown - 2), shown + 2)
            tried += 1
    # In places so small that nearly all is small.
    assert suppressed < 0.2 * large
    # The others are the next step beside one that tells, or one of several any of which must go.
    assert tried > 20 and needed > 0.1 * tried
