"""The history: numbered loads that exist once committed; the latest counts; nothing personal in the logs."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from costshift.errors import HistoryError, HistoryLockedError
from costshift.extracts.kinds import KINDS
from costshift.extracts.read_extract import ReadExtract
from costshift.extracts.reading import read_month
from costshift.history import store
from costshift.history.store import History
from extracts.desk import NUMBERS, csv_of, project_with, spell

MARCH, APRIL, MAY = (dt.date(2025, month, 1) for month in (3, 4, 5))
SPELLS, EVENTS, REASONS = KINDS["spells"], KINDS["care_events"], KINDS["delay_reasons"]


class Desk:
    """A folder of extracts and a history."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.history = History(folder / "history")

    def read(self, month: dt.date, *extracts: dict[str, Any], **texts: str) -> list[ReadExtract]:
        for name, text in texts.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return read_month(project_with(*extracts), self.folder, f"{month:%Y-%m}")

    def load(self, month: dt.date, *extracts: dict[str, Any], **texts: str) -> int:
        reads = self.read(month, *extracts, **texts)
        with self.history.locked():
            return self.history.keep(month, reads, "2025-06-01T00:00:00")

    def spells(self, month: dt.date, *rows: dict[str, str], **extract: Any) -> int:
        return self.load(month, extract, spells=csv_of(rows))

    def surnames(self, known_at: int | None = None) -> dict[str, str]:
        rows = self.history.current(SPELLS, known_at)
        assert rows is not None
        return dict(sorted(rows.select("spell_id", "surname").collect().iter_rows()))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def event(number: int, **cells: str) -> dict[str, str]:
    return {
        "council_code": "E1",
        "council_person_id": f"P{number}",
        "event_type": "Service",
        "event_id": str(number),
        "event_start_date": "01/02/2025",
        "event_end_date": "",
        "reporting_period_start": "01/01/2025",
        "reporting_period_end": "31/03/2025",
    } | cells


CARE = {"kind": "care_events", "submitter": "council", "files": "events.csv", "scope": "rolling"}
DATED = {"kind": "delay_reasons", "files": "reasons.csv"}


