"""Whole numbers that add up."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from costshift.statistics.rounding import apportion, cross, rounded_to

from examples import examples


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
    cells = pl.LazyFrame({"cell": [f"cell {number}" for number in range(400)]})
    tied = cells.join(pl.LazyFrame({"name": ["council", "icb"], "share": [50, 50]}), how="cross")
    parts = apportion(tied.with_columns(pl.lit(1).alias("whole")), "whole", "share", ["cell"], "name").collect()
    won = parts.filter(pl.col("name") == "council")["part"]
    # 400 coin tosses: 200 expected, standard deviation 10.
    assert 150 < won.sum() < 250 and len(won) == parts["part"].sum() == 400
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


@examples(60, quick=25)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 40), min_size=1, max_size=6),
            st.lists(st.integers(1, 60), min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_crossing_keeps_both_margins_and_proportion(cells: list[tuple[list[int], list[int]]]) -> None:
    """Pieces of a cell (days by state) among its parts (days by attribution)."""
    pieces, parts = [], []
    for number, (days, weights) in enumerate(cells):
        whole = sum(days)
        cuts = [whole * sum(weights[:k]) // sum(weights) for k in range(len(weights) + 1)]
        units = [b - a for a, b in pairwise(cuts)]
        pieces += [{"cell": f"c{number}", "piece": f"p{k}", "units": own} for k, own in enumerate(days)]
        parts += [{"cell": f"c{number}", "part": f"a{k}", "units": own} for k, own in enumerate(units) if own]
    found = cross(pl.LazyFrame(parts), pl.LazyFrame(pieces), ["cell"], "part", ["piece"], most=4).collect()
    assert (found["units"] > 0).all()
    assert not found.select("cell", "piece", "part").is_duplicated().any()
    for by, given_ in ((["cell", "piece"], pieces), (["cell", "part"], parts)):
        sums = found.group_by(by).agg(pl.col("units").sum()).sort(by)
        assert sums.equals(pl.DataFrame(given_).sort(by))
    for number, (days, _) in enumerate(cells):
        own = [row for row in parts if row["cell"] == f"c{number}"]
        for row in found.filter(pl.col("cell") == f"c{number}").to_dicts():
            part = next(one["units"] for one in own if one["part"] == row["part"])
            piece = days[int(row["piece"][1:])]
            assert abs(row["units"] - piece * part / sum(days)) < len(own)


def test_crossing_does_not_depend_on_the_order_of_rows() -> None:
    pieces = pl.DataFrame({"cell": "c", "piece": ["p", "q", "r"], "units": [3, 4, 5]})
    parts = pl.DataFrame({"cell": "c", "part": ["a", "b"], "units": [7, 5]})
    once = cross(parts.lazy(), pieces.lazy(), ["cell"], "part", ["piece"], 2).collect().sort("piece", "part")
    again = cross(parts[::-1].lazy(), pieces[::-1].lazy(), ["cell"], "part", ["piece"], 2).collect()
    assert once.equals(again.sort("piece", "part"))
