"""Drift: headline measures of a provider that move far from the three months before.

Definition: docs/data-quality.md, "Drift". A jump is more often a fault of the data than a change on the wards.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

#: Months that a measure is held against, and the discharges a month, on their mean, below which chance rules.
MONTHS_BEFORE, FEWEST = 3, 30
#: The measures watched: those of the published figures, and two ratios of them.
_ABSOLUTE = ("discharges", "delayed_discharges", "bed_days_lost", "delayed_bed_days")
_RATIOS = {
    "share_on_ready_date": (pl.col("discharges") - pl.col("delayed_discharges"), pl.col("discharges")),
    "average_delay_days": (pl.col("bed_days_lost"), pl.col("discharges")),
}


@dataclass(frozen=True)
class Moved:
    """A provider's measure of the month, and its mean over the three months before."""

    provider: str
    measure: str
    now: float
    mean: float


def moved_measures(figures: pl.DataFrame, month: dt.date, share: float) -> list[Moved]:
    """Headline measures by provider that differ from the mean of the three months before by more than a share of it.

    Only where all three months are known, with 30 discharges a month on their mean, and a count or sum of days is 30
    or more now or on the mean. A provider of whom the month has nothing has moved to zero discharges.

    Args:
        figures: FIGURE_SCHEMA (history/publications.py).
        month: the report's month.
        share: 0.5 is half of the mean, up or down.
    """
    index = month.year * 12 + month.month - 1
    months = [dt.date(at // 12, at % 12 + 1, 1) for at in range(index - MONTHS_BEFORE, index + 1)]
    own = figures.filter(pl.col("measure").is_in(_ABSOLUTE) & pl.col("concerned").is_in(months))
    wide = (
        own.pivot("measure", index=["partner", "concerned"], values="value", aggregate_function="first")
        .with_columns(
            pl.lit(None, dtype=pl.Float64).alias(name) for name in _ABSOLUTE if name not in set(own["measure"])
        )
        .with_columns(pl.when(below > 0).then(above / below).alias(name) for name, (above, below) in _RATIOS.items())
    )
    found = []
    for (provider,), rows in wide.sort("partner", "concerned").group_by("partner", maintain_order=True):
        before, now = rows.filter(pl.col("concerned") < month), rows.filter(pl.col("concerned") == month)
        discharges = before["discharges"].drop_nulls()
        if discharges.len() < MONTHS_BEFORE or discharges.sum() < FEWEST * MONTHS_BEFORE:
            continue
        if not now.height or now["discharges"][0] is None:
            found.append(Moved(str(provider), "discharges", 0.0, _mean(discharges)))
            continue
        for name in (*_ABSOLUTE, *_RATIOS):
            earlier, value = before[name].drop_nulls(), now[name][0]
            if earlier.len() < MONTHS_BEFORE or value is None:
                continue
            mean = _mean(earlier)
            few = name in _ABSOLUTE and max(value, mean) < FEWEST
            if abs(value - mean) > share * mean and not few:
                found.append(Moved(str(provider), name, float(value), mean))
    return found


def _mean(months: pl.Series) -> float:
    return float(months.sum()) / MONTHS_BEFORE
