"""Exact matching on strata, and the difference in differences of what is matched, with its variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costshift.statistics.arrays import Bools, Floats, Ints

#: A stratum needs so many comparators: with one, its own variance cannot be told.
LEAST_COMPARATORS = 2


@dataclass(frozen=True)
class Matched:
    """Which rows are matched: positions of exposed and comparators, and their stratum as a number from 0."""

    exposed: Ints
    exposed_stratum: Ints
    comparators: Ints
    comparator_stratum: Ints
    unmatched: Ints

    @property
    def sizes(self) -> tuple[Ints, Ints]:
        """Exposed and comparators of each stratum."""
        count = int(self.exposed_stratum.max()) + 1 if len(self.exposed) else 0
        return (
            np.bincount(self.exposed_stratum, minlength=count).astype(np.int64),
            np.bincount(self.comparator_stratum, minlength=count).astype(np.int64),
        )

    def weights(self) -> tuple[Floats, Floats]:
        """Each exposed row's weight in the mean, and each comparator's: both sum to 1."""
        number, others = self.sizes
        each = number / max(len(self.exposed), 1) / np.maximum(others, 1)
        return np.full(len(self.exposed), 1 / max(len(self.exposed), 1)), each[self.comparator_stratum]


@dataclass(frozen=True)
class Estimate:
    """Effects of several outcomes in one matched set, with their joint covariance.

    ``freedom``: N - 1 of the matched exposed. ``people`` and ``scores``: what each person contributes, people by
    outcomes: the covariance is the scores' cross products, also between estimates in which the same people stand.
    """

    effect: Floats
    covariance: Floats
    freedom: int
    people: Ints
    scores: Floats

    @property
    def error(self) -> Floats:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))


def match(stratum: Ints, exposed: Bools, least: int = LEAST_COMPARATORS) -> Matched:
    """Exposed and comparators of every stratum that holds an exposed row and at least ``least`` comparators.

    Args:
        stratum: what is matched exactly, as a number.
        exposed: which rows are exposed; the others are comparators.
        least: comparators that a stratum needs.
    """
    _names, place = np.unique(stratum, return_inverse=True)
    place = place.astype(np.int64).reshape(-1)
    count = int(place.max()) + 1 if len(place) else 0
    number = np.bincount(place[exposed], minlength=count)
    others = np.bincount(place[~exposed], minlength=count)
    kept = (number > 0) & (others >= least)
    renumbered = np.cumsum(kept) - 1
    inside = kept[place]
    at, against = np.flatnonzero(inside & exposed), np.flatnonzero(inside & ~exposed)
    return Matched(
        at,
        renumbered[place[at]],
        against,
        renumbered[place[against]],
        np.flatnonzero(~inside & exposed).astype(np.int64),
    )


def difference_in_differences(matched: Matched, change: Floats, person: Ints) -> Estimate:
    """The mean over matched exposed of their change less the mean change of their stratum's comparators.

    With d the changes, c̄ the comparators' mean of a stratum, N matched exposed, nₑ and n꜀ exposed and comparators of
    a stratum: effect τ = Σᵢ (dᵢ - c̄) / N. Its variance, where nobody stands in two rows, is

        Σᵢ (dᵢ - c̄ - τ)² / (N (N - 1)) + Σₛ (nₑ / N)² s²꜀ / n꜀

    (s²꜀ the comparators' variance with n꜀ - 1). Each term is a sum of squares of one row's contribution; where a
    person stands in several rows, the person's contributions are added before they are squared.

    Args:
        matched: :func:`match`.
        change: rows by outcomes.
        person: who stands behind each row.
    """
    size = len(matched.exposed)
    outcomes = change.shape[1]
    if size < 2:
        nothing = np.full(outcomes, np.nan)
        nobody = np.zeros(0, dtype=np.int64)
        return Estimate(nothing, np.full((outcomes, outcomes), np.nan), size - 1, nobody, np.zeros((0, outcomes)))
    number, others = matched.sizes
    of_others = change[matched.comparators]
    means = _sums(matched.comparator_stratum, of_others, len(others)) / others[:, None]
    excess = change[matched.exposed] - means[matched.exposed_stratum]
    effect = excess.mean(axis=0)
    own = (excess - effect) / np.sqrt(size * (size - 1.0))
    # (nₑ / N)² s² / n = Σ (nₑ / N)² (d - c̄)² / (n (n - 1)).
    share = number / size / np.sqrt(others * (others - 1.0))
    theirs = -(of_others - means[matched.comparator_stratum]) * share[matched.comparator_stratum][:, None]
    scores = np.concatenate([own, theirs])
    who = person[np.concatenate([matched.exposed, matched.comparators])]
    people, place = np.unique(who, return_inverse=True)
    together = _sums(place.reshape(-1), scores, int(place.max()) + 1)
    return Estimate(effect, together.T @ together, size - 1, people, together)


def standardised_difference(first: Floats, second: Floats, weights: Floats | None = None) -> float | None:
    """The difference of two means in pooled standard deviations (Austin 2009).

    0 where both are the same; None where they differ and nothing varies within either, or where one has no rows.
    """
    if not len(first) or not len(second):
        return None
    weights = np.full(len(second), 1 / max(len(second), 1)) if weights is None else weights
    mean, other = float(first.mean()), float((weights * second).sum())
    spread = float(np.sqrt((first.var() + (weights * (second - other) ** 2).sum()) / 2))
    # What is left of equal sums is rounding.
    if abs(mean - other) < 1e-12:
        return 0.0
    return (mean - other) / spread if spread > 1e-12 else None


def _sums(place: Ints, values: Floats, count: int) -> Floats:
    return np.stack(
        [np.bincount(place, weights=values[:, column], minlength=count) for column in range(values.shape[1])], axis=1
    )
