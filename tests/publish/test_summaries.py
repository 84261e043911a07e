"""The summaries of an artificial place: the sums of the tables where figures add up, and safe in public."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import polars as pl
import pytest

from costshift import pipeline
from costshift.analysed import analyse
from costshift.cli.options import open_project
from costshift.locations import history_of
from costshift.month import Month
from costshift.publish.catalogue import TABLES, Count, RestsOn
from costshift.publish.content import Audience, PackContent
from costshift.publish.pack import content_for
from costshift.publish.page import render_page
from costshift.publish.summaries import SUMMARIES
from publish.pages import Page

from places import costshift

MONTH = Month(dt.date(2025, 3, 1), dt.date(2025, 3, 31))
ADDITIVE = [
    *("discharges", "discharged_on_ready_date", "delayed_discharges", "bed_days_lost"),
    *(column for column in TABLES["discharge_delays"].column_names if column.startswith("delay_")),
    *("ready_date_missing", "ready_date_invalid"),
]
#: Headers of figures that are no counts of people, spells or records.
NO_COUNTS = re.compile(r"More or fewer|days|beds|share|amount|absorbed|passed|plan|value|average|^\w{3} \d\d$", re.I)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> dict[Audience, PackContent]:
    """Both audiences' packs of a place of 2,000 people."""
    folder = tmp_path_factory.mktemp("place") / "place"
    assert costshift("sample", folder, "--people", "2000", "--months", "15", "--seed", "2", "--quiet").code == 0
    project, folder = open_project(folder / "costshift.toml")
    with history_of(project, folder).locked():
        pipeline.load(project, folder, MONTH, None, "2025-04-10T09:00:00Z", lambda _: None)
    analysis = analyse(project, folder, MONTH, lambda: b"key", lambda _: None)
    return {
        audience: content_for(project, MONTH.first, MONTH.as_at, analysis, audience)
        for audience in ("internal", "public")
    }


def sums(frame: pl.DataFrame, by: Sequence[str], measures: Sequence[str]) -> pl.DataFrame:
    """Sums of the published internal rows, none of which is unknown."""
    return frame.filter(pl.col(measures[0]).is_not_null()).group_by(by).agg(pl.col(measures).sum()).sort(by)


def same_within_rounding(
    packs: dict[Audience, PackContent], name: str, expected: pl.DataFrame, by: Sequence[str], measures: Sequence[str]
) -> None:
    """Equal to the sums in the internal pack; in the public one suppressed, or rounded to the nearest five."""
    internal = packs["internal"].summaries[name].select(*by, *measures)
    found = internal.join(expected, on=list(by), nulls_equal=True, suffix="_sum")
    assert found.height == expected.height > 0, name
    public = packs["public"].summaries[name].select(*by, *measures, "suppressed")
    both = found.join(public, on=list(by), nulls_equal=True, suffix="_public")
    assert both.height == expected.height
    for row in both.iter_rows(named=True):
        for measure in measures:
            exact, shown = row[f"{measure}_sum"], row[f"{measure}_public"]
            assert row[measure] == exact, (name, measure, row)
            if shown is None:
                assert measure in row["suppressed"].split(", "), (name, measure, row)
            else:
                assert shown % 5 == 0 and abs(shown - exact) <= 2, (name, measure, row)


def of_month(content: PackContent, table: str) -> pl.DataFrame:
    return content.tables[table].filter(pl.col("month") == MONTH.first)


def test_discharges_are_the_sums_of_the_table(packs: dict[Audience, PackContent]) -> None:
    table = of_month(packs["internal"], "discharge_delays")
    by = ["provider", "setting"]
    same_within_rounding(packs, "discharges_by_provider", sums(table, by, ADDITIVE), by, ADDITIVE)
    acute = table.filter((pl.col("setting") == "acute") & pl.col("acceptable")).with_columns(
        pl.lit(None, pl.String).alias("provider")
    )
    same_within_rounding(packs, "discharges_by_provider", sums(acute, by, ADDITIVE), by, ADDITIVE)


def test_delayed_days_are_the_sums_of_the_table(packs: dict[Audience, PackContent]) -> None:
    table = packs["internal"].tables["delayed_bed_days"].filter(pl.col("month") >= dt.date(2024, 3, 1))
    by, days = ["month", "provider", "setting"], ["delayed_bed_days"]
    same_within_rounding(packs, "delayed_beds_by_provider", sums(table, by, days), by, days)
    summary = packs["internal"].summaries["delayed_beds_by_provider"]
    assert summary["delayed_bed_days"].sum() == table["delayed_bed_days"].sum()
    refused = (
        packs["internal"].tables["discharge_delays"].filter(~pl.col("acceptable")).select("month", "provider").unique()
    )
    used = of_month(packs["internal"], "delayed_bed_days").join(refused, on=["month", "provider"], how="anti")
    for name, column in (("days_by_attribution", "recorded_attribution"), ("days_by_reason", "delay_reason")):
        each = ["setting", column]
        same_within_rounding(packs, name, sums(used, each, days), each, days)
        whole = used.with_columns(pl.lit(None, pl.String).alias(column))
        same_within_rounding(packs, name, sums(whole, each, days), each, days)


