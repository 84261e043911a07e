"""Disclosure control of what goes into ``public/``: the rule of Hospital Episode Statistics.

Counts of people or spells from 1 to the threshold are suppressed, others rounded, zero shown; everything that
rests on a suppressed count goes with it; ratios and costs are worked out again from what was rounded. Totals
are rounded on their own, so that they may not add up. ``internal/`` is not controlled.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from costshift.project import Disclosure
from costshift.publish.catalogue import (
    Against,
    Amount,
    Charted,
    Column,
    Count,
    Difference,
    EndOf,
    Imbalance,
    Interval,
    Parted,
    Quotient,
    Rate,
    Ratio,
    ReasonOf,
    RestsOn,
    Scaled,
    Stepped,
    SuppressedWith,
    Table,
)
from costshift.statistics.proportions import wilson
from costshift.statistics.rounding import rounded_to, rounded_to_each

SUPPRESSED = Column("suppressed", pl.String(), "text", "Names of the row's suppressed columns, separated by commas")


def control(
    table: Table,
    frame: pl.DataFrame,
    rule: Disclosure,
    bed_day_pence: int,
    telling: Mapping[str, pl.Series] | None = None,
) -> pl.DataFrame:
    """A table as it may be public: suppressed values null and named in ``suppressed``.

    Args:
        table: the definition.
        frame: its rows, inner columns included; money in pence.
        rule: [disclosure] of the project.
        bed_day_pence: the highest price of a bed day in force: amounts are rounded to as many bed days as
            counts are, so that no price turns an amount back into an exact count.
        telling: counts that are suppressed though they are not small, and quantities though not few are behind them,
            as they would tell others: column to a flag for each row (``together.py``).
    """
    if rule.rule == "none":
        return frame.with_columns(pl.lit("").alias("suppressed"))
    columns = {column.name: column for column in (*table.columns, *table.resting)}
    small = {
        name: frame[name].is_between(1, rule.threshold).fill_null(False)
        for name, column in columns.items()
        if isinstance(column.control, Count)
    }
    # Quantities may be suppressed on their own: under their own name.
    small |= {name: small[name] | own if name in small else own for name, own in (telling or {}).items()}
    values: dict[str, pl.Series] = {}
    hidden: dict[str, pl.Series] = {}
    # In the order in which each rests on the ones before.
    order = (
        Count,
        RestsOn,
        SuppressedWith,
        Stepped,
        Amount,
        Ratio,
        Imbalance,
        Scaled,
        Rate,
        Charted,
        Quotient,
        Interval,
        Parted,
        Difference,
        Against,
        ReasonOf,
        EndOf,
    )
    for step in order:
        for name, column in columns.items():
            if isinstance(column.control, step):
                values[name], hidden[name] = _controlled(column, frame, rule, bed_day_pence, small, values, hidden)
    shown = frame.with_columns(
        pl.select(pl.when(~hidden[name]).then(value)).to_series().cast(frame.schema[name]).alias(name)
        for name, value in values.items()
    )
    names = [name for name in table.column_names if name in hidden]
    marks = pl.DataFrame({name: hidden[name] for name in names}) if names else None
    if marks is None:
        return shown.with_columns(pl.lit("").alias("suppressed"))
    return shown.with_columns(
        marks.select(
            pl.concat_list(pl.when(pl.col(name)).then(pl.lit(name)) for name in names)
            .list.drop_nulls()
            .list.join(", ")
            .alias("suppressed")
        ).to_series()
    )


def _controlled(
    column: Column,
    frame: pl.DataFrame,
    rule: Disclosure,
    bed_day_pence: int,
    small: dict[str, pl.Series],
    values: dict[str, pl.Series],
    hidden: dict[str, pl.Series],
) -> tuple[pl.Series, pl.Series]:
    """The controlled value of a column, and where it is suppressed."""
    own = frame[column.name]
    known = own.is_not_null()
    match column.control:
        case Count():
            return _of(rounded_to(pl.lit(own), rule.rounding)), small[column.name] & known
        case RestsOn(count):
            gone = small[count] | small[column.name] if column.name in small else small[count]
            return _of(rounded_to(pl.lit(own), rule.rounding)), gone & known
        case SuppressedWith(count):
            return own, small[count] & known
        case Amount(count):
            return _of(rounded_to(pl.lit(own), rule.rounding * bed_day_pence)), small[count] & known
        case Scaled(other):
            base, rounded = pl.lit(frame[other]), pl.lit(values[other])
            whole = own.dtype.is_integer()
            scaled = (pl.lit(own) * rounded) // base if whole else pl.lit(own) * rounded / base
            # An amount of no quantity is as telling as one of many: what a pool moves.
            alone = rounded_to(pl.lit(own), rule.rounding * bed_day_pence) if whole else pl.lit(own)
            return _of(pl.when(base == 0).then(alone).otherwise(scaled)), hidden[other] & known
        case Stepped(count, money):
            pounds = rule.rounding * bed_day_pence // 100
            step = pl.when(pl.lit(frame[money])).then(pl.lit(pounds, dtype=pl.Int64)).otherwise(rule.rounding)
            return _of(rounded_to_each(pl.lit(own), step)), small[count] & known
        case Ratio(numerator, denominator, per):
            top, bottom = pl.lit(values[numerator]), pl.lit(values[denominator])
            times = pl.lit(1) if per is None else pl.lit(frame[per])
            ratio = pl.when(bottom > 0).then(times * top / bottom)
            return _of(ratio), (hidden[numerator] | hidden[denominator]) & known
        case Imbalance(first, second):
            return _of(_imbalance(pl.lit(values[first]), pl.lit(values[second]))), (
                hidden[first] | hidden[second]
            ) & known
        case Quotient(numerator, denominator):
            top, bottom = pl.lit(values[numerator]), pl.lit(values[denominator])
            alone = pl.lit(frame[denominator]).is_null()
            figure = pl.when(alone).then(top.cast(pl.Float64)).when(bottom > 0).then(top / bottom)
            shown = pl.when(pl.lit(frame[numerator]).is_null()).then(pl.lit(own)).otherwise(figure)
            return _of(shown), (hidden[numerator] | hidden[denominator]) & known
        case Against(of, published):
            return values[of] - frame[published], hidden[of] & known
        case ReasonOf(count, published):
            gap = pl.lit(frame[published]) - pl.lit(values[count])
            words = (
                pl.when(gap.is_null())
                .then(pl.lit(own))
                .when(gap.abs() <= rule.rounding)
                .then(pl.lit("no more than the rounding of our figures may explain"))
                .when(gap > 0)
                .then(pl.lit("fewer discharges here: the internal pack says which filters account for it"))
                .otherwise(pl.lit("more discharges here: the publication leaves out more, or was made from fewer"))
            )
            return _of(words), hidden[count] & known
        case Interval(numerator, denominator, upper):
            low, high = wilson(pl.lit(values[numerator]), pl.lit(values[denominator]))
            return _of(high if upper else low), (hidden[numerator] | hidden[denominator]) & known
        case Rate(numerator, denominator):
            top, bottom = pl.lit(values[numerator]), pl.lit(values[denominator])
            below = pl.when(pl.lit(frame["_calendar"])).then(pl.lit(frame[denominator])).otherwise(bottom)
            return _of(pl.when(below > 0).then(top / below)), (hidden[numerator] | hidden[denominator]) & known
        case Charted():
            return own.clear(len(own)), known & False
        case Parted() as parted:
            plus, minus = (_part(frame, name, rule, bed_day_pence) for name in parted.parts)
            gone = small[f"{parted.parts[0]}_people"] | small[f"{parted.parts[1]}_people"]
            return plus - minus, gone & known
        case Difference(of, less):
            return values[of] - values[less], (hidden[of] | hidden[less]) & known
        case EndOf(of, upper):
            width, end, shown = rule.rounding * bed_day_pence, pl.lit(own), pl.lit(values[of])
            above, below = (
                pl.max_horizontal(-(-end // width) * width, shown),
                pl.min_horizontal(end // width * width, shown),
            )
            return _of(pl.when(end.is_not_null()).then(above if upper else below)), hidden[of] & known
        case _:
            raise AssertionError(f"{column.name} has nothing to control")


def _imbalance(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """The difference of two shares in pooled standard deviations, to two places; 0 where nothing varies."""
    spread = ((first * (1 - first) + second * (1 - second)) / 2).sqrt()
    return pl.when(spread > 0).then(((first - second) / spread).round(2)).when(first == second).then(0.0)


def _part(frame: pl.DataFrame, name: str, rule: Disclosure, bed_day_pence: int) -> pl.Series:
    """A part of a figure, rounded: pounds where ``_money``."""
    part = pl.col(name)
    return frame.select(
        pl.when("_money")
        .then(rounded_to(part, rule.rounding * bed_day_pence) / 100)
        .otherwise(rounded_to(part, rule.rounding).cast(pl.Float64))
    ).to_series()


def _of(expression: pl.Expr) -> pl.Series:
    return pl.select(expression).to_series()
