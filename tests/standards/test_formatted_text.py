"""Text from columns, also where a piece of a column is empty; and that nothing is written the other way."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from costshift import standards

SOURCE = Path(standards.__file__).parents[1]


def test_places_are_filled_and_null_stays_null() -> None:
    frame = pl.DataFrame({"a": ["x", None], "n": [1, 2]})
    found = frame.select(
        standards.formatted("{}-{}!", "a", pl.col("n") + 1).alias("both"),
        standards.formatted("only:{}", "n").alias("one"),
    )
    assert found.rows() == [("x-2!", "only:1"), (None, "only:2")]


def test_as_many_columns_as_places() -> None:
    with pytest.raises(ValueError, match="2 places for 1 columns"):
        standards.formatted("{}{}", "a")


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_pieces_that_are_empty(engine: str) -> None:
    pieces = [pl.Series("a", [f"{number}" for number in range(size)], dtype=pl.String) for size in (23, 1, 20)]
    whole = pl.concat([piece.filter(piece != "0") for piece in pieces], rechunk=False)
    frame = pl.DataFrame({"a": whole}).lazy().filter(pl.col("a") != "22")
    found = frame.select(standards.formatted("r:{}", "a").alias("a")).collect(engine=engine)  # type: ignore[call-overload]
    assert found["a"].to_list() == [f"r:{text}" for text in whole if text != "22"]


def test_nothing_uses_the_one_that_fails() -> None:
    assert [
        path.name for path in sorted(SOURCE.rglob("*.py")) if "pl.format(" in path.read_text(encoding="utf-8")
    ] == []
