"""Intervals: of an estimate with its standard error, of replicates, and of many estimates at once."""

from __future__ import annotations

import numpy as np
from scipy import special

from costshift.statistics.arrays import Floats, generator_of

LEVEL = 0.95
POWER = 0.8


def t_quantile(freedom: float, level: float = LEVEL) -> float:
    """How many standard errors an interval reaches to each side."""
    return float(special.stdtrit(freedom, 0.5 + level / 2)) if freedom > 0 else float("nan")


def p_value(effect: Floats, error: Floats, freedom: float) -> Floats:
    """Two-sided, by Student's t; 1 where there is neither effect nor error, 0 where an effect has no error."""
    safe = np.where(error > 0, error, 1.0)
    size = np.where(error > 0, np.abs(effect) / safe, np.where(effect == 0, 0.0, np.inf))
    return np.asarray(2 * special.stdtr(freedom, -size), dtype=np.float64)


def percentile_interval(replicates: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Lower and upper end from replicates along the last axis."""
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(replicates, [tail, 100 - tail], axis=-1)
    return np.asarray(low), np.asarray(high)


def minimum_detectable(error: float, freedom: float, level: float = LEVEL, power: float = POWER) -> float:
    """The true effect that would be told from nothing with the given power: (t of the level + t of the power) x SE."""
    return (t_quantile(freedom, level) + float(special.stdtrit(freedom, power))) * error


def simultaneous_factor(covariance: Floats, freedom: float, key: str, draws: int = 4000) -> float:
    """How many standard errors bands must reach so that all of them hold together, 95 times in 100.

    The largest of the absolute t statistics of jointly normal estimates, simulated: sup-t bands (Montiel Olea and
    Plagborg-Møller 2019). Estimates without variance are left out.
    """
    error = np.sqrt(np.diag(covariance))
    there = error > 0
    if not there.any():
        return t_quantile(freedom)
    correlation = covariance[np.ix_(there, there)] / np.outer(error[there], error[there])
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    rng = generator_of("simultaneous", key)
    normal = rng.standard_normal((draws, len(values))) @ root.T
    spread = np.sqrt(rng.chisquare(freedom, draws) / freedom)
    return float(np.quantile(np.abs(normal).max(axis=1) / spread, LEVEL))
