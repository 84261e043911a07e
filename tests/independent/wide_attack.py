"""The attacker with all public tables at once, and with the packs of successive months.

Every figure is a range (``attack.Ranges``); each way in which figures are sums of others narrows them. He is given more
than a reader has: of a ratio its two counts as they were rounded, and of a suppressed total whether it is larger than
the rule for single totals would have it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from independent.attack import BANDS, COUNTS, Cell, Ranges, discharges
from independent.places_of_few import Public

Row = Mapping[str, Any]
MEASURES = {
    "Number of patients discharged in total": "discharges",
    "Total Discharges for UTLA from acceptable trusts": "discharges",
    "Total Discharges of UTLA patients from provider": "discharges",
} | {
    f"Number of patients discharged where, between the Discharge Ready Date and Discharge Date, there is {words}": count
    for words, count in (
        ("No delay", "discharged_on_ready_date"),
        ("a 1 day delay", "delay_1_day"),
        ("a 2-3 day delay", "delay_2_3_days"),
        ("a 4-6 day delay", "delay_4_6_days"),
        ("a 7-13 day delay", "delay_7_13_days"),
        ("a 14-20 day delay", "delay_14_20_days"),
        ("a delay of 21 days or more", "delay_21_plus_days"),
    )
}


def wide_attack(packs: Sequence[Public]) -> Ranges:
    """All figures of one pack, or of several successive ones, against each other.

    Rows of the same month in two packs are one figure where they are published alike: the attacker takes it that
    nothing was revised; where they differ he keeps them apart.
    """
    ranges = Ranges()
    for number, pack in enumerate(packs):
        _take(ranges, pack, number, packs[:number])
    return ranges


def _take(ranges: Ranges, pack: Public, number: int, before: Sequence[Public]) -> None:
    rows = pack.shown["discharge_delays"].to_dicts()
    known = {_key(row): row for earlier in before for row in earlier.shown["discharge_delays"].to_dicts()}
    names = ["table" if known.get(_key(row), row) == row else f"table {number}" for row in rows]
    cells: list[Cell] = []
    for name, row in zip(names, rows, strict=True):
        cells += discharges(ranges, [row], name)
    pairs = list(zip(rows, cells, strict=True))

    def total(
        whole: Cell, value: int | None, hidden: bool, exact: int, column: str, own: Callable[[Row], bool]
    ) -> None:
        if not ranges.read(whole, value, hidden):
            return
        ranges.exact[whole] = exact
        ranges.published_total(whole, [(cell, column) for row, cell in pairs if own(row)])

    def figure(frame: str, place: int, column: str) -> tuple[int | None, bool, int | None]:
        shown, exact = pack.shown[frame][column][place], pack.exact[frame][column][place]
        return shown, shown is None and exact is not None, exact

    for place, row in enumerate(pack.exact["discharges_by_provider"].to_dicts()):
        for column in COUNTS:
            value, hidden, exact = figure("discharges_by_provider", place, column)
            if exact is None:
                continue
            provider = row["provider"]
            whole = (number, "page", provider, column)
            total(
                whole,
                value,
                hidden,
                exact,
                column,
                lambda one, provider=provider: (
                    one["month"] == pack.month
                    and (provider is None or one["provider"] == provider)
                    and (provider is not None or one["acceptable"])
                ),
            )
        page = (number, "page", row["provider"])
        ranges.total_of_totals(
            (*page, "discharges"), [(*page, "discharged_on_ready_date"), (*page, "delayed_discharges")]
        )
        ranges.total_of_totals((*page, "delayed_discharges"), [(*page, band) for band in BANDS])
    for place, row in enumerate(pack.exact["ready_date_publication"].to_dicts()):
        column = MEASURES.get(row["measure"], "")
        if not column or row["value"] is None:
            continue
        shown = pack.shown["ready_date_publication"]["value"][place]
        level = row["data_type"]
        # Only acceptable providers count for a council and the place.
        good = level in ("Place", "UTLA Aggregate")
        total(
            (number, "form", level, row["month"], row["provider"], row["council"], column),
            None if shown is None else int(shown),
            shown is None,
            int(row["value"]),
            column,
            lambda one, row=row, good=good: (
                one["month"] == row["month"]
                and row["provider"] in ("all", one["provider"])
                and row["council"] in ("all", one["council"])
                and (one["acceptable"] or not good)
            ),
        )
    _bcf(pack, number, total, figure)
    for place, row in enumerate(pack.exact["providers_by_councils"].to_dicts()):
        value, hidden, exact = figure("providers_by_councils", place, "discharges")
        assert exact is not None
        total(
            (number, "year", row["provider"], row["council"]),
            value,
            hidden,
            exact,
            "discharges",
            lambda one, row=row: (
                (one["provider"], one["council"]) == (row["provider"], row["council"])
                and one["month"] > _a_year_before(pack.month)
            ),
        )
    _inequalities(ranges, pack, number, figure)


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("month", "provider", "setting", "council", "discharge_pathway"))


def _a_year_before(month: dt.date) -> dt.date:
    return month.replace(year=month.year - 1)


def _bcf(pack: Public, number: int, total: Callable[..., None], figure: Callable[..., Any]) -> None:
    """Shares and averages of councils: each of their two counts, as they were rounded."""
    rests = {
        "share_on_ready_date": {"_discharges": "discharges", "_on_ready_date": "discharged_on_ready_date"},
        "average_delay_days": {"_discharges": "discharges"},
        "average_delay_days_when_delayed": {"_delayed": "delayed_discharges"},
    }
    for place, row in enumerate(pack.exact["bcf_discharge"].to_dicts()):
        for ratio, inner in rests.items():
            if pack.shown["bcf_discharge"][ratio][place] is None:
                continue
            for name, column in inner.items():
                value, hidden, exact = figure("bcf_discharge", place, name)
                total(
                    (number, "bcf", row["month"], row["council"], column),
                    value,
                    hidden,
                    exact,
                    column,
                    lambda one, row=row: (
                        (one["month"], one["council"]) == (row["month"], row["council"]) and one["acceptable"]
                    ),
                )


def _inequalities(ranges: Ranges, pack: Public, number: int, figure: Callable[..., Any]) -> None:
    """Groups of one characteristic are all people."""
    rows = pack.exact["inequalities"].to_dicts()
    for column in ("numerator", "denominator"):
        cells: dict[tuple[str, str], list[Cell]] = {}
        for place, row in enumerate(rows):
            value, hidden, exact = figure("inequalities", place, column)
            cell = (number, "group", row["measure"], row["characteristic"], row["group"], column)
            ranges.read(cell, value, hidden)
            ranges.exact[cell] = exact
            cells.setdefault((row["measure"], row["characteristic"]), []).append(cell)
        for (measure, characteristic), own in cells.items():
            if characteristic != "all":
                ranges.published_total(cells[measure, "all"][0], own)


def wrong(found: Mapping[Cell, int], ranges: Ranges, packs: Iterable[Public]) -> dict[Cell, int]:
    """Of the counts that the attacker is sure of, those that are not so."""
    rows = {_key(row): row for pack in packs for row in pack.exact["discharge_delays"].to_dicts()}
    exact = dict(ranges.exact)
    for cell in found:
        if isinstance(cell, tuple) and isinstance(cell[0], tuple):
            row = rows.get((cell[0][1], cell[0][2], cell[0][3], cell[0][4], cell[0][5]))
            if row is not None:
                exact[cell] = row[cell[1]]
    return {cell: own for cell, own in found.items() if cell in exact and exact[cell] != own}
