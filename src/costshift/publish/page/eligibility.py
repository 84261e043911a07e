"""Decisions on eligibility: who was found eligible, why that changed, and what followed for others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import polars as pl

from costshift import standards
from costshift.ledger.delay_shifts import UNALLOCATED
from costshift.ledger.summaries import OTHERS
from costshift.publish import words
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Block,
    Cell,
    Grid,
    Row,
    Section,
    Terms,
    Values,
    Words,
    figure,
    grouped,
    heads,
    hidden,
    left_out,
    mark,
    money,
    names_row,
    none_told,
    text,
    two_places,
)
from costshift.publish.page.costs import largest_nets
from costshift.publish.page.view import View
from costshift.publish.standing_out import chosen, councils_drawn, largest, where

_EXPOSURES = {
    "lost": "Lost council support",
    "refused": "Refused at a first decision",
    "reduced": "Package reduced by a fifth or more",
    "chc_lost": "Lost continuing healthcare",
    "chc_refused": "Refused continuing healthcare",
}
_COMPONENTS = {
    "volume": "Volume: requests",
    "mix": "Mix: age, sex, support reason",
    "access": "Access: requests that reach an assessment",
    "rate": "Rate: found eligible, of those assessed",
    "change": "Change in people found eligible",
    "review_volume": "Reviews: volume",
    "review_mix": "Reviews: mix",
    "review_rate": "Reviews: still found eligible",
    "review_change": "Reviews: change in people still eligible",
    "chc_volume": "Continuing healthcare: checklists",
    "chc_mix": "Continuing healthcare: mix",
    "chc_access": "Continuing healthcare: checklists that reach a decision",
    "chc_rate": "Continuing healthcare: found eligible, of those decided",
    "chc_change": "Continuing healthcare: change in people found eligible",
}
#: The table's name for the decisions that were tested together, and its words.
_CHC_STREAMS = ("chc_requests and chc_reviews", "continuing healthcare checklists and reviews")
_FINER = "_with_band_and_route"
#: What would mislead whoever reads the figures without it.
CANNOT_SAY = (
    (
        "Need that is not recorded",
        "Fewer people found eligible for the same recorded age, sex and support reason may be practice, or a change "
        "in need that nobody recorded. Access and rate are called a policy’s effect only where a dated policy stands "
        "beside them.",
    ),
    (
        "Bands and routes",
        "Assessors rate needs higher where thresholds tighten. What the recorded band and route would change is in "
        "the table eligibility_decomposition, beside what is shown here.",
    ),
    (
        "People who leave the data",
        "Who moves away, or goes private, is seen no more and looks like somebody who needs nothing. Leavers are "
        "counted beside each effect.",
    ),
    (
        "People who are not found on the other side",
        "Whose records cannot be linked looks like somebody who uses nothing there: an effect is too small by about "
        "the share of people who are missed. How many are found is under linkage.",
    ),
    (
        "Deaths",
        "Use is zero after death, so that more deaths look like less cost. The difference in deaths stands beside "
        "each effect; the cost while alive is in the table shift_effects.",
    ),
    (
        "Small councils",
        "Under 50 matched people there are counts and no effect; above, an effect smaller than the least that would "
        "be found is not seen. That none was found does not mean that there is none.",
    ),
    (
        "Changes of recording",
        "No comparison reaches across a change of release, a recording change, or a jump in the share of recorded "
        "needs; smaller changes go unseen.",
    ),
    (
        "Unpaid carers",
        "What relatives and friends do in place of support costs nobody here anything.",
    ),
    (
        "Private care",
        "What people buy themselves is in no extract: it is no saving, and no cost of a partner.",
    ),
    (
        "The 90 days around a decision",
        "Left out on both sides, because a crisis brings decisions about. What happens in them is in the event study "
        "and in no pound.",
    ),
    (
        "Different need, moving apart",
        "If the need of those who lost support was already growing faster than that of those who kept it, the growth "
        "is read as an effect. The placebo and the event study show it; nothing here corrects it.",
    ),
)


def eligibility(view: View) -> Section:
    """Effects of decisions with their intervals, the components of change, and what neither can say."""
    notes = [check for check in view.content.checks if check.name == "effects_of_eligibility_are_estimated"]
    return Section(
        "eligibility",
        "Decisions on eligibility, and what followed",
        [
            Words(
                "When fewer people are found eligible, do others’ costs rise? People who lost support, or were refused "
                "it, are compared with people of the same council, quarter, age, sex, support reason and care setting "
                "who kept it or were accepted: the change in what they cost the other side, from 270 to 90 days before "
                "the decision to 90 to 270 days after."
            ),
            *(Words(words.detail(check), "warning") for check in notes if check.status != "pass"),
            _effects(view),
            *_charts(view, "event-study-"),
            *_not_drawn(view),
            _shifts(view),
            _positions(view),
            _rates(view),
            *_charts(view, "eligibility-waterfall-"),
            _components(view),
            *_charts(view, "realised-eligibility-"),
            _thresholds(view),
            *_breaks(view),
            Words("What it cannot say", "heading"),
            Terms([(term, [sentence]) for term, sentence in CANNOT_SAY]),
        ],
    )


def _charts(view: View, beginning: str) -> list[Block]:
    """The charts whose names begin so, in order."""
    return [
        block
        for key in sorted({*view.content.pictures, *view.content.pictures_left_out})
        if key.startswith(beginning)
        for block in view.chart(key)
    ]


def _not_drawn(view: View) -> list[Block]:
    """Whose event studies, components and months are drawn, where a place has more councils than pictures."""
    few, every = councils_drawn(view.content, view.order)
    tables = "shift_effects, eligibility_decomposition and realised_eligibility"
    place = f"in tables/ and, where a workbook is made, in its sheets {tables}"
    return [Words(f"Pictures of this section. {note}") for note in chosen(len(few), every, "councils and ICBs", place)]


def _effects(view: View) -> Grid:
    shown = view.table("shift_effects").filter(
        (pl.col("design") == "main")
        & pl.col("outcome").is_in(
            ["nhs_cost", "council_cost", "contacts", "attendances", "bed_days", "deaths", "leavers"]
        )
    )
    few = view.order.few(shown["council"].unique())
    rows = [row for row in shown.to_dicts() if row["council"] in few]

    def cells(row: Values) -> list[Cell]:
        unit, write = _written(row["unit"])
        return [
            names_row(words.label(row["outcome"]).replace("Nhs", "NHS"), note=unit),
            figure(row, "people"),
            figure(row, "unmatched"),
            figure(row, "effect_per_person_month", write, note=_doubt(row)),
            _interval(row, "effect_low", "effect_high", write),
            _interval(row, "robust_low", "robust_high", write),
            figure(row, "minimum_detectable", write),
        ]

    return Grid(
        "Effect of a decision, a person-month",
        heads(
            *("Outcome", "Matched people", "Not matched", "Effect", "95% interval", "With the placebo"),
            "Smallest that would be found",
            numbers=6,
        ),
        grouped(rows[:MOST_ROWS], lambda row: _title(view, row), cells),
        "There is no decision whose effect could be looked for.",
        [
            "An effect whose interval holds zero cannot be told from none.",
            "With the placebo: the interval, wider by the difference that such people showed a year before; where it "
            "holds zero, the effect cannot be told from a prior difference.",
            "Every day of any delay, and every bed day of a stay that was open at the decision, is left out.",
            *left_out(len(rows) - MOST_ROWS),
            *chosen(len(few), shown["council"].n_unique(), "councils and ICBs", where("shift_effects")),
        ],
    )


def _doubt(row: Values) -> str:
    low, high = row["effect_low"], row["effect_high"]
    if low is None or high is None:
        return ""
    if low <= 0 <= high:
        return "cannot be told from none"
    if row["robust_low"] is not None and row["robust_low"] <= 0 <= row["robust_high"]:
        return "cannot be told from a prior difference"
    return ""


def _written(unit: str) -> tuple[str, Callable[[float], str]]:
    """An effect's unit in words, and how its figures are written."""
    if unit.startswith("pounds"):
        return unit.removeprefix("pounds "), lambda value: words.pounds(Decimal(str(round(value, 2))))
    return ("percentage points", words.points) if unit == "share" else (unit.replace("_", " "), two_places)


