"""What `init` writes can be read back, whatever the files, headers and codes are called."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.errors import ExtractError
from costshift.extracts.reading import read_month
from costshift.extracts.recognising import recognise_folder
from costshift.project import Project, load_project
from costshift.project_file import project_text
from extracts.desk import csv_of, spell

from examples import examples

ODD = [
    "it's",
    'say "hi"',
    "back\\slash",
    "a [b] (c)",
    "ünï £",
    "tab\there",
    "bell\x07",
    "\U000e0041tag",
    "# no comment",
    "{x}",
]


def written(folder: Path) -> Project:
    text = project_text(recognise_folder(folder, folder.resolve()))
    tomllib.loads(text)
    path = folder / "costshift.toml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return load_project(path)


@pytest.mark.parametrize("odd", ODD)
def test_a_file_of_any_name_is_written_and_found_again(tmp_path: Path, odd: str) -> None:
    (tmp_path / f"{odd}.csv").write_text(csv_of([spell(1)]), encoding="utf-8")
    (tmp_path / f"{odd} notes.csv").write_text("this,is,no extract\n1,2,3\n", encoding="utf-8")
    project = written(tmp_path)
    read = read_month(project, tmp_path, "2025-03")
    assert [file.file for file in read[0].inputs] == [f"{odd}.csv"]
    assert "notes" in (tmp_path / "costshift.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("odd", [*ODD, "two\nlines", "NEL\u0085", "line\u2028sep"])
def test_headers_and_codes_of_any_kind(tmp_path: Path, odd: str) -> None:
    rows = [spell(1, provider_code=odd) | {odd: "unused"}, spell(2, provider_code="RN1") | {odd: "unused"}]
    text = csv_of(rows).replace("admission_date", "Date of Admission", 1)
    (tmp_path / "spells.csv").write_text(text, encoding="utf-8", newline="")
    project = written(tmp_path)
    assert len(project.partners) == 2
    assert read_month(project, tmp_path, "2025-03")[0].accepted.height == 2


@examples(30, quick=10, in_a_folder=True)
@given(
    code=st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    other=st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
def test_any_code_and_header(tmp_path: Path, code: str, other: str) -> None:
    rows = [spell(1) | {f"x{other}": ""}, spell(2, provider_code=code) | {f"x{other}": ""}]
    (tmp_path / "spells.csv").write_text(csv_of(rows), encoding="utf-8", newline="")
    (tmp_path / "costshift.toml").unlink(missing_ok=True)
    project = written(tmp_path)
    assert project.extracts[0].kind == "spells"


def test_codes_that_give_one_id_are_told_apart(tmp_path: Path) -> None:
    codes = ["A/B", "A B", "A-B", "PERSON", "UNKNOWN", "***", "Ü"]
    (tmp_path / "s.csv").write_text(
        csv_of([spell(n, provider_code=code) for n, code in enumerate(codes)]), encoding="utf-8"
    )
    ids = [partner.id for partner in written(tmp_path).partners]
    assert len(set(ids)) == len(codes)
    assert {"person", "unknown"}.isdisjoint(ids)


def test_the_month_in_a_path_becomes_a_place_for_it(tmp_path: Path) -> None:
    for month in ("2025-02", "2025-03"):
        (tmp_path / month).mkdir()
        (tmp_path / month / f"spells_{month}.csv").write_text(csv_of([spell(month)]))
    project = written(tmp_path)
    assert project.extracts[0].files == "{month}/spells_{month}.csv"
    assert read_month(project, tmp_path, "2025-03")[0].accepted["spell_id"].to_list() == ["S2025-03"]


def test_files_that_name_no_organisation_are_told(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(csv_of([spell(1, provider_code="")]))
    with pytest.raises(ExtractError, match=r"s\.csv has no value of provider_code.* Ask the senders"):
        written(tmp_path)


def test_files_with_different_headers_of_one_sender_are_one_entry(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_of([spell(1)]))
    (tmp_path / "b.csv").write_text(csv_of([spell(2)]).replace("admission_date", "Admit Date"))
    project = written(tmp_path)
    assert (project.extracts[0].files, project.extracts[0].columns) == (["a.csv", "b.csv"], {})
    assert read_month(project, tmp_path, "2025-03")[0].accepted.height == 2


def test_a_folder_of_nothing_that_is_known_says_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear all,\nno data this month.\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "data.xlsx").write_bytes(b"PK")
    pl.DataFrame({"a": [[1]]}).write_parquet(tmp_path / "lists.parquet")
    with pytest.raises(ExtractError, match="No extract was recognised") as caught:
        written(tmp_path)
    for name in ("notes.txt", "empty.csv", "data.xlsx", "lists.parquet"):
        assert name in str(caught.value)
