"""Totals that would give suppressed counts away: seven rows [c] under a total [c] are seven ones.

The rule of Hospital Episode Statistics controls each figure on its own, and publishes rows and their totals. A total
is suppressed as well where it lies so near to the least or the most that its rows can sum to that they could be worked
out. How near is wider than it need be for one total, so that its absence tells no count either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from costshift.project import Disclosure

#: How near to the least, and to the most, that its rows can sum to a rounded total may reach, beyond one rounding.
_BEYOND = 2

Row = Mapping[str, Any]


def possible(value: int | None, suppressed: bool, rule: Disclosure) -> tuple[int, int] | None:
    """Least and most of a count as it is published; null where it is not computable."""
    if suppressed:
        return 1, rule.threshold
    if value is None:
        return None
    if value == 0:
        return 0, 0
    return max(rule.threshold + 1, value - (rule.rounding - 1) // 2), value + rule.rounding // 2


def tells(total: int, parts: Sequence[tuple[int, int]], rule: Disclosure) -> bool:
    """Whether a total, rounded, would tell too much of its parts, some of them suppressed.

    Args:
        total: the exact total, above the threshold.
        parts: least and most of each part, as published.
        rule: the disclosure rule.
    """
    if not any(low >= 1 and high <= rule.threshold for low, high in parts):
        return False
    rounded = (2 * total + rule.rounding) // (2 * rule.rounding) * rule.rounding
    shown = possible(rounded, False, rule)
    assert shown is not None
    least, most = sum(low for low, _ in parts), sum(high for _, high in parts)
    return shown[1] - least <= rule.rounding + _BEYOND or most - shown[0] <= _BEYOND


def telling_totals(
    totals: pl.DataFrame, parts: Sequence[Sequence[Row]], counts: Iterable[str], rule: Disclosure
) -> dict[str, pl.Series]:
    """Which totals tell too much: count to a flag for each row of ``totals``.

    Args:
        totals: exact totals.
        parts: for each of them, its rows as published, with ``suppressed``.
        counts: columns that sum.
        rule: the disclosure rule.
    """
    if rule.rule == "none":
        return {}
    found = {}
    for count in counts:
        flags = []
        for total, rows in zip(totals[count].to_list(), parts, strict=True):
            ranges = [possible(row[count], count in _hidden(row), rule) for row in rows]
            # What is not computable is in no total.
            known = [own for own in ranges if own is not None]
            flags.append(total is not None and total > rule.threshold and tells(total, known, rule))
        found[count] = pl.Series(count, flags, dtype=pl.Boolean)
    return found


def _hidden(row: Row) -> set[str]:
    return set((row.get("suppressed") or "").split(", ")) - {""}
