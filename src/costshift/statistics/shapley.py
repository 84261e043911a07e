"""A change in a quantity made of several factors, shared out to the factors so that the shares sum to it exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import factorial

import numpy as np

from costshift.statistics.arrays import Floats


def shapley(factors: int, value: Callable[[Sequence[bool]], Floats]) -> Floats:
    """Each factor's share of the change from all factors as before to all as after.

    A factor's share is the mean, over all orders in which the factors can change, of what its own change adds
    (Shapley; for rates: Das Gupta 1993, Standardization and Decomposition of Rates). The shares sum to the change.

    Args:
        factors: how many there are.
        value: the quantity where some factors are as after (True) and the others as before; any shape.

    Returns:
        The shares, with one axis for the factors before those of the quantity.
    """
    corners = {corner: np.asarray(value(corner)) for corner in product((False, True), repeat=factors)}
    shares = []
    for factor in range(factors):
        total = np.zeros_like(corners[(False,) * factors], dtype=np.float64)
        for corner, here in corners.items():
            if corner[factor]:
                continue
            changed = sum(corner)
            weight = factorial(changed) * factorial(factors - changed - 1) / factorial(factors)
            after = (*corner[:factor], True, *corner[factor + 1 :])
            total += weight * (corners[after] - here)
        shares.append(total)
    return np.stack(shares)
