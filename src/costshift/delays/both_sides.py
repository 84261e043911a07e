"""The record and the evidence side by side: each delayed bed day with both attributions, and with what they make.

Three bases stand beside each other: ``recorded``; ``evidenced`` (firm and presumptive evidence, the rest nobody's);
``reconciled`` (firm evidence overrides the record, all else keeps it). Recorded shares split the days of a cell once
(``delays/bed_days.py``); the split is carried down to the states, so that all tables add up to the same days.

Definition: docs/methods/evidenced-attribution.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from costshift.delays.bed_days import CELL, Attributed, AttributedDays, by_calendar_month
from costshift.delays.evidence_states import STATES
from costshift.delays.recorded_attribution import SIDES, SPELL, share_rules
from costshift.statistics.rounding import cross

Basis = Literal["recorded", "evidenced", "reconciled"]
BASES: tuple[Basis, ...] = ("recorded", "evidenced", "reconciled")
#: Evidence of nobody in particular, and strength of what has no side.
NONE = "none"
#: Partner types that a state itself shows; elsewhere on the NHS side it is the provider in whose bed the person is.
SHOWN_BY_STATE = {
    "chc_decision_pending": "icb",
    "chc_package_pending": "icb",
    "awaiting_nhs_service": "community",
}
#: What a day has by evidence, and by a note that both partners signed.
EVIDENCE = ("state", "strength", "evidenced_attribution", "outcome", "noted_attribution")
AGREEMENT = ("agreed", "disputed", "questioned", "untestable")


@dataclass(frozen=True)
class BothSides:
    """Delayed bed days with both attributions.

    ``parts``: the columns of ``bed_days.CELL``, state, strength, evidenced_attribution, outcome, noted_attribution,
    recorded_attribution, reconciled_attribution, unsettled_attribution (reconciled without notes), agreement, ``days``
    (whole; the sums over the evidence are those of ``AttributedDays.parts``). ``people``: the same columns but days,
    with each ``person`` behind them.
    ``periods``: provider_code, spell_id, from_date, until, rule, setting, delay_reason, state, strength, side,
    evidenced_attribution, outcome, noted_attribution: the pieces of each delay in which nothing of these changes.
    """

    parts: pl.LazyFrame
    people: pl.LazyFrame
    periods: pl.LazyFrame


def both_sides(days: AttributedDays, evidenced: pl.LazyFrame, notes: pl.LazyFrame | None = None) -> BothSides:
    """Hold the record and the evidence of every delayed bed day against each other.

    Args:
        days: delayed bed days by recorded attribution.
        evidenced: :func:`costshift.delays.evidence_states.evidenced_periods` of the same delays.
        notes: :func:`costshift.delays.settled_disputes.noted_outcomes`, or None.
    """
    periods = _pieces(days.periods, evidenced, notes)
    described = days.spell_months.select(
        *SPELL, "provider", "council", "icb_code", "discharge_pathway", "person"
    ).unique(subset=SPELL)
    splits = share_rules().select("rule", "setting", "split").unique().lazy()
    by_month = by_calendar_month(periods).join(described, on=SPELL).join(splits, on=["rule", "setting"], how="left")
    grain = [*CELL, *EVIDENCE]
    pieces = by_month.group_by(grain).agg(pl.col("days").sum().alias("units"))
    shares = share_rules().select("split", "recorded_attribution").unique()
    parts = cross(
        days.parts.filter(pl.col("days") > 0).rename({"days": "units"}),
        pieces,
        by=CELL,
        name="recorded_attribution",
        within=EVIDENCE,
        most=int(shares.group_by("split").len()["len"].max()),  # type: ignore[arg-type]
    ).rename({"units": "days"})
    people = by_month.select(*grain, "person").unique().join(shares.lazy(), on="split")
    return BothSides(_judged(parts), _judged(people), periods)


def on_basis(both: BothSides, basis: Basis) -> Attributed:
    """The days as a basis attributes them; of evidenced days without a side, ``none``."""
    attribution = pl.col(f"{basis}_attribution").alias("attribution")
    return Attributed(both.parts.with_columns(attribution), both.people.with_columns(attribution))


def days_of_spells(both: BothSides, spells: pl.LazyFrame, basis: Basis) -> pl.LazyFrame:
    """Each delay spell by spell, with to whom its days belong on a basis and in what share.

    Grain: provider_code, spell_id, from_date, recorded_attribution: ``until``, ``attribution``, ``share`` (whole per
    cent of the days), setting, provider, council, icb_code, delay_reason, person. Shares of a period sum to 100.

    Args:
        both: record and evidence of each day.
        spells: dated spells.
        basis: recorded, evidenced or reconciled.
    """
    rules = share_rules().lazy().select("rule", "setting", "recorded_attribution", "share")
    described = spells.select(*SPELL, "provider", "council", "icb_code", "person")
    return (
        _judged(both.periods.join(rules, on=["rule", "setting"]))
        .with_columns(pl.col(f"{basis}_attribution").alias("attribution"))
        .join(described, on=SPELL)
    )


def firmly_evidenced(both: BothSides) -> Attributed:
    """The days as firm evidence alone attributes them; all others are nobody's."""
    firm = pl.when(pl.col("strength") == "firm").then("evidenced_attribution").otherwise(pl.lit(NONE))
    attribution = firm.alias("attribution")
    return Attributed(both.parts.with_columns(attribution), both.people.with_columns(attribution))


