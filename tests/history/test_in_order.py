"""Rows in the order of a text, piece by piece: the same rows as if all were put in order at once."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.history import in_order as module
from costshift.history.in_order import in_order
from costshift.history.workspace import VERY_MANY_ROWS, Workspace, in_memory


def plainly(texts: list[str]) -> list[tuple[str, int]]:
    """The slow way: Python's own sort, by bytes, equal ones as they came."""
    return sorted(((text, at) for at, text in enumerate(texts)), key=lambda own: own[0].encode())


def frame_of(texts: list[str]) -> pl.LazyFrame:
    return pl.DataFrame({"key": texts, "at": range(len(texts))}, schema={"key": pl.String, "at": pl.Int64}).lazy()


@given(
    texts=st.lists(st.text(alphabet="abß\U0001f600/0", max_size=4), max_size=60),
    together=st.integers(2, 20),
    piece=st.integers(1, 25),
)
def test_pieces_hold_the_rows_as_one_sort_has_them(texts: list[str], together: int, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TOGETHER", together)
        parts = list(in_order(frame_of(texts), "key", len(texts), in_memory, piece))
    assert [row for part in parts for row in part.rows()] == plainly(texts)
    assert [part.height for part in parts[:-1]] == [piece] * (len(parts) - 1)
    assert all(0 < part.height <= piece for part in parts)


def test_parts_lie_in_files_and_no_more_is_put_in_order_than_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"Z{number % 7:02}/S{number * 7919 % 5000}" for number in range(5000)]
    random.Random(3).shuffle(texts)
    monkeypatch.setattr(module, "TOGETHER", 600)
    kept: list[int] = []
    workspace = Workspace(tmp_path, VERY_MANY_ROWS)

    def keep(rows: pl.LazyFrame) -> pl.LazyFrame:
        own = workspace.kept(rows)
        kept.append(own.select(pl.len()).collect().item())
        return own

    parts = list(in_order(frame_of(texts), "key", len(texts), keep, 1000))
    assert [row for part in parts for row in part.rows()] == plainly(texts)
    assert [part.height for part in parts] == [1000] * 5
    # Every row lay in one file, and none held as much as is put in order at once.
    assert sum(kept) == 5000 and max(kept) < 600 and len(kept) > 20
    assert len(list(tmp_path.glob(".working-*/*.parquet"))) == len(kept)


def test_one_text_over_and_over_is_one_range() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TOGETHER", 10)
        parts = list(in_order(frame_of(["same"] * 95), "key", 95, in_memory, 40))
    assert [part.height for part in parts] == [40, 40, 15]
    assert [own for part in parts for own in part["at"]] == list(range(95))