def _interval(row: Values, low: str, high: str, write: Callable[[float], str] = two_places) -> Cell:
    if row[low] is None or row[high] is None:
        return figure({**row, low: None}, low)
    return Cell(f"{write(row[low])} to {write(row[high])}", number=True)


def _title(view: View, row: Values) -> str:
    return f"{_EXPOSURES.get(row['exposure'], row['exposure'])}: {view.name(row['council'])}"


def _shifts(view: View) -> Grid:
    own = view.of_month("cost_shifts").filter(pl.col("basis") == "estimated").to_dicts()
    memo = view.of_month("cost_after_refusal").to_dicts()
    columns = ("amount", "amount_low", "amount_high")
    shown, shown_memo = _largest(own, view), _largest(memo, view)
    write = money(row[name] for row in [*own, *memo] for name in columns)

    def rows(title: str, part: Sequence[Values]) -> list[Row]:
        return grouped(
            part,
            lambda row: title,
            lambda row: [
                names_row(view.name(row["driver"])),
                text(view.name(row["payer"])),
                text(f"{words.label(row['kind'])}, {row['nature']}"),
                figure(row, "people"),
                *(figure(row, name, write) for name in columns),
            ],
        )

    return Grid(
        f"Cost shifted by decisions, {view.month_name}: estimated",
        heads("Driver", "Payer", "Kind", "People", "Amount", "Low", "High", numbers=4),
        [
            *rows("Excess losses and refusals, against the baseline", shown),
            *rows("Memo: cost after every loss and refusal. In no position", shown_memo),
        ],
        f"No effect could be turned into pounds for {view.month_name}.",
        [
            "A negative amount: more people were found eligible than in the baseline, or their cost fell.",
            "Months within 90 to 270 days after a decision only. The ends are of 95% intervals, not to be added.",
            *largest(
                len(shown) + len(shown_memo),
                len(own) + len(memo),
                "amounts",
                "the largest, either way",
                f"{where('cost_shifts')}, and in those of cost_after_refusal",
            ),
        ],
    )


