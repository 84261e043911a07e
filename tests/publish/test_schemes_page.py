"""Joint schemes on the page and under disclosure control: cost beside change, and nothing of what is suppressed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl

from costshift.ledger.schemes import SERIES, scheme_effects, scheme_months, with_cumulative
from costshift.project import Project
from costshift.publish.catalogue import TABLES
from costshift.publish.content import PackContent
from costshift.publish.disclosure import control
from costshift.publish.pack import schemes_as_shown
from costshift.publish.page import render_page
from costshift.publish.tables import published
from publish.packs import BED_DAY_PENCE, PROJECT, pack
from publish.pages import Page

SCHEMES: list[dict[str, Any]] = [
    {
        "name": "Home first",
        "start": dt.date(2024, 10, 1),
        "monthly_cost": 85_000,
        "partners": {"north-council": 60, "north-hospitals": 40},
    }
]
OWN = Project.model_validate(PROJECT | {"schemes": SCHEMES})


def month(place: int) -> dt.date:
    return dt.date(2024 + (3 + place) // 12, (3 + place) % 12 + 1, 1)


def months(days: list[int], people: list[int]) -> pl.DataFrame:
    """Delayed bed days of six months before and six after."""
    rows = [
        ("north-council", month(place), "delayed_bed_days", value, None, behind, 0, 1, False)
        for place, (value, behind) in enumerate(zip(days, people, strict=True))
    ]
    series = pl.DataFrame(rows, schema=SERIES, orient="row")
    return with_cumulative(scheme_months(series, OWN.schemes[0], ["north-council"], [], dt.date(2025, 3, 1)))


def tables(days: list[int], people: list[int], *, public: bool) -> dict[str, pl.DataFrame]:
    raw = months(days, people)
    frames = {"scheme_months": raw, "scheme_effects": scheme_effects(raw, OWN.schemes)}
    if public:
        frames = {name: control(TABLES[name], own, OWN.disclosure, BED_DAY_PENCE) for name, own in frames.items()}
        frames |= schemes_as_shown(frames, OWN)
    return {name: published(TABLES[name], own) for name, own in frames.items()}


def page(shown: dict[str, pl.DataFrame], audience: Any = "internal") -> Page:
    content: PackContent = pack(audience, schemes=SCHEMES)
    return Page(render_page(replace(content, tables=content.tables | shown)))


BEFORE, AFTER = [102, 98, 100, 104, 96, 100], [80, 84, 76, 80, 82, 78]
MANY = [30] * 12


def test_cost_stands_beside_the_change_and_its_interval() -> None:
    found = page(tables(BEFORE + AFTER, MANY, public=False))
    # 6 x £85,000; six months at 80 against 100: -120.
    assert (
        "it cost £510,000. In these months there were 120 fewer delayed bed days than at the mean before" in found.text
    )
    assert "North Hospitals 40%" in found.text
    assert found.row("Home first: before and after", "Delayed bed days")[1:] == [
        # Moving ranges 4, 2, 4, 8, 4: mean 4.4: 100 -+ 11.704.
        "100.0 (88.3 to 111.7)",
        "80.0",
        "-20.0 (-23.6 to -16.4)",
        "[x]",
    ]
    first = found.row("Home first: what it cost", "October 2024")
    assert first[:4] == ["October 2024", "£85,000", "80", "-20.0"]
    assert found.row("Home first: what it cost", "March 2025")[:4] == ["March 2025", "£510,000", "78", "-120.0"]


def test_the_public_pack_works_from_what_it_shows() -> None:
    shown = tables([103, 98, 100, 104, 96, 101, *AFTER], MANY, public=True)
    (row,) = shown["scheme_effects"].to_dicts()
    # Rounded to 5: 105, 100, 100, 105, 95, 100 and 80, 85, 75, 80, 80, 80.
    assert row["before"] == round(605 / 6, 9) and row["after"] == 80.0
    assert row["suppressed"] == ""
    again = tables([104, 99, 99, 106, 95, 99, *AFTER], MANY, public=True)
    # Other months that are shown alike: not one figure differs.
    for name in shown:
        assert shown[name].equals(again[name])
    assert "Worked out from the rounded months" in page(shown, "public").text


def test_suppressed_months_reach_no_figure() -> None:
    few = [30, 6, 30, 30, 5, 30, *[30] * 6]
    one = tables([100, 12, 100, 100, 13, 100, *AFTER], few, public=True)
    two = tables([100, 7, 100, 100, 45, 100, *AFTER], few, public=True)
    for name in one:
        assert one[name].equals(two[name])
    (row,) = one["scheme_effects"].to_dicts()
    assert row["change"] is None and "suppressed" in row["why"]
    assert one["scheme_months"]["suppressed"].to_list()[1] == "numerator"
    # Nothing that is suppressed is summed since the start either.
    assert one["scheme_months"]["cumulative_change"].is_null().all()
    later = tables(BEFORE + AFTER, [*[30] * 6, 5, *[30] * 5], public=True)
    found = page(later, "public").row("Home first: what it cost", "October 2024")
    assert found[2:] == ["[c]", "[c]", "[c]"]


def test_a_place_without_schemes_has_no_such_section() -> None:
    assert "Joint schemes" not in Page(render_page(pack())).text


def test_the_shares_of_the_cost_are_named() -> None:
    text = page(tables(BEFORE + AFTER, MANY, public=False)).text
    assert "It began on 1 October 2024 and costs £85,000 a month" in text
    assert "nobody is without it" in text
