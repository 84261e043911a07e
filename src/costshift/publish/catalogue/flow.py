"""Flow between the sides, who falls between them, who is touched."""

from __future__ import annotations

from costshift.publish.catalogue.columns import (
    COUNCIL,
    FLAG,
    REAL,
    TEXT,
    WHOLE,
    Column,
    Table,
    count_of,
    inner,
    of_month,
)
from costshift.publish.catalogue.controls import Count, Free, Interval, Ratio, Stepped

TABLES = (
    Table(
        "flow_indicators",
        "Indicators of flow",
        ("month", "council", "indicator"),
        (
            of_month(),
            COUNCIL,
            Column("indicator", TEXT, "text", "Name of the indicator: docs/methods/flow-indicators.md"),
            Column(
                "numerator",
                WHOLE,
                "its own",
                "Spells, people, days or pounds; null: cannot be worked out, or not yet",
                Stepped("_numerator_people", "_money"),
            ),
            Column(
                "denominator",
                WHOLE,
                "its own",
                "Spells, people, days or pounds; null: the indicator is a count",
                Stepped("_denominator_people", "_money"),
            ),
            Column(
                "value",
                REAL,
                "its own",
                "Numerator divided by denominator, per 1,000 where the name says so; null for a count",
                Ratio("numerator", "denominator", "_per"),
            ),
        ),
        "docs/methods/flow-indicators.md",
        resting=(
            inner("_numerator_people", "people", Count()),
            inner("_denominator_people", "people", Count()),
            Column("_per", WHOLE, "number", "Inner: per how many the value is", Free("part of the definition")),
            Column("_money", FLAG, "flag", "Inner: whether numerator and denominator are pounds"),
        ),
    ),
    Table(
        "gaps_and_overlaps",
        "People between the two sides, and people whom both visit",
        ("month", "council", "group"),
        (
            of_month("Month of the discharge, the decision or the contacts, as its first day"),
            COUNCIL,
            Column(
                "group",
                TEXT,
                "text",
                "delayed_then_no_support, eligible_then_no_service, not_eligible_then_emergency_admission, "
                "nurse_and_carer_in_one_week or nursing_contacts_unknown_to_council",
            ),
            count_of("people", "people", "Different people; null: cannot be told, or not yet"),
        ),
        "docs/methods/gaps-and-overlaps.md",
    ),
    Table(
        "inequalities",
        "Who is touched",
        ("measure", "characteristic", "group"),
        (
            Column(
                "measure",
                TEXT,
                "text",
                "delayed_discharge or delayed_7_days_or_more: of the people discharged in 12 months; refused or "
                "lost: of those decided on; chc_ before those of continuing healthcare",
            ),
            Column(
                "characteristic",
                TEXT,
                "text",
                "all, age_band, sex, ethnic_group or deprivation_decile (1: most deprived)",
            ),
            Column("group", TEXT, "text", "The group; not known where no record says"),
            count_of("numerator", "people", "Different people who were touched, once or more"),
            count_of("denominator", "people", "Different people who could be"),
            Column("rate", REAL, "share", "Numerator divided by denominator", Ratio("numerator", "denominator")),
            Column(
                "rate_low",
                REAL,
                "share",
                "Lower end of Wilson's 95% interval",
                Interval("numerator", "denominator", upper=False),
            ),
            Column("rate_high", REAL, "share", "Upper end of it", Interval("numerator", "denominator", upper=True)),
        ),
        "docs/methods/inequalities.md",
    ),
)
