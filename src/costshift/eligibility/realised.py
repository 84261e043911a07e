"""Realised eligibility by month, standardised for mix, and the months in which it moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import polars as pl

from costshift.eligibility.cases import CHC_REQUESTS, CHC_REVIEWS, REQUESTS, REVIEWS
from costshift.eligibility.decomposition import Period
from costshift.project import Policy
from costshift.statistics.changepoints import step_in_shares

#: What is tested together: a threshold moves first decisions and reviews in one month.
TOGETHER = ((REQUESTS, REVIEWS), (CHC_REQUESTS, CHC_REVIEWS))
#: A step is reported below this p-value, with so many months on either side.
LEVEL, MARGIN = 0.01, 6
#: A dated policy so many months from the step is named beside it.
_NEAR = 1

#: What a share before or after a step rests on.
_OF_SIDE = ("found", "all", "eligible", "not_eligible")
_STRATUM = ("stream", "age_band", "sex", "reason")

SERIES = {
    "month": pl.Date,
    "council": pl.String,
    "stream": pl.String,
    "assessed": pl.Int64,
    "found_eligible": pl.Int64,
    "share": pl.Float64,
    "standardised_share": pl.Float64,
}
CHANGES = {
    "council": pl.String,
    "streams": pl.String,
    "month": pl.Date,
    "people": pl.Int64,
    "share_before": pl.Float64,
    "share_after": pl.Float64,
    "p_value": pl.Float64,
    "policy": pl.String,
    # What the shares are of, on each side: control rests on them.
    **{f"_{what}_{side}": pl.Int64 for side in ("before", "after") for what in _OF_SIDE},
}


def realised_eligibility(cases: pl.DataFrame) -> pl.DataFrame:
    """Share found eligible of those decided on, by month, council and stream.

    Standardised indirectly: observed over expected from each cell's share in the whole history (age band, sex,
    support reason), times the overall share. Of requests those count that reached an assessment.

    Args:
        cases: :func:`costshift.eligibility.cases.council_cases` and those of continuing healthcare.
    """
    decided = cases.filter(pl.col("reached") & pl.col("stream").is_in([own for pair in TOGETHER for own in pair]))
    cell = ["council", *_STRATUM]
    overall = pl.col("found").mean()
    return (
        decided.with_columns(
            overall.over(cell).alias("expected"),
            overall.over("council", "stream").alias("overall"),
            pl.col("day").dt.month_start().alias("month"),
        )
        .group_by("month", "council", "stream")
        .agg(
            pl.len().cast(pl.Int64).alias("assessed"),
            pl.col("found").sum().cast(pl.Int64).alias("found_eligible"),
            # Sorted: the last digit of a sum depends on the order in which it is made.
            pl.col("expected").sort().sum(),
            pl.col("overall").first(),
        )
        .with_columns(
            (pl.col("found_eligible") / pl.col("assessed")).alias("share"),
            pl.when(pl.col("expected") > 0)
            .then(pl.col("found_eligible") / pl.col("expected") * pl.col("overall"))
            .alias("standardised_share"),
        )
        .select([pl.col(name).cast(dtype) for name, dtype in SERIES.items()])
        .sort("council", "stream", "month")
    )


def threshold_changes(
    cases: pl.DataFrame, spans: Mapping[str, Sequence[Period]], policies: Sequence[Policy]
) -> pl.DataFrame:
    """The months in which a council's share found eligible moved: p below 0.01 for the search over all months.

    First decisions and reviews are tested together, by stream, age band, sex and support reason. After a step is
    found, each side of it is searched again.

    Args:
        cases: as :func:`realised_eligibility`.
        spans: council to the first and last whole month of each stretch that its extracts cover without a break.
        policies: [[policies]]: one within a month of a step is named beside it.
    """
    decided = cases.filter("reached").with_columns(pl.col("day").dt.month_start().alias("month"))
    councils = sorted(set(decided["council"]) & set(spans))
    searched = [(council, streams, span) for council in councils for streams, span in product(TOGETHER, spans[council])]

    def steps(council: str, streams: tuple[str, ...], span: Period) -> list[dict[str, object]]:
        own = decided.filter((pl.col("council") == council) & pl.col("stream").is_in(streams))
        months = pl.date_range(*span, "1mo", eager=True).to_list()
        return _steps(own, months, council, streams, policies) if own.height and len(months) >= 2 * MARGIN else []

    # The draws, nearly all of the time, are made outside Python's lock, each search with a seed of its own.
    with ThreadPoolExecutor() as pool:
        rows = [row for found in pool.map(lambda own: steps(*own), searched) for row in found]
    return pl.DataFrame(rows, schema=CHANGES, orient="row").sort("council", "streams", "month")


def _steps(
    own: pl.DataFrame, span: list[dt.date], council: str, streams: tuple[str, ...], policies: Sequence[Policy]
) -> list[dict[str, object]]:
    inside = own.filter(pl.col("month").is_between(span[0], span[-1]))
    if inside.height == 0:
        return []
    place = {month: at for at, month in enumerate(span)}
    strata = inside.select(pl.struct(_STRATUM).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    at = inside["month"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    found = inside["found"].to_numpy()
    shape = (int(strata.max()) + 1, len(span))
    trials, successes = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    np.add.at(trials, (strata, at), 1)
    np.add.at(successes, (strata[found], at[found]), 1)
    step = step_in_shares(successes, trials, margin=MARGIN, key=f"{council}|{streams}|{span[0]}|{span[-1]}")
    if step is None or step.p_value >= LEVEL:
        return []
    before, after = at < step.at, at >= step.at
    month = span[step.at]
    row: dict[str, object] = {
        "council": council,
        "streams": " and ".join(streams),
        "month": month,
        "people": inside["person"].n_unique(),
        "share_before": float(found[before].mean()),
        "share_after": float(found[after].mean()),
        "p_value": step.p_value,
        "policy": _policy_near(month, council, policies),
    }
    for side, rows in (("before", before), ("after", after)):
        eligible, every = int(found[rows].sum()), int(rows.sum())
        row |= {
            f"_{name}_{side}": n
            for name, n in zip(_OF_SIDE, (eligible, every, eligible, every - eligible), strict=True)
        }
    return [
        *_steps(own, span[: step.at], council, streams, policies),
        row,
        *_steps(own, span[step.at :], council, streams, policies),
    ]


def _policy_near(month: dt.date, council: str, policies: Sequence[Policy]) -> str | None:
    near = [
        f"{policy.date:%d/%m/%Y} {policy.description}"
        for policy in policies
        if policy.partner == council
        and abs((policy.date.year - month.year) * 12 + policy.date.month - month.month) <= _NEAR
    ]
    return "; ".join(near) or None
