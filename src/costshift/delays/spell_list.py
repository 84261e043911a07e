"""The delayed spells one by one: what a dispute is settled with. Personal data: restricted."""

from __future__ import annotations

import polars as pl

from costshift.delays.agreement import STATE_COLUMNS, agreement_by_spell
from costshift.delays.bed_days import delayed_spells
from costshift.delays.both_sides import AGREEMENT, BothSides
from costshift.delays.measures import DatedSpells
from costshift.delays.recorded_attribution import SIDES, SPELL, share_rules


def lost_spell_list(dated: DatedSpells, pseudonyms: pl.LazyFrame) -> pl.LazyFrame:
    """Open spells that are in no later file of their sender: somebody must say what became of them.

    Grain: such a spell, in the cohort or not; key provider_code, spell_id.
    """
    return (
        dated.spells.filter("lost_to_sight")
        .join(pseudonyms, on="person", how="left")
        .select(
            "person_id",
            *SPELL,
            "admission_date",
            pl.col("ready_date").alias("discharge_ready_date"),
            "last_seen",
            "delay_days",
        )
        .sort(SPELL)
    )


def delayed_spell_list(dated: DatedSpells, both: BothSides, pseudonyms: pl.LazyFrame) -> pl.LazyFrame:
    """Each delayed spell with its dates, its days by recorded side, by evidenced state and by agreement.

    Grain: a spell in scope with at least one delayed day; key provider_code, spell_id. The days by side sum to
    delay_days; shared days are exact fractions, as whole days are only split over many spells.

    Args:
        dated: the dated spells.
        both: record and evidence of the same delays.
        pseudonyms: person, person_id.
    """
    agreement = agreement_by_spell(both.periods)
    shares = share_rules().select("split", "recorded_attribution", "share").unique().lazy()
    hundredths = (
        dated.days.spell_months.join(shares, on="split")
        .group_by(*SPELL, "recorded_attribution")
        .agg((pl.col("days") * pl.col("share")).sum().alias("hundredths"))
    )
    side = pl.col("recorded_attribution").replace_strict(SIDES, return_dtype=pl.String)
    by_side = hundredths.group_by(SPELL).agg(
        (pl.col("hundredths").filter(side == name).sum() / 100).alias(f"recorded_{name}_days")
        for name in ("nhs", "council", "person", "none")
    )
    main = (
        hundredths.sort(*SPELL, "hundredths", "recorded_attribution", descending=[False, False, True, False])
        .group_by(SPELL, maintain_order=True)
        .agg(pl.col("recorded_attribution").first())
    )
    return (
        delayed_spells(dated.spells)
        .join(pseudonyms, on="person", how="left")
        .join(main, on=SPELL, how="left")
        .join(by_side, on=SPELL, how="left")
        .join(agreement, on=SPELL, how="left")
        .select(
            "person_id",
            *SPELL,
            "council_code",
            pl.col("ready_date").alias("discharge_ready_date"),
            "end_date",
            "delay_days",
            "recorded_attribution",
            "recorded_nhs_days",
            "recorded_council_days",
            "recorded_person_days",
            "recorded_none_days",
            *STATE_COLUMNS,
            "firm_days",
            *(f"{name}_days" for name in AGREEMENT),
        )
        .sort(SPELL)
    )
