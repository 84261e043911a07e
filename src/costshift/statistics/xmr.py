"""XmR charts (individuals and moving ranges), as NHS England's "Making Data Count" draws them.

Definition: METHODS 5 and docs/methods/control-charts.md; limits and rules agree with NHSRplotthedots 0.2.2 (NHS-R
Community), by its own test cases. Mean and limits are of a baseline: all points from one rebasing to the next.
Limits are the mean and 2.66 times the mean moving range on each side, where ranges of 3.267 times their mean or
more are left out, once. A point is a special cause by the first of these that it meets:

1. outside the limits;
2. part of a trend: seven points, each above (or each below) the one before; a tie breaks it;
3. near a limit (beyond two thirds of the way to it, and not outside), as one of two such points among three that are
   all on one side of the mean;
4. one of seven points on one side of the mean; a point on the mean breaks the run.

A month that is missing breaks the line: no range, run, trend or three reaches over it. Nor does any reach over a
rebasing. Months that do not count (provisional ones) are drawn, and take part in nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

#: Limits lie so many mean moving ranges from the mean: 3 / 1.128.
LIMIT = 2.66
#: Ranges of so many times their mean are left out, once.
SCREEN = 3.267
#: Points of a run or a trend.
RUN = 7
#: A baseline of fewer points has trial limits.
FIRM_FROM = 12
#: Months from which a series can be adjusted for season.
SEASONS_FROM = 24
#: Correlation of neighbouring months above which the limits are too narrow to be trusted.
CAUTION_ABOVE = 0.3

#: Computed values that differ by less are the same: what is between them is the arithmetic's own.
SAME = 1e-9

HIGH = ("above_upper_limit", "rising_trend", "two_of_three_high", "seven_above_mean")
LOW = ("below_lower_limit", "falling_trend", "two_of_three_low", "seven_below_mean")
COMMON_CAUSE = "common_cause"


@dataclass(frozen=True)
class Limits:
    """Mean and natural limits of a baseline. Limits are null where it has no two neighbouring points."""

    mean: float
    lower: float | None
    upper: float | None

    @property
    def near(self) -> tuple[float, float] | None:
        """Two thirds of the way from the mean to each limit."""
        if self.lower is None or self.upper is None:
            return None
        return self.mean - (self.mean - self.lower) * 2 / 3, self.mean + (self.upper - self.mean) * 2 / 3


@dataclass(frozen=True)
class Point:
    """One month of a chart.

    ``special_cause``: null where the month is missing or does not count, and without limits; else common_cause or the
    rule that it meets.
    ``trial``: its baseline has fewer than 12 points.
    """

    value: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    special_cause: str | None
    trial: bool


def limits(values: Sequence[float | None], *, screen: bool = True) -> Limits | None:
    """Mean and limits of one baseline; null without a point. ``None`` among the values breaks the line."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    mean = sum(known) / len(known)
    ranges = [
        abs(later - earlier) if _sign(later - earlier) else 0.0
        for earlier, later in pairwise(values)
        if earlier is not None and later is not None
    ]
    if not ranges:
        return Limits(mean, None, None)
    typical = sum(ranges) / len(ranges)
    if screen:
        kept = [own for own in ranges if own < SCREEN * typical]
        # All ranges are zero: there is nothing to leave out.
        typical = sum(kept) / len(kept) if kept else typical
    return Limits(mean, mean - LIMIT * typical, mean + LIMIT * typical)


def chart(
    values: Sequence[float | None], *, counts: Sequence[bool] | None = None, rebased_at: Iterable[int] = ()
) -> list[Point]:
    """The chart of a series.

    Args:
        values: one a month, in order, without gaps in the months: a missing month is None.
        counts: which of them count; the others are drawn only. All, if not given.
        rebased_at: places at which a new baseline begins.
    """
    counted = [value if counts is None or counts[place] else None for place, value in enumerate(values)]
    edges = sorted({0, len(values)} | {place for place in rebased_at if 0 < place < len(values)})
    points: list[Point] = []
    for start, end in pairwise(edges):
        own = counted[start:end]
        base = limits(own)
        trial = sum(value is not None for value in own) < FIRM_FROM
        flags = special_causes(own, base)
        points += [
            Point(
                values[start + place],
                base.mean if base else None,
                base.lower if base else None,
                base.upper if base else None,
                flag,
                trial,
            )
            for place, flag in enumerate(flags)
        ]
    return points


