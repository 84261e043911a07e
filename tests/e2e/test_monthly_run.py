"""The monthly job as a user sees it: what it prints, what it writes, and that it writes the same again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest

from costshift.publish.catalogue import TABLES

from places import KEY, Outcome, costshift, every_file, every_output, lighter

PACK = "reports/2025-03"


@dataclass(frozen=True)
class Twice:
    """A place after two runs of the same month: what either said and the files after either."""

    place: Path
    first: Outcome
    second: Outcome
    files: tuple[dict[str, bytes], dict[str, bytes]]


@pytest.fixture(scope="module")
def twice(brief: Path, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """The place run, with a log, and run again, with its results as JSON. Read only."""
    folder = tmp_path_factory.mktemp("twice") / "place"
    shutil.copytree(brief, folder)
    words = ["run", "--project", folder / "costshift.toml", "--month", "2025-03"]
    first = costshift(*words, "--log-file", folder / "costshift.log")
    files = every_output(folder)
    second = costshift(*words, "--format", "json")
    return Twice(folder, first, second, (files, every_output(folder)))


def test_the_terminal_ends_with_headlines_and_the_path_of_the_pack(twice: Twice) -> None:
    folder, outcome = twice.place, twice.first
    assert outcome.code == 0
    assert "Average delay, all discharges" in outcome.out
    assert str(folder / PACK / "public") in outcome.out
    assert outcome.err == ""


def test_json_says_the_same(twice: Twice) -> None:
    place, outcome = twice.place, twice.second
    data = json.loads(outcome.out)
    assert data["exit_code"] == 0
    shown = {headline["key"]: headline["value"] for headline in data["headlines"]}
    table = pl.read_parquet(place / PACK / "internal/tables/discharge_delays.parquet").filter(
        (pl.col("month") == pl.date(2025, 3, 1)) & (pl.col("setting") == "acute") & pl.col("acceptable")
    )
    assert shown["discharges"] == table["discharges"].sum()
    assert shown["bed_days_lost"] == table["bed_days_lost"].sum()
    assert shown["share_on_ready_date"] == table["discharged_on_ready_date"].sum() / table["discharges"].sum()


def test_every_table_is_there_with_its_columns_types_and_meanings(published: Path) -> None:
    for name, table in TABLES.items():
        folders = ["restricted/2025-03"] if table.restricted else [f"{PACK}/public", f"{PACK}/internal"]
        for folder in folders:
            path = published / folder / "tables" / f"{name}.parquet"
            frame = pl.read_parquet(path)
            extra = ["suppressed"] if folder.endswith("public") else []
            assert frame.columns == [*table.column_names, *extra]
            assert [frame.schema[column.name] for column in table.columns] == [column.dtype for column in table.columns]
            assert frame.select(table.grain).is_unique().all()
            assert frame.equals(frame.sort(table.grain, nulls_last=True))
            schema = pq.read_schema(path)
            for column in table.columns:
                metadata = schema.field(column.name).metadata
                assert metadata[b"unit"].decode() == column.unit
                assert metadata[b"meaning"].decode() == column.meaning
            csv = path.with_suffix(".csv")
            assert csv.read_text(encoding="utf-8").split("\n", 1)[0].split(",") == frame.columns


def test_the_manifest_accounts_for_every_row_and_every_file(published: Path) -> None:
    manifest = json.loads((published / PACK / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["month"] == "2025-03"
    assert manifest["exit_code"] == 0
    assert manifest["inputs"]
    for item in manifest["inputs"]:
        path = published / item["file"]
        assert item["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert item["rows_read"] == item["rows_accepted"] + item["rows_quarantined"]
    files = every_file(published / PACK)
    listed = {item["file"]: item["sha256"] for item in manifest["outputs"]}
    assert set(listed) == set(files) - {"manifest.json"}
    assert all(hashlib.sha256(files[name]).hexdigest() == digest for name, digest in listed.items())
    assert {check["status"] for check in manifest["checks"]} <= {"pass", "warn", "fail"}


def test_the_quarantine_holds_what_was_not_accepted_with_reasons(published: Path) -> None:
    manifest = json.loads((published / PACK / "manifest.json").read_text(encoding="utf-8"))
    for item in manifest["inputs"]:
        path = published / f"restricted/2025-03/quarantine/{item['extract']}_{item['submitter']}.csv"
        if not item["rows_quarantined"]:
            assert not path.exists()
            continue
        rows = pl.read_csv(path, infer_schema=False)
        assert rows.height == item["rows_quarantined"]
        assert rows["reasons"].null_count() == 0


def test_latest_is_a_copy_of_the_pack(published: Path) -> None:
    assert every_file(published / "reports/latest") == every_file(published / PACK)


def test_nothing_half_built_is_left(published: Path) -> None:
    names = [path.name for path in published.rglob("*")]
    assert not [name for name in names if name.endswith((".new", ".old")) or name == ".complete"]


def test_a_second_run_changes_no_byte_and_makes_no_new_load(twice: Twice, tmp_path: Path) -> None:
    first, second = twice.files
    assert first and second == first
    place = tmp_path / "place"
    shutil.copytree(twice.place, place)
    loads = costshift("history", "list", "--project", place / "costshift.toml", "--format", "json")
    assert {own["load_id"] for own in json.loads(loads.out)["loads"]} == {1}
    assert costshift("report", "--project", place / "costshift.toml", "--month", "2025-03", "--quiet").code == 0
    assert every_output(place) == first


@pytest.mark.slow
def test_one_thread_and_two_give_the_same_bytes_in_fresh_folders(made: Path, tmp_path: Path) -> None:
    results = []
    for threads in ("1", "2"):
        folder = tmp_path / threads / "place"
        shutil.copytree(made, folder)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "costshift",
                "run",
                "--project",
                folder / "costshift.toml",
                "--month",
                "2025-03",
                "--quiet",
            ],
            check=True,
            env=os.environ | {"POLARS_MAX_THREADS": threads, "COSTSHIFT_KEY": KEY},
        )
        results.append(every_file(folder / "reports") | every_file(folder / "restricted"))
    assert results[0] == results[1]


@pytest.mark.slow
def test_the_order_of_rows_does_not_change_a_table(made: Path, tmp_path: Path) -> None:
    tables = []
    for turned in (False, True):
        folder = tmp_path / str(turned) / "place"
        shutil.copytree(made, folder)
        if turned:
            for path in (folder / "extracts/2025-03").glob("*.csv"):
                header, *rows = path.read_bytes().splitlines(keepends=True)
                path.write_bytes(b"".join([header, *reversed(rows)]))
        costshift("run", "--project", folder / "costshift.toml", "--month", "2025-03", "--quiet")
        tables.append(every_file(folder / PACK / "internal/tables"))
    assert tables[0] == tables[1]


@pytest.mark.slow
def test_monthly_and_rolling_feeding_give_the_same_delays(tmp_path: Path) -> None:
    tables = []
    for feeding in ("rolling", "monthly"):
        folder = tmp_path / feeding
        words = ["--people", "600", "--months", "5", "--fault-rate", "0", "--feeding", feeding, "--quiet"]
        assert costshift("sample", folder, *words).code == 0
        lighter(folder)
        project = folder / "costshift.toml"
        months = ["2024-11", "2024-12", "2025-01", "2025-02"] if feeding == "monthly" else []
        for month in months:
            outcome = costshift("load", "--project", project, "--month", month, "--quiet")
            # A council that sends quarterly has no file in between; that extract is then not required.
            assert outcome.code in (0, 2), outcome.err
            if outcome.code == 2:
                text = project.read_text(encoding="utf-8").replace(
                    'kind = "care_events"', 'kind = "care_events"\nrequired = false'
                )
                project.write_text(
                    text.replace("required = false\nrequired = true", "required = false"), encoding="utf-8"
                )
                outcome = costshift("load", "--project", project, "--month", month, "--quiet")
                assert outcome.code == 0, outcome.err
        outcome = costshift("run", "--project", project, "--month", "2025-03", "--quiet")
        assert outcome.code in (0, 1), outcome.err
        read = folder / "reports/2025-03/internal/tables"
        tables.append(
            [pl.read_parquet(read / f"{name}.parquet") for name in ("discharge_delays", "delayed_bed_days", "census")]
        )
    for rolling, monthly in zip(*tables, strict=True):
        assert rolling.equals(monthly)


def test_the_workbook_holds_the_same_figures_as_the_tables(published: Path) -> None:
    book = openpyxl.load_workbook(published / PACK / "internal/board-pack.xlsx")
    table = pl.read_parquet(published / PACK / "internal/tables/discharge_delays.parquet")
    sheet = book["discharge_delays"]
    rows = list(sheet.iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if row[0] == "month")
    found = [row[5] for row in rows[start + 1 :]][: table.height]
    assert found == table["discharges"].to_list()


def test_the_public_folder_shows_no_small_count(published: Path) -> None:
    for path in (published / PACK / "public/tables").glob("*.parquet"):
        frame = pl.read_parquet(path)
        for column in TABLES[path.stem].columns:
            if type(column.control).__name__ == "Count":
                values = frame[column.name].drop_nulls()
                assert not values.is_between(1, 7).any(), (path.stem, column.name)
                assert (values % 5 == 0).all(), (path.stem, column.name)


def test_no_nhs_number_name_or_postcode_leaves_the_restricted_folder(published: Path) -> None:
    index = pl.read_csv(published / "extracts/2025-03/spells_rz3.csv", infer_schema=False)
    secrets = {
        value
        for name in ("nhs_number", "postcode", "local_patient_id")
        for value in index[name].drop_nulls()
        if len(value) > 5
    }
    for name, content in every_file(published / "reports").items():
        if name.endswith((".csv", ".html", ".json")):
            text = content.decode("utf-8")
            assert not [secret for secret in secrets if secret in text], name


def test_the_log_tells_the_stages_with_times_and_nothing_of_the_rows(twice: Twice) -> None:
    text = (twice.place / "costshift.log").read_text(encoding="utf-8")
    assert "Linking records to people" in text and "ended" in text
    assert "999" not in "".join(line.split(" ", 4)[-1] for line in text.splitlines())


def test_two_runs_at_once_end_with_3_for_the_second(place: Path) -> None:
    from costshift.history.store import History

    with History(place / "history").locked():
        outcome = subprocess.run(
            [sys.executable, "-m", "costshift", "run", "--project", place / "costshift.toml", "--month", "2025-03"],
            capture_output=True,
            check=False,
            text=True,
            env=os.environ | {"COSTSHIFT_KEY": KEY},
        )
    assert outcome.returncode == 3
    assert "Another run" in outcome.stderr
