"""Delayed bed days by attribution, on one basis or on several side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import EDGE, INK, SMALL, SOFT, WIDTH, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Grid, Row, Values, figure, heads, hidden, names_row
from costshift.publish.standing_out import MOST_NAMED, largest, where

#: Attributions from the hospital's own to nobody's.
ORDER = ("acute", "community", "mental_health", "icb", "council", "person", "not_recorded", "unknown", "none")
#: What they are called in a chart, where the whole table is not beside them.
NAMES = {
    "acute": "The hospital itself",
    "community": "Community health",
    "mental_health": "Mental health",
    "icb": "The ICB",
    "council": "Councils",
    "person": "The person or family",
    "not_recorded": "Nobody recorded",
    "unknown": "Provider of unknown setting",
    "none": "Nobody",
}
#: The same within a sentence, where small letters do not do.
_TO_WHOM = {"icb": "the ICB", "not_recorded": "nobody", "unknown": "a provider of unknown setting"}
_ROW, _LEFT, _TOP = 34, 160, 22

#: Rows of one basis by attribution; None: all together.
Basis = Mapping[str | None, Mapping[str, Any]]


def attribution_chart(bases: Mapping[str, Basis], setting: str, month: str, source: str) -> Chart:
    """Bars of delayed bed days by attribution, one panel a basis.

    Args:
        bases: basis (recorded, evidenced, reconciled) to its rows by attribution (None for all together):
            delayed_bed_days, share and suppressed.
        setting: whose beds, in words.
        month: the month's name.
        source: where the figures come from.
    """
    kinds = [kind for kind in ORDER if any(kind in rows for rows in bases.values())]
    main, rows = next(iter(bases.items()))
    known = [(kind, rows[kind]) for kind in kinds if kind in rows and rows[kind]["delayed_bed_days"]]
    title = f"{words.label(main)} attribution: no delayed bed days can be shown"
    if known:
        most, row = max(known, key=lambda own: own[1]["delayed_bed_days"])
        whom = _TO_WHOM.get(most, _name(most).lower())
        part = "" if row["share"] is None else f" ({words.percent(row['share'])})"
        days = words.counted(row["delayed_bed_days"], "delayed bed day", "delayed bed days")
        title = f"The most days are {main} to {whom}: {days}{part}"
        if any(kind in rows and rows[kind]["delayed_bed_days"] is None for kind in kinds):
            # What is suppressed rests on few people, who may have waited for long.
            title = f"Of what can be shown, t{title[1:]}"
    texts = []
    for basis, own in bases.items():
        listed = ", ".join(f"{_name(kind)}: {_days(own[kind])}{_share(own[kind])}" for kind in kinds if kind in own)
        whole = f"; all: {_days(own[None])}" if None in own else ""
        texts.append(f"{words.label(basis)}: {listed}{whole}.")
    every = " ".join(texts)
    return Chart(
        key="delayed-days-by-attribution",
        title=title,
        alternative=f"Bar chart of delayed bed days in {setting} beds, {month}, by attribution. {every}"
        + (f" {SUPPRESSED} is suppressed." if SUPPRESSED in every else ""),
        source=source,
        drawing=canvas.picture(
            title,
            f"Delayed bed days in {setting} beds, {month}, by whom they are attributed to. Days, and share of all.",
            source,
            _TOP + _ROW * len(kinds) + 6,
            _panels(bases, {kind: (_name(kind), canvas.kind_colour(kind)) for kind in kinds}),
        ),
        grid=_grid(bases, {kind: _name(kind) for kind in kinds}, "Attribution", title, shares=True),
    )


def bases_chart(
    rows: Sequence[Mapping[str, Any]], name: Callable[[str], str], kind: Callable[[str], str], month: str, source: str
) -> Chart | None:
    """Delayed bed days by the partner that they are attributable to, on the three bases. None without a row.

    Args:
        rows: bases_by_partner of one month: partner, recorded_days, evidenced_days, reconciled_days, and suppressed.
        name: a partner's name.
        kind: a partner's type, for its colour.
        month: the month's name.
        source: where the figures come from.
    """
    if not rows:
        return None
    own = {
        basis: {
            row["partner"]: {
                "delayed_bed_days": row[f"{basis}_days"],
                "share": None,
                "suppressed": "delayed_bed_days" if f"{basis}_days" in hidden(row) else "",
            }
            for row in rows
        }
        for basis in ("recorded", "evidenced", "reconciled")
    }
    drawn = _standing_out(rows, name)
    order = sorted((row["partner"] for row in drawn), key=lambda partner: (partner == "unallocated", name(partner)))
    told = [
        row
        for row in rows
        if row["partner"] != "unallocated" and row["recorded_days"] is not None and row["reconciled_days"] is not None
    ]
    most = max(told, key=lambda row: (abs(row["reconciled_days"] - row["recorded_days"]), row["partner"]), default=None)
    partners = [row for row in rows if row["partner"] != "unallocated"]
    shown = " that can be shown" if len(told) < len(partners) else ""
    title = f"The evidence changes no partner’s delayed bed days{shown}"
    if most is None:
        title = "How the evidence changes delayed bed days cannot be shown"
    elif most["recorded_days"] != most["reconciled_days"]:
        before, after = (_days(own[basis][most["partner"]]) for basis in ("recorded", "reconciled"))
        begin = f"Of those{shown}, the" if shown else "The"
        title = f"{begin} evidence changes the delayed bed days of {name(most['partner'])} most: {before} as recorded, "
        title += f"{after} reconciled"
    notes = largest(
        len(drawn), len(rows), "partners", "the most days, as recorded or as reconciled", where("attribution_bases")
    )
    listed = " ".join(
        f"{words.label(basis)}: {', '.join(f'{name(partner)}: {_days(parts[partner])}' for partner in order)}."
        for basis, parts in own.items()
    )
    return Chart(
        key="delayed-days-on-three-bases",
        title=title,
        alternative=f"Bar chart of delayed bed days, {month}, by partner on three bases. {listed}"
        + (f" {SUPPRESSED} is suppressed." if SUPPRESSED in listed else "")
        + "".join(f" {note}" for note in notes),
        source=source,
        drawing=canvas.picture(
            title,
            f"Delayed bed days, {month}, by the partner that they are attributable to. Days."
            + "".join(f" {note}" for note in notes),
            source,
            _TOP + _ROW * len(order) + 6,
            _panels(own, {partner: (name(partner), canvas.kind_colour(kind(partner))) for partner in order}),
        ),
        grid=replace(
            _grid(own, {partner: name(partner) for partner in order}, "Partner", title, shares=False), notes=notes
        ),
    )


def _standing_out(rows: Sequence[Values], name: Callable[[str], str]) -> Sequence[Values]:
    """Up to 12 partners; of more the 12 with the most days, as recorded or as reconciled, and those of nobody."""
    own = [row for row in rows if row["partner"] != "unallocated"]
    if len(own) <= MOST_NAMED:
        return rows
    order = sorted(
        own,
        key=lambda row: (
            -max(row["recorded_days"] or 0, row["reconciled_days"] or 0),
            name(row["partner"]),
            row["partner"],
        ),
    )
    return [*order[:MOST_NAMED], *(row for row in rows if row["partner"] == "unallocated")]


def _name(kind: str) -> str:
    return NAMES.get(kind, words.label(kind))


def _panels(bases: Mapping[str, Basis], looks: Mapping[str, tuple[str, str]]) -> list[Shape]:
    """One panel a basis; ``looks``: name and colour of each row, in order."""
    kinds = list(looks)
    room = (WIDTH - 2 * EDGE - _LEFT) / len(bases)
    # Room beside the longest bar for its figures.
    most = max((row["delayed_bed_days"] or 0 for rows in bases.values() for row in _each(rows, kinds)), default=0) or 1
    shapes = []
    for place, (label, _) in enumerate(looks.values()):
        lines = canvas.label_lines(label, _LEFT - 12, 13, 2)
        middle = _TOP + (place + 0.5) * _ROW - (len(lines) - 1) * 8
        shapes += [
            canvas.words(line, _LEFT - 10, middle + row * 16, align="end", middle=True)
            for row, line in enumerate(lines)
        ]
    for panel, (basis, rows) in enumerate(bases.items()):
        x = canvas.scale([most], 0, room - 108, room=0)
        own = [canvas.words(words.label(basis), 0, 12, bold=True)]
        for place, kind in enumerate(kinds):
            y = _TOP + place * _ROW
            row = rows.get(kind)
            if row is None:
                own.append(canvas.words("0", 6, y + _ROW / 2, size=SMALL, middle=True))
                continue
            length = x(row["delayed_bed_days"] or 0)
            own += [
                canvas.box(0, y + 5, length, _ROW - 10, looks[kind][1], stroke=INK if length else ""),
                canvas.words(f"{_days(row)}{_share(row)}", length + 6, y + _ROW / 2, size=SMALL, middle=True),
            ]
        own.append(canvas.rule(0, _TOP, 0, _TOP + _ROW * len(kinds), colour=SOFT))
        shapes.append(canvas.moved(own, _LEFT + panel * room, 0))
    return [canvas.moved(shapes, EDGE, 0)]


def _each(rows: Basis, kinds: Sequence[str]) -> list[Mapping[str, Any]]:
    return [rows[kind] for kind in kinds if kind in rows]


def _days(row: Mapping[str, Any]) -> str:
    own = row["delayed_bed_days"]
    if own is None:
        return SUPPRESSED if "delayed_bed_days" in hidden(row) else NOT_COMPUTABLE
    return words.whole(own)


def _share(row: Mapping[str, Any]) -> str:
    return "" if row["share"] is None else f" ({words.percent(row['share'])})"


def _grid(bases: Mapping[str, Basis], names: Mapping[str, str], what: str, title: str, *, shares: bool) -> Grid:
    parts = [("delayed_bed_days", "days", words.whole), *([("share", "share", words.percent)] if shares else [])]
    nothing = {"delayed_bed_days": 0, "share": 0.0}
    whole = any(None in rows for rows in bases.values())
    return Grid(
        f"Figures of the chart: {title}",
        heads(
            what,
            *(f"{words.label(own)}: {of}" for own in bases for _, of, _ in parts),
            numbers=len(parts) * len(bases),
        ),
        [
            Row(
                [
                    names_row("All" if kind is None else names[kind]),
                    *(
                        figure(rows.get(kind, nothing), column, write)
                        for rows in bases.values()
                        for column, _, write in parts
                    ),
                ],
                "row" if kind else "total",
            )
            for kind in (*names, *([None] if whole else []))
        ],
        "There are no delayed bed days.",
    )