def special_causes(values: Sequence[float | None], base: Limits | None) -> list[str | None]:
    """For each point of one baseline the first rule that it meets, common_cause, or None where nothing can be judged.

    That is where there is no point, and where no two neighbouring points say how much the series moves by itself.
    """
    if base is None or base.lower is None:
        return [None] * len(values)
    found: list[str | None] = [None] * len(values)
    for start, end in _stretches(values):
        own = [value for value in values[start:end] if value is not None]
        side = [_sign(value - base.mean) for value in own]
        outside, near = _against_limits(own, base)
        found[start:end] = first_rule(
            side,
            outside,
            part_of_seven(seven_trend(own)),
            part_of_two_in_three(two_in_three(near, side), near),
            part_of_seven(seven_one_side(side)),
        )
    return found


def first_rule(
    side: Sequence[int], outside: Sequence[int], trend: Sequence[int], two: Sequence[int], run: Sequence[int]
) -> list[str]:
    """The rule that names each point: outside the limits, trend of seven, two of three, seven on one side.

    Args:
        side: 1 above the mean, -1 below, 0 on it.
        outside, trend, two, run: not 0 where the rule is met; a trend's sign is its direction.
    """
    named: list[str] = []
    for place, own in enumerate(side):
        high = own > 0
        if outside[place]:
            named.append((HIGH if high else LOW)[0])
        elif trend[place]:
            named.append((HIGH if trend[place] > 0 else LOW)[1])
        elif two[place]:
            named.append((HIGH if high else LOW)[2])
        elif run[place]:
            named.append((HIGH if high else LOW)[3])
        else:
            named.append(COMMON_CAUSE)
    return named


def seven_one_side(side: Sequence[int]) -> list[int]:
    """Where a point is at least the seventh in a row on one side of the mean: 1, else 0."""
    return _every(side, lambda window: int(window[0] != 0 and len(set(window)) == 1))


def seven_trend(values: Sequence[float]) -> list[int]:
    """Where a point ends a trend of seven: 1 rising, -1 falling, else 0."""

    def direction(window: Sequence[float]) -> int:
        steps = {_sign(later - earlier) for earlier, later in pairwise(window)}
        return steps.pop() if len(steps) == 1 else 0

    return _every(values, direction)


def part_of_seven(flags: Sequence[int]) -> list[int]:
    """Every point of a seven that a later flag ends: that flag; of two, the later one's."""
    parts = [0] * len(flags)
    for place, flag in enumerate(flags):
        if flag:
            first = max(0, place - RUN + 1)
            parts[first : place + 1] = [flag] * (place + 1 - first)
    return parts


def two_in_three(near: Sequence[int], side: Sequence[int]) -> list[int]:
    """Points of any three on one side of the mean of which two or more are near a limit: 1, else 0."""
    parts = [0] * len(near)
    for start in range(len(near) - 2):
        window = slice(start, start + 3)
        if abs(sum(side[window])) == 3 and sum(near[window]) >= 2:
            parts[window] = [1, 1, 1]
    return parts


def part_of_two_in_three(parts: Sequence[int], near: Sequence[int]) -> list[int]:
    """Of such three, the points that are near a limit themselves."""
    return [int(bool(part and own)) for part, own in zip(parts, near, strict=True)]


def assurance(value: float, base: Limits, *, increase_is_better: bool) -> str | None:
    """Whether a process that goes on as it is meets a target: consistent_pass, consistent_fail or inconsistent.

    Null without limits. A target on a limit is within them.
    """
    if base.lower is None or base.upper is None:
        return None
    if _sign(value - base.lower) >= 0 >= _sign(value - base.upper):
        return "inconsistent"
    return "consistent_pass" if (value < base.lower) is increase_is_better else "consistent_fail"


