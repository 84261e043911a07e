"""A Parquet file that is read anew each time gives what one in memory gives, and says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal
from pyarrow import parquet as pq

from costshift.errors import ExtractError
from costshift.extracts import judging, parquet, raw
from costshift.extracts.parquet import read_parquet
from costshift.extracts.raw import Parts, RawTable, Room
from costshift.extracts.reading import read_month
from extracts.desk import MONTH, project_with, spell

#: One begins another.
HEADERS = ["id", "ward", "ward.code", "note"]


def table_of(count: int) -> pa.Table:
    numbers = list(range(count))
    columns = [
        numbers,
        [f"w{n}" for n in numbers],
        [f"c{n}" for n in numbers],
        [None if n % 3 else "x" for n in numbers],
    ]
    return pa.Table.from_arrays([pa.array(own) for own in columns], names=HEADERS)


def both_ways(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[RawTable, RawTable]:
    whole = read_parquet(path)
    monkeypatch.setattr(raw, "KEPT_BYTES", 0)
    monkeypatch.setattr(parquet, "_BATCH", 7)
    return whole, read_parquet(path)


def test_what_is_read_anew_is_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(table_of(50), tmp_path / "long.parquet", row_group_size=20)
    whole, anew = both_ways(tmp_path / "long.parquet", monkeypatch)
    assert (anew.headers, anew.counts().fitting) == (whole.headers, whole.counts().fitting) == (HEADERS, 50)
    assert_frame_equal(anew.rows.collect(), whole.rows.collect())
    for columns in (["c1"], ["c3", "c0"], ["source_row"], ["source_row", "c2"]):
        assert_frame_equal(anew.rows.select(columns).collect(), whole.rows.select(columns).collect())
    some = pl.col("c3").is_not_null() & (pl.col("source_row") > 5)
    assert_frame_equal(anew.rows.filter(some).select("c1").collect(), whole.rows.filter(some).select("c1").collect())
    assert_frame_equal(anew.rows.head(9).collect(), whole.rows.head(9).collect())


def spells(folder: Path, count: int) -> Path:
    path = folder / "spells.parquet"
    pl.DataFrame([spell(number) for number in range(count)]).write_parquet(path, row_group_size=50, use_pyarrow=True)
    return path


def test_damage_far_down_a_long_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = spells(tmp_path, 400)
    group = pq.ParquetFile(path).metadata.row_group(6)
    content = bytearray(path.read_bytes())
    for column in range(group.num_columns):
        begin = group.column(column).data_page_offset
        content[begin : begin + 40] = b"\xff" * 40
    path.write_bytes(content)
    monkeypatch.setattr(raw, "KEPT_BYTES", 0)
    monkeypatch.setattr(parquet, "_BATCH", 50)
    monkeypatch.setattr(judging, "PIECE", 100)
    with pytest.raises(ExtractError, match=r"^spells\.parquet cannot be read as Parquet .* write it again\.$"):
        read_month(project_with({"files": "*.parquet"}), tmp_path, MONTH)


def test_rows_that_the_file_promises_and_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spells(tmp_path, 40)
    monkeypatch.setattr(raw, "KEPT_BYTES", 0)
    monkeypatch.setattr(parquet, "_height_of", lambda _: 41)
    with pytest.raises(ExtractError, match="it says that it has 41 rows, and has 40"):
        read_month(project_with({"files": "*.parquet"}), tmp_path, MONTH)


def test_files_share_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    part = pl.DataFrame({"number": pl.Series(range(10), dtype=pl.Int64)})
    monkeypatch.setattr(raw, "KEPT_BYTES", 250)
    room = Room()
    first, second, third = Parts(room), Parts(room), Parts(room)
    for parts in (first, first, second, second):
        parts.add(part)
    assert (len(first.kept or []), second.kept, room.left) == (2, None, 90)
    third.add(part)
    assert (len(third.kept or []), room.left) == (1, 10)
