"""The table data_quality: what the senders' rows broke, submission by submission."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from costshift.history.store import Submission, latest_of_each_month
from costshift.standards import formatted

#: What the rules for Client Level Data do to records as they were sent, in the order in which they are told.
DEPARTURES = (
    "event_withdrawn",
    "event_superseded",
    "event_repeated",
    "ended_by_death",
    "ended_by_period",
    "event_without_person",
)


def data_quality(submissions: Sequence[Submission], departures: pl.DataFrame | None = None) -> pl.DataFrame:
    """Rules broken. Grain: extract, submitter, month, rule; of a month sent again the latest submission.

    ``rule`` carries, after a colon, the column in the sender's own words.

    Args:
        submissions: those that count.
        departures: of care events (:func:`costshift.history.care_events.departures`), over all submissions of a month.
    """
    schema = {
        "extract": pl.String,
        "submitter": pl.String,
        "month": pl.Date,
        "rule": pl.String,
        "rows": pl.Int64,
        "severity": pl.String,
    }
    parts = [
        submission.findings.select(
            pl.lit(submission.kind).alias("extract"),
            pl.lit(submission.submitter).alias("submitter"),
            pl.lit(submission.month, dtype=pl.Date).alias("month"),
            pl.when(pl.col("column") == "").then("rule").otherwise(formatted("{}: {}", "rule", "column")).alias("rule"),
            "rows",
            "severity",
        )
        for submission in latest_of_each_month(submissions)
    ]
    if departures is not None:
        parts.append(
            departures.select(
                pl.lit("care_events").alias("extract"),
                "submitter",
                "month",
                pl.col("departure").alias("rule"),
                "rows",
                pl.lit("information").alias("severity"),
            )
        )
    return (
        pl.concat([pl.DataFrame(schema=schema), *parts])
        .group_by("extract", "submitter", "month", "rule")
        .agg(pl.col("rows").sum(), pl.col("severity").min())
        .select(list(schema))
        .sort("extract", "submitter", "month", "rule")
    )
