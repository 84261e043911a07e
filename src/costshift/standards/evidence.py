"""What evidenced attribution reads from social care records: enabling services, and decisions told by outcomes."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@cache
def enabling_components() -> frozenset[str]:
    """The service components whose start lets a person leave hospital."""
    import polars as pl

    return frozenset(_table("enabling_components").filter(pl.col("enables") == "yes")["service_component"])


@cache
def assessment_outcomes() -> pl.DataFrame:
    """What an assessment or review decided: ``column``, ``value``, ``decision``, ``reason``, ``source``, ``verified``.

    Grain: a value of eligible_needs or event_outcome. ``decision`` is eligible, not_eligible, declined or
    self_funded; a value that is not here decided nothing that is recorded.
    """
    return _table("assessment_outcomes")


@cache
def evidence_states() -> dict[str, tuple[str, str]]:
    """State of a delayed day: its label, and what it means in a sentence."""
    table = _table("evidence_states").select("state", "label", "meaning")
    return {state: (label, meaning) for state, label, meaning in table.iter_rows()}


def _table(name: str) -> pl.DataFrame:
    import polars as pl

    content = resources.files("costshift.standards").joinpath("data", f"{name}.csv").read_bytes()
    return pl.read_csv(content, infer_schema=False)
