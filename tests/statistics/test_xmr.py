"""XmR charts: the published cases, the delays of England, and a slow second reading of the definition."""

from __future__ import annotations

import calendar
import csv
import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costshift import standards
from costshift.statistics import xmr

HERE = Path(__file__).parent
CASES: dict[str, Any] = json.loads((HERE / "xmr-cases.json").read_text(encoding="utf-8"))
JUDGES: dict[str, Any] = {
    "seven_one_side": xmr.seven_one_side,
    "seven_trend": xmr.seven_trend,
    # The published cases mark the points and not the direction.
    "part_of_seven": lambda flags: [abs(own) for own in xmr.part_of_seven(flags)],
}
#: The published names of the rules.
NAMES = {
    "7 Point Trend (Increasing)": "rising_trend",
    "7 Points Above CL": "seven_above_mean",
    "2 in 3 Below CL": "two_of_three_low",
    "Below LCL": "below_lower_limit",
    "Common Cause": "common_cause",
}


@pytest.mark.parametrize("case", CASES["limits"], ids=lambda case: case["name"])
def test_limits_are_those_of_the_published_cases(case: dict[str, Any]) -> None:
    found = xmr.limits(case["y"], screen=case["screen_outliers"])
    assert found is not None
    expected = case["expected"]
    for own, wanted in ((found.mean, "mean"), (found.lower, "lpl"), (found.upper, "upl")):
        assert own == pytest.approx(expected[wanted], abs=case["tolerance"])


@pytest.mark.parametrize("case", CASES["flags"], ids=lambda case: f"{case['rule']}-{case['expected']}")
def test_rules_mark_the_points_of_the_published_cases(case: dict[str, Any]) -> None:
    if case["rule"] == "two_in_three":
        found = xmr.two_in_three(case["close_to_limits"], case["relative_to_mean"])
    elif case["rule"] == "part_of_two_in_three":
        parts = xmr.two_in_three(case["close_to_limits"], case["relative_to_mean"])
        found = xmr.part_of_two_in_three(parts, case["close_to_limits"])
    else:
        found = JUDGES[case["rule"]](case["input"])
    assert found == case["expected"]


def test_every_published_case_is_one_that_is_tested() -> None:
    assert set(CASES) == {
        *("source", "licence", "formula", "limits", "flags"),
        *("end_to_end", "precedence", "assurance"),
    }
    assert {case["rule"] for case in CASES["flags"]} == {*JUDGES, "two_in_three", "part_of_two_in_three"}


def test_a_whole_published_chart() -> None:
    (case,) = CASES["end_to_end"]
    assert [point.special_cause for point in xmr.chart(case["y"])[-2:]] == case["expected_last2"]


def test_the_rules_have_the_published_order() -> None:
    case = CASES["precedence"]
    side, outside = case["input"]["relative_to_mean"], case["input"]["outside"]
    # As the source does, each rule is met by all points down to where it must win.
    trend = [1, 1, 0, 0, 0, 1, -1, 0]
    two = [1, 1, 0, 0, -1, -1, -1, 0]
    run = [1, 1, 1, 1, -1, -1, -1, 0]
    assert xmr.first_rule(side, outside, trend, two, run) == [NAMES[own] for own in case["expected"]]


@pytest.mark.parametrize("case", CASES["assurance"], ids=lambda case: case["direction"])
def test_assurance_is_that_of_the_published_cases(case: dict[str, Any]) -> None:
    if case["direction"] == "neutral":
        # Every measure that is charted here has a better side.
        assert {own["better"] for own in standards.chart_measures().values()} <= {"increase", "decrease"}
        return
    found = [
        xmr.assurance(case["target"], xmr.Limits(4.0, low, high), increase_is_better=case["direction"] == "increase")
        for low, high in zip(case["lpl"], case["upl"], strict=True)
    ]
    assert found == case["expected"]


# --- England's delayed transfers of care ------------------------------------------------------------------


def england() -> dict[str, float]:
    """Delayed beds by month."""
    with (HERE / "dtoc-england-delayed-days-by-organisation.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        row["month"]: int(row["total"]) / calendar.monthrange(*map(int, row["month"].split("-")))[1] for row in rows
    }


