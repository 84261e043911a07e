"""Sums within windows of time, one window to a row, without a row for each day: points and periods of many subjects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costshift.statistics.arrays import Ints

_BITS = 21
_OFFSET = 1 << 20


def _key(subject: Ints, day: Ints) -> Ints:
    """Subject and day in one sortable number; days lie within a million of day 0."""
    return (subject << _BITS) + (day + _OFFSET)


@dataclass(frozen=True)
class Points:
    """Weighted points in time. Sums are exact: weights are whole numbers."""

    keys: Ints
    sums: Ints

    @classmethod
    def of(cls, subject: Ints, day: Ints, weight: Ints | None = None) -> Points:
        """Points from their subjects, days and weights (1 each if none are given), in any order."""
        keys = _key(subject.astype(np.int64), day.astype(np.int64))
        if weight is None:
            keys = np.sort(keys)
            return cls(keys, np.arange(len(keys) + 1, dtype=np.int64))
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], np.concatenate([[0], np.cumsum(weight[order])]).astype(np.int64))

    def within(self, subject: Ints, start: Ints, stop: Ints) -> Ints:
        """The weight of each row's subject on the days from ``start`` to the day before ``stop``."""
        upper, lower = np.searchsorted(self.keys, _key(subject, stop)), np.searchsorted(self.keys, _key(subject, start))
        return np.asarray(self.sums[upper] - self.sums[lower])


@dataclass(frozen=True)
class Periods:
    """Periods with a weight a day, as what starts and what stops: the days of a window are two sums of ramps."""

    starts: tuple[Ints, Ints, Ints]
    stops: tuple[Ints, Ints, Ints]

    @classmethod
    def of(cls, subject: Ints, start: Ints, stop: Ints, weight: Ints | None = None) -> Periods:
        """Periods from ``start`` to the day before ``stop``; those without a day weigh nothing."""
        size = np.ones(len(subject), dtype=np.int64) if weight is None else weight.astype(np.int64)
        size = np.where(stop > start, size, 0)
        subject = subject.astype(np.int64)
        return cls(_ramps(subject, start.astype(np.int64), size), _ramps(subject, stop.astype(np.int64), size))

    def within(self, subject: Ints, start: Ints, stop: Ints) -> Ints:
        """The weight of each row's subject, day by day, from ``start`` to the day before ``stop``."""
        return _days_between(self.starts, subject, start, stop) - _days_between(self.stops, subject, start, stop)


def _ramps(subject: Ints, day: Ints, weight: Ints) -> tuple[Ints, Ints, Ints]:
    keys = _key(subject, day)
    order = np.argsort(keys, kind="stable")
    sized = weight[order]
    sums = np.concatenate([[0], np.cumsum(sized)]).astype(np.int64)
    moments = np.concatenate([[0], np.cumsum(sized * day[order])]).astype(np.int64)
    return keys[order], sums, moments


def _days_between(ramps: tuple[Ints, Ints, Ints], subject: Ints, start: Ints, stop: Ints) -> Ints:
    """Weight x days that the ramps of each subject add from ``start`` to the day before ``stop``."""
    keys, sums, moments = ramps
    first = np.searchsorted(keys, subject << _BITS)
    base, moment = sums[first], moments[first]
    before, after = np.searchsorted(keys, _key(subject, start)), np.searchsorted(keys, _key(subject, stop))
    until = (sums[after] - base) * stop - (moments[after] - moment)
    return np.asarray(until - ((sums[before] - base) * start - (moments[before] - moment)))
