"""How the records became people, and whether their people are known to the other side."""

from __future__ import annotations

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

_GROUPS = ("all", "age band", "sex")
_SIDES = {"spells": "the councils’ records", "care_events": "the hospitals’ records"}


def linkage(view: View) -> Section:
    """One row a sender; then the share of hospital and council records found on the other side."""
    intro = Words(
        "How the records became people. What rests on a link between hospital and council is only as good as these "
        "figures."
    )
    return Section("linkage", "Linkage", [intro, _linked(view), _found(view)])


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

    def cells(row: Values) -> list[Cell]:
        by = row["characteristic"]
        group = row["group"].replace("-", "–")
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
