"""Who is waiting: people delayed on the as-at date, by provider and by pathway."""

from __future__ import annotations

import polars as pl

from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE
from costshift.publish.page.blocks import (
    Block,
    Grid,
    Row,
    Section,
    Words,
    by_setting,
    figures,
    heads,
    names_pathway,
)
from costshift.publish.page.discharges import provider_cell
from costshift.publish.page.view import View

_LENGTHS = {
    "people_delayed": "People delayed",
    "people_delayed_7_plus": "In hospital 7 nights or more",
    "people_delayed_14_plus": "14 nights or more",
    "people_delayed_21_plus": "21 nights or more",
}


def waiting(view: View) -> Section:
    """The census, by provider and by discharge pathway."""
    as_at = words.day_name(view.content.as_at)
    intro = Words(
        f"People who were ready to leave hospital and still in a bed at the end of {as_at}, and of these those who "
        "had been in hospital for 7, 14 and 21 nights or more."
    )
    empty = f"Nobody was recorded as ready to leave and still in a bed on {as_at}."
    every = sorted(_on_the_day(view, "census_by_provider").to_dicts(), key=by_setting)
    ids = {row["provider"] for row in every}
    shown = view.order.most(ids, view.rows)
    providers = [row for row in every if row["provider"] in shown]
    blank = any(row["people_delayed"] is None and not row.get("suppressed") for row in providers)
    why = f"{NOT_COMPUTABLE}: the provider sends no people who are still waiting, or no ready dates for the month."
    by_provider = Grid(
        f"People delayed on {as_at}, by provider",
        heads("Provider", *_LENGTHS.values(), numbers=4),
        [Row([provider_cell(view, row), *figures(row, _LENGTHS)]) for row in providers],
        empty,
        [
            "Each length of stay includes the longer ones: the columns are never to be added.",
            *([why] if blank else []),
            *view.chosen(len(shown), len(ids), "providers", "census"),
        ],
    )
    pathways = _on_the_day(view, "census_by_pathway").sort("discharge_pathway").to_dicts()
    if not pathways:
        return Section("waiting", "Who is waiting", [intro, by_provider])
    by_pathway: Block = Grid(
        f"People delayed on {as_at}, by discharge pathway, all settings",
        heads("Pathway", *_LENGTHS.values(), numbers=4),
        [Row([names_pathway(row["discharge_pathway"]), *figures(row, _LENGTHS)]) for row in pathways],
        empty,
    )
    if all(row["discharge_pathway"] == "unknown" for row in pathways):
        by_pathway = Words("No discharge pathway is recorded for the people still waiting.")
    return Section("waiting", "Who is waiting", [intro, by_provider, by_pathway])


def _on_the_day(view: View, summary: str) -> pl.DataFrame:
    return view.summary(summary).filter(pl.col("date") == view.content.as_at)
