"""The monthly meeting: the list goes out, comes back with notes, and changes what both sides signed; one spell explained."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from costshift.linked_days import linked_days
from costshift.month import Month
from costshift.project import load_project
from costshift.publish.dispute_list import write_dispute_list

from places import costshift, every_file, tables_only

PROJECT = "costshift.toml"
MONTH = ("--month", "2025-03")
LIST = Path("restricted/2025-03/disputed-spells.xlsx")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place large enough to have disputes, with its pack."""
    folder = tmp_path_factory.mktemp("disputes") / "place"
    assert costshift("sample", folder, "--people", "3000", "--seed", "11", "--quiet").code == 0
    tables_only(folder)
    outcome = costshift("run", "--project", folder / PROJECT, *MONTH, "--quiet")
    assert outcome.code == 0, outcome.err
    return folder


def table(place: Path, name: str, where: str = "reports/2025-03/internal/tables") -> pl.DataFrame:
    return pl.read_parquet(place / where / f"{name}.parquet")


def disputed(place: Path) -> pl.DataFrame:
    return table(place, "disputed_spells", "restricted/2025-03/tables")


def test_the_planted_disputes_are_on_the_list_largest_first(place: Path) -> None:
    sheet = openpyxl.load_workbook(place / LIST)["Disputed spells"]
    header = [cell.value for cell in sheet[1]]
    rows = [dict(zip(header, own, strict=True)) for own in sheet.iter_rows(min_row=2, values_only=True)]
    assert len(rows) == disputed(place).height > 2
    days = [row["Days disputed"] for row in rows]
    assert days == sorted(days, reverse=True) and min(days) > 0
    keys = {(row["Provider code"], row["Spell id"]) for row in rows}
    spells = table(place, "delayed_spells", "restricted/2025-03/tables").filter(pl.col("disputed_days") > 0)
    late = spells.filter(pl.col("end_date") > dt.date(2024, 3, 1))
    assert keys == set(late.select("provider_code", "spell_id").iter_rows())


def test_the_pack_counts_the_same_days_everywhere(place: Path) -> None:
    agreement = table(place, "attribution_agreement")
    days = table(place, "delayed_bed_days")
    assert agreement["delayed_bed_days"].sum() == days["delayed_bed_days"].sum()
    spells = table(place, "delayed_spells", "restricted/2025-03/tables")
    for name in ("agreed", "disputed", "questioned", "untestable"):
        whole = agreement.filter(pl.col("agreement") == name)["delayed_bed_days"].sum()
        exact = spells[f"{name}_days"].sum()
        # Shared days are fractions of a spell and whole days of a table.
        assert whole == pytest.approx(exact, abs=agreement.height / 2)
    parts = ["agreed_days", "disputed_days", "questioned_days", "untestable_days"]
    assert spells.select(pl.sum_horizontal(parts).round(9) == pl.col("delay_days")).to_series().all()


