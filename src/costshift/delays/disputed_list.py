"""The disputed spells, largest first: what the two sides' monthly meeting goes through. Personal data: restricted."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift.delays.both_sides import BothSides, agreement, recorded_side
from costshift.delays.evidence import Evidence
from costshift.delays.recorded_attribution import SPELL, share_rules
from costshift.delays.summaries import TREND_MONTHS

#: The deciding dates as the list names them.
DATES = {
    "referred": "first_referral",
    "requested": "council_knew",
    "assessed": "assessed",
    "service": "service_started",
    "nhs_service": "nhs_service_started",
}


def disputed_spells(
    both: BothSides,
    evidence: Evidence,
    notes: pl.DataFrame,
    spells: pl.LazyFrame,
    pseudonyms: pl.LazyFrame,
    month: dt.date,
) -> pl.LazyFrame:
    """Delayed spells with disputed days, or with a note, whose delay reaches into the 13 months up to a month.

    Grain: a spell; key provider_code, spell_id. Largest first: by disputed days, then questioned days, then key.
    ``recorded_attribution`` and ``evidenced_attribution``: the most of the days that differ are recorded and evidenced
    to these; ``state`` what the dates say of most of them. Shared days are exact fractions.

    Args:
        both: record and evidence of each day.
        evidence: the deciding dates.
        notes: :attr:`costshift.extracts.dispute_notes.DisputeNotes.notes`.
        spells: dated spells.
        pseudonyms: person, person_id.
        month: the month.
    """
    first = pl.lit(month, dtype=pl.Date).dt.offset_by(f"-{TREND_MONTHS - 1}mo")
    beyond = pl.lit(month, dtype=pl.Date).dt.offset_by("1mo")
    rules = share_rules().lazy().select("rule", "setting", "recorded_attribution", "share")
    days = (pl.col("until") - pl.col("from_date")).dt.total_days() * pl.col("share")
    judged = (
        both.periods.join(rules, on=["rule", "setting"])
        .with_columns(agreement(recorded_side(), pl.col("side")).alias("agreement"), days.alias("hundredths"))
        .filter(pl.col("agreement").is_in(["disputed", "questioned"]))
    )
    amount = pl.col("hundredths")
    totals = judged.group_by(SPELL).agg(
        (amount.filter(pl.col("agreement") == "disputed").sum() / 100).alias("disputed_days"),
        (amount.filter(pl.col("agreement") == "questioned").sum() / 100).alias("questioned_days"),
    )
    kinds = ["recorded_attribution", "evidenced_attribution", "state"]
    main = (
        judged.group_by(*SPELL, *kinds, "agreement")
        .agg(amount.sum())
        # disputed sorts before questioned
        .sort("agreement", -amount, *kinds)
        .group_by(SPELL, maintain_order=True)
        .agg(pl.col(kinds).first())
    )
    noted = notes.lazy().select(
        *SPELL, "outcome", "noted_attribution", "name_for_nhs", "name_for_council", "noted_on", "reason"
    )
    described = spells.select(
        *SPELL, "person", "provider", "council", "pathway", "ready_date", "end_date", "delay_days"
    )
    return (
        described.join(totals, on=SPELL, how="inner")
        .join(main, on=SPELL, how="left")
        .join(noted, on=SPELL, how="left")
        .filter((pl.col("disputed_days") > 0) | pl.col("outcome").is_not_null())
        .filter((pl.col("end_date") > first) & (pl.col("ready_date") < beyond))
        .join(evidence.dates.lazy().select(*SPELL, *DATES), on=SPELL, how="left")
        .join(pseudonyms, on="person", how="left")
        .sort("disputed_days", "questioned_days", *SPELL, descending=[True, True, False, False])
        .select(
            "person_id",
            *SPELL,
            "provider",
            "council",
            pl.col("pathway").alias("discharge_pathway"),
            pl.col("ready_date").alias("discharge_ready_date"),
            "end_date",
            "delay_days",
            "disputed_days",
            "questioned_days",
            *kinds,
            *(pl.col(own).alias(name) for own, name in DATES.items()),
            "outcome",
            pl.col("noted_attribution").alias("attributed_to"),
            "name_for_nhs",
            "name_for_council",
            "noted_on",
            "reason",
        )
    )
