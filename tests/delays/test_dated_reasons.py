"""Gaps and overlaps of dated reasons: hand-worked, and against a count day by day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from costshift.delays.bed_days import delayed_spells
from costshift.delays.measures import date_spells
from costshift.delays.recorded_attribution import reason_coverage, recorded_periods
from costshift.organisations import Organisations

from worlds import AS_AT, frame, project, world

DAY = dt.timedelta(days=1)


def coverage(rows: list[tuple[int, int | None]]) -> tuple[int, int]:
    """A delay of 10 days from 1 March; rows from and to a day of March."""
    spells = pl.LazyFrame(
        {
            "provider_code": ["R"],
            "spell_id": ["S"],
            "ready_date": [dt.date(2024, 3, 1)],
            "end_date": [dt.date(2024, 3, 11)],
        }
    )
    reasons = pl.LazyFrame(
        [
            {
                "provider_code": "R",
                "spell_id": "S",
                "from_date": dt.date(2024, 3, first),
                "to_date": None if last is None else dt.date(2024, 3, last),
                "delay_reason": f"HP{number}",
                "delay_attribution": None,
            }
            for number, (first, last) in enumerate(rows)
        ],
        schema_overrides={"to_date": pl.Date, "delay_attribution": pl.String},
    )
    found = reason_coverage(spells, reasons).collect().row(0, named=True)
    return found["gap_days"], found["overlap_days"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 10)], (0, 0)),
        ([(1, None)], (0, 0)),
        ([(1, 4), (5, 10)], (0, 0)),
        # 3 and 4 March without one.
        ([(1, 2), (5, 10)], (2, 0)),
        # 4 and 5 March twice.
        ([(1, 5), (4, 10)], (0, 2)),
        # Daily rows without an end: each runs to the next.
        ([(1, None), (2, None), (3, None)], (0, 0)),
        # Starts after the ready date, ends before the end: 2 + 4.
        ([(3, 6)], (6, 0)),
        # One inside the other: its 3 days are twice.
        ([(1, 10), (4, 6)], (0, 3)),
        # Beyond the delay is no matter.
        ([(1, 25)], (0, 0)),
    ],
)
def test_hand_worked(rows: list[tuple[int, int | None]], expected: tuple[int, int]) -> None:
    assert coverage(rows) == expected


def test_of_two_rows_that_start_on_one_day_the_one_without_an_end_gives_way() -> None:
    """A delay from 1 to 10 March; HP1 from the 3rd without an end, and from the 3rd to the 6th: it ends on the 6th."""
    delay = pl.LazyFrame(
        {
            "provider_code": ["R"], "spell_id": ["S"], "ready_date": [dt.date(2024, 3, 1)],
            "end_date": [dt.date(2024, 3, 11)], "delay_reason": ["OWN"], "delay_attribution": [None],
        },
        schema_overrides={"delay_attribution": pl.String},
    )  # fmt: skip
    ends = [None, dt.date(2024, 3, 6)]
    for order in (ends, ends[::-1]):
        rows = pl.LazyFrame(
            {
                "provider_code": ["R"] * 2, "spell_id": ["S"] * 2, "from_date": [dt.date(2024, 3, 3)] * 2,
                "to_date": order, "delay_reason": ["HP1"] * 2, "delay_attribution": [None] * 2,
            },
            schema_overrides={"delay_attribution": pl.String, "to_date": pl.Date},
        )  # fmt: skip
        found = recorded_periods(delay, rows).sort("from_date").collect()
        assert found.select(pl.col("from_date").dt.day(), pl.col("until").dt.day().alias("to"), "delay_reason").rows() == [
            (1, 3, "OWN"), (3, 7, "HP1"), (7, 11, "OWN")
        ]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_against_a_count_day_by_day(seed: int) -> None:
    spells, reasons = world(seed, 200)
    own = project()
    dated = date_spells(
        frame("spells", spells, person=pl.Int64()),
        frame("delay_reasons", reasons),
        Organisations.of(own),
        own.delays,
        AS_AT,
    )
    delays = delayed_spells(dated.spells)
    found = reason_coverage(delays, frame("delay_reasons", reasons)).collect()
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for reason in reasons:
        rows.setdefault((reason["provider_code"], reason["spell_id"]), []).append(reason)
    expected = {}
    for spell in delays.collect().to_dicts():
        key = (spell["provider_code"], spell["spell_id"])
        order = sorted(
            rows.get(key, []),
            key=lambda own: [
                own["from_date"],
                *((own[name] is not None, own[name] or "") for name in ("delay_reason", "delay_attribution")),
                (own["to_date"] is not None, own["to_date"] or dt.date.min),
            ],
        )
        days: dict[dt.date, int] = {}
        overlap = 0
        for place, reason in enumerate(order):
            until = reason["to_date"] + DAY if reason["to_date"] else spell["end_date"]
            if reason["to_date"] is None and place + 1 < len(order):
                until = min(until, order[place + 1]["from_date"])
            day = max(reason["from_date"], spell["ready_date"])
            while day < min(until, spell["end_date"]):
                overlap += day in days
                days[day] = 1
                day += DAY
        if days:
            expected[key] = (spell["delay_days"] - len(days), overlap)
    assert {
        (row["provider_code"], row["spell_id"]): (row["gap_days"], row["overlap_days"]) for row in found.to_dicts()
    } == expected
