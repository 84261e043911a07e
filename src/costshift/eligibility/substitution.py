"""Added NHS cost for each £1 less from the council, with Fieller's interval."""

from __future__ import annotations

import numpy as np
import polars as pl

from costshift.eligibility.activity import Use
from costshift.eligibility.effects import Effects, joint_effect
from costshift.statistics.fieller import fieller
from costshift.statistics.intervals import t_quantile

SCHEMA = {
    "exposure": pl.String,
    "council": pl.String,
    "rate": pl.Float64,
    "rate_low": pl.Float64,
    "rate_high": pl.Float64,
    "people": pl.Int64,
    "nhs_cost": pl.Float64,
    "council_saving": pl.Float64,
    "reason": pl.String,
}
FEW = "fewer than 50 matched with windows complete on both sides"
UNPRICED = "activity without a price"
NO_SAVING = "the council's saving cannot be told from zero"
UNBOUNDED = "cannot be bounded"


def substitution_rates(effects: Effects, nhs: Use, council: Use) -> pl.DataFrame:
    """The rate of every exposure, by council, from the joint covariance of one matched set.

    Null, with the ``reason``, where fewer than 50 are matched, where activity has no price, or where the interval of
    the council's saving holds zero; an interval that Fieller's method cannot bound is null with a reason too.

    Args:
        effects: the effects of councils' decisions on the NHS.
        nhs: NHS use.
        council: councils' care packages.
    """
    rows: list[dict[str, object]] = []
    for (exposure, name), (candidates, matched) in sorted(effects.sets.items()):
        row: dict[str, object] = {**dict.fromkeys(SCHEMA), "exposure": exposure, "council": name}
        rows.append(row)
        found = joint_effect(candidates, matched, (nhs, council))
        if found is None:
            row["reason"] = FEW
            continue
        estimate, row["people"] = found
        if np.isnan(estimate.effect).any():
            row["reason"] = UNPRICED
            continue
        added, saved = float(estimate.effect[0]), -float(estimate.effect[1])
        row |= {"nhs_cost": added, "council_saving": saved}
        quantile = t_quantile(estimate.freedom)
        variances = (float(estimate.covariance[0, 0]), float(estimate.covariance[1, 1]))
        if saved <= 0 or saved <= quantile * variances[1] ** 0.5:
            row["reason"] = NO_SAVING
            continue
        ratio = fieller(added, saved, variances, -float(estimate.covariance[0, 1]), quantile)
        row |= {"rate": ratio.ratio, "rate_low": ratio.low, "rate_high": ratio.high}
        row["reason"] = UNBOUNDED if ratio.low is None else None
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
