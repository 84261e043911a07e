"""Decisions on eligibility, what they changed and what followed."""

from __future__ import annotations

from costshift.publish.catalogue.columns import (
    DATE,
    MONEY,
    PEOPLE,
    REAL,
    TEXT,
    WHOLE,
    Column,
    Table,
    count_of,
    inner,
    of_month,
)
from costshift.publish.catalogue.controls import Count, Imbalance, Ratio, RestsOn, Scaled, SuppressedWith

_DECIDER = Column(
    "council", TEXT, "text", "Partner id of the council that decided; of the ICB for continuing healthcare"
)
_EXPOSURE = Column(
    "exposure", TEXT, "text", "lost, refused or reduced; chc_lost or chc_refused of continuing healthcare"
)


def _of_side(side: str) -> tuple[Column, ...]:
    """What the share before or after a step is of: it goes with either count, as one is the other's complement."""
    return (
        inner(f"_found_{side}", "people", RestsOn(f"_not_eligible_{side}")),
        inner(f"_all_{side}", "people", RestsOn(f"_eligible_{side}")),
        inner(f"_eligible_{side}", "people", Count()),
        inner(f"_not_eligible_{side}", "people", Count()),
    )


def _effect(name: str, meaning: str) -> Column:
    return Column(name, REAL, "per unit", meaning, SuppressedWith("people"))


