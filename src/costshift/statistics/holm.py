"""p-values of several questions asked at once."""

from __future__ import annotations

import numpy as np

from costshift.statistics.arrays import Floats


def holm(p_values: Floats) -> Floats:
    """Holm's step-down adjustment (1979): with it, the chance of any false finding among them stays at the level.

    The smallest of m is multiplied by m, the next by m - 1 and so on; none is smaller than the one before, none
    above 1. The order of the answer is that of the question.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(p_values[order] * (count - np.arange(count)))
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
