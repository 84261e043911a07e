"""The record against both sides' linked dates: where they agree, where they dispute, and where nobody can tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from costshift.delays.agreement_summaries import ALL
from costshift.delays.evidence_states import STATES
from costshift.ledger.summaries import OTHERS
from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE
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
    heads,
    hidden,
    left_out,
    money,
    names_row,
    text,
)
from costshift.publish.page.view import View
from costshift.publish.standing_out import chosen, largest, where
from costshift.standards.evidence import evidence_states

_AGREEMENT = ("agreed_days", "disputed_days", "questioned_days", "untestable_days")
_ROLES = ((ALL, "All together"), ("provider", "By provider"), ("council", "By council"))
_SIDES = {"nhs": "The NHS", "council": "The council", "person": "The person", "none": "Nobody"}


def agreement(view: View) -> Section:
    """Recorded against evidenced, what the dates say, and each partner's days on the three bases."""
    return Section(
        "agreement",
        "What both sides’ dates say of the delayed days",
        [
            Words(
                "Each delayed day is held against the linked records of the same person: the hospital’s referrals and "
                "ready dates, the council’s requests, assessments and services, community contacts and continuing "
                "healthcare cases."
            ),
            Words(
                "Each side writes its own dates, and neither is proof against the other. What the data cannot tell "
                "counts for nobody: a missing record clears no one.",
                "warning",
            ),
            *view.chart("agreement-matrix"),
            _by_organisation(view),
            _over_time(view),
            _by_state(view),
            *view.chart("delayed-days-on-three-bases"),
            _bases(view),
            *_standards(view),
            *_outcomes(view),
        ],
    )


def _by_organisation(view: View) -> Grid:
    frame = view.summary("agreement_by_organisation")
    rows: list[Row] = []
    notes: list[str] = []
    for role, title in _ROLES:
        own = frame.filter(pl.col("role") == role).to_dicts()
        ids = [row["organisation"] for row in own]
        order = view.council_order(ids) if role == "council" else sorted(ids, key=lambda one: (view.name(one), one))
        by_id = {row["organisation"]: row for row in own}
        rows += [group(title)] if own and role != ALL else []
        shown = view.order.most(ids, MOST_ROWS)
        notes += chosen(len(shown), len(ids), f"{role}s", where("attribution_agreement"))
        rows += [
            Row(
                [
                    names_row("All" if role == ALL else view.name(one)),
                    figure(by_id[one], "delayed_bed_days"),
                    *(figure(by_id[one], name) for name in _AGREEMENT),
                    figure(by_id[one], "share_agreed", words.percent),
                ],
                "total" if role == ALL else "row",
            )
            for one in order
            if one in shown
        ]
    return Grid(
        f"Recorded against evidenced side, delayed bed days, {_tested(view)}",
        heads(
            "Organisation",
            *("Delayed bed days", "Agreed", "Disputed", "Questioned", "Untestable", "Agreed of testable"),
            numbers=6,
        ),
        rows,
        "No month can be tested yet.",
        [
            "Agreed: the same side. Disputed: firm evidence of another side. Questioned: presumptive evidence of "
            "another side. Untestable: no side is evidenced, or nothing was recorded.",
            "The latest month of which no more than a tenth of the days are too recent to test.",
            "Sides are the NHS, the council and the person; within the NHS nothing is disputed here.",
            *notes,
        ],
    )


def _by_state(view: View) -> Grid:
    frame = view.summary("days_by_state")
    known = evidence_states()
    order = list(STATES)
    rows = sorted(frame.to_dicts(), key=lambda row: (order.index(row["state"]), row["strength"]))
    return Grid(
        f"What the linked dates say of the delayed bed days, {_tested(view)}",
        [
            *heads("State", "Evidence of", "Strength"),
            *heads("Delayed bed days", "Share", "People", numbers=3),
        ],
        [
            Row(
                [
                    names_row(known[row["state"]][0], note=known[row["state"]][1]),
                    text(_SIDES[STATES[row["state"]][0]]),
                    text("" if row["strength"] == "none" else words.label(row["strength"])),
                    figure(row, "delayed_bed_days"),
                    figure(row, "share", words.percent, bar=True),
                    figure(row, "people"),
                ]
            )
            for row in rows
        ],
        "No month can be tested yet.",
        [
            "Firm: the dates decide. Presumptive: they point to a side, but may hide another’s delay: a service that "
            "starts on the day of discharge, or a request without an assessment.",
            "One person’s days may be in several states: people are not to be added.",
        ],
    )


def _bases(view: View) -> Grid:
    frame = view.summary("bases_by_partner")
    last = [OTHERS, "unallocated"]
    every = _most_days(frame.to_dicts(), last, lambda row: view.name(row["partner"]))
    ordered = sorted(
        every,
        key=lambda row: (row["partner"] in last, row["partner"] == "unallocated", view.name(row["partner"])),
    )
    costs = [name for name in frame.columns if name.endswith("_cost")]
    write = money(value for name in costs for value in frame[name])

    def cells(row: Values) -> list[Cell]:
        return [
            names_row(view.name(row["partner"])),
            figure(row, "recorded_days"),
            _range(row, "days", words.whole),
            figure(row, "reconciled_days"),
            figure(row, "recorded_cost", write),
            _range(row, "cost", write),
            figure(row, "reconciled_cost", write),
        ]

    return Grid(
        f"Each partner’s delayed bed days and their cost on three bases, {_tested(view)}",
        heads(
            "Partner",
            *("Days, recorded", "Days, evidenced", "Days, reconciled"),
            *("Cost, recorded", "Cost, evidenced", "Cost, reconciled"),
            numbers=6,
        ),
        [Row(cells(row)) for row in ordered],
        f"There are no delayed bed days in {view.month_name}.",
        [
            "Evidenced, as a range: by firm evidence alone, to firm and presumptive together. Reconciled: firm "
            "evidence overrides the record, all else keeps it.",
            f"The money of {view.month_name}, below, is on this basis: "
            f"{view.content.project.delays.attribution_basis}.",
            "Unallocated: days of nobody, and of the person.",
            *largest(
                len(every),
                frame.height,
                "partners",
                "the most days, as recorded or as reconciled, that this pack shows",
                where("attribution_bases"),
            ),
        ],
    )


