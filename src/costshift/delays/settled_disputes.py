"""What the notes on disputed spells change: the two sides' own settlement, counted and shown.

A note counts when the names of both sides stand on it. Definition: docs/disputes.md.
"""

from __future__ import annotations

import polars as pl

from costshift.delays.both_sides import NONE, BothSides
from costshift.delays.recorded_attribution import SPELL

GRAIN = ("month", "provider", "council", "outcome")


def noted_outcomes(notes: pl.DataFrame) -> pl.LazyFrame:
    """provider_code, spell_id, outcome, noted_attribution of each spell with a note.

    ``outcome`` is agreed or overruled where both names are there, ``unsigned`` where one of them is not, and
    contested. ``noted_attribution`` is none where the evidence is to stand.

    Args:
        notes: :attr:`costshift.extracts.dispute_notes.DisputeNotes.notes`.
    """
    signed = pl.col("name_for_nhs").is_not_null() & pl.col("name_for_council").is_not_null()
    return notes.lazy().select(
        *SPELL,
        pl.when((pl.col("outcome") == "contested") | signed)
        .then("outcome")
        .otherwise(pl.lit("unsigned"))
        .alias("outcome"),
        pl.col("noted_attribution").fill_null(NONE),
    )


def dispute_outcomes(both: BothSides) -> pl.LazyFrame:
    """The table dispute_outcomes: what became of the disputed days of the spells with a note.

    Grain: month, provider, council, outcome. ``delayed_bed_days``: their days that are disputed or questioned;
    ``moved_days``: those of them that the note gives to somebody else than the reconciled basis would without it;
    ``people``: the different people behind them. Provider months that are not acceptable are counted too: what was
    settled is settled.

    Args:
        both: record and evidence of each day.
    """
    differs = pl.col("agreement").is_in(["disputed", "questioned"]) & (pl.col("outcome") != NONE)
    days, people = both.parts.filter(differs), both.people.filter(differs)
    moved = pl.col("reconciled_attribution") != pl.col("unsettled_attribution")
    return (
        days.group_by(GRAIN)
        .agg(
            pl.col("days").sum().alias("delayed_bed_days"),
            pl.col("days").filter(moved).sum().alias("moved_days"),
        )
        .join(
            people.group_by(GRAIN).agg(
                pl.col("person").n_unique().cast(pl.Int64).alias("people"),
                pl.col("person").filter(moved).n_unique().cast(pl.Int64).alias("_moved_people"),
            ),
            on=list(GRAIN),
            how="left",
        )
        .sort(GRAIN)
    )