def _pieces(recorded: pl.LazyFrame, evidenced: pl.LazyFrame, notes: pl.LazyFrame | None) -> pl.LazyFrame:
    """The pieces of each delay in which neither the record nor the evidence changes."""
    pieces = (
        recorded.select(*SPELL, "from_date", "until", "rule", "setting", "delay_reason")
        .join(evidenced, on=SPELL, suffix="_evidenced")
        .with_columns(
            pl.max_horizontal("from_date", "from_date_evidenced").alias("from_date"),
            pl.min_horizontal("until", "until_evidenced").alias("until"),
            pl.col("strength").fill_null(NONE),
        )
        .filter(pl.col("from_date") < pl.col("until"))
        .drop("from_date_evidenced", "until_evidenced")
    )
    noted = (
        pieces.with_columns(pl.lit(NONE).alias("outcome"), pl.lit(NONE).alias("noted_attribution"))
        if notes is None
        else pieces.join(notes.select(*SPELL, "outcome", "noted_attribution"), on=SPELL, how="left").with_columns(
            pl.col("outcome", "noted_attribution").fill_null(NONE)
        )
    )
    return noted.with_columns(evidenced_attribution().alias("evidenced_attribution"))


def evidenced_attribution() -> pl.Expr:
    """To whom a state attributes a day: acute, community, mental_health, icb, council, person or none.

    On the NHS side a state that shows the partner names it; else it is the provider in whose bed the person is.
    """
    shown = pl.col("state").replace_strict(SHOWN_BY_STATE, default=None, return_dtype=pl.String)
    return pl.when(pl.col("side") == "nhs").then(pl.coalesce(shown, pl.col("setting"))).otherwise(pl.col("side"))


def _judged(frame: pl.LazyFrame) -> pl.LazyFrame:
    """With agreement, and the reconciled attribution."""
    sides = {name: side for name, (side, _) in STATES.items()}
    return (
        frame.with_columns(pl.col("state").replace_strict(sides, return_dtype=pl.String).alias("_side"))
        .with_columns(agreement(recorded_side(), pl.col("_side")).alias("agreement"))
        .with_columns(_unsettled().alias("unsettled_attribution"))
        .with_columns(_settled().alias("reconciled_attribution"))
        .drop("_side")
    )


def recorded_side() -> pl.Expr:
    """nhs, council, person or none, of the recorded attribution."""
    return pl.col("recorded_attribution").replace_strict(SIDES, return_dtype=pl.String)


def agreement(recorded: pl.Expr, evidenced: pl.Expr) -> pl.Expr:
    """agreed, disputed, questioned or untestable, of a recorded and an evidenced side and ``strength``."""
    return (
        pl.when((evidenced == "none") | (recorded == "none"))
        .then(pl.lit("untestable"))
        .when(recorded == evidenced)
        .then(pl.lit("agreed"))
        .when(pl.col("strength") == "firm")
        .then(pl.lit("disputed"))
        .otherwise(pl.lit("questioned"))
    )


def _unsettled() -> pl.Expr:
    """Firm evidence overrides the record, all else keeps it; within the NHS side the recorded partner stays."""
    firm = (pl.col("strength") == "firm") & (pl.col("_side") != recorded_side())
    return pl.when(firm).then("evidenced_attribution").otherwise("recorded_attribution")


def _settled() -> pl.Expr:
    """The reconciled attribution, where a note that both partners signed goes before.

    ``agreed`` gives the days that differ to whom the note names, or else to the evidence; ``overruled`` keeps the
    record.
    """
    differs = pl.col("agreement").is_in(["disputed", "questioned"])
    named = pl.when(pl.col("noted_attribution") == NONE).then("evidenced_attribution").otherwise("noted_attribution")
    return (
        pl.when(differs & (pl.col("outcome") == "agreed"))
        .then(named)
        .when(differs & (pl.col("outcome") == "overruled"))
        .then("recorded_attribution")
        .otherwise("unsettled_attribution")
    )