TABLES = (
    Table(
        "eligibility_decisions",
        "Decisions on eligibility by what they changed",
        ("month", "council", "transition"),
        (
            of_month("Month of the decision, as its first day"),
            _DECIDER,
            Column(
                "transition",
                TEXT,
                "text",
                "kept, lost, gained, accepted, refused, reduced, refused_again; chc_ before those of continuing "
                "healthcare",
            ),
            count_of("people", "people", "Different people with such a decision"),
            count_of("people_recorded", "people", "Of these: eligibility as recorded"),
            count_of("people_inferred", "people", "Of these: eligibility read from the event's outcome"),
        ),
        "docs/methods/eligibility-decisions.md",
    ),
    Table(
        "eligibility_decomposition",
        "Why more or fewer people were found eligible",
        ("council", "baseline_start", "period_start", "component"),
        (
            _DECIDER,
            Column("baseline_start", DATE, "date", "First day of the baseline year"),
            Column("period_start", DATE, "date", "First day of the later year"),
            Column(
                "component",
                TEXT,
                "text",
                "volume, mix, access, rate: they sum to change; review_, package_, chc_ and chc_review_ before "
                "those of reviews, packages at review and continuing healthcare; _with_band_and_route: a "
                "sensitivity",
            ),
            Column(
                "people",
                WHOLE,
                "people",
                "People found eligible more (fewer) than in the baseline",
                RestsOn("_fewest"),
            ),
            Column("people_low", WHOLE, "people", "Lower end of the 95% interval", RestsOn("_fewest")),
            Column("people_high", WHOLE, "people", "Upper end of the 95% interval", RestsOn("_fewest")),
            Column(
                "policy", TEXT, "text", "Dated policies between the two; null: none, so no policy effect is claimed"
            ),
        ),
        "docs/methods/eligibility-decomposition.md",
        resting=(inner("_fewest", "people", Count()),),
    ),
    Table(
        "eligibility_breaks",
        "What no comparison of eligibility reaches across",
        ("council", "date", "reason"),
        (
            _DECIDER,
            Column("date", DATE, "date", "First day after the break"),
            Column("reason", TEXT, "text", "Recording change, change of release, or jump in the recorded share"),
        ),
        "docs/methods/eligibility-decomposition.md",
    ),
    Table(
        "realised_eligibility",
        "Share found eligible of those decided on, by month",
        ("month", "council", "stream"),
        (
            of_month("Month of the decision, as its first day"),
            _DECIDER,
            Column("stream", TEXT, "text", "requests, reviews, chc_requests or chc_reviews"),
            count_of("assessed", "people", "Decisions"),
            count_of("found_eligible", "people", "Of these: found eligible, or still eligible"),
            Column("share", REAL, "share", "Found eligible, of all decided on", Ratio("_found", "_assessed")),
            Column(
                "standardised_share",
                REAL,
                "share",
                "The share, standardised for age band, sex and support reason (indirectly)",
                Scaled("share"),
            ),
        ),
        "docs/methods/eligibility-decomposition.md",
        # The share goes with either count, as one is the other's complement.
        resting=(
            inner("_found", "people", RestsOn("_not_found")),
            inner("_assessed", "people", RestsOn("found_eligible")),
            inner("_not_found", "people", Count()),
        ),
    ),
    Table(
        "threshold_changes",
        "Months in which the share found eligible moved",
        ("council", "streams", "month"),
        (
            _DECIDER,
            Column("streams", TEXT, "text", "What was tested together"),
            of_month("First month at the new level, as its first day"),
            count_of("people", "people", "Different people decided on, before and after"),
            Column("share_before", REAL, "share", "Found eligible before", Ratio("_found_before", "_all_before")),
            Column(
                "share_after", REAL, "share", "Found eligible from the month on", Ratio("_found_after", "_all_after")
            ),
            Column(
                "p_value",
                REAL,
                "share",
                "For the search over all months; reported below 0.01",
                SuppressedWith("people"),
            ),
            Column("policy", TEXT, "text", "Dated policies within a month of it; null: none"),
        ),
        "docs/methods/eligibility-decomposition.md",
        resting=(*_of_side("before"), *_of_side("after")),
    ),
    Table(
        "shift_effects",
        "What decisions on eligibility did to others' costs",
        ("exposure", "council", "outcome", "cohort_from", "cohort_to", "design"),
        (
            _EXPOSURE,
            _DECIDER,
            Column(
                "outcome",
                TEXT,
                "text",
                "nhs_cost or council_cost, in total, by payer (after a colon), while alive and without the last 90 "
                "days of life; contacts, attendances, bed_days; deaths, leavers",
            ),
            Column("unit", TEXT, "text", "Unit of the effect"),
            Column("cohort_from", DATE, "date", "First decision of the exposed"),
            Column("cohort_to", DATE, "date", "Last decision of the exposed"),
            Column(
                "design",
                TEXT,
                "text",
                "main; plain_180_days and matched_... (sensitivities); event_study_month_... (joint bands)",
            ),
            count_of("people", "people", "Exposed people who were matched"),
            count_of("comparators", "people", "People whose decisions they are compared with"),
            count_of("unmatched", "people", "Exposed with complete windows and fewer than two comparators"),
            count_of("without_windows", "people", "Exposed whose windows the extracts do not cover"),
            _effect("effect_per_person_month", "Effect a person-month (deaths and leavers: of a share)"),
            _effect("effect_low", "Lower end of the 95% interval"),
            _effect("effect_high", "Upper end of the 95% interval"),
            _effect("p_value", "Two-sided; over payers as Holm adjusts them"),
            _effect("placebo", "The same estimate one step earlier; null where the history is shorter"),
            _effect("robust_low", "Effect less the interval's reach and the size of the placebo"),
            _effect("robust_high", "Effect plus the interval's reach and the size of the placebo"),
            _effect("minimum_detectable", "Smallest true effect that would be found 8 times in 10"),
        ),
        "docs/methods/shift-effects.md",
    ),
    Table(
        "shift_balance",
        "How alike exposed and comparators are, and who was lost to matching",
        ("exposure", "council", "characteristic", "group"),
        (
            _EXPOSURE,
            _DECIDER,
            Column("characteristic", TEXT, "text", "age_band, sex, reason, setting or in_hospital"),
            Column("group", TEXT, "text", "The group"),
            count_of("people", "people", "Exposed with complete windows"),
            count_of("matched", "people", "Of these: matched"),
            count_of("unmatched", "people", "Of these: not matched"),
            Column("share_of_exposed", REAL, "share", "Of all exposed", Ratio("people", "_exposed")),
            Column(
                "share_of_comparators",
                REAL,
                "share",
                "Of all comparators",
                Ratio("_comparators", "_every_comparator"),
            ),
            Column(
                "share_of_matched_comparators",
                REAL,
                "share",
                "Of matched comparators, as they are weighted",
                Ratio("_as_weighted", "_every_matched"),
            ),
            Column(
                "difference_before",
                REAL,
                "standard deviations",
                "Standardised difference of exposed and comparators before matching; null where nothing varies",
                Imbalance("share_of_exposed", "share_of_comparators"),
            ),
            Column(
                "difference_after",
                REAL,
                "standard deviations",
                "Standardised difference after matching; null where nothing varies",
                Imbalance("_of_matched", "share_of_matched_comparators"),
            ),
        ),
        "docs/methods/shift-effects.md",
        # A share goes with the group's own count and with that of the exposed.
        resting=(
            inner("_exposed", "people", Count()),
            Column("_of_matched", REAL, "share", "Inner: of all matched", Ratio("matched", "_all_matched")),
            inner("_all_matched", "people", Count()),
            inner("_comparators", "people", Count()),
            inner("_every_comparator", "people", RestsOn("people")),
            inner("_as_weighted", "people", Count()),
            inner("_every_matched", "people", RestsOn("matched")),
        ),
    ),
    Table(
        "substitution_rates",
        "Added NHS cost for each pound less from the council",
        ("exposure", "council"),
        (
            _EXPOSURE,
            _DECIDER,
            _effect("rate", "Added NHS cost for each £1 less from the council"),
            _effect("rate_low", "Lower end of Fieller's 95% interval"),
            _effect("rate_high", "Upper end of Fieller's 95% interval"),
            count_of("people", "people", "Exposed people who were matched, with windows complete on both sides"),
            _effect("nhs_cost", "Effect on NHS cost a person-month, in pounds"),
            _effect("council_saving", "What the council paid less a person-month, in pounds"),
            Column("reason", TEXT, "text", "Why there is no rate, or no interval; null where there is"),
        ),
        "docs/methods/substitution-rates.md",
    ),
    Table(
        "cost_after_refusal",
        "Memo: cost after every loss and refusal, excess or not",
        ("month", "driver", "payer", "kind", "nature", "basis"),
        (
            of_month(),
            Column("driver", TEXT, "text", "Partner id that decided"),
            Column("payer", TEXT, "text", "Partner id that bore the resource cost"),
            Column("kind", TEXT, "text", "As in cost_shifts; in no position and no total"),
            Column("nature", TEXT, "text", "cash, or notional: valued at an average price, no saving"),
            Column("basis", TEXT, "text", "estimated"),
            Column("amount", MONEY, "pounds", "All exposed people's months x the effect", Scaled("_people")),
            Column("amount_low", MONEY, "pounds", "Lower end of the 95% interval", Scaled("_people")),
            Column("amount_high", MONEY, "pounds", "Upper end of the 95% interval", Scaled("_people")),
            PEOPLE,
        ),
        "docs/methods/eligibility-shifts.md",
        resting=(inner("_people", "people", RestsOn("people")),),
    ),
)
