"""The charted series, held against a recount row by row, and their charts before and after disclosure control."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from typing import Any

import polars as pl
import pytest

from costshift.delays.discharges import discharge_delays
from costshift.delays.measures import DatedSpells, date_spells
from costshift.history.store import Submission
from costshift.indicators.months_sent import SENT, months_sent
from costshift.indicators.series import by_chance, control_charts, monthly_series
from costshift.organisations import Organisations
from costshift.project import Project
from costshift.publish.catalogue import TABLES
from costshift.publish.disclosure import control

from worlds import AS_AT, PARTNERS, frame, project, world

MONTH = AS_AT.replace(day=1)
NOTHING_SENT = pl.DataFrame(schema=SENT)
NO_TARGETS = pl.DataFrame(
    schema={"measure": pl.String(), "partner": pl.String(), "month": pl.Date(), "value": pl.Float64()}
)
PROVIDERS = ("north-hospitals", "south-hospitals", "community-trust")
COUNCILS = ("north-council", "south-council")


def dated_world(seed: int, own: Project, spells: int = 250) -> tuple[DatedSpells, pl.LazyFrame]:
    rows, reasons = world(seed, spells)
    organisations = Organisations.of(own)
    named = frame("spells", rows, person=pl.Int64()).with_columns(
        organisations.partner(pl.col("council_code")).alias("council")
    )
    dated = date_spells(named, frame("delay_reasons", reasons), organisations, own.delays, AS_AT)
    return dated, discharge_delays(dated.spells, dated.months, own.delays.ready_date_missing)


def slow(dated: DatedSpells, sent: list[dict[str, Any]]) -> dict[tuple[str, str, dt.date], tuple[float, bool]]:
    """Each series' months by looking at every spell anew: (value, provisional). Ready dates are those that were sent."""
    ready = {(row["provider_code"], row["spell_id"]): row["discharge_ready_date"] for row in sent}
    spells = [
        row | {"discharge_ready_date": ready[row["provider_code"], row["spell_id"]]}
        for row in dated.spells.collect().to_dicts()
    ]
    good = {(row["provider"], row["month"]): row["acceptable"] for row in dated.months.collect().to_dicts()}
    cohort = [row for row in spells if row["in_cohort"] and row["is_discharged"] and row["month"] <= MONTH]
    open_senders = {row["provider"] for row in spells if row["provider_sends_open"]}
    late = dt.date(MONTH.year, MONTH.month - 1, 1)
    result: dict[tuple[str, str, dt.date], tuple[float, bool]] = {}
    for kind, partners in (("provider", PROVIDERS), ("council", COUNCILS)):
        for partner in partners:
            mine = [row for row in cohort if row[kind] == partner and (kind == "provider" or row["setting"] == "acute")]
            if not mine:
                continue
            seen: dict[str, int] = defaultdict(int)
            for row in mine:
                seen[row["provider"]] += 1
            telling = [own for own, count in seen.items() if count >= 0.1 * sum(seen.values())]
            first = min(row["month"] for row in mine)
            for month in sorted({row["month"] for row in mine} | months_of_days(spells, kind, partner)):
                if not first <= month <= MONTH:
                    continue
                if kind == "provider" and not good.get((partner, month), True):
                    continue
                if kind == "council" and not all(good.get((own, month), False) for own in telling):
                    continue
                use = [
                    row
                    for row in mine
                    if row["month"] == month and (kind == "provider" or good[row["provider"], month])
                ]
                days = sum(
                    overlap(row, month)
                    for row in spells
                    if row["in_scope"]
                    and row[kind] == partner
                    and (kind == "provider" or (row["setting"] == "acute" and good.get((row["provider"], month), True)))
                )
                length = ((month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - month).days
                blind = (
                    partner not in open_senders
                    if kind == "provider"
                    else any(own not in open_senders for own in telling)
                )
                result["delayed_beds", partner, month] = (days / length, blind and month >= late)
                if use:
                    lost = sum(row["delay_days"] or 0 for row in use)
                    result["average_delay_days", partner, month] = (lost / len(use), False)
                    on_date = sum((row["delay_days"] or 0) == 0 for row in use)
                    result["share_on_ready_date", partner, month] = (on_date / len(use), False)
    return result


def months_of_days(spells: list[dict[str, Any]], kind: str, partner: str) -> set[dt.date]:
    found: set[dt.date] = set()
    for row in spells:
        if row["in_scope"] and row[kind] == partner and (row["delay_days"] or 0) >= 1:
            if kind == "council" and row["setting"] != "acute":
                continue
            day = row["discharge_ready_date"]
            for _ in range(row["delay_days"]):
                found.add(day.replace(day=1))
                day += dt.timedelta(days=1)
    return found


def overlap(row: dict[str, Any], month: dt.date) -> int:
    """Days of the month that the spell waited, day by day."""
    if not row["delay_days"] or row["delay_days"] < 1:
        return 0
    days = (row["discharge_ready_date"] + dt.timedelta(days=place) for place in range(row["delay_days"]))
    return sum(day.replace(day=1) == month for day in days)


@pytest.mark.parametrize("seed", range(6))
def test_series_are_those_of_a_recount_by_day(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every month has few discharges: here the months themselves are compared.
    monkeypatch.setattr("costshift.indicators.series.LEAST_DENOMINATOR", 0)
    own = project()
    dated, discharges = dated_world(seed, own)
    found = {
        (row["measure"], row["partner"], row["month"]): (pytest.approx(row["value"]), row["provisional"])
        for row in monthly_series(dated, discharges, NO_TARGETS, own, NOTHING_SENT, MONTH, AS_AT).to_dicts()
        if row["value"] is not None
    }
    sent, _ = world(seed, 250)
    assert found == slow(dated, sent)
    assert len(found) > 10


def test_a_ratio_with_few_discharges_goes_by_full_quarters() -> None:
    own = project(ready_date_min_complete=0.0)
    dated, discharges = dated_world(4, own, spells=600)
    rows = monthly_series(dated, discharges, NO_TARGETS, own, NOTHING_SENT, MONTH, AS_AT)
    ratios = rows.filter(pl.col("measure") == "share_on_ready_date")
    assert set(ratios["period"]) == {"quarter"}
    assert set(rows.filter(pl.col("measure") == "delayed_beds")["period"]) == {"month"}
    # January to March 2024 is the only full quarter of a world of 150 days.
    assert set(ratios["month"]) == {dt.date(2024, 1, 1)}
    monthly = discharges.collect().filter(
        (pl.col("provider") == "north-hospitals") & (pl.col("month") >= dt.date(2024, 1, 1))
    )
    (quarter,) = ratios.filter(pl.col("partner") == "north-hospitals").to_dicts()
    assert quarter["_denominator"] == monthly["discharges"].sum() >= 30
    assert quarter["value"] == pytest.approx(monthly["discharged_on_ready_date"].sum() / monthly["discharges"].sum())


def series(values: list[float | None], **more: Any) -> pl.DataFrame:
    months = [dt.date(2022 + place // 12, place % 12 + 1, 1) for place in range(len(values))]
    rows = [
        {
            "measure": "average_delay_days",
            "partner": "north-council",
            "month": month,
            "period": "month",
            "value": value,
            "provisional": False,
            "target": None,
            "rebased": False,
        }
        | {name: own[place] for name, own in more.items()}
        for place, (month, value) in enumerate(zip(months, values, strict=True))
    ]
    return pl.DataFrame(rows, infer_schema_length=None).cast({"value": pl.Float64, "target": pl.Float64})


def test_targets_are_judged_alike_for_both_partners() -> None:
    values = [1.0, 2.0] * 6
    both = pl.concat(
        series(values, target=[target] * 12).with_columns(pl.lit(partner).alias("partner"))
        for partner, target in (("north-council", 6.0), ("north-hospitals", 6.0), ("south-council", 0.5))
    )
    found = {row["partner"]: row["assurance"] for row in control_charts(both).to_dicts()}
    # Mean 1.5, limits -1.16 and 4.16, fewer is better: 6 is always met; 0.5 is met and missed by chance.
    assert found == {
        "north-council": "consistent_pass",
        "north-hospitals": "consistent_pass",
        "south-council": "inconsistent",
    }
    high = series([9.0, 9.1] * 6, target=[1.0] * 12)
    assert set(control_charts(high)["assurance"]) == {"consistent_fail"}


def test_an_adjusted_series_stands_beside_its_own_from_24_months() -> None:
    values = [10.0 + (3 if place % 12 == 0 else 0) + place % 2 for place in range(36)]
    found = control_charts(series(values))
    assert sorted(set(found["measure"])) == ["average_delay_days", "average_delay_days_seasonally_adjusted"]
    assert set(control_charts(series(values[:23]))["measure"]) == {"average_delay_days"}
    january = found.filter(pl.col("measure").str.ends_with("adjusted") & (pl.col("month").dt.month() == 1))
    # A year's mean: 10, half of the months 1 more, one month 3 more.
    assert january["value"].to_list() == pytest.approx([10 + 6 / 12 + 3 / 12] * 3)


def test_a_series_with_too_many_suppressed_months_is_not_judged() -> None:
    values: list[float | None] = [5.0, 6.0] * 9 + [None, None]
    some = control_charts(series(values, suppressed=[""] * 18 + ["value", "value"]))
    assert some["mean"].null_count() == 0
    many = control_charts(series([*values[:17], None, None, None], suppressed=[""] * 17 + ["value"] * 3))
    assert many["mean"].null_count() == many.height == 20 and many["special_cause"].null_count() == 20


def test_limits_in_public_are_worked_out_from_what_is_shown() -> None:
    own = project()
    dated, discharges = dated_world(2, own)
    frame = monthly_series(dated, discharges, NO_TARGETS, own, NOTHING_SENT, MONTH, AS_AT)
    controlled = control(TABLES["spc"], frame, own.disclosure, 56_200)
    assert controlled["value"].null_count() > frame["value"].null_count()
    shown = control_charts(controlled)
    again = control_charts(
        shown.select("measure", "partner", "month", "period", "value", "provisional", "target", "rebased").join(
            controlled.select("measure", "partner", "month", "suppressed"),
            on=["measure", "partner", "month"],
            how="left",
        )
    )
    assert shown.equals(again)
    # Days of a month are not rounded: 5 days are 5/31 of a bed.
    beds = controlled.filter((pl.col("measure") == "delayed_beds") & pl.col("value").is_not_null())
    days = (beds["value"] * beds["month"].dt.days_in_month()).to_list()
    assert all(abs(day / 5 - round(day / 5)) < 1e-9 for day in days)


def test_policies_and_set_dates_begin_baselines_of_their_partner() -> None:
    own = Project.model_validate(
        {
            "place": {"name": "Anywhere"},
            "partners": PARTNERS,
            "extracts": [{"kind": "spells", "submitter": "north-hospitals", "files": "spells.csv"}],
            "policies": [
                {"date": "2024-01-15", "partner": "north-council", "kind": "eligibility_threshold", "description": "x"}
            ],
            "baselines": [{"date": "2024-03-01", "measure": "delayed_beds", "description": "New system"}],
        }
    )
    dated, discharges = dated_world(1, own)
    rows = monthly_series(dated, discharges, NO_TARGETS, own, NOTHING_SENT, MONTH, AS_AT).filter("rebased")
    starts = {(row["measure"], row["partner"]): row["month"] for row in rows.to_dicts() if row["month"].month != 3}
    # The first full month from 15 January on.
    assert starts == {("delayed_beds", "north-council"): dt.date(2024, 2, 1)}
    assert set(rows.filter(pl.col("month") == dt.date(2024, 3, 1))["measure"]) == {"delayed_beds"}


def test_a_target_of_an_unknown_measure_is_said_to_be_unused() -> None:
    from costshift.checks import _not_yet

    def of(*targets: dict[str, Any]) -> Project:
        return Project.model_validate(project().model_dump(mode="json") | {"targets": list(targets)})

    target = {"partner": "north-council", "month": "2024-03-01", "value": 1.0}
    assert _not_yet(of(target | {"measure": "delayed_beds"})).status == "pass"
    check = _not_yet(of(target | {"measure": "beds"}))
    assert check.status == "warn" and "[[targets]] measure = 'beds' (known: delayed_beds, average_delay" in check.detail


def test_how_many_signal_by_chance_goes_by_the_points_of_each() -> None:
    assert by_chance([36, 36, 12]) == pytest.approx(0.020 + 0.020 + 0.013)
    assert by_chance([5, 100]) == pytest.approx(0.013 + 0.021)


def sent(
    month: dt.date, scope: str, covers: tuple[dt.date, dt.date], submitter: str, kind: str = "spells"
) -> Submission:
    return Submission(1, month, kind, submitter, scope, *covers, None, "", [], pl.DataFrame())


def test_months_of_which_an_extract_tells() -> None:
    own = Organisations.of(project())
    codes = {code for code, name in own.by_code.items() if name == "community-trust"}
    spells = pl.LazyFrame({"provider_code": [sorted(codes)[0], "zz9"], "submitter": ["them", "others"]})
    january, march, may = (dt.date(2024, month, 1) for month in (1, 3, 5))
    far = (dt.date(2019, 1, 1), dt.date(2030, 1, 1))
    found = months_sent(
        spells,
        own,
        [
            sent(may, "month", far, "them"),
            sent(march, "rolling", (dt.date(2024, 1, 20), dt.date(2024, 3, 2)), "them"),
            sent(january, "month", far, "strangers"),
            sent(january, "month", far, "them", "delay_reasons"),
            sent(dt.date(2024, 7, 1), "month", far, "them"),
        ],
        dt.date(2024, 6, 1),
    )
    months = [january, dt.date(2024, 2, 1), march, may]
    assert found.rows() == [("community-trust", month) for month in months]


def test_a_month_that_was_sent_and_in_which_nobody_was_delayed_is_a_zero() -> None:
    own, trust = project(), "north-hospitals"
    dated, discharges = dated_world(3, own)
    mine = pl.col("partner") == trust

    def series(dated: DatedSpells, discharges: pl.LazyFrame, sent: pl.DataFrame) -> pl.DataFrame:
        return monthly_series(dated, discharges, NO_TARGETS, own, sent, MONTH, AS_AT).filter(mine)

    before = series(dated, discharges, NOTHING_SENT)
    quiet = before.filter(pl.col("measure") == "delayed_beds")["month"][1]
    kept = (pl.col("provider") != trust) | (pl.col("month") != quiet)
    days = dataclasses.replace(dated.days, spell_months=dated.days.spell_months.filter(kept))
    dated = dataclasses.replace(dated, spells=dated.spells.filter(kept), months=dated.months.filter(kept), days=days)
    sent = pl.DataFrame({"provider": [trust], "month": [quiet]}, schema=SENT)
    for known, value in ((NOTHING_SENT, None), (sent, 0.0)):
        found = series(dated, discharges.filter(kept), known)
        beds = found.filter(pl.col("measure") == "delayed_beds")
        assert beds.filter(pl.col("month") == quiet)["value"].to_list() == [value]
        others = pl.col("month") != quiet
        assert beds.filter(others)["value"].equals(
            before.filter(pl.col("measure") == "delayed_beds").filter(others)["value"]
        )
        # Where nobody left there is nothing to divide by.
        share = found.filter((pl.col("measure") == "share_on_ready_date") & (pl.col("month") == quiet))
        assert share["value"].drop_nulls().len() == 0
