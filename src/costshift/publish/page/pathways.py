"""Delays by discharge pathway: the days that people on each pathway waited."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.page.blocks import (
    Grid,
    Row,
    Section,
    Words,
    figure,
    group,
    heads,
    names_pathway,
    names_row,
    setting_place,
)
from costshift.publish.page.view import View


def pathways(view: View) -> Section:
    """Delayed bed days of the month by setting and discharge pathway."""
    every = view.summary("days_by_pathway").to_dicts()
    rows: list[Row] = []
    for setting in sorted({row["setting"] for row in every}, key=lambda own: (setting_place(own), own)):
        own = [row for row in every if row["setting"] == setting]
        rows.append(group(f"{words.label(setting)} beds"))
        for row in sorted(own, key=lambda row: (row["discharge_pathway"] is None, row["discharge_pathway"] or "")):
            whole = row["discharge_pathway"] is None
            rows.append(
                Row(
                    [
                        names_row("All") if whole else names_pathway(row["discharge_pathway"]),
                        figure(row, "delayed_bed_days"),
                        figure(row, "share", words.percent, bar=not whole),
                        figure(row, "delayed_beds", words.decimal),
                        figure(row, "people"),
                    ],
                    "total" if whole else "row",
                )
            )
    return Section(
        "pathways",
        "Delays by discharge pathway",
        [
            Words(
                f"Delayed bed days of {view.month_name} by the pathway on which people left or are to leave. Providers "
                "with complete enough ready dates."
            ),
            Grid(
                f"Delayed bed days by discharge pathway, {view.month_name}",
                heads("Pathway", "Delayed bed days", "Share", "Delayed beds", "People", numbers=4),
                rows,
                f"There are no delayed bed days in {view.month_name}.",
                ["Who pays for and arranges each pathway stands in the project file."],
            ),
        ],
    )
