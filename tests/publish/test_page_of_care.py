"""The sections on care, flow, gaps and who is touched, read back from the page."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from costshift.prices.unit_costs import unit_costs, with_use
from costshift.publish.catalogue import TABLES
from costshift.publish.content import Audience, Check, PackContent
from costshift.publish.disclosure import control
from costshift.publish.page import render_page
from costshift.publish.tables import published
from publish.packs import BED_DAY_PENCE, MONTH, pack, with_summary
from publish.pages import Page

JANUARY, FEBRUARY = dt.date(2025, 1, 1), dt.date(2025, 2, 1)
COUNCIL = "north-council"


def with_rows(content: PackContent, name: str, rows: list[dict[str, Any]]) -> PackContent:
    """The same pack with other rows in one table, controlled for its audience."""
    table = TABLES[name]
    columns = [*table.columns, *table.resting]
    schema = {own.name: pl.Int64 if own.dtype.is_decimal() else own.dtype for own in columns}
    frame = pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)
    if content.audience == "public":
        frame = control(table, frame, content.project.disclosure, BED_DAY_PENCE)
    return replace(content, tables=dict(content.tables) | {name: published(table, frame)})


def care(payer: str, setting: str, gross: int | None, paid: int | None, people: int, payers: int) -> dict[str, Any]:
    return {
        "month": MONTH, "payer": payer, "care_setting": setting, "gross": gross, "contribution": paid,
        "net": None if gross is None or paid is None else gross - paid, "people": people, "_contributors": payers,
    }  # fmt: skip


COSTS = [
    care(COUNCIL, "home_care", 1_000_000, 250_000, 20, 10),
    care(COUNCIL, "nursing_home", 600_000, None, 3, 0),
    care("person", "home_care", 250_000, 0, 10, 10),
]


def of(page: Page, caption: str, first: str) -> list[list[str]]:
    return [row for row in page.table(caption) if row[0] == first]


def test_care_by_payer_with_what_is_not_known() -> None:
    page = Page(render_page(with_rows(pack(), "service_costs", COSTS)))
    home = of(page, "Cost of care", "Home care")
    assert home[0][1:] == ["20", "£10,000", "£2,500", "£7,500"]
    assert home[1][1:] == ["10", "£2,500", "£0", "£2,500"]
    assert of(page, "Cost of care", "Nursing home") == [["Nursing home", "3", "£6,000", "[x]", "[x]"]]


def test_care_in_public_hides_few_people_and_not_what_is_unknown() -> None:
    page = Page(render_page(with_rows(pack("public"), "service_costs", COSTS)))
    assert of(page, "Cost of care", "Home care")[0][1:] == ["20", "£10,000", "£2,500", "£7,500"]
    assert of(page, "Cost of care", "Nursing home") == []
    assert "1 row has nothing but suppressed figures" in page.text


def indicator(name: str, month: dt.date, top: int | None, bottom: int | None, value: float | None, **more: Any) -> dict:
    people = {"_numerator_people": top, "_denominator_people": bottom, "_per": 1, "_money": False}
    return {"month": month, "council": COUNCIL, "indicator": name, "numerator": top, "denominator": bottom, "value": value} | people | more  # fmt: skip


FLOW = [
    indicator("still_in_community_84_days", JANUARY, 15, 20, 0.75),
    indicator("still_in_community_84_days", FEBRUARY, None, 9, None),
    indicator("still_in_community_84_days", MONTH, None, 12, None),
    indicator("emergency_admissions_65_plus", MONTH, 40, None, None),
    indicator("community_share_of_nhs_spend", MONTH, None, None, None, _money=True),
    indicator("delayed_days_per_1000_discharges", MONTH, 60, 120, 500.0, _per=1000, _numerator_people=20),
]


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_flow_shows_the_latest_month_that_is_known(audience: Audience) -> None:
    page = Page(render_page(with_rows(pack(audience), "flow_indicators", FLOW)))
    caption = "Indicators of flow"
    assert of(page, caption, "Of these, still in the community after 84 days")[0][1:] == [
        "January 2025",
        "75.0%",
        "15",
        "20",
    ]
    assert of(page, caption, "Emergency admissions at 65 and over")[0][1:] == ["March 2025", "40", "40", "Count"]
    assert of(page, caption, "Outside hospital, of NHS spend")[0][1:] == ["Not known", "[x]", "[x]", "[x]"]
    assert of(page, caption, "Delayed bed days per 1,000 discharges")[0][2] == "500.0"


def test_why_an_indicator_is_missing_stands_beneath() -> None:
    content = with_rows(pack(), "flow_indicators", FLOW)
    why = Check("flow_indicators_can_be_worked_out", "warn", "Null, or in part: no price of a contact.")
    assert "no price of a contact" in Page(render_page(replace(content, checks=[*content.checks, why]))).text


def group(name: str, month: dt.date, people: int | None) -> dict[str, Any]:
    return {"month": month, "council": COUNCIL, "group": name, "people": people}


def test_gaps_show_the_latest_month_that_is_known() -> None:
    rows = [
        group("delayed_then_no_support", FEBRUARY, 12),
        group("delayed_then_no_support", MONTH, None),
        group("nurse_and_carer_in_one_week", MONTH, 3),
        group("nursing_contacts_unknown_to_council", MONTH, None),
    ]
    first = "Left hospital after a delay, and had no support within 28 days"
    for audience, shown, few in (("internal", "12", "3"), ("public", "10", "[c]")):
        page = Page(render_page(with_rows(pack(audience), "gaps_and_overlaps", rows)))  # type: ignore[arg-type]
        assert page.row("People in each group", first)[1:] == ["February 2025", shown]
        assert page.row("People in each group", "A nurse’s and a carer’s visits in the same week")[1:] == [
            "March 2025",
            few,
        ]
        unknown = page.row(
            "People in each group", "Eight or more nurses’ visits in the month, and unknown to the council"
        )
        assert unknown[1:] == ["Not known", "[x]"]
    empty = Page(render_page(with_rows(pack(), "gaps_and_overlaps", [])))
    assert "No care events were sent" in empty.text


def rate(kind: str, name: str, part: int, whole: int, measure: str = "delayed_discharge") -> dict[str, Any]:
    return {"measure": measure, "characteristic": kind, "group": name, "numerator": part, "denominator": whole, "rate": part / whole, "rate_low": 0.1, "rate_high": 0.3}  # fmt: skip


def test_who_is_touched_and_who_shares_whom() -> None:
    rows = [rate("all", "all", 20, 100), rate("sex", "female", 12, 60), rate("sex", "not known", 3, 40)]
    content = with_summary(
        with_rows(pack("public"), "inequalities", rows),
        "providers_by_councils",
        [
            {"provider": "north-hospitals", "council": COUNCIL, "discharges": 33, "share_of_provider": 0.5,
             "share_of_council": 1.0, "_of_provider": 66, "_of_council": 33},
            {"provider": "north-hospitals", "council": "elsewhere", "discharges": 33, "share_of_provider": 0.5,
             "share_of_council": 1.0, "_of_provider": 66, "_of_council": 33},
        ],
    )  # fmt: skip
    page = Page(render_page(content))
    # 20 of 100: 20.0%, Wilson 13.3% to 28.9%.
    assert page.row("People delayed by a day or more", "All people")[1:] == ["100", "20", "20.0%", "13.3%", "28.9%"]
    assert page.row("People delayed by a day or more", "Female")[1:4] == ["60", "10", "16.7%"]
    assert page.row("People delayed by a day or more", "Not known")[1:4] == ["40", "[c]", "[c]"]
    assert page.row("Who shares whom", "North Hospitals")[1:] == ["35"]
    assert "residents of 1 other council are left out" in page.text


def test_prices_in_use_are_listed_with_what_they_are_for() -> None:
    prices = with_use(unit_costs(None), {"funded_nursing_care_week": "NHS-funded nursing care"})
    page = Page(render_page(replace(pack(), prices=prices)))
    (row,) = [row for row in page.table("Prices in use") if row[0].startswith("Funded nursing care week")]
    assert row[1] == "£235.88"
    assert not [row for row in page.table("Prices in use") if row[0].startswith("Delayed bed day acute For")]