def _largest(rows: Sequence[Values], view: View) -> Sequence[Values]:
    """Of more rows than a table holds those with the largest amounts, either way, in their order."""
    if len(rows) <= MOST_ROWS:
        return rows
    first = sorted(
        rows,
        key=lambda row: (
            row["amount"] is None,
            -abs(row["amount"] or 0),
            view.name(row["driver"]),
            view.name(row["payer"]),
            row["kind"],
        ),
    )[:MOST_ROWS]
    return [row for row in rows if row in first]


def _positions(view: View) -> Grid:
    """Each partner's position by estimate, of the month and of 12 months, with its interval."""
    rows = view.summary("estimated_positions").to_dicts()
    measures = ("absorbed_for_others", "passed_to_others", "net_absorbed")
    ends = ("net_absorbed_low", "net_absorbed_high")
    write = money(row[name] for row in rows for name in (*measures, *ends))
    titles = {1: view.month_name, 12: f"12 months to {view.month_name}"}

    def cells(row: Values) -> list[Cell]:
        return [
            names_row(view.name(row["partner"])),
            *(figure(row, name, write) for name in (*measures, *ends)),
        ]

    last = [OTHERS, UNALLOCATED]
    kept = [
        row
        for months, nature in sorted({(row["months"], row["nature"]) for row in rows})
        for row in largest_nets(view, [row for row in rows if (row["months"], row["nature"]) == (months, nature)], last)
    ]
    ordered = sorted(
        kept, key=lambda row: (row["months"], row["nature"], row["partner"] in last, view.name(row["partner"]))
    )
    pools = ["After the pools."] if view.content.project.pools else []
    return Grid(
        "Estimated positions of the partners",
        heads("Partner", "Absorbed for others", "Passed to others", "Net absorbed", "Low", "High", numbers=5),
        grouped(ordered, lambda row: f"{titles[row['months']]}: {words.label(row['nature'])}", cells),
        f"No effect could be turned into pounds in the 12 months to {view.month_name}.",
        [
            *pools,
            "Low and high: the 95% interval of the net, from draws of the whole ledger. Ends of several partners or "
            "months are not to be added; a net whose interval holds zero cannot be told from none.",
            *largest(len(kept), len(rows), "rows", "the largest net, either way", where("partner_positions")),
        ],
    )


