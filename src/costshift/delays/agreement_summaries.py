"""Agreement of a month, summed to what a page can show: by organisation, and by what the linked dates say.

Counted from each day's record and evidence, with the different people behind each figure: a sum of cells that went
through disclosure control would be wrong. Provider months whose ready dates are too few are left out.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift.delays.both_sides import AGREEMENT, BothSides, recorded_side
from costshift.delays.evidence_states import STATES
from costshift.delays.summaries import TREND_MONTHS

#: A month with more than one in so many days too recent to test waits for later extracts.
MOST_TOO_RECENT = 10
#: In place of an organisation's id: all of them together.
ALL = "all"


def agreement_summaries(
    both: BothSides, months: pl.LazyFrame, tested: pl.LazyFrame, month: dt.date
) -> dict[str, pl.LazyFrame]:
    """``agreement_by_month`` of the months up to one; ``agreement_by_organisation``, ``days_by_state`` and
    ``days_by_sides`` of the latest of them that can be tested.

    Args:
        both: record and evidence of each day.
        months: :func:`costshift.delays.acceptability.provider_months`.
        tested: :func:`tested_month`.
        month: the month.
    """
    first = pl.lit(month, dtype=pl.Date).dt.offset_by(f"-{TREND_MONTHS - 1}mo")
    parts, people = (
        _acceptable(frame, months).filter(pl.col("month").is_between(first, month))
        for frame in (both.parts, both.people)
    )
    of_it, behind = (_acceptable(frame, months).join(tested, on="month") for frame in (both.parts, both.people))
    return {
        "agreement_by_organisation": _agreement(_by_role(of_it), _by_role(behind), ["month", "role", "organisation"]),
        "agreement_by_month": _agreement(parts, people, ["month"]),
        "days_by_state": _by_state(of_it, behind),
        "days_by_sides": _by_sides(of_it, behind),
    }


def tested_month(both: BothSides, months: pl.LazyFrame, month: dt.date) -> pl.LazyFrame:
    """month: the latest up to one in which no more than a tenth of the delayed days are too recent to test.

    Extracts of finished events reach a delay only some weeks after its end (``settle_days``). No row where there is
    no such month among the 13 up to ``month``.
    """
    first = pl.lit(month, dtype=pl.Date).dt.offset_by(f"-{TREND_MONTHS - 1}mo")
    early = pl.col("days").filter(pl.col("state") == "not_yet_testable").sum()
    return (
        _acceptable(both.parts, months)
        .filter(pl.col("month").is_between(first, month))
        .group_by("month")
        .agg(early.alias("early"), pl.col("days").sum())
        .filter((pl.col("days") > 0) & (pl.col("early") * MOST_TOO_RECENT <= pl.col("days")))
        .select(pl.col("month").max())
        .drop_nulls()
    )


def _acceptable(frame: pl.LazyFrame, months: pl.LazyFrame) -> pl.LazyFrame:
    refused = months.filter(~pl.col("acceptable")).select("month", "provider")
    return frame.join(refused, on=["month", "provider"], how="anti")


def _agreement(days: pl.LazyFrame, behind: pl.LazyFrame, grain: list[str]) -> pl.LazyFrame:
    """agreed_days and so on, delayed_bed_days, too_recent_days, and people, by ``grain``.

    ``share_agreed`` of the days that can be tested; ``_<agreement>_people`` and ``_tested_*`` for control.
    """
    tested, early = pl.col("agreement") != "untestable", pl.col("state") == "not_yet_testable"
    persons = pl.col("person")
    counted = behind.group_by(grain).agg(
        persons.n_unique().cast(pl.Int64).alias("people"),
        *(
            persons.filter(pl.col("agreement") == name).n_unique().cast(pl.Int64).alias(f"_{name}_people")
            for name in AGREEMENT
        ),
        persons.filter(tested).n_unique().cast(pl.Int64).alias("_tested_people"),
        persons.filter(early).n_unique().cast(pl.Int64).alias("_too_recent_people"),
    )
    return (
        days.group_by(grain)
        .agg(
            pl.col("days").sum().alias("delayed_bed_days"),
            *(pl.col("days").filter(pl.col("agreement") == name).sum().alias(f"{name}_days") for name in AGREEMENT),
            pl.col("days").filter(tested).sum().alias("_tested_days"),
            pl.col("days").filter(early).sum().alias("too_recent_days"),
        )
        .join(counted, on=grain, how="left")
        .with_columns(
            pl.when(pl.col("_tested_days") > 0)
            .then(pl.col("agreed_days") / pl.col("_tested_days"))
            .alias("share_agreed")
        )
    )


def _by_role(frame: pl.LazyFrame) -> pl.LazyFrame:
    roles = {"provider": pl.col("provider"), "council": pl.col("council"), ALL: pl.lit(ALL)}
    return pl.concat(
        frame.with_columns(pl.lit(role).alias("role"), name.alias("organisation")) for role, name in roles.items()
    )


def _by_state(parts: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    """Grain: month, state, strength: delayed_bed_days, people, and share of all days; _all_days, _all_people."""
    grain = ["month", "state", "strength"]
    persons = pl.col("person").n_unique().cast(pl.Int64)
    whole = parts.group_by("month").agg(pl.col("days").sum().alias("_all_days"))
    everyone = people.group_by("month").agg(persons.alias("_all_people"))
    return (
        parts.group_by(grain)
        .agg(pl.col("days").sum().alias("delayed_bed_days"))
        .join(people.group_by(grain).agg(persons.alias("people")), on=grain, how="left")
        .join(whole, on="month")
        .join(everyone, on="month")
        .with_columns((pl.col("delayed_bed_days") / pl.col("_all_days")).alias("share"))
    )


def _by_sides(parts: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    """Grain: month, recorded_side, evidenced_side (nhs, council, person, none): delayed_bed_days, people."""
    grain = ["month", "recorded_side", "evidenced_side"]
    sides = {name: side for name, (side, _) in STATES.items()}
    named = [
        recorded_side().alias("recorded_side"),
        pl.col("state").replace_strict(sides, return_dtype=pl.String).alias("evidenced_side"),
    ]
    counted = people.with_columns(named).group_by(grain).agg(pl.col("person").n_unique().cast(pl.Int64).alias("people"))
    return (
        parts.with_columns(named)
        .group_by(grain)
        .agg(pl.col("days").sum().alias("delayed_bed_days"))
        .join(counted, on=grain, how="left")
    )
