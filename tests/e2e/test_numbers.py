"""Every number that a pack says or draws, read back and held against the cell of the table that it comes from."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import polars as pl
import pytest

from costshift.publish.catalogue import TABLES
from publish.pages import Page

from places import costshift, every_file

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SVG = "{http://www.w3.org/2000/svg}"
AUDIENCES = pytest.mark.parametrize("audience", ["public", "internal"])


def folder(place: Path, audience: str) -> Path:
    return place / "reports/2025-03" / audience


def table(place: Path, audience: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder(place, audience) / f"tables/{name}.parquet")


def svg(path: Path) -> tuple[str, str, list[str]]:
    """Title, alternative text, and every text that is drawn."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    return root[0].text or "", root[1].text or "", [own.text or "" for own in root.iter(f"{SVG}text")]


def written(measure: str, value: float | None) -> str:
    """A value as it must be written, worked out here again."""
    if value is None:
        return "[x]"
    if measure.startswith("share"):
        return f"{100 * value:.1f}%"
    places = 1 if measure.startswith("delayed_beds") else 2
    # What rounds to zero has no sign.
    text = f"{value:,.{places}f}"
    return text.lstrip("-") if not text.strip("-0.") else text


def whole_pounds(text: str) -> str:
    """-£1,234.56 as -£1,235; a mark as it is."""
    if text.startswith("["):
        return text
    value = Decimal(text.replace("£", "").replace(",", ""))
    return f"{'-' if value < 0 else ''}£{abs(value):,.0f}"


def month_name(month: dt.date) -> str:
    return f"{MONTHS[month.month - 1]} {month.year}"


@AUDIENCES
def test_control_charts_say_what_stands_in_the_table(published: Path, audience: str) -> None:
    spc = table(published, audience, "spc")
    names = dict(table(published, audience, "partners").select("partner", "name").iter_rows())
    charts = sorted((folder(published, audience) / "charts").glob("xmr-*.svg"))
    assert charts or audience == "public"
    for path in charts:
        title, text, drawn = svg(path)
        rows = [
            row
            for row in spc.sort("month").to_dicts()
            if path.stem == f"xmr-{row['measure'].replace('_', '-')}-{row['partner']}"
        ]
        measure, known = rows[0]["measure"], [row for row in rows if row["value"] is not None]
        last = known[-1]
        figure = written(measure, last["value"])
        assert title.startswith(names[last["partner"]]) and figure in title and str(last["month"].year) in title
        assert ("no reliable change" in title) is (last["special_cause"] == "common_cause")
        unit = "" if measure.startswith("share") else " beds" if measure.startswith("delayed_beds") else " days"
        values = [row["value"] for row in known]
        for own in (last["value"], min(values), max(values)):
            assert f"{written(measure, own)}{unit}".replace("-", "\N{MINUS SIGN}") in text
        signals = sum(row["special_cause"] not in (None, "common_cause") for row in rows)
        assert last["lower_limit"] is None or f"{signals} point{'' if signals == 1 else 's'} signal" in text
        end = rows[-1]
        for label, name in (("Mean", "mean"), ("Upper limit", "upper_limit")):
            # A limit that is not known is not drawn.
            assert (f"{label} {written(measure, end[name])}" in drawn) is (end[name] is not None)
        # Every number in the title is the figure, the name's or the date's.
        rest = title.replace(names[last["partner"]], "").replace(figure, "", 1)
        assert set(re.findall(r"\d+", rest)) <= {str(last["month"].year)}


