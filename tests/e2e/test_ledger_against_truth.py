"""On an artificial place whose records are complete, what is counted equals what was planted, to the penny.

The ledger of the truth is worked out here from the truth's own files, day by day and in plain Python: no code of the
ledger, of prices or of linkage is used. What differs would be a day, a person or a pound that went another way.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from costshift import pipeline
from costshift.locations import history_of
from costshift.month import Month
from costshift.project import load_project
from costshift.sample import SampleSettings, write_sample
from costshift.worked_out import Worked, work_out

MONTH = Month(dt.date(2025, 3, 1), dt.date(2025, 3, 31))
FIRST, LAST = dt.date(2024, 2, 1), MONTH.as_at
BED_DAY = 56_200
PROVIDERS = {"RZ1": "northshire-hospitals", "RZ2": "eastmoor-hospitals"}  # beds of RZ3 have no price
ICB = "northshire-icb"
DAY = dt.timedelta(days=1)
Shifts = dict[tuple[dt.date, str, str, str], int]


def quietly(_text: str) -> None:
    """No word."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Worked]:
    folder = tmp_path_factory.mktemp("complete")
    settings = SampleSettings(
        people=1_500,
        months=14,
        seed=11,
        fault_rate=0,
        recorded_disagreement=0,
        reasons_recorded=1,
        file_format="parquet",
        names=False,
    )
    write_sample(folder, settings)
    path = folder / "costshift.toml"
    text = path.read_text(encoding="utf-8")
    # A month counts however many ready dates were left empty: those were empty for stays without a delay.
    path.write_text(text + "\n[delays]\nready_date_min_complete = 0\n", encoding="utf-8")
    project = load_project(path)
    with history_of(project, folder).locked():
        pipeline.load(project, folder, MONTH, None, "2025-04-01T00:00:00", quietly)
    return folder, work_out(project, folder, MONTH, quietly)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return pl.read_parquet(folder / "truth" / f"{name}.parquet").to_dicts()


def half_up(top: int, bottom: int) -> int:
    return (2 * top + bottom) // (2 * bottom)


def pence(text: str | None) -> int:
    return int(Decimal(text or "0") * 100)


def delays(folder: Path) -> Shifts:
    """Each true delayed day at the price of a bed day, from whom it was planted on to whose bed it was."""
    found: Shifts = defaultdict(int)
    # Private patients are in no cohort.
    funded = {(own["provider_code"], own["spell_id"]): own["nhs_funded"] for own in rows(folder, "spells")}
    for run in rows(folder, "delayed_days"):
        if run["provider_code"] not in PROVIDERS or not funded[run["provider_code"], run["spell_id"]]:
            continue
        driver = "unallocated" if run["partner"] == "person" else run["partner"]
        day = run["from_date"]
        while day < run["to_date"]:
            found[day.replace(day=1), driver, PROVIDERS[run["provider_code"]], "delay"] += BED_DAY
            day += DAY
    return dict(found)


def late_decisions(folder: Path) -> Shifts:
    """What councils and people paid on the days on which a decision on continuing healthcare was late."""
    late = {
        case["true_person"]: (case["checklist_date"] + 28 * DAY, case["decision_date"] - DAY)
        for case in rows(folder, "chc")
        if case["eligible"] and not case["fast_track"] and case["checklist_date"] and case["decision_date"]
    }
    services, charges = rows(folder, "services"), rows(folder, "charges")
    found: Shifts = defaultdict(int)
    for person, (first_late, last_late) in late.items():
        # Every day of a service, by service and month.
        pieces: dict[tuple[int, dt.date], list[dt.date]] = defaultdict(list)
        mine = [own for own in services if own["true_person"] == person and own["unit_cost"]]
        for number, own in enumerate(mine):
            once = own["cost_frequency"] == "One-off"
            day = own["start_date"]
            while day <= (day if once else own["end_date"] or LAST) and day <= LAST:
                if day >= FIRST:
                    pieces[number, day.replace(day=1)].append(day)
                if once:
                    break
                day += DAY
        costs = {}
        for (number, month), days in pieces.items():
            own = mine[number]
            units = Decimal(own["planned_units_per_week"] or 1) if own["cost_frequency"] != "Weekly" else Decimal(1)
            weekly = int(pence(own["unit_cost"]) * units * 100)
            once = own["cost_frequency"] == "One-off"
            costs[number, month] = pence(own["unit_cost"]) if once else half_up(weekly * len(days), 700)
        for month in sorted({month for _, month in pieces}):
            here = [number for number, own in pieces if own == month]
            chargeable = [n for n in here if mine[n]["service_component"] != "Equipment"]
            assert len(chargeable) <= 1, "nobody of these has two services at once"
            for number in here:
                gross, days = costs[number, month], pieces[number, month]
                paid = 0
                if number in chargeable:
                    own_charges = [own for own in charges if own["true_person"] == person]
                    sevenths = 0
                    for day in days:
                        current = [
                            own
                            for own in own_charges
                            if own["start_date"] <= day and (own["end_date"] is None or day <= own["end_date"])
                        ]
                        if current:
                            latest = max(current, key=lambda own: own["start_date"])
                            sevenths += pence(latest["contribution_per_week"])
                    paid = min(half_up(sevenths, 7), gross)
                refunded = sum(first_late <= day <= last_late for day in days)
                whole, own_part = (half_up(amount * refunded, len(days)) for amount in (gross, paid))
                found[month, ICB, mine[number]["council"], "late_chc_decision"] += whole - own_part
                found[month, ICB, "person", "late_chc_decision"] += own_part
    return {key: amount for key, amount in found.items() if amount}


def test_every_counted_shift_is_what_was_planted(place: tuple[Path, Worked]) -> None:
    folder, worked = place
    counted = worked.ledger.shifts.filter(pl.col("basis") == "counted")
    ours = {(row["month"], row["driver"], row["payer"], row["kind"]): row["amount"] for row in counted.to_dicts()}
    planted = delays(folder) | late_decisions(folder)
    assert ours == planted
    kinds = {kind for *_, kind in planted}
    assert kinds == {"delay", "late_chc_decision"} and len(planted) > 60
    # The person and the council both paid for a late decision, and somebody not of the place drove a day.
    assert {"person", "northshire-council", "eastmoor-council"} <= {key[2] for key in planted}


def test_the_counted_positions_are_those_of_the_truth_to_the_penny(place: tuple[Path, Worked]) -> None:
    folder, worked = place
    absorbed: dict[tuple[dt.date, str, str], int] = defaultdict(int)
    passed: dict[tuple[dt.date, str, str], int] = defaultdict(int)
    for (month, driver, payer, kind), amount in (delays(folder) | late_decisions(folder)).items():
        nature = "notional" if kind == "delay" else "cash"
        absorbed[month, payer, nature] += amount if driver != payer else 0
        passed[month, driver, nature] += amount if driver != payer else 0
    planted = {key: (absorbed[key], passed[key], absorbed[key] - passed[key]) for key in {*absorbed, *passed}}
    counted = worked.ledger.positions.filter(pl.col("basis") == "counted").to_dicts()
    ours = {
        (row["month"], row["partner"], row["nature"]): (
            row["absorbed_for_others"],
            row["passed_to_others"],
            row["net_absorbed"],
        )
        for row in counted
    }
    assert ours == planted
    assert sum(net for *_, net in ours.values()) == 0
