"""In which state each delayed day was, by the linked dates: the first rule that holds decides.

Interval arithmetic: a delay is cut at its deciding dates, at most a dozen, and each piece has one state; never a
row per day. The days of all states sum to the delay. Definition: docs/methods/evidenced-attribution.md.
"""

from __future__ import annotations

import polars as pl

from costshift.delays.evidence_dates import EvidenceRules, LinkedRecords, chc_periods, evidence_dates
from costshift.delays.recorded_attribution import SPELL

#: Pathways on which no assessment is due in hospital.
ASSESSED_LATER = ("P1", "P2", "P3")
#: State -> (side, strength); None: by its dates, see `_strength`. In the order of the rules.
STATES: dict[str, tuple[str, str | None]] = {
    "untestable": ("none", None),
    "not_yet_testable": ("none", None),
    "chc_decision_pending": ("nhs", "firm"),
    "chc_package_pending": ("nhs", "firm"),
    "awaiting_nhs_service": ("nhs", None),
    "existing_support": ("none", None),
    "before_referral": ("nhs", "firm"),
    "referral_in_dispute": ("none", None),
    "no_care_record": ("none", None),
    "before_request": ("nhs", "presumptive"),
    "awaiting_assessment": ("council", None),
    "assessed_not_eligible": ("nhs", "firm"),
    "support_declined": ("person", "firm"),
    "self_funded_arrangement": ("person", "firm"),
    "awaiting_service": ("council", None),
    "service_in_place": ("nhs", "firm"),
}


def evidenced_periods(delayed: pl.LazyFrame, records: LinkedRecords, rules: EvidenceRules) -> pl.LazyFrame:
    """The states of each delay, in order, without gap or overlap.

    Grain: provider_code, spell_id, from_date. ``until`` is exclusive; ``state`` is one of :data:`STATES`;
    ``strength`` firm, presumptive or null (no side); ``side`` nhs, council, person or none.

    Args:
        delayed: provider_code, spell_id, person, usable_identity, council, pathway, stay_start, ready_date,
            end_date; ready_date < end_date.
        records: what both sides recorded, and what the councils' extracts cover.
        rules: windows and conventions.
    """
    return periods_between(evidence_dates(delayed, records, rules), chc_periods(delayed, records, rules), rules)


def periods_between(dates: pl.LazyFrame, chc: pl.LazyFrame, rules: EvidenceRules) -> pl.LazyFrame:
    """:func:`evidenced_periods`, from the deciding dates.

    Args:
        dates: :func:`costshift.delays.evidence_dates.evidence_dates`.
        chc: :func:`costshift.delays.evidence_dates.chc_periods`.
        rules: windows and conventions.
    """
    pieces = _cut(dates, chc)
    state = _state(rules.settle_days)
    return (
        pieces.with_columns(state.alias("state"))
        .with_columns(
            _strength().alias("strength"),
            pl.col("state")
            .replace_strict({name: side for name, (side, _) in STATES.items()}, return_dtype=pl.String)
            .alias("side"),
        )
        .select(*SPELL, "from_date", "until", "state", "strength", "side")
        .sort(*SPELL, "from_date")
    )


def _cut(dates: pl.LazyFrame, chc: pl.LazyFrame) -> pl.LazyFrame:
    """Each delay in pieces between its deciding dates, with the dates beside each piece."""
    bounds = chc.group_by(SPELL).agg(pl.col("chc_from").append(pl.col("chc_until")).alias("_chc"))
    deciding = ["ready_date", "referred", "nhs_service", "requested", "assessed", "service"]
    pieces = (
        dates.join(bounds, on=SPELL, how="left")
        .with_columns(
            pl.concat_list(
                pl.concat_list(deciding),
                pl.when(pl.col("_chc").is_null()).then(pl.lit([], dtype=pl.List(pl.Date))).otherwise("_chc"),
            ).alias("from_date")
        )
        .drop("_chc")
        .explode("from_date")
        .filter((pl.col("from_date") >= pl.col("ready_date")) & (pl.col("from_date") < pl.col("end_date")))
        .unique(subset=[*SPELL, "from_date"])
        .sort(*SPELL, "from_date")
        .with_columns(pl.coalesce(pl.col("from_date").shift(-1).over(SPELL), "end_date").alias("until"))
    )
    pending = (
        pieces.select(*SPELL, "from_date")
        .join(chc, on=SPELL)
        .filter((pl.col("chc_from") <= pl.col("from_date")) & (pl.col("from_date") < pl.col("chc_until")))
        .group_by(*SPELL, "from_date")
        .agg(
            (pl.col("pending") == "decision").any().alias("chc_decision"),
            (pl.col("pending") == "package").any().alias("chc_package"),
        )
    )
    return pieces.join(pending, on=[*SPELL, "from_date"], how="left").with_columns(
        pl.col("chc_decision", "chc_package").fill_null(False)
    )


