"""Councils' decisions on long-term support, and what each changed for the person.

A decision is a long-term assessment, or a review of long-term support, of a service user, with an outcome:
``eligible_needs`` where recorded, else read from the event outcome by a shipped table. Short-term and financial
assessments, carers' events, reviews of short-term support, and outcomes that decide nothing on eligibility
(reablement, admission, referral to the NHS, moves, deaths) are none. See docs/methods/eligibility-decisions.md.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift import standards
from costshift.eligibility.traits import age_band, long_term, reason_group, setting_name, setting_rank
from costshift.organisations import Organisations
from costshift.prices.weekly_cost import with_weekly_pence
from costshift.standards.evidence import assessment_outcomes
from costshift.statistics.streamed import streamed

ELIGIBLE, NOT_ELIGIBLE = "eligible", "not_eligible"
RECORDED, INFERRED = "recorded", "inferred"
KEPT, LOST, GAINED, ACCEPTED, REFUSED, REDUCED = "kept", "lost", "gained", "accepted", "refused", "reduced"
#: Not eligible once more: neither a first decision nor a loss.
STILL_REFUSED = "refused_again"
TRANSITIONS = (KEPT, LOST, GAINED, ACCEPTED, REFUSED, REDUCED, STILL_REFUSED)
#: A decision this long ago still says what the person had.
MEMORY = "18mo"
#: A package that costs so much less a week, so many days after the decision, was reduced.
REDUCED_BY = 0.2
REDUCED_WITHIN_DAYS = 28
#: Review reasons that are not of long-term support.
_SHORT_TERM_REVIEW = "review of short term support"


def council_events(events: pl.LazyFrame, organisations: Organisations, as_at: dt.date) -> pl.LazyFrame:
    """Service users' events up to the as-at date, with ``council`` as a partner id; later ends are still open.

    Args:
        events: current rows of care_events with ``person``.
        organisations: codes to partners.
        as_at: the last day that counts.
    """
    client = standards.normalise(pl.col("client_type")).fill_null("")
    carer = client.str.starts_with("unpaid carer") | client.str.starts_with("carer")
    return events.filter(pl.col("person").is_not_null() & ~carer & (pl.col("event_start_date") <= as_at)).with_columns(
        organisations.partner(pl.col("council_code")).alias("council"),
        pl.when(pl.col("event_end_date") <= as_at).then("event_end_date").alias("event_end_date"),
    )


def council_decisions(events: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    """Every decision with what was known of the person, and the transition.

    Grain: person, council, decision_date (of several decisions of one day one counts: the recorded before the
    inferred, then the later start, then not eligible). The transition is against the previous decision of the same
    council within 18 months, or an open long-term service: ``kept``, ``lost``, ``gained``, ``accepted`` and
    ``refused`` (first decision), ``reduced`` (kept, and the weekly cost down by a fifth or more 28 days on, both
    costs from one submission), ``refused_again``.

    Args:
        events: :func:`council_events`.
        people: :func:`costshift.eligibility.traits.people_described`.

    Returns:
        person, council, council_code, decision_date, started, is_review, decision, basis, need_band, age_band, sex,
        reason, setting, transition, priced (whether a weekly cost is known before and after).
    """
    numbered = _decided(events).sort("person", "council", "decision_date").with_row_index("row").lazy()
    # Only services of those who had a decision say what it changed.
    services = streamed(
        with_weekly_pence(events.filter(pl.col("event_type") == "Service"))
        .join(numbered, on=["person", "council"], how="semi")
        .select(
            "person",
            "council",
            setting_rank(pl.col("service_type")).alias("rank"),
            long_term(pl.col("service_type")).alias("long_term"),
            pl.col("event_start_date").alias("from_date"),
            pl.col("event_end_date").alias("to_date"),
            "weekly",
            "load_id",
        )
    ).lazy()
    with_setting = numbered.join(_settings(numbered, services), on="row", how="left").with_columns(
        pl.col("had_support").fill_null(False), setting_name(pl.col("rank")).alias("setting")
    )
    costed = with_setting.join(_costs(numbered, services), on="row", how="left")
    return (
        costed.sort("row")
        .with_columns(transition())
        .join(people.select("person", "birth_date", "sex"), on="person", how="left")
        .select(
            "person",
            "council",
            "council_code",
            "decision_date",
            "started",
            "is_review",
            "decision",
            "basis",
            "need_band",
            age_band(pl.col("birth_date"), pl.col("decision_date")).alias("age_band"),
            pl.col("sex").fill_null("unknown"),
            reason_group(pl.col("primary_support_reason")).alias("reason"),
            "setting",
            "transition",
            (pl.col("before").is_not_null() & pl.col("after").is_not_null()).alias("priced"),
        )
        .sort("person", "council", "decision_date")
    )


def _decided(events: pl.LazyFrame) -> pl.DataFrame:
    recorded = {
        standards.normalise_text(row["value"]): row["decision"]
        for row in assessment_outcomes().to_dicts()
        if row["column"] == "eligible_needs"
    }
    outcome = standards.looked_up(
        standards.normalise(pl.col("event_outcome")), standards.decision_outcomes(), pl.String
    )
    stated = standards.looked_up(standards.normalise(pl.col("eligible_needs")), recorded, pl.String)
    is_review = pl.col("event_type") == "Review"
    kind = standards.normalise(pl.col("assessment_type")) == "long term assessment"
    of_long_term = (standards.normalise(pl.col("review_reason")) != _SHORT_TERM_REVIEW).fill_null(True)
    decides = (is_review & of_long_term) | ((pl.col("event_type") == "Assessment") & kind.fill_null(False))
    # Where the outcome says that nothing was decided on long-term support, needs recorded beside it do not either.
    nothing = outcome.is_in(["none", "moved"]).fill_null(False)
    inferred = pl.when(outcome.is_in([ELIGIBLE, NOT_ELIGIBLE])).then(outcome)
    found = streamed(
        events.filter(decides & pl.col("event_end_date").is_not_null())
        .with_columns(
            pl.when(~nothing).then(pl.coalesce(stated, inferred)).alias("decision"),
            pl.when(stated.is_not_null()).then(pl.lit(RECORDED)).otherwise(pl.lit(INFERRED)).alias("basis"),
            is_review.alias("is_review"),
        )
        .filter(pl.col("decision").is_not_null())
        .select(
            "person",
            "council",
            "council_code",
            pl.col("event_end_date").alias("decision_date"),
            pl.col("event_start_date").alias("started"),
            "is_review",
            "decision",
            "basis",
            "need_band",
            "primary_support_reason",
        )
    )
    # Nearly all are the only decision of their day: of the others one is chosen.
    one = ["person", "council", "decision_date"]
    several = pl.struct(one).is_duplicated()
    chosen = (
        found.filter(several)
        .sort(
            "person",
            "council",
            "decision_date",
            "basis",
            "started",
            "decision",
            "is_review",
            "need_band",
            "primary_support_reason",
            "council_code",
            descending=[False, False, False, True, True, True, False, False, False, False],
            nulls_last=True,
        )
        .unique(one, keep="first", maintain_order=True)
    )
    return pl.concat([found.filter(~several), chosen])


def _settings(decisions: pl.LazyFrame, services: pl.LazyFrame) -> pl.LazyFrame:
    """row, rank of the heaviest service open when the assessment or review began, had_support (a long-term one)."""
    start, end = pl.col("from_date"), pl.col("to_date")
    return streamed(
        decisions.select("row", "person", "council", "started")
        .join(services, on=["person", "council"])
        .filter((start < pl.col("started")) & (end.is_null() | (end >= pl.col("started"))))
        .group_by("row")
        .agg(pl.col("rank").min(), pl.col("long_term").any().alias("had_support"))
    ).lazy()


def _costs(decisions: pl.LazyFrame, services: pl.LazyFrame) -> pl.LazyFrame:
    """row, before, after: weekly pence of long-term services on the decision date and 28 days on.

    Null where there is no such service, where one has no weekly cost, or where the rows are of several submissions:
    prices are raised from one submission to the next.
    """
    day = pl.col("decision_date")
    later = day.dt.offset_by(f"{REDUCED_WITHIN_DAYS}d")
    start, end = pl.col("from_date"), pl.col("to_date")

    def open_on(moment: pl.Expr) -> pl.Expr:
        return (start <= moment) & (end.is_null() | (end >= moment))

    joined = (
        decisions.select("row", "person", "council", "decision_date")
        .join(services.filter("long_term"), on=["person", "council"])
        .with_columns(open_on(day).alias("now"), open_on(later).alias("then"))
        .filter(pl.col("now") | pl.col("then"))
    )
    known = (pl.col("loads") == 1) & (pl.col("unknown") == 0)
    moments = (("now", "before"), ("then", "after"))
    return streamed(
        joined.group_by("row")
        .agg(
            pl.col("load_id").n_unique().alias("loads"),
            pl.col("weekly").null_count().alias("unknown"),
            pl.col("now", "then").any(),
            *(pl.col("weekly").filter(pl.col(moment)).sum().alias(name) for moment, name in moments),
        )
        .select("row", *(pl.when(known & pl.col(moment)).then(name) for moment, name in moments))
    ).lazy()


def transition() -> pl.Expr:
    """Rows are sorted by person, council and decision date."""
    same = (pl.col("person") == pl.col("person").shift(1)) & (pl.col("council") == pl.col("council").shift(1))
    recent = pl.col("decision_date").shift(1) >= pl.col("decision_date").dt.offset_by(f"-{MEMORY}")
    earlier = pl.when((same & recent).fill_null(False)).then(pl.col("decision").shift(1))
    had = (earlier == ELIGIBLE).fill_null(False) | pl.col("had_support")
    first = earlier.is_null() & ~pl.col("had_support")
    found = pl.col("decision") == ELIGIBLE
    shrunk = (pl.col("after") <= (1 - REDUCED_BY) * pl.col("before")).fill_null(False)
    return (
        pl.when(first & found)
        .then(pl.lit(ACCEPTED))
        .when(first)
        .then(pl.lit(REFUSED))
        .when(found & had & shrunk)
        .then(pl.lit(REDUCED))
        .when(found & had)
        .then(pl.lit(KEPT))
        .when(found)
        .then(pl.lit(GAINED))
        .when(had)
        .then(pl.lit(LOST))
        .otherwise(pl.lit(STILL_REFUSED))
        .alias("transition")
    )