def test_notes_change_what_both_sides_signed_and_the_change_is_shown(place: Path, tmp_path: Path) -> None:
    own = tmp_path / "place"
    shutil.copytree(place, own)
    text = (own / PROJECT).read_text(encoding="utf-8")
    text = text.replace('formats = ["csv"]', 'formats = ["html"]').replace('rule = "none"', 'rule = "hes"')
    (own / PROJECT).write_text(text, encoding="utf-8")
    book = openpyxl.load_workbook(own / LIST)
    sheet = book["Disputed spells"]
    at = {cell.value: cell.column for cell in sheet[1]}
    signed = {"Name for the NHS": "A. Example", "Name for the council": "B. Example", "Noted on": dt.date(2025, 4, 10)}
    for row, note in (
        (2, {"Outcome": "overruled", **signed}),
        (3, {"Outcome": "agreed", **signed, "Name for the council": None}),
        (4, {"Outcome": "agreed", "Attributed to": "icb", **signed}),
    ):
        for name, value in note.items():
            sheet.cell(row, at[name], value)
    (own / "restricted/dispute_notes").mkdir()
    book.save(own / "restricted/dispute_notes/april.xlsx")
    outcome = costshift("report", "--project", own / PROJECT, *MONTH)
    assert outcome.code == 0, outcome.err
    assert "april.xlsx, row 3: a name is missing" in outcome.out
    before, after = (table(where, "attribution_bases") for where in (place, own))
    for basis in ("recorded", "evidenced", "evidenced_firm"):
        columns = ["month", "partner", f"{basis}_days"]
        joined = before.select(columns).join(
            after.select(columns), on=["month", "partner"], how="full", suffix="_after"
        )
        assert (joined[f"{basis}_days"].fill_null(0) == joined[f"{basis}_days_after"].fill_null(0)).all(), basis
    listed = disputed(own)
    first, second, third = (
        listed.filter(pl.col("spell_id") == sheet.cell(row, at["Spell id"]).value).row(0, named=True)
        for row in (2, 3, 4)
    )
    outcomes = table(own, "dispute_outcomes")
    moved = {
        row["outcome"]: row["moved_days"]
        for row in outcomes.group_by("outcome").agg(pl.col("moved_days").sum()).to_dicts()
    }
    assert moved["overruled"] == first["disputed_days"]
    assert moved["unsigned"] == 0
    assert moved["agreed"] == third["disputed_days"] + third["questioned_days"]
    assert second["outcome"] == "agreed" and second["name_for_council"] is None
    page = (own / "reports/2025-03/internal/board-pack.html").read_text(encoding="utf-8")
    assert "What the two sides settled" in page
    assert "A. Example" not in page and "A. Example" not in outcome.out
    # The next list carries the notes on, so that the newest workbook has them all.
    again = openpyxl.load_workbook(own / LIST)["Disputed spells"]
    assert "overruled" in [row[at["Outcome"] - 1] for row in again.iter_rows(min_row=2, values_only=True)]


def test_a_note_that_cannot_be_placed_needs_a_person(place: Path, tmp_path: Path) -> None:
    own = tmp_path / "place"
    shutil.copytree(place, own)
    (own / "restricted/dispute_notes").mkdir()
    (own / "restricted/dispute_notes/notes.csv").write_text(
        "Provider code,Spell id,Outcome,Name for the NHS,Name for the council,Noted on\n"
        "RZ1,NO-SUCH-SPELL,agreed,A,B,10/04/2025\n",
        encoding="utf-8",
    )
    outcome = costshift("report", "--project", own / PROJECT, *MONTH)
    assert outcome.code == 1
    assert "notes.csv, row 2: no delayed spell has this provider code and spell id" in outcome.out
    assert "NO-SUCH-SPELL" not in outcome.out


@pytest.mark.parametrize("basis", ["evidenced", pytest.param("reconciled", marks=pytest.mark.slow)])
def test_the_money_follows_the_basis_and_the_totals_stay(place: Path, tmp_path: Path, basis: str) -> None:
    own = tmp_path / "place"
    shutil.copytree(place, own)
    text = (own / PROJECT).read_text(encoding="utf-8")
    (own / PROJECT).write_text(f'{text}\n[delays]\nattribution_basis = "{basis}"\n', encoding="utf-8")
    outcome = costshift("report", "--project", own / PROJECT, *MONTH, "--quiet")
    assert outcome.code == 0, outcome.err
    recorded, shifted = table(place, "cost_shifts"), table(own, "cost_shifts")
    assert recorded["amount"].sum() == shifted["amount"].sum()
    bases = table(own, "attribution_bases")
    # Late decisions on continuing healthcare are in no basis of the days.
    by_driver = (
        shifted.filter(pl.col("kind") == "delay")
        .group_by("month", pl.col("driver").alias("partner"))
        .agg(pl.col("amount").sum())
    )
    joined = bases.join(by_driver, on=["month", "partner"], how="full", coalesce=True)
    cost = pl.col(f"{basis}_cost").fill_null(Decimal(0))
    assert joined.filter(cost != pl.col("amount").fill_null(Decimal(0))).height == 0
    positions = table(own, "partner_positions").group_by("month").agg(pl.col("net_absorbed").sum())
    assert (positions["net_absorbed"] == 0).all()


