"""To whom the hospitals' own records attribute the delayed days, and for which reasons."""

from __future__ import annotations

from typing import Any

import polars as pl

from costshift.publish import words
from costshift.publish.page.blocks import (
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
    names_row,
    none_told,
    only_hidden,
    setting_place,
    tells,
    text,
)
from costshift.publish.page.view import View

_MOST_REASONS = 10
_MEASURES = ("delayed_bed_days", "people")


def attribution(view: View) -> Section:
    """Delayed bed days by recorded attribution, and by reason."""
    blocks: list[Block] = [
        Words(
            f"Every delayed bed day of {view.month_name} has one recorded attribution: the one in the record, else the "
            "share of the recorded reason. Providers with complete enough ready dates."
        ),
        Words(
            "This is what the hospitals recorded, not what happened: the next section holds it against both sides’ "
            "dates. Where only a reason was recorded, its sharing between partners is costshift’s proposal and not "
            "official.",
            "warning",
        ),
        *view.chart("delayed-days-by-attribution"),
        _attributions(view),
        _reasons(view),
    ]
    return Section("attribution", "To whom the delayed days are recorded", blocks)


def _attributions(view: View) -> Grid:
    rows: list[Row] = []
    for setting, own in _by_setting(view, "days_by_attribution"):
        rows += [group(f"{words.label(setting)} beds")]
        named = [row for row in own if row["recorded_attribution"] is not None]
        rows += [
            Row([names_row(words.label(row["recorded_attribution"])), *_cells(row, bar=True)])
            for row in sorted(named, key=lambda row: _most_days(row, "recorded_attribution"))
        ]
        rows += [
            Row([names_row("All"), *_cells(row, bar=False)], "total")
            for row in own
            if row["recorded_attribution"] is None
        ]
    return Grid(
        f"Delayed bed days by recorded attribution, {view.month_name}",
        heads("Recorded to", "Delayed bed days", "Share", "Delayed beds", "People", numbers=4),
        rows,
        f"There are no delayed bed days in {view.month_name}.",
        ["One person’s days may be recorded to several: people are not to be added."],
    )


def _reasons(view: View) -> Grid:
    labels, sharing = _labels(view), _shares(view)
    rows: list[Row] = []
    every, silent, others = 0, 0, 0
    for setting, own in _by_setting(view, "days_by_reason"):
        named = [row for row in own if row["delay_reason"] is not None]
        telling = sorted(
            (row for row in named if tells(row, _MEASURES)), key=lambda row: _most_days(row, "delay_reason")
        )
        every, silent = every + len(named), silent + len(named) - len(telling)
        others += len(telling[_MOST_REASONS:])
        rows += [group(f"{words.label(setting)} beds")] if telling else []
        rows += [
            Row(
                [
                    names_row(labels.get(row["delay_reason"], row["delay_reason"])),
                    text(sharing.get(row["delay_reason"], "Not stated")),
                    *_cells(row, bar=True),
                ]
            )
            for row in telling[:_MOST_REASONS]
        ]
    more = f"{words.counted(others, 'other reason', 'other reasons')} with fewer days: in the workbook."
    return Grid(
        f"The reasons with the most delayed bed days, {view.month_name}",
        [
            *heads("Reason, as published by NHS England", "Goes to"),
            *heads("Delayed bed days", "Share", "Delayed beds", "People", numbers=4),
        ],
        rows,
        none_told(range(every), f"There are no delayed bed days in {view.month_name}."),
        [
            "Goes to: costshift’s proposal, not official; where the record names an attribution, that counts instead.",
            *([more] if others else []),
            *only_hidden(silent),
        ],
    )


def _by_setting(view: View, summary: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The month's rows of a summary, setting by setting."""
    frame = view.summary(summary).filter(pl.col("month") == view.content.month)
    settings = sorted(frame["setting"].unique(), key=lambda setting: (setting_place(setting), setting))
    return [(setting, frame.filter(pl.col("setting") == setting).to_dicts()) for setting in settings]


def _most_days(row: Values, name: str) -> tuple[bool, int, str]:
    """The most days first, by what is shown: the order, too, must not tell what is suppressed."""
    return row["delayed_bed_days"] is None, -(row["delayed_bed_days"] or 0), row[name]


def _cells(row: Values, *, bar: bool) -> list[Cell]:
    return [
        figure(row, "delayed_bed_days"),
        figure(row, "share", words.percent, bar=bar),
        figure(row, "delayed_beds", words.decimal),
        figure(row, "people"),
    ]


def _labels(view: View) -> dict[str, str]:
    return dict(view.table("delay_reasons").select("delay_reason", "label").iter_rows())


def _shares(view: View) -> dict[str, str]:
    """``community 50, council 50`` as Community 50%, Council 50%."""
    titles = {"provider": "Provider of the bed", "not_recorded": "Nobody"}
    found: dict[str, str] = {}
    for reason, shares in view.table("delay_reasons").select("delay_reason", "attribution").iter_rows():
        parts = [part.rpartition(" ") for part in (shares or "").split(", ") if part]
        names = [(titles.get(kind, words.label(kind)), share) for kind, _, share in parts]
        found[reason] = names[0][0] if len(names) == 1 else ", ".join(f"{name} {share}%" for name, share in names)
    return found
