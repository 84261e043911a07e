"""The table attribution_agreement by costshift, by DuckDB SQL and by pandas: three implementations of one definition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("duckdb")
    pytest.importorskip("pandas")
    for folder in (BENCHMARKS, BENCHMARKS / "peers"):
        monkeypatch.syspath_prepend(str(folder))
    import big_places

    return big_places


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", ["numbered", "part_of_england"])
def test_three_implementations_agree(benchmarks: Any, kind: str, seed: int, tmp_path: Path) -> None:
    import by_duckdb
    import by_pandas
    import core

    size = replace(getattr(benchmarks, kind)(20_000), seed=seed)
    benchmarks.make_core(size, tmp_path)
    own = core.agreement_of(tmp_path, {})
    by_duckdb.agreement_of(tmp_path, tmp_path / "duckdb.parquet", floor=False, threads=2, memory="2GB")
    by_pandas.agreement_of(tmp_path).to_parquet(tmp_path / "pandas.parquet", index=False)
    grain = ["month", "provider", "council", "recorded_attribution", "evidenced_attribution", "state", "strength"]
    for name in ("duckdb", "pandas"):
        found = pl.read_parquet(tmp_path / f"{name}.parquet")
        theirs = found.select(pl.col(column).cast(dtype) for column, dtype in own.schema.items()).sort(grain)
        assert theirs.equals(own.sort(grain)), name
    # What the three agree on is worth agreeing on: delays of many states, on every side.
    assert own["delayed_bed_days"].sum() > 3_000
    assert own["state"].n_unique() >= 10
    assert set(own["agreement"]) == {"agreed", "disputed", "questioned", "untestable"}
