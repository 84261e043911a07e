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

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from costshift.eligibility.traits import UNKNOWN
from costshift.statistics.arrays import Floats, Ints, generator_of
from costshift.statistics.cells import merged_cells
from costshift.statistics.shapley import shapley

COMPONENTS = ("volume", "mix", "access", "rate")
#: Cells with fewer cases in either period are put together.
LEAST_CASES = 10
REPLICATES = 499

Period = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Change:
    """The change in people found eligible between two periods, by component, with replicates of it.

    ``shares``: one a component of COMPONENTS; they sum to after - before. ``replicates``: components by draws.
    """

    before: float
    after: float
    shares: Floats
    replicates: Floats

    @property
    def whole(self) -> Ints:
        """The shares as whole people that sum to the change as whole people: by largest remainder."""
        return whole_parts(self.shares)


@dataclass(frozen=True)
class _Counts:
    """Cases of one side of a comparison; the last axis is cells of requests, or cells of those assessed."""

    asked: Floats
    assessed: Floats
    found: Floats


def change_in_people(
    cases: pl.DataFrame, before: Sequence[Period], after: Period, *, prefer_found: bool, key: str, finer: bool = False
) -> Change:
    """The change from the mean of some periods to a later one.

    In each period a person counts once: with the case that was found eligible if there is one (``prefer_found``), or
    with the one that was not. An empty cell takes the other side's rate. Cells under 10 are put together along
    age band > sex (> route) and support reason (> band). Replicates: persons weighted by Poisson(1), the same weight
    in all periods, the cells held.

    Args:
        cases: cases of one stream and council: person, day, reached, found, age_band, sex, route, reason, need_band.
        before: the baseline, as one period or several of the length of ``after`` (first day, last day).
        after: the later period.
        prefer_found: which case of a person counts.
        key: what the draws are seeded by.
        finer: with the recorded route and band, as a sensitivity.
    """
    periods = [*before, after]
    numbered = [
        _once(cases, period, prefer_found).with_columns(pl.lit(at).alias("period")) for at, period in enumerate(periods)
    ]
    rows = _in_cells(pl.concat(numbered), len(periods) - 1, finer)
    status = (
        rows.select("asked_cell", "assessed_cell", "found")
        .unique()
        .sort("asked_cell", "assessed_cell", "found", nulls_last=True)
        .with_row_index("status", offset=1)
    )
    marked = rows.join(status, on=["asked_cell", "assessed_cell", "found"], nulls_equal=True).select(
        "person", "period", pl.col("status").cast(pl.Int64)
    )
    patterns, sizes = _patterns(marked, len(periods))
    asked = _indicator(status["asked_cell"])
    assessed = _indicator(status["assessed_cell"])
    found = assessed * status["found"].to_numpy().astype(np.float64)[:, None]
    of_cell = _cell_of(status, asked.shape[1], assessed.shape[1])
    scale = 1 / len(before)

    # Patterns by statuses, one matrix for each period: which status a pattern has there (column 0: none).
    places = [
        csr_array((np.ones(len(sizes)), (np.arange(len(sizes)), patterns[:, column])), (len(sizes), status.height + 1))
        for column in range(len(periods))
    ]

    def counts(weights: Floats, columns: Sequence[int], size: float) -> _Counts:
        people = sum(np.asarray(weights @ places[column])[:, 1:] for column in columns) * size
        return _Counts(people @ asked, people @ assessed, people @ found)

    def shares(weights: Floats) -> tuple[Floats, Floats, Floats]:
        earlier = counts(weights, range(len(before)), scale)
        later = counts(weights, [len(before)], 1.0)
        parts = shapley(len(COMPONENTS), lambda corner: _people(earlier, later, corner, of_cell))
        return parts, earlier.found.sum(axis=-1), later.found.sum(axis=-1)

    if not len(sizes):
        nothing = np.zeros(len(COMPONENTS))
        return Change(0.0, 0.0, nothing, np.zeros((len(COMPONENTS), REPLICATES)))
    observed, first, last = shares(sizes[None, :].astype(np.float64))
    # The sum of n people's Poisson(1) weights is Poisson(n): one draw for all of one pattern.
    drawn = generator_of("decomposition", key).poisson(sizes, size=(REPLICATES, len(sizes))).astype(np.float64)
    return Change(float(first[0]), float(last[0]), observed[:, 0], shares(drawn)[0])


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


