"""Products of noisy means vary as they do, not as resampling them about noisy values would have it."""

from __future__ import annotations

import numpy as np
import pytest

from costshift.statistics.replicates import corrected_replicates

STEPS = (0.1, 0.7)


def drawn(
    values: np.ndarray, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, list[tuple[float, np.ndarray]]]:
    """Draws of the product of means that each vary by 1, about ``values``; and the same draws a part of the way."""
    noise = rng.standard_normal((len(values), draws))
    nearer = [(step, (values[:, None] + step * noise).prod(axis=0)) for step in STEPS]
    return (values[:, None] + noise).prod(axis=0), nearer


@pytest.mark.parametrize("means", [(0.0, 3.0), (1.0, 1.0), (3.0, 3.0), (2.0, 2.0, 2.0)])
def test_the_variance_of_a_product_is_found_on_average(means: tuple[float, ...]) -> None:
    # Var(xy) = mx2 + my2 + 1 with both variances 1; of three: the product of (m2 + 1), less the squared mean.
    truth = float(np.prod([mean**2 + 1 for mean in means]) - np.prod([mean**2 for mean in means]))
    rng = np.random.default_rng(3)
    found, usual = [], []
    for _ in range(3000):
        replicates, nearer = drawn(np.array(means) + rng.standard_normal(len(means)), 200, rng)
        found.append(corrected_replicates(replicates, nearer).var(ddof=1))
        usual.append(replicates.var(ddof=1))
    # The floor lifts the few that would fall below it, so that what is left is a little too wide, never too narrow.
    assert 0.97 * truth < np.mean(found) < 1.12 * truth
    assert np.mean(found) < np.mean(usual)


def test_a_sum_is_left_as_it_is() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((3, 400))
    replicates = (5.0 + noise).sum(axis=0)
    nearer = [(step, (5.0 + step * noise).sum(axis=0)) for step in STEPS]
    assert corrected_replicates(replicates, nearer) == pytest.approx(replicates)


def test_the_mean_of_the_draws_stays_and_what_does_not_vary_does_not() -> None:
    rng = np.random.default_rng(2)
    replicates, nearer = drawn(np.array([0.5, 0.5]), 300, rng)
    assert corrected_replicates(replicates, nearer).mean() == pytest.approx(replicates.mean())
    still = np.full(10, 4.0)
    assert (corrected_replicates(still, [(step, still) for step in STEPS]) == 4.0).all()
