"""Contacts, attendances and continuing healthcare cases as their owners send them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from costshift.sample import places
from costshift.sample.arrays import NEVER, Rng, choose, dates, day_number, labels, take
from costshift.sample.people import People
from costshift.sample.records import FROM, TO, Extract, Writing, money, person_columns
from costshift.sample.settings import SampleSettings

Table = dict[str, npt.NDArray[Any]]


def contacts_extract(settings: SampleSettings, people: People, contacts: Table, rng: Rng) -> Extract:
    """The contacts of the community provider."""
    order = np.lexsort((contacts["person"], contacts["day"]))
    contacts = take(contacts, order)
    person, day, count = contacts["person"], contacts["day"], len(order)
    frame = pl.DataFrame(
        {
            "provider_code": _constant("RZ3", count),
            "contact_id": _sequence("C", 5_000_001, count),
            "referral_date": dates(day - rng.integers(1, 60, count)),
            "contact_date": dates(day),
            "team_type": labels(
                ["District nursing", "Community therapy", "Intermediate care", "Specialist nursing"],
                choose(rng, count, (66, 18, 8, 8)),
            ),
            "attended": labels(["5", "6"], (rng.random(count) < 0.04).astype(np.int64)),
            "duration_minutes": pl.Series(5 * (2 + choose(rng, count, (3, 8, 20, 24, 16, 9, 5, 3)))).cast(pl.String),
            **person_columns(settings, people, person, Writing(0.02), rng),
            FROM: day,
            TO: day,
            "_person": person,
            "_planted": contacts["planted"],
        }
    )
    return Extract(
        "contacts",
        "RZ3",
        places.PROVIDERS[places.RZ3].partner,
        "contacts_rz3",
        "canonical",
        frame,
        "contact_id",
        required=False,
    )


def attendance_extracts(settings: SampleSettings, people: People, attendances: Table, rng: Rng) -> list[Extract]:
    """The attendances of both acute trusts."""
    extracts = []
    for number, code in enumerate(("RZ1", "RZ2")):
        mine = take(attendances, attendances["provider"] == number)
        mine = take(mine, np.lexsort((mine["person"], mine["day"])))
        person, day, count = mine["person"], mine["day"], len(mine["day"])
        admitted = mine["admitted"].astype(np.bool_)
        minor = ~admitted & (rng.random(count) < 0.25)
        frame = pl.DataFrame(
            {
                "provider_code": _constant(code, count),
                "attendance_id": _sequence(f"{code}-ED-", 700_001, count),
                "arrival_date": dates(day),
                "department_type": labels(["01", "03"], minor.astype(np.int64)),
                "admitted": labels(["N", "Y"], admitted.astype(np.int64)),
                **person_columns(settings, people, person, Writing(0.03), rng),
                FROM: day,
                TO: day,
                "_person": person,
                "_planted": mine["planted"],
            }
        )
        extracts.append(
            Extract(
                "attendances",
                code,
                places.PROVIDERS[number].partner,
                f"attendances_{code.lower()}",
                "canonical",
                frame,
                "attendance_id",
                required=False,
            )
        )
    return extracts


def chc_extract(settings: SampleSettings, people: People, cases: Table, rng: Rng) -> tuple[Extract, Table]:
    """The continuing healthcare cases of the ICB, and the same cases in the order of their rows."""
    start, end = day_number(settings.first_day), day_number(settings.last_day)
    opened = np.minimum(np.minimum(cases["checklist"], cases["decision"]), cases["begun"])
    closed = np.where(cases["decision"] < NEVER, cases["decision"], opened)
    closed = np.where(cases["begun"] < NEVER, cases["stop"], closed)
    cases = {**cases, "opened": opened, "closed": np.maximum(closed, opened)}
    cases = take(cases, (opened <= end) & (cases["closed"] >= start))
    cases = take(cases, np.lexsort((cases["person"], cases["opened"])))
    person, count = cases["person"], len(cases["person"])
    decided = cases["decision"] < NEVER
    granted = cases["begun"] < NEVER
    checked = cases["checklist"] < NEVER
    frame = pl.DataFrame(
        {
            "icb_code": _constant("QZ1", count),
            "case_id": _sequence("CHC", 30_001, count),
            "checklist_date": dates(cases["checklist"]),
            "checklist_outcome": labels(
                ["Positive", "Negative", None],
                np.where(checked, np.where(cases["positive"], 0, 1), 2).astype(np.int64),
            ),
            "decision_date": dates(cases["decision"]),
            "decision": labels(
                ["Eligible", "Not eligible", None],
                np.where(decided, np.where(cases["eligible"], 0, 1), 2).astype(np.int64),
            ),
            "fast_track": labels(["N", "Y"], cases["fast"].astype(np.int64)),
            "package_start_date": dates(cases["begun"]),
            "package_end_date": dates(np.where(granted, cases["stop"], NEVER)),
            "weekly_cost": pl.select(pl.when(pl.Series(granted)).then(money(cases["weekly"]))).to_series(),
            **person_columns(settings, people, person, Writing(0.01), rng),
            FROM: cases["opened"],
            TO: cases["closed"],
            "_person": person,
        }
    )
    extract = Extract(
        "chc",
        "QZ1",
        places.ICB.partner,
        "chc_qz1",
        "canonical",
        frame,
        "case_id",
        required=False,
    )
    return extract, cases


def _constant(value: str, count: int) -> pl.Series:
    """One value for every row."""
    return pl.Series([value]).gather(pl.Series(np.zeros(count, dtype=np.int64)))


def _sequence(prefix: str, first: int, count: int) -> pl.Series:
    """Running identifiers."""
    return pl.select(pl.lit(prefix) + pl.Series(np.arange(count) + first).cast(pl.String)).to_series()
