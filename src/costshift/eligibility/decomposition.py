"""Why more or fewer people are found eligible: volume, mix, access and rate, which sum to the change exactly.

People found eligible = volume x Σ over cells of mix x access x rate. The cells of *mix* and *access* are age band and
sex of those who asked; within them, those who were assessed are told apart by support reason (it is not recorded of
requests), which is part of *mix* too; *rate* goes by all three. Shares by Shapley values (Das Gupta). Source and
limits: docs/methods/eligibility-decomposition.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from costshift.eligibility.traits import UNKNOWN
from costshift.statistics.arrays import Floats, Ints, generator_of
from costshift.statistics.cells import merged_cells
from costshift.statistics.intervals import percentile_interval
from costshift.statistics.replicates import corrected_replicates
from costshift.statistics.shapley import shapley

COMPONENTS = ("volume", "mix", "access", "rate")
#: Cells with fewer cases in either period are put together.
LEAST_CASES = 10
REPLICATES = 499
#: How far the nearer draws move the weights, of how far the draws move them.
NEARER = (0.1, 0.7)
_AT_A_TIME = 100

#: What is told apart of a person in a period.
_TRAITS = ["age_band", "sex", "route", "reason", "need_band"]
_STATUS = [*_TRAITS, "reached", "found"]
_ONLY_FINER = ("route", "need_band")

Period = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Change:
    """The change in people found eligible between two periods, by component, with replicates of it.

    ``shares``: one a component of COMPONENTS; they sum to after - before. ``replicates``: components by draws.
    ``nearer``: the same draws with every weight moved by NEARER of the way, for :meth:`draws`.
    """

    before: float
    after: float
    shares: Floats
    replicates: Floats
    nearer: tuple[Floats, ...]

    @property
    def whole(self) -> Ints:
        """The shares as whole people that sum to the change as whole people: by largest remainder."""
        return whole_parts(self.shares)

    def draws(self, components: Sequence[int]) -> Floats:
        """Draws of the sum of some components, as wide as chance makes it: see :func:`corrected_replicates`."""
        own = list(components)
        nearer = [(step, drawn[own].sum(axis=0)) for step, drawn in zip(NEARER, self.nearer, strict=True)]
        return corrected_replicates(self.replicates[own].sum(axis=0), nearer)

    def interval(self, components: Sequence[int]) -> tuple[float, float]:
        """The ends of the 95% interval of the sum of some components."""
        low, high = percentile_interval(self.draws(components))
        return float(low), float(high)


@dataclass(frozen=True)
class Asked:
    """One comparison: the cases of a stream and council, the periods, and how a person's case is chosen.

    ``cases``: person, day, reached, found, age_band, sex, route, reason, need_band. ``before``: the baseline, as one
    period or several of the length of ``after`` (first day, last day). ``prefer_found``: whether a person counts with
    the case that was found eligible, if there is one, or with the one that was not. ``finer``: with the recorded route
    and band, as a sensitivity.
    """

    cases: pl.DataFrame
    before: Sequence[Period]
    after: Period
    prefer_found: bool
    finer: bool = False


@dataclass(frozen=True)
class _Counts:
    """Cases of one side of a comparison; the last axis is cells of requests, or cells of those assessed."""

    asked: Floats
    assessed: Floats
    found: Floats

    def moved(self, step: float) -> _Counts:
        """The same with the draws (all but the first row) so much of the way from what was counted (the first)."""
        return _Counts(*(own[:1] + step * (own[1:] - own[:1]) for own in (self.asked, self.assessed, self.found)))


def change_in_people(
    cases: pl.DataFrame, before: Sequence[Period], after: Period, *, prefer_found: bool, key: str, finer: bool = False
) -> Change:
    """The change from the mean of some periods to a later one: :func:`changes_in_people` of one comparison."""
    return changes_in_people([Asked(cases, before, after, prefer_found, finer)], key)[0]


def changes_in_people(asked: Sequence[Asked], key: str) -> list[Change]:
    """The changes of several comparisons of one council, with replicates that belong together.

    In each period a person counts once. An empty cell takes the other side's rate. Cells under 10 are put together
    along age band > sex (> route) and support reason (> band). Replicates: persons weighted by Poisson(1), the same
    weight in all periods, streams and comparisons, the cells held: draw 7 of one comparison and draw 7 of another
    are of the same drawn population, so that sums of them vary as they should.

    Args:
        asked: the comparisons.
        key: what the draws are seeded by.
    """
    # One frame for each stream and period, however many comparisons use it.
    frames: dict[tuple[int, bool, Period], int] = {}
    marked: list[pl.DataFrame] = []
    for one in asked:
        for period in (*one.before, one.after):
            name = (id(one.cases), one.prefer_found, period)
            if name not in frames:
                frames[name] = len(frames)
                own = _once(one.cases, period, one.prefer_found).select("person", *_STATUS)
                marked.append(own.with_columns(pl.lit(frames[name], dtype=pl.Int64).alias("frame")))
    rows = pl.concat(marked).with_columns(pl.col(_TRAITS).fill_null(UNKNOWN))
    if not any(one.finer for one in asked):
        rows = rows.with_columns(pl.lit(UNKNOWN).alias(name) for name in _ONLY_FINER)
    status = rows.select(_STATUS).unique().sort(_STATUS).with_row_index("status").cast({"status": pl.Int64})
    rows = rows.join(status, on=_STATUS)
    counts = _drawn_counts(rows, len(frames), status.height, key)

    def of_periods(one: Asked, periods: Sequence[Period]) -> Floats:
        return np.asarray(sum(counts[:, frames[id(one.cases), one.prefer_found, period]] for period in periods))

    return [
        _change(status, of_periods(one, one.before), len(one.before), of_periods(one, [one.after]), one.finer)
        for one in asked
    ]


def _change(status: pl.DataFrame, before: Floats, periods: int, after: Floats, finer: bool) -> Change:
    """One comparison, from the people of each status: as counted (the first row) and drawn, in sum over periods."""
    placed = _in_cells(
        status.with_columns(
            pl.Series("before", before[0].astype(np.int64)), pl.Series("after", after[0].astype(np.int64))
        ),
        finer,
    )
    outer, inner = _indicator(placed["asked_cell"]), _indicator(placed["assessed_cell"])
    found = inner * placed["found"].to_numpy().astype(np.float64)[:, None]
    of_cell = _cell_of(placed, outer.shape[1], inner.shape[1])
    earlier, later = (_Counts(people @ outer, people @ inner, people @ found) for people in (before / periods, after))

    def parts(first: _Counts, second: _Counts) -> Floats:
        return shapley(len(COMPONENTS), _people_at(first, second, of_cell))

    all_of = parts(earlier, later)
    return Change(
        float(earlier.found[0].sum()),
        float(later.found[0].sum()),
        all_of[:, 0],
        all_of[:, 1:],
        tuple(parts(earlier.moved(step), later.moved(step)) for step in NEARER),
    )


def _drawn_counts(rows: pl.DataFrame, frames: int, statuses: int, key: str) -> Floats:
    """People by frame and status: as they are counted (the first row) and in each draw. Draws, frames, statuses.

    People who stand in the same frames with the same statuses are one pattern: the sum of n people's Poisson(1)
    weights is Poisson(n), so that one draw serves for all of one pattern, and nothing depends on who has which number.
    """
    size = frames * statuses
    codes = rows.select("person", (pl.col("frame") * statuses + pl.col("status")).alias("code"))
    patterns = (
        codes.group_by("person")
        .agg(pl.col("code").sort())
        .group_by(pl.col("code").cast(pl.List(pl.String)).list.join(",").alias("name"))
        .agg(pl.len().alias("people"), pl.col("code").first())
        .sort("name")
    )
    sizes = patterns["people"].to_numpy().astype(np.int64)
    at = np.repeat(np.arange(len(sizes)), patterns["code"].list.len().to_numpy())
    where = patterns["code"].explode().to_numpy() if len(sizes) else np.zeros(0, dtype=np.int64)
    places = csr_array((np.ones(len(at)), (at, where)), (len(sizes), size))
    found = np.empty((REPLICATES + 1, size))
    found[0] = sizes @ places
    rng = generator_of("decomposition", key)
    # A part of the draws at a time: many people have a pattern of their own.
    for first in range(1, REPLICATES + 1, _AT_A_TIME):
        last = min(first + _AT_A_TIME, REPLICATES + 1)
        drawn = rng.poisson(sizes, size=(last - first, len(sizes))).astype(np.float64)
        found[first:last] = np.asarray(drawn @ places)
    return found.reshape(REPLICATES + 1, frames, statuses)


def whole_parts(parts: Floats) -> Ints:
    """Parts as whole numbers that sum to the rounded sum of the parts; the largest remainders are rounded up."""
    total = int(np.round(parts.sum()))
    low = np.floor(parts + 1e-9).astype(np.int64)
    left = total - int(low.sum())
    order = np.argsort(-(parts - low), kind="stable")
    low[order[:left]] += 1
    return low


def _once(cases: pl.DataFrame, period: Period, prefer_found: bool) -> pl.DataFrame:
    """Each person's case that counts in a period."""
    return (
        cases.filter(pl.col("day").is_between(*period))
        .sort(
            *("person", "found", "reached", "day", "age_band", "sex", "route", "reason", "need_band"),
            descending=[False, prefer_found, True, *[False] * 6],
            nulls_last=True,
        )
        .unique("person", keep="first", maintain_order=True)
    )


