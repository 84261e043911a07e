"""An extract that goes by in pieces gives what one in memory gives: rows, quarantine, findings and examples."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from costshift.errors import ExtractError
from costshift.extracts import judging, raw, reading, records
from costshift.extracts.read_extract import ReadExtract
from costshift.extracts.reading import read_month
from extracts.desk import MONTH, csv_of, project_with, spell


def faulty_rows(count: int) -> list[dict[str, str]]:
    """Spells with repeated rows, keys with two contents, missing keys, odd dates, unknown codes and overlaps."""
    rows = [spell(number, local_patient_id=f"P{number % 40}", sex="1") for number in range(count)]
    rows[7]["admission_date"] = "31/02/2025"
    rows[11]["spell_id"] = ""
    rows[23]["discharge_date"] = "soon"
    rows[31]["sex"] = "purple"
    rows[47]["discharge_ready_date"] = "01/01/1999"
    # One key with two contents, and the same row twice, each far from the other.
    rows[count - 3] = rows[2] | {"discharge_date": "30/03/2025"}
    rows[count - 2] = dict(rows[5])
    return rows


def read(folder: Path, spool: Path | None = None) -> list[ReadExtract]:
    return read_month(project_with({"files": "spells*.csv"}), folder, MONTH, None, spool)


@pytest.mark.parametrize("spooled", [True, False])
def test_pieces_give_what_one_reading_gives(tmp_path: Path, spooled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = faulty_rows(120)
    (tmp_path / "spells_b.csv").write_text(csv_of(rows[:70]), encoding="utf-8")
    (tmp_path / "spells_a.csv").write_text(csv_of(rows[70:]), encoding="utf-8")
    (whole,) = read(tmp_path)
    monkeypatch.setattr(judging, "PIECE", 40)
    monkeypatch.setattr(records, "_BLOCK", 2_000)
    monkeypatch.setattr(raw, "KEPT_BYTES", 0)
    # Whole, unknown values are read with the rows that are set aside; here, by themselves.
    monkeypatch.setattr(reading, "_MOST_TOGETHER", 0)
    spool = tmp_path / "spool"
    spool.mkdir()
    (pieces,) = read(tmp_path, spool if spooled else None)
    assert bool(list(spool.iterdir())) == spooled
    assert_frame_equal(pieces.accepted, whole.accepted)
    assert_frame_equal(pieces.quarantine, whole.quarantine)
    assert_frame_equal(pieces.findings, whole.findings)
    assert_frame_equal(pieces.examples, whole.examples)
    assert_frame_equal(pieces.unknown, whole.unknown)
    assert whole.unknown.height
    assert pieces.inputs == whole.inputs
    reasons = set(whole.quarantine["reasons"].to_list())
    assert len(reasons) >= 5 and whole.quarantine.height >= 6
    at = ["source_file", "source_row"]
    assert whole.accepted.select(at).equals(whole.accepted.select(at).sort(at))
    assert whole.accepted.select(pl.struct("provider_code", "spell_id").is_duplicated().any()).item() is False


@pytest.mark.parametrize("good", [0, 30])
def test_pieces_of_which_no_row_is_accepted(tmp_path: Path, good: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [spell(number, admission_date="" if number >= good else "01/03/2025") for number in range(60)]
    (tmp_path / "spells.csv").write_text(csv_of(rows), encoding="utf-8")
    (whole,) = read(tmp_path)
    monkeypatch.setattr(judging, "PIECE", 20)
    monkeypatch.setattr(raw, "KEPT_BYTES", 0)
    spool = tmp_path / "spool"
    spool.mkdir()
    (pieces,) = read(tmp_path, spool)
    assert_frame_equal(pieces.accepted, whole.accepted)
    assert_frame_equal(pieces.quarantine, whole.quarantine)
    assert pieces.accepted.height == good


def test_a_disk_that_takes_no_rows_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spells_a.csv").write_text(csv_of(faulty_rows(60)), encoding="utf-8")
    monkeypatch.setattr(judging, "PIECE", 40)
    with pytest.raises(ExtractError, match=r"spells could not be put aside in .*Make room on that disk"):
        read(tmp_path, tmp_path / "not there")
