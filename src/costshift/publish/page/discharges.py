"""Discharges of the month, and how long after their ready date they came."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE
from costshift.publish.page.blocks import (
    Block,
    Cell,
    Grid,
    Row,
    Section,
    Values,
    Words,
    by_setting,
    figure,
    figures,
    heads,
    names_row,
    two_places,
)
from costshift.publish.page.view import View
from costshift.publish.standing_out import named

_BANDS = {
    "delay_1_day": "1 day",
    "delay_2_3_days": "2–3 days",
    "delay_4_6_days": "4–6 days",
    "delay_7_13_days": "7–13 days",
    "delay_14_20_days": "14–20 days",
    "delay_21_plus_days": "21+ days",
}
#: The row of totals, where every provider is listed and where not.
_TOTAL = {False: "All acute providers above", True: "All acute providers, those not listed too"}
_HEADS = (
    "Discharges",
    "On ready date",
    "Share on ready date",
    *_BANDS.values(),
    "Bed days lost",
    "Average delay, all (days)",
    "Average delay, delayed (days)",
    "Ready date missing",
)


def discharges(view: View) -> Section:
    """Discharges by length of delay; providers whose ready dates are not complete apart."""
    frame = view.summary("discharges_by_provider").filter(pl.col("month") == view.content.month)
    of_providers = frame.filter(pl.col("provider").is_not_null())
    good, bad = (
        sorted(part.to_dicts(), key=by_setting)
        for part in (of_providers.filter("acceptable"), of_providers.filter(~pl.col("acceptable")))
    )
    total = frame.filter(pl.col("provider").is_null()).to_dicts() if _acute(good) > 1 else []
    all_names = {row["provider"] for row in good}
    shown = view.order.most(all_names, view.rows)
    left_out = len(all_names) - len(shown)
    missing = (
        "A missing ready date counts as no delay."
        if view.content.project.delays.ready_date_missing == "no_delay"
        else "Discharges without a ready date are left out."
    )
    caption = f"Discharges by length of delay, {view.month_name}"
    empty = f"No provider with complete enough ready dates has discharges in {view.month_name}."
    blocks: list[Block] = [
        Words(
            f"Adults discharged in {view.month_name} after at least one night, by the days from their discharge "
            f"ready date to their discharge. {missing}"
        ),
        *view.chart("delay-bands"),
        *view.chart("funnel"),
        Grid(
            f"{caption}, by provider",
            heads("Provider", *_HEADS, numbers=len(_HEADS)),
            [
                *(Row([provider_cell(view, row), *_cells(row)]) for row in good if row["provider"] in shown),
                *(Row([names_row(_TOTAL[bool(left_out)]), *_cells(row)], "total") for row in total),
            ],
            empty,
            [
                "Average delay, all, counts those who left on their ready date as zero; average delay, delayed, leaves "
                "them out.",
                *(["Official figures use acute hospitals only, and so does the total."] if total else []),
                *view.chosen(len(shown), len(all_names), "providers", "discharge_delays"),
            ],
        ),
    ]
    if bad:
        names = sorted({view.name(row["provider"]) for row in bad})
        apart = {row["provider"] for row in bad}
        listed = view.order.most(apart, view.rows)
        least = f"{view.content.project.delays.ready_date_min_complete:.0%}"
        blocks += [
            Words("Listed apart and left out of totals and costs", "heading"),
            Words(
                f"{named(names)}: the discharge ready date is missing for more than the partners accept. "
                "The figures below are not a finding about delay.",
                "warning",
            ),
            Grid(
                f"{caption}: providers whose ready dates are not complete",
                heads("Provider", *_HEADS, numbers=len(_HEADS)),
                [Row([provider_cell(view, row), *_cells(row)]) for row in bad if row["provider"] in listed],
                empty,
                [
                    f"{NOT_COMPUTABLE}: no discharge ready date at all in the month. Otherwise: ready dates for fewer "
                    f"than {least} of stays of 7 nights or more, so that blank dates would pass for prompt discharges.",
                    *view.chosen(len(listed), len(apart), "providers", "discharge_delays"),
                ],
            ),
        ]
    return Section("discharges", "Discharges and how long they waited", blocks)


def provider_cell(view: View, row: Values) -> Cell:
    """A provider's name, with its setting where that is not acute."""
    return names_row(view.name(row["provider"]), "" if row["setting"] == "acute" else words.label(row["setting"]))


def _acute(rows: Sequence[Values]) -> int:
    return sum(row["setting"] == "acute" for row in rows)


def _cells(row: Values) -> list[Cell]:
    return [
        *figures(row, ("discharges", "discharged_on_ready_date")),
        figure(row, "share_on_ready_date", words.percent),
        *figures(row, (*_BANDS, "bed_days_lost")),
        figure(row, "average_delay_days", two_places),
        figure(row, "average_delay_days_when_delayed", words.decimal),
        figure(row, "ready_date_missing"),
    ]