def _in_cells(status: pl.DataFrame, finer: bool) -> pl.DataFrame:
    """Statuses with the number of their cell of requests, and of those assessed (null if not assessed).

    Args:
        status: what is told apart of a person, with the people ``before`` and ``after``; in order.
        finer: with the recorded route and band.
    """
    asked = ["age_band", "sex", *(["route"] if finer else [])]
    inner = ["reason", *(["need_band"] if finer else [])]
    people = pl.col("before", "after").sum()
    present = status.filter(pl.col("before") + pl.col("after") > 0)
    both = present.group_by(asked).agg(people)
    cells = merged_cells({tuple(row[: len(asked)]): row[len(asked) :] for row in both.iter_rows()}, LEAST_CASES)
    names = {path: at for at, path in enumerate(sorted(set(cells.values())))}
    table = pl.DataFrame(
        [(*path, names[cell]) for path, cell in cells.items()],
        schema={**dict.fromkeys(asked, pl.String), "asked_cell": pl.Int64},
        orient="row",
    )
    both = present.filter("reached").join(table, on=asked).group_by("asked_cell", *inner).agg(people)
    found: list[tuple[object, ...]] = []
    for (cell,), own in both.sort("asked_cell", *inner).group_by("asked_cell", maintain_order=True):
        counts = {tuple(row[1 : 1 + len(inner)]): row[1 + len(inner) :] for row in own.iter_rows()}
        merged = merged_cells(counts, LEAST_CASES)
        found += [(cell, *path, "|".join(target)) for path, target in merged.items()]
    within = pl.DataFrame(
        found,
        schema={"asked_cell": pl.Int64, **dict.fromkeys(inner, pl.String), "inner": pl.String},
        orient="row",
    ).with_columns((pl.struct("asked_cell", "inner").rank("dense").cast(pl.Int64) - 1).alias("assessed_cell"))
    return (
        status.join(table, on=asked, how="left")
        .join(within, on=["asked_cell", *inner], how="left")
        .with_columns(pl.when("reached").then("assessed_cell").alias("assessed_cell"))
        .sort("status")
    )


