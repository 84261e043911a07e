"""Our discharge figures beside those that NHS England published, and England and neighbours as benchmarks."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from costshift.indicators.published_comparison import ENGLAND
from costshift.publish import words
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Block,
    Cell,
    Grid,
    Row,
    Section,
    Values,
    Words,
    figure,
    group,
    heads,
    left_out,
    names_row,
    text,
    two_places,
)
from costshift.publish.page.view import View

#: The measures that the page shows, and how they are written. All others are in the workbook.
_SHOWN: dict[str, Callable[[float], str]] = {
    "Number of patients discharged in total": lambda value: words.whole(round(value)),
    "Date of discharge is same as Discharge Ready Date": words.percent,
    "Average days from Discharge Ready Date to date of discharge (inc 0 day delays)": two_places,
    "Average days from Discharge Ready Date to date of discharge (exc 0 day delays)": two_places,
}


def published(view: View) -> Section:
    """Ours against the published figures of the latest month that both have."""
    frame = view.table("published_comparison").filter(pl.col("month") <= view.content.month)
    blocks: list[Block] = []
    if not frame.height:
        blocks.append(
            Words(
                "No published figures were given. With NHS England’s Discharge Ready Date file as the extract "
                "published_drd, this section sets ours beside theirs."
            )
        )
    else:
        blocks += [
            Words(
                "NHS England publishes these measures some weeks later. A difference is explained by the filters that "
                "account for it, or is said to be unexplained."
            ),
            _grid(view, frame),
        ]
    return Section("published", "Our figures beside the published ones", blocks)


def _grid(view: View, frame: pl.DataFrame) -> Grid:
    month = frame["month"].max()
    here = frame.filter((pl.col("month") == month) & pl.col("measure").is_in(list(_SHOWN))).to_dicts()
    names = sorted({row["organisation"] for row in here}, key=lambda own: (own == ENGLAND, _name(view, own), own))
    by_key = {(row["organisation"], row["measure"]): row for row in here}
    rows: list[Row] = []
    for organisation in names[:MOST_ROWS]:
        rows.append(group(_name(view, organisation)))
        rows += [
            Row(_cells(view, measure, by_key[organisation, measure]))
            for measure in _SHOWN
            if (organisation, measure) in by_key
        ]
    return Grid(
        f"Ours and NHS England’s, {words.month_name(month)}",  # type: ignore[arg-type]
        [*heads("Measure", "Ours", "Published", "Difference", numbers=3), *heads("What accounts for it")],
        rows,
        "No figure of these months was published.",
        [
            "Acute beds. England and neighbours are benchmarks: they have no figure of ours.",
            "Points are percentage points.",
            *left_out(max(len(names) - MOST_ROWS, 0)),
        ],
    )


def _name(view: View, organisation: str) -> str:
    """A partner's name, England, or a neighbour's code as it is published."""
    return "England" if organisation == ENGLAND else view.names.get(organisation, organisation.upper())


def _cells(view: View, measure: str, row: Values) -> list[Cell]:
    own = _SHOWN[measure]
    # What differs without a reason was equal before it was rounded.
    reason = "rounding of ours" if view.controlled and row["difference"] and not row["reason"] else row["reason"] or ""
    return [
        names_row(measure),
        figure(row, "ours", own),
        figure(row, "published", own),
        figure(row, "difference", _points if own is words.percent else own),
        text(reason[:1].upper() + reason[1:]),
    ]


def _points(value: float) -> str:
    return f"{words.points(value)} points"