def test_the_rise_of_2016_and_the_fall_from_spring_2017_are_found() -> None:
    beds = england()
    assert len(beds) == 115
    # The years before are the baseline; the rise stands out of it.
    before = [value for month, value in beds.items() if month < "2014-04"]
    rise = xmr.chart([*before, *(beds[f"2016-{month:02d}"] for month in range(1, 13))], rebased_at=())
    assert all(point.special_cause == "above_upper_limit" for point in rise[-12:])
    marks = dict(zip(beds, (point.special_cause for point in xmr.chart(list(beds.values()))), strict=True))
    assert all(marks[f"2016-{month:02d}"] == "above_upper_limit" for month in range(1, 13))
    # From its top in February 2017 on, rebased there: high at first, then falling, then low.
    months = [month for month in beds if month >= "2017-02"][:24]
    fall = dict(zip(months, (p.special_cause for p in xmr.chart([beds[m] for m in months])), strict=True))
    assert all(fall[month] == "above_upper_limit" for month in ("2017-02", "2017-03", "2017-04", "2017-06"))
    assert marks["2017-12"] == "falling_trend"
    assert fall["2018-12"] == "below_lower_limit"


def test_a_removed_month_raises_no_signal() -> None:
    values = list(england().values())
    whole = [point.special_cause for point in xmr.chart(values)]
    for gone in range(len(values)):
        holed = xmr.chart([None if place == gone else value for place, value in enumerate(values)])
        assert holed[gone].special_cause is None and holed[gone].value is None
        raised = [
            place
            for place, point in enumerate(holed)
            if point.special_cause not in (None, xmr.COMMON_CAUSE) and whole[place] == xmr.COMMON_CAUSE
        ]
        assert raised == []


def test_england_s_neighbouring_months_move_together() -> None:
    found = xmr.autocorrelation(xmr.chart(list(england().values())))
    assert found is not None and found > 0.9 > xmr.CAUTION_ABOVE


# --- gaps, provisional months, baselines --------------------------------------------------------------------


def test_no_range_run_or_trend_reaches_over_a_missing_month() -> None:
    # Four rising, a gap, four rising: no seven in a row. Ranges are 1 throughout: the jump over the gap is none.
    points = xmr.chart([1, 2, 3, 4, None, 15, 16, 17, 18])
    mean = (1 + 2 + 3 + 4 + 15 + 16 + 17 + 18) / 8
    assert points[0].upper == pytest.approx(mean + 2.66)
    assert {point.special_cause for point in points} == {"below_lower_limit", None, "above_upper_limit"}
    assert points[4] == xmr.Point(None, mean, points[0].lower, points[0].upper, None, True)
    steady = xmr.chart([*[1.0, 3.0] * 6, 1.5, 2.5, 2.5, 2.5, None, 2.5, 2.5, 2.5, 1.5])
    assert {point.special_cause for point in steady} == {"common_cause", None}
    assert xmr.chart([*[1.0, 3.0] * 6, 1.5, *[2.5] * 7, 1.5])[-2].special_cause == "seven_above_mean"


def test_a_month_that_does_not_count_is_drawn_and_takes_part_in_nothing() -> None:
    values: list[float | None] = [10, 12] * 8
    without = xmr.chart(values)
    with_last = xmr.chart([*values, 90], counts=[*[True] * 16, False])
    assert with_last[:-1] == without
    assert with_last[-1] == xmr.Point(90, 11, without[0].lower, without[0].upper, None, False)


def test_a_new_baseline_has_its_own_mean_and_no_run_reaches_into_it() -> None:
    values: list[float | None] = [*[10, 12] * 6, *[20, 22] * 6]
    points = xmr.chart(values, rebased_at=[12])
    assert [points[0].mean, points[12].mean] == [11, 21]
    assert {point.special_cause for point in points} == {"common_cause"}
    assert all(point.special_cause != "common_cause" for point in xmr.chart(values)[:12])
    assert not points[0].trial and xmr.chart(values, rebased_at=[13])[13].trial


def test_a_baseline_without_neighbours_has_no_limits_and_judges_nothing() -> None:
    for values in ([5, None, 900, None, 1], [7.0]):
        points = xmr.chart(values)
        assert {(point.lower, point.upper, point.special_cause) for point in points} == {(None, None, None)}
        assert [point.value for point in points] == values
    assert xmr.chart([]) == [] and xmr.chart([None]) == [xmr.Point(None, None, None, None, None, True)]


def test_equal_values_are_common_cause() -> None:
    assert {point.special_cause for point in xmr.chart([7.0] * 20)} == {"common_cause"}


