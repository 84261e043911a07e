"""Days within the partners' standard: hand-worked, and against a count day by day."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import polars as pl
import pytest

from costshift.delays.measures import DatedSpells, date_spells
from costshift.delays.recorded_attribution import SPELL
from costshift.delays.step_standards import step_standards
from costshift.organisations import Organisations

from worlds import AS_AT, frame, project, world

DAY = dt.timedelta(days=1)
HOLIDAYS = [dt.date(2024, 1, 1), dt.date(2024, 3, 29)]
ALLOWED = {"awaiting_assessment": 2, "awaiting_service": 5}


def place(seed: int) -> tuple[DatedSpells, list[dict[str, Any]]]:
    spells, _ = world(seed, 200)
    own = project()
    dated = date_spells(frame("spells", spells, person=pl.Int64()), None, Organisations.of(own), own.delays, AS_AT)
    chance = random.Random(seed)
    rows = []
    for spell in (
        dated.days.periods.group_by(SPELL)
        .agg(pl.col("from_date").min(), pl.col("until").max())
        .collect()
        .sort(SPELL)
        .to_dicts()
    ):
        day = spell["from_date"]
        while day < spell["until"]:
            until = min(spell["until"], day + dt.timedelta(days=chance.randrange(1, 12)))
            state = chance.choice(["awaiting_assessment", "awaiting_service", "no_care_record"])
            rows.append({**{name: spell[name] for name in SPELL}, "from_date": day, "until": until, "state": state})
            day = until
    return dated, rows


@pytest.mark.parametrize("working", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_against_a_count_day_by_day(seed: int, working: bool) -> None:
    dated, rows = place(seed)
    found = step_standards(
        pl.DataFrame(rows).lazy(), dated.spells, dated.months, ALLOWED, working_days=working, bank_holidays=HOLIDAYS
    ).collect()
    good = {(row["month"], row["provider"]): row["acceptable"] for row in dated.months.collect().to_dicts()}
    spells = {(row["provider_code"], row["spell_id"]): row for row in dated.spells.collect().to_dicts()}
    first: dict[tuple[str, ...], dt.date] = {}
    for row in rows:
        key = (row["provider_code"], row["spell_id"], row["state"])
        first[key] = min(first.get(key, row["from_date"]), row["from_date"])
    days: Counter[tuple[Any, ...]] = Counter()
    within: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        if row["state"] not in ALLOWED:
            continue
        spell = spells[row["provider_code"], row["spell_id"]]
        day = row["from_date"]
        while day < row["until"]:
            cell = (day.replace(day=1), spell["provider"], spell["council"], row["state"])
            if good.get(cell[:2], True):
                days[cell] += 1
                # Days before this one that used up the standard, the first one in the state included.
                used, past = 0, first[row["provider_code"], row["spell_id"], row["state"]]
                while past < day:
                    used += not working or (past.weekday() < 5 and past not in HOLIDAYS)
                    past += DAY
                within[cell] += used < ALLOWED[row["state"]]
            day += DAY
    assert {
        tuple(row[name] for name in ("month", "provider", "council", "state")): row["delayed_bed_days"]
        for row in found.to_dicts()
    } == dict(days)
    assert {
        tuple(row[name] for name in ("month", "provider", "council", "state")): row["within_standard_days"]
        for row in found.to_dicts()
    } == {cell: within[cell] for cell in days}


def one(first: dt.date, until: dt.date, allowed: int, *, working: bool) -> list[tuple[int, int]]:
    """A delay that is one wait: its days and those within, by month."""
    start = dict.fromkeys(world(1, 1)[0][0])
    spell = start | {
        "provider_code": "RN1",
        "spell_id": "S1",
        "council_code": "E1",
        "admission_date": first - 10 * DAY,
        "discharge_ready_date": first,
        "discharge_date": until,
        "birth_date": dt.date(1940, 1, 1),
        "person": 1,
    }
    own = project()
    dated = date_spells(frame("spells", [spell], person=pl.Int64()), None, Organisations.of(own), own.delays, AS_AT)
    period = {
        "provider_code": "RN1",
        "spell_id": "S1",
        "from_date": first,
        "until": until,
        "state": "awaiting_assessment",
    }
    table = step_standards(
        pl.LazyFrame([period]),
        dated.spells,
        dated.months,
        {"awaiting_assessment": allowed},
        working_days=working,
        bank_holidays=HOLIDAYS,
    ).collect()
    return list(table.select("delayed_bed_days", "within_standard_days").iter_rows())


def test_two_days_allowed() -> None:
    """Ready Friday 5 January, left Friday 12: 7 days. Two days: Friday and Saturday. Two working days: Friday to Monday 8."""
    friday = dt.date(2024, 1, 5)
    assert one(friday, dt.date(2024, 1, 12), 2, working=False) == [(7, 2)]
    assert one(friday, dt.date(2024, 1, 12), 2, working=True) == [(7, 4)]


def test_from_a_saturday_the_weekend_is_within() -> None:
    """Saturday 6 to Friday 12 January: Saturday, Sunday, Monday and Tuesday are within two working days."""
    assert one(dt.date(2024, 1, 6), dt.date(2024, 1, 12), 2, working=True) == [(6, 4)]


def test_none_allowed_and_over_a_month_s_end() -> None:
    """30 January to 5 February with 4 days allowed: two in January within, two of four in February."""
    assert one(dt.date(2024, 1, 30), dt.date(2024, 2, 5), 4, working=False) == [(2, 2), (4, 2)]
    assert one(dt.date(2024, 1, 30), dt.date(2024, 2, 5), 0, working=False) == [(2, 0), (4, 0)]
