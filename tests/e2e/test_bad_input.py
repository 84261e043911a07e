"""Bad input ends with exit code 2, one clear message that says what to do, and nothing published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from places import costshift, every_file, tables_only

PROJECT = "costshift.toml"
SPELLS = "extracts/2025-03/spells_rz1.csv"


def refused(place: Path, *said: str, month: str = "2025-03", command: str = "run") -> str:
    before = every_file(place)
    outcome = costshift(command, "--project", place / PROJECT, "--month", month)
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err and "did not foresee" not in outcome.err
    for words in said:
        assert words in outcome.err, outcome.err
    kept = {name for name in every_file(place) if not name.startswith("history/")}
    assert kept == {name for name in before if not name.startswith("history/")}, "something was published"
    return outcome.err


def edit(place: Path, old: str, new: str) -> None:
    path = place / PROJECT
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_missing_required_file_is_named_with_where_it_was_sought(place: Path) -> None:
    (place / SPELLS).unlink()
    refused(place, "spells/northshire-hospitals", SPELLS, "required = false")


def test_all_missing_files_are_listed_at_once(place: Path) -> None:
    (place / SPELLS).unlink()
    (place / "extracts/2025-03/cld_992.csv").unlink()
    refused(place, "spells/northshire-hospitals", "care_events/eastmoor-council")


def test_a_missing_optional_file_stops_nothing(place: Path) -> None:
    (place / "extracts/2025-03/chc_qz1.csv").unlink()
    outcome = costshift("run", "--project", place / PROJECT, "--month", "2025-03", "--quiet")
    assert outcome.code == 0, outcome.err


def test_a_missing_required_column_is_named_with_the_headers_that_are_there(place: Path) -> None:
    path = place / SPELLS
    path.write_text(
        path.read_text(encoding="utf-8").replace("START DATE (HOSPITAL PROVIDER SPELL)", "SOMETHING ELSE", 1),
        encoding="utf-8",
    )
    refused(place, SPELLS, "admission_date", "SOMETHING ELSE", "[extracts.columns]")


@pytest.mark.parametrize("content", ["", "\n\n", "only,a,header\n"])
def test_an_empty_file_is_named(place: Path, content: str) -> None:
    (place / SPELLS).write_text(content, encoding="utf-8")
    refused(place, "spells_rz1.csv", "Ask the sender")


def test_an_unknown_key_names_the_nearest_known_one(place: Path) -> None:
    edit(place, "[place]", "[delays]\nsettle_dayz = 3\n[place]")
    refused(place, "settle_dayz", "settle_days")


def test_a_month_without_extracts_is_named(place: Path) -> None:
    refused(place, "2031-07", "extracts/2031-07/spells_rz1.csv", month="2031-07")


@pytest.mark.parametrize("month", ["2025-13", "March", "2025-3-1"])
def test_a_month_that_is_none(place: Path, month: str) -> None:
    refused(place, "YYYY-MM", month=month)


def test_a_report_from_an_empty_history(place: Path) -> None:
    refused(place, "costshift load --month 2025-03", command="report")


@pytest.mark.parametrize("name", ["reports", "restricted", "history"])
def test_a_folder_that_cannot_be_written(place: Path, name: str) -> None:
    (place / name).write_text("a file where the folder should be", encoding="utf-8")
    message = refused(place, name)
    assert re.search(r"cannot be (written|made)", message)


def test_a_project_file_that_is_not_there(tmp_path: Path) -> None:
    outcome = costshift("run", "--month", "2025-03", cwd=tmp_path)
    assert outcome.code == 2
    assert "costshift init" in outcome.err


def test_no_message_carries_what_is_in_the_rows(place: Path) -> None:
    path = place / SPELLS
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[1] = lines[1].replace("RZ1,", '"RZ1,', 1)
    path.write_text("\n".join(lines), encoding="utf-8")
    tables_only(place)
    outcome = costshift("run", "--project", place / PROJECT, "--month", "2025-03")
    number = re.search(r"999\d{7}", lines[1])
    assert number is None or number.group() not in outcome.out + outcome.err


def test_a_restricted_folder_that_leads_into_the_reports_by_a_link_or_by_case_is_refused(place: Path) -> None:
    (place / "reports").mkdir()
    (place / "elsewhere").symlink_to(place / "reports", target_is_directory=True)
    edit(place, "[output]", '[output]\nrestricted_folder = "elsewhere/private"')
    refused(place, "restricted_folder", "elsewhere/private", "lies inside")
    edit(place, "elsewhere/private", "Reports/private")
    refused(place, "restricted_folder", "Reports/private", "lies inside")


def test_a_history_among_the_reports_is_refused(place: Path) -> None:
    edit(place, "[place]", '[history]\nfolder = "reports/history"\n[place]')
    refused(place, "[history] folder", "lies inside")


def test_an_extract_of_which_no_row_can_be_used_is_as_good_as_missing(place: Path) -> None:
    path = place / SPELLS
    header, *rows = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join([header, *(f"{row},one field more" for row in rows if row)]), encoding="utf-8")
    refused(place, "spells/northshire-hospitals", "rows set aside (malformed_row)", "costshift check")
    assert not (place / "restricted").exists()
    outcome = costshift("check", "--project", place / PROJECT, "--month", "2025-03")
    assert outcome.code == 1
    assert "not one row of spells/northshire-hospitals can be used" in outcome.out
