"""Change or chance: what the control charts say of each partner, and the charts."""

from __future__ import annotations

from itertools import groupby

from costshift.indicators.series import by_chance
from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Block,
    Cell,
    Grid,
    Head,
    Row,
    Section,
    Words,
    group,
    heads,
    names_row,
    text,
)
from costshift.publish.page.view import View
from costshift.publish.signals import ASSURANCE, VARIATION, Series, series_of, signals_change, verdict
from costshift.publish.standing_out import MOST_NAMED, chosen, largest, where
from costshift.statistics.xmr import CAUTION_ABOVE, COMMON_CAUSE

_TONES = {"improving": "pass", "concerning": "warn", "consistent_pass": "pass", "consistent_fail": "warn"}


def signals(view: View) -> Section:
    """A table of every series, judged alike, and the charts of the main ones."""
    every = series_of(view.table("spc"), view.names)
    intro = Words(
        "Small numbers go up and down by chance. A control chart sets limits by how much a series moves from one month "
        "to the next; what stays within them is no reliable change, in either direction and for every partner."
    )
    if not every:
        return Section("signals", "Change or chance", [intro, _table(every, view)])
    blocks: list[Block] = [intro, *_chance(every), _table(every, view), *_drawn(every, view)]
    for own in every:
        blocks += view.chart(f"xmr-{own.measure.replace('_', '-')}-{own.partner}")
    return Section("signals", "Change or chance", blocks)


def _drawn(every: list[Series], view: View) -> list[Words]:
    """Whose charts are drawn, where a place has more partners than pictures."""
    judged = [own for own in every if own.judged]
    drawn = sum(key.startswith("xmr-") for key in (*view.content.pictures, *view.content.pictures_left_out))
    if len({own.partner for own in judged}) <= MOST_NAMED or not drawn:
        return []
    return [
        Words(f"Pictures. {note}") for note in chosen(drawn, len(judged), "series that can be judged", where("spc"))
    ]


def _chance(every: list[Series]) -> list[Words]:
    """How many signal, and how many would if nothing changed anywhere."""
    judged = [own for own in every if not own.adjusted and own.judged and own.latest in own.judged]
    signal = sum(own.judged[-1]["special_cause"] != COMMON_CAUSE for own in judged)
    if not judged:
        return []
    expected = words.decimal(by_chance([len(own.judged) for own in judged]))
    together = sum((own.rows[0]["autocorrelation"] or 0) > CAUTION_ABOVE for own in judged)
    caution = (
        f" In {words.counted(together, 'series', 'series')} neighbouring months move together, so that signals "
        "come more easily than that."
        if together
        else ""
    )
    told = "none signals" if not signal else f"{signal} {'signals' if signal == 1 else 'signal'}"
    return [
        Words(
            f"Of {words.counted(len(judged), 'series', 'series')} judged, {told} a special cause at the last point; "
            f"if nothing had changed anywhere, about {expected} would by chance.{caution}"
        )
    ]


def _table(every: list[Series], view: View) -> Grid:
    rows: list[Row] = []
    targets = any(own.latest and own.latest["target"] is not None for own in every)
    kept = 0
    for title, own in groupby(every, key=_title):
        shown = _standing_out(list(own), view)
        kept += len(shown)
        rows += [group(title), *(Row(_cells(series, targets)) for series in shown)]
    return Grid(
        "What the last point of each series says",
        [
            *heads("Partner", "Last point"),
            *heads("Value", "Mean", "Lower limit", "Upper limit", numbers=4),
            *heads("Variation", "Why"),
            *([Head("Target", True), Head("Assurance")] if targets else []),
        ],
        rows,
        "No series has months enough to be shown.",
        [
            "Limits: mean and 2.66 mean moving ranges. A ratio with fewer than 30 discharges in some month goes by "
            "quarter. Limits below zero or above 100% cannot be reached.",
            *([] if targets else ["No target is given in the project file."]),
            *largest(
                kept,
                len(every),
                "series",
                "a change at their last point first, then the most delayed bed days of the month that this pack shows",
                where("spc"),
            ),
        ],
    )


def _standing_out(own: list[Series], view: View) -> list[Series]:
    """Of more series of a measure than a table holds those that signal a change, then those with the most days."""
    if len(own) <= MOST_ROWS:
        return own
    place = {partner: at for at, partner in enumerate(view.order.of(series.partner for series in own))}
    first = sorted(own, key=lambda series: (not signals_change(series), place[series.partner]))[:MOST_ROWS]
    kept = {series.partner for series in first}
    return [series for series in own if series.partner in kept]


def _title(series: Series) -> str:
    adjusted = ", adjusted for season" if series.adjusted else ""
    unit = {"beds": "beds", "days": "days", "share": "share"}[series.own["unit"]]
    return f"{series.own['short_label']}{adjusted} ({unit})"


def _cells(series: Series, targets: bool) -> list[Cell]:
    latest = series.latest
    if latest is None:
        marked = [Cell(SUPPRESSED if series.hidden else NOT_COMPUTABLE, number=True, mark=True)] * 4
        blank = [Cell(NOT_COMPUTABLE, number=True, mark=True), text("Not judged")] if targets else []
        return [names_row(series.name), text("None"), *marked, text("Not judged"), text(verdict(series)), *blank]
    figures = [
        Cell(series.written(latest[name], unit=False), number=True, mark=latest[name] is None)
        for name in ("value", "mean", "lower_limit", "upper_limit")
    ]
    variation = VARIATION.get(latest["variation"] or "", ("", "Not judged"))[1]
    tone = _TONES.get((latest["variation"] or "").partition("_")[0], "")
    cells = [
        names_row(series.name),
        text(series.when(latest["month"])),
        *figures,
        Cell(variation, tone=tone) if tone else text(variation),
        text(verdict(series)),
    ]
    if targets:
        target = latest["target"]
        judged = ASSURANCE.get(latest["assurance"] or "", ("", "Not judged" if target is not None else "No target"))[1]
        cells += [
            Cell("None" if target is None else series.written(target, unit=False), number=True),
            text(judged),
        ]
    return cells
