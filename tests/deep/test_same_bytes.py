"""Not a byte of the figures changes with threads, chunks, engine, the format of the extracts or how they are cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
def test_every_setting_publishes_the_same_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import big_places
    import run

    size = replace(big_places.MONTH_OF_AN_ICB, spells=2_000, care_events=4_000, contacts=1_000, people=4_000)
    hashes = run.hashes_of(size, tmp_path)
    run.refuse_if_different(hashes)
    assert len(hashes) == len(run.SETTINGS) + 2
    assert all(len(tables) > 20 for tables in hashes.values())