def _indicator(cells: pl.Series) -> Floats:
    """Statuses by cells: 1 where a status is of a cell."""
    known = cells.drop_nulls()
    size = int(known.max()) + 1 if known.len() else 0  # type: ignore[arg-type]
    matrix = np.zeros((cells.len(), size))
    place = cells.fill_null(-1).to_numpy()
    rows = np.flatnonzero(place >= 0)
    matrix[rows, place[rows]] = 1.0
    return matrix


def _cell_of(status: pl.DataFrame, asked: int, assessed: int) -> Floats:
    """Cells of those assessed by cells of requests: 1 where one lies within the other."""
    matrix = np.zeros((assessed, asked))
    for outer, inner in status.drop_nulls("assessed_cell").select("asked_cell", "assessed_cell").iter_rows():
        matrix[inner, outer] = 1.0
    return matrix


def _people_at(earlier: _Counts, later: _Counts, of_cell: Floats) -> Callable[[Sequence[bool]], Floats]:
    """People found eligible where some factors (volume, mix, access, rate) are as later and the others as earlier.

    What several of these corners share is worked out once.
    """

    def factor(changed: bool, ratio: Callable[[_Counts], Floats]) -> Floats:
        """An empty cell takes the other side's rate; one that is empty on both sides weighs nothing."""
        sides = (later, earlier) if changed else (earlier, later)
        own, other = ratio(sides[0]), ratio(sides[1])
        return np.nan_to_num(np.where(np.isnan(own), other, own))

    @cache
    def composition(mix: bool) -> Floats:
        return factor(mix, lambda own: _ratio(own.asked, own.asked.sum(axis=-1, keepdims=True)))

    @cache
    def reached(access: bool) -> Floats:
        return factor(access, lambda own: _ratio(own.assessed @ of_cell, own.asked))

    @cache
    def within(mix: bool) -> Floats:
        return factor(mix, lambda own: _ratio(own.assessed, (own.assessed @ of_cell) @ of_cell.T))

    @cache
    def eligible(rate: bool) -> Floats:
        return factor(rate, lambda own: _ratio(own.found, own.assessed))

    @cache
    def assessed(mix: bool, access: bool) -> Floats:
        return np.asarray(((composition(mix) * reached(access)) @ of_cell.T) * within(mix))

    @cache
    def found(mix: bool, access: bool, rate: bool) -> Floats:
        return np.asarray((assessed(mix, access) * eligible(rate)).sum(axis=-1))

    def people(corner: Sequence[bool]) -> Floats:
        volume, mix, access, rate = corner
        return np.asarray((later if volume else earlier).asked.sum(axis=-1) * found(mix, access, rate))

    return people


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """NaN where there is nothing below."""
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
