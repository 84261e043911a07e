"""Revisions, comparison, findings and what is awaited, as a user meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from places import costshift, every_file, tables_only

HEADER = "provider_code,spell_id,birth_date,admission_date,discharge_ready_date,discharge_date,delay_attribution,Nhs No"
PROJECT = """
[output]
formats = ["html", "xlsx", "csv"]
[place]
name = "Anywhere"
[[partners]]
id = "hospital"
name = "Hospital"
type = "acute"
codes = ["RN1"]
[[partners]]
id = "council"
name = "Council"
type = "council"
[[extracts]]
kind = "spells"
submitter = "hospital"
files = "in/{month}/spells.csv"
[extracts.columns]
nhs_number = "Nhs No"
[[extracts]]
kind = "delay_reasons"
submitter = "hospital"
files = "in/{month}/reasons.csv"
required = false
"""
SECRET = "9990000019"  # not a valid number: a value that must stay in the restricted folder


def send(place: Path, month: str, *delays: int, more: tuple[str, ...] = ()) -> None:
    """One person for each delay in days, ready on the 5th."""
    folder = place / "in" / month
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        f"RN1,{month}-{number},1940-01-{number + 1:02d},{month}-01,{month}-05,{month}-{5 + days:02d},council,"
        for number, days in enumerate(delays)
    ]
    (folder / "spells.csv").write_text("\n".join([HEADER, *rows, *more]) + "\n", encoding="utf-8")


def command(place: Path, *words: str) -> str:
    outcome = costshift(*words, "--project", place / "costshift.toml")
    assert outcome.code in (0, 1), outcome.err
    return outcome.out


def revised(place: Path, month: str, audience: str = "internal") -> dict[str, tuple[float, float, int]]:
    frame = pl.read_parquet(place / f"reports/{month}/{audience}/tables/revisions.parquet")
    columns = ("measure", "reported_before", "reported_now", "load")
    return {measure: tuple(rest) for measure, *rest in frame.select(columns).iter_rows()}  # type: ignore[misc]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "costshift.toml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """February and March published; then February corrected (load 3), and April published (load 4)."""
    place = tmp_path_factory.mktemp("revising") / "place"
    place.mkdir()
    (place / "costshift.toml").write_text(PROJECT, encoding="utf-8")
    send(place, "2025-02", 5, 0)
    command(place, "run", "--month", "2025-02")
    send(place, "2025-03", 2)
    command(place, "run", "--month", "2025-03")
    send(place, "2025-02", 15, 0)
    command(place, "load", "--month", "2025-02")
    send(place, "2025-04", 1)
    command(place, "run", "--month", "2025-04")
    return place


@pytest.fixture
def revising(made_once: Path, tmp_path: Path) -> Path:
    """A copy of it, to do with as one likes."""
    folder = tmp_path / "place"
    shutil.copytree(made_once, folder)
    return folder


def test_the_first_pack_revises_nothing(revising: Path) -> None:
    assert revised(revising, "2025-02") == {}
    assert "nothing to compare with" in (revising / "reports/2025-02/internal/board-pack.html").read_text("utf-8")
    assert revised(revising, "2025-03") == {}


def test_a_corrected_month_is_revised_through_its_own_load(revising: Path) -> None:
    # One person waited 15 days, not 5: 10 days more, at £562.
    assert revised(revising, "2025-04") == {
        "bed_days_lost: hospital": (5.0, 15.0, 3),
        "delayed_bed_days: hospital": (5.0, 15.0, 3),
        "cost: hospital": (2810.0, 8430.0, 3),
        "net_absorbed (notional, counted): hospital": (2810.0, 8430.0, 3),
        "net_absorbed (notional, counted): council": (-2810.0, -8430.0, 3),
    }
    public = revised(revising, "2025-04", "public")
    assert set(public) == set(revised(revising, "2025-04"))
    assert all(values[:2] == (None, None) for values in public.values())  # one person is behind them
    page = (revising / "reports/2025-04/internal/board-pack.html").read_text("utf-8")
    assert "Figures that the pack of March 2025 (loads to number 2) gave otherwise" in page


def test_a_report_of_earlier_loads_gives_the_same_bytes_whatever_was_published_since(revising: Path) -> None:
    march = every_file(revising / "reports/2025-03")
    command(revising, "report", "--month", "2025-02")  # a publication of load 4
    command(revising, "report", "--month", "2025-03", "--known-at", "2")
    assert every_file(revising / "reports/2025-03") == march
    april = every_file(revising / "reports/2025-04")
    command(revising, "report", "--month", "2025-03")
    command(revising, "report", "--month", "2025-04")
    assert every_file(revising / "reports/2025-04") == april


def test_publishing_again_changes_nothing_in_the_history(revising: Path) -> None:
    before = every_file(revising / "history")
    command(revising, "run", "--month", "2025-04")
    assert every_file(revising / "history") == before


def test_undo_takes_the_revision_back(revising: Path) -> None:
    tables_only(revising)
    command(revising, "history", "undo", "3")
    command(revising, "report", "--month", "2025-04")
    assert revised(revising, "2025-04") == {}


def test_compare_says_what_changed_and_why(revising: Path) -> None:
    packs = every_file(revising / "reports")
    words = ("report", "--month", "2025-04", "--compare", "2025-02")
    data = json.loads(command(revising, *words, "--format", "json"))
    assert [(own["load"], own["month"], own["counts"]) for own in data["loads_between"]] == [
        (2, "2025-03-01", True),
        (3, "2025-02-01", True),
        (4, "2025-04-01", True),
    ]
    (lost,) = [own for own in data["headlines"] if own["key"] == "bed_days_lost"]
    assert (lost["before"], lost["now"], lost["change"]) == (5.0, 1.0, -4.0)
    assert {row["measure"] for row in data["revisions"]} == set(revised(revising, "2025-04"))
    assert not data["settings_changed"] and data["became_acceptable"] == []
    text = command(revising, *words)
    assert "Uncontrolled" in text and "bed_days_lost: hospital: 5 -> 15  (load 3)" in text
    assert every_file(revising / "reports") == packs, "nothing is published"


def test_compare_with_a_month_that_was_never_published(revising: Path) -> None:
    outcome = costshift(
        *("report", "--month", "2025-04", "--compare", "2024-01", "--project"), revising / "costshift.toml"
    )
    assert outcome.code == 2
    assert "No pack of 2024-01 was published. Published months: 2025-02, 2025-03, 2025-04" in outcome.err


def test_what_is_awaited_stands_among_the_checks_and_on_the_page(revising: Path) -> None:
    manifest = json.loads((revising / "reports/2025-04/manifest.json").read_text("utf-8"))
    (check,) = [own for own in manifest["checks"] if own["name"] == "what_is_awaited"]
    assert check["status"] == "warn" and "delay_reasons from Hospital (nothing was ever sent" in check["detail"]
    for audience in ("public", "internal"):
        page = (revising / f"reports/2025-04/{audience}/board-pack.html").read_text("utf-8")
        assert "Extracts without a submission for April 2025" in page


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of rows with faults. Read only."""
    place = tmp_path_factory.mktemp("faulty")
    (place / "costshift.toml").write_text(PROJECT, encoding="utf-8")
    bad = (
        "RN1,S8,1940-01-01,2025-02-30,2025-02-05,2025-02-10,council,",  # no such day, required: set aside
        f"RN1,S9,1940-01-01,2025-02-01,2025-02-05,2025-02-10,council,{SECRET}",  # blanked
        f"RN1,S7,1940-01-01,2025-02-01,2025-02-05,2025-02-11,council,{SECRET}",
        "RN1,2025-02-0,1940-01-01,2025-02-01,2025-02-05,2025-02-10,council,",  # the same key, another content
    )
    send(place, "2025-02", 3, 4, more=bad)
    command(place, "run", "--month", "2025-02")
    return place