def variation(special_cause: str | None, *, increase_is_better: bool) -> str | None:
    """A special cause as Making Data Count's icons name it: improving or concerning, high or low."""
    if special_cause is None or special_cause == COMMON_CAUSE:
        return special_cause
    high = special_cause in HIGH
    return f"{'improving' if high is increase_is_better else 'concerning'}_{'high' if high else 'low'}"


def autocorrelation(points: Sequence[Point]) -> float | None:
    """How far neighbouring months move together: lag-1 autocorrelation about each baseline's mean.

    Over the points that count, of neighbours within one baseline; null for fewer than 12 points, or if all are alike.
    """
    apart = [
        (point.value - point.mean, point.mean)
        if point.special_cause is not None and point.value is not None and point.mean is not None
        else None
        for point in points
    ]
    known = [own[0] for own in apart if own is not None]
    spread = sum(own * own for own in known)
    if len(known) < FIRM_FROM or not any(_sign(own) for own in known):
        return None
    return sum(a[0] * b[0] for a, b in pairwise(apart) if a and b and a[1] == b[1]) / spread


def seasonal_effects(values: Sequence[float | None], *, first_month: int) -> list[float] | None:
    """What each calendar month adds to a year's level, January first; they sum to zero.

    Least squares of one level for each twelve months, counted back from the last, and one effect for each calendar
    month. Null for fewer than 24 points, or where a calendar month has fewer than two.

    Args:
        values: one a month; None where missing or not counted.
        first_month: the calendar month of the first of them, 1 to 12.
    """
    places = [place for place, value in enumerate(values) if value is not None]
    months = [(first_month - 1 + place) % 12 for place in places]
    if len(places) < SEASONS_FROM or any(months.count(month) < 2 for month in range(12)):
        return None
    years = [(len(values) - 1 - place) // 12 for place in places]
    order = sorted(set(years))
    design = np.zeros((len(places), len(order) + 11))
    for row, (year, month) in enumerate(zip(years, months, strict=True)):
        design[row, order.index(year)] = 1
        # December is less the others together, so that the effects sum to zero.
        design[row, len(order) :] = -1.0 if month == 11 else np.eye(11)[month]
    solved = np.linalg.lstsq(design, np.array([values[place] for place in places], dtype=float), rcond=None)[0]
    effects = [float(own) for own in solved[len(order) :]]
    return [*effects, -sum(effects)]


def seasonally_adjusted(
    values: Sequence[float | None], effects: Sequence[float], *, first_month: int
) -> list[float | None]:
    """The values less their calendar month's effect."""
    return [
        None if value is None else value - effects[(first_month - 1 + place) % 12] for place, value in enumerate(values)
    ]


def _stretches(values: Sequence[float | None]) -> list[tuple[int, int]]:
    """Start and end of every stretch without a missing point."""
    edges = [-1, *(place for place, value in enumerate(values) if value is None), len(values)]
    return [(before + 1, after) for before, after in pairwise(edges) if after > before + 1]


def _against_limits(values: Sequence[float], base: Limits) -> tuple[list[int], list[int]]:
    """Where points are outside the limits, and where near one without being outside."""
    near = base.near
    if near is None or base.lower is None or base.upper is None:
        return [0] * len(values), [0] * len(values)
    outside = [int(_sign(value - base.lower) < 0 or _sign(value - base.upper) > 0) for value in values]
    close = [
        int(not out and (_sign(value - near[0]) < 0 or _sign(value - near[1]) > 0))
        for value, out in zip(values, outside, strict=True)
    ]
    return outside, close


def _every(values: Sequence[float], judge: Callable[[Sequence[float]], float]) -> list[int]:
    """What a judge says of the seven that end at each point; 0 before the seventh."""
    return [0 if place + 1 < RUN else int(judge(values[place + 1 - RUN : place + 1])) for place in range(len(values))]


def _sign(difference: float) -> int:
    return (difference > SAME) - (difference < -SAME)
