"""What several sums tell only together: found by sets of figures that fit as well as the true ones, and mended."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from costshift.project import Disclosure
from costshift.publish.alternatives import linked
from costshift.publish.inference import Known
from costshift.publish.search import searched


def known_of(rows: list[int], totals: dict[tuple[int, ...], int], width: int = 2) -> Known:
    """Small rows of 1 to 7, and totals of some of them that are shown as this or as many as ``width`` more or less."""
    known = Known(Disclosure())
    counts = np.array(rows, np.int64)
    places = known.add(counts, np.ones_like(counts), np.full_like(counts, 7))
    for parts, shown in totals.items():
        exact = np.array([sum(rows[place] for place in parts)], np.int64)
        never = np.zeros(1, np.bool_)
        whole = known.add(exact, np.array([shown - width]), np.array([shown + width]), never)
        known.hold(whole, np.zeros(len(parts), np.int64), places[list(parts)], opens=True)
    return known


def told_by_hand(known: Known, rows: int, opened: np.ndarray) -> set[int]:
    """The rows of which every set of 1 to 7 that fits has the same: all sets, one after another."""
    least, most = known.open_ranges(opened)
    fits = []
    for values in itertools.product(range(1, 8), repeat=rows):
        for place, whole in enumerate(known.wholes):
            total = sum(values[part] for part in known.parts[known.sums == place])
            if not least[whole] <= total <= most[whole]:
                break
        else:
            fits.append(values)
    return {row for row in range(rows) if len({values[row] for values in fits}) == 1}


def told(known: Known, opened: np.ndarray) -> set[int]:
    found = np.zeros(len(known.counts), np.bool_)
    for own in linked(known, known.secret):
        room = own.room(known, *known.open_ranges(opened & ~known.secret[known.wholes]))
        found[own.figures[own.told(room, known.secret[own.figures])]] = True
    return set(np.flatnonzero(found).tolist())


def nothing(known: Known) -> np.ndarray:
    return np.zeros(len(known.wholes), np.bool_)


def test_what_no_single_sum_tells_several_do() -> None:
    # a + b + c <= 8 and a + b >= 7: c is 1. Of each sum alone c may be more, as a and b may be 1.
    known = known_of([5, 2, 1], {(0, 1, 2): 7, (0, 1): 8}, width=1)
    assert not known.told(*known.narrowed(nothing(known))).any()
    assert told(known, nothing(known)) == {2} == told_by_hand(known, 3, nothing(known))
    opened, left = searched(known, nothing(known))
    assert not left.any() and opened.sum() == 1
    assert told_by_hand(known, 3, opened) == set()


def test_people_who_waited_three_weeks_count_once_for_each_day() -> None:
    # 34 to 38 days in all: of one who waited for 21 days or more, two would be of 42.
    known = known_of([1], {})
    days, spare = (
        known.add(np.array([36]), np.array([34]), np.array([38]), np.zeros(1, np.bool_)),
        known.add(np.array([15]), np.zeros(1, np.int64), np.array([1000]), np.zeros(1, np.bool_)),
    )
    known.hold(days, np.zeros(22, np.int64), np.concatenate([np.zeros(21, np.int64), spare]), opens=True)
    assert (known.parts.tolist(), known.times.tolist()) == ([0, 2], [21, 1])
    least, most = known.narrowed(nothing(known))
    assert (least[0], most[0]) == (1, 1) and known.told(least, most)[0]
    opened, left = searched(known, nothing(known))
    assert opened.all() and not left.any()


@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_is_what_all_sets_that_fit_have_alike(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = chance.choice([1, 1, 1, 2, 3], 4).tolist()
    totals = {}
    for _ in range(4):
        parts = tuple(sorted(chance.choice(4, int(chance.integers(2, 4)), replace=False).tolist()))
        totals[parts] = sum(rows[place] for place in parts) + int(chance.integers(-1, 2))
    known = known_of(rows, totals, width=1)
    assert told(known, nothing(known)) == told_by_hand(known, 4, nothing(known))
    opened, left = searched(known, nothing(known))
    # What is suppressed in the end tells nothing but what no total could have kept.
    assert told_by_hand(known, 4, opened) == set(np.flatnonzero(left).tolist())
    # And each of them is needed.
    for place in np.unique(known.wholes[opened]):
        fewer = opened & (known.wholes != place)
        assert told_by_hand(known, 4, fewer) - set(np.flatnonzero(left).tolist()), (seed, place)


def test_of_a_small_total_everyone_knows_that_it_is_small() -> None:
    known = known_of([1] * 7, {})
    whole = known.add(np.array([7]), np.array([1]), np.array([7]))
    known.hold(whole, np.zeros(7, np.int64), np.arange(7), opens=True)
    opened, left = searched(known, nothing(known))
    assert left.sum() == 8
    assert told(known, opened) == set(range(8))
