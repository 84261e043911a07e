"""Where in a series of shares a level moved: one step, tested against every place at which a step could be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costshift.statistics.arrays import Floats, Ints, generator_of


@dataclass(frozen=True)
class Step:
    """A step before the place ``at`` of the series; ``p_value`` allows for all places that were looked at."""

    at: int
    p_value: float


def step_in_shares(successes: Ints, trials: Ints, *, margin: int, key: str, draws: int = 1999) -> Step | None:
    """The one place at which shares, stratum by stratum, most clearly changed together.

    Statistic of a place: (Σ over strata of successes after it less those expected from the stratum's overall share)
    over its standard deviation with the numbers of successes held fixed (as Mantel and Haenszel 1959). The largest in
    size over all places is compared with the largest of series in which each stratum's successes fall on its trials
    by chance (multivariate hypergeometric draws), so that the p-value is of the search, not of the place.

    Args:
        successes: strata by places.
        trials: strata by places.
        margin: so many places on either side are no candidates.
        key: what the draws are seeded by.
        draws: series drawn by chance.

    Returns:
        The step, or None where there is nothing to compare: too short a series, or shares of 0 or 1 alone.
    """
    places = trials.shape[1]
    total, won = trials.sum(axis=1), successes.sum(axis=1)
    varied = (won > 0) & (won < total)
    if places < 2 * margin or not varied.any():
        return None
    successes, trials, total, won = successes[varied], trials[varied], total[varied], won[varied]
    candidates = np.arange(margin, places - margin + 1)
    after = np.cumsum(trials[:, ::-1], axis=1)[:, ::-1]
    after = np.concatenate([after, np.zeros((len(total), 1), dtype=np.int64)], axis=1)[:, candidates]
    share = (won / total)[:, None]
    # Variance of a hypergeometric count: after · share · (1 - share) · (total - after) / (total - 1).
    spread = after * share * (1 - share) * (total[:, None] - after) / np.maximum(total[:, None] - 1, 1)
    scale = np.sqrt(spread.sum(axis=0))
    usable = scale > 0
    if not usable.any():
        return None
    candidates, after, scale = candidates[usable], after[:, usable], scale[usable]
    expected = (after * share).sum(axis=0)
    seen = np.abs(_after(successes, candidates).sum(axis=0) - expected) / scale
    best = int(np.argmax(seen))
    rng = generator_of("step", key)
    drawn = np.zeros((draws, len(candidates)))
    for row in range(len(total)):
        chance = rng.multivariate_hypergeometric(trials[row], int(won[row]), size=draws)
        drawn += _after(chance.astype(np.int64), candidates)
    largest = (np.abs(drawn - expected) / scale).max(axis=1)
    p_value = (1 + int((largest >= seen[best] - 1e-12).sum())) / (1 + draws)
    return Step(int(candidates[best]), p_value)


def _after(counts: Ints, candidates: Ints) -> Floats:
    """Counts from each candidate place on."""
    reverse = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    padded = np.concatenate([reverse, np.zeros((len(counts), 1), dtype=np.int64)], axis=1)
    return padded[:, candidates].astype(np.float64)
