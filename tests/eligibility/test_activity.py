"""Use in steps from a decision is use within each window, stays open at the decision left out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from costshift.eligibility.activity import Coverage, Part, Use
from costshift.statistics.windows import Periods, Points


@pytest.mark.parametrize("seed", range(8))
def test_steps_against_each_window_and_against_every_day(seed: int) -> None:
    rng = np.random.default_rng(seed)
    who, when = rng.integers(0, 5, 80), rng.integers(0, 300, 80)
    patient, admitted = rng.integers(0, 5, 12), rng.integers(0, 280, 12)
    ended = admitted + rng.integers(1, 60, 12)
    stays = pl.DataFrame({"person": patient, "admitted": admitted, "ended": ended, "start": admitted, "stop": ended})
    stays = stays.with_columns(weight=pl.lit(1, dtype=pl.Int64), part=pl.lit(1, dtype=pl.Int64))
    parts = [
        Part("contacts", "a", "contact", 1.0, Points.of(who, when)),
        Part("bed_days", "b", "bed day", 1.0, Periods.of(patient, admitted, ended)),
    ]
    use = Use(parts, Coverage(0, 300), stays)
    person, day = rng.integers(0, 6, 20), rng.integers(60, 200, 20)
    steps = [-50, -20, 0, 1, 31]
    # Nothing counts from the day after a death on: some die before the decision, some long after the last step.
    until = day + rng.integers(-30, 80, 20)
    found = use.in_steps(person, day, steps, use.open_stays(person, day), until)
    for units, (first, last) in zip(found, pairwise(steps), strict=True):
        edges = (np.minimum(day + edge, until) for edge in (first, last))
        assert (units == use.within(person, day, *edges)).all()
        for row in range(20):
            window = [at for at in range(day[row] + first, day[row] + last) if at < until[row]]
            contacts = sum(own == person[row] and at in window for own, at in zip(who, when, strict=True))
            nights = sum(
                sum(begin <= night < end for night in window)
                for own, begin, end in zip(patient, admitted, ended, strict=True)
                if own == person[row] and not begin <= day[row] <= end
            )
            assert units[row].tolist() == [contacts, nights]
