"""The monthly series that are charted, and their control charts.

Definition: docs/methods/control-charts.md (METHODS 5). Two steps, so that disclosure control can stand between them:
:func:`monthly_series` counts what each month's value rests on; :func:`control_charts` draws mean, limits and rules
from the values that an audience may see, and from nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import polars as pl

from costshift import standards
from costshift.delays.bed_days import provisional_from
from costshift.delays.measures import DatedSpells
from costshift.project import Project
from costshift.statistics import xmr

#: A ratio whose denominator is below this in any month goes by quarter; a quarter below it has no value.
LEAST_DENOMINATOR = 30
#: A council's month is missing, or provisional, where providers with this share of its discharges are.
TELLING_SHARE = 0.1
#: With more than this share of its months suppressed, a series is not judged: what is left is the larger months.
MOST_SUPPRESSED = 0.1
#: What is added to the name of a measure that was adjusted for season.
ADJUSTED = "_seasonally_adjusted"
#: Computed values are kept to so many places: more would differ between processors.
PLACES = 9

GRAIN = ("measure", "partner", "month")
SERIES_SCHEMA: dict[str, pl.DataType] = {
    "measure": pl.String(),
    "partner": pl.String(),
    "month": pl.Date(),
    "period": pl.String(),
    "value": pl.Float64(),
    "provisional": pl.Boolean(),
    "target": pl.Float64(),
    "rebased": pl.Boolean(),
    "_numerator": pl.Int64(),
    "_denominator": pl.Int64(),
    "_calendar": pl.Boolean(),
    "_behind": pl.Int64(),
    "_behind_whole": pl.Int64(),
}
CHART_SCHEMA: dict[str, pl.DataType] = {
    **{name: SERIES_SCHEMA[name] for name in ("measure", "partner", "month", "period", "value")},
    "mean": pl.Float64(),
    "lower_limit": pl.Float64(),
    "upper_limit": pl.Float64(),
    "special_cause": pl.String(),
    "variation": pl.String(),
    "target": pl.Float64(),
    "assurance": pl.String(),
    "provisional": pl.Boolean(),
    "trial": pl.Boolean(),
    "rebased": pl.Boolean(),
    "autocorrelation": pl.Float64(),
}
_COUNTED = ("_numerator", "_denominator", "_behind", "_behind_whole")


def monthly_series(
    dated: DatedSpells,
    discharges: pl.LazyFrame,
    targets: pl.DataFrame,
    project: Project,
    sent: pl.DataFrame,
    month: dt.date,
    as_at: dt.date,
) -> pl.DataFrame:
    """Every charted measure of the declared providers and councils, month by month or quarter by quarter.

    Grain: measure, partner, month (of a quarter, its first). Every month from a series' first to the report's has a
    row; ``value`` is null where the month is missing: not acceptable, nothing known, or too few to divide by.
    Measures: ``delayed_beds`` (beds on an average day; of a council: its residents in acute beds),
    ``average_delay_days`` (bed days lost per discharge) and ``share_on_ready_date``; these two of councils over
    acute discharges. A ratio with fewer than 30 discharges in any month goes by full quarters.

    Args:
        dated: the dated spells.
        discharges: :func:`costshift.delays.discharges.discharge_delays`.
        targets: measure, partner, month, value: what was agreed.
        project: for the partners, and the dates at which a baseline begins anew.
        sent: :func:`costshift.indicators.months_sent.months_sent`: such a month has a value, though it be zero.
        month: the report's month, the last of every series.
        as_at: the last day that counts.

    Returns:
        SERIES_SCHEMA: with ``_numerator`` and ``_denominator`` (``_calendar``: days of the month, which tell nothing),
        and the people or spells behind each. What :func:`control_charts` gives is null here.
    """
    parts = monthly_measures(dated, discharges, project, sent, month, as_at)
    wanted = targets.rename({"value": "target"})
    rebased = _baselines(project)
    series = [
        _with_baselines(_by_period(frame, measure, month), measure, partner, rebased)
        for (measure, partner), frame in sorted(parts.group_by("measure", "partner"), key=lambda own: own[0])
    ]
    series = [frame for frame in series if frame["value"].count()]
    if not series:
        return pl.DataFrame(schema=CHART_SCHEMA | SERIES_SCHEMA)
    return (
        pl.concat(series)
        .join(wanted, on=list(GRAIN), how="left")
        .select(pl.col(name).cast(dtype) for name, dtype in SERIES_SCHEMA.items())
        .with_columns(
            pl.lit(None, dtype=dtype).alias(name) for name, dtype in CHART_SCHEMA.items() if name not in SERIES_SCHEMA
        )
        .sort(GRAIN)
    )


def monthly_measures(
    dated: DatedSpells,
    discharges: pl.LazyFrame,
    project: Project,
    sent: pl.DataFrame,
    month: dt.date,
    as_at: dt.date,
) -> pl.DataFrame:
    """The charted measures of the declared providers and councils, in every month that is known.

    Grain: measure, partner, month. ``provisional``; ``_numerator`` and ``_denominator`` (``_calendar``: days of the
    month), and the people or spells behind each: ``_behind``, ``_behind_whole``. Args as of :func:`monthly_series`.
    """
    providers = [own.id for own in project.partners if own.type in ("acute", "community", "mental_health")]
    councils = [own.id for own in project.partners if own.type == "council"]
    state = dated.months.select("month", "provider", "acceptable").collect()
    own = discharges.filter(pl.col("month") <= month).collect()
    acute = own.filter(pl.col("setting") == "acute")
    days = (
        dated.days.spell_months.filter(pl.col("month") <= month)
        .select("month", "provider", "setting", "council", "person", "days")
        .collect()
    )
    late = provisional_from(dated.spells, as_at).collect()
    return pl.concat(
        [
            _of_providers(days, own, state, late, providers, sent),
            _of_councils(days.filter(pl.col("setting") == "acute"), acute, state, late, councils),
        ]
    )


def control_charts(series: pl.DataFrame) -> pl.DataFrame:
    """The control chart of every series, and beside it the same adjusted for season where it has 24 months.

    Grain: measure, partner, month; an adjusted measure is named for its own with ``_seasonally_adjusted``.
    ``special_cause``: the rule that the month meets, or common_cause; null without a value or limits, or where it
    is provisional. ``variation`` names it improving or concerning, ``assurance`` says whether the process as it is
    meets the month's target. ``trial``: the month's baseline has fewer than 12 points. ``autocorrelation``: of the
    whole series, lag 1.
    A series of which more than a tenth is suppressed has values only: what is shown of it are its larger months.

    Args:
        series: measure, partner, month, period, value, provisional, target, rebased, and suppressed where it was
            controlled: as an audience may see them.

    Returns:
        CHART_SCHEMA, sorted on its grain.
    """
    frames = [
        _chart(measure, partner, own.sort("month"))
        for (measure, partner), own in sorted(series.group_by("measure", "partner"), key=lambda own: own[0])
    ]
    if not frames:
        return pl.DataFrame(schema=CHART_SCHEMA)
    return pl.concat(frames).sort(GRAIN)


def measure_of(name: str) -> str:
    """The measure that a series is of, adjusted or not."""
    return name.removesuffix(ADJUSTED)


def increase_is_better(measure: str) -> bool:
    """Whether more of a measure is better."""
    return standards.chart_measures()[measure_of(measure)]["better"] == "increase"


def by_chance(points: Sequence[int]) -> float:
    """How many of so many steady charts signal at their last point by chance, given each one's points."""
    rates = standards.chart_false_alarms()
    known = sorted(rates)
    return sum(rates[max([own for own in known if own <= count], default=known[0])][1] for count in points)


