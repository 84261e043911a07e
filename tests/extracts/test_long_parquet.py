"""A Parquet file that is read anew each time gives what one in memory gives, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
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


def test_rows_that_are_picked_are_those_that_are_filtered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = pl.Series([0, 2_932_896, 2_932_897, -719_163, 2**31 - 1, None], dtype=pl.Int32).cast(pl.Date)
    frame = pl.DataFrame({"a": ["x", None, "ü", "", "y", "z"], "id_": far, "n": [1, None, 3, 4, 5, 6], "w": [0.5] * 6})
    frame.write_parquet(tmp_path / "long [1].parquet", row_group_size=2)
    whole, anew = both_ways(tmp_path / "long [1].parquet", monkeypatch)
    assert anew.picked is not None
    for wanted in ([1], [6, 2], [3, 4, 5], list(range(1, 7))):
        places = pl.Series(wanted, dtype=pl.Int64)
        assert_frame_equal(anew.at(places), whole.at(places))


def test_times_and_choices_are_picked_the_usual_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = pl.DataFrame({"t": ["2025-03-30 00:30:00"]}).with_columns(pl.col("t").str.to_datetime(time_zone="UTC"))
    for odd in (times, pl.DataFrame({"t": ["a"]}, schema={"t": pl.Categorical}), pl.DataFrame({"t": [b"a"]})):
        odd.write_parquet(tmp_path / "long.parquet")
        with monkeypatch.context() as patch:
            whole, anew = both_ways(tmp_path / "long.parquet", patch)
            assert anew.picked is None
            assert_frame_equal(anew.at(pl.Series([1])), whole.at(pl.Series([1])))


@pytest.mark.parametrize("later", [lambda own: own[:-9], lambda own: own.replace(b"w11", b"w1\xff")])
def test_a_file_that_was_written_to_after_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "long.parquet"
    pq.write_table(table_of(50), path, compression="none")
    _, anew = both_ways(path, monkeypatch)
    path.write_bytes(later(path.read_bytes()))
    with pytest.raises(ExtractError, match=r"long\.parquet cannot be read as Parquet"):
        anew.at(pl.Series(range(1, 51)))


def test_a_file_with_fewer_rows_than_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(table_of(50), tmp_path / "long.parquet")
    _, anew = both_ways(tmp_path / "long.parquet", monkeypatch)
    pq.write_table(table_of(49), tmp_path / "long.parquet")
    with pytest.raises(ExtractError, match="it says that it has 50 rows, and has 49"):
        anew.at(pl.Series([1]))


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
    monkeypatch.setattr(parquet, "_height_of", lambda _: (41, 1))
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
