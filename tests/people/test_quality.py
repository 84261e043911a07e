"""Records and different people by everything that is told of them, against a count row by row."""

from __future__ import annotations

import random
from collections import defaultdict

import polars as pl
import pytest

from costshift.people.quality import _coded, _counted


@pytest.mark.parametrize(("most_codes", "together"), [(1, 1), (1, 2**40), (2**20, 2**40)])
# Also of numbers up to the largest of 31 bits: a person and a cell share one number.
@pytest.mark.parametrize("numbers", [[0, 1, 2, 3], [0, 2**31 - 1, 2**31 - 2]])
@pytest.mark.parametrize("rows", [0, 1, 400])
def test_records_and_people_are_counted_as_row_by_row(
    rows: int, numbers: list[int], most_codes: int, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costshift.people.quality._MOST_CODES", most_codes)
    monkeypatch.setattr("costshift.people.quality._MOST_TOGETHER", together)
    chance = random.Random(rows)
    told = [
        (
            chance.choice(["spells", "contacts"]),
            chance.choice(["a", "b", "c"]),
            chance.choice(["yes", "no"]),
            chance.choice(["0-17", "85+", None]),
            chance.choice(numbers),
        )
        for _ in range(rows)
    ]
    records: dict[tuple[str | None, ...], int] = defaultdict(int)
    people: dict[tuple[str | None, ...], set[int]] = defaultdict(set)
    for *by, person in told:
        records[tuple(by)] += 1
        people[tuple(by)].add(person)
    names = ["kind", "submitter", "found", "age_band", "person"]
    schema = dict.fromkeys(names[:-1], pl.String) | {"person": pl.Int64}
    frame = pl.DataFrame(told, schema=schema, orient="row").lazy()
    group = pl.concat_str("age_band", "found", separator="|", ignore_nulls=True)
    counted = _counted(_coded(frame, "found", "age_band"), "any", group)
    assert counted.columns == ["extract", "submitter", "pass", "characteristic", "group", "records", "people"]
    assert sorted(counted.rows()) == sorted(
        (kind, sender, "all", "any", "|".join(own for own in (band, found) if own), count, len(people[by]))
        for by, count in records.items()
        for kind, sender, found, band in [by]
    )
