"""What could be worked out of the figures together: ranges of counts, narrowed by the sums that must hold.

A suppressed count is 1 to the threshold, a rounded one all that rounds to it, zero is zero. Rows of discharges by
length of delay hold two sums each (discharges = on the ready date + delayed; delayed = its bands), and the page's rows
are sums of the table's. Where a small count is left with one value, what fixes it is suppressed as well, until none is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from costshift.delays.discharges import BANDS
from costshift.project import Disclosure
from costshift.publish.totals import possible

_WHOLE, _ON_DATE, _DELAYED = "discharges", "discharged_on_ready_date", "delayed_discharges"
_ROW = (_WHOLE, _ON_DATE, _DELAYED, *BANDS)
#: Of a count that is suppressed though it is not small: as many as anyone may think.
_ANY = 10**9
_Cell = tuple[str, int, str]
_Range = npt.NDArray[np.int64]


def telling_rows(controlled: pl.DataFrame, rule: Disclosure) -> pl.Series:
    """Rows of discharges by length of delay of which a suppressed count could be worked out from the row alone."""
    if rule.rule == "none" or controlled.is_empty():
        return pl.Series("telling", [False] * controlled.height, dtype=pl.Boolean)
    hidden = {name: _is_hidden(controlled, name) for name in _ROW}
    least, most = {}, {}
    for name in _ROW:
        value = controlled[name].fill_null(0).to_numpy().astype(np.int64)
        low = np.maximum(rule.threshold + 1, value - (rule.rounding - 1) // 2)
        least[name] = np.where(hidden[name], 1, np.where(value == 0, 0, low))
        most[name] = np.where(hidden[name], rule.threshold, np.where(value == 0, 0, value + rule.rounding // 2))
    for _ in range(6):
        _narrow_sum(least, most, _WHOLE, (_ON_DATE, _DELAYED))
        _narrow_sum(least, most, _DELAYED, tuple(BANDS))
    known = controlled[_WHOLE].is_not_null().to_numpy() | hidden[_WHOLE]
    # A count that is not computable in one of the columns says nothing of the others.
    known &= controlled[_DELAYED].is_not_null().to_numpy() | hidden[_DELAYED]
    told = np.zeros(controlled.height, dtype=bool)
    for name in _ROW:
        told |= (least[name] == most[name]) & (most[name] >= 1) & (most[name] <= rule.threshold)
    return pl.Series("telling", told & known, dtype=pl.Boolean)


def _narrow_sum(least: dict[str, _Range], most: dict[str, _Range], whole: str, parts: Sequence[str]) -> None:
    low, high = sum(least[part] for part in parts), sum(most[part] for part in parts)
    least[whole], most[whole] = np.maximum(least[whole], low), np.minimum(most[whole], high)
    for part in parts:
        others_low, others_high = low - least[part], high - most[part]
        least[part] = np.maximum(least[part], least[whole] - others_high)
        most[part] = np.minimum(most[part], most[whole] - others_low)


def _is_hidden(frame: pl.DataFrame, name: str) -> npt.NDArray[np.bool_]:
    return frame["suppressed"].str.split(", ").list.contains(name).fill_null(False).to_numpy().astype(bool)


@dataclass
class _Ranges:
    """Least and most of every count, and the sums that hold."""

    rule: Disclosure
    least: dict[_Cell, int] = field(default_factory=dict)
    most: dict[_Cell, int] = field(default_factory=dict)
    sums: list[tuple[_Cell, list[_Cell]]] = field(default_factory=list)

    def read(self, cell: _Cell, row: Mapping[str, Any], *, opened: bool) -> None:
        hidden = cell[2] in (row["suppressed"] or "").split(", ")
        found = possible(row[cell[2]], hidden, self.rule)
        if found is not None:
            self.least[cell], self.most[cell] = (1, _ANY) if hidden and opened else found

    def add(self, whole: _Cell, parts: list[_Cell]) -> None:
        known = [part for part in parts if part in self.least]
        if whole in self.least and known:
            self.sums.append((whole, known))

    def narrow(self) -> None:
        moved = True
        while moved:
            moved = False
            for whole, parts in self.sums:
                low, high = sum(self.least[part] for part in parts), sum(self.most[part] for part in parts)
                moved |= self._within(whole, low, high)
                for part in parts:
                    own_low, own_high = self.least[part], self.most[part]
                    moved |= self._within(
                        part, self.least[whole] - (high - own_high), self.most[whole] - (low - own_low)
                    )
                    low, high = low - own_low + self.least[part], high - own_high + self.most[part]

    def _within(self, cell: _Cell, low: int, high: int) -> bool:
        own = self.least[cell], self.most[cell]
        new = max(own[0], low), min(own[1], high)
        # Figures that contradict each other, as a suppressed total that is not small, tell nothing more.
        if new == own or new[0] > new[1]:
            return False
        self.least[cell], self.most[cell] = new
        return True


def recovered_counts(
    rows: Sequence[Mapping[str, Any]],
    totals: Sequence[Mapping[str, Any]],
    parts: Sequence[Sequence[int]],
    counts: Sequence[str],
    opened: set[tuple[int, str]],
    rule: Disclosure,
) -> set[tuple[int, str]]:
    """Totals (place, count) that fix a small count somewhere.

    Args:
        rows: rows of the table as published.
        totals: rows of the page as published, each the sum of rows of the table.
        parts: for each total, the places of its rows.
        counts: columns that sum.
        opened: totals that are suppressed though they need not be small.
        rule: the disclosure rule.
    """
    ranges = _Ranges(rule)
    for name, own in (("row", rows), ("total", totals)):
        for place, row in enumerate(own):
            for count in counts:
                ranges.read((name, place, count), row, opened=name == "total" and (place, count) in opened)
            ranges.add((name, place, _WHOLE), [(name, place, _ON_DATE), (name, place, _DELAYED)])
            ranges.add((name, place, _DELAYED), [(name, place, band) for band in BANDS])
    for place, own_parts in enumerate(parts):
        for count in counts:
            ranges.add(("total", place, count), [("row", part, count) for part in own_parts])
    whole = [place for place, row in enumerate(totals) if row["provider"] is None]
    each = [
        place
        for place, row in enumerate(totals)
        if row["provider"] is not None and row["setting"] == "acute" and row["acceptable"]
    ]
    for place in whole:
        for count in counts:
            ranges.add(("total", place, count), [("total", part, count) for part in each])
    ranges.narrow()
    fixed = {cell for cell, low in ranges.least.items() if low == ranges.most[cell] and 1 <= low <= rule.threshold}
    found: set[tuple[int, str]] = set()
    for name, place, count in fixed:
        # Sums within a row carry what is known of one count to the others.
        related = {count, _WHOLE, _DELAYED, _ON_DATE} if count in _ROW else {count}
        for total, own_parts in enumerate(parts):
            if (name == "row" and place in own_parts) or (name == "total" and place == total):
                found |= {(total, own) for own in related}
                found |= {(other, own) for other in whole for own in related}
    return found
