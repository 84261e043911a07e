"""An attack on the public pack: all of its files together, and what could be worked out of them."""

from __future__ import annotations

import datetime as dt
import random
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from costshift.delays.summaries import discharges_by_provider
from costshift.indicators.series import control_charts
from costshift.project import Disclosure, load_project
from costshift.publish.catalogue import TABLES
from costshift.publish.disclosure import control
from costshift.publish.summaries import SUMMARIES, controlled_summaries
from costshift.publish.together import Telling, telling
from publish.pages import Page

from independent.attack import BANDS, CENSUS, COUNTS, Ranges, tables_attack

MONTH = dt.date(2025, 3, 1)
ACUTE_PRICE = 562
#: Heads of the page's tables to columns.
DISCHARGES = ("discharges", "discharged_on_ready_date", None, *BANDS, None, None, None, "ready_date_missing")


def tables(place: Path, audience: str) -> dict[str, pl.DataFrame]:
    folder = place / f"reports/2025-03/{audience}/tables"
    return {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def page(place: Path, audience: str) -> Page:
    return Page((place / f"reports/2025-03/{audience}/board-pack.html").read_text(encoding="utf-8"))


def read(cell: str) -> tuple[int | None, bool]:
    if cell in ("[c]", "[x]"):
        return None, cell == "[c]"
    return int(cell.replace(",", "")), False


def from_page(own: Page, place: Path) -> dict[str, list[dict[str, Any]]]:
    """The page's tables as the attacker reads them."""
    partners = {partner.name: partner for partner in load_project(place / "costshift.toml").partners}
    found: dict[str, list[dict[str, Any]]] = {
        "discharges_by_provider": [],
        "census_by_provider": [],
        "census_by_pathway": [],
    }

    def taken(cells: list[str], columns: tuple[str | None, ...]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        gone = []
        for cell, column in zip(cells, columns, strict=True):
            if column is not None:
                row[column], hidden = read(cell)
                gone += [column] if hidden else []
        return row | {"suppressed": ", ".join(gone)}

    def named(cell: str) -> dict[str, Any]:
        if cell.startswith("All acute"):
            return {"provider": None, "setting": "acute"}
        known = [own for name, own in partners.items() if cell.startswith(name)]
        assert len(known) == 1, cell
        return {"provider": known[0].id, "setting": str(known[0].type)}

    def rows(caption: str) -> list[list[str]]:
        return [row for name, own_rows in own.tables.items() if name.startswith(caption) for row in own_rows[1:]]

    for caption, acceptable in (("March 2025, by provider", True), ("March 2025: providers whose", False)):
        for row in rows(f"Discharges by length of delay, {caption}"):
            counts = taken(row[1:], DISCHARGES) | {"month": MONTH, "acceptable": acceptable}
            found["discharges_by_provider"].append(dict.fromkeys(COUNTS) | named(row[0]) | counts)
    for row in rows("People delayed on 31 March 2025, by provider"):
        found["census_by_provider"].append(named(row[0]) | taken(row[1:], CENSUS))
    for row in rows("People delayed on 31 March 2025, by discharge pathway"):
        pathway = "unknown" if row[0] == "Unknown" else row[0]
        found["census_by_pathway"].append({"discharge_pathway": pathway} | taken(row[1:], CENSUS))
    assert len(found["discharges_by_provider"]) > 2
    return found


def attacked(place: Path, audience: str) -> Ranges:
    exact = audience == "internal"
    shown, truth = (from_page(page(place, own), place) for own in (audience, "internal"))
    return tables_attack(tables(place, audience), shown, MONTH, exact=exact, truth=truth)


def test_the_attack_recovers_nothing_from_public_and_everything_from_internal(published: Path) -> None:
    public, internal = attacked(published, "public"), attacked(published, "internal")
    assert len(public.hidden) > 500
    assert public.recovered() == {}
    small = internal.recovered()
    assert len(small) > 500 and set(small.values()) == set(range(1, 8))
    # What public hides is what internal tells, and hardly more.
    assert public.hidden <= set(internal.least)
    needless = [cell for cell in public.hidden if cell not in small]
    assert len(needless) < 0.02 * len(public.hidden)


def test_amounts_tell_no_more_than_rounded_days(published: Path) -> None:
    own = tables(published, "public")
    for name, column in (
        ("delayed_bed_days", "cost"),
        ("cost_shifts", "amount"),
        ("partner_positions", "net_absorbed"),
    ):
        amounts = own[name][column].drop_nulls()
        assert all(float(amount) % (5 * ACUTE_PRICE) == 0 for amount in amounts), name
    assert (own["partner_positions"]["net_absorbed"].drop_nulls() != 0).any()
    beds = own["delayed_bed_days"].filter(pl.col("delayed_beds").is_not_null())
    days = beds["delayed_beds"] * beds["month"].dt.days_in_month()
    assert all(abs(day / 5 - round(day / 5)) < 1e-6 for day in days)


def test_shares_and_averages_are_of_rounded_counts(published: Path) -> None:
    """A ratio to many digits must not tell its counts: it is one of multiples of five."""
    own = tables(published, "public")["bcf_discharge"]
    exact = tables(published, "internal")["bcf_discharge"]
    both = own.join(exact, on=["month", "council"], suffix="_exact").filter(pl.col("share_on_ready_date").is_not_null())
    assert both.height > 20
    for share in both["share_on_ready_date"]:
        whole = [count for count in range(10, 2000, 5) if abs(share * count / 5 - round(share * count / 5)) < 1e-9]
        assert whole
    assert (both["share_on_ready_date"] != both["share_on_ready_date_exact"]).sum() > 10


def test_control_charts_rest_on_what_is_shown(published: Path) -> None:
    shown = tables(published, "public")["spc"]
    own = shown.filter(~pl.col("measure").str.ends_with("_seasonally_adjusted"))
    again = control_charts(own)
    for name in ("mean", "lower_limit", "upper_limit", "autocorrelation", "special_cause"):
        keys = ["measure", "partner", "month"]
        assert shown.sort(keys)[name].equals(again.sort(keys)[name]), name


def test_no_exact_figure_of_internal_stands_anywhere_in_public(published: Path) -> None:
    """Texts of page, paper, charts and workbook: every whole number of people, spells or days is a multiple of five."""
    exact = tables(published, "internal")["delayed_bed_days"].filter(pl.col("people").is_between(1, 7))
    costs = {f"{float(cost):,.0f}" for cost in exact["cost"].drop_nulls()} - {
        f"{float(cost):,.0f}" for cost in tables(published, "public")["delayed_bed_days"]["cost"].drop_nulls()
    }
    folder = published / "reports/2025-03/public"
    texts = [page(published, "public").text]
    texts += [path.read_text(encoding="utf-8") for path in sorted((folder / "charts").glob("*.svg"))]
    with zipfile.ZipFile(folder / "board-pack.docx") as archive:
        texts += [re.sub("<[^>]+>", " ", archive.read("word/document.xml").decode("utf-8"))]
    # The price itself is no secret, nor is a multiple of the rounding.
    costs = {cost for cost in costs if int(cost.replace(",", "")) % (5 * ACUTE_PRICE)} - {f"{ACUTE_PRICE}"}
    assert len(costs) > 5
    for text in texts:
        assert not {amount for amount in re.findall(r"£([\d,]+)", text) if amount in costs}
    book = openpyxl.load_workbook(folder / "board-pack.xlsx", read_only=True)
    for name in ("discharge_delays", "census", "delayed_bed_days"):
        counted = [column.name for column in TABLES[name].columns if column.unit in ("people", "spells")]
        rows = list(book[name].iter_rows(min_row=3, values_only=True))
        places = [rows[0].index(column) for column in counted]
        assert all(
            isinstance(row[place], str) or (row[place] % 5 == 0 and row[place] not in range(1, 8))  # type: ignore[operator]
            for row in rows[1:]
            for place in places
        )


def random_place(seed: int) -> pl.DataFrame:
    """Discharges of few people, so that much is suppressed."""
    chance = random.Random(seed)
    mean = chance.choice([0.2, 0.5, 1, 2, 4])
    rows = []
    for provider in ("a", "b", "c")[: chance.choice([1, 2, 3])]:
        for council in ("x", "y", "z", "u"):
            for pathway in ("P0", "P1", "P2", "P3"):
                bands = {band: int(chance.expovariate(1 / mean)) if chance.random() < 0.7 else 0 for band in BANDS}
                on_date = int(chance.expovariate(1 / (6 * mean)))
                delayed = sum(bands.values())
                missing = min(on_date, int(chance.expovariate(1 / mean)))
                if on_date + delayed:
                    rows.append(
                        {
                            "month": MONTH,
                            "provider": provider,
                            "setting": "acute",
                            "council": council,
                            "discharge_pathway": pathway,
                            "discharges": on_date + delayed,
                            "discharged_on_ready_date": on_date,
                            "delayed_discharges": delayed,
                            **bands,
                            "bed_days_lost": 3 * delayed,
                            "ready_date_missing": missing,
                            "ready_date_invalid": min(missing, chance.choice([0, 0, 1])),
                            "acceptable": True,
                        }
                    )
    return pl.DataFrame(rows)


@cache
def totals_and_told(seed: int) -> tuple[pl.DataFrame, Telling]:
    """The totals of a random place, and which of them are suppressed though they are not small."""
    exact = random_place(seed)
    totals = discharges_by_provider(exact.lazy(), MONTH).collect()
    return totals, telling({"discharge_delays": exact}, {"discharges_by_provider": totals}, Disclosure(), MONTH)


def published_tables(seed: int, *, guarded: bool) -> Ranges:
    rule, exact = Disclosure(), random_place(seed)
    totals, told = totals_and_told(seed) if guarded else (discharges_by_provider(exact.lazy(), MONTH).collect(), {})
    frames = {"discharges_by_provider": totals}
    table = control(TABLES["discharge_delays"], exact, rule, 56_200, told.get("discharge_delays"))
    summaries = controlled_summaries(frames, rule, 56_200, told)
    nobody = pl.DataFrame(schema={column.name: column.dtype for column in TABLES["census"].columns})
    page_rows = {"discharges_by_provider": summaries["discharges_by_provider"].to_dicts()}
    return tables_attack(
        {"discharge_delays": table, "census": nobody},
        page_rows | {"census_by_provider": [], "census_by_pathway": []},
        MONTH,
        truth={
            name: own.sort("month", "setting", "provider", nulls_last=True).to_dicts() for name, own in frames.items()
        },
    )


#: The others take longer.
SEEDS = [range(4), pytest.param(range(4, 30), marks=pytest.mark.slow)]


@pytest.mark.parametrize("seeds", SEEDS)
def test_rows_and_totals_of_random_places_tell_nothing_together(seeds: range) -> None:
    for seed in seeds:
        assert published_tables(seed, guarded=True).recovered() == {}, seed


def test_without_the_rule_for_totals_the_attack_succeeds() -> None:
    # Seven ones under a total of seven are what the rule is for.
    assert any(published_tables(seed, guarded=False).recovered() for seed in range(20))


@pytest.mark.parametrize("seeds", [range(4), pytest.param(range(20), marks=pytest.mark.slow)])
def test_few_totals_are_suppressed_that_are_not_small(seeds: range) -> None:
    counts = [column.name for column in SUMMARIES["discharges_by_provider"].columns if column.unit == "spells"]
    more = shown = 0
    for seed in seeds:
        totals, told = totals_and_told(seed)
        own = controlled_summaries({"discharges_by_provider": totals}, Disclosure(), 56_200, told)
        for before, after in zip(
            totals.sort("provider", nulls_last=True).to_dicts(),
            own["discharges_by_provider"].sort("provider", nulls_last=True).to_dicts(),
            strict=True,
        ):
            for name in counts:
                shown += before[name] > 7
                more += before[name] > 7 and after[name] is None
    # These places are tiny: nearly every row is suppressed, and every total near to its least.
    assert 0 < more < 0.25 * shown


@pytest.mark.parametrize("audience", ["public", "internal"])
def test_the_checks_of_public_tell_no_counts(published: Path, audience: str) -> None:
    rows = page(published, audience).table("Checks of this run")
    told = [row[2] for row in rows[1:] if row[0] == "Nothing is quarantined"]
    assert bool(re.search(r": \d", told[0])) is (audience == "internal")
