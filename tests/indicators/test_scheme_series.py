"""What schemes are evaluated by: whose delays, shifts and flow, and what the public pack may be made of."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from costshift.delays.discharges import discharge_delays
from costshift.delays.measures import DatedSpells, date_spells
from costshift.indicators.months_sent import SENT
from costshift.indicators.scheme_series import months_of_schemes, units_of
from costshift.indicators.series import monthly_series
from costshift.ledger.schemes import MONTHS
from costshift.organisations import Organisations
from costshift.project import Project

from worlds import AS_AT, PARTNERS, frame, world

MONTH = AS_AT.replace(day=1)
NOTHING_SENT = pl.DataFrame(schema=SENT)
NO_TARGETS = pl.DataFrame(
    schema={"measure": pl.String(), "partner": pl.String(), "month": pl.Date(), "value": pl.Float64()}
)

FLOW_SCHEMA = {
    **dict.fromkeys(("month",), pl.Date),
    **dict.fromkeys(("council", "indicator"), pl.String),
    **dict.fromkeys(("numerator", "denominator"), pl.Int64),
    "value": pl.Float64,
    **dict.fromkeys(("_numerator_people", "_denominator_people", "_per"), pl.Int64),
    "_money": pl.Boolean,
}
POSITIONS = {
    "month": pl.Date,
    **dict.fromkeys(("partner", "nature", "basis"), pl.String),
    **dict.fromkeys(
        ("absorbed_for_others", "passed_to_others", "net_absorbed", "_absorbed_people", "_passed_people"), pl.Int64
    ),
}


def dated_world(own: Project) -> tuple[DatedSpells, pl.LazyFrame]:
    rows, reasons = world(3)
    organisations = Organisations.of(own)
    named = frame("spells", rows, person=pl.Int64()).with_columns(
        organisations.partner(pl.col("council_code")).alias("council")
    )
    dated = date_spells(named, frame("delay_reasons", reasons), organisations, own.delays, AS_AT)
    return dated, discharge_delays(dated.spells, dated.months, own.delays.ready_date_missing)


def project_with(*partners: str, start: str = "2024-01-01") -> Project:
    share = 100 / len(partners)
    return Project.model_validate(
        {
            "place": {"name": "Anywhere"},
            "partners": PARTNERS,
            "extracts": [{"kind": "spells", "submitter": "north-hospitals", "files": "spells.csv"}],
            "schemes": [
                {
                    "name": "Home first",
                    "start": dt.date.fromisoformat(start),
                    "monthly_cost": 1000,
                    "partners": dict.fromkeys(partners, share),
                }
            ],
        }
    )


@pytest.mark.parametrize(
    ("partners", "having", "without", "are_councils"),
    [
        (("the-icb", "north-council"), ["north-council"], ["south-council"], True),
        (("north-hospitals", "the-icb"), ["north-hospitals"], ["south-hospitals"], False),
        (("the-icb",), ["north-council", "south-council"], [], True),
        (("north-hospitals", "community-trust"), ["north-hospitals", "community-trust"], ["south-hospitals"], False),
    ],
)
def test_whose_delays_they_are(
    partners: tuple[str, ...], having: list[str], without: list[str], are_councils: bool
) -> None:
    own = project_with(*partners)
    assert units_of(own.schemes[0], own) == (having, without, are_councils)


def months_for(own: Project, positions: list[tuple], flow: list[tuple] = ()) -> pl.DataFrame:  # type: ignore[assignment]
    dated, discharges = dated_world(own)
    return months_of_schemes(
        dated,
        discharges,
        pl.DataFrame(list(flow), schema=FLOW_SCHEMA, orient="row"),
        pl.DataFrame(positions, schema=POSITIONS, orient="row"),
        own,
        NOTHING_SENT,
        MONTH,
        AS_AT,
    )


def test_delays_are_those_of_the_charts_and_a_month_without_shifts_is_a_zero() -> None:
    own = project_with("the-icb", "north-hospitals")
    january = dt.date(2024, 1, 1)
    rows = [
        (january, "north-hospitals", "notional", "counted", 112_450, 0, 112_450, 9, 0),
        (january, "the-icb", "notional", "counted", 0, 50, -50, 0, 4),
        # Estimates, and partners without the scheme, are in no series.
        (january, "the-icb", "notional", "estimated", 0, 9_999_900, 0, 0, 60),
        (january, "north-council", "notional", "counted", 0, 7_700, 0, 0, 10),
    ]
    found = months_for(own, rows)
    dated, discharges = dated_world(own)
    charts = monthly_series(dated, discharges, NO_TARGETS, own, NOTHING_SENT, MONTH, AS_AT).filter(
        (pl.col("partner") == "north-hospitals") & (pl.col("measure") == "delayed_beds")
    )
    days = dict(found.filter(pl.col("measure") == "delayed_bed_days").select("month", "numerator").iter_rows())
    wanted = dict(
        charts.filter(~pl.col("provisional") & pl.col("value").is_not_null()).select("month", "_numerator").iter_rows()
    )
    assert days == wanted and days
    absorbed = found.filter(pl.col("measure") == "absorbed_for_others_notional")
    assert absorbed["month"].to_list() == sorted(days)
    # £1,124.50 and nothing: 1,125 in whole pounds; resting on the 9 people of the one part that has any.
    amounts = {row["month"]: (row["numerator"], row["_numerator_people"]) for row in absorbed.to_dicts()}
    assert amounts.pop(january) == (1_125, 9)
    assert set(amounts.values()) <= {(0, 0)}
    passed = found.filter((pl.col("measure") == "passed_to_others_notional") & (pl.col("month") == january))
    assert passed.select("numerator", "_numerator_people").rows() == [(1, 4)]


def test_a_share_rests_on_those_who_left_on_the_date_and_on_those_who_did_not() -> None:
    """Both are told by it: of 2 who all left on the date neither the 2 nor the whole are shown."""
    own = project_with("north-hospitals")
    found = months_for(own, []).filter((pl.col("measure") == "share_on_ready_date") & (pl.col("group") == "with"))
    _, discharges = dated_world(own)
    counted = (
        discharges.filter(pl.col("provider") == "north-hospitals")
        .group_by("month")
        .agg(pl.col("discharges", "discharged_on_ready_date", "delayed_discharges").sum())
        .collect()
    )
    rows = found.join(counted, on="month").to_dicts()
    assert len(rows) == found.height > 3
    for row in rows:
        counts = (row["discharged_on_ready_date"], row["delayed_discharges"])
        assert (row["numerator"], row["denominator"]) == (counts[0], row["discharges"])
        assert row["_numerator_people"] == min((count for count in counts if count), default=0)
        assert row["_denominator_people"] == row["discharges"]


def test_flow_is_that_of_the_councils_and_of_those_without() -> None:
    own = project_with("the-icb", "north-council")
    flow = [
        (MONTH, council, "length_of_stay", top, bottom, top / bottom, 20, 20, 1, False)
        for council, top, bottom in (("north-council", 90, 10), ("south-council", 40, 20), ("e9", 1, 1))
    ]
    found = months_for(own, [], flow).filter(pl.col("measure") == "length_of_stay")
    assert found.select("group", "numerator", "denominator", "value").rows() == [
        ("with", 90, 10, 9.0),
        ("without", 40, 20, 2.0),
    ]


def test_without_schemes_there_is_nothing() -> None:
    own = Project.model_validate({**project_with("the-icb").model_dump(mode="json"), "schemes": []})
    found = months_for(own, [])
    assert found.is_empty() and dict(found.schema) == {name: dtype() for name, dtype in MONTHS.items()}