def _in_cells(rows: pl.DataFrame, last: int, finer: bool) -> pl.DataFrame:
    """Rows with the number of their cell of requests, and of those assessed (null if not assessed)."""
    is_last = pl.col("period") == last
    asked = ["age_band", "sex", *(["route"] if finer else [])]
    inner = ["reason", *(["need_band"] if finer else [])]
    rows = rows.with_columns(pl.col(*asked, *inner).fill_null(UNKNOWN))
    both = rows.group_by(asked).agg((~is_last).sum().alias("before"), is_last.sum().alias("after"))
    cells = merged_cells({tuple(row[: len(asked)]): row[len(asked) :] for row in both.iter_rows()}, LEAST_CASES)
    names = {path: at for at, path in enumerate(sorted(set(cells.values())))}
    table = pl.DataFrame(
        [(*path, names[cell]) for path, cell in cells.items()],
        schema={**dict.fromkeys(asked, pl.String), "asked_cell": pl.Int64},
        orient="row",
    )
    rows = rows.join(table, on=asked)
    reached = rows.filter("reached")
    both = reached.group_by("asked_cell", *inner).agg((~is_last).sum().alias("before"), is_last.sum().alias("after"))
    found: list[tuple[object, ...]] = []
    for (cell,), own in both.sort("asked_cell", *inner).group_by("asked_cell", maintain_order=True):
        counts = {tuple(row[1 : 1 + len(inner)]): row[1 + len(inner) :] for row in own.iter_rows()}
        merged = merged_cells(counts, LEAST_CASES)
        found += [(cell, *path, "|".join(target)) for path, target in merged.items()]
    table = pl.DataFrame(
        found,
        schema={"asked_cell": pl.Int64, **dict.fromkeys(inner, pl.String), "inner": pl.String},
        orient="row",
    ).with_columns((pl.struct("asked_cell", "inner").rank("dense").cast(pl.Int64) - 1).alias("assessed_cell"))
    return rows.join(table, on=["asked_cell", *inner], how="left").with_columns(
        pl.when("reached").then("assessed_cell").alias("assessed_cell")
    )


def _patterns(marked: pl.DataFrame, periods: int) -> tuple[Ints, Ints]:
    """People by their status in each period (0: not there): patterns, and how many people have each."""
    frame = marked.group_by("person").agg(
        pl.col("status").filter(pl.col("period") == at).first().fill_null(0).alias(str(at)) for at in range(periods)
    )
    columns = [str(at) for at in range(periods)]
    grouped = frame.group_by(columns).agg(pl.len().alias("people")).sort(columns)
    return grouped.select(columns).to_numpy().astype(np.int64), grouped["people"].to_numpy().astype(np.int64)


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


def _people(earlier: _Counts, later: _Counts, corner: Sequence[bool], of_cell: Floats) -> Floats:
    """People found eligible where some factors are as later and the others as earlier."""
    volume, mix, access, rate = ((later, earlier) if changed else (earlier, later) for changed in corner)

    def factor(sides: tuple[_Counts, _Counts], ratio: Callable[[_Counts], Floats]) -> Floats:
        """An empty cell takes the other side's rate; one that is empty on both sides weighs nothing."""
        own, other = ratio(sides[0]), ratio(sides[1])
        return np.nan_to_num(np.where(np.isnan(own), other, own))

    total = volume[0].asked.sum(axis=-1)
    composition = factor(mix, lambda own: _ratio(own.asked, own.asked.sum(axis=-1, keepdims=True)))
    reached = factor(access, lambda own: _ratio(own.assessed @ of_cell, own.asked))
    within = factor(mix, lambda own: _ratio(own.assessed, (own.assessed @ of_cell) @ of_cell.T))
    eligible = factor(rate, lambda own: _ratio(own.found, own.assessed))
    return np.asarray(total * (((composition * reached) @ of_cell.T) * within * eligible).sum(axis=-1))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """NaN where there is nothing below."""
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
