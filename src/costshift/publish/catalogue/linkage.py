"""How records became people."""

from __future__ import annotations

from costshift.publish.catalogue.columns import PEOPLE, REAL, TEXT, WHOLE, Column, Table, count_of, inner
from costshift.publish.catalogue.controls import Count, Ratio, RestsOn

TABLES = (
    Table(
        "linkage_quality",
        "How records were linked",
        ("extract", "submitter", "pass", "characteristic", "group"),
        (
            Column("extract", TEXT, "text", "Kind of extract"),
            Column("submitter", TEXT, "text", "Partner id that sent it"),
            Column("pass", TEXT, "text", "The pass that gave the records their person, or all"),
            Column("characteristic", TEXT, "text", "all, or what the group is of"),
            Column("group", TEXT, "text", "The group"),
            count_of("records", "records", "Records"),
            count_of("people", "people", "Different people"),
        ),
        "docs/methods/people.md",
    ),
    Table(
        "linkage_passes",
        "What rests on each pass of the linkage",
        ("pass",),
        (
            Column(
                "pass",
                TEXT,
                "text",
                "The pass that first brought a person's hospital and council records together; not_linked: none",
            ),
            count_of("people", "people", "Different people"),
            count_of("delayed_people", "people", "People behind the delayed days"),
            Column("delayed_days", WHOLE, "days", "Days of all their delays", RestsOn("delayed_people")),
            Column(
                "share_of_delayed_days",
                REAL,
                "share",
                "Of the days of all delays",
                Ratio("delayed_days", "_all_days"),
            ),
            Column("unused_field", TEXT, "text", "A field that the pass does not use, by which it is judged"),
            count_of("compared", "people", "People of the pass with that field on both sides"),
            count_of("differing", "people", "Of these: the two sides differ"),
            Column(
                "false_matches",
                WHOLE,
                "people",
                "Of those compared: likely to be two people, by the disagreement beyond that of the surest pass",
                RestsOn("differing"),
            ),
            Column(
                "false_match_share",
                REAL,
                "share",
                "The same as a share; of the surest pass the most that it can be. Null: no field to judge by",
                Ratio("false_matches", "compared"),
            ),
        ),
        "docs/methods/people.md",
        resting=(inner("_all_days", "days", RestsOn("_all_people")), inner("_all_people", "people", Count())),
    ),
    Table(
        "linkage_sensitivity",
        "Evidenced days with and without the weaker passes",
        ("without", "side", "strength"),
        (
            Column("without", TEXT, "text", "nothing: all passes; else a pass: without it and all weaker ones"),
            Column("side", TEXT, "text", "Side that the linked dates evidence: nhs, council, person or none"),
            Column("strength", TEXT, "text", "firm, presumptive, or none where there is no side"),
            PEOPLE,
            Column("delayed_days", WHOLE, "days", "Days of all delays", RestsOn("people")),
        ),
        "docs/methods/people.md",
    ),
)
