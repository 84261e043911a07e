"""Intervals of a proportion."""

from __future__ import annotations

import polars as pl

#: The 97.5th percentile of the normal distribution: two-sided 95%.
Z_95 = 1.959963984540054


def wilson(numerator: pl.Expr, denominator: pl.Expr, z: float = Z_95) -> tuple[pl.Expr, pl.Expr]:
    """Wilson's score interval of a proportion: low, high; null where the denominator is null or zero.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American
    Statistical Association 22 (1927); recommended for proportions by the Association of Public Health Observatories'
    Technical Briefing 3 (2008; from memory). It takes people as independent of each other.

    Args:
        numerator: counts of the denominator.
        denominator: counts.
        z: the normal quantile; 95% by default.
    """
    n = denominator.cast(pl.Float64)
    p = numerator / n
    centre = p + z**2 / (2 * n)
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)).sqrt()
    scale = 1 + z**2 / n
    known = denominator > 0
    low = pl.when(known & (numerator > 0)).then((centre - half) / scale).when(known).then(0.0)
    high = pl.when(known & (numerator < denominator)).then((centre + half) / scale).when(known).then(1.0)
    return low, high
