"""A series before and after a date: what changed, beside what changes by itself. It knows no domain."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from costshift.statistics.intervals import t_quantile

#: Natural process limits: mean +- 2.66 mean moving ranges.
XMR = 2.66


@dataclass(frozen=True)
class Change:
    """A series before and after. ``low`` and ``high`` are the 95% interval of ``change`` (after less before).

    ``before_low``, ``before_high``: the natural process limits of the time before: what single values did by
    themselves. ``total``: the sum of (value - mean before) over the time after, with ``total_low``, ``total_high``.
    ``autocorrelation``: of neighbouring values around their own means; above 0.3 the intervals are too narrow.
    """

    before: float
    before_low: float
    before_high: float
    after: float
    change: float
    low: float
    high: float
    total: float
    total_low: float
    total_high: float
    autocorrelation: float | None


def change_of(before: Sequence[float], after: Sequence[float]) -> Change:
    """What changed between two stretches of a series, taking its values as independent and equally spread.

    The spread is that around the two means together, with n - 2 degrees of freedom:
    change +- t x s x sqrt(1/n_before + 1/n_after). The total is the change times the values after, and so its interval.

    Args:
        before: values before, in order; at least 3.
        after: values after, in order; at least 1.

    Raises:
        ValueError: there are fewer.
    """
    n, m = len(before), len(after)
    if n < 3 or m < 1:
        raise ValueError("at least 3 values before and 1 after are needed")
    mean, later = math.fsum(before) / n, math.fsum(after) / m
    ranges = [abs(b - a) for a, b in itertools.pairwise(before)]
    limit = XMR * math.fsum(ranges) / len(ranges)
    around = [value - mean for value in before] + [value - later for value in after]
    degrees = n + m - 2
    spread = math.sqrt(math.fsum(value**2 for value in around) / degrees)
    half = t_quantile(degrees) * spread * math.sqrt(1 / n + 1 / m)
    change = later - mean
    squares = math.fsum(value**2 for value in around)
    neighbours = math.fsum(a * b for part in (around[:n], around[n:]) for a, b in itertools.pairwise(part))
    return Change(
        before=mean,
        before_low=mean - limit,
        before_high=mean + limit,
        after=later,
        change=change,
        low=change - half,
        high=change + half,
        total=m * change,
        total_low=m * (change - half),
        total_high=m * (change + half),
        autocorrelation=neighbours / squares if squares else None,
    )
