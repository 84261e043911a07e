"""Rows that lie in files while a report is worked out: the same rows in the same order, and gone afterwards."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from costshift.errors import HistoryError
from costshift.history import workspace
from costshift.history.store import History
from costshift.history.workspace import Workspace

ROWS = pl.LazyFrame({"number": range(1_000), "text": ["", None, "ä", "long enough to lie apart"] * 250})


def test_rows_come_back_as_they_were_in_memory_and_in_files(tmp_path: Path) -> None:
    few, many, most = (Workspace(tmp_path, rows) for rows in (10, workspace.MANY_ROWS, workspace.VERY_MANY_ROWS))
    assert (few.many_rows, many.many_rows, most.many_rows) == (False, True, True)
    for own in (few, many, most):
        kept = own.kept(ROWS.filter(pl.col("number") % 3 == 0))
        assert kept.collect().equals(ROWS.filter(pl.col("number") % 3 == 0).collect())
        assert own.kept(ROWS).select("text").collect().equals(ROWS.select("text").collect())
        assert own.kept(ROWS.filter(pl.col("number") < 0)).collect().height == 0
    # Only the last of them writes files.
    assert len(list(tmp_path.glob(".working-*/*.parquet"))) == 3


def test_rows_in_pieces_of_which_one_is_empty_are_put_in_one_piece(tmp_path: Path) -> None:
    own = Workspace(tmp_path, workspace.MANY_ROWS)
    parts = pl.concat([ROWS.collect(), ROWS.collect().clear(), ROWS.collect()], rechunk=False)
    kept = own.kept(parts.lazy()).collect()
    assert kept.equals(parts)
    assert all(kept.to_series(1).chunk_lengths())


def test_what_a_killed_process_left_goes_with_the_next_one_and_what_is_in_use_stays(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from costshift.history.workspace import VERY_MANY_ROWS, Workspace\n"
        "import polars as pl\n"
        "Workspace(Path(sys.argv[1]), VERY_MANY_ROWS).kept(pl.LazyFrame({'a': [1]}))\n"
        "os._exit(1) if sys.argv[2] == 'killed' else None\n"
    )

    def leave(how: str) -> None:
        subprocess.run([sys.executable, "-c", script, str(tmp_path), how], check=how != "killed")

    leave("ended")
    assert list(tmp_path.iterdir()) == []
    leave("killed")
    with History(tmp_path).locked():
        assert not list(tmp_path.glob(".working-*"))
    leave("killed")
    (left,) = tmp_path.glob(".working-*")
    assert (left / "1.parquet").is_file()
    own = Workspace(tmp_path, workspace.VERY_MANY_ROWS)
    rows = own.kept(ROWS)
    (used,) = tmp_path.glob(".working-*")
    assert used != left
    Workspace(tmp_path, workspace.VERY_MANY_ROWS)
    assert used.is_dir()
    assert rows.collect().height == 1_000


def test_a_full_disk_is_told_from_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Workspace(tmp_path, workspace.VERY_MANY_ROWS)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 is not all that a file needs PAR1")
    unreadable = pl.scan_parquet(tmp_path / "bad.parquet")
    with pytest.raises(pl.exceptions.PolarsError):
        own.kept(unreadable)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=0))
    with pytest.raises(HistoryError, match="Make room"):
        own.kept(unreadable)


def test_where_the_history_cannot_be_written_memory_has_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> str:
        raise PermissionError

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    own = Workspace(tmp_path, workspace.VERY_MANY_ROWS)
    assert own.many_rows
    assert own.kept(ROWS).collect().equals(ROWS.collect())
