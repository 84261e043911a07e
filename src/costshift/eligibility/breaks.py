"""Where no comparison may reach across, and which years are compared with which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from costshift import standards
from costshift.eligibility.decisions import RECORDED
from costshift.eligibility.decomposition import Period
from costshift.project import Policy

#: Kinds of policies that move a threshold, and the one that changes what is recorded.
THRESHOLDS = ("eligibility_threshold", "service_withdrawal", "chc_threshold")
RECORDING = "recording_change"
#: A jump of the recorded share: so much of it, and so many standard errors, between two quarters and the next two.
JUMP, JUMP_ERRORS = 0.15, 4.0
#: Financial assessments are an event of Release 1 alone: where they end for three months, Release 2 began.
_FINANCIAL = "financial assessment"
_MONTHS_WITHOUT = 3


@dataclass(frozen=True)
class Break:
    """A day that no comparison may reach across, and why."""

    day: dt.date
    reason: str


@dataclass(frozen=True)
class Comparison:
    """A baseline year and a later period; ``policy`` describes the dated decision between them, if there is one."""

    baseline: Period
    period: Period
    policy: str | None


def breaks_of(council: str, events: pl.DataFrame, cases: pl.DataFrame, policies: Sequence[Policy]) -> list[Break]:
    """The breaks of one council (or ICB), in order.

    Args:
        council: partner id.
        events: month, is_financial, is_long_term of the council's assessments; may be empty.
        cases: the council's cases with day and basis (null where nothing was decided).
        policies: [[policies]] of the project: recording changes of the council's own.
    """
    found = [
        Break(policy.date.replace(day=1), f"recording change: {policy.description}")
        for policy in policies
        if policy.kind == RECORDING and policy.partner == council
    ]
    release = _release_change(events)
    if release is not None:
        found.append(Break(release, "change of Client Level Data release: financial assessments end"))
    found += _jumps(cases)
    return sorted(found, key=lambda own: (own.day, own.reason))


def comparisons_of(
    first: dt.date, last: dt.date, breaks: Sequence[Break], thresholds: Sequence[Policy]
) -> list[Comparison]:
    """Baseline years with each later whole year, within what has no break.

    A baseline is the first year after a break (or of the data), and the year that ends where a dated policy begins.

    Args:
        first: first day of the first whole month that the extracts cover.
        last: last day covered.
        breaks: :func:`breaks_of`.
        thresholds: the council's own policies that move a threshold.
    """
    found: dict[tuple[Period, Period], Comparison] = {}
    for begins, stop in stretches_of(first, last, breaks):
        own = sorted(
            {policy.date.replace(day=1) for policy in thresholds if begins < policy.date.replace(day=1) < stop}
        )
        starts = [(begins, _years_later(begins, 1))]
        starts += [(_years_later(day, -1), day) for day in own if _years_later(day, -1) >= begins]
        for baseline, first_later in starts:
            following = first_later
            while _years_later(following, 1) <= stop:
                ends = _years_later(following, 1)
                between = sorted((p.date, p.description) for p in thresholds if baseline < p.date < ends)
                words = "; ".join(f"{date:%d/%m/%Y} {description}" for date, description in between) or None
                one = Comparison(_period(baseline), _period(following), words)
                found.setdefault((one.baseline, one.period), one)
                following = ends
    return [found[key] for key in sorted(found)]


def spans_of(first: dt.date, last: dt.date, breaks: Sequence[Break]) -> list[Period]:
    """First and last whole month of each stretch without a break."""
    stretches = [(begins, months_later(stop, -1)) for begins, stop in stretches_of(first, last, breaks)]
    return [stretch for stretch in stretches if stretch[0] <= stretch[1]]


def stretches_of(first: dt.date, last: dt.date, breaks: Sequence[Break]) -> list[Period]:
    """The stretches without a break: the first day of the first whole month, and the day after the last day."""
    edges = [first, *sorted({own.day for own in breaks if first < own.day <= last}), last + dt.timedelta(days=1)]
    return [(_first_of_month(start), stop) for start, stop in pairwise(edges)]


def quarters_of(period: Period) -> list[Period]:
    """The quarters of a year, or of any whole number of quarters."""
    found = []
    start = period[0]
    while start < period[1]:
        stop = months_later(start, 3)
        found.append((start, stop - dt.timedelta(days=1)))
        start = stop
    return found


def _period(start: dt.date) -> Period:
    return start, _years_later(start, 1) - dt.timedelta(days=1)


def _years_later(day: dt.date, years: int) -> dt.date:
    return dt.date(day.year + years, day.month, 1)


def months_later(day: dt.date, months: int) -> dt.date:
    """The first of the month so many months after a day's."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def _first_of_month(day: dt.date) -> dt.date:
    return day if day.day == 1 else months_later(day, 1)


def _release_change(events: pl.DataFrame) -> dt.date | None:
    """The month after the last with financial assessments, if long-term ones go on for three months without."""
    if not events.height:
        return None
    financial = events.filter("is_financial")["month"]
    if financial.len() < events.height * 0.01:
        return None
    last = financial.max()
    assert isinstance(last, dt.date)
    after = events.filter((pl.col("month") > last) & pl.col("is_long_term"))["month"].n_unique()
    return months_later(last, 1) if after >= _MONTHS_WITHOUT else None


def _jumps(cases: pl.DataFrame) -> list[Break]:
    """Months at which the share of decisions with recorded needs jumps: the clearest of each run of candidates."""
    by_month = (
        cases.filter(pl.col("basis").is_not_null())
        .group_by(pl.col("day").dt.month_start().alias("month"))
        .agg(pl.len().alias("all"), (pl.col("basis") == RECORDED).sum().alias("recorded"))
        .sort("month")
    )
    months, sizes, recorded = (by_month[name].to_list() for name in ("month", "all", "recorded"))
    candidates: list[tuple[int, float, float]] = []
    for at in range(6, len(months) - 5):
        first, second = slice(at - 6, at), slice(at, at + 6)
        n, m = sum(sizes[first]), sum(sizes[second])
        share, other = sum(recorded[first]) / n, sum(recorded[second]) / m
        pooled = (sum(recorded[first]) + sum(recorded[second])) / (n + m)
        error = (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5
        if abs(other - share) >= JUMP and abs(other - share) > JUMP_ERRORS * error:
            candidates.append((at, abs(other - share), other - share))
    found: list[Break] = []
    for at, size, change in candidates:
        near = [other for place, other, _ in candidates if abs(place - at) <= 6]
        if size == max(near) and not any(abs((own.day - months[at]).days) < 150 for own in found):
            direction = "up" if change > 0 else "down"
            found.append(Break(months[at], f"share of decisions with recorded needs {direction} by {abs(change):.0%}"))
    return found


def is_financial(assessment_type: pl.Expr) -> pl.Expr:
    """Whether an assessment is a financial one."""
    return (standards.normalise(assessment_type) == _FINANCIAL).fill_null(False)