class Page(HTMLParser):
    """Counts what must be balanced, and keeps the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.sources: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [str(value) for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_spell_is_explained_day_by_day_as_it_was_counted(place: Path, tmp_path: Path) -> None:
    spells = table(place, "delayed_spells", "restricted/2025-03/tables")
    states = [name for name in spells.columns if name.endswith("_days")]
    for row in disputed(place).head(3).to_dicts() + spells.sort("delay_days").tail(2).to_dicts():
        named = f"{row['provider_code']}/{row['spell_id']}"
        page = tmp_path / "spell.html"
        outcome = costshift(
            "explain", "--project", place / PROJECT, *MONTH, "--spell", named, "--format", "json", "--html", page
        )
        assert outcome.code == 0, outcome.err
        story = json.loads(outcome.out)
        counted = spells.filter(
            (pl.col("provider_code") == row["provider_code"]) & (pl.col("spell_id") == row["spell_id"])
        ).row(0, named=True)
        assert sum(own["days"] for own in story["stretches"]) == counted["delay_days"]
        for state in {own["state"] for own in story["stretches"]}:
            column = "untestable_state_days" if state == "untestable" else f"{state}_days"
            assert column in states
            assert sum(own["days"] for own in story["stretches"] if own["state"] == state) == counted[column]
        for name in ("agreed", "disputed", "questioned", "untestable"):
            days = sum(own["days"] * dict(own["agreement"]).get(name, 0) for own in story["stretches"]) / 100
            assert days == pytest.approx(counted[f"{name}_days"])
        assert story["events"] and all(own["why"] for own in story["stretches"])
        read = Page(page.read_text(encoding="utf-8"))
        assert not read.sources and "Restricted: personal data." in " ".join(read.words)


def test_what_explain_says_where_it_cannot(place: Path) -> None:
    def told(*words: str) -> str:
        outcome = costshift("explain", "--project", place / PROJECT, *MONTH, *words)
        assert outcome.code == 2 and not outcome.out
        return outcome.err

    assert "say what to explain" in told()
    assert "is written PROVIDER/SPELL" in told("--spell", "RZ1")
    missing = told("--spell", "RZ1/NO-SUCH-SPELL")
    assert "there is no such spell" in missing and "NO-SUCH-SPELL" not in missing


def test_a_spell_without_a_delay_is_explained_too(place: Path) -> None:
    path = sorted((place / "extracts/2025-03").glob("spells_rz3*.csv"))[0]
    spells = pl.read_csv(path, infer_schema=False)
    row = spells.filter(pl.col("discharge_ready_date").is_null()).row(0, named=True)
    outcome = costshift(
        "explain", "--project", place / PROJECT, *MONTH, "--spell", f"{row['provider_code']}/{row['spell_id']}"
    )
    assert outcome.code == 0 and "It has no discharge ready date." in outcome.out


@pytest.mark.slow
def test_the_list_has_the_same_bytes_again(place: Path, tmp_path: Path) -> None:
    own = tmp_path / "place"
    shutil.copytree(place, own)
    before = every_file(own / "restricted")
    assert costshift("report", "--project", own / PROJECT, *MONTH, "--quiet").code == 0
    assert every_file(own / "restricted") == before


# --- against the truth of the artificial place ---

SIDES = {
    "acute": "nhs",
    "community": "nhs",
    "mental_health": "nhs",
    "icb": "nhs",
    "council": "council",
    "person": "person",
}


def evidence(place: Path) -> pl.DataFrame:
    """Every delayed day with its state, strength and side: provider_code, spell_id, day."""
    found = linked_days(
        load_project(place / PROJECT), place, Month(dt.date(2025, 3, 1), dt.date(2025, 3, 31)), lambda _: None
    )
    return by_day(found.evidence.periods, "until")


def by_day(periods: pl.DataFrame, until: str) -> pl.DataFrame:
    return (
        periods.with_columns(pl.date_ranges("from_date", until, closed="left").alias("day"))
        .explode("day")
        .drop("from_date", until)
    )


def truth(place: Path, name: str) -> pl.DataFrame:
    days = by_day(pl.read_parquet(place / "truth" / f"{name}.parquet"), "to_date")
    side = pl.col("partner_type").replace_strict(SIDES, default="none", return_dtype=pl.String)
    return days.select("provider_code", "spell_id", "day", side.alias(name))


def test_firm_days_are_attributed_to_the_true_side_and_planted_disputes_are_found(place: Path) -> None:
    key = ["provider_code", "spell_id", "day"]
    days = evidence(place).join(truth(place, "delayed_days"), on=key)
    firm = days.filter(pl.col("strength") == "firm")
    assert firm.height > 300
    assert firm.select(pl.col("side") == pl.col("delayed_days")).to_series().mean() > 0.97
    recorded = truth(place, "recorded_reasons")
    # The record and the truth differ: a dispute that waits to be found.
    planted = firm.join(recorded, on=key).filter(
        (pl.col("recorded_reasons") != pl.col("delayed_days")) & (pl.col("recorded_reasons") != "none")
    )
    assert planted.height > 20
    assert planted.select(pl.col("side") != pl.col("recorded_reasons")).to_series().mean() > 0.97
    disputed = table(place, "delayed_spells", "restricted/2025-03/tables").filter(pl.col("disputed_days") > 0)
    spells = planted.select("provider_code", "spell_id").unique()
    assert spells.join(disputed, on=["provider_code", "spell_id"], how="semi").height / spells.height > 0.9


def test_without_the_council_s_latest_records_days_wait_and_go_to_neither_side(place: Path, tmp_path: Path) -> None:
    own = tmp_path / "place"
    shutil.copytree(place, own, ignore=shutil.ignore_patterns("history", "reports", "restricted", "truth"))
    last = dt.date(2024, 9, 30)
    for path in (own / "extracts/2025-03").glob("cld_*.csv"):
        rows = pl.read_csv(path, infer_schema=False)
        start, end = (pl.col(f"Event {which} Date").str.to_date("%d/%m/%Y", strict=False) for which in ("Start", "End"))
        service = pl.col("Event Type") == "Service"
        kept = rows.filter((start <= last) & (service | (end <= last)).fill_null(True))
        assert 0 < kept.height < rows.height
        kept.with_columns(
            pl.lit("30/09/2024").alias("Reporting Period End Date"),
            pl.when(end <= last).then("Event End Date").alias("Event End Date"),
        ).write_csv(path)
    assert costshift("load", "--project", own / PROJECT, *MONTH, "--quiet").code in (0, 1)
    key = ["provider_code", "spell_id", "day"]
    both = evidence(place).join(evidence(own), on=key, how="full", coalesce=True, suffix="_without")
    assert both.select(pl.col("state", "state_without").null_count()).row(0) == (0, 0)
    changed = both.filter(pl.col("side") != pl.col("side_without"))
    assert changed.height > 20
    assert set(changed["side_without"]) == {"none"}
    assert set(changed["state_without"]) <= {"not_yet_testable", "untestable"}
    waiting = changed.filter(pl.col("state_without") == "not_yet_testable")
    # The delays that ended in the last 60 days before the cut wait; those after it lie beyond what is covered.
    assert waiting.height > 0 and waiting["day"].max() <= last
    assert changed.filter(pl.col("state_without") == "untestable")["day"].max() > last


def test_the_list_is_put_together_in_no_temporary_folder(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("Personal data would lie in the machine's folder for temporary files.")

    for name in ("mkstemp", "mkdtemp", "TemporaryFile", "NamedTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refused)
    write_dispute_list(disputed(place), {}, "Place", dt.date(2025, 3, 31), tmp_path / "list.xlsx")
    assert openpyxl.load_workbook(tmp_path / "list.xlsx")["Disputed spells"].max_row == disputed(place).height + 1
