"""Schemes before and after, by hand and against a plain reckoning."""

from __future__ import annotations

import datetime as dt
import random
import statistics

import polars as pl
import pytest
from scipy import stats

from costshift.ledger.schemes import scheme_effects
from costshift.project import Scheme
from costshift.statistics.before_and_after import change_of

A, B = "north-council", "south-council"


def months(first: str, number: int) -> list[dt.date]:
    found = [dt.date.fromisoformat(first)]
    while len(found) < number:
        found.append((found[-1] + dt.timedelta(days=31)).replace(day=1))
    return found


def series(values: dict[str, list[tuple[int, int | None] | None]], first: str = "2024-04-01") -> pl.DataFrame:
    rows = [
        (month, council, "measure", *pair)
        for council, own in values.items()
        for month, pair in zip(months(first, len(own)), own, strict=True)
        if pair is not None
    ]
    schema = {
        "month": pl.Date,
        "council": pl.String,
        "measure": pl.String,
        "numerator": pl.Int64,
        "denominator": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def scheme(start: str, *partners: str) -> Scheme:
    share = 100 / len(partners)
    return Scheme(
        name="Home first",
        start=dt.date.fromisoformat(start),
        monthly_cost=85_000,
        partners=dict.fromkeys(partners, share),
    )


def effect(frame: pl.DataFrame, own: Scheme, councils: tuple[str, ...] = (A, B), **more: object) -> dict:
    return scheme_effects(frame, own, councils, **more).to_dicts()[0]  # type: ignore[arg-type]


def test_a_change_by_hand() -> None:
    # Before 10, 12, 14: mean 12, moving ranges 2 and 2: limits 12 +- 5.32. After 8, 10: mean 9, change -3.
    # Around the means: -2, 0, 2, -1, 1: sum of squares 10, 3 degrees: s = 1.8257; t = 3.1824; sqrt(1/3 + 1/2) = 0.9129.
    found = change_of([10, 12, 14], [8, 10])
    assert (found.before, found.after, found.change, found.total) == (12, 9, -3, -6)
    assert (found.before_low, found.before_high) == pytest.approx((6.68, 17.32))
    assert (found.low, found.high) == pytest.approx((-3 - 5.3040, -3 + 5.3040), abs=1e-3)
    assert (found.total_low, found.total_high) == pytest.approx((2 * found.low, 2 * found.high))
    # Neighbours: -2 x 0 + 0 x 2 + -1 x 1 = -1, of 10.
    assert found.autocorrelation == pytest.approx(-0.1)


def test_the_interval_is_that_of_the_t_test() -> None:
    rng = random.Random(3)
    for _ in range(20):
        before = [rng.gauss(50, 5) for _ in range(rng.randrange(3, 15))]
        after = [rng.gauss(45, 5) for _ in range(rng.randrange(2, 15))]
        found = change_of(before, after)
        theirs = stats.ttest_ind(after, before).confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


def test_too_few_values_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        change_of([1, 2], [3])


def test_months_before_and_after_and_what_it_cost() -> None:
    # 8 months at 200 of 100, 4 months at 100 of 100, from 1 December on.
    frame = series({A: [(200, 100)] * 8 + [(100, 100)] * 4})
    row = effect(frame, scheme("2024-12-01", A), (A,))
    assert (row["months_before"], row["months_after"], row["before"], row["after"], row["change"]) == (
        8,
        4,
        2.0,
        1.0,
        -1.0,
    )
    assert row["cost"] == 340_000
    assert row["difference"] is None and row["total"] is None
    # In the middle of December: the month is neither before nor after.
    row = effect(frame, scheme("2024-12-15", A), (A,))
    assert (row["months_before"], row["months_after"], row["cost"]) == (8, 3, 255_000)


def test_no_more_than_twelve_months_before() -> None:
    frame = series({A: [(500, 100)] * 6 + [(200, 100)] * 12 + [(100, 100)] * 3}, "2023-04-01")
    row = effect(frame, scheme("2024-10-01", A), (A,))
    assert (row["months_before"], row["before"]) == (12, 2.0)


def test_what_changed_elsewhere_too_is_taken_off() -> None:
    frame = series({A: [(200, 100)] * 8 + [(100, 100)] * 4, B: [(300, 100)] * 8 + [(240, 100)] * 4})
    row = effect(frame, scheme("2024-12-01", A))
    # -1.0 with the scheme, -0.6 without: -0.4.
    assert (row["change"], row["difference"]) == (pytest.approx(-1.0), pytest.approx(-0.4))


def test_councils_together_weigh_by_their_size() -> None:
    frame = series({A: [(100, 100)] * 6 + [(50, 100)] * 3, B: [(900, 300)] * 9})
    row = effect(frame, scheme("2024-10-01", A, B))
    # (100 + 900) / 400 = 2.5; (50 + 900) / 400 = 2.375.
    assert (row["before"], row["after"], row["difference"]) == (2.5, 2.375, None)


def test_amounts_add_up_over_the_months_after() -> None:
    frame = series({A: [(10_000, None)] * 6 + [(8_000, None), (7_000, None), (6_000, None)]})
    row = effect(frame, scheme("2024-10-01", A), (A,))
    assert (row["total"], row["cost"], row["difference"]) == (-9_000.0, 255_000, None)
    assert row["total_low"] < -9_000 < row["total_high"]


def test_too_few_months_say_so() -> None:
    row = effect(series({A: [(200, 100)] * 5 + [(100, 100)] * 4}), scheme("2024-09-01", A), (A,))
    assert row["change"] is None
    assert row["why"] == "5 months before and 4 after: too few to say"


def test_months_without_a_figure_or_not_final_are_left_out() -> None:
    values = [(200, 100)] * 8 + [None, (100, 100), (100, 100), (100, 100), (0, 100)]
    frame = series({A: values})
    row = effect(frame, scheme("2024-12-01", A), (A,), provisional=[dt.date(2025, 4, 1)])
    assert (row["months_after"], row["after"]) == (3, 1.0)


def test_order_of_rows_changes_nothing() -> None:
    rng = random.Random(5)
    frame = series({name: [(rng.randrange(50, 90), 100) for _ in range(16)] for name in (A, B)})
    own = scheme("2024-12-01", A)
    assert scheme_effects(frame, own, (A, B)).equals(scheme_effects(frame.reverse(), own, (B, A)))
    row = effect(frame, own)
    mine = frame.filter(pl.col("council") == A).sort("month")
    ratio = [top / bottom for top, bottom in mine.select("numerator", "denominator").iter_rows()]
    assert row["change"] == pytest.approx(statistics.mean(ratio[8:]) - statistics.mean(ratio[:8]))
