"""Notes on disputed spells: read back as people write them, and refused where they cannot be understood."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from costshift.delays.settled_disputes import noted_outcomes
from costshift.errors import ExtractError, ProjectError
from costshift.extracts.dispute_notes import note_files, read_dispute_notes

HEADER = (
    "Provider code,Spell id,Days disputed,Outcome,Attributed to,Name for the NHS,Name for the council,Noted on,Reason"
)


def notes(folder: Path, *rows: str, name: str = "notes.csv", header: str = HEADER) -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_note_is_read_with_its_names_and_day(tmp_path: Path) -> None:
    path = notes(tmp_path, "RZ1,S1,4,Agreed,Mental health,A. One,B. Two,31/03/2025,Family moved", "RZ1,S2,3,,,,,,")
    found = read_dispute_notes([path])
    assert (found.read, found.problems) == (1, ())
    assert found.notes.row(0, named=True) == {
        "provider_code": "RZ1",
        "spell_id": "S1",
        "outcome": "agreed",
        "noted_attribution": "mental_health",
        "name_for_nhs": "A. One",
        "name_for_council": "B. Two",
        "noted_on": dt.date(2025, 3, 31),
        "reason": "Family moved",
        "file": "notes.csv",
        "row": 2,
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("RZ1,S1,4,maybe,,A,B,31/03/2025,", "row 2: column Outcome is 'maybe'; write agreed, overruled or contested."),
        ("RZ1,S1,4,,,A,B,31/03/2025,", "row 2: column Outcome is empty"),
        ("RZ1,S1,4,agreed,hospital,A,B,31/03/2025,", "column Attributed to is 'hospital'; write one of acute,"),
        ("RZ1,S1,4,overruled,icb,A,B,31/03/2025,", "the outcome is not agreed"),
        ("RZ1,S1,4,agreed,,A,B,soon,", "column Noted on is 'soon', which is no date"),
        ("RZ1,S1,4,agreed,,A,B,,", "column Noted on is empty"),
        ("RZ1,,4,agreed,,A,B,31/03/2025,", "names no spell"),
    ],
)
def test_a_note_that_cannot_be_understood_changes_nothing_and_is_named(tmp_path: Path, row: str, said: str) -> None:
    found = read_dispute_notes([notes(tmp_path, row)])
    assert found.notes.height == 0
    assert found.read == 1
    assert "notes.csv" in found.problems[0] and said in found.problems[0]


def test_the_latest_note_counts_whatever_the_order_of_files(tmp_path: Path) -> None:
    old = notes(tmp_path, "RZ1,S1,4,agreed,,A,B,31/03/2025,", name="z.csv")
    new = notes(tmp_path, "RZ1,S1,4,overruled,,A,B,30/04/2025,", name="a.csv")
    for files in ([old, new], [new, old]):
        assert read_dispute_notes(files).notes["outcome"].to_list() == ["overruled"]


def test_two_notes_of_one_day_that_differ_do_not_count(tmp_path: Path) -> None:
    rows = ["RZ1,S1,4,agreed,,A,B,31/03/2025,", "RZ1,S1,4,overruled,,A,B,31/03/2025,"]
    found = read_dispute_notes([notes(tmp_path, *rows)])
    assert found.notes.height == 0
    assert "notes.csv, row 2 and notes.csv, row 3" in found.problems[0]
    same = read_dispute_notes([notes(tmp_path, rows[0], rows[0] + "again", name="same.csv")])
    assert same.notes.height == 1 and not same.problems


def test_only_what_both_sides_signed_changes_anything(tmp_path: Path) -> None:
    path = notes(
        tmp_path,
        "RZ1,S1,4,agreed,,A,B,31/03/2025,",
        "RZ1,S2,4,agreed,,A,,31/03/2025,",
        "RZ1,S3,4,overruled,,,B,31/03/2025,",
        "RZ1,S4,4,contested,,,,31/03/2025,",
    )
    outcomes = noted_outcomes(read_dispute_notes([path]).notes).select("spell_id", "outcome").collect()
    assert dict(outcomes.iter_rows()) == {"S1": "agreed", "S2": "unsigned", "S3": "unsigned", "S4": "contested"}


def test_a_file_without_the_list_s_columns_is_refused_by_name(tmp_path: Path) -> None:
    path = notes(tmp_path, "x,y", header="a,b", name="other.csv")
    with pytest.raises(ExtractError, match=r"other\.csv has no header with the columns Provider code, Spell id"):
        read_dispute_notes([path])
    torn = notes(tmp_path, "RZ1,S1,4", name="torn.csv")
    with pytest.raises(ExtractError, match=r"torn\.csv, row 2: it has too many or too few fields"):
        read_dispute_notes([torn])


def test_where_notes_are_looked_for(tmp_path: Path) -> None:
    restricted = tmp_path / "restricted"
    assert note_files(tmp_path, None, restricted) == []
    (restricted / "dispute_notes").mkdir(parents=True)
    own = notes(restricted / "dispute_notes", "RZ1,S1,4,agreed,,A,B,31/03/2025,")
    (restricted / "dispute_notes" / "~$notes.xlsx").write_bytes(b"open in Excel")
    (restricted / "dispute_notes" / "minutes.docx").write_bytes(b"not a list")
    assert note_files(tmp_path, None, restricted) == [own]
    with pytest.raises(ProjectError, match="there is no such file"):
        note_files(tmp_path, "elsewhere/*.csv", restricted)


def test_no_files_no_notes() -> None:
    found = read_dispute_notes([])
    assert found.notes.height == 0 and found.read == 0
    assert noted_outcomes(found.notes).collect().schema["outcome"] == pl.String
