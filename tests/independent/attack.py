"""An attacker who has all public files and knows the rules: what exact small counts can be worked out of them?

Every figure is a range: a suppressed count is 1 to the threshold, a rounded one all that rounds to it, zero is zero. Sums
and orders that must hold narrow the ranges until nothing moves. A suppressed count whose range has one value is
recovered.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import polars as pl

BANDS = (
    "delay_1_day",
    "delay_2_3_days",
    "delay_4_6_days",
    "delay_7_13_days",
    "delay_14_20_days",
    "delay_21_plus_days",
)
COUNTS = (
    "discharges",
    "discharged_on_ready_date",
    "delayed_discharges",
    *BANDS,
    "ready_date_missing",
    "ready_date_invalid",
)
CENSUS = ("people_delayed", "people_delayed_7_plus", "people_delayed_14_plus", "people_delayed_21_plus")
Cell = Hashable


@dataclass
class Ranges:
    """What is known of each cell: least and most."""

    threshold: int = 7
    base: int = 5
    least: dict[Cell, int] = field(default_factory=dict)
    most: dict[Cell, int] = field(default_factory=dict)
    hidden: set[Cell] = field(default_factory=set)
    sums: list[tuple[Cell, tuple[Cell, ...]]] = field(default_factory=list)
    orders: list[tuple[Cell, Cell]] = field(default_factory=list)
    #: What totals are, to tell which are suppressed though they are larger than the rule for single totals has it: of
    #: these the attacker knows no more than that they are suppressed.
    exact: dict[Cell, int] = field(default_factory=dict)
    #: Suppressed totals: the values for which the rule for single totals suppresses them.
    by_rule: dict[Cell, set[int]] = field(default_factory=dict)
    _totals: dict[Cell, list[tuple[Cell, ...]]] = field(default_factory=dict)
    #: Sums whose totals may be suppressed: held only once :meth:`open_totals` has said what these may be.
    _published: list[tuple[Cell, tuple[Cell, ...]]] = field(default_factory=list)

    def read(self, cell: Cell, value: int | None, suppressed: bool, *, exact: bool = False) -> bool:
        """Take a published figure in; false where it is not computable."""
        if value is None and not suppressed:
            return False
        if value is None:
            self.hidden.add(cell)
            self.least[cell], self.most[cell] = 1, self.threshold
        elif exact or value == 0:
            self.least[cell] = self.most[cell] = value
        else:
            low = value - self.base // 2
            self.least[cell] = max(low, self.threshold + 1)
            self.most[cell] = value + (self.base - 1) // 2
        return True

    def total(self, whole: Cell, parts: Iterable[Cell]) -> None:
        """A sum that holds, of two figures that are controlled each on its own."""
        own = tuple(parts)
        if whole in self.least and own and all(part in self.least for part in own):
            self.sums.append((whole, own))

    def published_total(self, whole: Cell, parts: Iterable[Cell]) -> None:
        """A sum whose total is suppressed where it is small, or where it would tell its parts (the rule is public)."""
        own = tuple(part for part in parts if part in self.least)
        if whole in self.hidden and own:
            # Parts that are themselves such totals have their whole range already.
            self._totals.setdefault(whole, []).append(own)
        if whole in self.least and own:
            self._published.append((whole, own))

    def total_of_totals(self, whole: Cell, parts: Iterable[Cell]) -> None:
        """A sum that holds, of totals that may all be suppressed."""
        own = tuple(parts)
        if whole in self.least and own and all(part in self.least for part in own):
            self._published.append((whole, own))

    def open_totals(self) -> None:
        """Give each suppressed total every value for which the rule would suppress it, by what its rows leave."""
        orders, self.orders = self.orders, []
        self.narrow()
        self.orders = orders
        rows = {cell: (self.least[cell], self.most[cell]) for cell in self.least}
        for whole, ways in self._totals.items():
            values = set(range(1, self.threshold + 1))
            for parts in ways:
                ranges = [rows[part] for part in parts]
                if not any(part in self.hidden for part in parts):
                    continue
                low, high = sum(own[0] for own in ranges), sum(own[1] for own in ranges)
                for value in range(self.threshold + 1, min(high + 8, low + 500)):
                    shown = (2 * value + self.base) // (2 * self.base) * self.base
                    if shown + 2 - low in (0, 5) or high - max(self.threshold + 1, shown - 2) in (0, 5):
                        values.add(value)
            self.by_rule[whole] = values
            self.least[whole], self.most[whole] = min(values), max(values)
            if self.exact.get(whole, 1) not in values:
                # Suppressed where the figures together would tell: then it may be as large as anyone thinks.
                self.least[whole], self.most[whole] = 1, 10**9

    def order(self, smaller: Cell, larger: Cell) -> None:
        if smaller in self.least and larger in self.least:
            self.orders.append((smaller, larger))

    def narrow(self) -> None:
        """Narrow every range by every sum and order until nothing moves."""
        # Ranges without an end may narrow step by step for ever.
        for _ in range(60):
            moved = False
            for whole, parts in self.sums:
                low, high = sum(self.least[part] for part in parts), sum(self.most[part] for part in parts)
                moved |= self._within(whole, low, high)
                for part in parts:
                    others_low, others_high = low - self.least[part], high - self.most[part]
                    moved |= self._within(part, self.least[whole] - others_high, self.most[whole] - others_low)
                    low, high = others_low + self.least[part], others_high + self.most[part]
            for smaller, larger in self.orders:
                moved |= self._within(smaller, 0, self.most[larger])
                moved |= self._within(larger, self.least[smaller], self.most[larger])
            if not moved:
                break

    def recovered(self) -> dict[Cell, int]:
        """Small counts of which only one value is left."""
        self.open_totals()
        self.sums += self._published
        self.narrow()
        return {cell: low for cell, low in self.least.items() if low == self.most[cell] and 1 <= low <= self.threshold}

    def _within(self, cell: Cell, low: int, high: int) -> bool:
        new_low, new_high = max(self.least[cell], low), min(self.most[cell], high)
        assert new_low <= new_high, f"{cell}: the figures contradict each other"
        if (new_low, new_high) == (self.least[cell], self.most[cell]):
            return False
        self.least[cell], self.most[cell] = new_low, new_high
        return True


def discharges(ranges: Ranges, rows: Iterable[Mapping[str, Any]], name: str, *, exact: bool = False) -> list[Cell]:
    """Take rows of discharges by length of delay in, each with the sums that hold within it."""
    keys: list[Cell] = []
    for row in rows:
        key = (name, row["month"], row["provider"], row["setting"], row.get("council"), row.get("discharge_pathway"))
        keys.append(key)
        gone = hidden(row)
        for count in COUNTS:
            ranges.read((key, count), row[count], count in gone, exact=exact)
        whole = {"discharges", "discharged_on_ready_date", "delayed_discharges"}
        if name == "table" and all(count in gone or row[count] == 0 for count in whole):
            # The mark of a row that would have told: these three may be as large as anyone thinks.
            for count in whole & gone:
                ranges.most[key, count] = 10**9
        hold = ranges.total_of_totals if name == "page" else ranges.total
        hold((key, "discharges"), [(key, "discharged_on_ready_date"), (key, "delayed_discharges")])
        hold((key, "delayed_discharges"), [(key, band) for band in BANDS])
        ranges.order((key, "ready_date_invalid"), (key, "ready_date_missing"))
        ranges.order((key, "ready_date_missing"), (key, "discharges"))
        ranges.order((key, "ready_date_missing"), (key, "discharged_on_ready_date"))
    return keys


def census(ranges: Ranges, rows: Iterable[Mapping[str, Any]], name: str, *, exact: bool = False) -> list[Cell]:
    """Take rows of the census in: each length of stay holds the longer ones."""
    keys: list[Cell] = []
    for row in rows:
        key = (name, *(row.get(own) for own in ("provider", "setting", "council", "discharge_pathway")))
        keys.append(key)
        for count in CENSUS:
            ranges.read((key, count), row[count], count in hidden(row), exact=exact)
        for larger, smaller in pairwise(CENSUS):
            ranges.order((key, smaller), (key, larger))
    return keys


def hidden(row: Mapping[str, Any]) -> set[str]:
    return set((row.get("suppressed") or "").split(", ")) - {""}


def tables_attack(
    tables: Mapping[str, pl.DataFrame],
    summaries: Mapping[str, list[dict[str, Any]]],
    month: Any,
    *,
    exact: bool = False,
    truth: Mapping[str, list[dict[str, Any]]] | None = None,
) -> Ranges:
    """Everything that tables and page say of discharges and of the people who wait, held together.

    Args:
        tables: discharge_delays and census as published.
        summaries: discharges_by_provider, census_by_provider and census_by_pathway, as the page shows them.
        month: the report's month.
        exact: the figures are uncontrolled.
        truth: summaries as they are uncontrolled, in the same order: to tell which are suppressed though not small.
    """
    ranges = Ranges()
    every = tables["discharge_delays"].to_dicts()
    fine = discharges(ranges, every, "table", exact=exact)
    page = discharges(ranges, summaries["discharges_by_provider"], "page", exact=exact)
    for key, row in zip(page, (truth or {}).get("discharges_by_provider", []), strict=False):
        ranges.exact |= {(key, count): row[count] for count in COUNTS if row[count] is not None}
    for whole in page:
        _, _, provider, setting, *_ = whole  # type: ignore[misc]
        parts = [
            key
            for key, row in zip(fine, every, strict=True)
            if row["month"] == month
            and row["setting"] == setting
            and (row["provider"] == provider if provider is not None else row["acceptable"])
        ]
        for count in COUNTS:
            ranges.published_total((whole, count), [(part, count) for part in parts])
    together = [key for key in page if key[2] is None]  # type: ignore[index]
    for whole in together:
        acceptable = [
            key
            for key, row in zip(page, summaries["discharges_by_provider"], strict=True)
            if row["provider"] is not None and row["setting"] == "acute" and row["acceptable"]
        ]
        for count in COUNTS:
            ranges.published_total((whole, count), [(part, count) for part in acceptable])
    waiting = tables["census"].to_dicts()
    cells = census(ranges, waiting, "census", exact=exact)
    for name, by in (("census_by_provider", ("provider", "setting")), ("census_by_pathway", ("discharge_pathway",))):
        found = census(ranges, summaries[name], name, exact=exact)
        for key, row in zip(found, (truth or {}).get(name, []), strict=False):
            ranges.exact |= {(key, count): row[count] for count in CENSUS if row[count] is not None}
        for key, row in zip(found, summaries[name], strict=True):
            parts = [
                cell
                for cell, own in zip(cells, waiting, strict=True)
                if all(own[column] == row[column] for column in by)
            ]
            for count in CENSUS:
                ranges.published_total((key, count), [(part, count) for part in parts])
    return ranges