def _rates(view: View) -> Grid:
    table = view.table("substitution_rates")
    few = view.order.few(table["council"].unique())
    own = [row for row in table.to_dicts() if row["council"] in few]

    def cells(row: Values) -> list[Cell]:
        reason = row["reason"] or ""
        return [
            names_row(_title(view, row)),
            figure(row, "people"),
            figure(row, "rate", two_places, note=reason),
            _interval(row, "rate_low", "rate_high") if row["rate_low"] is not None or hidden(row) else mark("[x]"),
        ]

    published = [
        Row([names_row(study), Cell(""), text(finding), text(design)])
        for study, design, finding in standards.published_substitution()
        .select("study", "design", "finding")
        .iter_rows()
    ]
    rows = [Row(cells(row)) for row in own]
    if published and rows:
        rows += [Row([Cell("Published figures: of places, not of persons. Not like for like", header=True)], "group")]
        rows += published
    return Grid(
        "Added NHS cost for each £1 less from the council",
        heads("Decision", "Matched people", "Rate, in pounds", "95% interval (Fieller)", numbers=3),
        rows,
        "There is no decision for which a rate could be looked for.",
        chosen(len(few), table["council"].n_unique(), "councils and ICBs", where("substitution_rates")),
    )


def _components(view: View) -> Grid:
    table = view.table("eligibility_decomposition").filter(
        ~pl.col("component").str.ends_with(_FINER) & pl.col("component").is_in(list(_COMPONENTS))
    )
    # The latest year against each baseline.
    latest = table.filter(pl.col("period_start") == pl.col("period_start").max().over("council", "baseline_start"))
    order = {name: at for at, name in enumerate(_COMPONENTS)}
    few = view.order.few(latest["council"].unique())
    rows = sorted(
        (row for row in latest.to_dicts() if row["council"] in few),
        key=lambda row: (row["council"], row["baseline_start"], order[row["component"]]),
    )

    def cells(row: Values) -> list[Cell]:
        return [
            names_row(_COMPONENTS[row["component"]]),
            figure(row, "people"),
            _whole_interval(row),
        ]

    def title(row: Values) -> str:
        beside = (
            f". Dated policy: {words.policies(row['policy'])}" if row["policy"] else ". No dated policy between them"
        )
        years = f"year from {words.day_name(row['baseline_start'])} to year from {words.day_name(row['period_start'])}"
        return f"{view.name(row['council'])}: {years}{beside}"

    return Grid(
        "Why more or fewer people were found eligible",
        heads("Component", "More or fewer people", "95% interval", numbers=2),
        grouped(rows[: 2 * MOST_ROWS], title, cells),
        none_told(table.to_dicts(), "There are no two whole years without a break between them."),
        [
            "The components sum to the change; suppressed and rounded ones need not.",
            "Other years, packages at review, and the sensitivity with recorded band and route are in the table "
            "eligibility_decomposition.",
            *chosen(len(few), latest["council"].n_unique(), "councils and ICBs", where("eligibility_decomposition")),
        ],
    )


def _whole_interval(row: Values) -> Cell:
    if row["people_low"] is None or row["people_high"] is None:
        return figure({**row, "people_low": None}, "people_low")
    return Cell(f"{row['people_low']:,} to {row['people_high']:,}", number=True)


def _thresholds(view: View) -> Grid:
    table = view.table("threshold_changes")
    few = view.order.few(table["council"].unique())

    def cells(row: Values) -> list[Cell]:
        return [
            names_row(view.name(row["council"])),
            text(words.month_name(row["month"])),
            text(words.label(row["streams"].replace(*_CHC_STREAMS))),
            figure(row, "share_before", words.percent),
            figure(row, "share_after", words.percent),
            text(words.policies(row["policy"]) if row["policy"] else "None within a month"),
        ]

    return Grid(
        "Months in which the share found eligible moved",
        heads("Council or ICB", "From", "Decisions", "Before", "After", "Dated policy", numbers=0),
        [Row(cells(row)) for row in table.to_dicts() if row["council"] in few],
        "No month stands out: no step that chance would bring less than once in 100 searches.",
        chosen(len(few), table["council"].n_unique(), "councils and ICBs", where("threshold_changes")),
    )


def _breaks(view: View) -> list[Block]:
    table = view.table("eligibility_breaks")
    few = view.order.few(table["council"].unique())
    found = [row for row in table.to_dicts() if row["council"] in few]
    if not found:
        return []
    others = chosen(len(few), table["council"].n_unique(), "councils and ICBs", where("eligibility_breaks"))
    return [
        Words(
            "No comparison reaches across: "
            + "; ".join(f"{view.name(row['council'])}, {words.day_name(row['date'])}: {row['reason']}" for row in found)
            + "."
        ),
        *(Words(note) for note in others),
    ]


__all__ = ["CANNOT_SAY", "eligibility"]
