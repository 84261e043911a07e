"""Joint schemes: what changed since they began, beside what they cost. Definition: docs/methods/schemes.md.

Nothing here proves that a scheme did it. Where a council or provider is without the scheme, its change is taken off: a
difference in differences. Two steps, so that disclosure control can stand between them: :func:`scheme_months` adds up
what each month rests on; :func:`scheme_effects` and :func:`with_cumulative` work from the months that an audience may
see, and from nothing else.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence

import polars as pl

from costshift.project import Scheme
from costshift.statistics.before_and_after import change_of

#: Months before the start that are looked at, and the fewest before and after.
BEFORE, FEWEST_BEFORE, FEWEST_AFTER = 12, 6, 3
#: With more than this share of its months suppressed, a series is not judged: what is left is the larger months.
MOST_SUPPRESSED = 0.1
#: Computed values are kept to so many places: more would differ between processors.
PLACES = 9
WITH, WITHOUT = "with", "without"
GRAIN = ("scheme", "measure", "group", "month")

#: What :func:`scheme_months` takes of each measure; null denominators: a count or an amount.
SERIES: dict[str, type[pl.DataType]] = {
    "unit": pl.String,
    "month": pl.Date,
    "measure": pl.String,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "_numerator_people": pl.Int64,
    "_denominator_people": pl.Int64,
    "_per": pl.Int64,
    "_money": pl.Boolean,
}
MONTHS: dict[str, type[pl.DataType]] = {
    "scheme": pl.String,
    "measure": pl.String,
    "group": pl.String,
    "month": pl.Date,
    "period": pl.String,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "value": pl.Float64,
    "mean_before": pl.Float64,
    "cumulative_change": pl.Float64,
    "cumulative_low": pl.Float64,
    "cumulative_high": pl.Float64,
    "cumulative_cost": pl.Int64,
    "_numerator_people": pl.Int64,
    "_denominator_people": pl.Int64,
    "_per": pl.Int64,
    "_money": pl.Boolean,
    "_ratio": pl.Boolean,
}
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
    "cost": pl.Int64,
    "autocorrelation": pl.Float64,
    "why": pl.String,
}


def scheme_months(
    series: pl.DataFrame, scheme: Scheme, having: Collection[str], without: Collection[str], last: dt.date
) -> pl.DataFrame:
    """The months before and after a scheme began: of all with it together, and of all without it.

    Grain: scheme, measure, group (``with``, ``without``), month. Numerators and denominators are sums; a month in which
    one of the group has no figure is left out. ``period``: ``before`` (up to 12 months before the month of the start),
    ``start`` (the month of a start on another day than the first: neither before nor after) or ``after``. ``value``:
    of a ratio numerator / denominator x ``_per``. The sums rest, for disclosure control, on the fewest people behind
    any of their parts, so that no part can be worked out from the others. ``cumulative_cost`` (pence): since the start,
    every month of it. The other columns are null until :func:`with_cumulative`.

    Args:
        series: SERIES, in pounds where ``_money``.
        scheme: the scheme.
        having: units with the scheme.
        without: units without it; of counts and amounts they are not compared, and not given.
        last: the last month.
    """
    first = scheme.start.replace(day=1)
    begins = first if scheme.start.day == 1 else _later(first, 1)
    month = pl.col("month")
    period = (
        pl.when(month < first)
        .then(pl.lit("before"))
        .when(month < begins)
        .then(pl.lit("start"))
        .otherwise(pl.lit("after"))
    )
    whole = pl.col("month").dt.year() * 12 + pl.col("month").dt.month() - (first.year * 12 + first.month) + 1
    parts = [pl.DataFrame(schema=MONTHS)]
    for group, units in ((WITH, having), (WITHOUT, without)):
        own = series.filter(
            pl.col("unit").is_in(sorted(units)) & month.is_between(_later(first, -BEFORE), last)
        ).with_columns(pl.col("denominator").is_not_null().any().over("measure").alias("_ratio"))
        known = pl.col("numerator").is_not_null() & (pl.col("denominator").is_not_null() | ~pl.col("_ratio"))
        there = own.group_by("measure").agg(pl.col("unit").n_unique().alias("_units"))
        fewest = [
            pl.col(name).filter(pl.col(name) > 0).min().fill_null(0).alias(name)
            for name in ("_numerator_people", "_denominator_people")
        ]
        summed = (
            own.filter(known)
            .group_by("measure", "month")
            .agg(
                pl.col("numerator").sum(),
                pl.col("denominator").sum(),
                *fewest,
                pl.col("_per", "_money", "_ratio").first(),
                pl.col("unit").n_unique().alias("_with"),
            )
            .join(there, on="measure")
            .filter((pl.col("_with") == pl.col("_units")) & (pl.col("_ratio") | pl.lit(group == WITH)))
        )
        nothing = [name for name in MONTHS if name.startswith(("mean", "cumulative"))]
        parts.append(
            summed.with_columns(
                pl.lit(scheme.name).alias("scheme"),
                pl.lit(group).alias("group"),
                period.alias("period"),
                pl.when("_ratio").then("denominator").alias("denominator"),
                pl.when(pl.col("_ratio") & (pl.col("denominator") > 0))
                .then(pl.col("_per") * pl.col("numerator") / pl.col("denominator"))
                .alias("value"),
                *(pl.lit(None, dtype=MONTHS[name]).alias(name) for name in nothing),
            )
            .with_columns(
                pl.when(pl.col("period") == "before")
                .then(0)
                .otherwise(whole * round(scheme.monthly_cost * 100))
                .alias("cumulative_cost")
            )
            .select(pl.col(name).cast(dtype) for name, dtype in MONTHS.items())
        )
    return pl.concat(parts).sort(GRAIN)


def with_cumulative(months: pl.DataFrame) -> pl.DataFrame:
    """The months with their mean before, and of counts and amounts the change summed since the start.

    After k months: the sum of (value - mean before) over the k months after that are known, and the 95% interval of
    k x the change between the two means (docs/methods/schemes.md). Of all with the scheme only.

    Args:
        months: :func:`scheme_months`, as an audience may see them.
    """
    found: dict[tuple[str, str, str, dt.date], tuple[float, float | None, float | None, float | None]] = {}
    for (scheme, measure, group), own in _series(months):
        before = [value for _, value in _known(own, "before")]
        if len(before) < FEWEST_BEFORE or _mostly_hidden(own):
            continue
        later = _known(own, "after")
        mean = math.fsum(before) / len(before)
        for month in own["month"]:
            found[scheme, measure, group, month] = (_kept(mean), None, None, None)
        if own["_ratio"][0]:
            continue
        for count, (month, _) in enumerate(later, start=1):
            change = change_of(before, [value for _, value in later[:count]])
            found[scheme, measure, group, month] = (
                _kept(mean),
                _kept(change.total),
                _kept(change.total_low),
                _kept(change.total_high),
            )
    names = ("mean_before", "cumulative_change", "cumulative_low", "cumulative_high")
    rows = [found.get(key, (None, None, None, None)) for key in months.select(GRAIN).iter_rows()]
    return months.with_columns(
        pl.Series(name, [row[place] for row in rows], dtype=pl.Float64) for place, name in enumerate(names)
    )


def scheme_effects(months: pl.DataFrame, schemes: Sequence[Scheme]) -> pl.DataFrame:
    """Each measure before and after a scheme began.

    Grain: scheme, measure. ``before``, ``after``, ``change``: means of the months, and their difference, with the
    natural process limits of the time before and the 95% interval of the change. ``difference``: of ratios, the change
    of (with less without) over the months that both have. ``total``: of counts and amounts, the change summed over the
    months after; ``cost`` (pence): the scheme's, in these months. Nulls, and ``why``, where there are fewer than 6
    months before or 3 after, or where more than a tenth of the months is suppressed.

    Args:
        months: :func:`scheme_months`, as an audience may see them.
        schemes: the schemes.
    """
    costs = {own.name: round(own.monthly_cost * 100) for own in schemes}
    every = dict(_series(months))
    rows = [
        _effect(scheme, measure, own, every.get((scheme, measure, WITHOUT)), costs[scheme])
        for (scheme, measure, group), own in every.items()
        if group == WITH
    ]
    return pl.DataFrame(rows, schema=EFFECTS, orient="row").sort("scheme", "measure")


def _effect(
    scheme: str, measure: str, own: pl.DataFrame, others: pl.DataFrame | None, monthly_cost: int
) -> dict[str, object]:
    earlier, later = _known(own, "before"), _known(own, "after")
    row: dict[str, object] = dict.fromkeys(EFFECTS) | {
        "scheme": scheme,
        "measure": measure,
        "months_before": len(earlier),
        "months_after": len(later),
        "cost": monthly_cost * len(later),
    }
    if _mostly_hidden(own):
        return row | {"why": "more than a tenth of the months is suppressed: what is left are the larger ones"}
    if len(earlier) < FEWEST_BEFORE or len(later) < FEWEST_AFTER:
        return row | {"why": f"{len(earlier)} months before and {len(later)} after: too few to say"}
    found = change_of([value for _, value in earlier], [value for _, value in later])
    row |= {
        "before": _kept(found.before),
        "before_low": _kept(found.before_low),
        "before_high": _kept(found.before_high),
        "after": _kept(found.after),
        "change": _kept(found.change),
        "change_low": _kept(found.low),
        "change_high": _kept(found.high),
        "autocorrelation": None if found.autocorrelation is None else _kept(found.autocorrelation),
    }
    if not own["_ratio"][0]:
        row |= {
            "total": _kept(found.total),
            "total_low": _kept(found.total_low),
            "total_high": _kept(found.total_high),
        }
    if others is None or _mostly_hidden(others):
        return row
    elsewhere = dict(_known(others, "before") + _known(others, "after"))
    apart = [[value - elsewhere[month] for month, value in part if month in elsewhere] for part in (earlier, later)]
    if len(apart[0]) >= FEWEST_BEFORE and len(apart[1]) >= FEWEST_AFTER:
        between = change_of(*apart)
        row |= {
            "difference": _kept(between.change),
            "difference_low": _kept(between.low),
            "difference_high": _kept(between.high),
        }
    return row


def _series(months: pl.DataFrame) -> list[tuple[tuple[str, str, str], pl.DataFrame]]:
    """Scheme, measure and group, and their months in order."""
    keys = ("scheme", "measure", "group")
    parts = months.sort(GRAIN).partition_by(keys, as_dict=True, maintain_order=True)
    return [((str(scheme), str(measure), str(group)), own) for (scheme, measure, group), own in parts.items()]


def _known(own: pl.DataFrame, period: str) -> list[tuple[dt.date, float]]:
    """Month and value of the months of a period that have one."""
    value = pl.when("_ratio").then("value").otherwise(pl.col("numerator").cast(pl.Float64))
    return list(own.filter(pl.col("period") == period).select("month", value.alias("_value")).drop_nulls().iter_rows())


def _mostly_hidden(own: pl.DataFrame) -> bool:
    if "suppressed" not in own.columns:
        return False
    hidden = int((own["suppressed"] != "").sum())
    return hidden > MOST_SUPPRESSED * own.height


def _later(month: dt.date, months: int) -> dt.date:
    index = month.year * 12 + month.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def _kept(value: float) -> float:
    # Zero has one sign, and one spelling.
    return round(value, PLACES) + 0.0