def test_the_arithmetic_s_own_last_digits_are_no_signal() -> None:
    # 3 of 30 days in each of 12 months: their mean is 0.09999999999999999 to the computer.
    points = xmr.chart([3 / 30] * 12)
    assert {point.special_cause for point in points} == {"common_cause"}
    assert xmr.autocorrelation(points) is None
    # 351 of 30 x 13 is a mean of 27/30: the seventh month lies on it, and six below are no run.
    values = [own / 30 for own in (28, 29, 28, 29, 28, 29, 27, 26, 25, 26, 25, 26, 25)]
    assert not {"seven_above_mean", "seven_below_mean"} & {point.special_cause for point in xmr.chart(values)}
    # A series that is its season and nothing else is level once that is taken off.
    seasonal = [1 / 3 + (place % 12) / 7 for place in range(24)]
    effects = xmr.seasonal_effects(seasonal, first_month=1)
    assert effects is not None
    level = xmr.seasonally_adjusted(seasonal, effects, first_month=1)
    assert {point.special_cause for point in xmr.chart(level)} == {"common_cause"}


def test_variation_is_named_by_the_side_that_is_better() -> None:
    assert xmr.variation("rising_trend", increase_is_better=True) == "improving_high"
    assert xmr.variation("rising_trend", increase_is_better=False) == "concerning_high"
    assert xmr.variation("two_of_three_low", increase_is_better=False) == "improving_low"
    assert xmr.variation("common_cause", increase_is_better=False) == "common_cause"
    assert xmr.variation(None, increase_is_better=False) is None
    assert xmr.assurance(3, xmr.Limits(3, None, None), increase_is_better=True) is None


# --- season and chance ---------------------------------------------------------------------------------------


def test_seasonal_effects_of_two_full_years_are_the_months_means_about_their_years() -> None:
    # Year 1 at 100, year 2 at 140; January 11 above, every other month 1 below.
    values: list[float | None] = [100 + (11 if month == 0 else -1) for month in range(12)]
    values += [140 + (11 if month == 0 else -1) for month in range(12)]
    effects = xmr.seasonal_effects(values, first_month=1)
    assert effects is not None
    assert effects == pytest.approx([11, *[-1] * 11])
    adjusted = xmr.seasonally_adjusted(values, effects, first_month=1)
    assert adjusted == pytest.approx([*[100] * 12, *[140] * 12])
    # The same from April on: the effects still stand January first.
    turned = xmr.seasonal_effects([*values[3:], *values[:3]], first_month=4)
    assert turned is not None and max(turned) == turned[0]
    assert xmr.seasonal_effects(values[:23], first_month=1) is None
    assert xmr.seasonal_effects([*values[:5], None, *values[6:]], first_month=1) is None
    longer = [*values, *values]
    assert xmr.seasonal_effects([*longer[:5], None, *longer[6:]], first_month=1) == pytest.approx([11, *[-1] * 11])


def test_the_shipped_rates_of_false_alarms_are_those_of_steady_charts() -> None:
    for points, (anywhere, last) in list(standards.chart_false_alarms().items())[:3]:
        chance = random.Random(points + 1)
        signals = [
            [
                point.special_cause != xmr.COMMON_CAUSE
                for point in xmr.chart([chance.gauss(0, 1) for _ in range(points)])
            ]
            for _ in range(1500)
        ]
        # Five standard errors of 1,500 charts: 0.05 and 0.017.
        assert sum(map(any, signals)) / 1500 == pytest.approx(anywhere, abs=0.05)
        assert sum(own[-1] for own in signals) / 1500 == pytest.approx(last, abs=0.017)


def test_autocorrelation_by_hand() -> None:
    # About the mean of 2: -1, 1, -1, 1, ...: 15 products of -1 over 16 squares of 1.
    assert xmr.autocorrelation(xmr.chart([1, 3] * 8)) == pytest.approx(-15 / 16)
    # A gap takes two products away.
    assert xmr.autocorrelation(xmr.chart([*[1, 3] * 8, None, 1, 3])) == pytest.approx(-16 / 18)
    assert xmr.autocorrelation(xmr.chart([1, 3] * 5)) is None
    assert xmr.autocorrelation(xmr.chart([1] * 15)) is None


# --- a slow second reading ------------------------------------------------------------------------------------


