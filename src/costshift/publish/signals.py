"""What a control chart says, in words: the same on page, in charts, in text alternatives and in the paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from costshift import standards
from costshift.indicators.series import ADJUSTED, measure_of
from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.statistics.xmr import CAUTION_ABOVE, COMMON_CAUSE

#: Letter in the icon, and words, as Making Data Count has them.
VARIATION = {
    "common_cause": ("", "No reliable change"),
    "improving_high": ("H", "Improving: high"),
    "improving_low": ("L", "Improving: low"),
    "concerning_high": ("H", "Concerning: high"),
    "concerning_low": ("L", "Concerning: low"),
}
ASSURANCE = {
    "consistent_pass": ("P", "Meets the target month after month"),
    "consistent_fail": ("F", "Misses the target unless it changes"),
    "inconsistent": ("?", "Meets and misses the target by chance"),
}
RULES = {
    "above_upper_limit": "above the upper limit",
    "below_lower_limit": "below the lower limit",
    "rising_trend": "part of a rise of seven in a row",
    "falling_trend": "part of a fall of seven in a row",
    "two_of_three_high": "near the upper limit, two of three",
    "two_of_three_low": "near the lower limit, two of three",
    "seven_above_mean": "one of seven in a row above the mean",
    "seven_below_mean": "one of seven in a row below the mean",
}
_HIGH = ("above_upper_limit", "two_of_three_high", "seven_above_mean", "rising_trend")


@dataclass(frozen=True)
class Series:
    """One charted series: its rows of the table spc, in order."""

    measure: str
    partner: str
    name: str
    rows: Sequence[dict[str, Any]]

    @property
    def own(self) -> dict[str, str]:
        """What the shipped table says of the measure."""
        return standards.chart_measures()[measure_of(self.measure)]

    @property
    def adjusted(self) -> bool:
        """Whether it was adjusted for season."""
        return self.measure.endswith(ADJUSTED)

    @property
    def quarterly(self) -> bool:
        """Whether it goes by quarter."""
        return bool(self.rows[0]["period"] == "quarter")

    @property
    def period(self) -> tuple[str, str]:
        """month and months, or quarter and quarters."""
        return ("quarter", "quarters") if self.quarterly else ("month", "months")

    @property
    def judged(self) -> Sequence[dict[str, Any]]:
        """Months that count."""
        return [row for row in self.rows if row["special_cause"] is not None]

    @property
    def latest(self) -> dict[str, Any] | None:
        """The last month with a value."""
        return next((row for row in reversed(self.rows) if row["value"] is not None), None)

    @property
    def hidden(self) -> int:
        """Suppressed months."""
        return sum(bool(row.get("suppressed")) and row["value"] is None for row in self.rows)

    def written(self, value: float | None, *, unit: bool = True) -> str:
        """A value of the measure as it is written: 12.3 beds, 2.45 days, 86.4%."""
        if value is None:
            return NOT_COMPUTABLE
        match self.own["unit"]:
            case "share":
                return words.percent(value)
            case "beds":
                return f"{words.decimal(value)} beds" if unit else words.decimal(value)
            case _:
                return f"{words.decimal(value, 2)} days" if unit else words.decimal(value, 2)

    def when(self, month: dt.date) -> str:
        """March 2025, or January to March 2025."""
        if not self.quarterly:
            return words.month_name(month)
        last = month.replace(month=month.month + 2)
        return f"{words.month_name(month).split()[0]} to {words.month_name(last)}"


def series_of(frame: pl.DataFrame, names: dict[str, str]) -> list[Series]:
    """Every series of the table spc, in the order of the shipped measures, then by name."""
    order = list(standards.chart_measures())
    found = [
        Series(measure, partner, names.get(partner, partner), own.sort("month").to_dicts())
        for (measure, partner), own in frame.group_by("measure", "partner")
    ]
    return sorted(found, key=lambda own: (order.index(measure_of(own.measure)), own.adjusted, own.name, own.partner))


def signals_change(series: Series) -> bool:
    """Whether the last point says more than chance would."""
    latest = series.latest
    return latest is not None and latest["special_cause"] not in (None, COMMON_CAUSE)


def finding(series: Series) -> str:
    """What the chart says of its last month, in one sentence."""
    latest = series.latest
    adjusted = ", adjusted for season" if series.adjusted else ""
    if latest is None:
        return f"{series.name}: no {series.own['short_label'].lower()} can be shown{adjusted}"
    told = f"{series.name}: {_said(series, latest['value'])} in {series.when(latest['month'])}{adjusted}"
    if latest["provisional"]:
        return f"{told}; provisional, not judged"
    if latest["special_cause"] is None:
        return f"{told}; {'too many months are suppressed' if series.hidden else 'too little'} to judge"
    if latest["special_cause"] == COMMON_CAUSE:
        return f"{told}; no reliable change"
    how = "higher than chance explains" if latest["special_cause"] in _HIGH else "lower than chance explains"
    if latest["special_cause"] in ("rising_trend", "falling_trend"):
        how = f"{'rising' if latest['special_cause'] in _HIGH else 'falling'} for longer than chance explains"
    return f"{told}; {how} ({latest['variation'].partition('_')[0]})"


def _said(series: Series, value: float) -> str:
    match measure_of(series.measure):
        case "delayed_beds":
            return f"{words.decimal(value)} delayed beds"
        case "average_delay_days":
            return f"{words.decimal(value, 2)} days of delay on average"
        case _:
            return f"{words.percent(value)} left on the ready date"


def verdict(series: Series) -> str:
    """The finding's last part: why the last month is, or is not, a signal."""
    latest = series.latest
    if latest is None:
        return "No value can be shown."
    if latest["provisional"]:
        return "Provisional: not judged."
    if latest["special_cause"] is None:
        return "Too many months are suppressed to judge." if series.hidden else "Too little to judge."
    if latest["special_cause"] == COMMON_CAUSE:
        return "Within what chance explains."
    rule = RULES[latest["special_cause"]]
    return f"{rule[:1].upper()}{rule[1:]}."


