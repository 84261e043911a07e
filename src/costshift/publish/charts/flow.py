"""The flow of cost from the partner that drove it to the partner that bore it: the picture to remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import EDGE, INK, SMALL, SOFT, WIDTH, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import SUPPRESSED
from costshift.publish.page.blocks import Grid, Row, Values, figure, heads, money, names_row, text
from costshift.publish.standing_out import MOST_NAMED, largest, where

_BAR, _GAP, _TEXT = 16, 22, 205
_LEAST = 2.0
#: Flows that are drawn of a place with more than 12 partners.
_MOST_FLOWS = 12


def flow_chart(
    shifts: Sequence[Values],
    positions: Mapping[str, Values],
    name: Callable[[str], str],
    kind: Callable[[str], str],
    month: str,
    source: str,
) -> Chart | None:
    """Ribbons from drivers, at the left, to payers, at the right; as wide as the amount. None without a shift.

    Args:
        shifts: rows of shifts_by_partner of one nature: driver, payer, amount (pounds), suppressed.
        positions: partner to its row of positions_by_partner: what it absorbed and passed on in all.
        name: a partner's name.
        kind: a partner's type, for its colour.
        month: the month's name.
        source: where the figures come from.
    """
    moved = [row for row in shifts if row["driver"] != row["payer"]]
    if not moved:
        return None
    every = sorted((row for row in moved if row["amount"]), key=_largest)
    told = [row for row in moved if row["amount"]]
    # Of a place with many partners the picture shows the largest flows: all of them would be metres high.
    many = len({row[side] for row in told for side in ("driver", "payer")}) > MOST_NAMED
    if many:
        told = every[:_MOST_FLOWS]
    thin = len(every) - len(told)
    left_out = sum(row["amount"] is None for row in moved)
    write = money([row["amount"] for row in moved] + [own[side] for own in positions.values() for side in _SIDES])
    payers = [(partner, own["absorbed_for_others"]) for partner, own in sorted(positions.items())]
    most = max((own for own in payers if own[1]), key=lambda own: own[1], default=None)
    title = "Cost that one partner drove and another bore: no amount can be shown"
    if most is not None:
        # What is suppressed rests on few people, of whom each may have waited for long.
        hidden_some = any(own[side] is None for own in positions.values() for side in _SIDES)
        shown = "Of what can be shown, " if hidden_some else ""
        title = f"{shown}{name(most[0])} absorbed the most for others: {write(most[1])}"
        drove = [(partner, own["passed_to_others"]) for partner, own in sorted(positions.items())]
        drivers = [(partner, own) for partner, own in drove if own and partner != "unallocated"]
        first = max(drivers, key=lambda own: own[1], default=None)
        if first is not None:
            title += f"; {name(first[0])} passed on the most: {write(first[1])}"
    listed_rows = sorted(told if many else moved, key=_largest)
    listed = "; ".join(
        f"{name(row['driver'])} to {name(row['payer'])} {SUPPRESSED if row['amount'] is None else write(row['amount'])}"
        for row in listed_rows
    )
    notes = [
        "Bed days valued at average cost, not a saving: no cash moved.",
        *(
            [
                f"The {len(told):,} largest flows are drawn, and {words.counted(thin, 'smaller one', 'smaller ones')} "
                f"left out: all stand {where('cost_shifts')}."
            ]
            if thin
            else []
        ),
        *(
            [
                f"{words.counted(left_out, 'flow is', 'flows are')} suppressed ({SUPPRESSED}) and not drawn; the "
                "amount beside a name is of all its flows."
            ]
            if left_out
            else []
        ),
    ]
    foot = " ".join([*notes, source])
    height, shapes = _ribbons(told, positions, name, kind, write)
    return Chart(
        key="flow-of-cost",
        title=title,
        alternative=f"Flow diagram of cost from driver to payer, {month}. {listed}. {' '.join(notes)}",
        source=foot,
        drawing=canvas.picture(
            title,
            f"Cost of delayed bed days from the partner that drove it to the one that bore it, {month}. Pounds.",
            foot,
            height,
            shapes,
        ),
        grid=Grid(
            f"Figures of the chart: {title}",
            heads("Driver", "Payer", "Amount", numbers=1),
            [
                Row([names_row(name(row["driver"])), text(name(row["payer"])), figure(row, "amount", write)])
                for row in listed_rows
            ],
            "No cost was shifted.",
            largest(len(told), len(moved), "flows", "the largest amounts", where("cost_shifts")) if many else (),
        ),
    )


_SIDES = ("absorbed_for_others", "passed_to_others")


def _largest(row: Values) -> tuple[bool, Decimal, str, str]:
    return row["amount"] is None, -(row["amount"] or Decimal(0)), row["driver"], row["payer"]


def _ribbons(
    told: Sequence[Values],
    positions: Mapping[str, Values],
    name: Callable[[str], str],
    kind: Callable[[str], str],
    write: Callable[[Decimal], str],
) -> tuple[float, list[Shape]]:
    """Height of the plot and its shapes. Bars are as high as the ribbons that leave or reach them."""
    sums: dict[str, dict[str, float]] = {"driver": {}, "payer": {}}
    for row in told:
        for side, own in sums.items():
            own[row[side]] = own.get(row[side], 0.0) + float(row["amount"])
    if not told:
        # Nothing to draw: such a chart is left out.
        return 40, []
    most = max(len(own) for own in sums.values())
    height = max(220.0, most * 62.0)
    unit = (height - _GAP * (most - 1)) / max(sum(own.values()) for own in sums.values())
    order = {side: sorted(own, key=lambda partner: (-own[partner], partner)) for side, own in sums.items()}
    # A bar has room for its name, however thin it is.
    rooms = {
        side: {partner: max(own[partner] * unit + _GAP, 16 * len(_named(name(partner))) + 24) for partner in own}
        for side, own in sums.items()
    }
    height = max(height, *(sum(own.values()) for own in rooms.values()))
    tops: dict[tuple[str, str], float] = {}
    shapes: list[Shape] = []
    left, right = EDGE + _TEXT, WIDTH - EDGE - _TEXT
    for side, x, anchor, total in (("driver", left, "end", _SIDES[1]), ("payer", right, "start", _SIDES[0])):
        top = 24 + (height - sum(rooms[side].values()) + _GAP) / 2
        for partner in order[side]:
            size = max(_LEAST, sums[side][partner] * unit)
            y = top + (rooms[side][partner] - _GAP - size) / 2
            tops[side, partner] = y
            shapes.append(
                canvas.box(x if side == "payer" else x - _BAR, y, _BAR, size, canvas.kind_colour(kind(partner)))
            )
            beside = x + _BAR + 8 if side == "payer" else x - _BAR - 8
            whole = positions.get(partner, {}).get(total)
            amount = SUPPRESSED if whole is None else write(whole)
            rows = _named(name(partner))
            start = y + size / 2 - (len(rows) - 1) * 8 - 8
            shapes += [
                canvas.words(line, beside, start + place * 16, align=anchor, middle=True, bold=True)
                for place, line in enumerate(rows)
            ]
            shapes.append(canvas.words(amount, beside, start + len(rows) * 16, size=SMALL, align=anchor, middle=True))
            top += rooms[side][partner]
    shapes += [
        canvas.words("Drove it", left, 8, size=SMALL, colour=SOFT, align="end"),
        canvas.words("Bore it", right, 8, size=SMALL, colour=SOFT),
    ]
    ribbons: list[Shape] = []
    figures: list[Shape] = []
    # In the order of the other side, so that ribbons cross as little as they can.
    for row in sorted(told, key=lambda own: (order["driver"].index(own["driver"]), order["payer"].index(own["payer"]))):
        wide = float(row["amount"]) * unit
        y1, y2 = tops["driver", row["driver"]], tops["payer", row["payer"]]
        tops["driver", row["driver"]] += wide
        tops["payer", row["payer"]] += wide
        colour = canvas.kind_colour(kind(row["driver"]))
        ribbons.append(canvas.area(_ribbon(left, right, y1, y2, max(wide, 1.0)), colour, opacity=0.55))
        if wide >= 13:
            figures.append(
                canvas.words(write(row["amount"]), left + 10, y1 + wide / 2, size=SMALL, colour=INK, middle=True)
            )
    return height + 40, [*ribbons, *shapes, *figures]


def _named(name: str) -> list[str]:
    """A partner's name in the lines that have room beside its bar."""
    # Bold letters are wider.
    return canvas.label_lines(name, (_TEXT - _BAR - 12) * 0.88, 13, 2)


def _ribbon(x1: float, x2: float, y1: float, y2: float, wide: float) -> str:
    middle = (x1 + x2) / 2
    a, b, m = canvas.at(x1), canvas.at(x2), canvas.at(middle)
    top1, top2, low1, low2 = (canvas.at(own) for own in (y1, y2, y1 + wide, y2 + wide))
    return f"M{a},{top1}C{m},{top1} {m},{top2} {b},{top2}L{b},{low2}C{m},{low2} {m},{low1} {a},{low1}Z"
