"""Whole numbers that add up."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from costshift.statistics.rounding import apportion, rounded_to


def split(whole: int, shares: dict[str, int], cell: str = "a") -> dict[str, int]:
    frame = pl.LazyFrame(
        {"cell": cell, "whole": whole, "name": list(shares), "share": list(shares.values())},
        schema={"cell": pl.String, "whole": pl.Int64, "name": pl.String, "share": pl.Int64},
    )
    return dict(apportion(frame, "whole", "share", ["cell"], "name").select("name", "part").collect().iter_rows())


def test_the_largest_remainder_gets_what_is_left() -> None:
    # 7 at 60 : 40 = 4.2 and 2.8: 4 and 2, the one that is left goes to .8.
    assert split(7, {"acute": 60, "icb": 40}) == {"acute": 4, "icb": 3}
    # 10 at 25 : 75 = 2.5 and 7.5: a tie, the larger share first.
    assert split(10, {"acute": 25, "icb": 75}) == {"acute": 2, "icb": 8}


def test_ties_take_turns_so_that_nobody_gains_over_many_cells() -> None:
    won = [split(1, {"council": 50, "icb": 50}, cell=f"cell {number}")["council"] for number in range(400)]
    # 400 coin tosses: 200 expected, standard deviation 10.
    assert 150 < sum(won) < 250
    assert split(1, {"council": 50, "icb": 50}, cell="x") == split(1, {"icb": 50, "council": 50}, cell="x")


@given(
    st.integers(0, 10_000),
    st.lists(st.integers(1, 100), min_size=1, max_size=6).filter(lambda shares: sum(shares) <= 100),
    st.text(max_size=5),
)
def test_parts_sum_to_the_whole_and_are_next_to_their_shares(whole: int, shares: list[int], cell: str) -> None:
    shares = [*shares[:-1], shares[-1] + 100 - sum(shares)]
    parts = split(whole, {str(number): share for number, share in enumerate(shares)}, cell)
    assert sum(parts.values()) == whole
    assert all(abs(parts[str(n)] - whole * share / 100) < 1 for n, share in enumerate(shares))


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_to_the_nearest_multiple(value: int, base: int) -> None:
    rounded = pl.select(rounded_to(pl.lit(value, dtype=pl.Int64), base)).item()
    assert rounded % base == 0
    assert 2 * abs(rounded - value) <= base
    assert pl.select(rounded_to(pl.lit(-value, dtype=pl.Int64), base)).item() == -rounded
