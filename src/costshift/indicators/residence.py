"""Which council a person belongs to, where a record itself names none: the last that any linked record names."""

from __future__ import annotations

import polars as pl

UNKNOWN = "unknown"


def council_of_people(spells: pl.LazyFrame, care_events: pl.LazyFrame | None) -> pl.LazyFrame:
    """person, council: the council of the person's latest record that has one; of several on one day the first by name.

    Args:
        spells: dated spells with ``person``.
        care_events: care events with ``person`` and ``council``; None where none were sent.
    """
    told = [spells.select("person", "council", pl.col("admission_date").alias("day"))]
    if care_events is not None:
        told.append(care_events.select("person", "council", pl.col("event_start_date").alias("day")))
    return (
        pl.concat(told)
        .filter(pl.col("council").is_not_null() & (pl.col("council") != UNKNOWN) & pl.col("person").is_not_null())
        .group_by("person", "council")
        .agg(pl.col("day").max())
        .sort("person", "day", "council", descending=[False, True, False])
        .group_by("person", maintain_order=True)
        .agg(pl.col("council").first())
    )


def deaths(spells: pl.LazyFrame, care_events: pl.LazyFrame | None) -> pl.LazyFrame:
    """person, died: the latest date of death that any linked record gives, or the day of a discharge by death.

    Args:
        spells: dated spells with ``person``, ``death_date``, ``removed_by``.
        care_events: care events with ``person`` and ``death_date``; None where none were sent.
    """
    told = [
        spells.select("person", pl.col("death_date").alias("died")),
        spells.filter(pl.col("is_discharged") & died_in_hospital()).select(
            "person", pl.col("discharge_date").alias("died")
        ),
    ]
    if care_events is not None:
        told.append(care_events.select("person", pl.col("death_date").alias("died")))
    return pl.concat(told).drop_nulls().group_by("person").agg(pl.col("died").max())


def died_in_hospital() -> pl.Expr:
    """Whether a spell ended in death, by the codes of the filter not_died."""
    from costshift import standards

    values = standards.cohort_filter_values().filter(pl.col("filter") == "not_died")
    return pl.any_horizontal(
        (pl.col(column) == value).fill_null(False) for column, value in values.select("column", "value").iter_rows()
    )
