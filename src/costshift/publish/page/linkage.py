"""How the records became people, and whether their people are known to the other side."""

from __future__ import annotations

import polars as pl

from costshift import standards
from costshift.people.conflicts import KINDS_OF_CONFLICT as CONFLICTS
from costshift.publish import words
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Cell,
    Grid,
    Row,
    Section,
    Values,
    Words,
    figure,
    figures,
    grouped,
    heads,
    left_out,
    names_row,
    text,
)
from costshift.publish.page.view import View

_GROUPS = ("all", "age band", "sex", "ethnic group", "deprivation")
_WEAKER = {
    "nothing": "All passes",
    "demographics": "Without demographics, names and the probabilistic pass",
    "names": "Without names and the probabilistic pass",
    "probabilistic": "Without the probabilistic pass",
}
_SIDES = {"spells": "the councils’ records", "care_events": "the hospitals’ records"}


def linkage(view: View) -> Section:
    """One row a sender; then the share of hospital and council records found on the other side."""
    intro = Words(
        "How the records became people. What rests on a link between hospital and council is only as good as these "
        "figures."
    )
    return Section(
        "linkage", "Linkage", [intro, _linked(view), _found(view), _passes(view), _without(view), _conflicts(view)]
    )


def _passes(view: View) -> Grid:
    every = view.table("linkage_passes").sort("delayed_days", "pass", descending=[True, False], nulls_last=True)
    return Grid(
        "What rests on each pass",
        [
            *heads("Pass that joined the two sides"),
            *heads("People", "Delayed people", "Days of their delays", "Share of days", numbers=4),
            *heads("Likely to be two people", numbers=1),
            *heads("Judged by"),
        ],
        [
            Row(
                [
                    names_row(words.label(row["pass"])),
                    *figures(row, ("people", "delayed_people", "delayed_days")),
                    figure(row, "share_of_delayed_days", words.percent, bar=True),
                    figure(row, "false_match_share", words.percent),
                    text(words.label(row["unused_field"]) if row["unused_field"] else "nothing to judge by"),
                ]
            )
            for row in every.to_dicts()
        ],
        "No extract with people was loaded.",
        [
            "Likely to be two people: an estimate from how often hospital and council differ in a field that the pass "
            "does not use, beyond what they do among people linked by the surest pass. It assumes that two people at "
            "random differ as any two do; relatives differ less. For the surest pass it is the most that it can be.",
        ],
    )


def _without(view: View) -> Grid:
    table = view.table("linkage_sensitivity")
    every = sorted(
        table.to_dicts(), key=lambda row: (list(_WEAKER).index(row["without"]), row["side"], row["strength"])
    )
    return Grid(
        "What the linked dates evidence, with and without the weaker passes",
        [*heads("Side", "Strength"), *heads("Delayed people", "Days of their delays", numbers=2)],
        grouped(
            every,
            lambda row: _WEAKER[row["without"]],
            lambda row: [
                names_row("No side" if row["side"] == "none" else words.label(row["side"])),
                text("" if row["strength"] == "none" else words.label(row["strength"])),
                *figures(row, ("people", "delayed_days")),
            ],
        ),
        "No delay was counted.",
        [
            "All delays of the history, not of the month alone. People known to one side only by a weaker pass fall to "
            "no side without it.",
            *([] if table["without"].n_unique() > 1 else ["No weaker pass linked anybody."]),
        ],
    )


def _conflicts(view: View) -> Grid:
    every = view.table("linkage_quality").filter(pl.col("characteristic") == "conflict")
    rows = sorted(every.to_dicts(), key=lambda row: (row["group"], row["extract"], row["submitter"]))
    return Grid(
        "Conflicts that linkage met",
        [*heads("Extract", "Sent by"), *heads("Records", "Different people", numbers=2)],
        grouped(
            rows[: 2 * MOST_ROWS],
            lambda row: CONFLICTS.get(row["group"], words.label(row["group"])),
            lambda row: [
                names_row(words.label(row["extract"])),
                text(view.name(row["submitter"])),
                *figures(row, ("records", "people")),
            ],
        ),
        "None.",
        [
            "Each was settled by a stated rule; the restricted table linkage_conflicts lists the records.",
            *left_out(len(rows) - 2 * MOST_ROWS),
        ],
    )


def _linked(view: View) -> Grid:
    every = sorted(
        view.summary("linked_records").to_dicts(), key=lambda row: (words.label(row["extract"]), row["submitter"])
    )
    return Grid(
        "Records and people, by how the record got its person",
        [
            *heads("Extract", "Sent by"),
            *heads("Records", "Different people", "By NHS number", "Share", numbers=4),
            *heads("By other means", "Linked to nothing else", "Share", numbers=3),
        ],
        [
            Row(
                [
                    names_row(words.label(row["extract"])),
                    text(view.name(row["submitter"])),
                    *figures(row, ("records", "people", "by_nhs_number")),
                    figure(row, "share_by_nhs_number", words.percent),
                    *figures(row, ("by_other_means", "unlinked")),
                    figure(row, "share_unlinked", words.percent),
                ]
            )
            for row in every[:MOST_ROWS]
        ],
        "No extract with people was loaded.",
        [
            "Other means: a pseudonymous key, birth date with sex, postcode and name, or the sender’s own identifier. "
            "The workbook has every pass.",
            *left_out(len(every) - MOST_ROWS),
        ],
    )


def _found(view: View) -> Grid:
    every = sorted(
        view.summary("found_on_other_side").to_dicts(),
        key=lambda row: (row["extract"], _GROUPS.index(row["characteristic"]), row["submitter"] or "", row["group"]),
    )

    ethnic = dict(standards.code_list("ethnic_category").select("code", "label").iter_rows())

    def cells(row: Values) -> list[Cell]:
        by = row["characteristic"]
        group = row["group"].replace("-", "–")
        if by == "ethnic group":
            group = ethnic.get(row["group"], group)
        name = f"All of {view.name(row['submitter'])}" if by == "all" else f"{words.label(by)}: {group}"
        return [
            names_row(name),
            *figures(row, ("found", "not_found")),
            figure(row, "share_found", words.percent, bar=True),
        ]

    return Grid(
        "Records whose person is found on the other side",
        heads("Records", "Found", "Not found", "Share found", numbers=3),
        grouped(
            every[: 2 * MOST_ROWS],
            lambda row: f"{words.label(row['extract'])}: found in {_SIDES[row['extract']]}",
            cells,
        ),
        "Only one side sent people, so that nothing can be compared.",
        [
            "Not found is not an error: many people in hospital have no contact with a council.",
            "Age bands and sexes are over all senders; the workbook has each sender’s.",
            *left_out(len(every) - 2 * MOST_ROWS),
        ],
    )
