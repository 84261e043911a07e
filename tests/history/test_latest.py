"""Of several submissions of one record the latest counts: against a plain reading, on random worlds."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from typing import Any

import polars as pl
import pytest

from costshift.extracts.kinds import KINDS
from costshift.history.latest import latest_of_each_key

Row = dict[str, Any]


def _world(seed: int, keys: tuple[str, ...], grouped: bool) -> list[Row]:
    draw = random.Random(seed)
    rows: list[Row] = []
    for load in range(1, draw.randint(2, 4)):
        month = dt.date(2025, draw.randint(1, 3), 1)
        for submitter in draw.sample(["a", "b", "c"], draw.randint(1, 3)):
            # Within one submission a key stands once, but for grouped kinds.
            numbers = draw.choices(range(8), k=6) if grouped else draw.sample(range(8), 5)
            rows += [
                dict.fromkeys(keys, f"k{number}")
                | {"submission_month": month, "load_id": load, "submitter": submitter}
                | {"source_file": f"{submitter}{load}.csv", "source_row": row}
                for row, number in enumerate(numbers)
            ]
    draw.shuffle(rows)
    return rows


def _plainly(rows: list[Row], keys: tuple[str, ...], grouped: bool) -> set[tuple[str, int]]:
    """The file and row of each row that counts."""
    of_key = defaultdict(list)
    for row in rows:
        of_key[tuple(row[name] for name in keys)].append(row)
    kept = set()
    for own in of_key.values():
        latest = max((row["submission_month"], row["load_id"]) for row in own)
        last = [row for row in own if (row["submission_month"], row["load_id"]) == latest]
        if not grouped:
            last = [min(last, key=lambda row: (row["submitter"], row["source_file"], row["source_row"]))]
        kept |= {(row["source_file"], row["source_row"]) for row in last}
    return kept


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.key])
def test_the_rows_that_count_are_those_of_a_plain_reading(name: str) -> None:
    kind = KINDS[name]
    for seed in range(25):
        rows = _world(seed, kind.key, kind.grouped)
        frame = pl.DataFrame(rows, schema_overrides={"submission_month": pl.Date, "load_id": pl.Int64})
        found = latest_of_each_key(frame.lazy(), kind).collect()
        assert set(found.columns) == set(frame.columns)
        at = found.select("source_file", "source_row").rows()
        assert len(at) == len(set(at))
        assert set(at) == _plainly(rows, kind.key, kind.grouped)
