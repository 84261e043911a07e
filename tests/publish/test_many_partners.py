"""A place with more partners than anybody would read: who is named, how many are not, and where they stand."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl
import pytest

from costshift.cli.words import _read_aloud
from costshift.publish import words
from costshift.publish.catalogue import TABLES
from costshift.publish.charts.attribution import bases_chart
from costshift.publish.charts.flow import flow_chart
from costshift.publish.charts.funnel import funnel_chart
from costshift.publish.charts.making import MOST_CONTROL_CHARTS, charts_of, control_charts
from costshift.publish.content import Check, Headline, PackContent
from costshift.publish.page import sections_of
from costshift.publish.page.blocks import MOST_ROWS, Columns, Grid, Section, Tiles, Told, Words
from costshift.publish.page.view import View
from costshift.publish.standing_out import FEW, MOST_NAMED, Order, named
from costshift.publish.summaries import SUMMARIES
from publish.packs import MONTH, _frame, discharged, pack

FEBRUARY = dt.date(2025, 2, 1)


def hospital(number: int) -> str:
    return f"hospital-{number:03}"


def council(number: int) -> str:
    return f"council-{number:03}"


def beds_of(number: int) -> float:
    """Delayed beds, worked by hand: the number's last two digits turned about, so that no order of names is one of
    days; 71, 72 ... 79 have as many as each other."""
    return 70.0 if number // 10 == 7 else float(number % 10 * 10 + number // 10 % 10)


def point(measure: str, partner: str, month: dt.date, value: float | None, **other: Any) -> dict[str, Any]:
    known = {"mean": 10.0, "lower_limit": 4.0, "upper_limit": 16.0, "special_cause": "common_cause"}
    return {
        "measure": measure,
        "partner": partner,
        "month": month,
        "period": "month",
        "value": value,
        "variation": "common_cause",
        "provisional": False,
        "trial": False,
        "rebased": False,
        **known,
    } | other


def table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    own = {**TABLES, **SUMMARIES}[name]
    schema = {column.name: column.dtype for column in own.columns}
    return pl.DataFrame([{key: row.get(key) for key in schema} for row in rows], schema=schema)


def spc(hospitals: int, councils: int) -> list[dict[str, Any]]:
    """Beds of the month, and ten fewer the month before; hospital 003 signals a change."""
    rows = []
    for number in range(1, hospitals + 1):
        signal = {"special_cause": "above_upper_limit", "variation": "concerning_high"} if number == 3 else {}
        own = beds_of(number)
        # The change is the last digit of the number: that of 009, 019 ... is largest.
        rows += [
            point("delayed_beds", hospital(number), FEBRUARY, own - number % 10),
            point("delayed_beds", hospital(number), MONTH, own, **signal),
        ]
    for number in range(1, councils + 1):
        rows += [
            point("delayed_beds", council(number), MONTH, beds_of(number)),
            point("average_delay_days", council(number), MONTH, number / 10),
        ]
    return rows


@cache
def place(hospitals: int = 60, councils: int = 60) -> PackContent:
    """A pack of a place with so many hospitals and councils."""
    partners = [{"id": hospital(own), "name": f"Hospital {own:03}", "type": "acute"} for own in range(1, hospitals + 1)]
    partners += [{"id": council(own), "name": f"Council {own:03}", "type": "council"} for own in range(1, councils + 1)]
    sent = [{"kind": "spells", "submitter": hospital(1), "files": "spells.csv"}]
    found = pack(empty=True, partners=partners, extracts=sent)
    tables = dict(found.tables) | {
        "spc": table("spc", spc(hospitals, councils)),
        "bcf_discharge": table(
            "bcf_discharge",
            [
                # As far from plan, above and below in turn, as its number in hundredths.
                {
                    "month": MONTH,
                    "council": council(own),
                    "share_on_ready_date": 0.8,
                    "average_delay_days_when_delayed": 10.0,
                    "average_delay_days": 2.0 + (own if own % 2 else -own) / 100,
                    "plan": 2.0,
                }
                for own in range(1, councils + 1)
            ],
        ),
        "gaps_and_overlaps": table(
            "gaps_and_overlaps",
            [
                {"month": MONTH, "council": council(own), "group": "eligible_then_no_service", "people": own}
                for own in range(1, councils + 1)
            ],
        ),
        "flow_indicators": table(
            "flow_indicators",
            [
                {
                    "month": MONTH,
                    "council": council(own),
                    "indicator": "length_of_stay",
                    "numerator": 10 * own,
                    "denominator": own,
                    "value": 10.0,
                }
                for own in range(1, councils + 1)
            ],
        ),
        "substitution_rates": table(
            "substitution_rates",
            [{"exposure": "lost", "council": council(own), "people": 9} for own in range(1, councils + 1)],
        ),
        "service_costs": table(
            "service_costs",
            [
                {
                    "month": MONTH,
                    "payer": payer,
                    "care_setting": "home_support",
                    "gross": Decimal(9),
                    "contribution": Decimal(0),
                    "net": Decimal(9),
                    "people": 9,
                }
                for payer in ("person", *(council(own) for own in range(1, councils + 1)))
            ],
        ),
        "cohort_filters": table(
            "cohort_filters",
            [
                {"month": MONTH, "provider": hospital(own), "filter": "adult", "spells_removed": own, "applied": True}
                for own in range(1, hospitals + 1)
            ],
        ),
    }
    tables.pop("partners", None)
    positions = [
        {
            "month": MONTH,
            "partner": partner,
            "nature": "notional",
            "basis": "counted",
            "absorbed_for_others": Decimal(max(net, 0)),
            "passed_to_others": Decimal(max(-net, 0)),
            "net_absorbed": Decimal(net),
        }
        for partner, net in [
            *((hospital(own), own) for own in range(1, hospitals + 1)),
            *((council(own), -own) for own in range(1, councils + 1)),
            ("unallocated", -7),
        ]
    ]
    summaries = dict(found.summaries) | {
        "discharges_by_provider": _frame(
            SUMMARIES["discharges_by_provider"],
            [
                *(discharged(hospital(own), (80, 12, 8, 212)) for own in range(1, hospitals + 1)),
                discharged(None, (80 * hospitals, 12 * hospitals, 8 * hospitals, 212 * hospitals)),
            ],
        ),
        "census_by_provider": table(
            "census_by_provider",
            [
                {"date": found.as_at, "provider": hospital(own), "setting": "acute", "people_delayed": own}
                for own in range(1, hospitals + 1)
            ],
        ),
        "delayed_beds_by_provider": table(
            "delayed_beds_by_provider",
            [
                {
                    "month": MONTH,
                    "provider": hospital(own),
                    "setting": "acute",
                    "delayed_beds": beds_of(own),
                    "provisional": False,
                    "acceptable": True,
                }
                for own in range(1, hospitals + 1)
            ],
        ),
        "positions_by_partner": table("positions_by_partner", positions),
    }
    nets = [
        Headline(
            f"net_absorbed_{row['partner']}", f"Net: {row['partner']}", float(row["net_absorbed"]), "pounds", "", ""
        )
        for row in positions
    ]
    return replace(found, tables=tables, summaries=summaries, headlines=nets)


def section(anchor: str, content: PackContent, *, paper: bool = False) -> Section:
    (found,) = [own for own in sections_of(View(content, paper=paper)) if own.anchor == anchor]
    return found


def grid(anchor: str, caption: str, content: PackContent, *, paper: bool = False) -> Grid:
    blocks = section(anchor, content, paper=paper).blocks
    (found,) = [own for own in blocks if isinstance(own, Grid) and own.caption.startswith(caption)]
    return found


def first_cells(own: Grid) -> list[str]:
    return [row.cells[0].text for row in own.rows if row.kind == "row"]


def told(content: PackContent) -> str:
    said = [pair for block in section("story", content).blocks if isinstance(block, Told) for pair in block.said]
    return " ".join(part for pair in said for part in pair if part)


def most_days(count: int, of: int, what: str) -> list[str]:
    """The slow way: numbers by their beds, most first, ties by name; then the names, as a list has them."""
    numbers = sorted(range(1, of + 1), key=lambda own: (-beds_of(own), own))
    return sorted(f"{what} {own:03}" for own in numbers[:count])


def test_the_most_days_come_first_ties_by_name_and_what_is_not_shown_last() -> None:
    order = Order({"a": 2.0, "c": 5.0, "d": 2.0}, {"a": "Zet", "b": "Ant", "c": "Cat", "d": "Dog"}.__getitem__)
    assert order.of(["a", "b", "c", "d"]) == ["c", "d", "a", "b"]
    assert order.most(["a", "b", "c", "d"], 3) == {"c", "d", "a"}


def test_a_list_holds_up_to_twenty_four_and_a_sentence_twelve_and_of_more_five() -> None:
    order = Order({}, str)
    every = [chr(97 + own) for own in range(25)]
    twelve = every[:12]
    assert order.few(every[:24]) == set(every[:24])
    assert order.few(every) == {"a", "b", "c", "d", "e"}
    assert named(twelve) == "a, b, c, d, e, f, g, h, i, j, k and l"
    assert named([*twelve, "m"]) == "a, b, c, d, e and 8 others"
    assert named(["a"]) == "a" and named([]) == ""


def test_a_sentence_names_signals_then_the_largest_changes_and_counts_the_others() -> None:
    said = told(place())
    (beds,) = re.findall(r"Delayed beds: .*?its sheet spc\.", said)
    # 003 signals; then those whose number ends in 9, each up by nine, in the order of their names.
    assert re.findall(r"Hospital \d{3}", beds) == [f"Hospital {own:03}" for own in (3, 9, 19, 29, 39)]
    assert "Of the other 55, 55 show no reliable change: all stand in tables/spc.parquet" in beds
    assert "Named first are those that signal a change, then those with the largest change" in beds


def test_a_sentence_counts_what_is_suppressed_and_what_cannot_be_judged() -> None:
    own = place()
    rows = own.tables["spc"].with_columns(
        pl.when((pl.col("partner") == hospital(3)) & (pl.col("month") == MONTH))
        .then(None)
        .otherwise(pl.col("value"))
        .alias("value"),
        pl.when(pl.col("partner") == hospital(50)).then(None).otherwise("special_cause").alias("special_cause"),
        pl.when(pl.col("partner") == hospital(3)).then(pl.lit("value")).otherwise(pl.lit("")).alias("suppressed"),
    )
    said = told(replace(own, tables=own.tables | {"spc": rows}))
    # The five that end in 9 are named; of the others 003 is suppressed and 050 not judged.
    assert "Of the other 55, 53 show no reliable change, 1 cannot be judged and 1 is suppressed ([c]): all" in said


def test_plans_name_the_councils_furthest_from_them() -> None:
    (plans,) = re.findall(r"Against the agreed plan .*?its sheet bcf_discharge\.", told(place()))
    assert re.findall(r"Council \d{3}", plans) == [f"Council {own:03}" for own in (60, 59, 58, 57, 56)]
    # Of 1 to 55 the odd ones are above, 28 of them, the even ones below, 27.
    assert "of the other 55 councils 28 above plan and 27 below: all stand" in plans


def test_positions_name_the_largest_and_say_where_the_others_are() -> None:
    said = told(place())
    assert (
        "Hospital 060 (£60), Hospital 059 (£59), Hospital 058 (£58), Hospital 057 (£57), Hospital 056 (£56) and 55"
        in said
    )
    assert "All stand in tables/partner_positions.parquet" in said


@pytest.mark.parametrize(
    ("anchor", "caption", "what", "count", "on_page"),
    [
        ("discharges", "Discharges by length", "Hospital", MOST_ROWS, 60),
        ("waiting", "People delayed", "Hospital", MOST_ROWS, 60),
        ("trend", "Delayed beds by provider", "Hospital", MOST_ROWS, 60),
        ("councils", "Average length", "Council", MOST_ROWS, MOST_ROWS),
        ("councils", "Average delay, all", "Council", MOST_ROWS, MOST_ROWS),
        ("cohort", "Hospital spells removed", "Hospital", FEW, FEW),
    ],
)
def test_a_table_shows_those_with_the_most_days(anchor: str, caption: str, what: str, count: int, on_page: int) -> None:
    paper, page = (grid(anchor, caption, place(), paper=own) for own in (True, False))
    assert sorted(first_cells(paper)) == most_days(count, 60, what)
    assert sorted(first_cells(page)) == most_days(on_page, 60, what)
    (note,) = [own for own in paper.notes if own.startswith("Shown are")]
    assert note.startswith(f"Shown are {count} of 60 ") and "the most delayed bed days of the month" in note
    assert re.search(
        r"All stand (on the page|in tables/\w+\.parquet and, where a workbook is made, in its sheet \w+)", note
    )
    assert any(own.startswith("Shown are") for own in page.notes) is (on_page < 60)


def test_a_total_says_that_it_holds_what_is_not_listed() -> None:
    (total,) = [row for row in grid("discharges", "Discharges", place(), paper=True).rows if row.kind == "total"]
    assert total.cells[0].text == "All acute providers, those not listed too"
    (whole,) = [row for row in grid("discharges", "Discharges", place()).rows if row.kind == "total"]
    assert whole.cells[0].text == "All acute providers above"


def test_a_paper_without_a_page_names_the_workbook() -> None:
    own = place()
    alone = own.project.model_copy(update={"output": own.project.output.model_copy(update={"formats": ["docx"]})})
    (note,) = [
        one for one in grid("waiting", "People", replace(own, project=alone), paper=True).notes if "Shown" in one
    ]
    assert note.endswith(
        "All stand at finer grain in tables/census.parquet and, where a workbook is made, in its sheet census."
    )


def test_tables_with_several_rows_or_columns_a_council_show_five() -> None:
    few = most_days(FEW, 60, "Council")
    own = grid("gaps", "People in each group", place())
    assert [head.title for head in own.heads[1:]] == [f"{name}: {part}" for name in few for part in ("month", "people")]
    flow = grid("flow", "Indicators", place())
    assert [row.cells[0].text for row in flow.rows if row.kind == "group"] == few
    care = grid("care", "Cost of care", place())
    assert [row.cells[0].text for row in care.rows if row.kind == "group"] == [*few, "The person"]
    rates = grid("eligibility", "Added NHS cost", place())
    assert [row for row in first_cells(rates) if "Council" in row] == [f"Lost council support: {name}" for name in few]
    for found in (own, flow, care, rates):
        assert any(note.startswith("Shown are 5 of 60 ") for note in found.notes)


def test_series_of_a_measure_are_cut_and_signals_stay() -> None:
    own = grid("signals", "What the last point", place())
    names = first_cells(own)
    # 60 hospitals and 60 councils have delayed beds, 60 councils an average delay: 40 of each measure.
    assert len(names) == 2 * MOST_ROWS and "Hospital 003" in names
    by_days = sorted(
        [(-beds_of(number), f"{what} {number:03}") for what in ("Council", "Hospital") for number in range(1, 61)],
        key=lambda own: (own[1] != "Hospital 003", own),
    )
    assert set(names[:MOST_ROWS]) == {name for _, name in by_days[:MOST_ROWS]}
    assert any(note.startswith("Shown are 80 of 180 series: those with a change at their last") for note in own.notes)


def test_positions_of_a_table_are_the_largest_and_nobody_s_stay() -> None:
    own = grid("cost", "Positions of the partners", place())
    names = first_cells(own)
    assert len(names) == MOST_ROWS and names[-1] == "Unallocated"
    largest = sorted([(-number, f"{what} {number:03}") for what in ("Council", "Hospital") for number in range(1, 61)])
    assert set(names[:-1]) == {name for _, name in largest[: MOST_ROWS - 1]}
    assert any("those with the largest net, either way" in note for note in own.notes)


def test_headlines_list_the_largest_nets() -> None:
    (lists,) = [own for own in section("headlines", place()).blocks if isinstance(own, Columns)]
    (column,) = lists.columns
    (tiles,) = [own for own in column if isinstance(own, Tiles)]
    # 60 and 59 either way, and of the two 58 the first by name; in the order of the headlines.
    whose = ["Hospital 059", "Hospital 060", "Council 058", "Council 059", "Council 060"]
    assert [own.label for own in tiles.figures] == whose
    assert any(isinstance(own, Words) and own.text.startswith("Shown are 5 of 121 nets") for own in column)


def test_the_terminal_lists_the_largest_nets() -> None:
    shown, lines = _read_aloud(place().headlines)
    assert sorted(abs(own.value or 0) for own in shown) == [58, 59, 59, 60, 60]
    assert lines == ["Net absorbed for others: the 5 largest, either way, of 121. All: partner_positions."]
    few = place().headlines[:MOST_NAMED]
    assert _read_aloud(few) == (few, [])


def test_control_charts_are_of_the_partners_with_the_most_days() -> None:
    drawn = control_charts(place())
    assert len(drawn) == MOST_CONTROL_CHARTS
    by_days = sorted(
        ((-beds_of(number), what, number) for what in ("council", "hospital") for number in range(1, 61)),
    )
    # A council has two series, a hospital one: as many as there is room for, partner by partner.
    wanted: list[str] = []
    for _, what, number in by_days:
        wanted += [f"xmr-delayed-beds-{what}-{number:03}"]
        wanted += [f"xmr-average-delay-days-{what}-{number:03}"] if what == "council" else []
    assert {own.key for own in drawn} == set(wanted[:MOST_CONTROL_CHARTS])


def test_a_small_place_leaves_nothing_out() -> None:
    own = place(6, 6)
    for paper in (False, True):
        for found in sections_of(View(own, paper=paper)):
            for block in found.blocks:
                assert "Shown are" not in (block.text if isinstance(block, Words) else "")
                assert not any("Shown are" in note for note in (block.notes if isinstance(block, Grid) else ()))
    assert "Named" not in told(own) and "others" not in told(own).replace("for others", "").replace("than others", "")
    assert len(grid("waiting", "People", own, paper=True).rows) == 6


def names_of(partner: str) -> str:
    return partner


def test_a_flow_of_many_partners_draws_the_largest_and_counts_the_others() -> None:
    def flows(count: int) -> list[dict[str, Any]]:
        return [
            {"driver": council(own), "payer": hospital(own), "amount": Decimal(1000 * own), "suppressed": ""}
            for own in range(1, count + 1)
        ]

    def drawn(count: int) -> Any:
        chart = flow_chart(flows(count), {}, names_of, lambda partner: "acute", "March 2025", "Source.")
        assert chart is not None
        return chart

    many = drawn(30)
    assert [row.cells[0].text for row in many.grid.rows] == [council(own) for own in range(30, 18, -1)]
    assert (
        "The 12 largest flows are drawn, and 18 smaller ones left out: all stand in tables/cost_shifts.parquet"
        in many.source
    )
    assert council(18) not in many.alternative
    # Six flows between twelve partners are all drawn.
    few = drawn(6)
    assert len(few.grid.rows) == 6 and "left out" not in few.source


def test_bases_of_many_partners_draw_those_with_the_most_days() -> None:
    rows = [
        {"partner": council(own), "recorded_days": own, "evidenced_days": own, "reconciled_days": 100 - own}
        for own in range(1, 41)
    ]
    rows.append({"partner": "unallocated", "recorded_days": 5, "evidenced_days": 5, "reconciled_days": 5})
    chart = bases_chart(rows, names_of, lambda partner: "council", "March 2025", "Source.")
    assert chart is not None
    # Most on either basis: 99 of 001 down to 88 of 012.
    assert first_cells(chart.grid) == [*(council(own) for own in range(1, 13)), "unallocated"]
    assert chart.grid.notes[0].startswith("Shown are 13 of 41 partners: those with the most days")
    assert chart.grid.notes[0] in chart.alternative


def test_a_funnel_of_many_units_reads_out_those_furthest_from_all() -> None:
    rows = [{"name": f"Unit {own:02}", "numerator": 50 + own, "denominator": 100} for own in range(30)]
    chart = funnel_chart(rows, "what is shared", "March 2025", "Source.", better="increase")
    assert chart is not None
    # All together 64.5%: the units at both ends are furthest.
    assert set(re.findall(r"Unit \d\d", chart.alternative)) == {f"Unit {own:02}" for own in (*range(6), *range(24, 30))}
    assert "the table of the chart has the other 18" in chart.alternative
    assert len(chart.grid.rows) == 30


def test_a_long_detail_of_a_check_is_cut_between_two_things_and_says_where_the_whole_is() -> None:
    parts = [f"council-{own:03}: 66 services in which the cost frequency was trusted" for own in range(100)]
    own = Check("service_costs_are_taken_as_sent", "warn", "; ".join(parts))
    shown = words.detail(own)
    assert shown.startswith("; ".join(parts[:10])) and len(shown) < 1_200
    assert shown.endswith("trusted; and so on. The whole of it stands in manifest.json, under checks.")
    short = Check("any", "warn", "; ".join(parts[:30]))
    assert words.detail(short) == short.detail


def test_pictures_of_decisions_are_of_five_councils() -> None:
    own = place()
    parts = ("volume", "mix", "access", "rate", "change")
    rows = [
        {
            "council": council(number),
            "baseline_start": dt.date(2023, 4, 1),
            "period_start": dt.date(2024, 4, 1),
            "component": part,
            "people": 4 if part == "change" else 1,
            "people_low": 0,
            "people_high": 9,
            "policy": "",
        }
        for number in range(1, 61)
        for part in parts
    ]
    known = own.tables | {"eligibility_decomposition": table("eligibility_decomposition", rows)}
    with_rows = replace(own, tables=known)
    drawn = [one.key for one in charts_of(with_rows) if one.key.startswith("eligibility-waterfall-")]
    few = [name.lower().replace(" ", "-") for name in most_days(FEW, 60, "Council")]
    assert sorted(drawn) == [f"eligibility-waterfall-{name}" for name in few]
    said = told(with_rows)
    assert said.count("eligible in the year from") == FEW and "These are the 5 of 60 councils" in said
