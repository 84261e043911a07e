"""Records have one identity exactly where all that they say of whose they are is the same, once made plain."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl

from costshift.people.identified import identify
from costshift.people.identities import IDENTITY_COLUMNS, records_of

from worlds import frame

# What differs only in how it is written, and what is easily taken for something else.
VALUES: dict[str, list[Any]] = {
    "nhs_number": [None, None, "9990000018", "9990000026"],
    "nhs_number_status": [None, "01", "03"],
    "person_key": [None, None, None, "a", "b"],
    "person_key_scheme": [None, "a"],
    "birth_date": [None, dt.date(1940, 5, 12), dt.date(1900, 1, 1), dt.date(1830, 1, 1)],
    "sex": [None, "1", "2", "9"],
    "postcode": [None, "ab1 2cd", "AB1 2CD", "AB12CD", "AB1", "ZZ99 3VZ", ""],
    "surname": [None, "Smith", "SMITH ", "Smyth", "Mrs Smith", "", "Ann"],
    "forename": [None, "Ann", "ann", "Smith", "Änn"],
}


def _rows(draw: random.Random, local: str) -> list[dict[str, Any]]:
    return [
        {name: draw.choice(values) for name, values in VALUES.items()}
        | {local: draw.choice([None, None, "7", "8"])}
        | {"source_row": number, "load_id": draw.randint(1, 2), "source_file": draw.choice(["a.csv", "b.csv"])}
        for number in range(400)
    ]


def test_an_identity_is_what_a_record_says_and_nothing_else() -> None:
    draw = random.Random(4)
    for _ in range(5):
        spells = [
            own
            | {"spell_id": str(own["source_row"]), "provider_code": draw.choice(["RN1", "RN2"])}
            | {"admission_date": dt.date(2024, 3, 1)}
            for own in _rows(draw, "local_patient_id")
        ]
        events = [
            own | {"council_code": draw.choice(["RN1", "E1"]), "event_start_date": dt.date(2024, 3, draw.randint(1, 3))}
            for own in _rows(draw, "council_person_id")
        ]
        views = {"spells": frame("spells", spells), "care_events": frame("care_events", events)}
        people = identify(views)
        said = pl.concat([records_of(kind, views[kind]).collect() for kind in people.rows]).select(IDENTITY_COLUMNS)
        given = pl.concat([rows.select("identity") for rows in people.rows.values()])["identity"]
        of_identity: dict[int, tuple[Any, ...]] = {}
        for number, own in zip(given, said.iter_rows(), strict=True):
            assert of_identity.setdefault(number, own) == own
        identities = people.identities.collect()
        assert people.count == identities.height
        assert sorted(of_identity) == list(range(identities.height))
        assert len(set(of_identity.values())) == len(of_identity)
        # What is kept of an identity is what its records say.
        kept = identities.select("identity", *IDENTITY_COLUMNS).iter_rows()
        assert {row[0]: row[1:] for row in kept} == of_identity
        # Plain Python finds as many.
        assert identities.height == len(set(said.iter_rows()))
        assert identities.height < said.height
