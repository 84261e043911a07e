"""Random places: flow, gaps and overlaps by the package and by a slow recount."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl
import pytest

from care_frames import COUNCIL, EVENT, NURSING, OTHER, RESIDENTIAL, ST_MAX, coverage, frame, service
from costshift.indicators.gaps_and_overlaps import GROUPS, GapRecords, gaps_and_overlaps
from costshift.indicators.residence import deaths
from flow_frames import CONTACT, contact, dated, event, figures, flow, spell

from independent.flow import flow as slow_flow
from independent.flow import gaps as slow_gaps

FIRST, AS_AT = dt.date(2024, 4, 1), dt.date(2025, 3, 31)
COVERED = coverage(covers=(dt.date(2020, 1, 1), AS_AT))


def a_day(rng: random.Random, span: int = 360) -> dt.date:
    return FIRST + dt.timedelta(days=rng.randrange(span))


def a_world(seed: int) -> dict[str, list[Any]]:
    rng = random.Random(seed)
    spells, events, contacts, decisions = [], [], [], set()
    for person in range(1, 31):
        council = "991" if person % 3 else "992"
        own = COUNCIL if council == "991" else OTHER
        born = f"19{rng.randrange(35, 70)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 28):02d}"
        when = a_day(rng, 120)
        for _ in range(rng.randrange(1, 4)):
            nights = rng.randrange(0, 20)
            left = when + dt.timedelta(days=nights)
            if left > AS_AT:
                break
            ready = left - dt.timedelta(days=rng.randrange(0, nights + 1))
            spells.append(
                spell(
                    person, when.isoformat(), left.isoformat(), ready.isoformat(), born=born, council=council,
                    method=rng.choice(["21", "21", "22", "11", "2D", "31"]), pathway=rng.choice(["P0", "P1", "P2", None]),
                    function=rng.choice(["300", "300", "300", "430", "501", "651"]),
                    how=rng.choice(["1", "1", "1", "1", "1", "4"]), to=rng.choice(["19", "19", "55", "88"]),
                )
            )  # fmt: skip
            if spells[-1]["discharge_method"] == "4":
                break
            when = left + dt.timedelta(days=rng.choice([2, 10, 29, 30, 60, 84, 85]))
        anchor = spells[-1]["discharge_date"] if rng.random() < 0.7 else a_day(rng)
        for kind, component in rng.sample(
            [(ST_MAX, "Reablement"), (ST_MAX, "Reablement"), (NURSING, "Long term nursing care"), (RESIDENTIAL, None),
             ("Long term support: Community", "Home support or domiciliary care"), ("Long term support: Prison", None)],
            rng.randrange(0, 4),
        ):  # fmt: skip
            start = anchor + dt.timedelta(days=rng.choice([-400, -8, -7, -3, 0, 3, 4, 7, 28, 29, 84, 85]))
            end = None if rng.random() < 0.4 else (start + dt.timedelta(days=rng.randrange(60))).isoformat()
            events.append(
                service(start.isoformat(), end, None, kind=kind, component=component, person=person, council=own)
                | {"client_type": rng.choice(["Service user"] * 9 + ["Unpaid carer"])}
            )
        if rng.random() < 0.5:
            decisions.add((person, own, a_day(rng), rng.random() < 0.5))
        if rng.random() < 0.4:
            month = FIRST.replace(month=rng.randrange(4, 13))
            for _ in range(rng.choice([1, 7, 8, 12])):
                on = month + dt.timedelta(days=rng.randrange(28))
                contacts.append(
                    contact(
                        person,
                        on.isoformat(),
                        rng.choice(["District nursing"] * 9 + ["Therapy"]),
                        rng.choice(["5"] * 9 + ["3"]),
                    )
                )
        if rng.random() < 0.15:
            start = a_day(rng).isoformat()
            events.append(event("Request", start, start, person, own))
    return {"spells": spells, "events": events, "contacts": contacts, "decisions": sorted(decisions)}


@pytest.mark.parametrize("seed", range(8))
def test_flow_is_what_the_recount_gives(seed: int) -> None:
    world = a_world(seed)
    found = flow(world["spells"], world["events"], covered=COVERED)
    expected = slow_flow(world["spells"], world["events"], AS_AT)
    last = {"emergency_readmission_30_days": 29, "care_home_within_28_days": 28, "reablement_offered": 7, "still_in_community_84_days": 84}  # fmt: skip
    compared = 0
    for name, ahead in last.items():
        for council in (COUNCIL, OTHER):
            mine = {
                dt.date.fromisoformat(f"{month}-01"): own[:2] for month, own in figures(found, name, council).items()
            }
            theirs = {
                month: tuple(own)
                for (indicator, month, of), own in expected.items()
                if indicator == name and of == council
            }
            for month, own in theirs.items():
                end = (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
                if own[1] == 0:  # a numerator of reablement without a discharge of the council's own residents
                    continue
                ripe = end + dt.timedelta(days=ahead) <= AS_AT
                assert mine.pop(month) == (own if ripe else (None, own[1])), (name, council, month)
                compared += 1
            assert not mine, (name, council, mine)
    assert compared > 20


@pytest.mark.parametrize("seed", range(8))
def test_gaps_and_overlaps_are_what_the_recount_gives(seed: int) -> None:
    world = a_world(seed)
    schema = {"person": pl.Int64, "council": pl.String, "decision_date": pl.Date, "eligible": pl.Boolean}
    spells, events, contacts = (
        dated(world["spells"]).spells,
        frame(world["events"], EVENT),
        frame(world["contacts"], CONTACT),
    )
    records = GapRecords(
        spells,
        events,
        contacts,
        deaths(spells, {"care_events": events, "contacts": contacts}),
        pl.LazyFrame(world["decisions"], schema=schema, orient="row"),
        COVERED,
    )
    expected = slow_gaps(world["spells"], world["events"], world["contacts"], world["decisions"])
    found = gaps_and_overlaps(records, AS_AT)
    begins = min(row["discharge_date"] for row in world["spells"]).replace(day=1)
    months = set(found["month"].unique())
    assert min(months) == begins
    assert found.height == len(months) * 2 * len(GROUPS)
    for month, council, group, people in found.iter_rows():
        end = (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        ripe = end + dt.timedelta(days=GROUPS[group].looks_ahead) <= AS_AT
        assert people == (len(expected.get((group, month, council), set())) if ripe else None), (group, month, council)
    assert sum(found["people"].drop_nulls()) > 10
