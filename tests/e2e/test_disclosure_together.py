"""All public tables held against each other, of one pack and of successive ones: what could be worked out?"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable

import pytest

from independent.places_of_few import Public, public_pack, random_spells
from independent.wide_attack import MEASURES, wide_attack, wrong

LAST, NEXT = dt.date(2025, 1, 1), dt.date(2025, 2, 1)
#: Places in which totals tell where nothing guards them; in the last of them nobody is discharged in the last month.
TELLING = (4, 13, 184)


def recovered(packs: list[Public]) -> int:
    """How many small counts the attacker is sure of, and is right in."""
    ranges = wide_attack(packs)
    found = ranges.recovered()
    return len(found) - len(wrong(found, ranges, packs))


def telling(seeds: Iterable[int], *, guarded: bool = True) -> list[int]:
    return [seed for seed in seeds if recovered([public_pack(random_spells(seed), NEXT, guarded=guarded)])]


def successive(seed: int) -> list[Public]:
    """Packs of two months; in the first some discharges are missing that the second has."""
    chance, spells = random.Random(seed), random_spells(seed)
    early = [own for own in spells if chance.random() > 0.01]
    return [public_pack(early, LAST), public_pack(spells, NEXT)]


def test_all_tables_of_a_pack_tell_nothing_together() -> None:
    assert telling((1, 2, 3, 8, *TELLING)) == []


def test_without_the_search_they_do() -> None:
    assert telling(TELLING, guarded=False) == list(TELLING)


@pytest.mark.parametrize(
    "seed", [TELLING[0], *(pytest.param(own, marks=pytest.mark.slow) for own in (2, *TELLING[1:]))]
)
def test_packs_of_successive_months_tell_nothing_together(seed: int) -> None:
    spells = random_spells(seed)
    assert recovered([public_pack(spells, LAST), public_pack(spells, NEXT)]) == 0
    assert recovered(successive(seed)) == 0


def test_few_totals_are_suppressed_that_are_not_small() -> None:
    more = large = 0
    for seed in (5, 10):
        pack = public_pack(random_spells(seed), NEXT)
        exact, shown = (frames["ready_date_publication"] for frames in (pack.exact, pack.shown))
        big = (exact["_people"] > 7) & exact["measure"].is_in(list(MEASURES))
        large += int(big.sum())
        more += int((big & shown["value"].is_null()).sum())
    assert large > 200 and more < 0.1 * large


@pytest.mark.slow
def test_three_hundred_places_tell_nothing() -> None:
    assert telling(range(300)) == []


@pytest.mark.slow
def test_successive_packs_of_many_places_tell_nothing() -> None:
    for seed in range(60):
        spells = random_spells(seed)
        assert recovered([public_pack(spells, LAST), public_pack(spells, NEXT)]) == 0, seed
        assert recovered(successive(seed)) == 0, seed
