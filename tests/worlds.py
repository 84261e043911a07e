"""Random small places for comparing two answers: messy on purpose, and the same for the same seed."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl

from costshift.extracts.kinds import KINDS
from costshift.project import Project

AS_AT = dt.date(2024, 3, 31)
REASONS = ["HP1", "HP3", "WB2", "CTH3", "IF1", "IF5", "IF7", "CP2", "CP6", "CP8", "unrecognised", None]
ATTRIBUTIONS = ["acute", "community", "icb", "council", "person", "nhs", "both"]

PARTNERS: list[dict[str, Any]] = [
    {"id": "north-hospitals", "name": "North Hospitals", "type": "acute", "codes": ["RN1"]},
    {"id": "south-hospitals", "name": "South Hospitals", "type": "acute", "codes": ["RS1", "RS101"]},
    {"id": "community-trust", "name": "Community Trust", "type": "community", "codes": ["RC1"]},
    {"id": "the-icb", "name": "The ICB", "type": "icb", "codes": ["QX1"]},
    {"id": "north-council", "name": "North Council", "type": "council", "codes": ["E1", "501"]},
    {"id": "south-council", "name": "South Council", "type": "council", "codes": ["E2"]},
]


def project(**delays: Any) -> Project:
    """A project of the partners above."""
    return Project.model_validate(
        {
            "place": {"name": "Anywhere"},
            "partners": PARTNERS,
            "extracts": [{"kind": "spells", "submitter": "north-hospitals", "files": "spells.csv"}],
            "delays": delays,
        }
    )


def world(seed: int, spells: int = 250) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Spells (with ``person``) and dated reasons as canonical rows."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    reasons: list[dict[str, Any]] = []
    blank_provider = chance.choice(["RN1", "RC1", "RZZ", None])
    closed_provider = chance.choice(["RS1", None])
    has_class = chance.random() < 0.7
    people = max(3, spells // 2)
    last_discharge: dict[int, tuple[dt.date, bool]] = {}
    for number in range(spells):
        person = chance.randrange(people)
        admission = AS_AT - dt.timedelta(days=chance.randrange(-5, 150))
        if person in last_discharge and chance.random() < 0.5:
            admission = last_discharge[person][0] + dt.timedelta(days=chance.choice([0, 1, 1, 2]))
        length = int(chance.expovariate(1 / 12))
        discharge: dt.date | None = admission + dt.timedelta(days=length)
        provider = chance.choice(["RN1", "RN1", "RS1", "RC1", "RZZ"])
        if discharge is not None and discharge > AS_AT and chance.random() < 0.8:
            discharge = None
        if provider == closed_provider and (discharge is None or discharge > AS_AT):
            continue
        transferred = chance.random() < 0.15
        if discharge:
            last_discharge[person] = (discharge, transferred)
        end = discharge or max(AS_AT, admission) + dt.timedelta(days=3)
        ready: dt.date | None = admission + dt.timedelta(days=chance.randrange(0, (end - admission).days + 1))
        if chance.random() < 0.06:
            ready = admission + dt.timedelta(days=chance.choice([-3, (end - admission).days + 2]))
        if chance.random() < 0.2 or provider == blank_provider:
            ready = None
        rows.append(
            {
                "provider_code": provider,
                "spell_id": f"S{number}",
                "site_code": chance.choice(["RN101", "RN199", None]),
                "council_code": chance.choice(["E1", "501", "E2", "E9", None]),
                "icb_code": chance.choice(["QX1", "QX1", "QZZ", None]),
                "admission_date": admission,
                "admission_method": chance.choice(["21", "11", "31", "2B", None]),
                "admission_source": chance.choice(["19", "51", None]),
                "patient_classification": chance.choice(["1", "1", "1", "1", "2"]) if has_class else None,
                "administrative_category": chance.choice(["01", "01", "01", "02", None]),
                "treatment_function_code": chance.choice(["300", "430", "501"]) if chance.random() < 0.9 else None,
                "discharge_ready_date": ready,
                "discharge_date": discharge,
                "discharge_method": chance.choice(["1", "1", "1", "4", None]) if discharge else None,
                "discharge_destination": "51" if transferred else chance.choice(["19", "54", "79", None]),
                "discharge_pathway": chance.choice(["P0", "P1", "P2", "P3", None]),
                "delay_reason": chance.choice(REASONS),
                "delay_attribution": chance.choice(ATTRIBUTIONS) if chance.random() < 0.1 else None,
                "birth_date": dt.date(chance.randrange(1925, 2012), chance.randrange(1, 13), chance.randrange(1, 29))
                if chance.random() < 0.95
                else None,
                "person": person,
            }
        )
        if chance.random() < 0.5:
            for _ in range(chance.randrange(1, 4)):
                start = admission + dt.timedelta(days=chance.randrange(-2, 20))
                reasons.append(
                    {
                        "provider_code": provider,
                        "spell_id": f"S{number}",
                        "from_date": start,
                        "to_date": start + dt.timedelta(days=chance.randrange(0, 8)) if chance.random() < 0.4 else None,
                        "delay_reason": chance.choice([reason for reason in REASONS if reason]),
                        "delay_attribution": chance.choice(ATTRIBUTIONS) if chance.random() < 0.1 else None,
                    }
                )
    chance.shuffle(rows)
    chance.shuffle(reasons)
    return rows, reasons


def frame(kind: str, rows: list[dict[str, Any]], **extra: Any) -> pl.LazyFrame:
    """Canonical rows as the history would give them."""
    schema = {name: column.dtype for name, column in KINDS[kind].schema.columns().items()}
    schema |= {"load_id": pl.Int64(), "submitter": pl.String(), **extra}
    filled = [
        {"source_file": "file.csv", "source_row": number + 2, "load_id": 1, "submitter": "north-hospitals"} | row
        for number, row in enumerate(rows)
    ]
    return pl.DataFrame(filled, schema=schema).lazy()
