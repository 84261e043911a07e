"""What this pack revises of an earlier one, and through which load."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Cell,
    Grid,
    Section,
    Values,
    Words,
    figure,
    grouped,
    heads,
    left_out,
    names_row,
    only_hidden,
    tells,
    text,
)
from costshift.publish.page.view import View

_REPORTED = ("reported_before", "reported_now", "change")
_MONEY = ("cost", "net_absorbed")
_NAMES = {
    "cost": "Delayed bed days at the price of a bed day",
    "net_absorbed": "Net absorbed for others",
}


def revisions(view: View) -> Section:
    """The figures of earlier months that changed, latest month first."""
    earlier = view.content.compared_with
    if earlier is None:
        says = "No pack of an earlier month was made from other loads, so that there is nothing to compare with."
        return Section("revisions", "What was revised", [Words(says)])
    named = f"the pack of {words.month_name(earlier.month)} (loads to number {earlier.known_at})"
    every = sorted(
        view.table("revisions").to_dicts(),
        key=lambda row: (-row["month"].toordinal(), row["table"], _partner(row), row["measure"]),
    )
    told = [row for row in every if tells(row, _REPORTED)]
    grid = Grid(
        f"Figures that {named} gave otherwise",
        heads("Figure", "Partner", "Reported before", "Reported now", "Change", "Load", numbers=4),
        grouped(told[:MOST_ROWS], lambda row: words.month_name(row["month"]), lambda row: _cells(view, row)),
        f"Nothing that {named} said of its own or earlier months has changed."
        if not every
        else "Every figure that changed is suppressed.",
        [
            "Load: through which the figure changed; none where settings or version did. The command costshift "
            "history show says what a load brought.",
            *left_out(len(told) - MOST_ROWS),
            *only_hidden(len(every) - len(told)),
        ],
    )
    intro = Words(
        f"Figures of {words.month_name(earlier.month)} and earlier months that this pack gives otherwise than {named}. "
        "Corrected and late files change them; so do people who were still waiting then."
    )
    return Section("revisions", "What was revised", [intro, grid])


def _partner(row: Values) -> str:
    return str(row["measure"]).partition(": ")[2]


def _cells(view: View, row: Values) -> list[Cell]:
    name, _, kind = str(row["measure"]).partition(": ")[0].partition(" ")
    write = (lambda value: f"{value:,.0f}") if name not in _MONEY else _pounds
    return [
        names_row(_NAMES.get(name, words.label(name)), kind),
        text(view.name(_partner(row))),
        *(figure(row, column, write) for column in _REPORTED),
        Cell("None" if row["load"] is None else words.whole(row["load"]), number=True),
    ]


def _pounds(value: float) -> str:
    return f"{'-' if round(value) < 0 else ''}£{abs(value):,.0f}"