class TestLoads:
    def test_an_empty_history_holds_nothing(self, desk: Desk) -> None:
        assert desk.history.submissions() == []
        assert desk.history.current(SPELLS) is None
        with pytest.raises(HistoryError, match=r"no load 1 in the history\. Loads: none"):
            desk.load(MARCH, spells=csv_of([spell(1)]))
            pl.DataFrame(schema=store.SUBMISSION_SCHEMA).write_delta(
                desk.history.folder / "submissions", mode="overwrite"
            )
            desk.history.submissions(1)

    def test_what_was_accepted_comes_back_with_its_load(self, desk: Desk) -> None:
        assert desk.spells(MARCH, spell(1), spell(2), spell(2, surname="Other")) == 1
        rows = desk.history.current(SPELLS)
        assert rows is not None
        frame = rows.collect()
        assert frame.select("spell_id", "load_id", "submission_month", "submitter").rows() == [
            ("S1", 1, MARCH, "north")
        ]
        assert {name: frame.schema[name] for name in SPELLS.columns} == {
            name: column.dtype for name, column in SPELLS.schema.columns().items() if name in SPELLS.columns
        }

    @pytest.mark.parametrize("scope", ["month", "rolling"])
    def test_a_row_counts_whose_key_is_empty_in_part(self, desk: Desk, scope: str) -> None:
        published = {"kind": "published_drd", "files": "drd.csv", "scope": scope}
        head = "month,data_source,data_type,organisation_code,utla_code,measure,value\n"
        total = "Number of patients discharged in total"
        rows = f"2025-03-01,,National,ENG,,{total},555\n2025-03-01,,UTLA Aggregate,,E10000991,{total},7\n"
        desk.load(MARCH, published, drd=head + rows)
        desk.load(APRIL, published, drd=head + rows.replace("555", "556"))
        found = desk.history.current(KINDS["published_drd"])
        assert found is not None
        assert sorted(found.select("data_type", "value").collect().iter_rows()) == [
            ("National", 556.0),
            ("UTLA Aggregate", 7.0),
        ]

    def test_loading_twice_changes_not_one_byte(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1), spell(2))
        before = bytes_of(desk.history.folder)
        assert desk.spells(MARCH, spell(1), spell(2)) == 1
        assert bytes_of(desk.history.folder) == before

    def test_only_the_extract_that_changed_makes_a_new_load(self, desk: Desk) -> None:
        extracts: list[dict[str, Any]] = [{}, {"submitter": "south", "files": "south.csv"}, CARE]
        texts = {
            "spells": csv_of([spell(1)]),
            "south": csv_of([spell(2, provider_code="RS1")]),
            "events": csv_of([event(1)]),
        }
        assert desk.load(MARCH, *extracts, **texts) == 1
        assert desk.load(MARCH, *extracts, south=csv_of([spell(2, provider_code="RS1", surname="New")])) == 2
        assert [(s.load_id, s.kind, s.submitter) for s in desk.history.submissions()] == [
            (1, "care_events", "council"),
            (1, "spells", "north"),
            (1, "spells", "south"),
            (2, "spells", "south"),
        ]
        assert desk.surnames() == {"S1": "Smith", "S2": "New"}

    def test_another_reading_of_the_same_file_is_a_change(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1))
        assert desk.spells(MARCH, spell(1), values={"surname": {"Smith": "Jones"}}) == 2
        assert desk.surnames() == {"S1": "Jones"}

    def test_what_says_nothing_of_the_reading_is_no_change(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1))
        assert desk.spells(MARCH, spell(1), required=False, cadence="quarterly", files=["spells.csv"]) == 1

    def test_going_back_to_an_earlier_file_is_a_change(self, desk: Desk) -> None:
        loads = [desk.spells(MARCH, spell(1, surname=name)) for name in ("A", "B", "A")]
        assert loads == [1, 2, 3]
        assert desk.surnames() == {"S1": "A"}

    def test_a_conflict_that_the_other_submitter_mends_brings_the_row_in(self, desk: Desk) -> None:
        """North's file stays the same to the byte; its row was held back by south's."""
        extracts: list[dict[str, Any]] = [{}, {"submitter": "south", "files": "south.csv"}]
        desk.load(MARCH, *extracts, spells=csv_of([spell(1), spell(2)]), south=csv_of([spell(1, surname="Wrong")]))
        assert desk.surnames() == {"S2": "Smith"}
        desk.load(MARCH, *extracts, south=csv_of([spell(3)]))
        assert desk.surnames() == {"S1": "Smith", "S2": "Smith", "S3": "Smith"}

    def test_a_file_with_nothing_accepted_is_a_load_all_the_same(self, desk: Desk) -> None:
        assert desk.spells(MARCH, spell(1, provider_code="")) == 1
        submission = desk.history.submissions()[0]
        assert submission.inputs[0].rows_quarantined == 1
        assert submission.findings["rule"].to_list() == ["missing_required"]
        assert (submission.covers_from, submission.covers_to) == (None, None)
        assert desk.surnames() == {}

    def test_known_at_gives_what_was_known_then(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1, surname="A"))
        desk.spells(APRIL, spell(2, surname="A"))
        desk.spells(MARCH, spell(1, surname="B"), spell(3, surname="B"))
        assert desk.surnames(1) == {"S1": "A"}
        assert desk.surnames(2) == {"S1": "A", "S2": "A"}
        assert desk.surnames(3) == desk.surnames() == {"S1": "B", "S2": "A", "S3": "B"}
        with pytest.raises(HistoryError, match=r"no load 4 .* Loads: 1, 2, 3"):
            desk.history.current(SPELLS, 4)


