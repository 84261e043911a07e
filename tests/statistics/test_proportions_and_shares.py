"""Intervals of proportions and shares of a whole, against published or plain arithmetic."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.statistics.largest_remainder import spread
from costshift.statistics.proportions import wilson


def interval(part: int, whole: int) -> tuple[float | None, float | None]:
    low, high = wilson(pl.lit(part), pl.lit(whole))
    return pl.select(low.alias("low"), high.alias("high")).row(0)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, score method: from memory of the published values,
        # and recomputed here by the closed form in fractions below.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(part: int, whole: int, low: float, high: float) -> None:
    found = interval(part, whole)
    assert found == pytest.approx((low, high), abs=5e-5)


def test_wilson_solves_its_own_equation() -> None:
    # The ends p satisfy (x/n - p)^2 = z^2 p (1 - p) / n.
    for part, whole in ((3, 17), (50, 100), (99, 100)):
        for end in interval(part, whole):
            assert end is not None
            assert (part / whole - end) ** 2 == pytest.approx(1.959963984540054**2 * end * (1 - end) / whole)


def test_no_interval_without_anyone() -> None:
    assert interval(0, 0) == (None, None)
    assert interval(5, 5)[1] == 1.0


@given(st.integers(-10_000, 10_000), st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any))
def test_parts_sum_to_the_whole_and_stay_within_one_of_their_share(whole: int, shares: list[int]) -> None:
    named = {f"p{n}": share for n, share in enumerate(shares)}
    parts = spread(whole, named)
    assert sum(parts.values()) == whole
    for name, share in named.items():
        assert abs(parts[name] - Fraction(whole * share, sum(shares))) < 1
        assert share or not parts[name]
    assert spread(-whole, named) == {name: -part for name, part in parts.items()}


def test_shares_that_cannot_be_are_refused() -> None:
    for shares in ({"a": 0}, {"a": -1, "b": 2}):
        with pytest.raises(ValueError, match="shares"):
            spread(10, shares)


def test_the_largest_remainder_gets_the_unit() -> None:
    # 100 by 1 : 1 : 1 = 33.33 each: the unit goes by name.
    assert spread(100, {"c": 1, "a": 1, "b": 1}) == {"c": 33, "a": 34, "b": 33}
    # 10 by 45 : 55 = 4.5 and 5.5: equal remainders, the larger share.
    assert spread(10, {"a": 45, "b": 55}) == {"a": 4, "b": 6}
