"""Which council a person belongs to, where a record itself names none: the last that any linked record names."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from costshift.standards import looked_up

UNKNOWN = "unknown"


def council_of_people(spells: pl.LazyFrame, care_events: pl.LazyFrame | None) -> pl.LazyFrame:
    """person, council: the council of the person's latest record that has one; of several on one day the first by name.

    ``council`` is one of a list (``pl.Enum``), in the order of their names.

    Args:
        spells: dated spells with ``person``.
        care_events: care events with ``person`` and ``council``; None where none were sent.
    """
    told = [spells.select("person", "council", pl.col("admission_date").alias("day"))]
    if care_events is not None:
        told.append(care_events.select("person", "council", pl.col("event_start_date").alias("day")))
    named = pl.concat(told).filter(
        pl.col("council").is_not_null() & (pl.col("council") != UNKNOWN) & pl.col("person").is_not_null()
    )
    names = named.select("council").unique().collect(engine="streaming")["council"].sort(descending=True)
    # Day and council in one number, of which the highest is wanted: the first by name has the highest place.
    many = max(names.len(), 1)
    place = looked_up(pl.col("council"), {name: at for at, name in enumerate(names)}, pl.Int64)
    latest = pl.col("day").cast(pl.Int32).cast(pl.Int64) * many + place
    council = looked_up(pl.col("_latest") % many, dict(enumerate(names)), pl.Enum(names.reverse()))
    return (
        named.select("person", latest.alias("_latest"))
        .group_by("person")
        .agg(pl.col("_latest").max())
        .select("person", council.alias("council"))
    )


def deaths(spells: pl.LazyFrame, views: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """person, died: the latest date of death that any linked record gives, or the day of a discharge by death.

    Args:
        spells: dated spells with ``person``, ``death_date``, ``removed_by``.
        views: kind name to its current rows with ``person``: those that carry a date of death are asked.
    """
    others = [rows for name, rows in sorted(views.items()) if name != "spells"]
    told = [
        spells.select("person", pl.col("death_date").alias("died")),
        spells.filter(pl.col("is_discharged") & died_in_hospital()).select(
            "person", pl.col("discharge_date").alias("died")
        ),
    ]
    told += [
        rows.select("person", pl.col("death_date").alias("died"))
        for rows in others
        if {"person", "death_date"} <= set(rows.collect_schema())
    ]
    return pl.concat(told).drop_nulls().group_by("person").agg(pl.col("died").max())


def died_in_hospital() -> pl.Expr:
    """Whether a spell ended in death, by the codes of the filter not_died."""
    from costshift import standards

    values = standards.cohort_filter_values().filter(pl.col("filter") == "not_died")
    return pl.any_horizontal(
        (pl.col(column) == value).fill_null(False) for column, value in values.select("column", "value").iter_rows()
    )
