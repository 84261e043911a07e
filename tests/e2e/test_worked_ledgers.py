"""Ledgers worked by hand, from spells, reasons, packages, charges and cases to pence: one case a month and kind.

All of them are one place, loaded and worked out once. A delayed bed day in an acute bed is £562.00. The effects of
decisions on eligibility have their worked cases in tests/ledger/test_eligibility_shifts.py, and pools by every rule in
tests/ledger/test_pools.py.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from costshift import pipeline
from costshift.locations import history_of
from costshift.month import Month
from costshift.project import load_project
from costshift.worked_out import work_out

MONTH = Month(dt.date(2025, 3, 1), dt.date(2025, 3, 31))
PARTNERS = {
    "north": ("acute", "RN1"),
    "south": ("acute", "RS1"),
    "community": ("community", "RC1"),
    "icb": ("icb", "QX1"),
    "council": ("council", "N1"),
    "other-council": ("council", "S1"),
}
PROJECT = (
    '[place]\nname = "Anywhere"\n'
    + "".join(
        f'[[partners]]\nid = "{name}"\nname = "{name.title()}"\ntype = "{kind}"\ncodes = ["{code}"]\n'
        for name, (kind, code) in PARTNERS.items()
    )
    + "".join(
        f'[[extracts]]\nkind = "{kind}"\nsubmitter = "{sender}"\nfiles = "{kind}.csv"\nscope = "rolling"\n'
        for kind, sender in (
            ("spells", "north"),
            ("delay_reasons", "north"),
            ("care_events", "council"),
            ("charges", "council"),
            ("chc", "icb"),
        )
    )
    + '[[funding]]\nservice_component = "Extra care housing"\nshares = { icb = 50, council = 50 }\n'
    + '[[pools]]\nname = "Fund"\nrule = "fixed_share"\ncovers = ["delay"]\npartners = { south = 60, other-council = 40 }\n'
)
Amounts = dict[tuple[str, str, str], int]


def spell(ready: str, left: str, to: str | None, **other: str) -> dict[str, str]:
    """An ordinary stay of an adult in the north hospital, of the first council."""
    day = dt.date.fromisoformat(left) - dt.timedelta(days=20)
    return {
        "provider_code": "RN1", "council_code": "N1", "icb_code": "QX1", "admission_date": day.isoformat(),
        "discharge_ready_date": ready, "discharge_date": left, "birth_date": "1940-06-15", "discharge_method": "1",
        "administrative_category": "01", "delay_attribution": to or "",
    } | other  # fmt: skip


def delay(*shifts: tuple[str, str, int]) -> Amounts:
    return {(driver, payer, "delay"): days * 56_200 for driver, payer, days in shifts}


def pooled(driver: str, payer: str, pence: int) -> Amounts:
    return {(driver, payer, "pool_adjustment"): pence}


#: The month; its spells; what is shifted in it.
DELAYS: dict[str, tuple[str, list[dict[str, str]], Amounts]] = {
    "1 the council's days": (
        "2022-04",
        [spell("2022-04-04", "2022-04-07", "council")],
        delay(("council", "north", 3)),  # £1,686.00
    ),
    "2 another council's days": (
        "2022-05",
        [spell("2022-05-04", "2022-05-09", "council", council_code="S1")],
        delay(("other-council", "north", 5)),  # £2,810.00
    ),
    "3 the hospital's own": ("2022-06", [spell("2022-06-04", "2022-06-06", "acute")], delay(("north", "north", 2))),
    "4 community services": (
        "2022-07",
        [spell("2022-07-04", "2022-07-08", "community")],
        delay(("community", "north", 4)),
    ),
    "5 the ICB": ("2022-08", [spell("2022-08-04", "2022-08-10", "icb")], delay(("icb", "north", 6))),
    "6 the person's days are nobody's": (
        "2022-09",
        [spell("2022-09-04", "2022-09-06", "person")],
        delay(("unallocated", "north", 2)),
    ),
    "7 no reason": ("2022-10", [spell("2022-10-04", "2022-10-11", None)], delay(("unallocated", "north", 7))),
    "8 no council code, and two councils": (
        "2022-11",
        [spell("2022-11-04", "2022-11-05", "council", council_code="")],
        delay(("unknown-council", "north", 1)),
    ),
    "9 a council that is no partner": (
        "2022-12",
        [spell("2022-12-04", "2022-12-06", "council", council_code="E9")],
        delay(("e9", "north", 2)),
    ),
    "10 over the end of a month: 28 to 31 January": (
        "2023-01",
        [spell("2023-01-28", "2023-02-03", "council")],
        delay(("council", "north", 4)),
    ),
    "11 the same delay, 1 and 2 February": ("2023-02", [], delay(("council", "north", 2))),
    "12 dated reasons: four days of the council, then six of community services": (
        "2023-03",
        [spell("2023-03-04", "2023-03-14", None, spell_id="DATED")],
        delay(("council", "north", 4), ("community", "north", 6)),
    ),
    "13 two people together": (
        "2023-04",
        [spell("2023-04-04", "2023-04-07", "council"), spell("2023-04-10", "2023-04-14", "council")],
        delay(("council", "north", 7)),
    ),
    "14 left on the day": ("2023-05", [spell("2023-05-04", "2023-05-04", "council")], {}),
    "15 a wait that ended in death was one": (
        "2023-06",
        [spell("2023-06-04", "2023-06-07", "council", discharge_method="4")],
        delay(("council", "north", 3)),
    ),
    "16 an ICB that is no partner": (
        "2023-07",
        [spell("2023-07-04", "2023-07-06", "icb", icb_code="QZ9")],
        delay(("qz9", "north", 2)),
    ),
    "17 a community bed has no price": (
        "2023-08",
        [spell("2023-08-04", "2023-08-12", "council", provider_code="RC1")],
        {},
    ),
    "18 a private patient": (
        "2023-09",
        [spell("2023-09-04", "2023-09-09", "council", administrative_category="02")],
        {},
    ),
    "19 a child": ("2023-10", [spell("2023-10-04", "2023-10-09", "council", birth_date="2010-01-01")], {}),
    "20 ready after the discharge is no ready date": (
        "2023-11",
        [
            spell("2023-11-14", "2023-11-09", "council", admission_date="2023-11-05"),
            spell("2023-11-05", "2023-11-09", "icb"),
        ],
        delay(("icb", "north", 4)),
    ),
    "20a of the stays of 7 nights or more half have one: the month is not acceptable": (
        "2024-03",
        [spell("2024-03-14", "2024-03-09", "council"), spell("2024-03-05", "2024-03-09", "icb")],
        {},
    ),
    "21 a pool: £1,124.00 fell on the south hospital, of which the other council bears 40%, £449.60": (
        "2023-12",
        [spell("2023-12-04", "2023-12-06", "other", provider_code="RS1", delay_attribution="acute")],
        delay(("south", "south", 2)) | pooled("south", "other-council", 44_960),
    ),
    "22 the pool shares what others drove as well: 40% of £2,810.00": (
        "2024-01",
        [spell("2024-01-04", "2024-01-09", "council", provider_code="RS1")],
        delay(("council", "south", 5)) | pooled("south", "other-council", 112_400),
    ),
    "23 and not what fell on those outside it": (
        "2024-02",
        [
            spell("2024-02-04", "2024-02-05", "council", council_code="S1"),
            spell("2024-02-04", "2024-02-05", "council", council_code="S1", provider_code="RS1"),
        ],
        delay(("other-council", "north", 1), ("other-council", "south", 1)) | pooled("south", "other-council", 22_480),
    ),
}
REASONS = [("DATED", "2023-03-04", "council"), ("DATED", "2023-03-08", "community")]


def late(council: int = 0, person: int = 0) -> Amounts:
    amounts = {"council": council, "person": person}
    return {("icb", payer, "late_chc_decision"): pence for payer, pence in amounts.items() if pence}


HOME_CARE = "Home support or domiciliary care"


def service(month: str, cost: str = "700.00", **other: str) -> dict[str, str]:
    """Home care from the first of a month to the day before the decision."""
    return {
        "event_start_date": f"{month}-01", "event_end_date": f"{month}-31", "unit_cost": cost, "cost_frequency": "Weekly",
        "service_type": "Long term support: Community", "service_component": HOME_CARE,
        "funding_status": "Fully social care funded",
    } | other  # fmt: skip


def case(month: str, **other: str) -> dict[str, str]:
    """A positive checklist on the first of a month of 31 days, decided on the first of the next: the 29th to 31st are late."""
    decided = (dt.date.fromisoformat(f"{month}-01") + dt.timedelta(days=31)).isoformat()
    return {
        "checklist_date": f"{month}-01", "checklist_outcome": "Positive", "decision_date": decided,
        "decision": "Eligible", "fast_track": "N",
    } | other  # fmt: skip


#: The month; the case; services; the charge a week; what is refundable. £700.00 a week is £3,100.00 for 31 days.
LATE: dict[str, tuple[dict[str, str], list[dict[str, str]], str | None, Amounts]] = {
    # 3 of 31 days of £3,100.00.
    "24 the council paid": (case("2022-05"), [service("2022-05")], None, late(30_000)),
    # £140.00 a week is £620.00; 3/31 of it £60.00, of the rest £240.00.
    "25 the person paid a part": (case("2022-07"), [service("2022-07")], "140.00", late(24_000, 6_000)),
    "26 the person paid all": (
        case("2022-08"),
        [service("2022-08", funding_status="Fully client funded")],
        None,
        late(0, 30_000),
    ),
    "27 the charge was above the cost: taken up to it": (
        case("2022-10"),
        [service("2022-10")],
        "900.00",
        late(0, 30_000),
    ),
    # The half that the ICB pays by [[funding]] is no shift; of the other half nothing is charged.
    "28 half of it was the ICB's own": (
        case("2022-12"),
        [service("2022-12", service_component="Extra care housing")],
        None,
        late(15_000),
    ),
    "29 decided on day 28": (case("2023-01", decision_date="2023-01-28"), [service("2023-01")], None, {}),
    "30 the fast track": (case("2023-03", fast_track="Y"), [service("2023-03")], None, {}),
    "31 found not eligible": (case("2023-05", decision="Not eligible"), [service("2023-05")], None, {}),
    # 30 days cost £3,000.00; the 29th and 30th of them are late: £200.00.
    "32 the service ended before": (
        case("2023-07"),
        [service("2023-07", event_end_date="2023-07-30")],
        None,
        late(20_000),
    ),
    # £70.00 a week beside it: £310.00, of which 3/31 is £30.00.
    "33 two services": (
        case("2023-08"),
        [service("2023-08"), service("2023-08", "70.00", service_component="Day support")],
        None,
        late(33_000),
    ),
    # £20.00 x 10 hours x 31 / 7 = £885.714: £885.71. 3/31 of it is £85.713: £85.71.
    "34 by the hour": (
        case("2023-10"),
        [service("2023-10", "20.00", cost_frequency="Hourly", planned_units_per_week="10")],
        None,
        late(8_571),
    ),
    # Of two services of £700.00 and £70.00 (gross £3,100.00 and £310.00) £77.00 a week is charged, £341.00 for 31 days:
    # £310.00 and £31.00. Late: £300.00 - £30.00, £30.00 - £3.00; the person £33.00.
    "35 a charge is spread over two services": (
        case("2023-12"),
        [service("2023-12"), service("2023-12", "70.00", service_component="Day support")],
        "77.00",
        late(29_700, 3_300),
    ),
    "36 negative checklist": (case("2024-01", checklist_outcome="Negative"), [service("2024-01")], None, {}),
}


def write(path: Path, rows: Iterable[dict[str, str]]) -> None:
    every = list(rows)
    names = list(dict.fromkeys(name for row in every for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(every)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str, str], int]:
    """Month, driver, payer, kind to pence."""
    folder = tmp_path_factory.mktemp("by-hand")
    (folder / "costshift.toml").write_text(PROJECT, encoding="utf-8")
    key: dict[str, Any] = {"person_key_scheme": "ours"}
    write(
        folder / "spells.csv",
        (
            {"spell_id": f"S{number}"} | own | key | {"person_key": f"D{number}"}
            for number, own in enumerate(own for _, spells, _ in DELAYS.values() for own in spells)
        ),
    )
    write(
        folder / "delay_reasons.csv",
        (
            {"provider_code": "RN1", "spell_id": name, "from_date": day, "delay_reason": "x", "delay_attribution": to}
            for name, day, to in REASONS
        ),
    )
    people = [(f"L{number}", *own) for number, own in enumerate(LATE.values())]
    about = {
        "council_code": "N1", "client_type": "Service user", "event_type": "Service",
        "reporting_period_start": "2022-04-01", "reporting_period_end": "2025-03-31",
    }  # fmt: skip
    write(
        folder / "care_events.csv",
        (
            about | key | {"person_key": name, "council_person_id": name, "birth_date": "1940-06-15"} | own
            for name, _, services, _, _ in people
            for own in services
        ),
    )
    write(
        folder / "charges.csv",
        (
            {
                "council_code": "N1",
                "council_person_id": name,
                "start_date": "2022-04-01",
                "contribution_per_week": charge,
            }
            for name, _, _, charge, _ in people
            if charge
        ),
    )
    write(
        folder / "chc.csv",
        (
            {"icb_code": "QX1", "case_id": name, "birth_date": "1940-06-15"} | key | {"person_key": name} | own
            for name, own, *_ in people
        ),
    )
    project = load_project(folder / "costshift.toml")
    with history_of(project, folder).locked():
        pipeline.load(project, folder, MONTH, None, "2025-04-01T00:00:00", lambda _text: None)
    worked = work_out(project, folder, MONTH, lambda _text: None)
    return {
        (f"{row['month']:%Y-%m}", row["driver"], row["payer"], row["kind"]): row["amount"]
        for row in worked.ledger.shifts.to_dicts()
    }


def of(ledger: dict[tuple[str, str, str, str], int], month: str, *kinds: str) -> Amounts:
    return {key[1:]: pence for key, pence in ledger.items() if key[0] == month and key[3] in kinds}


@pytest.mark.parametrize("name", DELAYS)
def test_delays_and_pools(ledger: dict[tuple[str, str, str, str], int], name: str) -> None:
    month, _, wanted = DELAYS[name]
    assert of(ledger, month, "delay", "pool_adjustment") == wanted


@pytest.mark.parametrize("name", LATE)
def test_late_decisions(ledger: dict[tuple[str, str, str, str], int], name: str) -> None:
    own, _, _, wanted = LATE[name]
    assert of(ledger, own["checklist_date"][:7], "late_chc_decision") == wanted


def test_nothing_else_is_shifted(ledger: dict[tuple[str, str, str, str], int]) -> None:
    wanted = {month for month, _, amounts in DELAYS.values() if amounts}
    wanted |= {own["checklist_date"][:7] for own, _, _, amounts in LATE.values() if amounts}
    assert {month for month, *_ in ledger} == wanted
    assert len(DELAYS) + len(LATE) >= 30
