"""All that a public pack shows, solved for what it hides: small counts of people and spells, and their days."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import numpy as np
import polars as pl
import pytest

from costshift.project import Disclosure
from costshift.publish.catalogue import TABLES
from costshift.publish.disclosure import control
from costshift.publish.inference import ranges, rounded
from costshift.publish.together import telling

from independent.days_of_few import public_days, random_days, random_notes, random_pool, random_scheme
from independent.every_table import PRICE, Shown, numbers_of
from independent.exact_attack import ENDLESS, Numbers
from independent.places_of_few import Spell, public_pack, random_spells
from independent.places_of_few import random_scheme as random_discharges_scheme

MONTH = dt.date(2025, 2, 1)
#: Places whose delayed days would tell without the search: by rows of one day, by rows crosswise, by positions.
TELLING_DAYS = (41, 46)
#: Places that would tell by several sums together, though by no sum alone.
JOINTLY_TELLING_DAYS = (202, 556)
#: And that would by what a pool moves, by what the months of a scheme sum, and by what became of disputes.
TELLING_AGREED = (91, 157)
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


@pytest.mark.parametrize("rounding", range(1, 12))
def test_what_is_shown_leaves_all_that_rounds_to_it(rounding: int) -> None:
    rule = Disclosure(rounding=rounding)
    counts = np.arange(8, 60)
    least, most = ranges(counts, np.zeros(len(counts), np.bool_), rule)
    every = {int(shown): counts[rounded(counts, rule) == shown] for shown in rounded(counts, rule)}
    for count, low, high in zip(counts[:40], least, most, strict=False):
        same = every[int(rounded(np.array([count]), rule)[0])]
        assert (low, high) == (same[0], same[-1]), (rounding, count)


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


@pytest.mark.parametrize("seed", [11, pytest.param(9, marks=pytest.mark.slow)])
def test_revisions_and_schemes_follow_what_is_suppressed_of_a_provider(seed: int) -> None:
    """The same totals, told as revised or as a scheme's month: suppressed with them, and others are not."""
    exact = public_pack(random_spells(seed), MONTH, guarded=False).exact
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


def agreed(seed: int, *, guarded: bool = True) -> Shown:
    """A place with a pool, a scheme and notes on what is disputed."""
    rows = random_notes(seed, random_days(seed))
    return public_days(rows, pool=random_pool(seed), scheme=random_scheme(seed), guarded=guarded)


@pytest.mark.parametrize("seed", TELLING_AGREED)
def test_pools_schemes_and_notes_do_not_tell_days(seed: int) -> None:
    assert numbers_of([agreed(seed)]).recovered() == {}


@pytest.mark.slow
def test_no_place_with_pools_schemes_and_notes_tells() -> None:
    assert [seed for seed in range(150) if numbers_of([agreed(seed)]).recovered()] == []
    assert all(numbers_of([agreed(seed, guarded=False)]).recovered() for seed in TELLING_AGREED)


def of_one_who_waited_long() -> list[Spell]:
    """118 discharges of a council, of which one was delayed for three weeks, and as many of another."""
    promptly = {0: 60, 1: 20, 2: 15, 5: 12, 9: 10, 16: 9}
    one = random_spells(2)[0] | {"month": dt.date(2025, 1, 1), "provider": "a", "pathway": "P1"}
    return [
        one | {"person": f"{council} {delay} {number}", "council": council, "delay_days": delay}
        for council, delays in (("x", promptly | {22: 1}), ("y", promptly | {40: 9}))
        for delay, times in delays.items()
        for number in range(times)
    ]


def test_the_days_of_bands_are_not_shown_as_they_would_tell_who_is_in_one() -> None:
    pack = public_pack(of_one_who_waited_long(), dt.date(2025, 1, 1))
    name = "ready_date_publication"
    days = pl.col("measure").str.starts_with("Total bed days after Discharge Ready Date for patients")
    assert pack.exact[name].filter(days)["value"].sum() > 0
    assert pack.shown[name].filter(days)["value"].null_count() == pack.shown[name].filter(days).height > 0
    assert pack.shown[name].filter(~days)["value"].null_count() < pack.shown[name].filter(~days).height / 2
    assert numbers_of([Shown(pack.month, pack.exact, pack.shown)]).recovered() == {}
    # As they were: the days lost, less those of the other bands, are fewer than those of two.
    rule = Disclosure()
    told = {column: flags & ~pack.exact[name].select(days).to_series() for column, flags in pack.told[name].items()}
    open_ = dict(pack.shown) | {name: control(TABLES[name], pack.exact[name], rule, PRICE, told)}
    found = numbers_of([Shown(pack.month, pack.exact, open_)]).recovered()
    assert {cell[3] for cell in found if cell[1] == "discharge_delays"} == {"delay_21_plus_days"}  # type: ignore[index]


@pytest.mark.slow
def test_without_the_search_discharges_are_told() -> None:
    assert all(numbers_of([discharges(seed, guarded=False)]).recovered() for seed in TELLING_DISCHARGES)


@pytest.mark.slow
def test_many_places_of_discharges_tell_nothing() -> None:
    # The last would by several sums together, or by the days lost; groups of people among them.
    seeds = (*range(40), 50, 74, 75, 82, 103, 131, 134)
    assert [seed for seed in seeds if numbers_of([discharges(seed)]).recovered()] == []


@pytest.mark.slow
def test_sums_over_the_members_of_schemes_tell_nothing() -> None:
    told, sums = [], 0
    # The last would by the sums over both councils.
    for seed in (*range(30), 50):
        own = public_pack(random_spells(seed), MONTH, scheme=random_discharges_scheme(seed))
        numbers = numbers_of([Shown(own.month, own.exact, own.shown, members=own.members)])
        sums += sum(times for what, times in numbers.held.items() if what.startswith("schemes: "))
        told += [seed] if numbers.recovered() else []
    assert sums > 1_000
    assert told == []


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