def _state(settle_days: int) -> pl.Expr:
    day, end = pl.col("from_date"), pl.col("end_date")
    referred, requested = pl.col("referred"), pl.col("requested")
    assessed, service, nhs_service = pl.col("assessed"), pl.col("service"), pl.col("nhs_service")
    covered = (
        (pl.col("covers_from") <= pl.col("ready_date")) & (pl.col("covers_to") >= end.dt.offset_by("-1d"))
    ).fill_null(False)
    settled = (
        pl.col("includes_open_events").fill_null(False) | (pl.col("covers_to") >= end.dt.offset_by(f"{settle_days}d"))
    ).fill_null(False)
    unserved = service.is_null() | (day < service)
    decided = pl.when(assessed.is_not_null()).then(pl.col("decision"))
    return (
        pl.when(~pl.col("usable_identity") | (pl.col("council") == "unknown") | ~covered)
        .then(pl.lit("untestable"))
        .when(~settled)
        .then(pl.lit("not_yet_testable"))
        .when("chc_decision")
        .then(pl.lit("chc_decision_pending"))
        .when("chc_package")
        .then(pl.lit("chc_package_pending"))
        .when(
            pl.col("on_nhs_pathway")
            & (day >= pl.coalesce(referred, "ready_date"))
            & (nhs_service.is_null() | (day < nhs_service))
        )
        .then(pl.lit("awaiting_nhs_service"))
        .when(pl.col("long_term_open") & requested.is_null())
        .then(pl.lit("existing_support"))
        .when(referred.is_not_null() & (day < referred))
        .then(pl.lit("before_referral"))
        .when(referred.is_not_null() & (requested.is_null() | (day < requested)))
        .then(pl.lit("referral_in_dispute"))
        .when(requested.is_null())
        .then(pl.lit("no_care_record"))
        .when(day < requested)
        .then(pl.lit("before_request"))
        .when(assessed.is_not_null() & (day < assessed))
        .then(pl.lit("awaiting_assessment"))
        .when(assessed.is_null() & service.is_null() & ~pl.col("pathway").is_in(ASSESSED_LATER))
        .then(pl.lit("awaiting_assessment"))
        .when(decided == "not_eligible")
        .then(pl.lit("assessed_not_eligible"))
        .when(decided == "declined")
        .then(pl.lit("support_declined"))
        .when(decided == "self_funded")
        .then(pl.lit("self_funded_arrangement"))
        .when(unserved)
        .then(pl.lit("awaiting_service"))
        .otherwise(pl.lit("service_in_place"))
    )


def _strength() -> pl.Expr:
    """firm or presumptive; a wait that ends in the discharge itself may hide the hospital's own delay."""
    state = pl.col("state")
    before_last = pl.col("end_date").dt.offset_by("-1d")
    fixed = {name: strength for name, (side, strength) in STATES.items() if side != "none" and strength is not None}
    firm = (
        pl.when(state == "awaiting_nhs_service")
        .then(pl.col("referred").is_not_null() & (pl.col("nhs_service") < before_last).fill_null(False))
        .when(state == "awaiting_assessment")
        .then(pl.col("assessed").is_not_null())
        .when(state == "awaiting_service")
        .then((pl.col("service") < before_last).fill_null(False))
    )
    by_dates = pl.when(firm).then(pl.lit("firm")).when(~firm).then(pl.lit("presumptive"))
    return pl.coalesce(state.replace_strict(fixed, default=None, return_dtype=pl.String), by_dates)
