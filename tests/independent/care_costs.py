"""Care costs counted slowly: day by day, in fractions, one record at a time, and only then in pence.

It shares no code with the package: the frequencies, the six weeks and the rates are written out again here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

UNITS = {
    "weekly": Fraction(1),
    "fortnightly": Fraction(1, 2),
    "4-weekly": Fraction(1, 4),
    "monthly": Fraction(12, 52),
    "quarterly": Fraction(4, 52),
    "annually": Fraction(1, 52),
}
RATES = {2023: Fraction("219.71"), 2024: Fraction("235.88"), 2025: Fraction("254.06")}
SETTINGS = {
    ("Long term support: Nursing care", "Long term nursing care"): "nursing_home",
    ("Long term support: Residential care", "Long term residential care"): "residential_home",
    ("Long term support: Community", "Home support or domiciliary care"): "home_care",
    ("Long term support: Community", "Direct payment"): "direct_payment",
    ("Short term support: ST-Max", "Reablement"): "reablement",
}
Row = Mapping[str, Any]


def pence(pounds: Fraction) -> int:
    """Whole pence, halves upwards."""
    return floor(pounds * 100 + Fraction(1, 2))


def weekly(row: Row) -> Fraction | None:
    """What a service costs a week; None: in no cost."""
    if not row["unit_cost"]:
        return None
    units = UNITS.get((row["cost_frequency"] or "").lower())
    if units is None:
        units = abs(Fraction(row["planned_units_per_week"] or 0))
    return abs(Fraction(row["unit_cost"])) * units if units else None


def days_of(row: Row, first: str, last: str, as_at: dt.date) -> list[dt.date]:
    """The days of a record up to the as-at date, both ends included."""
    start, end = row[first], min(row[last] or as_at, as_at)
    return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]


def service_costs(
    services: Sequence[Row], charges: Sequence[Row], cases: Sequence[Row], councils: Mapping[str, str], as_at: dt.date
) -> dict[tuple[dt.date, str, str], tuple[int | None, int | None, int | None]]:
    """(month, payer, care setting): gross, contribution, net.

    Every record of ``services`` lies within what the extract covers. ``councils``: code to council.
    """
    known = {councils[row["council_code"]] for row in charges}
    charged: dict[tuple[str, str], dict[dt.date, Fraction]] = defaultdict(dict)
    for row in sorted(charges, key=lambda own: own["start_date"]):
        own = charged[councils[row["council_code"]], row["council_person_id"]]
        for late in [when for when in own if when >= row["start_date"]]:
            del own[late]
        for when in days_of(row, "start_date", "end_date", as_at):
            own[when] = Fraction(row["contribution_per_week"]) / 7
    cells: dict[tuple[dt.date, str, str], list[int | None]] = {}
    chargeable: dict[tuple[str, str, dt.date], list[tuple[Fraction, str, set[dt.date]]]] = defaultdict(list)
    nursing: dict[tuple[int, dt.date], set[dt.date]] = defaultdict(set)
    people: dict[str, int] = {}
    fixed: dict[tuple[dt.date, str, str], list[tuple[int, int]]] = defaultdict(list)

    def add(key: tuple[dt.date, str, str], gross: int | None, paid: int | None) -> None:
        cell = cells.setdefault(key, [0, 0])
        for place, value in enumerate((gross, paid)):
            before = cell[place]
            cell[place] = None if value is None or before is None else before + value

    for row in services:
        setting = SETTINGS[row["service_type"], row["service_component"]]
        if setting == "nursing_home":
            # Who is there is there, whatever is said of the cost.
            for when in days_of(row, "event_start_date", "event_end_date", as_at):
                nursing[row["person"], when.replace(day=1)].add(when)
        cost = weekly(row)
        if cost is None:
            continue
        people[row["council_person_id"]] = row["person"]
        by_piece: dict[tuple[dt.date, bool], set[dt.date]] = defaultdict(set)
        for when in days_of(row, "event_start_date", "event_end_date", as_at):
            free = setting == "reablement" and (when - row["event_start_date"]).days < 42
            by_piece[when.replace(day=1), free].add(when)
        for (month, free), days in by_piece.items():
            gross = pence(cost * len(days) / 7)
            if not free and (month, True) in by_piece:
                # The month is rounded once; what follows the free days is the rest of it.
                before = by_piece[month, True]
                gross = pence(cost * (len(days) + len(before)) / 7) - pence(cost * len(before) / 7)
            if free:
                fixed[month, row["council"], setting].append((gross, 0))
            elif row["funding_status"] == "Fully client funded":
                fixed[month, row["council"], setting].append((gross, gross))
            else:
                chargeable[row["council"], row["council_person_id"], month].append((Fraction(gross), setting, days))
    for (month, council, setting), parts in fixed.items():
        for gross, paid in parts:
            add((month, council, setting), gross, paid)
    for (council, client, month), pieces in chargeable.items():
        whole = sum((gross for gross, _, _ in pieces), Fraction(0))
        every = set().union(*(days for _, _, days in pieces))
        due = pence(sum((charged[council, client].get(when, Fraction(0)) for when in every), Fraction(0)))
        taken = min(due, int(whole))
        exact = [taken * gross / whole if whole else Fraction(0) for gross, _, _ in pieces]
        parts = [floor(part) for part in exact]
        order = sorted(
            range(len(pieces)),
            key=lambda n: (parts[n] - exact[n], -pieces[n][0], pieces[n][1], sorted(pieces[n][2])[:1]),
        )
        for place in order[: taken - sum(parts)]:
            parts[place] += 1
        for (gross, setting, _), part in zip(pieces, parts, strict=True):
            add((month, council, setting), int(gross), part if council in known else None)
    for (month, _payer, setting), (_, paid) in list(cells.items()):
        key = (month, "person", setting)
        if paid is None:
            add(key, None, None)
        elif paid:
            add(key, paid, 0)
    healthcare: dict[int, set[dt.date]] = defaultdict(set)
    for row in cases:
        by_month: dict[dt.date, int] = defaultdict(int)
        for when in days_of(row, "package_start_date", "package_end_date", as_at):
            healthcare[row["person"]].add(when)
            by_month[when.replace(day=1)] += 1
        for month, number in by_month.items():
            add((month, "north-icb", "continuing_healthcare"), pence(Fraction(row["weekly_cost"]) * number / 7), 0)
    for (person, month), days in nursing.items():
        left = len(days - healthcare[person])
        year = month.year if month.month >= 4 else month.year - 1
        if left:
            add((month, "north-icb", "funded_nursing_care"), pence(RATES[year] * left / 7), 0)
    return {
        key: (gross, paid, None if gross is None or paid is None else gross - paid)
        for key, (gross, paid) in cells.items()
    }