class TestScopes:
    def test_the_latest_row_of_a_key_counts(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1, surname="A"), spell(2, surname="A"))
        desk.spells(APRIL, spell(1, surname="B"))
        assert desk.surnames() == {"S1": "B", "S2": "A"}

    def test_a_resubmitted_march_does_not_overwrite_april(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1, surname="March"), spell(2, surname="March"))
        desk.spells(APRIL, spell(1, surname="April"))
        assert desk.spells(MARCH, spell(1, surname="March again"), spell(2, surname="March again")) == 3
        assert desk.surnames() == {"S1": "April", "S2": "March again"}

    def test_months_may_come_in_any_order(self, tmp_path: Path) -> None:
        found = []
        for number, order in enumerate(([MARCH, APRIL, MAY], [MAY, MARCH, APRIL], [APRIL, MAY, MARCH])):
            (tmp_path / str(number)).mkdir()
            desk = Desk(tmp_path / str(number))
            for month in order:
                desk.spells(month, spell(1, surname=f"{month:%B}"), spell(f"{month:%B}"))
            found.append(desk.surnames())
        assert found[0] == found[1] == found[2]
        assert found[0]["S1"] == "May"

    def test_a_month_withdraws_nothing(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1), spell(2))
        desk.spells(MARCH, spell(1))
        assert list(desk.surnames()) == ["S1", "S2"]

    def test_all_rows_of_a_grouped_key_are_replaced_together(self, desk: Desk) -> None:
        def reasons(*days: str) -> str:
            return csv_of(
                [
                    {"provider_code": "RN1", "spell_id": "S1", "from_date": f"{day}/03/2025", "delay_reason": "CP7"}
                    for day in days
                ]
            )

        desk.load(MARCH, DATED, reasons=reasons("01", "02", "03"))
        desk.load(APRIL, DATED, reasons=reasons("02", "04"))
        rows = desk.history.current(REASONS)
        assert rows is not None
        assert sorted(day.day for day in rows.collect()["from_date"]) == [2, 4]

    def test_two_submitters_of_one_spell_give_one_row(self, desk: Desk) -> None:
        extracts: list[dict[str, Any]] = [{"submitter": "south"}, {"files": "n.csv"}]
        desk.load(MARCH, extracts[0], spells=csv_of([spell(1, surname="South")]))
        desk.load(MARCH, extracts[1], n=csv_of([spell(1, surname="North")]))
        assert desk.surnames() == {"S1": "North"}  # the later load


class TestRolling:
    def ids(self, desk: Desk) -> list[str]:
        rows = desk.history.current(EVENTS)
        assert rows is not None
        return sorted(rows.collect()["event_id"].to_list())

    def test_what_is_no_longer_in_it_is_withdrawn(self, desk: Desk) -> None:
        desk.load(MARCH, CARE, events=csv_of([event(1), event(2)]))
        desk.load(APRIL, CARE, events=csv_of([event(2), event(3)]))
        assert self.ids(desk) == ["2", "3"]

    def test_only_within_the_dates_that_it_covers(self, desk: Desk) -> None:
        before = event(1, event_start_date="01/10/2024", event_end_date="31/12/2024")
        into = event(2, event_start_date="01/10/2024", event_end_date="01/01/2025")
        after = event(3, event_start_date="01/04/2025")
        desk.load(MARCH, CARE, events=csv_of([before, into, after]))
        desk.load(APRIL, CARE, events=csv_of([event(9)]))
        # The new submission covers 1 January to 31 March 2025.
        assert self.ids(desk) == ["1", "3", "9"]

    def test_only_what_the_same_submitter_sent(self, desk: Desk) -> None:
        other = CARE | {"submitter": "south", "files": "other.csv"}
        desk.load(MARCH, other, other=csv_of([event(1, council_code="E2")]))
        desk.load(APRIL, CARE, events=csv_of([event(2)]))
        assert self.ids(desk) == ["1", "2"]

    def test_a_resubmitted_march_withdraws_nothing_of_april(self, desk: Desk) -> None:
        desk.load(APRIL, CARE, events=csv_of([event(1)]))
        desk.load(MARCH, CARE, events=csv_of([event(2)]))
        # April came first and covers the same dates: March's row is withdrawn by it.
        assert self.ids(desk) == ["1"]

    def test_a_submission_without_one_accepted_row_withdraws_nothing(self, desk: Desk) -> None:
        desk.load(MARCH, CARE, events=csv_of([event(1), event(2)]))
        desk.load(APRIL, CARE, events=csv_of([event(3, event_start_date="31/02/2025")]))
        assert self.ids(desk) == ["1", "2"]

    def test_half_a_reporting_period_does_not_withdraw_everything(self, desk: Desk) -> None:
        old = event(1, event_start_date="01/01/2024", event_end_date="31/01/2024", reporting_period_end="")
        desk.load(MARCH, CARE, events=csv_of([old]))
        desk.load(APRIL, CARE, events=csv_of([event(2, reporting_period_end="")]))
        assert self.ids(desk) == ["1", "2"]

    def test_the_same_event_of_two_reporting_periods_counts_once(self, desk: Desk) -> None:
        month = CARE | {"scope": "month"}
        desk.load(MARCH, month, events=csv_of([event(1)]))
        desk.load(APRIL, month, events=csv_of([event(1, reporting_period_end="30/04/2025"), event(2)]))
        assert self.ids(desk) == ["1", "2"]


