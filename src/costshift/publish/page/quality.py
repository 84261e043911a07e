"""Data quality: the rules that the rows of the month's submissions broke."""

from __future__ import annotations

import polars as pl

from costshift.publish import words
from costshift.publish.page.blocks import (
    Block,
    Grid,
    Row,
    Section,
    Words,
    figure,
    group,
    grouped,
    heads,
    left_out,
    names_row,
    text,
)
from costshift.publish.page.view import View
from costshift.publish.quality import DEPARTURES

_SEVERITIES = ("error", "warning", "information")
#: Of each severity.
_MOST_FINDINGS = 10


def quality(view: View) -> Section:
    """The rules with the most rows, by severity."""
    every = view.of_month("data_quality").to_dicts()
    rows: list[Row] = []
    more = 0
    for severity in _SEVERITIES:
        own = sorted(
            (row for row in every if row["severity"] == severity),
            key=lambda row: (-(row["rows"] or 0), row["extract"], row["submitter"], row["rule"]),
        )
        more += len(own[_MOST_FINDINGS:])
        rows += [group(words.label(severity))] if own else []
        rows += [
            Row(
                [
                    names_row(_sentence(words.rule_in_words(row["rule"]))),
                    text(words.label(row["extract"])),
                    text(view.name(row["submitter"])),
                    figure(row, "rows"),
                ]
            )
            for row in own[:_MOST_FINDINGS]
        ]
    return Section(
        "data-quality",
        "Data quality",
        [
            Words(
                "Rules that the rows of the month’s submissions broke, worst first. Every row that was set aside is "
                "in its sender’s quarantine file, raw, with the reasons in the sender’s own column names."
            ),
            Grid(
                f"Rules broken in the submissions of {view.month_name}",
                heads("What was found", "Extract", "Sent by", "Rows", numbers=1),
                rows,
                f"No rule was broken in the submissions of {view.month_name}.",
                left_out(more),
            ),
            *([] if view.public else _client_level_data(view)),
        ],
    )


def _client_level_data(view: View) -> list[Block]:
    """What the rules for Client Level Data did to the records of all submissions; uncontrolled."""
    own = view.table("data_quality").filter(pl.col("rule").is_in(DEPARTURES))
    if not own.height:
        return []
    counted = own.group_by("submitter", "rule").agg(pl.col("rows").sum())
    rows = sorted(
        counted.iter_rows(named=True), key=lambda row: (view.name(row["submitter"]), DEPARTURES.index(row["rule"]))
    )
    return [
        Words(
            "Client Level Data comes in files that overlap. What the rules of the Department of Health and Social Care "
            "made of the records, over all submissions that count:"
        ),
        Grid(
            "Where the events that count differ from the records that were sent",
            heads("What was done", "Records", numbers=1),
            grouped(
                rows,
                lambda row: view.name(row["submitter"]),
                lambda row: [names_row(_sentence(words.rule_in_words(row["rule"]))), figure(row, "rows")],
            ),
            "",
        ),
    ]


def _sentence(value: str) -> str:
    return value if value.endswith((".", "…")) else f"{value}."
