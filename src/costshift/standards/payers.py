"""Who pays what, and how a cost is spread over weeks: data of prices and care packages."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@cache
def cost_frequencies() -> tuple[tuple[str, int, int], ...]:
    """Units per week by cost frequency: what its lower-case text begins with, units, in so many weeks (DHSC)."""
    rows = _table("cost_frequencies").select("begins_with", "units", "weeks").iter_rows()
    return tuple((text, int(units), int(weeks)) for text, units, weeks in rows)


@cache
def care_settings() -> pl.DataFrame:
    """Return the care setting and the state of ``who_pays`` of each kind of service.

    Grain: service_type, service_component; a null component stands for every other one. ``state`` is
    ``intermediate_care`` where the first six weeks are free. Also ``source``, ``verified``.
    """
    return _table("care_settings")


@cache
def who_pays() -> pl.DataFrame:
    """Return the rule table: who bears the marginal week of care, by the state that the person is in.

    Grain: state, payer (a partner type, ``person``, ``provider`` or ``agreed``). ``pays``: ``all``; ``remainder`` (the
    gross less what the person pays); ``contribution`` (by means test); ``nothing``; ``funded_nursing_care`` (the weekly
    rate); ``agreed_share``. ``told_by`` says which extract tells the state. Also ``source``, ``verified``.
    """
    return _table("who_pays")


@cache
def paid_rates() -> frozenset[str]:
    """Return the items that are rates paid in their own year, so that no indexation touches them."""
    return frozenset(_table("paid_rates")["item"])


def _table(name: str) -> pl.DataFrame:
    import polars as pl

    content = resources.files("costshift.standards").joinpath("data", f"{name}.csv").read_bytes()
    return pl.read_csv(content, infer_schema=False)
