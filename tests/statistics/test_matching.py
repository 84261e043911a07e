"""Matched difference in differences: one case by hand, and a slow reading of the formula on random data."""

from __future__ import annotations

from statistics import mean, variance

import numpy as np
import pytest

from costshift.statistics.matching import difference_in_differences, match, standardised_difference


def test_one_estimate_with_its_variance_worked_by_hand() -> None:
    # Stratum 1: exposed 10 and 14; comparators 2, 4, 6: mean 4, variance ((-2)² + 0 + 2²) / 2 = 4.
    # Stratum 2: exposed 9; comparators 1, 3: mean 2, variance (1 + 1) / 1 = 2.
    # Stratum 3: one comparator only, so its exposed 50 is unmatched. Stratum 4: no exposed.
    # Excess: 10 - 4 = 6, 14 - 4 = 10, 9 - 2 = 7. Effect (6 + 10 + 7) / 3 = 23 / 3.
    # First term: squares of 6 - 23/3, 10 - 23/3, 7 - 23/3 = (25 + 49 + 4) / 9 = 78 / 9; over 3 x 2: 13 / 9.
    # Second: (2/3)² x 4 / 3 + (1/3)² x 2 / 2 = 16/27 + 1/9 = 19/27. Variance 13/9 + 19/27 = 58/27.
    stratum = np.array([1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4])
    exposed = np.array([1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0], dtype=bool)
    change = np.array([10.0, 14, 2, 4, 6, 9, 1, 3, 50, 1, 7, 7])[:, None]
    matched = match(stratum, exposed)
    assert matched.exposed.tolist() == [0, 1, 5]
    assert matched.comparators.tolist() == [2, 3, 4, 6, 7]
    assert matched.unmatched.tolist() == [8]
    found = difference_in_differences(matched, change, np.arange(12))
    assert found.effect[0] == pytest.approx(23 / 3)
    assert found.covariance[0, 0] == pytest.approx(58 / 27)
    assert found.freedom == 2


def test_a_person_in_two_rows_is_added_before_it_is_squared() -> None:
    # As above without stratum 2 and 3, and one person behind the comparators 2 and 6, whose contributions cancel:
    # (2/2) / sqrt(3 x 2) x (2 + -2) = 0. What is left of the comparators is that of the mean, 0.
    stratum, exposed = np.ones(5, dtype=int), np.array([1, 1, 0, 0, 0], dtype=bool)
    change = np.array([10.0, 14, 2, 4, 6])[:, None]
    matched = match(stratum, exposed)
    apart = difference_in_differences(matched, change, np.arange(5))
    together = difference_in_differences(matched, change, np.array([0, 1, 2, 3, 2]))
    # Exposed: 6 and 10 around 8: (4 + 4) / (2 x 1) = 4. Comparators apart: 1 x 4 / 3.
    assert apart.covariance[0, 0] == pytest.approx(4 + 4 / 3)
    assert together.covariance[0, 0] == pytest.approx(4)


@pytest.mark.parametrize("seed", range(25))
def test_against_the_formula_row_by_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 80
    stratum, exposed = rng.integers(0, 9, size), rng.random(size) < 0.35
    change, person = rng.gamma(1.0, 90.0, (size, 3)), np.arange(size)
    found = difference_in_differences(match(stratum, exposed), change, person)
    rows = [(s, e, c) for s, e, c in zip(stratum.tolist(), exposed.tolist(), change.tolist(), strict=True)]
    for outcome in range(3):
        others = {s: [c[outcome] for t, e, c in rows if t == s and not e] for s in set(stratum.tolist())}
        kept = [(s, c[outcome]) for s, e, c in rows if e and len(others[s]) >= 2]
        n = len(kept)
        effect = mean(c - mean(others[s]) for s, c in kept)
        first = sum((c - mean(others[s]) - effect) ** 2 for s, c in kept) / (n * (n - 1))
        second = sum(
            (sum(t == s for t, _ in kept) / n) ** 2 * variance(others[s]) / len(others[s]) for s in {s for s, _ in kept}
        )
        assert found.effect[outcome] == pytest.approx(effect)
        assert found.covariance[outcome, outcome] == pytest.approx(first + second)
        assert found.freedom == n - 1


def test_effects_of_parts_sum_to_the_effect_of_the_whole() -> None:
    rng = np.random.default_rng(4)
    parts = rng.gamma(1.0, 50.0, (60, 2))
    change = np.column_stack([parts.sum(axis=1), parts])
    found = difference_in_differences(match(rng.integers(0, 5, 60), rng.random(60) < 0.4), change, np.arange(60))
    assert found.effect[0] == pytest.approx(found.effect[1:].sum())
    assert found.covariance[0, 0] == pytest.approx(found.covariance[1:, 1:].sum())


def test_nothing_is_estimated_of_fewer_than_two() -> None:
    matched = match(np.ones(3, dtype=int), np.array([True, False, False]))
    assert np.isnan(difference_in_differences(matched, np.ones((3, 1)), np.arange(3)).effect).all()
    none = match(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool))
    assert len(none.exposed) == 0


def test_a_standardised_difference_worked_by_hand() -> None:
    # Shares 1/2 and 1/4: variances 1/4 and 3/16, pooled sqrt((1/4 + 3/16) / 2) = sqrt(7/32).
    found = standardised_difference(np.array([1.0, 0.0]), np.array([1.0, 0.0, 0.0, 0.0]))
    assert found == pytest.approx(0.25 / (7 / 32) ** 0.5)
    assert standardised_difference(np.ones(2), np.ones(3)) == 0.0


def test_a_standardised_difference_of_what_does_not_vary_is_none() -> None:
    # All of one, none of the other: there are no deviations to measure it in. And of nobody there is no mean.
    assert standardised_difference(np.ones(2), np.zeros(3)) is None
    assert standardised_difference(np.ones(0), np.zeros(3)) is None
