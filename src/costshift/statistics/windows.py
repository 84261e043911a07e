"""Sums within windows of time, one window to a row, without a row for each day: points and periods of many subjects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costshift.statistics.arrays import Bools, Ints

_BITS = 21
_OFFSET = 1 << 20
#: Powers of two: of the places of a table of subjects.
_LEAST_MARKS, _MOST_MARKS = 10, 22


def _subjects(keys: Ints) -> Ints:
    return np.unique(keys >> _BITS)


def _key(subject: Ints, day: Ints) -> Ints:
    """Subject and day in one sortable number; days lie within a million of day 0."""
    return (subject << _BITS) + (day + _OFFSET)


def _marks_of(keys: Ints) -> Bools:
    """A table in which each subject of the keys marks a place, and others few."""
    subjects = _subjects(keys)
    size = 1 << min(max((4 * len(subjects)).bit_length(), _LEAST_MARKS), _MOST_MARKS)
    marks = np.zeros(size, dtype=np.bool_)
    marks[subjects & (size - 1)] = True
    return marks


def _asked(marks: Bools, subject: Ints) -> Ints:
    """The rows whose subject may have something to be summed: most have nothing of most that is summed."""
    return np.flatnonzero(marks[subject & (len(marks) - 1)])


@dataclass(frozen=True)
class Points:
    """Weighted points in time. Sums are exact: weights are whole numbers.

    ``marks``: where a subject marks no place, nothing of it is summed.
    """

    keys: Ints
    sums: Ints
    marks: Bools

    @classmethod
    def of(cls, subject: Ints, day: Ints, weight: Ints | None = None) -> Points:
        """Points from their subjects, days and weights (1 each if none are given), in any order."""
        keys = _key(subject.astype(np.int64), day.astype(np.int64))
        if weight is None:
            keys = np.sort(keys)
            return cls(keys, np.arange(len(keys) + 1, dtype=np.int64), _marks_of(keys))
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        return cls(keys, np.concatenate([[0], np.cumsum(weight[order])]).astype(np.int64), _marks_of(keys))

    def subjects(self) -> Ints:
        """The different subjects of which anything is summed."""
        return _subjects(self.keys)

    def until(self, subject: Ints, day: Ints) -> Ints:
        """A running sum up to the day before ``day``: the difference of two of one subject is what lies between."""
        found, at = np.zeros(len(subject), dtype=np.int64), _asked(self.marks, subject)
        found[at] = self.sums[np.searchsorted(self.keys, _key(subject[at], day[at]))]
        return found

    def within(self, subject: Ints, start: Ints, stop: Ints) -> Ints:
        """The weight of each row's subject on the days from ``start`` to the day before ``stop``."""
        return self.until(subject, stop) - self.until(subject, start)


@dataclass(frozen=True)
class Periods:
    """Periods with a weight a day, as what starts and what stops: the days of a window are two sums of ramps.

    ``keys``: of every start and stop, in order. ``sums``, ``moments``: before each of them and after the last, the
    subject's weights, and weights x days, so far; what stops takes its weight away again. ``marks``: as of points.
    """

    keys: Ints
    sums: Ints
    moments: Ints
    marks: Bools

    @classmethod
    def of(cls, subject: Ints, start: Ints, stop: Ints, weight: Ints | None = None) -> Periods:
        """Periods from ``start`` to the day before ``stop``; those without a day weigh nothing."""
        size = np.ones(len(subject), dtype=np.int64) if weight is None else weight.astype(np.int64)
        size = np.where(stop > start, size, 0)
        whose, day = np.concatenate([subject, subject]).astype(np.int64), np.concatenate([start, stop]).astype(np.int64)
        keys = _key(whose, day)
        order = np.argsort(keys, kind="stable")
        sized, whose = np.concatenate([size, -size])[order], whose[order]
        sums = np.concatenate([[0], np.cumsum(sized)]).astype(np.int64)
        moments = np.concatenate([[0], np.cumsum(sized * day[order])]).astype(np.int64)
        # From each subject's own first key on: no search for it later.
        first = np.searchsorted(whose, whose)
        keys = keys[order]
        return cls(
            keys,
            np.concatenate([[0], sums[1:] - sums[first]]).astype(np.int64),
            np.concatenate([[0], moments[1:] - moments[first]]).astype(np.int64),
            _marks_of(keys),
        )

    def subjects(self) -> Ints:
        """The different subjects of which anything is summed."""
        return _subjects(self.keys)

    def until(self, subject: Ints, day: Ints) -> Ints:
        """The weight of each row's subject, day by day, up to the day before ``day``."""
        found, rows = np.zeros(len(subject), dtype=np.int64), _asked(self.marks, subject)
        if len(rows):
            subject, day = subject[rows], day[rows]
            at = np.searchsorted(self.keys, _key(subject, day))
            # The key before is the subject's own, or nothing of it has begun.
            begun = (at > 0) & (self.keys[at - 1] >> _BITS == subject)
            found[rows] = np.where(begun, self.sums[at] * day - self.moments[at], 0)
        return found

    def within(self, subject: Ints, start: Ints, stop: Ints) -> Ints:
        """The weight of each row's subject, day by day, from ``start`` to the day before ``stop``."""
        return self.until(subject, stop) - self.until(subject, start)
