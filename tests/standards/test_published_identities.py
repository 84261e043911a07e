"""The identities of the published Delayed Transfers of Care series, all 115 months, by the shipped tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from costshift import standards
from costshift.delays.recorded_attribution import share_rules
from costshift.statistics.rounding import apportion

HERE = Path(__file__).parent
BY_ORGANISATION = pl.read_csv(HERE / "dtoc-england-delayed-days-by-organisation.csv")
BY_REASON = pl.read_csv(HERE / "dtoc-england-delayed-days-by-reason.csv")
#: Their columns are named by letter: b_public_funding is DTOC_B.
KEYS = {name: f"DTOC_{name.split('_')[0].upper()}" for name in BY_REASON.columns[1:-1]}


def test_both_series_have_the_same_115_months_and_totals() -> None:
    assert BY_ORGANISATION.height == BY_REASON.height == 115
    assert BY_ORGANISATION.select("month", "total").equals(BY_REASON.select("month", "total"))


def test_every_published_reason_is_known() -> None:
    assert set(KEYS.values()) <= set(standards.delay_reasons()["delay_reason"])


def parts(series: pl.DataFrame, rules: dict[str, str]) -> pl.DataFrame:
    """A published series split by the shipped shares, in acute beds."""
    days = series.select("month", *rules).unpivot(index="month", variable_name="column", value_name="days")
    days = days.with_columns(pl.col("column").replace_strict(rules).alias("rule"))
    shares = share_rules().filter(pl.col("setting") == "acute").select("rule", "recorded_attribution", "share")
    return apportion(
        days.join(shares, on="rule").lazy(), "days", "share", by=("month", "column"), name="recorded_attribution"
    ).collect()


def test_days_by_organisation_sum_to_the_total_in_every_month_once_both_are_shared() -> None:
    split = parts(
        BY_ORGANISATION, {"nhs": "attribution:nhs", "social_care": "attribution:council", "both": "attribution:both"}
    )
    sums = split.group_by("month").agg(pl.col("part").sum().alias("days"))
    assert BY_ORGANISATION.join(sums, on="month").filter(pl.col("days") == pl.col("total")).height == 115
    # Half of the days of both, within the one day that an odd number leaves.
    council = split.filter(pl.col("recorded_attribution") == "council").group_by("month").agg(pl.col("part").sum())
    wide = BY_ORGANISATION.join(council, on="month")
    off = (2 * (wide["part"] - wide["social_care"]) - wide["both"]).abs()
    assert off.max() == 1


def test_days_by_reason_sum_to_the_total_in_every_month() -> None:
    split = parts(BY_REASON, {name: f"reason:{key}" for name, key in KEYS.items()})
    sums = split.group_by("month").agg(pl.col("part").sum().alias("days"))
    assert BY_REASON.join(sums, on="month").filter(pl.col("days") == pl.col("total")).height == 115
