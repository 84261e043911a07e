"""What was wrong with the data, who is counted, and what was revised."""

from __future__ import annotations

from costshift.publish.catalogue.columns import FLAG, PROVIDER, REAL, TEXT, WHOLE, Column, Table, count_of, of_month
from costshift.publish.catalogue.controls import Count, Difference, Free, Parted

TABLES = (
    Table(
        "data_quality",
        "Rules that rows broke",
        ("extract", "submitter", "month", "rule"),
        (
            Column("extract", TEXT, "text", "Kind of extract"),
            Column("submitter", TEXT, "text", "Partner id that sent it"),
            of_month("Month of the submission, as its first day"),
            Column("rule", TEXT, "text", "The rule, and after a colon the column in the sender's own words"),
            count_of("rows", "rows", "Rows that broke it"),
            Column(
                "severity",
                TEXT,
                "text",
                "error: quarantined; warning: the cell was blanked or kept; information",
            ),
        ),
        "docs/data-quality.md",
    ),
    Table(
        "cohort_filters",
        "What each filter of the cohort removed",
        ("month", "provider", "filter"),
        (
            of_month("Month of discharge; of the as-at date for open spells"),
            PROVIDER,
            Column("filter", TEXT, "text", "Name of the filter"),
            count_of("spells_removed", "spells", "Spells that it was the first to remove"),
            Column(
                "applied",
                FLAG,
                "flag",
                "Whether the provider's month has values in a column that it needs",
            ),
        ),
        "docs/methods/cohort.md",
    ),
    Table(
        "revisions",
        "What this pack revises of an earlier one",
        ("month", "table", "measure"),
        (
            of_month("The month that the figure is about, as its first day"),
            Column("table", TEXT, "text", "Table that it stands in"),
            Column("measure", TEXT, "text", "The measure, and after a colon the partner id"),
            Column(
                "reported_before",
                REAL,
                "its own",
                "In the latest publication of an earlier month: spells, days or pounds; null: not computable",
                Parted("_before"),
            ),
            Column("reported_now", REAL, "its own", "In this pack", Parted("_now")),
            Column(
                "change",
                REAL,
                "its own",
                "Now less before",
                Difference("reported_now", "reported_before"),
            ),
            Column(
                "load",
                WHOLE,
                "number",
                "The load through which it changed; null: none, but settings or version changed",
                Free("the number of a load"),
            ),
        ),
        "docs/methods/revisions.md",
        resting=(
            Column("_money", FLAG, "flag", "Inner: whether the parts are pence"),
            *(
                Column(f"{part}{behind}", WHOLE, "number", "Inner: a part, or those behind it", rule)
                for side in ("_before", "_now")
                for part in Parted(side).parts
                for behind, rule in (("", Free("never shown: the parts of another column")), ("_people", Count()))
            ),
        ),
    ),
)
