"""`init` writes a project file that runs as it is."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import polars as pl
import pytest

from places import costshift

NAMES = {
    "spells_rz1.csv": "Trust A admitted patients (final).csv",
    "spells_rz2.csv": "b_export.txt",
    "spells_rz3.csv": "community beds.csv",
    "delay_reasons_rz1.csv": "delays A.csv",
    "delay_reasons_rz2.csv": "delays B.csv",
    "cld_991.csv": "North ASC.csv",
    "cld_992.csv": "East ASC.csv",
}


def test_a_folder_of_files_under_other_names_runs_without_an_edit(published: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "what they sent"
    inbox.mkdir()
    for name, other in NAMES.items():
        shutil.copy(published / "extracts/2025-03" / name, inbox / other)
    outcome = costshift("init", "what they sent", cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    assert "Trust A admitted patients (final).csv: spells (cds layout)" in outcome.out
    outcome = costshift("run", "--month", "2025-03", cwd=tmp_path)
    assert outcome.code == 0, outcome.err

    # The figures are those of the place's own project file; only the partners' ids differ.
    table = "reports/2025-03/internal/tables/discharge_delays.parquet"
    measures = ["discharges", "delayed_discharges", "bed_days_lost", "ready_date_missing"]
    rz1 = pl.read_parquet(tmp_path / table).filter(pl.col("provider") == "rz1").select(measures).sum()
    own = pl.read_parquet(published / table).filter(pl.col("provider") == "northshire-hospitals").select(measures).sum()
    assert rz1.equals(own)


def test_headers_in_local_words_are_understood(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "delays march.csv").write_text(
        "Trust Code;Spell No;DOB;NHS No;Gender;Admit Date;Medically Fit Dt;Date of Discharge;Reason for Delay\n"
        "RZ1;1;01/02/1940;9990000018;Female;01/03/2025;03/03/2025;09/03/2025;CP7\n"
        "RZ1;2;01/02/1941;;Male;01/03/2025;;04/03/2025;\n",
        encoding="cp1252",
    )
    assert costshift("init", "in", cwd=tmp_path).code == 0
    outcome = costshift("run", "--month", "2025-03", cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    table = pl.read_parquet(tmp_path / "reports/2025-03/internal/tables/discharge_delays.parquet")
    # 2 discharges; one delayed by 9 - 3 = 6 days, one without a ready date.
    assert table["discharges"].sum() == 2
    assert table["bed_days_lost"].sum() == 6
    assert table["ready_date_missing"].sum() == 1


def test_month_folders_become_a_pattern(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "extracts", tmp_path / "extracts")
    assert costshift("init", "extracts", cwd=tmp_path).code == 0
    project = tomllib.loads((tmp_path / "costshift.toml").read_text(encoding="utf-8"))
    assert all("{month}" in extract["files"] for extract in project["extracts"])


def test_it_never_overwrites_without_force(made: Path, tmp_path: Path) -> None:
    project = tmp_path / "costshift.toml"
    project.write_text("# mine", encoding="utf-8")
    outcome = costshift("init", made / "extracts", cwd=tmp_path)
    assert outcome.code == 2 and "--force" in outcome.err
    assert project.read_text(encoding="utf-8") == "# mine"
    assert costshift("init", made / "extracts", "--force", cwd=tmp_path).code == 0
    assert "[[extracts]]" in project.read_text(encoding="utf-8")


def test_a_folder_without_extracts_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.csv").write_text("subject,date\nlunch,12/12/2024\n", encoding="utf-8")
    outcome = costshift("init", "in", cwd=tmp_path)
    assert outcome.code == 2
    assert "notes.csv" in outcome.err and not (tmp_path / "costshift.toml").exists()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
def test_a_file_whose_name_is_not_utf8_is_named_and_passed_over(tmp_path: Path) -> None:
    text = "provider_code,spell_id,admission_date,discharge_date\nRN1,S{},01/03/2025,04/03/2025\n"
    try:
        Path(os.fsdecode(bytes(tmp_path) + b"/sp\xffells.csv")).write_text(text.format(1), encoding="utf-8")
    except OSError:
        pytest.skip("the file system has no such names")
    (tmp_path / "spells.csv").write_text(text.format(2), encoding="utf-8")
    outcome = costshift("init", tmp_path, cwd=tmp_path)
    assert outcome.code == 0 and "is not UTF-8. Rename the file" in outcome.out
    project = tmp_path / "costshift.toml"
    assert "sp" + "\ufffd" not in project.read_text(encoding="utf-8")
    project.write_text(project.read_text(encoding="utf-8").replace("spells.csv", "*.csv"), encoding="utf-8")
    outcome = costshift("check", "--month", "2025-03", cwd=tmp_path)
    assert outcome.code == 2 and "is not UTF-8. Rename the file" in outcome.err
