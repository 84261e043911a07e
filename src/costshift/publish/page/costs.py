"""Who bore the cost of the delayed days, and each partner's position."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.ledger.summaries import OTHERS
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
    group,
    grouped,
    heads,
    left_out,
    money,
    names_row,
    text,
)
from costshift.publish.page.prices import price_sentences
from costshift.publish.page.view import View
from costshift.publish.standing_out import largest, where

_ON_BASIS = {
    "recorded": "as the hospital recorded it",
    "evidenced": "by both sides’ linked dates",
    "reconciled": "by the record, or by firm evidence where that differs",
}
_OTHERS_NOTE = "Other organisations: all that the project file does not declare, taken together."


def costs(view: View) -> Section:
    """The amounts from driver to payer, and the positions that they add up to."""
    basis = view.content.project.delays.attribution_basis
    return Section(
        "cost",
        "Who bore the cost",
        [
            Words(
                "Bed days valued at average cost, not a saving: no cash moved, and ending a delay would not release "
                "the amount.",
                "warning",
            ),
            Words(
                f"Each delayed bed day goes from the partner to which it belongs {_ON_BASIS[basis]} (the driver) to "
                "the provider in whose bed it was spent (the payer)."
            ),
            *(Words(sentence) for sentence in price_sentences(view)),
            *_late(view),
            *view.chart("flow-of-cost"),
            _shifts(view),
            _positions(view, "positions_by_partner", f"Positions of the partners, {view.month_name}"),
            *_pools(view),
        ],
    )


def _late(view: View) -> list[Words]:
    """What the shifts in cash are, where there are any."""
    if "late_chc_decision" not in _of_month(view, "shifts_by_partner")["kind"]:
        return []
    return [
        Words(
            "Amounts in cash are what councils and people paid while a decision on continuing healthcare was late: "
            "refundable. Whether they were refunded, no extract says. They are never added to bed days."
        )
    ]


def _shifts(view: View) -> Grid:
    shifts = sorted(_of_month(view, "shifts_by_partner").to_dicts(), key=_largest)
    write = money(row["amount"] for row in shifts)
    moved = [row for row in shifts if row["driver"] != row["payer"]]
    own = [row for row in shifts if row["driver"] == row["payer"]]

    def rows(title: str, part: Sequence[Values]) -> list[Row]:
        named = [
            Row(
                [
                    names_row(view.name(row["driver"])),
                    text(view.name(row["payer"])),
                    text(f"{words.label(row['kind'])}, {row['nature']}, {row['basis']}"),
                    figure(row, "people"),
                    figure(row, "amount", write),
                ]
            )
            for row in part[:MOST_ROWS]
        ]
        return [group(title), *named] if named else []

    return Grid(
        f"Cost from driver to payer, {view.month_name}",
        heads("Driver", "Payer", "Kind, nature and basis", "People", "Amount", numbers=2),
        [
            *rows("Driven by one, borne by another", moved),
            *rows("Driven and borne by the same provider: no shift", own),
        ],
        f"No cost was shifted in {view.month_name}: there are no delayed bed days with a price.",
        [
            "One person may stand behind several rows: people are not to be added.",
            "Unallocated: days that no record explains, and days of the person. They are in no partner’s position.",
            *([_OTHERS_NOTE] if any(OTHERS in (row["driver"], row["payer"]) for row in shifts) else []),
            *left_out(max(len(moved) - MOST_ROWS, 0) + max(len(own) - MOST_ROWS, 0)),
        ],
    )


def _largest(row: Values) -> tuple[bool, Decimal, str, str]:
    amount = row["amount"]
    return amount is None, -(amount or Decimal(0)), row["driver"], row["payer"]


def _pools(view: View) -> list[Grid]:
    """What the pools moved: nothing where the place has none."""
    if not view.content.project.pools:
        return []
    shares = view.of_month("pool_shares").to_dicts()
    write = money(value for row in shares for value in (row["fell_on"], row["bears"], row["moved_to"]))

    def cells(row: Values) -> list[Cell]:
        return [
            names_row(view.name(row["partner"])),
            *(figure(row, name, write) for name in ("fell_on", "bears", "moved_to")),
            figure(row, "share_of_spend", words.percent),
            figure(row, "share_of_contributions", words.percent),
        ]

    return [
        _positions(view, "positions_before_pools", f"The positions before the pools, {view.month_name}"),
        Grid(
            f"Pooled budgets, {view.month_name}",
            heads(
                "Partner",
                *("Fell on it", "It bears", "Moved to it", "Share of what fell on all", "Share of the contributions"),
                numbers=5,
            ),
            grouped(shares, lambda row: f"{row['pool']}: {words.label(row['nature'])}, {row['basis']}", cells),
            f"Nothing that a pool covers fell on its partners in {view.month_name}.",
            [
                "A partner on which less falls than it contributes is being drained. A pool moves money between its "
                "own partners only, after attribution.",
            ],
        ),
    ]


def _positions(view: View, summary: str, title: str) -> Grid:
    frame = _of_month(view, summary)
    measures = ("absorbed_for_others", "passed_to_others", "net_absorbed")
    write = money(value for name in measures for value in frame[name])
    last = [OTHERS, UNALLOCATED]
    kept = [
        row
        for _, own in sorted(frame.group_by("nature", "basis"), key=lambda part: part[0])
        for row in largest_nets(view, own.to_dicts(), last)
    ]
    ordered = sorted(
        kept,
        key=lambda row: (
            row["nature"],
            row["basis"],
            row["partner"] in last,
            row["partner"] == UNALLOCATED,
            view.name(row["partner"]),
        ),
    )

    def cells(row: Values) -> list[Cell]:
        return [names_row(view.name(row["partner"])), *(figure(row, name, write) for name in measures)]

    balance = (
        "The uncontrolled nets sum to zero to the penny, which the run checks; suppressed and rounded ones need not."
        if view.controlled
        else "Nets sum to zero to the penny, unallocated included."
    )
    return Grid(
        title,
        heads("Partner", "Absorbed for others", "Passed to others", "Net absorbed", numbers=3),
        grouped(ordered, lambda row: f"{words.label(row['nature'])}, {row['basis']}", cells),
        f"There are no positions for {view.month_name}.",
        [
            balance,
            "A net above zero: the partner bore more for others than others bore for it.",
            *([_OTHERS_NOTE] if OTHERS in frame["partner"] else []),
            *largest(len(kept), frame.height, "rows", "the largest net, either way", where("partner_positions")),
        ],
    )


def largest_nets(view: View, rows: Sequence[Values], last: Sequence[str]) -> list[Values]:
    """Of more positions than a table holds those with the largest net, either way, and those of no one partner.

    What is suppressed or not known comes last; ties go by name.
    """
    if len(rows) <= MOST_ROWS:
        return list(rows)
    kept = [row for row in rows if row["partner"] in last]
    own = sorted(
        (row for row in rows if row["partner"] not in last),
        key=lambda row: (
            row["net_absorbed"] is None,
            -abs(row["net_absorbed"] or 0),
            view.name(row["partner"]),
            row["partner"],
        ),
    )
    return [*own[: MOST_ROWS - len(kept)], *kept]


def _of_month(view: View, summary: str) -> pl.DataFrame:
    return view.summary(summary).filter(pl.col("month") == view.content.month)