def description(series: Series) -> str:
    """The chart in words, for who cannot see it: every figure as the table has it."""
    latest = series.latest
    known = [row for row in series.rows if row["value"] is not None]
    if latest is None or not known:
        return f"Control chart of {series.own['short_label'].lower()}, {series.name}: no value can be shown."
    low, high = min(known, key=_value), max(known, key=_value)
    first = words.month_name(series.rows[0]["month"])
    last = series.when(series.rows[-1]["month"]).rpartition(" to ")[2]
    extremes = [f"{series.written(row['value'])} in {series.when(row['month'])}" for row in (latest, low, high)]
    parts = [
        f"Control chart of {series.own['short_label'].lower()}, {series.name}, {first} to {last}, by "
        f"{'quarter' if series.quarterly else 'month'}.",
        f"The last value is {extremes[0]}; the lowest {extremes[1]}, the highest {extremes[2]}.",
    ]
    if latest["lower_limit"] is not None:
        parts.append(
            f"The mean of the last baseline is {series.written(latest['mean'])}, its limits "
            f"{series.written(latest['lower_limit'])} and {series.written(latest['upper_limit'])}"
            f"{', trial limits from fewer than 12 points' if latest['trial'] else ''}."
        )
        signals = [row for row in series.judged if row["special_cause"] != COMMON_CAUSE]
        parts.append(
            f"{words.counted(len(signals), 'point signals', 'points signal')} a special cause"
            + (f", the last in {series.when(signals[-1]['month'])}." if signals else ".")
        )
    target = latest["target"]
    if target is not None:
        judged = ASSURANCE.get(latest["assurance"] or "", ("", "not judged"))[1]
        parts.append(f"The target is {series.written(target)}: {judged[:1].lower()}{judged[1:]}.")
    return " ".join([*parts, *doubts(series)])


def doubts(series: Series) -> list[str]:
    """What must be said beside the chart."""
    missing = sum(row["value"] is None for row in series.rows) - series.hidden
    together = series.rows[0]["autocorrelation"]
    one, many = series.period
    return [
        *(
            [f"{words.counted(missing, f'{one} is', f'{many} are')} missing and breaks the line."]
            if missing == 1
            else []
        ),
        *([f"{words.counted(missing, f'{one} is', f'{many} are')} missing and break the line."] if missing > 1 else []),
        *(
            [f"{words.counted(series.hidden, f'{one} is', f'{many} are')} suppressed ({SUPPRESSED}) and not drawn."]
            if series.hidden
            else []
        ),
        *(
            [f"Neighbouring {many} move together (autocorrelation {together:.2f}): signals come too easily."]
            if together is not None and together > CAUTION_ABOVE
            else []
        ),
    ]


def _value(row: dict[str, Any]) -> float:
    return float(row["value"])