@AUDIENCES
def test_the_table_beside_each_control_chart_has_the_table_s_cells(published: Path, audience: str) -> None:
    page = Page((folder(published, audience) / "board-pack.html").read_text(encoding="utf-8"))
    spc = table(published, audience, "spc")
    checked = 0
    for path in sorted((folder(published, audience) / "charts").glob("xmr-*.svg")):
        title, _, _ = svg(path)
        shown = page.table(f"Figures of the chart: {title}")[1:]
        rows = [
            row
            for row in spc.sort("month").to_dicts()
            if path.stem == f"xmr-{row['measure'].replace('_', '-')}-{row['partner']}"
        ]
        assert len(shown) == len(rows)
        for cells, row in zip(shown, rows, strict=True):
            assert cells[0].endswith(month_name(row["month"])) or row["period"] == "quarter"
            for cell, name in zip(cells[1:5], ("value", "mean", "lower_limit", "upper_limit"), strict=True):
                hidden = name in (row.get("suppressed") or "") and row[name] is None
                assert cell == ("[c]" if hidden else written(row["measure"], row[name])), (path.stem, row["month"])
                checked += 1
    assert checked > 100 or audience == "public"


@AUDIENCES
def test_the_flow_of_cost_is_that_of_the_ledger(published: Path, audience: str) -> None:
    path = folder(published, audience) / "charts/flow-of-cost.svg"
    declared = {row["partner"]: row["name"] for row in table(published, audience, "partners").to_dicts()}
    moved = table(published, audience, "cost_shifts").filter(
        (pl.col("month") == dt.date(2025, 3, 1))
        & (pl.col("nature") == "notional")
        & (pl.col("driver") != pl.col("payer"))
        & pl.col("amount").is_not_null()
    )
    positions = table(published, audience, "partner_positions").filter(
        (pl.col("month") == dt.date(2025, 3, 1)) & (pl.col("nature") == "notional")
    )
    if not moved.height:
        # Every amount is suppressed: the picture would be empty, and the page says so in its place.
        assert audience == "public"
        assert not path.exists()
        assert "the picture is left out" in (folder(published, audience) / "board-pack.html").read_text(
            encoding="utf-8"
        )
        return
    title, text, _ = svg(path)
    for row in moved.to_dicts():
        if "-council" in row["driver"] or row["driver"].startswith("northshire"):
            assert f"{declared[row['driver']]} to {declared[row['payer']]} £{row['amount']:,.0f}" in text
    amounts = {
        f"{own:,.0f}" for name in ("absorbed_for_others", "passed_to_others") for own in positions[name].drop_nulls()
    }
    assert set(re.findall(r"£([\d,]+)", title)) <= amounts


@AUDIENCES
def test_attribution_and_bands_say_what_their_tables_beside_them_say(published: Path, audience: str) -> None:
    page = Page((folder(published, audience) / "board-pack.html").read_text(encoding="utf-8"))
    for key in ("delay-bands", "delayed-days-by-attribution"):
        path = folder(published, audience) / f"charts/{key}.svg"
        title, text, drawn = svg(path)
        beside = page.table(f"Figures of the chart: {title}")
        every = {cell for row in beside for cell in row}
        for number in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?%?", re.sub(r"March 2025|[\d–]+\+? days?(?=:)", "", text)):
            assert number in every or number.rstrip("%") in every or number in " ".join(drawn), (key, number)
    bands = page.table("Figures of the chart: " + svg(folder(published, audience) / "charts/delay-bands.svg")[0])
    own = [
        rows
        for caption, rows in page.tables.items()
        if caption.startswith("Discharges by length of delay, March 2025, by")
    ]
    whole = own[0][-1]
    # The page's table has them in columns, after discharges, on the date and the share.
    assert [row[1] for row in bands[1:7]] == whole[4:10]
    days = page.table("Delayed bed days by recorded attribution")
    acute = [row for row in days[2:] if len(row) > 1][: len(days)]
    chart = page.table(
        "Figures of the chart: " + svg(folder(published, audience) / "charts/delayed-days-by-attribution.svg")[0]
    )
    assert sorted(row[1] for row in chart[1:]) == sorted(row[1] for row in acute[: len(chart) - 1])


