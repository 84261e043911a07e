"""The totals of delayed days: which figures are sums of which rows, in every place in which days are shown.

Declared here; held against each other in :mod:`together_days`. Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from costshift.delays.both_sides import AGREEMENT
from costshift.ledger.delay_shifts import UNALLOCATED

TABLE, AGREED = "delayed_bed_days", "attribution_agreement"
_ALL = pl.lit(True)
GOOD = pl.col("_good")
ACUTE = GOOD & (pl.col("setting") == "acute")
OF_PROVIDERS = ("acute", "community", "mental_health")
_OF_NOBODY = ("person", "not_recorded", "unknown", "none")


@dataclass(frozen=True)
class DayTotals:
    """Figures that are sums of rows of days.

    Args:
        frame: where they are.
        column: the days.
        behind: the people behind them, by which they are suppressed.
        keys: columns of the frame to columns of the rows: of the rows with these values each is the sum.
        of: the rows: delayed_bed_days or attribution_agreement.
        where: which rows of the frame.
        rows: which of the rows.
    """

    frame: str
    column: str
    behind: str
    keys: Mapping[str, str]
    of: str = TABLE
    where: pl.Expr = field(default_factory=lambda: _ALL)
    rows: pl.Expr = field(default_factory=lambda: _ALL)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def of_every_month() -> list[DayTotals]:
    """What every pack shows of every month, or of the last 13."""
    days = ("numerator", "_numerator_people")
    in_flow = pl.col("indicator").is_in(["delayed_days_per_1000_discharges", "share_of_occupied_beds"])
    beds = (pl.col("measure") == "delayed_beds") & (pl.col("period") == "month")
    own = "_numerator", "_behind"
    return [
        DayTotals("delayed_beds_by_provider", *_DAYS, _same("month", "provider", "setting")),
        DayTotals("spc", *own, {"month": "month", "partner": "provider"}, where=beds),
        DayTotals("spc", *own, {"month": "month", "partner": "council"}, where=beds, rows=pl.col("setting") == "acute"),
        DayTotals("flow_indicators", *days, _same("month", "council"), where=in_flow, rows=ACUTE),
        DayTotals("step_standards", *_DAYS, _same("month", "provider", "council", "state"), of=AGREED),
        DayTotals(
            "revisions",
            "_now_plus",
            "_now_plus_people",
            {"month": "month", "_partner": "provider"},
            where=(pl.col("table") == TABLE) & (pl.col("_measure") == "delayed_bed_days"),
        ),
        *_of_agreement("agreement_by_month", ("month",), _ALL, {}),
        *_of_bases("attribution_bases"),
    ]


def of_the_tested_month() -> list[DayTotals]:
    """What packs show of the month that can be tested."""
    organisation = "agreement_by_organisation"
    return [
        *_of_agreement(organisation, ("month",), pl.col("role") == "all", {}),
        *_of_agreement(organisation, ("month",), pl.col("role") == "provider", {"organisation": "provider"}),
        *_of_agreement(organisation, ("month",), pl.col("role") == "council", {"organisation": "council"}),
        DayTotals("days_by_state", *_DAYS, _same("month", "state", "strength"), of=AGREED, rows=GOOD),
        DayTotals("days_by_state", "_all_days", "_all_people", _same("month"), of=AGREED, rows=GOOD),
        DayTotals(
            "days_by_sides",
            *_DAYS,
            {"month": "month", "recorded_side": "_recorded_side", "evidenced_side": "_evidenced_side"},
            of=AGREED,
            rows=GOOD,
        ),
        *_of_bases("bases_by_partner"),
    ]


def of_the_month() -> list[DayTotals]:
    """What only the month's own pack shows."""
    found = []
    for frame, kind in (
        ("days_by_attribution", "recorded_attribution"),
        ("days_by_reason", "delay_reason"),
        ("days_by_pathway", "discharge_pathway"),
    ):
        whole = pl.col(kind).is_null()
        found += [
            DayTotals(frame, *_DAYS, _same("month", "setting", kind), where=~whole, rows=GOOD),
            DayTotals(frame, *_DAYS, _same("month", "setting"), where=whole, rows=GOOD),
        ]
    return found


_DAYS = ("delayed_bed_days", "people")


def _of_agreement(frame: str, keys: Sequence[str], where: pl.Expr, more: Mapping[str, str]) -> Iterator[DayTotals]:
    """Days by agreement: of all, of each kind, and of those too recent to test."""
    own = _same(*keys) | dict(more)
    yield DayTotals(frame, *_DAYS, own, AGREED, where, GOOD)
    for name in AGREEMENT:
        kind = GOOD & (pl.col("agreement") == name)
        yield DayTotals(frame, f"{name}_days", f"_{name}_people", own, AGREED, where, kind)
    early = GOOD & (pl.col("state") == "not_yet_testable")
    yield DayTotals(frame, "too_recent_days", "_too_recent_people", own, AGREED, where, early)
    tested = GOOD & (pl.col("agreement") != "untestable")
    yield DayTotals(frame, "_tested_days", "_tested_people", own, AGREED, where, tested)


def _of_bases(frame: str) -> Iterator[DayTotals]:
    """Each partner's days as recorded, and as evidenced: those whose partner is told by the rows alone."""
    for basis, of, side, rows in (
        ("recorded", TABLE, "recorded_attribution", GOOD),
        ("evidenced", AGREED, "evidenced_attribution", GOOD),
        ("evidenced_firm", AGREED, "evidenced_attribution", GOOD & (pl.col("strength") == "firm")),
    ):
        column = (f"{basis}_days", f"_{basis}_people")
        nobody = pl.col("partner") == UNALLOCATED
        whose = pl.col(side)
        yield DayTotals(
            frame, *column, {"month": "month", "partner": "council"}, of, ~nobody, rows & (whose == "council")
        )
        yield DayTotals(
            frame, *column, {"month": "month", "partner": "provider"}, of, ~nobody, rows & whose.is_in(OF_PROVIDERS)
        )
        yield DayTotals(frame, *column, _same("month"), of, ~nobody, rows & (whose == "icb"))
        yield DayTotals(frame, *column, _same("month"), of, nobody, rows & whose.is_in(_OF_NOBODY))


def of_shifts(frame: str) -> Iterator[DayTotals]:
    """Shifts of delayed days as sums of the rows, where the rows alone tell the driver."""
    delay = (pl.col("kind") == "delay") & pl.col("price").is_not_null() & (pl.col("_days") > 0)
    keys = {"month": "month", "payer": "provider"}
    whose, driver = pl.col("recorded_attribution"), pl.col("driver")
    own, nobody = driver == pl.col("payer"), driver == UNALLOCATED
    for more, where, rows in (
        ({}, own, whose.is_in(OF_PROVIDERS)),
        ({}, nobody, whose.is_in(_OF_NOBODY)),
        ({"driver": "council"}, ~own & ~nobody, whose == "council"),
        ({}, ~own & ~nobody, whose == "icb"),
    ):
        yield DayTotals(frame, "_days", "people", keys | more, where=delay & where, rows=GOOD & rows)
