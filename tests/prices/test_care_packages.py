"""Care packages from the record to pence, each worked by hand. March 2025 has 31 days: 31 / 7 weeks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from care_frames import (
    COUNCIL,
    HOME_CARE,
    ICB,
    NURSING,
    OTHER,
    PLACE,
    RESIDENTIAL,
    ST_MAX,
    case,
    charge,
    costs,
    coverage,
    service,
    table,
)
from costshift.prices.unit_costs import unit_costs

MARCH = "2025-03"


def gross(*services: dict, month: str = MARCH) -> int:
    """The gross of a month in pence, over all payers but the person."""
    found = table(costs(list(services), []))
    return sum(own[0] or 0 for (at, payer, _), own in found.items() if at == month and payer != "person")


@pytest.mark.parametrize(
    ("cost", "frequency", "units", "pence"),
    [
        # 1. £700 a week x 31/7 weeks = £3,100.00
        ("700.00", "Weekly", None, 310_000),
        # 2. £1,400 a fortnight = £700 a week
        ("1400.00", "Fortnightly", None, 310_000),
        # 3. £2,800 in 4 weeks = £700 a week
        ("2800.00", "4-weekly", None, 310_000),
        # 4. £3,000 a month x 12/52 x 31/7 = 1,116,000 / 364 = £3,065.934... = £3,065.93
        ("3000.00", "Monthly", None, 306_593),
        # 5. £9,100 a quarter x 4/52 x 31/7 = £700 x 31/7 = £3,100.00
        ("9100.00", "Quarterly", None, 310_000),
        # 6. £36,400 a year / 52 x 31/7 = £3,100.00
        ("36400.00", "Annually", None, 310_000),
        # 7. £20 an hour x 10 hours a week x 31/7 = 6,200 / 7 = £885.714... = £885.71
        ("20.00", "Hourly", "10.00", 88_571),
        # 8. £15.50 a session x 2.5 a week = £38.75 a week x 31/7 = £171.607... = £171.61
        ("15.50", "Per session", "2.50", 17_161),
        # 9. £100 a day x 7 a week x 31/7 = £3,100.00
        ("100.00", "Daily", "7.00", 310_000),
        # 10. The frequency is trusted over the planned units: £700 a week, not £7,000.
        ("700.00", "Weekly", "10.00", 310_000),
        # 11. No frequency: the planned units. £50 x 3 = £150 a week x 31/7 = £664.285... = £664.29
        ("50.00", None, "3.00", 66_429),
        # 12. A negative cost is taken as positive: £3,100.00
        ("-700.00", "Weekly", None, 310_000),
        # 13. Negative planned units likewise: £885.71
        ("20.00", "Hourly", "-10.00", 88_571),
        # 14. One-off: the unit cost once, in the month of the start, whatever the units.
        ("250.00", "One-off", None, 0),
        # 15. No cost, no units: in no cost, never zero for the record's sake.
        (None, "Weekly", None, 0),
        ("0.00", "Weekly", None, 0),
        ("20.00", "Hourly", None, 0),
        ("20.00", "Hourly", "0.00", 0),
    ],
)
def test_what_a_month_costs_by_frequency(
    cost: str | None, frequency: str | None, units: str | None, pence: int
) -> None:
    assert gross(service("2025-01-01", None, cost, frequency, units)) == pence


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2025-03-01", "2025-03-31", 31),  # 16. both ends count
        ("2025-03-10", "2025-03-10", 1),  # 17. a day
        ("2025-03-25", None, 7),  # 18. open: to the as-at date, 25 to 31 March
        ("2025-02-01", "2025-03-07", 7),  # 19. 1 to 7 March
        ("2025-02-01", "2025-02-28", 0),
    ],
)
def test_days_of_a_month_count_with_both_ends(start: str, end: str | None, days: int) -> None:
    # £700 a week is £100 a day.
    assert gross(service(start, end, "700.00")) == days * 10_000


def test_a_one_off_cost_is_of_the_month_of_its_start() -> None:
    # 20. £250 in February, nothing in March.
    item = service(
        "2025-02-20",
        "2025-03-20",
        "-250.00",
        "one-off",
        component="Equipment",
        kind="Short term support: Ongoing low level",
    )
    assert (gross(item, month="2025-02"), gross(item)) == (25_000, 0)


def test_what_the_arithmetic_drops_and_flips_is_counted() -> None:
    found = costs(
        [
            service("2025-01-01", None, "-700.00"),
            service("2025-01-01", None, None, person=2),
            service("2025-01-01", None, "20.00", "Hourly", person=3),
            service("2025-01-01", None, "700.00", "Weekly", "10.00", person=4),
            service("2025-01-01", None, "20.00", "Hourly", "-3.00", person=5),
        ]
    )
    counted = {(row["treatment"]): row["services"] for row in found.packages.treatment.to_dicts()}
    assert counted == {
        "costed": 3, "negative_cost": 1, "negative_units": 1, "no_cost": 1, "no_units": 1, "units_disagree": 1
    }  # fmt: skip
    assert found.unpriced["quantity"].to_list() == [1, 1]


def test_net_is_gross_less_the_persons_charge() -> None:
    # 21. £700 a week, the person pays £140 a week: 31/7 x 140 = £620.00; net £2,480.00.
    found = table(costs([service("2025-01-01", None, "700.00")], [charge("2025-01-01", None, "140.00")]))
    assert found[MARCH, COUNCIL, "home_care"] == (310_000, 62_000, 248_000, 1)
    assert found[MARCH, "person", "home_care"] == (62_000, 0, 62_000, 1)


def test_without_charges_net_is_not_known_and_never_the_gross() -> None:
    # 22.
    found = table(costs([service("2025-01-01", None, "700.00")]))
    assert found[MARCH, COUNCIL, "home_care"] == (310_000, None, None, 1)
    assert found[MARCH, "person", "home_care"] == (None, None, None, 0)


def test_charges_of_one_council_say_nothing_of_another() -> None:
    # 23. North sends charges; South none.
    found = table(
        costs(
            [service("2025-01-01", None, "700.00"), service("2025-01-01", None, "700.00", person=2, council=OTHER)],
            [charge("2025-01-01", None, "140.00")],
        )
    )
    assert found[MARCH, COUNCIL, "home_care"][2] == 248_000
    assert found[MARCH, OTHER, "home_care"][1:3] == (None, None)
    assert found[MARCH, "person", "home_care"][:3] == (None, None, None)


def test_a_charge_never_exceeds_the_cost() -> None:
    # 24. £70 a week of care, £140 a week charged: 7 x £10 = £70 in a week of March is all that is taken.
    found = costs([service("2025-03-25", None, "70.00")], [charge("2025-01-01", None, "140.00")])
    assert table(found)[MARCH, COUNCIL, "home_care"] == (7_000, 7_000, 0, 1)
    assert found.counts["charged_beyond_cost"] == 1


def test_a_charge_counts_on_days_with_a_service_only_and_once_for_two_services() -> None:
    # 25. Two services of £700 a week from 25 March: 7 days; £140 a week for both together, £70.00 each.
    two = [service("2025-03-25", None, "700.00"), service("2025-03-25", None, "700.00", component="Direct payment")]
    found = table(costs(two, [charge("2025-01-01", None, "140.00")]))
    assert found[MARCH, COUNCIL, "home_care"] == (70_000, 7_000, 63_000, 1)
    assert found[MARCH, COUNCIL, "direct_payment"] == (70_000, 7_000, 63_000, 1)


def test_a_later_charge_replaces_an_earlier_one() -> None:
    # 26. £70 a week to 17 March (17 days: £170.00), £140 a week from 18 March (14 days: £280.00): £450.00.
    found = costs(
        [service("2025-01-01", None, "700.00")],
        [charge("2025-01-01", None, "70.00"), charge("2025-03-18", None, "140.00")],
    )
    assert table(found)[MARCH, COUNCIL, "home_care"][1] == 45_000
    assert found.counts["charges_overlapping"] == 1


def test_pence_of_a_contribution_go_to_the_largest_remainder() -> None:
    # 27. £10.01 over gross of £300.00 and £100.00 (7 days at £300 and £100 a week): 750.75 and 250.25 pence: 751 and 250.
    two = [service("2025-03-25", None, "300.00"), service("2025-03-25", None, "100.00", component="Direct payment")]
    found = table(costs(two, [charge("2025-03-01", None, "10.01")]))
    assert (found[MARCH, COUNCIL, "home_care"][1], found[MARCH, COUNCIL, "direct_payment"][1]) == (751, 250)


def test_the_first_six_weeks_of_reablement_are_free() -> None:
    # 28. From 1 February: 42 days to 14 March. £350 a week = £50 a day; £70 a week charged = £10 a day from 15 March on.
    found = table(
        costs(
            [service("2025-02-01", None, "350.00", kind=ST_MAX, component="Reablement")],
            [charge("2025-02-01", None, "70.00")],
        )
    )
    assert found["2025-02", COUNCIL, "reablement"] == (28 * 5_000, 0, 28 * 5_000, 1)
    assert found[MARCH, COUNCIL, "reablement"] == (31 * 5_000, 17 * 1_000, 31 * 5_000 - 17_000, 1)


def test_reablement_that_the_person_pays_in_full_is_theirs_after_six_weeks() -> None:
    # 28b. As before, fully client funded: 28 days of February and 14 of March are free; 17 days x £50 are the person's.
    found = table(
        costs(
            [service("2025-02-01", None, "350.00", kind=ST_MAX, component="Reablement", funding="Fully client funded")]
        )
    )
    assert found["2025-02", COUNCIL, "reablement"] == (28 * 5_000, 0, 28 * 5_000, 1)
    assert found[MARCH, COUNCIL, "reablement"] == (31 * 5_000, 17 * 5_000, 14 * 5_000, 1)
    assert found[MARCH, "person", "reablement"] == (17 * 5_000, 0, 17 * 5_000, 1)


def test_a_month_that_the_42nd_day_cuts_is_rounded_once() -> None:
    # 28c. £100.01 a week from 2 May: day 42 is 12 June. June's 30 days: 3000.30 / 7 = £428.614... = £428.61. The first
    # 12 days: 1200.12 / 7 = £171.445... = £171.45 free; the 18 days after have the rest: £257.16, though 1800.18 / 7 =
    # £257.168... alone would be £257.17. With a charge beyond it the person pays just these £257.16.
    item = service("2024-05-02", "2024-07-31", "100.01", kind=ST_MAX, component="Reablement")
    found = table(costs([item], [charge("2024-04-01", None, "500.00")]))
    assert found["2024-06", COUNCIL, "reablement"] == (42_861, 25_716, 17_145, 1)
    # May has 30 days too, all free; July 31 days: 3100.31 / 7 = £442.901... = £442.90.
    assert found["2024-05", COUNCIL, "reablement"] == (42_861, 0, 42_861, 1)
    assert found["2024-07", COUNCIL, "reablement"] == (44_290, 44_290, 0, 1)


def test_reablement_within_six_weeks_is_free_also_where_no_charges_are_known() -> None:
    # 29.
    found = table(costs([service("2025-03-01", None, "350.00", kind=ST_MAX, component="Reablement")]))
    assert found[MARCH, COUNCIL, "reablement"] == (155_000, 0, 155_000, 1)


def test_funding_shares_what_the_extract_gives_to_the_council() -> None:
    # 30. £350 a week x 31/7 = £1,550.00; half each.
    found = table(
        costs(
            [service("2025-03-01", None, "350.00", kind=ST_MAX, component="Reablement")],
            funding={"Reablement": {ICB: 50, COUNCIL: 50}},
        )
    )
    assert found[MARCH, ICB, "reablement"] == found[MARCH, COUNCIL, "reablement"] == (77_500, 0, 77_500, 1)


def test_a_council_pays_for_its_own_residents_only() -> None:
    # One rule for both councils: half the ICB's, half that of the council whose service it is.
    two = [
        service("2025-03-01", None, "350.00", kind=ST_MAX, component="Reablement"),
        service("2025-03-01", None, "700.00", kind=ST_MAX, component="Reablement", person=2, council=OTHER),
    ]
    found = table(costs(two, funding={"Reablement": {ICB: 50, COUNCIL: 50}}))
    assert found[MARCH, COUNCIL, "reablement"] == (77_500, 0, 77_500, 1)
    assert found[MARCH, OTHER, "reablement"] == (155_000, 0, 155_000, 1)
    assert found[MARCH, ICB, "reablement"] == (232_500, 0, 232_500, 2)


def test_shares_are_spread_after_the_sums_to_the_penny() -> None:
    # 31. 3 people, 1 day at £7.01 a week: 100.14 pence, 100 each, 300 together: thirds of 301 would differ; 33.3 : 66.7 of
    # 300 = 99.9 and 200.1: 100 and 200.
    three = [service("2025-03-31", None, "7.01", component="Meals", person=number) for number in (1, 2, 3)]
    found = table(costs(three, [], funding={"Meals": {ICB: 33.3, COUNCIL: 66.7}}))
    assert (found[MARCH, ICB, "community_support"][0], found[MARCH, COUNCIL, "community_support"][0]) == (100, 200)


def test_in_a_joint_package_the_person_pays_towards_the_councils_part() -> None:
    # 32. £1,550.00, half each: £775.00. The person pays £70 x 31/7 = £310.00, all of it to the council's part.
    found = table(
        costs(
            [service("2025-01-01", None, "350.00")],
            [charge("2025-01-01", None, "70.00")],
            funding={HOME_CARE: {ICB: 50, COUNCIL: 50}},
        )
    )
    assert found[MARCH, COUNCIL, "home_care"] == (77_500, 31_000, 46_500, 1)
    assert found[MARCH, ICB, "home_care"] == (77_500, 0, 77_500, 1)


def test_a_person_in_a_nursing_home_has_funded_nursing_care_beside_it() -> None:
    # 33. £1,400 a week x 31/7 = £6,200.00 of the council's; the NHS pays £235.88 x 31/7 = £1,044.611... = £1,044.61.
    # The council sends charges, and none of this person: nothing is paid.
    home = service("2025-01-01", None, "1400.00", kind=NURSING, component="Long term nursing care")
    found = table(costs([home], [charge("2025-01-01", None, "50.00", person=9)]))
    assert found[MARCH, COUNCIL, "nursing_home"] == (620_000, 0, 620_000, 1)
    assert found[MARCH, ICB, "funded_nursing_care"] == (104_461, 0, 104_461, 1)


def test_two_records_of_one_nursing_home_stay_have_one_rate() -> None:
    # 34. £235.88 x 10/7 = £336.971... = £336.97 for 10 days, not twice; nothing of a residential home.
    twice = [
        service("2025-03-22", None, "700.00", kind=NURSING, component="Long term nursing care"),
        service("2025-03-25", None, "100.00", kind=NURSING, component="Other long term support"),
        service("2025-03-01", None, "900.00", kind=RESIDENTIAL, component="Long term residential care", person=2),
    ]
    assert table(costs(twice, []))[MARCH, ICB, "funded_nursing_care"] == (33_697, 0, 33_697, 1)


def test_nursing_homes_of_two_councils_and_without_a_cost_have_one_rate_a_person() -> None:
    # 34b. Person 1 in a home of each council, person 2 in one without a unit cost, person 3 in one with a one-off cost.
    home = {"kind": NURSING, "component": "Long term nursing care"}
    found = costs(
        [
            service("2025-03-01", None, "700.00", **home),
            service("2025-03-01", None, "700.00", council=OTHER, **home),
            service("2025-03-01", None, None, person=2, **home),
            service("2025-03-01", None, "90.00", "One-off", person=3, **home),
        ],
        [],
    )
    # £235.88 x 31/7 = £1,044.611... = £1,044.61, three times.
    assert table(found)[MARCH, ICB, "funded_nursing_care"] == (3 * 104_461, 0, 3 * 104_461, 3)


def test_funded_nursing_care_ends_where_continuing_healthcare_begins() -> None:
    # 35. Nursing home all March; continuing healthcare from 15 March: 14 days of the rate, 17 days of the package.
    # £235.88 x 14/7 = £471.76; £1,050 x 17/7 = £2,550.00. The council's record for the same days is counted, and told.
    found = costs(
        [service("2025-01-01", None, "1400.00", kind=NURSING, component="Long term nursing care")],
        [],
        [case(package=("2025-03-15", None, "1050.00"))],
    )
    assert table(found)[MARCH, ICB, "funded_nursing_care"][0] == 47_176
    assert table(found)[MARCH, ICB, "continuing_healthcare"] == (255_000, 0, 255_000, 1)
    assert found.counts["people_in_both_packages"] == 1


def test_a_year_without_a_rate_is_unpriced() -> None:
    # 36. No rate of 2015/16 was found.
    covered = coverage(covers=(dt.date(2015, 4, 1), dt.date(2015, 4, 30)))
    home = service("2015-04-01", None, "1400.00", kind=NURSING, component="Long term nursing care")
    found = costs([home], [], as_at="2015-04-30", covered=covered)
    assert (ICB, "funded_nursing_care") not in {(payer, setting) for _, payer, setting in table(found)}
    assert found.unpriced.rows() == [("funded_nursing_care", 30, "days", "no funded_nursing_care_week for the month")]
    assert found.uses == {}


def test_continuing_healthcare_without_a_cost_is_unpriced_until_a_week_has_a_price(tmp_path: Path) -> None:
    # 37. 31 days without a cost; at £1,400 a week of the place's own: £6,200.00.
    cases = [case(package=("2025-03-01", None, None))]
    bare = costs([], [], cases)
    assert bare.unpriced.row(0)[:3] == ("continuing_healthcare", 31, "days")
    own = tmp_path / "prices.csv"
    own.write_text("item,value,price_year,source\ncontinuing_healthcare_week,1400,2024/25,us\n", encoding="utf-8")
    priced = costs([], [], cases, prices=unit_costs(own))
    assert table(priced)[MARCH, ICB, "continuing_healthcare"] == (620_000, 0, 620_000, 1)
    assert "continuing_healthcare_week" in priced.uses


def test_what_the_person_pays_in_full_is_no_council_money() -> None:
    # 38. Arranged by the council, paid by the person: £3,100.00, net of the council nothing.
    found = table(costs([service("2025-01-01", None, "700.00", funding="Fully client funded")]))
    assert found[MARCH, COUNCIL, "home_care"] == (310_000, 310_000, 0, 1)
    assert found[MARCH, "person", "home_care"] == (310_000, 0, 310_000, 1)


def test_months_that_the_extract_does_not_hold_in_full_have_no_cost() -> None:
    # 39. Covered to 15 March: March is left out, February whole: £700 x 4 = £2,800.00.
    covered = coverage(COUNCIL, covers=(dt.date(2025, 1, 15), dt.date(2025, 3, 15)))
    found = table(costs([service("2024-12-01", None, "700.00")], [], covered=covered))
    assert {month for month, _, _ in found} == {"2025-02"}
    assert found["2025-02", COUNCIL, "home_care"][0] == 280_000


def test_an_unknown_kind_of_service_has_its_cost_and_no_setting() -> None:
    # 40.
    found = table(costs([service("2025-03-25", None, "70.00", kind="Something new", component=None)]))
    assert found[MARCH, COUNCIL, "unknown"] == (7_000, None, None, 1)


def test_the_whole_is_the_sum_of_councils_and_of_months() -> None:
    services = [
        service("2024-11-03", "2025-02-17", "313.37", person=1),
        service("2025-01-09", None, "19.99", "Hourly", "7.25", person=2, council=OTHER),
        service(
            "2025-01-30", None, "1234.56", kind=NURSING, component="Long term nursing care", person=3, council=OTHER
        ),
    ]
    charges = [charge("2024-11-03", None, "41.11"), charge("2025-01-09", None, "13.13", 2, "992")]
    whole = table(costs(services, charges))
    apart: dict = {}
    for council, code in ((COUNCIL, "991"), (OTHER, "992")):
        part = table(
            costs([s for s in services if s["council"] == council], [c for c in charges if c["council_code"] == code])
        )
        for key, own in part.items():
            # Who sends no charges has an unknown share; here both do.
            before = apart.get(key, (0, 0, 0, 0))
            apart[key] = tuple(a + (b or 0) for a, b in zip(before, own, strict=True))
    assert whole == apart


def test_order_of_rows_changes_nothing() -> None:
    services = [
        service("2025-03-01", None, f"{100 + n}.37", person=n % 3 + 1, component=name)
        for n, name in enumerate((HOME_CARE, "Direct payment", "Day support", HOME_CARE, "Meals"))
    ]
    charges = [charge("2025-01-01", None, f"{10 + n}.01", n) for n in (1, 2, 3)]
    forward, back = costs(services, charges), costs(services[::-1], charges[::-1])
    assert forward.table.equals(back.table)


def test_doubling_a_cost_doubles_what_rests_on_it() -> None:
    one, two = (costs([service("2025-03-25", None, value)], []) for value in ("70.07", "140.14"))
    assert [2 * own for own in one.table["gross"].drop_nulls()] == two.table["gross"].drop_nulls().to_list() == [14_014]


def test_money_is_whole_pence() -> None:
    found = costs([service("2025-01-01", None, "313.37")], [charge("2025-01-01", None, "1.11")])
    assert found.table.schema["gross"] == found.table.schema["net"] == pl.Int64


def test_a_month_that_a_council_s_extract_does_not_hold_is_not_nothing_to_who_shares_costs() -> None:
    """The council holds February and March, the other one March alone, and has nobody: its March is nothing indeed."""
    covered = pl.concat(
        [
            coverage(COUNCIL, covers=(dt.date(2025, 2, 1), dt.date(2025, 3, 31))),
            coverage(OTHER, covers=(dt.date(2025, 3, 1), dt.date(2025, 3, 31))),
        ]
    )
    found = costs([service("2025-02-01", None, "700.00")], [charge("2025-01-01", None, "7.00")], covered=covered)
    whole = found.with_months_not_held(PLACE)
    assert whole.filter(pl.col("net").is_not_null()).equals(found.table.sort("month", "payer", "care_setting"))
    added = whole.filter(pl.col("net").is_null())
    assert set(added.select("month", "payer").rows()) == {(dt.date(2025, 2, 1), OTHER)}
    assert {"home_care", "reablement", "nursing_home"} <= set(added["care_setting"])


def test_a_service_over_a_gap_in_the_council_s_extracts_is_one() -> None:
    # The quarter from July to September 2024 was never sent. £700 a week from 10 April on: 21 days of April.
    stretches = [(dt.date(2024, 4, 1), dt.date(2024, 6, 30)), (dt.date(2024, 10, 1), dt.date(2024, 12, 31))]
    covered = pl.concat([coverage(COUNCIL, covers=own) for own in stretches])
    found = table(costs([service("2024-04-10", None, "700.00")], covered=covered))
    gross = {month: own[0] for (month, payer, _), own in found.items() if payer == COUNCIL}
    assert gross == {
        **{"2024-04": 210_000, "2024-05": 310_000, "2024-06": 300_000},
        **{"2024-10": 310_000, "2024-11": 300_000, "2024-12": 310_000},
    }
