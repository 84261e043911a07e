"""Codes, windows and prices that the indicators of flow, of gaps and of overlaps are counted by."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@cache
def flow_codes(measure: str) -> dict[str, list[str]]:
    """Return the codes of a measure: canonical column of a spell to its values.

    Raises ``KeyError`` for a measure without codes.
    """
    import polars as pl

    rows = _table("flow_codes").filter(pl.col("measure") == measure)
    if not rows.height:
        raise KeyError(f"no codes of {measure!r}")
    return {str(column): own["value"].to_list() for (column,), own in rows.group_by("column", maintain_order=True)}


@cache
def flow_windows() -> dict[str, int]:
    """Return the lengths of windows, in days, and the least number of frequent contacts: ``window`` to its number."""
    return {name: int(days) for name, days in _table("flow_windows").select("window", "days").iter_rows()}


@cache
def ethnic_groups() -> dict[str, str]:
    """Return the group of each code of an ethnic category. A category in words names its group before a colon."""
    return dict(_table("ethnic_groups").select("ethnic_category", "ethnic_group").iter_rows())


def _table(name: str) -> pl.DataFrame:
    import polars as pl

    content = resources.files("costshift.standards").joinpath("data", f"{name}.csv").read_bytes()
    return pl.read_csv(content, infer_schema=False)