class TestFindings:
    def test_the_workbook_has_what_to_put_right_first(self, faulty: Path) -> None:
        book = openpyxl.load_workbook(faulty / "reports/2025-02/internal/findings/hospital.xlsx")
        assert book.sheetnames == ["Cover", "Contents", "Put right first", "All findings", "Files"]
        for sheet in book:
            assert len(sheet.tables) == 1 and not sheet.merged_cells.ranges
        rows = [[cell.value for cell in row] for row in book["All findings"]["A4:I6"]]
        assert [(row[2], row[3], row[7], row[8]) for row in rows] == [
            ("The whole row", 2, "error", "key_conflict"),
            ("admission_date", 1, "error", "unreadable_date"),
            ("Nhs No", 2, "warning", "nhs_number_invalid"),
        ]
        assert all(row[4] and row[6] for row in rows)

    def test_no_value_and_no_key_is_in_what_is_sent_back(self, faulty: Path) -> None:
        sent = every_file(faulty / "reports/2025-02/internal/findings")
        assert sorted(sent) == ["hospital.txt", "hospital.xlsx"]
        book = openpyxl.load_workbook(faulty / "reports/2025-02/internal/findings/hospital.xlsx")
        cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
        text = sent["hospital.txt"].decode() + "\n".join(cells)
        for secret in (SECRET, "S8", "S9", "2025-02-30", "2025-02-0"):
            assert secret not in text
        assert "another row has the same provider code and spell id" in text.lower()
        assert "1. Spells: 2 rows" in text and "3. Spells, column Nhs No: 2 rows" in text
        assert not any("findings" in name for name in every_file(faulty / "reports/2025-02/public"))

    def test_examples_are_restricted(self, faulty: Path) -> None:
        found = pl.read_csv(faulty / "restricted/2025-02/findings/hospital.csv", infer_schema=False)
        assert found.columns == ["file", "row", "column", "value", "rule", "reason"]
        assert found.select("row", "column", "value", "rule").rows() == [
            ("2", "", "", "key_conflict"),
            ("7", "", "", "key_conflict"),
            ("4", "admission_date", "2025-02-30", "unreadable_date"),
            # Of rows that count, as the values came.
            ("5", "Nhs No", SECRET, "nhs_number_invalid"),
            ("6", "Nhs No", SECRET, "nhs_number_invalid"),
        ]
        assert "provider code and spell id" in found["reason"][0]

    def test_report_makes_the_same(self, faulty: Path, tmp_path: Path) -> None:
        place = tmp_path / "place"
        shutil.copytree(faulty, place)
        before = every_file(place / "reports") | every_file(place / "restricted")
        command(place, "report", "--month", "2025-02")
        assert every_file(place / "reports") | every_file(place / "restricted") == before

    def test_nothing_to_put_right_is_said(self, place: Path) -> None:
        send(place, "2025-02", 3)
        command(place, "run", "--month", "2025-02")
        text = (place / "reports/2025-02/internal/findings/hospital.txt").read_text("utf-8")
        assert "found nothing to put right" in text
        assert not (place / "restricted/2025-02/findings").exists()


def test_check_tries_the_history_folder_and_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(place, "2025-02", 3)
    before = sorted(place.rglob("*"))
    assert "warning: " not in command(place, "check", "--month", "2025-02")
    monkeypatch.setattr("costshift.history.probing._SECOND_TRY", "")
    data = json.loads(command(place, "check", "--month", "2025-02", "--format", "json"))
    assert len(data["history_folder"]) == 1
    assert "warning: Files in" in command(place, "check", "--month", "2025-02")
    assert sorted(place.rglob("*")) == before
