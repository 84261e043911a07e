"""Arithmetic on whole columns that every subject of the artificial place needs.

Days are whole numbers counted from 1 January 1970, as Polars stores a date. `NEVER` stands for a day
that does not come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rng = np.random.Generator

NEVER = 1_000_000
DAYS_A_MONTH = 365.25 / 12
_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """The number of days from 1 January 1970 to the day."""
    return (day - _EPOCH).days


def choose(rng: Rng, size: int, weights: Sequence[float] | Floats) -> Ints:
    """Draw positions in proportion to the weights."""
    steps = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(steps / steps[-1], rng.random(size), side="right").astype(np.int64)


def choose_by_row(rng: Rng, weights: Floats) -> Ints:
    """Draw one position for each row of a matrix of weights."""
    steps = np.cumsum(weights, axis=1)
    drawn = rng.random(len(weights)) * steps[:, -1]
    picked: Ints = (drawn[:, None] >= steps).sum(axis=1)
    return picked


def geometric(rng: Rng, mean: Floats) -> Ints:
    """Draw whole numbers from 0 with the given means and a long tail."""
    stay = mean / (1.0 + mean)
    with np.errstate(divide="ignore"):
        drawn = np.log(1.0 - rng.random(len(mean))) / np.log(np.maximum(stay, 1e-12))
    return np.floor(drawn).astype(np.int64)


def repeat_each(counts: Ints) -> Ints:
    """The position of each owner, repeated as often as its count."""
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def weekday(days: Ints) -> Ints:
    """0 for Monday to 6 for Sunday."""
    return (days + 3) % 7


def before_weekend(rng: Rng, days: Ints, share: float) -> Ints:
    """Days to add so that a share of what falls on a Saturday or Sunday waits for Monday or Tuesday."""
    which = weekday(days)
    wait = np.where(which == 5, 2, np.where(which == 6, 1, 0))
    wait = wait + ((wait > 0) & (rng.random(len(days)) < 0.4))
    return np.where(rng.random(len(days)) < share, wait, 0).astype(np.int64)


def running_maximum(person: Ints, day: Ints) -> Ints:
    """For rows sorted by person, the latest day on any earlier row of the same person, else -1."""
    if len(person) == 0:
        return np.zeros(0, dtype=np.int64)
    packed = person * (2 * NEVER) + day
    reached = np.maximum.accumulate(packed)
    earlier = np.empty_like(reached)
    earlier[0] = -1
    earlier[1:] = reached[:-1]
    same = np.empty(len(person), dtype=np.bool_)
    same[0] = False
    same[1:] = person[1:] == person[:-1]
    return np.where(same, earlier - person * (2 * NEVER), -1)


def dates(days: Ints) -> pl.Series:
    """A column of dates; days outside 1850 to 2150 become null."""
    known = (days > -44_000) & (days < 66_000)
    series = pl.Series(np.where(known, days, 0).astype(np.int32)).cast(pl.Date)
    return pl.select(pl.when(pl.Series(known)).then(series)).to_series()


def labels(values: Sequence[str | None], positions: Ints) -> pl.Series:
    """A column of text picked from a list by position."""
    return pl.Series(values, dtype=pl.String).gather(pl.Series(positions))


def take(columns: dict[str, npt.NDArray[Any]], rows: Ints | Bools) -> dict[str, npt.NDArray[Any]]:
    """The same rows of every column."""
    return {name: values[rows] for name, values in columns.items()}


def stack(*tables: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Tables of the same columns, one under another."""
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
