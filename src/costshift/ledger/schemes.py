"""Joint schemes: what changed since they began, beside what they cost. Definition: docs/methods/schemes.md.

Nothing here proves that a scheme did it. Where a council is without the scheme, its change is taken off: a difference
in differences.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import polars as pl

from costshift.project import Scheme
from costshift.statistics.before_and_after import change_of

#: Months before the start that are looked at, and the fewest before and after.
BEFORE, FEWEST_BEFORE, FEWEST_AFTER = 12, 6, 3
EFFECTS: dict[str, type[pl.DataType]] = {
    "scheme": pl.String,
    "measure": pl.String,
    "months_before": pl.Int64,
    "months_after": pl.Int64,
    "before": pl.Float64,
    "before_low": pl.Float64,
    "before_high": pl.Float64,
    "after": pl.Float64,
    "change": pl.Float64,
    "change_low": pl.Float64,
    "change_high": pl.Float64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "total": pl.Float64,
    "total_low": pl.Float64,
    "total_high": pl.Float64,
    "cost": pl.Float64,
    "autocorrelation": pl.Float64,
    "why": pl.String,
}


def scheme_effects(
    series: pl.DataFrame, scheme: Scheme, councils: Collection[str], provisional: Collection[dt.date] = ()
) -> pl.DataFrame:
    """Each measure before and after a scheme began.

    Grain: measure. The series of the councils with the scheme together: a ratio is the sum of numerators over that of
    denominators, a count or amount (no denominator) the sum. Before: up to 12 months before the month of the start;
    after: from the start's month where it is the first of it, else from the next. A month in which a council has no
    figure is left out, and provisional months are.

    ``difference``: for ratios, where other councils have figures in the same months: the change of (with less without).
    ``total``: of counts and amounts, the change summed over the months after; ``cost``: the scheme's, in pounds, in
    these months. Nulls, and ``why``, where there are fewer than 6 months before or 3 after.

    Args:
        series: month, council, measure, numerator, denominator (null: a count or an amount).
        scheme: the scheme; its partners that are councils have it.
        councils: all councils of the place.
        provisional: months that are not final.
    """
    having = sorted(set(scheme.partners) & set(councils)) or sorted(councils)
    without = sorted(set(councils) - set(having))
    first = scheme.start.replace(day=1)
    begins = first if scheme.start.day == 1 else _next(first)
    earliest = first
    for _ in range(BEFORE):
        earliest = (earliest - dt.timedelta(days=1)).replace(day=1)
    known = series.filter(
        (pl.col("month") >= earliest)
        & ((pl.col("month") < first) | (pl.col("month") >= begins))
        & ~pl.col("month").is_in(sorted(provisional))
    )
    rows = []
    for (measure,), own in known.sort("measure", "month").group_by("measure", maintain_order=True):
        is_ratio = own["denominator"].is_not_null().any()
        treated = _together(own, having, ratio=is_ratio)
        others = _together(own, without, ratio=True) if is_ratio and without else {}
        rows.append(_effect(scheme, str(measure), treated, others, first, is_ratio=is_ratio))
    return pl.DataFrame(rows, schema=EFFECTS, orient="row")


def _effect(
    scheme: Scheme,
    measure: str,
    treated: dict[dt.date, float],
    others: dict[dt.date, float],
    first: dt.date,
    *,
    is_ratio: bool,
) -> dict[str, object]:
    before = [value for month, value in treated.items() if month < first]
    after = [value for month, value in treated.items() if month >= first]
    row: dict[str, object] = dict.fromkeys(EFFECTS) | {
        "scheme": scheme.name,
        "measure": measure,
        "months_before": len(before),
        "months_after": len(after),
        "cost": scheme.monthly_cost * len(after),
    }
    if len(before) < FEWEST_BEFORE or len(after) < FEWEST_AFTER:
        return row | {"why": f"{len(before)} months before and {len(after)} after: too few to say"}
    found = change_of(before, after)
    row |= {
        "before": found.before,
        "before_low": found.before_low,
        "before_high": found.before_high,
        "after": found.after,
        "change": found.change,
        "change_low": found.low,
        "change_high": found.high,
        "autocorrelation": found.autocorrelation,
    }
    if not is_ratio:
        row |= {"total": found.total, "total_low": found.total_low, "total_high": found.total_high}
    apart = {month: value - others[month] for month, value in treated.items() if month in others}
    earlier = [value for month, value in apart.items() if month < first]
    later = [value for month, value in apart.items() if month >= first]
    if len(earlier) >= FEWEST_BEFORE and len(later) >= FEWEST_AFTER:
        between = change_of(earlier, later)
        row |= {"difference": between.change, "difference_low": between.low, "difference_high": between.high}
    return row


def _together(own: pl.DataFrame, councils: Collection[str], *, ratio: bool) -> dict[dt.date, float]:
    """Month to the figure of councils together; months in which one of them has none are left out."""
    mine = own.filter(pl.col("council").is_in(councils))
    there = sorted(mine["council"].unique())
    whole = (
        mine.filter(pl.col("numerator").is_not_null() & (pl.col("denominator").is_not_null() | (not ratio)))
        .group_by("month")
        .agg(pl.col("numerator").sum(), pl.col("denominator").sum(), pl.col("council").n_unique().alias("_councils"))
        .filter(pl.col("_councils") == len(there))
        .sort("month")
    )
    top, bottom = pl.col("numerator").cast(pl.Float64), pl.col("denominator")
    value = pl.when(bottom > 0).then(top / bottom) if ratio else top
    return dict(whole.select("month", value.alias("value")).drop_nulls().iter_rows())


def _next(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1)
