"""The interval of a ratio of two estimates."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class RatioInterval:
    """A ratio with its interval; ``low`` and ``high`` are None where the interval is unbounded."""

    ratio: float
    low: float | None
    high: float | None


def fieller(
    top: float, bottom: float, variances: tuple[float, float], covariance: float, quantile: float
) -> RatioInterval:
    """Fieller's interval (1954) of top / bottom: all r for which top - r x bottom cannot be told from 0.

    r is in it where (top - r bottom)² <= q² (var top - 2 r cov + r² var bottom): a quadratic in r. It is bounded only
    where the denominator itself can be told from 0 (bottom² > q² var bottom).

    Args:
        top: the numerator.
        bottom: the denominator, not 0.
        variances: of top and bottom.
        covariance: of the two.
        quantile: standard errors of the interval to each side.
    """
    square = quantile * quantile
    a = bottom * bottom - square * variances[1]
    b = top * bottom - square * covariance
    c = top * top - square * variances[0]
    ratio = top / bottom
    if a <= 0:
        return RatioInterval(ratio, None, None)
    # a r² - 2 b r + c <= 0, and r = top / bottom solves it, so that there are two roots.
    root = sqrt(max(b * b - a * c, 0.0))
    return RatioInterval(ratio, (b - root) / a, (b + root) / a)
