"""Small numbers do not leave, and what rests on them goes with them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import polars as pl

from costshift.project import Disclosure
from costshift.publish.catalogue import TABLES
from costshift.publish.disclosure import control

HES = Disclosure()
MARCH = dt.date(2025, 3, 1)


def controlled(name: str, *rows: dict[str, Any], rule: Disclosure = HES) -> list[dict[str, Any]]:
    table = TABLES[name]
    columns = [*table.columns, *table.resting]
    money = {c.name: pl.Int64 if c.dtype.is_decimal() else c.dtype for c in columns}
    frame = pl.DataFrame([dict.fromkeys(money) | row for row in rows], schema=money)
    return control(table, frame, rule, bed_day_pence=56_200).to_dicts()


def test_counts_from_1_to_7_go_and_others_are_rounded_to_5() -> None:
    found = [controlled("census", {"people_delayed": n})[0] for n in (0, 1, 7, 8, 12, 13, None)]
    assert [row["people_delayed"] for row in found] == [0, None, None, 10, 10, 15, None]
    assert [row["suppressed"] for row in found] == ["", "people_delayed", "people_delayed", "", "", "", ""]


def test_days_and_cost_go_with_the_people_behind_them() -> None:
    # 3 people, 40 days: the days are many, the people few.
    few = {"delayed_bed_days": 40, "people": 3, "delayed_beds": 40 / 31, "cost": 40 * 56_200}
    row = controlled("delayed_bed_days", few)[0]
    assert (row["delayed_bed_days"], row["people"], row["delayed_beds"], row["cost"]) == (None, None, None, None)
    assert row["suppressed"] == "delayed_bed_days, delayed_beds, people, cost"
    # 9 people, 42 days: 40 days, and beds and cost worked out from 40.
    row = controlled(
        "delayed_bed_days", few | {"people": 9, "delayed_bed_days": 42, "delayed_beds": 42 / 30, "cost": 42 * 56_200}
    )[0]
    assert row["people"] == 10
    assert row["delayed_bed_days"] == 40
    assert abs(row["delayed_beds"] - 40 / 30) < 1e-12
    assert row["cost"] == 40 * 56_200
    assert row["suppressed"] == ""


def test_no_price_turns_a_cost_back_into_a_count() -> None:
    row = controlled("cost_shifts", {"amount": 43 * 56_200, "people": 11, "_days": 43})[0]
    assert row["amount"] == 45 * 56_200


def test_what_a_pool_moves_is_rounded_to_bed_days_though_no_days_are_behind_it() -> None:
    # 4 parts in 10 of 20 days less 6 in 10 of 3: to the penny it would tell both.
    moved = {"kind": "pool_adjustment", "amount": 348_440, "people": 20, "_days": 0}
    # £3,484.40 is 6.2 bed days at £562: 5.
    amount = 5 * 56_200
    assert [row["amount"] for row in controlled("cost_shifts", moved, moved | {"people": 3})] == [amount, None]


def test_days_lost_are_suppressed_on_their_own_where_they_would_tell_a_band() -> None:
    exact = {"delayed_discharges": 12, "bed_days_lost": 58}
    columns = tuple(column for column in TABLES["discharge_delays"].columns if column.name in exact)
    table = dataclasses.replace(TABLES["discharge_delays"], columns=columns)
    told = {"bed_days_lost": pl.Series([True])}
    shown = control(table, pl.DataFrame([exact]), HES, 56_200, told).to_dicts()
    assert shown == [{"delayed_discharges": 10, "bed_days_lost": None, "suppressed": "bed_days_lost"}]


def test_ratios_come_from_rounded_counts_and_go_with_either() -> None:
    rests = {"_discharges": 203, "_on_ready_date": 178, "_delayed": 25, "_bed_days": 128}
    given = {
        "share_on_ready_date": 178 / 203,
        "average_delay_days": 128 / 203,
        "average_delay_days_when_delayed": 128 / 25,
    }
    row = controlled("bcf_discharge", given | rests)[0]
    assert row["share_on_ready_date"] == 180 / 205
    assert row["average_delay_days"] == 130 / 205
    assert row["average_delay_days_when_delayed"] == 130 / 25
    row = controlled("bcf_discharge", given | rests | {"_delayed": 4})[0]
    assert row["average_delay_days"] is None
    assert "average_delay_days" in row["suppressed"]


def test_positions_are_rounded_to_as_many_bed_days_and_the_net_goes_with_either_side() -> None:
    many = {
        "absorbed_for_others": 43 * 56_200,
        "passed_to_others": 11 * 56_200,
        "net_absorbed": 32 * 56_200,
        "_absorbed_people": 20,
        "_passed_people": 9,
    }
    row = controlled("partner_positions", many)[0]
    assert row["absorbed_for_others"] == 45 * 56_200
    assert row["passed_to_others"] == 10 * 56_200
    assert row["net_absorbed"] == 35 * 56_200
    row = controlled("partner_positions", many | {"_passed_people": 2})[0]
    assert row["net_absorbed"] is None and row["passed_to_others"] is None
    assert row["suppressed"] == "passed_to_others, net_absorbed"


def test_the_ends_of_a_position_are_rounded_by_their_reach_and_go_with_it() -> None:
    # Rounded to 5 x 562 pounds. 12 bed days' price is shown as 10; ends outwards: 6 as 5, 42 as 45.
    price = 56_200
    own = {
        "absorbed_for_others": 12 * price,
        "passed_to_others": 0,
        "net_absorbed": 12 * price,
        "absorbed_for_others_low": 6 * price,
        "absorbed_for_others_high": 42 * price,
        "net_absorbed_low": 6 * price,
        "net_absorbed_high": 42 * price,
        "_absorbed_people": 20,
        "_passed_people": 0,
    }
    row = controlled("partner_positions", own)[0]
    assert [row[f"net_absorbed{end}"] for end in ("", "_low", "_high")] == [10 * price, 5 * price, 45 * price]
    assert row["absorbed_for_others_low"] == 5 * price and row["suppressed"] == ""
    row = controlled("partner_positions", own | {"_absorbed_people": 3})[0]
    assert row["net_absorbed_low"] is row["net_absorbed_high"] is row["absorbed_for_others_high"] is None
    assert "net_absorbed_high" in row["suppressed"]
    # -1 to 1 stays an interval that holds zero; the ends never part from what is shown: 13 is shown as 15, 14 as 15.
    near = own | {"net_absorbed_low": -price, "net_absorbed_high": price, "absorbed_for_others": 13 * price}
    near |= {"absorbed_for_others_low": 13 * price, "absorbed_for_others_high": 13 * price}
    row = controlled("partner_positions", near)[0]
    assert [row["net_absorbed_low"], row["absorbed_for_others"]] == [-5 * price, 15 * price]
    assert [row["absorbed_for_others_low"], row["absorbed_for_others_high"]] == [10 * price, 15 * price]
    # A count has no interval, and nothing of it is suppressed.
    counted = own | {name: None for name in own if name.endswith(("_low", "_high"))} | {"_absorbed_people": 3}
    assert controlled("partner_positions", counted)[0]["suppressed"] == "absorbed_for_others, net_absorbed"


def test_what_could_not_be_worked_out_is_not_called_suppressed() -> None:
    row = controlled("discharge_delays", {"discharges": 40, "bed_days_lost": None, "delayed_discharges": None})[0]
    assert row["bed_days_lost"] is None and row["suppressed"] == ""


def test_without_a_rule_nothing_is_touched() -> None:
    row = controlled("census", {"people_delayed": 3}, rule=Disclosure(rule="none"))[0]
    assert row["people_delayed"] == 3 and row["suppressed"] == ""


def test_threshold_and_rounding_are_settings() -> None:
    rule = Disclosure(threshold=4, rounding=10)
    found = [controlled("census", {"people_delayed": n}, rule=rule)[0]["people_delayed"] for n in (4, 5, 14, 15)]
    assert found == [None, 10, 10, 20]


def test_every_count_of_people_or_spells_is_controlled() -> None:
    for table in TABLES.values():
        if table.restricted or table.name == "months":
            continue
        for column in table.columns:
            if column.unit in ("people", "spells", "records", "rows", "beds", "pounds") and column.name not in (
                "amount_low",
                "amount_high",
                "avoided_care_cost",
                # What a scheme costs is a setting.
                "cumulative_cost",
            ):
                assert column.control is not None, (table.name, column.name)


def test_pounds_of_an_indicator_go_with_the_people_and_are_rounded_to_bed_days() -> None:
    own = {"indicator": "residential_share_of_council_spend", "numerator": 9_000, "denominator": 100_000, "value": 0.09}
    rests = {"_numerator_people": 8, "_denominator_people": 60, "_per": 1, "_money": True}
    row = controlled("flow_indicators", own | rests)[0]
    # To the nearest 5 x 562 = 2,810 pounds: 3 and 36 of them.
    assert (row["numerator"], row["denominator"]) == (8_430, 101_160)
    assert abs(row["value"] - 8_430 / 101_160) < 1e-12
    row = controlled("flow_indicators", own | rests | {"_numerator_people": 7})[0]
    assert (row["numerator"], row["value"], row["suppressed"]) == (None, None, "numerator, value")


def test_days_of_an_indicator_go_with_the_people_behind_them() -> None:
    own = {"numerator": 86, "denominator": 54, "value": 86_000 / 54, "_per": 1000, "_money": False}
    row = controlled("flow_indicators", own | {"_numerator_people": 15, "_denominator_people": 54})[0]
    assert (row["numerator"], row["denominator"], row["value"]) == (85, 55, 85_000 / 55)
    row = controlled("flow_indicators", own | {"_numerator_people": 5, "_denominator_people": 54})[0]
    assert row["suppressed"] == "numerator, value"


def test_what_cannot_be_told_is_not_called_suppressed() -> None:
    own = {"numerator": None, "denominator": 54, "value": None, "_per": 1, "_money": False}
    row = controlled("flow_indicators", own | {"_numerator_people": None, "_denominator_people": 54})[0]
    assert (row["numerator"], row["denominator"], row["suppressed"]) == (None, 55, "")


def test_costs_of_care_come_from_rounded_people_and_a_few_payers_hide_the_net() -> None:
    own = {"gross": 1_200_000, "contribution": 160_000, "net": 1_040_000, "people": 12, "_contributors": 8}
    row = controlled("service_costs", own)[0]
    # 12 people are shown as 10, 8 payers as 10: 12,000 x 10/12, 1,600 x 10/8.
    assert (row["people"], row["gross"], row["contribution"], row["net"]) == (10, 1_000_000, 200_000, 800_000)
    row = controlled("service_costs", own | {"_contributors": 3})[0]
    assert (row["gross"], row["contribution"], row["net"]) == (1_000_000, None, None)
    assert row["suppressed"] == "contribution, net"
    row = controlled("service_costs", own | {"people": 7})[0]
    assert row["suppressed"] == "gross, net, people"
    unknown = controlled("service_costs", own | {"contribution": None, "net": None, "_contributors": 0})[0]
    assert (unknown["contribution"], unknown["net"], unknown["suppressed"]) == (None, None, "")


def test_intervals_come_from_rounded_counts() -> None:
    row = controlled(
        "inequalities", {"numerator": 11, "denominator": 52, "rate": 11 / 52, "rate_low": 0.1, "rate_high": 0.3}
    )[0]
    # Wilson of 10 of 50: 0.1124 to 0.3304.
    assert (row["numerator"], row["denominator"], row["rate"]) == (10, 50, 0.2)
    assert (round(row["rate_low"], 4), round(row["rate_high"], 4)) == (0.1124, 0.3304)
    row = controlled(
        "inequalities", {"numerator": 7, "denominator": 52, "rate": 7 / 52, "rate_low": 0.1, "rate_high": 0.3}
    )[0]
    assert row["suppressed"] == "numerator, rate, rate_low, rate_high"


def test_the_reason_of_a_difference_says_no_more_than_the_rounded_count() -> None:
    def reason(ours: int, published: float) -> dict[str, Any]:
        own = {"ours": float(ours), "published": published, "reason": "filters that account for it: died"}
        rests = {"_top": ours, "_people": ours, "_total": ours, "_total_published": published}
        return controlled("published_comparison", own | rests)[0]

    # 96 is shown as 95: whatever it is, 94 and 100 are within what the rounding may explain.
    for published in (94.0, 95.0, 96.0, 100.0):
        assert reason(96, published)["reason"] == "no more than the rounding of our figures may explain"
    assert reason(96, 101.0)["reason"].startswith("fewer discharges here: the internal pack")
    assert reason(96, 80.0)["reason"].startswith("more discharges here")
    assert (reason(5, 5.0)["reason"], reason(5, 5.0)["suppressed"]) == (None, "ours, reason")
    benchmark = {"organisation": "england", "published": 96.0, "reason": "benchmark: no figure of ours"}
    assert controlled("published_comparison", benchmark)[0]["reason"] == "benchmark: no figure of ours"
