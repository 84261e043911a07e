"""Names and calendar, for other programs to relate tables by."""

from __future__ import annotations

from costshift.publish.catalogue.columns import TEXT, WHOLE, Column, Table, of_month
from costshift.publish.catalogue.controls import Free

TABLES = (
    Table(
        "partners",
        "Partners and other organisations",
        ("partner",),
        (
            Column("partner", TEXT, "text", "Partner id"),
            Column("name", TEXT, "text", "Name"),
            Column(
                "type",
                TEXT,
                "text",
                "acute, community, mental_health, icb, council, other, person or unknown",
            ),
        ),
        "docs/project-file.md",
    ),
    Table(
        "months",
        "Months",
        ("month",),
        (
            of_month(),
            Column("days", WHOLE, "days", "Days in the month", Free("the calendar")),
            Column("financial_year", TEXT, "text", "Financial year, April to March, such as 2024/25"),
            Column("quarter", TEXT, "text", "Quarter of the financial year, such as 2024/25 Q1"),
        ),
        "docs/project-file.md",
    ),
    Table(
        "delay_reasons",
        "Delay reasons",
        ("delay_reason",),
        (
            Column("delay_reason", TEXT, "text", "Key"),
            Column("label", TEXT, "text", "As published"),
            Column("group", TEXT, "text", "Group of reasons, as published"),
            Column("attribution", TEXT, "text", "Shares by partner type, in per cent"),
            Column("attribution_status", TEXT, "text", "Who proposes the attribution"),
            Column("source", TEXT, "text", "Source of the label"),
        ),
        "docs/methods/recorded-attribution.md",
    ),
)