# --- the series ---------------------------------------------------------------------------------------------


def _of_providers(
    days: pl.DataFrame,
    discharges: pl.DataFrame,
    state: pl.DataFrame,
    late: pl.DataFrame,
    partners: Iterable[str],
    sent: pl.DataFrame,
) -> pl.DataFrame:
    """Series of providers: all their beds and discharges. A month that is not acceptable has no row.

    One that was sent (provider, month), and in which nobody was delayed and nobody left, is a month of no days.
    """
    wanted = pl.col("provider").is_in(list(partners))
    grain = ["provider", "month"]
    missing = state.filter(~pl.col("acceptable")).select(grain)
    provisional = (
        discharges.select(grain)
        .vstack(days.select(grain))
        .vstack(sent.select(grain))
        .unique()
        .join(late, on="provider")
        .filter(pl.col("month") >= pl.col("provisional_from"))
        .select(grain)
    )
    return _measures(
        "provider", days.filter(wanted), discharges.filter(wanted), missing, provisional, sent.filter(wanted)
    )


def _of_councils(
    days: pl.DataFrame, discharges: pl.DataFrame, state: pl.DataFrame, late: pl.DataFrame, partners: Iterable[str]
) -> pl.DataFrame:
    """Series of councils: their residents in acute beds. Where a provider that tells is missing, so is the month."""
    wanted = pl.col("council").is_in(list(partners))
    own, days = discharges.filter(wanted), days.filter(wanted)
    share = own.group_by("council", "provider").agg(pl.col("discharges").sum())
    tells = share.filter(pl.col("discharges") >= TELLING_SHARE * pl.col("discharges").sum().over("council")).select(
        "council", "provider"
    )
    refused = state.filter(~pl.col("acceptable")).select("provider", "month")
    # A provider that tells and has no discharges at all in a month was not sent.
    known = state.filter(pl.col("acceptable")).select("provider", "month")
    missing = (
        tells.join(own.select("month").unique(), how="cross")
        .join(known, on=["provider", "month"], how="anti")
        .select("council", "month")
        .unique()
    )
    # Those that do not tell are left out of the month, as they are out of its totals.
    used = own.join(refused, on=["provider", "month"], how="anti")
    lain = days.join(refused, on=["provider", "month"], how="anti")
    provisional = (
        tells.join(late, on="provider")
        .join(own.select("month").unique(), how="cross")
        .filter(pl.col("month") >= pl.col("provisional_from"))
        .select("council", "month")
        .unique()
    )
    return _measures("council", lain, used, missing, provisional, lain.clear())