@AUDIENCES
def test_headlines_are_the_page_s_totals(published: Path, audience: str) -> None:
    page = Page((folder(published, audience) / "board-pack.html").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(folder(published, audience) / "board-pack.xlsx", read_only=True)
    rows = list(book["Headlines"].iter_rows(min_row=4, values_only=True))
    shown = {str(row[5]): str(row[2]) for row in rows}
    assert all(figure in page.text for figure in shown.values())
    positions = page.table("Positions of the partners")
    for key, figure in shown.items():
        if key.startswith("net_absorbed_") and "other" not in key and "unallocated" not in key:
            nature = "Cash" if key.startswith("net_absorbed_cash_") else "Notional"
            partner = key.removeprefix("net_absorbed_").removeprefix("cash_")
            name = dict(table(published, audience, "partners").select("partner", "name").iter_rows())[partner]
            first = next(place for place, row in enumerate(positions) if row[0] == f"{nature}, counted")
            own = next(row for row in positions[first:] if row[0] == name)
            # The table has pence where any of its amounts has; a headline is in whole pounds.
            assert whole_pounds(own[3]) == figure


def story(place: Path, audience: str) -> list[str]:
    """The sentences of the page's story, with their doubts."""
    text = (folder(place, audience) / "board-pack.html").read_text(encoding="utf-8")
    whole = text[text.index('<h2 id="story">') :]
    whole = whole[: whole.index("</section>")]
    return [
        unescape(re.sub("<[^>]+>", " ", own)).replace("\N{MINUS SIGN}", "-")
        for own in re.findall(r'<div class="told">(.*?)</div>', whole, re.DOTALL)
    ]


NUMBER = re.compile(r"[-+]?£?\d+(?:,\d{3})*(?:\.\d+)?%?")


@AUDIENCES
def test_every_number_of_the_story_stands_in_a_table_of_the_page(published: Path, audience: str) -> None:
    page = Page((folder(published, audience) / "board-pack.html").read_text(encoding="utf-8"))
    cells = {cell for rows in page.tables.values() for row in rows for cell in row}
    book = openpyxl.load_workbook(folder(published, audience) / "board-pack.xlsx", read_only=True)
    heads = [str(cell) for row in book["Headlines"].iter_rows(min_row=4, values_only=True) for cell in row]
    known = {own.lstrip("+-") for text in (*cells, *heads) for own in NUMBER.findall(text)}
    # The story is in whole pounds where a table has pence.
    known |= {whole_pounds(own) for own in known if own.startswith("£") and "." in own}
    checks = [row[1] for row in page.table("Checks of this run")[1:]]
    known |= {
        str(len(checks)),
        *(str(sum(own.startswith(word) for own in checks)) for word in ("Pass", "Warn", "Fail")),
    }
    # A difference from a plan is said beside both of its figures.
    sentences = [re.sub(r"\d+\.\d+ days (above|below)|\d+/\d+/\d+", "", own) for own in story(published, audience)]
    assert len(sentences) > 8
    dates = re.compile(
        rf"(?:\d+ )?(?:{'|'.join(MONTHS)}) \d{{4}}|21 nights|95%|0\.\d(?= would)|0\.1(?= would)|Of \d+ charts?|\d+ further"
    )
    for sentence in sentences:
        for number in NUMBER.findall(dates.sub("", sentence)):
            assert number.lstrip("+-") in known, (number, sentence)


@AUDIENCES
def test_the_story_says_what_its_tables_say(published: Path, audience: str) -> None:
    told = " ".join(" ".join(story(published, audience)).split())
    names = dict(table(published, audience, "partners").select("partner", "name").iter_rows())
    charts = table(published, audience, "spc").filter(pl.col("month") == dt.date(2025, 3, 1))
    for row in charts.to_dicts():
        acute = row["measure"] == "delayed_beds" and row["partner"].endswith("-hospitals")
        if row["value"] is None or not (
            acute or (row["measure"], row["partner"][-8:]) == ("average_delay_days", "-council")
        ):
            continue
        unit = "beds" if acute else "days"
        if row["period"] == "month":
            said = re.search(
                rf"{names[row['partner']]} {written(row['measure'], row['value'])} {unit}([^;.]|\.\d)*", told
            )
            assert said is not None, row
            assert ("no reliable change" in said[0]) is (row["special_cause"] == "common_cause")
    for row in (
        table(published, audience, "partner_positions").filter(pl.col("month") == dt.date(2025, 3, 1)).to_dicts()
    ):
        if row["net_absorbed"] and row["partner"].startswith(("northshire", "eastmoor")):
            assert f"{names[row['partner']]} (£{abs(row['net_absorbed']):,.0f})" in told, row


@AUDIENCES
def test_the_workbook_keeps_the_rules_for_accessible_spreadsheets(published: Path, audience: str) -> None:
    book = openpyxl.load_workbook(folder(published, audience) / "board-pack.xlsx")
    assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
    assert book.properties.title and book.properties.creator and book.properties.subject
    for sheet in book.worksheets:
        assert not sheet.merged_cells.ranges
        assert sheet["A1"].value and sheet["A2"].value
        (own,) = sheet.tables.values()
        cells = sheet[own.ref]
        assert all(cell.value not in (None, "") for row in cells for cell in row), sheet.title
        assert own.ref.startswith("A3:") and sheet.max_row == 2 + len(cells)
        assert not [cell.coordinate for row in cells for cell in row if cell.data_type == "f"]
    tables = {name for name in TABLES if not TABLES[name].restricted}
    assert tables <= set(book.sheetnames)


def test_latest_is_a_copy_and_the_manifest_names_every_file(published: Path) -> None:
    pack, latest = (every_file(published / f"reports/{name}") for name in ("2025-03", "latest"))
    assert pack == latest
    manifest = json.loads(pack["manifest.json"])
    assert {own["file"] for own in manifest["outputs"]} == set(pack) - {"manifest.json"}
    for name in (
        "board-pack.html",
        "board-pack.xlsx",
        "board-pack.docx",
        "charts/delayed-days-by-attribution.svg",
        "charts/delayed-days-by-attribution.png",
    ):
        for audience in ("public", "internal"):
            assert f"{audience}/{name}" in pack


def test_described_tables_and_columns_are_those_of_the_files(published: Path) -> None:
    described = json.loads(costshift("describe", "--format", "json").out)["tables"]
    columns = {own["table"]: [column["name"] for column in own["columns"]] for own in described}
    for audience in ("public", "internal"):
        for path in sorted((folder(published, audience) / "tables").glob("*.parquet")):
            found = list(pl.read_parquet_schema(path))
            assert [name for name in found if name != "suppressed"] == columns[path.stem]


def test_dimensions_have_unique_keys_that_the_tables_find(published: Path) -> None:
    """What Power BI relates: one to many, by partner, month and delay reason."""
    every = {path.stem: pl.read_parquet(path) for path in (folder(published, "internal") / "tables").glob("*.parquet")}
    keys: dict[str, tuple[str, Iterable[str]]] = {
        "partners": ("partner", ("partner", "provider", "council", "driver", "payer", "submitter")),
        "months": ("month", ("month",)),
        "delay_reasons": ("delay_reason", ("delay_reason",)),
    }
    for dimension, (key, uses) in keys.items():
        known: list[Any] = every[dimension][key].to_list()
        assert len(known) == len(set(known))
        for name, frame in every.items():
            for column in uses:
                if column in frame.columns and name not in ("data_quality", "revisions", "cohort_filters"):
                    assert set(frame[column].drop_nulls()) <= set(known), (name, column)


@pytest.mark.slow
def test_the_same_month_again_gives_the_same_bytes(published: Path, tmp_path: Path) -> None:
    import shutil

    place = tmp_path / "place"
    shutil.copytree(published, place)
    before = every_file(place / "reports/2025-03")
    outcome = costshift("report", "--project", place / "costshift.toml", "--month", "2025-03", in_full=True)
    assert outcome.code in (0, 1), outcome.err
    after = every_file(place / "reports/2025-03")
    assert [name for name in before if before[name] != after.get(name)] == []
    assert {path.rpartition(".")[2] for path in before} >= {
        "html",
        "xlsx",
        "docx",
        "svg",
        "png",
        "parquet",
        "csv",
        "json",
    }
