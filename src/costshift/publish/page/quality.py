"""Data quality: the rules that the rows of the month's submissions broke."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.page.blocks import Grid, Row, Section, Words, figure, group, heads, left_out, names_row, text
from costshift.publish.page.view import View

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
        ],
    )


def _sentence(value: str) -> str:
    return value if value.endswith((".", "…")) else f"{value}."