def _measures(
    by: str,
    days: pl.DataFrame,
    discharges: pl.DataFrame,
    missing: pl.DataFrame,
    provisional: pl.DataFrame,
    known: pl.DataFrame,
) -> pl.DataFrame:
    """The measures of each partner and month that is known and not missing, with what they rest on.

    ``known``: partner and month of which it is known, even where nothing was counted.
    """
    grain = [by, "month"]
    lain = days.group_by(grain).agg(pl.col("days").sum(), pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    left = discharges.group_by(grain).agg(
        pl.col("discharges", "discharged_on_ready_date", "delayed_discharges", "bed_days_lost").sum()
    )
    both = (
        pl.concat([lain.select(grain), left.select(grain), known.select(grain)])
        .unique()
        # Days before the first discharges are only those of people who had left by then.
        .join(left.group_by(by).agg(pl.col("month").min().alias("_first")), on=by)
        .filter(pl.col("month") >= pl.col("_first"))
        .join(missing, on=grain, how="anti")
        .join(lain, on=grain, how="left")
        .join(left, on=grain, how="left")
        .join(provisional.with_columns(pl.lit(True).alias("provisional")), on=grain, how="left")
        .with_columns(pl.col("provisional").fill_null(False), pl.col("days", "people").fill_null(0))
    )
    on_date, delayed, every = (
        pl.col(name) for name in ("discharged_on_ready_date", "delayed_discharges", "discharges")
    )
    measures = {
        "delayed_beds": (pl.col("days"), pl.col("month").dt.days_in_month(), True, pl.col("people"), pl.lit(0)),
        "average_delay_days": (pl.col("bed_days_lost"), every, False, delayed, every),
        # Who did not leave on the date was delayed: the share goes with either count.
        "share_on_ready_date": (on_date, every, False, delayed, on_date),
    }
    return pl.concat(
        both.select(
            pl.lit(measure).alias("measure"),
            pl.col(by).alias("partner"),
            "month",
            pl.lit("month").alias("period"),
            (pl.col("provisional") if calendar else pl.lit(False)).alias("provisional"),
            pl.lit(calendar).alias("_calendar"),
            *(
                expression.cast(pl.Int64).alias(name)
                for name, expression in zip(_COUNTED, (numerator, denominator, behind, whole), strict=True)
            ),
        ).filter(pl.col("_denominator") > 0)
        for measure, (numerator, denominator, calendar, behind, whole) in measures.items()
    )


def _by_period(frame: pl.DataFrame, measure: str, last: dt.date) -> pl.DataFrame:
    """One series without gaps in its months; by full quarters where a month's denominator is too small."""
    few = bool((~frame["_calendar"] & (frame["_denominator"] < LEAST_DENOMINATOR)).any())
    first: dt.date = frame["month"].min()  # type: ignore[assignment]
    if not few:
        months = pl.select(pl.date_range(first, last, interval="1mo").alias("month"))
        return _valued(months.join(frame, on="month", how="left"), "month")
    quarter = pl.col("month").dt.truncate("1q")
    whole = (
        frame.group_by(quarter)
        .agg(
            pl.len().alias("_months"), pl.col("provisional").any(), pl.col("_calendar").first(), pl.col(_COUNTED).sum()
        )
        .filter((pl.col("_months") == 3) & (pl.col("_denominator") >= LEAST_DENOMINATOR))
        .drop("_months")
    )
    # Full quarters: from the first that begins in the series to the last that ends by the report's month.
    start, end = (
        pl.select(pl.lit(first, dtype=pl.Date).dt.offset_by("2mo").dt.truncate("1q")).item(),
        pl.select(pl.lit(last, dtype=pl.Date).dt.offset_by("-2mo").dt.truncate("1q")).item(),
    )
    months = pl.select(pl.date_range(start, end, interval="3mo").alias("month"))
    return _valued(months.join(whole, on="month", how="left"), "quarter")


def _valued(frame: pl.DataFrame, period: str) -> pl.DataFrame:
    return frame.with_columns(
        (pl.col("_numerator") / pl.col("_denominator")).alias("value"),
        pl.lit(period).alias("period"),
        pl.col("provisional").fill_null(False),
        pl.col("_calendar").fill_null(False),
    ).select("month", "period", "value", "provisional", "_calendar", *_COUNTED)


def _baselines(project: Project) -> list[tuple[dt.date, str | None, str | None]]:
    """Dates at which baselines begin anew, whose, and of which measure; null: of all."""
    dates: list[tuple[dt.date, str | None, str | None]] = [(own.date, own.partner, None) for own in project.policies]
    return dates + [(own.date, own.partner, own.measure) for own in project.baselines]


def _with_baselines(
    frame: pl.DataFrame, measure: str, partner: str, dates: Iterable[tuple[dt.date, str | None, str | None]]
) -> pl.DataFrame:
    """Named, with the first full month or quarter from each date on marked as the beginning of a baseline."""
    starts = [
        min(later)
        for date, whose, which in dates
        if whose in (None, partner)
        and which in (None, measure)
        and (later := [own for own in frame["month"].to_list() if own >= date])
    ]
    return frame.with_columns(
        pl.lit(measure).alias("measure"),
        pl.lit(partner).alias("partner"),
        pl.col("month").is_in(starts).alias("rebased"),
    )


# --- their charts -------------------------------------------------------------------------------------------


def _chart(measure: str, partner: str, frame: pl.DataFrame) -> pl.DataFrame:
    values, months = frame["value"].to_list(), frame["month"].to_list()
    counts = [not own for own in frame["provisional"].to_list()]
    charts = [_drawn(measure, partner, frame, values)]
    if months and frame["period"][0] == "month":
        first = months[0].month
        known = [value if count else None for value, count in zip(values, counts, strict=True)]
        effects = xmr.seasonal_effects(known, first_month=first)
        if effects is not None and not _mostly_hidden(frame):
            adjusted = xmr.seasonally_adjusted(values, effects, first_month=first)
            charts.append(_drawn(f"{measure}{ADJUSTED}", partner, frame, adjusted))
    return pl.concat(charts)


def _drawn(measure: str, partner: str, frame: pl.DataFrame, values: Sequence[float | None]) -> pl.DataFrame:
    better = increase_is_better(measure)
    targets = frame["target"].to_list()
    counts = [not own for own in frame["provisional"].to_list()]
    starts = [place for place, begins in enumerate(frame["rebased"].to_list()) if begins]
    points = xmr.chart(values, counts=counts, rebased_at=starts)
    if _mostly_hidden(frame):
        points = [xmr.Point(value, None, None, None, None, True) for value in values]
    together = xmr.autocorrelation(points)
    rows = [
        {
            "measure": measure,
            "partner": partner,
            "month": month,
            "period": period,
            "value": _kept(point.value),
            "mean": _kept(point.mean),
            "lower_limit": _kept(point.lower),
            "upper_limit": _kept(point.upper),
            "special_cause": point.special_cause,
            "variation": xmr.variation(point.special_cause, increase_is_better=better),
            "target": target,
            "assurance": _assurance(point, target, better),
            "provisional": not count,
            "trial": point.trial,
            "rebased": rebased,
            "autocorrelation": _kept(together),
        }
        for point, month, period, target, count, rebased in zip(
            points, frame["month"], frame["period"], targets, counts, frame["rebased"], strict=True
        )
    ]
    return pl.DataFrame(rows, schema=CHART_SCHEMA)


def _mostly_hidden(frame: pl.DataFrame) -> bool:
    if "suppressed" not in frame.columns:
        return False
    hidden = int((frame["suppressed"].fill_null("") != "").sum())
    return hidden > MOST_SUPPRESSED * (hidden + frame["value"].count())


def _assurance(point: xmr.Point, target: float | None, better: bool) -> str | None:
    """Provisional months are judged by no target, nor months without a value."""
    if target is None or point.mean is None or point.special_cause is None:
        return None
    return xmr.assurance(target, xmr.Limits(point.mean, point.lower, point.upper), increase_is_better=better)


def _kept(value: float | None) -> float | None:
    # Zero has one sign, and one spelling.
    return None if value is None else round(value, PLACES) + 0.0
