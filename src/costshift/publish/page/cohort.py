"""Who is counted: the filters of the cohort and the spells that they removed."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Cell,
    Grid,
    Row,
    Section,
    Words,
    figure,
    heads,
    left_out,
    mark,
    names_row,
    text,
)
from costshift.publish.page.view import View
from costshift.publish.standing_out import chosen, where

#: With more providers than this, one row for each provider and filter.
_MOST_COLUMNS = 6


def cohort(view: View) -> Section:
    """The filters in order, and what each was the first to remove."""
    frame = view.of_month("cohort_filters")
    found = {(row["filter"], row["provider"]): row for row in frame.to_dicts()}
    providers = sorted({provider for _, provider in found}, key=lambda provider: (view.name(provider), provider))
    sentences = view.content.filter_sentences
    order = [name for name in sentences if any(name == own for own, _ in found)]
    order += sorted({name for name, _ in found} - set(order))

    def cell(name: str, provider: str) -> Cell:
        row = found.get((name, provider))
        if row is None:
            return mark(NOT_COMPUTABLE)
        return figure(row, "spells_removed") if row["applied"] else Cell("Not applied", number=True)

    shown = view.order.few(providers)
    titles = {name: sentences.get(name, words.label(name)) for name in order}
    if len(providers) > _MOST_COLUMNS:
        columns = heads("Provider", "Filter", "Hospital spells removed", numbers=1)
        rows = [
            Row([names_row(view.name(provider)), text(titles[name]), cell(name, provider)])
            for provider in providers
            if provider in shown
            for name in order
        ]
    else:
        columns = heads("Filter", *(view.name(provider) for provider in providers), numbers=len(providers))
        rows = [Row([names_row(titles[name]), *(cell(name, provider) for provider in providers)]) for name in order]
    notes = left_out(len(rows) - MOST_ROWS) or chosen(len(shown), len(providers), "providers", where("cohort_filters"))
    idle = "Not applied: the provider’s extract has no values in the columns that the filter needs."
    return Section(
        "cohort",
        "Who is counted",
        [
            Words("Each filter of the cohort, in order, and the hospital spells that it was the first to remove."),
            Grid(
                f"Hospital spells removed by each filter, {view.month_name}",
                columns,
                rows[:MOST_ROWS],
                f"No filter was applied in {view.month_name}.",
                [*([] if frame["applied"].all() else [idle]), *notes],
            ),
        ],
    )
