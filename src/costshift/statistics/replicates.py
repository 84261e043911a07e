"""Replicates of a figure that multiplies noisy things, brought back to the width that chance gives it."""

from __future__ import annotations

import numpy as np

from costshift.statistics.arrays import Floats


def corrected_replicates(replicates: Floats, slight: Floats, step: float) -> Floats:
    """Replicates drawn together, about their mean, until they vary as the figure itself does.

    A figure that multiplies two noisy things, such as a change in mix by rates, varies by V1 + V2: by what each does
    alone, and by what both do at once. Resampled about values that are noisy themselves, it varies by B = V1 + 3 V2;
    resampled with weights moved by a small step alone, as the linear part of it has it, by L = V1 + 2 V2. So V1 + V2
    = 2 L - B (Efron and Stein 1981, *The jackknife estimate of variance*, on the second term). It is never under
    L / 2, as V1 is not negative, and taken to be no more than B.

    Args:
        replicates: draws along the last axis.
        slight: the same draws with the weights moved by ``step`` of the way, in the same shape.
        step: how far.
    """
    centre = replicates.mean(axis=-1, keepdims=True)
    whole = replicates.var(axis=-1, keepdims=True, ddof=1)
    linear = slight.var(axis=-1, keepdims=True, ddof=1) / step**2
    wanted = np.minimum(np.maximum(2 * linear - whole, linear / 2), whole)
    factor = np.sqrt(np.divide(wanted, whole, out=np.ones_like(whole), where=whole > 0))
    return np.asarray(centre + (replicates - centre) * factor)
