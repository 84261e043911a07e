"""What pseudonyms are made of, beside a slow answer person by person."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import polars as pl
import pytest

from costshift.people.identities import IDENTITY_COLUMNS
from costshift.people.seeds import seeds_of

IDENTITIES = {
    "identity": pl.Int64,
    "person": pl.Int64,
    "permitted": pl.Boolean,
    **dict.fromkeys(IDENTITY_COLUMNS, pl.String),
    "birth_date": pl.Date,
    "loose": pl.Boolean,
}
CONFLICTS = {"conflict": pl.String, "set": pl.Int64, "identity": pl.Int64}


def some_identities(seed: int) -> tuple[list[dict[str, Any]], set[int]]:
    """Identities of some people, a few of whom nothing names; and which identities carry a number of several people."""
    draw = random.Random(seed)
    people = draw.randint(1, 30)
    rows: list[dict[str, Any]] = []
    for person in [*range(people), *(draw.randrange(people) for _ in range(draw.randint(0, 40)))]:
        rows.append(
            dict.fromkeys(IDENTITIES)
            | {
                "identity": len(rows),
                "person": person,
                "permitted": draw.random() < 0.8,
                "organisation": draw.choice(["provider:RAA", "council:101", "council:102"]),
                "local_id": draw.choice([None, "L1", "L2", "L3"]),
                "nhs_number": draw.choice([None, None, f"999{draw.randrange(10):07d}"]),
                "person_key": draw.choice([None, None, "national:K1", "national:K2"]),
                "birth_date": draw.choice([None, dt.date(1940, 1, draw.randint(1, 3))]),
                "postcode": draw.choice([None, "ZZ11AA"]),
                "record": draw.choice([None, f"spells/{len(rows)}"]),
                "loose": False,
            }
        )
    draw.shuffle(rows)
    return rows, {row["identity"] for row in rows if draw.random() < 0.2}


def by_hand(rows: list[dict[str, Any]], shared: set[int]) -> dict[int, str]:
    """The same person by person."""
    people: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        people.setdefault(row["person"], []).append(row)
    seeds: dict[int, str | None] = {}
    demographic: dict[int, str] = {}
    whole: dict[int, str] = {}
    for person, own in people.items():
        numbers = [row["nhs_number"] for row in own if row["nhs_number"] and row["identity"] not in shared]
        keys = [row["person_key"] for row in own if row["person_key"]]
        inside = ""
        if not all(row["permitted"] for row in own):
            inside = f"only:{min(row['organisation'] for row in own)}:"
        local = [f"{inside}local:{row['organisation']}:{row['local_id']}" for row in own if row["local_id"]]
        seeds[person] = None
        if numbers:
            seeds[person] = f"{inside}nhs:{min(numbers)}"
        elif keys:
            seeds[person] = f"{inside}key:{min(keys)}"
        elif local:
            seeds[person] = min(local)
        said = ("birth_date", "sex", "postcode", "surname", "forename", "record")
        demographic[person] = min(
            f"demographic:{row['organisation']}:{'|'.join(_text(row[name]) for name in said)}" for row in own
        )
        whole[person] = min("|".join(_text(row[name]) for name in IDENTITY_COLUMNS) for row in own)
    named = {person: seed or demographic[person] for person, seed in seeds.items()}
    times = Counter(named.values())
    return {person: f"{seed}|{whole[person]}" if times[seed] > 1 else seed for person, seed in named.items()}


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("seed", range(40))
def test_seeds_are_those_of_the_slow_answer(seed: int) -> None:
    rows, shared = some_identities(seed)
    known = pl.LazyFrame(rows, schema=IDENTITIES)
    conflicts = pl.DataFrame(
        [("number_on_several_people", 0, identity) for identity in sorted(shared)], schema=CONFLICTS, orient="row"
    )
    found = seeds_of(known, conflicts)
    assert dict(found.iter_rows()) == by_hand(rows, shared)
    assert found["person"].is_sorted()
    # However few people are looked at together.
    for together in (1, 2, 7):
        assert seeds_of(known, conflicts, together).equals(found)


def test_nobody_has_no_seed() -> None:
    assert seeds_of(pl.LazyFrame(schema=IDENTITIES), pl.DataFrame(schema=CONFLICTS)).height == 0
