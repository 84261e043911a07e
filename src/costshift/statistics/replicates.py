"""Replicates of a figure that multiplies noisy things, brought back to the width that chance gives it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costshift.statistics.arrays import Floats


def corrected_replicates(replicates: Floats, nearer: Sequence[tuple[float, Floats]]) -> Floats:
    """Replicates drawn together, about their mean, until they vary as the figure itself does.

    A figure that multiplies k noisy things, such as a change in mix by rates, varies by V1 + V2 + ... + Vk: by what
    each does alone, what two do at once, and so on. Resampled about values that are noisy themselves it varies by more:
    with the draws taken s of their variance far, the variance over s is the sum of Vj ((1 + s)^j - 1) / s. At s = 1,
    the usual resampling, that is V1 + 3 V2 + 7 V3; near s = 0, the linear part of it, V1 + 2 V2 + 3 V3; at s = -1 it
    is what is wanted. So the variance is taken at several s and followed to -1 by the polynomial through them. (The
    second term is Efron and Stein's 1981, *The jackknife estimate of variance*; going on to -1 is simulation and
    extrapolation, Cook and Stefanski 1994.) No Vj is negative: the result is never under the smallest over the number
    of terms, and taken to be no more than the replicates'.

    Args:
        replicates: draws along the last axis.
        nearer: the same draws with the weights moved only a part of the way: how far (between 0 and 1), and the draws.
    """
    centre = replicates.mean(axis=-1, keepdims=True)
    whole = replicates.var(axis=-1, keepdims=True, ddof=1)
    points = [(1.0, whole)]
    points += [(step**2, draws.var(axis=-1, keepdims=True, ddof=1) / step**2) for step, draws in nearer]
    least = points[-1][1]
    wanted = np.zeros_like(whole)
    for at, (place, value) in enumerate(points):
        others = [other for two, (other, _) in enumerate(points) if two != at]
        wanted += value * float(np.prod([(-1.0 - other) / (place - other) for other in others]))
        least = np.minimum(least, value)
    wanted = np.minimum(np.maximum(wanted, least / len(points)), whole)
    factor = np.sqrt(np.divide(wanted, whole, out=np.ones_like(whole), where=whole > 0))
    return np.asarray(centre + (replicates - centre) * factor)
