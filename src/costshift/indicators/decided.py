"""What councils decided about long-term support, as far as the gaps need it: eligible or not, and when."""

from __future__ import annotations

import polars as pl

from costshift import standards
from costshift.indicators.reablement import service_users
from costshift.standards.evidence import assessment_outcomes


def decisions(events: pl.LazyFrame) -> pl.LazyFrame:
    """Decisions on long-term support: person, council, decision_date, eligible.

    A long-term assessment, or a review of anything but short-term support, of a service user, that ended with an
    outcome that tells: ``eligible_needs`` where recorded, else the event's outcome by the shipped table. Support that
    was declined, and self-funded support, are no decision of the council.

    Args:
        events: care events with ``person`` and ``council``.
    """
    table = assessment_outcomes()
    readings = []
    for column in ("eligible_needs", "event_outcome"):
        own = table.filter(pl.col("column") == column)
        known = {standards.normalise_text(v): d for v, d in own.select("value", "decision").iter_rows()}
        readings.append(standards.normalise(pl.col(column)).replace_strict(known, default=None, return_dtype=pl.String))
    long_term = standards.normalise(pl.col("assessment_type")) == standards.normalise_text("Long term assessment")
    of_short_term = standards.normalise(pl.col("review_reason")) == standards.normalise_text(
        "Review of short term support"
    )
    kind = pl.col("event_type")
    return (
        service_users(events)
        .filter(
            ((kind == "Assessment") & long_term.fill_null(value=False))
            | ((kind == "Review") & ~of_short_term.fill_null(value=False))
        )
        .with_columns(pl.coalesce(readings).alias("_decision"))
        .filter(pl.col("_decision").is_in(["eligible", "not_eligible"]) & pl.col("event_end_date").is_not_null())
        .select(
            "person",
            "council",
            pl.col("event_end_date").alias("decision_date"),
            (pl.col("_decision") == "eligible").alias("eligible"),
        )
        .unique()
    )
