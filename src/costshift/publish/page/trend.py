"""Delayed beds over the last 13 months, by provider."""

from __future__ import annotations

import datetime as dt

from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE
from costshift.publish.page.blocks import Cell, Grid, Row, Section, Values, Words, by_setting, figure, heads, mark
from costshift.publish.page.discharges import provider_cell
from costshift.publish.page.view import View

_MONTHS = 13


def trend(view: View) -> Section:
    """One row a provider and setting, one column a month, with provisional and incomplete months marked."""
    months = last_months(view.content.month)
    found = {
        (row["provider"], row["setting"], row["month"]): row
        for row in view.summary("delayed_beds_by_provider").to_dicts()
        if row["month"] in months
    }
    providers = {provider for provider, _, _ in found}
    shown = view.order.most(providers, view.rows)
    series = sorted(
        {key[:2] for key in found if key[0] in shown},
        key=lambda key: by_setting({"provider": key[0], "setting": key[1]}),
    )
    grid = Grid(
        f"Delayed beds by provider, {words.month_name(months[0])} to {view.month_name}",
        heads("Provider", *(words.short_month(month) for month in months), numbers=len(months)),
        [
            Row(
                [
                    provider_cell(view, {"provider": provider, "setting": setting}),
                    *(_beds(found.get((provider, setting, month))) for month in months),
                ]
            )
            for provider, setting in series
        ],
        f"There are no delayed bed days from {words.month_name(months[0])} to {view.month_name}.",
        [
            "A difference between two months is not in itself a change: small numbers vary by chance.",
            *view.chosen(len(shown), len(providers), "providers", "spc"),
        ],
    )
    intro = Words(
        "Beds filled on an average day of each month by people who were ready to leave: delayed bed days divided by "
        "the days in the month, people still waiting included."
    )
    return Section("trend", "Delayed beds over the last 13 months", [intro, grid])


def last_months(last: dt.date) -> list[dt.date]:
    """The 13 months that end with one."""
    index = last.year * 12 + last.month - 1
    return [dt.date(place // 12, place % 12 + 1, 1) for place in range(index - _MONTHS + 1, index + 1)]


def _beds(row: Values | None) -> Cell:
    if row is None:
        # A month without discharges and without delayed days is unknown, not zero.
        return mark(NOT_COMPUTABLE)
    flags = [words.PROVISIONAL] if row["provisional"] else []
    if not row["acceptable"] and row["delayed_beds"] is not None:
        flags.append(words.INCOMPLETE)
    return figure(row, "delayed_beds", words.decimal, note=" ".join(flags))