def test_amounts_and_positions_are_the_sums_of_the_tables(packs: dict[Audience, PackContent]) -> None:
    content = packs["internal"]
    declared = [*(partner.id for partner in content.project.partners), "unallocated", "person"]
    together = [
        pl.when(pl.col(name).is_in(declared)).then(name).otherwise(pl.lit("other_organisations")).alias(name)
        for name in ("driver", "payer", "partner")
    ]
    cell = ["driver", "payer", "kind", "nature"]
    shifts = sums(of_month(content, "cost_shifts").with_columns(together[:2]), cell, ["amount"])
    found = content.summaries["shifts_by_partner"].select(*cell, "amount").sort(cell)
    assert found.equals(shifts) and set(found["kind"]) == {"delay", "late_chc_decision"}
    nets = sums(
        of_month(content, "partner_positions").with_columns(together[2]), ["partner", "nature"], ["net_absorbed"]
    )
    positions = content.summaries["positions_by_partner"].sort("partner", "nature")
    assert positions.select("partner", "nature", "net_absorbed").equals(nets)
    assert (positions.group_by("nature").agg(pl.col("net_absorbed").sum())["net_absorbed"] == 0).all()
    keys = [headline.key for headline in content.headlines if headline.key.startswith("net_absorbed_")]
    wanted = [
        f"net_absorbed_{'cash_' if nature == 'cash' else ''}{partner}"
        for partner, nature in positions.select("partner", "nature").iter_rows()
    ]
    assert sorted(keys) == sorted(wanted) and len(set(keys)) == len(keys)


def test_records_are_the_sums_of_the_table_of_linkage(packs: dict[Audience, PackContent]) -> None:
    table = packs["internal"].tables["linkage_quality"]
    by, passes = ["extract", "submitter"], table.filter(pl.col("characteristic") == "all")
    same_within_rounding(packs, "linked_records", sums(passes, by, ["records"]), by, ["records"])
    found = packs["internal"].summaries["found_on_other_side"]
    sides = table.filter(pl.col("characteristic").str.starts_with("found_in_"))
    assert found.select(pl.sum_horizontal("found", "not_found").sum()).item() == sides["records"].sum()


def test_people_are_different_ones(packs: dict[Audience, PackContent]) -> None:
    content = packs["internal"]
    people = (
        of_month(content, "delayed_bed_days")
        .group_by("provider", "setting")
        .agg(pl.col("people").max().alias("most"), pl.col("people").sum().alias("sum"))
    )
    found = content.summaries["delayed_beds_by_provider"].filter(pl.col("month") == MONTH.first)
    both = found.join(people, on=["provider", "setting"])
    assert both.height and both.select((pl.col("people") >= pl.col("most")).all()).item()
    assert both.select((pl.col("people") < pl.col("sum")).any()).item(), "the same person stands in several cells"
    waiting = content.summaries["census_by_provider"]["people_delayed"].sum()
    assert waiting <= content.tables["census"]["people_delayed"].sum()


def test_every_summary_is_defined_and_controlled(packs: dict[Audience, PackContent]) -> None:
    for name, table in SUMMARIES.items():
        internal, public = (packs[audience].summaries[name] for audience in ("internal", "public"))
        assert internal.columns == table.column_names and public.columns == [*table.column_names, "suppressed"]
        assert public.select(table.grain).is_unique().all()
        for column in table.columns:
            values = public[column.name].drop_nulls()
            if isinstance(column.control, Count):
                assert not values.is_between(1, 7).any(), (name, column.name)
            if isinstance(column.control, Count | RestsOn):
                assert (values % 5 == 0).all(), (name, column.name)


def test_no_count_in_the_public_page_is_small(packs: dict[Audience, PackContent]) -> None:
    page = Page(render_page(packs["public"]))
    seen = 0
    for caption, (heads, *rows) in page.tables.items():
        for row in rows:
            for head, cell in zip(heads[1:], row[1:], strict=False):
                if re.fullmatch(r"[\d,]+", cell) and not NO_COUNTS.search(head):
                    seen += 1
                    assert int(cell.replace(",", "")) % 5 == 0, (caption, head, row)
                    assert not 1 <= int(cell.replace(",", "")) <= 7, (caption, head, row)
    assert seen > 100


def test_a_share_goes_with_either_of_its_counts(packs: dict[Audience, PackContent]) -> None:
    pairs = {
        "discharges_by_provider": ("share_on_ready_date", {"discharged_on_ready_date", "delayed_discharges"}),
        "found_on_other_side": ("share_found", {"found", "not_found"}),
    }
    for name, (share, counts) in pairs.items():
        rows = packs["public"].summaries[name].to_dicts()
        hidden = [row for row in rows if counts & set(row["suppressed"].split(", "))]
        assert hidden and all(row[share] is None for row in hidden)


def test_the_order_of_the_headlines_tells_nothing_that_is_suppressed(packs: dict[Audience, PackContent]) -> None:
    shares = [own for own in packs["public"].headlines if own.key.startswith("recorded_")]
    hidden = [own.key for own in shares if own.value is None]
    assert hidden and [own.key for own in shares][-len(hidden) :] == sorted(hidden)
