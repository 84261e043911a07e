"""Sums within windows against counting day by day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from costshift.statistics.windows import Periods, Points


def test_points_and_periods_worked_by_hand() -> None:
    points = Points.of(np.array([7, 7, 8]), np.array([10, 20, 10]), np.array([3, 4, 5]))
    one = np.array([7])
    # Days 10 to 19 hold the point of day 10, not that of day 20; days 11 to 20 the other way round.
    assert points.within(one, np.array([10]), np.array([20])).tolist() == [3]
    assert points.within(one, np.array([11]), np.array([21])).tolist() == [4]
    # A stay of days 5 to 14 and a window of days 10 to 29: five days. Weight 2 a day: 10.
    periods = Periods.of(np.array([7]), np.array([5]), np.array([15]), np.array([2]))
    assert periods.within(one, np.array([10]), np.array([30])).tolist() == [10]
    assert periods.within(np.array([8]), np.array([10]), np.array([30])).tolist() == [0]


@pytest.mark.parametrize("seed", range(15))
def test_against_a_count_of_every_day(seed: int) -> None:
    rng = np.random.default_rng(seed)
    subject, start = rng.integers(0, 6, 60), rng.integers(-40, 60, 60)
    stop, weight = start + rng.integers(-3, 30, 60), rng.integers(-4, 5, 60)
    who, begin = rng.integers(0, 7, 40), rng.integers(-60, 60, 40)
    end = begin + rng.integers(0, 50, 40)
    days = Periods.of(subject, start, stop, weight).within(who, begin, end)
    points = Points.of(subject, start, weight).within(who, begin, end)
    counted = Points.of(subject, start).within(who, begin, end)
    for row in range(40):
        window = range(begin[row], end[row])
        own = [at for at in range(60) if subject[at] == who[row]]
        assert days[row] == sum(weight[at] * sum(start[at] <= day < stop[at] for day in window) for at in own)
        assert points[row] == sum(weight[at] for at in own if start[at] in window)
        assert counted[row] == sum(start[at] in window for at in own)


@pytest.mark.parametrize("of", [Points.of, Periods.of])
def test_subjects_that_mark_one_place_are_told_apart(of: Callable[..., Points | Periods]) -> None:
    # Few subjects have a table of 1,024 places: all of these have one there.
    subject = np.arange(5) * 1_024 + 3
    start = np.array([10, 20, 30, 40, 50])
    sums = of(subject, start, start + 1) if of == Periods.of else of(subject, start)
    asked = np.arange(12) * 512 + 3
    whole = sums.within(asked, np.zeros(12, dtype=np.int64), np.full(12, 100))
    assert whole.tolist() == [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0]
    early = sums.within(asked, np.zeros(12, dtype=np.int64), np.full(12, 31))
    assert early.tolist() == [1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]
