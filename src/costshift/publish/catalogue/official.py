"""Our figures as the official statistics have them."""

from __future__ import annotations

from costshift.publish.catalogue.columns import COUNCIL, FLAG, REAL, TEXT, Column, Table, inner, of_month
from costshift.publish.catalogue.controls import Against, Count, Free, Quotient, Ratio, ReasonOf, RestsOn

_QUOTIENT = (
    inner("_top", "its own", RestsOn("_people")),
    inner("_bottom", "spells", Count()),
    inner("_people", "spells", Count()),
)

TABLES = (
    Table(
        "bcf_discharge",
        "Better Care Fund: average length of discharge delay",
        ("month", "council"),
        (
            of_month("Month of discharge, as its first day"),
            COUNCIL,
            Column(
                "share_on_ready_date",
                REAL,
                "share",
                "Acute discharges on the ready date, of all from acceptable providers",
                Ratio("_on_ready_date", "_discharges"),
            ),
            Column(
                "average_delay_days_when_delayed",
                REAL,
                "days",
                "Bed days lost per delayed discharge",
                Ratio("_bed_days", "_delayed"),
            ),
            Column(
                "average_delay_days",
                REAL,
                "days",
                "Bed days lost per discharge: the headline measure",
                Ratio("_bed_days", "_discharges"),
            ),
            Column("plan", REAL, "days", "The agreed target of average_delay_days", Free("a target")),
        ),
        "docs/methods/better-care-fund.md",
        resting=(
            inner("_discharges", "spells", Count()),
            inner("_on_ready_date", "spells", Count()),
            inner("_delayed", "spells", Count()),
            inner("_bed_days", "days", RestsOn("_delayed")),
        ),
    ),
    Table(
        "ready_date_publication",
        "Our discharges in the form of NHS England's Discharge Ready Date publication",
        ("month", "data_type", "provider", "council", "measure"),
        (
            of_month("Month of discharge, as its first day"),
            Column(
                "data_type",
                TEXT,
                "text",
                "Level, as published: Provider, UTLA Aggregate, Provider activity mapped to UTLA; and Place, all "
                "acceptable acute providers here",
            ),
            Column("provider", TEXT, "text", "Partner id, or all"),
            Column("council", TEXT, "text", "Partner id, or all"),
            Column("measure", TEXT, "text", "Name of the measure, as published"),
            Column(
                "value",
                REAL,
                "its own",
                "Discharges, bed days, a share from 0 to 1, or days on average",
                Quotient("_top", "_bottom"),
            ),
            Column("acceptable", FLAG, "flag", "Whether the month of all providers behind it is acceptable"),
        ),
        "docs/methods/official-form.md",
        resting=_QUOTIENT,
    ),
    Table(
        "published_comparison",
        "Our figures beside NHS England's",
        ("month", "organisation", "measure"),
        (
            of_month("Month of discharge, as its first day"),
            Column("organisation", TEXT, "text", "Partner id; england; or a neighbour's code in lower case"),
            Column("measure", TEXT, "text", "Name of the measure, as published"),
            Column("ours", REAL, "its own", "Our figure; null for benchmarks", Quotient("_top", "_bottom")),
            Column(
                "published",
                REAL,
                "its own",
                "NHS England's figure; shares from 0 to 1",
                Free("published by NHS England"),
            ),
            Column("difference", REAL, "its own", "Ours less published", Against("ours", "published")),
            Column(
                "reason",
                TEXT,
                "text",
                "What accounts for the difference; empty where there is none",
                ReasonOf("_total", "_total_published"),
            ),
        ),
        "docs/methods/official-form.md",
        resting=(
            *_QUOTIENT,
            inner("_total", "spells", Count()),
            Column("_total_published", REAL, "spells", "Inner: as published", Free("published by NHS England")),
        ),
    ),
)
