"""A change shared out to factors: worked by hand for two, and always summing to the change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from costshift.statistics.shapley import shapley

NUMBERS = st.lists(st.floats(0, 50), min_size=4, max_size=4)


def test_two_factors_worked_by_hand() -> None:
    # 10 x 3 = 30 becomes 12 x 5 = 60. First factor first: (12 - 10) x 3 = 6; last: (12 - 10) x 5 = 10; mean 8.
    # Second factor first: 10 x (5 - 3) = 20; last: 12 x (5 - 3) = 24; mean 22. 8 + 22 = 30.
    shares = shapley(2, lambda later: np.array((12.0 if later[0] else 10.0) * (5.0 if later[1] else 3.0)))
    assert shares.tolist() == [8.0, 22.0]


@given(NUMBERS, NUMBERS)
def test_shares_are_the_mean_over_all_orders_and_sum_to_the_change(before: list[float], after: list[float]) -> None:
    def value(later: Sequence[bool]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        a, b, c, d = (new if changed else old for changed, old, new in zip(later, before, after, strict=True))
        return np.array(a * b + c * d * a + d)

    slow = np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        state = [False] * 4
        for factor in order:
            old = float(value(state))
            state[factor] = True
            slow[factor] += (float(value(state)) - old) / len(orders)
    shares = shapley(4, value)
    np.testing.assert_allclose(shares, slow, atol=1e-6, rtol=1e-9)
    change = float(value([True] * 4)) - float(value([False] * 4))
    np.testing.assert_allclose(shares.sum(), change, atol=1e-6, rtol=1e-9)


def test_replicates_are_shared_out_one_by_one() -> None:
    values = np.array([[1.0, 2.0, 3.0], [4.0, 4.0, 9.0]])
    shares = shapley(1, lambda later: values[int(later[0])])
    assert shares.tolist() == [[3.0, 2.0, 6.0]]
