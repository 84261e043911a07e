"""Columns beside the rows of a file: the same as polars' own concat, in any engine, with filters and few columns."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from costshift.history.side_by_side import side_by_side

COUNT = 5_000
OWN = pl.DataFrame({"person": range(COUNT), "found_by": pl.Series(["a", None] * (COUNT // 2), dtype=pl.Enum(["a"]))})


@pytest.fixture
def rows(tmp_path: Path) -> pl.LazyFrame:
    frame = pl.DataFrame({"at": range(COUNT), "text": [f"text number {at}" for at in range(COUNT)]})
    for part in range(5):
        frame.slice(part * 1000, 1000).write_parquet(tmp_path / f"{part}.parquet", row_group_size=97)
    return pl.scan_parquet(sorted(tmp_path.glob("*.parquet")), glob=False)


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_each_row_has_its_own(rows: pl.LazyFrame, engine: pl._typing.EngineType) -> None:
    both, plainly = side_by_side(rows, OWN), pl.concat([rows, OWN.lazy()], how="horizontal")
    assert both.collect_schema() == plainly.collect_schema()
    for plan in (
        lambda own: own,
        lambda own: own.filter(pl.col("at") % 7 == 0),
        lambda own: own.filter(pl.col("person") % 7 == 0, pl.col("found_by").is_null()),
        lambda own: own.select("person"),
        lambda own: own.select("text"),
        lambda own: own.select("found_by", "at").slice(1_234, 2_000),
        lambda own: own.filter(pl.col("at") < 0),
        lambda own: own.with_row_index("place").filter(pl.col("text").str.ends_with("9")),
    ):
        assert_frame_equal(plan(both).collect(engine=engine), plan(plainly).collect())


def test_of_no_rows_there_is_nothing(rows: pl.LazyFrame) -> None:
    none = side_by_side(rows.head(0), OWN.head(0)).collect()
    assert none.height == 0 and none.columns == ["at", "text", "person", "found_by"]


def test_another_number_of_rows_is_refused(rows: pl.LazyFrame) -> None:
    with pytest.raises(pl.exceptions.PolarsError):
        side_by_side(rows, OWN.head(COUNT - 10)).collect()