def slow(values: list[float | None], counts: list[bool], breaks: set[int]) -> list[tuple[Any, ...]]:
    """Each point from the definition's words alone, in exact fractions: looks at every other point anew."""
    n = len(values)
    y = [
        Fraction(str(round(value, 6))) if count and value is not None else None
        for value, count in zip(values, counts, strict=True)
    ]
    base_of = [max([start for start in (0, *breaks) if start <= place], default=0) for place in range(n)]
    result: list[tuple[Any, ...]] = []
    for i in range(n):
        mine = [j for j in range(n) if base_of[j] == base_of[i]]
        known = [y[j] for j in mine if y[j] is not None]
        if not known:
            result.append((None, None, None, None))
            continue
        mean = sum(known) / len(known)
        moves = [abs(y[j + 1] - y[j]) for j in mine if j + 1 in mine and y[j] is not None and y[j + 1] is not None]
        low = high = None
        if moves:
            average = sum(moves) / len(moves)
            kept = [move for move in moves if not move >= Fraction("3.267") * average] or moves
            reach = Fraction("2.66") * sum(kept) / len(kept)
            low, high = mean - reach, mean + reach
        if y[i] is None or low is None:
            result.append((mean, low, high, None))
            continue

        def together(places: list[int], mine: list[int] = mine) -> bool:
            return all(j in mine and y[j] is not None for j in places)

        def is_out(j: int, low: Any = low, high: Any = high) -> bool:
            return low is not None and not low <= y[j] <= high

        def is_near(j: int, mean: Fraction = mean, low: Any = low, high: Any = high) -> bool:
            if low is None or is_out(j):
                return False
            return y[j] > mean + 2 * (high - mean) / 3 or y[j] < mean - 2 * (mean - low) / 3

        up = y[i] > mean
        flag = "common_cause"
        sevens = [list(range(start, start + 7)) for start in range(i - 6, i + 1)]
        sevens = [seven for seven in sevens if together(seven)]
        rising = [seven[-1] for seven in sevens if all(y[j] < y[j + 1] for j in seven[:-1])]
        falling = [seven[-1] for seven in sevens if all(y[j] > y[j + 1] for j in seven[:-1])]
        threes = [list(range(start, start + 3)) for start in range(i - 2, i + 1)]
        threes = [
            three
            for three in threes
            if together(three)
            and (all(y[j] > mean for j in three) or all(y[j] < mean for j in three))
            and sum(is_near(j) for j in three) >= 2
        ]
        if is_out(i):
            flag = "above_upper_limit" if up else "below_lower_limit"
        elif rising or falling:
            flag = "rising_trend" if max(rising, default=-1) > max(falling, default=-1) else "falling_trend"
        elif threes and is_near(i):
            flag = "two_of_three_high" if up else "two_of_three_low"
        elif any(all(y[j] > mean for j in seven) for seven in sevens):
            flag = "seven_above_mean"
        elif any(all(y[j] < mean for j in seven) for seven in sevens):
            flag = "seven_below_mean"
        result.append((mean, low, high, flag))
    return result


@settings(max_examples=150)
@given(st.data())
def test_agrees_with_a_slow_second_reading(data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 40))
    # Half whole steps, so that ties and points on the mean come up.
    step = data.draw(st.sampled_from([1.0, 0.37]))
    value = st.one_of(st.integers(-6, 6), st.integers(4, 30)).map(lambda own: own * step)
    values = data.draw(st.lists(st.one_of(value, value, value, value, st.none()), min_size=size, max_size=size))
    counts = data.draw(st.lists(st.sampled_from([True] * 6 + [False]), min_size=size, max_size=size))
    breaks = set(data.draw(st.lists(st.integers(1, 39), max_size=2)))
    found = xmr.chart(values, counts=counts, rebased_at=breaks)
    expected = slow(values, counts, {own for own in breaks if own < size})
    assert [point.special_cause for point in found] == [own[3] for own in expected]
    for point, own in zip(found, expected, strict=True):
        for figure, wanted in zip((point.mean, point.lower, point.upper), own[:3], strict=True):
            assert figure == (None if wanted is None else pytest.approx(wanted))


def test_the_worked_example_of_the_method() -> None:
    base = [10.0, 12.0] * 6
    steady = xmr.chart([*base, 17.0])[-1]
    assert (steady.lower, steady.upper) == (pytest.approx(5.48, abs=0.005), pytest.approx(17.45, abs=0.005))
    assert steady.special_cause == "common_cause"
    high = xmr.chart([*base, 19.0])[-1]
    assert (high.lower, high.upper) == (pytest.approx(5.19, abs=0.005), pytest.approx(18.04, abs=0.005))
    assert high.special_cause == "above_upper_limit"
