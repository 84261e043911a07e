"""The section on eligibility: every estimate with its numbers and interval, every doubt beside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl

from costshift.project import Disclosure
from costshift.publish.catalogue import TABLES
from costshift.publish.content import Check
from costshift.publish.disclosure import control
from costshift.publish.page import render_page
from costshift.publish.page.eligibility import CANNOT_SAY
from costshift.publish.tables import published
from publish.packs import pack
from publish.pages import Page

MARCH = dt.date(2025, 3, 1)
EFFECT: dict[str, Any] = {
    "exposure": "lost",
    "council": "north-council",
    "outcome": "nhs_cost",
    "unit": "pounds a person-month",
    "cohort_from": dt.date(2022, 1, 3),
    "cohort_to": dt.date(2024, 6, 1),
    "design": "main",
    "people": 236,
    "comparators": 807,
    "unmatched": 4,
    "without_windows": 103,
    "effect_per_person_month": 72.06,
    "effect_low": 12.5,
    "effect_high": 131.62,
    "p_value": 0.02,
    "placebo": 17.65,
    "robust_low": -5.15,
    "robust_high": 149.27,
    "minimum_detectable": 84.5,
}


def table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    own = TABLES[name]
    columns = {
        column.name: pl.Int64() if column.unit == "pounds" else column.dtype for column in (*own.columns, *own.resting)
    }
    filled = [{column: row.get(column) for column in columns} for row in rows]
    return pl.DataFrame(filled, schema=columns, orient="row")


def section(**tables: pl.DataFrame) -> Page:
    content = pack()
    shown = {name: published(TABLES[name], frame) for name, frame in tables.items()}
    return Page(render_page(replace(content, tables=content.tables | shown)))


def test_an_effect_stands_with_its_numbers_its_interval_and_its_doubt() -> None:
    page = section(shift_effects=table("shift_effects", EFFECT, EFFECT | {"outcome": "contacts", "effect_low": -1.0}))
    text = " ".join(page.text.split())
    assert "£72.06" in text and "£12.50 to £131.62" in text and "-£5.15 to £149.27" in text and "£84.50" in text
    assert "cannot be told from a prior difference" in text and "cannot be told from none" in text


def test_what_it_cannot_say_is_said() -> None:
    text = " ".join(section().text.split())
    for term, sentence in CANNOT_SAY:
        assert term in text and sentence in text


def test_what_could_not_be_worked_out_is_said_above() -> None:
    content = pack()
    note = Check("effects_of_eligibility_are_estimated", "warn", "Without a price: emergency_attendance.")
    page = Page(render_page(replace(content, checks=[*content.checks, note])))
    assert "Without a price: emergency_attendance." in page.text


def test_pounds_stand_with_their_interval_and_the_memo_apart() -> None:
    row = {
        "month": MARCH,
        "driver": "north-council",
        "payer": "community-trust",
        "kind": "eligibility_loss",
        "nature": "notional",
        "basis": "estimated",
        "amount": 96_000,
        "amount_low": -12_000,
        "amount_high": 204_000,
        "people": 25,
    }
    page = section(
        cost_shifts=table("cost_shifts", row), cost_after_refusal=table("cost_after_refusal", row | {"amount": 120_000})
    )
    text = " ".join(page.text.split())
    assert "£960" in text and "-£120" in text and "£2,040" in text and "£1,200" in text and "Memo" in text


def test_positions_by_estimate_stand_with_their_interval_and_suppressed_ones_with_none() -> None:
    # 900 bed days at £562 = £505,800; two thirds of it, £337,200, to each side.
    page = Page(render_page(pack("internal")))
    text = " ".join(page.text.split())
    assert "Estimated positions of the partners" in text and "12 months to March 2025" in text
    for shown in ("£505,800", "£168,600", "£843,000", "-£843,000"):
        assert shown in text
    # In public the twelve months of the hospital rest on a small count: its position and both ends are [c].
    public = pack("public").summaries["estimated_positions"].filter(pl.col("months") == 12)
    hospital = public.filter(pl.col("partner") == "north-hospitals").row(0, named=True)
    assert hospital["net_absorbed"] is hospital["net_absorbed_low"] is hospital["net_absorbed_high"] is None
    assert "net_absorbed_low" in hospital["suppressed"] and "net_absorbed_high" in hospital["suppressed"]


def test_a_rate_stands_beside_the_published_figures_or_says_why_there_is_none() -> None:
    base = {"exposure": "lost", "council": "north-council", "people": 236, "nhs_cost": 72.0, "council_saving": 1380.0}
    page = section(
        substitution_rates=table(
            "substitution_rates",
            base | {"rate": 0.05, "rate_low": 0.01, "rate_high": 0.09},
            base | {"exposure": "refused", "rate": 0.05, "reason": "cannot be bounded"},
        )
    )
    text = " ".join(page.text.split())
    assert "0.01 to 0.09" in text and "cannot be bounded" in text
    # The study that found nothing is shown too.
    assert "Seamer" in text and "Not like for like" in text


def test_components_name_the_policy_or_that_there_is_none() -> None:
    rows = [
        {
            "council": "north-council",
            "baseline_start": dt.date(2023, 1, 1),
            "period_start": dt.date(2024, 1, 1),
            "component": component,
            "people": people,
            "people_low": people - 9,
            "people_high": people + 9,
            "policy": policy,
            "_fewest": 100,
        }
        for policy, council in ((None, "north-council"),)
        for component, people in (("volume", -20), ("mix", 3), ("access", -15), ("rate", -40), ("change", -72))
    ]
    text = " ".join(section(eligibility_decomposition=table("eligibility_decomposition", *rows)).text.split())
    assert "No dated policy between them" in text and "-49 to -31" in text


def test_small_counts_hide_what_rests_on_them() -> None:
    rule = Disclosure()
    small = control(TABLES["shift_effects"], table("shift_effects", EFFECT | {"people": 6}), rule, 56_200)
    assert small["effect_per_person_month"].to_list() == [None] and "effect_low" in small["suppressed"][0]
    large = control(TABLES["shift_effects"], table("shift_effects", EFFECT), rule, 56_200)
    assert large["effect_per_person_month"].to_list() == [72.06] and large["people"].to_list() == [235]
    # Four unmatched people: not told.
    assert large["unmatched"].to_list() == [None]
    shares = table(
        "realised_eligibility",
        {
            "month": MARCH, "council": "north-council", "stream": "requests", "assessed": 43, "found_eligible": 40,
            "share": 40 / 43, "standardised_share": 0.9, "_found": 40, "_assessed": 43, "_not_found": 3,
        },
    )  # fmt: skip
    hidden = control(TABLES["realised_eligibility"], shares, rule, 56_200)
    # Three were not found eligible: no share that would tell it.
    assert hidden["share"].to_list() == [None] and hidden["standardised_share"].to_list() == [None]
