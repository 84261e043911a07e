"""Intervals, adjustments and ratios: by hand, and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from costshift.statistics.arrays import generator_of
from costshift.statistics.cells import merged_cells
from costshift.statistics.changepoints import step_in_shares
from costshift.statistics.fieller import fieller
from costshift.statistics.holm import holm
from costshift.statistics.intervals import minimum_detectable, p_value, simultaneous_factor, t_quantile


def test_holm_worked_by_hand() -> None:
    # Sorted: 0.01 x 4 = 0.04; 0.02 x 3 = 0.06; 0.03 x 2 = 0.06; 0.5 x 1 = 0.5.
    assert holm(np.array([0.02, 0.5, 0.01, 0.03])) == pytest.approx([0.06, 0.5, 0.04, 0.06])
    assert holm(np.array([0.4, 0.9])) == pytest.approx([0.8, 0.9])
    assert holm(np.array([])).tolist() == []


def test_fieller_worked_by_hand() -> None:
    # top 2 (variance 1), bottom 4 (variance 1), no covariance, q = 2: (4² - 4) r² - 2 x 8 r + (2² - 4) = 12 r² - 16 r <= 0:
    # from 0 to 16 / 12.
    found = fieller(2.0, 4.0, (1.0, 1.0), 0.0, 2.0)
    assert (found.ratio, found.low, found.high) == (0.5, 0.0, pytest.approx(4 / 3))
    # A denominator within two standard errors of zero bounds nothing.
    assert fieller(2.0, 1.9, (1.0, 1.0), 0.0, 2.0).low is None


def test_every_end_of_fieller_is_where_the_difference_can_just_not_be_told_from_zero() -> None:
    top, bottom, variances, covariance, q = 60.0, 400.0, (900.0, 1600.0), 300.0, 1.98
    found = fieller(top, bottom, variances, covariance, q)
    for end in (found.low, found.high):
        assert end is not None
        error = (variances[0] - 2 * end * covariance + end * end * variances[1]) ** 0.5
        assert abs(top - end * bottom) == pytest.approx(q * error)


def test_a_minimum_detectable_effect_is_found_eight_times_in_ten() -> None:
    effect = minimum_detectable(1.0, 10_000)
    drawn = generator_of("power").normal(effect, 1.0, 20_000)
    assert np.mean(drawn > t_quantile(10_000)) == pytest.approx(0.8, abs=0.01)


def test_simultaneous_bands_hold_together() -> None:
    rng = generator_of("bands")
    root = rng.standard_normal((18, 18)) / 4 + np.eye(18)
    covariance = root @ root.T
    factor = simultaneous_factor(covariance, 10_000, "a")
    drawn = rng.standard_normal((20_000, 18)) @ root.T / np.sqrt(np.diag(covariance))
    assert np.mean(np.abs(drawn).max(axis=1) <= factor) == pytest.approx(0.95, abs=0.01)
    # One estimate alone, beside one that does not vary, needs what t gives.
    alone = simultaneous_factor(np.diag([4.0, 0.0]), 60, "b", draws=200_000)
    assert alone == pytest.approx(t_quantile(60), rel=0.02)


def test_p_values_without_an_error() -> None:
    found = p_value(np.array([0.0, 1.0, 1.98]), np.array([0.0, 0.0, 1.0]), 120)
    assert found[:2].tolist() == [1.0, 0.0] and found[2] == pytest.approx(0.05, abs=0.001)


def test_small_cells_go_up_the_hierarchy() -> None:
    counts = {
        ("old", "women"): (30, 12),
        ("old", "men"): (9, 40),
        ("young", "women"): (4, 4),
        ("young", "men"): (3, 20),
    }
    # Old men (9 in one period) are pooled at «old»: still 9, and on to the top. The young: 7 and 24 pooled, to the top.
    assert merged_cells(counts, 10) == {
        ("old", "women"): ("old", "women"),
        ("old", "men"): (),
        ("young", "women"): (),
        ("young", "men"): (),
    }
    assert merged_cells({("a", "x"): (6, 6), ("a", "y"): (5, 5)}, 10) == {("a", "x"): ("a",), ("a", "y"): ("a",)}
    assert merged_cells({}, 10) == {}


def test_a_step_is_found_where_it_is_and_not_where_there_is_none() -> None:
    rng = generator_of("a world")
    trials = rng.poisson(40, (3, 36)).astype(np.int64)
    share = np.where(np.arange(36) >= 21, 0.4, 0.65) + np.array([[0.0], [0.1], [-0.1]])
    found = step_in_shares(rng.binomial(trials, share).astype(np.int64), trials, margin=6, key="a")
    assert found is not None and found.at == 21 and found.p_value < 0.01
    steady = [
        step_in_shares(rng.binomial(trials, 0.6).astype(np.int64), trials, margin=6, key=str(at), draws=199)
        for at in range(200)
    ]
    # 1 in 100 by chance: 200 worlds give 2, and hardly ever more than 8.
    assert sum(own is not None and own.p_value < 0.01 for own in steady) <= 8
    assert step_in_shares(trials, trials, margin=6, key="all") is None
    assert step_in_shares(trials[:, :8], trials[:, :8] * 2, margin=6, key="short") is None


def test_a_figure_has_its_own_draws() -> None:
    assert generator_of("a", 1).random() == generator_of("a", 1).random()
    assert generator_of("a", 1).random() != generator_of("a", 2).random()