class TestAKilledLoad:
    """Rows are written before the commit to `submissions`: without it they do not exist."""

    def kill(self, desk: Desk, monkeypatch: pytest.MonkeyPatch, *rows: dict[str, str]) -> None:
        def append(folder: Path, frame: pl.DataFrame) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(store, "append", append)
            with pytest.raises(KeyboardInterrupt):
                desk.spells(APRIL, *rows)

    def test_its_rows_are_ignored_and_its_number_is_not_used_again(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.spells(MARCH, spell(1))
        self.kill(desk, monkeypatch, spell(1, surname="Half"), spell(2, surname="Half"))
        assert desk.surnames() == {"S1": "Smith"}
        assert len(desk.history.submissions()) == 1
        assert desk.spells(APRIL, spell(1, surname="Whole")) == 3
        assert desk.surnames() == {"S1": "Whole"}

    def test_what_it_left_half_read_goes_with_a_prune(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1))
        left = desk.history.folder / ".reading" / "spells-0-0.parquet"
        left.parent.mkdir()
        left.write_bytes(b"rows of people")
        desk.history.prune(MARCH, "2025-05-01T00:00:00")
        assert not left.parent.exists() and len(desk.history.submissions()) == 1

    def test_the_very_first_load_may_be_the_one(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kill(desk, monkeypatch, spell(1))
        assert desk.history.current(SPELLS) is None
        assert desk.spells(MARCH, spell(1)) == 2

    @pytest.mark.parametrize("table", ["spells", "submissions"])
    def test_a_log_in_which_nothing_was_committed_yet_is_no_damage(self, desk: Desk, table: str) -> None:
        """The moment between the folder of the log and its first entry."""
        (desk.history.folder / table / "_delta_log").mkdir(parents=True)
        (desk.history.folder / table / "_delta_log" / "_commit_1.json.tmp").write_bytes(b"{half")
        assert desk.history.submissions() == []
        assert desk.spells(MARCH, spell(1)) == 1
        assert desk.surnames() == {"S1": "Smith"}

    def test_files_without_a_commit_of_their_table_hold_a_number_too(self, desk: Desk) -> None:
        """The moment between the data file and the log of its table."""
        desk.spells(MARCH, spell(1))
        left = desk.history.folder / "spells" / "load_id=7"
        left.mkdir()
        (left / "part-0.parquet").write_bytes(b"half a fi")
        assert desk.surnames() == {"S1": "Smith"}
        assert desk.spells(APRIL, spell(2)) == 8

    def test_the_lock_is_free_after_it(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kill(desk, monkeypatch, spell(1))
        with desk.history.locked():
            pass


def test_nothing_personal_is_in_the_logs(desk: Desk) -> None:
    personal = {"nhs_number": NUMBERS[0], "postcode": "ZE1 0QQ", "birth_date": "17/05/1931", "surname": "Quartermain"}
    for month in (MARCH, APRIL):
        desk.spells(month, spell(1) | personal, spell(f"{month:%m}") | personal | {"nhs_number": NUMBERS[1]})
        desk.load(month, CARE, events=csv_of([event(month.month) | personal]))
    outside = b"".join(
        content for name, content in bytes_of(desk.history.folder).items() if "/load_id=" not in name.replace("\\", "/")
    )
    assert b"load_id" in outside
    for secret in (*NUMBERS[:2], "ZE1 0QQ", "ZE10QQ", "1931-05-17", "17/05/1931", "Quartermain"):
        assert secret.encode() not in outside
        assert secret.lower().encode() not in outside
    rows = desk.history.current(SPELLS)
    assert rows is not None
    assert rows.collect()["nhs_number"].null_count() == 0


class TestTheLock:
    def test_a_second_process_is_told_and_ends(self, desk: Desk) -> None:
        code = (
            "import sys; from pathlib import Path; from costshift.history.store import History\n"
            "from costshift.errors import HistoryLockedError\n"
            "try:\n    with History(Path(sys.argv[1])).locked(): sys.exit(0)\n"
            "except HistoryLockedError as error: print(error); sys.exit(error.exit_code)"
        )
        run = [sys.executable, "-c", code, str(desk.history.folder)]
        with desk.history.locked():
            second = subprocess.run(run, capture_output=True, text=True, check=False)
        assert (second.returncode, "Another run" in second.stdout) == (3, True), second.stderr
        assert subprocess.run(run, capture_output=True, check=False).returncode == 0

    def test_a_second_history_in_this_process_is_told_too(self, desk: Desk) -> None:
        with desk.history.locked(), pytest.raises(HistoryLockedError), History(desk.history.folder).locked():
            pass

    def test_a_lock_file_that_a_killed_process_left_holds_nobody(self, desk: Desk) -> None:
        desk.history.folder.mkdir()
        (desk.history.folder / ".lock").write_text("")
        with desk.history.locked():
            pass


class TestAFolderThatIsNone:
    def test_a_file_in_its_place(self, desk: Desk) -> None:
        desk.history.folder.write_text("not a folder")
        with pytest.raises(HistoryError, match=r"cannot be written .* name another folder in \[history\]"):
            desk.spells(MARCH, spell(1))

    def test_a_file_above_it(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(HistoryError), History(tmp_path / "file" / "history").locked():
            pass

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only to the root user")
    def test_a_read_only_folder(self, desk: Desk) -> None:
        desk.history.folder.mkdir(mode=0o500)
        with pytest.raises(HistoryError, match="cannot be written"):
            desk.spells(MARCH, spell(1))

    @pytest.mark.parametrize("full", [PermissionError(13, "Permission denied"), pl.exceptions.ComputeError("full")])
    def test_a_disk_that_refuses(self, desk: Desk, full: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise full

        desk.spells(MARCH, spell(1))
        with monkeypatch.context() as patch:
            patch.setattr(store, "append", refuse)
            with pytest.raises(HistoryError, match=r"could not be kept .* Nothing of it counts"):
                desk.spells(APRIL, spell(2))
            with pytest.raises(HistoryError, match="cannot be written: "):
                desk.history.undo(1, "2025-05-01T00:00:00")
        assert [submission.load_id for submission in desk.history.submissions()] == [1]

    def test_a_lock_that_cannot_be_written(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "mkdir", refuse)
        with pytest.raises(HistoryError, match="Permission denied"), desk.history.locked():
            pass

    @pytest.mark.parametrize("part", ["submissions/_delta_log/*.json", "submissions/*.parquet"])
    @pytest.mark.parametrize("content", [b"", b"{half"])
    def test_a_damaged_table_is_named(self, desk: Desk, part: str, content: bytes) -> None:
        desk.spells(MARCH, spell(1))
        for path in desk.history.folder.glob(part):
            path.write_bytes(content)
        with pytest.raises(HistoryError, match=r"submissions cannot be opened: .* from its backup"):
            desk.history.submissions()

    def test_a_data_file_that_is_gone_is_told(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1))
        for path in desk.history.folder.glob("submissions/*.parquet"):
            path.unlink()
        with pytest.raises(HistoryError, match="submissions cannot be opened"):
            desk.history.submissions()

    @pytest.mark.parametrize("damage", ["file gone", "file cut", "log gone", "folder gone"])
    def test_a_damaged_folder_of_a_kind_is_named(self, desk: Desk, damage: str) -> None:
        desk.spells(MARCH, spell(1))
        folder = desk.history.folder / "spells"
        (data,) = folder.glob("load_id=*/*.parquet")
        if damage == "file gone":
            data.unlink()
        elif damage == "file cut":
            data.write_bytes(data.read_bytes()[:40])
        else:
            shutil.rmtree(folder / "_delta_log" if damage == "log gone" else folder)
        with pytest.raises(HistoryError, match=r"spells cannot be opened: .* from its backup"):
            desk.history.current(SPELLS)

    def test_a_damaged_log_of_a_kind_is_named(self, desk: Desk) -> None:
        desk.spells(MARCH, spell(1))
        for path in desk.history.folder.glob("spells/_delta_log/*.json"):
            path.write_bytes(b"{half")
        with pytest.raises(HistoryError, match="spells cannot be opened"):
            desk.history.current(SPELLS)
