"""Schemes before and after, by hand and against a plain reckoning."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import statistics

import polars as pl
import pytest
from scipy import stats

from costshift.ledger.schemes import SERIES, scheme_effects, scheme_months, with_cumulative
from costshift.project import Scheme
from costshift.statistics.before_and_after import change_of

A, B, C = "north-council", "south-council", "east-council"
LAST = dt.date(2025, 12, 1)


def months(first: str, number: int) -> list[dt.date]:
    found = [dt.date.fromisoformat(first)]
    while len(found) < number:
        found.append((found[-1] + dt.timedelta(days=31)).replace(day=1))
    return found


def series(
    values: dict[str, list[tuple[int, int | None] | None]], first: str = "2024-04-01", people: int = 50
) -> pl.DataFrame:
    rows = [
        (council, month, "measure", *pair, people, people, 1, False)
        for council, own in values.items()
        for month, pair in zip(months(first, len(own)), own, strict=True)
        if pair is not None
    ]
    return pl.DataFrame(rows, schema=SERIES, orient="row")


def scheme(start: str, *partners: str, cost: float = 85_000) -> Scheme:
    share = 100 / len(partners)
    return Scheme(
        name="Home first",
        start=dt.date.fromisoformat(start),
        monthly_cost=cost,
        partners=dict.fromkeys(partners, share),
    )


def evaluated(frame: pl.DataFrame, own: Scheme, councils: tuple[str, ...] = (A, B)) -> pl.DataFrame:
    having = [name for name in councils if name in own.partners]
    without = [name for name in councils if name not in own.partners]
    return with_cumulative(scheme_months(frame, own, having, without, LAST))


def effect(frame: pl.DataFrame, own: Scheme, councils: tuple[str, ...] = (A, B)) -> dict:
    return scheme_effects(evaluated(frame, own, councils), [own]).to_dicts()[0]


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
    assert row["cost"] == 34_000_000
    assert row["difference"] is None and row["total"] is None
    # In the middle of December: the month is neither before nor after.
    row = effect(frame, scheme("2024-12-15", A), (A,))
    assert (row["months_before"], row["months_after"], row["cost"]) == (8, 3, 25_500_000)


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
    assert (row["total"], row["cost"], row["difference"]) == (-9_000.0, 25_500_000, None)
    assert row["total_low"] < -9_000 < row["total_high"]


def test_too_few_months_say_so() -> None:
    row = effect(series({A: [(200, 100)] * 5 + [(100, 100)] * 4}), scheme("2024-09-01", A), (A,))
    assert row["change"] is None
    assert row["why"] == "5 months before and 4 after: too few to say"


def test_months_without_a_figure_are_left_out() -> None:
    frame = series({A: [(200, 100)] * 8 + [None, (100, 100), (100, 100), (100, 100)]})
    row = effect(frame, scheme("2024-12-01", A), (A,))
    assert (row["months_after"], row["after"]) == (3, 1.0)
    # Of two councils a month counts only where both have a figure.
    both = series({A: [(200, 100)] * 12, B: [(200, 100)] * 9 + [None] + [(200, 100)] * 2})
    row = effect(both, scheme("2024-12-01", A, B))
    assert (row["months_before"], row["months_after"]) == (8, 3)


def test_nothing_after_the_report_month_counts() -> None:
    frame = series({A: [(10, None)] * 24})
    own = scheme("2025-01-01", A)
    found = with_cumulative(scheme_months(frame, own, [A], [], dt.date(2025, 4, 1)))
    assert found["month"].max() == dt.date(2025, 4, 1)


def test_cost_runs_from_the_first_month_beside_what_changed() -> None:
    # Six months at 10, then 13, 4, 10, 7: changes 3, -6, 0, -3: 3, -3, -3, -6 in all.
    frame = series({A: [(10, None)] * 6 + [(13, None), (4, None), (10, None), (7, None)]})
    own = evaluated(frame, scheme("2024-10-01", A, cost=100.25), (A,)).filter(pl.col("period") == "after")
    assert own["cumulative_cost"].to_list() == [10_025, 20_050, 30_075, 40_100]
    assert own["cumulative_change"].to_list() == [3.0, -3.0, -3.0, -6.0]
    assert own["mean_before"].to_list() == [10.0] * 4
    # After two: around the means 4.5, -4.5 and six zeros, 6 degrees: s = sqrt(40.5 / 6) = 2.5981;
    # t = 2.4469; sqrt(1/6 + 1/2) = 0.8165; twice that: -3 +- 10.3812.
    second = own.to_dicts()[1]
    assert (second["cumulative_low"], second["cumulative_high"]) == pytest.approx((-13.3812, 7.3812), abs=1e-3)


def test_a_start_in_the_middle_of_a_month_costs_from_that_month_on() -> None:
    frame = series({A: [(10, None)] * 6 + [(10, None)] * 4})
    own = evaluated(frame, scheme("2024-10-15", A, cost=100), (A,))
    later = own.filter(pl.col("period") != "before")
    assert later["period"].to_list() == ["start", "after", "after", "after"]
    assert later["cumulative_cost"].to_list() == [10_000, 20_000, 30_000, 40_000]
    assert own.filter(pl.col("period") == "before")["cumulative_cost"].unique().to_list() == [0]


def test_a_sum_rests_on_the_fewest_people_of_its_parts() -> None:
    few = series({B: [(3, 100)] * 10}, people=3)
    frame = pl.concat([series({A: [(50, 100)] * 10}), few, series({C: [(0, 100)] * 10}, people=0)])
    own = evaluated(frame, scheme("2024-10-01", A, B, C), (A, B, C))
    # The 3 of one council would be told by the sum and the others; nobody tells nothing.
    assert own["_numerator_people"].unique().to_list() == [3]


def test_with_many_months_suppressed_nothing_is_said() -> None:
    frame = series({A: [(10 + n % 3, None) for n in range(20)]})
    months_ = evaluated(frame, scheme("2025-04-01", A), (A,))
    hidden = ["numerator"] * 3 + [""] * (months_.height - 3)
    shown = months_.with_columns(
        pl.Series("suppressed", hidden),
        pl.when(pl.Series(hidden) == "").then("numerator").alias("numerator"),
    )
    (row,) = scheme_effects(with_cumulative(shown), [scheme("2025-04-01", A)]).to_dicts()
    assert row["change"] is None and row["why"].startswith("more than a tenth")
    assert with_cumulative(shown)["cumulative_change"].is_null().all()


def test_order_of_rows_changes_nothing() -> None:
    rng = random.Random(5)
    frame = series({name: [(rng.randrange(50, 90), 100) for _ in range(16)] for name in (A, B)})
    own = scheme("2024-12-01", A)
    assert evaluated(frame, own).equals(evaluated(frame.reverse(), own, (B, A)))


def slow(frame: pl.DataFrame, own: Scheme, having: list[str], without: list[str]) -> dict[str, dict[str, float | None]]:
    """Every measure again: plain Python, and the t test of SciPy."""
    rows = frame.to_dicts()
    start = own.start.year * 12 + own.start.month
    found: dict[str, dict[str, float | None]] = {}
    for measure in sorted({row["measure"] for row in rows}):
        ratio = any(row["denominator"] is not None for row in rows if row["measure"] == measure)

        def monthly(units: list[str], measure: str = measure, ratio: bool = ratio) -> dict[int, float]:
            mine = [row for row in rows if row["measure"] == measure and row["unit"] in units]
            needed = {row["unit"] for row in mine}
            values: dict[int, float] = {}
            for number in {row["month"].year * 12 + row["month"].month for row in mine}:
                here = [row for row in mine if row["month"].year * 12 + row["month"].month == number]
                if {row["unit"] for row in here} != needed or not number - start >= -12:
                    continue
                top = sum(row["numerator"] for row in here)
                bottom = sum(row["denominator"] or 0 for row in here)
                if ratio and not bottom:
                    continue
                values[number] = top / bottom if ratio else float(top)
            return values

        mine, others = monthly(having), monthly(without) if ratio else {}
        begins = start if own.start.day == 1 else start + 1
        before = [mine[n] for n in sorted(mine) if n < start]
        after = [mine[n] for n in sorted(mine) if n >= begins]
        if len(before) < 6 or len(after) < 3:
            found[measure] = {"change": None}
            continue
        ends = stats.ttest_ind(after, before).confidence_interval(0.95)
        ranges = [abs(b - a) for a, b in itertools.pairwise(before)]
        apart = [
            [mine[n] - others[n] for n in sorted(mine) if n in others and first <= n < last]
            for first, last in ((start - 12, start), (begins, start + 999))
        ]
        known = len(apart[0]) >= 6 and len(apart[1]) >= 3
        found[measure] = {
            "before": statistics.mean(before),
            "before_high": statistics.mean(before) + 2.66 * statistics.mean(ranges),
            "change": statistics.mean(after) - statistics.mean(before),
            "change_low": ends.low,
            "change_high": ends.high,
            "total": None if ratio else sum(value - statistics.mean(before) for value in after),
            "total_low": None if ratio else len(after) * ends.low,
            "difference": statistics.mean(apart[1]) - statistics.mean(apart[0]) if known else None,
            "difference_high": stats.ttest_ind(apart[1], apart[0]).confidence_interval(0.95).high if known else None,
            "cost": round(own.monthly_cost * 100) * len(after),
        }
    return found


@pytest.mark.parametrize("seed", range(12))
def test_against_a_plain_reckoning(seed: int) -> None:
    rng = random.Random(seed)
    rows = []
    for unit in (A, B, C):
        for month in months("2023-10-01", 24):
            for measure, ratio in (("beds", False), ("share", True)):
                if rng.random() < 0.06:
                    continue
                top = rng.randrange(0, 200)
                bottom = rng.choice([0, *range(100, 300)]) if ratio else None
                rows.append((unit, month, measure, top, bottom, rng.randrange(0, 20), 50, 1, False))
    rng.shuffle(rows)
    frame = pl.DataFrame(rows, schema=SERIES, orient="row")
    own = scheme(rng.choice(["2024-08-01", "2024-10-01", "2024-10-17"]), *rng.choice([(A,), (A, B)]))
    having = [name for name in (A, B, C) if name in own.partners]
    without = [name for name in (A, B, C) if name not in own.partners]
    fast = {row["measure"]: row for row in scheme_effects(evaluated(frame, own, (A, B, C)), [own]).to_dicts()}
    for measure, wanted in slow(frame, own, having, without).items():
        for name, value in wanted.items():
            told = fast[measure][name]
            assert told == (None if value is None else pytest.approx(value, abs=1e-6)), (measure, name)