def _most_days(every: Sequence[Values], last: Sequence[str], name: Callable[[Values], str]) -> Sequence[Values]:
    """Of more rows than a table holds those with the most days on some basis, and those of no one partner."""
    if len(every) <= MOST_ROWS:
        return every
    kept = [row for row in every if row["partner"] in last]
    known = sorted(
        (row for row in every if row["partner"] not in last),
        key=lambda row: (-max(row["recorded_days"] or 0, row["reconciled_days"] or 0), name(row), row["partner"]),
    )
    return [*known[: MOST_ROWS - len(kept)], *kept]


def _standards(view: View) -> list[Grid]:
    """The waits of the latest tested month against the days allowed; nothing where none are agreed."""
    allowed = view.content.project.rules.days_allowed
    tested = view.summary("agreement_by_organisation")["month"]
    if not allowed or not tested.len():
        return []
    known = evidence_states()
    rows = [row for row in view.table("step_standards").to_dicts() if row["month"] == tested[0]]
    kind = "working days" if view.content.project.rules.working_days else "days"
    return [
        Grid(
            f"Waits within the days that the partners allow, {_tested(view)}",
            heads("State", "Hospital", "Council", "Allowed", "Delayed bed days", "Within the standard", numbers=3),
            [
                Row(
                    [
                        names_row(known[row["state"]][0]),
                        text(view.name(row["provider"])),
                        text(view.name(row["council"])),
                        Cell(f"{allowed[row['state']]} {kind}", number=True),
                        figure(row, "delayed_bed_days"),
                        figure(row, "within_standard_days"),
                    ]
                )
                for row in sorted(rows, key=lambda row: (row["state"], row["provider"], row["council"]))[:MOST_ROWS]
            ],
            "No delayed day is in a state with a standard.",
            ["A standard of the partners’ own agreement. It changes no attribution.", *left_out(len(rows) - MOST_ROWS)],
        )
    ]


def _outcomes(view: View) -> list[Grid]:
    """What the two sides settled of the month's disputed days; nothing where no spell has a note."""
    table = view.table("dispute_outcomes")
    if not table.height:
        return []
    rows = sorted(
        table.to_dicts(), key=lambda row: (row["month"], view.name(row["provider"]), view.name(row["council"]))
    )[-MOST_ROWS:]
    return [
        Grid(
            "What the two sides settled of the disputed and questioned days",
            heads("Month", "Hospital", "Council", "Outcome", "Days", "Given to another side", "People", numbers=3),
            [
                Row(
                    [
                        names_row(words.month_name(row["month"])),
                        text(view.name(row["provider"])),
                        text(view.name(row["council"])),
                        text(words.label(row["outcome"])),
                        *(figure(row, name) for name in ("delayed_bed_days", "moved_days", "people")),
                    ]
                )
                for row in rows
            ],
            "",
            [
                "Agreed: both sides take the evidence, or named who has the days. Overruled: both keep the record. "
                "Contested, or unsigned by one side: nothing changes.",
                *left_out(table.height - len(rows)),
            ],
        )
    ]


def _range(row: Values, what: str, write: Any) -> Cell:
    """Firm evidence to firm and presumptive, as one cell; of unallocated the other way round."""
    low, high = f"evidenced_firm_{what}", f"evidenced_{what}"
    if row[low] is None or row[high] is None:
        shown = [
            write(row[name]) if row[name] is not None else ("[c]" if name in hidden(row) else NOT_COMPUTABLE)
            for name in (low, high)
        ]
        return Cell(shown[0] if shown[0] == shown[1] else f"{shown[0]} to {shown[1]}", number=True, mark=True)
    ends = sorted((row[low], row[high]))
    return Cell(write(ends[0]) if ends[0] == ends[1] else f"{write(ends[0])} to {write(ends[1])}", number=True)


def _tested(view: View) -> str:
    """The month of the tables by organisation and state, in words."""
    months = view.summary("agreement_by_organisation")["month"]
    return words.month_name(months[0]) if months.len() else view.month_name


def _over_time(view: View) -> Grid:
    return Grid(
        f"Recorded against evidenced side, delayed bed days, month by month to {view.month_name}",
        heads(
            "Month",
            *("Delayed bed days", "Agreed", "Disputed", "Questioned", "Untestable", "Of these, too recent"),
            "Agreed of testable",
            numbers=7,
        ),
        [
            Row(
                [
                    names_row(words.month_name(row["month"])),
                    figure(row, "delayed_bed_days"),
                    *(figure(row, name) for name in (*_AGREEMENT, "too_recent_days")),
                    figure(row, "share_agreed", words.percent),
                ]
            )
            for row in view.summary("agreement_by_month").to_dicts()
        ],
        f"There are no delayed bed days in the months to {view.month_name}.",
        [
            "Too recent: the council’s extracts hold finished events only, and do not yet reach far enough beyond the "
            "delay. Later packs test these days.",
        ],
    )
