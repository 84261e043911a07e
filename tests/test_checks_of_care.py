"""What the checks of care say, and when they stop a publication."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from care_frames import PLACE, charge, costs, service
from costshift.checks_of_care import checks_of_care
from costshift.errors import PublicationError
from costshift.indicators.care_and_flow import CareAndFlow
from flow_frames import flow, spell


def care(**given: object) -> CareAndFlow:
    found = costs(
        [
            service("2025-01-01", None, "-700.00"),
            service("2025-01-01", None, None, person=2),
            service("2025-03-31", None, "7.00", person=3, funding="Joint client and social care funded"),
        ],
        [charge("2025-01-01", None, "9999.00")] if given.get("charged", True) else None,
    )
    return CareAndFlow(
        {}, {}, found, flow([spell(1, "2024-06-03", "2024-06-08")]), ["every group: no care events were sent"], {}
    )


def details(own: CareAndFlow) -> dict[str, tuple[str, str]]:
    return {check.name: (check.status, check.detail) for check in checks_of_care(own, PLACE)}


def test_what_is_dropped_flipped_or_cut_is_said() -> None:
    found = details(care())
    assert found["care_costs_of_payers_equal_the_packages"][0] == "pass"
    assert found["every_service_has_a_cost"] == (
        "warn",
        "Unpriced, and so in no cost: services of North Council: 1 service (no unit cost).",
    )
    assert found["service_costs_are_taken_as_sent"][1].startswith(
        "North Council: 1 service in which a negative unit cost"
    )
    assert "3 months of a person in which the charge exceeds the cost" in found["charges_fit_the_services"][1]
    assert "1 jointly funded services have no charge" in found["charges_fit_the_services"][1]
    assert "no care events were sent" in found["flow_indicators_can_be_worked_out"][1]
    assert found["gaps_and_overlaps_can_be_told"] == ("warn", "Null: every group: no care events were sent.")


def test_councils_without_charges_are_named() -> None:
    assert "no charges of north-council" in details(care(charged=False))["charges_fit_the_services"][1]


def test_a_pound_that_no_payer_was_given_stops_the_publication() -> None:
    own = care()
    table = own.costs.table.with_columns(pl.col("gross") + pl.int_range(pl.len()))
    with pytest.raises(PublicationError, match="Nothing was published"):
        checks_of_care(replace(own, costs=replace(own.costs, table=table)), PLACE)
