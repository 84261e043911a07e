"""Random places of care, costed by the package and recounted day by day."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest

from care_frames import COUNCIL, OTHER, case, charge, costs, coverage, service, table

from independent.care_costs import SETTINGS, service_costs

FIRST, AS_AT = dt.date(2024, 1, 1), dt.date(2025, 4, 30)
COVERS = (FIRST, AS_AT)


def a_day(rng: random.Random, first: dt.date = FIRST, last: dt.date = AS_AT) -> dt.date:
    return first + dt.timedelta(days=rng.randrange((last - first).days + 1))


def a_span(rng: random.Random) -> tuple[str, str | None]:
    start = a_day(rng)
    end = (
        None
        if rng.random() < 0.3
        else min(start + dt.timedelta(days=rng.randrange(200)), AS_AT + dt.timedelta(days=30))
    )
    return start.isoformat(), None if end is None else end.isoformat()


def a_world(seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    rng = random.Random(seed)
    services, charges, cases = [], [], []
    for _ in range(25):
        person = rng.randrange(1, 7)
        kind, component = rng.choice(list(SETTINGS))
        frequency = rng.choice(
            ["Weekly", "fortnightly", "4-Weekly", "Monthly", "Quarterly", "Annually", "Hourly", None]
        )
        cost = rng.choice([None, "0.00", f"{rng.uniform(-20, 900):.2f}", f"{rng.uniform(1, 900):.2f}"])
        units = rng.choice([None, "0.00", f"{rng.uniform(-3, 20):.2f}"])
        services.append(
            service(
                *a_span(rng),
                cost,
                frequency,
                units,
                kind=kind,
                component=component,
                person=person,
                council=COUNCIL if person < 5 else OTHER,
                funding=rng.choice([None, "Fully client funded", "Joint client and social care funded"]),
            )
        )
    starts = {(rng.randrange(1, 5), a_day(rng)) for _ in range(8)}
    for person, start in sorted(starts):
        end = None if rng.random() < 0.5 else (start + dt.timedelta(days=rng.randrange(120))).isoformat()
        charges.append(charge(start.isoformat(), end, f"{rng.uniform(0.01, 300):.2f}", person))
    for person in (1, 2):
        start, end = a_span(rng)
        cases.append(case(package=(start, end, f"{rng.uniform(1, 2000):.2f}"), person=person))
    return services, charges, cases


@pytest.mark.parametrize("seed", range(12))
def test_every_cell_is_what_the_recount_gives(seed: int) -> None:
    services, charges, cases = a_world(seed)
    found = costs(services, charges, cases, as_at=AS_AT.isoformat(), covered=coverage(covers=COVERS))
    expected = service_costs(services, charges, cases, {"991": COUNCIL, "992": OTHER}, AS_AT)
    shown = {
        (dt.date.fromisoformat(f"{month}-01"), payer, setting): own[:3]
        for (month, payer, setting), own in table(found).items()
    }
    assert shown == expected
    assert len(shown) > 20


def test_the_worlds_are_not_all_alike() -> None:
    worlds = [a_world(seed) for seed in range(3)]
    assert worlds[0] != worlds[1] != worlds[2]
    assert all(isinstance(own["unit_cost"], (Decimal, type(None))) for own in worlds[0][0])
